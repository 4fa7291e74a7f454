"""Who works on which funded project, as what, from when to when: what the assignment letter says."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import format_date, getdate


class StaffAssignment(Document):
	"""One person's assignment to a project, within its days."""

	def validate(self) -> None:
		if getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("The assignment ends before it starts."))
		project = frappe.get_cached_doc("Funded Project", self.funded_project)
		if getdate(self.from_date) < getdate(project.start_date) or getdate(self.to_date) > getdate(
			project.end_date
		):
			frappe.throw(
				_("{0} runs from {1} to {2}: correct the days of the assignment.").format(
					project.name, format_date(project.start_date), format_date(project.end_date)
				)
			)
		if self.budget_line and self.funded_project != frappe.db.get_value(
			"FAMI Budget Line", self.budget_line, "funded_project"
		):
			frappe.throw(_("{0} is no line of {1}.").format(self.budget_line, self.funded_project))
