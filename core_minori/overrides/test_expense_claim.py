"""What HRMS adds where it is installed: expense claims as costs, leave as days off, payslips as the year's cost."""

from unittest import SkipTest

import frappe
from frappe.utils import flt

from core_minori.api.staff import salary_slip_cost
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	company,
	expense_account,
	make_budget_line,
	make_funded_project,
	make_user,
	unique,
)
from core_minori.tests.staff import make_employee, make_rate, make_timesheet


class TestWithHRMS(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		if "hrms" not in frappe.get_installed_apps():
			raise SkipTest(
				"HRMS is not installed on this site: expense claims, leave and payslips are not tested"
			)

	def setUp(self):
		self.person = make_employee()
		self.project = make_funded_project(start_date="2025-01-01", end_date="2025-12-31")
		self.line = make_budget_line(self.project, "B.1", 500).name

	def claim(self, *rows: tuple[str, float, str | None], posting_date: str = "2025-03-31"):
		kind = frappe.get_doc(
			{
				"doctype": "Expense Claim Type",
				"expense_type": unique("Viaggio"),
				"accounts": [{"company": company(), "default_account": expense_account()}],
			}
		).insert()
		return frappe.get_doc(
			{
				"doctype": "Expense Claim",
				"company": company(),
				"employee": self.person.name,
				"posting_date": posting_date,
				"approval_status": "Approved",
				"payable_account": frappe.db.get_value(
					"Account", {"company": company(), "account_type": "Payable", "is_group": 0}
				),
				"cost_center": frappe.get_cached_value("Company", company(), "cost_center"),
				"expenses": [
					{
						"expense_date": day,
						"cost_center": frappe.get_cached_value("Company", company(), "cost_center"),
						"expense_type": kind.name,
						"amount": amount,
						"sanctioned_amount": amount,
						"fami_budget_line": line,
					}
					for day, amount, line in rows
				],
			}
		).insert()

	def test_a_tagged_expense_drafts_its_allocation_and_the_cancellation_takes_it_back(self):
		claim = self.claim(
			("2025-03-10", 40.5, self.line), ("2025-03-12", 9.5, None), ("2025-03-14", 20, self.line)
		)
		claim.submit()
		(draft,) = frappe.get_all(
			"Cost Allocation",
			filters={"voucher_no": claim.name},
			fields=["name", "budget_line", "imputed_amount", "incurred_on"],
		)
		self.assertEqual((draft.budget_line, flt(draft.imputed_amount)), (self.line, 60.5))
		self.assertEqual(str(draft.incurred_on), "2025-03-14")
		with acting_as(make_user("Funding Officer", "Accounts User")):
			frappe.get_doc("Cost Allocation", draft.name).submit()
		claim.reload()
		claim.cancel()
		self.assertEqual(frappe.db.get_value("Cost Allocation", draft.name, "docstatus"), 2)

	def test_an_expense_counts_on_the_day_it_was_spent(self):
		with self.assertRaises(frappe.ValidationError) as refused:
			self.claim(("2024-12-30", 10, self.line), posting_date="2025-01-10")
		self.assertIn("30/12/2024", str(refused.exception))
		self.claim(("2025-12-30", 10, self.line), posting_date="2026-01-10").submit()

	def test_approved_leave_is_a_day_off(self):
		make_rate(self.person.name, "2025-01-01")
		staff = make_budget_line(self.project, "A.1", 1000).name
		kind = frappe.get_doc(
			{"doctype": "Leave Type", "leave_type_name": unique("Ferie"), "is_lwp": 1, "allow_negative": 1}
		).insert()
		leave = frappe.get_doc(
			{
				"doctype": "Leave Application",
				"employee": self.person.name,
				"company": company(),
				"leave_type": kind.name,
				"from_date": "2025-03-04",
				"to_date": "2025-03-06",
				"half_day": 1,
				"half_day_date": "2025-03-06",
				"status": "Approved",
				"docstatus": 1,
			}
		)
		leave.name = unique("LA")
		leave.db_insert()  # the record as it stands after HRMS's own approval
		frappe.clear_messages()
		officer = make_user("Funding Officer", "Accounts User")
		with acting_as(officer):
			make_timesheet(
				self.person.name,
				("2025-03-03", 9, 4, staff),
				("2025-03-05", 9, 4, staff),
				("2025-03-06", 9, 4, staff),
			)
		said = " ".join(map(str, frappe.get_message_log()))
		self.assertIn("05/03/2025", said)
		self.assertNotIn("03/03/2025", said)
		self.assertNotIn("06/03/2025", said)

	def test_twelve_payslips_are_the_years_cost(self):
		for month in range(1, 13):
			self.payslip(f"2025-{month:02}", 2000, share=600.01, submitted=True)
		self.payslip("2024-12", 9000, share=0, submitted=True)
		self.payslip("2026-01", 9000, share=0, submitted=False)
		with acting_as(make_user("Funding Officer", "HR User")):
			found = salary_slip_cost(self.person.name)
			self.assertEqual((found["annual_cost"], found["months"]), (31200.12, 12))
			self.assertEqual((str(found["first"]), str(found["last"])), ("2025-01-01", "2025-12-31"))
			self.assertEqual(salary_slip_cost(self.person.name, "2025-06-30")["months"], 7)
		for role in ("HR User", "Funding Officer"):
			with acting_as(make_user(role)):
				self.assertRaises(frappe.PermissionError, salary_slip_cost, self.person.name)

	def payslip(self, month: str, gross: float, share: float, submitted: bool) -> None:
		"""A payslip as HRMS stores it: its own making needs a whole payroll."""
		slip = frappe.get_doc(
			{
				"doctype": "Salary Slip",
				"employee": self.person.name,
				"company": company(),
				"start_date": f"{month}-01",
				"end_date": frappe.utils.get_last_day(f"{month}-01"),
				"posting_date": f"{month}-28",
				"base_gross_pay": gross,
				"gross_pay": gross,
				"exchange_rate": 1,
				"docstatus": int(submitted),
			}
		)
		slip.name = unique("SLIP")
		slip.db_insert()
		for component, amount, outside in (("Paga", gross, 0), ("INPS datore", share, 1)):
			row = frappe.get_doc(
				{
					"doctype": "Salary Detail",
					"parent": slip.name,
					"parenttype": "Salary Slip",
					"parentfield": "earnings",
					"salary_component": component,
					"amount": amount,
					"do_not_include_in_total": outside,
				}
			)
			row.name = unique("ROW")
			row.db_insert()
