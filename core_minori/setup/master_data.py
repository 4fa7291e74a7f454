"""Records an installation starts with and its users then own: made once, never overwritten."""

import json

import frappe
from frappe import _

from core_minori.locale_terms import READ_FIELDS


def apply() -> None:
	"""Make the training areas, programmes, rules of deadlines and of retention, and the like that are not there yet."""
	for row in _data("training_areas"):
		_make_once("Training Area", {"area_code": row["area_code"]}, row)
	for row in _data("funding_programmes"):
		_make_once("Funding Programme", {"programme_name": row["programme_name"]}, row)
	make_dimensions()
	_make_indicators()
	make_retention_rules()
	known = {
		(rule.rule_code, str(rule.valid_from or ""))
		for rule in frappe.get_all("Deadline Rule", fields=["rule_code", "valid_from"])
	}
	for rule in shipped_rules():
		if (rule["rule_code"], rule["valid_from"] or "") not in known:
			frappe.get_doc({"doctype": "Deadline Rule", **rule}).insert(ignore_permissions=True)


def add_new_rules() -> None:
	"""Make the deadline rules that came with an update; the versions of a code that is there are its users' own."""
	make_retention_rules()
	known = set(frappe.get_all("Deadline Rule", pluck="rule_code"))
	for rule in shipped_rules():
		if rule["rule_code"] in known:
			continue
		try:
			frappe.get_doc({"doctype": "Deadline Rule", **rule}).insert(ignore_permissions=True)
		except frappe.ValidationError:
			# It does not go with rules as their users changed them: their word stands, and the update goes on.
			frappe.clear_last_message()
			frappe.log_error(f"Deadline rule {rule['rule_code']} of this version does not go with the others")


def shipped_rules() -> list[dict]:
	"""The deadline rules of this version as values of Deadline Rule."""
	return [
		{
			**{key: value for key, value in row.items() if key not in ("code", "trigger", "confirmed_by")},
			"rule_code": row["code"],
			"trigger_fact": row["trigger"],
		}
		for row in _data("deadline_rules")
	]


def make_dimensions() -> None:
	"""The dimensions of an assessment, where there are none: later they are known by what their users call them."""
	if frappe.db.exists("Assessment Dimension", {}):
		return
	for position, row in enumerate(_data("assessment_dimensions"), start=1):
		values = {
			"dimension": row["title"],
			"guidance": row["description"],
			"applies_to": row["applies_to"],
			"position": position,
		}
		frappe.get_doc({"doctype": "Assessment Dimension", **values}).insert(ignore_permissions=True)


def make_retention_rules() -> None:
	"""The proposals of how long cases are kept, where there is no rule: the controller confirms or changes them."""
	if not frappe.db.exists("Retention Rule", {}):
		for row in _data("retention_rules"):
			frappe.get_doc({"doctype": "Retention Rule", **row}).insert(ignore_permissions=True)


def _make_indicators() -> None:
	"""The signs of a screening, where there are none: later they are known by what their users call them."""
	if not frappe.db.exists("Screening Indicator", {}):
		for row in _data("screening_indicators"):
			frappe.get_doc({"doctype": "Screening Indicator", **row}).insert(ignore_permissions=True)


def _make_once(doctype: str, key: dict, values: dict) -> None:
	if not frappe.db.exists(doctype, key):
		frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)


def _data(name: str) -> list[dict]:
	"""The rows of a file in setup/data, their texts in the language of the site: its users own them from here on."""
	with open(frappe.get_app_path("core_minori", "setup", "data", f"{name}.json"), encoding="utf-8") as file:
		rows = json.load(file)
	language = frappe.db.get_single_value("System Settings", "language") or "en"
	return [_in_language(row, language) for row in rows]


def _in_language(row: dict, language: str) -> dict:
	spoken = {}
	for key, value in row.items():
		if isinstance(value, list):
			value = [_in_language(part, language) for part in value]
		elif value and key in READ_FIELDS:
			value = _(value, language)
		spoken[key] = value
	return spoken
