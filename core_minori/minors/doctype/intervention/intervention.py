import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_datetime, getdate, now_datetime

from core_minori.engine.interventions import (
	CANCELLED,
	DONE,
	GROUP,
	INDIVIDUAL,
	Operator,
	Participant,
	Session,
	check_session,
	members_on,
	overlaps,
	own_hours,
)
from core_minori.engine.money import money
from core_minori.messages import by_rule, say
from core_minori.minors import work_hours
from core_minori.permissions import may_open, readable_cases
from core_minori.records import ProtectedDocument


class Intervention(ProtectedDocument):
	"""What was done with a case, or with a group of them: who held it, for how long, and who was there."""

	def onload(self) -> None:
		self.set_onload("submitted_sheets", work_hours.submitted_sheets_of(self.name))

	def insert(self, *args: object, **options: object) -> Document:
		"""Who writes it down held it, unless somebody else is named: before anybody asks whether they may."""
		if not self.operators and not self.organisation:
			self.append("operators", {"user": frappe.session.user})
		return super().insert(*args, **options)

	def before_validate(self) -> None:
		if self.mode == INDIVIDUAL:
			self.intervention_group, self.participants = None, []
		else:
			self.case_file = None
			self.outcome = None

	@by_rule
	def validate(self) -> None:
		before = self.get_doc_before_save()
		group = self.group_of_session()
		self.take_from_case_or_group(group)
		self.check_links()
		self.check_new_participants(before, group)
		self.link_operators()
		self.session_key = (
			f"{self.intervention_group}/{get_datetime(self.starts_at):%Y-%m-%d %H:%M}"
			if self.intervention_group and self.status != CANCELLED
			else None
		)
		self.refuse_second_session()
		session = self.as_session()
		findings = check_session(session, now_datetime())
		if before:
			work_hours.check_not_frozen(self)
		say([*findings, *overlaps(session, self.done_meanwhile())])

	def on_update(self) -> None:
		work_hours.sync(self)

	def group_of_session(self) -> Document | None:
		"""The group of a session; only who may write the group adds a session to it, or its members would be told."""
		if self.mode != GROUP or not self.intervention_group:
			return None
		if self.has_value_changed("intervention_group") and not may_open(
			"Intervention Group", self.intervention_group, "write"
		):
			frappe.throw(
				_("You do not hold the group {0}.").format(self.intervention_group), frappe.PermissionError
			)
		return frappe.get_cached_doc("Intervention Group", self.intervention_group)

	def take_from_case_or_group(self, group: Document | None) -> None:
		"""What is known already is not typed again: project, line, place, members."""
		if group:
			for name in ("project", "budget_line", "place"):
				if self.is_new() and not self.get(name):
					self.set(name, group.get(name))
			if self.is_new() and not self.participants:
				for case in members_on(group.as_members(), getdate(self.starts_at)):
					self.append("participants", {"case_file": case, "attendance": "Present"})
		elif self.case_file and self.is_new() and not self.project:
			self.project = frappe.db.get_value("Case File", self.case_file, "project")
		if self.budget_line:
			of_line = frappe.db.get_value("FAMI Budget Line", self.budget_line, "funded_project")
			if not self.project:
				self.project = of_line
			elif of_line != self.project:
				frappe.throw(_("{0} is no line of {1}.").format(self.budget_line, self.project))

	def check_links(self) -> None:
		"""A plan or a referral that it follows is of the same case."""
		for doctype, field in (("PEI", "pei"), ("Referral", "referral")):
			name = self.get(field)
			if (
				name
				and self.has_value_changed(field)
				and self.case_file != frappe.db.get_value(doctype, name, "case_file")
			):
				frappe.throw(_("{0} {1} is not of this case.").format(_(doctype), name))

	def check_new_participants(self, before: Document | None, group: Document | None) -> None:
		"""Nobody puts a case into a group that they may not read: its code would stand on their list."""
		known = {row.case_file for row in before.participants} if before else set()
		known |= {row.case_file for row in group.members} if group else set()
		refuse_unreadable(row.case_file for row in self.participants if row.case_file not in known)

	def link_operators(self) -> None:
		"""Each operator's employee, and the timesheet that says their hours: looked up, never typed."""
		users = [row.user for row in self.operators if row.user]
		employees = work_hours.employees_of(users)
		sheets = {} if self.is_new() else work_hours.sheets_of(self.name)
		for row in self.operators:
			row.employee = employees.get(row.user)
			row.timesheet = sheets.get(row.employee) if row.employee else None

	def refuse_second_session(self) -> None:
		"""Said in words before the database refuses it: one session of a group at one time."""
		other = self.session_key and frappe.db.get_value(
			"Intervention", {"session_key": self.session_key, "name": ["!=", self.name or ""]}
		)
		if other:
			frappe.throw(_("{0} is already a session of this group at that time.").format(other))

	def as_session(self) -> Session:
		"""As the rules read it."""
		rows = self.participants or ()
		cases = _days_of([row.case_file for row in rows] or [self.case_file])
		if self.mode == GROUP:
			people = [
				Participant(
					row.case_file,
					*cases.get(row.case_file, (None, None)),
					row.attendance or "Present",
					money(flt(row.hours, 2)),
				)
				for row in rows
			]
		else:
			people = (
				[Participant(self.case_file, *cases.get(self.case_file, (None, None)))]
				if self.case_file
				else []
			)
		return Session(
			self.name or "",
			self.mode,
			self.status,
			get_datetime(self.starts_at),
			money(flt(self.hours, 2)),
			[Operator(row.user, money(flt(row.hours, 2))) for row in self.operators],
			people,
			self.intervention_group or "",
			bool(self.organisation),
		)

	def done_meanwhile(self) -> list[tuple]:
		"""Done interventions of the same operators around that day: (intervention, user, start, hours)."""
		users = [row.user for row in self.operators if row.user]
		if self.status != DONE or not users:
			return []
		held, operator = frappe.qb.DocType("Intervention"), frappe.qb.DocType("Intervention Operator")
		day = getdate(self.starts_at)
		rows = (
			frappe.qb.from_(held)
			.join(operator)
			.on((operator.parent == held.name) & (operator.parenttype == "Intervention"))
			.select(held.name, operator.user, held.starts_at, held.hours, operator.hours)
			.where(
				(held.status == DONE)
				& (held.name != (self.name or ""))
				& operator.user.isin(users)
				& (held.starts_at >= frappe.utils.add_days(day, -1))
				& (held.starts_at < frappe.utils.add_days(day, 2))
			)
		).run()
		return [
			(name, user, get_datetime(starts), own_hours(money(own or 0), money(whole or 0)))
			for name, user, starts, whole, own in rows
		]


def refuse_unreadable(cases) -> None:
	"""Stop where the session's user may not read one of the cases. Raises frappe.PermissionError."""
	cases = list(filter(None, cases))
	readable = readable_cases(frappe.session.user, cases)
	for case in cases:
		if case not in readable:
			frappe.throw(
				_("You do not follow the case {0}: ask who follows it to add it.").format(case),
				frappe.PermissionError,
			)


def _days_of(cases: list[str | None]) -> dict[str, tuple]:
	"""When each case was reported and closed, one query."""
	names = [case for case in cases if case]
	if not names:
		return {}
	return {
		row.name: (row.reported_on and getdate(row.reported_on), row.closed_on and getdate(row.closed_on))
		for row in frappe.get_all(
			"Case File", filters={"name": ["in", names]}, fields=["name", "reported_on", "closed_on"]
		)
	}


def on_doctype_update() -> None:
	"""The calendar and the hours ask for a time, the case and the group for their own."""
	frappe.db.add_index("Intervention", ["status", "starts_at"])
	frappe.db.add_index("Intervention", ["case_file", "starts_at"])
	frappe.db.add_index("Intervention", ["intervention_group", "starts_at"])
