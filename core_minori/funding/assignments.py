"""What the assignment letter of a person says."""

import frappe
from frappe.utils import getdate

from core_minori.funding.doctype.staff_cost_rate.staff_cost_rate import rates_of


def letter(assignment: str) -> dict:
	"""Project, person and company of a Staff Assignment, and the hourly rate of its first day where the letter prints it.

	Raises frappe.PermissionError for who may not read the assignment. The rate is there for who may read Staff Cost Rate,
	else None.
	"""
	doc = frappe.get_doc("Staff Assignment", assignment)
	doc.check_permission("read")
	project = frappe.get_cached_doc("Funded Project", doc.funded_project)
	rate = None
	if doc.show_rate and frappe.has_permission("Staff Cost Rate", "read"):
		day = getdate(doc.from_date)
		rate = next((float(row.hourly_rate) for row in rates_of(doc.employee) if row.stands_on(day)), None)
	return {
		"project": {
			key: project.get(key) for key in ("project_code", "title", "cup", "programme", "legal_act")
		},
		"company": project.company,
		"designation": frappe.db.get_value("Employee", doc.employee, "designation"),
		"line": frappe.db.get_value("FAMI Budget Line", doc.budget_line, ["line_code", "title"], as_dict=True)
		if doc.budget_line
		else None,
		"rate": rate,
	}
