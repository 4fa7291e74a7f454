"""The papers of a claim as one workbook: the expense list and the tables that the funder asks for, ready to print.

Sheets, headings and order follow the funding reference, §4. They are Italian, as the funder reads them; every figure is
a value, so that the workbook shows the same in every program and nothing in it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break, ColBreak
from openpyxl.worksheet.worksheet import Worksheet

from core_minori.engine.claim import natural
from core_minori.engine.cost_facts import CostFacts
from core_minori.engine.money import ZERO, money
from core_minori.engine.sheet_writer import put, restyle, saved

SUPPRESSED_BELOW = 5
"""A count of people below this is not shown: in a small project it would point at somebody."""

METHODS = {
	"Real Cost": "Costo reale",
	"Unit Cost": "Costo unitario",
	"Lump Sum": "Somma forfettaria",
	"Flat Rate": "Tasso forfettario",
}
DOCUMENT_TYPES = {
	"Invoice": "Fattura",
	"Receipt": "Ricevuta",
	"Payslip": "Busta paga",
	"Credit Note": "Nota di credito",
	"Timesheet": "Foglio ore",
	"Other": "Altro",
}
PAYMENT_METHODS = {
	"Bank Transfer": "Bonifico",
	"Bank Card": "Carta",
	"Direct Debit": "Addebito diretto",
	"Cash": "Contanti",
	"Cheque": "Assegno",
	"Bank Draft": "Assegno circolare",
	"Other": "Altro",
}
PROCEDURES = {
	"Direct Award": "Affidamento diretto",
	"Comparison of Quotes": "Confronto di preventivi",
	"Negotiated Procedure": "Procedura negoziata",
	"Open Procedure": "Procedura aperta",
	"Framework Agreement": "Accordo quadro",
	"Not Due": "Non dovuta",
}
SOURCES = {
	"European Union": "Quota UE",
	"National": "Quota nazionale",
	"Own Funds": "Cofinanziamento proprio",
	"Other Public": "Altro pubblico",
	"Other Private": "Altro privato",
}
INSTALMENTS = {"Advance": "Anticipo", "Interim": "Intermedio", "Balance": "Saldo"}
CLAIM_TYPES = {"Interim": "Intermedia", "Final": "Finale"}
CONTRACTS = {
	"Services": "Servizi",
	"Supplies": "Forniture",
	"Works": "Lavori",
	"Individual Assignment": "Incarico individuale",
}


@dataclass(frozen=True)
class Expense:
	"""One row of the expense list: the cost as it was frozen, and its four amounts in euro.

	`sources` is the row's own split, in the order of the claim's sources; `auditor` and `authority` are None until they
	have spoken. `stamped` is None when nobody said.
	"""

	number: int
	facts: CostFacts
	partner: str
	chapter_title: str
	sources: tuple[Decimal, ...]
	claimed: Decimal
	auditor: Decimal | None = None
	authority: Decimal | None = None
	reason: str = ""
	stamped: bool | None = None
	note: str = ""


@dataclass(frozen=True)
class FlatExpense:
	"""One flat-rate line of the claim: per cent of the base chapters, base and amounts in euro, and its source split."""

	number: int
	line_code: str
	title: str
	chapter: str
	chapter_title: str
	partner: str
	percent: Decimal
	base_chapters: str
	base: Decimal
	sources: tuple[Decimal, ...]
	claimed: Decimal
	auditor: Decimal | None = None
	authority: Decimal | None = None


@dataclass(frozen=True)
class BudgetPosition:
	"""One budget line against the claims, in euro.

	`claimed_before` and `accepted_before` are the earlier claims'; `accepted` is what this claim is worth by now: the
	authority's amount, else the auditor's, else the one claimed.
	"""

	line_code: str
	title: str
	chapter: str
	chapter_title: str
	partner: str
	budget: Decimal
	claimed_before: Decimal
	accepted_before: Decimal
	claimed: Decimal
	accepted: Decimal


@dataclass(frozen=True)
class InstalmentRow:
	"""One instalment of the grant: euro due, requested and received, with their days."""

	kind: str
	percent: Decimal
	amount: Decimal
	claim: str = ""
	due_on: date | None = None
	requested_on: date | None = None
	requested: Decimal = ZERO
	received_on: date | None = None
	received: Decimal = ZERO


@dataclass(frozen=True)
class EquipmentRow:
	"""One asset whose depreciation is claimed: its purchase, its life in months, and the euro in this claim."""

	asset: str
	title: str
	purchased_on: date | None
	value: Decimal
	months: int
	claimed: Decimal
	documents: str = ""


@dataclass(frozen=True)
class ProcurementRow:
	"""One contract of the project, with what this claim takes of it in euro."""

	title: str
	buyer: str
	contract_type: str
	procedure: str
	cig: str
	estimated: Decimal
	contract: Decimal
	contract_date: date | None
	supplier: str
	quotes: int
	reason: str
	legal_expert: str
	claimed: Decimal


@dataclass(frozen=True)
class IndicatorRow:
	"""One figure of what the project did. `value` is text already, with small counts of people hidden."""

	title: str
	value: str
	note: str = ""


@dataclass(frozen=True)
class ClaimData:
	"""Everything that the papers of a claim show. `sources` are (type, per cent) in their order."""

	project: str
	title: str
	programme: str
	cup: str
	claim: str
	number: int
	kind: str
	period_from: date
	period_to: date
	status: str
	made_on: date
	beneficiary: str = ""
	claimed_on: date | None = None
	audited_on: date | None = None
	settled_on: date | None = None
	sources: tuple[tuple[str, Decimal], ...] = ()
	expenses: tuple[Expense, ...] = ()
	flat_rates: tuple[FlatExpense, ...] = ()
	positions: tuple[BudgetPosition, ...] = ()
	instalments: tuple[InstalmentRow, ...] = ()
	equipment: tuple[EquipmentRow, ...] = ()
	procurement: tuple[ProcurementRow, ...] = ()
	indicators: tuple[IndicatorRow, ...] = ()

	@property
	def rows(self) -> tuple[Expense | FlatExpense, ...]:
		"""Costs and flat rates: what the claim is the sum of."""
		return (*self.expenses, *self.flat_rates)

	@property
	def claimed(self) -> Decimal:
		"""Euro claimed."""
		return sum((row.claimed for row in self.rows), ZERO)

	@property
	def auditor(self) -> Decimal | None:
		"""Euro that the auditor accepted; None before the outcome."""
		return _sum(row.auditor for row in self.rows) if self.audited_on else None

	@property
	def authority(self) -> Decimal | None:
		"""Euro that the authority accepted; None before the outcome."""
		return _sum(row.authority for row in self.rows) if self.settled_on else None


def pooled(counts: Mapping[str, int], rest: str) -> list[tuple[str, str]]:
	"""Counts of people as text, so that none below five can be read or worked out.

	Small groups are put together under `rest`, the next larger ones with them until it holds five; the largest come
	first. When all of them are fewer than five, that is all that is said.
	"""
	groups = sorted(((label, count) for label, count in counts.items() if count), key=lambda g: (-g[1], g[0]))
	pool = 0
	while groups and (groups[-1][1] < SUPPRESSED_BELOW or 0 < pool < SUPPRESSED_BELOW):
		pool += groups.pop()[1]
	shown = [(label, str(count)) for label, count in groups]
	if pool:
		shown.append((rest, str(pool) if pool >= SUPPRESSED_BELOW else f"meno di {SUPPRESSED_BELOW}"))
	return shown


def claim_workbook(data: ClaimData) -> bytes:
	"""The papers of a claim: summary, expense list and the tables a to g, as the bytes of an .xlsx file."""
	book = Workbook()
	book.remove(book.active)
	# Widths of columns are counted in digits of this font.
	normal = book._named_styles["Normal"].font
	normal.name, normal.size = _FONT, 10
	_summary(_Page(book, "Riepilogo", data, "Domanda di rimborso"))
	_expenses(_Page(book, "Elenco spese", data, "Elenco delle spese"))
	_budget(_Page(book, "a) Budget", data, "a) Budget, domanda, cumulato e residuo"))
	_sources(_Page(book, "b) Fonti", data, "b) Ripartizione per fonte di finanziamento"))
	_instalments(_Page(book, "c) Quote", data, "c) Quote richieste, ricevute e residue"))
	_staff(_Page(book, "d) Personale", data, "d) Personale: ore e costo orario"))
	_equipment(_Page(book, "e) Attrezzature", data, "e) Attrezzature e ammortamenti"))
	_procurement(_Page(book, "f) Affidamenti", data, "f) Registro degli affidamenti"))
	_indicators(_Page(book, "g) Indicatori", data, "g) Indicatori"))
	return saved(book)


# --- a page ---------------------------------------------------------------------------------------

# 410 is Italian: a program that knows the code writes the amount the Italian way wherever it runs.
_AMOUNT, _DAY, _NUMBER = "[$-410]#,##0.00\\ [$€-410]", "dd/mm/yyyy", "[$-410]#,##0.00"
_BLUE = PatternFill("solid", fgColor="1F4E79")
_PALE = PatternFill("solid", fgColor="DDEBF7")
_LINE = Side(style="thin", color="BFBFBF")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_FONT = "Arial"
_SMALL = 9
_LINE_HEIGHT = 12.0
_A4_CHARACTERS = 112
"""Characters of the normal font that fit across A4 on its side at full size, within our margins."""


@dataclass(frozen=True)
class _Column:
	heading: str
	width: float
	total: bool = False
	format: str = ""


class _Page:
	"""One sheet with its title block, and tables under each other."""

	def __init__(self, book: Workbook, name: str, data: ClaimData, title: str):
		self.sheet: Worksheet = book.create_sheet(name)
		self.data = data
		self.row = 1
		self.headings: list[int] = []
		self._sized: set[str] = set()
		self._styles: dict[tuple[type, str], object] = {}
		self.line(title, _font(bold=True, size=14))
		cup = f"CUP {data.cup}" if data.cup else "CUP non indicato"
		self.line(f"{data.project} - {data.title} - {cup}", _font(bold=True, size=10))
		self.line(
			f"Domanda di rimborso n. {data.number} ({CLAIM_TYPES.get(data.kind, data.kind).lower()}), {data.claim} -"
			f" periodo {_day(data.period_from)} - {_day(data.period_to)} - stampato il {_day(data.made_on)}",
			_font(size=10),
		)
		self.row += 1
		sheet = self.sheet
		sheet.sheet_view.showGridLines = False
		sheet.page_setup.orientation = "landscape"
		sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
		sheet.page_setup.fitToWidth = 1
		sheet.page_setup.fitToHeight = 0
		sheet.sheet_properties.pageSetUpPr.fitToPage = True
		sheet.page_margins.left = sheet.page_margins.right = 0.4
		sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.8
		sheet.page_margins.footer = 0.35
		sheet.oddFooter.left.text = _footer(f"{data.project} - DdR n. {data.number}")
		sheet.oddFooter.center.text = _footer(name)
		sheet.oddFooter.right.text = "Pagina &P di &N"

	def line(self, text: str, font: Font) -> None:
		"""One text across the page."""
		cell = self.sheet.cell(self.row, 1)
		put(cell, text)
		cell.font = font
		self.row += 1

	def say(self, text: str) -> None:
		"""A sentence under what is there already."""
		self.line(text, _font(italic=True, size=10))

	def note(self, text: str) -> None:
		"""A sentence from the second column on, where the first one is repeated on every page."""
		put(self.sheet.cell(self.row, 2), text)
		self.sheet.cell(self.row, 2).font = _font(italic=True, size=10)
		self.row += 1

	def heading(self, text: str) -> None:
		"""The title of the table that follows."""
		self.line(text, _font(bold=True, size=11))

	def table(
		self, columns: Sequence[_Column], rows: Iterable[Sequence[object]], total: str | None = "Totale"
	) -> None:
		"""Write a table, with the sums of its columns marked so as its last row."""
		self.headings.append(self.row)
		for place, column in enumerate(columns, start=1):
			cell = self.sheet.cell(self.row, place)
			put(cell, column.heading)
			cell.font = _font(bold=True, color="FFFFFF", size=_SMALL)
			cell.fill, cell.border = _BLUE, _BOX
			cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
			letter = get_column_letter(place)
			known = self.sheet.column_dimensions[letter].width if letter in self._sized else 0
			self.sheet.column_dimensions[letter].width = max(known, column.width)
			self._sized.add(letter)
		self._fit_height([column.heading for column in columns], columns, bold=True)
		self.row += 1
		sums: list[Decimal | None] = [None] * len(columns)
		for row in rows:
			for place, (column, value) in enumerate(zip(columns, row, strict=True), start=1):
				self._cell(place, column, value)
				if column.total and isinstance(value, Decimal):
					sums[place - 1] = (sums[place - 1] or ZERO) + value
			self._fit_height(row, columns)
			self.row += 1
		if total is not None and any(column.total for column in columns):
			for place, column in enumerate(columns, start=1):
				self._cell(place, column, total if place == 1 else sums[place - 1] if column.total else None)
				cell = self.sheet.cell(self.row, place)
				cell.font, cell.fill = _font(bold=True, size=_SMALL), _PALE
				cell.alignment = Alignment(vertical="top", horizontal="right" if place > 1 else None)
			self.row += 1
		self.row += 1

	def _fit_height(self, row: Sequence[object], columns: Sequence[_Column], bold: bool = False) -> None:
		"""Make the row as high as its longest text needs: not every program does so when it opens the file."""
		lines = max(
			_lines(value, self.sheet.column_dimensions[get_column_letter(place)].width, bold)
			for place, value in enumerate(row, start=1)
		)
		self.sheet.row_dimensions[self.row].height = lines * _LINE_HEIGHT + 3

	def _cell(self, place: int, column: _Column, value: object) -> None:
		cell = self.sheet.cell(self.row, place)
		put(cell, value)
		key = (type(value), column.format)
		if key not in self._styles:
			number = isinstance(value, Decimal | int) and not isinstance(value, bool)
			side = "center" if isinstance(value, date | int) else "right" if number else "left"
			cell.font, cell.border = _font(size=_SMALL), _BOX
			cell.alignment = Alignment(
				wrap_text=not number, vertical="top", horizontal=side, indent=int(side == "left")
			)
			if isinstance(value, Decimal):
				cell.number_format = column.format or _AMOUNT
			elif isinstance(value, date):
				cell.number_format = _DAY
			self._styles[key] = copy(cell._style)
		else:
			# openpyxl takes ten times as long to find the same style again: that is a minute for 5,000 costs.
			restyle(cell, self._styles[key])

	def repeat(self) -> None:
		"""Repeat the title block and the headings of the first table at the top of every printed page."""
		if self.headings:
			self.sheet.print_title_rows = f"1:{self.headings[0]}"
			self.sheet.freeze_panes = self.sheet.cell(self.headings[0] + 1, 2)

	def break_columns(self, groups: Sequence[int]) -> None:
		"""Print a wide table as pages side by side: so many columns on each, the first column on all of them.

		Each page then keeps letters that can be read, which one page for all columns could not.
		"""
		sheet = self.sheet
		sheet.sheet_properties.pageSetUpPr.fitToPage = False
		sheet.print_title_cols = "A:A"
		sheet.page_setup.pageOrder = "overThenDown"
		first = sheet.column_dimensions["A"].width
		widths, start = [], 1
		breaks = ColBreak()
		for size in groups:
			width = sum(
				sheet.column_dimensions[get_column_letter(place)].width
				for place in range(start, start + size)
			)
			widths.append(width + (first if start > 1 else 0))
			start += size
			breaks.append(Break(id=start - 1))
		breaks.brk.pop()
		sheet.col_breaks = breaks
		# The title block stands on every one of these pages, beside the repeated column.
		for row in range(1, self.headings[0]):
			title = sheet.cell(row, 1)
			for place in (2, *(sum(groups[:end]) + 1 for end in range(1, len(groups)))):
				beside = sheet.cell(row, place)
				put(beside, title.value)
				beside.font = copy(title.font)
			title.value = None
		sheet.page_setup.scale = max(40, min(100, int(100 * _A4_CHARACTERS / max(widths))))


def _lines(value: object, width: float, bold: bool) -> int:
	"""How many lines a text takes in a column; words that do not fit go to the next one."""
	if not isinstance(value, str) or not value:
		return 1
	room = max(width * (0.9 if bold else 1.12) - 1, 1)
	count = 0
	for paragraph in value.split("\n"):
		used = 0.0
		count += 1
		for word in paragraph.split(" "):
			size = len(word)
			if used and used + 1 + size > room:
				count, used = count + 1, 0.0
			while size > room:
				count, size = count + 1, size - room
			used += size + (1 if used else 0)
	return count


def _font(**values: object) -> Font:
	return Font(name=_FONT, **values)


def _footer(text: str) -> str:
	"""Text of a footer, where an ampersand starts a code."""
	return text.replace("&", "&&")


def _day(day: date | None) -> str:
	return day.strftime("%d/%m/%Y") if day else ""


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
	return sum((amount for amount in amounts if amount is not None), ZERO)


def _labelled(code: str, title: str) -> str:
	return f"{code} {title}".strip() if title and title != code else code


def _grouped(
	positions: Iterable[BudgetPosition], key: Callable[[BudgetPosition], str]
) -> dict[str, list[BudgetPosition]]:
	found: dict[str, list[BudgetPosition]] = {}
	for position in positions:
		found.setdefault(key(position), []).append(position)
	return dict(sorted(found.items(), key=lambda item: natural(item[0])))


# --- the sheets -----------------------------------------------------------------------------------


def _summary(page: _Page) -> None:
	data = page.data
	facts = [
		("Programma", data.programme),
		("Progetto", f"{data.project} - {data.title}"),
		("Beneficiario capofila", data.beneficiary or "non indicato"),
		("CUP", data.cup or "non indicato"),
		(
			"Domanda di rimborso",
			f"n. {data.number} ({CLAIM_TYPES.get(data.kind, data.kind).lower()}), {data.claim}",
		),
		("Periodo", f"{_day(data.period_from)} - {_day(data.period_to)}"),
		("Presentata il", _day(data.claimed_on) or "bozza, non presentata"),
		("Esito del Revisore", _day(data.audited_on) or "non ancora ricevuto"),
		("Esito dell'Autorità", _day(data.settled_on) or "non ancora ricevuto"),
	]
	for label, value in facts:
		put(page.sheet.cell(page.row, 1), label)
		page.sheet.cell(page.row, 1).font = _font(bold=True, size=10)
		put(page.sheet.cell(page.row, 2), value)
		page.sheet.cell(page.row, 2).font = _font(size=10)
		page.row += 1
	page.row += 1
	amounts = (
		_Column("", 44),
		_Column("Rendicontato", 18, total=True),
		_Column("Ammesso dal Revisore", 18, total=True),
		_Column("Ammesso dall'Autorità", 18, total=True),
	)

	def row(label: str, rows: Sequence[Expense | FlatExpense]) -> list[object]:
		return [
			label,
			_sum(one.claimed for one in rows),
			_sum(one.auditor for one in rows) if data.audited_on else None,
			_sum(one.authority for one in rows) if data.settled_on else None,
		]

	page.heading("Importi in euro")
	page.table(
		amounts,
		[
			row(f"Costi diretti ({len(data.expenses)} spese)", data.expenses),
			*(
				row(
					f"{flat.line_code} {flat.title}: {_percent(flat.percent)} % di {flat.base_chapters or '-'}",
					[flat],
				)
				for flat in data.flat_rates
			),
		],
	)
	if data.sources:
		page.heading("Importo rendicontato per fonte")
		page.table(
			(
				_Column("Fonte", 44),
				_Column("Quota %", 18, format=_NUMBER),
				_Column("Rendicontato", 18, total=True),
			),
			[
				[SOURCES.get(kind, kind), money(percent), _sum(row.sources[place] for row in data.rows)]
				for place, (kind, percent) in enumerate(data.sources)
			],
		)
	page.heading("Schede di questa cartella")
	page.sheet.page_setup.fitToHeight = 1
	for text in (
		"Elenco spese: una riga per spesa, poi i tassi forfettari",
		"a) budget, questa domanda, cumulato e residuo per voce, macrovoce e partner",
		"b) ripartizione per fonte, anche per partner",
		"c) quote richieste, ricevute e residue",
		"d) personale: ore per costo orario",
		"e) attrezzature e ammortamenti",
		"f) registro degli affidamenti",
		"g) indicatori",
	):
		page.line(text, _font(size=10))


def _percent(value: Decimal) -> str:
	return f"{value.normalize():f}".replace(".", ",")


def _expenses(page: _Page) -> None:
	data = page.data
	sources = [SOURCES.get(kind, kind) for kind, __ in data.sources]
	identity = (
		_Column("N. progressivo", 12),
		_Column("DdR n.", 6),
		_Column("Partner", 24),
		_Column("Macrovoce", 26),
		_Column("Voce", 24),
		_Column("Attività / WBS", 14),
		_Column("Fornitore / persona", 26),
		_Column("CF / P.IVA", 17),
		_Column("Tipo documento", 13),
		_Column("N. documento", 18),
		_Column("Data documento", 11),
		_Column("Descrizione", 34),
	)
	amounts = (
		_Column("Imponibile", 13),
		_Column("IVA", 12),
		_Column("IVA detraibile s/n", 10),
		_Column("Totale documento", 13),
		_Column("% imputazione", 12, format=_NUMBER),
		_Column("Importo imputato", 13, total=True),
		*(_Column(f"Fonte: {name}", 15, total=True) for name in sources),
		_Column("Metodo costo", 15),
		_Column("Ore (personale)", 10, total=True, format=_NUMBER),
		_Column("Costo orario", 11),
		_Column("Mese competenza", 12),
	)
	payment = (
		_Column("Modalità pagamento", 16),
		_Column("Data pagamento", 12),
		_Column("CRO / TRN", 26),
		_Column("Importo pagato", 13),
		_Column("Conto", 26),
		_Column("CUP", 18),
		_Column("CIG", 13),
		_Column("Procedura di affidamento e n. preventivi", 24),
		_Column("ID SdI", 16),
	)
	outcome = (
		_Column("N. registrazione contabile", 22),
		_Column("Timbro s/n", 8),
		_Column("N. allegati", 9),
		_Column("Importo rendicontato", 14, total=True),
		_Column("Importo ammesso Revisore", 14, total=True),
		_Column("Importo ammesso AdG", 14, total=True),
		_Column("Motivo taglio", 36),
		_Column("Note", 30),
	)
	rows = [_expense_row(expense, data) for expense in data.expenses]
	rows += [_flat_row(flat, data) for flat in data.flat_rates]
	page.table((*identity, *amounts, *payment, *outcome), rows)
	page.note(
		"Gli importi sono in euro. Ogni riga è ripartita fra le fonti per conto suo, con l'arrotondamento sull'ultima:"
		" i totali delle fonti sono esattamente il totale della domanda."
	)
	page.repeat()
	# Six pages side by side: who and where, which paper, how much, how paid, codes, outcome.
	page.break_columns([6, 6, 6 + len(sources), 8, 6, len(outcome) - 1])


def _expense_row(expense: Expense, data: ClaimData) -> list[object]:
	facts = expense.facts
	paid = facts.payments
	procedure = PROCEDURES.get(facts.procedure, facts.procedure)
	if procedure and facts.quotes:
		procedure += f" ({facts.quotes} {'preventivo' if facts.quotes == 1 else 'preventivi'})"
	return [
		expense.number,
		data.number,
		expense.partner,
		_labelled(facts.chapter, expense.chapter_title),
		_labelled(facts.line_code or facts.line, facts.line_title),
		facts.activity,
		facts.party,
		facts.tax_id,
		DOCUMENT_TYPES.get(facts.document_type, facts.document_type),
		facts.document_number or facts.voucher_no,
		facts.document_date or facts.incurred_on,
		facts.description,
		facts.net_amount or None,
		facts.vat_amount if facts.net_amount else None,
		("s" if facts.vat_deductible else "n") if facts.vat_amount else "",
		facts.document_total or None,
		facts.percent or None,
		facts.imputed_amount,
		*expense.sources,
		METHODS.get(facts.cost_method, facts.cost_method),
		facts.hours or None,
		facts.hourly_rate or None,
		facts.cost_month.strftime("%m/%Y") if facts.cost_month else "",
		_joined(PAYMENT_METHODS.get(one.method, one.method) for one in paid),
		_joined(_day(one.paid_on) for one in paid) if len(paid) > 1 else facts.paid_on,
		_joined(one.reference for one in paid),
		facts.paid_amount if paid else None,
		_joined(one.account for one in paid),
		facts.cup or _joined(one.cup for one in paid) or facts.project_cup,
		facts.cig or _joined(one.cig for one in paid),
		procedure,
		facts.sdi_id,
		facts.voucher_no,
		{True: "s", False: "n", None: ""}[expense.stamped],
		# The paper of an entry that is its own payment is one paper.
		len({*facts.documents, *(proof for one in paid for proof in one.proofs)}),
		expense.claimed,
		expense.auditor,
		expense.authority,
		expense.reason,
		expense.note,
	]


def _joined(texts: Iterable[str]) -> str:
	return "; ".join(dict.fromkeys(text for text in texts if text))


def _flat_row(flat: FlatExpense, data: ClaimData) -> list[object]:
	row: list[object] = [None] * (12 + 6 + len(data.sources) + 4 + 9 + 8)
	row[0], row[1], row[2] = flat.number, data.number, flat.partner
	row[3] = _labelled(flat.chapter, flat.chapter_title)
	row[4] = _labelled(flat.line_code, flat.title)
	row[11] = f"{_percent(flat.percent)} % di euro {_euro(flat.base)} (macrovoci {flat.base_chapters or '-'})"
	row[17] = flat.claimed
	row[18 : 18 + len(data.sources)] = flat.sources
	row[18 + len(data.sources)] = METHODS["Flat Rate"]
	row[-5:-2] = [flat.claimed, flat.auditor, flat.authority]
	return row


def _euro(amount: Decimal) -> str:
	return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def _budget(page: _Page) -> None:
	amounts = (
		_Column("Budget vigente", 13, total=True),
		_Column("Domande precedenti: rendicontato", 13, total=True),
		_Column("Domande precedenti: ammesso", 13, total=True),
		_Column("Questa domanda: rendicontato", 13, total=True),
		_Column("Cumulato rendicontato", 13, total=True),
		_Column("Cumulato ammesso", 13, total=True),
		_Column("Residuo", 13, total=True),
	)

	def sums(positions: Sequence[BudgetPosition]) -> list[Decimal]:
		budget = _sum(one.budget for one in positions)
		before = _sum(one.claimed_before for one in positions)
		accepted_before = _sum(one.accepted_before for one in positions)
		claimed = _sum(one.claimed for one in positions)
		accepted = accepted_before + _sum(one.accepted for one in positions)
		return [budget, before, accepted_before, claimed, before + claimed, accepted, budget - accepted]

	positions = sorted(
		page.data.positions, key=lambda one: (natural(one.chapter), natural(one.line_code), one.partner)
	)
	page.heading("Per voce")
	page.table(
		(_Column("Voce", 9), _Column("Descrizione", 28), _Column("Partner", 22), *amounts),
		[[one.line_code, one.title, one.partner, *sums([one])] for one in positions],
	)
	titles = {one.chapter: one.chapter_title for one in positions}
	page.heading("Per macrovoce")
	page.table(
		(_Column("Macrovoce", 9), _Column("Descrizione", 28), _Column("Voci", 22), *amounts),
		[
			[chapter, titles[chapter], len(group), *sums(group)]
			for chapter, group in _grouped(positions, lambda one: one.chapter).items()
		],
	)
	page.heading("Per partner")
	page.table(
		(_Column("", 9), _Column("Partner", 28), _Column("Voci", 22), *amounts),
		[
			["", partner or "senza partner", len(group), *sums(group)]
			for partner, group in _grouped(positions, lambda one: one.partner).items()
		],
	)
	page.say(
		"Ammesso: per ogni domanda l'importo ammesso dall'Autorità; finché manca, quello del Revisore; finché manca"
		" anche quello, il rendicontato. Residuo: budget vigente meno cumulato ammesso."
	)
	page.repeat()


def _sources(page: _Page) -> None:
	data = page.data
	if not data.sources:
		page.say("Il progetto non ha fonti di finanziamento registrate: la domanda non è ripartita.")
		return
	columns = [
		_Column(f"{SOURCES.get(kind, kind)} {_percent(percent)} %", 20, total=True)
		for kind, percent in data.sources
	]

	def matrix(key: Callable[[Expense | FlatExpense], str]) -> list[list[object]]:
		sums: dict[str, list[Decimal]] = {}
		for row in data.rows:
			found = sums.setdefault(key(row), [ZERO] * len(columns))
			for place, part in enumerate(row.sources):
				found[place] += part
		return [
			[label, *parts, _sum(parts)]
			for label, parts in sorted(sums.items(), key=lambda item: natural(item[0]))
		]

	def chapter(row: Expense | FlatExpense) -> str:
		code = row.chapter if isinstance(row, FlatExpense) else row.facts.chapter
		return _labelled(code, row.chapter_title)

	total = _Column("Totale rendicontato", 20, total=True)
	page.heading("Per partner")
	page.table((_Column("Partner", 44), *columns, total), matrix(lambda row: row.partner or "senza partner"))
	page.heading("Per macrovoce")
	page.table((_Column("Macrovoce", 44), *columns, total), matrix(chapter))
	page.say(
		"Ogni spesa è ripartita per conto suo, con l'arrotondamento sull'ultima fonte; qui si sommano quelle parti."
	)
	page.repeat()


def _instalments(page: _Page) -> None:
	if not page.data.instalments:
		page.say("Il progetto non ha un piano delle quote registrato.")
		return
	page.table(
		(
			_Column("N.", 8),
			_Column("Quota", 14),
			_Column("%", 9, format=_NUMBER),
			_Column("Importo", 15, total=True),
			_Column("Domanda", 18),
			_Column("Scadenza", 12),
			_Column("Richiesta il", 12),
			_Column("Importo richiesto", 15, total=True),
			_Column("Ricevuta il", 12),
			_Column("Importo ricevuto", 15, total=True),
			_Column("Residuo", 15, total=True),
		),
		[
			[
				number,
				INSTALMENTS.get(one.kind, one.kind),
				one.percent or None,
				one.amount,
				one.claim,
				one.due_on,
				one.requested_on,
				one.requested,
				one.received_on,
				one.received,
				one.amount - one.received,
			]
			for number, one in enumerate(page.data.instalments, start=1)
		],
	)
	page.say("Residuo: importo della quota meno importo ricevuto.")
	page.repeat()


def _staff(page: _Page) -> None:
	groups: dict[tuple[str, str, str, Decimal], list[Expense]] = {}
	for expense in page.data.expenses:
		facts = expense.facts
		if facts.hours or facts.hourly_rate:
			key = (facts.party, facts.line_code or facts.line, expense.partner, facts.hourly_rate)
			groups.setdefault(key, []).append(expense)
	if not groups:
		page.say("Questa domanda non ha spese di personale a ore.")
		return
	page.table(
		(
			_Column("Persona", 34),
			_Column("Voce", 12),
			_Column("Partner", 34),
			_Column("Mesi", 26),
			_Column("Ore", 11, total=True, format=_NUMBER),
			_Column("Costo orario", 13),
			_Column("Ore x costo orario", 16, total=True),
			_Column("Importo imputato", 16, total=True),
		),
		[
			[
				party,
				line,
				partner,
				_joined(
					one.facts.cost_month.strftime("%m/%Y")
					for one in sorted(rows, key=lambda one: one.facts.incurred_on)
					if one.facts.cost_month
				),
				_sum(one.facts.hours for one in rows),
				rate,
				money(_sum(one.facts.hours for one in rows) * rate),
				_sum(one.claimed for one in rows),
			]
			for (party, line, partner, rate), rows in sorted(
				groups.items(), key=lambda item: (item[0][0], natural(item[0][1]), item[0][2:])
			)
		],
	)
	page.say(
		"Il costo orario è arrotondato al centesimo: ore per costo orario può differire di qualche centesimo"
		" dall'importo imputato."
	)
	page.repeat()


def _equipment(page: _Page) -> None:
	if not page.data.equipment:
		page.say("Questa domanda non ha ammortamenti di attrezzature.")
		return
	page.table(
		(
			_Column("Bene", 24),
			_Column("Descrizione", 36),
			_Column("Data acquisto", 13),
			_Column("Costo d'acquisto", 16, total=True),
			_Column("Vita utile (mesi)", 11),
			_Column("Ammortamento rendicontato", 17, total=True),
			_Column("Registrazioni", 34),
		),
		[
			[
				one.asset,
				one.title,
				one.purchased_on,
				one.value,
				one.months or None,
				one.claimed,
				one.documents,
			]
			for one in page.data.equipment
		],
	)
	page.repeat()


def _procurement(page: _Page) -> None:
	if not page.data.procurement:
		page.say("Il progetto non ha affidamenti registrati.")
		return
	page.table(
		(
			_Column("N.", 4),
			_Column("Oggetto", 20),
			_Column("Committente", 15),
			_Column("Tipo", 10),
			_Column("Procedura", 14),
			_Column("CIG", 12),
			_Column("Valore stimato", 12, total=True),
			_Column("Valore contratto", 12, total=True),
			_Column("Data contratto", 10.5),
			_Column("Fornitore", 16),
			_Column("N. preventivi", 10),
			_Column("Motivo della scelta", 15),
			_Column("Esperto legale", 12),
			_Column("In questa domanda", 12, total=True),
		),
		[
			[
				number,
				one.title,
				one.buyer,
				CONTRACTS.get(one.contract_type, one.contract_type),
				PROCEDURES.get(one.procedure, one.procedure),
				one.cig,
				one.estimated,
				one.contract,
				one.contract_date,
				one.supplier,
				one.quotes,
				one.reason,
				one.legal_expert,
				one.claimed,
			]
			for number, one in enumerate(page.data.procurement, start=1)
		],
	)
	page.repeat()


def _indicators(page: _Page) -> None:
	if not page.data.indicators:
		page.say("Nessun indicatore è registrato per questo progetto nel periodo.")
		return
	page.table(
		(_Column("Indicatore", 60), _Column("Valore", 20), _Column("Nota", 60)),
		[[one.title, one.value, one.note] for one in page.data.indicators],
		total=None,
	)
	page.say(f"Gruppi di meno di {SUPPRESSED_BELOW} persone non sono mostrati da soli.")
	page.repeat()
