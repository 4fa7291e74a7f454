"""The settings of the site that protect the cases, shown to who administers it, and applied one by one."""

from typing import Any

import frappe
from frappe import _

from core_minori.permissions import ADMINISTRATION, PROTECTION_OFFICER, case_roles
from core_minori.setup import hardening


@frappe.whitelist(methods=["GET"])
def settings() -> list[dict[str, Any]]:
	"""Each setting: label, current and proposed value, why, whether it is done, what hinders it. No case data."""
	roles = set(frappe.get_roles())
	if ADMINISTRATION not in roles and PROTECTION_OFFICER not in case_roles():
		raise frappe.PermissionError
	return [{**row, "label": _(row["label"]), "why": _(row["why"])} for row in hardening.proposals()]


@frappe.whitelist(methods=["POST"])
def apply(name: str) -> None:
	"""Apply one of them now; raises frappe.ValidationError when it would lock people out."""
	if ADMINISTRATION not in frappe.get_roles():
		raise frappe.PermissionError
	if name not in hardening.SETTINGS and name not in hardening.PROPOSED:
		frappe.throw(_("{0} is no setting of the protection.").format(name[:140]))
	hardening.choose(name)
