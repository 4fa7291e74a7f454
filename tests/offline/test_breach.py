"""The clock of a breach, its steps and its reminders."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine import breach as rule
from core_minori.engine.breach import Breach, check_breach, due_at, hours_left, is_late, reminder, state_of
from core_minori.engine.message import RuleError

START = datetime(2026, 3, 2, 9, 30)
NOW = datetime(2026, 3, 10, 12, 0)


def breach(**values) -> Breach:
	return Breach(**{"discovered_at": START, **values})


@pytest.mark.parametrize(
	("discovered", "due"),
	[
		(datetime(2026, 3, 2, 9, 30), datetime(2026, 3, 5, 9, 30)),
		# over Easter: a term in hours stops for no holiday
		(datetime(2026, 4, 3, 18, 0), datetime(2026, 4, 6, 18, 0)),
		# the clocks go forward on 29 March and back on 25 October: 72 hours are 72 hours
		(datetime(2026, 3, 28, 12, 0), datetime(2026, 3, 31, 13, 0)),
		(datetime(2026, 10, 24, 12, 0), datetime(2026, 10, 27, 11, 0)),
		(datetime(2024, 2, 27, 0, 1), datetime(2024, 3, 1, 0, 1)),
	],
)
def test_the_authority_is_notified_within_72_elapsed_hours(discovered, due):
	assert due_at(discovered).replace(tzinfo=None) == due


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.integers(0, 60 * 24 * 10))
def test_a_minute_more_is_a_minute_less(discovered, minutes):
	later = due_at(discovered) - timedelta(minutes=minutes)
	assert hours_left(discovered, later) == pytest.approx(minutes / 60)


def test_late_is_after_the_last_minute_and_not_at_it():
	due = START + timedelta(hours=72)
	assert not is_late(breach(notified_at=due), NOW)
	assert is_late(breach(notified_at=due + timedelta(minutes=1)), NOW)
	assert is_late(breach(), NOW)
	assert not is_late(breach(not_to_notify=True), NOW)


@pytest.mark.parametrize(
	("values", "state"),
	[
		({}, rule.OPEN),
		({"notified_at": START}, rule.NOTIFIED),
		({"not_to_notify": True}, rule.NOT_NOTIFIED),
		({"notified_at": START, "closed_at": NOW}, rule.CLOSED),
	],
)
def test_the_state_follows_from_what_is_filled_in(values, state):
	assert state_of(breach(**values)) == state


FULL = {
	"risk": "Possible",
	"notified_at": START + timedelta(hours=5),
	"consequences": "x",
	"measures": "y",
	"closed_at": NOW,
}


@pytest.mark.parametrize(
	("code", "values"),
	[
		("breach-future", {"discovered_at": NOW + timedelta(minutes=1)}),
		("breach-moment", {"notified_at": START - timedelta(minutes=1)}),
		("breach-moment", {"people_told_at": NOW + timedelta(days=1)}),
		("breach-completed", {"completed_at": START + timedelta(hours=1)}),
		(
			"breach-completed",
			{"notified_at": START + timedelta(hours=2), "completed_at": START + timedelta(hours=1)},
		),
		("breach-both", {"not_to_notify": True, "notified_at": START}),
		("breach-not-notified", {"not_to_notify": True, "risk": "Possible", "not_notified_reason": "x"}),
		("breach-not-notified", {"not_to_notify": True, "risk": "Unlikely", "not_notified_reason": " "}),
		("breach-late", {"notified_at": START + timedelta(hours=73)}),
		("breach-open", {"closed_at": NOW}),
		("breach-documented", {**FULL, "measures": " "}),
		("breach-documented", {**FULL, "risk": ""}),
		("breach-preliminary", {**FULL, "notification_kind": "Preliminary"}),
		("breach-people", {**FULL, "risk": "High"}),
	],
)
def test_what_cannot_be_or_lacks_its_ground_is_refused(code, values):
	with pytest.raises(RuleError) as refused:
		check_breach(breach(**values), NOW)
	assert refused.value.finding.rule == code


@pytest.mark.parametrize(
	"values",
	[
		{},
		{"not_to_notify": True, "risk": "Unlikely", "not_notified_reason": "The disk was encrypted."},
		{"notified_at": START + timedelta(hours=73), "delay_reason": "Found on a Sunday."},
		FULL,
		{**FULL, "notification_kind": "Preliminary", "completed_at": START + timedelta(hours=90)},
		{**FULL, "risk": "High", "people_told_at": START + timedelta(hours=6)},
		{**FULL, "risk": "High", "people_reason": "The data was encrypted."},
	],
)
def test_what_is_in_order_passes(values):
	check_breach(breach(**values), NOW)


def test_officers_are_reminded_at_24_and_6_hours_and_when_it_is_over_once_each():
	sent: set[str] = set()
	heard = []
	for hour in range(0, 100):
		if name := reminder(breach(), START + timedelta(hours=hour), sent):
			sent.add(name)
			heard.append((name, hour))
	assert heard == [("24", 48), ("6", 66), ("overdue", 72)]


def test_after_a_pause_only_what_counts_is_said_and_nothing_once_it_is_notified():
	assert reminder(breach(), START + timedelta(hours=80), ()) == "overdue"
	assert reminder(breach(), START + timedelta(hours=70), ("24",)) == "6"
	assert reminder(breach(notified_at=START), START + timedelta(hours=80), ()) is None
	assert reminder(breach(not_to_notify=True), START + timedelta(hours=80), ()) is None
