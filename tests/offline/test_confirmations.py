"""The second pair of eyes on a role that opens cases."""

import pytest

from core_minori.engine.confirmations import CONFIRMED, REFUSED, WAITING, check_decision, newly_given
from core_minori.engine.message import RuleError

GOOD = {
	"before": WAITING,
	"after": CONFIRMED,
	"decider": "officer",
	"user": "worker",
	"given_by": "administrator",
	"role": "Social Worker",
	"may_confirm": True,
}


def test_a_second_person_confirms() -> None:
	check_decision(**GOOD)
	check_decision(**{**GOOD, "after": REFUSED, "reason": "Non lavora qui"})


@pytest.mark.parametrize(
	("change", "rule"),
	[
		({"decider": "worker"}, "role-second-person"),
		({"decider": "administrator"}, "role-second-person"),
		({"may_confirm": False}, "role-decider"),
		({"before": CONFIRMED}, "role-decided"),
		({"before": REFUSED}, "role-decided"),
		({"after": WAITING}, "role-decided"),
		({"after": REFUSED}, "role-refusal-reason"),
		({"after": REFUSED, "reason": "  "}, "role-refusal-reason"),
	],
)
def test_anybody_else_does_not(change: dict, rule: str) -> None:
	with pytest.raises(RuleError) as refused:
		check_decision(**{**GOOD, **change})
	assert refused.value.finding.rule == rule


def test_only_new_roles_of_ours_wait() -> None:
	ours = ("Social Worker", "Educator")
	assert newly_given(["Educator"], ["Educator", "Social Worker", "Accounts User"], ours) == [
		"Social Worker"
	]
	assert newly_given(["Educator"], [], ours) == []
