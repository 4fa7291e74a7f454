"""Every check of the funding reference: what passes, what does not, and what the finding says of it."""

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core_minori.engine.cost_facts import CostFacts, Payment
from core_minori.engine.eligibility import (
	AWAITED,
	DEFAULTS,
	MANY_COSTS,
	ONE_COST,
	LineState,
	Rulebook,
	check_cost,
	check_costs,
	folded_number,
)
from core_minori.engine.message import Finding, Severity

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2025, 3, 10)
CUP = "G61H25000270006"
CIG = "B1FCBC8A98"
PAID = Payment(
	paid_on=date(2025, 3, 20),
	amount=Decimal("1000.00"),
	method="Bank Transfer",
	reference="CRO 1",
	account="Banca - C",
	dedicated=True,
	cup=CUP,
	cig=CIG,
	proofs=("contabile.pdf",),
)
GOOD = CostFacts(
	allocation="CAL-1",
	project="PROG-1",
	programme="FAMI",
	line="PROG-1-D.1",
	chapter="D",
	partner="Capofila",
	cost_method="Real Cost",
	voucher_type="Purchase Invoice",
	voucher_no="PINV-1",
	incurred_on=DAY,
	posting_date=DAY,
	ledger_amount=Decimal("1000.00"),
	imputed_amount=Decimal("600.00"),
	imputed_everywhere=Decimal("1000.00"),
	party="Fornitore",
	tax_id="01234567890",
	document_type="Invoice",
	document_number="12/A",
	document_date=DAY,
	net_amount=Decimal("1000.00"),
	document_total=Decimal("1000.00"),
	percent=Decimal("60"),
	payments=(PAID,),
	documents=("fattura.pdf",),
	cup=CUP,
	cig=CIG,
	project_start=date(2025, 1, 1),
	project_end=date(2026, 12, 31),
	project_cup=CUP,
	booked_amount=Decimal("1000.00"),
	document_cost=Decimal("1000.00"),
	programme_start=date(2021, 1, 1),
	programme_end=date(2029, 12, 31),
	project_total=Decimal("6000000"),
	line_amount=Decimal("5000"),
)
LINES = (
	LineState("PROG-1-D.1", "D", "Capofila", Decimal("5000"), Decimal("4000")),
	LineState("PROG-1-D.2", "D", "Partner", Decimal("1000"), Decimal("1000")),
	LineState("PROG-1-F.1", "F", "Partner", Decimal("4000"), Decimal("900")),
	LineState("PROG-1-L.1", "L", "", Decimal("700"), Decimal("350"), is_direct=False),
)


@dataclass(frozen=True)
class Case:
	"""A check, its rule's parameter, what makes it fail, and what the finding then says."""

	code: str
	bad: dict[str, Any]
	found: object
	allowed: object
	value: str = ""
	unit: str = ""
	base: str = ""
	good: dict[str, Any] | None = None
	together: bool = False


def cash(amount: str, day: date = date(2025, 3, 20)) -> tuple[Payment, ...]:
	return (replace(PAID, method="Cash", amount=Decimal(amount), paid_on=day),)


HOURS = {
	"voucher_type": "Timesheet",
	"document_type": "Timesheet",
	"chapter": "A",
	"hours": Decimal("30"),
	"hourly_rate": Decimal("20.00"),
	"rate_allowed": Decimal("20.00"),
	"signed": True,
	"payments": (),
}
OVER_BUDGET = {"imputed_amount": Decimal("1000.01"), "percent": Decimal("100")}

CASES = (
	Case(
		"project-window", {"incurred_on": date(2024, 12, 31)}, date(2024, 12, 31), "01/01/2025 - 31/12/2026"
	),
	Case(
		"programme-window",
		{"incurred_on": date(2026, 7, 1)},
		date(2026, 7, 1),
		"01/01/2021 - 30/06/2026",
		"2026-06-30",
		"Date",
	),
	Case("line-open", {"line_open": False}, "PROG-1-D.1", None),
	Case("line-budget", OVER_BUDGET, Decimal("1000.01"), Decimal("1000.00"), together=True),
	Case(
		"chapter-budget",
		OVER_BUDGET,
		Decimal("1000.01"),
		Decimal("1000.00"),
		together=True,
	),
	Case("partner-budget", OVER_BUDGET, Decimal("1000.01"), Decimal("1000.00"), together=True),
	Case("payment-date", {"payments": (replace(PAID, paid_on=date(2025, 3, 9)),)}, date(2025, 3, 9), DAY),
	Case("payment-proof", {"payments": ()}, Decimal("0.00"), Decimal("1000.00")),
	Case("booked-amount", {"booked_amount": Decimal("900.00")}, Decimal("900.00"), Decimal("1000.00")),
	Case(
		"double-funding",
		{"imputed_everywhere": Decimal("1000.01")},
		Decimal("1000.01"),
		Decimal("1000.00"),
		"100",
		"%",
	),
	Case(
		"traceable-payment",
		{"payments": (replace(PAID, dedicated=False),)},
		"Banca - C",
		"Dedicated account",
	),
	Case(
		"cash-cap",
		{"payments": cash("2500") + cash("2500", date(2025, 4, 2))},
		Decimal("5000"),
		Decimal("5000.00"),
		"5000",
		"EUR",
		good={"payments": cash("4999.99")},
	),
	Case("cash-any", {"payments": cash("50.01")}, Decimal("50.01"), Decimal("50.00"), "50", "EUR"),
	Case("cup-on-document", {"cup": "G61H25000270007"}, "G61H25000270007", CUP),
	Case("cup-on-invoice", {"cup": ""}, "", CUP),
	Case(
		"public-invoice-codes",
		{"public_body": True, "cig": "", "cup": ""},
		"",
		"CIG, CUP",
		good={"public_body": True},
	),
	Case(
		"procurement-threshold",
		{
			"public_body": True,
			"procurement": "PRC-1",
			"procedure": "Direct Award",
			"contract_type": "Services",
			"contract_value": Decimal("140000"),
		},
		Decimal("140000.00"),
		Decimal("140000.00"),
		"140000",
		"EUR",
		"Services and supplies: direct award by a public beneficiary",
		good={
			"public_body": True,
			"procurement": "PRC-1",
			"procedure": "Direct Award",
			"contract_type": "Works",
			"contract_value": Decimal("149000"),
		},
	),
	Case("procurement-quotes", {"quotes": 2}, 2, 3, "1000", "EUR", "3 quotes", good={"quotes": 3}),
	Case(
		"vat-eligible",
		{
			"net_amount": Decimal("819.67"),
			"vat_amount": Decimal("180.33"),
			"vat_recoverable_percent": Decimal("50"),
		},
		Decimal("1000.00"),
		Decimal("909.83"),
		good={"net_amount": Decimal("819.67"), "vat_amount": Decimal("180.33")},
	),
	Case(
		"equipment-depreciation",
		{"chapter": "E"},
		Decimal("600.00"),
		Decimal("366.67"),
		"60",
		"Number",
		"E",
		good={"chapter": "E", "is_depreciation": True},
	),
	Case(
		"subcontracting-cap",
		{"chapter": "F", "line": "PROG-1-F.1"},
		Decimal("600.00"),
		Decimal("100.00"),
		"10",
		"%",
		"F",
		good={"chapter": "F", "line": "PROG-1-F.1", "imputed_amount": Decimal("100.00")},
		together=True,
	),
	Case(
		"indirect-cap",
		{"chapter": "L", "line": "PROG-1-L.1", "is_direct": False},
		Decimal("600.00"),
		Decimal("63.00"),
		"7",
		"%",
		good={"chapter": "L", "line": "PROG-1-L.1", "is_direct": False, "imputed_amount": Decimal("63")},
		together=True,
	),
	Case(
		"auditor-fee",
		{"chapter": "F", "line": "PROG-1-F.1"},
		Decimal("600.00"),
		Decimal("599.99"),
		"1499.99",
		"EUR",
		"F, G",
		together=True,
	),
	Case(
		"auditor-independence",
		{"chapter": "G", "supplier_is_partner": True},
		"Fornitore",
		"none of the partners",
		base="G",
		good={"chapter": "G"},
	),
	Case("duplicate-document", {"same_document": ("DEC-7",)}, "DEC-7", None),
	Case(
		"staff-evidence",
		{"chapter": "A"},
		1,
		4,
		"4",
		"Number",
		"A",
		good={"chapter": "A", "documents": ("a", "b", "c", "d")},
	),
	Case("timesheet-signed", {**HOURS, "signed": False}, Decimal("30"), "a signed copy", good=HOURS),
	Case(
		"hourly-rate",
		{**HOURS, "rate_allowed": Decimal("19.50")},
		Decimal("20.00"),
		Decimal("19.50"),
		good=HOURS,
	),
)


def rows_for(case: Case, **values: Any) -> list[dict]:
	"""The programme's row of this check, and none of the others: they have their defaults."""
	return [
		{
			"check_code": case.code,
			"severity": "Block",
			"value": case.value,
			"unit": case.unit,
			"base": case.base,
			"source": f"Source of {case.code}",
			"article": "art. 1",
			**values,
		}
	]


def findings(case: Case, changes: dict[str, Any] | None, **row: Any) -> list[Finding]:
	cost = replace(GOOD, **(changes or {}))
	rules = rows_for(case, **row)
	found = check_costs([cost], LINES, rules).get("CAL-1", []) if case.together else check_cost(cost, rules)
	return [finding for finding in found if finding.rule == case.code]


def test_every_check_has_a_case():
	assert {case.code for case in CASES} == set(DEFAULTS) == set(ONE_COST) | set(MANY_COSTS)


@pytest.mark.parametrize(("doctype", "exactly"), [("cost_finding", True), ("funding_rule", False)])
def test_every_check_can_be_chosen_and_stored(doctype: str, exactly: bool):
	path = ROOT / "core_minori" / "funding" / "doctype" / doctype / f"{doctype}.json"
	fields = {field["fieldname"]: field for field in json.loads(path.read_text())["fields"]}
	options = set(fields["check_code"]["options"].split("\n"))
	assert options == set(DEFAULTS) if exactly else options > set(DEFAULTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_what_is_in_order_passes(case: Case):
	assert findings(case, case.good) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_what_is_not_names_rule_source_found_allowed_and_the_way_out(case: Case):
	(finding,) = findings(case, case.bad)
	assert finding.severity is Severity.BLOCK
	assert finding.source == f"Source of {case.code}, art. 1"
	assert (finding.found, finding.allowed) == (case.found, case.allowed)
	assert finding.message.render() and finding.remedy.render()
	assert "{" not in finding.message.render() + finding.remedy.render()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_the_programmes_row_decides_severity_and_days(case: Case):
	(finding,) = findings(case, case.bad, severity="Inform")
	assert finding.severity is Severity.INFORM
	assert findings(case, case.bad, valid_from=date(2028, 1, 1)) == []
	assert findings(case, case.bad, valid_to=date(2020, 12, 31)) == []


@pytest.mark.parametrize(
	"code",
	[
		"cash-cap",
		"procurement-threshold",
		"procurement-quotes",
		"subcontracting-cap",
		"indirect-cap",
		"auditor-fee",
	],
)
def test_a_cap_that_nobody_set_finds_nothing(code: str):
	case = next(case for case in CASES if case.code == code)
	assert findings(case, case.bad, value="") == []


@pytest.mark.parametrize(
	"code",
	["equipment-depreciation", "subcontracting-cap", "auditor-fee", "auditor-independence", "staff-evidence"],
)
def test_chapters_that_nobody_named_are_not_guessed(code: str):
	case = next(case for case in CASES if case.code == code)
	assert findings(case, case.bad, base="") == []
	assert findings(case, case.bad, base="Eligible direct costs") == []


def test_without_rows_the_defaults_of_the_reference_stand_and_caps_do_not():
	bad = replace(GOOD, incurred_on=date(2020, 1, 1), payments=cash("9000"), cup="")
	said = check_cost(bad, [])
	assert all(finding.source for finding in said)
	found = {finding.rule: finding.severity for finding in said}
	assert found["project-window"] is Severity.BLOCK
	assert found["cash-any"] is Severity.WARN
	assert "cash-cap" not in found and "cup-on-invoice" not in found


def test_a_good_cost_has_nothing_to_say():
	assert check_cost(GOOD, []) == []
	assert check_costs([GOOD], LINES, []) == {}


def test_what_is_awaited_is_a_check():
	assert set(DEFAULTS) >= AWAITED


def test_a_payment_is_complete_and_has_its_paper():
	def proof(**changes: Any) -> list[object]:
		return [f.found for f in check_cost(replace(GOOD, **changes), []) if f.rule == "payment-proof"]

	assert proof(payments=(replace(PAID, amount=Decimal("999.98")),)) == [Decimal("999.98")]
	assert proof(payments=(replace(PAID, amount=Decimal("999.99")),)) == []
	assert proof(payments=(replace(PAID, proofs=()),)) == [date(2025, 3, 20)]
	assert proof(payments=(), cost_method="Unit Cost") == []
	assert proof(**HOURS) == []
	assert proof(payments=(), is_depreciation=True) == []
	assert proof(payments=(), ledger_amount=Decimal("-10")) == []


def test_payments_after_the_final_claim_are_found_but_on_the_chapters_excepted():
	rules = [{"check_code": "payment-date", "severity": "Warn", "base": "G"}]
	late = replace(GOOD, payments=(replace(PAID, paid_on=date(2027, 3, 1)),))
	(finding,) = check_cost(late, rules, final_claim_on=date(2027, 2, 1))
	assert (finding.rule, finding.found, finding.allowed) == (
		"payment-date",
		date(2027, 3, 1),
		date(2027, 2, 1),
	)
	assert check_cost(replace(late, chapter="G"), rules, final_claim_on=date(2027, 2, 1)) == []


def test_the_law_on_cash_is_that_of_the_day_of_payment():
	rules = [
		{"check_code": "cash-cap", "severity": "Block", "value": "2000", "valid_to": date(2022, 12, 31)},
		{"check_code": "cash-cap", "severity": "Block", "value": "5000", "valid_from": date(2023, 1, 1)},
		{"check_code": "cash-any", "severity": "Warn", "value": "99999"},
	]

	def found(day: date) -> set[str]:
		cost = replace(
			GOOD,
			payments=cash("3000", day),
			incurred_on=date(2022, 12, 1),
			document_date=date(2022, 12, 1),
			project_start=date(2022, 1, 1),
		)
		return {finding.rule for finding in check_cost(cost, rules)} - {"payment-proof"}

	assert found(date(2022, 12, 20)) == {"cash-cap"}
	assert found(date(2023, 1, 10)) == set()


def test_cash_to_one_supplier_within_a_week_counts_together_over_documents():
	rules = [{"check_code": "cash-cap", "severity": "Block", "value": "5000"}]
	first = replace(GOOD, payments=cash("3000", date(2025, 3, 20)), imputed_amount=Decimal(1))
	second = replace(
		first,
		allocation="CAL-2",
		voucher_no="PINV-2",
		document_number="13",
		payments=cash("2000", date(2025, 3, 26)),
	)
	found = check_costs([first, second], LINES, rules)
	assert {name: [f.found for f in each] for name, each in found.items()} == {
		"CAL-1": [Decimal("5000")],
		"CAL-2": [Decimal("5000")],
	}
	later = replace(second, payments=cash("2000", date(2025, 3, 27)))
	assert check_costs([first, later], LINES, rules) == {}
	stranger = replace(second, tax_id="09876543210")
	assert check_costs([first, stranger], LINES, rules) == {}


def test_the_cost_that_passes_the_budget_has_the_finding_and_those_before_it_do_not():
	costs = [
		replace(
			GOOD,
			allocation=f"CAL-{number}",
			voucher_no=f"PINV-{number}",
			document_number=str(number),
			imputed_amount=Decimal("400"),
			incurred_on=date(2025, 3, 10 - number),
		)
		for number in (1, 2, 3)
	]
	found = check_costs(costs, LINES, [])
	assert set(found) == {"CAL-1"}, "the latest by day goes over, whatever the order given"
	assert {finding.rule for finding in found["CAL-1"]} == {"line-budget", "chapter-budget", "partner-budget"}
	tolerant = [
		{"check_code": "line-budget", "severity": "Warn", "value": "4", "unit": "%"},
		{"check_code": "chapter-budget", "severity": "Warn", "value": "200", "unit": "EUR"},
		{"check_code": "partner-budget", "severity": "Warn", "value": "199.99", "unit": "EUR"},
	]
	assert [f.rule for f in check_costs(costs, LINES, tolerant)["CAL-1"]] == ["partner-budget"]


def test_one_paper_in_two_vouchers_is_found_on_both():
	other = replace(GOOD, allocation="CAL-2", voucher_type="Declared Cost", voucher_no="DEC-1")
	other = replace(other, imputed_amount=Decimal(1), tax_id="IT 01234567890", document_number="12 a")
	found = check_costs([replace(GOOD, imputed_amount=Decimal(1)), other], LINES, [])
	assert {name: [f.found for f in each] for name, each in found.items()} == {
		"CAL-1": ["DEC-1"],
		"CAL-2": ["PINV-1"],
	}
	next_year = replace(other, document_date=date(2026, 1, 2))
	assert check_costs([replace(GOOD, imputed_amount=Decimal(1)), next_year], LINES, []) == {}
	by_sdi = replace(next_year, sdi_id="9001")
	assert check_costs([replace(GOOD, imputed_amount=Decimal(1), sdi_id="9001"), by_sdi], LINES, [])
	in_two_lines = replace(GOOD, allocation="CAL-3", imputed_amount=Decimal(1))
	assert check_costs([replace(GOOD, imputed_amount=Decimal(1)), in_two_lines], LINES, []) == {}


def test_a_partner_may_divide_a_paper_over_lines_of_its_project():
	part = replace(GOOD, voucher_type="Declared Cost", imputed_amount=Decimal(1))
	other = replace(part, allocation="CAL-2", voucher_no="DEC-2", line="PROG-1-F.1")
	assert check_costs([part, other], LINES, []) == {}
	for place in ({"line": part.line}, {"partner": "Partner"}, {"project": "PROG-2"}):
		double = replace(other, **place)
		assert set(check_costs([part, double], LINES, [])) == {"CAL-1", "CAL-2"}, place


def test_hours_imputed_in_part_are_held_against_the_imputed_amount():
	hours = replace(GOOD, **HOURS)
	assert not [f for f in check_cost(hours, []) if f.rule == "hourly-rate"]
	(finding,) = [f for f in check_cost(replace(hours, hours=Decimal("50")), []) if f.rule == "hourly-rate"]
	assert (finding.found, finding.allowed) == (Decimal("600.00"), Decimal("1000.00"))


@pytest.mark.parametrize("number", ["12/A", "12-a", " 12 a ", "12_A"])
def test_numbers_are_the_same_however_they_are_written(number: str):
	assert folded_number(number) == "12/A"


def test_shares_of_two_places_are_not_taken_for_a_wrong_amount():
	third = replace(
		GOOD,
		ledger_amount=Decimal("1000.00"),
		imputed_amount=Decimal("333.33"),
		percent=Decimal("33.33"),
	)
	assert check_cost(third, []) == []
	(finding,) = check_cost(replace(third, imputed_amount=Decimal("334")), [])
	assert finding.rule == "booked-amount"


def test_recovered_vat_of_a_small_project_only_informs_when_the_programme_says_from_where():
	bad = replace(
		GOOD,
		net_amount=Decimal("819.67"),
		vat_amount=Decimal("180.33"),
		vat_deductible=True,
		project_total=Decimal("400000"),
	)
	rules = [{"check_code": "vat-eligible", "severity": "Warn", "value": "5000000", "unit": "EUR"}]
	assert [f.severity for f in check_cost(bad, rules)] == [Severity.INFORM]
	assert [f.severity for f in check_cost(bad, [])] == [Severity.WARN]


def test_five_thousand_costs_are_judged_in_one_pass():
	book = Rulebook(
		[{"check_code": "subcontracting-cap", "severity": "Warn", "value": "30", "unit": "%", "base": "F"}]
	)
	costs = [
		replace(
			GOOD,
			allocation=f"CAL-{number:05}",
			voucher_no=f"PINV-{number}",
			document_number=str(number),
			imputed_amount=Decimal("0.10"),
		)
		for number in range(5000)
	]
	found = check_costs(costs, LINES, book)
	assert found == {}
	# 1000 euro are left on the line: the ten thousand and first ten cents go over.
	costs = [replace(cost, imputed_amount=Decimal("0.21")) for cost in costs]
	assert len(check_costs(costs, LINES, book)) == 5000 - int(Decimal(1000) / Decimal("0.21"))
