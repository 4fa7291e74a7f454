"""Flat rates: amounts that are a per cent of other costs and that nobody types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core_minori.engine.message import _, refuse
from core_minori.engine.money import ZERO, money, percent_of

SOURCE = _("Reg. (EU) 2021/1060, art. 54-56")


@dataclass(frozen=True)
class FlatRate:
	"""One flat-rate line: its name, whose it is ("" for the whole project), the per cent, of which chapters, and its own."""

	line: str
	partner: str
	percent: Decimal
	base_chapters: tuple[str, ...]
	chapter: str


@dataclass(frozen=True)
class FlatAmount:
	"""What a flat rate comes to: the euro it is taken of, and its euro."""

	base: Decimal
	amount: Decimal


def chapters_of(text: str | None) -> tuple[str, ...]:
	"""The chapter codes of a text such as "A, B, C", each once and in its order."""
	codes = (code.strip() for code in (text or "").replace(";", ",").split(","))
	return tuple(dict.fromkeys(code for code in codes if code))


def flat_rate_amounts(
	rates: Sequence[FlatRate], direct: Mapping[tuple[str, str], Decimal]
) -> dict[str, FlatAmount]:
	"""Return base and amount of every flat-rate line, in the order of `rates`.

	`direct` holds the euro of the other lines by chapter and partner ("" where a line has none). The base of a rate are
	its chapters of the same partner, or of everybody when the rate has no partner; a flat-rate line that stands in one
	of those chapters is part of the base too, with what it comes to itself. Each amount is rounded half up once.
	Raises RuleError when rates are taken of each other, ValueError when a line is there twice.
	"""
	found: dict[str, FlatAmount] = {}
	for rate in in_order(rates):
		base = sum(
			(
				money(amount)
				for (chapter, partner), amount in direct.items()
				if chapter in rate.base_chapters and _counts(rate, partner)
			),
			ZERO,
		)
		base += sum((found[other.line].amount for other in rates if _is_base_of(other, rate)), ZERO)
		found[rate.line] = FlatAmount(base, percent_of(base, rate.percent))
	return {rate.line: found[rate.line] for rate in rates}


def in_order(rates: Sequence[FlatRate]) -> list[FlatRate]:
	"""The rates with each after those it is taken of. Raises RuleError when there is no such order."""
	if len({rate.line for rate in rates}) != len(rates):
		raise ValueError("a flat-rate line is there twice")
	ordered: list[FlatRate] = []
	waiting = list(rates)
	while waiting:
		ready = [rate for rate in waiting if not any(_is_base_of(other, rate) for other in waiting)]
		if not ready:
			circle = _circle(waiting)
			raise refuse(
				"flat-rate-circle",
				_("The flat rates {lines} are taken of each other."),
				_("Take one of them out of the base of the other."),
				SOURCE,
				lines=", ".join(rate.line for rate in circle),
			)
		ordered += ready
		waiting = [rate for rate in waiting if rate not in ready]
	return ordered


def _circle(rates: Iterable[FlatRate]) -> list[FlatRate]:
	"""Without the rates that only rest on a circle and that none rests on."""
	circle = list(rates)
	while True:
		needed = [rate for rate in circle if any(_is_base_of(rate, other) for other in circle)]
		if len(needed) == len(circle):
			return circle
		circle = needed


def _is_base_of(other: FlatRate, rate: FlatRate) -> bool:
	return other.chapter in rate.base_chapters and _counts(rate, other.partner)


def _counts(rate: FlatRate, partner: str) -> bool:
	return not rate.partner or rate.partner == partner
