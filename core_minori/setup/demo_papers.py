"""The papers of the invented project without a server: its third claim, and a partner's workbook.

The same engine makes them as on the site; what the site reads from its database is here read off `demo_money_data`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from core_minori.engine import partner_workbook
from core_minori.engine.budget import PlannedLine, Transfer, planned_amounts
from core_minori.engine.claim import Amount, Candidate, Selection, choose, source_parts, totals
from core_minori.engine.claim_workbook import (
	BudgetPosition,
	ClaimData,
	Expense,
	FlatExpense,
	InstalmentRow,
	ProcurementRow,
	claim_workbook,
)
from core_minori.engine.cost_facts import CostFacts, Payment
from core_minori.engine.flat_rates import FlatRate
from core_minori.engine.instalments import instalment_amounts
from core_minori.engine.money import ZERO, money, percent_of
from core_minori.setup import demo_data, demo_money_data
from core_minori.setup.demo_money_data import LEAD, MoneyData, cut_of

_BANK = "Conto dedicato (inventato)"


def claim_papers(today: date) -> tuple[bytes, int]:
	"""The workbook of the third claim, as the auditor left it, and how many costs it holds."""
	claim = _claims(today)[-1]
	return claim_workbook(claim), len(claim.expenses)


def partner_papers(today: date) -> tuple[bytes, int]:
	"""A partner's workbook, filled in with what it declares, and how many costs that is."""
	data = demo_money_data.build(today)
	partner = data.project.partners[1].organisation
	programme = _programme(data.project.programme)
	declared = [cost for cost in data.declared if cost.partner == partner]
	reference = partner_workbook.PartnerReference(
		project=data.project.code,
		title=data.project.title,
		partner=partner,
		programme=data.project.programme,
		starts_on=data.project.start,
		ends_on=data.project.end,
		cup=data.project.cup,
		project_total=sum((line.amount for line in data.lines), ZERO),
		made_on=today,
		rules=tuple(programme["rules"]),
		lines=tuple(
			partner_workbook.KnownLine(
				line.line_code,
				line.title,
				line.chapter,
				line.cost_method,
				line.unit,
				line.unit_cost or None,
				line.amount,
			)
			for line in data.lines
			if line.partner == partner
		),
	)
	codes = {line.name: line.line_code for line in data.lines}
	rows = [
		{
			"declared_code": cost.code,
			"cost_type": cost.cost_type,
			"budget_line": codes[cost.line],
			"supplier": cost.supplier,
			"tax_id": cost.tax_id or None,
			"document_type": cost.document_type,
			"document_number": cost.number,
			"document_date": cost.document_date,
			"description": cost.description,
			"net_amount": cost.net,
			"vat_amount": cost.vat or None,
			"document_total": cost.amount,
			"amount": cost.amount,
			"percent": Decimal(100),
			"cost_month": cost.document_date.replace(day=1),
			"quantity": cost.units or None,
			"unit_cost": cost.unit_cost or None,
			"payment_method": "Bank Transfer" if cost.paid_on else None,
			"paid_on": cost.paid_on,
			"payment_reference": f"CRO {cost.code}" if cost.paid_on else None,
			"paid_amount": cost.amount if cost.paid_on else None,
			"cup": data.project.cup,
			"attachments": f"quietanza {cost.code}.txt" if cost.paid_on else None,
		}
		for cost in declared
	]
	return partner_workbook.workbook(reference, rows), len(rows)


@lru_cache(maxsize=1)
def _claims(today: date) -> tuple[ClaimData, ...]:
	data = demo_money_data.build(today)
	left = list(_facts(data))
	found: list[ClaimData] = []
	for number, (first, last) in enumerate(data.periods, start=1):
		selection = choose([Candidate(facts) for facts in left], last)
		taken = {facts.allocation for facts in selection.chosen}
		left = [facts for facts in left if facts.allocation not in taken]
		found.append(_claim(data, number, first, last, selection, found))
	return tuple(found)


def _claim(
	data: MoneyData,
	number: int,
	first: date,
	last: date,
	selection: Selection,
	before: list[ClaimData],
) -> ClaimData:
	settled = number < len(data.periods)
	percents = [Decimal(percent) for __, percent in data.project.sources]
	chapters = {row["chapter_code"]: row["title"] for row in _programme(data.project.programme)["chapters"]}
	lines = {line.name: line for line in data.lines}
	rates = _rates(data)
	auditor, authority, reasons = [], [], []
	for place, facts in enumerate(selection.chosen, start=1):
		accepted, why = cut_of("auditor", place, facts.imputed_amount)
		auditor.append(accepted)
		last_word, why_later = cut_of("authority", place, accepted) if settled else (accepted, "")
		authority.append(last_word)
		reasons.append(
			"; ".join(
				text for text in (why and f"Revisore: {why}", why_later and f"Autorità: {why_later}") if text
			)
		)
	stages = [
		totals(
			[
				Amount(facts.chapter, facts.partner, amount)
				for facts, amount in zip(selection.chosen, amounts, strict=True)
			],
			rates,
			percents,
		)
		for amounts in ([facts.imputed_amount for facts in selection.chosen], auditor, authority)
	]
	claimed = stages[0]
	expenses = tuple(
		Expense(
			number=place,
			facts=facts,
			partner=facts.partner,
			chapter_title=chapters.get(facts.chapter, ""),
			sources=source_parts(facts.imputed_amount, percents),
			claimed=facts.imputed_amount,
			auditor=auditor[place - 1],
			authority=authority[place - 1] if settled else None,
			reason=reasons[place - 1],
		)
		for place, facts in enumerate(selection.chosen, start=1)
	)
	flat = tuple(
		FlatExpense(
			number=len(expenses) + place,
			line_code=lines[rate.line].line_code,
			title=lines[rate.line].title,
			chapter=rate.chapter,
			chapter_title=chapters.get(rate.chapter, ""),
			partner=rate.partner,
			percent=rate.percent,
			base_chapters=", ".join(rate.base_chapters),
			base=claimed.flat_rates[rate.line].base,
			sources=source_parts(claimed.flat_rates[rate.line].amount, percents),
			claimed=claimed.flat_rates[rate.line].amount,
			auditor=stages[1].flat_rates[rate.line].amount,
			authority=stages[2].flat_rates[rate.line].amount if settled else None,
		)
		for place, rate in enumerate(rates, start=1)
	)
	return ClaimData(
		project=data.project.code,
		title=data.project.title,
		programme=data.project.programme,
		cup=data.project.cup,
		beneficiary=LEAD,
		claim=f"DDR-{number}",
		number=number,
		kind="Interim",
		period_from=first,
		period_to=last,
		status="Settled" if settled else "Audited",
		made_on=data.today,
		claimed_on=data.today,
		audited_on=data.today,
		settled_on=data.today if settled else None,
		sources=tuple((source, Decimal(percent)) for source, percent in data.project.sources),
		expenses=expenses,
		flat_rates=flat,
		positions=_positions(data, last, (*expenses, *flat), settled, before, chapters),
		instalments=_instalments(data),
		procurement=_procurement(data, expenses),
	)


def _positions(
	data: MoneyData,
	last: date,
	rows: Iterable[Expense | FlatExpense],
	settled: bool,
	before: list[ClaimData],
	chapters: Mapping[str, str],
) -> tuple[BudgetPosition, ...]:
	moved = data.transfers if data.revised_on <= last else ()
	rates = {rate.line: rate for rate in _rates(data)}
	budget = planned_amounts(
		[
			PlannedLine(line.name, line.chapter, line.partner, line.amount, rates.get(line.name))
			for line in data.lines
		],
		[Transfer(*transfer) for transfer in moved],
	)
	own = _by_line(rows, settled)
	earlier: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
	for claim in before:
		for code, amounts in _by_line(claim.rows, claim.settled_on is not None).items():
			for place in range(2):
				earlier[code][place] += amounts[place]
	return tuple(
		BudgetPosition(
			line_code=line.line_code,
			title=line.title,
			chapter=line.chapter,
			chapter_title=chapters.get(line.chapter, ""),
			partner=line.partner,
			budget=budget[line.name],
			claimed_before=earlier[line.line_code][0],
			accepted_before=earlier[line.line_code][1],
			claimed=own[line.line_code][0],
			accepted=own[line.line_code][1],
		)
		for line in data.lines
	)


def _by_line(rows: Iterable[Expense | FlatExpense], settled: bool) -> dict[str, list[Decimal]]:
	"""Claimed and accepted euro by line code."""
	found: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
	for row in rows:
		code = row.line_code if isinstance(row, FlatExpense) else row.facts.line_code
		found[code][0] += row.claimed
		found[code][1] += money(row.authority if settled else row.auditor)
	return found


def _rates(data: MoneyData) -> list[FlatRate]:
	chapters = tuple(sorted({line.chapter for line in data.lines if line.cost_method != "Flat Rate"}))
	return [
		FlatRate(line.name, line.partner, Decimal(demo_money_data.INDIRECT_PERCENT), chapters, line.chapter)
		for line in data.lines
		if line.cost_method == "Flat Rate"
	]


def _instalments(data: MoneyData) -> tuple[InstalmentRow, ...]:
	total = sum((line.amount for line in data.lines), ZERO)
	amounts = instalment_amounts(total, [row.percent for row in data.instalments])
	return tuple(
		InstalmentRow(
			kind=row.kind,
			percent=money(row.percent),
			amount=amount,
			due_on=row.due_on,
			requested_on=row.requested_on,
			requested=amount if row.requested_on else ZERO,
			received_on=row.receipts[-1][0] if row.receipts else None,
			received=amount if row.receipts else ZERO,
		)
		for row, amount in zip(data.instalments, amounts, strict=True)
	)


def _procurement(data: MoneyData, expenses: Iterable[Expense]) -> tuple[ProcurementRow, ...]:
	claimed: dict[str, Decimal] = defaultdict(lambda: ZERO)
	for expense in expenses:
		claimed[expense.facts.procurement] += expense.claimed
	return tuple(
		ProcurementRow(
			title=record.title,
			buyer=LEAD,
			contract_type=record.contract_type,
			procedure=record.procedure,
			cig="",
			estimated=record.value,
			contract=record.value,
			contract_date=record.contract_date,
			supplier=record.supplier,
			quotes=len(record.quotes),
			reason="Prezzo più basso a parità di servizio.",
			legal_expert="",
			claimed=claimed[record.code],
		)
		for record in data.procurements
	)


# --- facts ----------------------------------------------------------------------------------------------------------


def _facts(data: MoneyData) -> Iterator[CostFacts]:
	"""What is known of every cost that carries a line."""
	lines = {line.name: line for line in data.lines}
	number = 0

	def facts(line_name: str, amount: Decimal, **values: object) -> CostFacts:
		nonlocal number
		number += 1
		line = lines[line_name]
		return CostFacts(
			allocation=f"C-{number:04d}",
			project=data.project.code,
			programme=data.project.programme,
			line=line.name,
			chapter=line.chapter,
			partner=line.partner,
			cost_method=line.cost_method,
			ledger_amount=amount,
			imputed_amount=amount,
			imputed_everywhere=amount,
			line_code=line.line_code,
			line_title=line.title,
			percent=Decimal("100.00"),
			project_start=data.project.start,
			project_end=data.project.end,
			project_cup=data.project.cup,
			cup=data.project.cup,
			**values,
		)

	suppliers = {supplier.name: supplier.tax_id for supplier in demo_data._suppliers()}
	quotes = {record.code: len(record.quotes) for record in data.procurements}
	for invoice in data.invoices:
		for row in invoice.rows:
			if not row.line:
				continue
			yield facts(
				row.line,
				row.amount,
				voucher_type="Purchase Invoice",
				voucher_no=invoice.code,
				incurred_on=invoice.document_date,
				posting_date=invoice.document_date,
				party=invoice.supplier,
				tax_id=suppliers.get(invoice.supplier, ""),
				document_type="Credit Note" if invoice.credits else "Invoice",
				document_number=invoice.number,
				document_date=invoice.document_date,
				description=row.description,
				net_amount=invoice.total,
				document_total=invoice.total,
				payments=_paid(invoice.paid_on, invoice.total, f"contabile {invoice.code}.txt"),
				procurement=invoice.procurement,
				procedure="Comparison of Quotes" if invoice.procurement else "",
				quotes=quotes.get(invoice.procurement, 0),
			)
	for entry in data.entries:
		for row in entry.rows:
			if not row.line:
				continue
			yield facts(
				row.line,
				row.amount,
				voucher_type="Journal Entry",
				voucher_no=entry.code,
				incurred_on=entry.posted_on,
				posting_date=entry.posted_on,
				document_type="Other",
				document_number=entry.code,
				document_date=entry.posted_on,
				description=row.description,
				payments=_paid(
					entry.posted_on,
					sum((one.amount for one in entry.rows), ZERO),
					f"estratto conto {entry.code}.txt",
				),
			)
	rates = {employee.full_name: _hourly(employee) for employee in data.employees}
	for sheet in data.sheets:
		by_line: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
		for __, hours, line_name in sheet.logs:
			by_line[line_name][0] += money(rates[sheet.employee] * hours)
			by_line[line_name][1] += hours
		day = sheet.logs[-1][0].date()
		for line_name, (amount, hours) in by_line.items():
			yield facts(
				line_name,
				amount,
				voucher_type="Timesheet",
				voucher_no=sheet.code,
				incurred_on=day,
				posting_date=day,
				party=sheet.employee,
				document_type="Timesheet",
				document_number=sheet.code,
				document_date=day,
				hours=money(hours),
				hourly_rate=rates[sheet.employee],
				cost_month=day.replace(day=1),
			)
	for cost in data.declared:
		yield facts(
			cost.line,
			cost.amount,
			voucher_type="Declared Cost",
			voucher_no=cost.code,
			incurred_on=cost.document_date,
			posting_date=cost.document_date,
			party=cost.supplier,
			tax_id=cost.tax_id,
			document_type=cost.document_type,
			document_number=cost.number,
			document_date=cost.document_date,
			description=cost.description,
			net_amount=cost.net,
			vat_amount=cost.vat,
			document_total=cost.amount,
			hours=money(cost.units) if cost.cost_type == "Staff" else ZERO,
			hourly_rate=cost.unit_cost if cost.cost_type == "Staff" else ZERO,
			cost_month=cost.document_date.replace(day=1),
			payments=_paid(cost.paid_on, cost.amount, f"quietanza {cost.code}.txt"),
		)


def _paid(day: date | None, amount: Decimal, proof: str) -> tuple[Payment, ...]:
	if not day:
		return ()
	return (Payment(day, amount, "Bank Transfer", proof.split(".")[0], _BANK, True, proofs=(proof,)),)


def _hourly(employee: demo_money_data.MoneyEmployee) -> Decimal:
	"""The rate by standard hours: of a full-time year, as the programme has them."""
	hours = next(
		Decimal(rule["value"])
		for rule in _programme(demo_data.FAMI_21_27)["rules"]
		if rule["check_code"] == "hourly-divisor"
	)
	return money(employee.annual_cost / percent_of(hours, employee.part_time))


def _programme(name: str) -> dict:
	text = (files("core_minori.setup") / "data" / "funding_programmes.json").read_text(encoding="utf-8")
	return next(row for row in json.loads(text) if row["programme_name"] == name)
