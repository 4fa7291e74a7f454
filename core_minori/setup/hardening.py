"""System settings that the protection of cases rests on: set at install, put back at uninstall."""

import json

import frappe
from frappe.permissions import reset_perms, setup_custom_perms

# What sharing and loose user permissions would open, whatever the resolver says.
SETTINGS: dict[str, int] = {
	"apply_strict_user_permissions": 1,
	"disable_document_sharing": 1,
	"allow_older_web_view_links": 0,
	"allow_guests_to_upload_files": 0,
	"allow_error_traceback": 0,
}
_KEPT = "core_minori_previous_settings"
# The jobs of the workers carry the texts of tasks and comments; System Managers administer, and see no case.
ADMINISTRATORS_ONLY: tuple[str, ...] = ("RQ Job",)
_CLOSED = "core_minori_closed_doctypes"


def apply() -> None:
	"""Set each value, and keep the one it had. Prints what changed, so that the administrator knows."""
	meta = frappe.get_meta("System Settings")
	before = {
		name: frappe.db.get_single_value("System Settings", name) for name in SETTINGS if meta.has_field(name)
	}
	changed = {name: value for name, value in before.items() if int(value or 0) != SETTINGS[name]}
	for name, value in changed.items():
		frappe.db.set_single_value("System Settings", name, SETTINGS[name])
		print(f"System Settings: {name} {value or 0} -> {SETTINGS[name]}")
	frappe.db.set_default(_KEPT, json.dumps(changed))
	frappe.db.set_default(_CLOSED, json.dumps(_close()))
	frappe.clear_cache()


def remove() -> None:
	"""Put back the kept values, except where somebody changed the setting since."""
	kept = json.loads(frappe.db.get_default(_KEPT) or "{}")
	for name, value in kept.items():
		if int(frappe.db.get_single_value("System Settings", name) or 0) == SETTINGS[name]:
			frappe.db.set_single_value("System Settings", name, value)
	frappe.defaults.clear_default(_KEPT)
	for doctype in json.loads(frappe.db.get_default(_CLOSED) or "[]"):
		reset_perms(doctype)
	frappe.defaults.clear_default(_CLOSED)
	frappe.clear_cache()


def _close() -> list[str]:
	"""Leave the DocTypes to Administrator, where the site has no permissions of its own on them; returns which."""
	closed = []
	for doctype in ADMINISTRATORS_ONLY:
		if frappe.db.exists("Custom DocPerm", {"parent": doctype}):
			print(
				f"{doctype}: this site has its own permissions, which were left: System Managers may read it"
			)
			continue
		setup_custom_perms(doctype)
		frappe.db.set_value("Custom DocPerm", {"parent": doctype}, "role", "Administrator")
		closed.append(doctype)
	return closed
