"""Staff Hours: the funded hours of submitted timesheets by person, month and line, what they cost and what is imputed."""

import frappe
from frappe import _
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Max, Min, Sum
from frappe.utils import add_days, getdate

from core_minori.engine.money import ZERO, money


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple[list[dict], list[dict]]:
	"""Columns and rows. Hours and euro; the rate of a month in which it changed is the average.

	Raises frappe.PermissionError for who may not read rates, since cost by hours is one.
	"""
	frappe.has_permission("Staff Cost Rate", "read", throw=True)
	return columns(), rows(frappe._dict(filters or {}))


def rows(filters: dict) -> list[dict]:
	"""One row for each person, month and line; one grouped query."""
	sheet, row = frappe.qb.DocType("Timesheet"), frappe.qb.DocType("Timesheet Detail")
	line, allocation = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Cost Allocation")
	month = CustomFunction("DATE_FORMAT", ["day", "format"])
	# By sheet first: an allocation takes one cost of one sheet, and a row of it may not meet it twice.
	by_sheet = (
		frappe.qb.from_(row)
		.join(line)
		.on(line.name == row.fami_budget_line)
		.select(
			row.parent,
			row.fami_budget_line.as_("budget_line"),
			line.funded_project,
			line.title,
			month(row.from_time, "%Y-%m").as_("month"),
			Sum(row.hours).as_("hours"),
			Sum(row.base_costing_amount).as_("cost"),
			Min(row.base_costing_rate).as_("lowest"),
			Max(row.base_costing_rate).as_("highest"),
		)
		.where((row.docstatus == 1) & (row.parenttype == "Timesheet"))
		.groupby(row.parent, row.fami_budget_line, month(row.from_time, "%Y-%m"))
	)
	if filters.get("funded_project"):
		by_sheet = by_sheet.where(line.funded_project == filters["funded_project"])
	if filters.get("from_date"):
		by_sheet = by_sheet.where(row.from_time >= getdate(filters["from_date"]))
	if filters.get("to_date"):
		by_sheet = by_sheet.where(row.from_time < add_days(getdate(filters["to_date"]), 1))
	imputed = (
		frappe.qb.from_(allocation)
		.select(allocation.voucher_no, allocation.tagged_line, Sum(allocation.imputed_amount).as_("amount"))
		.where((allocation.voucher_type == "Timesheet") & (allocation.docstatus == 1))
		.groupby(allocation.voucher_no, allocation.tagged_line)
	)
	query = (
		frappe.qb.from_(by_sheet)
		.join(sheet)
		.on(sheet.name == by_sheet.parent)
		.left_join(imputed)
		.on((imputed.voucher_no == by_sheet.parent) & (imputed.tagged_line == by_sheet.budget_line))
		.select(
			sheet.employee,
			Max(sheet.employee_name).as_("employee_name"),
			by_sheet.month,
			by_sheet.funded_project,
			by_sheet.budget_line,
			Max(by_sheet.title).as_("title"),
			Sum(by_sheet.hours).as_("hours"),
			Min(by_sheet.lowest).as_("lowest"),
			Max(by_sheet.highest).as_("highest"),
			Sum(by_sheet.cost).as_("cost"),
			Sum(imputed.amount).as_("imputed"),
		)
		.where(sheet.docstatus == 1)
		.groupby(sheet.employee, by_sheet.month, by_sheet.funded_project, by_sheet.budget_line)
		.orderby(sheet.employee, by_sheet.month, by_sheet.budget_line)
	)
	if filters.get("employee"):
		query = query.where(sheet.employee == filters["employee"])
	found = query.run(as_dict=True)
	for each in found:
		hours, cost = money(each.hours), money(each.cost)
		lowest, highest = each.pop("lowest"), each.pop("highest")
		each.rate = float(lowest if lowest == highest else money(cost / hours) if hours else ZERO)
		each.hours, each.cost, each.imputed = float(hours), float(cost), float(money(each.imputed))
	return found


def columns() -> list[dict]:
	"""Columns of the report."""
	return [
		_column("employee", _("Employee"), "Link", 130, options="Employee"),
		_column("employee_name", _("Name"), "Data", 160),
		_column("month", _("Month"), "Data", 90),
		_column("funded_project", _("Funded Project"), "Link", 130, options="Funded Project"),
		_column("budget_line", _("Budget Line"), "Link", 150, options="FAMI Budget Line"),
		_column("title", _("Description"), "Data", 200),
		_column("hours", _("Hours"), "Float", 90, precision=2),
		_column("rate", _("Hourly Rate"), "Currency", 110, options="EUR", disable_total=1),
		_column("cost", _("Cost"), "Currency", 120, options="EUR"),
		_column("imputed", _("Imputed"), "Currency", 120, options="EUR"),
	]


def _column(fieldname: str, label: str, fieldtype: str, width: int, **more: object) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}
