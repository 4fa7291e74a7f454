"""Interviews as those who hold them, and as those who only read them."""

import frappe
from frappe.utils import add_days, add_to_date, get_datetime, now_datetime, today

from core_minori.api.assessments import interview_start
from core_minori.case_facts import facts_of
from core_minori.engine.interview import LETTERS
from core_minori.minors.doctype.minor_interview.report import interview_report
from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_minor, make_user

WHOLE = dict.fromkeys(LETTERS, "Scritto.")
EVERYBODY = [
	{"role": "Minor"},
	{"role": "Social Worker", "person": "Operatrice"},
	{"role": "Cultural Mediator", "person": "Mediatrice"},
	{"role": "Guardian", "person": "Tutrice"},
]


class TestMinorInterview(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.coordinator = make_user("Case Coordinator")
		cls.mediator = make_user("Cultural Mediator")
		cls.stranger = make_user("Social Worker")

	def setUp(self):
		self.entry = add_to_date(now_datetime(), days=-5)
		with acting_as(self.worker):
			self.minor = make_minor(languages="Tigrino, Arabo")
			self.case = make_case(self.minor.name, reception_entry=self.entry)

	def interview(self, **values):
		"""A whole first interview of the day before yesterday, by the social worker, not concluded."""
		frappe.local.message_log = []
		with acting_as(values.pop("user", self.worker)):
			return frappe.get_doc(
				{
					"doctype": "Minor Interview",
					"case_file": self.case.name,
					"interview_type": "First Interview",
					"held_at": add_to_date(now_datetime(), days=-2),
					"language": "Tigrino",
					"attendees": [dict(row) for row in EVERYBODY],
					**WHOLE,
					**values,
				}
			).insert()

	def change(self, doc, user=None, **values):
		with acting_as(user or self.worker):
			doc = frappe.get_doc("Minor Interview", doc.name)
			doc.update(values)
			doc.save()
		return doc

	def said(self) -> str:
		return " ".join(str(message) for message in frappe.get_message_log())

	def fact(self):
		return facts_of([self.case.name])[self.case.name]["interview_done"]

	def test_a_concluded_first_interview_moves_the_case_and_no_other_does(self):
		doc = self.interview()
		self.interview(interview_type="Interview with the Facility", concluded=1)
		self.assertIsNone(self.fact())
		doc = self.change(doc, concluded=1)
		self.assertEqual(self.fact(), get_datetime(doc.held_at))
		self.case.reload()
		self.assertEqual(get_datetime(self.case.interview_on), get_datetime(doc.held_at))
		self.assertEqual(self.case.state, "Assessment")
		self.change(doc, concluded=0)
		self.assertIsNone(self.fact())
		self.case.reload()
		self.assertIsNone(self.case.interview_on)

	def test_a_conclusion_with_gaps_is_kept_and_says_each_of_them(self):
		self.interview(concluded=1)
		self.assertEqual(self.said(), "")
		doc = self.interview(
			concluded=1, minor_opinion="", involvement=None, attendees=[{"role": "Facility", "person": "X"}]
		)
		said = self.said()
		self.assertTrue(doc.name)
		for words in ("<br>", "DPCM 98/2024, art. 4", "DPCM 98/2024, art. 2"):
			self.assertIn(words, said)
		self.assertEqual(said.count("art. 4<"), 2)
		self.assertEqual(said.count("art. 2<"), 3)
		frappe.local.message_log = []
		self.interview(minor_opinion="")
		self.assertEqual(self.said(), "")

	def test_who_is_no_unaccompanied_minor_is_not_asked_for_the_letters(self):
		with acting_as(self.worker):
			self.case = make_case(beneficiary_type="Parent", reception_entry=self.entry)
		self.interview(concluded=1, minor_opinion="", attendees=[{"role": "Facility", "person": "X"}])
		self.assertEqual(self.said(), "")

	def test_parts_together_hold_the_report(self):
		first = self.interview(minor_opinion="", held_at=add_to_date(now_datetime(), days=-3))
		second = self.interview(
			**{**dict.fromkeys(LETTERS, ""), "minor_opinion": "Vuole studiare."},
			part_of=first.name,
			concluded=1,
			attendees=[{"role": "Educator", "person": "Educatrice"}],
		)
		self.assertEqual(self.said(), "")
		third = self.interview(part_of=second.name, **dict.fromkeys(LETTERS, ""))
		self.assertEqual(third.part_of, first.name)
		self.assertEqual(self.fact(), get_datetime(second.held_at))
		with acting_as(self.worker):
			other = make_case()
		with self.assertRaises(frappe.ValidationError):
			self.interview(case_file=other.name, part_of=first.name)

	def test_moments_that_cannot_be_are_refused(self):
		for values in (
			{"held_at": add_to_date(now_datetime(), hours=1)},
			{"held_at": add_to_date(self.entry, minutes=-1)},
			{"urgent_need": 1, "urgent_told_at": add_to_date(now_datetime(), days=-4)},
			{"urgent_need": 1, "urgent_told_at": add_to_date(now_datetime(), days=1)},
			{"sent_to_prosecutor_on": add_days(today(), 1)},
			{"sent_to_municipality_on": add_days(today(), -4)},
			{"attendees": [{"role": "Guardian", "signed_on": add_days(today(), 1)}]},
			{"attendees": [{"role": "Guardian", "signed_on": today(), "refusal_reason": "No"}]},
		):
			with self.subTest(values), self.assertRaises(frappe.ValidationError):
				self.interview(**values)

	def test_presence_is_said_once(self):
		doc = self.interview(attendees=[{"role": "Guardian", "person": "Tutrice"}], mediator_present=1)
		self.assertEqual((doc.mediator_present, doc.guardian_present), (1, 1))
		self.assertEqual([row.role for row in doc.attendees], ["Guardian", "Cultural Mediator"])
		self.assertEqual(len(self.change(doc, mediator_present=1).attendees), 2)

	def test_an_urgent_need_is_a_todo_of_the_coordinators_by_code_until_the_facility_is_told(self):
		before = frappe.db.count("ToDo")
		doc = self.interview(urgent_need=1, vulnerability="Parolaclinica")
		todos = frappe.get_all(
			"ToDo",
			filters={"reference_name": doc.name, "allocated_to": self.coordinator},
			fields=["description", "status", "priority"],
		)
		self.assertEqual([(row.status, row.priority) for row in todos], [("Open", "High")])
		self.assertIn(doc.name, todos[0].description)
		for word in (self.minor.given_name, self.minor.family_name, "Parolaclinica"):
			self.assertNotIn(word, todos[0].description)
		notices = frappe.get_all(
			"Notification Log",
			filters={"document_name": doc.name},
			fields=["subject", "email_content", "for_user"],
		)
		for notice in notices:
			self.assertNotIn("Parolaclinica", f"{notice.subject}{notice.email_content}")
			self.assertNotIn(self.minor.given_name, f"{notice.subject}{notice.email_content}")
		made = frappe.db.count("ToDo")
		self.assertGreater(made, before)
		self.change(doc, involvement="Altro")
		self.assertEqual(frappe.db.count("ToDo"), made)
		frappe.local.message_log = []
		self.change(doc, urgent_told_at=now_datetime())
		self.assertEqual(self.said(), "")
		self.assertFalse(frappe.get_all("ToDo", filters={"reference_name": doc.name, "status": "Open"}))

	def test_a_signature_closes_the_text_and_a_part_adds_to_it(self):
		doc = self.interview(concluded=1)
		signed = doc.attendees[3]
		self.assertIsNone(doc.signed_on)
		with acting_as(self.worker):
			signed.signed_on = today()
			doc.save()
		self.assertEqual(str(doc.signed_on), today())
		for values in (
			{"personal_history": "Cambiato"},
			{"language": "Arabo"},
			{"held_at": add_to_date(now_datetime(), days=-1)},
			{"concluded": 0},
			{"attendees": []},
			{"attendees": [*[row.as_dict() for row in doc.attendees], {"role": "Lawyer"}]},
		):
			with self.subTest(values), self.assertRaises(frappe.ValidationError):
				self.change(doc, **values)
			with self.subTest(values), self.assertRaises(frappe.ValidationError):
				self.change(doc, user=self.coordinator, **values)
		doc = self.change(doc, sent_to_prosecutor_on=today(), sent_to_municipality_on=today())
		rows = [row.as_dict() for row in doc.attendees]
		rows[0]["refusal_reason"] = "Non se la sente"
		doc = self.change(doc, attendees=rows)
		self.interview(part_of=doc.name, **{**dict.fromkeys(LETTERS, ""), "family_ties": "Ha un fratello."})
		rows = [row.as_dict() for row in doc.attendees]
		rows[3]["signed_on"] = None
		with self.assertRaises(frappe.PermissionError):
			self.change(doc, attendees=rows)
		doc = self.change(doc, user=self.coordinator, attendees=rows)
		self.assertIsNone(doc.signed_on)
		self.change(doc, personal_history="Corretto")

	def test_a_new_interview_starts_with_what_the_case_knows(self):
		assign(self.case.name, self.mediator, "Cultural Mediator")
		with acting_as(self.worker):
			frappe.get_doc(
				{
					"doctype": "Guardianship",
					"case_file": self.case.name,
					"guardian_kind": "Provisional Guardian",
					"guardian_name": "Tutore Esempio",
					"from_date": add_days(today(), -1),
				}
			).insert()
			start = interview_start(self.case.name)
		self.assertEqual((start["language"], start["interview_type"]), ("Tigrino", "First Interview"))
		self.assertEqual(
			start["attendees"],
			[
				{"role": "Minor"},
				{"role": "Social Worker", "user": self.worker},
				{"role": "Cultural Mediator", "user": self.mediator},
				{"role": "Provisional Guardian", "person": "Tutore Esempio"},
			],
		)
		self.interview(concluded=1)
		with acting_as(self.worker):
			self.assertEqual(interview_start(self.case.name)["interview_type"], "Follow-up")
		for user in (self.stranger, self.mediator, make_user("Funding Officer")):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				interview_start(self.case.name)

	def test_the_report_prints_what_is_there_in_the_order_of_the_act_and_has_no_empty_heading(self):
		first = self.interview(vulnerability="", involvement="<script>x</script>")
		self.interview(
			part_of=first.name,
			concluded=1,
			held_at=add_to_date(now_datetime(), days=-1),
			**{**dict.fromkeys(LETTERS, ""), "personal_history": "Seconda parte."},
		)
		rows = [row.as_dict() for row in first.attendees]
		rows[0]["refusal_reason"] = "Non se la sente"
		rows[3]["signed_on"] = today()
		first = self.change(first, attendees=rows)
		with acting_as(self.worker):
			report = interview_report(first.name)
			html = frappe.get_print("Minor Interview", first.name, print_format="Interview Report")
		self.assertEqual([section["letter"] for section in report["sections"]], list("abdef"))
		self.assertEqual(
			[text["text"] for text in report["sections"][0]["texts"]], ["Scritto.", "Seconda parte."]
		)
		for words in (
			self.case.name,
			self.minor.given_name,
			self.minor.family_name,
			"Non se la sente",
			"Tutrice",
		):
			self.assertIn(words, html)
		self.assertNotIn("<script>x", html)
		for user in (self.stranger, self.mediator):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				interview_report(first.name)
