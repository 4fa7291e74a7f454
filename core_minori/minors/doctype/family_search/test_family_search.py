"""The search for the family: with the minor's consent, or excluded with the reason."""

import frappe
from frappe.utils import add_days, getdate, today

from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_consent, make_user


class TestFamilySearch(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")

	def setUp(self):
		with acting_as(self.worker):
			self.case = make_case().name

	def search(self, **values):
		return frappe.get_doc({"doctype": "Family Search", "case_file": self.case, **values})

	def consent(self, case: str = "", **values):
		return make_consent(
			case or self.case,
			**{
				"purpose": "Family Search",
				"given_by": "Minor",
				"given_on": add_days(today(), -5),
				"mediator_present": 1,
				**values,
			},
		)

	def test_a_search_finds_the_consent_by_itself_and_closes_its_term(self):
		with acting_as(self.worker):
			self.assertRaises(frappe.ValidationError, self.search(reported_on=today()).insert)
			consent = self.consent()
			doc = self.search(reported_on=add_days(today(), -3)).insert()
			self.assertEqual((doc.consent, doc.status), (consent.name, "Reported"))
			self.assertEqual(
				frappe.db.get_value("Case File", self.case, "family_search_reported_on"),
				getdate(add_days(today(), -3)),
			)
			doc.append("actions", {"action_on": today(), "action": "Telefonata alla zia"})
			doc.append("sought_people", {"relation": "Uncle or Aunt", "person_name": "Nome Esempio"})
			doc.save()
			self.assertEqual(doc.status, "In Progress")
			doc.update({"concluded_on": today(), "outcome": "Contact Restored"})
			doc.save()
			self.assertEqual(doc.status, "Concluded")

	def test_a_refused_withdrawn_or_foreign_consent_starts_nothing(self):
		with acting_as(self.worker):
			other = make_case().name
			for values in (
				{"outcome": "Refused"},
				{"given_by": "Guardian"},
				{"withdrawn_on": add_days(today(), -4)},
				{"case": other},
			):
				with self.subTest(values):
					consent = self.consent(**values)
					doc = self.search(reported_on=add_days(today(), -3), consent=consent.name)
					self.assertRaises(frappe.ValidationError, doc.insert)

	def test_risk_excludes_the_search_with_its_reason(self):
		with acting_as(self.worker):
			self.assertRaises(frappe.ValidationError, self.search(excluded_on=today()).insert)
			doc = self.search(
				excluded_on=today(), exclusion_reason="Risk for the Minor or the Family"
			).insert()
		self.assertEqual(doc.status, "Excluded")

	def test_mediators_read_and_facilities_do_not_even_the_rows(self):
		with acting_as(self.worker):
			doc = self.search(sought_people=[{"relation": "Mother", "person_name": "Nome Esempio"}]).insert()
		mediator, stranger = make_user("Cultural Mediator"), make_user("Facility Contact")
		assign(self.case, mediator, "Cultural Mediator")
		for user, reads in ((mediator, True), (stranger, False), (make_user("Social Worker"), False)):
			with self.subTest(user), acting_as(user):
				self.assertIs(bool(frappe.has_permission("Family Search", "read", doc)), reads)
				self.assertFalse(frappe.has_permission("Family Search", "write", doc))
				try:
					rows = frappe.get_list(
						"Sought Person", {"parent": doc.name}, parent_doctype="Family Search"
					)
				except frappe.PermissionError:
					rows = []
				self.assertIs(bool(rows), reads)
