"""Interventions: what one may say, whose hours they are, how a month of them becomes rows of timesheets, and their sums.

An hour of service is written down once, in the intervention; the timesheet of who gave it follows from it (funding
reference rule 20), and so does the cost of the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from core_minori.engine.message import Finding, Message, Severity, _, refuse
from core_minori.engine.money import ZERO, money

INDIVIDUAL, GROUP = "Individual", "Group"
PLANNED, DONE, NOT_HELD, CANCELLED = "Planned", "Done", "Not Held", "Cancelled"
PRESENT, ABSENT, EXCUSED = "Present", "Absent", "Excused"

LONGEST = Decimal(24)
"""Hours an intervention may last at most."""

SMALL_CELL = 5
"""Fewer people than this are not counted in what leaves the case side (reference, rule on small cells)."""


# --- what one intervention may say --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Operator:
	"""Who held it: the user, and their own hours where they differ from the intervention's (zero: they do not)."""

	user: str
	hours: Decimal = ZERO


@dataclass(frozen=True)
class Participant:
	"""A case that takes part: from when to when it is open, and the person's own hours (zero: the whole time)."""

	case: str
	reported_on: date | None = None
	closed_on: date | None = None
	attendance: str = PRESENT
	hours: Decimal = ZERO


@dataclass(frozen=True)
class Session:
	"""One intervention as it is written down. An individual one has its case as the only participant."""

	name: str
	mode: str
	status: str
	starts: datetime
	hours: Decimal
	operators: Sequence[Operator] = ()
	participants: Sequence[Participant] = ()
	group: str = ""
	held_by_others: bool = False

	@property
	def ends(self) -> datetime:
		"""When it is over."""
		return self.starts + _length(self.hours)


def check_session(session: Session, now: datetime) -> list[Finding]:
	"""What is wrong with an intervention by itself. Raises RuleError for what can never be; returns the warnings."""
	_check_hours(session)
	_check_people(session)
	if session.status == DONE and session.starts > now:
		raise refuse(
			"intervention-future",
			_("The intervention is marked as done and starts on {start}, which is still to come."),
			_("Correct the day, or leave it planned."),
			start=session.starts,
		)
	if session.status not in (DONE, PLANNED):
		return []
	day, findings = session.starts.date(), []
	for each in session.participants:
		if session.status == DONE and session.mode == GROUP and each.attendance != PRESENT:
			continue
		if each.closed_on and day > each.closed_on:
			raise refuse(
				"intervention-closed-case",
				_("{case} was closed on {closed}, before the {day}."),
				_("Correct the day, take the case off, or ask the coordinator to reopen it."),
				case=each.case,
				closed=each.closed_on,
				day=day,
			)
		if each.reported_on and day < each.reported_on:
			findings.append(
				Finding(
					"intervention-before-case",
					Severity.WARN,
					Message(
						_("{case} was reported on {reported}, after the {day}."),
						{"case": each.case, "reported": each.reported_on, "day": day},
					),
					Message(_("Check the day of the intervention.")),
				)
			)
	return findings


def _check_hours(session: Session) -> None:
	if not 0 < session.hours <= LONGEST:
		raise refuse(
			"intervention-hours",
			_("An intervention lasts more than zero and at most 24 hours: here it is {hours}."),
			_("Enter the hours, for example 1.5 for an hour and a half."),
			hours=money(session.hours),
		)
	for each in session.operators:
		if each.hours > LONGEST:
			raise refuse(
				"intervention-hours",
				_("{user}: {hours} hours are more than a day has."),
				_("Leave the operator's hours empty where they are those of the intervention."),
				user=each.user,
				hours=money(each.hours),
			)
	for each in session.participants:
		if each.hours > session.hours:
			raise refuse(
				"intervention-hours",
				_("{case}: {hours} hours are more than the intervention's {allowed}."),
				_("Leave the participant's hours empty where they stayed the whole time."),
				case=each.case,
				hours=money(each.hours),
				allowed=money(session.hours),
			)


def _check_people(session: Session) -> None:
	for kind, names in (
		("operator", [each.user for each in session.operators]),
		("participant", [each.case for each in session.participants]),
	):
		twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
		if twice:
			raise refuse(
				f"intervention-{kind}-twice",
				_("{name} is in the table twice."),
				_("Take one of the two rows out."),
				name=twice,
			)
	if session.mode == GROUP and not session.participants and not session.group:
		raise refuse(
			"intervention-participants",
			_("A group intervention needs its group, or its participants."),
			_("Choose the group, or add the cases that took part."),
		)
	if session.mode == INDIVIDUAL and not session.participants:
		raise refuse(
			"intervention-case",
			_("An individual intervention needs its case."),
			_("Choose the case."),
		)
	if session.status == DONE and not session.operators and not session.held_by_others:
		raise refuse(
			"intervention-operators",
			_("Nobody is written down as who held the intervention."),
			_("Add the operator, or the organisation that held it."),
		)


def overlaps(session: Session, others: Iterable[tuple[str, str, datetime, Decimal]]) -> list[Finding]:
	"""Warnings where an operator of a done intervention had another at the same time.

	`others` are (intervention, user, start, hours) of the operators' other done interventions.
	"""
	if session.status != DONE:
		return []
	own = {each.user: own_hours(each.hours, session.hours) for each in session.operators}
	findings = []
	for name, user, starts, hours in others:
		if user not in own or name == session.name:
			continue
		if starts < session.starts + _length(own[user]) and session.starts < starts + _length(hours):
			findings.append(
				Finding(
					"intervention-overlap",
					Severity.WARN,
					Message(
						_("{user} has {other} at the same time, from {start}."),
						{"user": user, "other": name, "start": starts},
					),
					Message(_("Correct the times: only one of the two can be brought to the timesheet.")),
					found=session.starts,
					allowed=starts + _length(hours),
				)
			)
	return findings


def own_hours(own: Decimal, whole: Decimal) -> Decimal:
	"""A person's hours: their own where they are written down, else those of the intervention."""
	return own or whole


def _length(hours: Decimal) -> timedelta:
	return timedelta(seconds=int(hours * 3600))


# --- groups -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
	"""A case in a group, from when to when; an open end is None."""

	case: str
	starts: date | None = None
	ends: date | None = None

	def in_on(self, day: date) -> bool:
		"""Whether the case belongs to the group on `day`."""
		return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)


def check_members(members: Sequence[Member]) -> None:
	"""Each membership ends after it starts, and no case is in the group twice on one day. Raises RuleError."""
	for place, member in enumerate(members):
		if member.starts and member.ends and member.ends < member.starts:
			raise refuse(
				"group-days",
				_("{case} leaves the group on {end}, before it joins on {start}."),
				_("Correct one of the two dates."),
				case=member.case,
				start=member.starts,
				end=member.ends,
			)
		for other in members[:place]:
			if other.case == member.case and _meet(member, other):
				raise refuse(
					"group-member-twice",
					_("{case} is in the group twice in the same days."),
					_("End the first membership before the second one begins, or take one row out."),
					case=member.case,
				)


def _meet(one: Member, other: Member) -> bool:
	return (one.ends is None or other.starts is None or other.starts <= one.ends) and (
		other.ends is None or one.starts is None or one.starts <= other.ends
	)


def members_on(members: Iterable[Member], day: date) -> list[str]:
	"""Codes of the cases that belong to the group on `day`, in their order."""
	return list(dict.fromkeys(member.case for member in members if member.in_on(day)))


# --- hours to timesheets ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shift:
	"""Hours that a person gave to an intervention, as the row of their timesheet shall say them."""

	intervention: str
	starts: datetime
	hours: Decimal
	project: str = ""
	line: str = ""
	activity: str = ""

	@property
	def ends(self) -> datetime:
		"""When the hours are over."""
		return self.starts + _length(self.hours)


@dataclass(frozen=True)
class SheetRow:
	"""A row of a person's timesheets, drafts and submitted ones. `intervention` is empty for what was typed by hand."""

	name: str
	sheet: str
	submitted: bool
	starts: datetime
	hours: Decimal
	intervention: str = ""
	project: str = ""
	line: str = ""
	activity: str = ""

	@property
	def ends(self) -> datetime:
		"""When the hours are over."""
		return self.starts + _length(self.hours)

	def says(self, shift: Shift) -> bool:
		"""Whether the row says the hours as they are written down; a line that the officer gave it stays."""
		return (
			self.same_time(shift)
			and (not shift.project or self.project == shift.project)
			and (not shift.line or self.line == shift.line)
		)

	def same_time(self, shift: Shift) -> bool:
		"""Whether start and hours are those of the shift."""
		return self.starts == shift.starts and money(self.hours) == money(shift.hours)


@dataclass
class SheetPlan:
	"""What to do with a person's sheets: shifts to add, rows to correct or to take out, and what stays out and why."""

	add: list[Shift] = field(default_factory=list)
	change: list[tuple[SheetRow, Shift]] = field(default_factory=list)
	remove: list[SheetRow] = field(default_factory=list)
	left_out: list[tuple[Shift, Finding]] = field(default_factory=list)


def plan_sheets(wanted: Iterable[Shift], present: Sequence[SheetRow], only: str = "") -> SheetPlan:
	"""How one person's timesheets come to say the done interventions, each once.

	`only` keeps to one intervention: the rows of the others stay as they are. Hours at the time of others stay out, since
	nobody works twice in the same hour. Rows of submitted sheets are never touched.
	"""
	plan = SheetPlan()
	wanted = sorted(wanted, key=lambda shift: (shift.starts, shift.intervention))
	by_intervention = {row.intervention: row for row in present if row.intervention}
	named = {shift.intervention for shift in wanted}
	busy: list[SheetRow | Shift] = [
		row
		for row in present
		if row.submitted or not row.intervention or (only and row.intervention not in named)
	]
	for shift in wanted:
		row = by_intervention.get(shift.intervention)
		if row and row.submitted:
			continue
		clash = next(
			(other for other in busy if other.starts < shift.ends and shift.starts < other.ends), None
		)
		if clash:
			plan.left_out.append((shift, _clash(shift, clash)))
			continue
		busy.append(shift)
		if row is None:
			plan.add.append(shift)
		elif not row.says(shift):
			plan.change.append((row, shift))
	plan.remove = [
		row
		for row in present
		if row.intervention
		and not row.submitted
		and row.intervention not in named
		and (not only or row.intervention == only)
	]
	return plan


def _clash(shift: Shift, other: SheetRow | Shift) -> Finding:
	name = other.intervention or (other.sheet if isinstance(other, SheetRow) else "")
	return Finding(
		"intervention-timesheet-overlap",
		Severity.BLOCK,
		Message(
			_("{intervention}, from {start}, is at the same time as {other}, from {other_start}."),
			{
				"intervention": shift.intervention,
				"start": shift.starts,
				"other": name,
				"other_start": other.starts,
			},
		),
		Message(_("Correct the time of one of the two, then bring the hours again.")),
		found=shift.starts,
		allowed=other.ends,
	)


def check_frozen(
	intervention: str, submitted: Iterable[tuple[str, str, SheetRow]], shifts: Mapping[str, Shift]
) -> None:
	"""What a submitted timesheet says of an intervention stands. Raises RuleError naming the sheet.

	`submitted` are (employee, sheet, row); `shifts` by employee what the intervention would say now.
	"""
	for employee, sheet, row in submitted:
		shift = shifts.get(employee)
		if shift and row.same_time(shift) and (not shift.project or row.project == shift.project):
			continue
		raise refuse(
			"intervention-frozen",
			_(
				"The hours of {intervention} stand in the submitted timesheet {sheet}: its day, hours, operators and"
				" project cannot change."
			),
			_("Cancel that timesheet first, or correct what is not hours."),
			intervention=intervention,
			sheet=sheet,
		)


def check_sheet_row(place: int, row: SheetRow, shift: Shift | None) -> None:
	"""A row that came from an intervention says what the intervention says: typed once. Raises RuleError."""
	if shift is None:
		raise refuse(
			"timesheet-intervention",
			_("Row {row}: {intervention} has no done hours of this person."),
			_("Take the row out, or correct the intervention and bring the hours again."),
			row=place,
			intervention=row.intervention,
		)
	if not row.same_time(shift) or (shift.project and row.project != shift.project):
		raise refuse(
			"timesheet-intervention",
			_("Row {row} comes from {intervention}, which says {hours} hours from {start}."),
			_("Correct the hours in the intervention: this row follows it."),
			row=place,
			intervention=row.intervention,
			hours=money(shift.hours),
			start=shift.starts,
		)


@dataclass(frozen=True)
class Assigned:
	"""A person's assignment to a project with a line, within its days."""

	project: str
	line: str
	starts: date
	ends: date


def line_on(assignments: Iterable[Assigned], project: str, day: date) -> str:
	"""The budget line of a person's assignment to `project` on `day`; empty where there is none."""
	return next(
		(
			each.line
			for each in assignments
			if each.line and each.project == project and each.starts <= day <= each.ends
		),
		"",
	)


# --- sums ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
	"""One done intervention for the sums: `people` are the cases that were there, each with their hours."""

	name: str
	mode: str
	kind: str
	project: str
	starts: datetime
	hours: Decimal
	operators: Mapping[str, Decimal] = field(default_factory=dict)
	people: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass
class Tally:
	"""Sums over interventions: hours of service, of the operators, and of the people; `people` are distinct."""

	interventions: int = 0
	individual: int = 0
	group: int = 0
	hours: Decimal = ZERO
	operator_hours: Decimal = ZERO
	person_hours: Decimal = ZERO
	people: set[str] = field(default_factory=set)

	def take(self, served: Served, people: Iterable[str], operators: Iterable[str]) -> None:
		"""Count one intervention, with those of its people and operators that belong here."""
		self.interventions += 1
		self.group += served.mode == GROUP
		self.individual += served.mode != GROUP
		self.hours += served.hours
		self.operator_hours += sum((served.operators[user] for user in operators), ZERO)
		people = list(people)
		self.person_hours += sum((served.people[case] for case in people), ZERO)
		self.people.update(people)


def tally(
	served: Iterable[Served], by: str, area_of: Callable[[str], str] = lambda case: ""
) -> dict[str, Tally]:
	"""Sums by "Type", "Project", "Month", "Mode", "Operator" or "Area" (of the case), in the order of the key.

	An intervention of two operators counts under each of them, one of cases of two areas under both: what is counted in
	a row is true of the row, and such rows add up to more than the whole.
	"""
	found: dict[str, Tally] = {}
	for each in served:
		for key in _keys(each, by, area_of):
			people = [case for case in each.people if by != "Area" or (area_of(case) or "") == key]
			operators = [key] if by == "Operator" and key else list(each.operators)
			found.setdefault(key, Tally()).take(each, people, operators)
	return dict(sorted(found.items()))


def _keys(served: Served, by: str, area_of: Callable[[str], str]) -> list[str]:
	if by == "Operator":
		return list(served.operators) or [""]
	if by == "Area":
		return sorted({area_of(case) or "" for case in served.people}) or [""]
	return [
		{
			"Type": served.kind,
			"Project": served.project,
			"Month": f"{served.starts:%Y-%m}",
			"Mode": served.mode,
		}[by]
	]


def shown_people(number: int) -> str:
	"""How many people, as it may leave the case side: a few are not counted."""
	return f"<{SMALL_CELL}" if 0 < number < SMALL_CELL else str(number)


def cost_each(cost: Decimal, number: Decimal | int) -> Decimal | None:
	"""Euro for each of `number`, two places; None where there are none."""
	return money(cost / Decimal(number)) if number else None
