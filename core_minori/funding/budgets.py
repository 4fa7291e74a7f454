"""The budget of a project as it is in force on a day, and its flat rates."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt, getdate

from core_minori.engine.budget import (
	PROJECT_BUDGET,
	TOLERANCE_BASES,
	PlannedLine,
	Transfer,
	check_partner_share,
	is_fixed,
	planned_amounts,
)
from core_minori.engine.flat_rates import FlatRate, chapters_of
from core_minori.engine.message import Finding
from core_minori.engine.money import ZERO, money
from core_minori.engine.programme import check_eu_share, rules_on
from core_minori.funding.ledger import programme_rules

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


def tolerance_base(text: str | None) -> str | None:
	"""Which of the engine's bases the base of a rule row names, in English or in a language of the site; None for none.

	An empty one is the project's budget.
	"""
	if not (text or "").strip():
		return PROJECT_BUDGET
	site_language = frappe.db.get_single_value("System Settings", "language")
	for base in TOLERANCE_BASES:
		names = {base, _(base), _(base, site_language), _(base, "it")}
		if text.strip().casefold() in {name.casefold() for name in names}:
			return base
	return None


def is_budget_fixed(project: str) -> bool:
	"""Whether the lines of `project` change by Budget Revision only."""
	approved_on = frappe.get_cached_value("Funded Project", project, "budget_approved_on")
	return is_fixed(
		getdate(approved_on) if approved_on else None,
		getdate(),
		bool(frappe.db.exists("Budget Revision", {"funded_project": project, "docstatus": 1})),
	)


def lock_budget(project: str | None) -> None:
	"""Nobody else changes the budget of `project` until the transaction ends."""
	if project:
		frappe.db.get_value("Funded Project", project, "name", for_update=True)


def follow_flat_rates(project: str) -> dict[str, Decimal]:
	"""Bring the flat-rate lines of a budget not yet approved up to date; returns their euro.

	Raises RuleError when they are taken of each other.
	"""
	if not frappe.db.exists("FAMI Budget Line", {"funded_project": project, "cost_method": FLAT_RATE}):
		return {}
	# The newest amounts, also of a line that somebody else saves at this moment.
	lock_budget(project)
	lines = planned_lines(project, "amount", for_update=True)
	amounts = planned_amounts(lines)
	for line in lines:
		if line.rate and amounts[line.name] != line.amount:
			frappe.db.set_value(
				"FAMI Budget Line",
				line.name,
				dict.fromkeys(("amount", "initial_amount"), flt(amounts[line.name])),
				update_modified=False,
			)
	return {line.name: amounts[line.name] for line in lines if line.rate}


def planned_by_partner(project: str) -> dict[str, Decimal]:
	"""Planned euro in force today by partner, one query; lines of nobody under the empty name."""
	line = frappe.qb.DocType("FAMI Budget Line")
	rows = (
		frappe.qb.from_(line)
		.select(line.partner, Sum(line.amount))
		.where(line.funded_project == project)
		.groupby(line.partner)
	).run()
	return {partner or "": money(amount) for partner, amount in rows}


def check_project(project: Document) -> list[Finding | None]:
	"""What the programme and the lines say of a Funded Project that is being saved.

	Raises frappe.ValidationError when the lines no longer fit it, or when its approval would undo revisions.
	"""
	findings: list[Finding | None] = [_eu_share(project)]
	before = project.get_doc_before_save()
	if not before:
		return findings
	_check_lines_fit(project, before)
	if str(before.budget_approved_on or "") != str(project.budget_approved_on or "") and frappe.db.exists(
		"Budget Revision", {"funded_project": project.name, "docstatus": 1}
	):
		frappe.throw(_("The budget was revised: the day of its approval cannot be changed."))
	planned = planned_by_partner(project.name)
	if planned:
		findings += [
			check_partner_share(
				row.organisation, planned.get(row.organisation, ZERO), money(row.budget_share)
			)
			for row in project.partners
			if money(row.budget_share)
		]
	return findings


def _eu_share(project: Document) -> Finding | None:
	percent = sum(
		(Decimal(str(flt(row.percent))) for row in project.sources if row.source_type == "European Union"),
		Decimal(0),
	)
	day = getdate(project.start_date)
	return check_eu_share(percent, rules_on(programme_rules(project.programme), "eu-share", day))


def _check_lines_fit(project: Document, before: Document) -> None:
	"""Partners and chapters that lines name stay in the project."""
	partners = {row.organisation for row in before.partners} - {row.organisation for row in project.partners}
	if not partners and before.programme == project.programme:
		return
	chapters = [
		row.chapter_code for row in frappe.get_cached_doc("Funding Programme", project.programme).chapters
	]
	misfits = [
		line.name
		for line in planned_lines(project.name)
		if line.partner in partners or line.chapter not in chapters
	]
	if misfits:
		frappe.throw(
			_("Budget lines name a partner or a chapter that the project would no longer have: {0}.").format(
				", ".join(misfits)
			)
		)


def _of(chapters: dict[str, dict], code: str, field: str):
	return chapters.get(code, {}).get(field)
