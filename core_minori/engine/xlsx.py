"""Opening a workbook that a stranger sent: from bytes to raw cells, or one clear refusal.

Nothing in a file is trusted: not its size, its shape or its XML. What openpyxl does well (strings, styles, dates)
is left to it; this module looks at the container first, and finds merged cells and the last row that holds anything,
which openpyxl does not tell while it streams.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from xml.parsers import expat

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from core_minori.engine.message import Message, _

# A register of 10,000 rows is about 15 MB unpacked; 100,000 empty rows with a format on every cell about 90 MB.
MOST_UNPACKED_BYTES = 200_000_000
# Strings and styles are held in memory at once; sheets are streamed.
MOST_HELD_BYTES = 50_000_000
MOST_PARTS = 2_000
MOST_MERGED = 5_000
LAST_ROW = 1_048_576
CHUNK = 1 << 20

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Element names with any namespace prefix: Excel writes <row>, other programs <x:row>.
_PARTS_OF_SHEET = re.compile(rb"<(?:[\w.-]+:)?(row|v|is|f|mergeCell)(?=[\s/>])([^>]*)>")
_ROW_NUMBER = re.compile(rb"\sr=[\"'](\d+)[\"']")
_MERGED_RANGE = re.compile(rb"\sref=[\"']([A-Z]+\d+:[A-Z]+\d+)[\"']")


@dataclass(frozen=True)
class Cell:
	"""One raw cell: its value as openpyxl reads it, and whether that is a formula or a spreadsheet error."""

	value: object = None
	is_formula: bool = False
	is_error: bool = False

	@property
	def is_blank(self) -> bool:
		"""Nothing but white space, no-break and zero-width characters included."""
		return self.value is None or (isinstance(self.value, str) and not clean(self.value))


@dataclass(frozen=True)
class MergedRange:
	"""Cells made one: first and last column and row, counted from 1."""

	first_column: int
	first_row: int
	last_column: int
	last_row: int

	def __contains__(self, place: tuple[int, int]) -> bool:
		column, row = place
		return self.first_column <= column <= self.last_column and self.first_row <= row <= self.last_row

	@property
	def name(self) -> str:
		"""The range as a spreadsheet writes it, such as A2:C2."""
		return (
			f"{get_column_letter(self.first_column)}{self.first_row}:"
			f"{get_column_letter(self.last_column)}{self.last_row}"
		)


class Refused(Exception):
	"""The file cannot be read as a workbook. `message` says what it is, `remedy` what to do."""

	def __init__(self, message: Message, remedy: Message):
		self.message = message
		self.remedy = remedy
		super().__init__(message.render())


class RawSheet:
	"""One sheet as it streams: its title, its merged ranges, and the last row that holds anything."""

	def __init__(self, worksheet, merged: list[MergedRange], last_row: int):
		self._worksheet = worksheet
		self.title: str = worksheet.title
		self.merged = merged
		self.last_row = last_row

	def rows(self, columns: int) -> Iterator[tuple[int, list[Cell]]]:
		"""Yield (row number, first `columns` cells) for each row down to the last that holds anything.

		Raises Refused when the file turns out to be damaged on the way.
		"""
		if not self.last_row:
			return
		with _damage_told():
			self._worksheet.reset_dimensions()  # what the file claims of its own size is often wrong
			rows = self._worksheet.iter_rows(max_row=self.last_row, max_col=columns)
		number = 0
		while True:
			with _damage_told():
				row = next(rows, None)
				if row is None:
					return
				cells = [_raw(cell) for cell in row]
			number += 1
			yield number, cells


def open_workbook(data: bytes) -> list[RawSheet]:
	"""Return the sheets of an .xlsx workbook. Raises Refused, and nothing else, for whatever is not one."""
	_refuse_other_formats(data)
	with _damage_told():
		archive = zipfile.ZipFile(BytesIO(data))
		_refuse_bombs(archive)
		_refuse_other_packages(archive)
		for part in archive.namelist():
			if part.endswith((".xml", ".rels", ".vml")):
				_refuse_entities(archive, part)
		workbook = load_workbook(BytesIO(data), read_only=True, keep_links=False)
		# openpyxl has no public name for the part a sheet is stored in.
		return [RawSheet(sheet, *_scan(archive, sheet._worksheet_path)) for sheet in workbook.worksheets]


def clean(text: str) -> str:
	"""Return `text` as a person sees it: with plain spaces, without zero-width and control characters."""
	text = text.replace("_x000D_", "").translate(_INVISIBLE)
	return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()


_INVISIBLE = {
	**dict.fromkeys([*range(0x00, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xAD], None),
	**dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF], None),
	0x09: " ",
	0xA0: " ",
	0x2028: "\n",
	0x2029: "\n",
}


@contextmanager
def _damage_told() -> Iterator[None]:
	"""Turn whatever zipfile, expat or openpyxl raise over a broken file into one refusal."""
	try:
		with warnings.catch_warnings():
			warnings.simplefilter("ignore")  # openpyxl warns of things that a reader of values does not need
			yield
	except Refused:
		raise
	except Exception as error:
		# Over a malformed part openpyxl raises anything from KeyError to struct.error: no class is narrower.
		raise Refused(
			Message(_("The file is damaged or incomplete.")),
			Message(_("Open it in Excel or LibreOffice, save it again as .xlsx, and send it whole.")),
		) from error


def _raw(cell) -> Cell:
	value = cell.value
	if value is None:
		return _NOTHING
	return Cell(value, cell.data_type == "f", cell.data_type == "e")


_NOTHING = Cell()


def _refuse_other_formats(data: bytes) -> None:
	if not data:
		raise Refused(Message(_("The file is empty.")), Message(_("Choose the workbook you filled in.")))
	if data.startswith(OLE_MAGIC):
		if "EncryptedPackage".encode("utf-16-le") in data:
			raise Refused(
				Message(_("The workbook is protected by a password and cannot be read.")),
				Message(_("Open it, remove the password (File, Info, Protect), and save it again.")),
			)
		raise Refused(
			Message(_("This is a workbook of the old format .xls.")),
			Message(_("Open it and save it as .xlsx.")),
		)
	if data[:2] != b"PK":
		if b"\0" not in data[:4096]:
			raise Refused(
				Message(_("This is a text file (perhaps .csv), not a workbook.")),
				Message(_("Copy the rows into the template and save it as .xlsx.")),
			)
		raise Refused(
			Message(_("This is not a workbook.")), Message(_("Choose the .xlsx file made from the template."))
		)


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
	# zipfile never unpacks more of a part than its declared size, so the declared sizes are a true limit.
	parts = archive.infolist()
	unpacked = sum(part.file_size for part in parts)
	held = sum(
		part.file_size
		for part in parts
		if part.filename.endswith((".xml", ".rels")) and "/worksheets/" not in part.filename
	)
	if unpacked > MOST_UNPACKED_BYTES or held > MOST_HELD_BYTES or len(parts) > MOST_PARTS:
		raise Refused(
			Message(
				_("The file unpacks to {size} MB in {parts} parts, far more than a register needs."),
				{"size": unpacked // 1_000_000, "parts": len(parts)},
			),
			Message(_("Copy the rows into a fresh template, without formats, pictures and empty rows.")),
		)
	if any(part.flag_bits & 1 for part in parts):
		raise Refused(
			Message(_("The workbook is protected by a password and cannot be read.")),
			Message(_("Open it, remove the password (File, Info, Protect), and save it again.")),
		)


def _refuse_other_packages(archive: zipfile.ZipFile) -> None:
	names = set(archive.namelist())
	if "mimetype" in names and b"opendocument" in archive.read("mimetype")[:200]:
		raise Refused(
			Message(_("This is an OpenDocument file (.ods), not an .xlsx workbook.")),
			Message(_("Open it in LibreOffice and save it as Excel 2007-365 (.xlsx).")),
		)
	if "[Content_Types].xml" not in names or "xl/workbook.bin" in names:
		raise Refused(
			Message(_("This is a compressed file, but not an .xlsx workbook.")),
			Message(_("Choose the .xlsx file made from the template.")),
		)


def _refuse_entities(archive: zipfile.ZipFile, part: str) -> None:
	"""A document type in a part is how XML attacks begin, and no spreadsheet program writes one."""
	found: list[str] = []
	parser = expat.ParserCreate()

	def doctype(*_arguments: object) -> None:
		found.append("doctype")
		raise _Enough

	def root(*_arguments: object) -> None:
		raise _Enough

	parser.StartDoctypeDeclHandler = doctype
	parser.StartElementHandler = root
	with archive.open(part) as stream:
		start = stream.read(4)
		# The scan below reads bytes as UTF-8, which is what every spreadsheet program writes.
		if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in start:
			raise ValueError("not UTF-8")
		try:
			parser.Parse(start)
			while chunk := stream.read(4096):
				parser.Parse(chunk)
		except _Enough:
			pass
	if found:
		raise Refused(
			Message(_("The file holds XML definitions that no spreadsheet writes; it is not opened.")),
			Message(_("Copy the rows into a fresh template with Excel or LibreOffice.")),
		)


class _Enough(Exception):
	"""The start of a part was seen."""


def _scan(archive: zipfile.ZipFile, part: str) -> tuple[list[MergedRange], int]:
	"""Merged ranges of a sheet, and its last row with a value or a formula, in one pass over the raw bytes.

	A row of cells that only have a format costs nothing after this: the reading stops before it.
	"""
	merged: list[MergedRange] = []
	row = last = 0
	with archive.open(part) as stream:
		tail = b""
		while chunk := stream.read(CHUNK):
			text = tail + chunk
			# An element may lie across two chunks: what follows the last bracket waits for the next one.
			cut = text.rfind(b">") + 1
			tail = text[cut:]
			if len(tail) > 8 * CHUNK:
				raise ValueError("a text longer than any cell")
			for found in _PARTS_OF_SHEET.finditer(text, 0, cut):
				name = found[1]
				if name == b"row":
					number = _ROW_NUMBER.search(found[2])
					following = int(number[1]) if number else row + 1
					if not row < following <= LAST_ROW:
						raise ValueError("rows out of order")
					row = following
				elif name == b"mergeCell":
					reference = _MERGED_RANGE.search(found[2])
					if reference and len(merged) < MOST_MERGED:
						merged.append(MergedRange(*range_boundaries(reference[1].decode())))
				else:
					last = row
	return merged, last
