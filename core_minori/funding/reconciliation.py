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
from frappe.query_builder.functions import Coalesce, Date, Sum
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
from core_minori.funding.payments import payments_of

# Filters that leave out lines of a project, though its flat rates are taken of them.
NARROWING = ("chapter", "partner", "budget_line")

_month_of = CustomFunction("DATE_FORMAT", ["day", "format"])
_round = CustomFunction("ROUND", ["amount", "places"])


@dataclass(frozen=True)
class Scope:
	"""The lines that are shown, and all lines of their projects, which flat rates are taken of."""

	shown: list[BudgetLine]
	whole: list[BudgetLine]

	@property
	def projects(self) -> list[str]:
		"""Names of the projects of the lines shown."""
		return sorted({line.project for line in self.shown})


def reconciled(filters: Mapping, by: str = "line") -> list[ReconciliationRow]:
	"""The reconciliation of the lines that the filters and the reader's rights leave, grouped `by`.

	`filters`: funded_project, chapter, partner, budget_line, from_date, to_date, and with_payments to know what was paid. The
	days are those of the booking; planned is what is in force on `to_date`.
	"""
	scope = lines_in_scope(filters)
	if not scope.shown:
		return []
	sources = sources_of(scope.projects) if by == "source" else {}
	imputations = _imputations(scope, filters, by, sources)
	rows = reconcile(
		scope.shown,
		_bookings([line.name for line in scope.shown], filters, by, sources),
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
	return Scope([line for line in whole if line.name in shown], whole)


def sources_of(projects: Iterable[str]) -> dict[str, list[tuple[str, Decimal]]]:
	"""Name and per cent of each project's sources, in their order."""
	found: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
	for row in frappe.get_all(
		"Funding Source",
		filters={"parenttype": "Funded Project", "parent": ["in", list(projects)]},
		fields=["parent", "source_type", "percent"],
		order_by="parent, idx",
	):
		found[row.parent].append((row.source_type, Decimal(str(row.percent or 0))))
	return dict(found)


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


def _plans(scope: Scope, by: str, sources: Mapping) -> list[Plan]:
	if by == "source":
		return planned_by_source(scope.shown, sources)
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


def _bookings(lines: list[str], filters: Mapping, by: str, sources: Mapping) -> list[Booking]:
	"""Costs in the ledger, hours of submitted timesheets, and what partners declared."""
	gle = frappe.qb.DocType("GL Entry")
	row, cost = frappe.qb.DocType("Timesheet Detail"), frappe.qb.DocType("Declared Cost")
	found = []
	for query, line, day, amount in (
		(ledger_query(lines, filters), gle.fami_budget_line, gle.posting_date, gle.debit - gle.credit),
		(hours_query(lines, filters), row.fami_budget_line, row.from_time, row.base_costing_amount),
		(declared_query(lines, filters), cost.budget_line, declared_day(cost), cost.amount),
	):
		found += [
			Booking(name, money(total), group)
			for name, group, __, (total,) in _sums(query, line, day, [amount], by, sources)
		]
	return found


def _imputations(scope: Scope, filters: Mapping, by: str, sources: Mapping) -> list[Imputation]:
	"""Allocations of the lines, with the flat rates taken of them and what claims asked for those."""
	allocation = frappe.qb.DocType("Cost Allocation")
	rates = any(line.rate for line in scope.shown)
	names = [line.name for line in (scope.whole if rates else scope.shown)]
	amounts = [
		allocation.imputed_amount,
		# An amount asked of the authority counts once the claim it stands in is submitted, which sets it.
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
		Imputation(
			name,
			money(imputed),
			docstatus == 1,
			*(money(amount) if docstatus == 1 else ZERO for amount in (claimed, auditor, authority)),
			group=group,
		)
		for name, group, docstatus, (imputed, claimed, auditor, authority) in rows
	]
	found = with_flat_rates(scope.whole, found, by_month=by == "month")
	if by == "source":
		found = [part for whole in found for part in _flat_over_sources(whole, scope, sources)]
	if rates:
		found += _claimed_flat_rates(scope, filters, by, sources)
	if filters.get("with_payments"):
		found += _paid(scope, filters, by, sources)
	return found


def _flat_over_sources(part: Imputation, scope: Scope, sources: Mapping) -> list[Imputation]:
	if not part.flat:
		return [part]
	project = next(line.project for line in scope.whole if line.name == part.line)
	return [
		replace(part, amount=amount, group=source)
		for source, amount in over_sources(part.amount, sources.get(project, ()))
	]


def _claimed_flat_rates(scope: Scope, filters: Mapping, by: str, sources: Mapping) -> list[Imputation]:
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
		Imputation(name, ZERO, True, *map(money, amounts), group=group)
		for name, group, __, amounts in _sums(
			between(query, claim.period_to, filters),
			row.budget_line,
			claim.period_to,
			[row.claimed_amount, row.auditor_amount, row.authority_amount],
			by,
			sources,
		)
	]


def _paid(scope: Scope, filters: Mapping, by: str, sources: Mapping) -> list[Imputation]:
	"""What was paid of the confirmed costs: of each the share of its document that was paid, at most the whole."""
	allocation = frappe.qb.DocType("Cost Allocation")
	query = allocation_query([line.name for line in scope.shown], filters).where(allocation.docstatus == 1)
	rows = query.select(
		allocation.budget_line,
		allocation.voucher_type,
		allocation.voucher_no,
		allocation.posting_date,
		allocation.imputed_amount,
	).run(as_dict=True)
	vouchers = {(row.voucher_type, row.voucher_no) for row in rows}
	payments, totals = payments_of(vouchers), _document_totals(vouchers)
	projects = {line.name: line.project for line in scope.shown}
	found = []
	for row in rows:
		voucher = (row.voucher_type, row.voucher_no)
		due = totals.get(voucher, ZERO)
		paid = sum((payment.amount for payment in payments[voucher]), ZERO)
		share = min(abs(paid), abs(due)) / abs(due) if due else ZERO
		amount = money(money(row.imputed_amount) * share)
		if by == "source":
			parts = over_sources(amount, sources.get(projects[row.budget_line], ()))
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


def ledger_query(lines: list[str], filters: Mapping):
	"""Query over the ledger rows of cost that carry one of `lines`."""
	gle, account = frappe.qb.DocType("GL Entry"), frappe.qb.DocType("Account")
	query = (
		frappe.qb.from_(gle)
		.join(account)
		.on(account.name == gle.account)
		.where(gle.fami_budget_line.isin(lines) & (gle.is_cancelled == 0) & (account.root_type == "Expense"))
	)
	return between(query, gle.posting_date, filters)


def hours_query(lines: list[str], filters: Mapping):
	"""Query over the rows of submitted timesheets that carry one of `lines`."""
	row, sheet = frappe.qb.DocType("Timesheet Detail"), frappe.qb.DocType("Timesheet")
	query = (
		frappe.qb.from_(row)
		.join(sheet)
		.on((sheet.name == row.parent) & (row.parenttype == "Timesheet"))
		.where(row.fami_budget_line.isin(lines) & (sheet.docstatus == 1))
	)
	return between(query, Date(row.from_time), filters)


def declared_query(lines: list[str], filters: Mapping):
	"""Query over the costs that partners declared on `lines`."""
	cost = frappe.qb.DocType("Declared Cost")
	return between(frappe.qb.from_(cost).where(cost.budget_line.isin(lines)), declared_day(cost), filters)


def declared_day(cost):
	"""The day a declared cost counts on: of its document, or its month where it has none."""
	return Coalesce(cost.document_date, cost.cost_month)


def allocation_query(lines: list[str], filters: Mapping):
	"""Query over the allocations to `lines` that are not cancelled."""
	allocation = frappe.qb.DocType("Cost Allocation")
	query = frappe.qb.from_(allocation).where(allocation.budget_line.isin(lines) & (allocation.docstatus < 2))
	return between(query, allocation.posting_date, filters)


def between(query, day, filters: Mapping):
	"""`query` with `day` between the filters' days, both included."""
	if filters.get("from_date"):
		query = query.where(day >= filters["from_date"])
	if filters.get("to_date"):
		query = query.where(day <= filters["to_date"])
	return query


def _sums(query, line, day, amounts: Sequence, by: str, sources: Mapping, key=None) -> list[tuple]:
	"""Run `query` grouped by line, `key` and, as `by` asks, month or source: (line, group, key, sums)."""
	keys = [line] if key is None else [line, key]
	if by == "source":
		return _sums_by_source(query, keys, amounts, sources)
	if by == "month":
		keys.append(_month_of(day, "%Y-%m"))
	rows = query.select(*keys, *(Sum(amount) for amount in amounts)).groupby(*keys).run()
	return [
		(
			row[0],
			row[len(keys) - 1] or "" if by == "month" else "",
			row[1] if key is not None else None,
			row[len(keys) :],
		)
		for row in rows
	]


def _sums_by_source(query, keys: Sequence, amounts: Sequence, sources: Mapping) -> list[tuple]:
	"""Each row of the table is split over its project's sources as `engine.money.split` does it, then added up.

	The database rounds each part half up, exactly; the last source takes what the others leave of the whole.
	"""
	line, source = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Funding Source")
	rows = (
		query.join(line)
		.on(line.name == keys[0])
		.left_join(source)
		.on((source.parent == line.funded_project) & (source.parenttype == "Funded Project"))
		.select(
			*keys,
			line.funded_project,
			source.idx,
			*(Sum(amount) for amount in amounts),
			*(Sum(_round(amount * source.percent / _whole_percent(line, sources), 2)) for amount in amounts),
		)
		.groupby(*keys, line.funded_project, source.idx)
	).run()
	width, count = len(keys), len(amounts)
	left: dict[tuple, list[Decimal]] = {}
	found: dict[tuple, list[Decimal]] = {}
	for row in rows:
		place, project, idx = row[:width], row[width], row[width + 1]
		whole = [money(amount) for amount in row[width + 2 : width + 2 + count]]
		rest = left.setdefault((place, project), whole)
		own = sources.get(project, ())
		if not any(percent for __, percent in own):
			found[place, ""] = whole
			continue
		if idx == _last(own):
			continue
		parts = [money(amount) for amount in row[width + 2 + count :]]
		left[place, project] = [amount - part for amount, part in zip(rest, parts, strict=True)]
		_add(found, (place, own[idx - 1][0]), parts)
	for (place, project), rest in left.items():
		own = sources.get(project, ())
		if any(percent for __, percent in own):
			_add(found, (place, own[_last(own) - 1][0]), rest)
	return [
		(place[0], source, place[1] if width > 1 else None, sums) for (place, source), sums in found.items()
	]


def _whole_percent(line, sources: Mapping):
	"""What the per cents of a project sum to: a hundred, or a hair beside it."""
	odd = {}
	for project, own in sources.items():
		whole = sum((percent for __, percent in own), Decimal(0))
		if whole and whole != 100:
			odd[project] = whole
	if not odd:
		return 100
	case = Case()
	for project, whole in odd.items():
		case = case.when(line.funded_project == project, whole)
	return case.else_(100)


def _last(own: Sequence[tuple[str, Decimal]]) -> int:
	"""The place of the last source with a share, counted from one as the rows of the table are."""
	return max(place for place, (__, percent) in enumerate(own, start=1) if percent)


def _add(found: dict, key: tuple, amounts: Sequence[Decimal]) -> None:
	before = found.setdefault(key, [ZERO] * len(amounts))
	found[key] = [one + other for one, other in zip(before, amounts, strict=True)]
