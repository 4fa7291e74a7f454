"""What stands in the access log for what happened: entries of the buffer with their records and cases looked up.

One query a DocType, however many entries: they are written down together.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import frappe
from frappe.utils import now_datetime

from core_minori.access_doors import FORM, LIST, PART, doctype_of
from core_minori.engine.access_chain import FIELDS
from core_minori.grants import CHILD_OF, PROTECTED, TRACES

LOG = "Case Access Log"
CHANGE, ALERT, RETENTION = "Change", "Alert", "Retention"
ALLOWED, REFUSED = "Allowed", "Refused"
# Kind of an entry that a function of ours told, beside what requests leave.
NOTE = "note"
# So long after a form was opened, what it fetches of the same case is part of the opening.
_ONE_OPENING = timedelta(minutes=2)


def new_name() -> str:
	"""Names that grow with time: rows lie in the table in the order they were written in."""
	return f"{time.time_ns():016x}{frappe.generate_hash(length=8)}"


def plain_row(way: str, user: str, note: str) -> dict:
	"""A row about no record: an alert, or what was done to the log itself."""
	return dict.fromkeys(FIELDS) | {
		"name": new_name(),
		"seen_at": now_datetime(),
		"user": user,
		"way": way,
		"outcome": ALLOWED,
		"records": 0,
		"note": note,
	}


def rows_of(entries: list[dict]) -> list[dict]:
	"""What stands in the table for these entries; records and their cases are looked up, one query a DocType."""
	wanted: dict[str, set[str]] = defaultdict(set)
	for one in entries:
		one["targets"] = list(_targets(one))
	_follow_traces(entries)
	for one in entries:
		for doctype, name in one["targets"]:
			wanted[doctype].add(name)
	cases = {doctype: cases_of(doctype, names) for doctype, names in wanted.items()}
	rows = []
	for one in entries:
		row = _row_of(one, cases)
		if row:
			rows.append(row)
	return _guests_together(rows)


def _targets(one: dict) -> Iterator[tuple[str, str]]:
	if one["name"] and one["doctype"]:
		yield one["doctype"], one["name"]
	for code in one["codes"]:
		if doctype := doctype_of(code):
			yield doctype, code


def _follow_traces(entries: list[dict]) -> None:
	"""A version, a comment or a file stands for the record it is about, a row of a table for its parent."""
	asked: dict[str, set[str]] = defaultdict(set)
	for one in entries:
		for doctype, name in one["targets"]:
			if doctype in TRACES or doctype in CHILD_OF:
				asked[doctype].add(name)
	about: dict[tuple[str, str], tuple[str, str]] = {}
	for doctype, names in asked.items():
		fields = TRACES.get(doctype, ("parenttype", "parent"))
		keys = ("name", "file_url") if doctype == "File" else ("name",)
		for key in keys:
			for row in frappe.get_all(
				doctype, {key: ["in", list(names)]}, [f"{key} as asked", *fields], as_list=True, limit=0
			):
				about[doctype, row[0]] = (row[1], row[2])
	for one in entries:
		one["targets"] = [about.get(target, target) for target in one["targets"]]
		if one["doctype"] in TRACES or one["doctype"] in CHILD_OF:
			found = about.get((one["doctype"], one["name"] or ""))
			if found and found[0] in PROTECTED:
				one["doctype"], one["name"] = found
			elif one["name"]:
				# about something else, or about nothing we know
				one["skip"] = not one["codes"]
				one["name"] = None


def cases_of(doctype: str, names: Iterable[str]) -> dict[str, set[str]]:
	"""Those of `names` that are records of `doctype`, and the cases each of them belongs to."""
	names = list(names)
	if doctype not in PROTECTED or not names:
		return {}
	meta = frappe.get_meta(doctype)
	own = meta.has_field("case_file")
	found = {
		row[0]: {row[1]} - {None, ""}
		for row in frappe.get_all(
			doctype,
			{"name": ["in", names]},
			["name", "case_file" if own else "name as case_file"],
			as_list=True,
			limit=0,
		)
	}
	if doctype == "Case File":
		return found
	if not own:
		found = {name: set() for name in found}
	if doctype == "Minor":
		for case, minor in frappe.get_all(
			"Case File", {"minor": ["in", names]}, ["name", "minor"], as_list=True, limit=0
		):
			found[minor].add(case)
	for table in meta.get_table_fields():
		if frappe.get_meta(table.options).has_field("case_file"):
			for parent, case in frappe.get_all(
				table.options,
				{"parent": ["in", names], "parenttype": doctype},
				["parent", "case_file"],
				as_list=True,
				limit=0,
			):
				found.setdefault(parent, set()).update({case} - {None, ""})
	return found


def _row_of(one: dict, cases: dict[str, dict[str, set[str]]]) -> dict | None:
	if one.get("skip"):
		return None
	doctype, name = one["doctype"], one["name"]
	told = one["kind"] == NOTE and doctype not in PROTECTED  # by our own code, about a user or a setting
	exists = bool(name) and (told or name in cases.get(doctype, {}))
	found = {case for target, record in one["targets"] for case in cases.get(target, {}).get(record, ())}
	if one["kind"] == PART and one["outcome"] == ALLOWED and not found:
		return None  # nothing of a case came with it
	way = one["way"]
	if one["kind"] == PART and way == FORM and len(found) > 1:
		way = LIST
	text = one["text"]
	if name and not exists:
		text = " ".join(filter(None, ["No such record.", text]))
	records = one["records"]
	if records is None:
		records = int(exists) if name else len([code for code in one["codes"] if doctype_of(code) == doctype])
		records = records or (0 if name else len(found))
	return {
		"name": one["id"],
		"seen_at": datetime.fromisoformat(one["at"]),
		"user": one["user"],
		"way": way,
		"outcome": one["outcome"],
		"case_file": next(iter(found)) if len(found) == 1 else None,
		"record_type": doctype
		if told or any(doctype in known for known in (PROTECTED, TRACES, CHILD_OF))
		else None,
		"record": name if exists else None,
		"records": records,
		"cases": " ".join(sorted(found)) if len(found) > 1 else None,
		"ip_address": one["ip"],
		"note": text or None,
		"version": one.get("version"),
		"digest": one.get("digest"),
		"kind": one["kind"],
	}


def _guests_together(rows: list[dict]) -> list[dict]:
	"""One row for what somebody without a login was refused at one address: nobody fills the log from outside."""
	kept, seen = [], {}
	for row in rows:
		if row["user"] == "Guest" and row["outcome"] == REFUSED:
			key = (row["ip_address"], row["way"], row["record_type"])
			if key in seen:
				seen[key]["records"] += 1
				continue
			row.update(record=None, case_file=None, records=1)
			seen[key] = row
		kept.append(row)
	return kept


def without_repeats(rows: list[dict]) -> list[dict]:
	"""Without what an open form fetches of its own case: that is part of opening it."""
	parts = [
		row
		for row in rows
		if row["kind"] == PART and row["outcome"] == ALLOWED and row["way"] in (FORM, LIST)
	]
	if not parts:
		return rows
	opened: dict[str, list[tuple[datetime, set[str]]]] = defaultdict(list)
	before = frappe.get_all(
		LOG,
		{
			"user": ["in", list({row["user"] for row in parts})],
			"seen_at": [">=", min(row["seen_at"] for row in parts) - _ONE_OPENING],
			"outcome": ALLOWED,
		},
		["user", "seen_at", "case_file", "cases"],
		limit=0,
	)
	whole = [row for row in rows if row["outcome"] == ALLOWED and row["kind"] != PART]
	for row in [*before, *whole]:
		opened[row["user"]].append((row["seen_at"], cases_in(row)))
	kept, of_forms = [], {row["name"] for row in parts}
	for row in sorted(rows, key=lambda row: row["seen_at"]):
		if row["name"] in of_forms:
			near = [cases for at, cases in opened[row["user"]] if abs(row["seen_at"] - at) <= _ONE_OPENING]
			if cases_in(row) <= set().union(*near):
				continue
			opened[row["user"]].append((row["seen_at"], cases_in(row)))
		kept.append(row)
	return kept


def cases_in(row: dict) -> set[str]:
	"""Codes of the cases that a row is about."""
	return {*(row["cases"] or "").split(), row["case_file"]} - {None, ""}
