"""Closing, reopening, suspending and handing over a case, as the people who ask and who answer."""

import frappe
from frappe.utils import add_days, getdate, today

from core_minori.api.cases import ask, colleagues, overview, steps, still_open, take_step
from core_minori.permissions import may_read_case
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_case,
	make_organisation,
	make_referral,
	make_user,
)

TRANSFER = "Transfer of the Case"


class TestCaseRequest(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.colleague = make_user("Social Worker")
		cls.stranger = make_user("Social Worker")
		cls.educator = make_user("Educator")
		cls.manager = make_user("Protection Unit Manager")
		cls.coordinator = make_user("Case Coordinator")

	def setUp(self):
		with acting_as(self.worker):
			self.case = make_case()
		# As if the case had been opened a month ago: whoever began today cannot be let go yesterday.
		self.assignment = frappe.db.get_value("Care Assignment", {"case_file": self.case.name}, "name")
		frappe.db.set_value("Care Assignment", self.assignment, "from_date", add_days(today(), -20))

	def ask(self, kind: str = "Closure", user: str | None = None, **values) -> str:
		if kind == "Closure":
			values.setdefault("closure_reason", "Path Completed")
		if kind == TRANSFER:
			values = {"to_user": self.colleague, "care_role": "Social Worker", **values}
		with acting_as(user or self.worker):
			return ask(self.case.name, kind, "Motivo della richiesta", **values)

	def step(self, user: str, request: str, step: str, reason: str | None = None, **values) -> str:
		with acting_as(user):
			return take_step(request, step, reason, **values)

	def state(self) -> str:
		return frappe.db.get_value("Case File", self.case.name, "state")

	def moves(self) -> list[tuple]:
		rows = frappe.get_doc("Case File", self.case.name).state_history
		return [(row.from_state, row.to_state, row.fact, row.changed_by) for row in rows]

	def running(self) -> list[tuple]:
		"""Who may read the case today as somebody of the team: user and whether they are the referent."""
		rows = frappe.get_all(
			"Care Assignment",
			filters={"case_file": self.case.name},
			or_filters=[["to_date", "is", "not set"], ["to_date", ">=", today()]],
			fields=["user", "is_referent"],
			order_by="creation",
		)
		return [(row.user, row.is_referent) for row in rows]

	def test_a_worker_asks_and_the_unit_manager_closes(self):
		request = self.ask(effective_on=getdate())
		self.assertEqual(self.state(), "Reported")
		self.assertEqual(self.step(self.manager, request, "Approve"), "Approved")
		case = frappe.get_doc("Case File", self.case.name)
		self.assertEqual(
			(case.state, case.closed_on, case.closure_reason), ("Closed", getdate(), "Path Completed")
		)
		self.assertEqual(self.moves()[-1], ("Reported", "Closed", "Case Closed", self.manager))
		stored = frappe.get_doc("Case Request", request)
		self.assertEqual((stored.requested_by, stored.decided_by), (self.worker, self.manager))

	def test_reopening_clears_the_closure_and_the_state_follows_the_facts_again(self):
		self.step(self.manager, self.ask(), "Approve")
		frappe.db.set_value("Care Assignment", self.assignment, "to_date", add_days(today(), -1))
		request = self.ask("Reopening", user=self.coordinator)
		self.assertEqual(self.step(self.manager, request, "Approve"), "Approved")
		case = frappe.get_doc("Case File", self.case.name)
		self.assertEqual(
			(case.state, case.closed_on, case.closure_reason, case.reopened_on),
			("Reported", None, None, getdate()),
		)
		self.assertEqual(self.moves()[-1], ("Closed", "Reported", "Case Reopened", self.manager))
		self.assertEqual(self.running(), [(self.worker, 1)])  # the last referent follows it again

	def test_suspension_and_resumption(self):
		self.step(self.coordinator, self.ask("Suspension"), "Approve")
		self.assertEqual(self.state(), "Suspended")
		self.step(self.coordinator, self.ask("Resumption"), "Approve")
		self.assertEqual(self.state(), "Reported")
		self.assertEqual(
			[move[2] for move in self.moves()], ["Case Reported", "Case Suspended", "Case Resumed"]
		)

	def test_nobody_decides_on_their_own_request_and_no_worker_on_any(self):
		request = self.ask(user=self.manager)
		with self.assertRaises(frappe.PermissionError):
			self.step(self.manager, request, "Approve")
		with self.assertRaises(frappe.PermissionError):
			self.step(self.worker, request, "Approve")
		self.assertEqual(self.step(self.coordinator, request, "Reject", "Mancano i documenti"), "Rejected")
		self.assertEqual(self.state(), "Reported")

	def test_a_rejection_has_a_reason_and_an_answer_comes_once(self):
		request = self.ask()
		with self.assertRaises(frappe.ValidationError):
			self.step(self.manager, request, "Reject", "  ")
		self.step(self.manager, request, "Approve")
		with self.assertRaises(frappe.ValidationError):
			self.step(self.manager, request, "Approve")
		self.assertEqual(len(self.moves()), 2)

	def test_what_does_not_fit_the_case_is_refused(self):
		for kind, values in (
			("Reopening", {}),
			("Resumption", {}),
			("Closure", {"effective_on": getdate(add_days(today(), 1))}),
			("Closure", {"effective_on": getdate(add_days(today(), -400))}),
			("Closure", {"closure_reason": None}),
			(TRANSFER, {"to_user": self.worker}),
			(TRANSFER, {"to_user": self.educator}),
			(TRANSFER, {"to_user": self.educator, "care_role": "Educator"}),
		):
			with self.subTest(kind, **values), self.assertRaises(frappe.ValidationError):
				self.ask(kind, **values)
		self.ask()
		with self.assertRaises(frappe.ValidationError):
			self.ask()

	def test_a_stranger_can_neither_ask_nor_learn_that_the_case_exists(self):
		request = self.ask()
		said = set()
		for case in (self.case.name, "CASE-1999-99999"):
			with acting_as(self.stranger):
				for call in (
					lambda case=case: ask(case, "Closure", "x", closure_reason="Other"),
					lambda case=case: overview(case),
					lambda case=case: still_open(case),
				):
					with self.assertRaises(frappe.PermissionError) as refused:
						call()
					said.add(str(refused.exception).replace(case, ""))
		self.assertLessEqual(len(said), 3)  # the same words for a case that is there and for one that is not
		for name in (request, "CRQ-1999-99999"):
			with self.assertRaises(frappe.PermissionError):
				self.step(self.stranger, name, "Approve")

	def test_nobody_moves_a_request_or_a_closing_by_writing_the_record(self):
		request = self.ask()
		with acting_as(self.worker):
			doc = frappe.get_doc("Case Request", request)
			doc.update({"status": "Approved", "decided_by": self.manager})
			doc.save()
			self.assertEqual((doc.status, doc.decided_by), ("Requested", None))
			for values in (
				{"closed_on": today(), "closure_reason": "Other"},
				{"suspended_on": today()},
				{"reopened_on": today()},
			):
				case = frappe.get_doc("Case File", self.case.name)
				case.update(values)
				with self.subTest(**values), self.assertRaises(frappe.ValidationError):
					case.save()
		with acting_as(self.manager):
			doc = frappe.get_doc("Case Request", request)
			doc.reason = "Altro"
			with self.assertRaises(frappe.ValidationError):
				doc.save()
		with acting_as(self.worker):
			doc = frappe.get_doc("Case Request", request)
			doc.reason = "Motivo corretto"
			doc.save()

	def test_the_history_is_not_written_from_outside(self):
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case.name)
			case.state_history = []
			case.append("state_history", {"to_state": "Closed", "fact": "Case Closed"})
			case.save()
		self.assertEqual(self.moves(), [(None, "Reported", "Case Reported", self.worker)])

	def test_a_case_is_handed_over_on_acceptance_and_at_once(self):
		request = self.ask(TRANSFER)
		self.assertFalse(self.may_read(self.colleague, "Case Request", request))
		self.step(self.manager, request, "Approve")
		# The receiver reads the request and not yet the case.
		self.assertTrue(self.may_read(self.colleague, "Case Request", request))
		self.assertFalse(may_read_case(self.colleague, self.case.name))
		self.assertTrue(may_read_case(self.worker, self.case.name))
		with acting_as(self.colleague):
			self.assertEqual(steps(request), ["Accept", "Decline"])
		self.assertEqual(self.step(self.colleague, request, "Accept"), "Accepted")
		self.assertEqual(self.running(), [(self.colleague, 1)])
		self.assertTrue(may_read_case(self.colleague, self.case.name))
		self.assertFalse(may_read_case(self.worker, self.case.name))
		ended, began = (
			frappe.db.get_value("Care Assignment", {"case_file": self.case.name, "user": user}, field)
			for user, field in ((self.worker, "to_date"), (self.colleague, "from_date"))
		)
		self.assertEqual((ended, began), (getdate(add_days(today(), -1)), getdate()))
		with self.assertRaises(frappe.ValidationError):  # a second click
			self.step(self.colleague, request, "Accept")
		self.assertEqual(self.running(), [(self.colleague, 1)])

	def test_who_began_today_reads_until_midnight_and_is_no_referent_any_more(self):
		frappe.db.set_value("Care Assignment", self.assignment, "from_date", today())
		request = self.ask(TRANSFER)
		self.step(self.manager, request, "Approve")
		self.step(self.colleague, request, "Accept")
		self.assertEqual(sorted(self.running()), sorted([(self.worker, 0), (self.colleague, 1)]))
		self.assertEqual(frappe.db.get_value("Care Assignment", self.assignment, "to_date"), getdate())

	def test_a_declined_or_withdrawn_transfer_leaves_all_as_it_was(self):
		for step, user, reason in (
			("Decline", self.colleague, "Seguo già troppi casi"),
			("Withdraw", self.worker, None),
		):
			request = self.ask(TRANSFER)
			self.step(self.manager, request, "Approve")
			with self.subTest(step):
				if step == "Decline":
					with self.assertRaises(frappe.ValidationError):
						self.step(user, request, step)
				self.step(user, request, step, reason)
				self.assertEqual(self.running(), [(self.worker, 1)])
				self.assertFalse(may_read_case(self.colleague, self.case.name))
				with self.assertRaises((frappe.ValidationError, frappe.PermissionError)):
					self.step(self.colleague, request, "Accept")

	def test_only_the_one_who_is_asked_accepts(self):
		request = self.ask(TRANSFER)
		with self.assertRaises(frappe.PermissionError):
			self.step(self.colleague, request, "Accept")  # before the approval it is not theirs to read
		self.step(self.manager, request, "Approve")
		for user in (self.stranger, self.coordinator, self.worker):
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				self.step(user, request, "Accept")

	def test_a_case_has_one_referent(self):
		with self.assertRaises(frappe.ValidationError):
			frappe.get_doc(
				{
					"doctype": "Care Assignment",
					"case_file": self.case.name,
					"user": self.colleague,
					"care_role": "Social Worker",
					"is_referent": 1,
					"from_date": today(),
				}
			).insert(ignore_permissions=True)

	def test_colleagues_of_the_role_are_offered(self):
		with acting_as(self.worker):
			filters = {"care_role": "Social Worker", "but": self.worker}
			offered = {row[0] for row in colleagues("User", "social.worker", "name", 0, 100, filters)}
		self.assertIn(self.colleague, offered)
		self.assertFalse({self.worker, self.educator} & offered)

	def test_what_is_still_open_is_told_and_ended_only_on_confirmation(self):
		with acting_as(self.worker):
			organisation = make_organisation().name
			unanswered = make_referral(self.case.name, organisation)
			running = make_referral(self.case.name, organisation)
		running.db_set("status", "Accepted")
		with acting_as(self.worker):
			found = {row["doctype"]: row["count"] for row in still_open(self.case.name)}
		self.assertEqual(found.get("Referral"), 2)
		self.step(self.manager, self.ask(), "Approve")
		self.assertEqual(frappe.db.get_value("Referral", unanswered.name, "status"), "Drafted")
		self.step(self.manager, self.ask("Reopening"), "Approve")
		self.step(self.manager, self.ask(), "Approve", end_open=True)
		statuses = [
			frappe.db.get_value("Referral", name, "status") for name in (unanswered.name, running.name)
		]
		self.assertEqual(
			statuses, ["Revoked", "Accepted"]
		)  # what another organisation works on is theirs to end

	def test_notifications_carry_codes_alone(self):
		request = self.ask(TRANSFER)
		self.step(self.manager, request, "Approve")
		logs = frappe.get_all(
			"Notification Log",
			filters={"document_name": request},
			fields=["for_user", "subject", "email_content"],
		)
		self.assertIn(self.colleague, {log.for_user for log in logs})
		self.assertNotIn(self.worker, {log.for_user for log in logs if "wait" in log.subject})
		for log in logs:
			self.assertIn(request, log.subject)
			self.assertNotIn("Motivo", f"{log.subject}{log.email_content}")

	def may_read(self, user: str, doctype: str, name: str) -> bool:
		with acting_as(user):
			listed = name in frappe.get_list(doctype, filters={"name": name}, pluck="name")
			self.assertEqual(listed, bool(frappe.has_permission(doctype, "read", doc=name)))
		return listed
