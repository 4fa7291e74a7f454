"""Funding Reconciliation: what was planned, booked in the ledger, imputed, and what is left."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Max, Sum

from core_minori.engine.money import money
from core_minori.engine.reconciliation import (
	Booking,
	BudgetLine,
	Imputation,
	ReconciliationRow,
	reconcile,
	total,
)

GROUPINGS = {"Line": "line", "Chapter": "chapter", "Partner": "partner", "Project": "project"}


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Rows of the report, euro by the chosen grouping, or the single vouchers behind them."""
	filters = frappe._dict(filters or {})
	if filters.group_by == "Voucher":
		return voucher_columns(), vouchers(filters)
	rows = reconciled(filters)
	data = [_as_dict(row, filters.group_by or "Line") for row in rows]
	whole = total(rows)
	return (
		columns(filters.group_by or "Line"),
		data,
		None,
		chart(rows) if len(rows) > 1 else None,
		summary(whole),
	)


def reconciled(filters: dict) -> list[ReconciliationRow]:
	"""The reconciliation of the lines that the filters and the reader's rights leave; three grouped queries."""
	lines = _lines(filters)
	if not lines:
		return []
	names = [line.name for line in lines]
	return reconcile(
		lines,
		_bookings(names, filters),
		_imputations(names, filters),
		GROUPINGS[filters.get("group_by") or "Line"],
	)


def vouchers(filters: dict) -> list[dict]:
	"""The ledger costs and allocations of the lines, voucher by voucher, the newest first."""
	names = [line.name for line in _lines(filters)]
	if not names:
		return []
	gle = frappe.qb.DocType("GL Entry")
	booked = (
		_cost_query(names, filters)
		.select(
			gle.voucher_type,
			gle.voucher_no,
			gle.fami_budget_line.as_("budget_line"),
			Max(gle.posting_date).as_("posting_date"),
			Max(gle.against).as_("party"),
			Sum(gle.debit - gle.credit).as_("booked"),
		)
		.groupby(gle.voucher_type, gle.voucher_no, gle.fami_budget_line)
	).run(as_dict=True)
	rows = {(row.voucher_type, row.voucher_no, row.budget_line): row for row in booked}
	allocation = frappe.qb.DocType("Cost Allocation")
	allocated = (
		_allocation_query(names, filters)
		.select(
			allocation.voucher_type,
			allocation.voucher_no,
			allocation.budget_line,
			allocation.docstatus,
			Max(allocation.posting_date).as_("posting_date"),
			Max(allocation.party).as_("party"),
			Sum(allocation.imputed_amount).as_("amount"),
			Count("*").as_("allocations"),
		)
		.groupby(allocation.voucher_type, allocation.voucher_no, allocation.budget_line, allocation.docstatus)
	).run(as_dict=True)
	for part in allocated:
		key = (part.voucher_type, part.voucher_no, part.budget_line)
		row = rows.setdefault(
			key,
			frappe._dict(
				voucher_type=part.voucher_type,
				voucher_no=part.voucher_no,
				budget_line=part.budget_line,
				posting_date=part.posting_date,
				party=part.party,
				booked=0,
			),
		)
		row["imputed" if part.docstatus else "drafted"] = float(money(part.amount))
	found = [row for row in rows.values() if money(row.booked) or row.get("drafted") or row.get("imputed")]
	for row in found:
		row.booked = float(money(row.booked))
	return sorted(found, key=lambda row: (str(row.posting_date), row.voucher_no), reverse=True)


def columns(group_by: str) -> list[dict]:
	"""Columns of the grouped report. Amounts are euro."""
	key = {
		"Line": {"label": _("Budget Line"), "fieldtype": "Link", "options": "FAMI Budget Line"},
		"Chapter": {"label": _("Chapter"), "fieldtype": "Data"},
		"Partner": {"label": _("Partner"), "fieldtype": "Link", "options": "Network Organisation"},
		"Project": {"label": _("Funded Project"), "fieldtype": "Link", "options": "Funded Project"},
	}[group_by]
	titles = (
		[{"fieldname": "title", "label": _("Description"), "fieldtype": "Data", "width": 220}]
		if group_by == "Line"
		else []
	)
	return [
		{"fieldname": "key", "width": 200, **key},
		*titles,
		_euro("planned", _("Planned")),
		_euro("booked", _("Booked")),
		_euro("drafted", _("To Confirm")),
		_euro("imputed", _("Imputed")),
		_euro("residual", _("Residual")),
		_euro("not_imputed", _("Not Imputed")),
		{"fieldname": "imputed_percent", "label": _("Imputed (%)"), "fieldtype": "Percent", "width": 100},
	]


def voucher_columns() -> list[dict]:
	"""Columns of the vouchers behind a row; the voucher opens on a click."""
	return [
		{"fieldname": "posting_date", "label": _("Posting Date"), "fieldtype": "Date", "width": 110},
		{
			# Not a Link to DocType: Frappe would ask the officer for a right to read DocTypes.
			"fieldname": "voucher_type",
			"label": _("Voucher Type"),
			"fieldtype": "Data",
			"width": 150,
		},
		{
			"fieldname": "voucher_no",
			"label": _("Voucher"),
			"fieldtype": "Dynamic Link",
			"options": "voucher_type",
			"width": 200,
		},
		{"fieldname": "party", "label": _("Supplier or Person"), "fieldtype": "Data", "width": 180},
		{
			"fieldname": "budget_line",
			"label": _("Budget Line"),
			"fieldtype": "Link",
			"options": "FAMI Budget Line",
			"width": 180,
		},
		_euro("booked", _("Booked")),
		_euro("drafted", _("To Confirm")),
		_euro("imputed", _("Imputed")),
	]


def chart(rows: list[ReconciliationRow]) -> dict:
	"""Planned, booked and imputed side by side, at most twenty groups."""
	shown = rows[:20]
	return {
		"data": {
			"labels": [row.key or _("None") for row in shown],
			"datasets": [
				{"name": _("Planned"), "values": [float(row.planned) for row in shown]},
				{"name": _("Booked"), "values": [float(row.booked) for row in shown]},
				{"name": _("Imputed"), "values": [float(row.imputed) for row in shown]},
			],
		},
		"type": "bar",
		"fieldtype": "Currency",
		"colors": ["#c0c7d0", "#1f5f8b", "#2e9e6b"],
	}


def summary(whole: ReconciliationRow) -> list[dict]:
	"""The totals above the table."""
	return [
		_figure(_("Planned"), whole.planned),
		_figure(_("Booked"), whole.booked),
		_figure(_("To Confirm"), whole.drafted, "orange" if whole.drafted else None),
		_figure(_("Imputed"), whole.imputed, "green"),
		_figure(_("Residual"), whole.residual, "red" if whole.residual < 0 else "blue"),
	]


def _lines(filters: dict) -> list[BudgetLine]:
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
	return [
		BudgetLine(row.name, row.funded_project, row.chapter, row.partner or "", row.title, money(row.amount))
		for row in frappe.get_list(
			"FAMI Budget Line",
			filters=conditions,
			fields=["name", "funded_project", "chapter", "partner", "title", "amount"],
			limit_page_length=0,
			order_by="name",
		)
	]


def _bookings(lines: list[str], filters: dict) -> list[Booking]:
	gle = frappe.qb.DocType("GL Entry")
	rows = (
		_cost_query(lines, filters)
		.select(gle.fami_budget_line, Sum(gle.debit - gle.credit))
		.groupby(gle.fami_budget_line)
	).run()
	return [Booking(line, money(amount)) for line, amount in rows]


def _imputations(lines: list[str], filters: dict) -> list[Imputation]:
	allocation = frappe.qb.DocType("Cost Allocation")
	rows = (
		_allocation_query(lines, filters)
		.select(allocation.budget_line, allocation.docstatus, Sum(allocation.imputed_amount))
		.groupby(allocation.budget_line, allocation.docstatus)
	).run()
	return [Imputation(line, money(amount), docstatus == 1) for line, docstatus, amount in rows]


def _cost_query(lines: list[str], filters: dict):
	gle, account = frappe.qb.DocType("GL Entry"), frappe.qb.DocType("Account")
	query = (
		frappe.qb.from_(gle)
		.join(account)
		.on(account.name == gle.account)
		.where(gle.fami_budget_line.isin(lines) & (gle.is_cancelled == 0) & (account.root_type == "Expense"))
	)
	return _between(query, gle.posting_date, filters)


def _allocation_query(lines: list[str], filters: dict):
	allocation = frappe.qb.DocType("Cost Allocation")
	query = frappe.qb.from_(allocation).where(allocation.budget_line.isin(lines) & (allocation.docstatus < 2))
	return _between(query, allocation.posting_date, filters)


def _between(query, day, filters: dict):
	if filters.get("from_date"):
		query = query.where(day >= filters["from_date"])
	if filters.get("to_date"):
		query = query.where(day <= filters["to_date"])
	return query


def _as_dict(row: ReconciliationRow, group_by: str) -> dict:
	names = ("planned", "booked", "drafted", "imputed", "residual", "not_imputed", "imputed_percent")
	return {
		"key": row.key,
		"title": row.title,
		"group_by": group_by,
		**{name: float(getattr(row, name)) for name in names},
	}


def _euro(fieldname: str, label: str) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Currency", "options": "EUR", "width": 120}


def _figure(label: str, amount: Decimal, indicator: str | None = None) -> dict:
	return {
		"label": label,
		"value": float(amount),
		"datatype": "Currency",
		"currency": "EUR",
		"indicator": indicator or "grey",
	}
