"""A budget's own arithmetic: the amounts of its lines, the shares of the sources, and what a revision may move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core_minori.engine.flat_rates import FlatRate, flat_rate_amounts
from core_minori.engine.message import _, refuse
from core_minori.engine.money import CENT, ZERO, money, split

# What the tolerance of a chapter transfer is a per cent of, as the rule's base names it.
PROJECT_BUDGET, CHAPTER_BUDGET, LARGEST_CHAPTER = "Project budget", "Chapter budget", "Largest chapter"
TOLERANCE_BASES = (PROJECT_BUDGET, CHAPTER_BUDGET, LARGEST_CHAPTER)


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


@dataclass(frozen=True)
class PlannedLine:
	"""A line of a budget: chapter, partner ("" for none), euro, and its rate when it is a flat-rate line."""

	name: str
	chapter: str
	partner: str
	amount: Decimal
	rate: FlatRate | None = None


@dataclass(frozen=True)
class Transfer:
	"""Euro that a revision takes from one line to another: no line to take from is new money, none to give to, returned."""

	from_line: str
	to_line: str
	amount: Decimal


def planned_amounts(lines: Sequence[PlannedLine], transfers: Iterable[Transfer] = ()) -> dict[str, Decimal]:
	"""Euro of every line after `transfers`; a flat-rate line has its per cent of what the others come to.

	Transfers from or to a line that is not among `lines` are left out. Raises RuleError when flat rates are taken of
	each other.
	"""
	amounts = {line.name: ZERO if line.rate else money(line.amount) for line in lines}
	rates = {line.name: line.rate for line in lines if line.rate}
	for transfer in transfers:
		for name, change in ((transfer.from_line, -transfer.amount), (transfer.to_line, transfer.amount)):
			if name in amounts and name not in rates:
				amounts[name] += money(change)
	if rates:
		direct: dict[tuple[str, str], Decimal] = {}
		for line in lines:
			if not line.rate:
				key = (line.chapter, line.partner)
				direct[key] = direct.get(key, ZERO) + amounts[line.name]
		found = flat_rate_amounts(list(rates.values()), direct)
		amounts.update({name: flat.amount for name, flat in found.items()})
	return amounts
