"""Closing, reopening, suspending and handing over a case: what may be asked for, and who may say yes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from core_minori.engine.casework import ENDED
from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse

CLOSURE = "Closure"
REOPENING = "Reopening"
SUSPENSION = "Suspension"
RESUMPTION = "Resumption"
TRANSFER = "Transfer of the Case"

# Decision of who answers for all cases, and what it needs.
APPROVE = "Approve"
REJECT = "Reject"
# Answer of who is asked to take a case over.
ACCEPT = "Accept"
DECLINE = "Decline"
WITHDRAW = "Withdraw"

# What a notification says: codes, and nothing of what is asked or why.
TO_DECIDE = _("Request {request} for case {case} waits for your decision.")
TO_ACCEPT = _("You are asked to take over case {case}: {request}.")
ANSWERED = _("Request {request} for case {case} was answered.")
CASE_CLOSED = _("The case was closed.")

_STEPS: dict[str, tuple[str, ...]] = {
	APPROVE: ("Requested",),
	REJECT: ("Requested",),
	ACCEPT: ("Approved",),
	DECLINE: ("Approved",),
	WITHDRAW: ("Requested", "Approved"),
}
_LEADS_TO = {
	APPROVE: "Approved",
	REJECT: "Rejected",
	ACCEPT: "Accepted",
	DECLINE: "Declined",
	WITHDRAW: "Withdrawn",
}
_NEEDS_REASON = (REJECT, DECLINE)


def possible_requests(state: str) -> list[str]:
	"""What may be asked for a case in this state."""
	if state in ENDED:
		return [REOPENING]
	return [CLOSURE, RESUMPTION if state == "Suspended" else SUSPENSION, TRANSFER]


def check_request(
	request_type: str,
	state: str,
	effective_on: date,
	reported_on: date,
	today: date,
	pending: str | None = None,
) -> None:
	"""A new request fits the case's state, its day can be, and no other of its kind waits. Raises RuleError.

	`pending` names the other request of this kind that nobody answered yet.
	"""
	if request_type not in possible_requests(state):
		raise refuse(
			"case-request",
			_("A case that is {state} has no {request}."),
			_("Reload the case: somebody may have moved it meanwhile."),
			state=Term(state),
			request=Term(request_type),
		)
	if pending:
		raise refuse(
			"case-request",
			_("{pending} already asks for this: {request}."),
			_("Wait for its answer, or withdraw it."),
			pending=pending,
			request=Term(request_type),
		)
	if effective_on > today:
		raise refuse(
			"case-request",
			_("{day} is in the future."),
			_("Ask on the day itself, or choose a day that has come."),
			day=effective_on,
		)
	if effective_on < reported_on:
		raise refuse(
			"case-request",
			_("{day} comes before the case was reported, on {reported}."),
			_("Correct the day."),
			day=effective_on,
			reported=reported_on,
		)


def next_status(request_type: str, status: str, step: str, reason: str | None = None) -> str:
	"""Status after `step`. Raises RuleError when the step does not start from `status` or needs a reason."""
	possible = status in _STEPS.get(step, ())
	# Approval of anything but a transfer has had its effect: nobody is asked to accept it, and nothing can be taken back.
	if possible and status == "Approved" and request_type != TRANSFER:
		possible = False
	if not possible:
		raise refuse(
			"case-request-step",
			_("A request that is {status} cannot take the step {step}."),
			_("Reload the page: somebody may have answered it meanwhile."),
			status=Term(status),
			step=Term(step),
		)
	if step in _NEEDS_REASON and not (reason or "").strip():
		raise refuse(
			"case-request-reason",
			_("The step {step} needs a reason."),
			_("Write the reason."),
			step=Term(step),
		)
	return _LEADS_TO[step]


def steps_of(request_type: str, status: str, *, requester: bool, decider: bool, receiver: bool) -> list[str]:
	"""The steps open to one person: nobody decides on their own request, and only the receiver answers for themselves."""
	steps = []
	if status == "Requested" and decider and not requester:
		steps += [APPROVE, REJECT]
	if status == "Approved" and request_type == TRANSFER:
		if receiver:
			steps += [ACCEPT, DECLINE]
		if requester or decider:
			steps.append(WITHDRAW)
	if status == "Requested" and requester:
		steps.append(WITHDRAW)
	return steps


def last_day_of_access(from_date: date, today: date) -> date:
	"""Last day of who hands a case over today: yesterday, so that access ends at once; today when it began today."""
	return max(from_date, today - timedelta(days=1))


def still_open(counts: Iterable[tuple[str, int]]) -> list[Finding]:
	"""What a case would leave open when it closes; `counts` gives (what, how many)."""
	return [
		Finding(
			"case-still-open",
			Severity.WARN,
			Message(_("Still open: {what} ({count})"), {"what": Term(what), "count": count}),
		)
		for what, count in counts
		if count
	]
