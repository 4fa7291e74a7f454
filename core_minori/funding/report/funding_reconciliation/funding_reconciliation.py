"""Funding Reconciliation: planned, booked in the ledger, imputed, claimed and accepted, and what is left."""

from collections.abc import Sequence
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Max, Sum

from core_minori.engine.money import money
from core_minori.engine.reconciliation import ReconciliationRow, running_totals, total
from core_minori.funding.reconciliation import (
	allocation_query,
	declared_day,
	declared_query,
	hours_query,
	ledger_query,
	lines_in_scope,
	reconciled,
)

GROUPINGS = {
	"Line": "line",
	"Chapter": "chapter",
	"Partner": "partner",
	"Project": "project",
	"Source": "source",
	"Month": "month",
}
MOST_GROUPS_IN_CHART = 20


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Rows of the report, euro by the chosen grouping, or the single vouchers behind them."""
	filters = frappe._dict(filters or {})
	if filters.group_by == "Voucher":
		return voucher_columns(), vouchers(filters)
	group_by = filters.group_by or "Line"
	rows = reconciled(filters, GROUPINGS[group_by])
	return (
		columns(group_by, bool(filters.with_payments)),
		[_as_dict(row, group_by) for row in rows],
		None,
		(over_time(rows) if group_by == "Month" else chart(rows)) if len(rows) > 1 else None,
		summary(total(rows)),
	)


def vouchers(filters: dict) -> list[dict]:
	"""The costs and allocations of the lines, voucher by voucher, the newest first."""
	names = [line.name for line in lines_in_scope(filters).shown]
	if not names:
		return []
	rows = {(row.voucher_type, row.voucher_no, row.budget_line): row for row in _booked(names, filters)}
	allocation = frappe.qb.DocType("Cost Allocation")
	allocated = (
		allocation_query(names, filters)
		.select(
			allocation.voucher_type,
			allocation.voucher_no,
			allocation.budget_line,
			allocation.docstatus,
			Max(allocation.posting_date).as_("posting_date"),
			Max(allocation.party).as_("party"),
			Sum(allocation.imputed_amount).as_("amount"),
			Sum(allocation.claimed_amount).as_("claimed"),
			Sum(allocation.auditor_amount).as_("auditor"),
			Sum(allocation.authority_amount).as_("authority"),
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
		if part.docstatus:
			row.update({name: float(money(part[name])) for name in ("claimed", "auditor", "authority")})
	found = [row for row in rows.values() if money(row.booked) or row.get("drafted") or row.get("imputed")]
	for row in found:
		row.booked = float(money(row.booked))
	return sorted(found, key=lambda row: (str(row.posting_date), row.voucher_no), reverse=True)


def _booked(names: list[str], filters: dict) -> list[dict]:
	"""Costs by voucher and line: of the ledger, of timesheets, and of partners."""
	gle = frappe.qb.DocType("GL Entry")
	row, sheet = frappe.qb.DocType("Timesheet Detail"), frappe.qb.DocType("Timesheet")
	cost = frappe.qb.DocType("Declared Cost")
	ledger = (
		ledger_query(names, filters)
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
	hours = (
		hours_query(names, filters)
		.select(
			sheet.name.as_("voucher_no"),
			row.fami_budget_line.as_("budget_line"),
			Max(sheet.end_date).as_("posting_date"),
			Max(sheet.employee_name).as_("party"),
			Sum(row.base_costing_amount).as_("booked"),
		)
		.groupby(sheet.name, row.fami_budget_line)
	).run(as_dict=True)
	declared = (
		declared_query(names, filters).select(
			cost.name.as_("voucher_no"),
			cost.budget_line,
			declared_day(cost).as_("posting_date"),
			cost.supplier.as_("party"),
			cost.amount.as_("booked"),
		)
	).run(as_dict=True)
	return [
		*ledger,
		*(frappe._dict(found, voucher_type="Timesheet") for found in hours),
		*(frappe._dict(found, voucher_type="Declared Cost") for found in declared),
	]


def columns(group_by: str, with_payments: bool = False) -> list[dict]:
	"""Columns of the grouped report. Amounts are euro."""
	key = {
		"Line": {"label": _("Budget Line"), "fieldtype": "Link", "options": "FAMI Budget Line"},
		"Chapter": {"label": _("Chapter"), "fieldtype": "Data"},
		"Partner": {"label": _("Partner"), "fieldtype": "Link", "options": "Network Organisation"},
		"Project": {"label": _("Funded Project"), "fieldtype": "Link", "options": "Funded Project"},
		"Source": {"label": _("Source"), "fieldtype": "Data"},
		"Month": {"label": _("Month"), "fieldtype": "Data"},
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
		_euro("claimed", _("Claimed")),
		_euro("auditor", _("Accepted by the Auditor")),
		_euro("authority", _("Accepted by the Authority")),
		*([_euro("paid", _("Paid"))] if with_payments else []),
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
		_euro("claimed", _("Claimed")),
		_euro("auditor", _("Accepted by the Auditor")),
		_euro("authority", _("Accepted by the Authority")),
	]


def chart(rows: Sequence[ReconciliationRow]) -> dict:
	"""Planned, booked and imputed side by side, at most twenty groups."""
	shown = rows[:MOST_GROUPS_IN_CHART]
	return {
		"data": {
			"labels": [_(row.key) if row.key else _("None") for row in shown],
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


def over_time(rows: Sequence[ReconciliationRow]) -> dict:
	"""Planned against spent, month by month, each month with all before it. Planned is spread over the project's days."""
	so_far = running_totals(rows)
	return {
		"data": {
			"labels": [row.key for row in so_far],
			"datasets": [
				{"name": label, "values": [float(getattr(row, name)) for row in so_far]}
				for name, label in (
					("planned", _("Planned")),
					("booked", _("Booked")),
					("imputed", _("Imputed")),
					("claimed", _("Claimed")),
				)
			],
		},
		"type": "line",
		"lineOptions": {"hideDots": 1},
		# Six years have seventy months: only some of them get a label.
		"axisOptions": {"xIsSeries": 1, "shortenYAxisNumbers": 1},
		"fieldtype": "Currency",
		"colors": ["#8d99a6", "#1f5f8b", "#2e9e6b", "#d07a1f"],
	}


def summary(whole: ReconciliationRow) -> list[dict]:
	"""The totals above the table."""
	return [
		_figure(_("Planned"), whole.planned),
		_figure(_("Booked"), whole.booked),
		_figure(_("To Confirm"), whole.drafted, "orange" if whole.drafted else None),
		_figure(_("Imputed"), whole.imputed, "green"),
		*([_figure(_("Claimed"), whole.claimed, "blue")] if whole.claimed else []),
		_figure(_("Residual"), whole.residual, "red" if whole.residual < 0 else "blue"),
	]


def _as_dict(row: ReconciliationRow, group_by: str) -> dict:
	names = (
		"planned",
		"booked",
		"drafted",
		"imputed",
		"claimed",
		"auditor",
		"authority",
		"paid",
		"residual",
		"not_imputed",
		"imputed_percent",
	)
	return {
		"key": _(row.key) if group_by == "Source" else row.key,
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
