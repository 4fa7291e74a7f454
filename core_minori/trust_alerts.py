"""What the data protection officer is told at once: by code, never by content."""

import frappe

from core_minori.grants import PROTECTION_OFFICER


def officers() -> list[str]:
	"""The enabled users who hold the role of data protection officer."""
	holders = frappe.get_all(
		"Has Role", filters={"role": PROTECTION_OFFICER, "parenttype": "User"}, pluck="parent"
	)
	return frappe.get_all("User", filters={"name": ["in", holders or [""]], "enabled": 1}, pluck="name")


def tell_officers(subject: str, doctype: str, name: str) -> None:
	"""One notification to each officer about the record `name`; `subject` holds codes and logins only."""
	for officer in officers():
		frappe.get_doc(
			{
				"doctype": "Notification Log",
				"for_user": officer,
				"type": "Alert",
				"subject": subject,
				"document_type": doctype,
				"document_name": name,
			}
		).insert(ignore_permissions=True)
