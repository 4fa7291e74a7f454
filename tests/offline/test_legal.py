"""Guardians, papers, acts of the courts, reports and the search for the family: what fits together."""

from datetime import date, datetime, timedelta
from itertools import permutations

import pytest

from core_minori.engine.legal import (
	APPOINTED,
	CHAIN_403,
	Act,
	Guardian,
	SearchConsent,
	check_act_dates,
	check_birth_date_set,
	check_chain_403,
	check_document,
	check_guardianship,
	check_prosieguo,
	check_report,
	check_search,
	check_volunteer,
	document_state,
	provisional_to_end,
	report_state,
	search_state,
)
from core_minori.engine.message import RuleError, Severity

TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 12)
BORN = date(2009, 2, 28)


def refused(rule: str, function, *args) -> str:
	with pytest.raises(RuleError) as found:
		function(*args)
	assert found.value.finding.rule == rule
	return str(found.value)


def guardian(kind: str, starts: str, ends: str | None = None, key: str = "GUA-1") -> Guardian:
	return Guardian(key, kind, date.fromisoformat(starts), ends and date.fromisoformat(ends))


# Guardians


def test_two_guardians_of_a_kind_do_not_run_together():
	others = [guardian("Volunteer Guardian", "2026-01-01", None, "GUA-2")]
	own = guardian("Volunteer Guardian", "2026-03-01")
	assert "GUA-2" in refused("guardian-overlap", check_guardianship, own, others, BORN, TODAY)
	ended = [guardian("Volunteer Guardian", "2026-01-01", "2026-02-28", "GUA-2")]
	assert check_guardianship(own, ended, BORN, TODAY) == []
	curator = guardian("Special Curator", "2026-03-01")
	assert check_guardianship(curator, others, BORN, TODAY) == []


@pytest.mark.parametrize("kind", APPOINTED)
def test_an_appointed_guardian_ends_the_provisional_one(kind):
	provisional = guardian("Provisional Guardian", "2026-01-01", None, "GUA-P")
	own = guardian(kind, "2026-03-01")
	assert provisional_to_end(own, [provisional]) == "GUA-P"
	assert provisional_to_end(own, [guardian("Provisional Guardian", "2026-04-01")]) is None
	assert provisional_to_end(own, [guardian("Provisional Guardian", "2026-01-01", "2026-02-01")]) is None
	assert provisional_to_end(guardian("Special Curator", "2026-03-01"), [provisional]) is None
	refused("guardian-overlap", check_guardianship, provisional, [own], BORN, TODAY)
	ended = guardian("Provisional Guardian", "2026-01-01", "2026-03-01", "GUA-P")
	assert check_guardianship(ended, [own], BORN, TODAY) == []


def test_two_appointed_guardians_are_asked_about():
	others = [guardian("Public Body", "2026-01-01", None, "GUA-2")]
	(finding,) = check_guardianship(guardian("Relative", "2026-03-01"), others, BORN, TODAY)
	assert (finding.rule, finding.severity) == ("guardian-beside", Severity.WARN)


def test_a_guardianship_ends_at_eighteen_and_starts_in_the_past():
	check_guardianship(guardian("Parent", "2026-01-01", "2027-02-28"), [], BORN, TODAY)
	for own in (guardian("Parent", "2026-01-01", "2027-03-01"), guardian("Parent", "2026-05-01")):
		born = BORN if own.ends else date(2008, 4, 1)
		refused("guardian-majority", check_guardianship, own, [], born, TODAY)
	refused("guardian-dates", check_guardianship, guardian("Parent", "2026-06-02"), [], BORN, TODAY)
	refused("day-order", check_guardianship, guardian("Parent", "2026-03-02", "2026-03-01"), [], None, TODAY)
	check_guardianship(guardian("Parent", "2026-03-02", "2030-01-01"), [], None, TODAY)


def test_a_volunteer_with_more_than_three_minors_is_warned_about():
	assert check_volunteer("Volunteer Guardian", 3) is None
	finding = check_volunteer("Volunteer Guardian", 4)
	assert (finding.severity, finding.found, finding.allowed) == (Severity.WARN, 4, 3)
	assert check_volunteer("Public Body", 40) is None


# Papers


@pytest.mark.parametrize(
	("state", "requested", "issued", "number", "attached", "becomes"),
	[
		("Missing", None, None, None, False, "Missing"),
		("Missing", TODAY, None, " ", False, "Requested"),
		("Missing", TODAY, TODAY, None, False, "Held"),
		("Requested", TODAY, None, "AB1", False, "Held"),
		("Missing", None, None, None, True, "Held"),
		("Not Possible", TODAY, None, None, False, "Not Possible"),
		("Held", None, None, None, False, "Held"),
	],
)
def test_the_state_of_a_paper_follows(state, requested, issued, number, attached, becomes):
	assert document_state(state, requested, issued, number, attached) == becomes


def test_days_of_a_paper():
	tomorrow = TODAY + timedelta(days=1)
	assert check_document(TODAY, TODAY, tomorrow, TODAY) is None
	assert check_document(None, None, TODAY, TODAY) is None
	assert check_document(None, None, TODAY - timedelta(days=1), TODAY).rule == "document-expired"
	refused("document-dates", check_document, tomorrow, None, None, TODAY)
	refused("document-dates", check_document, None, tomorrow, None, TODAY)
	refused("day-order", check_document, None, TODAY, TODAY - timedelta(days=1), TODAY)


# Art. 403


def chain(*steps: tuple[int, int]) -> list[Act]:
	"""Acts by (place in the chain, hour)."""
	return [Act(f"ACT-{hour}", CHAIN_403[step], NOW + timedelta(hours=hour)) for step, hour in steps]


def test_the_chain_is_accepted_in_any_order_of_typing_and_with_missing_steps():
	for acts in permutations(chain((0, 0), (1, 20), (2, 60), (3, 400))):
		check_chain_403(acts)
	check_chain_403(chain((0, 0), (2, 60)))
	check_chain_403(chain((0, 0), (3, 60), (3, 90), (4, 100)))
	check_chain_403(chain((0, 0), (1, 0)))  # in the same minute
	check_chain_403([*chain((0, 0), (5, 10), (0, 50), (1, 60)), Act("ACT", "Decree", NOW)])


@pytest.mark.parametrize(
	"steps",
	[
		((2, 60),),
		((1, -1), (0, 0)),
		((0, 0), (2, 10), (1, 20)),
		((0, 0), (4, 10), (3, 20)),
		((0, 0), (5, 10), (2, 20)),
	],
)
def test_a_step_before_its_time_is_refused(steps):
	refused("chain-403", check_chain_403, chain(*steps))


def test_an_act_has_happened_and_was_received_after_it():
	hour = timedelta(hours=1)
	check_act_dates(NOW - hour, NOW, NOW + hour, NOW)
	for at, received, hearing in (
		(NOW + hour, None, None),
		(NOW - hour, NOW + hour, None),
		(NOW, NOW - hour, None),
		(NOW, None, NOW - hour),
	):
		refused("act-dates", check_act_dates, at, received, hearing, NOW)


# Prosieguo and age


def test_a_prosieguo_ends_between_eighteen_and_twenty_one():
	ordered = date(2026, 12, 1)
	for until in (date(2027, 2, 28), date(2030, 2, 28)):
		assert check_prosieguo(until, ordered, BORN) is None
	for until in (None, date(2027, 2, 27), date(2030, 3, 1), date(2026, 11, 30)):
		refused("prosieguo-until", check_prosieguo, until, ordered, BORN)
	# Born on a leap day: twenty-one on 1 March.
	assert check_prosieguo(date(2029, 3, 1), ordered, date(2008, 2, 29)) is None
	refused("prosieguo-until", check_prosieguo, date(2029, 3, 2), ordered, date(2008, 2, 29))
	assert check_prosieguo(date(2028, 1, 1), ordered, None).severity is Severity.WARN


def test_the_age_that_is_set_lies_before_the_act():
	check_birth_date_set(None, TODAY)
	check_birth_date_set(BORN, TODAY)
	refused("birth-date-set", check_birth_date_set, TODAY, TODAY)


# Reports


def test_a_report_goes_step_by_step_or_straight_out():
	assert report_state(None, None, None) == "Noticed"
	assert report_state(TODAY, None, None) == "Assessed by the Team"
	assert report_state(None, NOW, None) == "Transmitted"
	assert report_state(TODAY, NOW, TODAY) == "Answered"


def test_what_went_out_says_when_to_whom_and_under_which_number():
	noticed = NOW - timedelta(hours=5)
	court = "Juvenile Court"
	check_report(noticed, TODAY, NOW, TODAY, "12/2026", court, NOW)
	check_report(noticed, None, None, None, None, court, NOW)
	for sent, protocol, authority in (
		(NOW, None, court),
		(NOW, " ", court),
		(NOW, "12", None),
		(None, "12", court),
	):
		refused("report-transmission", check_report, noticed, None, sent, None, protocol, authority, NOW)
	refused("report-transmission", check_report, noticed, None, None, TODAY, None, None, NOW)
	late = NOW + timedelta(minutes=1)
	for days in (
		(late, None, None, None),
		(noticed, None, late, None),
		(noticed, None, noticed - timedelta(minutes=1), None),
		(noticed, TODAY + timedelta(days=1), None, None),
		(noticed, None, NOW, TODAY - timedelta(days=1)),
	):
		refused("report-dates", check_report, *days, "12", court, NOW)
	refused("day-order", check_report, noticed, TODAY - timedelta(days=1), None, None, None, None, NOW)


# The search for the family


def consent(**values) -> SearchConsent:
	return SearchConsent(
		**{
			"purpose": "Family Search",
			"outcome": "Given",
			"given_by": "Minor",
			"given_on": TODAY - timedelta(days=9),
			**values,
		}
	)


@pytest.mark.parametrize(
	"values",
	[
		{"purpose": "Research"},
		{"outcome": "Refused"},
		{"given_by": "Guardian"},
		{"given_on": TODAY},
		{"withdrawn_on": TODAY - timedelta(days=3)},
		{"valid_until": TODAY - timedelta(days=3)},
		None,
	],
)
def test_no_search_without_the_consent_of_the_minor(values):
	reported = TODAY - timedelta(days=2)
	check_search(reported, None, None, None, consent(), TODAY)
	check_search(reported, None, None, None, consent(withdrawn_on=TODAY), TODAY)
	missing = None if values is None else consent(**values)
	refused("family-search-consent", check_search, reported, None, None, None, missing, TODAY)


def test_an_excluded_search_has_a_reason_and_needs_no_consent():
	risk = "Risk for the Minor or the Family"
	check_search(None, TODAY, risk, None, None, TODAY)
	for reported, excluded, reason, concluded in (
		(None, TODAY, None, None),
		(None, None, risk, None),
		(TODAY, TODAY - timedelta(days=1), risk, None),
		(None, None, None, TODAY),
		(None, TODAY + timedelta(days=1), risk, None),
	):
		refused("family-search", check_search, reported, excluded, reason, concluded, consent(), TODAY)


def test_the_state_of_a_search_follows():
	assert search_state(None, None, None, []) == "To Be Decided"
	assert search_state(TODAY, None, None, []) == "Reported"
	assert search_state(TODAY, None, None, ["call"]) == "In Progress"
	assert search_state(TODAY, None, TODAY, ["call"]) == "Concluded"
	assert search_state(TODAY, TODAY, None, ["call"]) == "Excluded"
