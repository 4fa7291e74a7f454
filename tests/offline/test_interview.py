"""The interview: what its report must hold, and when its text is closed."""

from datetime import date, datetime, timedelta

import pytest

from core_minori.engine.interview import (
	LETTERS,
	Interview,
	Signature,
	check_forwarding,
	check_interview,
	check_signatures,
	check_told,
	first_signature,
	missing_letters,
)
from core_minori.engine.message import RuleError, Severity

NOW = datetime(2026, 3, 10, 12, 0)
HELD = datetime(2026, 3, 9, 10, 0)
ENTRY = datetime(2026, 3, 7, 18, 0)
REPORTED = date(2026, 3, 7)
WHOLE = dict.fromkeys(LETTERS, "Scritto.")
EVERYBODY = ("Social Worker", "Cultural Mediator", "Guardian")


def rules(**values) -> list[str]:
	"""Codes of what the engine finds in a whole first interview, changed by `values`."""
	entry, reported = values.pop("entry", ENTRY), values.pop("reported", REPORTED)
	interview = Interview(
		**{
			"is_first": True,
			"concluded": True,
			"held_at": HELD,
			"texts": WHOLE,
			"roles": EVERYBODY,
			**values,
		}
	)
	return [finding.rule for finding in check_interview(interview, NOW, reported, entry)]


def test_a_whole_interview_has_nothing_to_say():
	assert rules() == []


@pytest.mark.parametrize("name", LETTERS)
def test_each_empty_letter_is_named_and_only_that(name):
	texts = {**WHOLE, name: "  "}
	assert rules(texts=texts) == ["interview-letter"]
	assert missing_letters(texts) == [LETTERS[name]]


def test_letters_stand_in_the_order_of_the_act():
	assert [letter for letter, __ in missing_letters({})] == list("abcdef")


def test_a_part_that_is_not_the_last_is_not_asked_for_its_letters():
	assert rules(concluded=False, texts={}, roles=()) == []
	assert rules(is_first=False, texts={}, roles=()) == []
	assert rules(is_unaccompanied=False, texts={}, roles=()) == []


@pytest.mark.parametrize(
	("roles", "reason", "found"),
	[
		(EVERYBODY, None, []),
		(("Educator", "Cultural Mediator", "Provisional Guardian"), None, []),
		(("Pedagogue",), "Parla italiano; tutore non ancora nominato", []),
		(("Psychologist", "Guardian"), None, ["interview-absence"]),
		(("Social Worker",), "  ", ["interview-absence", "interview-absence"]),
		(("Cultural Mediator", "Guardian", "Facility"), None, ["interview-professional"]),
		((), "Motivo", ["interview-professional"]),
	],
)
def test_who_must_be_there_or_why_not(roles, reason, found):
	assert rules(roles=roles, absence_reason=reason) == found


def test_the_future_and_a_first_interview_before_the_entry_are_refused():
	for values in ({"held_at": NOW + timedelta(minutes=11)}, {"held_at": ENTRY - timedelta(minutes=1)}):
		interview = Interview(
			**{"is_first": True, "concluded": True, "texts": WHOLE, "roles": EVERYBODY, **values}
		)
		findings = check_interview(interview, NOW, REPORTED, ENTRY)
		assert [finding.severity for finding in findings] == [Severity.BLOCK]
	assert rules(held_at=NOW + timedelta(minutes=9)) == []
	assert rules(held_at=ENTRY) == []


def test_other_interviews_may_come_before_the_entry_and_a_day_before_the_report_only_warns():
	assert rules(is_first=False, held_at=ENTRY - timedelta(hours=2)) == []
	assert rules(held_at=HELD, reported=date(2026, 3, 10)) == ["interview-before-report"]


def test_an_urgent_need_warns_until_the_facility_was_told_even_before_the_end():
	assert rules(urgent_need=True) == ["interview-urgent"]
	assert rules(urgent_need=True, concluded=False, is_first=False) == ["interview-urgent"]
	assert rules(urgent_need=True, urgent_told_at=HELD) == []
	check_told(HELD, HELD, NOW)
	check_told(None, HELD, NOW)
	for moment in (HELD - timedelta(minutes=1), NOW + timedelta(hours=1)):
		with pytest.raises(RuleError):
			check_told(moment, HELD, NOW)


def test_signatures_lie_between_the_interview_and_today():
	today = NOW.date()
	check_signatures([Signature("Guardian", HELD.date()), Signature("Minor", today)], HELD, today)
	check_signatures([Signature("Minor", None, "Non vuole firmare")], HELD, today)
	for row in (
		Signature("Guardian", HELD.date() - timedelta(days=1)),
		Signature("Guardian", today + timedelta(days=1)),
		Signature("Guardian", today, "Ha rifiutato"),
	):
		with pytest.raises(RuleError):
			check_signatures([row], HELD, today)
	assert first_signature([Signature("Minor"), Signature("Guardian", today)]) == today
	assert first_signature([Signature("Minor", None, "No")]) is None


def test_a_report_is_sent_after_its_interview():
	check_forwarding([None, HELD.date(), NOW.date()], HELD, NOW.date())
	for day in (HELD.date() - timedelta(days=1), NOW.date() + timedelta(days=1)):
		with pytest.raises(RuleError):
			check_forwarding([day], HELD, NOW.date())
