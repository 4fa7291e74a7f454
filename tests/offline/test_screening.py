"""What the signs of a screening come to, and what an intake works out by itself."""

from datetime import date

import pytest

from core_minori.engine.intake import born_from_age, check_kind
from core_minori.engine.message import RuleError
from core_minori.engine.screening import LEVELS, SUSPECTED, URGENCY, YES, Answer, age_band, outcome

DAY = date(2026, 11, 22)


def test_nothing_asked_says_nothing():
	assert outcome([]).level == outcome([Answer("Not Asked", 5, True, "School")]).level == ""
	result = outcome([Answer("No", 5, True, "School")])
	assert (result.score, result.level, result.service) == (0, "Low", "")


@pytest.mark.parametrize(("weight", "level"), [(2, "Low"), (3, "Medium"), (7, "High"), (12, "Very High")])
def test_each_level_begins_at_its_threshold(weight, level):
	assert outcome([Answer(YES, weight)]).level == level


def test_a_suspected_sign_counts_half():
	assert outcome([Answer(SUSPECTED, 6)]).score == 3
	half = outcome([Answer(YES, 9), Answer(SUSPECTED, 5)])
	assert (half.score, half.level) == (12, "Very High")


def test_a_critical_sign_decides_level_and_service():
	small = [Answer(YES, 2, False, "School"), Answer(YES, 3, False, "School")]
	assert outcome(small).service == "School"
	result = outcome([*small, Answer(YES, 1, True, "Anti-violence")])
	assert (result.level, result.service) == ("Very High", "Anti-violence")
	assert outcome([Answer(SUSPECTED, 2, True, "Anti-violence")]).level == "High"


def test_every_level_has_an_urgency():
	assert set(URGENCY) == {level for _least, level in LEVELS}


@pytest.mark.parametrize(
	("born", "band"),
	[
		(date(2008, 11, 22), "18 and over"),
		(date(2008, 11, 23), "16-17"),
		(date(2021, 1, 1), "0-5"),
		(date(2027, 1, 1), ""),
		(None, ""),
	],
)
def test_the_band_follows_the_birthday(born, band):
	assert age_band(born, DAY) == band


def test_an_age_gives_the_first_of_january():
	assert born_from_age(16, DAY) == date(2010, 1, 1)
	assert born_from_age(0, DAY) == date(2026, 1, 1)
	for age in (-1, 121):
		with pytest.raises(RuleError):
			born_from_age(age, DAY)


@pytest.mark.parametrize(
	("kind", "born", "certainty", "asked"),
	[
		("Unaccompanied Minor", date(2010, 5, 1), "Declared", False),
		("Unaccompanied Minor", date(2008, 11, 22), "Declared", True),
		("Unaccompanied Minor", date(2008, 1, 1), "Estimated", False),
		("Unaccompanied Minor", date(2022, 1, 1), "Declared", True),
		("Minor in a Family", date(2026, 1, 1), "Declared", False),
		("Parent", date(1990, 1, 1), "Declared", False),
		("Adult with International Protection", date(2010, 1, 1), "Declared", True),
		("Young Adult in Prosieguo", date(2005, 11, 22), "Declared", True),
		("Young Adult in Prosieguo", date(2005, 11, 23), "Declared", False),
		("Parent", None, None, False),
		("Something Else", date(1900, 1, 1), None, False),
	],
)
def test_an_age_outside_its_kind_is_asked_about(kind, born, certainty, asked):
	assert bool(check_kind(kind, born, certainty, DAY)) is asked
