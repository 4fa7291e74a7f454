"""Imputing a ledger cost to budget lines: in part, to several lines, never over the whole."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from core_minori.engine.message import _, refuse
from core_minori.engine.money import ZERO, money, percent_of

SOURCE = "No double funding: funding reference, rule 8"


def imputed_amount(ledger_amount: Decimal, percent: Decimal | int | float | str) -> Decimal:
	"""Euro that `percent` per cent of a ledger cost come to. Raises RuleError outside 0-100."""
	share = Decimal(str(percent))
	if not 0 < share <= 100:
		raise refuse(
			"allocation-percent",
			_("{percent} % of a cost cannot be imputed."),
			_("Enter a share above 0 and up to 100 %."),
			SOURCE,
			percent=share,
		)
	return percent_of(ledger_amount, share)


def share_of(ledger_amount: Decimal, imputed: Decimal) -> Decimal:
	"""Per cent of the ledger cost that `imputed` euro are, two places; 0 for a cost of zero."""
	return money(money(imputed) * 100 / money(ledger_amount)) if money(ledger_amount) else ZERO


def check_allocation(
	ledger_amount: Decimal, imputed_elsewhere: Iterable[Decimal], wanted: Decimal
) -> Decimal:
	"""Return the euro of the ledger cost still free after imputing `wanted`.

	`imputed_elsewhere` are the amounts that other allocations, drafts included, already take from the same ledger
	cost. A credit note is a negative cost and takes negative amounts. Raises RuleError when the sign is not the
	cost's or the sum would pass it.
	"""
	cost = money(ledger_amount)
	amount = money(wanted)
	taken = sum((money(part) for part in imputed_elsewhere), ZERO)
	if not cost:
		raise refuse(
			"allocation-no-cost",
			_("The ledger has no cost here: this voucher has no such account, or it was cancelled."),
			_("Choose the voucher and the account of a cost that is in the ledger."),
			SOURCE,
		)
	if not amount or (amount < 0) != (cost < 0):
		raise refuse(
			"allocation-sign",
			_("EUR {amount} cannot be imputed from a ledger cost of EUR {cost}."),
			_("Enter an amount with the sign of the cost, and not zero."),
			SOURCE,
			amount=amount,
			cost=cost,
		)
	free = cost - taken
	if abs(amount) > abs(free) or (free < 0) != (cost < 0):
		raise refuse(
			"allocation-over",
			_("EUR {amount} is more than what is left of this cost: EUR {free} of EUR {cost}."),
			_("Impute at most EUR {free}, or reduce the other allocations of this cost."),
			SOURCE,
			amount=amount,
			free=free,
			cost=cost,
		)
	return free - amount


def check_line_takes_costs(line: str, cost_method: str, closed: bool) -> None:
	"""Costs are imputed to open lines that are not worked out by a flat rate. Raises RuleError."""
	if cost_method == "Flat Rate":
		raise refuse(
			"flat-rate-line",
			_(
				"Line {line} is a flat rate: its amount is worked out of the other costs, nothing is imputed to it."
			),
			_("Impute the cost to a line of real costs, or leave it out: the flat rate covers it."),
			SOURCE,
			line=line,
		)
	if closed:
		raise refuse(
			"line-open",
			_("Line {line} is disabled."),
			_("Choose an open line, or open this one again."),
			SOURCE,
			line=line,
		)


def check_unclaimed(allocation: str, claim: str | None) -> None:
	"""What stands in a claim stays as the claim froze it. Raises RuleError when `claim` is given."""
	if claim:
		raise refuse(
			"claimed",
			_("{allocation} is part of claim {claim} and does not change any more."),
			_("Cancel the claim first, or correct the cost in the next one."),
			SOURCE,
			allocation=allocation,
			claim=claim,
		)
