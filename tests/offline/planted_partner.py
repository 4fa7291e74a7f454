"""A partner's workbook of 1,000 costs, clean or with 40 planted errors: for the offline check and the site alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from stdnum import luhn

from core_minori.engine import partner_workbook
from core_minori.engine.money import money, percent_of
from core_minori.engine.partner_workbook import KnownLine, PartnerReference

TODAY = date(2026, 11, 2)
COUNT = 1000
# Code, title, chapter, method, unit, unit cost, planned euro.
LINES = (
	("A.1", "Operatori", "A", "Real Cost", "Hour", None, Decimal(400000)),
	("A.2", "Ore di mediazione", "A", "Unit Cost", "Hour", Decimal("35.00"), Decimal(90000)),
	("B.1", "Viaggi", "B", "Real Cost", "", None, Decimal(400000)),
	("D.1", "Materiali", "D", "Real Cost", "", None, Decimal(400000)),
	("D.9", "Cancelleria", "D", "Real Cost", "", None, Decimal(100)),
	("H.1", "Spese per i destinatari", "H", "Real Cost", "", None, Decimal(400000)),
	("I.1", "Evento finale", "I", "Lump Sum", "", None, Decimal(6000)),
	("L.1", "Costi indiretti", "L", "Flat Rate", "", None, Decimal(20000)),
)
RULES = (
	{"check_code": "project-window", "severity": "Block", "source": "Convenzione"},
	{"check_code": "line-budget", "value": "0", "unit": "EUR", "severity": "Warn", "source": "Budget"},
	{"check_code": "programme-window", "value": "2029-12-31", "unit": "Date", "severity": "Block"},
	{"check_code": "cash-cap", "value": "5000", "unit": "EUR", "severity": "Block", "article": "art. 49"},
	{"check_code": "vat-eligible", "severity": "Block"},
	{"check_code": "hourly-rate", "severity": "Block"},
)
REFERENCE = PartnerReference(
	project="ROMA-MSNA",
	title="Servizio di supporto",
	partner="Cooperativa Vela",
	programme="FAMI 2021-2027",
	starts_on=date(2025, 9, 1),
	ends_on=date(2027, 8, 31),
	cup="I61E20000000007",
	programme_starts=date(2021, 1, 1),
	programme_ends=date(2029, 12, 31),
	made_on=TODAY,
	rules=RULES,
	lines=tuple(
		KnownLine(code, title, chapter, method, unit, unit_cost, planned)
		for code, title, chapter, method, unit, unit_cost, planned in LINES
	),
)
WRONG_CUP, WRONG_CIG = "I61E20000000008", "1234567890"
_REAL = ("A.1", "B.1", "D.1", "H.1")


@dataclass(frozen=True)
class Planted:
	"""A workbook, the (sheet title, cell) of every planted error by what it is, and which of them only warn."""

	data: bytes
	expected: dict[str, tuple[str, str]]
	warnings: tuple[str, ...]


def rows(reference: PartnerReference = REFERENCE, today: date = TODAY, count: int = COUNT) -> list[dict]:
	"""Costs without a mistake as of `today`: invoices, payslips, units, credit notes, documents on two lines."""
	days = (min(reference.ends_on, today - timedelta(days=30)) - reference.starts_on).days
	found = []
	for number in range(1, count + 1):
		issued = reference.starts_on + timedelta(days=(number * days) // (count + 1))
		found.append(_ROW[kind_of(number)](number, issued, reference))
	return found


def kind_of(number: int) -> str:
	"""What the row of this number is: staff, units, lump, credit, first, second (of two lines) or invoice."""
	if number == 500:
		return "lump"
	if number % 10 == 0:
		return "staff"
	if number % 25 == 1:
		return "units"
	if number % 40 == 3:
		return "credit"
	if number % 50 in (7, 8):
		return "first" if number % 50 == 7 else "second"
	return "invoice"


def paper(number: int) -> str:
	"""Name of the file of a row: one for each twenty rows, as offices bundle them."""
	return f"documenti-{number // 20:03d}.pdf"


def papers(count: int = COUNT) -> list[str]:
	"""Every file that the rows name."""
	return list(dict.fromkeys(paper(number) for number in range(1, count + 1)))


def clean_workbook(reference: PartnerReference = REFERENCE, today: date = TODAY, count: int = COUNT) -> bytes:
	"""The workbook of `rows`, with nothing wrong in it."""
	return partner_workbook.workbook(reference, rows(reference, today, count))


def planted_workbook(reference: PartnerReference = REFERENCE, today: date = TODAY) -> Planted:
	"""The workbook of `rows` with 40 errors, each in a row of its own."""
	good = rows(reference, today)
	book = load_workbook(BytesIO(partner_workbook.workbook(reference, good)))
	sheet = book[partner_workbook.SHEET.title]
	expected: dict[str, tuple[str, str]] = {}
	warnings: list[str] = []
	used: set[int] = set()

	def fresh(kind: str) -> int:
		number = next(n for n in range(11, COUNT, 7) if kind_of(n) == kind and n not in used)
		used.update((number - 1, number, number + 1))
		return number

	def plant(name: str, kind: str, column: str, value: object, also: dict | None = None, warn=False) -> int:
		number = fresh(kind)
		for key, what in {**(also or {}), column: value}.items():
			cell = sheet[place_of(key, number)]
			cell.value = what
			if isinstance(what, int):
				cell.number_format = "General"
		expected[name] = (sheet.title, place_of(column, number))
		if warn:
			warnings.append(name)
		return number

	def row(number: int) -> dict:
		return good[number - 1]

	plant("code missing", "invoice", "declared_code", None)
	plant("code twice", "invoice", "declared_code", row(2)["declared_code"])
	plant("code of strange signs", "invoice", "declared_code", "FT#9!")
	plant("unknown line", "invoice", "budget_line", "Z.9 - Altro")
	plant("flat-rate line", "invoice", "budget_line", "L.1 - Costi indiretti")
	plant("line over its budget", "invoice", "imputed_amount", 101, {"budget_line": "D.9"}, warn=True)
	plant("type misspelt", "invoice", "cost_type", "Docmento")
	plant("real cost on a lump sum", "invoice", "cost_type", "Documento", {"budget_line": "I.1"})
	plant("no supplier", "invoice", "supplier", None)
	plant("supplier's name too long", "invoice", "supplier", "Ditta " * 40)
	plant("VAT number mistyped", "invoice", "tax_id", "00123450016")
	plant("fiscal code mistyped", "staff", "tax_id", "RSSMRA85T10A562X")
	plant("type of document unknown", "invoice", "document_type", "Scontrino parlante")
	plant("no document number", "invoice", "document_number", None)
	other = row(4)
	same = {key: other[key] for key in ("supplier", "tax_id", "document_date", "paid_on")}
	same["budget_line"] = f"{other['budget_line']} - Voce"
	plant("document twice", "invoice", "document_number", other["document_number"], same)
	plant("day as text", "invoice", "document_date", "14/03/2026")
	plant("31 February", "invoice", "document_date", "31/02/2026")
	plant("day in the future", "invoice", "document_date", today + timedelta(days=9))
	plant("before the project", "invoice", "document_date", reference.starts_on - timedelta(days=1))
	plant("before the programme", "invoice", "document_date", date(2020, 12, 31))
	plant("no day", "invoice", "document_date", None)
	plant("sum of VAT wrong", "invoice", "document_total", 9999)
	plant("cost above the document", "invoice", "amount", 9999)
	plant("recovered VAT in the cost", "invoice", "amount", None, {"vat_deductible": "Sì"})
	number = max(used) - 1 if False else _row_of(expected["recovered VAT in the cost"][1])
	sheet[place_of("amount", number)].value = row(number)["amount"]
	plant("amount as text", "invoice", "amount", "1.220,00 €")
	plant("formula", "invoice", "amount", "=1+1")
	plant("spreadsheet error", "invoice", "net_amount", "#REF!")
	plant("credit note above zero", "credit", "amount", 40)
	plant("share above 100", "invoice", "percent", 150)
	plant("share and amount disagree", "invoice", "imputed_amount", 1, {"percent": 50})
	plant("hours by rate wrong", "staff", "amount", 1)
	plant("unit cost not of the budget", "units", "unit_cost", 36, {"amount": 360, "quantity": 10})
	plant("two lines take too much", "second", "imputed_amount", None)
	number = _row_of(expected["two lines take too much"][1])
	sheet[place_of("imputed_amount", number)].value = row(number)["amount"]
	sheet[place_of("percent", number)].value = None
	plant("paid before issued", "invoice", "paid_on", reference.starts_on - timedelta(days=5), warn=True)
	plant("means without payment", "invoice", "paid_on", None)
	plant(
		"cash above the cap",
		"invoice",
		"payment_method",
		"Contanti",
		{"paid_amount": 6100, "net_amount": 5000, "vat_amount": 1100, "document_total": 6100},
	)
	plant("transfer without CRO", "invoice", "payment_reference", None, warn=True)
	plant("CUP of another project", "invoice", "cup", WRONG_CUP, warn=True)
	plant("CIG mistyped", "invoice", "cig", WRONG_CIG)
	plant("program for a paper", "invoice", "attachments", "fattura.exe")
	stream = BytesIO()
	book.save(stream)
	return Planted(stream.getvalue(), expected, tuple(warnings))


def place_of(column: str, number: int) -> str:
	"""The cell of a column for the row of this number; row 1 of the sheet holds the headings."""
	return f"{get_column_letter(partner_workbook.SHEET.keys.index(column) + 1)}{number + 1}"


def with_rows(reference: PartnerReference, *changed: PartnerReference) -> PartnerReference:
	"""The reference itself: a place to make another one of it."""
	return replace(reference, *changed)


def _row_of(cell: str) -> int:
	return int("".join(sign for sign in cell if sign.isdigit())) - 1


def _base(number: int, issued: date, reference: PartnerReference) -> dict:
	return {
		"declared_code": f"SP-{number:04d}",
		"document_date": issued,
		"description": f"Spesa {number}",
		"attachments": paper(number),
	}


def _payment(issued: date, amount: Decimal, number: int) -> dict:
	return {
		"payment_method": "Bank Transfer",
		"paid_on": issued + timedelta(days=10),
		"payment_reference": f"CRO{number:011d}",
		"paid_amount": amount,
		"payment_account": "IT60X0542811101000000123456",
	}


def _supplier(number: int) -> dict:
	stem = f"{1000000 + number % 20:07d}001"
	return {"supplier": f"Fornitore Esempio {number % 20}", "tax_id": stem + luhn.calc_check_digit(stem)}


def _invoice(number: int, issued: date, reference: PartnerReference, sign: int = 1) -> dict:
	net = money(Decimal(sign) * (100 + number % 97))
	vat = percent_of(net, 22)
	amount = net + vat - percent_of(vat, reference.vat_recoverable or 0)
	return {
		**_base(number, issued, reference),
		**_supplier(number),
		**_payment(issued, net + vat, number),
		"budget_line": _REAL[number % len(_REAL)],
		"cost_type": "Document",
		"document_type": "Invoice",
		"document_number": f"{number}/A",
		"net_amount": net,
		"vat_amount": vat,
		"vat_deductible": 0,
		"document_total": net + vat,
		"amount": amount,
		"cup": reference.cup,
	}


def _credit(number: int, issued: date, reference: PartnerReference) -> dict:
	row = _invoice(number, issued, reference, -1)
	return {**row, "document_type": "Credit Note", "document_number": f"{number}/NC"}


def _half(number: int, issued: date, reference: PartnerReference) -> dict:
	"""The first row of a document on two lines."""
	return {**_invoice(number, issued, reference), "percent": Decimal(60), "budget_line": "B.1"}


def _other_half(number: int, issued: date, reference: PartnerReference) -> dict:
	first = _invoice(number - 1, issued, reference)
	return {
		**first,
		"declared_code": f"SP-{number:04d}",
		"percent": Decimal(40),
		"budget_line": "H.1",
		"attachments": paper(number),
	}


def _staff(number: int, issued: date, reference: PartnerReference) -> dict:
	hours, rate = Decimal(number % 60 + 20), Decimal("22.50")
	return {
		**_base(number, issued, reference),
		**_payment(issued, hours * rate, number),
		"budget_line": "A.1",
		"cost_type": "Staff",
		"supplier": f"Operatore {number % 7}",
		"document_type": "Payslip",
		"document_number": f"Cedolino {number}",
		"cost_month": issued.replace(day=1),
		"quantity": hours,
		"unit_cost": rate,
		"amount": hours * rate,
		"cup": reference.cup,
	}


def _units(number: int, issued: date, reference: PartnerReference) -> dict:
	units = Decimal(number % 8 + 1)
	return {
		**_base(number, issued, reference),
		"budget_line": "A.2",
		"cost_type": "Units Delivered",
		"quantity": units,
		"unit_cost": Decimal("35.00"),
		"amount": units * 35,
	}


def _lump(number: int, issued: date, reference: PartnerReference) -> dict:
	return {
		**_base(number, issued, reference),
		"budget_line": "I.1",
		"cost_type": "Lump Sum",
		"amount": Decimal(5000),
	}


_ROW = {
	"invoice": _invoice,
	"credit": _credit,
	"first": _half,
	"second": _other_half,
	"staff": _staff,
	"units": _units,
	"lump": _lump,
}
