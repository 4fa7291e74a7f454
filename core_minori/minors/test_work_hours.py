"""Hours of interventions on their way to the timesheets: once, corrected while a draft, frozen when submitted."""

import frappe
from frappe.utils import add_days, flt, get_first_day, getdate, today

from core_minori.api.interventions import bring_hours, my_month
from core_minori.minors import work_hours
from core_minori.minors.doctype.intervention.test_intervention import make_group, make_intervention
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_budget_line,
	make_case,
	make_funded_project,
	make_user,
)
from core_minori.tests.staff import make_employee, make_rate, make_timesheet

# A month that is over, whatever the day.
FIRST = getdate(get_first_day(add_days(get_first_day(today()), -1)))
NEXT = getdate(get_first_day(today()))


def on(day: int, hour: int = 9) -> str:
	return f"{FIRST.replace(day=day)} {hour:02}:00:00"


class TestWorkHours(SiteTestCase):
	"""Each test leaves the records of the class as it found them."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker", "Employee")
		cls.educator = make_user("Educator", "Employee")
		cls.coordinator = make_user("Case Coordinator", "Employee")
		cls.officer = make_user("Funding Officer")
		cls.person = make_employee(cls.educator)
		cls.project = make_funded_project(start_date=add_days(FIRST, -40), end_date=add_days(today(), 60))
		cls.line = make_budget_line(cls.project, "A.1", 50000).name
		make_rate(cls.person.name)
		with acting_as(cls.worker):
			cls.case = make_case(project=cls.project.name, reported_on=add_days(FIRST, -30)).name
		assign(cls.case, cls.educator, "Educator", -90)

	def setUp(self):
		frappe.db.savepoint("before_the_test")
		frappe.clear_messages()

	def tearDown(self):
		frappe.db.rollback(save_point="before_the_test")

	def assignment(self, **values):
		return frappe.get_doc(
			{
				"doctype": "Staff Assignment",
				"employee": self.person.name,
				"funded_project": self.project.name,
				"budget_line": self.line,
				"role_title": "Educatrice",
				"from_date": FIRST,
				"to_date": add_days(today(), 30),
				**values,
			}
		).insert(ignore_permissions=True)

	def held(self, day: int = 3, hour: int = 9, hours: float = 1, **values):
		with acting_as(self.educator):
			return make_intervention(self.case, starts_at=on(day, hour), hours=hours, **values)

	def bring(self, user: str | None = None) -> dict:
		with acting_as(user or self.educator):
			return bring_hours(str(FIRST))

	def rows(self, employee: str | None = None) -> list[tuple]:
		"""(intervention, start, hours, line, state of the sheet) of the person's sheets that stand."""
		return [
			(
				row.fami_intervention or "",
				str(row.from_time)[8:13],
				row.hours,
				row.fami_budget_line or "",
				row.docstatus,
			)
			for row in frappe.db.sql(
				"""select row.* from `tabTimesheet Detail` row join `tabTimesheet` sheet on sheet.name = row.parent
				where sheet.employee = %s and sheet.docstatus < 2 order by row.from_time""",
				employee or self.person.name,
				as_dict=True,
			)
		]

	def sheet(self):
		return frappe.get_doc("Timesheet", {"employee": self.person.name, "docstatus": ["<", 2]})

	def submitted(self):
		sheet = self.sheet()
		with acting_as(self.officer):
			sheet.flags.ignore_permissions = True
			sheet.submit()
		return sheet

	# --- once ---

	def test_done_hours_become_rows_of_the_persons_draft_and_of_nobody_elses(self):
		one, two = self.held(3), self.held(4, hours=1.5)
		self.held(5, status="Not Held")
		self.held(6, status="Planned")
		found = self.bring()
		self.assertEqual((found["added"], found["hours"], found["left_out"]), (2, 2.5, []))
		self.assertEqual(self.rows(), [(one.name, "03 09", 1, "", 0), (two.name, "04 09", 1.5, "", 0)])
		sheet = self.sheet()
		self.assertEqual(sheet.owner, self.educator)
		self.assertEqual({row.project for row in sheet.time_logs}, {self.project.project})
		self.assertIn(one.name, sheet.time_logs[0].description)
		self.assertNotIn(self.case, frappe.as_json(sheet.as_dict()))
		one.reload()
		self.assertEqual(
			(one.operators[0].timesheet, one.operators[0].employee), (sheet.name, self.person.name)
		)

	def test_bringing_again_adds_nothing_and_what_came_later_comes_along(self):
		first = self.held(3)
		self.bring()
		self.assertEqual({**self.bring(), "left_out": []}["added"], 0)
		later = self.held(7)
		self.assertEqual(self.bring()["added"], 1)
		self.assertEqual([row[0] for row in self.rows()], [first.name, later.name])
		self.assertEqual(frappe.db.count("Timesheet", {"employee": self.person.name}), 1)

	def test_the_database_itself_refuses_the_same_hours_twice(self):
		self.held(3)
		self.bring()
		row = self.sheet().time_logs[0]
		frappe.db.savepoint("twice")
		with self.assertRaises(Exception) as found:
			frappe.get_doc(
				{
					"doctype": "Timesheet Detail",
					"parent": "ANOTHER",
					"parenttype": "Timesheet",
					"parentfield": "time_logs",
					"fami_intervention": row.fami_intervention,
					"fami_intervention_key": row.fami_intervention_key,
				}
			).db_insert()
		self.assertIsInstance(found.exception, frappe.UniqueValidationError)
		frappe.db.rollback(save_point="twice")

	def test_hours_typed_by_hand_in_the_same_draft_stay(self):
		with acting_as(self.educator):
			typed = make_timesheet(self.person.name, (FIRST.replace(day=3), 14, 3, None))
		doc = self.held(3)
		self.bring()
		self.assertEqual([row[0] for row in self.rows()], [doc.name, ""])
		self.assertEqual(self.sheet().name, typed.name)

	def test_hours_at_the_time_of_others_are_left_out_and_told(self):
		with acting_as(self.educator):
			make_timesheet(self.person.name, (FIRST.replace(day=3), 9, 3, None))
		doc = self.held(3, hour=10)
		found = self.bring()
		self.assertEqual([row["intervention"] for row in found["left_out"]], [doc.name])
		self.assertEqual([row[0] for row in self.rows()], [""])

	def test_two_operators_bring_each_their_own(self):
		other = make_employee(self.worker)
		with acting_as(self.worker):
			doc = make_intervention(
				self.case,
				starts_at=on(3),
				hours=2,
				operators=[{"user": self.worker, "hours": 3}, {"user": self.educator}],
			)
		self.bring(self.coordinator)
		self.assertEqual([row[:3] for row in self.rows()], [(doc.name, "03 09", 2)])
		self.assertEqual([row[:3] for row in self.rows(other.name)], [(doc.name, "03 09", 3)])

	def test_a_group_session_counts_once_whoever_was_there(self):
		with acting_as(self.worker):
			other = make_case(reported_on=add_days(FIRST, -10)).name
		assign(other, self.educator, "Educator", -90)
		with acting_as(self.educator):
			group = make_group(self.case, other, project=self.project.name)
			session = make_intervention(
				mode="Group", intervention_group=group.name, starts_at=on(9, 15), hours=2
			)
		self.bring()
		self.assertEqual([row[:3] for row in self.rows()], [(session.name, "09 15", 2)])

	# --- whose ---

	def test_an_operator_brings_their_own_and_the_coordinator_everybodys(self):
		other = make_employee(self.worker)
		with acting_as(self.worker):
			make_intervention(self.case, starts_at=on(4))
		self.held(3)
		self.assertEqual(self.bring()["added"], 1)
		self.assertEqual(self.rows(other.name), [])
		self.bring(self.coordinator)
		self.assertEqual(len(self.rows(other.name)), 1)

	def test_who_is_no_employee_is_told_of(self):
		with acting_as(self.worker):
			doc = make_intervention(self.case, starts_at=on(4))
		found = self.bring(self.coordinator)
		mine = [row for row in found["left_out"] if row["intervention"] == doc.name]
		self.assertEqual(len(mine), 1)
		self.assertTrue(mine[0]["who"] and mine[0]["why"])

	def test_who_holds_no_intervention_brings_none(self):
		for role in ("Funding Officer", "Employee", "Protection Unit Manager", "Network Partner"):
			with acting_as(make_user(role)):
				self.assertRaises(frappe.PermissionError, bring_hours, str(FIRST))

	def test_one_persons_trouble_stops_only_that_persons_month(self):
		other = make_employee(self.worker)
		self.held(3, budget_line=None)
		with acting_as(self.worker):
			doc = make_intervention(self.case, starts_at=on(4))
		doc.db_set("budget_line", self.line)  # and no rate for the worker
		found = self.bring(self.coordinator)
		self.assertEqual(self.rows(other.name), [])
		self.assertEqual(len(self.rows()), 1)
		self.assertTrue([row for row in found["left_out"] if other.employee_name in row["why"]])

	def test_the_scheduler_brings_the_month_that_is_over(self):
		self.held(3)
		work_hours.bring_last_month()
		work_hours.bring_last_month()
		self.assertEqual(len(self.rows()), 1)

	# --- the line ---

	def test_the_line_is_the_interventions_else_that_of_the_assignment(self):
		self.assignment()
		other = make_budget_line(self.project, "A.2", 50000).name
		self.held(3)
		doc = self.held(4)
		with acting_as(self.coordinator):
			doc.reload()
			doc.budget_line = other
			doc.save()
		self.bring()
		self.assertEqual([row[3] for row in self.rows()], [self.line, other])
		self.assertEqual([flt(row.base_costing_amount, 2) for row in self.sheet().time_logs], [19.34, 19.34])

	def test_hours_without_a_line_are_counted(self):
		self.held(3, hours=2)
		self.assertEqual(self.bring()["without_line"], 2)

	# --- corrected while a draft ---

	def test_a_correction_reaches_the_draft_and_a_withdrawal_takes_the_row_out(self):
		one, two = self.held(3), self.held(4)
		self.bring()
		with acting_as(self.educator):
			one.reload()
			one.update({"hours": 2.5, "starts_at": on(5, 11)})
			one.save()
			self.assertEqual(self.rows()[1][:3], (one.name, "05 11", 2.5))
			two.reload()
			two.status = "Not Held"
			two.save()
		self.assertEqual([row[:3] for row in self.rows()], [(one.name, "05 11", 2.5)])

	def test_the_last_row_takes_its_empty_draft_with_it(self):
		one = self.held(3)
		self.bring()
		with acting_as(self.educator):
			one.reload()
			one.status = "Cancelled"
			one.save()
		self.assertEqual(frappe.db.count("Timesheet", {"employee": self.person.name}), 0)

	def test_hours_moved_to_another_month_move_to_its_sheet(self):
		one, __ = self.held(3), self.held(4)
		self.bring()
		with acting_as(self.educator):
			one.reload()
			one.starts_at = f"{NEXT} 00:00:00"
			one.hours = 0.01
			one.save()
		self.assertEqual(frappe.db.count("Timesheet", {"employee": self.person.name}), 2)
		self.assertEqual(len(self.rows()), 2)

	def test_another_operator_takes_the_hours_along(self):
		other = make_employee(self.worker)
		one, two = self.held(3), self.held(4)
		self.bring()
		with acting_as(self.educator):
			one.reload()
			one.operators = []
			one.append("operators", {"user": self.worker})
			one.save()
		self.assertEqual([row[0] for row in self.rows()], [two.name])
		two.reload()
		self.assertEqual(two.operators[0].timesheet, self.sheet().name)
		self.assertEqual([row[0] for row in self.rows(other.name)], [one.name])

	def test_a_correction_onto_other_hours_is_refused_and_nothing_moves(self):
		one, two = self.held(3), self.held(4)
		self.bring()
		frappe.db.savepoint("a_request")
		with acting_as(self.educator):
			one.reload()
			one.starts_at = on(4)
			with self.assertRaises(frappe.ValidationError) as found:
				one.save()
		self.assertIn(two.name, str(found.exception))
		self.assertTrue(frappe.get_message_log())  # and the desk says so
		frappe.db.rollback(save_point="a_request")

	def test_what_was_never_brought_makes_no_sheet_when_corrected(self):
		one = self.held(3)
		with acting_as(self.educator):
			one.hours = 2
			one.save()
		self.assertEqual(self.rows(), [])

	# --- typed once ---

	def test_a_row_of_an_intervention_is_not_changed_by_hand(self):
		one = self.held(3)
		self.bring()
		for change in (
			lambda row: row.update({"hours": 2, "to_time": on(3, 11)}),
			lambda row: row.update({"from_time": on(3, 8), "to_time": on(3, 9)}),
			lambda row: row.update({"project": None}),
		):
			sheet = self.sheet()
			change(sheet.time_logs[0])
			with acting_as(self.educator), self.assertRaises(frappe.ValidationError) as found:
				sheet.save()
			self.assertIn(one.name, str(found.exception))
		sheet = self.sheet()
		sheet.append("time_logs", {**sheet.time_logs[0].as_dict(), "name": None, "fami_intervention": None})
		sheet.time_logs[1].update({"from_time": on(6), "to_time": on(6, 10)})
		with acting_as(self.educator):
			sheet.save()  # other hours come and go as ever
			sheet.time_logs = [row for row in sheet.time_logs if not row.fami_intervention]
			self.assertRaises(frappe.ValidationError, sheet.save)

	def test_nobody_claims_the_hours_of_an_intervention_by_hand(self):
		one = self.held(3)
		other = make_employee(self.worker)
		for employee, hours in ((other.name, 1), (self.person.name, 2)):
			sheet = frappe.get_doc(
				{
					"doctype": "Timesheet",
					"employee": employee,
					"company": self.person.company,
					"time_logs": [{"from_time": on(3), "hours": hours, "fami_intervention": one.name}],
				}
			)
			with acting_as(self.educator):
				self.assertRaises(frappe.ValidationError, sheet.insert)

	# --- frozen ---

	def test_a_submitted_sheet_freezes_hours_operators_and_day_and_nothing_else(self):
		one = self.held(3)
		self.bring()
		sheet = self.submitted()
		for values in (
			{"hours": 2},
			{"starts_at": on(5)},
			{"status": "Not Held"},
			{"operators": [{"user": self.worker}]},
		):
			doc = frappe.get_doc("Intervention", one.name)
			doc.update(values)
			with self.subTest(values), acting_as(self.educator):
				with self.assertRaises(frappe.ValidationError) as found:
					doc.save()
				self.assertIn(sheet.name, str(found.exception))
		with acting_as(self.educator):
			doc = frappe.get_doc("Intervention", one.name)
			doc.update({"notes": "Visita al centro per l'impiego.", "outcome": "Positive"})
			doc.save()

	def test_a_cancelled_sheet_frees_them_and_they_come_again(self):
		one = self.held(3)
		self.bring()
		sheet = self.submitted()
		sheet.flags.ignore_permissions = True
		sheet.cancel()
		doc = frappe.get_doc("Intervention", one.name)
		self.assertFalse(doc.operators[0].timesheet)
		with acting_as(self.educator):
			doc.hours = 2
			doc.save()
		self.assertEqual(self.bring()["added"], 1)
		self.assertEqual([row[:3] for row in self.rows()], [(one.name, "03 09", 2)])

	def test_an_amended_sheet_takes_the_hours_over_and_not_a_second_time(self):
		one = self.held(3)
		self.bring()
		sheet = self.submitted()
		sheet.flags.ignore_permissions = True
		sheet.cancel()
		amended = frappe.copy_doc(sheet, ignore_no_copy=True)
		amended.update({"amended_from": sheet.name, "docstatus": 0})
		amended.insert(ignore_permissions=True)
		self.assertEqual([row[0] for row in self.rows()], [one.name])
		self.assertEqual(self.bring()["added"], 0)
		again = frappe.copy_doc(amended)
		again.amended_from = None
		with self.assertRaises(frappe.ValidationError):
			again.insert(ignore_permissions=True)

	def test_a_deleted_draft_frees_them(self):
		self.held(3)
		self.bring()
		frappe.delete_doc("Timesheet", self.sheet().name, ignore_permissions=True)
		self.assertEqual(self.bring()["added"], 1)

	# --- one truth ---

	def test_hours_of_service_are_those_of_the_sheets_and_of_the_costs(self):
		self.assignment()
		for day in range(3, 8):
			self.held(day, hours=1.25)
		self.bring()
		self.submitted()
		served = sum(
			frappe.get_all("Intervention", {"case_file": self.case, "status": "Done"}, pluck="hours")
		)
		allocated = sum(
			frappe.get_all(
				"Cost Allocation", {"tagged_line": self.line, "docstatus": ["<", 2]}, pluck="hours"
			)
		)
		self.assertEqual((served, allocated), (6.25, 6.25))
		with acting_as(self.educator):
			self.assertEqual(my_month(str(FIRST)), {"done": 6.25, "brought": 6.25})

	def test_bringing_takes_as_many_queries_however_many_hours_are_there_already(self):
		def queries() -> int:
			seen = []
			original = frappe.db.sql

			def counted(query, *args, **kwargs):
				seen.append(str(query))
				return original(query, *args, **kwargs)

			frappe.db.sql = counted
			try:
				work_hours.bring(FIRST, [self.educator])
			finally:
				frappe.db.sql = original
			return len(seen)

		self.held(3)
		self.bring()
		queries()
		few = queries()
		for day in range(4, 9):
			self.held(day)
		self.bring()
		self.assertEqual(queries(), few)
