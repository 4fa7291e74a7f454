"""Budget against ledger against imputations and claims, by line, chapter, partner, project, source or month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from core_minori.engine.flat_rates import FlatRate, flat_rate_amounts
from core_minori.engine.money import ZERO, money, split

GROUPINGS = ("line", "chapter", "partner", "project")
# A line lies in one chapter, partner and project; its amounts are divided over sources and months.
DIVIDED = ("source", "month")


@dataclass(frozen=True)
class BudgetLine:
	"""One line of a budget: its unique name, where it belongs, the planned euro, and its rate when it is a flat rate."""

	name: str
	project: str
	chapter: str
	partner: str
	title: str
	planned: Decimal
	rate: FlatRate | None = None


@dataclass(frozen=True)
class Plan:
	"""Planned euro of a line in one group, for the groupings that divide a line's amounts."""

	line: str
	amount: Decimal
	group: str


@dataclass(frozen=True)
class Booking:
	"""Euro of cost that the ledger carries on a line; `group` is its source or month when grouped by one."""

	line: str
	amount: Decimal
	group: str = ""


@dataclass(frozen=True)
class Imputation:
	"""Euro of cost that an allocation takes to a line; a draft awaits the funding officer.

	`claimed`, `auditor`, `authority` and `paid` are euro of the same cost: asked of the authority, accepted by the auditor
	and by the authority, and paid to the supplier. `flat` marks the computed amount of a flat rate, which no ledger cost
	stands behind. `group` is the source or month when grouped by one.
	"""

	line: str
	amount: Decimal
	confirmed: bool
	claimed: Decimal = ZERO
	auditor: Decimal = ZERO
	authority: Decimal = ZERO
	paid: Decimal = ZERO
	flat: bool = False
	group: str = ""


@dataclass(frozen=True)
class ReconciliationRow:
	"""Euro of one group: planned, booked in the ledger, drafted and confirmed imputations, claimed, accepted, paid.

	`flat_rate` is the part of `imputed` that is computed from other costs.
	"""

	key: str
	title: str
	planned: Decimal
	booked: Decimal
	drafted: Decimal
	imputed: Decimal
	claimed: Decimal = ZERO
	auditor: Decimal = ZERO
	authority: Decimal = ZERO
	paid: Decimal = ZERO
	flat_rate: Decimal = ZERO

	@property
	def residual(self) -> Decimal:
		"""Planned less confirmed imputations; below zero when more was imputed than planned."""
		return self.planned - self.imputed

	@property
	def not_imputed(self) -> Decimal:
		"""Booked less imputed, drafts included: ledger cost that no allocation takes, or the other way round.

		Flat rates are left out: no ledger cost stands behind them.
		"""
		return self.booked - self.drafted - (self.imputed - self.flat_rate)

	@property
	def imputed_percent(self) -> Decimal:
		"""Imputed as per cent of planned; 0 where nothing is planned."""
		return money(self.imputed * 100 / self.planned) if self.planned else ZERO


AMOUNTS = tuple(field.name for field in fields(ReconciliationRow))[2:]


def reconcile(
	lines: Iterable[BudgetLine],
	bookings: Iterable[Booking],
	imputations: Iterable[Imputation],
	by: str = "line",
	plans: Iterable[Plan] = (),
) -> list[ReconciliationRow]:
	"""Group exactly: every cent of the inputs stands in one row, and each row sums its lines.

	By source or month the `plans` say what is planned, and the group of each amount says where it belongs; otherwise the
	lines do. Amounts on a line that is not among `lines` are left out: they belong to another project. Rows come sorted
	by key. Raises ValueError for an unknown grouping or two lines of the same name.
	"""
	if by not in (*GROUPINGS, *DIVIDED):
		raise ValueError(f"group by one of {', '.join((*GROUPINGS, *DIVIDED))}, not {by!r}")
	divided = by in DIVIDED
	group_of: dict[str, str] = {}
	titles: dict[str, str] = {}
	sums: dict[str, dict[str, Decimal]] = {}

	def add(key: str, name: str, amount: Decimal) -> None:
		sums.setdefault(key, dict.fromkeys(AMOUNTS, ZERO))[name] += money(amount)

	for line in lines:
		if line.name in group_of:
			raise ValueError(f"budget line {line.name} is there twice")
		key = "" if divided else line.name if by == "line" else getattr(line, by)
		group_of[line.name] = key
		titles[key] = line.title if by == "line" else ""
		if not divided:
			add(key, "planned", line.planned)
	for plan in plans if divided else ():
		if plan.line in group_of:
			add(plan.group, "planned", plan.amount)
	for booking in bookings:
		if booking.line in group_of:
			add(booking.group if divided else group_of[booking.line], "booked", booking.amount)
	for part in imputations:
		if part.line not in group_of:
			continue
		key = part.group if divided else group_of[part.line]
		add(key, "imputed" if part.confirmed else "drafted", part.amount)
		if part.flat:
			add(key, "flat_rate", part.amount)
		for name in ("claimed", "auditor", "authority", "paid"):
			if getattr(part, name):
				add(key, name, getattr(part, name))
	return [ReconciliationRow(key, titles.get(key, ""), **amounts) for key, amounts in sorted(sums.items())]


def total(rows: Iterable[ReconciliationRow]) -> ReconciliationRow:
	"""The sum of `rows` as one row with an empty key."""
	rows = list(rows)
	return ReconciliationRow("", "", *(sum((getattr(row, name) for row in rows), ZERO) for name in AMOUNTS))


def with_flat_rates(
	lines: Sequence[BudgetLine], imputations: Iterable[Imputation], by_month: bool = False
) -> list[Imputation]:
	"""The imputations, and what the flat rates of `lines` come to on the confirmed ones among them.

	`lines` hold the whole project of every flat rate, or its base would be short. A flat-rate line takes no vouchers: what
	somebody imputed to one is left out. By month the rate is taken of all costs up to the month's end, so that the months
	sum to the rate of the whole. Raises RuleError when flat rates are taken of each other.
	"""
	by_name = {line.name: line for line in lines}
	direct = [part for part in imputations if part.line not in by_name or not by_name[part.line].rate]
	rates: dict[str, list[FlatRate]] = {}
	for line in lines:
		if line.rate:
			rates.setdefault(line.project, []).append(line.rate)
	if not rates:
		return direct
	costs: dict[tuple[str, str], dict[tuple[str, str], Decimal]] = {}
	for part in direct:
		line = by_name.get(part.line)
		if line and part.confirmed and line.project in rates:
			place = costs.setdefault((line.project, part.group if by_month else ""), {})
			key = (line.chapter, line.partner)
			place[key] = place.get(key, ZERO) + money(part.amount)
	found = list(direct)
	for project, project_rates in rates.items():
		so_far: dict[tuple[str, str], Decimal] = {}
		before: dict[str, Decimal] = {}
		for month in sorted(month for place, month in costs if place == project):
			for key, amount in costs[project, month].items():
				so_far[key] = so_far.get(key, ZERO) + amount
			for name, flat in flat_rate_amounts(project_rates, so_far).items():
				amount = flat.amount - before.get(name, ZERO)
				before[name] = flat.amount
				if amount:
					found.append(Imputation(name, amount, True, flat=True, group=month))
	return found


def planned_by_source(
	lines: Iterable[BudgetLine], sources: Mapping[str, Sequence[tuple[str, Decimal]]]
) -> list[Plan]:
	"""Each line's planned euro over the sources of its project; `sources` holds name and per cent in their order."""
	return [
		Plan(line.name, amount, source)
		for line in lines
		for source, amount in over_sources(line.planned, sources.get(line.project, ()))
	]


def over_sources(amount: Decimal, sources: Sequence[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
	"""One cost over the sources of its project, the rounding residual on the last; with no sources, all on none."""
	if not any(percent for __, percent in sources):
		return [("", money(amount))]
	parts = split(amount, [percent for __, percent in sources])
	return [(source, part) for (source, __), part in zip(sources, parts, strict=True)]


def planned_by_month(lines: Iterable[BudgetLine], spans: Mapping[str, tuple[date, date]]) -> list[Plan]:
	"""Each line's planned euro over the months of its project, in proportion to their days inside the project."""
	weights = {project: list(_days_by_month(*span)) for project, span in spans.items()}
	return [
		Plan(line.name, amount, month)
		for line in lines
		for (month, __), amount in zip(
			weights[line.project],
			split(line.planned, [days for __, days in weights[line.project]]),
			strict=True,
		)
	]


def running_totals(rows: Sequence[ReconciliationRow]) -> list[ReconciliationRow]:
	"""The rows, each with the sum of those up to it: by month, what was planned and spent so far."""
	so_far = accumulate(rows, lambda before, row: total((before, row)))
	return [replace(sums, key=row.key, title=row.title) for row, sums in zip(rows, so_far, strict=True)]


def _days_by_month(start: date, end: date) -> Iterator[tuple[str, int]]:
	first = start
	while first <= end:
		following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
		last = min(end, following - timedelta(days=1))
		yield f"{first:%Y-%m}", (last - first).days + 1
		first = following
