"""Completeness of case files: the records of any number of cases in a fixed number of queries, judged by the engine.

Records are read whoever asks, since a file is as complete as it is; `panel` and the reports say what is missing only to who
may read that part of the case.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import getdate

from core_minori.engine.completeness import (
	REQUIREMENTS,
	Completeness,
	FileAtHand,
	Item,
	Purpose,
	completeness,
	fields_to_read,
	to_complete,
)
from core_minori.permissions import may_write_case, readable_cases

CASE_FIELDS: tuple[str, ...] = (
	"name",
	"minor",
	"beneficiary_type",
	"living_arrangement",
	"reported_on",
	"reception_entry",
	"closed_on",
)
PARTS: frozenset[str] = frozenset(requirement.part for requirement in REQUIREMENTS)

Records = dict[str, dict[str, list[dict]]]


def completeness_of(cases: Sequence[str], today: date | None = None) -> dict[str, Completeness]:
	"""Completeness by case; a fixed number of queries."""
	return judged(cases, today)[0]


def judged(cases: Sequence[str], today: date | None = None) -> tuple[dict[str, Completeness], Records]:
	"""Completeness by case, and the records it was judged by: by case and DocType."""
	today = today or getdate()
	records = _records(cases)
	found = {}
	for case, by_doctype in records.items():
		own = by_doctype["Case File"][0]
		minor = next(iter(by_doctype.get("Minor", ())), {})
		found[case] = completeness(
			FileAtHand(
				own.beneficiary_type,
				getdate(own.reception_entry or own.reported_on),
				own.living_arrangement or "",
				minor.get("birth_date"),
				getdate(own.closed_on) if own.closed_on else None,
			),
			by_doctype,
			today,
		)
	return found, records


def readable_parts(user: str, cases: Iterable[str]) -> dict[str, set[str]]:
	"""Parts of each case that `user` may read, among those the requirements are of; one query a part at most."""
	cases = list(cases)
	found: dict[str, set[str]] = {case: set() for case in cases}
	for part in PARTS:
		for case in readable_cases(user, cases, part):
			found[case].add(part)
	return found


def named(items: Iterable[Item], parts: set[str]) -> tuple[list[Item], int]:
	"""The items that a reader of these parts is told of, and how many more there are."""
	items = list(items)
	told = [item for item in items if item.requirement.part in parts]
	return told, len(items) - len(told)


def panel(case_file: str, user: str) -> dict:
	"""What the form of a case shows its reader: per cent by purpose, what is missing and where to write it.

	Of what the reader may not read there is only a number.
	"""
	found, records = judged([case_file])
	file, own = found[case_file], records[case_file]
	parts = readable_parts(user, [case_file])[case_file]
	missing, kept = named(file.missing, parts)
	coming, __ = named(file.coming, parts)
	writable = {part: may_write_case(user, case_file, part) for part in {i.requirement.part for i in missing}}
	return {
		"percent": [
			{"purpose": purpose.value, "label": _(purpose.value), "percent": file.percent(purpose)}
			for purpose in Purpose
		],
		"missing": [
			{
				"label": _(item.requirement.label),
				"purposes": [_(purpose.value) for purpose in item.requirement.purposes],
				"since": item.due_on,
				"roles": [_(role) for role in item.requirement.roles],
				**_where_to_write(item, case_file, own, writable[item.requirement.part]),
			}
			for item in missing
		],
		"kept": kept,
		"coming": [{"label": _(item.requirement.label), "from": item.due_on} for item in coming],
	}


def _where_to_write(item: Item, case_file: str, own: Mapping[str, list[dict]], writable: bool) -> dict:
	"""The record to open, or what a new one starts with; `may` says whether the reader may write it."""
	wanted = item.requirement.record
	there = to_complete(item.requirement, own, getdate())
	doctype = wanted.doctype
	if doctype in ("Case File", "Minor"):
		there = own[doctype][0] if own.get(doctype) else None
	return {
		"doctype": doctype,
		"doctype_label": _(doctype),
		"name": there["name"] if there else None,
		"field": wanted.fields[0] if wanted.fields else None,
		"values": {"case_file": case_file, **item.requirement.values},
		"may": writable and bool(frappe.has_permission(doctype, "write" if there else "create")),
	}


def _records(cases: Sequence[str]) -> Records:
	"""The records of these cases that the requirements look at; one query a DocType and one a table of the plan."""
	rows = frappe.get_all(
		"Case File", filters={"name": ["in", list(cases) or [""]]}, fields=_fields("Case File")
	)
	found: Records = {row.name: {"Case File": [row]} for row in rows}
	if not found:
		return {}
	people: dict[str, list[str]] = {}
	for row in rows:
		people.setdefault(row.minor, []).append(row.name)
	for minor in frappe.get_all("Minor", filters={"name": ["in", list(people)]}, fields=_fields("Minor")):
		for case in people[minor.name]:
			found[case]["Minor"] = [minor]
	for doctype in fields_to_read():
		if doctype in ("Case File", "Minor"):
			continue
		for record in frappe.get_all(
			doctype, filters={"case_file": ["in", list(found)]}, fields=_fields(doctype), order_by="name desc"
		):
			found[record.case_file].setdefault(doctype, []).append(record)
	_count_tables(found)
	return found


def _fields(doctype: str) -> list[str]:
	names = {"name", *fields_to_read()[doctype]} - set(_tables(doctype))
	if doctype == "Case File":
		names.update(CASE_FIELDS)
	elif doctype == "Minor":
		names.add("birth_date")
	else:
		names.add("case_file")
	return sorted(names)


def _tables(doctype: str) -> dict[str, str]:
	"""The tables of a DocType that a requirement asks to have rows, and their DocTypes."""
	wanted = fields_to_read()[doctype]
	return {
		table.fieldname: table.options
		for table in frappe.get_meta(doctype).get_table_fields()
		if table.fieldname in wanted
	}


def _count_tables(found: Records) -> None:
	for doctype in fields_to_read():
		tables = _tables(doctype)
		by_name = {record.name: record for own in found.values() for record in own.get(doctype, ()) if tables}
		for fieldname, child in tables.items():
			table = frappe.qb.DocType(child)
			counts = {}
			if by_name:
				counts = dict(
					frappe.qb.from_(table)
					.select(table.parent, Count("*"))
					.where((table.parenttype == doctype) & (table.parentfield == fieldname))
					.where(table.parent.isin(list(by_name)))
					.groupby(table.parent)
					.run()
				)
			for name, record in by_name.items():
				record[fieldname] = counts.get(name, 0)
