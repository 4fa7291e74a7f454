"""Papers of the minor: what is missing is a row made with one click, what is held follows from its facts."""

import frappe
from frappe.utils import add_days, today

from core_minori.api.legal import DOCUMENTS_OF_EVERYBODY, add_document_list
from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_user


class TestPersonalDocument(SiteTestCase):
	def setUp(self):
		self.worker = make_user("Social Worker")
		with acting_as(self.worker):
			self.case = make_case().name

	def paper(self, document_type: str, **values):
		return frappe.get_doc(
			{"doctype": "Personal Document", "case_file": self.case, "document_type": document_type, **values}
		)

	def test_one_click_makes_the_rows_that_are_missing_and_no_second_one(self):
		with acting_as(self.worker):
			self.paper("Passport", document_number="AB123").insert()
			self.paper("Request of Residence Permit", permit_type="Minor Age").insert()
			self.assertEqual(
				add_document_list(self.case),
				[paper for paper in DOCUMENTS_OF_EVERYBODY if paper not in ("Passport", "Residence Permit")],
			)
			self.assertEqual(add_document_list(self.case), [])
			rows = frappe.get_list("Personal Document", {"case_file": self.case, "status": "Missing"})
		self.assertEqual(len(rows), 4)
		educator = make_user("Educator")
		assign(self.case, educator, "Educator")
		for user in (educator, make_user("Social Worker")):
			with acting_as(user):
				self.assertRaises(frappe.PermissionError, add_document_list, self.case)

	def test_the_state_follows_and_a_code_is_typed_on_the_person_only(self):
		with acting_as(self.worker):
			doc = self.paper(
				"Fiscal Code Card", status="Missing", document_number="RSSMRA80A01H501U"
			).insert()
			self.assertEqual((doc.document_number, doc.status), (None, "Missing"))
			doc = self.paper("Passport", status="Missing", permit_type="Study").insert()
			self.assertFalse(doc.permit_type)
			doc.requested_on = add_days(today(), -3)
			doc.save()
			self.assertEqual(doc.status, "Requested")
			doc.issued_on = today()
			doc.save()
			self.assertEqual(doc.status, "Held")

	def test_an_expired_paper_is_said_once_and_impossible_days_are_refused(self):
		with acting_as(self.worker):
			frappe.clear_messages()
			doc = self.paper("Passport", expires_on=add_days(today(), -1)).insert()
			self.assertEqual(len(frappe.get_message_log()), 1)
			frappe.clear_messages()
			doc.notes = "Rinnovo"
			doc.save()
			self.assertEqual(frappe.get_message_log(), [])
			for values in (
				{"issued_on": add_days(today(), 1)},
				{"issued_on": today(), "expires_on": add_days(today(), -1)},
			):
				self.assertRaises(frappe.ValidationError, self.paper("Identity Card", **values).insert)
