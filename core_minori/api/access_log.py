"""The access log, for the data protection officer: is it whole?"""

import frappe
from frappe import _

from core_minori import access_check


@frappe.whitelist(methods=["POST"])
def check() -> dict:
	"""Follow the chain of the whole log and compare the stored changes it vouches for.

	Returns `rows` and `seal` (the first digits of the last one), `broken` (a sentence, or None), the number of the first
	`sequence` that does not hold, `missing` (first and last number of rows that are not there), and `changes`, codes of records with a stored change that is not what it was.
	"""
	frappe.has_permission("Case Access Log", "read", throw=True)
	found = access_check.check()
	if found["broken"] or found["changes"]:
		access_check.tell_broken(found)
	return {**found, "seal": found["seal"][:12]}


@frappe.whitelist(methods=["POST"])
def accept_missing(reason: str) -> dict:
	"""Say, with a reason, that missing rows are known to be missing: an older backup was restored. Checks again."""
	frappe.has_permission("Case Access Log", "read", throw=True)
	if not reason.strip():
		frappe.throw(_("Say why these rows are missing."))
	found = access_check.accept_missing(reason.strip()[:500])
	return {**found, "seal": found["seal"][:12]}
