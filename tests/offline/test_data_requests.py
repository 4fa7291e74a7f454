"""The clock of a person's request, and what follows from what was done about it."""

from datetime import date

import pytest

from core_minori.engine.data_requests import (
	RequestFacts,
	check,
	due_on,
	first_term,
	in_time,
	may_hand_out,
	reminder,
	state_of,
)
from core_minori.engine.message import RuleError

RECEIVED = date(2026, 3, 5)
TODAY = date(2026, 4, 1)


def facts(**values) -> RequestFacts:
	"""A request for access of a person who is known and recognised, but for what the test says."""
	return RequestFacts(
		**{
			"request_type": "Access",
			"received_on": RECEIVED,
			"known": True,
			"identity_verified_on": date(2026, 3, 6),
			"identity_proof": "Passaporto visto",
			**values,
		}
	)


@pytest.mark.parametrize(
	("received", "extended", "due"),
	[
		# Worked out by hand from a calendar; Regulation 1182/71 art. 3.
		(date(2026, 3, 3), None, date(2026, 4, 3)),  # a Friday
		(date(2026, 3, 5), None, date(2026, 4, 7)),  # Easter Sunday, then Easter Monday: Tuesday
		(date(2026, 1, 31), None, date(2026, 3, 2)),  # 28 February is a Saturday: Monday 2 March
		(date(2024, 1, 31), None, date(2024, 2, 29)),
		(date(2026, 7, 15), None, date(2026, 8, 17)),  # 15 August is a holiday and a Saturday: Monday
		(date(2026, 11, 25), None, date(2026, 12, 28)),  # Christmas, 26, Sunday 27: Monday
		(date(2026, 3, 3), date(2026, 3, 20), date(2026, 6, 3)),
		(date(2026, 9, 25), date(2026, 10, 1), date(2026, 12, 28)),
	],
)
def test_the_last_day_for_the_answer(received, extended, due):
	assert due_on(received, extended) == due


def test_the_state_follows_from_what_was_done():
	assert state_of(facts(known=False, identity_verified_on=None)) == "Received"
	assert state_of(facts(identity_verified_on=None)) == "Identity to Verify"
	assert state_of(facts()) == "In Progress"
	assert state_of(facts(extended_on=TODAY, extension_reason="x")) == "Extended"
	assert state_of(facts(answered_on=TODAY, outcome="Satisfied")) == "Answered"
	assert state_of(facts(answered_on=TODAY, outcome="Satisfied in Part")) == "Answered"
	assert state_of(facts(answered_on=TODAY, outcome="Not Satisfied")) == "Refused"


@pytest.mark.parametrize(
	("values", "rule"),
	[
		({"received_on": date(2026, 4, 2)}, "request-dates"),
		({"identity_verified_on": date(2026, 3, 4)}, "request-dates"),
		({"answered_on": date(2026, 4, 2), "outcome": "Satisfied", "exported": True}, "request-dates"),
		({"identity_proof": " "}, "request-identity"),
		({"extended_on": TODAY}, "request-extension"),
		({"answered_on": TODAY}, "request-outcome"),
		({"answered_on": TODAY, "outcome": "Not Satisfied"}, "request-refusal"),
		({"answered_on": TODAY, "outcome": "Satisfied in Part", "exported": True}, "request-refusal"),
		({"answered_on": TODAY, "outcome": "Satisfied"}, "request-undone"),
		(
			{"answered_on": TODAY, "outcome": "Satisfied", "exported": True, "identity_verified_on": None},
			"request-identity",
		),
		({"request_type": "Rectification", "answered_on": TODAY, "outcome": "Satisfied"}, "request-undone"),
		({"request_type": "Restriction", "answered_on": TODAY, "outcome": "Satisfied"}, "request-undone"),
		({"request_type": "Erasure", "answered_on": TODAY, "outcome": "Satisfied"}, "request-erasure"),
	],
)
def test_what_cannot_be_is_refused(values, rule):
	with pytest.raises(RuleError) as refused:
		check(facts(**values), TODAY)
	assert refused.value.finding.rule == rule


def test_the_extension_is_told_within_the_first_month():
	assert first_term(RECEIVED) == date(2026, 4, 7)
	check(facts(extended_on=date(2026, 4, 7), extension_reason="Molti fascicoli"), date(2026, 4, 8))
	with pytest.raises(RuleError):
		check(facts(extended_on=date(2026, 4, 8), extension_reason="Molti fascicoli"), date(2026, 4, 8))


@pytest.mark.parametrize(
	"values",
	[
		{"exported": True},
		{"request_type": "Portability", "exported": True},
		{"request_type": "Rectification", "corrected": True},
		{"request_type": "Restriction", "restricted": True},
		{"request_type": "Objection"},
	],
)
def test_what_was_done_is_answered(values):
	check(facts(answered_on=TODAY, outcome="Satisfied", **values), TODAY)


def test_who_was_not_recognised_is_refused_and_told_why():
	check(
		facts(
			identity_verified_on=None,
			answered_on=TODAY,
			outcome="Not Satisfied",
			refusal_reason="Non riconosciuto",
		),
		TODAY,
	)


def test_nothing_is_handed_out_before_the_identity_was_verified():
	may_hand_out(facts())
	for values in (
		{"identity_verified_on": None},
		{"known": False},
		{"request_type": "Erasure"},
		{"answered_on": TODAY, "outcome": "Satisfied"},
	):
		with pytest.raises(RuleError):
			may_hand_out(facts(**values))


def test_the_officers_are_reminded_in_the_last_week_and_after_it():
	due = date(2026, 4, 7)
	assert reminder("DRQ-1", due, date(2026, 3, 30)) is None
	assert "07/04/2026" in reminder("DRQ-1", due, date(2026, 3, 31)).render()
	assert "to be answered" in reminder("DRQ-1", due, due).render()
	assert "overdue" in reminder("DRQ-1", due, date(2026, 4, 8)).render()


def test_answered_in_time_counts_the_last_day():
	day = date(2026, 4, 7)
	assert in_time([(day, None), (day, day), (day, date(2026, 4, 8))]) == (2, 1)
