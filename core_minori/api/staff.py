"""Staff: the year's cost from the payslips, and the monthly timesheet as a paper."""

import re

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Max, Min, Sum
from frappe.utils import add_days, add_months, get_first_day, get_last_day, getdate
from frappe.utils.pdf import get_pdf

from core_minori.engine.money import money

# The paper brings its own style. Frappe's would be asked for at the site's own address, which a server behind a proxy, or
# one whose name only the browser knows, does not reach.
_FRAPPES_SHEETS = re.compile(r"<link[^>]*stylesheet[^>]*>")


@frappe.whitelist(methods=["GET"])
def salary_slip_cost(employee: str, up_to: str | None = None) -> dict:
	"""Euro that a person cost in the last twelve months by HRMS's submitted payslips: gross pay and the employer's share.

	The employer's share are the components that stand on a payslip outside its totals (Do Not Include in Total) and are no
	mere statistics: contributions and accruals. `up_to` is the last day that counts; without it the last payslip's.
	Returns annual_cost, months (payslips' months), first and last day. Raises frappe.PermissionError without the right to
	write rates or to read payslips, frappe.ValidationError without HRMS or payslips.
	"""
	frappe.has_permission("Staff Cost Rate", "create", throw=True)
	if not frappe.db.exists("DocType", "Salary Slip"):
		frappe.throw(_("There are no payslips on this site: install HRMS, or enter the annual cost by hand."))
	frappe.has_permission("Salary Slip", "read", throw=True)
	last = getdate(up_to) if up_to else None
	slip, detail = frappe.qb.DocType("Salary Slip"), frappe.qb.DocType("Salary Detail")
	submitted = (slip.employee == employee) & (slip.docstatus == 1)
	if not last:
		((newest,),) = frappe.qb.from_(slip).select(Max(slip.end_date)).where(submitted).run()
		last = getdate(newest) if newest else None
	if not last:
		frappe.throw(_("{0} has no submitted payslips.").format(employee))
	first = (
		get_first_day(add_months(last, -11))
		if last == get_last_day(last)
		else add_days(add_months(last, -12), 1)
	)
	inside = submitted & (slip.start_date >= first) & (slip.end_date <= last)
	((gross, slips, starts, ends),) = (
		frappe.qb.from_(slip)
		.select(Sum(slip.base_gross_pay), Count("*"), Min(slip.start_date), Max(slip.end_date))
		.where(inside)
	).run()
	((share,),) = (
		frappe.qb.from_(slip)
		.join(detail)
		.on((detail.parent == slip.name) & (detail.parenttype == "Salary Slip"))
		.select(Sum(detail.amount * slip.exchange_rate))
		.where(inside & (detail.do_not_include_in_total == 1) & (detail.statistical_component == 0))
	).run()
	if not slips:
		frappe.throw(_("{0} has no submitted payslips in the twelve months up to that day.").format(employee))
	return {
		"annual_cost": float(money(gross) + money(share)),
		"months": slips,
		"first": starts,
		"last": ends,
	}


@frappe.whitelist(methods=["GET"])
def monthly_timesheet(employee: str, month: str) -> None:
	"""Download the timesheet to sign of a person's month, with the hours of all their timesheets.

	`month` is any day of it. Raises frappe.PermissionError for who may read none of them, frappe.ValidationError where
	there are none.
	"""
	first, last = get_first_day(month), get_last_day(month)
	sheets = frappe.get_list(
		"Timesheet",
		filters={
			"employee": employee,
			"docstatus": ["<", 2],
			"start_date": ["<=", last],
			"end_date": [">=", first],
		},
		fields=["name"],
		order_by="start_date, name",
		limit_page_length=1,
	)
	if not sheets:
		frappe.throw(_("There is no timesheet of this person in the month."))
	paper = frappe.get_print("Timesheet", sheets[0].name, "Monthly Timesheet", no_letterhead=True)
	frappe.response["filename"] = f"{_('Monthly Timesheet').replace(' ', '_')}_{first:%Y-%m}_{employee}.pdf"
	frappe.response["filecontent"] = get_pdf(
		_FRAPPES_SHEETS.sub("<style>.print-hide { display: none }</style>", paper),
		{"orientation": "Landscape", "page-size": "A4"},
	)
	frappe.response["type"] = "pdf"
