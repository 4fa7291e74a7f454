"""The report counts what its reader may read, and its numbers are those of the list behind it."""

import frappe
from frappe.utils import add_days, today

from core_minori.minors.doctype.intervention.test_intervention import make_group, make_intervention
from core_minori.minors.report.interventions_and_hours.interventions_and_hours import GROUPINGS, execute
from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_user


class TestInterventionsAndHours(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker, cls.educator = make_user("Social Worker"), make_user("Educator")
		cls.stranger = make_user("Educator")
		with acting_as(cls.worker):
			cls.one, cls.two = (make_case(intervention_area=area).name for area in ("Addictions", None))
			make_intervention(cls.one, hours=1.5, starts_at=f"{add_days(today(), -3)} 08:00:00")
			make_intervention(cls.one, status="Not Held")
		for case in (cls.one, cls.two):
			assign(case, cls.educator, "Educator", -60)
		with acting_as(cls.educator):
			group = make_group(cls.one, cls.two)
			make_intervention(
				mode="Group",
				intervention_group=group.name,
				intervention_type="Group Education",
				hours=2,
				operators=[{"user": cls.educator}, {"user": cls.worker, "hours": 3}],
				participants=[
					{"case_file": cls.one, "attendance": "Present", "hours": 0.5},
					{"case_file": cls.two, "attendance": "Absent"},
				],
			)

	def rows(self, user: str, **filters) -> dict[str, dict]:
		with acting_as(user):
			return {row["key"]: row for row in execute(filters)[1]}

	def test_hours_of_service_of_operators_and_of_people_are_three_numbers(self):
		rows = self.rows(self.educator, group_by="Mode")
		self.assertEqual(
			{
				key: (
					row["interventions"],
					row["hours"],
					row["operator_hours"],
					row["people"],
					row["person_hours"],
				)
				for key, row in rows.items()
			},
			{"Individual": (1, 1.5, 1.5, 1, 1.5), "Group": (1, 2, 5, 1, 0.5)},
		)
		self.assertEqual(
			{
				key: row["operator_hours"]
				for key, row in self.rows(self.educator, group_by="Operator").items()
			},
			{self.educator: 2, self.worker: 4.5},
		)
		self.assertEqual(set(self.rows(self.educator, group_by="Area")), {"Addictions"})

	def test_every_grouping_is_the_list_behind_it(self):
		period = {"from_date": add_days(today(), -2), "to_date": today()}
		for user in (self.worker, self.educator, self.stranger):
			with acting_as(user):
				listed = frappe.get_list(
					"Intervention",
					{"status": "Done", "starts_at": ["between", [add_days(today(), -2), today()]]},
					["hours"],
				)
			for by in GROUPINGS:
				if by in ("Operator", "Area"):
					continue  # an intervention of two counts under both
				rows = self.rows(user, group_by=by, **period).values()
				self.assertEqual(sum(row["interventions"] for row in rows), len(listed), (user, by))
				self.assertEqual(sum(row["hours"] for row in rows), sum(row.hours for row in listed))

	def test_who_follows_no_case_of_it_counts_nothing(self):
		self.assertEqual(self.rows(self.stranger), {})
		with acting_as(make_user("Funding Officer")):
			self.assertRaises(frappe.PermissionError, execute, {})
