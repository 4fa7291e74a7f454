"""Presence Days: days that people lived in each facility, by month, from the placements."""

import frappe
from frappe import _
from frappe.utils import add_days, getdate

from core_minori.case_lists import behind, card, cases, column
from core_minori.engine.beneficiaries import UNACCOMPANIED
from core_minori.engine.case_times import months_between, presence_days

# Places that were lived in: a place asked for or assigned has nobody in it yet.
LIVED = ("Placed", "Transferred", "Discharged", "Absconded")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""One row a facility and month; the day of arrival counts, that of departure does not. Three queries."""
	filters = frappe._dict(filters or {})
	last = getdate(filters.to_date or None)
	first = getdate(filters.from_date or last.replace(month=1, day=1))
	placements = _placements(filters, first, last)
	kinds = {
		case.name: case.beneficiary_type
		for case in cases(
			{"project": filters.project},
			("beneficiary_type",),
			name=["in", list({row.case_file for row in placements}) or [""]],
		)
	}
	places = dict(frappe.get_all("Facility", fields=["name", "places"], as_list=True))
	days: dict[tuple[str, str], dict] = {}
	months = months_between(first, last)
	for row in placements:
		if row.case_file not in kinds:
			continue
		came, left = getdate(row.from_at), getdate(row.to_at) if row.to_at else None
		for starts, ends in months:
			lived = presence_days(came, left, starts, ends)
			if not lived:
				continue
			found = days.setdefault(
				(row.facility, str(starts)[:7]),
				{
					"days": 0,
					"alone": 0,
					"cases": set(),
					"placements": set(),
					"length": (ends - starts).days + 1,
				},
			)
			found["days"] += lived
			found["alone"] += lived if kinds[row.case_file] == UNACCOMPANIED else 0
			found["cases"].add(row.case_file)
			found["placements"].add(row.name)
	rows = [
		{
			"facility": facility,
			"month": month,
			"days": found["days"],
			"alone": found["alone"],
			"cases": len(found["cases"]),
			"placements": len(found["placements"]),
			"average": round(found["days"] / found["length"], 1),
			"occupancy": round(100 * found["days"] / (found["length"] * places[facility]), 1)
			if places.get(facility)
			else None,
			"behind": {
				"cases": behind("Case File", found["cases"]),
				"placements": behind("Placement", found["placements"]),
			},
		}
		for (facility, month), found in sorted(days.items())
	]
	people = set().union(*(found["cases"] for found in days.values()))
	summary = [
		card(_("Presence Days"), sum(row["days"] for row in rows)),
		card(_("Cases"), len(people)),
		card(_("Facilities"), len({row["facility"] for row in rows})),
	]
	return _columns(), rows, None, _chart(rows, [str(starts)[:7] for starts, __ in months]), summary


def _placements(filters: dict, first, last) -> list:
	wanted = {
		"living_arrangement": "Facility",
		"facility": filters.facility or ["is", "set"],
		"status": ["in", LIVED],
		"from_at": ["<", str(add_days(last, 1))],
	}
	return frappe.get_list(
		"Placement",
		filters=wanted,
		or_filters=[["to_at", "is", "not set"], ["to_at", ">=", str(first)]],
		fields=["name", "case_file", "facility", "from_at", "to_at"],
		order_by="name",
		limit_page_length=0,
	)


def _chart(rows: list[dict], months: list[str]) -> dict | None:
	if not rows:
		return None
	by_month = dict.fromkeys(months, 0)
	for row in rows:
		by_month[row["month"]] += row["days"]
	return {
		"type": "bar",
		"data": {
			"labels": months,
			"datasets": [{"name": _("Presence Days"), "values": list(by_month.values())}],
		},
	}


def _columns() -> list[dict]:
	return [
		column("facility", _("Facility"), 220, "Link", "Facility"),
		column("month", _("Month"), 100),
		column("days", _("Presence Days"), 130, "Int"),
		column("alone", _("Of Unaccompanied Minors"), 190, "Int"),
		column("cases", _("Cases"), 90, "Int", disable_total=1),
		column("placements", _("Placements"), 120, "Int", disable_total=1),
		column("average", _("Present Each Day"), 140, "Float", precision=1, disable_total=1),
		column("occupancy", _("Occupancy %"), 120, "Float", precision=1, disable_total=1),
	]
