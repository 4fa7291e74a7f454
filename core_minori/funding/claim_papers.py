"""What the papers of a claim show, read from the site: few grouped queries for any number of costs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Sum
from frappe.utils import getdate

from core_minori.engine.claim import AUDITED, AUTHORITY, SETTLED, natural, restored, source_parts
from core_minori.engine.claim_workbook import (
	BudgetPosition,
	ClaimData,
	EquipmentRow,
	Expense,
	FlatExpense,
	IndicatorRow,
	InstalmentRow,
	ProcurementRow,
	pooled,
)
from core_minori.engine.cost_facts import CostFacts
from core_minori.engine.money import ZERO, money
from core_minori.funding.budgets import budget_at
from core_minori.funding.facts import facts_of

# Which amount of a claim is the one accepted by now; before any outcome it is the one claimed.
ACCEPTED = {AUDITED: "auditor_amount", AUTHORITY: "auditor_amount", SETTLED: "authority_amount"}

_BENEFICIARIES = {
	"Unaccompanied Minor": "Minori stranieri non accompagnati",
	"Minor in a Family": "Minori in nuclei familiari",
	"Parent": "Genitori",
	"Adult with International Protection": "Adulti con protezione internazionale",
	"Young Adult in Prosieguo": "Neomaggiorenni in prosieguo amministrativo",
}


def claim_data(doc: Document) -> ClaimData:
	"""Everything that the papers of a claim show. A draft's costs are read as they are now, a frozen claim's as it froze them.

	Reads past permissions: who calls it has asked for the reader's right to the claim.
	"""
	project = frappe.get_doc("Funded Project", doc.funded_project)
	programme = frappe.get_cached_doc("Funding Programme", project.programme)
	chapters = {row.chapter_code: row.title for row in programme.chapters}
	lines = {
		line.name: line
		for line in frappe.get_all(
			"FAMI Budget Line",
			filters={"funded_project": project.name},
			fields=["name", "line_code", "title", "chapter", "partner"],
		)
	}
	partners = names_of_organisations(
		[
			*(line.partner for line in lines.values()),
			*(row.partner for row in doc.costs),
			*(row.organisation for row in project.partners),
		]
	)
	percents = [Decimal(str(row.percent)) for row in doc.sources]
	audited, settled = bool(doc.audited_on), bool(doc.settled_on)
	facts = facts_of_claim(doc)
	expenses = tuple(
		Expense(
			number=row.position,
			facts=facts[row.cost_allocation],
			partner=partners.get(row.partner, ""),
			chapter_title=chapters.get(row.chapter, ""),
			sources=source_parts(money(row.claimed_amount), percents),
			claimed=money(row.claimed_amount),
			auditor=money(row.auditor_amount) if audited else None,
			authority=money(row.authority_amount) if settled else None,
			reason=_reasons(row),
		)
		for row in doc.costs
		if row.cost_allocation in facts
	)
	flat_rates = tuple(
		FlatExpense(
			number=number,
			line_code=lines[row.budget_line].line_code,
			title=lines[row.budget_line].title,
			chapter=lines[row.budget_line].chapter,
			chapter_title=chapters.get(lines[row.budget_line].chapter, ""),
			partner=partners.get(row.partner, ""),
			percent=Decimal(str(row.rate)),
			base_chapters=row.base_chapters or "",
			base=money(row.base_amount),
			sources=source_parts(money(row.claimed_amount), percents),
			claimed=money(row.claimed_amount),
			auditor=money(row.auditor_amount) if audited else None,
			authority=money(row.authority_amount) if settled else None,
		)
		for number, row in enumerate(doc.flat_rates, start=len(expenses) + 1)
	)
	lead = next((row.organisation for row in project.partners if row.role == "Lead"), None)
	return ClaimData(
		project=project.name,
		title=project.title,
		programme=project.programme,
		cup=project.cup or "",
		beneficiary=partners.get(lead, ""),
		claim=doc.name,
		number=doc.claim_number,
		kind=doc.claim_type,
		period_from=getdate(doc.period_from),
		period_to=getdate(doc.period_to),
		status=doc.status,
		made_on=getdate(),
		claimed_on=getdate(doc.claimed_on) if doc.docstatus.is_submitted() else None,
		audited_on=getdate(doc.audited_on) if audited else None,
		settled_on=getdate(doc.settled_on) if settled else None,
		sources=tuple((row.source_type, percent) for row, percent in zip(doc.sources, percents, strict=True)),
		expenses=expenses,
		flat_rates=flat_rates,
		positions=_positions(doc, lines, chapters, partners),
		instalments=_instalments(project),
		equipment=_equipment(expenses),
		procurement=_procurement(project.name, expenses, partners),
		indicators=_indicators(doc),
	)


def facts_of_claim(doc: Document) -> dict[str, CostFacts]:
	"""The facts of a claim's costs by allocation: the snapshot once the claim is frozen."""
	if doc.docstatus.is_draft():
		return facts_of([row.cost_allocation for row in doc.costs])
	return {row.cost_allocation: restored(row.facts) for row in doc.costs if row.facts}


def names_of_organisations(partners: Iterable[str | None]) -> dict[str, str]:
	"""What the partners are called, by record name."""
	wanted = [partner for partner in set(partners) if partner]
	if not wanted:
		return {}
	return dict(
		frappe.get_all(
			"Network Organisation",
			filters={"name": ["in", wanted]},
			fields=["name", "organisation_name"],
			as_list=True,
		)
	)


def claimed_by_line(project: str, before: int | None = None) -> dict[str, tuple[Decimal, Decimal]]:
	"""Euro claimed and accepted by budget line over the submitted claims of `project`, flat rates included.

	`before` leaves out the claims from that number on. Accepted is the authority's amount, else the auditor's, else the
	one claimed.
	"""
	found: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
	claim = frappe.qb.DocType("Reimbursement Claim")
	for child in ("Reimbursement Claim Cost", "Reimbursement Claim Flat Rate"):
		row = frappe.qb.DocType(child)
		query = (
			frappe.qb.from_(row)
			.join(claim)
			.on((claim.name == row.parent) & (row.parenttype == "Reimbursement Claim"))
			.select(
				row.budget_line,
				claim.status,
				Sum(row.claimed_amount).as_("claimed_amount"),
				Sum(row.auditor_amount).as_("auditor_amount"),
				Sum(row.authority_amount).as_("authority_amount"),
			)
			.where((claim.funded_project == project) & (claim.docstatus == 1))
			.groupby(row.budget_line, claim.status)
		)
		if before is not None:
			query = query.where(claim.claim_number < before)
		for sums in query.run(as_dict=True):
			found[sums.budget_line][0] += money(sums.claimed_amount)
			found[sums.budget_line][1] += money(sums[ACCEPTED.get(sums.status, "claimed_amount")])
	return {line: (claimed, accepted) for line, (claimed, accepted) in found.items()}


def _positions(
	doc: Document,
	lines: dict[str, frappe._dict],
	chapters: dict[str, str],
	partners: dict[str, str],
) -> tuple[BudgetPosition, ...]:
	budget = budget_at(doc.funded_project, getdate(doc.period_to))
	before = claimed_by_line(doc.funded_project, doc.claim_number)
	accepted_field = ACCEPTED.get(doc.status, "claimed_amount")
	own: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
	for row in (*doc.costs, *doc.flat_rates):
		own[row.budget_line][0] += money(row.claimed_amount)
		own[row.budget_line][1] += money(row.get(accepted_field))
	return tuple(
		BudgetPosition(
			line_code=line.line_code,
			title=line.title,
			chapter=line.chapter,
			chapter_title=chapters.get(line.chapter, ""),
			partner=partners.get(line.partner, ""),
			budget=budget.get(name, ZERO),
			claimed_before=before.get(name, (ZERO, ZERO))[0],
			accepted_before=before.get(name, (ZERO, ZERO))[1],
			claimed=own[name][0],
			accepted=own[name][1],
		)
		for name, line in sorted(lines.items(), key=lambda item: natural(item[1].line_code))
	)


def _reasons(row: Document) -> str:
	parts = []
	if row.auditor_reason:
		parts.append(f"Revisore: {row.auditor_reason}")
	if row.authority_reason and row.authority_reason != row.auditor_reason:
		parts.append(f"Autorità: {row.authority_reason}")
	return "; ".join(parts)


def _instalments(project: Document) -> tuple[InstalmentRow, ...]:
	return tuple(
		InstalmentRow(
			kind=row.instalment_type,
			percent=money(row.percent),
			amount=money(row.amount),
			claim=row.claim or "",
			due_on=getdate(row.due_on) if row.due_on else None,
			requested_on=getdate(row.requested_on) if row.requested_on else None,
			requested=money(row.requested_amount),
			received_on=getdate(row.received_on) if row.received_on else None,
			received=money(row.received_amount),
		)
		for row in project.instalments
	)


def _equipment(expenses: Sequence[Expense]) -> tuple[EquipmentRow, ...]:
	"""Depreciation by asset: the journal entry of a depreciation names the asset it is of."""
	claimed: dict[str, Decimal] = defaultdict(lambda: ZERO)
	for expense in expenses:
		if expense.facts.is_depreciation:
			claimed[expense.facts.voucher_no] += expense.claimed
	if not claimed:
		return ()
	row, asset = frappe.qb.DocType("Journal Entry Account"), frappe.qb.DocType("Asset")
	found = (
		frappe.qb.from_(row)
		.join(asset)
		.on(asset.name == row.reference_name)
		.select(
			row.parent.as_("voucher"),
			asset.name,
			asset.asset_name,
			asset.purchase_date,
			asset.gross_purchase_amount,
			asset.total_number_of_depreciations,
			asset.frequency_of_depreciation,
		)
		.distinct()
		.where((row.reference_type == "Asset") & row.parent.isin(list(claimed)))
		.orderby(asset.name, row.parent)
	).run(as_dict=True)
	by_asset: dict[str, list[frappe._dict]] = defaultdict(list)
	for one in found:
		by_asset[one.name].append(one)
	rows = [
		EquipmentRow(
			asset=name,
			title=ones[0].asset_name or "",
			purchased_on=ones[0].purchase_date,
			value=money(ones[0].gross_purchase_amount),
			months=(ones[0].total_number_of_depreciations or 0) * (ones[0].frequency_of_depreciation or 0),
			claimed=sum((claimed[one.voucher] for one in ones), ZERO),
			documents=", ".join(one.voucher for one in ones),
		)
		for name, ones in by_asset.items()
	]
	unknown = sorted(set(claimed) - {one.voucher for one in found})
	rows += [
		EquipmentRow("", "Bene non indicato", None, ZERO, 0, claimed[voucher], voucher) for voucher in unknown
	]
	return tuple(rows)


def _procurement(
	project: str, expenses: Sequence[Expense], partners: dict[str, str]
) -> tuple[ProcurementRow, ...]:
	records = frappe.get_all(
		"Procurement Record",
		filters={"funded_project": project},
		fields=[
			"name",
			"title",
			"buyer",
			"contract_type",
			"procedure",
			"cig",
			"cig_exemption",
			"estimated_value",
			"contract_value",
			"contract_date",
			"supplier",
			"choice_reason",
			"legal_expert_checked_on",
			"legal_expert_outcome",
		],
		order_by="contract_date, name",
	)
	if not records:
		return ()
	quote = frappe.qb.DocType("Procurement Quote")
	quotes = dict(
		frappe.qb.from_(quote)
		.select(quote.parent, Count("*"))
		.where(quote.parent.isin([record.name for record in records]))
		.groupby(quote.parent)
		.run()
	)
	suppliers = dict(
		frappe.get_all(
			"Supplier",
			filters={"name": ["in", [record.supplier for record in records if record.supplier] or [""]]},
			fields=["name", "supplier_name"],
			as_list=True,
		)
	)
	claimed: dict[str, Decimal] = defaultdict(lambda: ZERO)
	for expense in expenses:
		claimed[expense.facts.procurement] += expense.claimed
	outcomes = {
		"Compliant": "Conforme",
		"Compliant with Remarks": "Conforme con rilievi",
		"Not Compliant": "Non conforme",
	}
	return tuple(
		ProcurementRow(
			title=record.title,
			buyer=partners.get(record.buyer, record.buyer or ""),
			contract_type=record.contract_type or "",
			procedure=record.procedure or "",
			cig=record.cig or (f"Senza CIG: {record.cig_exemption}" if record.cig_exemption else ""),
			estimated=money(record.estimated_value),
			contract=money(record.contract_value),
			contract_date=record.contract_date,
			supplier=suppliers.get(record.supplier, record.supplier or ""),
			quotes=quotes.get(record.name, 0),
			reason=record.choice_reason or "",
			legal_expert=outcomes.get(record.legal_expert_outcome, "")
			+ (
				f" ({getdate(record.legal_expert_checked_on).strftime('%d/%m/%Y')})"
				if record.legal_expert_checked_on
				else ""
			),
			claimed=claimed[record.name],
		)
		for record in records
	)


def _indicators(doc: Document) -> tuple[IndicatorRow, ...]:
	"""What the project did in the period, by counting alone: no case is read, and small groups are not told apart."""
	case, session = frappe.qb.DocType("Case File"), frappe.qb.DocType("Training Session")
	starts, ends = getdate(doc.period_from), getdate(doc.period_to)
	people = dict(
		frappe.qb.from_(case)
		.select(case.beneficiary_type, Count("*"))
		.where(
			(case.project == doc.funded_project)
			& (case.reported_on <= ends)
			& (case.closed_on.isnull() | (case.closed_on >= starts))
		)
		.groupby(case.beneficiary_type)
		.run()
	)
	rows = [
		IndicatorRow(f"Destinatari seguiti nel periodo: {label}", value, "fascicoli aperti nel periodo")
		for label, value in pooled(
			{_BENEFICIARIES.get(kind, kind or "non indicato"): count for kind, count in people.items()},
			"altri destinatari",
		)
	]
	held, hours, present, person_hours = (
		frappe.qb.from_(session)
		.select(Count("*"), Sum(session.hours), Sum(session.attended_count), Sum(session.person_hours))
		.where(
			(session.project == doc.funded_project)
			& session.status.isin(["Held", "Certified"])
			& (session.held_on >= starts)
			& (session.held_on <= ends)
		)
	).run()[0]
	if held:
		rows += [
			IndicatorRow("Sessioni formative svolte", str(held), "nel periodo"),
			IndicatorRow("Ore di formazione erogate", _hours(hours), "nel periodo"),
			*(
				IndicatorRow("Presenze di operatori alla formazione", value, "somma delle sessioni")
				for __, value in pooled({"presenze": int(present or 0)}, "presenze")
			),
			IndicatorRow("Ore-persona di formazione", _hours(person_hours), "somma delle sessioni"),
		]
	return tuple(rows)


def _hours(value: float | None) -> str:
	return f"{money(value):,.2f}".translate(str.maketrans(",.", ".,"))
