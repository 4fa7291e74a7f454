"""A purchase from the first quote to the last invoice: what its papers must agree on. Thresholds are the programme's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core_minori.engine.eligibility import Rulebook, check_direct_award, check_quotes
from core_minori.engine.message import Finding, Message, Severity, _, refuse
from core_minori.engine.money import ZERO, money

SOURCE = _("Procurement: funding reference, rules 14 and 15")


@dataclass(frozen=True)
class Quote:
	"""An offer: who, when, euro before VAT, and whether it was taken."""

	supplier: str
	quoted_on: date | None
	amount: Decimal
	chosen: bool = False


@dataclass(frozen=True)
class Purchase:
	"""A Procurement Record. `value` is the contract's, or the estimate while there is none; euro before VAT."""

	public_body: bool
	procedure: str
	contract_type: str
	value: Decimal
	contract_value: Decimal = ZERO
	contract_date: date | None = None
	cig: str = ""
	cig_exemption: str = ""
	choice_reason: str = ""
	quotes: Sequence[Quote] = ()
	checked_on: date | None = None
	outcome: str = ""


def check_purchase(purchase: Purchase, rules: Rulebook, today: date) -> list[Finding]:
	"""Everything that is doubtful about a purchase. Raises RuleError for what cannot be: see `check_choice`."""
	check_choice(purchase)
	day = purchase.contract_date or today
	findings: list[Finding] = []
	for rule in rules.all_of("procurement-threshold", day):
		findings += check_direct_award(
			purchase.public_body, purchase.procedure, purchase.contract_type, purchase.value, rule
		)
	for rule in rules.all_of("procurement-quotes", day):
		findings += check_quotes(
			purchase.public_body, purchase.procedure, purchase.value, len(purchase.quotes), rule
		)
	return [*findings, *_doubts(purchase)]


def check_choice(purchase: Purchase) -> None:
	"""One quote is taken, once there is a contract; an outcome of the legal expert has its day. Raises RuleError."""
	chosen = [quote.supplier for quote in purchase.quotes if quote.chosen]
	if len(chosen) > 1:
		raise refuse(
			"procurement-choice",
			_("{count} quotes are marked as chosen: {names}."),
			_("Choose one."),
			SOURCE,
			count=len(chosen),
			names=", ".join(chosen),
		)
	if purchase.quotes and purchase.contract_date and not chosen:
		raise refuse(
			"procurement-choice",
			_("There is a contract, but none of the {count} quotes is marked as chosen."),
			_("Mark the quote that was taken."),
			SOURCE,
			count=len(purchase.quotes),
		)
	if bool(purchase.outcome) != bool(purchase.checked_on):
		raise refuse(
			"procurement-legal-expert",
			_("The check by the legal expert has an outcome or a day, not both."),
			_("Enter the day and the outcome."),
			SOURCE,
		)


def check_contract_total(contract_value: Decimal, invoiced: Iterable[Decimal]) -> Finding | None:
	"""The invoices of a contract, before VAT, stay within its value. A contract without a value has no limit."""
	total, limit = sum((money(amount) for amount in invoiced), ZERO), money(contract_value)
	if not limit or total <= limit:
		return None
	return _doubt(
		"procurement-total",
		_("The invoices of this contract come to EUR {found}, over its EUR {allowed}."),
		_("Extend the contract first, or link the invoice to another one."),
		total,
		limit,
	)


def _doubts(purchase: Purchase) -> Iterator[Finding]:
	chosen = next((quote for quote in purchase.quotes if quote.chosen), None)
	late = [quote for quote in purchase.quotes if _after(quote.quoted_on, purchase.contract_date)]
	if late:
		yield _doubt(
			"procurement-dates",
			_("The quote of {supplier} of {found} is later than the contract of {allowed}."),
			_("Correct one of the dates: quotes come before the choice."),
			late[0].quoted_on,
			purchase.contract_date,
			supplier=late[0].supplier,
		)
	cheapest = min((quote.amount for quote in purchase.quotes), default=ZERO)
	if chosen and chosen.amount > cheapest and not purchase.choice_reason.strip():
		yield _doubt(
			"procurement-choice",
			_("The quote chosen is EUR {found}, the lowest is EUR {allowed}."),
			_("Write the reason for the choice."),
			chosen.amount,
			cheapest,
		)
	if chosen and purchase.contract_value > chosen.amount:
		yield _doubt(
			"procurement-choice",
			_("The contract is EUR {found}, the quote chosen EUR {allowed}."),
			_("Correct the contract's value, or say in the reason for the choice what was added."),
			purchase.contract_value,
			chosen.amount,
		)
	if purchase.procedure != "Not Due" and not purchase.cig and not purchase.cig_exemption.strip():
		yield _doubt(
			"cig",
			_("There is neither a CIG nor a reason for none."),
			_("Ask ANAC for the CIG, or write why this purchase needs none."),
		)
	if purchase.outcome == "Not Compliant":
		yield _doubt(
			"procurement-legal-expert",
			_("The legal expert found the procedure not compliant on {found}."),
			_("Its costs may be refused: speak with the authority before they are claimed."),
			purchase.checked_on,
		)
	elif purchase.contract_date and not purchase.outcome:
		yield _doubt(
			"procurement-legal-expert",
			_("The legal expert has not checked this procedure yet."),
			_("Give the papers to the legal expert before the costs are claimed."),
			severity=Severity.INFORM,
		)


def _after(day: date | None, other: date | None) -> bool:
	return bool(day and other and day > other)


def _doubt(
	rule: str,
	text: str,
	remedy: str,
	found: object = None,
	allowed: object = None,
	severity: Severity = Severity.WARN,
	**values: object,
) -> Finding:
	values = {"found": found, "allowed": allowed, **values}
	return Finding(rule, severity, Message(text, values), Message(remedy, values), SOURCE, found, allowed)
