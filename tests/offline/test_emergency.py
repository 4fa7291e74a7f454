"""Emergency access: how long, once at a time, and over by itself."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.emergency import (
	REASONS,
	check_end,
	check_hours,
	check_new,
	check_review,
	check_words,
	end_of,
	running_until,
	runs,
)
from core_minori.engine.message import RuleError

NOW = datetime(2026, 3, 29, 1, 30)
HOUR = timedelta(hours=1)
WORDS = ("Night or Holiday Turn", "Il pronto soccorso chiede le allergie")


def refused(rule: str, function, *arguments, **options) -> None:
	with pytest.raises(RuleError) as found:
		function(*arguments, **options)
	assert found.value.finding.rule == rule


@pytest.mark.parametrize("hours", [0, -1, 25, 10**6])
def test_hours_outside_the_limit_are_refused(hours: int) -> None:
	refused("emergency-hours", check_hours, hours, 24)


def test_a_new_access_ends_after_its_hours() -> None:
	assert check_new(NOW, 4, 24, *WORDS, others=()) == datetime(2026, 3, 29, 5, 30)


def test_reason_and_words_are_needed() -> None:
	refused("emergency-reason", check_words, "Curiosity", WORDS[1])
	refused("emergency-reason", check_words, None, WORDS[1])
	refused("emergency-details", check_words, REASONS[0], "x         ")


def test_one_at_a_time() -> None:
	running = (NOW - HOUR, NOW + HOUR, None)
	over = (NOW - 3 * HOUR, NOW - HOUR, None)
	ended = (NOW - HOUR, NOW + HOUR, NOW - HOUR / 2)
	refused("emergency-overlap", check_new, NOW, 4, 24, *WORDS, others=(over, running))
	assert check_new(NOW, 4, 24, *WORDS, others=(over, ended)) == NOW + 4 * HOUR
	assert running_until(NOW, (running, (NOW - HOUR, NOW + 2 * HOUR, None))) == NOW + 2 * HOUR


def test_the_last_instant_is_shut() -> None:
	assert runs(NOW, NOW, NOW + HOUR, None)
	assert not runs(NOW + HOUR, NOW, NOW + HOUR, None)
	assert not runs(NOW - timedelta(microseconds=1), NOW, NOW + HOUR, None)


def test_only_what_runs_is_ended() -> None:
	check_end(NOW, NOW, NOW + HOUR, None)
	refused("emergency-over", check_end, NOW + HOUR, NOW, NOW + HOUR, None)
	refused("emergency-over", check_end, NOW, NOW - HOUR, NOW + HOUR, NOW)


def test_a_review_is_somebody_elses_and_says_why() -> None:
	check_review("Justified", None, own=False)
	refused("emergency-own-review", check_review, "Justified", None, own=True)
	refused("emergency-review-note", check_review, "Not Justified", " ", own=False)


@given(
	st.integers(1, 24),
	st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
	st.integers(-(10**6), 10**6),
)
def test_never_longer_than_asked(hours: int, start: datetime, seconds: int) -> None:
	at = start + timedelta(seconds=seconds)
	assert runs(at, start, end_of(start, hours), None) == (0 <= seconds < hours * 3600)
