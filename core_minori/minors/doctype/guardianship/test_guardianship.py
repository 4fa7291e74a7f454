"""Guardians: one of a kind at a time, the provisional one until a guardian is appointed."""

import frappe
from frappe.utils import add_days, getdate, today

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_minor,
	make_user,
	unique,
)


class TestGuardianship(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")

	def setUp(self):
		self.name = unique("Persona")
		with acting_as(self.worker):
			self.case = self.open_case()

	def open_case(self) -> str:
		minor = make_minor(birth_date=add_days(today(), -15 * 365))
		return make_case(minor=minor.name, reported_on=add_days(today(), -90)).name

	def guardian(self, kind: str, days: int, case: str = "", **values):
		return frappe.get_doc(
			{
				"doctype": "Guardianship",
				"case_file": case or self.case,
				"guardian_kind": kind,
				"guardian_name": self.name,
				"from_date": add_days(today(), days),
				**values,
			}
		)

	def on_case(self, field: str = "guardian_appointed_on"):
		return frappe.db.get_value("Case File", self.case, field)

	def test_appointing_a_guardian_ends_the_provisional_one_the_same_day_and_tells_the_case(self):
		with acting_as(self.worker):
			provisional = self.guardian("Provisional Guardian", -80).insert()
			self.assertIsNone(self.on_case())
			curator = self.guardian("Special Curator", -70).insert()
			frappe.clear_messages()
			own = self.guardian("Volunteer Guardian", -20).insert()
			self.assertIn(provisional.name, str(frappe.get_message_log()))
		provisional.reload()
		self.assertEqual(
			(getdate(provisional.to_date), provisional.end_reason), (getdate(own.from_date), "Replaced")
		)
		self.assertIsNone(curator.reload().to_date)
		self.assertEqual(self.on_case(), getdate(own.from_date))

	def test_an_appointment_that_was_none_leaves_the_case_and_another_one_stays(self):
		with acting_as(self.worker):
			wrong = self.guardian("Volunteer Guardian", -20).insert()
			self.assertEqual(self.on_case(), getdate(wrong.from_date))
			wrong.guardian_kind = "Special Curator"
			wrong.save()
			self.assertIsNone(self.on_case())
			right = self.guardian("Public Body", -10).insert()
			wrong.reload().court = "Tribunale di prova"
			wrong.save()
			self.assertEqual(self.on_case(), getdate(right.from_date))

	def test_what_a_register_brought_stays_where_no_record_ever_said_it(self):
		brought = getdate(add_days(today(), -30))
		frappe.db.set_value("Case File", self.case, "guardian_appointed_on", brought)
		with acting_as(self.worker):
			curator = self.guardian("Special Curator", -20).insert()
			curator.court = "Tribunale di prova"
			curator.save()
		self.assertEqual(self.on_case(), brought)

	def test_two_of_a_kind_and_a_day_ahead_are_refused(self):
		with acting_as(self.worker):
			self.guardian("Volunteer Guardian", -20).insert()
			for kind, days in (
				("Volunteer Guardian", -5),
				("Provisional Guardian", -5),
				("Special Curator", 1),
			):
				with self.subTest(kind):
					self.assertRaises(frappe.ValidationError, self.guardian(kind, days).insert)

	def test_the_fourth_minor_of_a_volunteer_is_warned_about(self):
		with acting_as(self.worker):
			for __ in range(3):
				case = self.open_case()
				frappe.clear_messages()
				self.guardian("Volunteer Guardian", -9, case=case).insert()
				self.assertEqual(frappe.get_message_log(), [])
			frappe.clear_messages()
			self.guardian("Volunteer Guardian", -9).insert()
			self.assertEqual(len(frappe.get_message_log()), 1)

	def test_the_team_reads_and_strangers_do_not(self):
		with acting_as(self.worker):
			name = self.guardian("Public Body", -9).insert().name
		educator, stranger = make_user("Educator"), make_user("Social Worker")
		assign(self.case, educator, "Educator")
		for user, reads in ((educator, True), (stranger, False), (make_user("Network Partner"), False)):
			with acting_as(user):
				doc = frappe.get_doc("Guardianship", name)
				self.assertIs(bool(doc.has_permission("read")), reads)
				self.assertFalse(doc.has_permission("write"))
