"""What the history of a stored deadline says when facts and rules change."""

from datetime import date, datetime

from core_minori.engine.deadlines import deadlines_for, rules_from_rows
from core_minori.engine.stored_deadlines import Clock, Event, Stored, clock_of, steps

ROW = {
	"code": "sample",
	"title": "Sample step",
	"trigger": "begun",
	"amount": 3,
	"unit": "Calendar Days",
	"kind": "Owed",
	"done_fact": "ended",
	"cancel_fact": "gone",
	"notice_hours": 0,
	"source": "Sample law",
}
NOW = datetime(2026, 7, 2, 12)
BEGUN = datetime(2026, 7, 1, 9)


def compare(stored: list[Stored], facts: dict, now: datetime = NOW, **changes):
	rules = rules_from_rows([ROW | changes])
	return steps(stored, deadlines_for(facts, rules, now))


def kept(facts: dict, now: datetime = NOW, told: datetime | None = None, **changes) -> Stored:
	"""The deadline that these facts gave, as it was stored."""
	(deadline,) = deadlines_for(facts, rules_from_rows([ROW | changes]), now)
	return Stored("CDL-1", "sample", "1", clock_of(deadline), told)


def one(stored: Stored, facts: dict, now: datetime = NOW, **changes):
	(step,) = compare([stored], facts, now, **changes)
	return step


def events(step) -> list[str]:
	return [change.event.value for change in step.changes]


def test_a_new_one_is_started_and_one_done_at_once_says_both():
	(step,) = compare([], {"begun": BEGUN})
	assert step.stored is None
	assert (events(step), step.clock.due_at) == (["Started"], datetime(2026, 7, 4, 23, 59))
	(step,) = compare([], {"begun": BEGUN, "ended": date(2026, 7, 2)})
	assert (events(step), step.clock.state.value) == (["Started", "Done"], "Done")


def test_what_is_needless_from_the_beginning_is_not_made():
	assert compare([], {"begun": BEGUN, "gone": date(2026, 7, 1)}) == []


def test_nothing_changes_when_nothing_moved():
	facts = {"begun": BEGUN}
	step = one(kept(facts), facts)
	assert (step.changes, step.clock) == ((), kept(facts).clock)


def test_an_open_one_moves_with_its_trigger():
	step = one(kept({"begun": BEGUN}), {"begun": datetime(2026, 7, 2, 9)})
	(change,) = step.changes
	assert change.event is Event.MOVED
	assert (change.from_due, change.to_due) == (datetime(2026, 7, 4, 23, 59), datetime(2026, 7, 5, 23, 59))
	assert (change.trigger_was, change.trigger_is) == (BEGUN, datetime(2026, 7, 2, 9))
	assert step.clock.due_at == datetime(2026, 7, 5, 23, 59)


def test_the_clock_alone_is_no_event():
	facts = {"begun": BEGUN}
	step = one(kept(facts), facts, datetime(2026, 7, 6))
	assert (step.changes, step.clock.state.value) == ((), "Overdue")


def test_a_done_one_stays_and_tells_each_move_once():
	facts = {"begun": BEGUN, "ended": date(2026, 7, 2)}
	moved = facts | {"begun": datetime(2026, 6, 20, 9)}
	stored = kept(facts)
	step = one(stored, moved)
	assert events(step) == ["Trigger Moved, Left"]
	assert step.clock == stored.clock
	# The next look at the same facts tells nothing new.
	again = Stored("CDL-1", "sample", "1", stored.clock, datetime(2026, 6, 20, 9))
	assert one(again, moved).changes == ()
	# Moved back: that is a move as well.
	assert events(one(again, facts)) == ["Trigger Moved, Left"]


def test_the_day_it_was_done_is_judged_by_the_end_it_was_done_against():
	facts = {"begun": BEGUN, "ended": date(2026, 7, 2)}
	# Trigger moved to August since; the day of the step is corrected to the 6th: two days after the old end.
	corrected = {"begun": datetime(2026, 8, 1, 9), "ended": date(2026, 7, 6)}
	step = one(kept(facts), corrected, datetime(2026, 8, 2))
	assert events(step) == ["Trigger Moved, Left", "Done"]
	assert (step.clock.state.value, step.clock.due_at) == ("Done Late", datetime(2026, 7, 4, 23, 59))


def test_done_by_its_fact_and_open_again_without_it():
	facts = {"begun": BEGUN}
	done = facts | {"ended": date(2026, 7, 2)}
	assert events(one(kept(facts), done)) == ["Done"]
	step = one(kept(done), facts)
	assert (events(step), step.clock.state.value, step.clock.done_at) == (["Reopened"], "Open", None)
	# Moved and done in one go: both are told.
	both = {"begun": datetime(2026, 7, 2, 9), "ended": date(2026, 7, 2)}
	assert events(one(kept(facts), both)) == ["Moved", "Done"]


def test_cancelled_and_reopened():
	facts = {"begun": BEGUN}
	gone = facts | {"gone": date(2026, 7, 2)}
	assert events(one(kept(facts), gone)) == ["Cancelled"]
	assert one(kept(gone), gone).changes == ()
	assert events(one(kept(gone), facts)) == ["Reopened"]
	assert events(one(kept(facts | {"ended": date(2026, 7, 2)}), gone)) == ["Cancelled"]


def test_what_is_not_given_any_more_is_cancelled_unless_it_was_done():
	facts = {"begun": BEGUN}
	(step,) = compare([kept(facts)], {})
	assert (events(step), step.deadline, step.clock.state.value) == (["Cancelled"], None, "Cancelled")
	done = kept(facts | {"ended": date(2026, 7, 2)})
	(step,) = compare([done], {})
	assert (step.changes, step.clock) == ((), done.clock)
	cancelled = Stored("CDL-1", "sample", "1", Clock(BEGUN, BEGUN, None, step.clock.state.CANCELLED))
	(step,) = compare([cancelled], {})
	assert step.changes == ()


def test_a_version_of_the_rule_with_another_length_moves_what_is_open():
	facts = {"begun": BEGUN}
	step = one(kept(facts), facts, amount=5)
	assert (events(step), step.clock.due_at) == (["Moved"], datetime(2026, 7, 6, 23, 59))
	done = facts | {"ended": date(2026, 7, 2)}
	step = one(kept(done), done, amount=5)
	assert (step.changes, step.clock.due_at) == ((), datetime(2026, 7, 4, 23, 59))
