"""Instalments of a grant: how much each is, what was received, and whether the next one may be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core_minori.engine.message import Finding, Message, Severity, _, refuse
from core_minori.engine.money import CENT, ZERO, money, split

ADVANCE, INTERIM, BALANCE = "Advance", "Interim", "Balance"

GUARANTEE_NOTICE = 60
"""Days before its expiry from which a guarantee is spoken of: renewing one takes a bank or an insurer weeks."""


@dataclass(frozen=True)
class Instalment:
	"""One row of a payment plan. `number` is its place in the plan, from 1; amounts are euro.

	`trigger_percent` is the share of what was received before that must be spent; None where the row says nothing.
	"""

	number: int
	kind: str
	amount: Decimal
	received: Decimal = ZERO
	due_on: date | None = None
	requested_on: date | None = None
	trigger_percent: Decimal | None = None

	@property
	def outstanding(self) -> Decimal:
		"""Euro still to come; never below zero."""
		return max(self.amount - self.received, ZERO)


def instalment_amounts(total: Decimal, percents: Sequence[Decimal | float | str]) -> list[Decimal]:
	"""Euro of each instalment of a grant of `total` euro; the last one takes the rounding residual.

	Raises RuleError unless every share is above zero and they sum to 100.
	"""
	shares = [Decimal(str(percent or 0)) for percent in percents]
	whole = sum(shares, Decimal(0))
	if any(share <= 0 for share in shares) or abs(whole - 100) >= CENT:
		raise refuse(
			"instalment-shares",
			_("The shares of the instalments sum to {whole} %, and each must be above 0 and all 100 %."),
			_("Correct the shares of the instalments so that they sum to 100 %."),
			whole=money(whole),
		)
	return split(total, shares)


def check_order(kinds: Sequence[str]) -> None:
	"""An advance comes first and a balance last, one of each at most. Raises RuleError."""
	if any(kind == ADVANCE and place for place, kind in enumerate(kinds)) or any(
		kind == BALANCE and place < len(kinds) - 1 for place, kind in enumerate(kinds)
	):
		raise refuse(
			"instalment-order",
			_("An advance is the first instalment and the balance is the last."),
			_("Move the rows of the instalments into the order in which the money comes."),
		)


def check_guarantee(
	number: int,
	reference: str,
	expires_on: date | None,
	today: date,
	outstanding: bool = True,
	severity: Severity = Severity.WARN,
	source: str = "",
) -> Finding | None:
	"""What is wrong with the guarantee that instalment `number` needs: none named, expired, or about to expire."""
	if not outstanding:
		return None
	if not reference:
		return Finding(
			"guarantee-missing",
			severity,
			Message(_("Instalment {number} needs a guarantee and none is named."), {"number": number}),
			Message(_("Enter reference and expiry of the guarantee, and attach it.")),
			source,
		)
	if expires_on and expires_on <= today + timedelta(days=GUARANTEE_NOTICE):
		text = (
			_("The guarantee {reference} of instalment {number} expired on {day}.")
			if expires_on < today
			else _("The guarantee {reference} of instalment {number} expires on {day}.")
		)
		return Finding(
			"guarantee-expiry",
			severity,
			Message(text, {"reference": reference, "number": number, "day": expires_on}),
			Message(_("Ask for its extension before the authority asks for it.")),
			source,
			found=expires_on,
			allowed=today + timedelta(days=GUARANTEE_NOTICE),
		)
	return None


def check_receipt(
	number: int, amount: Decimal, received_before: Decimal, received: Decimal
) -> Finding | None:
	"""What comes in for an instalment stays within its amount; more is taken, and said. All in euro."""
	after = money(received_before) + money(received)
	if after <= money(amount):
		return None
	return Finding(
		"instalment-over-receipt",
		Severity.WARN,
		Message(
			_(
				"Instalment {number} is EUR {amount}: with this payment EUR {after} were received, EUR {over} more."
			),
			{"number": number, "amount": money(amount), "after": after, "over": after - money(amount)},
		),
		Message(_("Check the instalment's number, or split the payment over two instalments.")),
		found=after,
		allowed=money(amount),
	)


def next_instalment(plan: Sequence[Instalment]) -> Instalment | None:
	"""The first row of the plan of which money is still to come."""
	return next((row for row in plan if row.outstanding), None)


def spent_share(spent: Decimal, received: Decimal) -> Decimal:
	"""Per cent of `received` euro that `spent` euro are, two places; 100 where nothing was received."""
	return money(money(spent) * 100 / money(received)) if money(received) else Decimal("100.00")


def check_trigger(
	plan: Sequence[Instalment],
	number: int,
	spent: Decimal,
	default_percent: Decimal | None = None,
	severity: Severity = Severity.WARN,
	source: str = "",
) -> Finding:
	"""Whether instalment `number` may be asked for: the share spent of what the rows before it brought.

	`spent` is the project's cost so far: accepted where a control gave its outcome, claimed or imputed where none did.
	A row without a share of its own follows `default_percent`; with neither, nothing has to be spent. The finding
	informs when the request is open, and has `severity` when it is not. Raises ValueError for no such row.
	"""
	row = next((row for row in plan if row.number == number), None)
	if row is None:
		raise ValueError(f"the plan has no instalment {number}")
	needed = row.trigger_percent if row.trigger_percent is not None else default_percent
	received = sum((other.received for other in plan if other.number < number), ZERO)
	share = spent_share(spent, received)
	values = {
		"number": number,
		"amount": row.outstanding,
		"spent": money(spent),
		"received": received,
		"share": share,
		"needed": money(needed) if needed is not None else ZERO,
	}
	missing = [other.number for other in plan if other.number < number and other.outstanding]
	if missing:
		return Finding(
			"spent-trigger",
			severity,
			Message(
				_(
					"Instalment {number} cannot be requested yet: instalment {before} was not received in full."
				),
				{"number": number, "before": missing[0]},
			),
			Message(_("Enter the receipt of instalment {before} first."), {"before": missing[0]}),
			source,
		)
	if not needed or not received:
		return Finding(
			"spent-trigger",
			Severity.INFORM,
			Message(
				_("Instalment {number} (EUR {amount}) may be requested: no spent share is asked for."), values
			),
			source=source,
		)
	if money(spent) >= money(received * money(needed) / 100):
		return Finding(
			"spent-trigger",
			Severity.INFORM,
			Message(
				_(
					"Instalment {number} (EUR {amount}) may be requested: EUR {spent} spent are {share} % of EUR"
					" {received} received, at least {needed} % are needed."
				),
				values,
			),
			source=source,
			found=share,
			allowed=money(needed),
		)
	return Finding(
		"spent-trigger",
		severity,
		Message(
			_(
				"Instalment {number} (EUR {amount}) cannot be requested yet: EUR {spent} spent are {share} % of EUR"
				" {received} received, at least {needed} % are needed."
			),
			values,
		),
		Message(
			_("EUR {gap} more have to be spent and imputed."),
			{"gap": max(money(received * money(needed) / 100) - money(spent), ZERO)},
		),
		source,
		found=share,
		allowed=money(needed),
	)
