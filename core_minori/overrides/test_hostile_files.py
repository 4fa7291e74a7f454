"""Exports of Frappe that run no formula, and files that are kept on records of a case."""

import csv
import io
import os
import zipfile

from openpyxl import load_workbook
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import frappe
from frappe.core.doctype.data_export.exporter import DataExporter
from frappe.core.doctype.data_import import importer
from frappe.core.doctype.data_import.exporter import Exporter
from frappe.desk import utils as desk_utils
from frappe.email.doctype.auto_email_report.auto_email_report import AutoEmailReport
from frappe.utils import csvutils, xlsxutils

from core_minori.engine.attachments import checked
from core_minori.engine.inert import would_run
from core_minori.overrides import exports
from core_minori.overrides.file import unzip_file
from core_minori.tests.builders import SiteTestCase, acting_as, make_case, make_user, unique

FORMULA = "=1+1+cmd|' /C calc'!A0"
TEXTS = (FORMULA, "+39 06 1234", "@SUM(A1)", "\t=1", "'=1", "\uff1d1", "ciao;=1+1", "Abdi", "- uno")
PDF = b"%PDF-1.4\n%%EOF"
PAGE = b"<!DOCTYPE html><script>alert(1)</script>"
PLACE = b"Via dei Rifugi 41"


class TestExports(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		exports.close()
		cls.contact = frappe.get_doc(
			{"doctype": "Contact", "first_name": unique("Zq"), "designation": FORMULA, "department": "-5"}
		).insert(ignore_permissions=True)

	def cells(self, data: bytes) -> list:
		return [cell for row in load_workbook(io.BytesIO(data)).active.iter_rows() for cell in row]

	def assert_inert(self, data: bytes | str, holds: str | None = FORMULA) -> None:
		"""No cell of this file runs, and the formula is in it."""
		if isinstance(data, bytes) and data[:2] == b"PK":
			cells = self.cells(data)
			self.assertFalse([cell.value for cell in cells if cell.data_type in ("f", "e")])
			texts = [cell for cell in cells if isinstance(cell.value, str)]
			self.assertFalse(
				[cell.value for cell in texts if would_run(cell.value) != bool(cell.quotePrefix)]
			)
			found = [cell.value for cell in texts]
		else:
			text = data.decode() if isinstance(data, bytes) else data
			found = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
			self.assertFalse([cell for cell in found if would_run(cell) and not cell.startswith("'")])
			holds = f"'{holds}"
		self.assertIn(holds, found)

	def test_texts_are_held_back_and_numbers_stay_numbers(self):
		rows = [["Testo", "Importo"], *([text, -12.5] for text in TEXTS)]
		data = desk_utils.get_csv_bytes(rows, {"delimiter": ";", "quoting": csv.QUOTE_MINIMAL})
		self.assert_inert(data.replace(b";", b","))
		self.assertIn(b";-12.5\r\n", data)
		self.assert_inert(csvutils.to_csv(rows))
		book = xlsxutils.make_xlsx(rows, "Prova").getvalue()
		self.assert_inert(book)
		cells = self.cells(book)
		self.assertEqual([cell.value for cell in cells[1::2]][1:], [-12.5] * len(TEXTS))
		self.assertTrue(all(cell.data_type == "n" for cell in cells[3::2]))

	def test_what_was_exported_comes_back_the_same(self):
		rows = [[text, "x"] for text in TEXTS]
		back = importer.read_csv_content(csvutils.to_csv(rows).encode())
		self.assertEqual([row[0] for row in back], list(TEXTS))
		back = xlsxutils.read_xlsx_file_from_attached_file(
			fcontent=xlsxutils.make_xlsx(rows, "Prova").getvalue()
		)
		self.assertEqual([row[0] for row in back], list(TEXTS))

	def test_a_site_without_the_app_exports_as_before(self):
		frappe.local.core_minori_is_here = False
		try:
			self.assertTrue(csvutils.to_csv([[FORMULA]]).startswith('"=1+1'))
		finally:
			frappe.local.core_minori_is_here = None

	def test_the_export_for_an_import(self):
		fields = {"Contact": ["name", "designation", "department"]}
		for kind in ("CSV", "Excel"):
			Exporter(
				"Contact",
				fields,
				export_data=True,
				export_filters={"name": self.contact.name},
				file_type=kind,
			).build_response()
			self.assert_inert(frappe.response.pop("result" if kind == "CSV" else "filecontent"))

	def test_the_export_of_data(self):
		for kind in ("CSV", "Excel"):
			DataExporter(
				doctype="Contact",
				all_doctypes=False,
				with_data=True,
				select_columns=frappe.as_json({"Contact": ["name", "designation"]}),
				file_type=kind,
				filters={"name": self.contact.name},
			).build_response()
			self.assert_inert(frappe.response.pop("result" if kind == "CSV" else "filecontent"))

	def test_a_report_sent_by_mail(self):
		report = frappe.get_doc(
			{
				"doctype": "Report",
				"report_name": unique("Contatti"),
				"ref_doctype": "Contact",
				"report_type": "Report Builder",
				"is_standard": "No",
				"json": frappe.as_json(
					{
						"fields": [["name", "Contact"], ["designation", "Contact"]],
						"filters": [["Contact", "name", "=", self.contact.name]],
					}
				),
			}
		).insert(ignore_permissions=True)
		for kind in ("XLSX", "CSV"):
			mail: AutoEmailReport = frappe.get_doc(
				{
					"doctype": "Auto Email Report",
					"report": report.name,
					"report_type": "Report Builder",
					"user": "Administrator",
					"format": kind,
				}
			)
			self.assert_inert(mail.get_report_content())

	def test_the_file_of_a_prepared_report(self):
		prepared = frappe.get_doc(
			{"doctype": "Prepared Report", "report_name": "ToDo", "name": frappe.generate_hash()}
		)
		prepared.db_insert()
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"csv_{prepared.name}.csv",
				"attached_to_doctype": "Prepared Report",
				"attached_to_name": prepared.name,
				"content": f'nome\r\n"{FORMULA}"\r\n'.encode(),
				"is_private": 1,
			}
		).insert(ignore_permissions=True)
		with open(file.get_full_path(), "rb") as stream:
			self.assert_inert(stream.read())


class TestFilesOfACase(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		with acting_as(cls.worker):
			cls.case = make_case().name

	def attach(self, name: str, content: bytes | str, doctype: str = "Case File", record: str | None = None):
		with acting_as(self.worker):
			return frappe.get_doc(
				{
					"doctype": "File",
					"file_name": name,
					"attached_to_doctype": doctype,
					"attached_to_name": record or self.case,
					"content": content,
				}
			).insert()

	def kept(self, file) -> bytes:
		with open(file.get_full_path(), "rb") as stream:
			return stream.read()

	def test_what_no_case_needs_is_refused_and_not_kept(self):
		folder = frappe.get_site_path("private", "files")
		before = set(os.listdir(folder)), set(os.listdir(frappe.get_site_path("public", "files")))
		for name, content in (
			("a.html", PAGE),
			("a.svg", b"<svg onload='alert(1)'/>"),
			("a.pdf", PAGE),
			("a.exe", b"MZ"),
			("a.js", "alert(1)"),
			("a", PDF),
		):
			with self.subTest(name), self.assertRaises(frappe.ValidationError) as refused:
				self.attach(name, content)
			self.assertTrue(str(refused.exception))
		after = set(os.listdir(folder)), set(os.listdir(frappe.get_site_path("public", "files")))
		self.assertEqual(before, after)

	def test_bytes_that_lie_elsewhere_already_are_looked_at_as_well(self):
		page = PAGE + frappe.generate_hash().encode()
		elsewhere = frappe.get_doc(
			{"doctype": "File", "file_name": "a.html", "content": page, "is_private": 1}
		).insert(ignore_permissions=True)
		for values in ({"content": page}, {"file_url": elsewhere.file_url}):
			with self.subTest(values), self.assertRaises(frappe.ValidationError):
				frappe.get_doc(
					{
						"doctype": "File",
						"file_name": "a.html",
						"attached_to_doctype": "Case File",
						"attached_to_name": self.case,
						"is_private": 1,
						**values,
					}
				).insert(ignore_permissions=True)

	def test_names_lead_nowhere(self):
		for name in (
			"../../x.pdf",
			"..\\x.pdf",
			"a\0b.pdf",
			"x" * 5000 + ".pdf",
			"f\u202efdp.pdf",
			"CON.pdf",
		):
			with self.subTest(name[:20]):
				file = self.attach(name, PDF + frappe.generate_hash().encode())
				self.assertRegex(file.file_url, r"^/private/files/[0-9a-f]+\.pdf$")
				self.assertTrue(os.path.exists(file.get_full_path()))

	def test_names_of_other_records_lead_nowhere_either(self):
		folder = os.path.realpath(frappe.get_site_path("private", "files"))
		for name in (
			"../../x.txt",
			"..\\x.txt",
			"a\0b.txt",
			"x" * 5000 + ".txt",
			"\u0639" * 200 + ".txt",
			"AUX.txt",
		):
			with self.subTest(name[:20]):
				file = frappe.get_doc(
					{"doctype": "File", "file_name": name, "content": unique("testo"), "is_private": 1}
				).insert(ignore_permissions=True)
				self.assertEqual(os.path.dirname(os.path.realpath(file.get_full_path())), folder)
				self.assertLess(len(file.file_name), 140)

	def test_two_names_that_become_one_keep_their_bytes(self):
		files = [
			frappe.get_doc({"doctype": "File", "file_name": name, "content": name, "is_private": 1}).insert(
				ignore_permissions=True
			)
			for name in ("zq?zq.txt", "zq:zq.txt")
		]
		self.assertEqual([self.kept(file).decode() for file in files], ["zq?zq.txt", "zq:zq.txt"])

	def test_a_photograph_does_not_say_where_it_was_taken(self):
		photo = _picture("JPEG", exif=_located(6), comment=PLACE)
		self.assertIn(PLACE, photo)
		file = self.attach("foto.jpg", photo)
		self.assertNotIn(PLACE, self.kept(file))
		self.assertEqual(file.file_size, len(self.kept(file)))

	def test_a_zip_that_swells_is_not_unpacked(self):
		stream = io.BytesIO()
		with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
			for number in range(5):
				archive.writestr(f"{number}.pdf", bytes(50_000_000))
		file = self.attach("atti.zip", stream.getvalue())
		with acting_as(self.worker), self.assertRaises(frappe.ValidationError):
			unzip_file(file.name)

	def test_what_is_in_a_zip_is_looked_at_like_the_rest(self):
		stream = io.BytesIO()
		with zipfile.ZipFile(stream, "w") as archive:
			archive.writestr("../a.html", PAGE)
		file = self.attach("atti.zip", stream.getvalue())
		with acting_as(self.worker), self.assertRaises(frappe.ValidationError):
			unzip_file(file.name)
		self.assertTrue(frappe.db.exists("File", file.name))


class TestPictures(SiteTestCase):
	def same(self, before: bytes, after: bytes) -> None:
		"""Every point is where it was."""
		points = [list(Image.open(io.BytesIO(data)).convert("RGB").getdata()) for data in (before, after)]
		self.assertEqual(*points)

	def test_the_picture_is_left_and_which_way_up_it_is(self):
		photo = _picture("JPEG", exif=_located(6), comment=PLACE) + b"MPF" + PLACE
		bare = checked("foto.jpg", photo)
		self.assertNotIn(PLACE, bare)
		self.assertNotIn(b"MPF", bare)
		exif = Image.open(io.BytesIO(bare)).getexif()
		self.assertEqual((exif.get_ifd(0x8825), exif[0x0112]), ({}, 6))
		self.same(photo, bare)
		self.assertEqual(checked("foto.jpg", bare), bare)

	def test_other_kinds(self):
		words = PngInfo()
		words.add_text("Description", PLACE.decode())
		for ending, photo in (
			("jpeg", _picture("JPEG", exif=_located(), progressive=True)),
			("png", _picture("PNG", exif=_located(), pnginfo=words)),
			("webp", _picture("WEBP", exif=_located())),
			("gif", _picture("GIF", comment=PLACE)),
			("png", _picture("JPEG", exif=_located())),  # called by another kind
		):
			with self.subTest(ending):
				self.assertIn(PLACE, photo)
				bare = checked(f"foto.{ending}", photo)
				self.assertNotIn(PLACE, bare)
				self.same(photo, bare)


def _picture(form: str, **options: object) -> bytes:
	image = Image.new("RGB", (40, 20), (200, 30, 30))
	image.putpixel((0, 0), (0, 255, 0))
	stream = io.BytesIO()
	image.save(stream, form, **options)
	return stream.getvalue()


def _located(orientation: int = 1) -> Image.Exif:
	exif = Image.Exif()
	exif[0x0112] = orientation
	exif[0x010E] = PLACE.decode()
	exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 53.0, 24.0), 3: "E", 4: (12.0, 29.0, 32.0)})
	return exif
