"""Writing tables into workbooks: templates with drop-downs and notes, cells that never run as formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from core_minori.engine.inert import inert, without_control, would_run
from core_minori.engine.sheets import MOST_AMOUNT, Column, Kind, Known, Sheet

LISTS_TITLE = "Elenchi"
# What a cell of a workbook holds; openpyxl cuts there as well.
LONGEST_TEXT = 32_767
# Drop-downs and formats reach this far; rows below are read all the same.
PREPARED_ROWS = 2_000

_FORMATS = {
	Kind.DATE: "dd/mm/yyyy",
	Kind.MOMENT: "dd/mm/yyyy hh:mm",
	Kind.TIME: "hh:mm",
	Kind.AMOUNT: "#,##0.00",
	Kind.NUMBER: "#,##0.##",
}
_KINDS = {
	Kind.CODE: "Codice",
	Kind.REFERENCE: "Codice di un'altra scheda",
	Kind.TEXT: "Testo",
	Kind.LONG_TEXT: "Testo lungo",
	Kind.CHOICE: "Elenco",
	Kind.LISTED: "Elenco",
	Kind.DATE: "Data",
	Kind.MOMENT: "Data e ora",
	Kind.TIME: "Ora",
	Kind.AMOUNT: "Importo in euro",
	Kind.NUMBER: "Numero",
	Kind.PEOPLE: "Persone",
}
_HEADING = PatternFill("solid", fgColor="1F4E79")
_REQUIRED = PatternFill("solid", fgColor="833C0B")
_OPEN = Protection(locked=False)


@dataclass(frozen=True)
class Table:
	"""A sheet that is only read: its title, headings, and rows of plain values."""

	title: str
	headings: Sequence[str]
	rows: Sequence[Sequence[object]]


def put(cell: Cell, value: object) -> None:
	"""Write `value` so that no spreadsheet ever runs it: a text is typed as one, and stays one when it is edited."""
	if not isinstance(value, str):
		cell.value = value
		return
	cell.value = without_control(value)[:LONGEST_TEXT]
	cell.data_type = "s"  # openpyxl would make =1 a formula and #N/A an error
	if would_run(value):
		cell.quotePrefix = True


def restyle(cell: Cell, style: StyleArray) -> None:
	"""Give `cell` a style made before, and leave it the text or number that `put` made of it."""
	typed_as_text = cell.quotePrefix
	cell._style = copy(
		style
	)  # openpyxl has no public way, and making the style anew takes most of the time of a page
	cell.quotePrefix = typed_as_text


def template(
	sheets: Sequence[Sheet],
	lists: Mapping[str, Sequence[Known]],
	tables: Mapping[str, Sequence[object]],
	instructions: Sequence[str],
	rows: Mapping[str, Iterable[Mapping[str, object]]] | None = None,
	to_read: Sequence[Table] = (),
	protect: bool = False,
) -> bytes:
	"""Return a workbook with one sheet for each schema, its drop-downs, and `rows` (by sheet key) when given.

	`lists` are shown in drop-downs; `tables` are further columns of the hidden sheet, by heading, for whoever
	reads the workbook with no server at hand. `to_read` are sheets nobody fills in. With `protect` only the cells below
	the headings of the schemas can be written: against slips of the hand, there is no password.
	"""
	workbook = Workbook()
	_write_instructions(workbook.active, sheets, instructions)
	for table in to_read:
		write_table(workbook.create_sheet(table.title), table.headings, table.rows)
	worksheets = [workbook.create_sheet(sheet.title) for sheet in sheets]
	hidden = workbook.create_sheet(LISTS_TITLE)
	hidden.sheet_state = "hidden"
	ranges = _write_lists(hidden, sheets, lists, tables)
	shown = {key: {entry.code: entry.shown for entry in entries} for key, entries in lists.items()}
	for worksheet, sheet in zip(worksheets, sheets, strict=True):
		_write_headings(worksheet, sheet)
		_write_validations(worksheet, sheet, sheets, ranges)
		for number, row in enumerate((rows or {}).get(sheet.key, ()), start=2):
			write_row(worksheet, number, sheet, row, shown)
	if protect:
		_protect(workbook, worksheets)
	return saved(workbook)


def saved(workbook: Workbook) -> bytes:
	"""The workbook as the bytes of an .xlsx file."""
	stream = BytesIO()
	workbook.save(stream)
	return stream.getvalue()


def write_row(
	worksheet: Worksheet,
	number: int,
	sheet: Sheet,
	row: Mapping[str, object],
	shown: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
	"""Write one row of stored values as people read them: labels for choices, list entries for codes."""
	for place, column in enumerate(sheet.columns, start=1):
		value = row.get(column.key)
		if value is None or value == "":
			continue
		cell = worksheet.cell(number, place)
		put(cell, _shown_value(column, value, shown or {}))
		if column.kind in _FORMATS:
			cell.number_format = _FORMATS[column.kind]


def write_table(
	worksheet: Worksheet, headings: Sequence[str], rows: Iterable[Sequence[object]], first_row: int = 1
) -> int:
	"""Write headings and plain values, dates and amounts with their format. Returns the row after the last."""
	for place, heading in enumerate(headings, start=1):
		cell = worksheet.cell(first_row, place)
		put(cell, heading)
		_style_heading(cell, _HEADING)
		worksheet.column_dimensions[get_column_letter(place)].width = 22
	number = first_row
	for number, row in enumerate(rows, start=first_row + 1):
		for place, value in enumerate(row, start=1):
			cell = worksheet.cell(number, place)
			put(cell, value)
			if isinstance(value, Decimal):
				cell.number_format = _FORMATS[Kind.AMOUNT]
			elif isinstance(value, datetime):
				cell.number_format = _FORMATS[Kind.MOMENT]
			elif isinstance(value, date):
				cell.number_format = _FORMATS[Kind.DATE]
	worksheet.freeze_panes = worksheet.cell(first_row + 1, 1)
	return number + 1


def _shown_value(column: Column, value: object, shown: Mapping[str, Mapping[str, str]]) -> object:
	if column.kind is Kind.CHOICE:
		return dict(column.choices).get(value, value)
	if column.kind is Kind.LISTED:
		return shown.get(column.source, {}).get(str(value), value)
	if column.kind is Kind.PEOPLE and not isinstance(value, str):
		labels = dict(column.choices)
		return "; ".join(f"{name} ({labels.get(profession, profession)})" for name, profession in value)
	if isinstance(value, datetime | date | time | Decimal | int | float):
		return value
	return str(value)


def _write_instructions(worksheet: Worksheet, sheets: Sequence[Sheet], instructions: Sequence[str]) -> None:
	worksheet.title = "Istruzioni"
	for number, text in enumerate(instructions, start=1):
		put(worksheet.cell(number, 1), text)
	worksheet.cell(1, 1).font = Font(bold=True, size=14)
	write_table(
		worksheet,
		("Scheda", "Colonna", "Obbligatoria", "Contenuto", "Esempio", "Nota"),
		(
			(
				sheet.title,
				column.header,
				"sì" if column.required else "",
				_KINDS[column.kind],
				column.example,
				column.note,
			)
			for sheet in sheets
			for column in sheet.columns
		),
		first_row=len(instructions) + 2,
	)
	worksheet.freeze_panes = None
	worksheet.column_dimensions["F"].width = 80


def _write_lists(
	worksheet: Worksheet,
	sheets: Sequence[Sheet],
	lists: Mapping[str, Sequence[Known]],
	tables: Mapping[str, Sequence[object]],
) -> dict[str, str]:
	"""Fill the hidden sheet; return the range of each list, by its heading."""
	columns: dict[str, Sequence[object]] = {key: [entry.shown for entry in lists[key]] for key in lists}
	for sheet in sheets:
		for column in sheet.columns:
			if column.kind is Kind.CHOICE:
				columns[f"{sheet.key}.{column.key}"] = [label for __, label in column.choices]
	columns.update(tables)
	ranges = {}
	for place, (heading, values) in enumerate(columns.items(), start=1):
		letter = get_column_letter(place)
		put(worksheet.cell(1, place), heading)
		for number, value in enumerate(values, start=2):
			cell = worksheet.cell(number, place)
			# Choosing from a drop-down types the entry into the cell, past the type it has here.
			put(cell, inert(value) if isinstance(value, str) else value)
			cell.number_format = _FORMATS[Kind.DATE] if isinstance(value, date) else "@"
		ranges[heading] = f"{quote_sheetname(LISTS_TITLE)}!${letter}$2:${letter}${max(2, len(values) + 1)}"
	return ranges


def _write_headings(worksheet: Worksheet, sheet: Sheet) -> None:
	for place, column in enumerate(sheet.columns, start=1):
		cell = worksheet.cell(1, place)
		put(cell, f"{column.header} *" if column.required else column.header)
		_style_heading(cell, _REQUIRED if column.required else _HEADING)
		note = ["Obbligatoria." if column.required else "Facoltativa.", f"{_KINDS[column.kind]}."]
		note += [column.note] if column.note else []
		note += [f"Esempio: {column.example}"] if column.example else []
		cell.comment = Comment("\n".join(note), "core_minori", height=120, width=260)
		letter = get_column_letter(place)
		worksheet.column_dimensions[letter].width = column.width
		# A text format keeps codes such as 1-2 and 007 from becoming dates and numbers while they are typed.
		worksheet.column_dimensions[letter].number_format = _FORMATS.get(column.kind, "@")
	worksheet.freeze_panes = "B2"
	worksheet.row_dimensions[1].height = 32


def _protect(workbook: Workbook, to_fill: Sequence[Worksheet]) -> None:
	for worksheet in workbook.worksheets:
		worksheet.protection.sheet = True
		# False is what lets people do it: widths, sorting and filters harm nothing.
		for allowed in ("formatCells", "formatColumns", "formatRows", "sort", "autoFilter"):
			setattr(worksheet.protection, allowed, False)
	for worksheet in to_fill:
		for column in worksheet.column_dimensions.values():
			column.protection = _OPEN
		for row in worksheet.iter_rows(min_row=2):
			for cell in row:
				cell.protection = _OPEN


def _style_heading(cell: Cell, fill: PatternFill) -> None:
	cell.font = Font(bold=True, color="FFFFFF")
	cell.fill = fill
	cell.alignment = Alignment(wrap_text=True, vertical="center")


def _write_validations(
	worksheet: Worksheet, sheet: Sheet, sheets: Sequence[Sheet], ranges: Mapping[str, str]
) -> None:
	titles = {other.key: other.title for other in sheets}
	for place, column in enumerate(sheet.columns, start=1):
		validation = _validation(sheet, column, titles, ranges)
		if validation:
			letter = get_column_letter(place)
			validation.add(f"{letter}2:{letter}{PREPARED_ROWS + 1}")
			worksheet.add_data_validation(validation)


def _validation(
	sheet: Sheet, column: Column, titles: Mapping[str, str], ranges: Mapping[str, str]
) -> DataValidation | None:
	rule = None
	if column.kind is Kind.CHOICE:
		rule = DataValidation(type="list", formula1=ranges[f"{sheet.key}.{column.key}"])
	elif column.kind is Kind.LISTED:
		rule = DataValidation(type="list", formula1=ranges[column.source])
	elif column.kind is Kind.REFERENCE:
		place = f"{quote_sheetname(titles[column.source])}!$A$2:$A${PREPARED_ROWS + 1}"
		# A row may also refer to a code that is on the site already, so the list only suggests.
		return DataValidation(type="list", formula1=place, allow_blank=True, showErrorMessage=False)
	elif column.kind in (Kind.DATE, Kind.MOMENT):
		serial = (column.earliest - date(1899, 12, 30)).days
		rule = DataValidation(type="date", operator="greaterThanOrEqual", formula1=str(serial))
	elif column.kind in (Kind.AMOUNT, Kind.NUMBER):
		most = column.most or MOST_AMOUNT
		least = -most if column.negative else 0
		rule = DataValidation(type="decimal", operator="between", formula1=str(least), formula2=str(most))
	if rule is None:
		return None
	rule.allow_blank = True
	rule.showErrorMessage = True
	rule.errorTitle = column.header[:32]
	rule.error = "Questo valore non è ammesso qui: vedi la nota dell'intestazione."
	return rule
