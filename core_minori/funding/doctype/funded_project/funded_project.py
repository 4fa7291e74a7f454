import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from core_minori.engine.budget import source_amounts
from core_minori.engine.identifiers import check_cig, check_cup, normalised
from core_minori.engine.money import money
from core_minori.funding import budgets, instalments
from core_minori.messages import by_rule, say


class FundedProject(Document):
	"""What a grant adds to ERPNext's Project: programme, CUP and CIG, partners, sources."""

	def onload(self) -> None:
		instalments.show(self)

	@by_rule
	def validate(self) -> None:
		if getdate(self.end_date) < getdate(self.start_date):
			frappe.throw(_("The project ends before it starts."))
		self.cup = normalised(self.cup) if self.cup else None
		self.cig = normalised(self.cig) if self.cig else None
		say([check_cup(self.cup), check_cig(self.cig)])
		self.check_partners()
		self.split_over_sources()
		say(budgets.check_project(self))
		instalments.prepare(self)

	def before_insert(self) -> None:
		self.make_project()

	def check_partners(self) -> None:
		organisations = [row.organisation for row in self.partners]
		if len(organisations) != len(set(organisations)):
			frappe.throw(_("A partner is there twice."))
		if sum(row.role == "Lead" for row in self.partners) > 1:
			frappe.throw(_("A project has one lead partner."))

	def split_over_sources(self) -> None:
		if not self.sources:
			return
		total = sum((money(row.budget_share) for row in self.partners), money(0))
		parts = source_amounts(total, [row.percent for row in self.sources])
		for row, part in zip(self.sources, parts, strict=True):
			row.amount = flt(part)

	def make_project(self) -> None:
		"""Make ERPNext's Project when none was chosen, so that costs can be booked at once."""
		if self.project:
			return
		project = frappe.get_doc(
			{
				"doctype": "Project",
				"project_name": f"{self.project_code} {self.title}"[:140],
				"company": self.company,
				"expected_start_date": self.start_date,
				"expected_end_date": self.end_date,
			}
		)
		project.insert(ignore_permissions=True)  # a funding officer need not be a Projects User
		self.project = project.name

	def budget_sheet(self) -> dict:
		"""The budget in force today, as its print format shows it."""
		from core_minori.funding.budget_sheet import sheet_of

		return sheet_of(self)
