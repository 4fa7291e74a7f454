"""Interventions, groups and their month, and who sees them, as the roles concerned."""

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from core_minori.api.interventions import calendar, group_month, reschedule, save_group_month, set_status
from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_minor, make_user


def make_intervention(case: str | None = None, **values):
	"""An hour of civic orientation yesterday at ten, done by the session's user."""
	return frappe.get_doc(
		{
			"doctype": "Intervention",
			"mode": "Individual",
			"case_file": case,
			"intervention_type": "Civic Orientation",
			"status": "Done",
			"starts_at": f"{add_days(today(), -1)} 10:00:00",
			"hours": 1,
			**values,
		}
	).insert()


def make_group(*cases: str, **values):
	"""A group of these cases, held by the session's user."""
	return frappe.get_doc(
		{
			"doctype": "Intervention Group",
			"title": f"Gruppo {frappe.generate_hash(length=6)}",
			"intervention_type": "Group Education",
			"usual_start": "15:00:00",
			"usual_hours": 2,
			"members": [{"case_file": case} for case in cases],
			**values,
		}
	).insert()


class TestIntervention(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.educator = make_user("Educator")
		cls.stranger = make_user("Educator")
		cls.coordinator = make_user("Case Coordinator")
		with acting_as(cls.worker):
			cls.minor = make_minor()
			cls.case = make_case(cls.minor.name).name
			cls.second = make_case().name
			cls.hidden = make_case().name  # the educator does not follow this one
		for case in (cls.case, cls.second):
			assign(case, cls.educator, "Educator", -60)

	def setUp(self):
		frappe.db.savepoint("before_the_test")
		frappe.clear_messages()

	def tearDown(self):
		frappe.db.rollback(save_point="before_the_test")

	def said(self) -> str:
		return " ".join(str(message.get("message")) for message in frappe.get_message_log())

	def refused(self, error=frappe.ValidationError, **values) -> str:
		with self.assertRaises(error) as found:
			make_intervention(**values)
		return str(found.exception)

	# --- one intervention ---

	def test_who_records_it_is_its_operator_and_the_case_gives_the_project(self):
		from core_minori.tests.builders import make_funded_project

		project = make_funded_project()
		frappe.db.set_value("Case File", self.case, "project", project.name)
		with acting_as(self.educator):
			doc = make_intervention(self.case)
		self.assertEqual([row.user for row in doc.operators], [self.educator])
		self.assertEqual(doc.project, project.name)
		self.assertRegex(doc.name, r"^IVN-\d{4}-\d{5}$")

	def test_what_cannot_be_is_refused_and_says_why(self):
		with acting_as(self.educator):
			for words, values in (
				("24", {"hours": 25}),
				("0", {"hours": 0}),
				("still to come", {"starts_at": add_to_date(now_datetime(), hours=2)}),
				("case", {"case": None}),
				("group", {"mode": "Group", "case": None}),
				("twice", {"operators": [{"user": self.educator}, {"user": self.educator}]}),
			):
				with self.subTest(words):
					said = self.refused(**{"case": self.case, **values})
					self.assertIn(words, said)

	def test_after_its_closure_a_case_has_no_interventions(self):
		with acting_as(self.worker):
			case = make_case(reported_on=add_days(today(), -20)).name
		frappe.db.set_value("Case File", case, "closed_on", add_days(today(), -3))
		with acting_as(self.worker):
			said = self.refused(case=case)
			self.assertIn(case, said)
			make_intervention(case, starts_at=f"{add_days(today(), -3)} 09:00:00")
			make_intervention(case, starts_at=f"{add_days(today(), -30)} 09:00:00")
		self.assertIn(case, self.said())  # before the report: told, not refused

	def test_an_operator_at_two_places_at_once_is_warned(self):
		with acting_as(self.educator):
			first = make_intervention(self.case)
			self.assertNotIn(first.name, self.said())
			make_intervention(self.second, starts_at=f"{add_days(today(), -1)} 10:30:00")
		self.assertIn(first.name, self.said())

	def test_two_operators_have_each_their_hours(self):
		with acting_as(self.worker):
			doc = make_intervention(
				self.case, operators=[{"user": self.worker}, {"user": self.educator, "hours": 2.5}]
			)
		self.assertEqual([row.hours or 0 for row in doc.operators], [0, 2.5])

	def test_done_with_one_press_and_only_what_one_may_write(self):
		with acting_as(self.educator):
			planned = make_intervention(self.case, status="Planned", starts_at=f"{today()} 00:00:00")
			to_come = make_intervention(
				self.case, status="Planned", starts_at=add_to_date(now_datetime(), days=2)
			)
			found = set_status([planned.name, to_come.name], "Done")
		self.assertEqual(found["changed"], [planned.name])
		self.assertEqual([row["name"] for row in found["refused"]], [to_come.name])
		self.assertEqual(frappe.db.get_value("Intervention", to_come.name, "status"), "Planned")
		with acting_as(self.stranger):
			self.assertRaises(frappe.PermissionError, set_status, planned.name, "Cancelled")

	def test_a_plan_of_another_case_is_none_of_this_one(self):
		from core_minori.tests.builders import make_pei

		with acting_as(self.worker):
			pei = make_pei(self.second)
			self.assertIn(pei.name, self.refused(case=self.case, pei=pei.name))

	# --- who sees what ---

	def test_who_only_reads_a_group_sees_its_month_and_no_word_of_refusal(self):
		with acting_as(self.educator):
			group = make_group(self.case, self.second)
		with acting_as(make_user("Protection Unit Manager")):
			frappe.clear_messages()
			self.assertFalse(group_month(group.name, today())["may_write"])
			self.assertEqual(frappe.get_message_log(), [])
			self.assertFalse(getattr(frappe.local, "permission_debug_log", None))

	def test_an_educator_of_another_case_sees_neither_intervention_nor_group(self):
		with acting_as(self.educator):
			one = make_intervention(self.case)
			group = make_group(self.case, self.second)
			session = make_intervention(mode="Group", intervention_group=group.name)
		with acting_as(self.stranger):
			for doctype, name in (
				("Intervention", one.name),
				("Intervention", session.name),
				("Intervention Group", group.name),
			):
				self.assertFalse(frappe.get_list(doctype, {"name": name}))
				self.assertFalse(frappe.has_permission(doctype, "read", frappe.get_doc(doctype, name)))
			self.assertRaises(frappe.PermissionError, group_month, group.name, today())
			self.assertRaises(frappe.PermissionError, save_group_month, group.name, [])
			self.assertEqual(calendar(add_days(today(), -5), add_days(today(), 5)), [])
			self.assertRaises(
				frappe.PermissionError, reschedule, {"name": one.name, "starts_at": f"{today()} 08:00"}
			)
			for doctype in ("Intervention Participant", "Intervention Group Member", "Intervention Operator"):
				parent = "Intervention Group" if "Group" in doctype else "Intervention"
				self.assertFalse(frappe.get_list(doctype, parent_doctype=parent, limit_page_length=0))

	def test_a_stranger_cannot_open_a_group_by_adding_a_session_to_it(self):
		with acting_as(self.educator):
			group = make_group(self.case)
		with acting_as(self.stranger):
			self.refused(frappe.PermissionError, mode="Group", intervention_group=group.name)
			own = make_group()
			session = make_intervention(mode="Group", intervention_group=own.name)
			session.intervention_group = group.name
			self.assertRaises(frappe.PermissionError, session.save)

	def test_nobody_adds_a_case_that_they_may_not_read(self):
		with acting_as(self.educator):
			self.refused(frappe.PermissionError, mode="Group", participants=[{"case_file": self.hidden}])
			self.assertRaises(frappe.PermissionError, make_group, self.hidden)
			group = make_group(self.case)
			group.append("members", {"case_file": self.hidden})
			self.assertRaises(frappe.PermissionError, group.save)
			session = make_intervention(mode="Group", intervention_group=group.name)
			session.append("participants", {"case_file": self.hidden})
			self.assertRaises(frappe.PermissionError, session.save)
			day = f"{add_days(today(), -2)} 15:00:00"
			self.assertRaises(
				frappe.PermissionError,
				save_group_month,
				group.name,
				[{"starts_at": day, "hours": 1, "status": "Done", "attendance": {self.hidden: "Present"}}],
			)

	def test_a_member_whom_the_coordinator_added_may_be_marked_by_who_holds_the_group(self):
		with acting_as(self.coordinator):
			group = make_group(self.case, self.hidden, operators=[{"user": self.educator}])
		with acting_as(self.educator):
			session = make_intervention(mode="Group", intervention_group=group.name)
			self.assertEqual([row.case_file for row in session.participants], [self.case, self.hidden])
			month = group_month(group.name, session.starts_at)
		names = {row["case_file"]: row["name"] for row in month["members"]}
		self.assertIn(self.minor.given_name, names[self.case])
		self.assertEqual(names[self.hidden], "")  # in the group, but not theirs

	def test_no_role_that_follows_no_case_reads_any(self):
		for role in (
			"Funding Officer",
			"Training Secretary",
			"Facility Contact",
			"Network Partner",
			"Employee",
		):
			with acting_as(make_user(role)):
				for doctype in ("Intervention", "Intervention Group"):
					self.assertRaises(frappe.PermissionError, frappe.get_list, doctype)

	# --- calendar ---

	def test_the_calendar_says_type_and_code_and_never_a_name(self):
		with acting_as(self.educator):
			one = make_intervention(self.case, hours=1.5)
			group = make_group(self.case)
			session = make_intervention(
				mode="Group", intervention_group=group.name, starts_at=f"{add_days(today(), -1)} 21:10:00"
			)
			found = {row["name"]: row for row in calendar(add_days(today(), -5), add_days(today(), 5))}
		self.assertIn(self.case, found[one.name]["title"])
		self.assertIn(group.title, found[session.name]["title"])
		self.assertEqual(str(found[one.name]["ends_at"])[11:16], "11:30")
		for row in found.values():
			self.assertNotIn(self.minor.given_name, row["title"])
			self.assertNotIn(self.minor.family_name, row["title"])

	def test_moving_it_in_the_calendar_moves_start_and_hours(self):
		day = add_days(today(), 3)
		with acting_as(self.educator):
			doc = make_intervention(self.case, status="Planned", starts_at=f"{day} 09:00:00")
			reschedule(
				frappe.as_json(
					{"name": doc.name, "starts_at": f"{day} 14:00:00", "ends_at": f"{day} 15:30:00"}
				)
			)
			doc.reload()
		self.assertEqual((str(doc.starts_at)[11:16], doc.hours), ("14:00", 1.5))

	# --- the month of a group ---

	def grid(self, group, *days: str, **attendance) -> list[dict]:
		return [
			{"starts_at": f"{day} 15:00:00", "hours": 2, "status": "Done", "attendance": dict(attendance)}
			for day in days
		]

	def test_a_month_is_written_in_one_go_and_reads_back(self):
		days = [str(add_days(today(), -9)), str(add_days(today(), -2))]
		with acting_as(self.educator):
			group = make_group(self.case, self.second)
			sent = self.grid(group, *days)
			sent[0]["attendance"] = {self.case: "Present", self.second: "Excused"}
			sent[1]["attendance"] = {self.case: "Absent", self.second: "Present"}
			self.assertEqual(save_group_month(group.name, sent), {"made": 2, "changed": 0})
			rows = {}
			for day in days:
				for row in group_month(group.name, day)["sessions"]:
					rows[row["starts_at"][:10]] = row
		self.assertEqual([rows[day]["attendance"] for day in days], [each["attendance"] for each in sent])
		self.assertEqual({row["hours"] for row in rows.values()}, {2})

	def test_the_same_grid_twice_makes_no_session_twice(self):
		day = str(add_days(today(), -2))
		with acting_as(self.educator):
			group = make_group(self.case)
			sent = self.grid(group, day)
			sent[0]["attendance"] = {self.case: "Present"}
			save_group_month(group.name, sent)
			self.assertEqual(save_group_month(group.name, sent), {"made": 0, "changed": 0})
			# somebody else had marked it otherwise at the same moment
			sent[0]["attendance"] = {self.case: "Absent"}
			self.assertRaises(frappe.TimestampMismatchError, save_group_month, group.name, sent)
			self.assertEqual(frappe.db.count("Intervention", {"intervention_group": group.name}), 1)
			self.refused(mode="Group", intervention_group=group.name, starts_at=f"{day} 15:00:00")

	def test_the_database_itself_refuses_a_second_session(self):
		day = str(add_days(today(), -2))
		with acting_as(self.educator):
			group = make_group(self.case)
			first = make_intervention(
				mode="Group", intervention_group=group.name, starts_at=f"{day} 15:00:00"
			)
			other = make_intervention(
				mode="Group", intervention_group=group.name, starts_at=f"{day} 17:00:00"
			)
		frappe.db.savepoint("twice")
		with self.assertRaises(Exception) as found:
			frappe.db.set_value("Intervention", other.name, "session_key", first.session_key)
		self.assertTrue(frappe.db.is_duplicate_entry(found.exception))
		frappe.db.rollback(save_point="twice")

	def test_one_wrong_session_keeps_the_whole_month_as_it_was(self):
		with acting_as(self.educator):
			group = make_group(self.case)
			sent = self.grid(group, str(add_days(today(), -3)), str(add_days(today(), 5)))
			for each in sent:
				each["attendance"] = {self.case: "Present"}
			frappe.db.savepoint("a_request")
			self.assertRaises(frappe.ValidationError, save_group_month, group.name, sent)  # done, and to come
			frappe.db.rollback(save_point="a_request")
		self.assertEqual(frappe.db.count("Intervention", {"intervention_group": group.name}), 0)

	def test_a_change_of_the_grid_changes_only_that_session(self):
		days = [str(add_days(today(), -4)), str(add_days(today(), -3))]
		with acting_as(self.educator):
			group = make_group(self.case)
			sent = self.grid(group, *days)
			for each in sent:
				each["attendance"] = {self.case: "Present"}
			save_group_month(group.name, sent)
			rows = [
				row
				for day in dict.fromkeys(str(getdate(day).replace(day=1)) for day in days)
				for row in group_month(group.name, day)["sessions"]
			]
			rows[0]["attendance"][self.case] = "Absent"
			self.assertEqual(save_group_month(group.name, rows), {"made": 0, "changed": 1})
			# an old screen does not write over it
			rows[0]["attendance"][self.case] = "Excused"
			self.assertRaises(frappe.TimestampMismatchError, save_group_month, group.name, rows)

	def test_a_month_shows_the_members_of_its_days(self):
		with acting_as(self.educator):
			group = make_group(self.case)
			group.append("members", {"case_file": self.second, "from_date": add_days(today(), 200)})
			group.save()
			now = group_month(group.name, today())
			later = group_month(group.name, str(add_days(today(), 230)))
		self.assertEqual([row["case_file"] for row in now["members"]], [self.case])
		self.assertEqual([row["case_file"] for row in later["members"]], [self.case, self.second])
