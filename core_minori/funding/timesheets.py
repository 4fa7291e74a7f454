"""Hours of staff as costs: a submitted timesheet's rows by budget line, at the rate each row was saved with."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import frappe
from erpnext.setup.doctype.employee.employee import get_holiday_list_for_employee
from frappe import _
from frappe.query_builder.functions import Max, Sum
from frappe.utils import add_days, get_datetime, getdate, strip_html

from core_minori.engine.money import money
from core_minori.engine.staff import Absence, WorkedHours, month_of, month_rows
from core_minori.funding.ledger import LedgerCost


def costs(name: str, for_update: bool = False) -> list[LedgerCost]:
	"""The costs of a submitted timesheet, one for each budget line. `for_update` locks it until the transaction ends."""
	sheet = frappe.db.get_value(
		"Timesheet", name, ["docstatus", "employee_name"], as_dict=True, for_update=for_update
	)
	if not sheet or sheet.docstatus != 1:
		return []
	row = frappe.qb.DocType("Timesheet Detail")
	found = (
		frappe.qb.from_(row)
		.select(row.fami_budget_line, Sum(row.base_costing_amount), Sum(row.hours), Max(row.from_time))
		.where((row.parent == name) & (row.parenttype == "Timesheet") & (row.fami_budget_line != ""))
		.groupby(row.fami_budget_line)
		.orderby(row.fami_budget_line)
	).run()
	return [
		LedgerCost(None, None, line, sheet.employee_name, money(amount), money(hours), getdate(last))
		for line, amount, hours, last in found
		if money(amount)
	]


def worked_hours(employee: str, first: datetime, after: datetime, leave_out: str = "") -> list[WorkedHours]:
	"""All rows of a person's timesheets, drafts too, from `first` to before `after`, but for one sheet. One query."""
	sheet, row = frappe.qb.DocType("Timesheet"), frappe.qb.DocType("Timesheet Detail")
	found = (
		frappe.qb.from_(sheet)
		.join(row)
		.on((row.parent == sheet.name) & (row.parenttype == "Timesheet"))
		.select(sheet.name, row.from_time, row.to_time, row.hours, row.fami_budget_line, row.project)
		.where(
			(sheet.employee == employee)
			& (sheet.docstatus < 2)
			& (sheet.name != leave_out)
			& (row.from_time >= first)
			& (row.from_time < after)
		)
		.orderby(row.from_time)
	).run()
	return [
		WorkedHours(
			name,
			get_datetime(starts),
			get_datetime(ends or starts),
			Decimal(str(hours or 0)),
			line or "",
			project or "",
		)
		for name, starts, ends, hours, line, project in found
	]


def absences(employee: str, first: date, last: date) -> list[Absence]:
	"""Holidays of the person's calendar and, with HRMS, approved whole days of leave between two days, both included."""
	found = []
	calendar = get_holiday_list_for_employee(employee, raise_exception=False)
	if calendar:
		rows = frappe.get_all(
			"Holiday",
			filters={"parent": calendar, "holiday_date": ["between", [first, last]]},
			fields=["holiday_date", "description"],
		)
		found += [
			Absence(getdate(row.holiday_date), strip_html(row.description or "") or _("Holiday"))
			for row in rows
		]
	if frappe.db.exists("DocType", "Leave Application"):
		found += _leave(employee, first, last)
	return found


def _leave(employee: str, first: date, last: date) -> list[Absence]:
	"""Approved leave of HRMS. The half day of a half-day leave is a day of work as well, so it is none of these."""
	rows = frappe.get_all(
		"Leave Application",
		filters={
			"employee": employee,
			"status": "Approved",
			"docstatus": 1,
			"from_date": ["<=", last],
			"to_date": [">=", first],
		},
		fields=["from_date", "to_date", "leave_type", "half_day", "half_day_date"],
	)
	found = []
	for row in rows:
		starts, ends = max(getdate(row.from_date), first), min(getdate(row.to_date), last)
		half = getdate(row.half_day_date or row.from_date) if row.half_day else None
		for step in range((ends - starts).days + 1):
			day = add_days(starts, step)
			if day != half:
				found.append(Absence(day, _(row.leave_type)))
	return found


def month_grid(employee: str, day: str | date) -> dict:
	"""The month of `day` of one person over all their timesheets, for the paper to sign.

	Only sheets that the reader may read; raises frappe.PermissionError for who may read none. No amount of money is in it.
	Returns days (number and weekday), rows by line with their hours, totals, drafts and the projects with their CUP.
	"""
	frappe.has_permission("Timesheet", "read", throw=True)
	first, after = month_of(getdate(day))
	sheets = frappe.get_list(
		"Timesheet",
		filters={
			"employee": employee,
			"docstatus": ["<", 2],
			"start_date": ["<", after.date()],
			"end_date": [">=", first.date()],
		},
		fields=["name", "docstatus"],
		limit_page_length=0,
	)
	if not sheets:
		frappe.throw(_("There is no timesheet of this person in the month."))
	readable = {sheet.name for sheet in sheets}
	worked = [row for row in worked_hours(employee, first, after) if row.sheet in readable]
	rows, totals = month_rows(worked, first.year, first.month)
	lines = _line_titles({row.line for row in rows if row.line})
	off = {absence.day for absence in absences(employee, first.date(), add_days(after.date(), -1))}
	return {
		"first": first.date(),
		"days": [
			{
				"number": number,
				"weekday": current.weekday(),
				"off": current in off or current.weekday() == 6,
			}
			for number, current in _days(first.date(), after.date())
		],
		"rows": [{"line": lines.get(row.line), "days": row.days, "total": row.total} for row in rows],
		"totals": totals,
		"projects": _projects(lines.values()),
		"drafts": sorted(sheet.name for sheet in sheets if not sheet.docstatus),
		"employee": frappe.db.get_value(
			"Employee",
			employee,
			["name", "employee_name", "designation", "company", "reports_to"],
			as_dict=True,
		),
	}


def _days(first: date, after: date) -> Iterable[tuple[int, date]]:
	for step in range((after - first).days):
		day = add_days(first, step)
		yield day.day, day


def _line_titles(names: set[str]) -> dict[str, frappe._dict]:
	"""Code, title and project of budget lines, one query."""
	if not names:
		return {}
	line, project = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Funded Project")
	rows = (
		frappe.qb.from_(line)
		.join(project)
		.on(project.name == line.funded_project)
		.select(
			line.name,
			line.line_code,
			line.title,
			line.funded_project,
			project.project_code,
			project.title.as_("project_title"),
			project.cup,
		)
		.where(line.name.isin(list(names)))
	).run(as_dict=True)
	return {row.name: row for row in rows}


def _projects(lines: Iterable[frappe._dict]) -> list[frappe._dict]:
	found = {line.funded_project: line for line in lines}
	return [found[name] for name in sorted(found)]
