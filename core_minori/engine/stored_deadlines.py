"""What changes in the stored deadlines of a case when its facts or the rules change, and what the history says of it.

All moments are Rome's wall clock without a zone, as they are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from core_minori.engine.deadlines import Deadline, State, done_state

DONE = (State.DONE, State.DONE_LATE)


class Event(str, Enum):
	"""What a row of the history tells."""

	STARTED = "Started"
	MOVED = "Moved"
	LEFT = "Trigger Moved, Left"
	DONE = "Done"
	REOPENED = "Reopened"
	CANCELLED = "Cancelled"


@dataclass(frozen=True)
class Clock:
	"""The values of a deadline that are stored and change."""

	trigger_at: datetime
	due_at: datetime
	done_at: datetime | None
	state: State


@dataclass(frozen=True)
class Stored:
	"""A stored deadline. `told_trigger` is the trigger that the history last named for one that was left as it is."""

	name: str
	code: str
	occurrence: str
	clock: Clock
	told_trigger: datetime | None = None


@dataclass(frozen=True)
class Change:
	"""A row of the history."""

	event: Event
	from_due: datetime | None = None
	to_due: datetime | None = None
	trigger_was: datetime | None = None
	trigger_is: datetime | None = None


@dataclass(frozen=True)
class Step:
	"""One deadline to be made (`stored` is None) or brought up to date, and what the history says of it.

	`deadline` is None when the facts and the rules no longer give it.
	"""

	stored: Stored | None
	deadline: Deadline | None
	clock: Clock
	changes: tuple[Change, ...] = ()


def clock_of(deadline: Deadline) -> Clock:
	"""The values of a computed deadline as they are stored."""
	return Clock(
		deadline.trigger_at.replace(tzinfo=None),
		deadline.due_at.replace(tzinfo=None),
		deadline.done_at.replace(tzinfo=None) if deadline.done_at else None,
		deadline.state,
	)


def steps(stored: Iterable[Stored], computed: Sequence[Deadline]) -> list[Step]:
	"""Return one step for each deadline of a case: those to be made, and all that are stored.

	A done one keeps its start and its end whatever moves afterwards, and the history tells that its trigger moved,
	once for each move. One that was done and no longer is, is open again. What is not given any more is cancelled,
	unless it was done. What was needless from the beginning is not made at all.
	"""
	kept = {(one.code, one.occurrence): one for one in stored}
	found = []
	for deadline in computed:
		one = kept.pop((deadline.rule.code, deadline.occurrence), None)
		new = clock_of(deadline)
		if one:
			found.append(_brought_up_to_date(one, deadline, new))
		elif new.state is not State.CANCELLED:
			found.append(Step(None, deadline, new, _beginning(new)))
	found.extend(_no_longer_given(one) for one in kept.values())
	return found


def _beginning(new: Clock) -> tuple[Change, ...]:
	started = Change(Event.STARTED, to_due=new.due_at, trigger_is=new.trigger_at)
	return (started, Change(Event.DONE, to_due=new.due_at)) if new.state in DONE else (started,)


def _brought_up_to_date(one: Stored, deadline: Deadline, new: Clock) -> Step:
	old = one.clock
	if old.state in DONE and new.state in DONE:
		return _stays_done(one, deadline, new)
	changes = []
	if old.state in DONE:
		event = Event.CANCELLED if new.state is State.CANCELLED else Event.REOPENED
		changes.append(_moved(event, old, new))
	elif old.state is not State.CANCELLED and new.state is State.CANCELLED:
		changes.append(_moved(Event.CANCELLED, old, new))
	elif old.state is State.CANCELLED and new.state is not State.CANCELLED:
		changes.append(_moved(Event.REOPENED, old, new))
	elif old.state is not State.CANCELLED and (old.due_at, old.trigger_at) != (new.due_at, new.trigger_at):
		changes.append(_moved(Event.MOVED, old, new))
	if new.state in DONE:
		changes.append(Change(Event.DONE, to_due=new.due_at))
	return Step(one, deadline, new, tuple(changes))


def _stays_done(one: Stored, deadline: Deadline, new: Clock) -> Step:
	old = one.clock
	changes = []
	if new.trigger_at != (one.told_trigger or old.trigger_at):
		changes.append(Change(Event.LEFT, old.due_at, old.due_at, old.trigger_at, new.trigger_at))
	state = old.state
	if new.done_at != old.done_at:
		# Somebody corrected the day of what was done: it is judged by the end it was done against.
		state = done_state(deadline.rule.unit, old.due_at, new.done_at)
		changes.append(Change(Event.DONE, to_due=old.due_at))
	return Step(one, deadline, Clock(old.trigger_at, old.due_at, new.done_at, state), tuple(changes))


def _no_longer_given(one: Stored) -> Step:
	old = one.clock
	if old.state in (*DONE, State.CANCELLED):
		return Step(one, None, old)
	change = Change(Event.CANCELLED, old.due_at, old.due_at, old.trigger_at, old.trigger_at)
	return Step(one, None, Clock(old.trigger_at, old.due_at, None, State.CANCELLED), (change,))


def _moved(event: Event, old: Clock, new: Clock) -> Change:
	return Change(event, old.due_at, new.due_at, old.trigger_at, new.trigger_at)
