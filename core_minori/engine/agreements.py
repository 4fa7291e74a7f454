"""Agreements by which a body is given a task: their state follows from dates and deliverables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core_minori.engine.message import Finding, Message, Severity, _, refuse
from core_minori.engine.money import ZERO, money

DRAFT, SIGNED, RUNNING, CONCLUDED, EXPIRED, TERMINATED = (
	"Draft",
	"Signed",
	"Running",
	"Concluded",
	"Expired",
	"Terminated",
)


@dataclass(frozen=True)
class Deliverable:
	"""What is to be handed over: by when, for how many euro, and when it was delivered and accepted."""

	title: str
	due_on: date | None = None
	amount: Decimal = ZERO
	delivered_on: date | None = None
	accepted_on: date | None = None


@dataclass(frozen=True)
class Terms:
	"""The dates of an agreement and its amount in euro."""

	signed_on: date | None = None
	starts_on: date | None = None
	ends_on: date | None = None
	terminated_on: date | None = None
	amount: Decimal = ZERO


def agreement_state(terms: Terms, deliverables: Sequence[Deliverable], today: date) -> str:
	"""State on `today`. Concluded when everything to deliver was accepted; expired when its time ended before that.

	An agreement without deliverables is concluded when its time is over.
	"""
	if terms.terminated_on and terms.terminated_on <= today:
		return TERMINATED
	if not terms.signed_on or terms.signed_on > today:
		return DRAFT
	over = bool(terms.ends_on and terms.ends_on < today)
	if all(row.accepted_on for row in deliverables) and (deliverables or over):
		return CONCLUDED
	if over:
		return EXPIRED
	return SIGNED if terms.starts_on and terms.starts_on > today else RUNNING


def check_deliverables(terms: Terms, deliverables: Sequence[Deliverable], today: date) -> list[Finding]:
	"""What is late, and amounts that do not fit the agreement's. Raises RuleError for dates that cannot be.

	Nothing is accepted before it is delivered, and neither happens in the future.
	"""
	findings = []
	for row in deliverables:
		if row.accepted_on and (not row.delivered_on or row.accepted_on < row.delivered_on):
			raise refuse(
				"deliverable-order",
				_("{title} cannot be accepted before it is delivered."),
				_("Correct the two dates."),
				title=row.title,
			)
		if any(day and day > today for day in (row.delivered_on, row.accepted_on)):
			raise refuse(
				"deliverable-future",
				_("{title}: the day is in the future."),
				_("Enter the day on which it happened."),
				title=row.title,
			)
		if row.due_on and row.due_on < today and not row.delivered_on:
			findings.append(
				Finding(
					"deliverable-late",
					Severity.WARN,
					Message(
						_("{title} was due on {due} and is not delivered."),
						{"title": row.title, "due": row.due_on},
					),
					Message(_("Record the delivery, or agree another day in writing.")),
					found=today,
					allowed=row.due_on,
				)
			)
	whole, parts = money(terms.amount), sum((money(row.amount) for row in deliverables), ZERO)
	if parts > whole:
		findings.append(
			Finding(
				"deliverable-amounts",
				Severity.WARN,
				Message(
					_("The deliverables sum to EUR {parts}, more than the EUR {whole} of the agreement."),
					{"parts": parts, "whole": whole},
				),
				Message(_("Correct the amounts, or the amount of the agreement.")),
				found=parts,
				allowed=whole,
			)
		)
	return findings
