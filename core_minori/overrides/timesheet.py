"""Timesheets whose rows carry a budget line: the rate, the cost, and the limits on hours."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt, get_datetime

from core_minori.engine.eligibility import check_line_budget, check_project_window, severity_of
from core_minori.engine.message import Severity
from core_minori.engine.money import ZERO, money
from core_minori.engine.staff import (
	WorkedHours,
	check_hours,
	check_one_month,
	hours_cost,
	rate_on,
)
from core_minori.funding.doctype.staff_cost_rate.staff_cost_rate import rates_of
from core_minori.funding.ledger import OFF_LEDGER, booked_by_line, lines_with_projects, programme_rules
from core_minori.funding.timesheets import absences, worked_hours
from core_minori.messages import rules_spoken, say
from core_minori.minors import work_hours


def before_validate(doc: Document, method: str | None = None) -> None:
	"""Fill the project of a row from its line, before ERPNext checks it; refuse a line of another project."""
	work_hours.set_keys(doc)
	if not doc.company and doc.employee:
		doc.company = frappe.get_cached_value("Employee", doc.employee, "company")
	lines = lines_with_projects({row.fami_budget_line for row in doc.time_logs if row.fami_budget_line})
	for row in doc.time_logs:
		line = lines.get(row.fami_budget_line)
		if not line:
			continue  # no line, or one that does not exist: Frappe's own link check names it
		where = _("Row {0}").format(row.idx)
		if line.cost_method == "Flat Rate":
			frappe.throw(
				_(
					"{0}: {1} is a flat-rate line, which is worked out from the others: hours do not go on it."
				).format(where, line.name)
			)
		if line.disabled:
			frappe.throw(_("{0}: line {1} is disabled.").format(where, line.name))
		if not row.project:
			row.project = line.project
		elif row.project != line.project:
			frappe.throw(
				_(
					"{0}: {1} is a line of {2}, and the row is for project {3}. Choose a line of that project."
				).format(where, line.name, line.funded_project, row.project)
			)


def validate(doc: Document, method: str | None = None) -> None:
	"""Set rate and cost of the rows with a line, and say what the limits find over all timesheets of the person."""
	work_hours.check_sheet(doc)
	own = [
		WorkedHours(
			doc.name or _("this timesheet"),
			get_datetime(row.from_time),
			get_datetime(row.to_time or row.from_time),
			Decimal(str(flt(row.hours, 9))),
			row.fami_budget_line or "",
			row.project or "",
			own=True,
		)
		for row in doc.time_logs
		if row.from_time
	]
	tagged = [row for row in doc.time_logs if row.fami_budget_line and row.from_time]
	if tagged and not doc.employee:
		frappe.throw(_("Choose the employee: hours on a budget line cost what that person's hour costs."))
	if not doc.employee or not own:
		return
	with rules_spoken():
		check_one_month(own)
	first = datetime(min(row.starts for row in own).year, 1, 1)
	after = datetime(max(row.starts for row in own).year + 1, 1, 1)
	others = worked_hours(doc.employee, first, after, leave_out=doc.name or "")
	lines = lines_with_projects({row.line for row in (*own, *others) if row.line})
	if not lines:
		return
	rates = rates_of(doc.employee)
	rules = {
		programme: programme_rules(programme) for programme in {line.programme for line in lines.values()}
	}
	if tagged:
		_set_costs(doc, tagged, rates)
		_check_lines(doc, tagged, lines, rules)
	worked = [
		replace(row, rules=rules[lines[row.line].programme]) if row.line in lines else row
		for row in (*own, *others)
	]
	days = [row.day for row in own]
	say(check_hours(worked, rates, absences(doc.employee, min(days), max(days))))


def release(doc: Document, method: str | None = None) -> None:
	"""Hook on_cancel and on_trash: the interventions whose hours stood here may be corrected, and brought again."""
	work_hours.release(doc)


def _set_costs(doc: Document, tagged: list, rates: list) -> None:
	"""Rate of the day and cost to the cent on each row with a line, over what ERPNext took from the activity."""
	exchange_rate = flt(doc.exchange_rate) or 1
	for row in tagged:
		with rules_spoken(_("Row {0}").format(row.idx)):
			rate = rate_on(rates, get_datetime(row.from_time).date(), doc.employee_name or doc.employee)
		cost = hours_cost(rate.hourly_rate, flt(row.hours, 9))
		row.base_costing_rate, row.base_costing_amount = flt(rate.hourly_rate), flt(cost)
		row.costing_rate = flt(row.base_costing_rate / exchange_rate)
		row.costing_amount = flt(row.base_costing_amount / exchange_rate, 2)
	for total, field in (
		("total_costing_amount", "costing_amount"),
		("base_total_costing_amount", "base_costing_amount"),
	):
		doc.set(total, flt(sum((money(flt(row.get(field), 2)) for row in doc.time_logs), ZERO)))


def _check_lines(
	doc: Document, tagged: list, lines: dict[str, frappe._dict], rules: dict[str, list[dict]]
) -> None:
	"""Each row within its project's days, each line within its budget."""
	outside = {}
	wanted: dict[str, Decimal] = {}
	for row in tagged:
		line, day = lines[row.fami_budget_line], get_datetime(row.from_time).date()
		severity, source = severity_of(rules[line.programme], "project-window", day, Severity.BLOCK)
		outside[line.funded_project, day] = check_project_window(
			day, line.start_date, line.end_date, line.funded_project, severity, source
		)
		wanted[line.name] = wanted.get(line.name, ZERO) + money(row.base_costing_amount)
	say(outside.values())
	# The amounts of a line tell an hour's cost to who sees two of them: not for the person who fills in their hours.
	if not frappe.has_permission("FAMI Budget Line", "read"):
		return
	booked = _spent(doc.name, wanted)
	findings = []
	for name, amount in wanted.items():
		line = lines[name]
		severity, source = severity_of(
			rules[line.programme],
			"line-budget",
			max(get_datetime(row.from_time).date() for row in tagged),
			Severity.WARN,
		)
		findings.append(
			check_line_budget(name, money(line.amount), booked.get(name, ZERO), amount, severity, source)
		)
	say(findings)


def _spent(timesheet: str | None, lines: Iterable[str]) -> dict[str, Decimal]:
	"""Euro on each line but for this sheet: the ledger's, and allocations of costs that stand in no ledger row."""
	lines = list(lines)
	spent = booked_by_line(lines)
	allocation = frappe.qb.DocType("Cost Allocation")
	rows = (
		frappe.qb.from_(allocation)
		.select(allocation.budget_line, Sum(allocation.imputed_amount))
		.where(
			allocation.budget_line.isin(lines)
			& (allocation.docstatus < 2)
			& allocation.voucher_type.isin(list(OFF_LEDGER))
			& (allocation.voucher_no != (timesheet or ""))
		)
		.groupby(allocation.budget_line)
	).run()
	for line, amount in rows:
		spent[line] = spent.get(line, ZERO) + money(amount)
	return spent
