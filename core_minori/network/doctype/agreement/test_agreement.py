import frappe
from frappe.utils import add_days, today

from core_minori.funding.report.project_register.project_register import execute
from core_minori.network.doctype.agreement.agreement import refresh_states
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_organisation,
	make_user,
)


class TestAgreement(SiteTestCase):
	"""An agreement's state follows from what was signed and delivered; the register shows it beside its project."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")
		cls.centre = make_organisation(organisation_name=f"Centro {frappe.generate_hash(length=6)}").name
		cls.project = make_funded_project(
			centre=cls.centre, progressive_number="2961", cig="Z602BCDE3E", cup="I61E20000000007"
		)

	def make(self, **values):
		return frappe.get_doc(
			{
				"doctype": "Agreement",
				"title": "Accompagnamento metodologico",
				"funded_project": self.project.name,
				"given_to": self.project.partners[0].organisation,
				"signed_on": add_days(today(), -30),
				"starts_on": add_days(today(), -30),
				"ends_on": add_days(today(), 30),
				"amount": 12000,
				"deliverables": [
					{"title": "Piano", "due_on": add_days(today(), -5), "amount": 5000},
					{"title": "Rapporto", "due_on": add_days(today(), 20), "amount": 7000},
				],
				**values,
			}
		).insert()

	def test_the_state_follows_from_dates_and_deliverables(self):
		with acting_as(self.officer):
			agreement = self.make(signed_on=None)
			self.assertEqual(agreement.status, "Draft")
			agreement.signed_on = today()
			agreement.starts_on = add_days(today(), 1)
			agreement.save()
			self.assertEqual(agreement.status, "Signed")
			agreement.starts_on = today()
			agreement.save()
			self.assertEqual(agreement.status, "Running")
			for row in agreement.deliverables:
				row.delivered_on = row.accepted_on = today()
			agreement.save()
			self.assertEqual(agreement.status, "Concluded")

	def test_what_is_late_is_said_and_what_cannot_be_is_refused(self):
		frappe.local.message_log = []
		with acting_as(self.officer):
			agreement = self.make()
			self.assertIn("Piano", str(frappe.local.message_log))
			agreement.deliverables[0].accepted_on = today()
			with self.assertRaises(frappe.ValidationError):
				agreement.save()
			with self.assertRaises(frappe.ValidationError):
				self.make(ends_on=add_days(today(), -40))
			with self.assertRaises(frappe.ValidationError):
				self.make(cig="B123456789")

	def test_a_day_that_passes_changes_the_state(self):
		agreement = self.make()
		agreement.db_set("ends_on", add_days(today(), -1))
		refresh_states()
		self.assertEqual(frappe.db.get_value("Agreement", agreement.name, "status"), "Expired")

	def test_the_register_shows_the_funds_of_a_centre_together(self):
		make_budget_line(self.project, "A.1", 1500)
		other = make_funded_project(
			centre=self.centre,
			programme="Con i Bambini",
			related_projects=[
				{"related_project": self.project.name, "relation": "Same Centre"},
				{"related_title": "Sportello di zona", "relation": "Same Territory"},
			],
		)
		agreed = self.make(amount=12000)
		self.make(amount=500, terminated_on=today(), termination_reason="Recesso")
		with acting_as(self.officer):
			rows = {row.name: row for row in execute({"centre": self.centre})[1]}
		self.assertEqual(set(rows), {self.project.name, other.name})
		row = rows[self.project.name]
		self.assertEqual(
			(row.planned, row.codes, row.lead), (1500, "", self.project.partners[0].organisation)
		)
		agreements = frappe.get_all(
			"Agreement",
			{"funded_project": self.project.name, "status": ["!=", "Terminated"]},
			pluck="amount",
		)
		self.assertIn(agreed.amount, agreements)
		self.assertEqual(row.agreed, sum(agreements))
		self.assertEqual(rows[other.name].related, f"{self.project.name}, Sportello di zona")

	def test_others_do_not_write_agreements(self):
		agreement = self.make()
		for role in ("Accounts User", "Network Partner", "Protection Unit Manager"):
			with self.subTest(role), acting_as(make_user(role)), self.assertRaises(frappe.PermissionError):
				frappe.get_doc("Agreement", agreement.name).save()
