"""Consents: recorded once, kept as they were used, withdrawn with what rests on them."""

import frappe
from frappe.utils import add_days, today

from core_minori.api.consents import consents_of, open_referrals, record_consents
from core_minori.api.referrals import act
from core_minori.minors.doctype.consent.notice import consent_notice
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_consent,
	make_minor,
	make_organisation,
	make_referral,
	make_user,
)

SHARING = "Sharing with an Organisation"


class TestConsent(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.educator = make_user("Educator")
		cls.mediator = make_user("Cultural Mediator")
		cls.coordinator = make_user("Case Coordinator")
		cls.stranger = make_user("Social Worker")

	def setUp(self):
		with acting_as(self.worker):
			self.minor = make_minor(languages="Bengali, Inglese")
			self.case = make_case(self.minor.name)

	def record(self, answers, user=None, **values):
		with acting_as(user or self.worker):
			return record_consents(
				self.case.name,
				answers,
				**{"given_by": "Guardian", "given_on": today(), "language": "Bengali", **values},
			)

	def sent(self, organisation, consent=None):
		with acting_as(self.worker):
			referral = make_referral(
				self.case.name, organisation, legal_basis="Consent", consent=consent and consent.name
			)
			act(referral.name, "Send")
		return referral.name

	def test_one_sitting_is_typed_once(self):
		organisation = make_organisation().name
		made = self.record(
			{"Taking in Charge": "Given", SHARING: "Given", "Image": "Refused"},
			organisations=[organisation],
			mediator_present=True,
			mediator_name="Mediatrice",
			notice_given_on=today(),
			notice_language="Bengali",
		)
		rows = frappe.get_all(
			"Consent",
			filters={"name": ["in", made]},
			fields=[
				"purpose",
				"outcome",
				"organisation",
				"language",
				"mediator_name",
				"given_by",
				"notice_language",
			],
			order_by="name",
		)
		self.assertEqual(
			[(row.purpose, row.outcome, row.organisation) for row in rows],
			[
				("Taking in Charge", "Given", None),
				(SHARING, "Given", organisation),
				("Image", "Refused", None),
			],
		)
		for row in rows:
			self.assertEqual(
				(row.language, row.mediator_name, row.given_by, row.notice_language),
				("Bengali", "Mediatrice", "Guardian", "Bengali"),
			)
		self.assertEqual(len(self.record('{"Research": "Given"}')), 1)

	def test_all_or_none(self):
		before = frappe.db.count("Consent", {"case_file": self.case.name})
		for answers, values in (
			({}, {}),
			({"Invented": "Given"}, {}),
			({"Image": "Perhaps"}, {}),
			("[]", {}),
			({"Image": "Given"}, {"given_on": add_days(today(), 1)}),
		):
			with self.subTest(answers), self.assertRaises(frappe.ValidationError):
				self.record(answers, **values)
		self.assertEqual(frappe.db.count("Consent", {"case_file": self.case.name}), before)

	def test_who_may_record_and_who_may_read(self):
		assign(self.case.name, self.educator, "Educator")
		assign(self.case.name, self.mediator, "Cultural Mediator")
		for user in (self.educator, self.mediator, self.stranger):
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				self.record({"Image": "Given"}, user=user)
		with acting_as(self.educator):
			self.assertFalse(consents_of(self.case.name)["may_write"])
		for user in (self.mediator, self.stranger):
			with self.subTest(user), acting_as(user), self.assertRaises(frappe.PermissionError):
				consents_of(self.case.name)

	def test_the_form_starts_with_what_the_case_knows(self):
		with acting_as(self.worker):
			self.assertEqual(consents_of(self.case.name)["people"]["consents_as"], None)
			frappe.get_doc(
				{
					"doctype": "Guardianship",
					"case_file": self.case.name,
					"guardian_kind": "Volunteer Guardian",
					"guardian_name": "Tutrice Esempio",
					"from_date": add_days(today(), -1),
				}
			).insert()
			known = consents_of(self.case.name)["people"]
		self.assertEqual(
			(known["language"], known["consents_as"], known["guardian"]),
			("Bengali", "Guardian", "Tutrice Esempio"),
		)
		given = self.record({"Research": "Given"})
		with acting_as(self.worker):
			running = {row["purpose"]: row["running"] for row in consents_of(self.case.name)["purposes"]}
		self.assertEqual([row["name"] for row in running["Research"]], given)
		self.assertEqual(running["Image"], [])

	def test_odd_things_warn_once_for_a_sitting(self):
		frappe.local.message_log = []
		self.record({"Taking in Charge": "Given", "Research": "Given", "Image": "Given"})
		self.assertEqual(len(frappe.get_message_log()), 1)
		frappe.local.message_log = []
		self.record({"Taking in Charge": "Given"}, notice_given_on=today())
		self.assertEqual(len(frappe.get_message_log()), 1)  # the same was said already
		frappe.local.message_log = []
		self.record({"Family Search": "Given"}, notice_given_on=today())
		self.assertEqual(frappe.get_message_log(), [])

	def test_what_was_used_stays_and_is_withdrawn_instead(self):
		organisation = make_organisation().name
		with acting_as(self.worker):
			consent = make_consent(self.case.name)
			consent.organisation = organisation
			consent.save()
		self.sent(organisation, consent)
		for values in ({"outcome": "Refused"}, {"organisation": None}, {"purpose": "Image"}):
			with self.subTest(values), acting_as(self.worker), self.assertRaises(frappe.ValidationError):
				frappe.get_doc("Consent", consent.name).update(values).save()
		with acting_as(self.worker):
			consent.reload()
			consent.withdrawn_on = today()
			consent.save()
		self.assertEqual(consent.withdrawn_by, "Guardian")

	def test_a_withdrawal_shows_the_open_referrals_and_stops_new_ones(self):
		one, other = make_organisation().name, make_organisation().name
		with acting_as(self.worker):
			consent = make_consent(self.case.name)
			make_consent(self.case.name, organisation=other)
		first, second = self.sent(one, consent), self.sent(other)
		with acting_as(self.worker):
			self.assertEqual(
				{row["name"]: row["covered"] for row in open_referrals(consent.name)},
				{first: True, second: True},
			)
			consent.withdrawn_on = today()
			consent.save()
			found = {row["name"]: row["covered"] for row in open_referrals(consent.name)}
			self.assertEqual(found, {first: False, second: False})
			make_consent(self.case.name, organisation=other, given_on=today())
			found = {row["name"]: row["covered"] for row in open_referrals(consent.name)}
			self.assertEqual(found, {first: False, second: True})
			with self.assertRaises(frappe.ValidationError):
				self.sent(one)
			act(first, "Revoke", "Il consenso fu ritirato.")
			self.assertEqual([row["name"] for row in open_referrals(consent.name)], [second])
		for user in (self.stranger, self.mediator):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				open_referrals(consent.name)

	def test_a_later_refusal_stops_a_referral_that_an_earlier_consent_covered(self):
		one, other = make_organisation().name, make_organisation().name
		with acting_as(self.worker):
			make_consent(self.case.name)
			make_consent(self.case.name, organisation=one, outcome="Refused", given_on=today())
		self.sent(other)
		with self.assertRaises(frappe.ValidationError):
			self.sent(one)

	def test_the_notice_prints_the_answers_of_its_sitting(self):
		made = self.record({"Taking in Charge": "Given", "Image": "Refused"}, notice_given_on=today())
		self.record({"Research": "Given"}, given_on=add_days(today(), -9))
		with acting_as(self.worker):
			notice = consent_notice(made[0])
			html = frappe.get_print("Consent", made[0], print_format="Notice and Consent")
		self.assertEqual([answer["given"] for answer in notice["answers"]], [True, False])
		for words in (self.case.name, self.minor.given_name, "Bengali"):
			self.assertIn(words, html)
		for user in (self.stranger, self.mediator):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				consent_notice(made[0])
