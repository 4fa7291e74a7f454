"""Who reads timesheets with funded hours: cost by hours is what a person earns.

ERPNext gives its role Employee, which every member of staff has, the timesheets of all. The level of the rate's fields does
not hold against somebody who asks for them by name: Frappe 15 leaves every second one of two forbidden fields in a row
in its answer, and lets any field be filtered by. So who reads timesheets by that role alone reads the funded ones of
their own, and all others as before.
"""

import frappe
from frappe.model.document import Document

# Roles that ERPNext and HRMS give to everybody, and ours that read the costs of a project anyway.
EVERYBODY = frozenset({"Employee", "Employee Self Service", "All", "Desk User", "Guest"})
OURS = frozenset({"Funding Officer", "Case Coordinator", "Protection Unit Manager"})


def query_condition(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook permission_query_conditions of Timesheet and Timesheet Detail: SQL true for what a user may list."""
	# A list may be asked for somebody else: it shows what both may read.
	readers = {user or frappe.session.user, frappe.session.user}
	return " and ".join(_condition(reader, doctype) for reader in sorted(readers) if narrowed(reader))


def has_permission(doc: Document, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	"""Hook has_permission of Timesheet: the same for one record."""
	user = user or frappe.session.user
	if ptype == "create" or not narrowed(user) or user in (doc.owner, doc.user):
		return True
	if not any(row.fami_budget_line for row in doc.time_logs or ()):
		return True
	return bool(doc.employee) and doc.employee == frappe.db.get_value("Employee", {"user_id": user})


def narrowed(user: str) -> bool:
	"""Whether a user reads timesheets only because everybody does."""
	if user == "Administrator":
		return False
	readers = {
		row.role for row in frappe.get_meta("Timesheet").permissions if row.read and not row.permlevel
	} - EVERYBODY
	return not (readers | OURS) & set(frappe.get_roles(user))


def _condition(user: str, doctype: str | None) -> str:
	me = frappe.db.escape(user)
	own = f"(sheet.`owner` = {me} or sheet.`employee` in (select `name` from `tabEmployee` where `user_id` = {me}))"
	if doctype == "Timesheet Detail":
		return (
			"(ifnull(`tabTimesheet Detail`.`fami_budget_line`, '') = '' or `tabTimesheet Detail`.`parent` in"
			f" (select sheet.`name` from `tabTimesheet` sheet where {own}))"
		)
	return (
		f"(`tabTimesheet`.`name` in (select sheet.`name` from `tabTimesheet` sheet where {own}) or not exists"
		" (select 1 from `tabTimesheet Detail` funded where funded.`parent` = `tabTimesheet`.`name`"
		" and ifnull(funded.`fami_budget_line`, '') != ''))"
	)
