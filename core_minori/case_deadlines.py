"""The stored deadlines of cases: the facts of a case run through the dated rules, and the history of what changed.

Nobody writes a Case Deadline by hand. `refresh` brings those of a case after its facts; the state, which moves with the
clock alone, is stored for lists and worked out again wherever a person reads it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import frappe
from frappe.model.document import Document
from frappe.model.naming import make_autoname
from frappe.query_builder.functions import Count, Max
from frappe.utils import create_batch, get_datetime, now_datetime

from core_minori.case_facts import happenings_of
from core_minori.engine.casework import ENDED
from core_minori.engine.deadlines import (
	Deadline,
	DeadlineRule,
	Kind,
	State,
	Unit,
	deadlines_for,
	rules_from_rows,
	state_at,
)
from core_minori.engine.stored_deadlines import DONE, Change, Clock, Event, Step, Stored, steps

RUNNING: tuple[str, ...] = ("Open", "Due Soon", "Overdue", "Waiting", "Term Passed")
"""States of a deadline that is neither done nor cancelled."""
_CASES_AT_ONCE = 50
_CLOCK = ("trigger_at", "due_at", "done_at", "state")
_CHANGE = ("event", "from_due", "to_due", "trigger_was", "trigger_is")


# --- what follows from the facts --------------------------------------------------------------------------------------


def rules_in_use() -> dict[str, DeadlineRule]:
	"""The rules that are not disabled, by the name of their record; read again when one changed."""
	table = frappe.qb.DocType("Deadline Rule")
	version = (
		frappe.qb.from_(table).select(Count("*"), Max(table.modified)).where(table.disabled == 0).run()[0]
	)
	known = getattr(frappe.local, "core_minori_rules", None)
	if known is None or known[0] != version:
		rows = frappe.get_all(
			"Deadline Rule", filters={"disabled": 0}, fields=["*"], order_by="rule_code, valid_from"
		)
		rules = rules_from_rows(map(rule_row, rows))
		known = (version, {row.name: rule for row, rule in zip(rows, rules, strict=True)})
		frappe.local.core_minori_rules = known
	return known[1]


def rule_row(record: dict) -> dict:
	"""A Deadline Rule record as the row the engine reads: the form's names for code and trigger, nothing empty as None."""
	return {**record, "code": record.get("rule_code"), "trigger": record.get("trigger_fact")}


def computed(
	cases: Sequence[str], now: datetime, rules: Iterable[DeadlineRule], facts: dict | None = None
) -> dict[str, list[Deadline]]:
	"""Deadlines by case, as facts and rules give them now; a fixed number of queries. `facts` are those known already."""
	kinds = dict(
		frappe.get_all(
			"Case File",
			filters={"name": ["in", list(cases)]},
			fields=["name", "beneficiary_type"],
			as_list=True,
		)
	)
	rules = list(rules)
	return {
		case: deadlines_for(happened, rules, now, beneficiary=kinds.get(case))
		for case, happened in (happenings_of(cases) if facts is None else facts).items()
	}


# --- what is stored ---------------------------------------------------------------------------------------------------


def refresh(cases: Iterable[str], facts: dict | None = None) -> None:
	"""Bring the stored deadlines of these cases after their facts and the rules; a fixed number of queries for all.

	`facts` are those of `happenings_of`, where the caller has just read them.
	"""
	cases = sorted({case for case in cases if case})
	if not cases:
		return
	# Two who move one case at once: the second waits here, and then finds what the first one stored.
	case_table = frappe.qb.DocType("Case File")
	frappe.qb.from_(case_table).select(case_table.name).where(case_table.name.isin(cases)).orderby(
		case_table.name
	).for_update().run()
	now, rules = now_datetime(), rules_in_use()
	names = {(rule.code, rule.valid_from): name for name, rule in rules.items()}
	copies = _stored(cases)
	kept: dict[str, list[Stored]] = {}
	for row in copies.values():
		kept.setdefault(row.case_file, []).append(row.stored)
	made, changed, history = [], {}, []
	for case, deadlines in computed(cases, now, rules.values(), facts).items():
		for step in steps(kept.get(case, ()), deadlines):
			values = _values(step, names)
			if step.stored is None:
				made.append((case, step, values))
				continue
			row = copies[step.stored.name]
			values = {field: value for field, value in values.items() if row.get(field) != value}
			if values:
				changed[step.stored.name] = values
			if step.changes:
				history.append((step.stored.name, step.changes))
	_insert(made, history)
	_update(changed)
	_write_history(history, now)


def refresh_open_cases() -> None:
	"""Refresh every case that somebody works on, and those that ended and still owe something. Safe to repeat."""
	cases = set(frappe.get_all("Case File", filters={"state": ["not in", ENDED]}, pluck="name"))
	cases.update(
		frappe.get_all("Case Deadline", filters={"state": ["in", RUNNING]}, pluck="case_file", distinct=True)
	)
	for some in create_batch(sorted(cases), _CASES_AT_ONCE):
		refresh(some)
		if not frappe.flags.in_test:
			frappe.db.commit()  # nosemgrep: whole cases, so that nobody who saves one waits for all


def refresh_states(now: datetime | None = None) -> None:
	"""Store again the states that only the clock moved: open, due soon, overdue; waiting, term passed."""
	now = now or now_datetime()
	rows = _with_clocks({"state": ["in", RUNNING]})
	moved: dict[str, list[str]] = {}
	for row in rows:
		if (state := state_now(row, now)) != row.state:
			moved.setdefault(state, []).append(row.name)
	for state, names in moved.items():  # five states at most
		for some in create_batch(names, 1000):
			frappe.db.set_value("Case Deadline", {"name": ["in", some]}, "state", state)


def state_now(row: dict, now: datetime) -> str:
	"""State of a stored deadline at this moment; `row` has state, kind, unit, notice_hours and due_at."""
	if row["state"] not in RUNNING:
		return row["state"]
	kind, unit = Kind(row["kind"]), Unit(row["unit"] or Unit.CALENDAR_DAYS.value)
	return state_at(kind, unit, row["notice_hours"] or 0, get_datetime(row["due_at"]), now).value


def clocks_of_rules() -> dict[str, dict]:
	"""Unit and notice of every Deadline Rule, disabled ones too, by the name of its record: for `state_now`."""
	rows = frappe.get_all("Deadline Rule", fields=["name", "unit", "notice_hours"])
	return {row.name: {"unit": row.unit, "notice_hours": row.notice_hours} for row in rows}


def of_case(case: Document | str, now: datetime | None = None) -> list[dict]:
	"""The deadlines of one case that the session's user may read, with their states of this moment, by their ends."""
	name = case if isinstance(case, str) else case.name
	if not frappe.has_permission("Case Deadline", "read"):
		return []
	now, clocks = now or now_datetime(), clocks_of_rules()
	rows = frappe.get_list(
		"Case Deadline",
		filters={"case_file": name},
		fields=[
			"name",
			"title",
			"deadline_rule",
			"part",
			"kind",
			"state",
			"due_at",
			"done_at",
			"responsible_role",
			"source",
		],
		order_by="due_at, name",
		limit_page_length=0,
	)
	for row in rows:
		row.update(clocks.get(row.deadline_rule) or {"unit": None, "notice_hours": 0})
		row["state"] = state_now(row, now)
	return rows


# --- events -----------------------------------------------------------------------------------------------------------


def on_case_update(doc: Document, method: str | None = None) -> None:
	"""Hook on_update of Case File: some facts are typed there."""
	refresh([doc.name])


def on_minor_update(doc: Document, method: str | None = None) -> None:
	"""Hook on_update of Minor: terms by age run from the date of birth."""
	before = doc.get_doc_before_save()
	if before and str(before.birth_date or "") != str(doc.birth_date or ""):
		refresh(frappe.get_all("Case File", filters={"minor": doc.name}, pluck="name"))


def on_record_update(doc: Document, method: str | None = None) -> None:
	"""Hook on_update of Care Assignment: who is named closes a term, and starts none in a case that has none yet."""
	if frappe.db.exists("Case Deadline", {"case_file": doc.case_file}):
		refresh([doc.case_file])


def hourly() -> None:
	"""Scheduler: states, and the cases that moved lately, in case two who moved one at once did not see each other."""
	lately = now_datetime() - timedelta(hours=2)
	refresh(
		frappe.get_all("Case Deadline", filters={"modified": [">", lately]}, pluck="case_file", distinct=True)
	)
	refresh_states()


def daily() -> None:
	"""Scheduler: facts that were planned have happened by now, and rules may have come with an update."""
	refresh_open_cases()
	refresh_states()


# --- reading and writing ----------------------------------------------------------------------------------------------


def _stored(cases: Sequence[str]) -> dict[str, frappe._dict]:
	"""Stored deadlines by name, each with what the engine compares as `stored`. Read past the transaction's snapshot."""
	table = frappe.qb.DocType("Case Deadline")
	fields = ("name", "case_file", "rule_code", "occurrence", *_CLOCK, *_COPIED)
	rows = (
		frappe.qb.from_(table)
		.select(*(table[field] for field in fields))
		.where(table.case_file.isin(cases))
		.for_update()
		.run(as_dict=True)
	)
	done = [row.name for row in rows if row.state in {state.value for state in DONE}]
	told = dict(
		frappe.get_all(
			"Case Deadline Change",
			filters={"parent": ["in", done], "event": Event.LEFT.value},
			fields=["parent", "trigger_is"],
			order_by="idx asc",
			as_list=True,
		)
		if done
		else ()
	)
	for row in rows:
		clock = Clock(row.trigger_at, row.due_at, row.done_at, State(row.state))
		row.stored = Stored(row.name, row.rule_code, row.occurrence, clock, told.get(row.name))
	return {row.name: row for row in rows}


# What a deadline shows of its rule: it stays readable when the rule is changed or switched off.
_COPIED = ("deadline_rule", "title", "kind", "responsible_role", "part", "source")


def _values(step: Step, names: dict[tuple, str]) -> dict[str, object]:
	"""What is to be stored of one deadline; a done one keeps what it says of its rule, but not who may read it."""
	clock = step.clock
	values = {
		"trigger_at": clock.trigger_at,
		"due_at": clock.due_at,
		"done_at": clock.done_at,
		"state": clock.state.value,
	}
	if step.deadline:
		rule = step.deadline.rule
		values["part"] = rule.part
		if not (step.stored and step.stored.clock.state in DONE):
			values.update(
				deadline_rule=names[rule.code, rule.valid_from],
				title=rule.title,
				kind=rule.kind.value,
				responsible_role=rule.responsible_role or None,
				source=", ".join(part for part in (rule.source, rule.article) if part),
			)
	return values


def _insert(made: list[tuple[str, Step, dict]], history: list[tuple[str, tuple[Change, ...]]]) -> None:
	"""Store the new deadlines in one query, and add their beginnings to `history`."""
	if not made:
		return
	meta = ("name", "owner", "modified_by", "creation", "modified", "docstatus", "idx")
	fields = (*meta, "case_file", "rule_code", "occurrence", *_CLOCK, *_COPIED)
	now, user, rows = now_datetime(), frappe.session.user, []
	for name, (case, step, values) in zip(_names(len(made)), made, strict=True):
		values = {
			**values,
			"case_file": case,
			"rule_code": step.deadline.rule.code,
			"occurrence": step.deadline.occurrence,
		}
		rows.append((name, user, user, now, now, 0, 0, *(values[field] for field in fields[len(meta) :])))
		history.append((name, step.changes))
	frappe.db.bulk_insert("Case Deadline", list(fields), rows)


def _names(count: int) -> list[str]:
	"""The next names of the series, taken at once."""
	first = make_autoname(frappe.get_meta("Case Deadline").autoname, "Case Deadline")
	prefix, __, number = first.rpartition("-")
	series = frappe.qb.DocType("Series")
	frappe.qb.update(series).set(series.current, series.current + count - 1).where(
		series.name == f"{prefix}-"
	).run()
	return [f"{prefix}-{int(number) + place:0{len(number)}d}" for place in range(count)]


def _update(changed: dict[str, dict]) -> None:
	"""Store changed values, those that change the same fields together."""
	alike: dict[tuple, dict[str, dict]] = {}
	for name, values in changed.items():
		alike.setdefault(tuple(sorted(values)), {})[name] = values
	for updates in alike.values():  # a handful of shapes, whatever the number of cases
		frappe.db.bulk_update("Case Deadline", updates)


def _write_history(history: list[tuple[str, tuple[Change, ...]]], now: datetime) -> None:
	rows = [(name, change) for name, changes in history for change in changes]
	if not rows:
		return
	table = frappe.qb.DocType("Case Deadline Change")
	last = dict(
		frappe.qb.from_(table)
		.select(table.parent, Count("*"))
		.where(table.parent.isin([name for name, __ in rows]))
		.groupby(table.parent)
		.run()
	)
	user, values = frappe.session.user, []
	for name, change in rows:
		last[name] = last.get(name, 0) + 1
		told = (change.event.value, *(getattr(change, field) for field in _CHANGE[1:]))
		about = (name, "Case Deadline", "history", last[name])
		values.append((frappe.generate_hash(length=10), user, user, now, now, 0, *about, now, user, *told))
	frappe.db.bulk_insert(
		"Case Deadline Change",
		[
			*("name", "owner", "modified_by", "creation", "modified", "docstatus"),
			*("parent", "parenttype", "parentfield", "idx", "changed_at", "changed_by", *_CHANGE),
		],
		values,
	)


def _with_clocks(filters: dict) -> list[frappe._dict]:
	"""Stored deadlines with unit and notice of their rules, whoever may read them."""
	clocks = clocks_of_rules()
	rows = frappe.get_all(
		"Case Deadline", filters=filters, fields=["name", "state", "kind", "due_at", "deadline_rule"]
	)
	return [
		frappe._dict(row, **(clocks.get(row.deadline_rule) or {"unit": None, "notice_hours": 0}))
		for row in rows
	]
