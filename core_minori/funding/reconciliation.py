"""What the reconciliation reads: budget, ledger, hours, partners' costs, imputations and claims, each in one grouped query.

Amounts are added up in the database by budget line, and by month or source where the report is grouped by one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import frappe
from frappe.query_builder import Case, CustomFunction
from frappe.query_builder.functions import Coalesce, Date, Extract, Sum
from frappe.utils import getdate

from core_minori.engine.budget import PlannedLine, Transfer, planned_amounts
from core_minori.engine.money import ZERO, money
from core_minori.engine.reconciliation import (
	Booking,
	BudgetLine,
	Imputation,
	Plan,
	ReconciliationRow,
	over_sources,
	planned_by_month,
	planned_by_source,
	reconcile,
	with_flat_rates,
)
from core_minori.funding.budgets import rates_of
from core_minori.funding.ledger import cost_rows
from core_minori.funding.payments import payments_of

# Filters that leave out lines of a project, though its flat rates are taken of them.
NARROWING = ("chapter", "partner", "budget_line")

_round = CustomFunction("ROUND", ["amount", "places"])


@dataclass(frozen=True)
class Scope:
	"""The lines that are shown, and all lines of their projects, which flat rates are taken of."""

	shown: list[BudgetLine]
	whole: list[BudgetLine]
	unfiltered: bool = False

	@property
	def names(self) -> list[str] | None:
		"""Names of the lines shown; None for all there are, which no list of names need tell the database."""
		return None if self.unfiltered else [line.name for line in self.shown]

	@property
	def projects(self) -> list[str]:
		"""Names of the projects of the lines shown."""
		return sorted({line.project for line in self.shown})


@dataclass(frozen=True)
class Sources:
	"""Who finances each project: name and per cent of its sources in their order. And the project of each line."""

	of_project: Mapping[str, Sequence[tuple[str, Decimal]]]
	project_of: Mapping[str, str]

	def of_line(self, line: str) -> Sequence[tuple[str, Decimal]]:
		"""The sources of the line's project, none for a line out of scope."""
		return self.of_project.get(self.project_of.get(line, ""), ())


def reconciled(filters: Mapping, by: str = "line") -> list[ReconciliationRow]:
	"""The reconciliation of the lines that the filters and the reader's rights leave, grouped `by`.

	`filters`: funded_project, chapter, partner, budget_line, from_date, to_date, and with_payments to know what was paid. The
	days are those of the booking; planned is what is in force on `to_date`.
	"""
	scope = lines_in_scope(filters)
	if not scope.shown:
		return []
	sources = sources_of(scope) if by == "source" else Sources({}, {})
	imputations = _imputations(scope, filters, by, sources)
	rows = reconcile(
		scope.shown,
		_bookings(scope.names, filters, by, sources),
		imputations,
		by,
		_plans(scope, by, sources),
	)
	if by == "month":
		first, last = (str(filters.get(key) or "")[:7] for key in ("from_date", "to_date"))
		rows = [row for row in rows if first <= row.key and (not last or row.key <= last)]
	return rows


def lines_in_scope(filters: Mapping) -> Scope:
	"""The lines the reader may see and the filters leave, with what is planned on the filters' last day."""
	conditions = {
		field: filters[name]
		for name, field in (
			("funded_project", "funded_project"),
			("chapter", "chapter"),
			("partner", "partner"),
			("budget_line", "name"),
		)
		if filters.get(name)
	}
	fields = [
		"name",
		"funded_project",
		"chapter",
		"partner",
		"title",
		"amount",
		"cost_method",
		"flat_rate_percent",
		"flat_rate_base",
	]
	chosen = frappe.get_list(
		"FAMI Budget Line", filters=conditions, fields=fields, limit_page_length=0, order_by="name"
	)
	everything = chosen
	if any(filters.get(name) for name in NARROWING) and chosen:
		projects = list({row.funded_project for row in chosen})
		everything = frappe.get_all(
			"FAMI Budget Line", filters={"funded_project": ["in", projects]}, fields=fields, order_by="name"
		)
	whole = _budget_lines(everything, filters.get("to_date"))
	shown = {row.name for row in chosen}
	return Scope([line for line in whole if line.name in shown], whole, not conditions)


def sources_of(scope: Scope) -> Sources:
	"""The sources of the projects in scope, one query."""
	found: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
	for row in frappe.get_all(
		"Funding Source",
		filters={"parenttype": "Funded Project", "parent": ["in", scope.projects]},
		fields=["parent", "source_type", "percent"],
		order_by="parent, idx",
	):
		found[row.parent].append((row.source_type, Decimal(str(row.percent or 0))))
	return Sources(
		{project: found.get(project, []) for project in scope.projects},
		{line.name: line.project for line in scope.whole},
	)


def _budget_lines(rows: Sequence[frappe._dict], day: str | date | None) -> list[BudgetLine]:
	"""The rows as the engine wants them, with the budget in force on `day` or, without one, as it stands."""
	by_project: dict[str, list[frappe._dict]] = defaultdict(list)
	for row in rows:
		by_project[row.funded_project].append(row)
	undone = _transfers_after(by_project, day) if day else {}
	found = []
	for project, own in by_project.items():
		rates = {rate.line: rate for rate in rates_of(own, project)}
		planned = {row.name: money(row.amount) for row in own}
		if project in undone:
			planned = planned_amounts(
				[
					PlannedLine(
						row.name, row.chapter, row.partner or "", money(row.amount), rates.get(row.name)
					)
					for row in own
				],
				undone[project],
			)
		found += [
			BudgetLine(
				row.name,
				project,
				row.chapter,
				row.partner or "",
				row.title,
				planned[row.name],
				rates.get(row.name),
			)
			for row in own
		]
	return found


def _transfers_after(projects: Iterable[str], day: str | date) -> dict[str, list[Transfer]]:
	"""What revisions in force only after `day` moved, the other way round, by project."""
	revision, transfer = frappe.qb.DocType("Budget Revision"), frappe.qb.DocType("Budget Transfer")
	rows = (
		frappe.qb.from_(transfer)
		.join(revision)
		.on((revision.name == transfer.parent) & (transfer.parenttype == "Budget Revision"))
		.select(revision.funded_project, transfer.from_line, transfer.to_line, transfer.amount)
		.where(
			revision.funded_project.isin(list(projects))
			& (revision.docstatus == 1)
			& (revision.effective_on > getdate(day))
		)
	).run()
	found: dict[str, list[Transfer]] = defaultdict(list)
	for project, from_line, to_line, amount in rows:
		found[project].append(Transfer(to_line or "", from_line or "", money(amount)))
	return dict(found)


def _plans(scope: Scope, by: str, sources: Sources) -> list[Plan]:
	if by == "source":
		return planned_by_source(scope.shown, sources.of_project)
	if by == "month":
		spans = frappe.get_all(
			"Funded Project",
			filters={"name": ["in", scope.projects]},
			fields=["name", "start_date", "end_date"],
		)
		return planned_by_month(
			scope.shown, {row.name: (getdate(row.start_date), getdate(row.end_date)) for row in spans}
		)
	return []


def _bookings(lines: list[str] | None, filters: Mapping, by: str, sources: Sources) -> list[Booking]:
	"""Costs in the ledger, hours of submitted timesheets, and what partners declared."""
	gle = frappe.qb.DocType("GL Entry")
	row, cost = frappe.qb.DocType("Timesheet Detail"), frappe.qb.DocType("Declared Cost")
	# Grouped by account, which the index holds, and told apart here: a join would look up the account of every row.
	accounts = set(frappe.get_all("Account", filters={"root_type": "Expense"}, pluck="name"))
	tagged = frappe.qb.from_(gle).where((gle.is_cancelled == 0) & _among(gle.fami_budget_line, lines))
	booked = _sums(
		between(tagged, gle.posting_date, filters),
		gle.fami_budget_line,
		gle.posting_date,
		[gle.debit - gle.credit],
		by,
		sources,
		gle.account,
	)
	found = [Booking(line, total, group) for line, group, account, (total,) in booked if account in accounts]
	for query, line, day, amount in (
		(hours_query(lines, filters), row.fami_budget_line, row.from_time, row.base_costing_amount),
		(declared_query(lines, filters), cost.budget_line, declared_day(cost), cost.amount),
	):
		found += [
			Booking(name, total, group)
			for name, group, __, (total,) in _sums(query, line, day, [amount], by, sources)
		]
	return found


def _among(line, names: list[str] | None):
	"""The condition that `line` is one of `names`, or any line for None."""
	return line.isnotnull() if names is None else line.isin(names)


def _imputations(scope: Scope, filters: Mapping, by: str, sources: Sources) -> list[Imputation]:
	"""Allocations of the lines, with the flat rates taken of them and what claims asked for those."""
	allocation = frappe.qb.DocType("Cost Allocation")
	rates = any(line.rate for line in scope.shown)
	names = [line.name for line in scope.whole] if rates and not scope.unfiltered else scope.names
	amounts = [
		allocation.imputed_amount,
		allocation.claimed_amount,
		allocation.auditor_amount,
		allocation.authority_amount,
	]
	rows = _sums(
		allocation_query(names, filters),
		allocation.budget_line,
		allocation.posting_date,
		amounts,
		by,
		sources,
		allocation.docstatus,
	)
	found = [
		# A draft was never claimed, whatever stands on it.
		Imputation(name, amounts[0], docstatus == 1, *(amounts[1:] if docstatus == 1 else ()), group=group)
		for name, group, docstatus, amounts in rows
	]
	found = with_flat_rates(scope.whole, found, by_month=by == "month")
	if by == "source":
		found = [part for whole in found for part in _flat_over_sources(whole, sources)]
	if rates:
		found += _claimed_flat_rates(scope, filters, by, sources)
	if filters.get("with_payments"):
		found += _paid(scope, filters, by, sources)
	return found


def _flat_over_sources(part: Imputation, sources: Sources) -> list[Imputation]:
	if not part.flat:
		return [part]
	return [
		replace(part, amount=amount, group=source)
		for source, amount in over_sources(part.amount, sources.of_line(part.line))
	]


def _claimed_flat_rates(scope: Scope, filters: Mapping, by: str, sources: Sources) -> list[Imputation]:
	"""Flat rates of submitted claims, at the end of the claim's period."""
	row, claim = (
		frappe.qb.DocType("Reimbursement Claim Flat Rate"),
		frappe.qb.DocType("Reimbursement Claim"),
	)
	query = (
		frappe.qb.from_(row)
		.join(claim)
		.on((claim.name == row.parent) & (row.parenttype == "Reimbursement Claim"))
		.where(
			row.budget_line.isin([line.name for line in scope.shown if line.rate]) & (claim.docstatus == 1)
		)
	)
	return [
		Imputation(name, ZERO, True, *amounts, group=group)
		for name, group, __, amounts in _sums(
			between(query, claim.period_to, filters),
			row.budget_line,
			claim.period_to,
			[row.claimed_amount, row.auditor_amount, row.authority_amount],
			by,
			sources,
		)
	]


def _paid(scope: Scope, filters: Mapping, by: str, sources: Sources) -> list[Imputation]:
	"""What was paid of the confirmed costs: of each the share of its document that was paid, at most the whole."""
	allocation = frappe.qb.DocType("Cost Allocation")
	query = allocation_query(scope.names, filters).where(allocation.docstatus == 1)
	rows = query.select(
		allocation.budget_line,
		allocation.voucher_type,
		allocation.voucher_no,
		allocation.posting_date,
		allocation.imputed_amount,
	).run(as_dict=True)
	shown = {line.name for line in scope.shown}
	vouchers = {(row.voucher_type, row.voucher_no) for row in rows if row.budget_line in shown}
	payments, totals = payments_of(vouchers), _document_totals(vouchers)
	found = []
	for row in rows:
		if row.budget_line not in shown:
			continue
		voucher = (row.voucher_type, row.voucher_no)
		due = totals.get(voucher, ZERO)
		paid = sum((payment.amount for payment in payments[voucher]), ZERO)
		share = min(abs(paid), abs(due)) / abs(due) if due else ZERO
		amount = money(money(row.imputed_amount) * share)
		if by == "source":
			parts = over_sources(amount, sources.of_line(row.budget_line))
		else:
			parts = [(str(row.posting_date)[:7] if by == "month" else "", amount)]
		found += [
			Imputation(row.budget_line, ZERO, True, paid=part, group=group) for group, part in parts if part
		]
	return found


# What a document of each kind asks to be paid, in euro.
_TOTALS = {
	"Purchase Invoice": "base_grand_total",
	"Journal Entry": "total_debit",
	"Payment Entry": "base_paid_amount",
	"Expense Claim": "total_sanctioned_amount",
	"Declared Cost": "document_total",
}


def _document_totals(vouchers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Decimal]:
	by_type: dict[str, list[str]] = defaultdict(list)
	for voucher_type, name in vouchers:
		by_type[voucher_type].append(name)
	return {
		(voucher_type, row.name): money(row.total)
		for voucher_type, field in _TOTALS.items()
		if by_type.get(voucher_type) and frappe.db.exists("DocType", voucher_type)
		for row in frappe.get_all(
			voucher_type,
			filters={"name": ["in", by_type[voucher_type]]},
			fields=["name", f"{field} as total"],
		)
	}


def ledger_query(lines: list[str] | None, filters: Mapping):
	"""Query over the ledger rows of cost that carry one of `lines`."""
	gle = frappe.qb.DocType("GL Entry")
	return between(cost_rows().where(_among(gle.fami_budget_line, lines)), gle.posting_date, filters)


def hours_query(lines: list[str] | None, filters: Mapping):
	"""Query over the rows of submitted timesheets that carry one of `lines`."""
	row, sheet = frappe.qb.DocType("Timesheet Detail"), frappe.qb.DocType("Timesheet")
	query = (
		frappe.qb.from_(row)
		.join(sheet)
		.on((sheet.name == row.parent) & (row.parenttype == "Timesheet"))
		.where(_among(row.fami_budget_line, lines) & (sheet.docstatus == 1))
	)
	return between(query, Date(row.from_time), filters)


def declared_query(lines: list[str] | None, filters: Mapping):
	"""Query over the costs that partners declared on `lines`."""
	cost = frappe.qb.DocType("Declared Cost")
	return between(frappe.qb.from_(cost).where(_among(cost.budget_line, lines)), declared_day(cost), filters)


def declared_day(cost):
	"""The day a declared cost counts on: of its document, or its month where it has none."""
	return Coalesce(cost.document_date, cost.cost_month)


def allocation_query(lines: list[str] | None, filters: Mapping):
	"""Query over the allocations to `lines` that are not cancelled."""
	allocation = frappe.qb.DocType("Cost Allocation")
	query = frappe.qb.from_(allocation).where(
		_among(allocation.budget_line, lines) & (allocation.docstatus < 2)
	)
	return between(query, allocation.posting_date, filters)


def between(query, day, filters: Mapping):
	"""`query` with `day` between the filters' days, both included."""
	if filters.get("from_date"):
		query = query.where(day >= filters["from_date"])
	if filters.get("to_date"):
		query = query.where(day <= filters["to_date"])
	return query


def _sums(query, line, day, amounts: Sequence, by: str, sources: Sources, key=None) -> list[tuple]:
	"""Run `query` grouped by line, `key` and, as `by` asks, month or source: (line, group, key, sums)."""
	keys = [line] if key is None else [line, key]
	if by == "source":
		return _sums_by_source(query, keys, amounts, sources)
	if by == "month":
		# A number, which the database groups by faster than by a text.
		keys.append(Extract("YEAR_MONTH", day))
	rows = query.select(*keys, *(Sum(amount) for amount in amounts)).groupby(*keys).run()
	return [
		(
			row[0],
			_month(row[len(keys) - 1]) if by == "month" else "",
			row[1] if key is not None else None,
			[money(amount) for amount in row[len(keys) :]],
		)
		for row in rows
	]


def _sums_by_source(query, keys: Sequence, amounts: Sequence, sources: Sources) -> list[tuple]:
	"""Each row of the table is split over its project's sources as `engine.money.split` does it, then added up.

	The database rounds each part half up, exactly; the last source takes what the others leave of the whole.
	"""
	places = range(max(map(len, sources.of_project.values()), default=0) - 1)
	query, shares = _shares(query, keys[0], sources, places)
	rows = (
		query.select(
			*keys,
			*(Sum(amount) for amount in amounts),
			*(Sum(_round(amount * share / whole, 2)) for share, whole in shares for amount in amounts),
		).groupby(*keys)
	).run()
	width, count = len(keys), len(amounts)
	found = []
	for row in rows:
		key = row[1] if width > 1 else None
		left = [money(amount) for amount in row[width : width + count]]
		own = sources.of_line(row[0])
		weighted = [place for place, (__, percent) in enumerate(own) if percent]
		if not weighted:
			found.append((row[0], "", key, left))
			continue
		for place in weighted[:-1]:
			start = width + count * (place + 1)
			parts = [money(amount) for amount in row[start : start + count]]
			left = [amount - part for amount, part in zip(left, parts, strict=True)]
			found.append((row[0], own[place][0], key, parts))
		found.append((row[0], own[weighted[-1]][0], key, left))
	return found


def _shares(query, line_name, sources: Sources, places: Iterable[int]) -> tuple:
	"""The query, and for each place among the sources the terms of its per cent and of what all per cents sum to."""
	own = sources.of_project
	whole = {
		project: sum((percent for __, percent in rows), Decimal(0)) or 100 for project, rows in own.items()
	}
	if len(own) == 1:
		((project, rows),) = own.items()
		return query, [(rows[place][1], whole[project]) for place in places]
	line = frappe.qb.DocType("FAMI Budget Line")
	query = query.join(line).on(line.name == line_name)

	def by_project(values: Mapping[str, Decimal], otherwise: int):
		case = Case()
		for project, value in values.items():
			case = case.when(line.funded_project == project, value)
		return case.else_(otherwise) if values else otherwise

	return query, [
		(
			by_project({project: rows[place][1] for project, rows in own.items() if place < len(rows)}, 0),
			by_project({project: value for project, value in whole.items() if value != 100}, 100),
		)
		for place in places
	]


def _month(number: int | None) -> str:
	"""202611 as 2026-11; no day is no month."""
	return f"{number // 100}-{number % 100:02}" if number else ""
