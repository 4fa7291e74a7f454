"""Timesheets with funded hours: what they cost, what they draft, what is too many, and who sees it."""

import frappe
from frappe.desk.notifications import get_open_count
from frappe.utils import flt

from core_minori.api.staff import monthly_timesheet
from core_minori.funding.report.staff_hours.staff_hours import execute
from core_minori.funding.timesheets import costs, month_grid
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_user,
)
from core_minori.tests.staff import make_employee, make_rate, make_timesheet


class TestTimesheet(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer", "Accounts User", "Projects User")

	def setUp(self):
		self.user = make_user("Employee")
		self.person = make_employee(self.user)
		make_rate(self.person.name, "2025-01-01", daily_hours=8)
		self.project = self.funded()
		self.staff = make_budget_line(self.project, "A.1", 100000).name
		frappe.clear_messages()

	def funded(self, **values):
		return make_funded_project(
			**{"start_date": "2025-01-01", "end_date": "2025-12-31", "cup": "G61H25000270006", **values}
		)

	def sheet(self, *rows, **values):
		with acting_as(self.officer):
			return make_timesheet(self.person.name, *rows, **values)

	def said(self) -> str:
		return " ".join(str(message) for message in frappe.get_message_log())

	def allocations(self, sheet) -> list:
		return frappe.get_all(
			"Cost Allocation",
			filters={"voucher_no": sheet.name},
			fields=[
				"budget_line",
				"imputed_amount",
				"ledger_amount",
				"hours",
				"docstatus",
				"party",
				"posting_date",
				"incurred_on",
			],
			order_by="budget_line",
		)

	# --- cost ---

	def test_hours_cost_what_the_persons_rate_says_not_the_activitys(self):
		other = make_budget_line(self.project, "A.2", 50000).name
		sheet = self.sheet(
			("2025-03-03", 9, 3.5, self.staff),
			("2025-03-04", 9, 1.333333, self.staff),
			("2025-03-05", 9, 2.25, other),
			("2025-03-06", 9, 1, None),
			submit=True,
		)
		rows = sheet.time_logs
		self.assertEqual([row.base_costing_rate for row in rows[:3]], [19.34] * 3)
		self.assertEqual([row.base_costing_amount for row in rows[:3]], [67.69, 25.79, 43.52])
		self.assertEqual([row.costing_amount for row in rows], [67.69, 25.79, 43.52, 99])
		self.assertEqual(sheet.total_costing_amount, 236)
		self.assertEqual({row.project for row in rows[:3]}, {self.project.project})
		found = {cost.line: (cost.amount, cost.hours) for cost in costs(sheet.name)}
		self.assertEqual(
			{line: (float(a), float(h)) for line, (a, h) in found.items()},
			{self.staff: (93.48, 4.83), other: (43.52, 2.25)},
		)
		drafts = self.allocations(sheet)
		self.assertEqual(
			[(row.budget_line, row.imputed_amount, row.hours, row.docstatus) for row in drafts],
			[(self.staff, 93.48, 4.83, 0), (other, 43.52, 2.25, 0)],
		)
		self.assertEqual(str(drafts[0].incurred_on), "2025-03-04")
		self.assertEqual(drafts[0].party, self.person.employee_name)

	def test_a_change_in_the_year_changes_the_rate_from_that_day(self):
		make_rate(self.person.name, "2025-07-16", annual_cost=34400)
		sheet = self.sheet(("2025-07-15", 9, 1, self.staff), ("2025-07-16", 9, 1, self.staff))
		self.assertEqual([row.base_costing_amount for row in sheet.time_logs], [19.34, 20])

	def test_a_day_without_a_rate_is_refused_with_the_way_out(self):
		with self.assertRaises(frappe.ValidationError) as refused:
			self.sheet(("2024-12-30", 9, 1, self.staff))
		self.assertIn("30/12/2024", str(refused.exception))
		self.assertIn("<br>", str(refused.exception))  # what is wrong, and what to do

	def test_hours_without_a_line_need_no_rate(self):
		sheet = self.sheet(("2024-12-30", 9, 1, None), ("2025-01-02", 9, 1, None))
		self.assertEqual(sheet.time_logs[0].costing_amount, 99)

	def test_a_cancelled_sheet_takes_its_allocations_with_it_unless_claimed(self):
		sheet = self.sheet(("2025-03-03", 9, 4, self.staff), submit=True)
		(draft,) = frappe.get_all("Cost Allocation", {"voucher_no": sheet.name}, pluck="name")
		with acting_as(self.officer):
			allocation = frappe.get_doc("Cost Allocation", draft)
			allocation.submit()
			allocation.db_set("claimed_amount", 10)
			sheet.reload()
			self.assertRaises(frappe.ValidationError, sheet.cancel)
			allocation.db_set("claimed_amount", 0)
			sheet.reload()
			sheet.cancel()
		self.assertEqual([row.docstatus for row in self.allocations(sheet)], [2])
		self.assertEqual(costs(sheet.name), [])

	def test_a_line_belongs_to_the_project_of_its_row(self):
		other = self.funded()
		sheet = frappe.get_doc(
			{
				"doctype": "Timesheet",
				"employee": self.person.name,
				"time_logs": [
					{
						"from_time": "2025-03-03 09:00:00",
						"hours": 1,
						"project": other.project,
						"fami_budget_line": self.staff,
					}
				],
			}
		)
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError) as refused:
			sheet.insert()
		self.assertIn(self.project.name, str(refused.exception))

	def test_the_company_is_the_employees_where_nobody_chose_one(self):
		sheet = self.sheet(("2025-03-03", 9, 1, self.staff), company=None, submit=True)
		self.assertEqual(sheet.company, self.person.company)
		self.assertEqual(len(self.allocations(sheet)), 1)

	def test_a_flat_rate_line_takes_no_hours(self):
		flat = make_budget_line(self.project, "L.1", 700, cost_method="Flat Rate", flat_rate_percent=7)
		with self.assertRaises(frappe.ValidationError) as refused:
			self.sheet(("2025-03-03", 9, 1, flat.name))
		self.assertIn(flat.name, str(refused.exception))

	def test_a_day_outside_the_project_is_refused(self):
		make_rate(self.person.name, "2026-01-01")
		with self.assertRaises(frappe.ValidationError) as refused:
			self.sheet(("2026-01-02", 9, 1, self.staff))
		self.assertIn("31/12/2025", str(refused.exception))

	def test_a_line_over_its_budget_warns_with_the_hours_of_other_sheets(self):
		small = make_budget_line(self.project, "A.2", 100).name
		self.sheet(("2025-03-03", 9, 4, small), submit=True)  # 77,36
		frappe.clear_messages()
		self.sheet(("2025-03-04", 9, 1, small))  # 96,70
		self.assertNotIn(small, self.said())
		self.sheet(("2025-03-05", 9, 2, small))
		self.assertIn("116,04", self.said())

	def test_the_sheet_leads_to_its_allocations(self):
		sheet = self.sheet(("2025-03-03", 9, 1, self.staff), submit=True)
		with acting_as(self.officer):
			links = get_open_count("Timesheet", sheet.name)["count"]["external_links_found"]
		self.assertEqual({row["doctype"]: row["count"] for row in links}["Cost Allocation"], 1)

	# --- limits ---

	def test_a_long_day_warns_and_a_longer_one_is_refused_over_all_projects(self):
		other = self.funded()
		theirs = make_budget_line(other, "A.1").name
		self.sheet(("2025-03-03", 6, 7, theirs))
		self.assertEqual(self.said(), "")
		self.sheet(("2025-03-03", 14, 5, self.staff))
		self.assertIn("12,00", self.said())
		with self.assertRaises(frappe.ValidationError) as refused:
			self.sheet(("2025-03-03", 20, 1.5, self.staff))
		self.assertIn("13,50", str(refused.exception))

	def test_a_holiday_of_the_persons_calendar_warns(self):
		calendar = frappe.get_doc(
			{
				"doctype": "Holiday List",
				"holiday_list_name": f"Prova {self.person.name}",
				"from_date": "2025-01-01",
				"to_date": "2025-12-31",
				"holidays": [{"holiday_date": "2025-04-25", "description": "Liberazione"}],
			}
		).insert(ignore_permissions=True)
		self.person.db_set("holiday_list", calendar.name)
		frappe.clear_document_cache("Employee", self.person.name)
		self.sheet(("2025-04-24", 9, 4, self.staff))
		self.assertNotIn("Liberazione", self.said())
		self.sheet(("2025-04-25", 9, 4, self.staff))
		self.assertIn("Liberazione", self.said())

	def test_the_same_hours_twice_are_refused_where_erpnext_was_told_not_to_look(self):
		frappe.db.set_single_value("Projects Settings", "ignore_employee_time_overlap", 1)
		frappe.db.set_single_value("Projects Settings", "ignore_user_time_overlap", 1)
		first = self.sheet(("2025-03-03", 9, 4, None))
		with self.assertRaises(frappe.ValidationError) as refused:
			self.sheet(("2025-03-03", 12, 2, self.staff))
		self.assertIn(first.name, str(refused.exception))

	def test_more_than_the_years_standard_hours_are_refused_where_the_programme_says_block(self):
		programme = frappe.get_doc("Funding Programme", "FAMI 2021-2027")
		programme.rules = [row for row in programme.rules if row.check_code != "timesheet-year"]
		programme.append("rules", {"check_code": "timesheet-year", "severity": "Block", "source": "Manuale"})
		programme.save(ignore_permissions=True)
		frappe.db.set_value("Staff Cost Rate", {"employee": self.person.name}, "annual_hours", 10)
		self.sheet(("2025-02-03", 9, 6, self.staff), submit=True)
		self.sheet(("2025-03-03", 9, 4, self.staff))
		with self.assertRaises(frappe.ValidationError) as refused:
			self.sheet(("2025-03-04", 9, 0.5, self.staff))
		self.assertIn("10,50", str(refused.exception))

	def test_a_funded_sheet_is_one_month(self):
		with self.assertRaises(frappe.ValidationError):
			self.sheet(("2025-03-31", 9, 1, self.staff), ("2025-04-01", 9, 1, None))
		self.sheet(("2025-03-31", 9, 1, None), ("2025-04-01", 9, 1, None))

	def test_the_limits_take_as_many_queries_whatever_the_rows(self):
		def queries(rows: int) -> int:
			doc = frappe.get_doc(
				{
					"doctype": "Timesheet",
					"employee": self.person.name,
					"time_logs": [
						{
							"from_time": f"2025-05-{day:02} 09:00:00",
							"to_time": f"2025-05-{day:02} 10:00:00",
							"hours": 1,
							"fami_budget_line": self.staff,
						}
						for day in range(1, rows + 1)
					],
				}
			)
			from core_minori.overrides.timesheet import before_validate, validate

			seen = []
			original = frappe.db.sql

			def counted(query, *args, **kwargs):
				seen.append(str(query))
				return original(query, *args, **kwargs)

			with acting_as(self.officer):
				frappe.db.sql = counted
				try:
					before_validate(doc)
					validate(doc)
				finally:
					frappe.db.sql = original
			return len(seen)

		queries(1)
		self.assertEqual(queries(2), queries(25))

	# --- who sees what ---

	def test_an_employee_writes_hours_and_reads_no_cost(self):
		with acting_as(self.user):
			sheet = make_timesheet(self.person.name, ("2025-03-03", 9, 4, self.staff))
			self.assertNotIn("77,36", self.said())
			loaded = frappe.get_doc("Timesheet", sheet.name)
			loaded.apply_fieldlevel_read_permissions()
			for field in ("total_costing_amount", "base_total_costing_amount"):
				self.assertFalse(loaded.get(field), field)
			for field in ("costing_rate", "costing_amount", "base_costing_rate", "base_costing_amount"):
				self.assertFalse(loaded.time_logs[0].get(field), field)
			(listed,) = frappe.get_list(
				"Timesheet", filters={"name": sheet.name}, fields=["name", "base_total_costing_amount"]
			)
			self.assertNotIn("base_total_costing_amount", listed)
		self.assertEqual(frappe.db.get_value("Timesheet", sheet.name, "base_total_costing_amount"), 77.36)

	def test_what_an_employee_types_as_a_cost_counts_for_nothing(self):
		with acting_as(self.user):
			sheet = make_timesheet(self.person.name, ("2025-03-03", 9, 4, self.staff))
			sheet.reload()
			sheet.time_logs[0].base_costing_amount = 1000
			sheet.time_logs[0].costing_rate = 250
			sheet.save()
		self.assertEqual(
			frappe.db.get_value("Timesheet Detail", {"parent": sheet.name}, "base_costing_amount"), 77.36
		)

	def test_who_is_only_an_employee_reads_no_colleagues_funded_sheet(self):
		funded = self.sheet(("2025-03-03", 9, 4, self.staff), submit=True).name
		plain = self.sheet(("2025-03-04", 9, 4, None)).name
		# Two forbidden fields in a row, of which Frappe 15 answers the second.
		asked = {
			"Timesheet": ["name", "total_costing_amount", "base_total_costing_amount"],
			"Timesheet Detail": ["name", "parent", "base_costing_rate", "base_costing_amount"],
		}
		colleague = make_user("Employee")
		make_employee(colleague)
		with acting_as(colleague):
			sheets = frappe.get_list("Timesheet", fields=asked["Timesheet"], limit_page_length=0)
			rows = frappe.get_list(
				"Timesheet Detail",
				fields=asked["Timesheet Detail"],
				parent_doctype="Timesheet",
				limit_page_length=0,
			)
			self.assertFalse(frappe.has_permission("Timesheet", "read", funded))
			self.assertTrue(frappe.has_permission("Timesheet", "read", plain))
		self.assertNotIn(funded, {row.name for row in sheets})
		self.assertIn(plain, {row.name for row in sheets})
		self.assertNotIn(funded, {row.parent for row in rows})
		self.assertIn(plain, {row.parent for row in rows})

	def test_ones_own_sheets_and_those_of_who_approves_stay_readable(self):
		funded = self.sheet(("2025-03-03", 9, 4, self.staff), submit=True).name
		for user in (
			self.user,
			make_user("Projects User"),
			make_user("HR User"),
			make_user("Accounts User"),
		):
			with acting_as(user):
				self.assertTrue(frappe.has_permission("Timesheet", "read", funded), user)
				self.assertEqual(len(frappe.get_list("Timesheet", {"name": funded})), 1, user)

	# --- paper and report ---

	def test_the_paper_of_the_month_has_all_the_persons_hours(self):
		other = self.funded(cup="B71I22000110001")
		theirs = make_budget_line(other, "B.2").name
		first = self.sheet(("2025-03-03", 9, 3.5, self.staff), ("2025-03-10", 9, 2, None), submit=True)
		second = self.sheet(("2025-03-03", 14, 2.25, theirs))
		self.sheet(("2025-04-01", 9, 8, self.staff))
		with acting_as(self.officer):
			grid = month_grid(self.person.name, "2025-03-20")
			paper = frappe.get_print("Timesheet", second.name, "Monthly Timesheet")
			text = frappe.utils.strip_html(paper)
		self.assertEqual(float(grid["totals"].total), 7.75)
		self.assertEqual({day: float(hours) for day, hours in grid["totals"].days.items()}, {3: 5.75, 10: 2})
		self.assertEqual(grid["drafts"], [second.name])
		self.assertEqual({row.cup for row in grid["projects"]}, {"G61H25000270006", "B71I22000110001"})
		for part in (
			self.person.employee_name,
			"G61H25000270006",
			"B71I22000110001",
			"5,75",
			"7,75",
			second.name,
		):
			self.assertIn(part, text)
		self.assertNotIn(first.name, text)
		for secret in ("19,34", "19.34", "67,69", "67.69"):
			self.assertNotIn(secret, text)

	def test_the_paper_is_a_pdf_for_who_may_read_the_sheets(self):
		self.sheet(("2025-03-03", 9, 3.5, self.staff))
		with acting_as(self.officer):
			monthly_timesheet(self.person.name, "2025-03-01")
			self.assertTrue(frappe.response["filecontent"].startswith(b"%PDF"))
			self.assertRaises(frappe.ValidationError, monthly_timesheet, self.person.name, "2025-06-01")
		with acting_as(make_user("Social Worker")):
			self.assertRaises(frappe.PermissionError, monthly_timesheet, self.person.name, "2025-03-01")
			self.assertRaises(frappe.PermissionError, month_grid, self.person.name, "2025-03-01")

	def test_the_signed_copy_comes_after_the_submission(self):
		sheet = self.sheet(("2025-03-03", 9, 3.5, self.staff), submit=True)
		with acting_as(self.officer):
			sheet.reload()
			sheet.fami_signed_copy = "/private/files/marzo.pdf"
			sheet.save()
		self.assertEqual(
			frappe.db.get_value("Timesheet", sheet.name, "fami_signed_copy"), "/private/files/marzo.pdf"
		)

	def test_the_report_is_the_sum_of_the_timesheets(self):
		other = make_budget_line(self.project, "A.2", 50000).name
		make_rate(self.person.name, "2025-03-16", annual_cost=34400)
		sheet = self.sheet(
			("2025-03-03", 9, 1.333333, self.staff), ("2025-03-17", 9, 2, self.staff), submit=True
		)
		self.sheet(("2025-03-04", 9, 1, self.staff), ("2025-03-05", 9, 2, other), submit=True)
		self.sheet(("2025-04-01", 9, 5, self.staff), submit=True)
		self.sheet(("2025-04-02", 9, 5, self.staff))  # a draft
		with acting_as(self.officer):
			for name in frappe.get_all("Cost Allocation", {"voucher_no": sheet.name}, pluck="name"):
				frappe.get_doc("Cost Allocation", name).submit()
			__, rows = execute({"employee": self.person.name})
			__, march = execute(
				{"funded_project": self.project.name, "from_date": "2025-03-01", "to_date": "2025-03-31"}
			)
		self.assertEqual(
			[(row.month, row.budget_line, row.hours, row.rate, row.cost, row.imputed) for row in rows],
			[
				("2025-03", self.staff, 4.33, 19.66, 85.13, 65.79),
				("2025-03", other, 2, 19.34, 38.68, 0),
				("2025-04", self.staff, 5, 20, 100, 0),
			],
		)
		submitted = frappe.get_all(
			"Timesheet Detail",
			filters={"docstatus": 1, "fami_budget_line": ["in", [self.staff, other]]},
			pluck="base_costing_amount",
		)
		self.assertEqual(flt(sum(row.cost for row in rows), 2), flt(sum(submitted), 2))
		self.assertEqual([row.cost for row in march], [85.13, 38.68])

	def test_only_who_reads_rates_reads_the_report(self):
		for role in ("Case Coordinator", "Accounts User", "Employee"):
			with acting_as(make_user(role)):
				self.assertRaises(frappe.PermissionError, execute, {})
