"""Statistics for Evaluation: counts over all cases for readers of none, with no cell under five, nor any that follows.

The periods are half-years that have ended: they do not overlap and do not grow, so none can be taken from another. The two
tables with totals share no dimension, so neither adds anything to the other. Every case is read without asking the
resolver, because the reader may read none; nothing but the protected counts leaves.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import getdate

from core_minori import research_export
from core_minori.case_lists import column
from core_minori.engine.message import _ as marked
from core_minori.engine.pseudonyms import AGE, KIND, ORIGIN, SEX
from core_minori.engine.small_cells import LEAST, TOTAL, protected_table, without_small_cells
from core_minori.research_export import KEPT, LATE, OPEN

HALF_YEAR = re.compile(r"(20\d\d) S([12])")
# Title, the values of the rows and of the columns, and how fine each is: the first that shows something is taken.
TABLES = (
	(marked("Age and Sex"), AGE, SEX, ((1, 0), (0, 0))),
	(marked("Origin and Kind"), ORIGIN, KIND, ((0, 1), (0, 0))),
)


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""One row a cell: people of the cases reported in the half-year, and what was done in it."""
	first, last = days_of((filters or {}).get("half_year"), getdate())
	rows = [*_people(first, last), *_work(first, last)]
	note = _(
		"From {0} to {1}. <{2} stands for fewer than {2}, or for a count they would follow from."
	).format(frappe.format(first, "Date"), frappe.format(last, "Date"), LEAST)
	return _columns(), rows, note.replace("<", "&lt;"), None, None


def days_of(half_year: str | None, today: date) -> tuple[date, date]:
	"""First and last day of a half-year; of the last that has ended, when it has not ended or is none."""
	wanted = HALF_YEAR.fullmatch(half_year or "")
	first = date(today.year, 7 if today.month > 6 else 1, 1)  # the one that runs
	if wanted:
		asked = date(int(wanted[1]), 1 if wanted[2] == "1" else 7, 1)
		if asked < first:
			return asked, _end(asked)
	before = (first - timedelta(days=1)).replace(day=1)
	before = before.replace(month=1 if before.month <= 6 else 7)
	return before, _end(before)


def _end(first: date) -> date:
	return date(first.year, 6, 30) if first.month == 1 else date(first.year, 12, 31)


def _people(first: date, last: date) -> list[dict]:
	case = frappe.qb.DocType("Case File")
	people = [
		research_export.paths_of(row)
		for row in research_export.cases_with_people(case.reported_on[first:last])
	]
	rows = []
	for title, down, across, depths in TABLES:
		for fine, fine_across in depths:
			counts = Counter((own[down][fine], own[across][fine_across]) for own in people)
			downs, acrosses = (sorted({key[place] for key in counts}) for place in (0, 1))
			shown = protected_table(counts, downs, acrosses)
			if any(count for cell, count in shown.items() if cell != (TOTAL, TOTAL)):
				break
		else:
			rows.append(_row(_(title), _("Total"), _("Too few people for this table"), shown[TOTAL, TOTAL]))
			continue
		for row in (*downs, TOTAL):
			rows += [_row(_(title), _word(row), _word(kind), shown[row, kind]) for kind in (*acrosses, TOTAL)]
	return rows


def _work(first: date, last: date) -> list[dict]:
	everybody = {name: name for name in _names()}
	rows = []
	for service, of in sorted(research_export.hours_by_service(everybody, first, last).items()):
		rows += _breakdown(_("Services"), service, {_("Received"): len(of)})
	for term, of in sorted(research_export.worst_term(everybody, first, last).items()):
		kinds = Counter(of.values())
		rows += _breakdown(_("Deadlines"), term, {_(kind): kinds[kind] for kind in (KEPT, LATE, OPEN)})
	for service, of in sorted(research_export.last_referral(everybody, first, last).items()):
		kinds = Counter(of.values())
		rows += _breakdown(_("Referrals"), service, {_(kind): kinds[kind] for kind in sorted(kinds)})
	return rows


def _names() -> list[str]:
	"""Every case that may be worked with."""
	case = frappe.qb.DocType("Case File")
	return [row.name for row in research_export.cases_with_people(case.name != "")]


def _breakdown(table: str, row: str, counts: Mapping[str, int]) -> list[dict]:
	return [_row(table, _(row), kind, count) for kind, count in without_small_cells(counts).items()]


def _row(table: str, row: str, kind: str, count: int | None) -> dict:
	return {"table": table, "row": row, "kind": kind, "people": f"<{LEAST}" if count is None else str(count)}


def _word(value: str) -> str:
	return _("Total") if value == TOTAL else _(value)


def _columns() -> list[dict]:
	return [
		column("table", _("Table"), 170),
		column("row", _("Row"), 380),
		column("kind", _("Kind"), 220),
		column("people", _("People"), 120),
	]
