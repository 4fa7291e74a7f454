"""My Day: what waits for whom, and in how many queries."""

from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from core_minori.api.cases import ask, my_day, overview, raise_flag, resolve_flag, take_step
from core_minori.overrides.whitelisted import get_open_count
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_minor,
	make_organisation,
	make_pei,
	make_referral,
	make_user,
)


@contextmanager
def counted_queries():
	"""Counts the statements that reach the database inside the block."""
	original, seen = frappe.db.sql, []

	def sql(query, *args, **kwargs):
		seen.append(str(query))
		return original(query, *args, **kwargs)

	with patch.object(frappe.db, "sql", sql):
		yield seen


class TestMyDay(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.educator = make_user("Educator")
		cls.manager = make_user("Protection Unit Manager")
		cls.coordinator = make_user("Case Coordinator")

	def setUp(self):
		self.worker = make_user("Social Worker")
		with acting_as(self.worker):
			self.case = make_case()

	def day_of(self, user: str) -> dict:
		with acting_as(user):
			return my_day()

	def items(self, user: str, kind: str) -> list[dict]:
		return [item for item in self.day_of(user)["items"] if item["kind"] == kind]

	def waiting(self, user: str) -> set[tuple]:
		return {(row["kind"], row["doctype"], row["name"]) for row in self.day_of(user)["waiting"]}

	def test_a_worker_sees_their_cases_with_names_and_nobody_elses(self):
		with acting_as(self.worker):
			minor = make_minor(birth_date=add_days(today(), -365 * 17))
			case = make_case(minor=minor.name)
		day = self.day_of(self.worker)
		rows = {row["name"]: row for row in day["cases"]}
		self.assertEqual(set(rows), {self.case.name, case.name})
		self.assertIn(minor.given_name, rows[case.name]["person"])
		self.assertTrue(0 < rows[case.name]["days_to_majority"] < 400)
		self.assertEqual(self.day_of(make_user("Social Worker"))["cases"], [])
		every = {row["name"]: row["mine"] for row in self.day_of(self.coordinator)["cases"]}
		self.assertIs(every[case.name], False)

	def test_a_closed_case_leaves_the_day(self):
		with acting_as(self.worker):
			request = ask(self.case.name, "Closure", "Fine del percorso", closure_reason="Path Completed")
		self.assertIn(("decide", "Case Request", request), self.waiting(self.manager))
		self.assertNotIn(("decide", "Case Request", request), self.waiting(self.worker))
		with acting_as(self.manager):
			take_step(request, "Approve")
		self.assertNotIn(("decide", "Case Request", request), self.waiting(self.manager))
		self.assertEqual(self.day_of(self.worker)["cases"], [])

	def test_what_waits_for_an_approval_or_an_acceptance(self):
		colleague = make_user("Social Worker")
		with acting_as(self.worker):
			pei = make_pei(self.case.name)
			request = ask(
				self.case.name,
				"Transfer of the Case",
				"Cambio di zona",
				to_user=colleague,
				care_role="Social Worker",
			)
		frappe.db.set_value("PEI", pei.name, "workflow_state", "Team Review")
		self.assertIn(("approve", "PEI", pei.name), self.waiting(self.manager))
		self.assertEqual(self.waiting(colleague), set())
		with acting_as(self.manager):
			take_step(request, "Approve")
		self.assertEqual(self.waiting(colleague), {("accept", "Case Request", request)})
		self.assertEqual(self.day_of(colleague)["cases"], [])
		self.assertNotIn(("accept", "Case Request", request), self.waiting(self.worker))

	def test_answers_of_referrals_come_back(self):
		with acting_as(self.worker):
			answered = make_referral(self.case.name, make_organisation().name)
			late = make_referral(self.case.name, make_organisation().name)
		answered.db_set({"status": "Accepted", "answered_on": now_datetime()})
		late.db_set({"status": "Sent", "answer_due_on": add_days(today(), -1)})
		self.assertEqual(
			self.waiting(self.worker),
			{("answered", "Referral", answered.name), ("no answer", "Referral", late.name)},
		)

	def test_due_contacts_go_with_the_next_contact(self):
		def contact(days: int, **values):
			with acting_as(self.worker):
				frappe.get_doc(
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

		contact(6, next_contact_on=add_days(today(), -2))
		(item,) = self.items(self.worker, "contact")
		self.assertEqual(item["when"], "overdue")
		contact(1, reached=0)
		self.assertEqual(len(self.items(self.worker, "contact")), 1)
		contact(0, next_contact_on=today())
		(item,) = self.items(self.worker, "contact")
		self.assertEqual(item["when"], "today")
		self.assertEqual(self.day_of(self.worker)["cases"][0]["days_since_contact"], 0)

	def test_meetings_and_tasks_of_their_decisions(self):
		with acting_as(self.worker):
			frappe.get_doc(
				{
					"doctype": "Case Meeting",
					"case_file": self.case.name,
					"held_at": add_to_date(now_datetime(), days=-1),
					"next_meeting_at": add_to_date(now_datetime(), days=2),
					"decisions": [
						{"decision": "x", "responsible": self.worker, "due_on": add_days(today(), -1)},
						{"decision": "y", "responsible": self.worker, "due_on": add_days(today(), 30)},
					],
				}
			).insert()
		(meeting,) = self.items(self.worker, "meeting")
		self.assertEqual(meeting["when"], "week")
		(task,) = self.items(self.worker, "task")
		self.assertEqual(task["when"], "overdue")

	def test_a_deadline_is_mine_by_the_role_that_owes_it(self):
		assign(self.case.name, self.educator, "Educator")
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case.name)
			case.reception_entry = add_days(now_datetime(), -10)
			case.save()
		owed = self.items(self.worker, "deadline")
		self.assertIn("overdue", {item["when"] for item in owed})
		stored = dict(
			frappe.get_all(
				"Case Deadline",
				filters={"case_file": self.case.name},
				fields=["name", "responsible_role"],
				as_list=True,
			)
		)
		for item in owed:
			self.assertEqual(item["mine"], stored[item["name"]] == "Social Worker")
		for item in self.items(self.educator, "deadline"):
			self.assertEqual(item["mine"], stored[item["name"]] == "Educator")
		row = self.day_of(self.worker)["cases"][0]
		self.assertEqual(row["next_due"], min(item["due"] for item in owed if not item["waited"]))

	def test_a_flag_is_seen_by_the_team_and_taken_down_with_a_reason(self):
		assign(self.case.name, self.educator, "Educator")
		with acting_as(self.worker):
			flag = raise_flag(self.case.name, "Scuola <b>&</b> tutrice", getdate(), self.educator)
			with self.assertRaises(frappe.ValidationError):
				raise_flag(self.case.name, "x", getdate(), make_user("Educator"))
		(item,) = self.items(self.educator, "flag")
		self.assertEqual((item["case"], item["when"]), (self.case.name, "today"))
		self.assertEqual(item["title"], "Scuola <b>&</b> tutrice")  # as it was typed: the page escapes it
		with acting_as(self.worker):
			self.assertEqual([row.name for row in overview(self.case.name)["flags"]], [flag])
			self.assertEqual(my_day()["cases"][0]["flags"], 1)
		with acting_as(make_user("Educator")), self.assertRaises(frappe.PermissionError):
			resolve_flag(flag, "x")
		with acting_as(self.worker):
			with self.assertRaises(frappe.ValidationError):
				resolve_flag(flag, " ")
			resolve_flag(flag, "Sentita la scuola")
			self.assertEqual(overview(self.case.name)["flags"], [])
			with self.assertRaises(frappe.ValidationError):
				resolve_flag(flag, "Ancora")

	def test_thirty_cases_cost_as_many_queries_as_three(self):
		def fill(number: int) -> None:
			for __ in range(number):
				case = make_case()
				frappe.get_doc(
					{
						"doctype": "Contact Log",
						"case_file": case.name,
						"contact_at": add_to_date(now_datetime(), days=-2),
						"contact_with": "Minor",
						"contact_type": "Visit",
						"summary": "x",
						"next_contact_on": today(),
					}
				).insert()
				raise_flag(case.name, "x")

		with acting_as(self.worker):
			fill(3)
			my_day()  # what Frappe keeps in its cache from now on is read
			with counted_queries() as few:
				my_day()
			fill(27)
			with counted_queries() as many:
				day = my_day()
		self.assertEqual(len(day["cases"]), 31)
		self.assertEqual(len(many), len(few), "\n".join(many))
		self.assertLess(len(few), 40)

	def test_connections_count_what_the_reader_may_see(self):
		assign(self.case.name, self.educator, "Educator")
		with acting_as(self.worker):
			frappe.get_doc(
				{
					"doctype": "Clinical Record",
					"case_file": self.case.name,
					"record_type": "Health",
					"recorded_on": today(),
					"content": "Contenuto riservato",
				}
			).insert()

		def count(user: str) -> int:
			with acting_as(user):
				found = get_open_count("Case File", self.case.name)["count"]["external_links_found"]
			return next(row["count"] for row in found if row["doctype"] == "Clinical Record")

		self.assertEqual((count(self.worker), count(self.educator)), (1, 0))
		with acting_as(make_user("Educator")), self.assertRaises(frappe.PermissionError):
			get_open_count("Case File", self.case.name)
