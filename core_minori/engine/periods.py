"""Periods of days, both ends included; an open end is None."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core_minori.engine.message import Term, _, refuse


def overlapping(
	starts: date, ends: date | None, others: Iterable[tuple[str, date, date | None]]
) -> str | None:
	"""The key of the first of `others` (key, starts, ends) that shares a day with this period, None when none does."""
	for key, other_starts, other_ends in others:
		if (other_ends is None or starts <= other_ends) and (ends is None or other_starts <= ends):
			return key
	return None


def check_order(first: tuple[str, date | None], *later: tuple[str, date | None]) -> None:
	"""None of the `later` days comes before the `first`; each is (its label, the day), a missing day is in order.

	Raises RuleError naming both labels and both days.
	"""
	label, day = first
	for other_label, other_day in later:
		if day and other_day and other_day < day:
			raise refuse(
				"day-order",
				_("{later} ({later_day}) comes before {first} ({first_day})."),
				_("Correct one of the two dates."),
				later=Term(other_label),
				later_day=other_day,
				first=Term(label),
				first_day=day,
			)
