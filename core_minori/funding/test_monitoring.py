"""The monitoring's workbooks: what each role gets of them, and names above all."""

from io import BytesIO
from unittest.mock import patch

from openpyxl import Workbook, load_workbook

import frappe
from frappe.utils import add_days, today

from core_minori.api import papers
from core_minori.permissions import GRANTS
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_budget_line,
	make_case,
	make_facility,
	make_funded_project,
	make_invoice,
	make_minor,
	make_organisation,
	make_pei,
	make_user,
)


class TestMonitoring(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")
		cls.coordinator = make_user("Case Coordinator")
		cls.manager = make_user("Protection Unit Manager")
		cls.worker = make_user("Social Worker")
		cls.partner = make_user("Network Partner")
		cls.secretary = make_user("Training Secretary")
		cls.contact = make_user("Facility Contact")
		cls.administrator = make_user("System Manager")
		cls.project = make_funded_project()
		make_organisation(users=(cls.partner,))
		with acting_as(cls.coordinator):
			cls.minor = make_minor(given_name="=Zqnome", family_name="Xwcognome", birth_date="2010-02-03")
			facility = make_facility(make_organisation(users=(cls.contact,)).name)
			cls.case = make_case(
				cls.minor.name,
				project=cls.project.name,
				living_arrangement="Facility",
				facility=facility.name,
			)
			cls.other = make_case(project=cls.project.name)
			make_case(project=make_funded_project().name)
			make_pei(
				cls.case.name,
				interventions=[
					{
						"intervention_type": "Language Course",
						"mode": "Group",
						"start_date": add_days(today(), -5),
					},
					{
						"intervention_type": "Leisure and Sport",
						"mode": "Group",
						"start_date": add_days(today(), 500),
					},
				],
			)
		assign(cls.case.name, cls.worker, "Social Worker", -5)
		line = make_budget_line(cls.project, "A.1", 1000, activity="WP1")
		make_budget_line(
			cls.project, "L.1", 70, cost_method="Flat Rate", flat_rate_percent=7, flat_rate_base="A"
		)
		invoice = make_invoice((line.name, 200))
		for name in frappe.get_all("Cost Allocation", {"voucher_no": invoice.name}, pluck="name"):
			allocation = frappe.get_doc("Cost Allocation", name)
			allocation.flags.ignore_permissions = True
			allocation.submit()
		frappe.get_doc(
			{
				"doctype": "Training Session",
				"title": "=Modulo esempio",
				"training_area": frappe.db.get_value("Training Area", {}),
				"project": cls.project.name,
				"held_on": add_days(today(), -1),
				"hours": 4,
				"status": "Held",
				"attendance": [
					{"operator_name": "Ada Prova", "profession": "Educator", "present": 1},
					{"operator_name": "Ugo Prova", "profession": "Teacher", "present": 0},
				],
			}
		).insert(ignore_permissions=True)

	def sheet(self, method: str, user: str, **values) -> Workbook:
		period = {"from_date": add_days(today(), -30), "to_date": today(), **values}
		with acting_as(user):
			getattr(papers, method)(self.project.name, **period)
		return load_workbook(BytesIO(frappe.response["filecontent"]))

	def refused(self, method: str, user: str) -> None:
		frappe.response.pop("filecontent", None)
		with self.assertRaises(frappe.PermissionError):
			self.sheet(method, user)
		self.assertNotIn("filecontent", frappe.response)

	def words(self, workbook: Workbook) -> str:
		return " ".join(
			str(value)
			for sheet in workbook
			for row in sheet.iter_rows(values_only=True)
			for value in row
			if value is not None
		)

	def test_who_follows_every_case_gets_the_people(self):
		for user in (self.coordinator, self.manager):
			rows = list(self.sheet("target_people", user).active.iter_rows(values_only=True))
			self.assertEqual(len(rows), 3)
			self.assertEqual(rows[1][:3], (self.case.name, "=Zqnome", "Xwcognome"))
			self.assertEqual(rows[1][10], frappe._("Language Course"))

	def test_a_download_of_names_is_logged(self):
		self.sheet("target_people", self.coordinator)
		(log,) = frappe.get_all(
			"Access Log", filters={"user": self.coordinator}, fields=["export_from", "filters"], limit=1
		)
		self.assertEqual(log.export_from, "Case File")
		self.assertIn(self.project.name, log.filters)
		self.assertNotIn("Zq", log.filters)

	def test_nobody_else_gets_the_people(self):
		for user in (
			self.officer,
			self.worker,
			self.partner,
			self.secretary,
			self.contact,
			self.administrator,
			"Guest",
		):
			with self.subTest(user):
				self.refused("target_people", user)

	def test_an_officer_who_also_works_on_one_case_gets_that_case_alone(self):
		both = make_user("Funding Officer", "Educator")
		assign(self.case.name, both, "Educator", -5)
		workbook = self.sheet("target_people", both)
		words = self.words(workbook)
		self.assertIn(self.case.name, words)
		self.assertEqual(len(workbook.worksheets), 2)  # the second says that some are left out
		self.assertEqual(len(self.sheet("target_people", self.coordinator).worksheets), 1)
		self.assertNotIn(self.other.name, words)

	def test_who_reads_the_case_and_not_the_person_gets_a_code(self):
		user = make_user("Funding Officer", "Facility Contact")
		facility = frappe.get_doc("Facility", self.case.facility)
		organisation = frappe.get_doc("Network Organisation", facility.organisation)
		organisation.append("users", {"user": user})
		organisation.save(ignore_permissions=True)
		# Today whoever reads a case reads the person: were that to change, the sheet would follow.
		with patch.dict(GRANTS["identity"]):
			del GRANTS["identity"]["Facility Contact"]
			words = self.words(self.sheet("target_people", user))
		self.assertIn(self.case.name, words)
		for secret in ("Zqnome", "Xwcognome", "2010", self.minor.name):
			self.assertNotIn(secret, words)

	def test_the_quarterly_sheet_names_nobody(self):
		for user in (self.officer, self.coordinator, self.manager):
			words = self.words(self.sheet("monitoring", user))
			for secret in ("Zqnome", "Xwcognome", self.minor.name, self.case.name, "Ada Prova"):
				self.assertNotIn(secret, words)
		for user in (self.worker, self.partner, self.secretary, self.contact, self.administrator, "Guest"):
			with self.subTest(user):
				self.refused("monitoring", user)

	def test_people_are_counted_for_who_may_read_the_cases(self):
		def physical(user):
			return dict(self.sheet("monitoring", user).worksheets[5].iter_rows(values_only=True))

		with self.set_user_language():
			self.assertEqual(physical(self.coordinator)["People reached"], 2)
			officers = physical(self.officer)
		self.assertNotIn("People reached", officers)
		self.assertEqual(officers["Operators trained"], 1)
		self.assertEqual(officers["Hours of training attended"], 4)

	def test_money_is_that_of_the_period_and_flat_rates_follow(self):
		rows = list(self.sheet("monitoring", self.officer).worksheets[6].iter_rows(values_only=True))
		self.assertEqual(rows[1][1], "A.1")
		self.assertEqual(rows[1][5:7], (200, 200))
		self.assertEqual(rows[2][5:7], (14, 14))
		self.assertEqual(rows[3][6], 214)
		before = {"from_date": add_days(today(), -30), "to_date": add_days(today(), -20)}
		rows = list(
			self.sheet("monitoring", self.officer, **before).worksheets[6].iter_rows(values_only=True)
		)
		self.assertEqual(rows[1][5:7], (0, 0))

	def test_activities_are_those_of_the_lines(self):
		rows = list(self.sheet("monitoring", self.officer).worksheets[4].iter_rows(values_only=True))
		self.assertEqual(rows[1][:2], ("WP1", "A.1"))

	def test_operators_are_those_present(self):
		for user in (self.officer, self.coordinator):
			rows = list(self.sheet("operators", user).active.iter_rows(values_only=True))
			self.assertEqual([row[0] for row in rows[1:]], ["Ada Prova"])
			self.assertEqual(rows[1][4], "=Modulo esempio")
			self.assertEqual(rows[1][7:], (1, 4))
		for user in (self.partner, self.contact, self.administrator, "Guest"):
			with self.subTest(user):
				self.refused("operators", user)

	def test_no_cell_runs(self):
		for method in ("monitoring", "target_people", "operators"):
			for sheet in self.sheet(method, self.coordinator):
				self.assertFalse([cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"])

	def test_a_period_the_wrong_way_round_is_refused(self):
		with self.assertRaises(frappe.ValidationError):
			self.sheet("monitoring", self.officer, from_date=today(), to_date=add_days(today(), -1))

	def set_user_language(self):
		from frappe.translate import print_language

		return print_language("en")
