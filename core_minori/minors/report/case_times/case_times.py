"""Case Times: how long cases take from the report to the first assignment, the interview, the guardian, the PEI, the end."""

from datetime import date

import frappe
from frappe import _
from frappe.query_builder.functions import Min
from frappe.utils import getdate, now_datetime

from core_minori.case_deadlines import RUNNING
from core_minori.case_facts import facts_of
from core_minori.case_lists import ENDED, behind, card, cases, column, records
from core_minori.engine.case_times import MEASURES, Measure, Span, days_between, in_short

GROUPS = ("All", "Project", "Facility", "Month")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""One row a measure, and a group where one is asked for; cases by the day of their report. Days."""
	filters = frappe._dict(filters or {})
	found = cases(filters, ("state", "beneficiary_type", "reported_on", "closed_on", "project", "facility"))
	spans = _spans(found)
	rows = []
	for group, members in _groups(filters.group_by or "All", found):
		for measure in MEASURES:
			own = [span for case in members if (span := spans[measure.code].get(case.name))]
			if own:
				rows.append({"group": group, **_row(measure, own)})
	overall = {measure.code: in_short(spans[measure.code].values()) for measure in MEASURES}
	summary = [card(_("Cases"), len(found))] + [
		card(
			_("{0}: median of days").format(_(measure.label)), overall[measure.code].median, datatype="Float"
		)
		for measure in MEASURES
		if overall[measure.code].done
	]
	return _columns(filters.group_by), rows, None, _chart(overall), summary


def _row(measure: Measure, spans: list[Span]) -> dict:
	times = in_short(spans)
	return {
		"measure": _(measure.label),
		"done": len(times.done),
		"median": times.median,
		"mean": times.mean,
		"longest": times.longest,
		"within": times.share_within,
		"decided": times.decided if measure.rule else None,
		"waiting": len(times.waiting),
		"behind": {
			"done": behind("Case File", times.done),
			"waiting": behind("Case File", times.waiting),
		},
	}


def _spans(found: list) -> dict[str, dict[str, Span]]:
	"""Measure -> case -> span. A case that ended without the thing waits for nothing and is in no measure of it."""
	names = [case.name for case in found]
	facts = facts_of(names)
	assigned = _first("Care Assignment", "from_date", names)
	signed = _first("PEI", "signed_on", names)
	kept = _kept(names)
	spans: dict[str, dict[str, Span]] = {measure.code: {} for measure in MEASURES}
	for case in found:
		own = {
			**facts[case.name],
			"reported": getdate(case.reported_on),
			"first_assigned": assigned.get(case.name),
			"pei_first_signed": signed.get(case.name),
			"closed": getdate(case.closed_on) if case.closed_on else None,
		}
		for measure in MEASURES:
			days = days_between(own.get(measure.start), own.get(measure.end))
			asked = not measure.kinds or case.beneficiary_type in measure.kinds
			waits = own.get(measure.start) and asked and case.state not in ENDED
			if days is None and not waits:
				continue
			spans[measure.code][case.name] = Span(case.name, days, kept.get((case.name, measure.rule)))
	return spans


def _kept(names: list[str]) -> dict[tuple[str, str], bool]:
	"""Whether a case kept the term of a rule the first time: by case and code, where that is decided."""
	codes = [measure.rule for measure in MEASURES if measure.rule]
	found: dict[tuple[str, str], tuple] = {}
	for row in records("Case Deadline", names, ("rule_code", "state", "due_at"), rule_code=["in", codes]):
		key = (row.case_file, row.rule_code)
		if row.state != "Cancelled" and (key not in found or row.due_at < found[key].due_at):
			found[key] = row
	now = now_datetime()
	return {
		key: row.state == "Done" for key, row in found.items() if row.state not in RUNNING or row.due_at < now
	}


def _first(doctype: str, field: str, names: list[str]) -> dict[str, date]:
	"""The first day of a field among the records of each case, which the caller has listed through the resolver."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.case_file, Min(table[field])).groupby(table.case_file)
	return dict(query.where(table.case_file.isin(names or [""])).run())


def _groups(group_by: str, found: list) -> list[tuple[str, list]]:
	if group_by not in GROUPS or group_by == "All":
		return [(_("All"), found)]
	groups: dict[str, list] = {}
	for case in found:
		key = str(case.reported_on)[:7] if group_by == "Month" else case[group_by.lower()] or _("None")
		groups.setdefault(key, []).append(case)
	return sorted(groups.items())


def _chart(overall: dict) -> dict | None:
	shown = [measure for measure in MEASURES if overall[measure.code].done]
	if not shown:
		return None
	return {
		"type": "bar",
		"data": {
			"labels": [_(measure.label) for measure in shown],
			"datasets": [
				{"name": _("Median"), "values": [overall[measure.code].median for measure in shown]},
				{"name": _("Mean"), "values": [overall[measure.code].mean for measure in shown]},
			],
		},
	}


def _columns(group_by: str | None) -> list[dict]:
	columns = [
		column("measure", _("From and To"), 220),
		column("done", _("Cases Done"), 110, "Int"),
		column("median", _("Median of Days"), 130, "Float", precision=1),
		column("mean", _("Mean of Days"), 120, "Float", precision=1),
		column("longest", _("Longest"), 110, "Float", precision=1),
		column("within", _("Within the Term %"), 150, "Float", precision=1),
		column("decided", _("Cases with a Term"), 150, "Int"),
		column("waiting", _("Cases Waiting"), 130, "Int"),
	]
	if group_by and group_by != "All":
		columns.insert(0, column("group", _(group_by, context="File Completeness"), 180))
	return columns
