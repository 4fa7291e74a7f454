"""Meetings of the team: decisions become tasks, tasks say nothing, and both stay in line."""

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from core_minori.api.cases import meeting_draft
from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_pei, make_user

DECISION = "Chiedere la visita neuropsichiatrica"


class TestCaseMeeting(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.educator = make_user("Educator")
		cls.stranger = make_user("Educator")

	def setUp(self):
		with acting_as(self.worker):
			self.case = make_case()
		assign(self.case.name, self.educator, "Educator")

	def meet(self, *decisions: dict, **values):
		with acting_as(self.worker):
			return frappe.get_doc(
				{
					"doctype": "Case Meeting",
					"case_file": self.case.name,
					"held_at": add_to_date(now_datetime(), hours=-2),
					"participants": [{"user": self.educator}],
					"decisions": [{"decision": DECISION, **decision} for decision in decisions],
					**values,
				}
			).insert()

	def tasks(self, meeting) -> list:
		return frappe.get_all(
			"ToDo",
			filters={"reference_type": "Case Meeting", "reference_name": meeting.name},
			fields=["name", "allocated_to", "date", "status", "description"],
			order_by="creation",
		)

	def test_a_decision_with_a_responsible_is_one_task_that_says_nothing(self):
		due = add_days(today(), 5)
		meeting = self.meet({"responsible": self.educator, "due_on": due}, {})
		(task,) = self.tasks(meeting)
		self.assertEqual((task.allocated_to, task.date, task.status), (self.educator, getdate(due), "Open"))
		self.assertIn(meeting.name, task.description)
		self.assertIn(self.case.name, task.description)
		with acting_as(self.worker):
			meeting.reload()
			meeting.save()
			meeting.save()
		self.assertEqual(len(self.tasks(meeting)), 1)
		log = frappe.get_all(
			"Notification Log",
			filters={"document_name": meeting.name, "for_user": self.educator},
			fields=["subject", "email_content"],
		)
		self.assertEqual(len(log), 1)
		for text in (task.description, log[0].subject, log[0].email_content or ""):
			self.assertNotIn("visita", text)

	def test_a_task_done_at_the_desk_is_done_in_the_meeting_and_back(self):
		meeting = self.meet({"responsible": self.educator, "due_on": add_days(today(), 5)})
		(task,) = self.tasks(meeting)
		with acting_as(self.educator):
			todo = frappe.get_doc("ToDo", task.name)
			todo.status = "Closed"
			todo.save()
			meeting.reload()
			self.assertEqual(meeting.decisions[0].done_on, getdate())
			todo.reload()
			todo.update({"status": "Open", "date": add_days(today(), 9)})
			todo.save()
		meeting.reload()
		self.assertEqual(meeting.decisions[0].done_on, None)
		self.assertEqual(meeting.decisions[0].due_on, getdate(add_days(today(), 9)))
		with acting_as(self.worker):
			meeting.decisions[0].done_on = today()
			meeting.save()
		self.assertEqual(self.tasks(meeting)[0].status, "Closed")
		with acting_as(self.worker):
			meeting.reload()
			meeting.decisions[0].update({"done_on": None, "due_on": add_days(today(), 2)})
			meeting.save()
		(task,) = self.tasks(meeting)
		self.assertEqual((task.status, task.date), ("Open", getdate(add_days(today(), 2))))

	def test_another_responsible_gets_a_task_of_their_own_and_a_dropped_decision_none(self):
		meeting = self.meet({"responsible": self.educator, "due_on": today()})
		with acting_as(self.worker):
			meeting.reload()
			meeting.decisions[0].responsible = self.worker
			meeting.save()
		self.assertEqual(
			[(task.allocated_to, task.status) for task in self.tasks(meeting)],
			[(self.educator, "Cancelled"), (self.worker, "Open")],
		)
		with acting_as(self.worker):
			meeting.reload()
			meeting.decisions = []
			meeting.save()
		self.assertEqual({task.status for task in self.tasks(meeting)}, {"Cancelled"})

	def test_who_does_not_follow_the_case_gets_no_task_of_it(self):
		for decision in (
			{"responsible": self.stranger, "due_on": today()},
			{"responsible": self.educator},
		):
			with self.subTest(**decision), self.assertRaises(frappe.ValidationError):
				self.meet(decision)

	def test_a_meeting_cannot_take_hold_of_somebody_elses_task(self):
		with acting_as(self.stranger):
			other = frappe.get_doc({"doctype": "ToDo", "description": "x", "allocated_to": self.stranger})
			other.insert()
		meeting = self.meet({"todo": other.name, "done_on": today()})
		meeting.reload()
		self.assertEqual(meeting.decisions[0].todo, None)
		self.assertEqual(frappe.db.get_value("ToDo", other.name, "status"), "Open")

	def test_a_new_meeting_starts_with_the_team_and_what_is_open(self):
		with acting_as(self.worker):
			pei = make_pei(self.case.name)
			frappe.db.set_value("PEI", pei.name, "workflow_state", "In Progress")
			first = self.meet(next_meeting_at=add_to_date(now_datetime(), days=3))
			draft = meeting_draft(self.case.name)
		self.assertEqual({row["user"] for row in draft["participants"]}, {self.worker, self.educator})
		self.assertIn(pei.name, draft["agenda"])
		self.assertNotIn("Licenza media", draft["agenda"])  # the plan says what the objective is
		self.assertEqual(draft["held_at"], frappe.get_doc("Case Meeting", first.name).next_meeting_at)
		with acting_as(self.stranger), self.assertRaises(frappe.PermissionError):
			meeting_draft(self.case.name)

	def test_a_participant_has_a_name(self):
		self.assertTrue(self.meet().participants[0].participant)
		with self.assertRaises(frappe.ValidationError):
			self.meet(participants=[{"role": "Guardian"}])

	def test_the_minutes_are_printed_with_decisions_and_without_the_person(self):
		meeting = self.meet(
			{"responsible": self.educator, "due_on": today()}, minutes="Si decide insieme & subito."
		)
		with acting_as(self.worker):
			paper = frappe.get_print("Case Meeting", meeting.name, "Meeting Minutes")
			minor = frappe.get_doc("Minor", self.case.minor)
		for text in (meeting.name, self.case.name, DECISION, "Si decide insieme &amp; subito."):
			self.assertIn(text, paper)
		self.assertNotIn(minor.given_name, paper)
