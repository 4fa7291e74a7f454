"""The expense list that an examiner of a claim fills in, and its way back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import Cell as WrittenCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from core_minori.engine.claim import Verdict, verdict
from core_minori.engine.message import Message, RuleError, _
from core_minori.engine.money import ZERO, money
from core_minori.engine.sheet_writer import put, restyle, saved
from core_minori.engine.sheets import Problem
from core_minori.engine.xlsx import Cell, Refused, clean, open_workbook

MARK = "core_minori outcome 1"
OUTCOME_TITLE = "Esito"
KEY_TITLE = "Chiave"
AUDITOR, AUTHORITY = "auditor", "authority"

_EXAMINERS = {AUDITOR: "Revisore indipendente", AUTHORITY: "Autorità"}
_AMOUNT = "[$-410]#,##0.00"
_DAY = "dd/mm/yyyy"
_FONT = "Arial"
_HEADING = PatternFill("solid", fgColor="1F4E79")
_OPEN = PatternFill("solid", fgColor="FFF2CC")
_THIN = Side(style="thin", color="BFBFBF")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


@dataclass(frozen=True)
class ExaminedRow:
	"""One claimed cost as an examiner sees it. `row` is its id; `prefilled` and `reason` are the outcome to start from."""

	row: str
	number: int
	chapter: str
	line: str
	partner: str
	party: str
	document: str
	document_date: date | None
	description: str
	claimed: Decimal
	prefilled: Decimal
	reason: str = ""


@dataclass(frozen=True)
class Examination:
	"""A claim in front of one examiner: whose turn it is, which claim, and its rows in order."""

	stage: str
	claim: str
	claim_number: int
	project: str
	title: str
	cup: str
	rows: tuple[ExaminedRow, ...]

	@property
	def digest(self) -> str:
		"""What the workbook is bound to: the claim, the stage and the amount claimed in each row."""
		text = "\n".join(
			(MARK, self.stage, self.claim, *(f"{row.row} {money(row.claimed)}" for row in self.rows))
		)
		return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
	"""What a workbook brought back: a verdict for every row, or the problems that keep all of it out."""

	verdicts: tuple[Verdict, ...] = ()
	problems: tuple[Problem, ...] = field(default_factory=tuple)


# Key, heading, width. What the examiner writes comes last.
_COLUMNS = (
	("row", "Riga", 13),
	("number", "N.", 6),
	("chapter", "Macrovoce", 11),
	("line", "Voce", 10),
	("partner", "Partner", 24),
	("party", "Fornitore / persona", 28),
	("document", "N. documento", 18),
	("document_date", "Data documento", 12),
	("description", "Descrizione", 34),
	("claimed", "Importo rendicontato", 14),
	("accepted", "Importo ammesso", 14),
	("cut", "Importo tagliato", 14),
	("reason", "Motivo del taglio", 44),
)
_PLACES = {key: place for place, (key, *__) in enumerate(_COLUMNS, start=1)}
_FIRST_ROW = 6


def outcome_workbook(examination: Examination) -> bytes:
	"""The expense list for an examiner: everything locked but accepted, cut and reason, which start as all accepted."""
	workbook = Workbook()
	sheet = workbook.active
	sheet.title = OUTCOME_TITLE
	normal = workbook._named_styles["Normal"].font
	normal.name, normal.size = _FONT, 10
	put(sheet.cell(1, 2), f"Esito della verifica: {_EXAMINERS[examination.stage]}")
	sheet.cell(1, 2).font = Font(name=_FONT, bold=True, size=14)
	put(
		sheet.cell(2, 2),
		f"{examination.project} - {examination.title} - CUP {examination.cup or '-'} -"
		f" Domanda di rimborso n. {examination.claim_number} ({examination.claim})",
	)
	put(
		sheet.cell(3, 2),
		"Compilare solo le colonne gialle: ammesso + tagliato = rendicontato; ogni taglio vuole il suo motivo."
		" Basta uno dei due importi: l'altro si può lasciare vuoto.",
	)
	for place, (__, heading, width) in enumerate(_COLUMNS, start=1):
		cell = sheet.cell(_FIRST_ROW - 1, place)
		put(cell, heading)
		cell.font = Font(name=_FONT, bold=True, color="FFFFFF")
		cell.fill = _HEADING
		cell.alignment = Alignment(wrap_text=True, vertical="center")
		sheet.column_dimensions[get_column_letter(place)].width = width
	sheet.column_dimensions["A"].hidden = True
	sheet.row_dimensions[_FIRST_ROW - 1].height = 30
	styles: dict[int, object] = {}
	for number, row in enumerate(examination.rows, start=_FIRST_ROW):
		# Left empty where nothing is cut: then whoever lowers the accepted amount need not touch it.
		cut = row.claimed - row.prefilled or None
		values = (
			row.row,
			row.number,
			row.chapter,
			row.line,
			row.partner,
			row.party,
			row.document,
			row.document_date,
			row.description,
			row.claimed,
			row.prefilled,
			cut,
			row.reason,
		)
		for place, value in enumerate(values, start=1):
			cell = sheet.cell(number, place)
			put(cell, value)
			if place not in styles:
				_style(cell, place)
				styles[place] = copy(cell._style)
			else:
				# Finding the same style again is what takes openpyxl its time.
				restyle(cell, styles[place])
	last = _FIRST_ROW + len(examination.rows) - 1
	_restrict(sheet, last)
	sheet.protection.enable()
	sheet.protection.formatColumns = False
	sheet.protection.autoFilter = False
	sheet.freeze_panes = sheet.cell(_FIRST_ROW, 3)
	_print_ready(sheet, f"{_FIRST_ROW - 1}:{_FIRST_ROW - 1}")
	key = workbook.create_sheet(KEY_TITLE)
	key.sheet_state = "hidden"
	key.protection.enable()
	for number, value in enumerate(
		(MARK, examination.stage, examination.claim, examination.digest, len(examination.rows)), start=1
	):
		put(key.cell(number, 1), value)
	return saved(workbook)


def _style(cell: WrittenCell, place: int) -> None:
	"""How a cell of this column looks; what the examiner writes is yellow and unlocked."""
	cell.border = _BOX
	cell.alignment = Alignment(vertical="top", wrap_text=place == _PLACES["reason"])
	if _PLACES["claimed"] <= place < _PLACES["reason"]:
		cell.number_format = _AMOUNT
	elif place == _PLACES["document_date"]:
		cell.number_format = _DAY
	if place >= _PLACES["accepted"]:
		cell.protection = Protection(locked=False)
		cell.fill = _OPEN


def _restrict(sheet: Worksheet, last: int) -> None:
	"""Amounts are numbers between zero and what is claimed: a spreadsheet says so while the cell is typed."""
	claimed = f"$J{_FIRST_ROW}"
	for key in ("accepted", "cut"):
		letter = get_column_letter(_PLACES[key])
		rule = DataValidation(
			type="decimal",
			operator="between",
			formula1=f"MIN(0,{claimed})",
			formula2=f"MAX(0,{claimed})",
			allow_blank=True,
			showErrorMessage=True,
			errorTitle="Importo",
			error="Un importo tra zero e quanto rendicontato in questa riga.",
		)
		rule.add(f"{letter}{_FIRST_ROW}:{letter}{max(last, _FIRST_ROW)}")
		sheet.add_data_validation(rule)


def _print_ready(sheet: Worksheet, title_rows: str) -> None:
	sheet.page_setup.orientation = "landscape"
	sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
	sheet.page_setup.fitToWidth = 1
	sheet.page_setup.fitToHeight = 0
	sheet.sheet_properties.pageSetUpPr.fitToPage = True
	sheet.print_title_rows = title_rows
	sheet.page_margins.left = sheet.page_margins.right = 0.4
	sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.8
	sheet.oddFooter.center.text = "Pagina &P di &N"


def read_outcome(data: bytes, examination: Examination) -> Outcome:
	"""Read what an examiner wrote. Any problem keeps all of it out, and each one names its cell.

	The workbook must be the one made for this claim and this stage: every row once, with the amount that is claimed.
	"""
	try:
		sheets = {sheet.title: sheet for sheet in open_workbook(data)}
		key = [cells[0].value for __, cells in sheets[KEY_TITLE].rows(1)] if KEY_TITLE in sheets else []
		rows = list(sheets[OUTCOME_TITLE].rows(len(_COLUMNS))) if OUTCOME_TITLE in sheets else []
	except Refused as refused:
		return Outcome(problems=(Problem("", "", refused.message, refused.remedy),))
	wrong = _wrong_key(key, examination)
	if wrong:
		return Outcome(problems=(wrong,))
	return _read_rows(rows, examination)


def _wrong_key(key: Sequence[object], examination: Examination) -> Problem | None:
	send = Message(_("Send the workbook downloaded from this claim, filled in."))
	if len(key) < 4 or key[0] != MARK:
		return Problem("", "", Message(_("This is not the workbook of an outcome.")), send)
	if key[2] != examination.claim:
		return Problem(
			"",
			"",
			Message(
				_("This workbook belongs to claim {other}, not to {claim}."),
				{"other": clean(str(key[2])), "claim": examination.claim},
			),
			send,
		)
	if key[1] != examination.stage:
		return Problem("", "", Message(_("This is the workbook of the other examiner.")), send)
	if key[3] != examination.digest:
		return Problem(
			"", "", Message(_("This workbook was made of other rows or amounts than the claim has.")), send
		)
	return None


def _read_rows(rows: Sequence[tuple[int, list[Cell]]], examination: Examination) -> Outcome:
	expected = {row.row: row for row in examination.rows}
	verdicts: dict[str, Verdict] = {}
	problems: list[Problem] = []

	def report(number: int, key: str, message: Message, remedy: Message) -> None:
		cell = f"{get_column_letter(_PLACES[key])}{number}"
		problems.append(Problem(OUTCOME_TITLE, cell, message, remedy))

	for number, cells in rows:
		if number < _FIRST_ROW or all(cell.is_blank for cell in cells):
			continue
		cell = dict(zip(_PLACES, cells, strict=True))
		row = expected.get(str(cell["row"].value))
		if not row:
			report(
				number,
				"row",
				Message(_("This row is not one of the claim.")),
				Message(_("Take the row away: an outcome adds no costs.")),
			)
			continue
		if row.row in verdicts:
			report(
				number, "row", Message(_("This row is there twice.")), Message(_("Keep one of the two rows."))
			)
			continue
		verdicts[row.row] = Verdict(row.row, ZERO)
		try:
			if _amount(cell["claimed"]) != money(row.claimed):
				report(
					number,
					"claimed",
					Message(
						_("The amount claimed was changed: the claim says EUR {claimed}."),
						{"claimed": money(row.claimed)},
					),
					Message(_("Write the amount of the claim again: only the yellow columns may change.")),
				)
				continue
		except _NotAnAmount as error:
			report(number, "claimed", error.message, error.remedy)
			continue
		amounts: dict[str, Decimal | None] = {}
		for key in ("accepted", "cut"):
			try:
				amounts[key] = _amount(cell[key])
			except _NotAnAmount as error:
				report(number, key, error.message, error.remedy)
		reason = cell["reason"]
		if reason.is_formula or reason.is_error:
			report(
				number,
				"reason",
				Message(_("The cell holds a formula.")),
				Message(_("Write the text itself.")),
			)
			continue
		if len(amounts) < 2:
			continue
		try:
			verdicts[row.row] = verdict(
				row.row, row.claimed, amounts["accepted"], amounts["cut"], _text(reason)
			)
		except RuleError as error:
			finding = error.finding
			place = "reason" if finding.rule == "outcome-reason" else "accepted"
			report(number, place, finding.message, finding.remedy)
	for row in examination.rows:
		if row.row not in verdicts:
			problems.append(
				Problem(
					OUTCOME_TITLE,
					"",
					Message(_("Row No. {number} of the claim is missing."), {"number": row.number}),
					Message(_("Send the workbook with all its rows, the cut ones included.")),
				)
			)
	if problems:
		return Outcome(problems=tuple(problems))
	return Outcome(verdicts=tuple(verdicts[row.row] for row in examination.rows))


class _NotAnAmount(Exception):
	def __init__(self, message: Message, remedy: Message):
		self.message, self.remedy = message, remedy


def _amount(cell: Cell) -> Decimal | None:
	if cell.is_formula or cell.is_error:
		raise _NotAnAmount(Message(_("The cell holds a formula.")), Message(_("Write the amount itself.")))
	if cell.is_blank:
		return None
	value = cell.value
	if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
		raise _NotAnAmount(
			Message(_("This is not an amount of money.")),
			Message(_("Write a number, with no sign of the currency and no text.")),
		)
	try:
		amount = money(value)
	except ValueError:
		amount = None
	# A spreadsheet's sums leave noise of binary fractions, far below a tenth of a cent.
	if amount is None or abs(Decimal(str(value)) - amount) > Decimal("0.0001"):
		raise _NotAnAmount(
			Message(_("The amount has more than two decimal places.")), Message(_("Round it to cents."))
		)
	return amount


def _text(cell: Cell) -> str:
	text = clean(str(cell.value)) if cell.value is not None else ""
	return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@") else text
