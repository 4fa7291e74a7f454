"""The stored deadlines of a case, as the roles who work with them."""

from datetime import datetime, time, timedelta

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from core_minori import case_deadlines, case_facts, case_reminders
from core_minori.api import deadlines as api
from core_minori.minors.report.case_deadlines.case_deadlines import execute as report
from core_minori.setup import master_data
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_facility,
	make_minor,
	make_organisation,
	make_pei,
	make_user,
)


def noon(days: int) -> datetime:
	"""Noon, so many days from today: no test depends on the hour it runs at."""
	return datetime.combine(getdate(), time(12)) + timedelta(days=days)


def stored(case: str, code: str | None = None) -> dict:
	"""Stored deadlines of a case by rule code, or of one code by occurrence."""
	rows = frappe.get_all(
		"Case Deadline",
		filters={"case_file": case, **({"rule_code": code} if code else {})},
		fields=[
			"name",
			"rule_code",
			"occurrence",
			"state",
			"trigger_at",
			"due_at",
			"done_at",
			"part",
			"modified",
		],
	)
	return {row.occurrence if code else row.rule_code: row for row in rows}


def record(doctype: str, case: str, **values):
	return frappe.get_doc({"doctype": doctype, "case_file": case, **values}).insert()


def histories(case: str) -> dict[str, list[str]]:
	"""What the history of each deadline of a case tells, by rule code."""
	return {
		code: [row["event"] for row in reversed(api.history(one.name))] for code, one in stored(case).items()
	}


class TestCaseDeadline(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.colleague = make_user("Social Worker")
		cls.psychologist = make_user("Psychologist")
		cls.educator = make_user("Educator")
		cls.coordinator = make_user("Case Coordinator")

	def setUp(self):
		frappe.db.savepoint("one_test")
		self.addCleanup(frappe.db.rollback, save_point="one_test")
		with acting_as(self.worker):
			minor = make_minor(birth_date=add_to_date(today(), years=-16, days=-40))
			self.case = make_case(
				minor=minor.name, reception_entry=noon(-10), reported_on=add_days(today(), -11)
			)

	def move_entry(self, days: int) -> None:
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case.name)
			case.reception_entry = noon(days)
			case.save()

	# --- facts and history

	def test_a_new_case_has_its_deadlines_with_names_in_the_series_and_a_beginning(self):
		found = stored(self.case.name)
		self.assertEqual(found["msna-census"].state, "Overdue")
		self.assertEqual(
			found["pei-draft"].due_at, datetime.combine(getdate(add_days(today(), 50)), time(23, 59))
		)
		self.assertTrue(all(row.name.startswith(f"CDL-{getdate().year}-") for row in found.values()))
		with acting_as(self.worker):
			self.assertEqual(set(map(tuple, histories(self.case.name).values())), {("Started",)})

	def test_moving_the_entry_moves_what_is_open_and_leaves_what_is_done(self):
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case.name)
			case.census_done_on = add_days(today(), -9)
			case.save()
		before = stored(self.case.name)
		self.assertEqual(before["msna-census"].state, "Done")
		self.move_entry(-8)
		after = stored(self.case.name)
		with acting_as(self.worker):
			told = histories(self.case.name)
			history = api.history(after["first-reception-stay"].name)[0]
		self.assertEqual(
			after["first-reception-stay"].due_at, before["first-reception-stay"].due_at + timedelta(2)
		)
		self.assertEqual(told["first-reception-stay"], ["Started", "Moved"])
		self.assertEqual(
			(history["from_due"], history["to_due"]),
			(before["first-reception-stay"].due_at, after["first-reception-stay"].due_at),
		)
		self.assertEqual((history["trigger_was"], history["trigger_is"]), (noon(-10), noon(-8)))
		self.assertEqual(history["by"], frappe.db.get_value("User", self.worker, "full_name"))
		self.assertEqual(told["msna-census"], ["Started", "Done", "Trigger Moved, Left"])
		for field in ("state", "due_at", "trigger_at", "done_at"):
			self.assertEqual(after["msna-census"][field], before["msna-census"][field])
		# A term by age does not move with the entry.
		self.assertEqual(told["majority-plan"], ["Started"])
		# Saved again without a change, and by the scheduler: nothing is told twice.
		self.move_entry(-8)
		case_deadlines.daily()
		with acting_as(self.worker):
			self.assertEqual(histories(self.case.name), told)

	def test_a_fact_closes_its_term_and_taking_it_back_opens_it(self):
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case.name)
			case.census_done_on = today()
			case.save()
			self.assertEqual(stored(case.name)["msna-census"].state, "Done Late")
			case.census_done_on = None
			case.save()
			found = stored(case.name)["msna-census"]
			self.assertEqual((found.state, found.done_at), ("Overdue", None))
			self.assertEqual(histories(case.name)["msna-census"], ["Started", "Done", "Reopened"])

	def test_a_birth_date_set_later_moves_the_terms_by_age(self):
		before = stored(self.case.name)["majority-plan"].due_at
		with acting_as(self.worker):
			minor = frappe.get_doc("Minor", self.case.minor)
			minor.birth_date = add_days(minor.birth_date, -30)
			minor.save()
		self.assertLess(stored(self.case.name)["majority-plan"].due_at, before)

	def test_the_steps_of_art_403_follow_each_other_and_a_second_placement_starts_anew(self):
		def act(act_type: str, days: int):
			return record(
				"Court Act",
				self.case.name,
				act_type=act_type,
				authority="Juvenile Court",
				acted_at=noon(days),
			)

		with acting_as(self.worker):
			first = act("Art. 403 Placement", -9)
			self.assertEqual(stored(self.case.name, "403-report")[first.name].state, "Overdue")
			self.assertEqual(stored(self.case.name, "403-prosecutor"), {})
			record(
				"Protection Report",
				self.case.name,
				report_type="Art. 403 Report",
				noticed_at=noon(-9),
				authority="Prosecutor at the Juvenile Court",
				protocol_number="12/2026",
				transmitted_at=noon(-9) + timedelta(hours=20),
			)
			self.assertEqual(stored(self.case.name, "403-report")[first.name].state, "Done")
			waited = stored(self.case.name, "403-prosecutor")[first.name]
			self.assertEqual((waited.state, waited.part), ("Term Passed", "court"))
			second = act("Art. 403 Placement", -1)
			reports = stored(self.case.name, "403-report")
			self.assertEqual(reports[first.name].state, "Done")
			self.assertIn(reports[second.name].state, ("Open", "Due Soon", "Overdue"))
			# The step of the first placement that nobody waits for any more.
			self.assertEqual(stored(self.case.name, "403-prosecutor")[first.name].state, "Cancelled")

	def test_each_report_of_a_health_professional_has_its_own_hours(self):
		assign(self.case.name, self.psychologist, "Psychologist")
		with acting_as(self.worker):
			one, two = (
				record(
					"Protection Report",
					self.case.name,
					report_type="Health Professional's Report",
					noticed_at=noon(-days),
				)
				for days in (3, 2)
			)
			two.update(
				{
					"authority": "Prosecutor at the Ordinary Court",
					"protocol_number": "7",
					"transmitted_at": noon(-1),
				}
			)
			two.save()
		found = stored(self.case.name, "health-report")
		self.assertEqual(
			{key: row.state for key, row in found.items()}, {one.name: "Overdue", two.name: "Done"}
		)
		self.assertEqual(found[one.name].due_at, noon(-1) if _same_offset(-3, -1) else found[one.name].due_at)

	def test_a_case_that_ends_owes_nothing_social_and_what_is_owed_to_a_prosecutor_stays(self):
		with acting_as(self.worker):
			record(
				"Protection Report",
				self.case.name,
				report_type="Crime Prosecutable Ex Officio",
				noticed_at=noon(-2),
			)
		frappe.db.set_value("Case File", self.case.name, {"closed_on": today(), "state": "Closed"})
		case_facts.refresh(self.case.name)
		states = {code: row.state for code, row in stored(self.case.name).items()}
		self.assertEqual(states.pop("crime-report"), "Overdue")
		self.assertLessEqual(set(states.values()), {"Cancelled", "Done"})

	def test_two_cannot_make_the_same_deadline(self):
		row = frappe.get_doc("Case Deadline", stored(self.case.name)["pei-draft"].name).as_dict()
		fields = ["name", "case_file", "rule_code", "occurrence"]
		with self.assertRaises(Exception) as refused:
			frappe.db.bulk_insert(
				"Case Deadline", fields, [("CDL-X", row.case_file, row.rule_code, row.occurrence)]
			)
		self.assertTrue(
			frappe.db.is_duplicate_entry(refused.exception) or "Duplicate" in str(refused.exception)
		)

	def test_nobody_writes_a_deadline_by_hand(self):
		name = stored(self.case.name)["pei-draft"].name
		for user in (self.worker, self.coordinator):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				doc = frappe.get_doc("Case Deadline", name)
				doc.due_at = noon(99)
				doc.save()
		doc = frappe.get_doc("Case Deadline", name)
		doc.due_at = noon(99)
		self.assertRaises(frappe.ValidationError, doc.save)  # not even the administrator
		self.assertRaises(frappe.ValidationError, frappe.copy_doc(doc).insert)

	def test_the_clock_moves_the_state_without_a_word_in_the_history(self):
		name = stored(self.case.name)["first-reception-stay"].name
		self.assertEqual(frappe.db.get_value("Case Deadline", name, "state"), "Open")
		case_deadlines.refresh_states(noon(30))
		self.assertEqual(frappe.db.get_value("Case Deadline", name, "state"), "Due Soon")
		case_deadlines.refresh_states(noon(60))
		self.assertEqual(frappe.db.get_value("Case Deadline", name, "state"), "Overdue")
		with acting_as(self.worker):
			# Whoever reads it gets the state of now, whatever is stored.
			self.assertEqual(
				[row["state"] for row in api.of_case(self.case.name) if row["name"] == name], ["Open"]
			)
			self.assertEqual([row["event"] for row in api.history(name)], ["Started"])

	def test_many_cases_are_brought_up_to_date_in_a_fixed_number_of_queries(self):
		with acting_as(self.worker):
			cases = [self.case.name, *(make_case(reception_entry=noon(-5)).name for __ in range(5))]

		def queries(some: list[str]) -> int:
			frappe.db.delete("Case Deadline", {"case_file": ["in", some]})
			asked = []
			original = frappe.db.sql
			frappe.db.sql = lambda *args, **kwargs: asked.append(1) or original(*args, **kwargs)
			try:
				case_deadlines.refresh(some)
			finally:
				frappe.db.sql = original
			return len(asked)

		queries(cases)  # whatever is only read once
		self.assertEqual(queries(cases), queries(cases[:1]))

	# --- who reads

	def test_terms_of_the_court_and_of_health_are_read_by_who_reads_those_records(self):
		contact = make_user("Facility Contact")
		facility = make_facility(make_organisation(users=(contact,)).name)
		with acting_as(self.worker):
			case = make_case(living_arrangement="Facility", facility=facility.name, reception_entry=noon(-3))
			record(
				"Protection Report",
				case.name,
				report_type="Crime Prosecutable Ex Officio",
				noticed_at=noon(-1),
			)
			record(
				"Protection Report",
				case.name,
				report_type="Health Professional's Report",
				noticed_at=noon(-1),
			)
		for user, role in ((self.educator, "Educator"), (self.psychologist, "Psychologist")):
			assign(case.name, user, role)
		expected = {
			self.worker: {"social", "court", "health"},
			self.psychologist: {"social", "court", "health"},
			self.coordinator: {"social", "court"},
			self.educator: {"social"},
			contact: {"social"},
			self.colleague: set(),
		}
		names = stored(case.name)
		for user, parts in expected.items():
			with self.subTest(user), acting_as(user):
				self.assertEqual({row["part"] for row in api.of_case(case.name)}, parts)
				listed = frappe.get_list("Case Deadline", filters={"case_file": case.name}, pluck="part")
				self.assertEqual(set(listed), parts)
				rows = report({})[1] if user != contact else []
				shown = {row.title for row in rows if row.case_file == case.name}
				self.assertEqual("crime-report" in _codes(case.name, shown), "court" in parts)
				for code in ("crime-report", "health-report", "pei-draft"):
					if names[code].part in parts:
						self.assertTrue(api.history(names[code].name))
					else:
						self.assertRaises(frappe.PermissionError, api.history, names[code].name)

	def test_the_report_has_the_rows_of_the_list_and_counts_them(self):
		with acting_as(self.colleague):
			theirs = make_case(reception_entry=noon(-10))
		with acting_as(self.coordinator):
			_columns, rows, *__, summary = report({"days": "30"})
			last = datetime.combine(getdate(add_days(today(), 31)), time())
			listed = frappe.get_list(
				"Case Deadline",
				filters=[
					["state", "in", case_deadlines.RUNNING],
					["due_at", "<", last],
					[
						"case_file",
						"in",
						frappe.get_list(
							"Case File",
							{"state": ["not in", ["Closed", "Transferred"]]},
							pluck="name",
							limit_page_length=0,
						),
					],
				],
				pluck="name",
				limit_page_length=0,
			)
			self.assertEqual(sorted(row.name for row in rows), sorted(listed))
			self.assertEqual(sum(one["value"] for one in summary), len(rows))
			soon = {row.name for row in report({"days": "7"})[1]}
			self.assertLess(soon, {row.name for row in rows})
			self.assertTrue(all(row.kind == "Owed" for row in report({"kind": "Owed"})[1]))
			self.assertTrue(
				all(row.responsible_role == "Educator" for row in report({"role": "Educator"})[1])
			)
			overdue = report({"state": "Overdue"})[1]
			self.assertEqual({row.state for row in overdue}, {"Overdue"})
			self.assertEqual(report({"only_mine": 1})[1], [])
		with acting_as(self.worker):
			mine = {row.case_file for row in report({"only_mine": 1, "days": ""})[1]}
			self.assertIn(self.case.name, mine)
			self.assertNotIn(theirs.name, mine)

	# --- reminders

	def reminded(self, user: str) -> list[str]:
		rules = dict(
			frappe.get_all(
				"Case Deadline", {"case_file": self.case.name}, ["name", "rule_code"], as_list=True
			)
		)
		rows = frappe.get_all(
			"Case Deadline Reminder", {"user": user, "parent": ["in", list(rules)]}, pluck="parent"
		)
		return sorted(rules[row] for row in rows)

	def notices(self, user: str) -> list[str]:
		return frappe.get_all(
			"Notification Log", {"for_user": user, "document_name": self.case.name}, pluck="subject"
		)

	def test_ten_runs_remind_once_and_the_next_day_again(self):
		overdue = ["first-interview", "first-report", "guardianship-request", "msna-census"]
		for __ in range(10):
			case_reminders.daily()
			case_reminders.hourly()
		self.assertEqual(self.reminded(self.worker), overdue)
		self.assertEqual(len(self.notices(self.worker)), len(overdue))
		case_reminders.remind(now_datetime() + timedelta(days=1))
		self.assertEqual(len(self.reminded(self.worker)), 2 * len(overdue))

	def test_terms_in_hours_are_told_every_hour_and_the_others_once_a_day(self):
		case_reminders.hourly()
		self.assertEqual(self.reminded(self.worker), ["first-report"])

	def test_a_second_reminder_of_a_day_cannot_be_stored(self):
		case_reminders.daily()
		row = frappe.get_all(
			"Case Deadline Reminder", {"user": self.worker}, ["parent", "user", "reminded_on"]
		)[0]
		with self.assertRaises(Exception) as refused:
			frappe.db.bulk_insert(
				"Case Deadline Reminder", ["name", *row], [(frappe.generate_hash(length=10), *row.values())]
			)
		self.assertIn("Duplicate", str(refused.exception))

	def test_a_reminder_says_the_code_and_no_name_and_nothing_of_courts_or_health(self):
		self.mail_account()
		with acting_as(self.worker):
			record(
				"Protection Report",
				self.case.name,
				report_type="Crime Prosecutable Ex Officio",
				noticed_at=noon(-3),
			)
		minor = frappe.get_doc("Minor", self.case.minor)
		case_reminders.daily()
		notices = self.notices(self.worker)
		address = frappe.db.get_value("User", self.worker, "email")
		queued = frappe.get_all("Email Queue Recipient", {"recipient": address}, pluck="parent")
		self.assertEqual(len(queued), 1)
		mail = frappe.get_doc("Email Queue", queued[0])
		self.assertEqual(mail.reference_doctype, "Case File")
		body = _text_of(mail.message)
		crime = frappe.db.get_value("Case Deadline", stored(self.case.name)["crime-report"].name, "title")
		social = frappe.db.get_value("Case Deadline", stored(self.case.name)["msna-census"].name, "title")
		self.assertIn(self.case.name, body)
		for text in (*notices, body):
			for secret in (minor.given_name, minor.family_name, str(minor.birth_date), crime):
				self.assertNotIn(secret, text)
		self.assertTrue(any(social in text for text in notices))
		self.assertEqual(len(notices), 5)

	def mail_account(self) -> None:
		frappe.get_doc(
			{
				"doctype": "Email Account",
				"email_account_name": frappe.generate_hash(length=8),
				"email_id": "cartelle@example.test",
				"enable_outgoing": 1,
				"default_outgoing": 1,
				"smtp_server": "smtp.example.test",
				"no_smtp_authentication": 1,
			}
		).insert(ignore_permissions=True)

	def test_who_answers_is_reminded_else_the_referent_and_nobody_who_may_not_read(self):
		assign(self.case.name, self.educator, "Educator")
		with acting_as(self.worker):
			record(
				"Protection Report",
				self.case.name,
				report_type="Health Professional's Report",
				noticed_at=noon(-4),
			)
		school = stored(self.case.name)["school-enrolment"].name
		frappe.db.set_value("Case Deadline", school, {"due_at": noon(-1), "state": "Overdue"})
		case_reminders.daily()
		# No psychologist follows the case: the referent is told of the report of the health professional.
		self.assertIn("health-report", self.reminded(self.worker))
		self.assertEqual(self.reminded(self.educator), ["school-enrolment"])
		self.assertEqual(self.reminded(self.colleague), [])
		# Nobody follows: the coordinators are told, of what they may read.
		frappe.db.delete("Care Assignment", {"case_file": self.case.name})
		case_reminders.remind(now_datetime() + timedelta(days=1))
		told = self.reminded(self.coordinator)
		self.assertIn("msna-census", told)
		self.assertNotIn("health-report", told)

	def test_a_case_put_aside_reminds_nobody(self):
		for state in ("Suspended", "Closed", "Transferred"):
			frappe.db.set_value("Case File", self.case.name, "state", state)
			case_reminders.daily()
		self.assertEqual(self.reminded(self.worker), [])

	# --- rules

	def test_a_rule_added_and_ended_reaches_the_open_cases(self):
		rule = frappe.get_doc(
			{
				"doctype": "Deadline Rule",
				"rule_code": "house-visit",
				"title": "Visit the facility",
				"trigger_fact": "reception_entry",
				"done_fact": "census_recorded",
				"amount": 20,
				"unit": "Calendar Days",
				"kind": "Owed",
				"source": "House rule",
			}
		).insert()
		self.assertEqual(stored(self.case.name)["house-visit"].state, "Open")
		# A second run finds nothing to do.
		before = stored(self.case.name)
		case_deadlines.refresh_open_cases()
		self.assertEqual(stored(self.case.name), before)
		rule.part = "court"
		rule.save()
		self.assertEqual(stored(self.case.name)["house-visit"].part, "court")
		# Ended before the case began: what is open has no rule any more.
		rule.valid_to = add_days(today(), -30)
		rule.save()
		self.assertEqual(stored(self.case.name)["house-visit"].state, "Cancelled")
		# Ended yesterday: what began before goes on, a new case does not get it.
		rule.valid_to = add_days(today(), -1)
		rule.save()
		self.assertEqual(stored(self.case.name)["house-visit"].state, "Open")
		with acting_as(self.worker):
			new = make_case(reception_entry=add_to_date(now_datetime(), minutes=-1), reported_on=today())
		self.assertNotIn("house-visit", stored(new.name))

	def test_a_case_of_2022_gets_the_rule_of_2022(self):
		with acting_as(self.worker):
			case = make_case(reception_entry="2022-05-10 09:00:00", reported_on="2022-05-10")
		found = stored(case.name)
		self.assertEqual(found["first-reception-stay"].due_at, datetime(2022, 6, 9, 23, 59))
		self.assertNotIn("first-interview", found)

	def test_a_rule_names_facts_that_a_case_has_and_hours_need_a_time(self):
		values = {
			"doctype": "Deadline Rule",
			"rule_code": "wrong",
			"title": "Wrong",
			"trigger_fact": "reception_entry",
			"done_fact": "census_recorded",
			"amount": 3,
			"unit": "Calendar Days",
			"kind": "Owed",
			"source": "House rule",
		}
		for change in ({"trigger_fact": "moon_landing"}, {"unit": "Hours"}):
			with self.subTest(change), self.assertRaises(frappe.ValidationError):
				frappe.get_doc({**values, **change}).insert()

	def test_every_fact_of_a_shipped_rule_is_one_that_a_case_can_have(self):
		known, days = set(case_facts.fact_names()), case_facts.facts_by_day()
		for row in master_data.shipped_rules():
			with self.subTest(row["rule_code"]):
				facts = {row["trigger_fact"], row["done_fact"], row["cancel_fact"] or "case_closed"}
				self.assertLessEqual(facts, known)
				if row["unit"] == "Hours":
					self.assertFalse({row["trigger_fact"], row["done_fact"]} & days)

	def test_an_update_brings_new_rules_and_leaves_edited_ones(self):
		frappe.db.delete("Deadline Rule", {"rule_code": "crime-report"})
		kept = frappe.get_doc("Deadline Rule", {"rule_code": "school-enrolment"})
		kept.db_set({"amount": 12, "valid_from": "2020-01-01"})
		master_data.add_new_rules()
		self.assertEqual(frappe.db.count("Deadline Rule", {"rule_code": "crime-report"}), 1)
		rows = frappe.get_all("Deadline Rule", {"rule_code": "school-enrolment"}, ["amount"])
		self.assertEqual([row.amount for row in rows], [12])

	def test_each_review_of_a_plan_closes_a_term_and_starts_the_next(self):
		with acting_as(self.worker):
			signed = add_days(today(), -300)
			pei = make_pei(self.case.name, signatures=[{"signatory": "Minor", "signed_on": signed}])
			frappe.db.set_value("PEI", pei.name, {"workflow_state": "In Progress", "signed_on": signed})
			case_facts.refresh(self.case.name)
			self.assertEqual(stored(self.case.name, "pei-review")[pei.name].state, "Overdue")
			review = record(
				"PEI Review", self.case.name, pei=pei.name, reviewed_on=today(), occasion="Planned"
			)
		found = stored(self.case.name, "pei-review")
		self.assertEqual(
			{key: row.state for key, row in found.items()}, {pei.name: "Done Late", review.name: "Open"}
		)

	def test_the_scheduler_knows_the_jobs(self):
		events = frappe.get_hooks("scheduler_events")
		for frequency, method in (
			("hourly", "core_minori.case_deadlines.hourly"),
			("hourly", "core_minori.case_reminders.hourly"),
			("daily_long", "core_minori.case_deadlines.daily"),
			("daily", "core_minori.case_reminders.daily"),
		):
			self.assertIn(method, events[frequency])
			frappe.get_attr(method)()


def _codes(case: str, titles: set[str]) -> set[str]:
	rows = frappe.get_all("Case Deadline", {"case_file": case}, ["rule_code", "title"])
	return {row.rule_code for row in rows if frappe._(row.title) in titles}


def _same_offset(*days: int) -> bool:
	"""Whether the clocks did not change between noon of these days."""
	from core_minori.engine.deadlines import ROME

	return len({noon(day).replace(tzinfo=ROME).utcoffset() for day in days}) == 1


def _text_of(message: str) -> str:
	"""Every text part of a mail in the queue, and its subject, decoded."""
	from email import message_from_string
	from email.header import decode_header, make_header

	mail = message_from_string(message)
	parts = [
		(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
		for part in mail.walk()
		if part.get_content_maintype() == "text"
	]
	return "\n".join([str(make_header(decode_header(mail["Subject"]))), *parts])
