"""Interventions and Hours: what was done, for how long, by whom and with how many people, over what the reader may read."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import flt, get_datetime, get_fullname

from core_minori.engine.interventions import DONE, GROUP, PRESENT, Served, Tally, own_hours, tally
from core_minori.engine.money import money

GROUPINGS = ("Type", "Month", "Operator", "Project", "Area", "Mode")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Columns, rows, and the sums of all. Hours of service, of the operators and of the people; people are distinct."""
	filters = frappe._dict(filters or {})
	by = filters.group_by if filters.group_by in GROUPINGS else "Type"
	served = served_of(filters)
	areas = _areas({case for each in served for case in each.people}) if by == "Area" else {}
	found = tally(served, by, lambda case: areas.get(case, ""))
	rows = [_row(key, by, sums) for key, sums in found.items()]
	whole = Tally()
	for each in served:
		whole.take(each, each.people, each.operators)
	return _columns(by), rows, None, None, _summary(whole)


def list_filters(filters: dict) -> dict:
	"""The filters of the list behind the report."""
	filters = frappe._dict(filters)
	wanted: dict = {"status": DONE}
	if filters.from_date or filters.to_date:
		wanted["starts_at"] = [
			"between",
			[f"{filters.from_date or '1900-01-01'} 00:00:00", f"{filters.to_date or '2999-12-31'} 23:59:59"],
		]
	for name in ("project", "intervention_type", "mode"):
		if filters.get(name):
			wanted[name] = filters[name]
	return wanted


def served_of(filters: dict) -> list[Served]:
	"""The done interventions that the reader may read, with their operators and who was there; three queries."""
	filters = frappe._dict(filters)
	rows = frappe.get_list(
		"Intervention",
		filters=list_filters(filters),
		fields=["name", "mode", "intervention_type", "project", "starts_at", "hours", "case_file"],
		limit_page_length=0,
	)
	names = [row.name for row in rows]
	operators: dict[str, dict[str, Decimal]] = {}
	people: dict[str, dict[str, Decimal]] = {}
	whole = {row.name: money(flt(row.hours, 2)) for row in rows}
	for table, keep in (("Intervention Operator", operators), ("Intervention Participant", people)):
		key = "user" if keep is operators else "case_file"
		fields = ["parent", key, "hours", *([] if keep is operators else ["attendance"])]
		child_filters = {"parent": ["in", names], "parenttype": "Intervention"}
		for row in frappe.get_all(table, filters=child_filters, fields=fields) if names else ():
			if keep is people and (row.attendance or PRESENT) != PRESENT:
				continue
			keep.setdefault(row.parent, {})[row[key]] = own_hours(money(flt(row.hours, 2)), whole[row.parent])
	return [
		Served(
			row.name,
			row.mode,
			row.intervention_type,
			row.project or "",
			get_datetime(row.starts_at),
			whole[row.name],
			operators.get(row.name, {}),
			people.get(row.name, {}) if row.mode == GROUP else {row.case_file: whole[row.name]},
		)
		for row in rows
		if not filters.operator or filters.operator in operators.get(row.name, {})
	]


def _areas(cases: set[str]) -> dict[str, str]:
	"""The area of each case, of those that the reader may read."""
	return dict(
		frappe.get_list(
			"Case File",
			filters={"name": ["in", list(cases)]},
			fields=["name", "intervention_area"],
			as_list=True,
			limit_page_length=0,
		)
	)


def _row(key: str, by: str, sums: Tally) -> dict:
	shown = key
	if by == "Operator":
		shown = get_fullname(key) if key else ""
	elif by in ("Type", "Area", "Mode"):
		shown = _(key, context="Case File" if by == "Area" else "Intervention") if key else ""
	return {
		"key": key,
		"label": shown or _("Not Said"),
		"interventions": sums.interventions,
		"individual": sums.individual,
		"group": sums.group,
		"hours": float(sums.hours),
		"operator_hours": float(sums.operator_hours),
		"people": len(sums.people),
		"person_hours": float(sums.person_hours),
	}


def _columns(by: str) -> list[dict]:
	def column(fieldname: str, label: str, fieldtype: str = "Int", width: int = 120, **more: object) -> dict:
		return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}

	return [
		column("label", _(by), "Data", 240),
		column("interventions", _("Interventions")),
		column("individual", _("Individual Interventions")),
		column("group", _("Group Interventions")),
		column("hours", _("Hours"), "Float", precision=2),
		column("operator_hours", _("Operators' Hours"), "Float", 140, precision=2),
		column("people", _("People Reached")),
		column("person_hours", _("Person-Hours"), "Float", precision=2),
	]


def _summary(whole: Tally) -> list[dict]:
	return [
		{"label": _("Interventions"), "value": whole.interventions, "datatype": "Int", "indicator": "blue"},
		{"label": _("Hours"), "value": float(whole.hours), "datatype": "Float", "indicator": "blue"},
		{"label": _("Operators' Hours"), "value": float(whole.operator_hours), "datatype": "Float"},
		{"label": _("People Reached"), "value": len(whole.people), "datatype": "Int", "indicator": "green"},
		{"label": _("Person-Hours"), "value": float(whole.person_hours), "datatype": "Float"},
	]
