"""The level of risk, and the change between two assessments."""

from datetime import date
from itertools import product

import pytest

from core_minori.engine.message import RuleError, Severity
from core_minori.engine.risk import (
	CRITICAL,
	LEVELS,
	Factor,
	change_between,
	check_assessment,
	check_ready,
	judge,
	next_status,
)

TODAY = date(2026, 3, 10)
DEBT = Factor("Risk", "Debt of the Journey", "Medium")
EXPLOITED = Factor("Risk", "Trafficking or Exploitation", "High")
SELF_HARM = Factor("Risk", "Self-harm", "Medium")
ADULT = Factor("Protective", "Supportive Adult", "High")
SCHOOL = Factor("Protective", "School Attendance", "Medium")


@pytest.mark.parametrize(
	("scores", "factors", "level"),
	[
		([], [], None),
		([None, None], [], None),
		([1, 1, 2], [], "Low"),
		([2, 3, 3], [], "Medium"),  # mean 2.67
		([1, 1, 4], [], "Medium"),
		([1, 4, 4], [], "High"),
		([3, 4, None], [], "High"),  # mean 3.5; the empty one does not count
		([1, 1, 5], [], "High"),
		([1, 5, 5], [], "Very High"),
		([5], [], "Very High"),  # mean 5
		([], [DEBT], "Low"),
		# a critical factor raises by one step, high weight to high at least
		([1, 1, 1], [SELF_HARM], "Medium"),
		([1, 1, 4], [SELF_HARM], "High"),
		([1, 1, 1], [EXPLOITED], "High"),
		([1, 1, 1], [EXPLOITED, SELF_HARM], "High"),  # once only
		([1, 1, 5], [EXPLOITED], "Very High"),
		([1, 5, 5], [EXPLOITED], "Very High"),
		# protective factors lower by one step at most, when they outweigh
		([2, 3, 3], [ADULT], "Low"),
		([1, 4, 4], [ADULT, SCHOOL], "Medium"),
		([2, 3, 3], [SCHOOL, DEBT], "Medium"),
		([1, 1, 1], [ADULT], "Low"),
		# never below what a score of 5 or a critical factor demands
		([1, 1, 5], [ADULT, SCHOOL], "High"),
		([1, 1, 1], [SELF_HARM, ADULT], "Medium"),
		([1, 1, 1], [EXPLOITED, ADULT, SCHOOL], "High"),
		([1, 1, 5], [EXPLOITED, ADULT, SCHOOL], "High"),
	],
)
def test_the_level(scores, factors, level):
	assert judge(scores, factors).level == level


def test_a_level_says_why():
	judgement = judge([1, 4, 4], [DEBT, ADULT, SCHOOL])
	assert [message.render() for message in judgement.reasons] == [
		"Scores: mean 3,0, 2 of 4 or more, 0 of 5: High.",
		"Protective factors outweigh the factors of risk: one step lower.",
	]


def test_worse_scores_and_more_critical_factors_never_lower_the_level():
	"""Each score one point higher, and each critical factor added, keeps or raises the level."""
	sets = ([], [ADULT], [ADULT, SCHOOL], [SELF_HARM, ADULT], [EXPLOITED, SCHOOL], [DEBT])
	for scores in product((1, 2, 3, 4, 5), repeat=3):
		for factors in sets:
			here = LEVELS.index(judge(scores, factors).level)
			for place in range(3):
				if scores[place] < 5:
					worse = [*scores[:place], scores[place] + 1, *scores[place + 1 :]]
					assert LEVELS.index(judge(worse, factors).level) >= here, (scores, worse, factors)
			for name in sorted(CRITICAL):
				more = [*factors, Factor("Risk", name, "High")]
				assert LEVELS.index(judge(scores, more).level) >= here, (scores, factors, name)


def test_a_factor_typed_twice_counts_once_with_its_heaviest_weight():
	light = Factor("Protective", "School Attendance", "Low")
	assert judge([2, 3, 3], [light] * 5 + [DEBT]).level == "Medium"
	with pytest.raises(RuleError):
		check_assessment(TODAY, TODAY, [light, light], "Low", None, None)
	other = Factor("Risk", "Other", "Low")
	check_assessment(TODAY, TODAY, [other, other], "Low", None, None)


def test_what_changed():
	change = change_between(
		{"Salute": 4, "Scuola": 3, "Casa": None, "Lavoro": 2},
		{"Salute": 2, "Scuola": 3, "Casa": 5, "Famiglia": None},
		[DEBT, EXPLOITED, SCHOOL],
		[Factor("Risk", "Debt of the Journey", "High"), SCHOOL, ADULT],
	)
	assert [(row.dimension, row.before, row.after, row.difference) for row in change.scores] == [
		("Salute", 4, 2, -2),
		("Scuola", 3, 3, 0),
		("Casa", None, 5, None),
		("Lavoro", 2, None, None),
	]
	assert change.new == (ADULT,)
	assert change.gone == (EXPLOITED,)
	assert [(old.weight, new.weight) for old, new in change.weighed] == [("Medium", "High")]


def test_another_level_wants_its_reason_and_the_day_is_past():
	check_assessment(TODAY, TODAY, [], "High", "Medium", "Segue un percorso")
	check_assessment(TODAY, TODAY, [], "High", "High", None)
	for values in (
		(TODAY, TODAY, [], "High", "Medium", " "),
		(date(2026, 3, 11), TODAY, [], "High", None, None),
	):
		with pytest.raises(RuleError):
			check_assessment(*values)


def test_what_is_proposed_was_scored():
	assert [finding.severity for finding in check_ready([None, None])] == [Severity.BLOCK]
	assert [finding.severity for finding in check_ready([1, None])] == [Severity.INFORM]
	assert check_ready([1, 5]) == []


@pytest.mark.parametrize(
	("status", "step", "is_author", "comment", "result"),
	[
		("Draft", "Propose", True, None, "Proposed"),
		("Proposed", "Take Back", True, None, "Draft"),
		("Proposed", "Approve", False, None, "Approved"),
		("Proposed", "Send Back", False, "Manca la salute", "Draft"),
		("Proposed", "Approve", True, None, None),
		("Proposed", "Send Back", True, "No", None),
		("Proposed", "Send Back", False, " ", None),
		("Draft", "Approve", False, None, None),
		("Approved", "Approve", False, None, None),
		("Approved", "Take Back", True, None, None),
		("Draft", "Invented", True, None, None),
	],
)
def test_steps(status, step, is_author, comment, result):
	if result:
		assert next_status(status, step, is_author, comment) == result
	else:
		with pytest.raises(RuleError):
			next_status(status, step, is_author, comment)
