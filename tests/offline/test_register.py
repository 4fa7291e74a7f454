"""The register workbook: every mistake at its cell, once; nothing a file holds breaks the reading."""

from __future__ import annotations

import io
import string
import time as clock
import zipfile
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import planted
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill
from planted import REFERENCE, TODAY, changed, place_of

from core_minori.engine import register, xlsx
from core_minori.engine.inert import would_run
from core_minori.engine.register import SHEET, SHEETS, Reference
from core_minori.engine.sheets import Kind, Known, Reading
from core_minori.engine.xlsx import clean


@lru_cache
def small() -> bytes:
	"""A clean workbook of a few rows, to be spoilt."""
	rows = planted.rows()
	return register.workbook(REFERENCE, {key: rows[key][:8] for key in rows})


def read(data: bytes, reference: Reference = REFERENCE) -> Reading:
	return register.read(data, reference, TODAY)


def found(reading: Reading) -> list[tuple[str, str]]:
	return [(problem.sheet, problem.cell) for problem in reading.problems]


def said(reading: Reading) -> str:
	return " | ".join(
		f"{problem.message.render()} -> {problem.remedy.render()}" for problem in reading.problems
	)


def spoilt(
	sheet_key: str, column: str, value: object, row: int = 3, number_format: str | None = None
) -> bytes:
	def change(workbook: Workbook) -> None:
		cell = workbook[SHEET[sheet_key].title][place_of(sheet_key, column, row)]
		cell.value = value
		if number_format:
			cell.number_format = number_format

	return changed(small(), change)


# The register as a whole


def test_the_clean_register_has_nothing_to_mend():
	reading = read(planted.clean_register())
	assert (found(reading), reading.warnings) == ([], [])
	assert {key: len(reading.good_rows(key)) for key in reading.rows} == planted.COUNTS


def test_the_25_planted_errors_are_found_at_their_25_cells_and_nothing_else():
	register_with_errors = planted.planted_register()
	reading = read(register_with_errors.data)
	assert len(register_with_errors.expected) == 25
	assert sorted(found(reading)) == sorted(register_with_errors.expected.values())
	assert all(problem.message.render() and problem.remedy.render() for problem in reading.problems)


def test_values_come_back_as_they_were_written():
	rows = planted.rows()
	reading = read(planted.clean_register())
	for key, written in rows.items():
		for row, wanted in zip(reading.rows[key], written, strict=True):
			got = {name: value for name, value in row.values.items() if value is not None}
			assert got == {name: value for name, value in wanted.items() if value is not None}


def test_each_table_has_unique_headings_and_fits_its_doctype():
	for sheet in SHEETS:
		assert len({column.header for column in sheet.columns}) == len(sheet.columns)
		assert len(set(sheet.keys)) == len(sheet.columns)
		assert sheet.columns[0].key == "register_code"
		assert all(column.source for column in sheet.columns if column.kind in (Kind.LISTED, Kind.REFERENCE))


# One mistake in a cell

CASES = {
	"formula": ("minors", "family_name", "=A1", "formula"),
	"spreadsheet error": ("minors", "family_name", "#REF!", "error #REF!"),
	"boolean as text": ("minors", "family_name", True, "TRUE or FALSE"),
	"boolean as date": ("minors", "arrival_date", False, "TRUE or FALSE"),
	"boolean as amount": ("budget_lines", "amount", True, "TRUE or FALSE"),
	"date as text": ("minors", "arrival_date", "12/03/2025", "written as text"),
	"ISO date as text": ("minors", "arrival_date", "2025-03-12", "written as text"),
	"date with apostrophe": ("minors", "arrival_date", "'12/03/2025", "written as text"),
	"31 February": ("minors", "arrival_date", "31/02/2025", "does not exist"),
	"words for a date": ("minors", "arrival_date", "a marzo", "wants a date, and here is text"),
	"future": ("minors", "arrival_date", datetime(2026, 11, 3), "in the future"),
	"too long ago": ("minors", "arrival_date", datetime(1926, 3, 1), "too long ago"),
	"ten years away": ("pei", "review_due_on", datetime(2126, 9, 1), "ten years away"),
	"number for a text": ("minors", "family_name", 12.5, "wants text, and here is a number"),
	"date for a text": ("budget_lines", "title", datetime(2026, 1, 2), "wants text, and here is a date"),
	"required empty": ("referrals", "shared_information", None, "is empty"),
	"only white space": ("referrals", "shared_information", " \u00a0\u200b ", "is empty"),
	"row without code": ("referrals", "register_code", None, "a code of its own"),
	"code with accents": ("referrals", "register_code", "Nicolò", "cannot be a code"),
	"text too long": ("budget_lines", "title", "x" * 141, "141 characters"),
	"unknown choice": ("minors", "sex", "Maschoi", "perhaps Maschio"),
	"unknown project": ("sessions", "project", "PROG-0", "not a known entry for Progetto"),
	"unknown organisation": ("referrals", "to_organisation", "Nessuno", "not a known entry"),
	"unknown facility": ("minors", "facility", "Casa Girasol", "perhaps Casa Girasole"),
	"unknown area": ("sessions", "training_area", "9", "not a known entry for Area"),
	"unknown country": ("minors", "nationality", "Atlantide", "not a known entry for Cittadinanza"),
	"unknown chapter": ("budget_lines", "chapter", "Z", "not a known entry for Capitolo"),
	"unknown minor": ("pei", "minor", "M-0999", "No row of the sheet Minori"),
	"fiscal code": ("minors", "fiscal_code", "RSSMRA85T10A562X", "typing mistake"),
	"facility missing": ("minors", "facility", None, "facility is not given"),
	"adult as a minor": ("minors", "birth_date", datetime(2005, 1, 1), "18 or older"),
	"born after arriving": ("minors", "birth_date", datetime(2026, 2, 1), "comes before"),
	"review before drafting": ("pei", "review_due_on", datetime(2026, 2, 1), "comes before"),
	"closing date without reason": ("minors", "closed_on", datetime(2026, 6, 1), "without a reason"),
	"reason without closing date": ("minors", "closure_reason", "Trasferimento", "without a closing date"),
	"prosieguo past 21": ("minors", "prosieguo_until", datetime(2031, 6, 1), "21st birthday"),
	"objective without area": ("pei", "area_1", None, "no area"),
	"area without objective": ("pei", "objective_2", None, "objective itself is missing"),
	"held tomorrow": ("sessions", "held_on", datetime(2026, 11, 3), "in the future"),
	"one person twice": ("sessions", "attendance", "Anna V (Avvocato); anna v (Altro)", "there twice"),
	"partner of another project": (
		"budget_lines",
		"partner",
		"Scuola Mappamondo",
		"not a partner of project ROMA-MSNA",
	),
	"25 hours": ("sessions", "hours", 25, "at most 24,00"),
	"no hours": ("sessions", "hours", 0, "is zero"),
	"nobody's profession": ("sessions", "attendance", "Anna Verdi (Astronauta)", "Astronauta"),
	"people without profession": ("sessions", "attendance", "Anna Verdi, Luca", "semicolon"),
	"negative amount": ("budget_lines", "amount", -43, "below zero"),
	"three decimals": ("budget_lines", "amount", 43.005, "more than 2 decimal"),
	"amount as text": ("budget_lines", "amount", "1.234,50", "written as text"),
	"amount with currency": ("budget_lines", "amount", "€ 43,00", "written as text"),
	"amount too large": ("budget_lines", "amount", 10**12, "too large"),
	"wrong product": ("budget_lines", "amount", 44, "quantity times unit cost is EUR 43,00"),
	"duplicate code": ("budget_lines", "register_code", "V-001", "in A2 and in A3"),
	"duplicate code in another case": ("budget_lines", "register_code", "v-001 ", "in A2 and in A3"),
	"line twice": ("budget_lines", "line_code", "B.1", "in C2 and in C3"),
}
ELSEWHERE = {
	"closing date without reason": "closure_reason",
	"reason without closing date": "closed_on",
}


@pytest.mark.parametrize("case", CASES)
def test_one_mistake_is_one_problem_at_its_cell(case):
	sheet_key, column, value, words = CASES[case]
	reading = read(spoilt(sheet_key, column, value))
	at = place_of(sheet_key, ELSEWHERE.get(case, column), 3)
	assert found(reading) == [(SHEET[sheet_key].title, at)], said(reading)
	assert words in said(reading)
	assert not reading.rows[sheet_key][1].importable


def test_a_number_without_date_format_is_no_date():
	reading = read(spoilt("sessions", "held_on", 45600, number_format="General"))
	assert found(reading) == [("Formazione", place_of("sessions", "held_on", 3))]
	assert "wants a date, and here is a number" in said(reading)


@pytest.mark.parametrize(
	("sheet_key", "column", "value", "wanted"),
	[
		("minors", "sex", "  mAsChIo\u00a0", "Male"),
		("minors", "sex", "Male", "Male"),
		("minors", "facility", "casa  girasole", "Casa Girasole"),
		("minors", "nationality", "egitto", "Egypt"),
		("minors", "given_name", "\u00a0Omar\u200b  Ali ", "Omar Ali"),
		("minors", "given_name", "'Abd al-Rahman", "'Abd al-Rahman"),
		("minors", "phone", "'+39 333 1", "+39 333 1"),
		("minors", "phone", 3330000000.0, "3330000000"),
		("sessions", "training_area", 2, "2"),
		("sessions", "training_area", "2 - Area 2", "2"),
		("sessions", "training_area", "2 - Zweiter Bereich", "2"),
		("sessions", "start_time", "9:30", datetime(2026, 1, 1, 9, 30).time()),
		("sessions", "attendance", None, None),
		("pei", "asylum_requested", True, 1),
		("pei", "asylum_requested", "no", 0),
		("budget_lines", "amount", 43.0000000000001, Decimal("43.00")),
	],
)
def test_what_has_one_meaning_is_taken_without_a_word(sheet_key, column, value, wanted):
	reading = read(spoilt(sheet_key, column, value))
	assert found(reading) == [], said(reading)
	assert reading.rows[sheet_key][1].values[column] == wanted


def test_a_provisional_fiscal_code_warns_and_stops_nothing():
	reading = read(spoilt("minors", "fiscal_code", "12345678901"))
	assert found(reading) == []
	assert [warning.cell for warning in reading.warnings] == [place_of("minors", "fiscal_code", 3)]
	assert len(reading.good_rows("minors")) == 8


def test_no_message_repeats_what_identifies_a_person():
	for column, value in (
		("birth_date", "14/03/2010"),
		("given_name", 1.5),
		("fiscal_code", "RSSMRA85T10A562X"),
	):
		words = said(read(spoilt("minors", column, value)))
		assert words and str(value) not in words


# Rows that depend on a wrong row


def test_an_error_in_a_minor_is_not_told_again_at_its_pei():
	reading = read(spoilt("minors", "given_name", None))
	assert found(reading) == [("Minori", "B3")]
	pei = {row.values["minor"]: row.importable for row in reading.rows["pei"]}
	assert pei["M-002"] is False and pei["M-001"] is True


@pytest.mark.parametrize("code", [None, "M-001", "=A2", "#N/A"])
def test_a_minor_whose_code_is_lost_costs_one_problem(code):
	reading = read(spoilt("minors", "register_code", code))
	assert found(reading) == [("Minori", "A3")]
	assert not next(row for row in reading.rows["pei"] if row.values["minor"] == "M-002").importable


def test_a_lost_code_does_not_hide_a_mistyped_one():
	data = spoilt("minors", "register_code", None)
	data = changed(data, lambda workbook: setattr(workbook["PEI"]["B5"], "value", "M-0O4"))
	assert found(read(data)) == [("Minori", "A3"), ("PEI", "B5")]


def test_a_lost_code_that_is_on_the_site_does_not_hide_an_unknown_one():
	data = spoilt("minors", "register_code", None)
	data = changed(data, lambda workbook: setattr(workbook["PEI"]["B5"], "value", "M-999"))
	there = frozenset(f"M-{number:03d}" for number in range(1, 9))
	assert found(read(data, replace(REFERENCE, existing={"minors": there}))) == [
		("Minori", "A3"),
		("PEI", "B5"),
	]


def test_codes_without_numbers_are_told_apart_by_their_use():
	rows = {key: list(found_rows) for key, found_rows in planted.rows().items()}
	names = ["alfa", "beta", "gamma", "delta"]
	minors = [{**row, "register_code": name} for row, name in zip(rows["minors"], names, strict=False)]
	pei = [{**row, "minor": name} for row, name in zip(rows["pei"], [*names, "gamma"], strict=False)]
	minors[2]["register_code"] = None
	pei[0]["minor"] = "alpha"
	data = register.workbook(REFERENCE, {"minors": minors, "pei": pei})
	assert found(read(data)) == [("Minori", "A4"), ("PEI", "B2")]


def test_a_row_may_refer_to_a_minor_that_is_on_the_site():
	data = spoilt("pei", "minor", "OLD-1")
	assert found(read(data)) == [("PEI", "B3")]
	there = Reference(**{**vars(REFERENCE), "existing": {"minors": frozenset({"old-1"})}})
	reading = read(data, there)
	assert found(reading) == []
	assert reading.rows["pei"][1].importable


def test_several_dates_before_a_wrong_one_are_one_problem_at_the_wrong_one():
	# The entry is a year late: the interview and the transfer both seem to come before it.
	def change(workbook):
		sheet = workbook["Minori"]
		sheet[place_of("minors", "reception_entry", 3)].value = datetime(2026, 10, 1, 8)
		sheet[place_of("minors", "second_reception_on", 3)].value = datetime(2026, 3, 1)

	assert found(read(changed(small(), change))) == [("Minori", place_of("minors", "reception_entry", 3))]


# The shape of the sheets


def test_a_renamed_column_is_one_problem_and_its_rows_stay_out():
	reading = read(spoilt("referrals", "urgency", "Priorità", row=1))
	assert found(reading) == [("Invii", "E1")]
	assert "Urgenza" in said(reading) and "Priorità" in said(reading)
	assert reading.good_rows("referrals") == [] and len(reading.good_rows("minors")) == 8


def test_a_missing_column():
	reading = read(changed(small(), lambda workbook: workbook["Minori"].delete_cols(3)))
	assert found(reading) == [("Minori", "C1")]
	assert "Cognome is missing" in said(reading)


def test_a_missing_required_column_is_not_told_again_in_each_row():
	reading = read(changed(small(), lambda workbook: workbook["Invii"].delete_cols(3)))
	assert found(reading) == [("Invii", "C1")]


def test_an_extra_column():
	reading = read(changed(small(), lambda workbook: setattr(workbook["Invii"]["Q1"], "value", "Appunti")))
	assert found(reading) == [("Invii", "Q1")]


def test_something_in_a_column_without_heading():
	reading = read(changed(small(), lambda workbook: setattr(workbook["Invii"]["P4"], "value", "?")))
	assert found(reading) == [("Invii", "P4")]


def test_a_heading_that_is_there_twice():
	reading = read(changed(small(), lambda workbook: setattr(workbook["Invii"]["L1"], "value", "Urgenza")))
	assert found(reading) == [("Invii", "L1")]


def test_moved_columns_and_headings_in_another_case_are_read_by_name():
	def change(workbook):
		workbook["Invii"].insert_cols(2)
		workbook["Invii"]["A1"].value = " CODICE"

	assert found(read(changed(small(), change))) == []


def test_a_sheet_without_headings_is_one_problem():
	assert found(read(changed(small(), lambda workbook: workbook["Invii"].delete_rows(1)))) == [
		("Invii", "A1")
	]


def test_a_missing_sheet_is_one_problem():
	reading = read(changed(small(), lambda workbook: workbook.remove(workbook["Minori"])))
	assert found(reading) == [("Minori", "")]


def test_sheets_of_ones_own_are_left_alone():
	assert (
		found(read(changed(small(), lambda workbook: workbook.create_sheet("Appunti").append(["x"])))) == []
	)


@pytest.mark.parametrize(
	("area", "cell"), [("B3:C3", "B3"), ("A3:A4", "A3"), ("G2:G6", "G2"), ("B1:C1", "B1"), ("E8:E9", "E8")]
)
def test_merged_cells_are_one_problem(area, cell):
	reading = read(changed(small(), lambda workbook: workbook["Minori"].merge_cells(area)))
	assert found(reading) == [("Minori", cell)], said(reading)
	assert area in said(reading)


def test_merged_cells_beside_the_table_do_not_matter():
	assert found(read(changed(small(), lambda workbook: workbook["Invii"].merge_cells("A30:C31")))) == []


# Files that are no workbook


def pack(parts: dict[str, str | bytes]) -> bytes:
	stream = io.BytesIO()
	with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
		for name, content in parts.items():
			archive.writestr(name, content)
	return stream.getvalue()


def repacked(data: bytes, part: str, change) -> bytes:
	with zipfile.ZipFile(io.BytesIO(data)) as archive:
		parts = {name: archive.read(name) for name in archive.namelist()}
	parts[part] = change(parts[part])
	return pack(parts)


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
FILES = {
	"empty": (b"", "file is empty"),
	"encrypted": (xlsx.OLE_MAGIC + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
	"xls": (xlsx.OLE_MAGIC + b"\0" * 600 + "Workbook".encode("utf-16-le"), ".xls"),
	"csv": (b"Codice;Nome\nM-1;Omar\n", "text file"),
	"binary": (bytes(range(256)) * 8, "not a workbook"),
	"ods": (
		pack({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}),
		".ods",
	),
	"zip": (pack({"readme.txt": "hello"}), "not an .xlsx workbook"),
	"docx": (pack({"[Content_Types].xml": "<Types/>", "word/document.xml": "<a/>"}), "damaged"),
	"bomb": (
		pack({"[Content_Types].xml": "<T/>", "xl/worksheets/sheet1.xml": b" " * 250_000_000}),
		"unpacks to 250 MB",
	),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_register_is_refused_in_words(case):
	data, words = FILES[case]
	started = clock.monotonic()
	reading = read(data)
	assert (reading.usable, found(reading)) == (False, [("", "")])
	assert words in said(reading)
	assert clock.monotonic() - started < 5


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(share):
	reading = read(small()[: int(len(small()) * share)])
	assert not reading.usable
	assert "damaged" in said(reading)


def test_a_part_with_entities_is_refused_unread():
	data = repacked(
		small(),
		"xl/worksheets/sheet2.xml",
		lambda part: ENTITIES + part.split(b"?>", 1)[-1].replace(b"Nome", b"&b;"),
	)
	reading = read(data)
	assert not reading.usable
	assert "XML definitions" in said(reading)


def test_rows_out_of_order_are_refused():
	def swap(part: bytes) -> bytes:
		return part.replace(b'<row r="3"', b'<row r="999999999"')

	with zipfile.ZipFile(io.BytesIO(small())) as archive:
		assert b'<row r="3"' in archive.read("xl/worksheets/sheet2.xml")
	assert not read(repacked(small(), "xl/worksheets/sheet2.xml", swap)).usable


def test_100_000_empty_rows_with_a_format_on_every_cell_cost_seconds():
	columns = len(SHEET["minors"].columns)
	letters = [xlsx.get_column_letter(place) for place in range(1, columns + 1)]
	filler = "".join(
		f'<row r="{number}">{"".join(f"""<c r="{letter}{number}" s="1"/>""" for letter in letters)}</row>'
		for number in range(10, 100_010)
	).encode()
	data = repacked(
		small(),
		"xl/worksheets/sheet2.xml",
		lambda part: part.replace(b"</sheetData>", filler + b"</sheetData>"),
	)
	started = clock.monotonic()
	reading = read(data)
	assert clock.monotonic() - started < 10
	assert found(reading) == []
	assert len(reading.rows["minors"]) == 8


def test_a_row_after_thousands_of_empty_ones_is_read():
	def change(workbook: Workbook) -> None:
		sheet = workbook["Minori"]
		for number in range(10, 3000):
			sheet.cell(number, 1).fill = PatternFill("solid", fgColor="FFFF00")
		sheet["B3000"].value = "Omar"

	reading = read(changed(small(), change))
	assert ("Minori", "A3000") in found(reading)


def test_a_sheet_of_too_many_rows_is_cut_with_one_problem(monkeypatch):
	monkeypatch.setattr("core_minori.engine.sheets.MOST_ROWS", 5)
	reading = read(small())
	assert ("Minori", "A7") in found(reading)
	assert len(reading.rows["minors"]) == 5


def test_another_programs_namespace_prefix_is_read():
	def prefixed(part: bytes) -> bytes:
		text = part.decode()
		for name in ("worksheet", "sheetData", "row", "c", "v", "is", "t", "mergeCells", "mergeCell"):
			for mark in ("<", "</"):
				for end in (" ", ">", "/>"):
					text = text.replace(f"{mark}{name}{end}", f"{mark}x:{name}{end}")
		return text.replace("xmlns=", "xmlns:x=").encode()

	spoilt_one = spoilt("minors", "sex", "Maschoi")
	merged = changed(spoilt_one, lambda workbook: workbook["Minori"].merge_cells("B4:C4"))
	with zipfile.ZipFile(io.BytesIO(merged)) as archive:
		part = archive.read("xl/worksheets/sheet2.xml")
	# Only the elements the reading needs: the rest of the sheet goes.
	start, end = part.index(b"<sheetData>"), part.index(b"</sheetData>") + len(b"</sheetData>")
	merge = part[part.index(b"<mergeCells") : part.index(b"</mergeCells>") + len(b"</mergeCells>")]
	bare = part[: part.index(b">") + 1] + part[start:end] + merge + b"</worksheet>"
	reading = read(repacked(merged, "xl/worksheets/sheet2.xml", lambda _: prefixed(bare)))
	assert found(reading) == [("Minori", "E3"), ("Minori", "B4")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", xlsx.OLE_MAGIC]))
def test_random_bytes_never_raise(noise, start):
	reading = read(start + noise)
	assert not reading.usable and len(reading.problems) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_workbook_with_bytes_changed_never_raises(data):
	content = bytearray(small())
	for _ in range(data.draw(st.integers(1, 6))):
		place = data.draw(st.integers(0, len(content) - 1))
		content[place] = data.draw(st.integers(0, 255))
	reading = read(bytes(content))
	assert reading.usable or len(reading.problems) == 1


CELL_VALUES = st.one_of(
	st.none(),
	st.booleans(),
	st.integers(-(10**20), 10**20),
	st.floats(allow_nan=False, allow_infinity=False),
	st.text(alphabet=string.printable[:95] + "àé\u00a0\u200b€'", max_size=200),
	st.datetimes(datetime(1900, 3, 1), datetime(2200, 1, 1)),
	st.sampled_from(["=1+1", "#N/A", "31/02/2026", "M-001", "NaN", "1e999"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
	st.sampled_from([sheet.title for sheet in SHEETS]),
	st.lists(st.tuples(st.integers(1, 12), st.integers(1, 40), CELL_VALUES), min_size=1, max_size=8),
)
def test_whatever_a_cell_holds_every_problem_has_words_and_a_place(title, cells):
	def change(workbook: Workbook) -> None:
		for row, column, value in cells:
			workbook[title].cell(row, column).value = value

	reading = read(changed(small(), change))
	assert reading.usable
	for problem in reading.problems:
		assert problem.message.render() and problem.remedy.render()
		assert problem.sheet == "" or problem.sheet in {sheet.title for sheet in SHEETS}


def test_numbers_that_are_none_are_told():
	for value in ("1e999", "-1e999", "1" * 400):
		data = repacked(
			spoilt("budget_lines", "amount", 4242),
			"xl/worksheets/sheet6.xml",
			lambda part, value=value: part.replace(b"<v>4242</v>", f"<v>{value}</v>".encode()),
		)
		assert found(read(data)) == [("Voci di budget", place_of("budget_lines", "amount", 3))]


# The template


def test_the_template_is_empty_has_lists_notes_and_formats():
	workbook = load_workbook(io.BytesIO(register.template(REFERENCE)))
	assert workbook["Elenchi"].sheet_state == "hidden"
	for sheet in SHEETS:
		worksheet = workbook[sheet.title]
		assert worksheet.max_row == 1 and worksheet.freeze_panes == "B2"
		lists = {
			str(validation.sqref).split(":")[0]
			for validation in worksheet.data_validations.dataValidation
			if validation.type == "list"
		}
		for place, column in enumerate(sheet.columns, start=1):
			cell = worksheet.cell(1, place)
			assert cell.comment and cell.value.rstrip(" *") == column.header
			assert (f"{cell.column_letter}2" in lists) == (
				column.kind in (Kind.CHOICE, Kind.LISTED, Kind.REFERENCE)
			)
			if column.kind is Kind.DATE:
				assert worksheet.column_dimensions[cell.column_letter].number_format == "dd/mm/yyyy"
	reading = read(register.template(REFERENCE))
	assert (reading.problems, reading.row_count) == ([], 0)


def test_each_drop_down_offers_exactly_what_the_reading_takes():
	workbook = load_workbook(io.BytesIO(register.template(REFERENCE)))
	written = 0
	for sheet in SHEETS:
		worksheet = workbook[sheet.title]
		for validation in worksheet.data_validations.dataValidation:
			if validation.type != "list" or "Elenchi" not in validation.formula1:
				continue
			offered = workbook["Elenchi"][validation.formula1.split("!")[1].replace("$", "")]
			column = worksheet[str(validation.sqref).split(":")[0]].column
			for number, row in enumerate(offered, start=2):
				assert row[0].value
				worksheet.cell(number, column).value = row[0].value
				written += 1
	stream = io.BytesIO()
	workbook.save(stream)
	reading = read(stream.getvalue())
	assert written > 100 and reading.row_count > 20
	assert "not a known entry" not in said(reading)


def test_the_lists_travel_with_the_workbook():
	reference = Reference(**{**vars(REFERENCE), "existing": {"minors": frozenset({"OLD-1", "OLD-2"})}})
	assert register.reference_in(register.template(reference)) == reference
	assert register.reference_in(b"no") is None
	assert register.reference_in(pack({"a": "b"})) is None
	plain = io.BytesIO()
	Workbook().save(plain)
	assert register.reference_in(plain.getvalue()) is None


def test_no_text_that_is_written_becomes_a_formula():
	nasty = ["=1+1", "+39", "-1", "@SUM(A1)", "\t=1", "\r=1", "#N/A", "=HYPERLINK('http://x','y')"]
	reference = Reference(**{**vars(REFERENCE), "organisations": tuple(nasty)})
	rows = {
		"minors": [
			{**planted.rows()["minors"][0], "given_name": text, "register_code": f"N-{place}"}
			for place, text in enumerate(nasty)
		]
	}
	data = register.workbook(reference, rows)
	workbook = load_workbook(io.BytesIO(data))
	for worksheet in workbook:
		for row in worksheet.iter_rows():
			for cell in row:
				assert cell.data_type not in ("f", "e")
				if isinstance(cell.value, str):
					# A list entry that is chosen is typed anew, so those have their apostrophe.
					listed = worksheet.title == "Elenchi" and cell.value.startswith("'")
					assert listed or cell.quotePrefix == would_run(cell.value), cell.value
	assert found(read(data, reference)) == []
	assert [row.values["given_name"] for row in read(data, reference).rows["minors"]] == [
		clean(text) for text in nasty
	]


def test_progress_grows_to_the_whole():
	steps: list[tuple[int, int]] = []
	register.read(planted.clean_register(), REFERENCE, TODAY, lambda done, total: steps.append((done, total)))
	assert len(steps) > 2
	assert steps == sorted(steps) and steps[-1][0] == steps[-1][1] > 800


def test_a_list_without_entries_makes_every_value_unknown():
	bare = Reference(training_areas=(Known("1"),))
	reading = read(spoilt("minors", "facility", "Casa Girasole"), bare)
	assert ("Minori", place_of("minors", "facility", 3)) in found(reading)


def test_a_session_outside_its_project_warns_and_the_days_of_its_ends_do_not():
	at = place_of("sessions", "held_on", 3)
	for day, cells in (
		(datetime(2023, 8, 31), [at]),
		(datetime(2023, 9, 1), []),
		(datetime(2026, 8, 31), []),
		(datetime(2026, 9, 1), [at]),
	):
		reading = read(spoilt("sessions", "held_on", day))
		assert (found(reading), [warning.cell for warning in reading.warnings]) == ([], cells)
