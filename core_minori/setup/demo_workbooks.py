"""The demo's data as workbooks, for the offline command: no server, no database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from importlib.resources import files

from openpyxl import Workbook

from core_minori.engine import costs, register, sheet_writer
from core_minori.engine.countries import countries
from core_minori.engine.deadlines import Deadline, State, deadlines_for, rules_from_rows
from core_minori.engine.register import KnownProject, Reference
from core_minori.engine.sheets import Known
from core_minori.setup import demo_data

EARLIEST_DAY = demo_data.EARLIEST_DAY

# The most urgent first.
_STATE_ORDER = (
	State.OVERDUE,
	State.DUE_SOON,
	State.OPEN,
	State.TERM_PASSED,
	State.WAITING,
	State.DONE_LATE,
	State.DONE,
	State.CANCELLED,
)


def reference(translate: Callable[[str], str] = str) -> Reference:
	"""The lists of the demo site, without the site: the five seed texts' projects and their invented network."""
	chapters = {
		programme["programme_name"]: tuple(
			(chapter["chapter_code"], translate(chapter["title"])) for chapter in programme["chapters"]
		)
		for programme in _data("funding_programmes")
	}
	return Reference(
		projects=tuple(
			KnownProject(
				project.code,
				project.title,
				project.start,
				project.end,
				chapters.get(project.programme, ()),
				tuple(partner.organisation for partner in project.partners),
			)
			for project in demo_data.PROJECTS
		),
		organisations=tuple(sorted(organisation.name for organisation in demo_data.ORGANISATIONS)),
		facilities=tuple(sorted(facility.name for facility in demo_data.FACILITIES)),
		training_areas=tuple(
			Known(area["area_code"], f"{area['area_code']} - {translate(area['title'])}")
			for area in _data("training_areas")
		),
		countries=countries(),
	)


def register_workbook(today: date, translate: Callable[[str], str] = str) -> bytes:
	"""A year of the made-up cooperative as a register workbook without mistakes."""
	return register.workbook(reference(translate), demo_data.register_rows(today))


def register_with_mistakes(today: date, translate: Callable[[str], str] = str) -> bytes:
	"""The same register with the mistakes that offices make, one in each of eight rows."""
	rows = demo_data.register_rows(today)
	minors, sessions, lines = rows["minors"], rows["sessions"], rows["budget_lines"]
	minors[2] = {**minors[2], "birth_date": "31/02/2010"}
	minors[4] = {**minors[4], "sex": "Maschoi"}
	minors[6] = {**minors[6], "reported_on": "12/03/2026"}
	minors[8] = {**minors[8], "register_code": minors[7]["register_code"]}
	rows["pei"][1] = {**rows["pei"][1], "minor": "DEMO-XXXX"}
	rows["referrals"][3] = {**rows["referrals"][3], "to_organisation": "Ente Sconosciuto"}
	sessions[0] = {**sessions[0], "hours": 25}
	lines[5] = {**lines[5], "amount": lines[5]["amount"] + 10}
	return register.workbook(reference(translate), rows)


def costs_workbook(today: date) -> bytes:
	"""Projects, budget lines and a year of costs, with the mistakes of the demo's invoices in them."""
	data = demo_data.build(today)
	vat_numbers = {supplier.name: supplier.tax_id for supplier in data.suppliers}
	rows: dict[str, list[dict[str, object]]] = {
		costs.PROJECTS: [
			{
				"project_code": project.code,
				"title": project.title[:140],
				"start_date": project.start,
				"end_date": project.end,
				"cup": project.cup,
				"cig": project.cig,
			}
			for project in demo_data.PROJECTS
		],
		costs.LINES: [
			{
				"line": line.name,
				"project": line.project,
				"chapter": line.chapter,
				"title": line.title,
				"partner": line.partner,
				"amount": line.amount,
			}
			for line in data.lines
		],
		costs.COSTS: [],
		costs.IMPUTATIONS: [],
	}

	def book(cost: dict[str, object], confirmed: bool) -> None:
		rows[costs.COSTS].append(cost)
		if cost["line"]:
			rows[costs.IMPUTATIONS].append(
				{
					"imputation": f"IMP-{len(rows[costs.IMPUTATIONS]) + 1:04d}",
					"cost": cost["cost"],
					"line": cost["line"],
					"amount": cost["amount"],
					"confirmed": int(confirmed),
				}
			)

	for invoice in data.invoices:
		for place, row in enumerate(invoice.rows, start=1):
			whole = len(invoice.rows) == 1
			book(
				{
					"cost": f"{invoice.code}-{place}",
					"document_date": invoice.document_date,
					# A document on two lines is two rows: its number tells which part each is.
					"document_number": invoice.number if whole else f"{invoice.number} riga {place}",
					"supplier": invoice.supplier,
					"vat_number": vat_numbers.get(invoice.supplier),
					"description": row.description[:140],
					"amount": row.amount,
					"line": row.line,
					"cup": invoice.cup,
					"cig": invoice.cig,
					"paid_on": invoice.paid_on,
				},
				confirmed=invoice.paid_on is not None,
			)
	for entry in data.entries:
		cup = demo_data.project(entry.project).cup if entry.project else ""
		for place, row in enumerate(entry.rows, start=1):
			book(
				{
					"cost": f"{entry.code}-{place}",
					"document_date": entry.posted_on,
					"supplier": "Prima nota",
					"description": entry.remark[:140],
					"amount": row.amount,
					"line": row.line,
					"cup": cup,
				},
				confirmed=True,
			)
	return costs.workbook(rows)


def deadline_workbook(now: datetime, translate: Callable[[str], str] = str) -> tuple[bytes, dict[State, int]]:
	"""Every deadline of every demo case at `now`, the most urgent first; and how many are in each state."""
	rules = rules_from_rows(_data("deadline_rules"))
	kinds = {case.code: case.kind for case in demo_data.build(now.date()).cases}
	found: list[tuple[str, Deadline]] = [
		(code, deadline)
		for code, facts in demo_data.deadline_facts(now.date())
		for deadline in deadlines_for(facts, rules, now, beneficiary=kinds[code])
	]
	found.sort(key=lambda item: (_STATE_ORDER.index(item[1].state), item[1].due_at, item[0]))
	counts = {state: sum(1 for __, deadline in found if deadline.state is state) for state in _STATE_ORDER}
	book = Workbook()
	worksheet = book.active
	worksheet.title = "Scadenze"
	sheet_writer.write_table(
		worksheet,
		("Caso", "Stato", "Scadenza", "Entro", "Parte da", "Fatto il", "Di chi", "Fonte"),
		(
			[
				code,
				translate(deadline.state.value),
				translate(deadline.rule.title),
				deadline.due_at.replace(tzinfo=None),
				deadline.trigger_at.replace(tzinfo=None),
				deadline.done_at.replace(tzinfo=None) if deadline.done_at else None,
				translate(deadline.rule.kind.value),
				", ".join(part for part in (deadline.rule.source, deadline.rule.article) if part),
			]
			for code, deadline in found
		),
	)
	worksheet.column_dimensions["C"].width = 60
	worksheet.auto_filter.ref = worksheet.dimensions
	return sheet_writer.saved(book), counts


def _data(name: str) -> list[dict]:
	return json.loads((files("core_minori.setup") / "data" / f"{name}.json").read_text(encoding="utf-8"))
