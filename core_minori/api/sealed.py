"""Sealed texts: what they said before, and how the server keeps the data."""

import frappe
from frappe import _

from core_minori import access_log, sealed, storage
from core_minori.permissions import ADMINISTRATION, COORDINATOR, PROTECTION_OFFICER, may_open


@frappe.whitelist()
def earlier_texts(doctype: str, name: str) -> list[dict]:
	"""What the sealed fields of a record said before each change, for who may read the record; newest first."""
	if doctype not in sealed.SEALED or not may_open(doctype, name):
		raise frappe.PermissionError
	access_log.note("Form", doctype, name, frappe.db.get_value(doctype, name, "case_file"))
	meta = frappe.get_meta(doctype)
	return [{**row, "label": _(meta.get_label(row["field"]))} for row in sealed.earlier_texts(doctype, name)]


@frappe.whitelist()
def storage_checks() -> list[dict]:
	"""How tables, logs and backups are kept, for who administers the site or answers for the data."""
	frappe.only_for((ADMINISTRATION, PROTECTION_OFFICER, COORDINATOR))
	return storage.checks()
