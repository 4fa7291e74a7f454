"""System settings that the protection of cases rests on: set at install, put back at uninstall."""

import json
import shutil
from typing import Any

import frappe
from frappe import _
from frappe.permissions import reset_perms, setup_custom_perms

from core_minori.engine import hardening as rules

SETTINGS: dict[str, rules.Setting] = {setting.name: setting for setting in rules.SET}
PROPOSED: dict[str, rules.Setting] = {setting.name: setting for setting in rules.PROPOSED}
_KEPT = "core_minori_previous_settings"
# Frappe reads this one where the desk's own save puts it as well.
_ALSO_DEFAULT = ("session_expiry",)
# The jobs of the workers carry the texts of tasks and comments; System Managers administer, and see no case.
ADMINISTRATORS_ONLY: tuple[str, ...] = ("RQ Job",)
_CLOSED = "core_minori_closed_doctypes"


def apply() -> None:
	"""Set what protects and locks nobody out, keep what was there, and print what changed and what is proposed."""
	meta = frappe.get_meta("System Settings")
	kept = json.loads(frappe.db.get_default(_KEPT) or "{}")
	for name, setting in SETTINGS.items():
		if meta.has_field(name):
			kept = {**_set(setting), **kept}
	frappe.db.set_default(_KEPT, json.dumps(kept))
	closed = json.loads(frappe.db.get_default(_CLOSED) or "[]")
	frappe.db.set_default(_CLOSED, json.dumps([*closed, *_close(closed)]))
	frappe.clear_cache()
	for row in proposals():
		if not row["done"]:
			print(f"Proposed (Core Minori Settings): {row['name']} {row['current']} -> {row['proposed']}")


def remove() -> None:
	"""Put back the kept values, except where somebody changed the setting since."""
	for name, value in json.loads(frappe.db.get_default(_KEPT) or "{}").items():
		setting = SETTINGS.get(name) or PROPOSED[name]
		if str(frappe.db.get_single_value("System Settings", name) or 0) == str(setting.value):
			_write(name, value)
			if name == "enable_two_factor_auth":
				frappe.db.set_value("Role", "All", "two_factor_auth", 0, update_modified=False)
	frappe.defaults.clear_default(_KEPT)
	for doctype in json.loads(frappe.db.get_default(_CLOSED) or "[]"):
		reset_perms(doctype)
	frappe.defaults.clear_default(_CLOSED)
	frappe.clear_cache()


def loosened(name: str, before: Any, after: Any) -> bool:
	"""Whether this change of a system setting takes protection away that the installation gave, or that was chosen."""
	setting = SETTINGS.get(name) or PROPOSED.get(name)
	return bool(setting) and rules.loosened(setting, before, after)


def proposals() -> list[dict[str, Any]]:
	"""Every setting that protects: what it is, what it should be, why, whether it is so, and what stands in the way."""
	meta = frappe.get_meta("System Settings")
	rows = []
	for setting in (*rules.SET, *rules.PROPOSED):
		if not meta.has_field(setting.name):
			continue
		current = frappe.db.get_single_value("System Settings", setting.name)
		done = rules.protects(setting, current)
		rows.append(
			{
				"name": setting.name,
				"label": meta.get_label(setting.name),
				"check": meta.get_field(setting.name).fieldtype == "Check",
				"current": current or 0,
				"proposed": setting.value,
				"why": setting.why,
				"done": done,
				"hindrance": None if done else _hindrance(setting.name),
			}
		)
	return rows


def choose(name: str) -> None:
	"""Apply one setting now, through the checks of Frappe's own form, and keep the value it had for the uninstall."""
	setting = SETTINGS.get(name) or PROPOSED[name]
	hindrance = _hindrance(name)
	if hindrance:
		frappe.throw(hindrance)
	settings = frappe.get_doc("System Settings")
	if rules.protects(setting, settings.get(name)):
		return
	kept = json.loads(frappe.db.get_default(_KEPT) or "{}")
	kept.setdefault(name, settings.get(name) or 0)
	settings.set(name, setting.value)
	if name == "minimum_password_score":
		settings.enable_password_policy = 1
	settings.save()
	frappe.db.set_default(_KEPT, json.dumps(kept))


def _set(setting: rules.Setting) -> dict[str, Any]:
	"""Set one value where the site's own does not protect as well; returns the value it had, by name."""
	before = frappe.db.get_single_value("System Settings", setting.name)
	if rules.protects(setting, before):
		return {}
	_write(setting.name, setting.value)
	print(f"System Settings: {setting.name} {before or 0} -> {setting.value}")
	return {setting.name: before}


def _write(name: str, value: Any) -> None:
	frappe.db.set_single_value("System Settings", name, value, update_modified=False)
	if name in _ALSO_DEFAULT:
		frappe.db.set_default(name, value)


def _hindrance(name: str) -> str | None:
	"""What would lock people out or lose data if the setting were applied now; None when nothing would."""
	if name == "enable_two_factor_auth" and not frappe.db.exists(
		"Email Account", {"enable_outgoing": 1, "default_outgoing": 1}
	):
		return _("Set up the mails that leave this site first: the first code is sent by mail.")
	if name == "encrypt_backup" and not shutil.which("gpg"):
		return _("Install gpg on the server first: backups are encrypted with it.")
	return None


def _close(already: list[str]) -> list[str]:
	"""Leave the DocTypes to Administrator, where the site has no permissions of its own on them; returns which."""
	closed = []
	for doctype in ADMINISTRATORS_ONLY:
		if doctype in already:
			continue
		if frappe.db.exists("Custom DocPerm", {"parent": doctype}):
			print(
				f"{doctype}: this site has its own permissions, which were left: System Managers may read it"
			)
			continue
		setup_custom_perms(doctype)
		frappe.db.set_value("Custom DocPerm", {"parent": doctype}, "role", "Administrator")
		closed.append(doctype)
	return closed
