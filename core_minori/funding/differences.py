"""What the report of differences reads: the costs that are a project's, its imputations, and what became of their vouchers.

Costs and imputations are added up in the database; only then are they compared, each cost by its key.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import frappe
from frappe.query_builder.functions import Coalesce, Max, Sum
from frappe.utils import getdate

from core_minori.engine.differences import (
	Allocated,
	CostKey,
	Difference,
	KnownCost,
	VoucherState,
	differences,
)
from core_minori.engine.money import money
from core_minori.funding.ledger import VOUCHER_TYPES, cost_rows
from core_minori.funding.reconciliation import (
	Scope,
	between,
	declared_day,
	declared_query,
	hours_query,
	lines_in_scope,
)

_STATES = {0: VoucherState.DRAFT, 1: VoucherState.POSTED, 2: VoucherState.CANCELLED}


def differences_of(filters: Mapping) -> list[Difference]:
	"""Where the ledger and the imputations of the lines in scope disagree.

	`filters` as of the reconciliation: the lines, and days of the booking. Untagged costs of the projects are looked at unless
	a chapter, partner or line is asked for, which an untagged cost has none of.
	"""
	scope = lines_in_scope(filters)
	if not scope.shown:
		return []
	names = [line.name for line in scope.shown]
	costs = {cost.key: cost for cost in _tagged_costs(scope.names, filters)}
	if not any(filters.get(name) for name in ("chapter", "partner", "budget_line")):
		costs |= {cost.key: cost for cost in _untagged_costs(scope.projects, filters)}
	allocations = _allocations(scope, filters, {cost.key.voucher_no for cost in costs.values()})
	lost = {part.key.voucher_no for part in allocations if part.own and part.key not in costs}
	if lost:
		# The rest of those vouchers tells where their cost went; it need not be the project's.
		costs = {cost.key: replace(cost, own=False) for cost in _costs_of_vouchers(lost)} | costs
	gone = {
		(part.key.voucher_type, part.key.voucher_no)
		for part in allocations
		if part.own and part.key not in costs
	}
	flat = [line.name for line in scope.whole if line.rate]
	shown = set(names)
	return differences(
		(cost for cost in costs.values() if not cost.key.line or cost.key.line in shown or not cost.own),
		allocations,
		_states(gone),
		flat,
	)


def _ledger():
	"""Query over the costs of the ledger by their key, with the columns of `_known`."""
	gle = frappe.qb.DocType("GL Entry")
	return (
		cost_rows()
		.select(
			gle.voucher_type,
			gle.voucher_no,
			gle.account,
			gle.cost_center,
			gle.fami_budget_line.as_("line"),
			Sum(gle.debit - gle.credit).as_("amount"),
			Max(gle.posting_date).as_("day"),
			Max(gle.against).as_("party"),
		)
		.groupby(gle.voucher_type, gle.voucher_no, gle.account, gle.cost_center, gle.fami_budget_line)
	)


def _tagged_costs(lines: list[str] | None, filters: Mapping) -> list[KnownCost]:
	gle = frappe.qb.DocType("GL Entry")
	tagged = gle.fami_budget_line.isnotnull() if lines is None else gle.fami_budget_line.isin(lines)
	found = _known(between(_ledger().where(tagged), gle.posting_date, filters).run(as_dict=True))
	row, sheet = frappe.qb.DocType("Timesheet Detail"), frappe.qb.DocType("Timesheet")
	found += _known(
		hours_query(lines, filters)
		.select(
			sheet.name.as_("voucher_no"),
			row.fami_budget_line.as_("line"),
			Sum(row.base_costing_amount).as_("amount"),
			Max(row.from_time).as_("day"),
			Max(sheet.employee_name).as_("party"),
		)
		.groupby(sheet.name, row.fami_budget_line)
		.run(as_dict=True),
		"Timesheet",
	)
	cost = frappe.qb.DocType("Declared Cost")
	found += _known(
		declared_query(lines, filters)
		.select(
			cost.name.as_("voucher_no"),
			cost.budget_line.as_("line"),
			cost.amount,
			declared_day(cost).as_("day"),
			cost.supplier.as_("party"),
		)
		.run(as_dict=True),
		"Declared Cost",
	)
	return found


def _untagged_costs(projects: Sequence[str], filters: Mapping) -> list[KnownCost]:
	"""Costs with no line on the ledger project of these projects, or on their cost center and no ledger project."""
	places = frappe.get_all(
		"Funded Project",
		filters={"name": ["in", list(projects)]},
		fields=["project", "cost_center", "start_date", "end_date"],
	)
	gle = frappe.qb.DocType("GL Entry")
	on_project = gle.project.isin([place.project for place in places if place.project] or [""])
	on_center = (Coalesce(gle.project, "") == "") & gle.cost_center.isin(
		[place.cost_center for place in places if place.cost_center] or [""]
	)
	query = _ledger().where(
		(gle.fami_budget_line.isnull() | (gle.fami_budget_line == ""))
		& (on_project | on_center)
		& gle.voucher_type.isin(VOUCHER_TYPES)
		& (gle.posting_date >= min(place.start_date for place in places))
	)
	return _known(between(query, gle.posting_date, filters).run(as_dict=True))


def _costs_of_vouchers(names: Iterable[str]) -> list[KnownCost]:
	names = sorted(names)
	gle = frappe.qb.DocType("GL Entry")
	found = _known(_ledger().where(gle.voucher_no.isin(names)).run(as_dict=True))
	row, sheet = frappe.qb.DocType("Timesheet Detail"), frappe.qb.DocType("Timesheet")
	found += _known(
		hours_query(None, {})
		.select(
			sheet.name.as_("voucher_no"),
			row.fami_budget_line.as_("line"),
			Sum(row.base_costing_amount).as_("amount"),
		)
		.where(sheet.name.isin(names))
		.groupby(sheet.name, row.fami_budget_line)
		.run(as_dict=True),
		"Timesheet",
	)
	cost = frappe.qb.DocType("Declared Cost")
	found += _known(
		declared_query(None, {})
		.select(cost.name.as_("voucher_no"), cost.budget_line.as_("line"), cost.amount)
		.where(cost.name.isin(names))
		.run(as_dict=True),
		"Declared Cost",
	)
	return found


def _known(rows: Iterable[frappe._dict], voucher_type: str = "") -> list[KnownCost]:
	return [
		KnownCost(
			CostKey(
				row.voucher_type or voucher_type,
				row.voucher_no,
				row.account or "",
				row.cost_center or "",
				row.line or "",
			),
			money(row.amount),
			getdate(row.day) if row.day else None,
			row.party or "",
		)
		for row in rows
		if money(row.amount)
	]


def _allocations(scope: Scope, filters: Mapping, vouchers: set[str]) -> list[Allocated]:
	"""Imputations to the lines, or of their costs by other projects; only the former are `own`.

	Of the costs' vouchers all imputations are read, whatever their day: they count against the cost.
	"""
	allocation = frappe.qb.DocType("Cost Allocation")
	query = (
		frappe.qb.from_(allocation)
		.select(
			allocation.name,
			allocation.voucher_type,
			allocation.voucher_no,
			allocation.account,
			allocation.cost_center,
			allocation.tagged_line,
			allocation.budget_line,
			allocation.ledger_amount,
			allocation.imputed_amount,
			allocation.posting_date,
			allocation.party,
			allocation.claim,
		)
		.where(allocation.docstatus < 2)
	)
	names = [line.name for line in scope.shown]
	to_lines = between(query.where(allocation.budget_line.isin(names)), allocation.posting_date, filters)
	rows = {row.name: (row, True) for row in to_lines.run(as_dict=True)}
	if vouchers:
		for row in query.where(allocation.voucher_no.isin(sorted(vouchers))).run(as_dict=True):
			rows.setdefault(row.name, (row, False))
	return [
		Allocated(
			row.name,
			CostKey(
				row.voucher_type,
				row.voucher_no,
				row.account or "",
				row.cost_center or "",
				row.tagged_line or "",
			),
			row.budget_line,
			money(row.ledger_amount),
			money(row.imputed_amount),
			getdate(row.posting_date) if row.posting_date else None,
			row.party or "",
			row.claim or "",
			own,
		)
		for row, own in rows.values()
	]


def _states(vouchers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], VoucherState]:
	"""What became of each (type, name): one query for each type, six at most."""
	by_type: dict[str, list[str]] = defaultdict(list)
	for voucher_type, name in vouchers:
		by_type[voucher_type].append(name)
	found = {}
	for voucher_type, names in by_type.items():
		if voucher_type not in VOUCHER_TYPES or not frappe.db.exists("DocType", voucher_type):
			continue
		for row in frappe.get_all(
			voucher_type, filters={"name": ["in", sorted(names)]}, fields=["name", "docstatus"]
		):
			found[voucher_type, row.name] = _STATES[row.docstatus]
	return found
