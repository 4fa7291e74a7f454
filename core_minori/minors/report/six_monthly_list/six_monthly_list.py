"""Six-monthly List: the minors hosted on a day, with their parents' residence, their relations and their condition.

Art. 9 L. 184/1983: every facility sends it every six months to the prosecutor at the juvenile court.
"""

from datetime import date

import frappe
from frappe import _
from frappe.utils import add_days, getdate, strip_html

from core_minori.case_lists import card, cases, column, grouped, minors, records
from core_minori.engine.deadlines import reaches_age

LIVED = ("Placed", "Transferred", "Discharged", "Absconded")
PARENTS = ("Mother", "Father", "Parent")
# What tells of the condition, by who may read it: the resolver leaves the others out.
CONDITION = ("Care Note", "Health Summary", "Psycho-social Summary")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""One row a minor hosted on the day `on` (today when empty), by facility; a fixed number of queries.

	A facility's contact reads the minors whom it hosts now, the others all; names and condition only who may read them.
	"""
	filters = frappe._dict(filters or {})
	on = getdate(filters.on or None)
	stays = _stays(filters, on)
	found = {
		case.name: case
		for case in cases(
			{"project": filters.project},
			("minor", "beneficiary_type", "reception_entry"),
			name=["in", list({row.case_file for row in stays}) or [""]],
		)
	}
	people = minors(
		found.values(), ("given_name", "family_name", "sex", "birth_date", "nationality", "birth_place")
	)
	names = list(found)
	network = grouped(
		records(
			"Support Person",
			names,
			("relation", "person_name", "lives_in", "lives_together", "contact_rule", "phone"),
		)
	)
	guardians = grouped(
		records("Guardianship", names, ("guardian_name", "guardian_kind", "from_date", "to_date"))
	)
	conditions = grouped(
		records(
			"Clinical Record",
			names,
			("record_type", "recorded_on", "content"),
			record_type=["in", CONDITION],
			recorded_on=["<=", str(on)],
		)
	)
	rows = []
	for stay in stays:
		case = found.get(stay.case_file)
		if not case:
			continue
		person = people.get(case.minor) or frappe._dict()
		if person.birth_date and reaches_age(person.birth_date, 18) <= on:
			continue
		own = network.get(case.name, [])
		rows.append(
			{
				"facility": stay.facility,
				"case_file": case.name,
				"minor_name": " ".join(filter(None, (person.given_name, person.family_name))) or None,
				"sex": _(person.sex) if person.sex else None,
				"birth_date": person.birth_date,
				"nationality": _(person.nationality) if person.nationality else None,
				"since": getdate(stay.from_at),
				"title_of_placement": _(stay.title_of_placement) if stay.title_of_placement else None,
				"guardian": _guardian(guardians.get(case.name, ()), on),
				"parents": _people([row for row in own if row.relation in PARENTS], residence=True),
				"relations": _people([row for row in own if row.relation not in PARENTS]),
				"condition": _condition(conditions.get(case.name, ())),
			}
		)
	rows.sort(key=lambda row: (row["facility"], row["case_file"]))
	summary = [
		card(_("Minors Hosted"), len(rows)),
		card(_("Facilities"), len({row["facility"] for row in rows})),
		card(_("Residence of the Parents Not Known"), sum(not row["parents"] for row in rows), "orange"),
	]
	return _columns(), rows, None, None, summary


def _stays(filters: dict, on: date) -> list:
	"""Placements in a facility that run on the day, as the reader may list them; each case once, its latest."""
	rows = frappe.get_list(
		"Placement",
		filters={
			"living_arrangement": "Facility",
			"facility": filters.facility or ["is", "set"],
			"status": ["in", LIVED],
			"from_at": ["<", str(add_days(on, 1))],
		},
		# who leaves on the day is no longer hosted on it
		or_filters=[["to_at", "is", "not set"], ["to_at", ">=", str(add_days(on, 1))]],
		fields=["case_file", "facility", "from_at", "title_of_placement"],
		order_by="from_at",
		limit_page_length=0,
	)
	return list({row.case_file: row for row in rows}.values())


def _guardian(rows, on: date) -> str | None:
	running = [row for row in rows if getdate(row.from_date) <= on and (not row.to_date or row.to_date >= on)]
	return ", ".join(f"{row.guardian_name} ({_(row.guardian_kind)})" for row in running) or None


def _people(rows: list, residence: bool = False) -> str | None:
	told = []
	for row in rows:
		more = [_(row.lives_in) if row.lives_in else _("residence not known") if residence else ""]
		if row.lives_together:
			more.append(_("lives with the minor"))
		if row.contact_rule and row.contact_rule != "Free":
			more.append(_("contact: {0}").format(_(row.contact_rule)))
		more = ", ".join(filter(None, more))
		told.append(f"{_(row.relation)}: {row.person_name}" + (f" ({more})" if more else ""))
	return "; ".join(told) or None


def _condition(rows) -> str | None:
	"""The latest of each kind that the reader may read, in the order of the kinds."""
	latest: dict[str, dict] = {}
	for row in sorted(rows, key=lambda row: row.recorded_on):
		latest[row.record_type] = row
	return (
		" | ".join(
			f"{_(kind)} ({getdate(latest[kind].recorded_on).strftime('%d/%m/%Y')}): {strip_html(latest[kind].content)}"
			for kind in CONDITION
			if kind in latest
		)
		or None
	)


def _columns() -> list[dict]:
	return [
		column("facility", _("Facility"), 180, "Link", "Facility"),
		column("case_file", _("Case File"), 180, "Link", "Case File"),
		column("minor_name", _("Minor"), 170),
		column("sex", _("Sex"), 80),
		column("birth_date", _("Date of Birth"), 110, "Date"),
		column("nationality", _("Nationality"), 120),
		column("since", _("Hosted Since"), 110, "Date"),
		column("title_of_placement", _("Title of the Placement"), 170),
		column("guardian", _("Guardian"), 180),
		column("parents", _("Residence of the Parents"), 260),
		column("relations", _("Relations with the Family"), 260),
		column("condition", _("Psycho-physical Condition"), 360),
	]
