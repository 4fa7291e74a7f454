"""Cash of a project month by month: what came in and went out, and what is expected to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core_minori.engine.instalments import BALANCE, Instalment
from core_minori.engine.money import ZERO, money, split


@dataclass(frozen=True)
class CashMonth:
	"""One month, by its first day. Amounts are euro; `balance` is cumulative, at the month's end.

	`received` and `paid` happened; `expected`, `to_pay` (imputed and not yet paid) and `planned` (budget not yet
	imputed) are the forecast.
	"""

	month: date
	received: Decimal
	expected: Decimal
	paid: Decimal
	to_pay: Decimal
	planned: Decimal
	balance: Decimal


def month_of(day: date) -> date:
	"""The first day of the month of `day`."""
	return day.replace(day=1)


def next_month(day: date) -> date:
	"""The first day of the month after that of `day`."""
	return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def months(first: date, last: date) -> list[date]:
	"""First days of the months from that of `first` to that of `last`; empty when last is before first."""
	found, month = [], month_of(first)
	while month <= month_of(last):
		found.append(month)
		month = next_month(month)
	return found


def paid_parts(
	imputed: Decimal, document_total: Decimal, payments: Iterable[tuple[date, Decimal]]
) -> tuple[list[tuple[date, Decimal]], Decimal]:
	"""How much of an imputed cost each payment of its document paid, and what is left to pay. All in euro.

	A payment pays every cost of the document in the same proportion; payments over the document's total pay no more
	than the cost. Where the total is not known the payments are taken to pay the whole.
	"""
	paid = [(day, money(amount)) for day, amount in payments if money(amount)]
	covered = sum((amount for __, amount in paid), ZERO)
	if not covered:
		return [], money(imputed)
	whole = money(document_total)
	share = min(abs(covered) / abs(whole), Decimal(1)) if whole else Decimal(1)
	amount = money(money(imputed) * share)
	parts = split(amount, [abs(part) for __, part in paid])
	return [(day, part) for (day, __), part in zip(paid, parts, strict=True)], money(imputed) - amount


def forecast(
	plan: Sequence[Instalment],
	received: Mapping[date, Decimal],
	paid: Mapping[date, Decimal],
	to_pay: Decimal,
	left_to_spend: Decimal,
	starts_on: date,
	ends_on: date,
	today: date,
	default_trigger: Decimal | None = None,
) -> list[CashMonth]:
	"""The months of a project from its first to its last movement, with the balance of each.

	`received` and `paid` are euro by any day; `to_pay` falls in the month of `today`, `left_to_spend` (the budget in
	force less what is imputed, zero when overspent) is spread evenly over the months left, the residual on the last.
	An instalment is expected on its due day, or this month when that has passed. Without a due day it is expected in
	the month after the one in which the share that opens it is reached, the balance in the month after the end.
	"""
	this_month = month_of(today)
	spending = months(max(today, starts_on), ends_on) or [this_month]
	left = max(money(left_to_spend), ZERO)
	planned = dict(zip(spending, split(left, [1] * len(spending)), strict=True)) if left else {}
	came, went = _by_month(received), _by_month(paid)
	owed = {this_month: money(to_pay)} if money(to_pay) else {}
	expected = _expected(plan, came, _added(went, owed, planned), starts_on, ends_on, today, default_trigger)
	days = [starts_on, ends_on, *came, *went, *expected, *owed, *planned]
	rows, balance = [], ZERO
	for month in months(min(days), max(days)):
		moved = [amounts.get(month, ZERO) for amounts in (came, expected, went, owed, planned)]
		balance += moved[0] + moved[1] - moved[2] - moved[3] - moved[4]
		rows.append(CashMonth(month, *moved, balance))
	return rows


def _expected(
	plan: Sequence[Instalment],
	came: Mapping[date, Decimal],
	spending: Mapping[date, Decimal],
	starts_on: date,
	ends_on: date,
	today: date,
	default_trigger: Decimal | None,
) -> dict[date, Decimal]:
	this_month = month_of(today)
	found: dict[date, Decimal] = {}
	before = ZERO
	for row in plan:
		if row.outstanding:
			if row.due_on:
				month = month_of(row.due_on)
			elif row.kind == BALANCE:
				month = next_month(ends_on)
			else:
				trigger = row.trigger_percent if row.trigger_percent is not None else default_trigger
				month = _reached(spending, before * money(trigger or 0) / 100, starts_on, ends_on)
			month = max(month, this_month)
			found[month] = found.get(month, ZERO) + row.outstanding
		before += max(row.amount, row.received)
	return found


def _reached(spending: Mapping[date, Decimal], needed: Decimal, starts_on: date, ends_on: date) -> date:
	"""The month after that in which the spending adds up to `needed`; the start's when nothing is needed."""
	if needed <= 0:
		return month_of(starts_on)
	spent = ZERO
	for month in sorted(spending):
		spent += spending[month]
		if spent >= needed:
			return next_month(month)
	return next_month(ends_on)


def _by_month(amounts: Mapping[date, Decimal]) -> dict[date, Decimal]:
	found: dict[date, Decimal] = {}
	for day, amount in amounts.items():
		month = month_of(day)
		found[month] = found.get(month, ZERO) + money(amount)
	return found


def _added(*parts: Mapping[date, Decimal]) -> dict[date, Decimal]:
	found: dict[date, Decimal] = {}
	for part in parts:
		for month, amount in part.items():
			found[month] = found.get(month, ZERO) + amount
	return found
