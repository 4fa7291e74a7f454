"""Lines of a budget: amounts, flat rates that follow, and what the approval fixes."""

import frappe
from frappe.utils import add_days, today

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_organisation,
	make_user,
)


class TestFAMIBudgetLine(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")

	def setUp(self):
		self.first, self.second = make_organisation().name, make_organisation().name
		self.project = make_funded_project(
			partners=[
				{"organisation": self.first, "role": "Lead", "budget_share": 1000},
				{"organisation": self.second, "role": "Partner", "budget_share": 1000},
			]
		)

	def approve(self, days: int = 0):
		self.project.reload()
		self.project.budget_approved_on = add_days(today(), days)
		self.project.save(ignore_permissions=True)

	def amount(self, line) -> float:
		return frappe.db.get_value("FAMI Budget Line", line.name, "amount")

	def test_flat_rates_follow_whatever_line_changes(self):
		with acting_as(self.officer):
			staff = make_budget_line(self.project, "A.1", 100.01)
			indirect = make_budget_line(self.project, "L.1", 999, cost_method="Flat Rate", partner=None)
			own = make_budget_line(
				self.project,
				"L.2",
				cost_method="Flat Rate",
				partner=self.second,
				flat_rate_percent=5,
				flat_rate_base="A",
			)
			self.assertEqual((indirect.amount, indirect.initial_amount), (7.0, 7.0))
			self.assertEqual((indirect.flat_rate_percent, own.amount), (7, 0))
			self.assertEqual(indirect.flat_rate_base, "A, B, C, D, E, F, G, H, I")
			other = make_budget_line(self.project, "A.2", 200, partner=self.second)
			self.assertEqual((self.amount(indirect), self.amount(own)), (21.0, 10))
			staff.reload()
			staff.amount = 0.08
			staff.save()
			self.assertEqual(self.amount(indirect), 14.01)
			indirect.reload()
			indirect.amount = 5000
			indirect.save()
			self.assertEqual((indirect.amount, self.amount(indirect)), (14.01, 14.01))
			other.reload().delete()
			self.assertEqual((self.amount(indirect), self.amount(own)), (0.01, 0))

	def test_a_rate_rests_on_chapters_that_are_there_and_on_none_that_rests_on_it(self):
		with acting_as(self.officer):
			make_budget_line(self.project, "L.1", cost_method="Flat Rate", flat_rate_percent=7)
			for code, values in (
				("A.9", {"flat_rate_percent": 20, "flat_rate_base": "B, Z"}),
				("A.9", {"flat_rate_percent": 20}),
				("A.9", {"flat_rate_base": "B"}),
				("A.9", {"flat_rate_percent": 20, "flat_rate_base": "L"}),
				("A.9", {"flat_rate_percent": 20, "flat_rate_base": "A"}),
				("A.9", {"flat_rate_percent": 120, "flat_rate_base": "B"}),
				("L.9", {"flat_rate_percent": 7.5}),  # above the programme's indirect cap
			):
				frappe.db.savepoint("before_the_line")
				with self.subTest(values), self.assertRaises(frappe.ValidationError):
					make_budget_line(self.project, code, cost_method="Flat Rate", **values)
				frappe.db.rollback(save_point="before_the_line")

	def test_a_simplified_cost_option_of_a_narrower_base_passes_the_cap_with_a_warning(self):
		with acting_as(self.officer):
			frappe.clear_messages()
			make_budget_line(self.project, "A.1", 100)
			line = make_budget_line(
				self.project, "L.1", cost_method="Flat Rate", flat_rate_percent=15, flat_rate_base="A"
			)
			self.assertEqual(line.amount, 15)
			self.assertTrue(any("54(b)" in str(message) for message in frappe.message_log))

	def test_the_initial_amount_follows_until_the_budget_is_approved(self):
		with acting_as(self.officer):
			line = make_budget_line(self.project, "A.1", 100)
			self.approve(days=1)
			line.reload()
			line.amount = 150
			line.save()
			self.assertEqual(line.initial_amount, 150)
			self.approve()
			for values in (
				{"amount": 151},
				{"quantity": 2, "unit_cost": 80},
				{"chapter": "B"},
				{"partner": self.second},
				{"cost_method": "Lump Sum"},
			):
				line.reload()
				line.update(values)
				with (
					self.subTest(values),
					self.assertRaisesRegex(frappe.ValidationError, "Budget Revision|budget"),
				):
					line.save()
			line.reload()
			line.update({"title": "Altro", "activity": "WP1", "disabled": 1, "initial_amount": 1})
			line.save()
			self.assertEqual((line.amount, line.initial_amount), (150, 150))
			with self.assertRaises(frappe.ValidationError):
				line.delete()
			with self.assertRaises(frappe.ValidationError):
				make_budget_line(self.project, "L.1", cost_method="Flat Rate")

	def test_lines_above_the_partners_share_are_told(self):
		with acting_as(self.officer):
			frappe.clear_messages()
			make_budget_line(self.project, "A.1", 1000)
			self.assertFalse(frappe.message_log)
			make_budget_line(self.project, "A.2", 0.01)
			self.assertTrue(any("1.000,01" in str(message) for message in frappe.message_log))

	def test_a_buyer_does_not_touch_the_budget(self):
		line = make_budget_line(self.project, "A.1", 100)
		for role in ("Purchase User", "Accounts User", "Case Coordinator"):
			with self.subTest(role), acting_as(make_user(role)):
				doc = frappe.get_doc("FAMI Budget Line", line.name)
				doc.amount = 1
				with self.assertRaises(frappe.PermissionError):
					doc.save()
				with self.assertRaises(frappe.PermissionError):
					frappe.client.set_value("FAMI Budget Line", line.name, "amount", 1)
		self.assertEqual(self.amount(line), 100)

	def test_the_project_keeps_what_its_lines_name(self):
		make_budget_line(self.project, "L.1", 100, partner=self.second)
		for change in (
			lambda project: project.set("partners", [project.partners[0]]),
			lambda project: project.set("programme", "Con i Bambini"),
		):
			self.project.reload()
			change(self.project)
			with self.assertRaises(frappe.ValidationError):
				self.project.save(ignore_permissions=True)

	def test_the_unions_share_is_held_against_the_programme(self):
		for percent, told in ((75, False), (80, True)):
			frappe.clear_messages()
			make_funded_project(
				sources=[
					{"source_type": "European Union", "percent": percent},
					{"source_type": "National", "percent": 100 - percent},
				]
			)
			self.assertEqual(any("2021/1147" in str(message) for message in frappe.message_log), told)
