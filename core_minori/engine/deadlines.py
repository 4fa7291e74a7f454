"""Terms that run from the facts of a case, by dated rules.

A rule is data: so many hours, days, months or years of age from a fact, closed by another fact, in force
between two days. Terms of the court and of the prosecutor are *waited for*: they pass, but they are never a
worker's overdue task.

Choices a lawyer must confirm:

- The first day is not counted, and a term in days ends at 23:59 of its last day, even on a holiday: the
  extension of procedural terms to the next working day (art. 155 c.p.c.) is not assumed, which is the
  earlier and safer end.
- Hours are exact elapsed hours from the minute of the fact, across the nights when the clocks change.
- Months end on the same day number, or on the last day of a shorter month (art. 2963 c.c.).
- An age is reached on the birthday. Who was born on 29 February reaches it on 1 March in a year without
  that day: the usual Italian practice (read in newspapers only), and nobody becomes an adult a day early.
- Working days are Monday to Friday without the national holidays (the vademecum does not define them).
  The feast of the town's patron is in a calendar that the caller hands over.

All moments that come out are aware datetimes in Europe/Rome. Moments without a zone that come in are read
as the wall clock of Rome.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from holidays import country_holidays

from core_minori.engine.beneficiaries import CHILDREN, UNACCOMPANIED, YOUNG_ADULT
from core_minori.engine.message import RuleError, Severity, Term, _, refuse

CASE_CLOSED = "case_closed"
"""The fact that ends the social terms of a case. Duties towards courts and prosecutors outlive it."""
SOCIAL = "social"
ONLY = "1"
"""Occurrence of a term that a case has once."""
ANY_MINOR = "Any Minor"
# Who goes on past eighteen was an unaccompanied minor: the terms of that time stay as they are.
_WAS = {YOUNG_ADULT: UNACCOMPANIED}

ROME = ZoneInfo("Europe/Rome")
DAY_END = time(23, 59)
DEFAULT_NOTICE_HOURS = 72


@dataclass(frozen=True)
class Happening:
	"""One time that a fact happened: its moment, and the record that says so."""

	at: datetime | date
	key: str = ""


Fact = datetime | date | Sequence[Happening] | None
_Choice = TypeVar("_Choice", bound=Enum)


class Unit(str, Enum):
	"""What a term is counted in."""

	HOURS = "Hours"
	CALENDAR_DAYS = "Calendar Days"
	WORKING_DAYS = "Working Days"
	MONTHS = "Months"
	AGE_YEARS = "Age Years"
	AGE_MONTHS = "Age Months"


class Direction(str, Enum):
	"""Whether the term ends after its fact or before it; for an age, on its day or on the day before."""

	AFTER = "After"
	BEFORE = "Before"


class Kind(str, Enum):
	"""Whether our people owe the step, or wait for somebody else (court, prosecutor, police) to take it."""

	OWED = "Owed"
	WAITED_FOR = "Waited For"


class State(str, Enum):
	"""Where a deadline stands now.

	Owed steps are open, due soon or overdue; waited for steps are waiting, or their term has passed. Both
	can be done, done late, or cancelled by a fact that takes their reason away.
	"""

	OPEN = "Open"
	DUE_SOON = "Due Soon"
	OVERDUE = "Overdue"
	WAITING = "Waiting"
	TERM_PASSED = "Term Passed"
	DONE = "Done"
	DONE_LATE = "Done Late"
	CANCELLED = "Cancelled"


class Recurrence(str, Enum):
	"""How often a case can have the term.

	Once: the first time its fact happens. Each Time: every time its fact happens starts the clock, or the whole
	chain, anew, and what was still open before is dropped. Each Record: every record has a clock of its own, which
	only that record closes. Anew When Done: what closes the term starts it again ("at least every six months").
	"""

	ONCE = "Once"
	EACH_TIME = "Each Time"
	EACH_RECORD = "Each Record"
	ANEW = "Anew When Done"


AGE_UNITS = (Unit.AGE_YEARS, Unit.AGE_MONTHS)

# Larger amounts are typing mistakes, and would run past the last year a date can have.
LARGEST_AMOUNT = {
	Unit.HOURS: 8760,
	Unit.CALENDAR_DAYS: 3650,
	Unit.WORKING_DAYS: 2600,
	Unit.MONTHS: 600,
	Unit.AGE_YEARS: 120,
	Unit.AGE_MONTHS: 1440,
}


@dataclass(frozen=True)
class DeadlineRule:
	"""One version of one legal or house term.

	`code`: names the rule; rows with one code are versions of it, in force at different times.
	`trigger`, `done_fact`, `cancel_fact`: names of facts: what starts the term, what closes it, what makes
	it needless. `amount` of `unit`, `direction`: the length of the term.
	`valid_from`, `valid_to`: both days included; None is no limit. The day that counts is the trigger's;
	for an age it is the day the age is reached, because nobody's birth is older than the law that protects
	a minor now.
	`follows`: code of the previous step of a chain. The clock starts when that step happened, never when it
	was due.
	`beneficiary`: the only type of beneficiary it holds for; empty for all. Any Minor is both types of minors.
	`notice_hours`: how long before the end an owed step becomes due soon.
	`recurrence`: how often a case can have it. The steps of a chain share the occurrences of its first step.
	`part`: the part of the case it belongs to, and so who may read it (social, court, health).
	`mark`: how well the source was read (V, V2, unverified, design); `confirmed_by`, `confirmed_on`: the
	lawyer's word.
	"""

	code: str
	title: str
	trigger: str
	amount: int
	unit: Unit
	kind: Kind
	done_fact: str
	direction: Direction = Direction.AFTER
	severity: Severity = Severity.WARN
	source: str = ""
	article: str = ""
	valid_from: date | None = None
	valid_to: date | None = None
	responsible_role: str = ""
	follows: str = ""
	beneficiary: str = ""
	cancel_fact: str = ""
	notice_hours: int = DEFAULT_NOTICE_HOURS
	recurrence: Recurrence = Recurrence.ONCE
	part: str = SOCIAL
	mark: str = ""
	confirmed_by: str = ""
	confirmed_on: date | None = None
	note: str = ""

	def in_force(self, day: date) -> bool:
		"""Whether this version of the rule holds on `day`."""
		return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


@dataclass(frozen=True)
class Deadline:
	"""One term of one case. `trigger_at` and `done_at` of a fact known by its day alone are at 00:00.

	`occurrence` tells the terms of one rule apart: the record that started it, or ONLY.
	"""

	rule: DeadlineRule
	trigger_at: datetime
	due_at: datetime
	done_at: datetime | None
	state: State
	occurrence: str = ONLY


def rules_from_rows(rows: Iterable[Mapping[str, object]]) -> list[DeadlineRule]:
	"""Read rules from rows of plain values, as a JSON file or a database table gives them.

	None and empty text are "not given"; days are dates or ISO text; keys that are not a field of the rule
	are left alone, since a database row has its own. Raises RuleError naming the first bad row, its field
	and the remedy.
	"""
	read = [_Row(row, place) for place, row in enumerate(rows, start=1)]
	rules = [_rule_from(row) for row in read]
	_refuse_overlaps(read, rules)
	_refuse_broken_chains(read, rules)
	return rules


def deadlines_for(
	facts: Mapping[str, Fact],
	rules: Iterable[DeadlineRule],
	now: datetime,
	holidays: Container[date] | None = None,
	beneficiary: str | None = None,
) -> list[Deadline]:
	"""Return the deadlines that `facts` have started, the nearest end first.

	A rule whose trigger has not happened gives none. So the next step of a chain appears only when the step
	before it has happened: before that there is no clock to show, and counting from a missed end would
	invent one.

	A fact is a moment, a day, or all its Happenings. `now` decides only the state, and that a fact planned for
	later has not closed anything yet. `holidays` replaces the Italian national holidays in working days (weekends
	stay out anyway). `beneficiary` is the type of the person; None is "not known yet" and gives all rules, because
	a term too many harms less than one missed.

	The fact CASE_CLOSED cancels what is open of the social part: nobody works on the case any more. A report owed
	to a prosecutor stays owed.

	Raises RuleError when a term in hours starts from, or is closed by, a day without a time.
	"""
	known = _Facts(facts, rome(now))
	rules = [rule for rule in rules if holds_for(rule, beneficiary)]
	heads = _heads_of_chains(rules)
	shared = _shared_by_chains(rules, heads)
	closed = bool(known.happened(CASE_CLOSED))
	found = []
	for rule in rules:
		for clock in _clocks(rule, heads.get(rule.code), known, rule.trigger in shared):
			deadline = _deadline(rule, clock, known.now, holidays, closed)
			if deadline:
				found.append(deadline)
	return sorted(
		found, key=lambda deadline: (_utc(deadline.due_at), deadline.rule.code, deadline.occurrence)
	)


def holds_for(rule: DeadlineRule, beneficiary: str | None) -> bool:
	"""Whether the rule is for this type of beneficiary; None is a type not known yet."""
	if not rule.beneficiary or beneficiary is None:
		return True
	if rule.beneficiary == ANY_MINOR:
		return beneficiary in CHILDREN
	return rule.beneficiary in (beneficiary, _WAS.get(beneficiary))


def state_at(kind: Kind, unit: Unit, notice_hours: int, due_at: datetime, now: datetime) -> State:
	"""State of a term that is neither done nor cancelled; moments without a zone are Rome's wall clock."""
	due, moment = rome(due_at), rome(now)
	past = _is_past(unit, due, moment)
	if kind is Kind.WAITED_FOR:
		return State.TERM_PASSED if past else State.WAITING
	if past:
		return State.OVERDUE
	return State.DUE_SOON if _utc(moment) >= _utc(due) - timedelta(hours=notice_hours) else State.OPEN


def done_state(unit: Unit, due_at: datetime, done_at: datetime) -> State:
	"""Whether what is done was done in time; moments without a zone are Rome's wall clock."""
	return State.DONE_LATE if _is_past(unit, rome(due_at), rome(done_at)) else State.DONE


def rome(moment: datetime) -> datetime:
	"""Return `moment` in Europe/Rome. Without a zone it is read as the wall clock of Rome.

	In the hour that comes twice in October, a time without a zone is the first of the two. An hour that the
	clocks skip in March is moved on by one.
	"""
	aware = moment if moment.tzinfo else moment.replace(tzinfo=ROME)
	return _utc(aware).astimezone(ROME)


def add_months(day: date, months: int) -> date:
	"""Return the same day number `months` later (or earlier), or the last day of a shorter month."""
	year, month = _month_shifted(day, months)
	return date(year, month, min(day.day, monthrange(year, month)[1]))


def add_working_days(day: date, days: int, holidays: Container[date] | None = None) -> date:
	"""Return the last of `days` working days after `day` (before it, when negative), which is not counted."""
	step = timedelta(days=1 if days >= 0 else -1)
	left = abs(days)
	while left:
		day += step
		off = day in (_national_holidays(day.year) if holidays is None else holidays)
		if day.weekday() < 5 and not off:
			left -= 1
	return day


def reaches_age(birth_date: date, years: int, months: int = 0) -> date:
	"""Return the day on which the person is `years` (and `months`) old.

	A day that its month does not have becomes the first of the next one: born on 29 February, of age on 1
	March.
	"""
	year, month = _month_shifted(birth_date, years * 12 + months)
	last = monthrange(year, month)[1]
	if birth_date.day <= last:
		return date(year, month, birth_date.day)
	return date(year, month, last) + timedelta(days=1)


@dataclass(frozen=True)
class _Moment:
	"""A happening in Rome, 00:00 of its day when only the day is known."""

	at: datetime
	key: str
	day_only: bool


@dataclass(frozen=True)
class _Clock:
	"""What starts, closes and takes the reason away of one occurrence of a rule."""

	occurrence: str
	start: _Moment
	done: _Moment | None
	cancelled: bool
	dropped: bool = False


class _Facts:
	"""The facts of one case in the order they happened."""

	def __init__(self, facts: Mapping[str, Fact], now: datetime):
		self.now = now
		self.facts = facts
		self.read: dict[str, list[_Moment]] = {}

	def all(self, name: str) -> list[_Moment]:
		"""Every time the fact happens, also what is planned for later."""
		if not name:
			return []
		if name not in self.read:
			value = self.facts.get(name)
			several = isinstance(value, list | tuple)
			happenings = value if several else [] if value is None else [Happening(value)]
			moments = [_moment(name, happening) for happening in happenings]
			self.read[name] = sorted(moments, key=lambda moment: (_utc(moment.at), moment.key))
		return self.read[name]

	def happened(self, name: str) -> list[_Moment]:
		"""Every time it has happened: a hearing on the calendar has not been held."""
		return [moment for moment in self.all(name) if _utc(moment.at) <= _utc(self.now)]


def _clocks(rule: DeadlineRule, head: str | None, facts: _Facts, shared: bool) -> list[_Clock]:
	starts, done, ended = (
		facts.all(rule.trigger),
		facts.happened(rule.done_fact),
		facts.happened(rule.cancel_fact),
	)
	if head:
		return _clocks_of_windows(facts.all(head), starts, done, ended, shared)
	if rule.recurrence is Recurrence.EACH_RECORD:
		by_record = {start.key: start for start in reversed(starts)}
		return [
			_Clock(
				key or ONLY,
				start,
				next((moment for moment in done if moment.key == key), None),
				any(moment.key == key for moment in ended),
			)
			for key, start in by_record.items()
		]
	if rule.recurrence is Recurrence.ANEW:
		return _clocks_anew(starts, done, bool(ended))
	return [_Clock(ONLY, starts[0], _first(done), bool(ended))] if starts else []


def _clocks_of_windows(
	heads: Sequence[_Moment],
	starts: Sequence[_Moment],
	done: Sequence[_Moment],
	ended: Sequence[_Moment],
	shared: bool,
) -> list[_Clock]:
	"""One clock for each time the chain began, from what happened until it began again.

	Steps whose beginning nobody wrote down have a clock too: a term of a court is not lost with a missing paper.
	Not those that are `shared` with another chain: an appeal belongs to the chain that is there.
	"""
	clocks = []
	bounds = [None, *heads, None]
	for place, (first, last) in enumerate(pairwise(bounds)):
		inside = [
			[moment for moment in moments if _between(first, moment, last)]
			for moments in (starts, done, ended)
		]
		own, own_done, own_ended = inside
		if own and not (shared and first is None):
			occurrence = (
				"0" if first is None and heads else first.key if first and first.key else str(place or 1)
			)
			clocks.append(_Clock(occurrence, own[0], _first(own_done), bool(own_ended), last is not None))
	return clocks


def _clocks_anew(starts: Sequence[_Moment], done: Sequence[_Moment], ended: bool) -> list[_Clock]:
	# What is done on the day of a new beginning closes the term before, and not the one that begins.
	events = sorted(
		[(moment, True) for moment in starts] + [(moment, False) for moment in done],
		key=lambda event: (_utc(event[0].at), event[1]),
	)
	clocks, running = [], None
	for moment, begins in events:
		if running and not begins:
			clocks.append(_Clock(running.key or str(len(clocks) + 1), running, moment, False))
		if running or begins:
			running = moment
	if running:
		clocks.append(_Clock(running.key or str(len(clocks) + 1), running, None, ended))
	return clocks


def _heads_of_chains(rules: Sequence[DeadlineRule]) -> dict[str, str]:
	"""Code of each rule whose chain, or itself, starts each time -> the fact that starts it."""
	by_code = {rule.code: rule for rule in rules}
	heads = {}
	for rule in rules:
		step, seen = rule, set()
		while step and step.code not in seen:
			seen.add(step.code)
			if step.recurrence is Recurrence.EACH_TIME:
				heads[rule.code] = step.trigger
			step = by_code.get(step.follows)
	return heads


def _shared_by_chains(rules: Sequence[DeadlineRule], heads: Mapping[str, str]) -> set[str]:
	"""The facts that start steps of more than one chain, as an appeal does."""
	chains: dict[str, set[str]] = {}
	for rule in rules:
		if rule.code in heads:
			chains.setdefault(rule.trigger, set()).add(heads[rule.code])
	return {trigger for trigger, found in chains.items() if len(found) > 1}


def _between(first: _Moment | None, moment: _Moment, last: _Moment | None) -> bool:
	"""Whether a step belongs to the clock that `first` starts and `last` ends; by the day where a day is all we know."""
	return not (first and _comes_before(moment, first)) and not (last and not _comes_before(moment, last))


def _comes_before(one: _Moment, other: _Moment) -> bool:
	if one.day_only or other.day_only:
		return one.at.date() < other.at.date()
	return _utc(one.at) < _utc(other.at)


def _first(moments: Sequence[_Moment]) -> _Moment | None:
	return moments[0] if moments else None


def _deadline(
	rule: DeadlineRule, clock: _Clock, now: datetime, holidays: Container[date] | None, closed: bool
) -> Deadline | None:
	start, done = clock.start, clock.done
	if not rule.in_force(_age_day(rule, start.at) if rule.unit in AGE_UNITS else start.at.date()):
		return None
	if rule.unit is Unit.HOURS:
		for moment, name in ((start, rule.trigger), (done, rule.done_fact)):
			if moment and moment.day_only:
				raise _needs_time(rule, name)
	due = _due(rule, start.at, holidays)
	if done:
		state = done_state(rule.unit, due, done.at)
	elif clock.cancelled:
		state = State.CANCELLED
	elif clock.dropped:
		return None
	elif closed and rule.part == SOCIAL:
		state = State.CANCELLED
	else:
		state = state_at(rule.kind, rule.unit, rule.notice_hours, due, now)
	return Deadline(rule, start.at, due, done.at if done else None, state, clock.occurrence)


def _is_past(unit: Unit, due: datetime, moment: datetime) -> bool:
	# A term in days holds to the very end of its day, the last minute included.
	return _utc(moment) > _utc(due) if unit is Unit.HOURS else moment.date() > due.date()


def _due(rule: DeadlineRule, start: datetime, holidays: Container[date] | None) -> datetime:
	sign = -1 if rule.direction is Direction.BEFORE else 1
	if rule.unit is Unit.HOURS:
		return (_utc(start) + timedelta(hours=sign * rule.amount)).astimezone(ROME)
	if rule.unit in AGE_UNITS:
		last = _age_day(rule, start) - timedelta(days=1 if sign < 0 else 0)
	elif rule.unit is Unit.MONTHS:
		last = add_months(start.date(), sign * rule.amount)
	elif rule.unit is Unit.WORKING_DAYS:
		last = add_working_days(start.date(), sign * rule.amount, holidays)
	else:
		last = start.date() + timedelta(days=sign * rule.amount)
	return datetime.combine(last, DAY_END, tzinfo=ROME)


def _age_day(rule: DeadlineRule, birth: datetime) -> date:
	months = rule.amount * 12 if rule.unit is Unit.AGE_YEARS else rule.amount
	return reaches_age(birth.date(), 0, months)


def _moment(name: str, happening: Happening) -> _Moment:
	at = happening.at
	if isinstance(at, datetime):
		return _Moment(rome(at), happening.key, False)
	if isinstance(at, date):
		return _Moment(datetime.combine(at, time(), tzinfo=ROME), happening.key, True)
	raise refuse(
		"deadline-facts",
		_("The fact “{fact}” is not a day or a moment."),
		_("Write the day, and the time where the term runs in hours."),
		fact=name,
	)


def _needs_time(rule: DeadlineRule, name: str) -> RuleError:
	return refuse(
		"deadline-needs-time",
		_("{title}: this term runs in hours, but the fact “{fact}” has a day and no time."),
		_("Write the time as well as the day."),
		source=rule.source,
		title=Term(rule.title),
		fact=name,
	)


def _utc(moment: datetime) -> datetime:
	# Python compares and adds moments of one zone by the wall clock, which is wrong by an hour when the
	# clocks change.
	return moment.astimezone(timezone.utc)


def _month_shifted(day: date, months: int) -> tuple[int, int]:
	year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
	return year, month + 1


@lru_cache(maxsize=64)
def _national_holidays(year: int) -> frozenset[date]:
	return frozenset(country_holidays("IT", years=year))


class _Row:
	"""One row being read: it knows its place and its code, so that every refusal can name them."""

	def __init__(self, values: Mapping[str, object], place: int):
		self.values = values
		self.place = place
		self.code = self.text("code")

	def bad(self, text: str, **values: object) -> RuleError:
		return refuse(
			"deadline-rule",
			text,
			_("Open this deadline rule, correct it and save it again."),
			row=self.place,
			code=self.code or "?",
			**values,
		)

	def text(self, field: str) -> str:
		value = self.values.get(field)
		return "" if value is None else str(value).strip()

	def needed(self, field: str) -> str:
		if not (value := self.text(field)):
			raise self.bad(_("Deadline rule {code} (row {row}): the field {field} is empty."), field=field)
		return value

	def choice(self, field: str, choices: type[_Choice], default: _Choice | None = None) -> _Choice:
		value = self.values.get(field)
		if isinstance(value, choices):
			return value
		if default is not None and not self.text(field):
			return default
		try:
			return choices(self.needed(field))
		except ValueError as error:
			raise self.bad(
				_("Deadline rule {code} (row {row}): {field} is “{value}”. Choose one of: {choices}."),
				field=field,
				value=value,
				choices=", ".join(choice.value for choice in choices),
			) from error

	def whole(self, field: str, largest: int, default: int | None = None) -> int:
		if default is not None and not self.text(field):
			return default
		value = self.needed(field)
		if not (value.isascii() and value.isdigit() and int(value) <= largest):
			raise self.bad(
				_("Deadline rule {code} (row {row}): {field} is “{value}”. Write 0 to {largest}."),
				field=field,
				value=value,
				largest=largest,
			)
		return int(value)

	def day(self, field: str) -> date | None:
		value = self.values.get(field)
		if isinstance(value, datetime):
			return value.date()
		if isinstance(value, date):
			return value
		if not (text := self.text(field)):
			return None
		try:
			return date.fromisoformat(text)
		except ValueError as error:
			raise self.bad(
				_("Deadline rule {code} (row {row}): {field} is “{value}”; a day is written YYYY-MM-DD."),
				field=field,
				value=text,
			) from error


def _rule_from(row: _Row) -> DeadlineRule:
	unit = row.choice("unit", Unit)
	rule = DeadlineRule(
		code=row.needed("code"),
		title=row.needed("title"),
		trigger=row.needed("trigger"),
		amount=row.whole("amount", LARGEST_AMOUNT[unit]),
		unit=unit,
		kind=row.choice("kind", Kind),
		done_fact=row.needed("done_fact"),
		direction=row.choice("direction", Direction, Direction.AFTER),
		severity=row.choice("severity", Severity, Severity.WARN),
		source=row.needed("source"),
		article=row.text("article"),
		valid_from=row.day("valid_from"),
		valid_to=row.day("valid_to"),
		responsible_role=row.text("responsible_role"),
		follows=row.text("follows"),
		beneficiary=row.text("beneficiary"),
		cancel_fact=row.text("cancel_fact"),
		notice_hours=row.whole("notice_hours", LARGEST_AMOUNT[Unit.HOURS], DEFAULT_NOTICE_HOURS),
		recurrence=row.choice("recurrence", Recurrence, Recurrence.ONCE),
		part=row.text("part") or SOCIAL,
		mark=row.text("mark"),
		confirmed_by=row.text("confirmed_by"),
		confirmed_on=row.day("confirmed_on"),
		note=row.text("note"),
	)
	if rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from:
		raise row.bad(
			_("Deadline rule {code} (row {row}): it ends on {last}, before it begins on {first}."),
			first=rule.valid_from,
			last=rule.valid_to,
		)
	if rule.trigger == rule.done_fact:
		raise row.bad(
			_("Deadline rule {code} (row {row}): the fact “{fact}” both starts the term and closes it."),
			fact=rule.trigger,
		)
	return rule


def _refuse_overlaps(rows: Sequence[_Row], rules: Sequence[DeadlineRule]) -> None:
	"""Two versions in force on one day would give one step two ends."""
	ordered = sorted(
		zip(rules, rows, strict=True), key=lambda pair: (pair[0].code, pair[0].valid_from or date.min)
	)
	for (earlier, _earlier_row), (later, later_row) in pairwise(ordered):
		if earlier.code == later.code and later.in_force(earlier.valid_to or date.max):
			raise later_row.bad(
				_("Deadline rule {code} (row {row}): two versions of it hold on the same day ({day})."),
				day=later.valid_from or earlier.valid_to or "-",
			)


def _refuse_broken_chains(rows: Sequence[_Row], rules: Sequence[DeadlineRule]) -> None:
	closed_by: dict[str, set[str]] = {}
	for rule in rules:
		closed_by.setdefault(rule.code, set()).add(rule.done_fact)
	for row, rule in zip(rows, rules, strict=True):
		if not rule.follows:
			continue
		# A previous step missing from the rows may be switched off: its fact still starts the clock.
		if rule.follows in closed_by and rule.trigger not in closed_by[rule.follows]:
			raise row.bad(
				_(
					"Deadline rule {code} (row {row}): it follows {previous}, so it must start from the fact "
					"that closes that step, and not from “{fact}”."
				),
				previous=rule.follows,
				fact=rule.trigger,
			)
