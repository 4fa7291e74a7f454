"""Cases, their plans and who may touch them, as the roles concerned."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, getdate, now_datetime, today

from core_minori import case_facts
from core_minori.api.legal import move
from core_minori.minors.report.case_deadlines.case_deadlines import execute as deadlines_report
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_consent,
	make_facility,
	make_minor,
	make_organisation,
	make_pei,
	make_user,
)


class TestCaseFile(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.colleague = make_user("Social Worker")
		cls.psychologist = make_user("Psychologist")
		cls.educator = make_user("Educator")
		cls.manager = make_user("Protection Unit Manager")
		cls.coordinator = make_user("Case Coordinator")

	def setUp(self):
		with acting_as(self.worker):
			self.case = make_case()

	def readable(self, user: str, doctype: str, name: str) -> bool:
		"""Whether list and record check agree that `user` may read, and what they say."""
		with acting_as(user):
			record = frappe.get_doc(doctype, name).has_permission("read")
			try:
				listed = name in frappe.get_list(doctype, filters={"name": name}, pluck="name")
			except frappe.PermissionError:
				listed = False
		self.assertEqual(record, listed, f"{doctype}: record and list disagree for {user}")
		return record

	def test_the_author_follows_the_new_case_and_a_colleague_does_not_see_it(self):
		assignment = frappe.get_all(
			"Care Assignment",
			filters={"case_file": self.case.name},
			fields=["user", "is_referent", "care_role"],
		)
		self.assertEqual(assignment, [{"user": self.worker, "is_referent": 1, "care_role": "Social Worker"}])
		for doctype, name in (("Case File", self.case.name), ("Minor", self.case.minor)):
			self.assertTrue(self.readable(self.worker, doctype, name))
			self.assertFalse(self.readable(self.colleague, doctype, name))

	def test_names_stay_out_of_names(self):
		minor = frappe.get_doc("Minor", self.case.minor)
		for text in (self.case.name, self.case.minor, self.case.get_title(), minor.get_title()):
			self.assertNotIn(minor.given_name, text)
			self.assertNotIn(minor.family_name, text)

	def test_an_assignment_lets_in_from_its_first_day_to_its_last(self):
		for from_days, to_days, sees in ((0, None, True), (-5, 0, True), (-5, -1, False), (1, None, False)):
			with self.subTest(from_days=from_days, to_days=to_days):
				user = make_user("Educator")
				assign(self.case.name, user, "Educator", from_days, to_days)
				self.assertIs(self.readable(user, "Case File", self.case.name), sees)
				self.assertIs(self.readable(user, "Minor", self.case.minor), sees)

	def test_one_running_assignment_in_a_role_and_none_that_ends_before_it_starts(self):
		user = make_user("Educator")
		assign(self.case.name, user, "Educator", -5, 5)
		for days in ((5, None), (-9, -5), (0, 1)):
			with self.subTest(days), self.assertRaises(frappe.ValidationError):
				assign(self.case.name, user, "Educator", *days)
		assign(self.case.name, user, "Educator", 6, None)
		with self.assertRaises(frappe.ValidationError):
			assign(self.case.name, make_user("Educator"), "Educator", 0, -1)

	def test_a_consent_is_not_withdrawn_before_it_is_given(self):
		for field in ("withdrawn_on", "valid_until"):
			with self.subTest(field), self.assertRaises(frappe.ValidationError):
				make_consent(self.case.name, **{field: add_days(today(), -3)})

	def test_the_role_of_the_assignment_counts_and_not_another_one_of_the_user(self):
		both = make_user("Psychologist", "Educator")
		assign(self.case.name, both, "Educator")
		record = self.clinical("Psycho-social")
		self.assertTrue(self.readable(both, "Case File", self.case.name))
		self.assertFalse(self.readable(both, "Clinical Record", record))

	def clinical(self, record_type: str) -> str:
		return (
			frappe.get_doc(
				{
					"doctype": "Clinical Record",
					"case_file": self.case.name,
					"record_type": record_type,
					"recorded_on": today(),
					"content": "Contenuto riservato",
				}
			)
			.insert()
			.name
		)

	def test_clinical_records_open_to_their_profession_only(self):
		assign(self.case.name, self.psychologist, "Psychologist")
		assign(self.case.name, self.educator, "Educator")
		health, mind = self.clinical("Health"), self.clinical("Psycho-social")
		expected = {
			self.worker: (True, False),
			self.psychologist: (True, True),
			self.educator: (False, False),
			self.coordinator: (False, False),
			self.manager: (False, False),
		}
		for user, (sees_health, sees_mind) in expected.items():
			with self.subTest(user):
				self.assertIs(self.readable(user, "Clinical Record", health), sees_health)
				self.assertIs(self.readable(user, "Clinical Record", mind), sees_mind)

	def test_a_facility_sees_the_minors_it_hosts_and_no_others(self):
		contact = make_user("Facility Contact")
		facility = make_facility(make_organisation(users=(contact,)).name)
		self.assertFalse(self.readable(contact, "Case File", self.case.name))
		with acting_as(self.coordinator):
			move(self.case.name, "Facility", facility.name, add_days(now_datetime(), -2))
		self.assertTrue(self.readable(contact, "Case File", self.case.name))
		self.assertTrue(self.readable(contact, "Minor", self.case.minor))
		with acting_as(self.coordinator):
			move(self.case.name, "Facility", make_facility().name)
		self.assertFalse(self.readable(contact, "Case File", self.case.name))
		self.assertFalse(self.readable(contact, "Minor", self.case.minor))

	def test_nobody_deletes_or_shares_a_case(self):
		for user in (self.worker, self.coordinator):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				frappe.delete_doc("Case File", self.case.name)
		with self.assertRaises(frappe.PermissionError):
			frappe.delete_doc("Case File", self.case.name)  # not even the administrator
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(
				{
					"doctype": "DocShare",
					"share_doctype": "Case File",
					"share_name": self.case.name,
					"user": self.colleague,
					"read": 1,
				}
			).insert(ignore_permissions=True)

	def test_a_case_is_opened_only_on_a_person_one_may_see(self):
		with acting_as(self.colleague), self.assertRaises(frappe.PermissionError):
			make_case(minor=self.case.minor)
		with acting_as(self.coordinator):
			self.assertTrue(make_case(minor=self.case.minor).name)

	def test_the_state_follows_the_facts_and_cannot_be_typed(self):
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case.name)
			case.state = "Closed"
			case.save()
			self.assertEqual(case.state, "Reported")
			case.reception_entry = add_days(now_datetime(), -10)
			case.interview_on = add_days(now_datetime(), -8)
			case.save()
			self.assertEqual(case.state, "Assessment")
			make_pei(case.name)
			case.reload()
			self.assertEqual(case.state, "PEI Drafting")

	def test_impossible_dates_are_refused(self):
		with acting_as(self.worker), self.assertRaises(frappe.ValidationError):
			self.case.reload()
			self.case.reported_on = add_days(today(), 1)
			self.case.save()

	def test_a_plan_goes_from_drafting_to_in_progress_by_the_right_hands(self):
		with acting_as(self.worker):
			pei = make_pei(self.case.name)
			self.assertEqual((pei.version, pei.workflow_state), (1, "Drafting"))
			pei = apply_workflow(pei, "Send to Team")
			with self.assertRaises(frappe.ValidationError):
				apply_workflow(pei, "Approve Plan")
		with acting_as(self.manager):
			pei = apply_workflow(frappe.get_doc("PEI", pei.name), "Approve Plan")
		with acting_as(self.worker):
			pei = frappe.get_doc("PEI", pei.name)
			with self.assertRaises(frappe.ValidationError) as refused:
				apply_workflow(pei, "Record Signatures")
			self.assertTrue(str(refused.exception))
			pei = frappe.get_doc("PEI", pei.name)
			pei.append("signatures", {"signatory": "Minor", "signed_on": today(), "mode": "Handwritten"})
			pei.save()
			pei = apply_workflow(pei, "Record Signatures")
			self.assertEqual(pei.workflow_state, "Signed")
			self.assertEqual(getdate(pei.signed_on), getdate())
			self.assertTrue(pei.review_due_on)
			pei = apply_workflow(pei, "Start Plan")
		self.assertEqual(frappe.db.get_value("Case File", self.case.name, "state"), "In Progress")

		with acting_as(self.worker):
			second = make_pei(self.case.name)
		self.assertEqual((second.version, second.previous_version), (2, pei.name))
		frappe.db.set_value("PEI", second.name, "workflow_state", "Signed")
		with acting_as(self.worker):
			second.reload()
			second.append("signatures", {"signatory": "Minor", "signed_on": today()})
			second.save()
			apply_workflow(second, "Start Plan")
		self.assertEqual(frappe.db.get_value("PEI", pei.name, "workflow_state"), "Superseded")

	def test_a_plan_without_objectives_does_not_reach_the_team(self):
		with acting_as(self.worker):
			pei = make_pei(self.case.name, objectives=[])
			with self.assertRaises(frappe.ValidationError):
				apply_workflow(pei, "Send to Team")

	def test_a_psychologist_writes_the_needs_and_nothing_else_of_a_plan(self):
		assign(self.case.name, self.psychologist, "Psychologist")
		with acting_as(self.worker):
			pei = make_pei(self.case.name)
		with acting_as(self.psychologist):
			own = frappe.get_doc("PEI", pei.name)
			own.psychosocial_needs = "Un luogo tranquillo dove studiare"
			own.save()
			own.schooling = "Altro"
			self.assertRaises(frappe.PermissionError, own.save)
			own.reload()
			own.objectives[0].objective = "Altro"
			self.assertRaises(frappe.PermissionError, own.save)
		self.assertEqual(frappe.db.get_value("PEI", pei.name, "schooling"), None)

	def test_terms_run_from_the_entry_and_close_with_the_fact(self):
		with acting_as(self.worker):
			case = frappe.get_doc("Case File", self.case.name)
			case.reception_entry = add_days(now_datetime(), -10)
			case.save()
			__, rows, *__ = deadlines_report({"days": 60})
			mine = [row for row in rows if row["case_file"] == case.name]
			self.assertIn("Overdue", {row["state"] for row in mine})
			before = len(mine)
			case.interview_on = add_days(now_datetime(), -9)
			case.census_done_on = add_days(today(), -9)
			case.save()
			__, rows, *__ = deadlines_report({"days": 60})
			states = [row["state"] for row in rows if row["case_file"] == case.name]
			self.assertLess(states.count("Overdue"), before)
		with acting_as(self.colleague):
			__, rows, *__ = deadlines_report({"days": 60})
			self.assertFalse([row for row in rows if row["case_file"] == self.case.name])

	def test_a_closed_case_owes_no_review(self):
		signed = add_days(today(), -300)
		with acting_as(self.worker):
			pei = make_pei(self.case.name, signatures=[{"signatory": "Minor", "signed_on": signed}])
		frappe.db.set_value("PEI", pei.name, {"workflow_state": "In Progress", "signed_on": signed})

		def reviews() -> list[str]:
			case_facts.refresh(self.case.name)
			return frappe.get_all(
				"Case Deadline", {"case_file": self.case.name, "rule_code": "pei-review"}, pluck="state"
			)

		self.assertEqual(reviews(), ["Overdue"])
		frappe.db.set_value(
			"Case File",
			self.case.name,
			{"closed_on": add_days(today(), -200), "closure_reason": "Path Completed"},
		)
		self.assertEqual(reviews(), ["Cancelled"])

	def test_a_wrong_fiscal_code_is_refused_and_a_provisional_one_is_not(self):
		with acting_as(self.worker):
			self.assertRaises(frappe.ValidationError, make_minor, fiscal_code="RSSMRA80A01H501X")
			self.assertTrue(make_minor(fiscal_code="12345678901").name)
