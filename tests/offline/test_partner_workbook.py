"""The partner's workbook with no server: the errors at their cells, the hidden sheet, the papers."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import planted_partner
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from planted_partner import REFERENCE, TODAY, place_of

from core_minori import cli
from core_minori.engine import papers
from core_minori.engine import partner_workbook as pw
from core_minori.engine.message import RuleError
from core_minori.engine.xlsx import Refused


def few(count: int = 12, **changes: object) -> list[dict]:
	rows = planted_partner.rows(count=count)
	rows[1] |= changes  # an invoice
	return rows


def read(rows: list[dict], reference: pw.PartnerReference = REFERENCE, **kwargs) -> pw.Reading:
	return pw.read(pw.workbook(reference, rows), TODAY, **kwargs)


def found(reading: pw.Reading) -> list[tuple[str, str]]:
	return [(problem.cell, problem.message.render()) for problem in reading.problems + reading.warnings]


def changed(data: bytes, change) -> bytes:
	book = load_workbook(BytesIO(data))
	change(book)
	stream = BytesIO()
	book.save(stream)
	return stream.getvalue()


# The whole workbook


def test_a_thousand_clean_rows_are_clean():
	reading = pw.read(planted_partner.clean_workbook(), TODAY)
	assert (reading.row_count, found(reading)) == (1000, [])


def test_the_command_finds_the_40_planted_errors_at_their_cells(capsys, tmp_path):
	planted = planted_partner.planted_workbook()
	path = tmp_path / "spese.xlsx"
	path.write_bytes(planted.data)
	code = cli.main(["check", str(path), "--today", TODAY.isoformat(), "--language", "en"])
	out = capsys.readouterr().out
	printed = re.findall(r"^  (\w+) ([A-Z]+\d+): (.+) → (.+)$", out, re.MULTILINE)
	assert code == 1
	assert sorted((sheet, cell) for sheet, cell, __, __ in printed) == sorted(planted.expected.values())
	assert len(planted.expected) == 40
	assert "36 problems, 4 warnings, 1000 rows" in out
	# At least fifteen kinds: what is said differs in more than the values.
	texts = {problem.message.text for problem in pw.read(planted.data, TODAY).problems}
	assert len(texts) >= 25


def test_a_clean_workbook_ends_with_0(capsys, tmp_path):
	path = tmp_path / "spese.xlsx"
	path.write_bytes(planted_partner.clean_workbook(count=20))
	assert cli.main(["check", str(path), "--today", TODAY.isoformat()]) == 0


def test_what_is_written_is_read_back_the_same():
	rows = few(60)
	reading = read(rows)
	assert [pw.digest_of(row.values) for row in reading.rows[pw.COSTS]] == [pw.digest_of(row) for row in rows]


@pytest.mark.skipif(not shutil.which("soffice"), reason="no LibreOffice on this machine")
def test_a_partner_may_save_it_with_libreoffice(tmp_path):
	planted = planted_partner.planted_workbook()
	(tmp_path / "spese.xlsx").write_bytes(planted.data)
	subprocess.run(
		[
			"soffice",
			f"-env:UserInstallation=file://{tmp_path}/profile",
			"--headless",
			"--convert-to",
			"xlsx",
			"--outdir",
			str(tmp_path / "out"),
			str(tmp_path / "spese.xlsx"),
		],
		check=True,
		capture_output=True,
		timeout=300,
	)
	saved = (tmp_path / "out" / "spese.xlsx").read_bytes()
	reading = pw.read(saved, TODAY, site=REFERENCE)
	cells = sorted((problem.sheet, problem.cell) for problem in reading.problems + reading.warnings)
	assert cells == sorted(planted.expected.values())


def test_only_the_cells_to_fill_are_open():
	book = load_workbook(BytesIO(planted_partner.clean_workbook(count=5)))
	sheet = book["Spese"]
	assert all(worksheet.protection.sheet for worksheet in book.worksheets)
	assert sheet["A1"].protection.locked
	assert not sheet["A2"].protection.locked  # a row that is there
	assert not sheet.column_dimensions["C"].protection.locked  # and those to come
	assert book["Budget"]["A2"].protection.locked
	assert book["Elenchi"].sheet_state == "hidden"
	reaches = {str(area) for rule in sheet.data_validations.dataValidation for area in rule.sqref.ranges}
	assert "B2:B2001" in reaches and "H2:H2001" in reaches and "N2:N2001" in reaches


def test_what_looks_like_a_formula_is_text():
	rows = few(description="=HYPERLINK(1)", supplier="+Bar")
	book = load_workbook(BytesIO(pw.workbook(REFERENCE, rows)))
	cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
	assert not [cell for cell in cells if cell.data_type == "f"]
	row = read(rows).rows[pw.COSTS][1]
	assert (row.values["description"], row.values["supplier"]) == ("=HYPERLINK(1)", "+Bar")


# The hidden sheet


def test_the_hidden_sheet_says_what_the_reference_said():
	declared = (pw.Declared("SP-1", "ab", "A.1", Decimal("10.50"), "cd ef", True),)
	reference = replace(REFERENCE, declared=declared, vat_recoverable=Decimal("40.00"), public_body=True)
	carried = pw.reference_in(pw.workbook(reference))
	assert carried.rules_version == reference.rules_version
	assert replace(carried, rules=reference.rules) == reference


@pytest.mark.parametrize("heading", ["partner.rules", "partner.lines", "partner.project", "partner.digest"])
def test_a_changed_hidden_sheet_is_refused(heading):
	def soften(book):
		sheet = book["Elenchi"]
		cell = next(cell for cell in sheet[1] if cell.value == heading)
		below = sheet.cell(2, cell.column)
		below.value = str(below.value).replace("Block", "Inform").replace("2027", "2029") + " "

	data = changed(pw.workbook(REFERENCE, few()), soften)
	assert pw.is_partner_workbook(data)
	for site in (None, REFERENCE):
		reading = pw.read(data, TODAY, site=site)
		assert not reading.usable
		assert found(reading) == [("", "The hidden sheet of this workbook was changed.")]


def test_a_workbook_without_the_hidden_sheet_is_told_apart(capsys, tmp_path):
	def take_out(book):
		del book["Elenchi"]

	path = tmp_path / "spese.xlsx"
	path.write_bytes(changed(pw.workbook(REFERENCE, few()), take_out))
	assert cli.main(["check", str(path), "--language", "en"]) == 2
	assert "hidden sheet was taken out" in capsys.readouterr().out


@pytest.mark.parametrize("change", [{"project": "ANTARES"}, {"partner": "Cooperativa Rosa"}])
def test_the_workbook_of_another_is_refused(change):
	reading = read(few(), site=replace(REFERENCE, **change))
	assert not reading.usable
	assert found(reading) == [("", "This workbook is of Cooperativa Vela on project ROMA-MSNA.")]


def test_older_rules_are_told_and_todays_judge():
	tighter = replace(REFERENCE, ends_on=REFERENCE.starts_on + timedelta(days=100))
	reading = read(few(), site=tighter)
	assert "other rules" in reading.warnings[0].message.render()
	assert any("outside project" in words for __, words in found(reading))


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_answered(data):
	assert not pw.read(data, TODAY).usable
	assert not pw.read(b"PK\x03\x04" + data, TODAY, site=REFERENCE).usable


# What was declared before


def declared(row: dict, **changes: object) -> pw.Declared:
	values = {
		"code": row["declared_code"],
		"digest": pw.digest_of(row),
		"line": row["budget_line"],
		"imputed": pw.canonical(row)["imputed_amount"],
		"documents": " ".join(pw.document_keys(row)),
	}
	return pw.Declared(**{**values, **changes})


def test_a_document_declared_under_another_code_is_a_duplicate():
	rows = few()
	before = replace(REFERENCE, declared=(declared(rows[1], code="VECCHIA-1"),))
	cells = found(read(rows, before))
	assert cells[-1][0] == place_of("document_number", 2) or cells[0][0] == place_of("document_number", 2)
	assert any("was declared before, with the code VECCHIA-1" in words for __, words in cells)


def test_a_claimed_row_stays_as_it_is():
	rows = few()
	before = replace(REFERENCE, declared=(declared(rows[1], claimed=True),))
	assert found(read(rows, before)) == []
	rows[1]["description"] = "Un altro testo"
	assert [cell for cell, __ in found(read(rows, before))] == ["A3"]


def test_rows_that_disappeared_are_told_once():
	rows = few()
	gone = tuple(declared(row) for row in few(3))
	reading = read(rows[3:], replace(REFERENCE, declared=gone))
	assert [cell for cell, __ in found(reading)] == [""]
	assert "3 costs declared before are not in this workbook: SP-0001" in found(reading)[0][1]


def test_the_budget_counts_what_is_imputed_already_and_each_row_once():
	rows = few(3)
	mine = pw.canonical(rows[1])["imputed_amount"]
	line = next(line for line in REFERENCE.lines if line.code == rows[1]["budget_line"])
	full = replace(line, planned=Decimal(1000), imputed=Decimal(1000))
	lines = tuple(full if one is line else one for one in REFERENCE.lines)
	over = found(read(rows, replace(REFERENCE, lines=lines)))
	assert len(over) == 1 and "goes over its budget" in over[0][1]
	# The same row, declared before, is in those 1,000 euro already.
	again = replace(REFERENCE, lines=lines, declared=(declared(rows[1], imputed=mine),))
	assert found(read(rows, again)) == []


# Arithmetic


@pytest.mark.parametrize(
	("amount", "percent", "imputed", "expected"),
	[
		("100", None, None, "100.00"),
		("100", "33.33", None, "33.33"),
		("100", None, "12.30", "12.30"),
		("-50", None, None, "-50.00"),
		("1000", "33.33", "333.33", "333.33"),
	],
)
def test_what_is_imputed(amount, percent, imputed, expected):
	values = [Decimal(value) if value else None for value in (amount, percent, imputed)]
	assert pw.declared_imputation(*values) == Decimal(expected)


@pytest.mark.parametrize(("percent", "imputed"), [("50", "80"), (None, "100.01"), (None, "-5")])
def test_an_imputation_that_cannot_be(percent, imputed):
	with pytest.raises(RuleError):
		pw.declared_imputation(Decimal(100), Decimal(percent) if percent else None, Decimal(imputed))


def test_units_make_the_amount():
	assert pw.declared_amount(None, "Units Delivered", Decimal(3), Decimal("35.10")) == Decimal("105.30")
	with pytest.raises(RuleError):
		pw.declared_amount(Decimal(100), "Units Delivered", Decimal(3), Decimal("35.10"))


@pytest.mark.parametrize(
	("kind", "method", "fits"),
	[
		("Document", "Real Cost", True),
		("Staff", "Real Cost", True),
		("Units Delivered", "Real Cost", False),
		("Units Delivered", "Unit Cost", True),
		("Document", "Unit Cost", False),
		("Lump Sum", "Lump Sum", True),
		("Document", "Flat Rate", False),
		("Lump Sum", "Flat Rate", False),
	],
)
def test_each_line_takes_its_kind_of_cost(kind, method, fits):
	assert (pw.check_cost_type(kind, "A.1", method) is None) == fits


def test_one_spelling_for_a_row_and_its_record():
	row = {
		"declared_code": "A",
		"amount": Decimal("10.00"),
		"cup": "i61 e20000000007",
		"quantity": Decimal(2),
	}
	record = {
		"declared_code": "A",
		"amount": 10.0,
		"cup": "I61E20000000007",
		"quantity": 2.0,
		"percent": 100.0,
	}
	assert pw.digest_of(row) == pw.digest_of(record)
	assert pw.digest_of(row) != pw.digest_of({**row, "document_date": date(2026, 1, 1)})


# Papers


def zipped(*files: tuple[str, bytes]) -> bytes:
	stream = io.BytesIO()
	with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
		for name, content in files:
			archive.writestr(name, content)
	return stream.getvalue()


def test_papers_are_found_by_name_in_any_folder():
	found = papers.open_papers(
		zipped(("a/FT-1.pdf", b"uno"), ("perche\u0301.PDF", b"due"), ("__MACOSX/x.pdf", b""), ("c/", b""))
	)
	assert found.names() == ["FT-1.pdf", "perche\u0301.PDF"]
	assert found.read("ft-1.PDF") == b"uno"
	assert found.read("perch\u00e9.pdf") == b"due"
	assert "altro.pdf" not in found


def test_two_different_files_of_one_name_are_told():
	found = papers.open_papers(
		zipped(("a/1.pdf", b"uno"), ("b/1.pdf", b"due"), ("c/2.pdf", b"x"), ("2.pdf", b"x"))
	)
	assert papers.is_doubled(found, "1.PDF")
	assert not papers.is_doubled(found, "2.pdf")


@pytest.mark.parametrize("name", ["../etc/passwd", "/etc/passwd", "a/../../b.pdf", "C:\\x.pdf", "..\\x.pdf"])
def test_a_way_out_of_the_folder_is_refused(name):
	with pytest.raises(Refused):
		papers.open_papers(zipped((name, b"x")))


def test_a_bomb_is_refused_before_it_is_opened(monkeypatch):
	monkeypatch.setattr(papers, "MOST_UNPACKED_BYTES", 1_000_000)
	with pytest.raises(Refused, match="more than is taken"):
		papers.open_papers(zipped(("zero.pdf", b"\0" * 2_000_000)))


def test_a_zip_with_a_password_is_refused():
	data = bytearray(zipped(("a.pdf", b"uno")))
	data[data.index(b"PK\x01\x02") + 8] |= 1
	with pytest.raises(Refused, match="password"):
		papers.open_papers(bytes(data))


@pytest.mark.parametrize("data", [b"", b"ciao", b"PK\x03\x04nothing"])
def test_what_is_no_zip_is_refused(data):
	with pytest.raises(Refused):
		papers.open_papers(data)


def test_a_damaged_paper_is_told():
	data = bytearray(zipped(("a.pdf", b"contenuto del documento" * 20)))
	data[45] ^= 0xFF
	with pytest.raises(Refused):
		papers.open_papers(bytes(data)).read("a.pdf")
