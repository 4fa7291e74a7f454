"""The access log, for the data protection officer: is it whole?"""

import frappe

from core_minori import access_store


@frappe.whitelist(methods=["POST"])
def check() -> dict:
	"""Follow the chain of the whole log and compare the stored changes it vouches for.

	Returns `rows` and `seal` (the first digits of the last one), `broken` (a sentence, or None), the number of the first
	`sequence` that does not hold, and `changes`, codes of records with a stored change that is not what it was.
	"""
	frappe.has_permission("Case Access Log", "read", throw=True)
	found = access_store.check()
	if found["broken"] or found["changes"]:
		access_store.tell_broken(found)
	return {**found, "seal": found["seal"][:12]}
