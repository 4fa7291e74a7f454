"""Who reads timesheets: hooks of ERPNext's Timesheet and Timesheet Detail.

ERPNext gives its role Employee, which every member of staff has, the timesheets of all, and cost by hours is what a
person earns. The level of the rate's fields does not hold against somebody who asks for them by name: Frappe 15 leaves
every second one of two forbidden fields in a row in its answer, and lets any field be filtered by. So who reads
timesheets by that role alone reads the funded ones of their own, and all others as before.
"""

import frappe
from frappe.model.document import Document

from core_minori.compat import NO_OBJECTION
from core_minori.grants import COORDINATOR, FUNDING_OFFICER, UNIT_MANAGER

# Roles that ERPNext and HRMS give to everybody, and ours that read the costs of a project anyway.
EVERYBODY = frozenset({"Employee", "Employee Self Service", "All", "Desk User", "Guest"})
READERS_OF_COSTS = frozenset({FUNDING_OFFICER, COORDINATOR, UNIT_MANAGER})


def query_condition(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook permission_query_conditions of Timesheet and Timesheet Detail: SQL true for what a user may list."""
	# A list may be asked for somebody else: it shows what both may read.
	readers = {user or frappe.session.user, frappe.session.user}
	return " and ".join(
		_own_sheets(reader, doctype) for reader in sorted(readers) if _reads_as_everybody(reader)
	)


def has_permission(
	doc: Document, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool | None:
	"""Hook has_permission of Timesheet: the same for one record. The DocType is ERPNext's: a yes is left to the others."""
	user = user or frappe.session.user
	if ptype == "create" or not _reads_as_everybody(user) or user in (doc.owner, doc.user):
		return NO_OBJECTION
	if not any(row.fami_budget_line for row in doc.time_logs or ()):
		return NO_OBJECTION
	own = doc.employee and doc.employee == frappe.db.get_value("Employee", {"user_id": user})
	return NO_OBJECTION if own else False


def _reads_as_everybody(user: str) -> bool:
	"""Whether a user reads timesheets only because everybody does."""
	if user == "Administrator":
		return False
	readers = {
		row.role for row in frappe.get_meta("Timesheet").permissions if row.read and not row.permlevel
	} - EVERYBODY
	return not (readers | READERS_OF_COSTS) & set(frappe.get_roles(user))


def _own_sheets(user: str, doctype: str | None) -> str:
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
