"""Violence and Emersion: who are victims, through which channel it came out, in which area, and of what kind it is."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, getdate

from core_minori.case_lists import behind, card, cases, column, records
from core_minori.engine.small_cells import LEAST, without_small_cells

DIMENSIONS = {
	"Victim of Violence": "victim_status",
	"Channel of Emersion": "emersion_channel",
	"Area of Intervention": "intervention_area",
}
FACTORS = "Kind of Violence"
VIOLENCE = (
	"Trafficking or Exploitation",
	"Physical Violence",
	"Psychological Violence",
	"Sexual Violence",
	"Witnessed Violence",
	"Neglect",
	"Forced Marriage",
	"Female Genital Mutilation",
)
FIELDS = ("victim_status", "emersion_channel", "intervention_area", "state")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Cases by dimension and value, those of the reader. Who reads no case gets the counts of one year that has ended, all
	cases, no cell under five: of other periods and parts, and of a year that still grows, one could be taken from the other.
	"""
	filters = frappe._dict(filters or {})
	if frappe.has_permission("Case File", "read"):
		return _of_reader(filters)
	year, last = cint(filters.year), getdate().year - 1
	return _of_nobody(year if 2000 <= year <= last else last)


def _of_reader(filters: dict) -> tuple:
	found = cases(filters, FIELDS)
	by_name = {case.name: case for case in found}
	cells = _cells(found)
	for name, factors in _factors(records("Risk Assessment", by_name, ("name",))).items():
		for factor in factors:
			cells.setdefault((FACTORS, factor), set()).add(name)
	rows = [
		{
			"dimension": _(dimension),
			"value": _value(value),
			"cases": len(names),
			"open": len(
				still := [name for name in names if by_name[name].state not in ("Closed", "Transferred")]
			),
			"behind": {"cases": behind("Case File", names), "open": behind("Case File", still)},
		}
		for (dimension, value), names in _ordered(cells)
	]
	victims = sum(case.victim_status in ("Victim", "Potential Victim") for case in found)
	summary = [
		card(_("Cases"), len(found)),
		card(_("Victims or Potential Victims"), victims, "red"),
	]
	columns = _columns()
	columns[2:] = [
		column("cases", _("Cases"), 100, "Int"),
		column("open", _("Of Them Open"), 120, "Int"),
	]
	chart = _chart([row for row in rows if row["dimension"] == _("Victim of Violence")])
	return columns, rows, None, chart, summary


def _of_nobody(year: int) -> tuple:
	"""Counts over every case reported in a year, for a reader of none."""
	first, last = date(year, 1, 1), date(year, 12, 31)
	found = frappe.get_all(
		"Case File", filters={"reported_on": ["between", [first, last]]}, fields=["name", *FIELDS]
	)
	cells = _cells(found)
	names = [case.name for case in found]
	assessments = frappe.get_all(
		"Risk Assessment", filters={"case_file": ["in", names or [""]]}, fields=["name", "case_file"]
	)
	for name, factors in _factors(assessments).items():
		for factor in factors:
			cells.setdefault((FACTORS, factor), set()).add(name)
	rows = []
	for dimension in (*DIMENSIONS, FACTORS):
		counts = without_small_cells({key: len(names) for key, names in cells.items() if key[0] == dimension})
		rows += [
			{
				"dimension": _(dimension),
				"value": _value(value),
				"cases": _("fewer than {0}, or hidden with them").format(LEAST)
				if counts[key] is None
				else str(counts[key]),
			}
			# by name: the order of the counts would tell what is hidden
			for key in sorted(counts)
			for value in [key[1]]
		]
	note = _(
		"Every case reported in {0}. Counts under {1} are hidden, and what they could be worked out from."
	).format(year, LEAST)
	return _columns(), rows, note, None, None


def _cells(found: list) -> dict[tuple[str, str], set[str]]:
	cells: dict[tuple[str, str], set[str]] = {}
	for case in found:
		for dimension, field in DIMENSIONS.items():
			cells.setdefault((dimension, case[field] or ""), set()).add(case.name)
	return cells


def _factors(assessments: list) -> dict[str, set[str]]:
	"""The kinds of violence that these assessments note, by case."""
	of = {row.name: row.case_file for row in assessments}
	found: dict[str, set[str]] = {}
	if not of:
		return found
	for row in frappe.get_all(
		"Risk Assessment Factor",
		filters={
			"parenttype": "Risk Assessment",
			"parent": ["in", list(of)],
			"kind": "Risk",
			"factor": ["in", VIOLENCE],
		},
		fields=["parent", "factor"],
	):
		found.setdefault(of[row.parent], set()).add(row.factor)
	return found


def _ordered(cells: dict[tuple[str, str], set[str]]) -> list:
	order = [*DIMENSIONS, FACTORS]
	return sorted(
		cells.items(), key=lambda cell: (order.index(cell[0][0]), not cell[0][1], -len(cell[1]), cell[0][1])
	)


def _value(value: str) -> str:
	return _(value) if value else _("Not Recorded")


def _chart(rows: list[dict]) -> dict | None:
	if not rows:
		return None
	return {
		"type": "bar",
		"data": {
			"labels": [row["value"] for row in rows],
			"datasets": [{"name": _("Cases"), "values": [row["cases"] for row in rows]}],
		},
	}


def _columns() -> list[dict]:
	return [
		column("dimension", _("Dimension"), 220),
		column("value", _("Value"), 260),
		column("cases", _("Cases"), 240),
	]
