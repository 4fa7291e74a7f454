"""Early identification: what the signs come to, and the way from a screening to a referral and to a case."""

import frappe
from frappe.utils import today

from core_minori.api import intake
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_case,
	make_minor,
	make_organisation,
	make_user,
)


class TestScreening(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.neighbour = make_user("Social Worker")

	def screening(self, case_file: str | None = None, **answers: str):
		"""A screening with these answers, by the beginning of the sign's critical flag."""
		record = frappe.get_doc(
			{"doctype": "Screening", "case_file": case_file, "screened_on": today()}
		).insert()
		for row in record.answers:
			row.answer = answers.get("critical" if row.critical else "other", "No")
		return record.save()

	def test_a_new_screening_asks_every_sign_and_says_nothing_yet(self):
		with acting_as(self.worker):
			record = frappe.get_doc({"doctype": "Screening", "screened_on": today()}).insert()
		self.assertEqual(len(record.answers), frappe.db.count("Screening Indicator", {"disabled": 0}))
		self.assertGreaterEqual(len(record.answers), 25)
		self.assertEqual((record.score, record.level or "", record.proposed_service or ""), (0, "", ""))

	def test_a_critical_sign_is_the_highest_level_whatever_the_browser_says(self):
		with acting_as(self.worker):
			record = self.screening(critical="Yes")
			self.assertEqual(record.level, "Very High")
			self.assertTrue(record.proposed_service)
			record.level, record.score = "Low", 0
			record.answers[0].weight = 99
			record.save()
			self.assertEqual(record.level, "Very High")
			self.assertNotEqual(record.answers[0].weight, 99)
			self.assertEqual(self.screening().level, "Low")

	def test_an_indicator_changed_later_changes_no_screening(self):
		with acting_as(self.worker):
			record = self.screening(other="Yes")
		indicator = frappe.get_doc("Screening Indicator", record.answers[0].indicator)
		indicator.weight += 50
		indicator.save()
		with acting_as(self.worker):
			before = record.score
			record.reload().save()
			self.assertEqual(record.score, before)

	def test_a_screening_proposes_one_referral(self):
		with acting_as(self.worker):
			case = make_case(make_minor(birth_date=f"{frappe.utils.getdate().year - 15}-01-01").name)
			record = self.screening(case.name, critical="Yes")
			to = make_organisation().name
			name = intake.propose_referral(record.name, to, "Serve un colloquio.")
			again = intake.propose_referral(record.name, to, "Serve un colloquio.")
			referral = frappe.get_doc("Referral", name)
		self.assertEqual(again, name)
		self.assertEqual(
			(referral.status, referral.urgency, referral.age_band, referral.service_requested),
			("Drafted", "Immediate", "14-15", record.proposed_service),
		)
		with acting_as(self.neighbour), self.assertRaises(frappe.PermissionError):
			intake.propose_referral(record.name, to, "x")

	def test_an_intake_takes_the_screening_to_its_case_and_no_other(self):
		with acting_as(self.worker):
			record = self.screening(other="Suspected")
			with self.assertRaises(frappe.ValidationError):
				intake.propose_referral(record.name, make_organisation().name, "x")
			opened = intake.open_cases(
				{"living_arrangement": "Independent", "reported_on": today()},
				[{"given_name": "Zuvabalaka", "sex": "Male"}],
				frappe.generate_hash(length=20),
				record.name,
			)
			record.reload()
			self.assertEqual(record.case_file, opened["cases"][0])
			record.case_file = make_case().name
			self.assertRaises(frappe.ValidationError, record.save)
