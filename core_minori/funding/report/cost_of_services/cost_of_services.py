"""Cost of Services: what an hour of service and a person reached cost, from submitted hours and imputed costs.

What comes from the case side are numbers: no code, no name, and fewer than five people are not counted. Only who reads
the costs of projects reads it.
"""

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Sum
from frappe.utils import add_days, getdate

from core_minori.engine.interventions import DONE, PRESENT, SMALL_CELL, cost_each, shown_people
from core_minori.engine.money import ZERO, money
from core_minori.permissions import COORDINATOR, FUNDING_OFFICER, holds


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple[list[dict], list[dict]]:
	"""Columns and rows by project, or by project and type of intervention. Hours, people, and euro.

	Staff cost is that of the submitted timesheet rows that came from the interventions; all costs are what is imputed to
	the project's lines in the period, confirmed. Raises frappe.PermissionError for who may not read the costs.
	"""
	frappe.has_permission("Cost Allocation", "read", throw=True)
	if not holds(FUNDING_OFFICER, COORDINATOR):
		frappe.throw(_("Only who reads the costs of projects reads this report."), frappe.PermissionError)
	filters = frappe._dict(filters or {})
	by_type = filters.group_by == "Type"
	return _columns(by_type), _rows(filters, by_type)


def _rows(filters: dict, by_type: bool) -> list[dict]:
	served, people, worked = _served(filters), _people(filters), _worked(filters)
	imputed = {} if by_type else _imputed(filters)
	keys = sorted(
		{(project, kind if by_type else "") for project, kind in served} | {(p, "") for p in imputed}
	)
	rows = []
	for project, kind in keys:
		mine = [key for key in served if key[0] == project and (not by_type or key[1] == kind)]
		hours = sum((served[key][1] for key in mine), ZERO)
		brought = sum((worked.get(key, (ZERO, ZERO))[0] for key in mine), ZERO)
		cost = sum((worked.get(key, (ZERO, ZERO))[1] for key in mine), ZERO)
		reached = len(set().union(*(people.get(key, set()) for key in mine)))
		known = reached >= SMALL_CELL
		everything = imputed.get(project)
		rows.append(
			{
				"funded_project": project or None,
				"intervention_type": _(kind) if kind else "",
				"interventions": sum(served[key][0] for key in mine),
				"hours": float(hours),
				"people": shown_people(reached),
				"staff_hours": float(brought),
				"staff_cost": float(cost),
				"cost_per_hour": _float(cost_each(cost, brought)),
				"cost_per_person": _float(cost_each(cost, reached)) if known else None,
				"all_costs": _float(everything),
				"all_per_hour": _float(cost_each(everything, hours)) if everything else None,
				"all_per_person": _float(cost_each(everything, reached)) if everything and known else None,
			}
		)
	return rows


def _float(amount) -> float | None:
	return None if amount is None else float(amount)


def _in_period(query, column, filters: dict):
	if filters.get("from_date"):
		query = query.where(column >= getdate(filters["from_date"]))
	if filters.get("to_date"):
		query = query.where(column < add_days(getdate(filters["to_date"]), 1))
	return query


def _of_project(query, held, filters: dict):
	query = query.where((held.status == DONE) & (held.project != ""))
	if filters.get("funded_project"):
		query = query.where(held.project == filters["funded_project"])
	return _in_period(query, held.starts_at, filters)


def _served(filters: dict) -> dict[tuple[str, str], tuple[int, object]]:
	"""(project, type) -> how many interventions and their hours."""
	held = frappe.qb.DocType("Intervention")
	query = (
		frappe.qb.from_(held)
		.select(held.project, held.intervention_type, Count("*"), Sum(held.hours))
		.groupby(held.project, held.intervention_type)
	)
	rows = _of_project(query, held, filters).run()
	return {(project, kind): (number, money(hours)) for project, kind, number, hours in rows}


def _people(filters: dict) -> dict[tuple[str, str], set[str]]:
	"""(project, type) -> the cases reached; they are counted here and go no further."""
	held, there = frappe.qb.DocType("Intervention"), frappe.qb.DocType("Intervention Participant")
	alone = (
		frappe.qb.from_(held)
		.select(held.project, held.intervention_type, held.case_file)
		.distinct()
		.where(held.mode == "Individual")
	)
	together = (
		frappe.qb.from_(held)
		.join(there)
		.on((there.parent == held.name) & (there.parenttype == "Intervention"))
		.select(held.project, held.intervention_type, there.case_file)
		.distinct()
		.where((held.mode == "Group") & (there.attendance == PRESENT))
	)
	found: dict[tuple[str, str], set[str]] = {}
	for query in (alone, together):
		for project, kind, case in _of_project(query, held, filters).run():
			found.setdefault((project, kind), set()).add(case)
	return found


def _worked(filters: dict) -> dict[tuple[str, str], tuple]:
	"""(project, type) -> hours and euro of the submitted timesheet rows that came from the interventions."""
	held, row = frappe.qb.DocType("Intervention"), frappe.qb.DocType("Timesheet Detail")
	query = (
		frappe.qb.from_(row)
		.join(held)
		.on(held.name == row.fami_intervention)
		.select(held.project, held.intervention_type, Sum(row.hours), Sum(row.base_costing_amount))
		.where((row.docstatus == 1) & (row.fami_budget_line != ""))
		.groupby(held.project, held.intervention_type)
	)
	rows = _of_project(query, held, filters).run()
	return {(project, kind): (money(hours), money(cost)) for project, kind, hours, cost in rows}


def _imputed(filters: dict) -> dict[str, object]:
	"""Project -> euro imputed to its lines and confirmed, incurred in the period."""
	allocation, line = frappe.qb.DocType("Cost Allocation"), frappe.qb.DocType("FAMI Budget Line")
	query = (
		frappe.qb.from_(allocation)
		.join(line)
		.on(line.name == allocation.budget_line)
		.select(line.funded_project, Sum(allocation.imputed_amount))
		.where(allocation.docstatus == 1)
		.groupby(line.funded_project)
	)
	if filters.get("funded_project"):
		query = query.where(line.funded_project == filters["funded_project"])
	rows = _in_period(query, allocation.incurred_on, filters).run()
	return {project: money(amount) for project, amount in rows}


def _columns(by_type: bool) -> list[dict]:
	def euro(fieldname: str, label: str) -> dict:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": "Currency",
			"options": "EUR",
			"width": 140,
			"disable_total": 1,
		}

	def number(fieldname: str, label: str) -> dict:
		return {"fieldname": fieldname, "label": label, "fieldtype": "Float", "precision": 2, "width": 120}

	columns = [
		{
			"fieldname": "funded_project",
			"label": _("Funded Project"),
			"fieldtype": "Link",
			"options": "Funded Project",
			"width": 140,
		}
	]
	if by_type:
		columns.append(
			{"fieldname": "intervention_type", "label": _("Type"), "fieldtype": "Data", "width": 200}
		)
	columns += [
		{"fieldname": "interventions", "label": _("Interventions"), "fieldtype": "Int", "width": 110},
		number("hours", _("Hours of Service")),
		{"fieldname": "people", "label": _("People Reached"), "fieldtype": "Data", "width": 120},
		number("staff_hours", _("Staff Hours")),
		euro("staff_cost", _("Staff Cost")),
		euro("cost_per_hour", _("Staff Cost per Hour")),
		euro("cost_per_person", _("Staff Cost per Person")),
	]
	if not by_type:
		columns += [
			euro("all_costs", _("All Costs Imputed")),
			euro("all_per_hour", _("All Costs per Hour")),
			euro("all_per_person", _("All Costs per Person")),
		]
	return columns
