"""States of cases, steps of PEI and referrals, hours of training."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from core_minori.engine.casework import (
	CaseFacts,
	case_state,
	check_case_dates,
	closing_hints,
	moving_fact,
)
from core_minori.engine.message import Message, RuleError, Severity, Term
from core_minori.engine.periods import check_order, overlapping
from core_minori.engine.referral import (
	RECEIVER,
	SENDER,
	STEPS,
	ConsentFacts,
	actions_from,
	check_gate,
	next_state,
)
from core_minori.engine.training import attended_hours, check_session_hours, session_totals

TODAY = date(2026, 3, 10)
ENTRY = datetime(2026, 2, 1, 9, 30)


@pytest.mark.parametrize(
	("facts", "plans", "state"),
	[
		(CaseFacts(), [], "Reported"),
		(CaseFacts(reception_entry=ENTRY), [], "Reception"),
		(CaseFacts(reception_entry=ENTRY, interview_on=ENTRY), [], "Assessment"),
		(CaseFacts(interview_on=ENTRY), ["Drafting"], "PEI Drafting"),
		(CaseFacts(), ["Superseded", "In Progress"], "In Progress"),
		(CaseFacts(), ["Under Review"], "In Progress"),
		(CaseFacts(interview_on=ENTRY), ["Concluded"], "Assessment"),
		(CaseFacts(prosieguo_until=TODAY), ["In Progress"], "Prosieguo"),
		(CaseFacts(prosieguo_until=TODAY, majority_on=TODAY), ["In Progress"], "Prosieguo"),
		(CaseFacts(prosieguo_until=TODAY, majority_on=date(2026, 3, 11)), ["In Progress"], "In Progress"),
		(CaseFacts(prosieguo_until=TODAY, missing_since=TODAY), ["In Progress"], "Missing"),
		(CaseFacts(suspended_on=TODAY, prosieguo_until=TODAY), ["In Progress"], "Suspended"),
		(CaseFacts(suspended_on=TODAY, missing_since=TODAY), [], "Missing"),
		(CaseFacts(missing_since=TODAY, closed_on=TODAY, closure_reason="Came of Age"), [], "Closed"),
		(CaseFacts(closed_on=TODAY, closure_reason="Transferred"), [], "Transferred"),
	],
)
def test_the_state_follows_from_the_facts(facts, plans, state):
	assert case_state(facts, plans, TODAY).state == state


def test_every_state_names_the_fact_it_follows_from():
	assert case_state(CaseFacts(), [], TODAY).fact == "Case Reported"
	assert case_state(CaseFacts(interview_on=ENTRY), [], TODAY).fact == "First Interview Held"
	assert case_state(CaseFacts(), ["Under Review"], TODAY).fact == "PEI Started"


@pytest.mark.parametrize(
	("before", "facts", "plans", "fact"),
	[
		(None, CaseFacts(), [], "Case Reported"),
		("Reported", CaseFacts(reception_entry=ENTRY), [], "Entry into First Reception"),
		("Assessment", CaseFacts(), ["Drafting"], "PEI Drafted"),
		("In Progress", CaseFacts(interview_on=ENTRY), ["Concluded"], "PEI Ended"),
		("Assessment", CaseFacts(reception_entry=ENTRY), [], "Date Corrected"),
		("Prosieguo", CaseFacts(), ["In Progress"], "Prosieguo Corrected"),
		("Closed", CaseFacts(), ["In Progress"], "Case Reopened"),
		("Transferred", CaseFacts(), [], "Case Reopened"),
		("Suspended", CaseFacts(interview_on=ENTRY), [], "Case Resumed"),
		("Missing", CaseFacts(interview_on=ENTRY), [], "Minor Found"),
		("Suspended", CaseFacts(closed_on=TODAY), [], "Case Closed"),
		("Missing", CaseFacts(suspended_on=TODAY), [], "Case Suspended"),
	],
)
def test_what_moved_a_case_is_the_new_fact_or_the_end_of_the_old_one(before, facts, plans, fact):
	assert moving_fact(before, case_state(facts, plans, TODAY)) == fact


@pytest.mark.parametrize(
	("facts", "rule", "severity"),
	[
		(CaseFacts(), None, None),
		(CaseFacts(majority_on=date(2026, 4, 9)), "came-of-age", Severity.INFORM),
		(CaseFacts(majority_on=date(2026, 4, 10)), None, None),
		(CaseFacts(majority_on=TODAY, kind="Unaccompanied Minor"), "came-of-age", Severity.WARN),
		(CaseFacts(majority_on=TODAY, kind="Parent"), None, None),
		(CaseFacts(majority_on=TODAY, kind="Adult with International Protection"), None, None),
		(CaseFacts(majority_on=TODAY), "came-of-age", Severity.WARN),
		(CaseFacts(majority_on=TODAY, prosieguo_until=date(2027, 3, 10)), None, None),
		(CaseFacts(majority_on=TODAY, prosieguo_until=date(2026, 3, 11)), "prosieguo-ends", Severity.INFORM),
		(CaseFacts(prosieguo_until=TODAY), "prosieguo-ends", Severity.WARN),
		(CaseFacts(prosieguo_until=TODAY, closed_on=TODAY), None, None),
	],
)
def test_closing_is_proposed_at_the_end_of_the_prosieguo_or_at_the_majority_without_one(
	facts, rule, severity
):
	hints = closing_hints(facts, TODAY)
	assert [(hint.rule, hint.severity) for hint in hints] == ([(rule, severity)] if rule else [])
	for hint in hints:
		assert "/2026" in hint.message.render()


@pytest.mark.parametrize(
	("facts", "reported"),
	[
		(CaseFacts(), date(2026, 3, 11)),
		(CaseFacts(reception_entry=datetime(2026, 3, 11, 0, 0)), TODAY),
		(CaseFacts(reception_entry=ENTRY, interview_on=datetime(2026, 1, 31, 9, 0)), date(2026, 1, 1)),
		(CaseFacts(closed_on=date(2026, 1, 1)), date(2026, 1, 2)),
	],
)
def test_impossible_dates_are_refused(facts, reported):
	with pytest.raises(RuleError) as refused:
		check_case_dates(facts, reported, TODAY)
	assert refused.value.finding.rule == "case-dates"


def test_possible_dates_pass():
	check_case_dates(CaseFacts(reception_entry=ENTRY, interview_on=ENTRY), date(2026, 2, 1), TODAY)


def rules_of(findings):
	return {(finding.rule, finding.severity) for finding in findings}


def test_a_referral_walks_only_its_own_path():
	path = [("Send", SENDER, "Sent"), ("Accept", RECEIVER, "Accepted"), ("Start", RECEIVER, "In Progress")]
	state = "Drafted"
	for action, side, expected in path:
		state = next_state(state, action, side)
		assert state == expected
	assert next_state(state, "Complete", RECEIVER, "Fatto") == "Done"
	for ended in ("Rejected", "Done", "Revoked"):
		assert actions_from(ended, SENDER) == actions_from(ended, RECEIVER) == []


@pytest.mark.parametrize(
	("state", "action", "side", "note", "rule"),
	[
		("Drafted", "Accept", RECEIVER, None, "referral-step"),
		("Sent", "Send", SENDER, None, "referral-step"),
		("Done", "Revoke", SENDER, "x", "referral-step"),
		("Sent", "Dance", SENDER, None, "referral-step"),
		("Sent", "Accept", SENDER, None, "referral-side"),
		("Sent", "Revoke", RECEIVER, "x", "referral-side"),
		("Sent", "Reject", RECEIVER, "  ", "referral-note"),
		("In Progress", "Complete", RECEIVER, None, "referral-note"),
	],
)
def test_a_wrong_step_says_which_rule(state, action, side, note, rule):
	with pytest.raises(RuleError) as refused:
		next_state(state, action, side, note)
	assert refused.value.finding.rule == rule


def test_every_step_is_offered_to_its_side():
	for step in STEPS.values():
		for state in step.starts:
			assert step.action in actions_from(state, step.by)


SHARING = ConsentFacts("Sharing with an Organisation", "Given", date(2026, 1, 1))


@pytest.mark.parametrize(
	("consent", "passes"),
	[
		(SHARING, True),
		(ConsentFacts(SHARING.purpose, "Given", date(2026, 1, 1), organisation="Ente A"), True),
		(ConsentFacts(SHARING.purpose, "Given", date(2026, 1, 1), organisation="Ente B"), False),
		(ConsentFacts(SHARING.purpose, "Refused", date(2026, 1, 1)), False),
		(ConsentFacts("Research", "Given", date(2026, 1, 1)), False),
		(ConsentFacts(SHARING.purpose, "Given", date(2026, 3, 11)), False),
		(ConsentFacts(SHARING.purpose, "Given", date(2026, 1, 1), valid_until=date(2026, 3, 9)), False),
		(ConsentFacts(SHARING.purpose, "Given", date(2026, 1, 1), withdrawn_on=TODAY), False),
		(ConsentFacts(SHARING.purpose, "Given", date(2026, 1, 1), withdrawn_on=date(2026, 3, 11)), True),
	],
)
def test_the_gate_opens_only_for_a_consent_that_covers_the_receiver_today(consent, passes):
	findings = check_gate("Consent", "Ente A", [consent], date(2025, 1, 1), None, TODAY)
	assert (findings == []) is passes
	if findings:
		assert rules_of(findings) == {("referral-consent", Severity.BLOCK)}


@pytest.mark.parametrize(
	("signed", "expires", "passes"),
	[
		(None, None, False),
		(date(2026, 3, 11), None, False),
		(date(2025, 1, 1), date(2026, 3, 9), False),
		(date(2025, 1, 1), TODAY, True),
	],
)
def test_a_legal_duty_needs_no_consent_but_always_the_agreement(signed, expires, passes):
	findings = check_gate("Legal Duty", "Ente A", [], signed, expires, TODAY)
	assert (findings == []) is passes
	if findings:
		assert rules_of(findings) == {("referral-agreement", Severity.BLOCK)}


def test_hours_count_for_who_was_there():
	assert attended_hours(4, False, 3) == 0
	assert attended_hours(4, True, 0) == 4
	assert attended_hours(4, True, 2.5) == Decimal("2.50")
	assert session_totals(4, [(True, 0), (True, 1.5), (False, 0)]) == (2, Decimal("5.50"))
	with pytest.raises(RuleError):
		attended_hours(4, True, 4.5)


@pytest.mark.parametrize("hours", [0, -1, 24.5])
def test_a_session_has_the_hours_of_one_day(hours):
	with pytest.raises(RuleError):
		check_session_hours(hours)
	check_session_hours(24)


def test_terms_are_translated_with_their_sentence():
	italian = {"Missing: {who} on {day}, EUR {sum}.": "Manca: {who} il {day}, EUR {sum}.", "Minor": "Minore"}
	message = Message(
		"Missing: {who} on {day}, EUR {sum}.",
		{"who": Term("Minor"), "day": TODAY, "sum": Decimal("1234567.5")},
	)
	assert message.render(lambda text: italian.get(text, text)) == (
		"Manca: Minore il 10/03/2026, EUR 1.234.567,50."
	)


@pytest.mark.parametrize(
	("starts", "ends", "found"),
	[
		(date(2026, 1, 10), None, "b"),
		(date(2026, 1, 10), date(2026, 1, 19), None),
		(date(2026, 1, 5), date(2026, 1, 9), "a"),
		(date(2026, 1, 1), date(2026, 3, 1), "a"),
		(date(2025, 12, 1), date(2025, 12, 31), None),
	],
)
def test_periods_that_share_a_day_overlap(starts, ends, found):
	others = [("a", date(2026, 1, 1), date(2026, 1, 9)), ("b", date(2026, 1, 20), None)]
	assert overlapping(starts, ends, others) == found


def test_a_later_day_does_not_come_before_the_first():
	check_order(("From", TODAY), ("To", TODAY), ("Withdrawn On", None))
	with pytest.raises(RuleError) as refused:
		check_order(("From", TODAY), ("To", date(2026, 3, 9)))
	assert refused.value.finding.message.render() == "To (09/03/2026) comes before From (10/03/2026)."
