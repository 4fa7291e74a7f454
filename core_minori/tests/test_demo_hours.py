"""The demo year's hours are one truth: what was done with cases, the timesheets, and the staff hours of the funding.

Counted here in SQL of its own, per person and month. Hours that are no intervention stand in the same timesheets by hand
and carry no budget line: training, coordination and accounting of the office, one planted mistake on a Sunday (the data
of `demo_data.timesheets`); and those of the invented project PONTE, whose staff are no users of the site and are charged
line by line, which come from no intervention.
"""

from collections import Counter
from decimal import Decimal
from unittest import SkipTest
from unittest.mock import patch

import frappe
from frappe.utils import add_days, getdate

from core_minori.api.interventions import bring_hours
from core_minori.funding.report.cost_of_services.cost_of_services import execute as cost_of_services
from core_minori.funding.report.staff_hours.staff_hours import execute as staff_hours
from core_minori.minors.report.interventions_and_hours.interventions_and_hours import execute as hours_report
from core_minori.setup import demo, demo_data, demo_money_data
from core_minori.tests.builders import SiteTestCase, acting_as

ADDRESS = {user.key: user.email for user in demo_data.USERS}
CENT = Decimal("0.01")


def hours(value) -> Decimal:
	return Decimal(str(value or 0)).quantize(CENT)


def served() -> dict[tuple[str, str], Decimal]:
	"""(user, month) -> done hours of the interventions, each operator's own where they are written down."""
	rows = frappe.db.sql(
		"""select operator.user, date_format(held.starts_at, '%Y-%m') month,
		sum(if(ifnull(operator.hours, 0) > 0, operator.hours, held.hours))
		from `tabIntervention` held join `tabIntervention Operator` operator
		on operator.parent = held.name and operator.parenttype = 'Intervention'
		where held.status = 'Done' group by 1, 2"""
	)
	return {(user, month): hours(total) for user, month, total in rows}


def on_sheets(where: str) -> dict[tuple[str, str], Decimal]:
	"""(user, month) -> hours of submitted timesheet rows."""
	rows = frappe.db.sql(
		f"""select person.user_id, date_format(row.from_time, '%Y-%m') month, sum(row.hours)
		from `tabTimesheet Detail` row join `tabTimesheet` sheet on sheet.name = row.parent
		join `tabEmployee` person on person.name = sheet.employee
		where sheet.docstatus = 1 and {where} group by 1, 2"""  # nosemgrep: the conditions below
	)
	return {(user or "", month): hours(total) for user, month, total in rows}


def of_interventions() -> dict[tuple[str, str], Decimal]:
	return on_sheets("ifnull(row.fami_intervention, '') != ''")


def charged() -> dict[tuple[str, str], Decimal]:
	"""(user, month) -> staff hours of the funding: the allocations of the costs of timesheets, PONTE's left out."""
	rows = frappe.db.sql(
		"""select person.user_id, date_format(allocation.incurred_on, '%%Y-%%m') month, sum(allocation.hours)
		from `tabCost Allocation` allocation join `tabTimesheet` sheet on sheet.name = allocation.voucher_no
		join `tabEmployee` person on person.name = sheet.employee
		join `tabFAMI Budget Line` line on line.name = allocation.budget_line
		where allocation.voucher_type = 'Timesheet' and allocation.docstatus < 2 and line.funded_project != %s
		group by 1, 2""",
		demo_money_data.CODE,
	)
	return {(user or "", month): hours(total) for user, month, total in rows}


class TestDemoHours(SiteTestCase):
	"""After the demo, as test_demo: loaded once where it is missing, looked at where it is there."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		if frappe.conf.core_minori_demo_follows and not frappe.db.exists(
			"Funded Project", demo_money_data.CODE
		):
			raise SkipTest("the demo is made after these tests, and looked at then")
		cls.addClassCleanup(frappe.clear_cache)
		with patch.object(frappe.db, "commit"), patch("builtins.print"):
			made = demo.make_demo()
		cls.data = demo_data.build(getdate(made["day"]))
		cls.months = sorted({row[0].strftime("%Y-%m") for sheet in cls.data.timesheets for row in sheet.logs})

	def setUp(self) -> None:
		frappe.db.savepoint("before_the_test")

	def tearDown(self) -> None:
		frappe.db.rollback(save_point="before_the_test")

	def check(self) -> dict[tuple[str, str], Decimal]:
		"""The equality itself: three sums made apart, person by person and month by month."""
		given = served()
		self.assertEqual(given, of_interventions())
		self.assertEqual(given, charged())
		return given

	def test_interventions_are_the_rows_of_the_sheets_and_the_hours_of_the_funding(self) -> None:
		given = self.check()
		expected: Counter = Counter()
		for row in self.data.interventions:
			if row.status == "Done":
				month = row.starts.strftime("%Y-%m")
				expected[ADDRESS[row.user], month] += row.hours
				if row.second:
					expected[ADDRESS[row.second[0]], month] += row.second[1]
		self.assertEqual(given, expected)
		self.assertEqual(sorted({month for __, month in given}), self.months)
		self.assertEqual(
			{user for user, __ in given},
			{ADDRESS[key] for key in demo_data.STAFF_LINES if key != "coordinator"},
		)

	def test_the_staff_hours_report_says_the_same(self) -> None:
		users = dict(frappe.get_all("Employee", fields=["name", "user_id"], as_list=True))
		with acting_as(ADDRESS["funding_officer"]):
			__, rows = staff_hours({})
		found: Counter = Counter()
		for row in rows:
			if row.funded_project != demo_money_data.CODE:
				found[users[row.employee], row.month] += hours(row.hours)
		self.assertEqual(found, served())

	def test_what_is_no_intervention_is_typed_by_hand_and_on_no_line(self) -> None:
		typed = on_sheets("ifnull(row.fami_intervention, '') = '' and ifnull(row.fami_budget_line, '') = ''")
		expected: Counter = Counter()
		for sheet in self.data.timesheets:
			for start, length, *__ in sheet.logs:
				expected[ADDRESS[sheet.user], start.strftime("%Y-%m")] += length
		self.assertEqual(typed, {key: hours(value) for key, value in expected.items()})
		others = on_sheets(
			"ifnull(row.fami_intervention, '') = '' and ifnull(row.fami_budget_line, '') != ''"
		)
		self.assertEqual({user for user, __ in others}, {""})  # PONTE's, who are no users
		lines = frappe.db.sql_list(
			"""select distinct line.funded_project from `tabTimesheet Detail` row
			join `tabFAMI Budget Line` line on line.name = row.fami_budget_line
			where row.docstatus = 1 and ifnull(row.fami_intervention, '') = ''"""
		)
		self.assertEqual(lines, [demo_money_data.CODE])

	def test_an_hour_moved_anywhere_is_found(self) -> None:
		intervention = frappe.db.get_value("Intervention", {"status": "Done"}, ["name", "hours", "starts_at"])
		row = frappe.db.get_value(
			"Timesheet Detail",
			{"fami_intervention": intervention[0], "docstatus": 1},
			["name", "hours", "from_time"],
		)
		allocation = frappe.db.get_value(
			"Cost Allocation",
			{"voucher_type": "Timesheet", "docstatus": ["<", 2], "budget_line": ["like", "ROMA-MSNA-%"]},
			["name", "hours"],
		)
		operator = frappe.db.get_value("Intervention Operator", {"parent": intervention[0]})
		self.check()
		for doctype, name, values in (
			("Intervention", intervention[0], {"hours": intervention[1] + 1}),
			("Intervention", intervention[0], {"starts_at": add_days(intervention[2], 31)}),
			("Intervention", intervention[0], {"status": "Not Held"}),
			("Intervention Operator", operator, {"user": ADDRESS["coordinator"]}),
			("Timesheet Detail", row[0], {"hours": row[1] + 1}),
			("Timesheet Detail", row[0], {"from_time": add_days(row[2], 31)}),
			("Timesheet Detail", row[0], {"fami_intervention": None}),
			("Cost Allocation", allocation[0], {"hours": allocation[1] + 1}),
		):
			frappe.db.savepoint("one_hour")
			frappe.db.set_value(doctype, name, values, update_modified=False)
			with self.subTest(doctype=doctype, values=values), self.assertRaises(AssertionError):
				self.check()
			frappe.db.rollback(save_point="one_hour")
		self.check()

	def test_bringing_the_year_again_moves_nothing(self) -> None:
		with acting_as(ADDRESS["coordinator"]):
			for month in self.months:
				found = bring_hours(f"{month}-01")
				self.assertEqual((found["added"], found["changed"], found["removed"]), (0, 0, 0))
		self.check()

	def test_the_reports_say_the_sums_of_the_lists_behind_them(self) -> None:
		first, last = f"{self.months[0]}-01", str(self.data.today)
		period = {"from_date": first, "to_date": last}
		for key in ("coordinator", "educator"):
			with acting_as(ADDRESS[key]):
				listed = frappe.get_list(
					"Intervention",
					filters={"status": "Done", "starts_at": ["between", [first, last]]},
					fields=["name", "hours"],
					limit_page_length=0,
				)
				for by in ("Type", "Month", "Project", "Mode"):
					rows = hours_report({**period, "group_by": by})[1]
					self.assertEqual(sum(row["interventions"] for row in rows), len(listed), (key, by))
					self.assertEqual(
						hours(sum(row["hours"] for row in rows)), hours(sum(row.hours for row in listed))
					)
		with acting_as(ADDRESS["coordinator"]):
			rows = hours_report({**period, "group_by": "Operator"})[1]
		totals: Counter = Counter()
		for (user, __), value in served().items():
			totals[user] += value
		self.assertEqual({row["key"]: hours(row["operator_hours"]) for row in rows}, dict(totals))

	def test_an_hour_of_service_has_its_cost_and_no_code(self) -> None:
		with acting_as(ADDRESS["funding_officer"]):
			columns, rows = cost_of_services({})
			__, by_type = cost_of_services({"group_by": "Type"})
		row = next(row for row in rows if row["funded_project"] == "ROMA-MSNA")
		cost, worked = frappe.db.sql(
			"""select sum(row.base_costing_amount), sum(row.hours) from `tabTimesheet Detail` row
			where row.docstatus = 1 and ifnull(row.fami_intervention, '') != ''
			and row.fami_budget_line like 'ROMA-MSNA-%'"""
		)[0]
		self.assertEqual((hours(row["staff_cost"]), hours(row["staff_hours"])), (hours(cost), hours(worked)))
		self.assertEqual(hours(row["cost_per_hour"]), hours(Decimal(str(cost)) / Decimal(str(worked))))
		self.assertGreater(int(row["people"]), 10)
		self.assertEqual(
			hours(sum(each["staff_cost"] for each in by_type if each["funded_project"] == "ROMA-MSNA")),
			hours(cost),
		)
		shown = frappe.as_json([columns, rows, by_type])
		for code in (
			*frappe.get_all("Case File", pluck="name"),
			*frappe.get_all("Intervention", pluck="name", limit=50),
		):
			self.assertNotIn(code, shown)
		for key in ("educator", "social_worker"):
			with acting_as(ADDRESS[key]):
				self.assertRaises(frappe.PermissionError, cost_of_services, {})

	def test_nothing_that_is_to_come_stands_in_a_sheet(self) -> None:
		self.assertFalse(
			frappe.db.sql(
				"""select row.name from `tabTimesheet Detail` row join `tabIntervention` held
				on held.name = row.fami_intervention where held.status != 'Done'"""
			)
		)
		self.assertTrue(frappe.db.exists("Intervention", {"status": "Planned"}))
