"""Budget against ledger against imputations, by line, chapter, partner or project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core_minori.engine.money import ZERO, money

GROUPINGS = ("line", "chapter", "partner", "project")


@dataclass(frozen=True)
class BudgetLine:
	"""One line of a budget: its unique name, where it belongs, and the planned amount in euro."""

	name: str
	project: str
	chapter: str
	partner: str
	title: str
	planned: Decimal


@dataclass(frozen=True)
class Booking:
	"""Euro of cost that the ledger carries on a line."""

	line: str
	amount: Decimal


@dataclass(frozen=True)
class Imputation:
	"""Euro of cost that an allocation takes to a line; a draft awaits the funding officer."""

	line: str
	amount: Decimal
	confirmed: bool


@dataclass(frozen=True)
class ReconciliationRow:
	"""Euro of one group: planned, booked in the ledger, drafted and confirmed imputations, and planned less imputed."""

	key: str
	title: str
	planned: Decimal
	booked: Decimal
	drafted: Decimal
	imputed: Decimal

	@property
	def residual(self) -> Decimal:
		"""Planned less confirmed imputations; below zero when more was imputed than planned."""
		return self.planned - self.imputed

	@property
	def not_imputed(self) -> Decimal:
		"""Booked less imputed, drafts included: ledger cost that no allocation takes, or the other way round."""
		return self.booked - self.drafted - self.imputed

	@property
	def imputed_percent(self) -> Decimal:
		"""Imputed as per cent of planned; 0 where nothing is planned."""
		return money(self.imputed * 100 / self.planned) if self.planned else ZERO


def reconcile(
	lines: Iterable[BudgetLine],
	bookings: Iterable[Booking],
	imputations: Iterable[Imputation],
	by: str = "line",
) -> list[ReconciliationRow]:
	"""Group exactly: every cent of the three inputs stands in one row, and each row sums its lines.

	Amounts on a line that is not among `lines` are left out: they belong to another project. Rows come sorted by key.
	Raises ValueError for an unknown grouping or two lines of the same name.
	"""
	if by not in GROUPINGS:
		raise ValueError(f"group by one of {', '.join(GROUPINGS)}, not {by!r}")
	group_of: dict[str, str] = {}
	titles: dict[str, str] = {}
	sums: dict[str, list[Decimal]] = {}
	for line in lines:
		if line.name in group_of:
			raise ValueError(f"budget line {line.name} is there twice")
		key = line.name if by == "line" else getattr(line, by)
		group_of[line.name] = key
		titles[key] = line.title if by == "line" else ""
		sums.setdefault(key, [ZERO, ZERO, ZERO, ZERO])[0] += money(line.planned)
	for booking in bookings:
		if booking.line in group_of:
			sums[group_of[booking.line]][1] += money(booking.amount)
	for imputation in imputations:
		if imputation.line in group_of:
			sums[group_of[imputation.line]][3 if imputation.confirmed else 2] += money(imputation.amount)
	return [ReconciliationRow(key, titles[key], *amounts) for key, amounts in sorted(sums.items())]


def total(rows: Iterable[ReconciliationRow]) -> ReconciliationRow:
	"""The sum of `rows` as one row with an empty key."""
	rows = list(rows)
	return ReconciliationRow(
		"",
		"",
		*(
			sum((getattr(row, name) for row in rows), ZERO)
			for name in ("planned", "booked", "drafted", "imputed")
		),
	)
