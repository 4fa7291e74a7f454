import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from core_minori.engine.budget import line_amount


class FAMIBudgetLine(Document):
	"""One line of a project's budget, and the accounting dimension that costs carry."""

	def validate(self) -> None:
		self.line_code = (self.line_code or "").strip()
		self.amount = flt(line_amount(self.quantity, self.unit_cost, self.amount))
		project = frappe.get_cached_doc("Funded Project", self.funded_project)
		self.check_chapter(project)
		self.check_partner(project)

	def check_chapter(self, project: Document) -> None:
		chapters = [
			row.chapter_code for row in frappe.get_cached_doc("Funding Programme", project.programme).chapters
		]
		if self.chapter not in chapters:
			frappe.throw(
				_("Chapter {0} is not among those of {1}: {2}.").format(
					self.chapter, project.programme, ", ".join(chapters)
				)
			)

	def check_partner(self, project: Document) -> None:
		if self.partner and self.partner not in [row.organisation for row in project.partners]:
			frappe.throw(_("{0} is not a partner of project {1}.").format(self.partner, project.name))


def on_doctype_update() -> None:
	"""Within a project a line code names one line."""
	frappe.db.add_unique("FAMI Budget Line", ["funded_project", "line_code"])
