"""The budget of a project as it is in force on a day, and its flat rates."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import frappe

from core_minori.engine.budget import PlannedLine, Transfer, planned_amounts
from core_minori.engine.flat_rates import FlatRate, chapters_of
from core_minori.engine.money import money

FLAT_RATE = "Flat Rate"


def budget_at(project: str, day: date) -> dict[str, Decimal]:
	"""Planned euro of every line of `project` in force on `day`, by line: two queries.

	It is the budget of the grant agreement with the submitted revisions that took effect on or before `day`; flat-rate
	lines have their per cent of what the others then come to.
	"""
	return planned_amounts(planned_lines(project), transfers_of(project, day))


def planned_lines(
	project: str, amount: str = "initial_amount", for_update: bool = False
) -> list[PlannedLine]:
	"""The lines of `project` by name, with their initial amount or another one. `for_update` locks them and reads the newest."""
	line = frappe.qb.DocType("FAMI Budget Line")
	query = (
		frappe.qb.from_(line)
		.select(
			line.name,
			line.chapter,
			line.partner,
			line[amount].as_("amount"),
			line.cost_method,
			line.flat_rate_percent,
			line.flat_rate_base,
		)
		.where(line.funded_project == project)
		.orderby(line.name)
	)
	rows = (query.for_update() if for_update else query).run(as_dict=True)
	rates = {rate.line: rate for rate in rates_of(rows, project)}
	return [
		PlannedLine(row.name, row.chapter, row.partner or "", money(row.amount), rates.get(row.name))
		for row in rows
	]


def transfers_of(project: str, day: date | None = None, for_update: bool = False) -> list[Transfer]:
	"""What the submitted revisions of `project` that took effect on or before `day` move; without a day, all of them."""
	revision, transfer = frappe.qb.DocType("Budget Revision"), frappe.qb.DocType("Budget Transfer")
	query = (
		frappe.qb.from_(transfer)
		.join(revision)
		.on((revision.name == transfer.parent) & (transfer.parenttype == "Budget Revision"))
		.select(transfer.from_line, transfer.to_line, transfer.amount)
		.where((revision.funded_project == project) & (revision.docstatus == 1))
		.orderby(revision.revision_number, transfer.idx)
	)
	if day:
		query = query.where(revision.effective_on <= day)
	rows = (query.for_update() if for_update else query).run()
	return [Transfer(source or "", target or "", money(amount)) for source, target, amount in rows]


def flat_rates(project: str) -> list[FlatRate]:
	"""The flat-rate lines of `project` as the engine wants them."""
	return [line.rate for line in planned_lines(project) if line.rate]


def rates_of(lines: Iterable[dict], project: str) -> list[FlatRate]:
	"""The flat rates among `lines`; a rate or a base that a line leaves empty is its chapter's."""
	flat = [line for line in lines if line["cost_method"] == FLAT_RATE]
	if not flat:
		return []
	chapters = chapters_by_code(project)
	return [
		FlatRate(
			line["name"] or "",
			line["partner"] or "",
			Decimal(
				str(line["flat_rate_percent"] or _of(chapters, line["chapter"], "flat_rate_percent") or 0)
			),
			chapters_of(line["flat_rate_base"] or _of(chapters, line["chapter"], "flat_rate_base")),
			line["chapter"],
		)
		for line in flat
	]


def chapters_by_code(project: str) -> dict[str, dict]:
	"""The chapters of the project's programme, in their order, from the document cache."""
	programme = frappe.get_cached_value("Funded Project", project, "programme")
	return {
		row.chapter_code: row.as_dict()
		for row in frappe.get_cached_doc("Funding Programme", programme).chapters
	}


def lock_budget(project: str) -> None:
	"""Nobody else changes the budget of `project` until the transaction ends."""
	frappe.db.get_value("Funded Project", project, "name", for_update=True)


def _of(chapters: dict[str, dict], code: str, field: str):
	return chapters.get(code, {}).get(field)
