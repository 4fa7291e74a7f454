"""Interventions: done with one press, the month of a group, the calendar, and the hours on their way to the timesheets."""

from datetime import date, datetime

import frappe
from frappe import _
from frappe.utils import add_days, flt, get_datetime, get_first_day, get_last_day, getdate, strip_html

from core_minori.engine.interventions import CANCELLED, DONE, NOT_HELD, PLANNED, PRESENT, own_hours
from core_minori.engine.money import money
from core_minori.minors import work_hours
from core_minori.permissions import COORDINATOR, GRANTS, UNIT_MANAGER, holds, may_open

_STATUSES = (PLANNED, DONE, NOT_HELD, CANCELLED)


@frappe.whitelist(methods=["POST"])
def set_status(names: list | str, status: str) -> dict:
	"""Give interventions a status with one press, such as Done.

	Returns the names that were `changed` and, under `refused`, what stopped the others. Raises frappe.PermissionError
	for who may not write one of them, before any is changed.
	"""
	names = frappe.parse_json(names) if isinstance(names, str) and names.startswith("[") else names
	names = [names] if isinstance(names, str) else [str(name) for name in names]
	if status not in _STATUSES:
		frappe.throw(_("{0} is no status of an intervention.").format(status))
	docs = [frappe.get_doc("Intervention", name) for name in dict.fromkeys(names)]
	for doc in docs:
		doc.check_permission("write")
	changed, refused = [], []
	for doc in docs:
		if doc.status == status:
			continue
		frappe.db.savepoint("one_intervention")
		try:
			doc.status = status
			doc.save()
			changed.append(doc.name)
		except frappe.ValidationError as error:
			if len(docs) == 1:
				raise
			frappe.db.rollback(save_point="one_intervention")
			frappe.clear_last_message()
			refused.append({"name": doc.name, "why": strip_html(str(error))})
	return {"changed": changed, "refused": refused}


@frappe.whitelist(methods=["GET"])
def for_case(case_file: str) -> dict:
	"""What a new intervention of the case starts with: its project. Raises frappe.PermissionError."""
	case = frappe.get_doc("Case File", case_file)
	case.check_permission("read")
	return {"project": case.project}


# --- the month of a group -----------------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def group_month(group: str, month: str) -> dict:
	"""The month of a group as a grid, in one request: members, sessions, and who was there.

	`month` is any day of it. Members bear a name where the reader may read the person. Raises frappe.PermissionError.
	"""
	doc = frappe.get_doc("Intervention Group", group)
	doc.check_permission("read")
	first, last = getdate(get_first_day(month)), getdate(get_last_day(month))
	sessions = _sessions(group, first, last)
	members = [
		row
		for row in doc.as_members()
		if (not row.starts or row.starts <= last) and (not row.ends or row.ends >= first)
	]
	cases = list(
		dict.fromkeys(
			[row.case for row in members] + [case for each in sessions for case in each["attendance"]]
		)
	)
	names = _names_of(cases)
	days = {
		row.name: row
		for row in frappe.get_all(
			"Case File", filters={"name": ["in", cases]}, fields=["name", "reported_on", "closed_on"]
		)
	}
	return {
		"group": doc.name,
		"month": str(first),
		"last": str(last),
		"may_write": may_open(doc.doctype, doc.name, "write")
		and not (doc.closed_on and getdate(doc.closed_on) < first),
		"usual_start": str(doc.usual_start or "15:00:00"),
		"usual_hours": flt(doc.usual_hours) or 2,
		"members": [
			{
				"case_file": case,
				"name": names.get(case, ""),
				"periods": [
					[str(row.starts or ""), str(row.ends or "")] for row in members if row.case == case
				],
				"reported_on": str(days[case].reported_on or ""),
				"closed_on": str(days[case].closed_on or ""),
			}
			for case in cases
		],
		"sessions": sessions,
	}


@frappe.whitelist(methods=["POST"])
def save_group_month(group: str, sessions: list | str) -> dict:
	"""Write the sessions of a group as the grid has them, all or none: new ones are made, changed ones corrected.

	Each has name (none for a new one), modified, starts_at, hours, status and attendance, a mapping of case to Present,
	Absent or Excused. The same grid sent twice, or by two people, makes nothing twice: a session that is there already is
	taken as it is where it says the same, and refused where somebody changed it meanwhile. Returns the numbers made and
	changed. Raises frappe.PermissionError, or frappe.ValidationError with what stands against it.
	"""
	frappe.db.get_value("Intervention Group", group, "name", for_update=True)  # the second one waits here
	doc = frappe.get_doc("Intervention Group", group)
	doc.check_permission("write")
	made = changed = 0
	for wanted in frappe.parse_json(sessions) if isinstance(sessions, str) else sessions:
		wanted = _session_from(wanted)
		session, new = _session_to_write(doc, wanted)
		if not new and _says(session, wanted):
			continue
		if not new and str(session.modified) != str(wanted.modified or ""):
			frappe.throw(
				_("{0} was changed by somebody else meanwhile: load the month again.").format(session.name),
				frappe.TimestampMismatchError,
			)
		_write(session, wanted)
		made, changed = made + new, changed + (not new)
	return {"made": made, "changed": changed}


def _session_from(given: object) -> frappe._dict:
	"""A session as the browser sends it, its values of their types. Raises frappe.ValidationError."""
	row = frappe._dict(given if isinstance(given, dict) else {})
	attendance = row.attendance if isinstance(row.attendance, dict) else {}
	if (
		row.status not in _STATUSES
		or not row.starts_at
		or set(attendance.values())
		- {
			"Present",
			"Absent",
			"Excused",
		}
	):
		frappe.throw(_("A session needs its start, its status, and who was there."))
	row.starts_at = get_datetime(str(row.starts_at)).replace(second=0, microsecond=0)
	row.hours, row.attendance = flt(row.hours, 2), {str(case): str(how) for case, how in attendance.items()}
	return row


def _session_to_write(group: frappe.model.document.Document, wanted: frappe._dict) -> tuple:
	"""The session's record, and whether it is a new one. One that somebody made meanwhile is found by its start."""
	if wanted.name:
		session = frappe.get_doc("Intervention", str(wanted.name), for_update=True)
		if session.intervention_group != group.name:
			frappe.throw(_("{0} is no session of this group.").format(session.name))
		session.check_permission("write")
		return session, False
	made_meanwhile = frappe.db.get_value(
		"Intervention",
		{"session_key": f"{group.name}/{wanted.starts_at:%Y-%m-%d %H:%M}"},
		for_update=True,
	)
	if made_meanwhile:
		# Compared and never written: it bears no state that the browser could have seen. Who asks may write the group.
		return frappe.get_doc("Intervention", made_meanwhile, for_update=True), False
	return (
		frappe.get_doc(
			{
				"doctype": "Intervention",
				"mode": "Group",
				"intervention_group": group.name,
				"intervention_type": group.intervention_type,
				"operators": [{"user": row.user, "hours": row.hours} for row in group.operators],
			}
		),
		True,
	)


def _says(session: frappe.model.document.Document, wanted: frappe._dict) -> bool:
	return (
		get_datetime(session.starts_at) == wanted.starts_at
		and flt(session.hours, 2) == wanted.hours
		and session.status == wanted.status
		and {row.case_file: row.attendance or PRESENT for row in session.participants} == wanted.attendance
	)


def _write(session: frappe.model.document.Document, wanted: frappe._dict) -> None:
	session.update({"starts_at": wanted.starts_at, "hours": wanted.hours, "status": wanted.status})
	kept = [row for row in session.participants if row.case_file in wanted.attendance]
	for row in kept:
		row.attendance = wanted.attendance[row.case_file]
		if flt(row.hours) > wanted.hours:
			row.hours = 0
	session.participants = kept
	there = {row.case_file for row in kept}
	for case, attendance in wanted.attendance.items():
		if case not in there:
			session.append("participants", {"case_file": case, "attendance": attendance})
	for place, row in enumerate(session.participants, start=1):
		row.idx = place
	session.save()


def _sessions(group: str, first: date, last: date) -> list[dict]:
	"""The sessions of the days that the reader may read, but for cancelled ones."""
	rows = frappe.get_list(
		"Intervention",
		filters={
			"intervention_group": group,
			"starts_at": ["between", [f"{first} 00:00:00", f"{last} 23:59:59"]],
			"status": ["!=", CANCELLED],
		},
		fields=["name", "starts_at", "hours", "status", "modified"],
		order_by="starts_at",
		limit_page_length=0,
	)
	attendance: dict[str, dict[str, str]] = {}
	for row in frappe.get_all(
		"Intervention Participant",
		filters={"parent": ["in", [row.name for row in rows]], "parenttype": "Intervention"},
		fields=["parent", "case_file", "attendance"],
		order_by="idx",
	):
		attendance.setdefault(row.parent, {})[row.case_file] = row.attendance or PRESENT
	detail = frappe.qb.DocType("Timesheet Detail")
	frozen = set()
	if rows:
		frozen = {
			name
			for (name,) in frappe.qb.from_(detail)
			.select(detail.fami_intervention)
			.where(detail.fami_intervention.isin([row.name for row in rows]) & (detail.docstatus == 1))
			.run()
		}
	return [
		{
			"name": row.name,
			"starts_at": str(row.starts_at)[:16],
			"hours": flt(row.hours, 2),
			"status": row.status,
			"modified": str(row.modified),
			"frozen": row.name in frozen,
			"attendance": attendance.get(row.name, {}),
		}
		for row in rows
	]


def _names_of(cases: list[str]) -> dict[str, str]:
	"""Names by case, of the persons whom the reader may read."""
	minors = dict(
		frappe.get_list(
			"Case File",
			filters={"name": ["in", cases]},
			fields=["name", "minor"],
			as_list=True,
			limit_page_length=0,
		)
	)
	if not minors or not frappe.has_permission("Minor", "read"):
		return {}
	people = {
		row.name: " ".join(part for part in (row.given_name, row.family_name) if part)
		for row in frappe.get_list(
			"Minor",
			filters={"name": ["in", list(minors.values())]},
			fields=["name", "given_name", "family_name"],
			limit_page_length=0,
		)
	}
	return {case: people[minor] for case, minor in minors.items() if minor in people}


# --- calendar -----------------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def calendar(start: str, end: str, filters: list | str | None = None) -> list[dict]:
	"""The interventions between two moments that the reader may read: type and code of the case, never a name."""
	asked = frappe.parse_json(filters) if isinstance(filters, str) else (filters or [])
	rows = frappe.get_list(
		"Intervention",
		filters=[
			*asked,
			["Intervention", "starts_at", ">=", add_days(get_datetime(start), -1)],
			["Intervention", "starts_at", "<", get_datetime(end)],
		],
		fields=[
			"name",
			"mode",
			"status",
			"intervention_type",
			"case_file",
			"intervention_group",
			"starts_at",
			"hours",
		],
		limit_page_length=0,
	)
	groups = {row.intervention_group for row in rows if row.intervention_group}
	titles = {}
	if groups:
		titles = dict(
			frappe.get_list(
				"Intervention Group",
				filters={"name": ["in", list(groups)]},
				fields=["name", "title"],
				as_list=True,
				limit_page_length=0,
			)
		)
	return [
		{
			"name": row.name,
			"title": " · ".join(
				part
				for part in (
					_(row.intervention_type),
					row.case_file or titles.get(row.intervention_group) or row.intervention_group,
				)
				if part
			),
			"status": row.status,
			"starts_at": row.starts_at,
			"ends_at": frappe.utils.add_to_date(row.starts_at, seconds=int(flt(row.hours) * 3600)),
			"allDay": 0,
		}
		for row in rows
	]


@frappe.whitelist(methods=["POST"])
def reschedule(args: dict | str, field_map: dict | str | None = None) -> None:
	"""Move or stretch an intervention in the calendar: its start, and its hours from its end."""
	asked = frappe._dict(frappe.parse_json(args))
	doc = frappe.get_doc("Intervention", str(asked.name))
	doc.check_permission("write")
	starts: datetime = get_datetime(str(asked.starts_at))
	doc.starts_at = starts
	if asked.ends_at and (hours := (get_datetime(str(asked.ends_at)) - starts).total_seconds() / 3600) > 0:
		doc.hours = flt(hours, 2)
	doc.save()


# --- hours to timesheets ------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def bring_hours(month: str) -> dict:
	"""Bring the month's done interventions to the timesheets: everybody's for the coordinator, else one's own.

	`month` is any day of it. Returns the rows added, changed and removed, hours, sheets, and what was left out with the
	reason. Raises frappe.PermissionError for who may hold no intervention.
	"""
	if not holds(*(GRANTS["work"].keys() - {UNIT_MANAGER})):
		frappe.throw(_("Only who holds interventions brings their hours."), frappe.PermissionError)
	users = None if holds(COORDINATOR) else [frappe.session.user]
	return work_hours.bring(getdate(month), users).as_dict()


@frappe.whitelist(methods=["GET"])
def my_month(month: str) -> dict:
	"""How many hours of the month one has done, and how many of them stand in a timesheet."""
	first, last = getdate(get_first_day(month)), getdate(get_last_day(month))
	held, operator = frappe.qb.DocType("Intervention"), frappe.qb.DocType("Intervention Operator")
	rows = (
		frappe.qb.from_(held)
		.join(operator)
		.on((operator.parent == held.name) & (operator.parenttype == "Intervention"))
		.select(operator.hours, held.hours, operator.timesheet)
		.where(
			(held.status == DONE)
			& (operator.user == frappe.session.user)
			& (held.starts_at >= first)
			& (held.starts_at < add_days(last, 1))
		)
	).run()
	hours = [(own_hours(money(own or 0), money(whole or 0)), sheet) for own, whole, sheet in rows]
	return {
		"done": float(sum(each for each, __ in hours)),
		"brought": float(sum(each for each, sheet in hours if sheet)),
	}
