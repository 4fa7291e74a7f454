"""A budget's own arithmetic: the amount of a line and the shares of the sources."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from core_minori.engine.message import _, refuse
from core_minori.engine.money import CENT, money, split


def line_amount(
	quantity: Decimal | float | None, unit_cost: Decimal | float | None, amount: Decimal
) -> Decimal:
	"""Planned euro of a line: quantity times unit cost when both are given, else the amount as entered."""
	if quantity and unit_cost:
		return money(Decimal(str(quantity)) * Decimal(str(unit_cost)))
	return money(amount)


def source_amounts(total: Decimal, percents: Sequence[Decimal | float]) -> list[Decimal]:
	"""Split `total` euro over sources by their per cents; the last source takes the rounding residual.

	Raises RuleError unless the per cents sum to 100.
	"""
	whole = sum((Decimal(str(percent)) for percent in percents), Decimal(0))
	if abs(whole - 100) >= CENT:
		raise refuse(
			"source-shares",
			_("The shares of the sources sum to {whole} %, not to 100 %."),
			_("Correct the shares so that they sum to 100 %."),
			whole=whole.normalize(),
		)
	return split(total, percents)
