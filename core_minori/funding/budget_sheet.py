"""The budget of a project as a paper: by chapter and line, by source, with the revisions that made it."""

from collections.abc import Sequence
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt, getdate

from core_minori.engine.budget import BudgetRow
from core_minori.engine.message import shown
from core_minori.engine.money import ZERO, money
from core_minori.funding.budgets import budget_at
from core_minori.funding.report.project_budget.project_budget import chapter_titles, grouped, lines_of


def sheet_of(project: Document) -> dict:
	"""The texts of the paper, amounts as Italian papers write them, for whoever may read the project.

	Keys: day, facts (label, text), sources (labels), chapters (code, title, lines, total), total, partners, revisions.
	"""
	project.check_permission("read")
	day = getdate()
	lines = lines_of(project.name)
	in_force = budget_at(project.name, day)
	by_line = {line.name: line for line in lines}
	chapters = [
		{
			"code": row.key,
			"title": chapter_titles(project).get(row.key, ""),
			"total": _amounts(row),
			"lines": [],
		}
		for row in grouped(project, lines, in_force, "chapter")
	]
	by_code = {chapter["code"]: chapter for chapter in chapters}
	rows = grouped(project, lines, in_force, "name")
	for row in rows:
		line = by_line[row.key]
		by_code[line.chapter]["lines"].append({**_line(line), **_amounts(row)})
	return {
		"day": shown(day),
		"facts": _facts(project),
		"sources": [f"{_(row.source_type)} {_percent(row.percent)} %" for row in project.sources],
		"chapters": chapters,
		"total": _amounts(_total(rows, len(project.sources))),
		"partners": _partners(project, grouped(project, lines, in_force, "partner")),
		"revisions": _revisions(project.name),
	}


def _facts(project: Document) -> list[tuple[str, str]]:
	facts = (
		(_("Project Code"), project.project_code),
		(_("Title"), project.title),
		(_("Programme"), project.programme),
		("CUP", project.cup),
		(_("Legal Act"), project.legal_act),
		(_("Project Period"), f"{shown(getdate(project.start_date))} - {shown(getdate(project.end_date))}"),
		(
			_("Budget Approved On"),
			shown(getdate(project.budget_approved_on))
			if project.budget_approved_on
			else _("Not yet approved"),
		),
	)
	return [(label, text) for label, text in facts if text]


def _line(line: frappe._dict) -> dict:
	if line.flat_rate_percent:
		quantity = _("{0} % of {1}").format(_percent(line.flat_rate_percent), line.flat_rate_base)
		unit_cost = ""
	else:
		quantity = (
			f"{_percent(line.quantity)} {_(line.unit, context='FAMI Budget Line')}" if line.quantity else ""
		)
		unit_cost = shown(money(line.unit_cost)) if line.unit_cost else ""
	return {
		"code": line.line_code,
		"title": line.title,
		"partner": line.partner or "",
		"activity": line.activity or "",
		"method": _(line.cost_method),
		"quantity": quantity,
		"unit_cost": unit_cost,
		"disabled": bool(line.disabled),
	}


def _amounts(row: BudgetRow) -> dict:
	return {
		"initial": shown(row.initial),
		"revisions": shown(row.revisions) if row.revisions else "",
		"in_force": shown(row.in_force),
		"by_source": [shown(part) for part in row.by_source],
	}


def _total(rows: Sequence[BudgetRow], sources: int) -> BudgetRow:
	return BudgetRow(
		"",
		sum((row.initial for row in rows), ZERO),
		sum((row.in_force for row in rows), ZERO),
		tuple(sum((row.by_source[place] for row in rows), ZERO) for place in range(sources if rows else 0)),
	)


def _partners(project: Document, rows: Sequence[BudgetRow]) -> list[dict]:
	roles = {row.organisation: row.role for row in project.partners}
	return [
		{
			"name": row.key or _("Whole Project"),
			"role": _(roles[row.key], context="Funded Project Partner") if row.key in roles else "",
			**_amounts(row),
		}
		for row in rows
	]


def _revisions(project: str) -> list[dict]:
	revision, transfer = frappe.qb.DocType("Budget Revision"), frappe.qb.DocType("Budget Transfer")
	rows = (
		frappe.qb.from_(revision)
		.join(transfer)
		.on((transfer.parent == revision.name) & (transfer.parenttype == "Budget Revision"))
		.select(
			revision.revision_number,
			revision.effective_on,
			revision.reason,
			revision.authorisation_reference,
			revision.authorised_on,
			Sum(transfer.amount).as_("moved"),
		)
		.where((revision.funded_project == project) & (revision.docstatus == 1))
		.groupby(revision.name)
		.orderby(revision.revision_number)
	).run(as_dict=True)
	return [
		{
			"number": row.revision_number,
			"day": shown(row.effective_on),
			"reason": row.reason,
			"moved": shown(money(row.moved)),
			"authorisation": " - ".join(
				filter(None, (row.authorisation_reference, row.authorised_on and shown(row.authorised_on)))
			),
		}
		for row in rows
	]


def _percent(number: float | None) -> str:
	"""A number without the zeros that say nothing, with a decimal comma."""
	return f"{Decimal(str(flt(number))).normalize():f}".replace(".", ",")
