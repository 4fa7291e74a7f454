"""Where a minor lives, from when to when: one place after the other, without a gap and without two at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from core_minori.engine.message import Term, _, refuse

PLANNED = ("Requested", "Assigned", "Declined")
RUNNING = "Placed"
ENDED = ("Transferred", "Discharged", "Absconded")

FIRST_RECEPTION = "First Reception"
# A place in one of these is the second reception, whatever it is called.
SECOND_RECEPTION = ("Second Reception", "Family Community", "Semi-autonomy")

# What ends a placement, and the state it leaves it in.
CLOSED = "Case Closed"
STATE_OF_REASON: dict[str, str] = {
	"Moved to Second Reception": "Transferred",
	"Moved to Another Facility": "Transferred",
	"To a Family": "Discharged",
	"Foster Care": "Discharged",
	"To an Own Home": "Discharged",
	"Came of Age": "Discharged",
	CLOSED: "Discharged",
	"Absconded": "Absconded",
	"Other": "Discharged",
}

_STEPS: dict[str, tuple[str, ...]] = {
	"": ("Requested", RUNNING, *ENDED),
	"Requested": ("Assigned", "Declined", RUNNING),
	"Assigned": ("Declined", RUNNING),
	RUNNING: ENDED,
	# What was ended by mistake goes on, as long as nothing else began meanwhile.
	"Transferred": (RUNNING, "Discharged", "Absconded"),
	"Discharged": (RUNNING, "Transferred", "Absconded"),
	"Absconded": (RUNNING, "Transferred", "Discharged"),
}


@dataclass(frozen=True)
class Stay:
	"""One placement that began: `key` names it in messages; `ends` is None while it runs."""

	key: str
	starts: datetime
	ends: datetime | None
	status: str
	level: str = ""
	end_reason: str = ""


def state_of(status: str, ends: datetime | None, end_reason: str | None) -> str:
	"""State of a placement as its end says: an ended one is what its reason makes it, one without an end runs."""
	if status in PLANNED:
		return status
	if ends is None:
		return RUNNING
	return STATE_OF_REASON.get(end_reason or "", status if status in ENDED else "Discharged")


def check_step(before: str, after: str) -> None:
	"""A placement goes from request to arrival to its end, and skips nothing. Raises RuleError."""
	if before != after and after not in _STEPS.get(before, ()):
		raise refuse(
			"placement-step",
			_("A placement does not go from {before} to {after}."),
			_("Use the button of the next step, or make a new placement."),
			before=Term(before or "New"),
			after=Term(after),
		)


def check_moments(starts: datetime | None, ends: datetime | None, now: datetime) -> None:
	"""A stay has a start, ends after it, and neither lies ahead. Raises RuleError."""
	if starts is None:
		raise refuse(
			"placement-dates",
			_("The placement has no day and hour of arrival."),
			_("Write when the minor arrived."),
		)
	for moment in (starts, ends):
		if moment and moment > now:
			raise refuse(
				"placement-dates",
				_("{moment} is in the future: only what happened is recorded here."),
				_("Ask for the place now, and record the arrival when the minor is there."),
				moment=moment,
			)
	if ends and ends <= starts:
		raise refuse(
			"placement-dates",
			_("The placement ends ({ends}) before it begins ({starts})."),
			_("Correct one of the two moments."),
			ends=ends,
			starts=starts,
		)


def check_history(stays: Sequence[Stay]) -> None:
	"""No two stays at once, and no time without a place, unless the minor was missing or the case closed.

	Raises RuleError naming the two placements.
	"""
	row = sorted(stays, key=lambda stay: stay.starts)
	for earlier, later in pairwise(row):
		if earlier.ends is None or later.starts < earlier.ends:
			raise refuse(
				"placement-overlap",
				_("{later} begins on {starts}, while {earlier} still runs."),
				_("End the earlier placement first, or correct the day and hour."),
				later=later.key,
				earlier=earlier.key,
				starts=later.starts,
			)
		if later.starts > earlier.ends and not _may_be_followed_by_a_gap(earlier):
			raise refuse(
				"placement-gap",
				_(
					"From {ends} to {starts} nobody knows where the minor lived: {earlier} ends and {later} comes later."
				),
				_("Make one begin when the other ends, or end the first as Absconded."),
				later=later.key,
				earlier=earlier.key,
				ends=earlier.ends,
				starts=later.starts,
			)


def running(stays: Sequence[Stay]) -> Stay | None:
	"""The stay that goes on, None when there is none."""
	return next((stay for stay in stays if stay.ends is None), None)


def end_reason_for(living_arrangement: str, level: str | None, before_level: str | None) -> str:
	"""Why a stay ends when the minor moves on to this place."""
	if living_arrangement == "Facility":
		second = level in SECOND_RECEPTION and before_level not in SECOND_RECEPTION
		return "Moved to Second Reception" if second else "Moved to Another Facility"
	return {"Family": "To a Family", "Foster Family": "Foster Care", "Independent": "To an Own Home"}.get(
		living_arrangement, "Other"
	)


def needs_approval(level: str | None, before_level: str | None) -> bool:
	"""Whether the protection unit approves this move: from anywhere else into the second reception."""
	return level in SECOND_RECEPTION and before_level not in SECOND_RECEPTION


def check_approval(requested_by: str | None, approved_by: str) -> None:
	"""Who asks for a move does not approve it. Raises RuleError."""
	if requested_by == approved_by:
		raise refuse(
			"placement-approval",
			_("You asked for this move yourself."),
			_("Have it approved by the protection unit or by another coordinator."),
		)


def refuse_unapproved() -> Exception:
	"""The error of a move to the second reception that nobody approved."""
	return refuse(
		"placement-approval",
		_("A move to the second reception is approved by the protection unit first."),
		_("Use Move: the request goes to the protection unit."),
	)


def days_in_first_reception(
	stays: Sequence[Stay], entered: datetime | None, now: datetime, closed: datetime | None = None
) -> int | None:
	"""Days begun in first reception so far, the first day not counted; None for who was never there.

	The time between the entry into reception and the first placement on record counts as well: a case that comes from a
	register has no earlier one. Time in which the minor was missing does not.
	"""
	end_of_all = closed or now
	total = timedelta()
	spent = False
	for stay in stays:
		if stay.level == FIRST_RECEPTION:
			spent = True
			total += max((stay.ends or end_of_all) - stay.starts, timedelta())
	first = min((stay.starts for stay in stays), default=end_of_all)
	if entered and entered < first:
		spent = True
		total += first - entered
	return total.days if spent else None


def _may_be_followed_by_a_gap(stay: Stay) -> bool:
	return stay.status == "Absconded" or stay.end_reason == CLOSED
