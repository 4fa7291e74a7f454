"""The tile of the app on Frappe's start screen."""

import frappe

from core_minori.permissions import ROLES


def may_enter() -> bool:
	"""Whether the user has a role of this app, or administers the site."""
	return bool({*ROLES, "System Manager"} & set(frappe.get_roles()))
