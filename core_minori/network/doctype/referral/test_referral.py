"""A referral from the sender's desk to the receiver's, and what each of them may do."""

import frappe
from frappe.utils import add_days, today

from core_minori.api.referrals import act, actions
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_case,
	make_consent,
	make_organisation,
	make_referral,
	make_user,
)


class TestReferral(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.coordinator = make_user("Case Coordinator")
		cls.partner = make_user("Network Partner")
		cls.stranger = make_user("Network Partner")
		cls.organisation = make_organisation(users=(cls.partner,)).name
		make_organisation(users=(cls.stranger,))

	def setUp(self):
		with acting_as(self.worker):
			self.case = make_case()
			self.consent = make_consent(self.case.name)
			self.referral = make_referral(self.case.name, self.organisation)

	def act(self, user: str, action: str, **words) -> str:
		with acting_as(user):
			return act(self.referral.name, action, **words)["status"]

	def visible_to(self, user: str) -> bool:
		with acting_as(user):
			listed = self.referral.name in frappe.get_list("Referral", pluck="name")
			self.assertIs(frappe.get_doc("Referral", self.referral.name).has_permission("read"), listed)
		return listed

	def test_the_whole_path_and_who_sees_it_when(self):
		self.assertFalse(self.visible_to(self.partner))
		self.assertEqual(self.act(self.worker, "Send"), "Sent")
		self.assertTrue(self.visible_to(self.partner))
		self.assertFalse(self.visible_to(self.stranger))
		with acting_as(self.partner):
			self.assertEqual(actions(self.referral.name), ["Accept", "Reject"])
		self.assertEqual(self.act(self.partner, "Accept"), "Accepted")
		self.assertEqual(self.act(self.partner, "Start"), "In Progress")
		self.assertEqual(self.act(self.partner, "Complete", reason="Percorso avviato"), "Done")
		self.assertFalse(self.visible_to(self.partner))
		self.referral.reload()
		self.assertEqual(
			[event.status for event in self.referral.events], ["Sent", "Accepted", "In Progress", "Done"]
		)
		self.assertEqual(self.referral.events[1].user, self.partner)
		self.assertEqual(self.referral.outcome, "Percorso avviato")

	def test_the_partner_reads_the_referral_and_no_other_record_of_the_case(self):
		self.act(self.worker, "Send")
		with acting_as(self.partner):
			for doctype in ("Minor", "Case File", "PEI", "Consent", "Care Assignment", "Clinical Record"):
				with self.subTest(doctype), self.assertRaises(frappe.PermissionError):
					frappe.get_list(doctype)

	def test_a_rejection_has_a_reason_and_ends_the_access(self):
		self.act(self.worker, "Send")
		with self.assertRaises(frappe.ValidationError):
			self.act(self.partner, "Reject")
		self.assertEqual(self.act(self.partner, "Reject", reason="Nessun posto"), "Rejected")
		self.assertFalse(self.visible_to(self.partner))

	def test_a_revoked_referral_closes_at_once(self):
		self.act(self.worker, "Send")
		self.act(self.worker, "Revoke", reason="Inviato per errore")
		self.assertFalse(self.visible_to(self.partner))
		with self.assertRaises(frappe.PermissionError):
			self.act(self.partner, "Accept")

	def test_nobody_takes_the_other_sides_steps(self):
		self.act(self.worker, "Send")
		for user, action in ((self.worker, "Accept"), (self.partner, "Revoke"), (self.stranger, "Accept")):
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				self.act(user, action, reason="x")

	def test_the_second_of_two_hands_is_told(self):
		self.act(self.worker, "Send")
		self.act(self.partner, "Accept")
		with self.assertRaises(frappe.ValidationError):
			self.act(self.partner, "Accept")

	def test_without_consent_only_the_coordinator_sends_and_the_reason_stays(self):
		with acting_as(self.worker):
			self.consent.withdrawn_on = today()
			self.consent.save()
		with self.assertRaises(frappe.ValidationError):
			self.act(self.worker, "Send")
		with self.assertRaises(frappe.PermissionError):
			self.act(self.worker, "Send", override_reason="Urgente")
		self.assertEqual(self.act(self.coordinator, "Send", override_reason="Pericolo attuale"), "Sent")
		self.referral.reload()
		self.assertEqual(
			(self.referral.override_reason, self.referral.override_by), ("Pericolo attuale", self.coordinator)
		)

	def test_an_organisation_without_agreement_receives_nothing(self):
		unsigned = make_organisation(agreement_signed_on=None).name
		expired = make_organisation(
			agreement_signed_on=add_days(today(), -60), agreement_expires_on=add_days(today(), -1)
		).name
		for organisation in (unsigned, expired):
			with acting_as(self.worker):
				referral = make_referral(self.case.name, organisation, legal_basis="Legal Duty")
				with self.subTest(organisation), self.assertRaises(frappe.ValidationError):
					act(referral.name, "Send")

	def test_what_was_sent_does_not_change_and_the_status_is_not_typed(self):
		with acting_as(self.worker):
			self.referral.status = "Accepted"
			self.referral.save()
			self.assertEqual(self.referral.status, "Drafted")
		self.act(self.worker, "Send")
		with acting_as(self.worker):
			self.referral.reload()
			self.referral.shared_information = "Altro"
			self.assertRaises(frappe.ValidationError, self.referral.save)

	def test_a_referral_keeps_no_versions_for_its_receiver_to_read(self):
		with acting_as(self.worker):
			self.referral.shared_information = "Testo nuovo"
			self.referral.save()
		self.assertFalse(
			frappe.db.exists("Version", {"ref_doctype": "Referral", "docname": self.referral.name})
		)
