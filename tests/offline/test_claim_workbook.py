"""The papers of a claim, opened as whoever receives them opens them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from planted_claim import DANGEROUS, SOURCES, claim

from core_minori.engine.claim_workbook import claim_workbook, pooled
from core_minori.engine.inert import would_run
from core_minori.engine.money import money

# The reference's list (funding.md §4); sources and the hours of staff have a column each.
COLUMNS = (
	"N. progressivo",
	"DdR n.",
	"Partner",
	"Macrovoce",
	"Voce",
	"Attività / WBS",
	"Fornitore / persona",
	"CF / P.IVA",
	"Tipo documento",
	"N. documento",
	"Data documento",
	"Descrizione",
	"Imponibile",
	"IVA",
	"IVA detraibile s/n",
	"Totale documento",
	"% imputazione",
	"Importo imputato",
	"Fonte: Quota UE",
	"Fonte: Quota nazionale",
	"Fonte: Cofinanziamento proprio",
	"Metodo costo",
	"Ore (personale)",
	"Costo orario",
	"Mese competenza",
	"Modalità pagamento",
	"Data pagamento",
	"CRO / TRN",
	"Importo pagato",
	"Conto",
	"CUP",
	"CIG",
	"Procedura di affidamento e n. preventivi",
	"ID SdI",
	"N. registrazione contabile",
	"Timbro s/n",
	"N. allegati",
	"Importo rendicontato",
	"Importo ammesso Revisore",
	"Importo ammesso AdG",
	"Motivo taglio",
	"Note",
)


@pytest.fixture(scope="module")
def book():
	"""The workbook of the planted claim."""
	return load_workbook(BytesIO(claim_workbook(claim())))


def table(sheet, heading):
	"""Rows of the table whose headings start with `heading`, as mappings, up to the first empty row."""
	found = []
	rows = iter(sheet.iter_rows(values_only=True))
	for row in rows:
		if row[0] == heading:
			names = row
			break
	for row in rows:
		if not any(value is not None for value in row):
			break
		found.append(dict(zip(names, row, strict=True)))
	return found


def euro(value):
	"""A cell's amount, to the cent."""
	return money(str(value or 0))


def test_the_expense_list_has_the_columns_of_the_reference_in_their_order(book):
	sheet = book["Elenco spese"]
	headings = next(row for row in sheet.iter_rows(values_only=True) if row[0] == COLUMNS[0])
	assert headings == COLUMNS


def test_every_row_of_the_claim_is_in_the_list_and_the_total_is_the_claim(book):
	data = claim()
	rows = table(book["Elenco spese"], "N. progressivo")
	total = rows.pop()
	assert [row["N. progressivo"] for row in rows] == list(range(1, len(data.rows) + 1))
	assert euro(total["Importo rendicontato"]) == data.claimed
	assert euro(total["Importo ammesso Revisore"]) == data.auditor
	assert total["Importo ammesso AdG"] is None
	assert sum(euro(row["Importo rendicontato"]) for row in rows) == data.claimed
	for row, cost in zip(rows, data.rows, strict=True):
		parts = [euro(row[name]) for name in COLUMNS if name.startswith("Fonte: ")]
		assert sum(parts) == cost.claimed
	sums = [euro(total[name]) for name in COLUMNS if name.startswith("Fonte: ")]
	assert sum(sums) == data.claimed


def test_sources_by_partner_and_by_chapter_add_up_to_the_same_cents(book):
	data = claim()
	wanted = [sum((row.sources[place] for row in data.rows), Decimal(0)) for place in range(len(SOURCES))]
	for heading in ("Partner", "Macrovoce"):
		rows = table(book["b) Fonti"], heading)
		total = list(rows.pop().values())
		assert [euro(value) for value in total[1:]] == [*wanted, data.claimed]
		for place in range(1, len(SOURCES) + 2):
			assert sum(euro(list(row.values())[place]) for row in rows) == euro(total[place])


def test_the_third_claim_adds_what_the_earlier_ones_took(book):
	data = claim()
	rows = table(book["a) Budget"], "Voce")
	total = rows.pop()
	before = sum((one.claimed_before for one in data.positions), Decimal(0))
	accepted = sum((one.accepted_before + one.accepted for one in data.positions), Decimal(0))
	assert euro(total["Cumulato rendicontato"]) == before + data.claimed
	assert euro(total["Cumulato ammesso"]) == accepted
	assert euro(total["Residuo"]) == sum((one.budget for one in data.positions), Decimal(0)) - accepted
	for heading in ("Macrovoce",):
		other = table(book["a) Budget"], heading).pop()
		assert [euro(other[name]) for name in other if name not in ("Macrovoce", "Descrizione", "Voci")] == [
			euro(total[name]) for name in total if name not in ("Voce", "Descrizione", "Partner")
		]


def test_nothing_in_the_workbook_runs(book):
	texts = set()
	for sheet in book:
		for row in sheet.iter_rows():
			for cell in row:
				assert cell.data_type != "f", f"{sheet.title} {cell.coordinate}"
				if isinstance(cell.value, str):
					assert cell.data_type == "s" and cell.quotePrefix == would_run(cell.value), cell.value
					texts.add(cell.value)
	assert set(DANGEROUS) <= texts


def test_every_sheet_prints_on_a4_on_its_side_with_its_title_and_page_numbers(book):
	for sheet in book:
		assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9), sheet.title
		assert "&P" in sheet.oddFooter.right.text
		said = " ".join(str(cell.value) for row in sheet["A1:B3"] for cell in row if cell.value)
		for part in ("PROG-705", "G61H25000270006", "n. 3", "20/06/2026"):
			assert part in said, (sheet.title, part)
		wide = sheet.title == "Elenco spese"
		assert sheet.sheet_properties.pageSetUpPr.fitToPage is not wide
		if not wide:
			assert sheet.page_setup.fitToWidth == 1
	assert book["Elenco spese"].print_title_rows == "$1:$5"
	assert book["Elenco spese"].print_title_cols == "$A:$A"


def test_hours_times_rate_stand_by_person(book):
	(row, total) = table(book["d) Personale"], "Persona")
	assert (row["Persona"], row["Mesi"]) == ("Rossi Ada", "03/2026; 04/2026")
	assert euro(row["Ore"]) == 133
	assert euro(row["Importo imputato"]) == euro(total["Importo imputato"]) == Decimal("3125.50")


def test_two_payments_of_a_document_are_both_told(book):
	row = next(
		row for row in table(book["Elenco spese"], "N. progressivo") if row["N. documento"] == "51/2026"
	)
	assert row["Modalità pagamento"] == "Bonifico; Contanti"
	assert row["CRO / TRN"] == "CRO00000000051; R2"
	assert euro(row["Importo pagato"]) == 900
	assert row["Procedura di affidamento e n. preventivi"] == "Confronto di preventivi (3 preventivi)"


def test_a_claim_with_nothing_but_its_title_still_opens():
	empty = replace(
		claim(audited=False),
		sources=(),
		expenses=(),
		flat_rates=(),
		positions=(),
		instalments=(),
		equipment=(),
		procurement=(),
		indicators=(),
		cup="",
		title="=1+1",
		project="=cmd",
	)
	book = load_workbook(BytesIO(claim_workbook(empty)))
	assert len(book.sheetnames) == 9
	assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(
	("counts", "shown"),
	[
		({}, []),
		({"a": 4}, [("altri", "meno di 5")]),
		({"a": 5}, [("a", "5")]),
		# The small one alone could be worked out: the next larger group goes with it.
		({"a": 30, "b": 7, "c": 2}, [("a", "30"), ("altri", "9")]),
		({"a": 30, "b": 3, "c": 2}, [("a", "30"), ("altri", "5")]),
		({"a": 2, "b": 1}, [("altri", "meno di 5")]),
		({"a": 30, "b": 0}, [("a", "30")]),
	],
)
def test_small_groups_of_people_cannot_be_worked_out(counts, shown):
	assert pooled(counts, "altri") == shown


def test_dates_are_dates_and_amounts_are_numbers(book):
	row = table(book["Elenco spese"], "N. progressivo")[0]
	assert row["Data documento"].date() == date(2026, 3, 2)
	assert isinstance(row["Importo imputato"], float | int)
	assert row["Mese competenza"] in (None, "")
