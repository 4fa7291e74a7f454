"""The hourly rate of a person: worked out, dated, kept as it was used, and kept from others."""

import frappe
from frappe import share
from frappe.client import validate_link
from frappe.desk.form import assign_to
from frappe.desk.search import search_link
from frappe.utils import getdate

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_user,
)
from core_minori.tests.staff import make_employee, make_rate, make_timesheet


class TestStaffCostRate(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer", "Accounts User")

	def setUp(self):
		self.employee = make_employee().name
		self.set_standard_hours(1720)

	def set_standard_hours(self, hours: int) -> None:
		programme = frappe.get_doc("Funding Programme", "FAMI 2021-2027")
		next(row for row in programme.rules if row.check_code == "hourly-divisor").value = str(hours)
		programme.save(ignore_permissions=True)

	def rate(self, *args, **values):
		with acting_as(self.officer):
			return make_rate(self.employee, *args, **values)

	def test_the_programmes_rule_gives_the_standard_hours(self):
		rate = self.rate()
		self.assertEqual((rate.annual_hours, rate.hourly_rate), (1720, 19.34))
		self.set_standard_hours(1600)
		other = make_rate(make_employee().name, annual_cost=32000, part_time_percent=50)
		self.assertEqual((other.annual_hours, other.hourly_rate), (800, 40))

	def test_the_programme_of_the_first_day_is_taken_where_none_is_named(self):
		rate = self.rate("2024-01-01", programme=None)
		self.assertEqual(rate.programme, "FAMI 2021-2027")

	def test_the_real_cost_needs_the_hours_of_the_contract(self):
		components = {
			"method": "Real Cost",
			"annual_cost": 1,  # typed, and of no consequence
			"gross_monthly_pay": 1750.4,
			"months": 12,
			"additional_months_pay": 3500.8,
			"severance_accrual": 1815.23,
			"employer_social_security": 6868.57,
			"employer_insurance": 245.06,
			"other_contract_items": 180,
		}
		with self.assertRaises(frappe.ValidationError):
			self.rate(**components)
		rate = self.rate(**components, annual_hours=1548)
		self.assertEqual((rate.annual_cost, rate.hourly_rate), (33614.46, 21.71))

	def test_a_new_rate_ends_the_open_one(self):
		first = self.rate("2025-01-01")
		second = self.rate("2025-07-01", annual_cost=35000)
		self.assertEqual(
			getdate(frappe.db.get_value("Staff Cost Rate", first.name, "valid_to")), getdate("2025-06-30")
		)
		self.assertIsNone(second.valid_to)
		with self.assertRaises(frappe.ValidationError) as refused:
			self.rate("2025-03-01", valid_to="2025-03-31")
		self.assertIn(first.name, str(refused.exception))

	def test_a_rate_that_paid_submitted_hours_stays_as_it_is(self):
		project = make_funded_project(start_date="2025-01-01", end_date="2025-12-31")
		line = make_budget_line(project)
		rate = self.rate("2025-01-01")
		with acting_as(self.officer):
			make_timesheet(self.employee, ("2025-05-15", 9, 4, line.name), submit=True)
			rate.reload()
			rate.source_note = "CU 2025"
			rate.save()  # notes and papers may come later
			rate.annual_cost = 40000
			self.assertRaises(frappe.ValidationError, rate.save)
			rate.reload()
			self.assertEqual(rate.annual_cost, 33271.66)
			rate.valid_to = "2025-05-14"
			self.assertRaises(frappe.ValidationError, rate.save)
			rate.reload()
			self.assertRaises(frappe.ValidationError, rate.delete)
			with self.assertRaises(frappe.ValidationError) as refused:
				self.rate("2025-05-10", annual_cost=40000)
			self.assertIn("15/05/2025", str(refused.exception))
			self.rate("2025-05-16", annual_cost=40000)

	def test_a_later_change_of_the_standard_hours_leaves_a_used_rate(self):
		project = make_funded_project(start_date="2025-01-01", end_date="2025-12-31")
		line = make_budget_line(project)
		rate = self.rate("2025-01-01")
		with acting_as(self.officer):
			make_timesheet(self.employee, ("2025-05-15", 9, 4, line.name), submit=True)
		self.set_standard_hours(1600)
		with acting_as(self.officer):
			rate.reload()
			rate.valid_to = "2025-12-31"
			rate.save()
		self.assertEqual(rate.hourly_rate, 19.34)

	def test_the_papers_are_private(self):
		with self.assertRaises(frappe.ValidationError):
			self.rate(document="/files/cedolini.pdf")
		self.rate(document="/private/files/cedolini.pdf")

	def test_nobody_else_reads_rates(self):
		rate = self.rate()
		for role in (
			"Case Coordinator",
			"Protection Unit Manager",
			"Accounts Manager",
			"HR Manager",
			"Employee",
		):
			with acting_as(make_user(role)):
				self.assertRaises(frappe.PermissionError, frappe.get_list, "Staff Cost Rate")
				self.assertRaises(
					frappe.PermissionError, frappe.get_doc("Staff Cost Rate", rate.name).check_permission
				)
				with self.assertRaises(frappe.PermissionError):
					search_link("Staff Cost Rate", rate.name)
				with self.assertRaises(frappe.PermissionError):
					validate_link("Staff Cost Rate", rate.name, '["hourly_rate"]')

	def test_nobody_shares_or_assigns_a_rate_away(self):
		rate = self.rate()
		other = make_user("Case Coordinator")
		with acting_as(self.officer):
			self.assertRaises(frappe.PermissionError, share.add, "Staff Cost Rate", rate.name, other)
			self.assertRaises(
				frappe.ValidationError,
				assign_to.add,
				{"doctype": "Staff Cost Rate", "name": rate.name, "assign_to": [other]},
			)
		self.assertFalse(frappe.has_permission("Staff Cost Rate", "read", rate.name, user=other))
