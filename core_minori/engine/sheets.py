"""Tables in workbooks: what the columns are, as data, and how a filled-in workbook is read back.

A schema (`Sheet`, `Column`) says everything once: `sheet_writer` makes the template from it, `read_sheets` types each
cell by it. Every mistake is one `Problem` at its cell; what depends on a wrong cell is not reported again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum

from openpyxl.utils import get_column_letter

from core_minori.engine import xlsx
from core_minori.engine.message import Finding, Message, Severity, Term, _
from core_minori.engine.money import money
from core_minori.engine.xlsx import Cell, MergedRange, RawSheet, Refused, clean

MOST_ROWS = 10_000
MOST_TEXT = 140
MOST_CODE = 60
MOST_AMOUNT = Decimal("999999999.99")
EARLIEST = date(1990, 1, 1)
# The columns after the last one of the schema that are looked at for a heading that does not belong.
SPARE_COLUMNS = 20
PROGRESS_STEP = 200

_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)")
_CODE_FIRST = "\0"
_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/-]*[A-Za-z0-9])?")
_TEXT_DATE = re.compile(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})(?:[ T].*)?")
_TEXT_NUMBER = re.compile(r"(?:€|EUR)?\s*[+-]?\s*[\d.,' ]*\d[\d.,' ]*\s*(?:€|EUR)?", re.IGNORECASE)
_TEXT_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::00)?")
_PERSON = re.compile(r"([^()]+)\(([^()]+)\)")


class Kind(str, Enum):
	"""What a cell of a column holds, and the Python type it is read to."""

	CODE = "code"  # str: the row's own code, unique in its sheet
	REFERENCE = "reference"  # str: the code of a row of another sheet
	TEXT = "text"  # str: one line
	LONG_TEXT = "long text"  # str: lines
	CHOICE = "choice"  # the stored value of one of the column's choices
	LISTED = "listed"  # str: the stored code of one entry of a list of the reference
	DATE = "date"  # date
	MOMENT = "moment"  # datetime without zone, wall clock of Rome
	TIME = "time"  # time
	AMOUNT = "amount"  # Decimal: euro, two places
	NUMBER = "number"  # Decimal: hours, quantities, per cents
	PEOPLE = "people"  # list of (name, profession)


@dataclass(frozen=True)
class Column:
	"""One column: the field it fills, its Italian heading, and what its cells may hold.

	`choices` gives (stored value, Italian label) pairs; `source` names the list (LISTED) or the sheet
	(REFERENCE). `past` refuses dates after today; `earliest` refuses typing mistakes in the century. `most`,
	`above_zero`, `negative` and `places` bound a number. `personal` keeps the cell's content out of messages.
	`target` is the DocType of the field, if not the sheet's own.
	"""

	key: str
	header: str
	kind: Kind
	required: bool = False
	choices: tuple[tuple[object, str], ...] = ()
	source: str = ""
	past: bool = False
	earliest: date = EARLIEST
	most: Decimal | None = None
	above_zero: bool = False
	negative: bool = False
	places: int = 2
	personal: bool = False
	target: str = ""
	example: str = ""
	note: str = ""
	width: int = 18


@dataclass(frozen=True)
class Sheet:
	"""One table: its key, Italian title, DocType, columns, and the rules between the cells of a row.

	The first column is the row's code. `order` lists pairs of date columns that must not run backwards. A rule sees one
	row, a table rule the rows of all sheets by key.
	"""

	key: str
	title: str
	doctype: str
	columns: tuple[Column, ...]
	order: tuple[tuple[str, str], ...] = ()
	rules: tuple[Callable[[RowCheck], None], ...] = ()
	table_rules: tuple[Callable[[Mapping[str, list[RowCheck]]], None], ...] = ()

	def column(self, key: str) -> Column:
		"""The column that fills `key`. Raises ValueError."""
		return self.columns[self.keys.index(key)]

	@property
	def keys(self) -> tuple[str, ...]:
		"""Keys of the columns, in the order of the template."""
		return tuple(column.key for column in self.columns)


@dataclass(frozen=True)
class Known:
	"""One entry of a list: the code that is stored, and what people call it."""

	code: str
	label: str = ""

	@property
	def shown(self) -> str:
		"""What the drop-down shows."""
		return self.label or self.code


@dataclass(frozen=True)
class Problem:
	"""One thing to mend: sheet title, cell (empty for the whole sheet or file), what is wrong, what to do."""

	sheet: str
	cell: str
	message: Message
	remedy: Message


@dataclass(eq=False)
class Row:
	"""One row as read: its number in the sheet, typed values by column key, and the keys of the wrong cells."""

	sheet: Sheet
	number: int
	values: dict[str, object] = field(default_factory=dict)
	bad: set[str] = field(default_factory=set)
	cells: dict[str, str] = field(default_factory=dict)
	importable: bool = True

	@property
	def code(self) -> str:
		"""The row's own code; empty when its cell is wrong."""
		return str(self.values.get(self.sheet.columns[0].key) or "")


@dataclass
class Reading:
	"""What a workbook said. `problems` stop, `warnings` (same shape) only ask to look twice.

	`usable` is false when the file could not be opened at all. A row is `importable` when it has no problem
	and neither has any row that it refers to.
	"""

	rows: dict[str, list[Row]] = field(default_factory=dict)
	problems: list[Problem] = field(default_factory=list)
	warnings: list[Problem] = field(default_factory=list)
	usable: bool = True

	@property
	def row_count(self) -> int:
		"""Rows with content, over all sheets."""
		return sum(len(rows) for rows in self.rows.values())

	def good_rows(self, key: str) -> list[Row]:
		"""The importable rows of a sheet, in its order."""
		return [row for row in self.rows.get(key, ()) if row.importable]


class RowCheck:
	"""What a rule between cells sees of one row, and how it reports. Cells that are wrong stay out of it."""

	def __init__(self, row: Row, reading: _Reader):
		self.row = row
		self.today = reading.today
		self.context = reading.context
		self._reader = reading

	def value(self, key: str) -> object:
		"""The typed value; None when the cell is empty or wrong."""
		return None if key in self.row.bad else self.row.values.get(key)

	def sound(self, *keys: str) -> bool:
		"""Whether none of these cells is wrong (they may be empty)."""
		return not self.row.bad.intersection(keys)

	def report(self, key: str, text: str, remedy: str, **values: object) -> None:
		"""Report a problem at the cell of `key`, once."""
		if key not in self.row.bad:
			self._reader.at(self.row, key, Message(text, values), Message(remedy, values))

	def warn(self, key: str, text: str, remedy: str, **values: object) -> None:
		"""Ask to look twice at the cell of `key`."""
		if key not in self.row.bad:
			self._reader.warn(self.row, key, Message(text, values), Message(remedy, values))

	def finding(self, key: str, finding: Finding | None) -> None:
		"""Report what another rule of the engine found: as a problem if it blocks, else as a warning."""
		if not finding or key in self.row.bad:
			return
		remedy = finding.remedy or Message(_("Check this cell."))
		if finding.severity is Severity.BLOCK:
			self._reader.at(self.row, key, finding.message, remedy)
		else:
			self._reader.warn(self.row, key, finding.message, remedy)

	def cell(self, key: str) -> str:
		"""The cell's name, such as C12."""
		return self.row.cells[key]

	def header(self, key: str) -> str:
		"""The heading of the column, for messages."""
		return self.row.sheet.column(key).header


def read_sheets(
	data: bytes,
	sheets: Sequence[Sheet],
	lists: Mapping[str, Sequence[Known]],
	existing: Mapping[str, Iterable[str]],
	today: date,
	context: object = None,
	progress: Callable[[int, int], None] | None = None,
) -> Reading:
	"""Read a workbook by its schema. Whatever the bytes are, the answer is a `Reading`: nothing is raised.

	`lists` gives the entries that LISTED columns may hold, `existing` the codes by sheet key that rows may
	refer to although the workbook does not hold them. `context` is handed to the rules. `progress` is called
	with (rows done, rows in all) every few hundred rows.
	"""
	reader = _Reader(sheets, lists, existing, today, context, progress)
	try:
		reader.read(xlsx.open_workbook(data))
	except Refused as refused:
		return Reading(problems=[Problem("", "", refused.message, refused.remedy)], usable=False)
	return reader.result()


def holds_sheets(data: bytes, sheets: Sequence[Sheet], least: int = 2) -> bool:
	"""Whether these bytes are a workbook with at least so many sheets of these titles."""
	try:
		titles = {fold(raw.title) for raw in xlsx.open_workbook(data)}
	except Refused:
		return False
	return len(titles & {fold(sheet.title) for sheet in sheets}) >= least


def hidden_columns(data: bytes, title: str) -> dict[str, list[object]]:
	"""The values of a template's sheet of lists, by heading; empty when these bytes are no workbook that has one.

	The empty cells below a shorter list are left out, formulas too.
	"""
	try:
		hidden = next((raw for raw in xlsx.open_workbook(data) if raw.title == title), None)
		headings: list[str] = []
		columns: dict[str, list[object]] = {}
		for number, cells in hidden.rows(200) if hidden else ():
			if number == 1:
				headings = [str(cell.value) for cell in cells if not cell.is_blank]
				columns = {heading: [] for heading in headings}
				continue
			for heading, cell in zip(headings, cells, strict=False):
				if not cell.is_blank and not cell.is_formula:
					columns[heading].append(cell.value)
	except Refused:
		return {}
	return columns


def is_code(text: str) -> bool:
	"""Whether a cell of codes may hold this text."""
	return len(text) <= MOST_CODE and bool(_CODE.fullmatch(text))


def fold(text: object) -> str:
	"""The form in which codes, headings and choices are compared: case and white space do not matter."""
	return " ".join(clean(str(text)).casefold().split())


class _Wrong(Exception):
	def __init__(self, text: str, remedy: str, **values: object):
		self.message = Message(text, values)
		self.remedy = Message(remedy, values)
		super().__init__(text)


class _Reader:
	def __init__(self, sheets, lists, existing, today, context, progress):
		self.sheets: Sequence[Sheet] = sheets
		self.known: dict[str, dict[str, str]] = {key: _spellings(entries) for key, entries in lists.items()}
		self.shown = {key: [entry.shown for entry in entries] for key, entries in lists.items()}
		self.existing = {key: {fold(code): code for code in codes} for key, codes in existing.items()}
		self.today: date = today
		self.context = context
		self.progress = progress
		self.rows: dict[str, list[Row]] = {sheet.key: [] for sheet in sheets}
		self.found: list[tuple[tuple[int, int, int], Problem]] = []
		self.warned: list[tuple[tuple[int, int, int], Problem]] = []
		# Places of the rows whose own code is wrong, by sheet: None when nobody can tell which rows there are.
		self.lost_codes: dict[str, set[int] | None] = {sheet.key: set() for sheet in sheets}
		self.closed: set[str] = set()  # sheets whose headings are wrong: nothing of them is imported
		self.done = self.total = 0

	def read(self, raw_sheets: list[RawSheet]) -> None:
		by_title = {fold(raw.title): raw for raw in raw_sheets}
		present = [(sheet, by_title.get(fold(sheet.title))) for sheet in self.sheets]
		self.total = sum(raw.last_row for __, raw in present if raw)
		for sheet, raw in present:
			if raw:
				self._read_sheet(sheet, raw)
			else:
				self._at_sheet(
					sheet,
					"",
					_("The sheet {title} is missing."),
					_("Put it back from the template, even if it stays empty; its name must be {title}."),
					title=sheet.title,
				)
				self.lost_codes[sheet.key] = None
		self._check_duplicates()
		self._check_references()
		checks = {sheet.key: [RowCheck(row, self) for row in self.rows[sheet.key]] for sheet in self.sheets}
		for sheet in self.sheets:
			for check in checks[sheet.key]:
				_check_order(check)
				for rule in sheet.rules:
					rule(check)
			for table_rule in sheet.table_rules:
				table_rule(checks)
		if self.progress:
			self.progress(self.total, self.total)

	def result(self) -> Reading:
		self._settle_importable()
		return Reading(
			self.rows,
			[problem for __, problem in sorted(self.found, key=lambda item: item[0])],
			[problem for __, problem in sorted(self.warned, key=lambda item: item[0])],
		)

	def at(self, row: Row, key: str, message: Message, remedy: Message) -> None:
		row.bad.add(key)
		self.found.append(self._placed(row, key, message, remedy))

	def warn(self, row: Row, key: str, message: Message, remedy: Message) -> None:
		self.warned.append(self._placed(row, key, message, remedy))

	def _placed(self, row: Row, key: str, message: Message, remedy: Message):
		place = (self.sheets.index(row.sheet), row.number, row.sheet.keys.index(key))
		return place, Problem(row.sheet.title, row.cells[key], message, remedy)

	def _at_sheet(
		self, sheet: Sheet, cell: str, text: str, remedy: str, closes: bool = True, **values: object
	) -> None:
		"""A problem of the sheet itself; with `closes`, none of its rows is imported."""
		place = (self.sheets.index(sheet), 0, len(self.found))
		self.found.append((place, Problem(sheet.title, cell, Message(text, values), Message(remedy, values))))
		if closes:
			self.closed.add(sheet.key)

	# Headings

	def _read_sheet(self, sheet: Sheet, raw: RawSheet) -> None:
		width = len(sheet.columns) + SPARE_COLUMNS
		rows = raw.rows(width)
		headings = next(rows, (1, []))[1]
		merged = [
			area for area in raw.merged if area.first_row <= raw.last_row and area.first_column <= width
		]
		places = self._places(sheet, headings, merged)
		if places is None:
			self.lost_codes[sheet.key] = None
			return
		if sheet.columns[0].key not in places:
			self.lost_codes[sheet.key] = None
		cells_of = {key: get_column_letter(place + 1) for key, place in places.items()}
		spare = [
			place
			for place in range(len(headings))
			if place not in places.values() and headings[place].is_blank
		]
		read = self.rows[sheet.key]
		touched = self._report_merges(sheet, merged, places, cells_of)
		for number, cells in rows:
			if number % PROGRESS_STEP == 0:
				self._tell(self.done + number)
			if all(cell.is_blank for cell in cells):
				continue
			stray = next((place for place in spare if not cells[place].is_blank), None)
			if stray is not None:
				spare = []  # said once
				self._at_sheet(
					sheet,
					f"{get_column_letter(stray + 1)}{number}",
					_("There is something here, in a column without a heading."),
					_("Move it to another sheet, or delete it."),
					closes=False,
				)
			if all(cells[place].is_blank for place in places.values()):
				continue
			if len(read) >= MOST_ROWS:
				self._at_sheet(
					sheet,
					f"A{number}",
					_("The sheet has more than {most} rows; the rows from here on were not read."),
					_("Split it into several workbooks."),
					closes=False,
					most=MOST_ROWS,
				)
				self.lost_codes[sheet.key] = None
				break
			row = Row(sheet, number, bad=touched.get(number, set()))
			row.cells = {key: f"{letter}{number}" for key, letter in cells_of.items()}
			read.append(row)
			self._read_row(row, cells, places)
		self.done += raw.last_row

	def _tell(self, done: int) -> None:
		if self.progress:
			self.progress(min(done, self.total), self.total)

	def _places(self, sheet: Sheet, headings: list[Cell], merged: list[MergedRange]) -> dict[str, int] | None:
		"""Where each column stands, from 0; every heading that is not the template's is reported once."""
		expected = {fold(column.header): column for column in sheet.columns}
		places: dict[str, int] = {}
		unknown: list[int] = []
		doubled: list[int] = []
		for place, cell in enumerate(headings):
			if cell.is_blank:
				continue
			column = expected.get(fold(str(cell.value).replace("*", " ")))
			if column is None:
				unknown.append(place)
			elif column.key in places:
				doubled.append(place)
			else:
				places[column.key] = place
		missing = [column for column in sheet.columns if column.key not in places]
		if len(missing) * 2 > len(sheet.columns):
			self._at_sheet(
				sheet,
				"A1",
				_("The first row of the sheet does not hold the headings of the template."),
				_("Put the headings back in row 1, as they are in the template."),
			)
			return None
		for area in merged:
			if area.first_row == 1:
				covered = [
					column
					for column in missing
					if area.first_column <= sheet.columns.index(column) + 1 <= area.last_column
				]
				missing = [column for column in missing if column not in covered]
				places.update((column.key, sheet.columns.index(column)) for column in covered)
				self._at_sheet(
					sheet, _top_left(area), _("The cells {area} are merged."), _UNMERGE, area=area.name
				)
		for place in doubled:
			self._at_sheet(
				sheet,
				f"{get_column_letter(place + 1)}1",
				_("The column {column} is there twice."),
				_("Delete one of the two columns, after moving its values."),
				column=str(headings[place].value),
			)
		for column in missing:
			place = self._renamed(sheet, column, headings, unknown)
			if place is not None:
				unknown.remove(place)
				places[column.key] = place  # read by its place, so that its rows are checked all the same
				self._at_sheet(
					sheet,
					f"{get_column_letter(place + 1)}1",
					_("The column {column} is called {found} here."),
					_("Give it back the heading {column}."),
					column=column.header,
					found=_excerpt(str(headings[place].value)),
				)
				continue
			home = sheet.columns.index(column)
			if home < len(headings) and headings[home].is_blank:
				places[column.key] = home  # only the heading was deleted
			self._at_sheet(
				sheet,
				f"{get_column_letter(home + 1)}1",
				_("The column {column} is missing."),
				_("Put it back with this heading, even if its cells stay empty."),
				column=column.header,
			)
		for place in unknown:
			self._at_sheet(
				sheet,
				f"{get_column_letter(place + 1)}1",
				_("{found} is not a column of the template."),
				_("Move it to another sheet, or delete it."),
				closes=False,
				found=_excerpt(str(headings[place].value)),
			)
		return places

	def _renamed(self, sheet: Sheet, column: Column, headings: list[Cell], unknown: list[int]) -> int | None:
		home = sheet.columns.index(column)
		if home in unknown:
			return home
		names = {fold(headings[place].value): place for place in unknown}
		near = get_close_matches(fold(column.header), names, n=1, cutoff=0.75)
		return names[near[0]] if near else None

	def _report_merges(
		self, sheet: Sheet, merged: list[MergedRange], places: dict[str, int], cells_of: dict[str, str]
	) -> dict[int, set[str]]:
		"""One problem for each merged area below the headings; returns the cells they spoil, by row."""
		touched: dict[int, set[str]] = {}
		for area in merged:
			keys = [
				key for key, place in places.items() if area.first_column <= place + 1 <= area.last_column
			]
			if area.first_row == 1 or not keys:
				continue
			for number in range(area.first_row, min(area.last_row, area.first_row + MOST_ROWS) + 1):
				touched.setdefault(number, set()).update(keys)
			place = (self.sheets.index(sheet), area.first_row, sheet.keys.index(keys[0]))
			message = Message(_("The cells {area} are merged."), {"area": area.name})
			self.found.append((place, Problem(sheet.title, _top_left(area), message, Message(_UNMERGE))))
		return touched

	# Rows

	def _read_row(self, row: Row, cells: list[Cell], places: dict[str, int]) -> None:
		for column in row.sheet.columns:
			place = places.get(column.key)
			if place is None or column.key in row.bad:
				row.bad.add(column.key)
				continue
			cell = cells[place]
			try:
				value = None if cell.is_blank else self._typed(column, cell)
				if value is None and column.required:
					raise _Wrong(
						_("{column} is empty."),
						_("Fill in this cell: the row cannot do without it.")
						if column.kind is not Kind.CODE
						else _("Give the row a code of its own, or empty the whole row."),
						column=column.header,
					)
				row.values[column.key] = value
			except _Wrong as wrong:
				self.at(row, column.key, wrong.message, wrong.remedy)

	def _typed(self, column: Column, cell: Cell) -> object:
		if cell.is_formula:
			raise _Wrong(
				_("This cell holds a formula."),
				_("Copy the cell and paste it back as a value (Paste Special, Values)."),
			)
		if cell.is_error:
			raise _Wrong(
				_("This cell holds the spreadsheet error {error}."),
				_("Write the right value in its place."),
				error=_excerpt(str(cell.value)),
			)
		return _TYPED[column.kind](self, column, cell.value)

	def _listed(self, column: Column, value: object) -> str:
		text = _text_of(column, value)
		entries = self.known.get(column.source, {})
		spelt = fold(text.lstrip("'’"))
		# A label that begins with its code may have been translated since the template was made.
		stored = (
			entries.get(fold(text)) or entries.get(spelt) or entries.get(spelt.split(" - ")[0] + _CODE_FIRST)
		)
		if stored is None:
			raise self._unknown(column, text, self.shown.get(column.source, []))
		return stored

	def _choice(self, column: Column, value: object) -> object:
		if isinstance(value, bool) and {stored for stored, __ in column.choices} == {0, 1}:
			return int(value)
		text = _text_of(column, value)
		for stored, label in column.choices:
			if fold(text).lstrip("'") in (fold(label), fold(stored)):
				return stored
		raise self._unknown(column, text, [label for __, label in column.choices])

	def _unknown(self, column: Column, text: str, allowed: list[str]) -> _Wrong:
		near = get_close_matches(fold(text), [fold(entry) for entry in allowed], n=1, cutoff=0.7)
		if near:
			meant = next(entry for entry in allowed if fold(entry) == near[0])
			remedy = _("Choose one from the list of the cell; perhaps {meant}.")
		elif allowed and len(allowed) <= 12:
			meant = ", ".join(allowed)
			remedy = _("Choose one from the list of the cell: {meant}.")
		else:
			meant = ""
			remedy = _(
				"Choose one from the list of the cell; if it is missing there, ask the coordinator to add it."
			)
		return _Wrong(
			_("{value} is not a known entry for {column}."),
			remedy,
			value=_excerpt(text),
			column=column.header,
			meant=meant,
		)

	# Between rows

	def _check_duplicates(self) -> None:
		for sheet in self.sheets:
			key = sheet.columns[0].key
			first: dict[str, Row] = {}
			lost: set[int] = set()
			for place, row in enumerate(self.rows[sheet.key]):
				if key in row.bad:
					lost.add(place)
					continue
				earlier = first.setdefault(fold(row.code), row)
				if earlier is row:
					continue
				lost.add(place)
				self.at(
					row,
					key,
					Message(
						_("The code {code} is there twice: in {first} and in {second}."),
						{"code": row.code, "first": earlier.cells[key], "second": row.cells[key]},
					),
					Message(_("Give one of the two rows another code, or delete one of them.")),
				)
				earlier.importable = False  # which of the two is meant, nobody but the author can tell
			if self.lost_codes[sheet.key] is not None:
				self.lost_codes[sheet.key] = lost

	def _check_references(self) -> None:
		"""Report codes that no row has.

		A row whose own code is missing or doubled has been reported: rows that refer to it are not reported again.
		"""
		for target in self.sheets:
			lost = self.lost_codes[target.key]
			codes = dict(self.existing.get(target.key, {}))
			codes.update({fold(row.code): row.code for row in self.rows[target.key]})
			unknown: list[tuple[Row, Column, str]] = []
			for sheet in self.sheets:
				for column in sheet.columns:
					if column.kind is not Kind.REFERENCE or column.source != target.key:
						continue
					for row in self.rows[sheet.key]:
						value = row.values.get(column.key)
						if column.key in row.bad or not value:
							continue
						if fold(value) in codes:
							row.values[column.key] = codes[fold(value)]  # one spelling everywhere
						else:
							unknown.append((row, column, str(value)))
			uses = Counter(fold(value) for __, __, value in unknown)
			excused = set(uses) if lost is None else _meant(self.rows[target.key], lost, uses)
			for row, column, value in unknown:
				if fold(value) in excused:
					row.importable = False
					continue
				near = get_close_matches(fold(value), codes, n=1, cutoff=0.8) if len(codes) < 5000 else []
				self.at(
					row,
					column.key,
					Message(
						_("No row of the sheet {sheet} has the code {code}."),
						{"sheet": target.title, "code": value},
					),
					Message(
						_("Correct the code (perhaps {near}), or add the row to the sheet {sheet}.")
						if near
						else _("Correct the code, or add the row to the sheet {sheet}."),
						{"sheet": target.title, "near": codes[near[0]] if near else ""},
					),
				)

	def _settle_importable(self) -> None:
		"""A row goes in when its cells are good and every row it refers to goes in or is there already."""
		going: dict[str, set[str]] = {}
		for sheet in self.sheets:  # a sheet refers only to sheets before it
			going[sheet.key] = set()
			for row in self.rows[sheet.key]:
				if row.bad or sheet.key in self.closed:
					row.importable = False
				for column in sheet.columns:
					code = row.values.get(column.key)
					if column.kind is Kind.REFERENCE and code and fold(code) not in going[column.source]:
						row.importable &= fold(code) in self.existing.get(column.source, {})
				if row.importable:
					going[sheet.key].add(fold(row.code))


def _meant(rows: list[Row], lost: set[int], uses: Counter[str]) -> set[str]:
	"""Of the unknown codes in `uses`, those that the rows at `lost` most likely had.

	Registers are numbered: between M-07 and M-09 stands M-08. Where the numbers do not tell, the unknown code that the
	most rows use is taken, since a typing mistake is mostly alone.
	"""
	codes = [fold(row.code) for row in rows]
	known = set(codes)
	meant: set[str] = set()
	untold = 0
	for place in sorted(lost):
		before = next(
			(other for other in range(place - 1, max(-1, place - 50), -1) if other not in lost), None
		)
		after = next(
			(other for other in range(place + 1, min(len(rows), place + 50)) if other not in lost), None
		)
		guesses = {_counted_on(codes[other], place - other) for other in (before, after) if other is not None}
		guess = guesses.pop() if len(guesses) == 1 else None
		if guess is None or guess in known:
			untold += 1
		else:
			meant.add(guess)
	others = Counter({code: count for code, count in uses.items() if code not in meant})
	return meant | {code for code, __ in others.most_common(untold)}


def _counted_on(code: str, steps: int) -> str | None:
	"""The code so many numbers further, such as m-09 after m-07 by two steps."""
	parts = _NUMBERED.fullmatch(code)
	if not parts or int(parts[2]) + steps < 0:
		return None
	return f"{parts[1]}{int(parts[2]) + steps:0{len(parts[2])}d}{parts[3]}"


_UNMERGE = _("Unmerge the cells, and write the value in each row that needs it.")


def _top_left(area: MergedRange) -> str:
	return f"{get_column_letter(area.first_column)}{area.first_row}"


def _check_order(check: RowCheck) -> None:
	"""Report dates that run backwards, at the one cell that explains the most of them."""
	broken: list[tuple[str, str]] = []
	for earlier, later in check.row.sheet.order:
		first, second = check.value(earlier), check.value(later)
		if first is not None and second is not None and _day_before(second, first):
			broken.append((earlier, later))
	while broken:
		blame = Counter(key for earlier, later in broken for key in (later, earlier))
		worst = max(blame, key=lambda key: blame[key])  # of equals, the later date of the first pair
		earlier, later = next(pair for pair in broken if worst in pair)
		check.report(
			worst,
			_("{later} ({second}) comes before {earlier} ({first})."),
			_("Correct one of the two dates."),
			earlier=check.header(earlier),
			later=check.header(later),
			first=_date_only(check.row, earlier),
			second=_date_only(check.row, later),
		)
		broken = [pair for pair in broken if worst not in pair]


def _day_before(second: object, first: object) -> bool:
	if isinstance(second, datetime) and isinstance(first, datetime):
		return second < first
	return _as_day(second) < _as_day(first)


def _as_day(value: object) -> date:
	return value.date() if isinstance(value, datetime) else value  # type: ignore[return-value]


def _date_only(row: Row, key: str) -> object:
	return Term(_("see the cell")) if row.sheet.column(key).personal else row.values[key]


# Cells


def _code(reader: _Reader, column: Column, value: object) -> str:
	code = " ".join(_text_of(column, value).lstrip("'’").split())
	if not is_code(code):
		raise _Wrong(
			_("{value} cannot be a code."),
			_("Use letters without accents, digits, and - . / _ between them; at most {most} characters."),
			value=_excerpt(code),
			most=MOST_CODE,
		)
	return code


def _line(reader: _Reader, column: Column, value: object) -> str:
	text = " ".join(_text_of(column, value).split())
	if len(text) > MOST_TEXT:
		raise _Wrong(
			_("The text is {length} characters long; {column} holds at most {most}."),
			_("Shorten it."),
			length=len(text),
			column=column.header,
			most=MOST_TEXT,
		)
	return text


def _lines(reader: _Reader, column: Column, value: object) -> str:
	return _text_of(column, value)


def _people(reader: _Reader, column: Column, value: object) -> list[tuple[str, object]]:
	"""Names with their profession in brackets, between semicolons."""
	people = []
	for entry in re.split(r"[;\n]", _text_of(column, value)):
		if not entry.strip():
			continue
		person = _PERSON.fullmatch(entry.strip())
		if not person or not person[1].strip():
			raise _Wrong(
				_("This list of people cannot be read."),
				_("Write each person as: Name (Profession), with a semicolon between people."),
			)
		people.append((_line(reader, column, person[1]), reader._choice(column, person[2])))
	return people


def _date(reader: _Reader, column: Column, value: object) -> date:
	moment = _moment_of(column, value)
	return _plausible(reader, column, moment).date()


def _moment(reader: _Reader, column: Column, value: object) -> datetime:
	return _plausible(reader, column, _moment_of(column, value))


def _moment_of(column: Column, value: object) -> datetime:
	if isinstance(value, datetime):
		return value.replace(tzinfo=None)
	if isinstance(value, date):
		return datetime.combine(value, time())
	if isinstance(value, str):
		_refuse_text_date(column, clean(value).lstrip("'’"))
	raise _wrong_type(column, value, Term(_("a date")))


def _refuse_text_date(column: Column, text: str) -> None:
	"""A date that is text counts wrongly, and its day and month may be swapped: it is never guessed."""
	parts = _TEXT_DATE.fullmatch(text)
	if not parts:
		return
	first, second, third = (int(part) for part in parts.groups())
	year, month, day = (first, second, third) if first > 31 else (third, second, first)
	try:
		date(year + 2000 if year < 100 else year, month, day)
	except ValueError:
		raise _Wrong(
			_("The date {value} does not exist."),
			_("Write a day that exists, as a date: day/month/year."),
			value="…" if column.personal else _excerpt(text),
		) from None
	raise _Wrong(
		_("The date {value} is written as text."),
		_("Give the cell the format Date and type it again, without apostrophe: day/month/year."),
		value="…" if column.personal else _excerpt(text),
	)


def _plausible(reader: _Reader, column: Column, moment: datetime) -> datetime:
	day = moment.date()
	shown = Term("…") if column.personal else day
	if day < column.earliest:
		raise _Wrong(
			_("The date {day} is too long ago for {column}."),
			_("Check the year: the earliest date here is {earliest}."),
			day=shown,
			column=column.header,
			earliest=column.earliest,
		)
	if column.past and day > reader.today:
		raise _Wrong(
			_("The date {day} is in the future, and {column} tells what has happened."),
			_("Correct the date, or leave the cell empty until it happens."),
			day=shown,
			column=column.header,
		)
	if day > reader.today + timedelta(days=3653):
		raise _Wrong(
			_("The date {day} is more than ten years away."),
			_("Check the year."),
			day=shown,
			column=column.header,
		)
	return moment


def _time(reader: _Reader, column: Column, value: object) -> time:
	if isinstance(value, datetime):
		return value.time()
	if isinstance(value, time):
		return value
	if isinstance(value, timedelta) and timedelta() <= value < timedelta(days=1):
		return (datetime.min + value).time()
	if isinstance(value, str) and (parts := _TEXT_TIME.fullmatch(clean(value).lstrip("'’"))):
		return time(int(parts[1]), int(parts[2]))
	raise _wrong_type(column, value, Term(_("a time, such as 09:30")))


def _amount(reader: _Reader, column: Column, value: object) -> Decimal:
	return money(_number(reader, column, value))


def _number(reader: _Reader, column: Column, value: object) -> Decimal:
	if isinstance(value, str) and _TEXT_NUMBER.fullmatch(clean(value).lstrip("'’")):
		raise _Wrong(
			_("The number in {column} is written as text."),
			_("Give the cell the format Number and type it again, without EUR and without spaces."),
			column=column.header,
		)
	if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
		raise _wrong_type(column, value, Term(_("a number")))
	# A spreadsheet keeps fifteen digits, and its sums leave noise of binary fractions in the last ones.
	number = Decimal(f"{value:.13g}") if isinstance(value, float) else Decimal(value)
	if not number.is_finite() or abs(number) > (column.most or MOST_AMOUNT):
		raise _Wrong(
			_("{column} is too large: at most {most}."),
			_("Correct the number."),
			column=column.header,
			most=column.most or MOST_AMOUNT,
		)
	if number < 0 and not column.negative:
		raise _Wrong(_("{column} is below zero."), _("Correct the sign."), column=column.header)
	if number == 0 and column.above_zero:
		raise _Wrong(_("{column} is zero."), _("Write a number above zero."), column=column.header)
	if -number.normalize().as_tuple().exponent > column.places:
		raise _Wrong(
			_("{column} has more than {places} decimal places."),
			_("Round it to {places} decimal places."),
			column=column.header,
			places=column.places,
		)
	return number


def _text_of(column: Column, value: object) -> str:
	"""The text of a cell. Whole numbers are let through: codes and telephone numbers look like numbers."""
	if isinstance(value, str):
		text = clean(value)
		# The template writes an apostrophe before what a spreadsheet could take for a formula.
		return text[1:].strip() if text[:1] == "'" and text[1:].lstrip()[:1] in tuple("=+-@") else text
	if isinstance(value, int) and not isinstance(value, bool):
		return str(value)
	if isinstance(value, float) and value.is_integer():
		return str(int(value))
	raise _wrong_type(column, value, Term(_("text")))


def _wrong_type(column: Column, value: object, wanted: Term) -> _Wrong:
	if isinstance(value, bool):
		found = _("TRUE or FALSE")
	elif isinstance(value, datetime | date):
		found = _("a date")
	elif isinstance(value, time | timedelta):
		found = _("a time")
	elif isinstance(value, str):
		found = _("text")
	else:
		found = _("a number")
	return _Wrong(
		_("{column} wants {wanted}, and here is {found}."),
		_("Write {wanted} in this cell, and give it the right format."),
		column=column.header,
		wanted=wanted,
		found=Term(found),
	)


_TYPED: dict[Kind, Callable[[_Reader, Column, object], object]] = {
	Kind.CODE: _code,
	Kind.REFERENCE: _code,
	Kind.TEXT: _line,
	Kind.LONG_TEXT: _lines,
	Kind.CHOICE: _Reader._choice,
	Kind.LISTED: _Reader._listed,
	Kind.DATE: _date,
	Kind.MOMENT: _moment,
	Kind.TIME: _time,
	Kind.AMOUNT: _amount,
	Kind.NUMBER: _number,
	Kind.PEOPLE: _people,
}


def _excerpt(text: str) -> str:
	text = " ".join(clean(text).split())
	return text if len(text) <= 40 else text[:39] + "…"


def _spellings(entries: Iterable[Known]) -> dict[str, str]:
	"""Every way to write an entry, to its stored code. A code wins over a label that reads the same."""
	entries = list(entries)
	found = {fold(entry.shown): entry.code for entry in entries}
	found.update({fold(entry.code): entry.code for entry in entries})
	found.update(
		{
			fold(entry.code) + _CODE_FIRST: entry.code
			for entry in entries
			if entry.label.startswith(f"{entry.code} - ")
		}
	)
	return found
