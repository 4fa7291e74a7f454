"""The state of a case follows from what was done: nobody clicks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from core_minori.engine.beneficiaries import NEVER_CHILDREN
from core_minori.engine.message import Finding, Message, Severity, _, refuse

PLAN_RUNNING = ("In Progress", "Under Review")
PLAN_ENDED = ("Superseded", "Concluded")

DECISION_OF = _("Decision of meeting {meeting} for case {case}")
"""What the task of a decision says: where it was decided, and not what."""

ENDED = ("Closed", "Transferred")
"""States of a case that nobody works on any more."""

# The path as it is walked when nothing interrupts it; a step back on it means that a date was corrected.
_PATH = ("Reported", "Reception", "Assessment", "PEI Drafting", "In Progress", "Prosieguo")
# State a case comes out of -> what happened then, whatever state it comes to.
_LEFT = {
	"Closed": "Case Reopened",
	"Transferred": "Case Reopened",
	"Suspended": "Case Resumed",
	"Missing": "Minor Found",
}
# Proposed this many days before the day itself, so that the papers are ready on it.
_NOTICE = timedelta(days=30)


@dataclass(frozen=True)
class CaseFacts:
	"""The dated facts of a case that its state follows from.

	`majority_on` is the eighteenth birthday, None when the birth date is unknown.
	"""

	reception_entry: datetime | None = None
	interview_on: datetime | None = None
	prosieguo_until: date | None = None
	majority_on: date | None = None
	missing_since: date | None = None
	suspended_on: date | None = None
	closed_on: date | None = None
	closure_reason: str | None = None
	kind: str | None = None


class CaseState(NamedTuple):
	"""A state and the fact it follows from."""

	state: str
	fact: str


def case_state(facts: CaseFacts, pei_states: Iterable[str], today: date) -> CaseState:
	"""State of the case today. The most final fact wins: closed, missing, suspended, prosieguo, then how far the PEI went.

	Prosieguo starts with the majority: an order made before waits for the birthday.
	"""
	states = [state for state in pei_states if state not in PLAN_ENDED]
	if facts.closed_on:
		if facts.closure_reason == "Transferred":
			return CaseState("Transferred", "Case Transferred")
		return CaseState("Closed", "Case Closed")
	if facts.missing_since:
		return CaseState("Missing", "Minor Missing")
	if facts.suspended_on:
		return CaseState("Suspended", "Case Suspended")
	if facts.prosieguo_until and (facts.majority_on is None or facts.majority_on <= today):
		return CaseState("Prosieguo", "Prosieguo Ordered")
	if any(state in PLAN_RUNNING for state in states):
		return CaseState("In Progress", "PEI Started")
	if states:
		return CaseState("PEI Drafting", "PEI Drafted")
	if facts.interview_on:
		return CaseState("Assessment", "First Interview Held")
	if facts.reception_entry:
		return CaseState("Reception", "Entry into First Reception")
	return CaseState("Reported", "Case Reported")


def moving_fact(before: str | None, after: CaseState) -> str:
	"""What moved a case from the state `before` (None for a new one) to `after`: its fact, or the end of an earlier one."""
	if after.state in (*ENDED, "Missing", "Suspended"):
		return after.fact
	if before in _LEFT:
		return _LEFT[before]
	if before in _PATH and after.state in _PATH and _PATH.index(after.state) < _PATH.index(before):
		if before == "Prosieguo":
			return "Prosieguo Corrected"
		return "PEI Ended" if before in ("PEI Drafting", "In Progress") else "Date Corrected"
	return after.fact


def closing_hints(facts: CaseFacts, today: date) -> list[Finding]:
	"""What speaks for closing an open case: the prosieguo that ends, or the majority without one. Nothing closes by itself."""
	if facts.closed_on:
		return []
	if facts.prosieguo_until:
		if facts.prosieguo_until - _NOTICE > today:
			return []
		past = facts.prosieguo_until <= today
		text = _("The prosieguo ended on {day}.") if past else _("The prosieguo ends on {day}.")
		return [_closing_hint("prosieguo-ends", text, facts.prosieguo_until, past)]
	if facts.kind not in NEVER_CHILDREN and facts.majority_on and facts.majority_on - _NOTICE <= today:
		past = facts.majority_on <= today
		text = (
			_("The person came of age on {day}, and no prosieguo was ordered.")
			if past
			else _("The person comes of age on {day}, and no prosieguo was ordered.")
		)
		return [_closing_hint("came-of-age", text, facts.majority_on, past)]
	return []


def _closing_hint(rule: str, text: str, day: date, past: bool) -> Finding:
	return Finding(
		rule,
		Severity.WARN if past else Severity.INFORM,
		Message(text, {"day": day}),
		Message(_("Ask to close the case, or record the act that continues it.")),
		"L. 47/2017 art. 13",
	)


def check_case_dates(facts: CaseFacts, reported_on: date, today: date) -> None:
	"""The facts come in an order that can be, and none lies in the future. Raises RuleError."""
	if reported_on > today:
		raise _impossible(_("The day of the report, {day}, is in the future."), day=reported_on)
	for moment in (facts.reception_entry, facts.interview_on):
		if moment and moment.date() > today:
			raise _impossible(
				_("{day} is in the future: only what happened is recorded here."), day=moment.date()
			)
	if facts.interview_on and facts.reception_entry and facts.interview_on < facts.reception_entry:
		raise _impossible(
			_("The interview of {interview} comes before the entry into reception of {entry}."),
			interview=facts.interview_on,
			entry=facts.reception_entry,
		)
	if facts.closed_on and facts.closed_on < reported_on:
		raise _impossible(
			_("The case was closed on {closed}, before it was reported on {reported}."),
			closed=facts.closed_on,
			reported=reported_on,
		)


def _impossible(text: str, **values: object):
	return refuse("case-dates", text, _("Correct the date."), **values)
