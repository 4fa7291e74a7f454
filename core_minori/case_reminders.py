"""Reminders of terms that are due soon or overdue: once a deadline, user and day, by the code of the case alone."""

from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import set_notifications_as_unseen
from frappe.desk.doctype.notification_settings.notification_settings import is_email_notifications_enabled
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import (
	escape_html,
	format_datetime,
	formatdate,
	get_datetime,
	get_url_to_form,
	getdate,
	now_datetime,
)

from core_minori.case_deadlines import clocks_of_rules, refresh_states
from core_minori.engine.casework import ENDED
from core_minori.engine.deadlines import SOCIAL, Kind, State, Unit
from core_minori.permissions import ALL, COORDINATOR, GRANTS

_DUE = (State.DUE_SOON.value, State.OVERDUE.value)
# Cases that nobody is reminded of: ended, or put aside by a decision.
_MUTED = (*ENDED, "Suspended")


def daily() -> None:
	"""Scheduler: every term that is due."""
	remind(now_datetime())


def hourly() -> None:
	"""Scheduler: the terms in hours, which would be over before the next day."""
	remind(now_datetime(), hours_only=True)


def remind(now: datetime, hours_only: bool = False) -> int:
	"""Tell who answers for each term that is due; returns how many reminders were new. Safe to repeat."""
	refresh_states(now)
	deadlines = _due(hours_only)
	if not deadlines:
		return 0
	wanted = _readable(_recipients(deadlines, getdate(now)), deadlines)
	new = _remember(wanted, deadlines, now)
	_tell(new, deadlines)
	return len(new)


def _due(hours_only: bool) -> dict[str, frappe._dict]:
	"""Owed terms that are due soon or overdue in cases that are worked on, locked for this run."""
	table, case = frappe.qb.DocType("Case Deadline"), frappe.qb.DocType("Case File")
	rows = (
		frappe.qb.from_(table)
		.join(case)
		.on(case.name == table.case_file)
		.select(
			table.name,
			table.case_file,
			table.deadline_rule,
			table.title,
			table.part,
			table.responsible_role,
			table.state,
			table.due_at,
		)
		.where(table.kind == Kind.OWED.value)
		.where(table.state.isin(_DUE))
		.where(case.state.notin(_MUTED))
		.orderby(table.name)
		.run(as_dict=True)
	)
	clocks = clocks_of_rules()
	for row in rows:
		row.unit = clocks.get(row.deadline_rule, {}).get("unit")
	return {row.name: row for row in rows if not hours_only or row.unit == Unit.HOURS.value}


def _recipients(deadlines: dict[str, frappe._dict], day) -> dict[str, list[str]]:
	"""Users by deadline: who follows the case in the rule's role, or nobody doing so its referent, or the coordinators."""
	cases = list({row.case_file for row in deadlines.values()})
	assignment, user = frappe.qb.DocType("Care Assignment"), frappe.qb.DocType("User")
	following: dict[tuple[str, str], set[str]] = {}
	referents: dict[str, set[str]] = {}
	rows = (
		frappe.qb.from_(assignment)
		.join(user)
		.on(user.name == assignment.user)
		.select(assignment.case_file, assignment.user, assignment.care_role, assignment.is_referent)
		.where(user.enabled == 1)
		.where(assignment.case_file.isin(cases))
		.where(assignment.from_date <= day)
		.where(assignment.to_date.isnull() | (assignment.to_date >= day))
		.run(as_dict=True)
	)
	for row in rows:
		following.setdefault((row.case_file, row.care_role), set()).add(row.user)
		if row.is_referent:
			referents.setdefault(row.case_file, set()).add(row.user)
	answer_for_all = {role for role, relations in GRANTS[SOCIAL].items() if ALL in relations}
	with_role = _users_with(answer_for_all)
	return {
		name: sorted(
			(with_role[row.responsible_role] if row.responsible_role in answer_for_all else None)
			or following.get((row.case_file, row.responsible_role))
			or referents.get(row.case_file)
			or with_role[COORDINATOR]
		)
		for name, row in deadlines.items()
	}


def _users_with(roles: Iterable[str]) -> dict[str, set[str]]:
	has_role, user = frappe.qb.DocType("Has Role"), frappe.qb.DocType("User")
	rows = (
		frappe.qb.from_(has_role)
		.join(user)
		.on(user.name == has_role.parent)
		.select(has_role.role, user.name)
		.where(has_role.parenttype == "User")
		.where(has_role.role.isin(list(roles)))
		.where(user.enabled == 1)
		.where(user.name.notin(["Administrator", "Guest"]))
		.run()
	)
	found: dict[str, set[str]] = {role: set() for role in roles}
	for role, name in rows:
		found[role].add(name)
	return found


def _readable(wanted: dict[str, list[str]], deadlines: dict) -> list[tuple[str, str]]:
	"""The pairs of deadline and user in which the user may read that deadline: one question a user."""
	by_user: dict[str, list[str]] = {}
	for name, users in wanted.items():
		for user in users:
			by_user.setdefault(user, []).append(name)
	pairs = []
	for user, names in by_user.items():
		try:
			read = frappe.get_list(
				"Case Deadline",
				filters={"name": ["in", names]},
				pluck="name",
				user=user,
				limit_page_length=0,
			)
		except frappe.PermissionError:
			frappe.clear_last_message()
			continue
		pairs.extend((name, user) for name in read)
	return pairs


def _remember(pairs: list[tuple[str, str]], deadlines: dict, now: datetime) -> list[tuple[str, str]]:
	"""Store the reminders of today that are not there yet and return them; a run at the same time waits here."""
	if not pairs:
		return []
	names, day = sorted({name for name, __ in pairs}), getdate(now)
	table, row = frappe.qb.DocType("Case Deadline"), frappe.qb.DocType("Case Deadline Reminder")
	frappe.qb.from_(table).select(table.name).where(table.name.isin(names)).orderby(
		table.name
	).for_update().run()
	known = (
		frappe.qb.from_(row)
		.select(row.parent, row.user, row.reminded_on)
		.where(row.parent.isin(names))
		.for_update()
		.run()
	)
	today = {(name, user) for name, user, on in known if on == day}
	count: dict[str, int] = {}
	for name, __, __ in known:
		count[name] = count.get(name, 0) + 1
	new, values = [pair for pair in pairs if pair not in today], []
	author = frappe.session.user
	for name, user in new:
		count[name] = count.get(name, 0) + 1
		about = (name, "Case Deadline", "reminders", count[name])
		told = (user, day, deadlines[name].state)
		values.append((frappe.generate_hash(length=10), author, author, now, now, 0, *about, *told))
	if values:
		frappe.db.bulk_insert(
			"Case Deadline Reminder",
			[
				*("name", "owner", "modified_by", "creation", "modified", "docstatus"),
				*("parent", "parenttype", "parentfield", "idx", "user", "reminded_on", "state"),
			],
			values,
		)
	return new


def _tell(pairs: list[tuple[str, str]], deadlines: dict[str, frappe._dict]) -> None:
	"""A notice on the desk for each reminder, and one mail to each user."""
	if not pairs:
		return
	by_user: dict[str, list[frappe._dict]] = {}
	for name, user in pairs:
		by_user.setdefault(user, []).append(deadlines[name])
	people = {
		row.name: row
		for row in frappe.get_all(
			"User", filters={"name": ["in", list(by_user)]}, fields=["name", "email", "language"]
		)
	}
	account = EmailAccount.find_default_outgoing()
	mails = bool(account and account.get("email_id"))
	spoken, now, author, notices = frappe.local.lang, now_datetime(), frappe.session.user, []
	for user, rows in by_user.items():
		frappe.local.lang = people[user].language or spoken
		try:
			rows.sort(key=lambda row: (row.due_at, row.name))
			for row in rows:
				subject = escape_html(f"{row.case_file}: {_what(row)}")
				about = (user, author, "Alert", "Case File", row.case_file, subject)
				notices.append((frappe.generate_hash(length=10), author, author, now, now, 0, *about))
			if mails:
				_mail(user, people[user].email, rows)
		finally:
			frappe.local.lang = spoken
	frappe.db.bulk_insert(
		"Notification Log",
		[
			*("name", "owner", "modified_by", "creation", "modified", "docstatus"),
			*("for_user", "from_user", "type", "document_type", "document_name", "subject"),
		],
		notices,
	)
	for user in by_user:
		set_notifications_as_unseen(user)
		frappe.publish_realtime("notification", after_commit=True, user=user)


def _mail(user: str, address: str, rows: list[frappe._dict]) -> None:
	"""Put one mail into the queue, unless its reader wants none."""
	if not address or not is_email_notifications_enabled(user):
		return
	cases = list(dict.fromkeys(row.case_file for row in rows))
	shown = ", ".join(cases[:3])
	subject = (
		_("Terms due: {0} and {1} more cases").format(shown, len(cases) - 3)
		if len(cases) > 3
		else _("Terms due: {0}").format(shown)
	)
	lines = "".join(
		f'<li><a href="{escape_html(get_url_to_form("Case File", row.case_file))}">{escape_html(row.case_file)}</a>: '
		f"{escape_html(_what(row))}</li>"
		for row in rows
	)
	# About a case: the queue shows it to who may read that case, and it goes with the app.
	frappe.sendmail(
		recipients=[address],
		subject=subject,
		message=f"<ul>{lines}</ul>",
		delayed=True,
		reference_doctype="Case File",
		reference_name=cases[0],
	)


def _what(row: frappe._dict) -> str:
	"""What is due and when, in words that may stand in a mail: no title of what belongs to a court or to health."""
	title = _(row.title) if row.part == SOCIAL else _("a term")
	due = get_datetime(row.due_at)
	day = format_datetime(due, "dd/MM/yyyy HH:mm") if row.unit == Unit.HOURS.value else formatdate(due)
	if row.state == State.OVERDUE.value:
		return _("{0}, overdue since {1}").format(title, day)
	return _("{0}, due by {1}").format(title, day)
