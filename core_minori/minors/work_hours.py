"""The hours of interventions on their way to the timesheets of who gave them: once, and by nobody's hand.

An hour of service is typed in the intervention. A month's done interventions become rows of each person's draft
timesheet; a correction of the intervention corrects its row; a submitted timesheet freezes both. What may not leave the
case side stays here: a row says the code of the intervention, its hours, project and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, add_months, flt, get_datetime, get_fullname, getdate

from core_minori.engine.interventions import (
	DONE,
	Assigned,
	SheetRow,
	Shift,
	check_frozen,
	check_sheet_row,
	line_on,
	own_hours,
	plan_sheets,
)
from core_minori.engine.money import ZERO
from core_minori.engine.staff import month_of
from core_minori.messages import in_site_language, rules_spoken, text_of, words_of

BY_SYSTEM = "hours_of_interventions"
"""Flag of a Timesheet that this module saves: its rows are those of the interventions by construction."""


@dataclass
class Brought:
	"""What became of a month's hours: rows added, corrected and taken out, the sheets, and what was left out and why."""

	added: int = 0
	changed: int = 0
	removed: int = 0
	hours: Decimal = ZERO
	without_line: Decimal = ZERO
	sheets: set[str] = field(default_factory=set)
	left_out: list[dict] = field(default_factory=list)

	def as_dict(self) -> dict:
		"""For the desk: numbers as floats, sheets in order."""
		return {
			"added": self.added,
			"changed": self.changed,
			"removed": self.removed,
			"hours": float(self.hours),
			"without_line": float(self.without_line),
			"sheets": sorted(self.sheets),
			"left_out": self.left_out,
		}


def bring(month: date, users: Sequence[str] | None = None) -> Brought:
	"""Bring the done interventions of the month to the draft timesheets of who gave them, of `users` or of everybody.

	May be called as often as one likes: what is there already stays. One person's trouble (no rate, a day too long) stops
	only that person's month, and is told in `left_out`. Asks nobody's permission: the caller did.
	"""
	first, after = month_of(getdate(month))
	brought = Brought()
	shifts = _shifts_by_user(first, after, users)
	people = employees_of(shifts)
	for user in sorted(set(shifts) - set(people)):
		brought.left_out += [
			_left(user, shift.intervention, _("No Employee is linked to this user."))
			for shift in shifts[user]
		]
	with_rows = _people_with_rows(first, after, users)
	for employee, user in sorted(
		{**with_rows, **{people[user]: user for user in shifts if user in people}}.items()
	):
		frappe.db.savepoint("hours_of_a_person")
		try:
			with _muted():
				_reconcile(employee, user, first, after, shifts.get(user, []), brought)
		except frappe.ValidationError as error:
			frappe.db.rollback(save_point="hours_of_a_person")
			brought.left_out.append(_left(user, None, words_of(error)))
	return brought


def bring_last_month() -> None:
	"""Scheduler, on the first of a month: the hours of the month that is over."""
	bring(add_months(getdate(), -1))


def sync(doc: Document) -> None:
	"""After an intervention was saved: its rows on draft timesheets follow it. One that was never brought has none.

	Raises frappe.ValidationError where the timesheet cannot say the new hours.
	"""
	rows = _rows_of(doc.name)
	if not rows or doc.flags.get(BY_SYSTEM):
		return
	shifts = shifts_of(doc)
	users = {employee: user for user, employee in employees_of(each.user for each in doc.operators).items()}
	months = {month_of(row.starts.date()) for __, __, row in rows}
	if doc.status == DONE:
		months.add(month_of(get_datetime(doc.starts_at).date()))
	for employee in sorted({employee for employee, __, __ in rows} | set(shifts)):
		for first, after in sorted(months):
			shift = shifts.get(employee)
			wanted = [shift] if shift and first <= shift.starts < after else []
			brought = Brought()
			try:
				with _muted():
					_reconcile(employee, users.get(employee), first, after, wanted, brought, only=doc.name)
				why = [row["why"] for row in brought.left_out]
			except frappe.ValidationError as error:  # said again, where it is not muted
				why = [words_of(error)]
			if why:
				frappe.throw("<hr>".join(why), title=_("Not Possible"))


def check_not_frozen(doc: Document) -> None:
	"""Refuse a change of hours that a submitted timesheet already says. Raises RuleError."""
	submitted = [row for row in _rows_of(doc.name) if row[2].submitted]
	if submitted:
		check_frozen(doc.name, submitted, shifts_of(doc))


def sheets_of(intervention: str) -> dict[str, str]:
	"""Timesheet by employee, of those that say this intervention's hours and are not cancelled."""
	return {employee: sheet for employee, sheet, __ in _rows_of(intervention)}


def submitted_sheets_of(intervention: str) -> list[str]:
	"""The submitted timesheets that say this intervention's hours."""
	return sorted({sheet for __, sheet, row in _rows_of(intervention) if row.submitted})


def shifts_of(doc: Document) -> dict[str, Shift]:
	"""What a done intervention says of each of its operators who is an employee, by employee."""
	if doc.status != DONE:
		return {}
	people = employees_of(row.user for row in doc.operators)
	starts, whole = get_datetime(doc.starts_at), _hours(doc.hours)
	project = _erp_projects([doc.project]).get(doc.project, "")
	assignments = _assignments(people.values(), starts.date(), starts.date())
	return {
		people[row.user]: Shift(
			doc.name,
			starts,
			own_hours(_hours(row.hours), whole),
			project,
			doc.budget_line
			or line_on(assignments.get(people[row.user], ()), doc.project or "", starts.date()),
			doc.activity_type or "",
		)
		for row in doc.operators
		if row.user in people
	}


# --- timesheets that hold such rows -------------------------------------------------------------------------------


def set_keys(sheet: Document) -> None:
	"""Before a timesheet is checked: the key that lets an intervention's hours stand once for one person."""
	for row in sheet.time_logs:
		row.fami_intervention_key = (
			f"{row.fami_intervention}/{sheet.employee}"
			if row.fami_intervention and sheet.docstatus < 2
			else None
		)


def check_sheet(sheet: Document) -> None:
	"""Rows that came from interventions say what those say, and go only with them; none stands in two sheets."""
	rows = [row for row in sheet.time_logs if row.fami_intervention]
	before = sheet.get_doc_before_save()
	were = {row.fami_intervention for row in before.time_logs if row.fami_intervention} if before else set()
	if not rows and not were:
		return
	names = {row.fami_intervention for row in rows}
	shifts = _said(sheet.employee, names | were)
	with rules_spoken():
		for row in rows:
			check_sheet_row(row.idx, _as_row(row, sheet.name or "", False), shifts.get(row.fami_intervention))
	if sheet.flags.get(BY_SYSTEM):
		return
	gone = sorted(name for name in were - names if name in shifts)
	if gone:
		frappe.throw(
			_(
				"The row of {0} cannot be taken out by hand: it follows the intervention. Correct the intervention"
				" instead."
			).format(", ".join(gone))
		)
	_refuse_second(sheet, names)


def release(sheet: Document, *args: object) -> None:
	"""A cancelled or deleted timesheet frees the hours it said."""
	frappe.db.set_value(
		"Timesheet Detail",
		{"parent": sheet.name, "parenttype": "Timesheet", "fami_intervention": ["is", "set"]},
		"fami_intervention_key",
		None,
		update_modified=False,
	)
	_point_operators(sheet.name)


def _refuse_second(sheet: Document, names: set[str]) -> None:
	keys = [f"{name}/{sheet.employee}" for name in names]
	other = frappe.db.get_value(
		"Timesheet Detail",
		{"fami_intervention_key": ["in", keys], "parent": ["!=", sheet.name or ""]},
		["fami_intervention", "parent"],
		as_dict=True,
	)
	if other:
		frappe.throw(
			_("The hours of {0} stand in {1} already: take its rows out of this timesheet.").format(
				other.fami_intervention, other.parent
			)
		)


def _said(employee: str | None, names: Iterable[str]) -> dict[str, Shift]:
	"""What done interventions say of one employee, by intervention; one query for all of them."""
	names = list(names)
	user = frappe.db.get_value("Employee", employee, "user_id") if employee else None
	if not names or not user:
		return {}
	found = _shift_rows([user], names=names)
	projects = _erp_projects({row.project for row in found if row.project})
	return {row.name: _as_shift(row, projects, ()) for row in found}


# --- reading ------------------------------------------------------------------------------------------------------


def _shifts_by_user(first: datetime, after: datetime, users: Sequence[str] | None) -> dict[str, list[Shift]]:
	"""The done hours of a month by user; a fixed number of queries."""
	# Locked, as the rows of the sheets are: an older reading would miss an intervention that somebody else has just
	# brought, and take its row out again.
	found = _shift_rows(users, first=first, after=after, for_update=True)
	projects = _erp_projects({row.project for row in found if row.project})
	people = employees_of({row.user for row in found})
	assignments = _assignments(people.values(), first.date(), add_days(after.date(), -1))
	shifts: dict[str, list[Shift]] = {}
	for row in found:
		own = assignments.get(people.get(row.user, ""), ())
		shifts.setdefault(row.user, []).append(_as_shift(row, projects, own))
	return shifts


def _shift_rows(
	users: Sequence[str] | None,
	first: datetime | None = None,
	after: datetime | None = None,
	names: Sequence[str] | None = None,
	for_update: bool = False,
) -> list[frappe._dict]:
	held, operator = frappe.qb.DocType("Intervention"), frappe.qb.DocType("Intervention Operator")
	query = (
		frappe.qb.from_(held)
		.join(operator)
		.on((operator.parent == held.name) & (operator.parenttype == "Intervention"))
		.select(
			held.name,
			held.starts_at,
			held.hours,
			held.project,
			held.budget_line,
			held.activity_type,
			operator.user,
			operator.hours.as_("own_hours"),
		)
		.where(held.status == DONE)
		.orderby(held.starts_at, held.name)
	)
	if users is not None:
		query = query.where(operator.user.isin(list(users) or [""]))
	if first and after:
		query = query.where((held.starts_at >= first) & (held.starts_at < after))
	if names is not None:
		query = query.where(held.name.isin(list(names)))
	if for_update:
		query = query.for_update()
	return query.run(as_dict=True)


def _as_shift(row: frappe._dict, projects: dict[str, str], assignments: Iterable[Assigned]) -> Shift:
	starts = get_datetime(row.starts_at)
	return Shift(
		row.name,
		starts,
		own_hours(_hours(row.own_hours), _hours(row.hours)),
		projects.get(row.project, ""),
		row.budget_line or line_on(assignments, row.project or "", starts.date()),
		row.activity_type or "",
	)


def _hours(value: object) -> Decimal:
	return Decimal(str(flt(value, 6)))


def employees_of(users: Iterable[str]) -> dict[str, str]:
	"""Employee by user; somebody who left still has the hours they gave."""
	users = set(users)
	if not users:
		return {}
	rows = frappe.get_all(
		"Employee",
		filters={"user_id": ["in", list(users)]},
		fields=["name", "user_id", "status"],
		order_by="name",
	)
	return {row.user_id: row.name for row in sorted(rows, key=lambda row: row.status == "Active")}


def _erp_projects(projects: Iterable[str | None]) -> dict[str, str]:
	names = [name for name in set(projects) if name]
	if not names:
		return {}
	return {
		row.name: row.project
		for row in frappe.get_all(
			"Funded Project", filters={"name": ["in", names]}, fields=["name", "project"]
		)
		if row.project
	}


def _assignments(employees: Iterable[str], first: date, last: date) -> dict[str, list[Assigned]]:
	employees = list(employees)
	if not employees:
		return {}
	found: dict[str, list[Assigned]] = {}
	for row in frappe.get_all(
		"Staff Assignment",
		filters={
			"employee": ["in", employees],
			"budget_line": ["is", "set"],
			"from_date": ["<=", last],
			"to_date": [">=", first],
		},
		fields=["employee", "funded_project", "budget_line", "from_date", "to_date"],
		order_by="from_date desc, name",
	):
		found.setdefault(row.employee, []).append(
			Assigned(row.funded_project, row.budget_line, getdate(row.from_date), getdate(row.to_date))
		)
	return found


def _sheet_rows(for_update: bool = False):
	"""The query of timesheet rows as `_as_row` reads them."""
	sheet, row = frappe.qb.DocType("Timesheet"), frappe.qb.DocType("Timesheet Detail")
	query = (
		frappe.qb.from_(row)
		.join(sheet)
		.on((row.parent == sheet.name) & (row.parenttype == "Timesheet"))
		.select(
			row.name,
			row.parent,
			row.from_time,
			row.hours,
			row.fami_intervention,
			row.project,
			row.fami_budget_line,
			row.activity_type,
			sheet.docstatus,
			sheet.employee,
		)
		.where(sheet.docstatus < 2)
		.orderby(row.from_time)
	)
	return sheet, row, query.for_update() if for_update else query


def _rows_of(intervention: str | None) -> list[tuple[str, str, SheetRow]]:
	"""(employee, sheet, row) of the timesheets that say an intervention's hours, drafts too."""
	if not intervention:
		return []
	__, row, query = _sheet_rows()
	return [
		(each.employee, each.parent, _as_row(each, each.parent, each.docstatus == 1))
		for each in query.where(row.fami_intervention == intervention).run(as_dict=True)
	]


def _people_with_rows(first: datetime, after: datetime, users: Sequence[str] | None) -> dict[str, str]:
	"""User by employee, of those whose draft sheets of the month hold hours of interventions."""
	sheet, row, __ = _sheet_rows()
	query = (
		frappe.qb.from_(row)
		.join(sheet)
		.on((row.parent == sheet.name) & (row.parenttype == "Timesheet"))
		.select(sheet.employee)
		.distinct()
		.where(
			(sheet.docstatus == 0)
			& (row.fami_intervention != "")
			& (row.from_time >= first)
			& (row.from_time < after)
		)
	)
	employees = [employee for (employee,) in query.run()]
	if not employees:
		return {}
	return {
		each.name: each.user_id
		for each in frappe.get_all(
			"Employee", filters={"name": ["in", employees]}, fields=["name", "user_id"]
		)
		if users is None or each.user_id in users
	}


def _as_row(row: Document | frappe._dict, sheet: str, submitted: bool) -> SheetRow:
	return SheetRow(
		row.name or "",
		sheet,
		submitted,
		get_datetime(row.from_time),
		_hours(row.hours),
		row.fami_intervention or "",
		row.project or "",
		row.fami_budget_line or "",
		row.activity_type or "",
	)


# --- writing ------------------------------------------------------------------------------------------------------


def _reconcile(
	employee: str,
	user: str | None,
	first: datetime,
	after: datetime,
	wanted: list[Shift],
	brought: Brought,
	only: str = "",
) -> None:
	"""Make one person's drafts of one month say what the interventions say."""
	# Whoever brings the same person's hours meanwhile waits here, and then sees what was written.
	user = frappe.db.get_value("Employee", employee, "user_id", for_update=True) or user
	sheet, row, query = _sheet_rows(for_update=True)
	present = [
		_as_row(each, each.parent, each.docstatus == 1)
		for each in query.where(
			(sheet.employee == employee) & (row.from_time >= first) & (row.from_time < after)
		).run(as_dict=True)
	]
	plan = plan_sheets(wanted, present, only)
	for shift, finding in plan.left_out:
		brought.left_out.append(_left(user, shift.intervention, text_of(finding)))
	if not (plan.add or plan.change or plan.remove):
		return
	changes = {row.name: (row, shift) for row, shift in plan.change}
	removed = {row.name for row in plan.remove}
	target = (
		_draft_for(employee, first, after, present, {row.sheet for row in plan.remove}) if plan.add else None
	)
	touched = {row.sheet for row, __ in plan.change} | {row.sheet for row in plan.remove}
	touched |= {target.name} if target and target.name else set()
	docs = [
		target if target and name == target.name else frappe.get_doc("Timesheet", name, for_update=True)
		for name in sorted(touched)
	]
	if target and not target.name:
		docs.append(target)
	for doc in docs:
		doc.time_logs = [each for each in doc.time_logs if each.name not in removed]
		for each in doc.time_logs:
			if each.name in changes:
				each.update(_values(changes[each.name][1], each.activity_type, each.fami_budget_line))
		if doc is target:
			for shift in plan.add:
				doc.append("time_logs", _values(shift))
		_store(doc, user)
		if doc.time_logs:
			brought.sheets.add(doc.name)
			_point_operators(doc.name, employee, user)
	brought.added += len(plan.add)
	brought.changed += len(plan.change)
	brought.removed += len(plan.remove)
	for shift in (*plan.add, *(shift for __, shift in plan.change)):
		brought.hours += shift.hours
		if not shift.line:
			brought.without_line += shift.hours


def _draft_for(
	employee: str, first: datetime, after: datetime, present: Sequence[SheetRow], emptied: set[str]
) -> Document:
	"""The person's draft of the month, or a new one in their name."""
	last = add_days(after.date(), -1)
	drafts = sorted({row.sheet for row in present if not row.submitted})
	for name in drafts:
		doc = frappe.get_doc("Timesheet", name, for_update=True)
		if getdate(doc.start_date) >= first.date() and getdate(doc.end_date) <= last:
			return doc
	return frappe.get_doc(
		{
			"doctype": "Timesheet",
			"employee": employee,
			"company": frappe.get_cached_value("Employee", employee, "company"),
			"time_logs": [],
		}
	)


def _store(doc: Document, user: str | None) -> None:
	doc.flags[BY_SYSTEM] = True
	doc.flags.ignore_permissions = True
	if not doc.time_logs:
		frappe.delete_doc("Timesheet", doc.name, ignore_permissions=True, delete_permanently=True)
		return
	doc.time_logs.sort(key=lambda row: get_datetime(row.from_time))
	for place, row in enumerate(doc.time_logs, start=1):
		row.idx = place
	new = doc.is_new()
	doc.save()
	if new and user:  # whose hours they are, whoever pressed the button
		doc.db_set("owner", user, update_modified=False)


def _values(shift: Shift, activity: str | None = None, line: str | None = None) -> dict:
	return {
		"activity_type": shift.activity or activity or _activity(),
		"from_time": shift.starts,
		"to_time": shift.ends,
		"hours": float(shift.hours),
		"project": shift.project or None,
		"fami_budget_line": shift.line or line or None,
		"fami_intervention": shift.intervention,
		"description": f"{in_site_language()('Intervention')} {shift.intervention}",
	}


def _activity() -> str:
	"""The activity of hours whose intervention names none: ERPNext wants one to submit."""
	name = in_site_language()("Intervention")
	if not frappe.db.exists("Activity Type", name):
		frappe.get_doc({"doctype": "Activity Type", "activity_type": name}).insert(ignore_permissions=True)
	return name


def _point_operators(sheet: str, employee: str | None = None, user: str | None = None) -> None:
	"""Keep on each operator's row the sheet that says their hours; those the sheet no longer says are freed."""
	operator, row = frappe.qb.DocType("Intervention Operator"), frappe.qb.DocType("Timesheet Detail")
	frappe.qb.update(operator).set(operator.timesheet, None).where(operator.timesheet == sheet).run()
	if not user:
		return
	said = (
		frappe.qb.from_(row)
		.select(row.fami_intervention)
		.where((row.parent == sheet) & (row.parenttype == "Timesheet") & (row.fami_intervention != ""))
	)
	(
		frappe.qb.update(operator)
		.set(operator.timesheet, sheet)
		.set(operator.employee, employee)
		.where((operator.user == user) & (operator.parenttype == "Intervention") & operator.parent.isin(said))
	).run()


def _left(user: str | None, intervention: str | None, why: str) -> dict:
	return {"who": get_fullname(user) if user else "", "intervention": intervention, "why": why}


@contextmanager
def _muted() -> Iterator[None]:
	"""What ERPNext and the limits say of somebody's timesheet is not for who saved an intervention."""
	before = frappe.flags.mute_messages
	frappe.flags.mute_messages = True
	try:
		yield
	finally:
		frappe.flags.mute_messages = before
