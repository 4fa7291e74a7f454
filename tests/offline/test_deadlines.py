"""Deadlines: every expected moment below was worked out by hand on a calendar."""

import json
from datetime import date, datetime, timedelta, timezone
from importlib import resources

import pytest

from core_minori.engine.deadlines import (
	ROME,
	Deadline,
	DeadlineRule,
	Direction,
	Happening,
	Kind,
	Recurrence,
	State,
	Unit,
	add_months,
	add_working_days,
	deadlines_for,
	reaches_age,
	rome,
	rules_from_rows,
)
from core_minori.engine.message import RuleError, Severity

LONG_AFTER = datetime(2099, 1, 1)
ROW = {
	"code": "sample",
	"title": "Sample step",
	"trigger": "begun",
	"amount": 3,
	"unit": "Calendar Days",
	"kind": "Owed",
	"done_fact": "ended",
	"source": "Sample law",
}


@pytest.fixture(scope="module")
def rows() -> list[dict]:
	file = resources.files("core_minori.setup") / "data" / "deadline_rules.json"
	return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rules(rows) -> list[DeadlineRule]:
	return rules_from_rows(rows)


def rule(**changes) -> DeadlineRule:
	return rules_from_rows([ROW | changes])[0]


def only(facts, one_rule: DeadlineRule, now=LONG_AFTER, **more) -> Deadline:
	(deadline,) = deadlines_for(facts, [one_rule], now, **more)
	return deadline


def due(begun, **changes) -> datetime:
	"""The wall clock in Rome when the sample step is due."""
	return only({"begun": begun}, rule(**changes)).due_at.replace(tzinfo=None)


def by_code(facts, rules, now, **more) -> dict[str, Deadline]:
	found = deadlines_for(facts, rules, now, **more)
	assert len({deadline.rule.code for deadline in found}) == len(found), "two versions of one rule at once"
	return {deadline.rule.code: deadline for deadline in found}


# --- counting


def test_days_end_at_the_end_of_the_last_day():
	assert due(datetime(2026, 7, 1, 9, 30)) == datetime(2026, 7, 4, 23, 59)
	assert due(date(2026, 7, 1)) == datetime(2026, 7, 4, 23, 59)
	assert due(date(2026, 7, 1), amount=0) == datetime(2026, 7, 1, 23, 59)
	# Across the night of 29 March 2026, which has 23 hours: still midnight minus one minute.
	assert due(datetime(2026, 3, 27, 9)) == datetime(2026, 3, 30, 23, 59)


def test_hours_when_the_clocks_go_forward():
	# 29 March 2026: 02:00 becomes 03:00. 24 hours after Saturday noon is Sunday at one.
	assert due(datetime(2026, 3, 28, 12), unit="Hours", amount=24) == datetime(2026, 3, 29, 13)
	assert due(datetime(2026, 3, 28, 12), unit="Hours", amount=14) == datetime(2026, 3, 29, 3)
	# A moment that the clocks skip is read as one hour later: 02:30 is 03:30.
	assert due(datetime(2026, 3, 29, 2, 30), unit="Hours", amount=1) == datetime(2026, 3, 29, 4, 30)


def test_hours_when_the_clocks_go_back():
	# 25 October 2026: 03:00 becomes 02:00. 24 hours after Saturday noon is Sunday at eleven.
	assert due(datetime(2026, 10, 24, 12), unit="Hours", amount=24) == datetime(2026, 10, 25, 11)
	ends = only({"begun": datetime(2026, 10, 24, 2, 30)}, rule(unit="Hours", amount=25)).due_at
	assert (ends.hour, ends.minute, ends.utcoffset()) == (2, 30, timedelta(hours=1))


def test_late_by_half_an_hour_inside_the_doubled_hour():
	# Due at the first 02:45 (summer time); done at the second 02:15, which is half an hour later.
	done = datetime(2026, 10, 25, 2, 15, tzinfo=ROME, fold=1)
	facts = {"begun": datetime(2026, 10, 24, 2, 45), "ended": done}
	deadline = only(facts, rule(unit="Hours", amount=24))
	assert deadline.due_at.utcoffset() == timedelta(hours=2)
	assert deadline.state is State.DONE_LATE


def test_moments_of_another_zone_become_rome():
	utc = datetime(2026, 7, 1, 22, 30, tzinfo=timezone.utc)  # 2 July 00:30 in Rome
	assert rome(utc).replace(tzinfo=None) == datetime(2026, 7, 2, 0, 30)
	assert due(utc) == datetime(2026, 7, 5, 23, 59)
	assert due(utc, unit="Hours", amount=24) == datetime(2026, 7, 3, 0, 30)


def test_working_days_at_easter_2026():
	# Thursday 2 April: Friday (Good Friday is a working day in Italy), then Tuesday 7 and Wednesday 8,
	# because Sunday 5 and Monday 6 are Easter.
	assert due(datetime(2026, 4, 2, 16), unit="Working Days") == datetime(2026, 4, 8, 23, 59)
	# Begun on Easter Sunday itself: Tuesday, Wednesday, Thursday.
	assert due(date(2026, 4, 5), unit="Working Days") == datetime(2026, 4, 9, 23, 59)
	# Friday 29 May 2026: Monday 1, Wednesday 3 (Tuesday 2 June is the Republic), Thursday 4.
	assert due(date(2026, 5, 29), unit="Working Days") == datetime(2026, 6, 4, 23, 59)
	# Across New Year, a holiday: Wednesday 30 December 2026, then 31, Monday 4 January, Tuesday 5.
	assert due(date(2026, 12, 30), unit="Working Days") == datetime(2027, 1, 5, 23, 59)


def test_working_days_with_the_caller_s_holidays():
	# 29 June 2026, a Monday, is the feast of Rome; Friday 26 begins.
	assert add_working_days(date(2026, 6, 26), 1) == date(2026, 6, 29)
	assert add_working_days(date(2026, 6, 26), 1, {date(2026, 6, 29)}) == date(2026, 6, 30)
	one_rule = rule(unit="Working Days", amount=1)
	ends = only({"begun": date(2026, 6, 26)}, one_rule, holidays={date(2026, 6, 29)}).due_at
	assert ends.date() == date(2026, 6, 30)
	# An empty calendar is a calendar: Easter Monday counts then.
	assert add_working_days(date(2026, 4, 3), 1, ()) == date(2026, 4, 6)


def test_before_a_fact():
	assert due(datetime(2026, 7, 10, 9), direction="Before") == datetime(2026, 7, 7, 23, 59)
	# Two working days before Wednesday 8 April 2026: Tuesday 7, Friday 3.
	assert due(date(2026, 4, 8), direction="Before", unit="Working Days", amount=2).date() == date(2026, 4, 3)
	# Three hours before Sunday 29 March 04:00 summer time are two on the wall clock and one that was skipped.
	assert due(datetime(2026, 3, 29, 4), direction="Before", unit="Hours").hour == 0
	assert due(date(2026, 5, 31), direction="Before", unit="Months") == datetime(2026, 2, 28, 23, 59)


def test_months_stop_at_the_end_of_a_short_month():
	assert add_months(date(2025, 8, 31), 6) == date(2026, 2, 28)
	assert add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
	assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
	assert add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)
	assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 30)
	assert due(date(2026, 1, 31), unit="Months", amount=1) == datetime(2026, 2, 28, 23, 59)


def test_ages():
	assert reaches_age(date(2008, 5, 4), 18) == date(2026, 5, 4)
	assert reaches_age(date(2008, 2, 29), 18) == date(2026, 3, 1)
	assert reaches_age(date(2008, 2, 29), 20) == date(2028, 2, 29)
	assert reaches_age(date(2008, 8, 31), 17, 6) == date(2026, 3, 1)
	assert reaches_age(date(2008, 5, 4), 17, 6) == date(2025, 11, 4)
	assert due(date(2008, 5, 4), unit="Age Years", amount=17) == datetime(2025, 5, 4, 23, 59)
	assert due(date(2008, 5, 4), unit="Age Months", amount=210) == datetime(2025, 11, 4, 23, 59)


def test_before_an_age_is_the_day_before():
	eighteen = {"unit": "Age Years", "amount": 18, "direction": "Before"}
	assert due(date(2008, 5, 4), **eighteen) == datetime(2026, 5, 3, 23, 59)
	assert due(date(2008, 2, 29), **eighteen) == datetime(2026, 2, 28, 23, 59)
	assert due(date(2009, 1, 1), **eighteen) == datetime(2026, 12, 31, 23, 59)


# --- state


@pytest.mark.parametrize(
	("now", "owed", "waited"),
	[
		(datetime(2026, 7, 1, 10), State.OPEN, State.WAITING),
		(datetime(2026, 7, 10, 23, 58), State.OPEN, State.WAITING),
		(datetime(2026, 7, 10, 23, 59), State.DUE_SOON, State.WAITING),
		(datetime(2026, 7, 11, 23, 59, 59), State.DUE_SOON, State.WAITING),
		(datetime(2026, 7, 12, 0, 0), State.OVERDUE, State.TERM_PASSED),
	],
)
def test_owed_is_overdue_and_waited_for_never_is(now, owed, waited):
	facts = {"begun": datetime(2026, 7, 1, 10)}  # ten days: 11 July 23:59
	changes = {"amount": 10, "notice_hours": 24}
	assert only(facts, rule(**changes), now).state is owed
	assert only(facts, rule(**changes, kind="Waited For"), now).state is waited


@pytest.mark.parametrize("kind", ["Owed", "Waited For"])
def test_done_on_time_and_done_late(kind):
	for ended, state in (
		(datetime(2026, 7, 4, 23, 59, 30), State.DONE),
		(date(2026, 7, 4), State.DONE),
		(date(2026, 6, 1), State.DONE),
		(datetime(2026, 7, 5, 0, 0), State.DONE_LATE),
		(date(2026, 7, 5), State.DONE_LATE),
	):
		assert only({"begun": date(2026, 7, 1), "ended": ended}, rule(kind=kind)).state is state


def test_hours_are_late_from_the_first_minute():
	facts = {"begun": datetime(2026, 7, 1, 10)}
	one_rule = rule(unit="Hours", amount=24, notice_hours=6)
	assert only(facts, one_rule, datetime(2026, 7, 2, 3, 59)).state is State.OPEN
	assert only(facts, one_rule, datetime(2026, 7, 2, 10)).state is State.DUE_SOON
	assert only(facts, one_rule, datetime(2026, 7, 2, 10, 1)).state is State.OVERDUE
	assert only(facts | {"ended": datetime(2026, 7, 2, 10)}, one_rule).state is State.DONE
	assert only(facts | {"ended": datetime(2026, 7, 2, 10, 1)}, one_rule).state is State.DONE_LATE


def test_a_fact_planned_for_later_closes_nothing_yet():
	facts = {"begun": date(2026, 7, 1), "ended": datetime(2026, 7, 3, 9)}
	before = only(facts, rule(notice_hours=0), datetime(2026, 7, 2, 9))
	assert (before.state, before.done_at) == (State.OPEN, None)
	after = only(facts, rule(notice_hours=0), datetime(2026, 7, 3, 9))
	assert after.state is State.DONE
	assert after.done_at == datetime(2026, 7, 3, 9, tzinfo=ROME)


def test_cancelled():
	one_rule = rule(cancel_fact="gone")
	facts = {"begun": date(2026, 7, 1), "gone": date(2026, 7, 2)}
	assert only(facts, one_rule).state is State.CANCELLED
	assert only(facts, one_rule, datetime(2026, 7, 1, 12)).state is not State.CANCELLED
	assert only(facts | {"ended": date(2026, 7, 2)}, one_rule).state is State.DONE


def test_anew_when_done_each_time_closes_one_term_and_starts_the_next():
	one_rule = rule(unit="Months", amount=6, recurrence="Anew When Done")
	signed = {"begun": date(2026, 1, 10)}
	assert only(signed, one_rule, datetime(2026, 2, 1)).due_at.date() == date(2026, 7, 10)
	first, again = deadlines_for(signed | {"ended": date(2026, 5, 20)}, [one_rule], datetime(2026, 6, 1))
	assert (first.due_at.date(), first.state, first.occurrence) == (date(2026, 7, 10), State.DONE, "1")
	assert (again.due_at.date(), again.state, again.done_at) == (date(2026, 11, 20), State.OPEN, None)
	assert again.occurrence != first.occurrence
	# A review of the plan before this one closes nothing.
	old = only(signed | {"ended": date(2025, 12, 1)}, one_rule, datetime(2026, 7, 11))
	assert (old.due_at.date(), old.state) == (date(2026, 7, 10), State.OVERDUE)


def happenings(*rows: tuple) -> list[Happening]:
	return [Happening(at, key) for at, key in rows]


def told(found: list[Deadline]) -> list[tuple]:
	return [
		(one.rule.code, one.occurrence, one.due_at.strftime("%d/%m/%Y"), one.state.value) for one in found
	]


def test_anew_when_done_over_several_reviews_and_a_new_plan():
	one_rule = rule(unit="Months", amount=6, recurrence="Anew When Done", notice_hours=0)
	facts = {
		"begun": happenings((date(2025, 1, 10), "PLAN-1"), (date(2026, 2, 1), "PLAN-2")),
		"ended": happenings((date(2026, 1, 20), "R-2"), (date(2025, 7, 1), "R-1"), (date(2026, 9, 1), "R-3")),
	}
	# On 1 August: reviewed in time, reviewed late, then a new plan of 1 February drops the term of the review
	# before it; the review of September is only planned, and closes nothing yet.
	assert told(deadlines_for(facts, [one_rule], datetime(2026, 7, 30))) == [
		("sample", "PLAN-1", "10/07/2025", "Done"),
		("sample", "R-1", "01/01/2026", "Done Late"),
		("sample", "PLAN-2", "01/08/2026", "Open"),
	]
	# Signed and reviewed on one day: the review belongs to the plan before.
	same = {"begun": happenings((date(2026, 2, 1), "P")), "ended": happenings((date(2026, 2, 1), "R"))}
	assert told(deadlines_for(same, [one_rule], datetime(2026, 3, 1))) == [
		("sample", "P", "01/08/2026", "Open")
	]


def test_each_record_has_its_own_clock():
	one_rule = rule(unit="Hours", amount=48, recurrence="Each Record", notice_hours=24)
	facts = {
		"begun": happenings((datetime(2026, 7, 1, 9), "A"), (datetime(2026, 7, 1, 10), "B")),
		"ended": happenings((datetime(2026, 7, 2, 8), "B")),
	}
	# What was sent of B says nothing of A.
	assert [
		(one.occurrence, one.state.value) for one in deadlines_for(facts, [one_rule], datetime(2026, 7, 4))
	] == [("A", "Overdue"), ("B", "Done")]


def test_a_second_placement_starts_the_chain_anew(rules):
	chain = [one for one in rules if one.code.startswith("403-")]
	facts = {
		"placement_403": happenings((datetime(2026, 7, 1, 10), "P1"), (datetime(2026, 7, 20, 10), "P2")),
		"report_403_sent": happenings((datetime(2026, 7, 2, 9), "S1")),
		"validation_403_requested": happenings((datetime(2026, 7, 4, 9), "V1")),
	}
	# The hearing of the first placement is nobody's any more; the second one has a report to send.
	assert told(deadlines_for(facts, chain, datetime(2026, 7, 20, 11))) == [
		("403-report", "P1", "02/07/2026", "Done"),
		("403-prosecutor", "P1", "05/07/2026", "Done"),
		("403-report", "P2", "21/07/2026", "Open"),
	]
	facts["report_403_sent"] += happenings((datetime(2026, 7, 20, 20), "S2"))
	assert told(deadlines_for(facts, chain, datetime(2026, 7, 20, 21)))[2:] == [
		("403-report", "P2", "21/07/2026", "Done"),
		("403-prosecutor", "P2", "23/07/2026", "Waiting"),
	]


def test_steps_of_a_chain_whose_beginning_is_not_written_down_have_a_clock(rules):
	chain = [one for one in rules if one.code.startswith("403-")]
	facts = {"validation_403_requested": happenings((datetime(2026, 7, 4, 9), "V"))}
	assert told(deadlines_for(facts, chain, datetime(2026, 7, 5))) == [
		("403-validation", "1", "06/07/2026", "Waiting")
	]
	# Written down afterwards, with a moment after that step: the step belongs to what came before.
	facts["placement_403"] = happenings((datetime(2026, 7, 4, 10), "P"))
	assert told(deadlines_for(facts, chain, datetime(2026, 7, 4, 11))) == [
		("403-report", "P", "05/07/2026", "Open")
	]


def test_an_appeal_belongs_to_the_chain_that_is_there(rules):
	facts = {"appeal_filed": happenings((datetime(2026, 7, 10, 9), "A"))}
	assert deadlines_for(facts, rules, datetime(2026, 7, 11)) == []
	facts["age_assessment_ordered"] = happenings((datetime(2026, 5, 1, 9), "O"))
	facts["age_assessment_concluded"] = happenings((datetime(2026, 7, 1, 9), "C"))
	assert told(deadlines_for(facts, rules, datetime(2026, 7, 11))) == [
		("age-assessment", "O", "30/06/2026", "Done Late"),
		("age-appeal", "O", "11/07/2026", "Done"),
		("age-appeal-decision", "O", "20/07/2026", "Waiting"),
	]


def test_a_closed_case_owes_nothing_but_what_is_owed_to_a_prosecutor():
	facts = {"begun": datetime(2026, 7, 1, 9), "case_closed": date(2026, 7, 2)}
	assert only(facts, rule()).state is State.CANCELLED
	assert only(facts, rule(part="court")).state is State.OVERDUE
	assert only(facts, rule(notice_hours=0), datetime(2026, 7, 1, 12)).state is State.OPEN
	assert only(facts | {"ended": date(2026, 7, 2)}, rule()).state is State.DONE


def test_no_trigger_no_deadline_and_the_nearest_comes_first():
	early, late = rule(code="early", amount=1), rule(code="late", amount=9)
	other = rule(code="other", trigger="never")
	found = deadlines_for({"begun": date(2026, 7, 1), "never": None}, [late, other, early], LONG_AFTER)
	assert [deadline.rule.code for deadline in found] == ["early", "late"]


def test_beneficiary():
	one_rule = rule(beneficiary="Unaccompanied Minor")
	facts = {"begun": date(2026, 7, 1)}
	assert deadlines_for(facts, [one_rule], LONG_AFTER, beneficiary="Parent") == []
	assert len(deadlines_for(facts, [one_rule], LONG_AFTER, beneficiary="Unaccompanied Minor")) == 1
	assert len(deadlines_for(facts, [one_rule], LONG_AFTER)) == 1
	assert len(deadlines_for(facts, [rule()], LONG_AFTER, beneficiary="Parent")) == 1
	# Who goes on past eighteen keeps what was owed before.
	assert len(deadlines_for(facts, [one_rule], LONG_AFTER, beneficiary="Young Adult in Prosieguo")) == 1
	minors = rule(beneficiary="Any Minor")
	held = {
		kind: len(deadlines_for(facts, [minors], LONG_AFTER, beneficiary=kind))
		for kind in ("Unaccompanied Minor", "Minor in a Family", "Parent", "Young Adult in Prosieguo")
	}
	assert held == {
		"Unaccompanied Minor": 1,
		"Minor in a Family": 1,
		"Parent": 0,
		"Young Adult in Prosieguo": 0,
	}


def test_hours_need_a_time():
	hours = rule(unit="Hours")
	with pytest.raises(RuleError) as refused:
		deadlines_for({"begun": date(2026, 7, 1)}, [hours], LONG_AFTER)
	assert refused.value.finding.rule == "deadline-needs-time"
	assert "Sample step" in str(refused.value)
	assert "begun" in str(refused.value)
	with pytest.raises(RuleError, match="ended"):
		deadlines_for({"begun": datetime(2026, 7, 1, 9), "ended": date(2026, 7, 1)}, [hours], LONG_AFTER)
	with pytest.raises(RuleError) as refused:
		deadlines_for({"begun": "2026-07-01"}, [hours], LONG_AFTER)
	assert refused.value.finding.rule == "deadline-facts"


# --- versions


def test_version_by_the_day_of_the_trigger():
	versions = rules_from_rows(
		[
			ROW | {"amount": 30, "valid_to": "2023-10-05"},
			ROW | {"amount": 45, "valid_from": "2023-10-06"},
		]
	)
	# 30 days after 5 October are 4 November; 45 days after 6 October are 20 November.
	for begun, ends in ((date(2023, 10, 5), date(2023, 11, 4)), (date(2023, 10, 6), date(2023, 11, 20))):
		(deadline,) = deadlines_for({"begun": begun}, versions, LONG_AFTER)
		assert deadline.due_at.date() == ends
	# 22:30 UTC on 5 October is already the 6th in Rome.
	(deadline,) = deadlines_for(
		{"begun": datetime(2023, 10, 5, 22, 30, tzinfo=timezone.utc)}, versions, LONG_AFTER
	)
	assert deadline.rule.amount == 45


def test_an_age_is_judged_by_the_law_of_the_day_it_is_reached():
	of_2017 = rule(unit="Age Years", amount=18, valid_from="2017-05-06")
	assert only({"begun": date(2008, 5, 4)}, of_2017).due_at.date() == date(2026, 5, 4)
	assert deadlines_for({"begun": date(1999, 5, 5)}, [of_2017], LONG_AFTER) == []


# --- reading rows


def test_rows_of_a_database_and_of_a_file_give_the_same_rule():
	from_file = ROW | {"amount": 3, "valid_from": "2023-10-06", "valid_to": None, "recurrence": "Once"}
	from_database = ROW | {
		"amount": "3",
		"valid_from": datetime(2023, 10, 6),
		"valid_to": "",
		"recurrence": None,
		"part": "",
		"severity": None,
		"direction": "",
		"name": "abc123",
		"docstatus": 0,
	}
	assert rules_from_rows([from_file]) == rules_from_rows([from_database])
	read = rules_from_rows([from_file])[0]
	assert (read.unit, read.kind, read.direction) == (Unit.CALENDAR_DAYS, Kind.OWED, Direction.AFTER)
	assert (read.severity, read.notice_hours) == (Severity.WARN, 72)
	assert read.valid_from == date(2023, 10, 6)
	assert rule(notice_hours=0).notice_hours == 0
	assert rule(recurrence="Each Time").recurrence is Recurrence.EACH_TIME
	assert (read.part, rule(part="court").part) == ("social", "court")


@pytest.mark.parametrize(
	("changes", "said"),
	[
		({"code": ""}, "code"),
		({"title": None}, "title"),
		({"trigger": " "}, "trigger"),
		({"done_fact": ""}, "done_fact"),
		({"source": ""}, "source"),
		({"unit": "Weeks"}, "Weeks"),
		({"unit": ""}, "unit"),
		({"kind": "Maybe"}, "Waited For"),
		({"direction": "Sideways"}, "Before"),
		({"severity": "Panic"}, "Block"),
		({"amount": -1}, "-1"),
		({"amount": 2.5}, "2.5"),
		({"amount": "three"}, "three"),
		({"amount": None}, "amount"),
		({"amount": 99999}, "3650"),
		({"unit": "Age Years", "amount": 500}, "120"),
		({"notice_hours": "soon"}, "notice_hours"),
		({"valid_from": "06/10/2023"}, "06/10/2023"),
		({"valid_from": "2024-01-01", "valid_to": "2023-01-01"}, "01/01/2023"),
		({"done_fact": "begun"}, "begun"),
		({"recurrence": "often"}, "often"),
	],
)
def test_a_bad_row_is_named(changes, said):
	with pytest.raises(RuleError) as refused:
		rules_from_rows([ROW | {"code": "good"}, ROW | changes])
	finding = refused.value.finding
	assert finding.rule == "deadline-rule"
	assert finding.remedy is not None
	assert "row 2" in str(refused.value)
	assert said in str(refused.value)


def test_two_versions_on_one_day_are_refused():
	first = ROW | {"valid_to": "2023-10-06"}
	with pytest.raises(RuleError, match="06/10/2023"):
		rules_from_rows([ROW | {"valid_from": "2023-10-06"}, first])
	with pytest.raises(RuleError, match="two versions"):
		rules_from_rows([ROW, ROW])
	assert len(rules_from_rows([ROW | {"valid_from": "2023-10-07"}, first])) == 2


def test_a_chain_starts_from_what_closes_the_step_before():
	step = ROW | {"code": "next", "follows": "sample", "done_fact": "closed"}
	assert len(rules_from_rows([ROW, step | {"trigger": "ended"}])) == 2
	with pytest.raises(RuleError, match="follows sample"):
		rules_from_rows([ROW, step])
	# The step before may be switched off: the chain goes on from the fact.
	assert len(rules_from_rows([step | {"trigger": "ended"}])) == 1


# --- the rules that are shipped


def test_every_row_says_where_it_comes_from(rows, rules):
	keys = set(rows[0])
	codes = {one.code for one in rules}
	for row, one in zip(rows, rules, strict=True):
		assert set(row) == keys, one.code
		assert set(row) == set(DeadlineRule.__dataclass_fields__), one.code
		assert one.mark in ("V", "V2", "unverified", "design"), one.code
		assert one.source
		assert one.responsible_role
		assert (one.confirmed_by, one.confirmed_on) == ("", None), "only a lawyer confirms"
		assert not one.follows or one.follows in codes


def test_first_days_in_reception(rules):
	# In on Friday 3 April 2026 at 18:00; Easter is the 5th.
	now = datetime(2026, 4, 8, 9)
	found = by_code({"reception_entry": datetime(2026, 4, 3, 18)}, rules, now)
	ends = {code: deadline.due_at.strftime("%d/%m %H:%M") for code, deadline in found.items()}
	assert ends == {
		"first-report": "04/04 18:00",
		"first-interview": "06/04 23:59",
		"guardianship-request": "07/04 23:59",
		"msna-census": "09/04 23:59",
		"identification": "13/04 23:59",
		"guardian-watch-30": "03/05 23:59",
		"permit-request": "03/05 23:59",
		"first-reception-stay": "18/05 23:59",
		"guardian-watch-60": "02/06 23:59",
	}
	assert found["first-interview"].state is State.OVERDUE
	assert found["msna-census"].state is State.OPEN
	assert found["identification"].state is State.WAITING


def test_first_reception_before_and_after_the_decree_of_2023(rules):
	before = by_code({"reception_entry": datetime(2023, 10, 5, 23, 30)}, rules, LONG_AFTER)
	after = by_code({"reception_entry": datetime(2023, 10, 6, 0, 30)}, rules, LONG_AFTER)
	assert before["first-reception-stay"].due_at.date() == date(2023, 11, 4)
	assert after["first-reception-stay"].due_at.date() == date(2023, 11, 20)
	# The interview of three days came with the decree in force on 24 July 2024.
	assert "first-interview" not in after
	assert "first-interview" in by_code({"reception_entry": datetime(2024, 7, 24, 8)}, rules, LONG_AFTER)


def test_a_minor_in_a_family_has_no_term_of_the_unaccompanied(rules):
	facts = {"reception_entry": datetime(2026, 4, 3, 18), "birth_date": date(2010, 1, 1)}
	assert set(by_code(facts, rules, LONG_AFTER, beneficiary="Minor in a Family")) == set()
	facts = {"placed": datetime(2026, 4, 3, 18), "birth_date": date(2010, 1, 1)}
	assert set(by_code(facts, rules, LONG_AFTER, beneficiary="Minor in a Family")) == {
		"pei-draft",
		"ssn-enrolment",
		"six-monthly-list",
	}
	assert set(by_code(facts, rules, LONG_AFTER, beneficiary="Parent")) == {"pei-draft"}


def test_towards_eighteen(rules):
	found = by_code(
		{"birth_date": date(2008, 2, 29)}, rules, datetime(2025, 1, 1), beneficiary="Unaccompanied Minor"
	)
	assert {code: deadline.due_at.date() for code, deadline in found.items()} == {
		"majority-plan": date(2025, 3, 1),
		"permit-conversion": date(2025, 8, 29),
		"continued-care-request": date(2026, 2, 28),
	}


def test_other_shipped_terms(rules):
	facts = {
		"age_assessment_ordered": date(2026, 1, 31),
		"interview_done": datetime(2026, 7, 1, 11),
		"pei_signed": date(2025, 8, 31),
		"crime_noticed_by_health_professional": datetime(2026, 10, 24, 9),
	}
	found = by_code(facts, rules, datetime(2026, 10, 30))
	ends = {code: deadline.due_at.strftime("%Y-%m-%d %H:%M") for code, deadline in found.items()}
	assert ends == {
		"age-assessment": "2026-04-01 23:59",  # 28 days of February, 31 of March, one more
		"family-search": "2026-07-06 23:59",
		"social-file-municipality": "2026-07-06 23:59",
		"social-file-prosecutor": "2026-07-06 23:59",
		"pei-review": "2026-02-28 23:59",
		"health-report": "2026-10-26 08:00",  # 48 hours over the night of 25 hours
	}
	assert found["age-assessment"].state is State.TERM_PASSED
	assert found["health-report"].state is State.OVERDUE


def test_the_403_clock_step_by_step(rules):
	"""Placement on Saturday 28 March 2026 at 22:00; that night has 23 hours."""
	chain = [one for one in rules if one.code.startswith("403-")]
	assert [one.kind for one in chain] == [Kind.OWED] + [Kind.WAITED_FOR] * 6
	facts = {"placement_403": datetime(2026, 3, 28, 22)}

	def last(now) -> tuple[str, str, str]:
		deadline = deadlines_for(facts, chain, now)[-1]
		return deadline.rule.code, deadline.due_at.strftime("%d/%m %H:%M"), deadline.state.value

	assert last(datetime(2026, 3, 29, 1)) == ("403-report", "29/03 23:00", "Open")
	assert last(datetime(2026, 3, 29, 22, 59)) == ("403-report", "29/03 23:00", "Due Soon")
	assert last(datetime(2026, 3, 29, 23, 1)) == ("403-report", "29/03 23:00", "Overdue")
	# Sent early: the 72 hours run from the sending, not from the end of the 24.
	facts["report_403_sent"] = datetime(2026, 3, 29, 10)
	assert last(datetime(2026, 3, 30, 9)) == ("403-prosecutor", "01/04 10:00", "Waiting")
	assert last(datetime(2026, 4, 1, 10, 1)) == ("403-prosecutor", "01/04 10:00", "Term Passed")
	facts["validation_403_requested"] = datetime(2026, 3, 31, 12)
	assert last(datetime(2026, 3, 31, 13)) == ("403-validation", "02/04 12:00", "Waiting")
	facts["validation_403_decided"] = datetime(2026, 4, 2, 11)
	assert last(datetime(2026, 4, 2, 12)) == ("403-hearing", "17/04 23:59", "Waiting")
	facts["hearing_403_held"] = datetime(2026, 4, 15, 9, 30)
	assert last(datetime(2026, 4, 16)) == ("403-decision", "30/04 23:59", "Waiting")
	facts["decision_403"] = date(2026, 5, 4)
	states = [deadline.state for deadline in deadlines_for(facts, chain, datetime(2026, 5, 5))]
	assert states == [State.DONE] * 4 + [State.DONE_LATE, State.WAITING]
	assert last(datetime(2026, 5, 5)) == ("403-appeal", "14/05 23:59", "Waiting")
	facts["appeal_filed"] = datetime(2026, 5, 13, 10)
	assert last(datetime(2026, 5, 14)) == ("403-appeal-decision", "12/07 23:59", "Waiting")


def test_the_403_clock_stops_when_the_measure_is_revoked(rules):
	facts = {
		"placement_403": datetime(2026, 7, 1, 10),
		"report_403_sent": datetime(2026, 7, 2, 9),
		"measure_403_ended": datetime(2026, 7, 3, 9),
	}
	found = by_code(facts, rules, datetime(2026, 8, 1))
	assert {code: deadline.state for code, deadline in found.items()} == {
		"403-report": State.DONE,
		"403-prosecutor": State.CANCELLED,
	}


def test_a_step_of_others_is_never_a_worker_s_overdue_task(rules):
	facts = {one.trigger: datetime(2024, 8, 1, 9) for one in rules} | {"birth_date": date(2006, 9, 1)}
	found = [
		deadline
		for one in rules
		if one.kind is Kind.WAITED_FOR
		for deadline in deadlines_for(facts, [one], LONG_AFTER)
	]
	assert {one.code for one in rules if one.kind is Kind.WAITED_FOR} == {
		deadline.rule.code for deadline in found
	}
	assert {deadline.state for deadline in found} <= {
		State.TERM_PASSED,
		State.DONE,
		State.DONE_LATE,
		State.CANCELLED,
	}
