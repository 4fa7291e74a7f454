"""Contacts of a case, as the people who have them."""

import frappe
from frappe.utils import add_days, add_to_date, now_datetime, today

from core_minori.api.cases import log_contact, overview
from core_minori.tests.builders import SiteTestCase, acting_as, make_case, make_user


class TestContactLog(SiteTestCase):
	def setUp(self):
		self.worker = make_user("Social Worker")
		with acting_as(self.worker):
			self.case = make_case()

	def contact(self, days: int, **values):
		with acting_as(self.worker):
			return frappe.get_doc(
				{
					"doctype": "Contact Log",
					"case_file": self.case.name,
					"contact_at": add_to_date(now_datetime(), days=-days, minutes=-1),
					"contact_with": "Minor",
					"contact_type": "Visit",
					"summary": "Tutto bene.",
					**values,
				}
			).insert()

	def test_days_since_count_who_was_reached(self):
		self.contact(9)
		self.contact(4, contact_with="Facility")
		self.contact(1, reached=0)
		with acting_as(self.worker):
			contacts = overview(self.case.name)["contacts"]
		since = {row["contact_with"]: row["days"] for row in contacts["since"]}
		self.assertEqual(since, {"Minor": 9, "Facility": 4})
		self.assertEqual(len(contacts["rows"]), 3)

	def test_one_call_from_the_case_logs_a_contact_of_now(self):
		with acting_as(self.worker):
			name = log_contact(self.case.name, "Guardian", "Phone Call", "Sentita la tutrice.")
		stored = frappe.get_doc("Contact Log", name)
		self.assertLess(abs((stored.contact_at - now_datetime()).total_seconds()), 120)
		self.assertEqual((stored.reached, stored.owner), (1, self.worker))
		with acting_as(make_user("Social Worker")), self.assertRaises(frappe.PermissionError):
			log_contact(self.case.name, "Guardian", "Phone Call", "x")

	def test_a_contact_took_place_and_the_next_one_comes_after_it(self):
		with self.assertRaises(frappe.ValidationError):
			self.contact(-1)
		with self.assertRaises(frappe.ValidationError):
			self.contact(1, next_contact_on=add_days(today(), -2))
