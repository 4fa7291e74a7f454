"""An invented claim, the third of its project, with every kind of row that the papers of a claim can have."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from core_minori.engine.claim import Amount, source_parts, totals
from core_minori.engine.claim_workbook import (
	BudgetPosition,
	ClaimData,
	EquipmentRow,
	Expense,
	FlatExpense,
	IndicatorRow,
	InstalmentRow,
	ProcurementRow,
)
from core_minori.engine.cost_facts import CostFacts, Payment
from core_minori.engine.flat_rates import FlatRate

PARTNERS = ("Cooperativa sociale Il Ponte", "Associazione Orizzonti", "Consorzio Mare Aperto s.c.s.")
CHAPTERS = {
	"A": "Costi del personale",
	"B": "Costi di viaggio e soggiorno",
	"D": "Materiali di consumo e forniture",
	"E": "Attrezzature",
	"L": "Costi indiretti",
}
LINES = {
	"A.1": ("Educatore professionale", 0),
	"A.2": ("Mediatore culturale", 1),
	"B.1": ("Accompagnamenti e missioni", 0),
	"D.2": ("Kit igiene, vestiario e cancelleria", 2),
	"E.1": ("Computer e arredi", 0),
}
SOURCES = (
	("European Union", Decimal(50)),
	("National", Decimal("45.5")),
	("Own Funds", Decimal("4.5")),
)
RATES = (
	FlatRate("L.1", PARTNERS[0], Decimal(7), ("A", "B", "D", "E"), "L"),
	FlatRate("L.2", PARTNERS[1], Decimal(7), ("A",), "L"),
)
DANGEROUS = ("=1+1", "+39 06 1234", "-5", "@SUM(A1)", "\t=1+1")


def facts(number: int, amount: str = "100.00", line: str = "A.1", **values: object) -> CostFacts:
	"""The facts of an invented cost."""
	title, partner = LINES[line]
	day = date(2026, 3, 1) + timedelta(days=number % 28)
	euro = Decimal(amount)
	known = {
		"allocation": f"CAL-2026-{number:05d}",
		"project": "PROG-705",
		"programme": "FAMI 2021-2027",
		"line": f"PROG-705-{line}",
		"chapter": line[0],
		"partner": PARTNERS[partner],
		"cost_method": "Real Cost",
		"voucher_type": "Purchase Invoice",
		"voucher_no": f"ACC-PINV-2026-{number:05d}",
		"incurred_on": day,
		"posting_date": day,
		"ledger_amount": euro,
		"imputed_amount": euro,
		"imputed_everywhere": euro,
		"line_code": line,
		"line_title": title,
		"activity": f"WP{number % 4 + 1}",
		"party": f"Fornitore Esempio {number} s.r.l.",
		"tax_id": "01234567897",
		"document_type": "Invoice",
		"document_number": f"{number}/2026",
		"document_date": day,
		"description": "Fornitura per le attività del progetto, come da ordine",
		"net_amount": euro,
		"document_total": euro,
		"percent": Decimal(100),
		"payments": (
			Payment(
				day + timedelta(days=5), euro, "Bank Transfer", f"CRO{number:011d}", "Banca Esempio - CM"
			),
		),
		"documents": (f"fattura-{number}.pdf",),
		"cup": "G61H25000270006",
		"cig": "B1FCBC8A98",
		"sdi_id": f"98765{number:05d}",
	}
	return CostFacts(**{**known, **values})


def costs() -> list[CostFacts]:
	"""Forty costs: invoices, a credit note, hours, a depreciation, texts that a spreadsheet could run."""
	found = [
		facts(number, f"{100 + number * 37 % 900}.{number * 13 % 100:02d}", line)
		for number, line in enumerate(("A.1", "B.1", "D.2", "B.1", "D.2", "A.2") * 5, start=1)
	]
	found += [
		facts(
			31 + place,
			"10.01",
			"D.2",
			party=text,
			description=text,
			document_number=text,
			cig=text,
			activity=text,
		)
		for place, text in enumerate(DANGEROUS)
	]
	found.append(facts(40, "-25.50", "D.2", document_type="Credit Note", payments=()))
	for month in (3, 4):
		found.append(
			facts(
				40 + month,
				"1562.75",
				"A.1",
				voucher_type="Timesheet",
				document_type="Timesheet",
				party="Rossi Ada",
				hours=Decimal("66.50"),
				hourly_rate=Decimal("23.50"),
				cost_month=date(2026, month, 1),
				payments=(),
			)
		)
	found.append(facts(50, "83.33", "E.1", document_type="Other", is_depreciation=True, payments=()))
	two = facts(51, "900.00", "B.1", quotes=3, procedure="Comparison of Quotes", vat_amount=Decimal("162.30"))
	payment = two.payments[0]
	found.append(
		replace(
			two,
			payments=(
				replace(payment, amount=Decimal(400)),
				replace(payment, amount=Decimal(500), method="Cash", reference="R2"),
			),
		)
	)
	return found


def claim(audited: bool = True) -> ClaimData:
	"""The claim of these costs; with `audited`, the auditor cut every seventh row by a tenth."""
	percents = [percent for __, percent in SOURCES]
	expenses = []
	for number, cost in enumerate(costs(), start=1):
		cut = number % 7 == 0
		accepted = (cost.imputed_amount * 9 / 10).quantize(Decimal("0.01")) if cut else cost.imputed_amount
		expenses.append(
			Expense(
				number,
				cost,
				cost.partner,
				CHAPTERS[cost.chapter],
				source_parts(cost.imputed_amount, percents),
				cost.imputed_amount,
				accepted if audited else None,
				None,
				"Revisore: quota non riferibile al progetto" if cut and audited else "",
			)
		)
	claimed = totals(
		[Amount(one.facts.chapter, one.partner, one.claimed) for one in expenses], RATES, percents
	)
	left = totals(
		[Amount(one.facts.chapter, one.partner, one.auditor or Decimal(0)) for one in expenses],
		RATES,
		percents,
	)
	flats = tuple(
		FlatExpense(
			len(expenses) + place,
			rate.line,
			"Costi indiretti",
			"L",
			CHAPTERS["L"],
			rate.partner,
			rate.percent,
			", ".join(rate.base_chapters),
			claimed.flat_rates[rate.line].base,
			source_parts(claimed.flat_rates[rate.line].amount, percents),
			claimed.flat_rates[rate.line].amount,
			left.flat_rates[rate.line].amount if audited else None,
		)
		for place, rate in enumerate(RATES, start=1)
	)
	positions = []
	for code, (title, partner) in {
		**LINES,
		"L.1": ("Costi indiretti", 0),
		"L.2": ("Costi indiretti", 1),
	}.items():
		own = [one for one in expenses if one.facts.line_code == code]
		own += [flat for flat in flats if flat.line_code == code]
		euro = sum((one.claimed for one in own), Decimal(0))
		accepted = sum((one.auditor if audited else one.claimed for one in own), Decimal(0))
		positions.append(
			BudgetPosition(
				code,
				title,
				code[0],
				CHAPTERS[code[0]],
				PARTNERS[partner],
				Decimal("25000.00"),
				Decimal("3210.99"),
				Decimal("3100.49"),
				euro,
				accepted,
			)
		)
	return ClaimData(
		project="PROG-705",
		title="Percorsi di autonomia per minori stranieri non accompagnati",
		programme="FAMI 2021-2027",
		cup="G61H25000270006",
		claim="DDR-2026-00003",
		number=3,
		kind="Interim",
		period_from=date(2026, 1, 1),
		period_to=date(2026, 4, 30),
		status="Audited" if audited else "Claimed",
		made_on=date(2026, 6, 20),
		beneficiary=PARTNERS[0],
		claimed_on=date(2026, 5, 12),
		audited_on=date(2026, 6, 18) if audited else None,
		sources=SOURCES,
		expenses=tuple(expenses),
		flat_rates=flats,
		positions=tuple(positions),
		instalments=(
			InstalmentRow(
				"Advance",
				Decimal(40),
				Decimal("70000.00"),
				"",
				date(2025, 2, 1),
				date(2025, 1, 20),
				Decimal("70000.00"),
				date(2025, 3, 3),
				Decimal("70000.00"),
			),
			InstalmentRow("Interim", Decimal(40), Decimal("70000.00"), "DDR-2026-00003"),
			InstalmentRow("Balance", Decimal(20), Decimal("35000.00")),
		),
		equipment=(
			EquipmentRow(
				"ACC-ASS-2025-00001",
				"Computer portatile aula",
				date(2025, 5, 2),
				Decimal("3000.00"),
				36,
				Decimal("83.33"),
				"ACC-JV-2026-00012",
			),
		),
		procurement=(
			ProcurementRow(
				"Trasporto dei minori verso le sedi delle attività",
				PARTNERS[0],
				"Services",
				"Comparison of Quotes",
				"B1FCBC8A98",
				Decimal("12000.00"),
				Decimal("11500.00"),
				date(2025, 9, 15),
				"Autolinee Esempio s.p.a.",
				3,
				"Prezzo più basso a parità di servizio",
				"Conforme (20/09/2025)",
				Decimal("900.00"),
			),
		),
		indicators=(
			IndicatorRow("Destinatari seguiti nel periodo: Minori stranieri non accompagnati", "37"),
			IndicatorRow("Sessioni formative svolte", "4", "nel periodo"),
		),
	)
