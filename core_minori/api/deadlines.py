"""Deadlines of a case for the desk: each reader gets those of the parts that are theirs."""

import frappe
from frappe import _

from core_minori import case_deadlines, case_facts


@frappe.whitelist(methods=["GET", "POST"])
def of_case(case_file: str) -> list[dict]:
	"""The deadlines of a case that the session's user may read, by their ends, with their states of this moment."""
	return case_deadlines.of_case(case_file)


@frappe.whitelist(methods=["GET", "POST"])
def history(deadline: str) -> list[dict]:
	"""What happened to one deadline, the latest first. Raises frappe.PermissionError for who may not read it."""
	doc = frappe.get_doc("Case Deadline", deadline) if frappe.db.exists("Case Deadline", deadline) else None
	if not doc or not doc.has_permission("read"):
		frappe.throw(_("Not permitted"), frappe.PermissionError)
	users = [row.changed_by for row in doc.history]
	names = dict(
		frappe.get_all("User", filters={"name": ["in", users]}, fields=["name", "full_name"], as_list=True)
	)
	fields = ("changed_at", "event", "from_due", "to_due", "trigger_was", "trigger_is")
	return [
		{**{field: row.get(field) for field in fields}, "by": names.get(row.changed_by) or row.changed_by}
		for row in reversed(doc.history)
	]


@frappe.whitelist(methods=["GET", "POST"])
def fact_names() -> list[str]:
	"""The facts that a Deadline Rule can name, for its form."""
	frappe.has_permission("Deadline Rule", "read", throw=True)
	return sorted(case_facts.fact_names())
