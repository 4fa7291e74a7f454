"""What is due today for one user: one read of everything, in a number of queries that does not grow with the cases.

Every list goes through the resolver. A case counts as *mine* when the user follows it by a Care Assignment; who answers
for all cases sees the others too, below their own.
"""

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori.case_view import RUNNING, full_names, listed, person_row, plain
from core_minori.engine.case_requests import TRANSFER
from core_minori.engine.casework import ENDED
from core_minori.permissions import COORDINATOR, UNIT_MANAGER, case_roles

AHEAD = timedelta(days=7)
# An answer of a referral, or an intervention nobody reported on, is shown for this long.
_LOOKING_BACK = timedelta(days=14)
_ANSWERS = ("Accepted", "Rejected", "Done")


def of_user(user: str) -> dict:
	"""Cases and everything that waits for `user`, who must be the session's user.

	`items` are dated, the most urgent first: `when` is overdue, today or week; `mine` is false for what another role
	owes. `waiting` are decisions and answers without a day of their own.
	"""
	now = now_datetime()
	roles = case_roles(user)
	cases = _cases(user)
	items = [
		*_deadlines(cases, roles, now),
		*_tasks(user, now),
		*_meetings(cases, now),
		*_interventions(user, cases, now),
		*_contacts(cases, now),
	]
	for item in items:
		item["when"] = _when(item["due"], now)
	items.sort(key=lambda item: (not item["mine"], item["due"]))
	for item in sorted(items, key=lambda item: item["due"], reverse=True):
		case = cases.get(item["case"])
		if case and item["kind"] == "deadline" and not item["waited"]:
			case["next_due"], case["next_title"] = item["due"], item["title"]
	return {
		"today": getdate(now),
		"items": [item for item in items if item["when"]],
		"waiting": [*_requests(user, roles), *_approvals(roles), *_answers(cases, now)],
		"cases": sorted(
			cases.values(), key=lambda case: (not case["mine"], str(case["next_due"] or "9999"), case["name"])
		),
		"all_cases": bool(roles & {COORDINATOR, UNIT_MANAGER}),
	}


def _cases(user: str) -> dict[str, dict]:
	rows = listed(
		"Case File",
		filters={"state": ["not in", ENDED]},
		fields=["name", "minor", "state", "beneficiary_type"],
		order_by="name",
	)
	followed = set(
		frappe.get_all(
			"Care Assignment",
			filters={"user": user, "from_date": ["<=", getdate()]},
			or_filters=[["to_date", "is", "not set"], ["to_date", ">=", getdate()]],
			pluck="case_file",
		)
	)
	people = {
		row.name: person_row(row)
		for row in listed("Minor", fields=["name", "given_name", "family_name", "birth_date"])
	}
	flags = dict(
		frappe.get_all(
			"ToDo",
			filters={"reference_type": "Case File", "status": "Open", "priority": "High"},
			fields=["reference_name", "count(name)"],
			group_by="reference_name",
			as_list=True,
		)
	)
	return {
		row.name: {
			**row,
			"person": None,
			"age": None,
			"days_to_majority": None,
			**people.get(row.minor, {}),
			"mine": row.name in followed,
			"flags": flags.get(row.name, 0),
			"next_due": None,
			"next_title": None,
			"days_since_contact": None,
		}
		for row in rows
	}


def _deadlines(cases: dict[str, dict], roles: set[str], now: datetime) -> list[dict]:
	rows = listed(
		"Case Deadline",
		filters={"state": ["in", [*RUNNING, "Term Passed"]]},
		fields=["name", "case_file", "title", "due_at", "kind", "state", "responsible_role"],
	)
	return [
		_item(
			"deadline",
			"Case Deadline",
			row.name,
			row.case_file,
			_(row.title),
			row.due_at,
			mine=cases[row.case_file]["mine"] and row.responsible_role in roles,
			waited=row.kind != "Owed",
			role=row.responsible_role,
		)
		for row in rows
		if row.case_file in cases and row.due_at
	]


def _tasks(user: str, now: datetime) -> list[dict]:
	rows = listed(
		"ToDo",
		filters={"allocated_to": user, "status": "Open"},
		fields=["name", "description", "date", "priority", "reference_type", "reference_name"],
	)
	return [
		_item(
			"flag" if row.reference_type == "Case File" and row.priority == "High" else "task",
			row.reference_type or "ToDo",
			row.reference_name or row.name,
			row.reference_name if row.reference_type == "Case File" else None,
			plain(row.description),
			_end_of(row.date or getdate(now)),
			todo=row.name,
		)
		for row in rows
	]


def _meetings(cases: dict[str, dict], now: datetime) -> list[dict]:
	until = getdate(now) + AHEAD + timedelta(days=1)
	rows = listed(
		"Case Meeting",
		filters={"case_file": ["is", "set"]},
		or_filters=[
			["held_at", "between", [getdate(now), until]],
			["next_meeting_at", "between", [getdate(now), until]],
		],
		fields=["name", "case_file", "meeting_type", "held_at", "next_meeting_at", "place"],
	)
	rows = [row for row in rows if row.case_file in cases and cases[row.case_file]["mine"]]
	planned = {(row.case_file, getdate(row.held_at)) for row in rows}
	items = []
	for row in rows:
		title = _(row.meeting_type) + (f", {row.place}" if row.place else "")
		if getdate(row.held_at) >= getdate(now):
			items.append(_item("meeting", "Case Meeting", row.name, row.case_file, title, row.held_at))
		following = row.next_meeting_at
		if following and (row.case_file, getdate(following)) not in planned and following >= now:
			items.append(_item("meeting", "Case Meeting", row.name, row.case_file, title, following))
	return items


def _interventions(user: str, cases: dict[str, dict], now: datetime) -> list[dict]:
	rows = listed(
		"Intervention",
		filters=[
			["Intervention", "status", "=", "Planned"],
			["Intervention", "starts_at", ">=", getdate(now) - _LOOKING_BACK],
			["Intervention", "starts_at", "<", getdate(now) + AHEAD + timedelta(days=1)],
			["Intervention Operator", "user", "=", user],
		],
		fields=["name", "case_file", "intervention_type", "starts_at", "place"],
		distinct=True,
	)
	return [
		_item(
			"intervention",
			"Intervention",
			row.name,
			row.case_file,
			_(row.intervention_type) + (f", {row.place}" if row.place else ""),
			# Until the evening it may still be held; after that it waits for its outcome.
			max(get_datetime(row.starts_at), _end_of(row.starts_at))
			if getdate(row.starts_at) < getdate(now)
			else row.starts_at,
		)
		for row in rows
	]


def _contacts(cases: dict[str, dict], now: datetime) -> list[dict]:
	"""Fill in how long ago each case was last reached; return the contacts that are due."""
	last = {
		row.case_file: get_datetime(row.contact_at)
		for row in listed(
			"Contact Log",
			filters={"reached": 1},
			fields=["case_file", "max(contact_at) as contact_at"],
			group_by="case_file",
		)
	}
	for name, moment in last.items():
		if name in cases:
			cases[name]["days_since_contact"] = (getdate(now) - getdate(moment)).days
	rows = listed(
		"Contact Log",
		filters={"next_contact_on": ["between", [getdate(now) - _LOOKING_BACK, getdate(now) + AHEAD]]},
		fields=["name", "case_file", "contact_with", "contact_at", "next_contact_on"],
	)
	return [
		_item(
			"contact",
			"Contact Log",
			row.name,
			row.case_file,
			_("Contact with {0}").format(_(row.contact_with)),
			_end_of(row.next_contact_on),
		)
		for row in rows
		if row.case_file in cases
		and cases[row.case_file]["mine"]
		# A later contact that reached somebody is the one that was due.
		and last.get(row.case_file, datetime.min) <= get_datetime(row.contact_at)
	]


def _requests(user: str, roles: set[str]) -> list[dict]:
	decides = bool(roles & {COORDINATOR, UNIT_MANAGER})
	rows = listed(
		"Case Request",
		filters={"status": ["in", ["Requested", "Approved"]]},
		fields=["name", "case_file", "request_type", "status", "requested_by", "to_user", "creation"],
		order_by="creation",
	)
	names = full_names(row.requested_by for row in rows)
	return [
		_waits(
			"accept" if row.to_user == user and row.status == "Approved" else "decide",
			"Case Request",
			row,
			_(row.request_type),
			names.get(row.requested_by, row.requested_by),
		)
		for row in rows
		if (row.status == "Requested" and decides and row.requested_by != user)
		or (row.status == "Approved" and row.request_type == TRANSFER and row.to_user == user)
	]


def _approvals(roles: set[str]) -> list[dict]:
	if not roles & {COORDINATOR, UNIT_MANAGER}:
		return []
	waits = []
	for doctype, filters, title in (
		("PEI", {"workflow_state": "Team Review"}, _("PEI to Approve")),
		("Risk Assessment", {"status": "Proposed"}, _("Assessment to Approve")),
		("Placement", {"status": "Requested"}, _("Placement to Assign")),
	):
		rows = listed(doctype, filters=filters, fields=["name", "case_file"], order_by="modified")
		waits += [_waits("approve", doctype, row, title) for row in rows]
	return waits


def _answers(cases: dict[str, dict], now: datetime) -> list[dict]:
	since = getdate(now) - _LOOKING_BACK
	rows = listed(
		"Referral",
		or_filters=[
			["answered_on", ">=", since],
			["ended_on", ">=", since],
			["answer_due_on", "between", [getdate(now) - timedelta(days=365), getdate(now)]],
		],
		filters={"status": ["in", ["Sent", *_ANSWERS]]},
		fields=["name", "case_file", "to_organisation", "status", "answered_on", "ended_on", "answer_due_on"],
		order_by="modified desc",
	)
	waits = []
	for row in rows:
		if row.case_file not in cases or not cases[row.case_file]["mine"]:
			continue
		late = row.status == "Sent"
		moment = row.ended_on if row.status == "Done" else row.answered_on
		if not late and (not moment or getdate(moment) < since):
			continue
		waits.append(
			_waits(
				"no answer" if late else "answered",
				"Referral",
				row,
				row.to_organisation,
				_("No answer yet") if late else _(row.status),
			)
		)
	return waits


def _item(kind: str, doctype: str, name: str, case: str | None, title: str, due: object, **more) -> dict:
	return {
		"kind": kind,
		"doctype": doctype,
		"name": name,
		"case": case,
		"title": title,
		"due": get_datetime(due),
		"mine": True,
		"waited": False,
		**more,
	}


def _waits(kind: str, doctype: str, row: frappe._dict, title: str, detail: str = "") -> dict:
	return {
		"kind": kind,
		"doctype": doctype,
		"name": row.name,
		"case": row.case_file,
		"title": title,
		"detail": detail,
	}


def _end_of(day: object) -> datetime:
	"""The last second of a day: what falls due on a day is not late before it ends."""
	return datetime.combine(getdate(day), datetime.max.time().replace(microsecond=0))


def _when(due: datetime, now: datetime) -> str | None:
	if due < now:
		return "overdue"
	if due.date() == now.date():
		return "today"
	return "week" if due.date() <= now.date() + AHEAD else None
