"""A breach worked by the data protection officer: its clock, what a user saw, and who may know."""

from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime

from core_minori import access_log, breaches
from core_minori.api import breaches as api
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_facility,
	make_organisation,
	make_user,
)


class TestDataBreach(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Data Protection Officer")
		cls.coordinator = make_user("Case Coordinator")
		cls.worker = make_user("Social Worker")
		cls.now = now_datetime().replace(microsecond=0)
		with acting_as(cls.worker):
			cls.case = make_case().name

	def breach(self, hours: float = 1, **values):
		with acting_as(self.officer):
			return frappe.get_doc(
				{
					"doctype": "Data Breach",
					"title": "Portatile smarrito",
					"kind": "Confidentiality",
					"discovered_at": add_to_date(self.now, hours=-hours),
					"description": "Un portatile con la sessione aperta.",
					**values,
				}
			).insert()

	def test_the_officer_works_it_from_discovery_to_closing(self):
		doc = self.breach()
		self.assertEqual((doc.status, doc.due_at), ("Open", add_to_date(doc.discovered_at, hours=72)))
		with acting_as(self.officer):
			self.assertRaises(frappe.ValidationError, api.close, doc.name)
			api.notified(doc.name, self.now, "Preliminary", "GPDP-1")
			self.assertEqual(doc.reload().status, "Notified")
			self.assertRaises(frappe.ValidationError, api.close, doc.name)
			doc.update(
				{"risk": "Possible", "consequences": "a", "measures": "b", "completed_at": now_datetime()}
			)
			doc.save()
			api.close(doc.name)
			doc.reload()
			self.assertEqual(doc.status, "Closed")
			doc.measures = "altro"
			self.assertRaises(frappe.ValidationError, doc.save)
			api.reopen(doc.name)
			doc.reload()
			self.assertEqual((doc.status, doc.measures), ("Notified", "b"))
			doc.measures = "altro"
			doc.save()

	def test_a_late_notification_and_one_left_out_need_their_reason(self):
		late, small = self.breach(80), self.breach(2)
		with acting_as(self.officer):
			self.assertRaises(frappe.ValidationError, api.notified, late.name, self.now, "Complete")
			api.notified(late.name, self.now, "Complete", delay_reason="Scoperta in un giorno festivo.")
			self.assertTrue(late.reload().notified_at)
			late.run_method("onload")
			self.assertTrue(late.get_onload("late"))
			self.assertRaises(frappe.ValidationError, api.not_to_notify, small.name, " ")
			api.not_to_notify(small.name, "Il disco era cifrato.")
			self.assertEqual(small.reload().status, "Not to Be Notified")

	def test_the_coordinator_reads_and_nobody_else_does(self):
		doc = self.breach()
		with acting_as(self.coordinator):
			self.assertTrue(frappe.get_list("Data Breach", {"name": doc.name}))
			self.assertEqual(api.seen(doc.name), {})
			self.assertRaises(frappe.DoesNotExistError, api.close, doc.name)
			self.assertRaises(frappe.PermissionError, frappe.get_doc("Data Breach", doc.name).save)
		for role in ("Social Worker", "System Manager", "Evaluator", "Network Partner"):
			with self.subTest(role), acting_as(make_user(role)):
				self.assertRaises(frappe.DoesNotExistError, api.seen, doc.name)
				self.assertRaises(frappe.PermissionError, breaches.breach_paper, doc.name)
				self.assertRaises(frappe.PermissionError, frappe.get_list, "Data Breach")
		self.assertRaises(frappe.PermissionError, frappe.delete_doc, "Data Breach", doc.name)

	def test_officers_are_reminded_once_each_time_by_code_alone(self):
		doc = self.breach(1, title="Cognome Segreto")
		moments = [add_to_date(doc.discovered_at, hours=hours) for hours in (10, 48, 49, 66, 67, 72, 90)]
		told = []
		for moment in moments:
			frappe.db.delete("Notification Log", {"document_name": doc.name})
			breaches.remind(moment)
			told.append(
				frappe.get_all(
					"Notification Log",
					{"document_name": doc.name, "for_user": self.officer},
					pluck="subject",
				)
			)
		self.assertEqual([len(subjects) for subjects in told], [0, 1, 0, 1, 0, 1, 0])
		for (subject,) in filter(None, told):
			self.assertIn(doc.name, subject)
			self.assertNotIn("Segreto", subject)
		with acting_as(self.officer):
			other = self.breach(1)
			api.notified(other.name, self.now, "Complete")
		frappe.db.delete("Notification Log", {"document_name": other.name})
		breaches.remind(add_to_date(self.now, hours=80))
		self.assertFalse(frappe.get_all("Notification Log", {"document_name": other.name}))

	def test_what_a_user_saw_is_counted_by_case_person_and_part(self):
		start, end = add_to_date(self.now, days=-2), self.now
		with acting_as(self.worker):
			record = frappe.get_doc(
				{
					"doctype": "Clinical Record",
					"case_file": self.case,
					"record_type": "Health Summary",
					"content": "Segreto.",
				}
			).insert()
			other = make_case().name
		rows = [
			self.row(self.case, ["Form"], [self.case, record.name], 3),
			self.row(other, ["List"], [], 1),
			self.row(other, ["Form"], [other], 1, outcome="Refused"),
			self.row(None, ["Search"], [], 1),
		]
		with patch.object(access_log, "seen_by", return_value=rows) as asked:
			doc = self.breach(user=self.worker, seen_from=start, seen_to=end)
			asked.assert_called_with(self.worker, get_datetime(start), get_datetime(end))
			self.assertEqual(
				(doc.cases_read, doc.people_read, doc.people_count, doc.records_count), (2, 2, 2, 2)
			)
			with acting_as(self.officer):
				found = api.seen(doc.name)
		self.assertEqual(found["refused"], 1)
		self.assertEqual(len(found["rows"][0]["parts"]), 2)
		self.assertEqual(set(found["parts"]), set(found["rows"][0]["parts"]))
		self.assertNotIn("Segreto", frappe.as_json(found))
		self.assertRaises(frappe.ValidationError, self.breach, user=self.worker, seen_from=end, seen_to=start)

	def row(self, case, ways, records, times, outcome="Allowed"):
		return {
			"case_file": case,
			"ways": ways,
			"records": records,
			"first": self.now,
			"last": self.now,
			"times": times,
			"outcome": outcome,
		}

	def test_what_could_have_been_seen_follows_the_dates_of_then(self):
		past, running, mediator = self.case, self.new_case(), make_user("Cultural Mediator")
		assign(past, mediator, "Cultural Mediator", -30, -10)
		assign(running, mediator, "Cultural Mediator", -5)
		self.assertEqual(self.reach(mediator, -20, -15), [past])
		self.assertEqual(self.reach(mediator, -9, -6), [])
		self.assertEqual(self.reach(mediator, -12, 0), sorted([past, running]))
		tie = breaches.within_reach(mediator, *self.between(-20, -15))["ties"][0]
		self.assertTrue(tie["parts"])
		everything = breaches.within_reach(self.coordinator, self.now, now_datetime())
		self.assertEqual(everything["cases"], frappe.db.count("Case File"))
		self.assertTrue(everything["everything"])
		self.assertEqual(everything["ties"], [])

	def test_a_minor_who_left_the_facility_was_in_reach_of_its_contact_before(self):
		contact = make_user("Facility Contact")
		house = make_facility(make_organisation(users=(contact,)).name).name
		with acting_as(self.worker):
			case = make_case(
				living_arrangement="Facility",
				facility=house,
				reported_on=add_to_date(self.now, days=-40).date(),
				reception_entry=add_to_date(self.now, days=-40),
			).name
		name = frappe.db.get_value("Placement", {"case_file": case})
		frappe.db.set_value("Placement", name, "to_at", add_to_date(self.now, days=-10))
		self.assertEqual(self.reach(contact, -20, -15), [case])
		self.assertEqual(self.reach(contact, -5, 0), [])
		self.assertEqual(self.reach(make_user("Facility Contact"), -20, -15), [])

	def new_case(self) -> str:
		with acting_as(self.worker):
			return make_case().name

	def between(self, start: int, end: int):
		return add_to_date(self.now, days=start), add_to_date(self.now, days=end)

	def reach(self, user: str, start: int, end: int) -> list[str]:
		return sorted(
			{tie["case_file"] for tie in breaches.within_reach(user, *self.between(start, end))["ties"]}
		)

	def test_the_papers_say_what_art_33_asks_and_no_login(self):
		frappe.db.set_single_value(
			"Core Minori Settings",
			{
				"controller": "Cooperativa <Esempio>",
				"officer": "Studio Esempio",
				"officer_contact": "rpd@example.test",
			},
		)
		doc = self.breach(
			user=self.worker,
			seen_from=add_to_date(self.now, days=-1),
			seen_to=self.now,
			consequences="Conseguenze scritte",
			measures="Misure scritte",
			people_categories="Minori",
			data_categories="Sanitari",
			people_count=7,
		)
		with acting_as(self.officer):
			for paper in ("Breach Notification", "Breach Register Row"):
				with self.subTest(paper):
					html = frappe.get_print("Data Breach", doc.name, paper)
					for text in (
						"Conseguenze scritte",
						"Misure scritte",
						"Minori",
						"Sanitari",
						"7",
						doc.name,
					):
						self.assertIn(text, html)
					self.assertIn("Cooperativa &lt;Esempio&gt;", html)
					self.assertNotIn(self.worker, html)
			self.assertIn(
				"rpd@example.test", frappe.get_print("Data Breach", doc.name, "Breach Notification")
			)

	def test_the_list_shows_every_column_that_is_asked_for(self):
		# Frappe leaves columns out of a list when their name holds one of its own, such as "_seen"
		doc = self.breach()
		fields = [df.fieldname for df in doc.meta.fields if df.fieldname in doc.as_dict()]
		with acting_as(self.officer):
			(row,) = frappe.get_list("Data Breach", filters={"name": doc.name}, fields=fields)
		self.assertEqual(set(row), set(fields))
