"""Consent: what can be, what is odd, and whose last word counts."""

from datetime import date, timedelta

import pytest

from core_minori.engine.consent import (
	SHARING,
	OpenReferral,
	check_consent,
	check_unchanged,
	is_running,
	left_without_consent,
)
from core_minori.engine.message import RuleError
from core_minori.engine.referral import ConsentFacts, sharing_is_covered

TODAY = date(2026, 3, 10)
EARLIER = date(2026, 2, 1)
LATER = date(2026, 3, 1)


def said(outcome: str, day: date, organisation: str | None = None, **values) -> ConsentFacts:
	return ConsentFacts(SHARING, outcome, day, organisation, **values)


def rules(consent: ConsentFacts, notice: date | None = EARLIER, same: str | None = None) -> list[str]:
	return [finding.rule for finding in check_consent(consent, notice, same, TODAY)]


def test_a_consent_after_its_notice_is_fine():
	assert rules(said("Given", EARLIER)) == []


def test_what_is_odd_warns():
	assert rules(said("Given", EARLIER), notice=None) == ["consent-notice"]
	assert rules(said("Given", EARLIER), notice=LATER) == ["consent-notice"]
	assert rules(said("Refused", EARLIER), notice=None) == []
	assert rules(said("Given", LATER), same="CON-1") == ["consent-twice"]


@pytest.mark.parametrize(
	"consent",
	[
		said("Given", TODAY + timedelta(days=1)),
		said("Given", EARLIER, withdrawn_on=TODAY + timedelta(days=1)),
		said("Given", LATER, withdrawn_on=EARLIER),
		said("Given", LATER, valid_until=EARLIER),
		said("Refused", EARLIER, withdrawn_on=LATER),
	],
)
def test_days_that_cannot_be_are_refused(consent):
	with pytest.raises(RuleError):
		rules(consent)


def test_a_consent_runs_from_its_day_to_its_end_or_its_withdrawal():
	assert is_running(said("Given", TODAY), TODAY)
	assert is_running(said("Given", EARLIER, valid_until=TODAY), TODAY)
	for consent in (
		said("Given", TODAY + timedelta(days=1)),
		said("Given", EARLIER, valid_until=LATER),
		said("Given", EARLIER, withdrawn_on=TODAY),
	):
		assert not is_running(consent, TODAY)


@pytest.mark.parametrize(
	("consents", "covered"),
	[
		([], False),
		([said("Given", EARLIER)], True),
		([said("Given", EARLIER, "Ente B")], False),
		([said("Given", EARLIER), said("Refused", LATER, "Ente A")], False),
		([said("Given", EARLIER, "Ente A"), said("Refused", LATER)], False),
		([said("Refused", EARLIER), said("Given", LATER, "Ente A")], True),
		([said("Given", EARLIER), said("Refused", LATER, "Ente B")], True),
		# of one day: the one that names the organisation, then the refusal
		([said("Refused", LATER), said("Given", LATER, "Ente A")], True),
		([said("Given", LATER), said("Refused", LATER, "Ente A")], False),
		([said("Given", LATER), said("Refused", LATER)], False),
		# a withdrawal is a last word too
		([said("Given", EARLIER), said("Given", EARLIER, "Ente A", withdrawn_on=LATER)], False),
		([said("Given", EARLIER, withdrawn_on=LATER), said("Given", LATER)], True),
		([said("Given", EARLIER, withdrawn_on=LATER), said("Given", TODAY)], True),
		([said("Given", EARLIER), said("Refused", TODAY + timedelta(days=1))], True),
		([said("Given", EARLIER), said("Refused", EARLIER, valid_until=LATER)], True),
	],
)
def test_the_last_word_counts(consents, covered):
	assert sharing_is_covered(consents, "Ente A", TODAY) is covered
	assert sharing_is_covered(reversed(consents), "Ente A", TODAY) is covered


def test_open_referrals_that_nothing_covers_any_more():
	referrals = [OpenReferral("REF-1", "Ente A"), OpenReferral("REF-2", "Ente B")]
	consents = [said("Given", EARLIER, withdrawn_on=TODAY), said("Given", TODAY, "Ente B")]
	assert [row.name for row in left_without_consent(referrals, consents, TODAY)] == ["REF-1"]


def test_a_consent_that_was_used_stays():
	check_unchanged(["Purpose"], 0)
	check_unchanged([], 2)
	with pytest.raises(RuleError):
		check_unchanged(["Purpose"], 2)
