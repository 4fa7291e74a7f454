"""Where a minor lives: one place after the other."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.message import RuleError
from core_minori.engine.placements import (
	CLOSED,
	STATE_OF_REASON,
	Stay,
	check_approval,
	check_history,
	check_moments,
	check_step,
	days_in_first_reception,
	end_reason_for,
	needs_approval,
	running,
	state_of,
)

NOON = datetime(2026, 3, 1, 12)
FIRST, SECOND = "First Reception", "Second Reception"


def at(days: float) -> datetime:
	return NOON + timedelta(days=days)


def stay(
	starts: float, ends: float | None, status: str = "Placed", level: str = FIRST, reason: str = ""
) -> Stay:
	return Stay(f"PLC-{starts}", at(starts), None if ends is None else at(ends), status, level, reason)


def refused(rule: str, function, *args) -> RuleError:
	with pytest.raises(RuleError) as found:
		function(*args)
	assert found.value.finding.rule == rule
	return found.value


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8, unique=True))
def test_places_that_follow_each_other_are_a_history(days):
	days = sorted(days)
	stays = [stay(first, then, "Transferred") for first, then in pairwise(days)]
	stays.append(stay(days[-1], None))
	check_history(list(reversed(stays)))
	assert running(stays) is stays[-1]
	if len(days) > 1:
		late = [stay(days[0], days[1] - 0.5, "Transferred"), *stays[1:]]
		assert "nobody knows" in str(refused("placement-gap", check_history, late))
		early = [stay(days[0], days[1] + 0.5, "Transferred"), *stays[1:]]
		refused("placement-overlap", check_history, early)


def test_two_running_placements_are_two_at_once():
	refused("placement-overlap", check_history, [stay(0, None), stay(3, None)])
	refused("placement-overlap", check_history, [stay(0, None), stay(0, None)])


@pytest.mark.parametrize(
	("status", "reason", "may"),
	[
		("Absconded", "Absconded", True),
		("Discharged", CLOSED, True),
		("Discharged", "To a Family", False),
		("Transferred", "Moved to Another Facility", False),
	],
)
def test_only_a_missing_minor_and_a_closed_case_leave_a_gap(status, reason, may):
	stays = [stay(0, 5, status, reason=reason), stay(9, None)]
	if may:
		check_history(stays)
	else:
		refused("placement-gap", check_history, stays)


def test_the_state_follows_from_the_end():
	assert state_of("Transferred", None, None) == "Placed"
	assert state_of("Requested", None, None) == "Requested"
	assert state_of("Placed", NOON, None) == "Discharged"
	for reason, state in STATE_OF_REASON.items():
		assert state_of("Placed", NOON, reason) == state


def test_steps_are_taken_one_after_the_other():
	for path in (
		("", "Requested", "Assigned", "Placed", "Transferred"),
		("", "Requested", "Declined"),
		("", "Placed", "Absconded", "Placed", "Discharged"),
	):
		for before, after in pairwise(path):
			check_step(before, after)
	for before, after in (
		("", "Assigned"),
		("", "Declined"),
		("Declined", "Placed"),
		("Placed", "Requested"),
	):
		refused("placement-step", check_step, before, after)


def test_moments_lie_behind_and_in_order():
	check_moments(at(0), at(1), at(2))
	check_moments(at(2), None, at(2))
	for starts, ends in ((None, None), (at(3), None), (at(0), at(3)), (at(1), at(0)), (at(1), at(1))):
		refused("placement-dates", check_moments, starts, ends, at(2))


def test_the_unit_approves_the_way_into_second_reception_only():
	for level in (SECOND, "Family Community", "Semi-autonomy"):
		assert needs_approval(level, FIRST)
		assert needs_approval(level, "")
		assert not needs_approval(level, SECOND)
	assert not needs_approval(FIRST, SECOND)
	assert not needs_approval(None, FIRST)
	check_approval("a", "b")
	refused("placement-approval", check_approval, "a", "a")


def test_the_end_says_where_the_minor_went():
	assert end_reason_for("Facility", SECOND, FIRST) == "Moved to Second Reception"
	assert end_reason_for("Facility", "Semi-autonomy", SECOND) == "Moved to Another Facility"
	assert end_reason_for("Facility", FIRST, FIRST) == "Moved to Another Facility"
	assert end_reason_for("Foster Family", None, SECOND) == "Foster Care"
	assert all(
		end_reason_for(living, None, None) in STATE_OF_REASON
		for living in ("Facility", "Family", "Foster Family", "Independent", "")
	)


def test_days_in_first_reception_leave_out_where_the_minor_was_missing():
	stays = [
		stay(0, 10, "Absconded"),
		stay(15, 30, "Transferred"),
		stay(30, None, level=SECOND),
	]
	assert days_in_first_reception(stays, at(0), at(100)) == 25
	assert days_in_first_reception([stay(0, None)], at(0), at(46)) == 46
	assert days_in_first_reception([stay(0, None)], at(0), at(46), at(20)) == 20
	# From a register: the history begins in second reception, the entry is known from before.
	assert days_in_first_reception([stay(40, None, level=SECOND)], at(0), at(100)) == 40
	assert days_in_first_reception([], at(0), at(7)) == 7
	assert days_in_first_reception([stay(0, None, level="")], None, at(9)) is None
