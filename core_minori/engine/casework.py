"""The state of a case follows from what was done: nobody clicks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse

PLAN_RUNNING = ("In Progress", "Under Review")
PLAN_ENDED = ("Superseded", "Concluded")


@dataclass(frozen=True)
class CaseFacts:
	"""The dated facts of a case that its state follows from."""

	reception_entry: datetime | None = None
	interview_on: datetime | None = None
	prosieguo_until: date | None = None
	missing_since: date | None = None
	closed_on: date | None = None
	closure_reason: str | None = None


def case_state(facts: CaseFacts, pei_states: Iterable[str]) -> str:
	"""State of the case. The most final fact wins: closed, missing, prosieguo, then how far the PEI went."""
	states = [state for state in pei_states if state not in PLAN_ENDED]
	if facts.closed_on:
		return "Transferred" if facts.closure_reason == "Transferred" else "Closed"
	if facts.missing_since:
		return "Missing"
	if facts.prosieguo_until:
		return "Prosieguo"
	if any(state in PLAN_RUNNING for state in states):
		return "In Progress"
	if states:
		return "PEI Drafting"
	if facts.interview_on:
		return "Assessment"
	return "Reception" if facts.reception_entry else "Reported"


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


def check_pei_step(
	state: str,
	objectives: int,
	minor_wishes: str | None,
	signatures: Iterable[tuple[str, date | None, str | None]],
) -> list[Finding]:
	"""What a PEI still lacks to be in `state`; `signatures` gives (who, signed on, reason of a missing one).

	A plan without objectives goes nowhere, and a signed plan has a signature. A signature that is missing without a
	reason warns: signing is not binding, being heard is.
	"""
	if state in ("Drafting", "Superseded", "Concluded"):
		return []
	findings = []
	if not objectives:
		findings.append(
			Finding(
				"pei-objectives",
				Severity.BLOCK,
				Message(_("The PEI has no objective yet.")),
				Message(_("Add at least one row under Objectives.")),
			)
		)
	if not (minor_wishes or "").strip():
		findings.append(
			Finding(
				"pei-voice",
				Severity.WARN,
				Message(_("The minor's own voice is empty.")),
				Message(_("Write the wishes and the opinion of the minor, or why they could not be heard.")),
				"L. 47/2017",
			)
		)
	if state not in ("Signed", *PLAN_RUNNING):
		return findings
	signed: set[str] = set()
	excused: set[str] = set()
	for who, day, reason in signatures:
		if day:
			signed.add(who)
		elif (reason or "").strip():
			excused.add(who)
	if not signed:
		findings.append(
			Finding(
				"pei-unsigned",
				Severity.BLOCK,
				Message(_("Nobody signed the PEI yet.")),
				Message(_("Add the signatures with their dates under Signatures.")),
			)
		)
	for who in ("Minor", "Guardian or Parent"):
		if signed and who not in signed | excused:
			findings.append(
				Finding(
					"pei-signature",
					Severity.WARN,
					Message(_("A signature is missing: {who}."), {"who": Term(who)}),
					Message(_("Add it, or add the row with the reason why it is missing.")),
				)
			)
	return findings


def _impossible(text: str, **values: object):
	return refuse("case-dates", text, _("Correct the date."), **values)
