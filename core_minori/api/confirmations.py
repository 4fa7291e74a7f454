"""Confirming roles that open cases."""

import frappe

from core_minori.engine.confirmations import CONFIRMED, REFUSED


@frappe.whitelist(methods=["POST"])
def decide(name: str, confirm: bool, reason: str | None = None) -> str:
	"""Confirm or refuse the role that waits in this Role Confirmation; returns its status.

	Raises frappe.PermissionError for who may not read it, frappe.ValidationError for who may not decide it.
	"""
	doc = frappe.get_doc("Role Confirmation", name, for_update=True)
	doc.check_permission("write")
	doc.status = CONFIRMED if confirm else REFUSED
	doc.reason = reason
	doc.save()
	return doc.status
