"""The assignment letter: what it says, and to whom it says the rate."""

import frappe

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_user,
)
from core_minori.tests.staff import make_employee, make_rate


class TestStaffAssignment(SiteTestCase):
	def setUp(self):
		self.officer = make_user("Funding Officer")
		self.person = make_employee()
		make_rate(self.person.name)
		self.project = make_funded_project(
			start_date="2025-01-01", end_date="2025-12-31", cup="G61H25000270006"
		)
		self.line = make_budget_line(self.project).name

	def assignment(self, **values):
		with acting_as(self.officer):
			return frappe.get_doc(
				{
					"doctype": "Staff Assignment",
					"employee": self.person.name,
					"funded_project": self.project.name,
					"budget_line": self.line,
					"role_title": "Educatrice di comunità",
					"from_date": "2025-02-01",
					"to_date": "2025-11-30",
					"hours": 480,
					**values,
				}
			).insert()

	def letter(self, name: str) -> str:
		return frappe.utils.strip_html(frappe.get_print("Staff Assignment", name, "Assignment Letter"))

	def test_the_letter_names_role_project_cup_hours_and_days(self):
		with acting_as(self.officer):
			text = self.letter(self.assignment().name)
		for part in (
			self.person.employee_name,
			"Educatrice di comunità",
			self.project.title,
			"G61H25000270006",
			"480,00",
			frappe.utils.format_date("2025-02-01"),
			frappe.utils.format_date("2025-11-30"),
		):
			self.assertIn(part, text)
		self.assertNotIn("19,34", text)

	def test_the_rate_is_printed_when_asked_and_for_who_may_read_it(self):
		name = self.assignment(show_rate=1).name
		with acting_as(self.officer):
			self.assertIn("19,34", self.letter(name))
		with acting_as(make_user("Case Coordinator")):
			self.assertNotIn("19,34", self.letter(name))

	def test_days_and_line_are_the_projects(self):
		for wrong in ({"from_date": "2024-12-31"}, {"to_date": "2026-01-01"}, {"to_date": "2025-01-15"}):
			with self.assertRaises(frappe.ValidationError):
				self.assignment(**wrong)
		other = make_budget_line(make_funded_project()).name
		with self.assertRaises(frappe.ValidationError):
			self.assignment(budget_line=other)
