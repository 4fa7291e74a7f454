"""How long a case is kept: the day each rule counts from, the order of the steps, and the two people."""

from datetime import date

import pytest

from core_minori.engine.message import RuleError
from core_minori.engine.retention import (
	SEQUENCE,
	Kept,
	Rule,
	check_act,
	check_step,
	check_two_people,
	counted_from,
	due_step,
	next_step,
	rule_for,
)

TODAY = date(2040, 1, 10)
MINOR = "Unaccompanied Minor"


def kept(**values) -> Kept:
	"""A minor born on 10 May 2008, whose case was closed on 1 March 2025."""
	return Kept(
		**{
			"case": "CASE-1",
			"beneficiary": MINOR,
			"state": "",
			"closed_on": date(2025, 3, 1),
			"birth_date": date(2008, 5, 10),
			**values,
		}
	)


def rule(step="Archived", months=12, counts_from="The Latest of These", **values) -> Rule:
	return Rule(
		**{
			"name": f"{step}-{months}",
			"step": step,
			"counts_from": counts_from,
			"months": months,
			"valid_from": date(2018, 5, 25),
			"confirmed": True,
			**values,
		}
	)


@pytest.mark.parametrize(
	("counts_from", "values", "day"),
	[
		("Closing", {}, date(2025, 3, 1)),
		("Eighteenth Birthday", {}, date(2026, 5, 10)),
		("Eighteenth Birthday", {"closed_on": date(2027, 1, 1)}, date(2027, 1, 1)),
		("Eighteenth Birthday", {"birth_date": None}, None),
		("Eighteenth Birthday", {"beneficiary": "Parent", "birth_date": None}, date(2025, 3, 1)),
		("End of the Prosieguo", {"prosieguo_until": date(2029, 5, 10)}, date(2029, 5, 10)),
		("End of the Prosieguo", {}, date(2025, 3, 1)),
		("The Latest of These", {}, date(2026, 5, 10)),
		("The Latest of These", {"prosieguo_until": date(2029, 5, 10)}, date(2029, 5, 10)),
		("The Latest of These", {"closed_on": date(2030, 1, 1)}, date(2030, 1, 1)),
		("The Latest of These", {"birth_date": None}, None),
		("The Latest of These", {"beneficiary": "Parent", "birth_date": None}, date(2025, 3, 1)),
		("Closing", {"closed_on": None}, None),
	],
)
def test_the_day_a_rule_counts_from(counts_from, values, day):
	assert counted_from(kept(**values), counts_from) == day


def test_born_on_29_february_comes_of_age_on_1_march():
	leap = kept(birth_date=date(2008, 2, 29), closed_on=date(2020, 1, 1))
	assert counted_from(leap, "Eighteenth Birthday") == date(2026, 3, 1)


def test_a_step_is_due_from_its_day_on():
	rules = [rule(months=12)]
	assert due_step(kept(), rules, date(2027, 5, 9)) is None
	found = due_step(kept(), rules, date(2027, 5, 10))
	assert (found.step, found.due_on, found.rule) == ("Archived", date(2027, 5, 10), "Archived-12")


def test_no_step_is_due_while_a_case_is_open_or_no_rule_holds():
	assert due_step(kept(closed_on=None), [rule()], TODAY) is None
	assert due_step(kept(), [], TODAY) is None
	assert due_step(kept(), [rule("Restricted")], TODAY) is None  # archived comes first
	assert due_step(kept(), [rule(valid_to=date(2030, 1, 1))], TODAY) is None
	assert due_step(kept(), [rule(valid_from=date(2041, 1, 1))], TODAY) is None
	assert due_step(kept(), [rule(beneficiary="Parent")], TODAY) is None


def test_the_rule_for_the_beneficiary_comes_before_the_one_for_all_and_the_newer_before_the_older():
	general, own = rule(months=12), rule(months=24, beneficiary=MINOR)
	newer = rule(months=36, valid_from=date(2030, 1, 1))
	assert rule_for([general, own, newer], "Archived", MINOR, TODAY) is own
	assert rule_for([general, newer], "Archived", MINOR, TODAY) is newer
	assert rule_for([general, newer], "Archived", MINOR, date(2029, 12, 31)) is general


def test_a_rule_that_nobody_confirmed_takes_no_data_away():
	state = kept(state="Restricted")
	assert due_step(state, [rule("Pseudonymised", confirmed=False)], TODAY) is None
	assert due_step(state, [rule("Pseudonymised")], TODAY)
	assert due_step(kept(), [rule(confirmed=False)], TODAY)


def test_the_steps_follow_one_another():
	assert [next_step(state) for state in SEQUENCE] == [*SEQUENCE[1:], None]
	for place, state in enumerate(SEQUENCE[:-1]):
		rules = [rule(step, 1) for step in SEQUENCE[1:5]]
		for step in SEQUENCE[1:]:
			if step == SEQUENCE[place + 1]:
				check_step(kept(state=state), step, rules, TODAY)
			else:
				with pytest.raises(RuleError):
					check_step(kept(state=state), step, rules, TODAY)


def test_a_step_before_its_day_is_refused():
	with pytest.raises(RuleError) as refused:
		check_step(kept(), "Archived", [rule(months=400)], TODAY)
	assert refused.value.finding.rule == "retention-early"


def test_what_the_person_asked_to_keep_is_not_taken_away():
	limited = kept(state="Restricted", limited_by_person=True)
	rules = [rule("Pseudonymised", 1)]
	assert due_step(limited, rules, TODAY) is None
	with pytest.raises(RuleError) as refused:
		check_step(limited, "Pseudonymised", rules, TODAY)
	assert refused.value.finding.rule == "retention-restricted"
	check_step(kept(limited_by_person=True), "Archived", [rule()], TODAY)


def test_a_case_comes_back_from_the_archive_and_not_from_what_cannot_be_undone():
	for state in SEQUENCE:
		if state in ("Archived", "Restricted"):
			check_step(kept(state=state, closed_on=None), "Brought Back", [], TODAY)
		else:
			with pytest.raises(RuleError):
				check_step(kept(state=state), "Brought Back", [], TODAY)


def test_a_discard_takes_an_act_with_number_day_and_file():
	check_act("Discard Authorised", "12/2040", date(2040, 1, 9), "/private/files/a.pdf", TODAY)
	check_act("Archived", "", None, "", TODAY)
	for act in (
		("", date(2040, 1, 9), "/private/files/a.pdf"),
		("12", None, "/private/files/a.pdf"),
		("12", date(2040, 1, 9), ""),
		("12", date(2040, 1, 11), "/private/files/a.pdf"),
	):
		with pytest.raises(RuleError):
			check_act("Discard Authorised", *act, TODAY)


@pytest.mark.parametrize("step", ["Pseudonymised", "Discarded"])
def test_nobody_takes_data_away_alone(step):
	check_two_people(step, "a", "b", "")
	check_two_people(step, "a", "b", "a")
	check_two_people(step, "", "b", "c")
	for people in (("a", "a", ""), ("a", "a", "b"), ("a", "b", "b"), ("", "b", "b")):
		with pytest.raises(RuleError):
			check_two_people(step, *people)


def test_what_can_be_undone_takes_one():
	check_two_people("Archived", "a", "a", "a")
