"""The path of a referral, and the gate before it leaves the house."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse

SENDER = "sender"
RECEIVER = "receiver"


@dataclass(frozen=True)
class Step:
	"""One action: the states it starts from, the state it leads to, who may do it, whether it wants words."""

	action: str
	starts: tuple[str, ...]
	leads_to: str
	by: str
	needs_note: bool = False


STEPS: dict[str, Step] = {
	step.action: step
	for step in (
		Step("Send", ("Drafted",), "Sent", SENDER),
		Step("Accept", ("Sent",), "Accepted", RECEIVER),
		Step("Reject", ("Sent",), "Rejected", RECEIVER, needs_note=True),
		Step("Start", ("Accepted",), "In Progress", RECEIVER),
		Step("Complete", ("In Progress",), "Done", RECEIVER, needs_note=True),
		Step("Revoke", ("Drafted", "Sent", "Accepted", "In Progress"), "Revoked", SENDER, needs_note=True),
	)
}


@dataclass(frozen=True)
class ConsentFacts:
	"""What a consent says: for which purpose and organisation, given or refused, and its dates."""

	purpose: str
	outcome: str
	given_on: date
	organisation: str | None = None
	valid_until: date | None = None
	withdrawn_on: date | None = None


def next_state(state: str, action: str, side: str, note: str | None = None) -> str:
	"""State after `action` by `side` (sender or receiver). Raises RuleError with what is missing."""
	step = STEPS.get(action)
	if not step or state not in step.starts:
		raise refuse(
			"referral-step",
			_("A referral that is {state} cannot take the step {action}."),
			_("Reload the page: somebody may have moved it meanwhile."),
			state=Term(state),
			action=Term(action),
		)
	if side != step.by:
		raise refuse(
			"referral-side",
			_("The step {action} belongs to the other side of the referral."),
			_("Ask the organisation that sent it, or the one that received it."),
			action=Term(action),
		)
	if step.needs_note and not (note or "").strip():
		raise refuse(
			"referral-note",
			_("The step {action} needs a reason."),
			_("Write the reason."),
			action=Term(action),
		)
	return step.leads_to


def actions_from(state: str, side: str) -> list[str]:
	"""Actions open to `side` in `state`, in the order a person would expect."""
	return [step.action for step in STEPS.values() if state in step.starts and step.by == side]


def check_gate(
	legal_basis: str,
	organisation: str,
	consents: Iterable[ConsentFacts],
	agreement_signed_on: date | None,
	agreement_expires_on: date | None,
	today: date,
) -> list[Finding]:
	"""What stands between a drafted referral and its receiver; empty when it may leave.

	A sharing under legal duty does not rest on consent, but the receiver's agreement is always asked for. Both findings
	block, and the coordinator may send all the same with a reason that is kept.
	"""
	findings = []
	if legal_basis == "Consent" and not sharing_is_covered(consents, organisation, today):
		findings.append(
			Finding(
				"referral-consent",
				Severity.BLOCK,
				Message(
					_("No valid consent covers sharing with {organisation}."), {"organisation": organisation}
				),
				Message(_("Record the consent, or choose Legal Duty where the law imposes the sharing.")),
				"GDPR art. 6-9",
			)
		)
	if not agreement_signed_on or agreement_signed_on > today:
		findings.append(
			_agreement_finding(
				_("{organisation} has not signed the data protection agreement."), organisation
			)
		)
	elif agreement_expires_on and agreement_expires_on < today:
		findings.append(
			_agreement_finding(
				_("The data protection agreement of {organisation} expired on {day}."),
				organisation,
				day=agreement_expires_on,
			)
		)
	return findings


def _agreement_finding(text: str, organisation: str, **values: object) -> Finding:
	return Finding(
		"referral-agreement",
		Severity.BLOCK,
		Message(text, {"organisation": organisation, **values}),
		Message(_("Record the signed agreement in the organisation's page.")),
		"GDPR art. 28",
	)


def sharing_is_covered(consents: Iterable[ConsentFacts], organisation: str, today: date) -> bool:
	"""Whether sharing with `organisation` is consented to on that day: the last word counts.

	A refusal or a withdrawal takes away every consent given before it, wherever the two meet. Of two of one day the one
	that names the organisation counts; of two alike a refusal counts before a consent, and a consent before the
	withdrawal of another.
	"""
	said = []
	for consent in consents:
		if consent.purpose != "Sharing with an Organisation" or consent.organisation not in (
			None,
			"",
			organisation,
		):
			continue
		ended = consent.withdrawn_on if consent.withdrawn_on and consent.withdrawn_on <= today else None
		if ended:
			said.append((ended, bool(consent.organisation), 0))
		elif consent.given_on <= today and (consent.valid_until is None or consent.valid_until >= today):
			said.append((consent.given_on, bool(consent.organisation), _WEIGHT[consent.outcome]))
	return bool(said) and max(said)[-1] == _WEIGHT["Given"]


_WEIGHT = {"Given": 1, "Refused": 2}
