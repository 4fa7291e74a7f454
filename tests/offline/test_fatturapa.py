"""E-invoices: what is read of them, and what is not opened."""

import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from stdnum.it import iva

from core_minori.engine import fatturapa
from core_minori.engine.message import RuleError, Severity
from core_minori.tests import einvoice

CUP = "C11G06000000001"
OTHER_CUP = "G61H25000270006"
CIG = "B1FCBC8A98"
NAME = "IT01234567890_00001.xml"


def read(data: bytes, name: str = NAME) -> fatturapa.Invoice:
	(found,) = fatturapa.archive_for_import(name, data)[1]
	return found


def refused(data: bytes, name: str = NAME) -> str:
	with pytest.raises(RuleError) as caught:
		fatturapa.archive_for_import(name, data)
	return caught.value.finding.rule


def test_the_builder_makes_true_check_digits():
	assert all(iva.is_valid(einvoice.vat_number(serial)) for serial in (1, 1234567, 7654321, 9999999))


@pytest.mark.parametrize("form", fatturapa.FORMATS)
@pytest.mark.parametrize("block", fatturapa._REFERENCES)
def test_codes_are_read_from_every_block_in_both_formats(form, block):
	body = einvoice.body(references=einvoice.reference(block, CUP, CIG))
	found = read(einvoice.invoice(body, form=form))
	assert (found.format, found.cups, found.cigs) == (form, (CUP,), (CIG,))
	assert (found.number, found.day, found.document_type) == ("12/A", date(2026, 5, 4), "TD01")
	assert found.supplier_tax_id == f"IT{einvoice.vat_number(1234567)}"
	assert found.buyer_tax_id == f"IT{einvoice.vat_number(7654321)}"
	assert found.references[0].where == block


def test_a_code_of_some_rows_is_not_the_code_of_the_others():
	references = einvoice.reference(cup=CUP, rows=[2]) + einvoice.reference("DatiContratto", cup=OTHER_CUP)
	found = read(einvoice.invoice(einvoice.body(references=references, rows=(("a", 1), ("b", 2), ("c", 3)))))
	assert [found.cup_of_row(place) for place in (1, 2, 3)] == [OTHER_CUP, CUP, OTHER_CUP]
	assert [finding.rule for finding in fatturapa.check_codes(found)] == ["e-invoice-cups"]


def test_two_codes_of_the_whole_document_are_no_row_s_code():
	references = einvoice.reference(cup=CUP) + einvoice.reference(cup=OTHER_CUP)
	assert read(einvoice.invoice(einvoice.body(references=references))).cup_of_row(1) == ""


def test_codes_written_among_the_words_are_found():
	body = einvoice.body(cause=f"Progetto CARE, CUP: {CUP}", rows=((f"Ore, CIG {CIG}", 10), ("Altro", 5)))
	found = read(einvoice.invoice(body))
	assert found.cups == (CUP,) and found.cigs == (CIG,)
	assert [reference.where for reference in found.references] == ["Causale", "Descrizione"]


def test_codes_with_spaces_and_small_letters_are_one_code():
	references = einvoice.reference(cup="c11g 06000000001", cig=CIG.lower())
	found = read(einvoice.invoice(einvoice.body(references=references, cause=f"CUP {CUP}")))
	assert found.cups == (CUP,) and len(found.references) == 1


def test_wrong_codes_warn_and_never_stop():
	references = einvoice.reference(cup="NON-E-UN-CUP", cig="0000000000")
	findings = fatturapa.check_codes(read(einvoice.invoice(einvoice.body(references=references))))
	assert [(finding.rule, finding.severity) for finding in findings] == [
		("cup", Severity.WARN),
		("cig", Severity.WARN),
	]


def test_a_credit_note_is_told():
	found = read(einvoice.invoice(einvoice.body(kind="TD04")))
	assert found.is_credit_note
	assert [finding.rule for finding in fatturapa.check_codes(found)] == ["e-invoice-credit-note"]


def test_another_s_invoice_and_another_total_are_told():
	found = read(einvoice.invoice())
	ours = einvoice.vat_number(7654321)
	assert found.total == Decimal("122.00")
	assert fatturapa.check_codes(found, f"IT {ours}", Decimal("122.00")) == []
	assert fatturapa.check_codes(found, "", None) == []
	findings = fatturapa.check_codes(found, einvoice.vat_number(42), Decimal("121.99"))
	assert [finding.rule for finding in findings] == ["e-invoice-buyer", "e-invoice-total"]
	assert {finding.severity for finding in findings} == {Severity.WARN}


def test_the_identifier_is_that_of_the_metadata_else_the_name_at_the_exchange_system():
	data = einvoice.zipped(
		{
			"IT01234567890_00001.xml": einvoice.invoice(),
			"IT01234567890_00001_MT_001.xml": einvoice.metadata("IT01234567890_00001.xml", "2468013579"),
			"IT01234567890_00002.xml": einvoice.invoice(einvoice.body(number="13")),
			"fattura maggio.xml": einvoice.invoice(einvoice.body(number="14")),
		}
	)
	returned, found = fatturapa.archive_for_import("fatture.zip", data)
	assert [one.sdi_id for one in found] == ["2468013579", "IT01234567890_00002", ""]
	assert returned is data


def test_metadata_of_a_signed_file_is_of_the_file_inside():
	data = einvoice.zipped(
		{
			NAME: einvoice.invoice(),
			"IT01234567890_00001_MT_001.xml": einvoice.metadata(f"{NAME}.p7m", "77"),
		}
	)
	assert read(data).sdi_id == "77"


def test_one_xml_becomes_the_zip_that_erpnext_reads():
	data = einvoice.invoice()
	returned, __ = fatturapa.archive_for_import(NAME, data)
	archive = zipfile.ZipFile(BytesIO(returned))
	assert archive.namelist() == [NAME] and archive.read(NAME) == data


def test_a_lot_becomes_one_file_an_invoice():
	lot = einvoice.invoice(
		einvoice.body(number="1", references=einvoice.reference(cup=CUP)),
		einvoice.body(number="2", rows=(("x", 7), ("y", 8))),
	)
	returned, found = fatturapa.archive_for_import(NAME, einvoice.zipped({NAME: lot}))
	archive = zipfile.ZipFile(BytesIO(returned))
	assert archive.namelist() == ["IT01234567890_00001-1.xml", "IT01234567890_00001-2.xml"]
	assert [(one.number, one.cups, len(one.rows)) for one in found] == [("1", (CUP,), 1), ("2", (), 2)]
	assert {one.sdi_id for one in found} == {"IT01234567890_00001"}
	for name, number in zip(archive.namelist(), ("1", "2"), strict=True):
		assert read(archive.read(name), name).number == number


def test_a_lot_that_was_taken_apart_keeps_its_identifier():
	lot = einvoice.invoice(einvoice.body(number="1"), einvoice.body(number="2"))
	metadata = {"IT01234567890_00001_MT_001.xml": einvoice.metadata(NAME, "77")}
	for files, identifier in (({NAME: lot}, "IT01234567890_00001"), ({NAME: lot, **metadata}, "77")):
		once, __ = fatturapa.archive_for_import("a.zip", einvoice.zipped(files))
		again, found = fatturapa.archive_for_import("a.zip", once)
		assert again is once
		assert [one.sdi_id for one in found] == [identifier] * 2


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-16"])
def test_other_encodings_reach_erpnext_as_utf_8(encoding):
	returned, found = fatturapa.archive_for_import(
		NAME, einvoice.invoice(supplier_name="Comunità Però", encoding=encoding)
	)
	assert found[0].supplier_name == "Comunità Però"
	assert "Comunità Però" in zipfile.ZipFile(BytesIO(returned)).read(NAME).decode("utf-8")


@pytest.mark.parametrize("open_ended", [False, True])
def test_a_signed_file_is_taken_out_of_its_envelope(open_ended):
	data = einvoice.invoice()
	signed = einvoice.signed(data, open_ended)
	for returned, found in (
		fatturapa.archive_for_import(f"{NAME}.p7m", signed),
		fatturapa.archive_for_import("a.zip", einvoice.zipped({f"{NAME}.P7M": signed})),
		fatturapa.archive_for_import("a.zip", einvoice.zipped({f"{NAME}.p7m": signed, NAME: data})),
	):
		archive = zipfile.ZipFile(BytesIO(returned))
		assert archive.namelist() == [NAME] and archive.read(NAME) == data
		assert [one.sdi_id for one in found] == ["IT01234567890_00001"]


def test_what_is_in_an_envelope_is_looked_at_too():
	assert refused(einvoice.signed(BOMB), f"{NAME}.p7m") == "e-invoice-doctype"
	assert refused(einvoice.signed(b"%PDF<"), "fattura.pdf.p7m") == "e-invoice-file"
	other = einvoice.zipped(
		{f"{NAME}.p7m": einvoice.signed(einvoice.invoice(form="FPA12")), NAME: einvoice.invoice()}
	)
	assert refused(other, "a.zip") == "e-invoice-name"


def test_a_part_of_a_lot_does_not_replace_another_file():
	lot = einvoice.invoice(einvoice.body(number="1"), einvoice.body(number="2"))
	files = {"IT1_1.xml": lot, "IT1_1-2.xml": einvoice.invoice(einvoice.body(number="3"))}
	assert refused(einvoice.zipped(files), "a.zip") == "e-invoice-name"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><x>&c;&c;&c;&c;&c;</x>"""
READER = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>"""
CALLER = b"""<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://example.test/x.dtd"><x/>"""


@pytest.mark.parametrize("data", [BOMB, READER, CALLER, BOMB.decode().encode("utf-16")])
def test_document_types_are_not_opened(data):
	assert refused(einvoice.zipped({NAME: data})) == "e-invoice-doctype"
	if not data.startswith(b"\xff"):
		assert refused(data) == "e-invoice-doctype"


@pytest.mark.parametrize(
	"name", ["../../evil.xml", "/etc/evil.xml", "a/b.xml", "..\\evil.xml", ".evil.xml", "a\n.xml", "<b>.xml"]
)
def test_names_that_lead_elsewhere_are_refused(name):
	assert refused(einvoice.zipped({name: einvoice.invoice()})) == "e-invoice-name"


def test_the_same_name_twice_is_refused():
	stream = BytesIO()
	with zipfile.ZipFile(stream, "w") as archive, pytest.warns(UserWarning):
		archive.writestr(NAME, einvoice.invoice())
		archive.writestr(NAME, einvoice.invoice())
	assert refused(stream.getvalue()) == "e-invoice-name"


def test_zip_bombs_are_refused():
	assert refused(einvoice.zipped({NAME: b"<" + b" " * 11_000_000})) == "e-invoice-size"
	many = {f"IT01234567890_{number:05d}.xml": b"<a/>" for number in range(fatturapa.MOST_FILES + 1)}
	assert refused(einvoice.zipped(many)) == "e-invoice-size"


@pytest.mark.parametrize(
	("data", "name", "rule"),
	[
		(b"0\x82\x05...", "IT01234567890_00001.xml.p7m", "e-invoice-signed"),
		(einvoice.zipped({"IT01234567890_00001.xml.p7m": b"0\x82<"}), "a.zip", "e-invoice-signed"),
		(b"%PDF-1.4", "fattura.pdf", "e-invoice-file"),
		(einvoice.zipped({"fattura.pdf": b"%PDF<"}), "a.zip", "e-invoice-file"),
		(b"PK\x03\x04 not a zip", "a.zip", "e-invoice-archive"),
		(einvoice.invoice()[:-40], NAME, "e-invoice-damaged"),
		(b"<a>not an invoice</a>", NAME, "e-invoice-kind"),
		(einvoice.zipped({}), "a.zip", "e-invoice-none"),
		(einvoice.metadata(NAME, "1"), "IT1_MT_001.xml", "e-invoice-none"),
		(einvoice.invoice(form="FPR99"), NAME, "e-invoice-format"),
		(einvoice.invoice(einvoice.body(day="ieri")), NAME, "e-invoice-element"),
		(einvoice.invoice(einvoice.body(number="")), NAME, "e-invoice-element"),
	],
)
def test_everything_else_is_refused_by_its_own_reason(data, name, rule):
	assert refused(data, name) == rule


LINES = {"CARE": ["CARE-A.1", "CARE-F.1"], "ALTRO": ["ALTRO-A.1"]}
PROJECTS = {CUP: "CARE", OTHER_CUP: "ALTRO"}


@pytest.mark.parametrize(
	("cup", "past", "line"),
	[
		(CUP, {"CARE-F.1": 3, "CARE-A.1": 1, "ALTRO-A.1": 9}, "CARE-F.1"),
		(CUP, {"CARE-F.1": 2, "CARE-A.1": 2}, None),
		(CUP, {}, None),
		(CUP, {"VECCHIO-A.1": 5}, None),
		(OTHER_CUP, {}, "ALTRO-A.1"),
		("A00B00000000000", {"CARE-F.1": 3}, None),
		("", {"CARE-F.1": 3, "VECCHIO-A.1": 9}, "CARE-F.1"),
		("", {}, None),
	],
)
def test_the_line_is_proposed_from_the_code_and_the_past(cup, past, line):
	proposal = fatturapa.proposed_line(cup, PROJECTS, LINES, past)
	assert proposal.line == line
	assert proposal.reason.render()
