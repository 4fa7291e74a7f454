"""Project Budget: the grant agreement's, what revisions changed, and what is in force on a day, by source."""

from collections.abc import Sequence
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from core_minori.engine.budget import BudgetRow, budget_rows
from core_minori.engine.money import ZERO, money
from core_minori.funding.budgets import budget_at

GROUPINGS = {"Line": "name", "Chapter": "chapter", "Partner": "partner", "Activity": "activity"}


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Euro by line, chapter, partner or activity; three queries for any number of lines."""
	filters = frappe._dict(filters or {})
	if not filters.funded_project:
		return [], []
	project = frappe.get_doc("Funded Project", filters.funded_project)
	project.check_permission("read")
	group_by = filters.group_by or "Line"
	if group_by not in GROUPINGS:
		frappe.throw(_("Group by one of {0}.").format(", ".join(GROUPINGS)))
	lines = lines_of(project.name)
	in_force = budget_at(project.name, getdate(filters.day))
	rows = grouped(project, lines, in_force, GROUPINGS[group_by])
	chapters = chapter_titles(project)
	by_line = {line.name: line for line in lines}
	data = [_as_dict(row, group_by, by_line, chapters) for row in rows]
	return (
		columns(project, group_by),
		data,
		None,
		chart(grouped(project, lines, in_force, "chapter")) if lines else None,
		summary(rows),
	)


def lines_of(project: str) -> list[frappe._dict]:
	"""The lines of `project` that the reader may see, by name."""
	return frappe.get_list(
		"FAMI Budget Line",
		filters={"funded_project": project},
		fields=[
			"name",
			"line_code",
			"title",
			"chapter",
			"partner",
			"activity",
			"cost_method",
			"unit",
			"quantity",
			"unit_cost",
			"flat_rate_percent",
			"flat_rate_base",
			"disabled",
			"initial_amount",
		],
		limit_page_length=0,
		order_by="name",
	)


def grouped(
	project: Document, lines: Sequence[frappe._dict], in_force: dict[str, Decimal], field: str
) -> list[BudgetRow]:
	"""Euro of the lines by one of their fields: of chapters in the programme's order, of the others by name."""
	order = {code: place for place, code in enumerate(chapter_titles(project))}
	lines = sorted(lines, key=lambda line: (order.get(line[field], -1), str(line[field] or ""), line.name))
	return budget_rows(
		{line.name: line[field] or "" for line in lines},
		{line.name: money(line.initial_amount) for line in lines},
		in_force,
		[flt(row.percent) for row in project.sources],
	)


def chapter_titles(project: Document) -> dict[str, str]:
	"""The programme's chapters by code, in its order."""
	programme = frappe.get_cached_doc("Funding Programme", project.programme)
	return {row.chapter_code: row.title for row in programme.chapters}


def columns(project: Document, group_by: str) -> list[dict]:
	"""Columns of the report; amounts are euro, one column for each source of the project."""
	key = {
		"Line": {"label": _("Budget Line"), "fieldtype": "Link", "options": "FAMI Budget Line"},
		"Chapter": {"label": _("Chapter"), "fieldtype": "Data"},
		"Partner": {"label": _("Partner"), "fieldtype": "Link", "options": "Network Organisation"},
		"Activity": {"label": _("Activity"), "fieldtype": "Data"},
	}[group_by]
	described = []
	if group_by in ("Line", "Chapter"):
		described.append(_text("title", _("Description"), 240))
	if group_by == "Line":
		described += [
			_text("chapter", _("Chapter"), 80),
			_text("partner", _("Partner"), 160),
			_text("activity", _("Activity"), 90),
			_text("cost_method", _("Cost Method"), 110),
		]
	return [
		{"fieldname": "key", "width": 160, **key},
		*described,
		_euro("initial", _("Initial")),
		_euro("revisions", _("Revisions")),
		_euro("in_force", _("In Force")),
		*(
			_euro(f"source_{row.idx}", _("{0} ({1} %)").format(_(row.source_type), f"{flt(row.percent):g}"))
			for row in project.sources
		),
	]


def chart(rows: Sequence[BudgetRow]) -> dict:
	"""Initial budget and budget in force by chapter."""
	return {
		"data": {
			"labels": [row.key or _("None") for row in rows],
			"datasets": [
				{"name": _("Initial"), "values": [float(row.initial) for row in rows]},
				{"name": _("In Force"), "values": [float(row.in_force) for row in rows]},
			],
		},
		"type": "bar",
		"fieldtype": "Currency",
		"colors": ["#c0c7d0", "#1f5f8b"],
	}


def summary(rows: Sequence[BudgetRow]) -> list[dict]:
	"""The totals above the table."""
	figures = (
		(_("Initial"), sum((row.initial for row in rows), ZERO), "grey"),
		(_("Revisions"), sum((row.revisions for row in rows), ZERO), "grey"),
		(_("In Force"), sum((row.in_force for row in rows), ZERO), "blue"),
	)
	return [
		{
			"label": label,
			"value": float(value),
			"datatype": "Currency",
			"currency": "EUR",
			"indicator": colour,
		}
		for label, value, colour in figures
	]


def _as_dict(row: BudgetRow, group_by: str, lines: dict[str, frappe._dict], chapters: dict[str, str]) -> dict:
	shown = {"key": row.key}
	if group_by == "Line":
		line = lines[row.key]
		shown |= {name: line[name] for name in ("title", "chapter", "partner", "activity")}
		shown["cost_method"] = _(line.cost_method)
	elif group_by == "Chapter":
		shown["title"] = chapters.get(row.key, "")
	return {
		**shown,
		"initial": float(row.initial),
		"revisions": float(row.revisions),
		"in_force": float(row.in_force),
		**{f"source_{place}": float(part) for place, part in enumerate(row.by_source, 1)},
	}


def _text(fieldname: str, label: str, width: int) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Data", "width": width}


def _euro(fieldname: str, label: str) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Currency", "options": "EUR", "width": 130}
