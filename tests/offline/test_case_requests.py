"""What may be asked for a case, who answers, and when access ends."""

from datetime import date

import pytest

from core_minori.engine import case_requests as rules
from core_minori.engine.message import RuleError

TODAY = date(2026, 3, 10)
REPORTED = date(2026, 1, 10)


@pytest.mark.parametrize(
	("state", "possible"),
	[
		("In Progress", {"Closure", "Suspension", "Transfer of the Case"}),
		("Missing", {"Closure", "Suspension", "Transfer of the Case"}),
		("Suspended", {"Closure", "Resumption", "Transfer of the Case"}),
		("Closed", {"Reopening"}),
		("Transferred", {"Reopening"}),
	],
)
def test_a_request_fits_the_state_of_the_case(state, possible):
	for kind in ("Closure", "Reopening", "Suspension", "Resumption", "Transfer of the Case"):
		if kind in possible:
			rules.check_request(kind, state, TODAY, REPORTED, TODAY)
			continue
		with pytest.raises(RuleError):
			rules.check_request(kind, state, TODAY, REPORTED, TODAY)


@pytest.mark.parametrize(
	("day", "pending"),
	[(date(2026, 3, 11), None), (date(2026, 1, 9), None), (TODAY, "CRQ-2026-00001")],
)
def test_a_day_that_cannot_be_and_a_second_request_are_refused(day, pending):
	with pytest.raises(RuleError):
		rules.check_request("Closure", "In Progress", day, REPORTED, TODAY, pending)


@pytest.mark.parametrize(
	("kind", "status", "step", "reason", "result"),
	[
		("Closure", "Requested", "Approve", None, "Approved"),
		("Closure", "Requested", "Reject", "Manca il verbale", "Rejected"),
		("Closure", "Requested", "Reject", " ", None),
		("Closure", "Requested", "Accept", None, None),
		("Closure", "Approved", "Accept", None, None),
		("Closure", "Approved", "Withdraw", None, None),
		("Closure", "Rejected", "Approve", None, None),
		("Closure", "Requested", "Withdraw", None, "Withdrawn"),
		("Transfer of the Case", "Requested", "Accept", None, None),
		("Transfer of the Case", "Approved", "Accept", None, "Accepted"),
		("Transfer of the Case", "Approved", "Decline", "Troppi casi", "Declined"),
		("Transfer of the Case", "Approved", "Decline", None, None),
		("Transfer of the Case", "Approved", "Withdraw", None, "Withdrawn"),
		("Transfer of the Case", "Accepted", "Decline", "Tardi", None),
		("Transfer of the Case", "Approved", "Dance", None, None),
	],
)
def test_a_request_walks_only_its_own_path(kind, status, step, reason, result):
	if result:
		assert rules.next_status(kind, status, step, reason) == result
		return
	with pytest.raises(RuleError):
		rules.next_status(kind, status, step, reason)


@pytest.mark.parametrize(
	("kind", "status", "who", "steps"),
	[
		("Closure", "Requested", {"decider"}, ["Approve", "Reject"]),
		("Closure", "Requested", {"requester"}, ["Withdraw"]),
		("Closure", "Requested", {"requester", "decider"}, ["Withdraw"]),
		("Closure", "Approved", {"requester", "decider", "receiver"}, []),
		("Transfer of the Case", "Requested", {"receiver"}, []),
		("Transfer of the Case", "Approved", {"receiver"}, ["Accept", "Decline"]),
		("Transfer of the Case", "Approved", {"requester"}, ["Withdraw"]),
		("Transfer of the Case", "Approved", set(), []),
		("Transfer of the Case", "Accepted", {"receiver", "requester"}, []),
	],
)
def test_each_side_is_offered_its_own_steps_and_nobody_decides_their_own_request(kind, status, who, steps):
	flags = {name: name in who for name in ("requester", "decider", "receiver")}
	assert rules.steps_of(kind, status, **flags) == steps


def test_access_ends_at_once_unless_it_began_today():
	assert rules.last_day_of_access(date(2026, 1, 1), TODAY) == date(2026, 3, 9)
	assert rules.last_day_of_access(date(2026, 3, 9), TODAY) == date(2026, 3, 9)
	assert rules.last_day_of_access(TODAY, TODAY) == TODAY


def test_only_what_is_there_is_listed_as_still_open():
	findings = rules.still_open([("Referral", 2), ("Placement", 0)])
	assert [finding.message.render() for finding in findings] == ["Still open: Referral (2)"]
