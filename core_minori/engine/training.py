"""Hours of training sessions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from core_minori.engine.message import _, refuse
from core_minori.engine.money import ZERO, money


def attended_hours(
	session_hours: Decimal | float, present: bool, own_hours: Decimal | float | None
) -> Decimal:
	"""Hours one person attended: none when absent, the own hours when given, else the whole session.

	Raises RuleError when the own hours pass the session's.
	"""
	if not present:
		return ZERO
	whole, own = money(session_hours), money(own_hours)
	if own > whole:
		raise refuse(
			"attendance-hours",
			_("{own} hours attended are more than the {whole} hours of the session."),
			_("Correct the hours of the person, or leave zero for the whole session."),
			own=own,
			whole=whole,
		)
	return own or whole


def session_totals(
	session_hours: Decimal | float, attendance: Iterable[tuple[bool, Decimal | float | None]]
) -> tuple[int, Decimal]:
	"""People present and their summed hours; `attendance` gives (present, own hours) per person."""
	hours = [attended_hours(session_hours, present, own) for present, own in attendance if present]
	return len(hours), sum(hours, ZERO)


def check_session_hours(hours: Decimal | float) -> None:
	"""A session lasts more than 0 and at most 24 hours. Raises RuleError."""
	if not 0 < money(hours) <= 24:
		raise refuse(
			"session-hours",
			_("A session of {hours} hours cannot be."),
			_("Enter the hours of one day, above 0 and up to 24."),
			hours=money(hours),
		)
