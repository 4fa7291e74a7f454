"""Exact money: euro amounts as `Decimal` with two places, rounded half up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def money(value: Decimal | int | float | str | None) -> Decimal:
	"""Return `value` as euro with two places, half up.

	A float is read by its shortest decimal text, so 0.1 is ten cents and not what binary makes of it. None and
	the empty text are zero. Raises ValueError for anything that is not a finite number.
	"""
	if value is None or value == "":
		return ZERO
	try:
		amount = value if isinstance(value, Decimal) else Decimal(str(value))
		if amount.is_finite():
			return amount.quantize(CENT, rounding=ROUND_HALF_UP) + ZERO
	except InvalidOperation:
		pass
	raise ValueError(f"not an amount of money: {value!r}")


def percent_of(amount: Decimal, percent: Decimal | int | float | str) -> Decimal:
	"""Return `percent` per cent of `amount`, rounded once at the end."""
	return money(money(amount) * Decimal(str(percent)) / 100)


def split(amount: Decimal, weights: Sequence[Decimal | int | float | str]) -> list[Decimal]:
	"""Divide `amount` in proportion to `weights`; the parts sum to it exactly.

	Each part is rounded half up and the last part with a weight takes the rounding residual, as the source split of
	a claim does. Raises ValueError when there is no positive weight or one is negative.
	"""
	shares = [Decimal(str(weight)) for weight in weights]
	total = sum(shares, Decimal(0))
	if total <= 0 or any(share < 0 for share in shares):
		raise ValueError("weights must be zero or more, and one of them above zero")
	whole = money(amount)
	parts = [money(whole * share / total) for share in shares]
	last = max(index for index, share in enumerate(shares) if share)
	parts[last] += whole - sum(parts, ZERO)
	return parts
