"""File Completeness: how whole the files are for the SIM, the PEI and the monitoring sheet, and what is missing."""

import frappe
from frappe import _

from core_minori.case_completeness import completeness_of, named, readable_parts
from core_minori.case_lists import behind, card, cases, column, full_names, grouped, running_assignments
from core_minori.engine.completeness import Completeness, Purpose

KEYS = {Purpose.SIM: "sim", Purpose.PEI: "pei", Purpose.MONITORING: "monitoring"}
BY_FIELD = {"Facility": ("facility", "Facility"), "Project": ("project", "Funded Project")}


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Open cases of the reader, the least complete first, or one row a worker, facility or project."""
	filters = frappe._dict(filters or {})
	found = cases(filters, ("state", "facility", "project"), open_only=True)
	names = [row.name for row in found]
	files = completeness_of(names)
	workers = _workers(names)
	if filters.group_by and filters.group_by != "Case":
		rows = _groups(filters.group_by, found, files, workers)
		columns = _group_columns(filters.group_by)
	else:
		rows = _cases(filters, found, files, workers)
		columns = _columns()
	summary = [card(_("Open Cases"), len(found))]
	summary += [
		card(
			_("{0}, average").format(_(purpose.value)), _average(files.values(), purpose), datatype="Percent"
		)
		for purpose in Purpose
	]
	summary.append(card(_("Nothing Missing"), sum(not file.missing for file in files.values()), "green"))
	return columns, rows, None, _chart(files), summary


def _cases(
	filters: dict, found: list, files: dict[str, Completeness], workers: dict[str, list]
) -> list[dict]:
	parts = readable_parts(frappe.session.user, files)
	operators = full_names(row.user for rows in workers.values() for row in rows)
	rows = []
	for case in found:
		file = files[case.name]
		asked = [
			item
			for item in file.missing
			if not filters.purpose or Purpose(filters.purpose) in item.requirement.purposes
		]
		told, kept = named(asked, parts[case.name])
		words = [_(item.requirement.label) for item in told]
		if kept:
			words.append(_("{0} more, kept by who may read it").format(kept))
		own = workers.get(case.name, [])
		referent = next((row for row in own if row.is_referent), own[0] if own else None)
		rows.append(
			{
				"case_file": case.name,
				"state": _(case.state, context="Case File"),
				"worker": operators.get(referent.user) if referent else None,
				"facility": case.facility,
				"project": case.project,
				**{key: file.percent(purpose) for purpose, key in KEYS.items()},
				"missing": len(asked),
				"what": ", ".join(words),
			}
		)
	rows.sort(key=lambda row: (-row["missing"], row["case_file"]))
	return rows


def _groups(
	group_by: str, found: list, files: dict[str, Completeness], workers: dict[str, list]
) -> list[dict]:
	members: dict[str, list[str]] = {}
	if group_by == "Worker":
		operators = full_names(row.user for rows in workers.values() for row in rows)
		for case in found:
			users = dict.fromkeys(row.user for row in workers.get(case.name, ()))
			for key in [operators.get(user, user) for user in users] or [_("Nobody")]:
				members.setdefault(key, []).append(case.name)
	else:
		field = BY_FIELD[group_by][0]
		for case in found:
			members.setdefault(case[field] or "", []).append(case.name)
	return [
		{
			"key": key or _("None"),
			"cases": len(names),
			**{
				column_key: _average([files[name] for name in names], purpose)
				for purpose, column_key in KEYS.items()
			},
			"missing": sum(len(files[name].missing) for name in names),
			"whole": sum(not files[name].missing for name in names),
			"behind": {
				"cases": behind("Case File", names),
				"whole": behind("Case File", [name for name in names if not files[name].missing]),
			},
		}
		for key, names in sorted(members.items())
	]


def _workers(names: list[str]) -> dict[str, list]:
	"""Who follows these cases today, as far as the reader may know."""
	if not names or not frappe.has_permission("Care Assignment", "read"):
		return {}
	return grouped(
		running_assignments(("case_file", "user", "is_referent"), case_file=["in", names]), "case_file"
	)


def _average(files, purpose: Purpose) -> int | None:
	percents = [percent for file in files if (percent := file.percent(purpose)) is not None]
	return sum(percents) // len(percents) if percents else None


def _chart(files: dict[str, Completeness]) -> dict | None:
	if not files:
		return None
	return {
		"type": "bar",
		"data": {
			"labels": [_(purpose.value) for purpose in Purpose],
			"datasets": [
				{
					"name": _("Average %"),
					"values": [_average(files.values(), purpose) or 0 for purpose in Purpose],
				}
			],
		},
	}


def _percents() -> list[dict]:
	return [
		column(key, _("{0} %").format(_(purpose.value)), 130 if key == "monitoring" else 80, "Int")
		for purpose, key in KEYS.items()
	]


def _columns() -> list[dict]:
	return [
		column("case_file", _("Case File"), 180, "Link", "Case File"),
		column("state", _("State of the Case"), 130),
		*_percents(),
		column("missing", _("Items Missing"), 90, "Int"),
		column("what", _("What Is Missing"), 420),
		column("worker", _("Operator"), 150),
		column("facility", _("Facility"), 160, "Link", "Facility"),
		column("project", _("Funded Project"), 130, "Link", "Funded Project"),
	]


def _group_columns(group_by: str) -> list[dict]:
	return [
		column("key", _(group_by, context="File Completeness"), 220),
		column("cases", _("Open Cases"), 110, "Int"),
		*_percents(),
		column("missing", _("Items Missing"), 120, "Int"),
		column("whole", _("Nothing Missing"), 130, "Int"),
	]
