"""Training sessions, their hours and the report over them."""

import frappe
from frappe.utils import add_days, today

from core_minori.tests.builders import SiteTestCase, acting_as, make_user
from core_minori.training.report.training_hours.training_hours import execute


class TestTrainingSession(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.secretary = make_user("Training Secretary")

	def make(self, **values):
		with acting_as(self.secretary):
			return frappe.get_doc(
				{
					"doctype": "Training Session",
					"title": "Aggiornamento",
					"training_area": "1",
					"held_on": add_days(today(), -3),
					"hours": 4,
					"status": "Held",
					"attendance": [
						{"operator_name": "Operatore Uno", "profession": "Educator", "present": 1},
						{
							"operator_name": "Operatore Due",
							"profession": "Psychologist",
							"present": 1,
							"hours": 2.5,
						},
						{"operator_name": "Operatore Tre", "profession": "Educator", "present": 0},
					],
					**values,
				}
			).insert()

	def hours(self, group_by: str) -> dict[str, float]:
		with acting_as(self.secretary):
			__, rows, *__ = execute({"group_by": group_by})
		return {row.key: row.person_hours for row in rows}

	def test_hours_are_those_of_the_people_present(self):
		session = self.make()
		self.assertEqual((session.attended_count, session.person_hours), (2, 6.5))

	def test_the_report_adds_what_was_held_and_nothing_else(self):
		area, profession = self.hours("Area"), self.hours("Profession")
		self.make()
		self.make(status="Planned")
		self.make(status="Cancelled")
		after_area, after_profession = self.hours("Area"), self.hours("Profession")
		self.assertEqual(sum(after_area.values()) - sum(area.values()), 6.5)
		self.assertEqual(sum(after_profession.values()) - sum(profession.values()), 6.5)

	def test_what_cannot_be_is_refused(self):
		twice = [{"operator_name": name, "profession": "Educator"} for name in ("Uno", " uno ")]
		for values in (
			{"hours": 25},
			{"hours": 0},
			{"held_on": add_days(today(), 2)},
			{"attendance": twice},
			{"attendance": [{"operator_name": "Uno", "profession": "Educator", "present": 1, "hours": 5}]},
		):
			with self.subTest(values), self.assertRaises(frappe.ValidationError):
				self.make(**values)

	def test_the_four_areas_of_the_training_are_there(self):
		self.assertEqual(
			frappe.get_all(
				"Training Area", pluck="name", order_by="name", filters={"name": ["in", list("1234")]}
			),
			list("1234"),
		)
