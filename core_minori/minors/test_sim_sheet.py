"""The SIM sheet: who gets which part of it, on paper and as a CSV, and what is kept of the download."""

import csv
from io import StringIO

import frappe
from frappe.utils import add_days, today

from core_minori.sim_sheet import sheets, sim_sheet
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_case,
	make_facility,
	make_minor,
	make_user,
)

NAME = "Àbdï ሃይለ محمد"


class TestSimSheet(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.other = make_user("Social Worker")
		cls.coordinator = make_user("Case Coordinator")
		cls.educator = make_user("Educator")
		cls.house = make_facility().name
		with acting_as(cls.worker):
			cls.minor = make_minor(
				given_name=NAME,
				family_name="=HYPERLINK(1)",
				nationality="Eritrea",
				second_nationality="Ethiopia",
				birth_date=None,
			).name
			cls.case = make_case(
				cls.minor,
				living_arrangement="Facility",
				facility=cls.house,
				reported_on=add_days(today(), -90),
				emersion_channel="Police",
			).name
			frappe.get_doc(
				{
					"doctype": "Support Person",
					"case_file": cls.case,
					"relation": "Mother",
					"person_name": "Zzmadre",
					"lives_in": "Eritrea",
					"contact_rule": "Free",
				}
			).insert()
		with acting_as(cls.other):
			cls.strange = make_case().name

	def download(self, user: str, cases: object) -> list[dict]:
		with acting_as(user):
			frappe.call("core_minori.api.sim.sheet", cases=cases)
		content = frappe.response.pop("filecontent")
		return list(csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=";"))

	def test_one_row_a_case_with_what_is_known_and_what_is_missing(self):
		(row,) = self.download(self.worker, [self.case])
		self.assertEqual(row[frappe._("Given Name")], NAME)
		self.assertEqual(row[frappe._("Family Name")], "'=HYPERLINK(1)")
		self.assertEqual(row[frappe._("Facility")], self.house)
		self.assertIn("Zzmadre", row[frappe._("Relatives and people of reference")])
		self.assertIn(frappe._("Date of Birth"), row[frappe._("What Is Missing")])
		self.assertNotIn(frappe._("Nationality"), row[frappe._("What Is Missing")].split(", "))

	def test_the_names_of_cases_may_come_as_the_desk_sends_them(self):
		rows = self.download(self.coordinator, frappe.as_json([self.case, self.strange]))
		self.assertEqual({row[frappe._("Case File")] for row in rows}, {self.case, self.strange})

	def test_a_stranger_s_case_is_refused_with_all_the_others(self):
		for cases in ([self.strange], [self.case, self.strange], ["CASE-2020-99999"]):
			with self.assertRaises(frappe.PermissionError):
				self.download(self.worker, cases)
		for role in ("Educator", "Protection Unit Manager", "Funding Officer", "System Manager"):
			with self.assertRaises(frappe.PermissionError):
				self.download(make_user(role), [self.case])
		for wrong in ([], "{}", "[]"):
			with self.assertRaises(frappe.ValidationError):
				self.download(self.worker, wrong)

	def test_the_download_is_logged_by_code_alone(self):
		self.download(self.worker, [self.case])
		log = frappe.get_last_doc("Access Log", {"user": self.worker, "report_name": "SIM Sheet"})
		self.assertEqual(
			(log.export_from, log.reference_document, log.file_type), ("Case File", self.case, "CSV")
		)
		self.assertNotIn(NAME, frappe.as_json(log.as_dict()))

	def test_each_reader_gets_their_parts(self):
		frappe.get_doc(
			{
				"doctype": "Care Assignment",
				"case_file": self.case,
				"user": self.educator,
				"care_role": "Educator",
				"from_date": today(),
			}
		).insert(ignore_permissions=True)
		with acting_as(self.educator):
			shown = sim_sheet(self.case)
		cells = {cell["label"]: cell for section in shown["sections"] for cell in section["cells"]}
		court = cells[frappe._("First report to the prosecutor")]
		self.assertTrue(court["kept"])
		self.assertEqual((court["text"], court["missing"]), ("", False))
		self.assertEqual(cells[frappe._("Given Name")]["text"], NAME)
		with acting_as(self.worker):
			shown = sim_sheet(self.case)
		cells = {cell["label"]: cell for section in shown["sections"] for cell in section["cells"]}
		self.assertTrue(cells[frappe._("First report to the prosecutor")]["missing"])
		with acting_as(self.other), self.assertRaises(frappe.PermissionError):
			sim_sheet(self.case)

	def test_the_print_escapes_and_marks_what_is_missing(self):
		frappe.db.set_value("Minor", self.minor, "alias", "<b id=x>Alias</b>")
		with acting_as(self.worker):
			html = frappe.get_print("Case File", self.case, print_format="SIM Sheet")
		self.assertIn("&lt;b id=x&gt;", html)
		self.assertNotIn("<b id=x>", html)
		self.assertIn("cm-missing", html)
		self.assertIn(NAME, html)
		with acting_as(self.other), self.assertRaises(frappe.PermissionError):
			frappe.get_print("Case File", self.case, print_format="SIM Sheet")

	def test_the_number_of_queries_does_not_grow(self):
		def queries() -> int:
			asked = []
			sql = frappe.db.sql
			frappe.db.sql = lambda *args, **options: asked.append(1) or sql(*args, **options)
			try:
				with acting_as(self.coordinator):
					sheets(frappe.get_list("Case File", pluck="name", limit_page_length=0))
			finally:
				frappe.db.sql = sql
			return len(asked)

		queries()
		before = queries()
		with acting_as(self.other):
			for _number in range(3):
				make_case()
		self.assertEqual(queries(), before)
