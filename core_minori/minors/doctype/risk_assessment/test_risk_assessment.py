"""Assessments as those who write them, decide on them and may not see them."""

import frappe
from frappe.utils import add_days, today

from core_minori.api.assessments import assessment_start, steps, take_step, trend
from core_minori.tests.builders import SiteTestCase, acting_as, assign, make_case, make_facility, make_user


class TestRiskAssessment(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.colleague = make_user("Social Worker")
		cls.educator = make_user("Educator")
		cls.mediator = make_user("Cultural Mediator")
		cls.coordinator = make_user("Case Coordinator")
		cls.manager = make_user("Protection Unit Manager")

	def setUp(self):
		with acting_as(self.worker):
			self.case = make_case()

	def assessment(self, *scores, user=None, **values):
		"""An assessment of today with these scores on the first dimensions."""
		with acting_as(user or self.worker):
			doc = frappe.get_doc(
				{"doctype": "Risk Assessment", "case_file": self.case.name, "assessed_on": today(), **values}
			).insert()
			for row, score in zip(doc.scores, scores, strict=False):
				row.score = str(score) if score else None
			return doc.save()

	def step(self, user, doc, step, comment=None):
		with acting_as(user):
			status = take_step(doc.name, step, comment)["status"]
		doc.reload()
		return status

	def test_the_dimensions_of_the_kind_of_case_are_there(self):
		alone = self.assessment()
		with acting_as(self.worker):
			self.case = make_case(beneficiary_type="Parent")
		parent = self.assessment()
		titles = {
			row.name: row.applies_to
			for row in frappe.get_all("Assessment Dimension", fields=["name", "applies_to"])
		}
		self.assertGreaterEqual(len(alone.scores), 9)
		self.assertEqual({titles[row.dimension] for row in alone.scores}, {"Everybody"})
		self.assertEqual({titles[row.dimension] for row in parent.scores}, {"Everybody", "Families"})

	def test_the_level_follows_and_another_one_has_its_reason(self):
		doc = self.assessment(1, 1, 4)
		self.assertEqual(doc.level, "Medium")
		with acting_as(self.worker):
			doc.level = "Low"
			doc.append("factors", {"kind": "Risk", "factor": "Sexual Violence", "weight": "High"})
			doc.save()
			self.assertEqual(doc.level, "High")
			doc.decided_level = "Medium"
			with self.assertRaises(frappe.ValidationError):
				doc.save()
			doc.reload()
			doc.update({"decided_level": "Medium", "level_reason": "Segue un percorso."})
			doc.save()
			doc.append("factors", {"kind": "Risk", "factor": "Sexual Violence", "weight": "Low"})
			with self.assertRaises(frappe.ValidationError):
				doc.save()
		with self.assertRaises(frappe.ValidationError):
			self.assessment(assessed_on=add_days(today(), 1))

	def test_the_case_keeps_no_copy_of_the_level(self):
		self.assessment(5, 5)
		self.assertNotIn("Very High", str(frappe.get_doc("Case File", self.case.name).as_dict()))

	def test_approval_is_of_coordinator_or_manager_and_never_of_the_author(self):
		doc = self.assessment(2, 3)
		for user in (self.educator, self.colleague, self.mediator, self.manager):
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				self.step(user, doc, "Propose")
		with self.assertRaises(frappe.ValidationError):
			self.step(self.coordinator, doc, "Approve")
		self.assertEqual(self.step(self.worker, doc, "Propose"), "Proposed")
		assign(self.case.name, self.educator, "Educator")
		for user in (self.educator, self.worker, self.colleague, self.mediator):
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				self.step(user, doc, "Approve")
		with self.assertRaises(frappe.ValidationError):
			self.step(self.coordinator, doc, "Send Back", " ")
		self.assertEqual(self.step(self.manager, doc, "Send Back", "Guardare la salute."), "Draft")
		self.assertEqual(doc.approval_comment, "Guardare la salute.")
		self.step(self.worker, doc, "Propose")
		self.assertEqual(self.step(self.coordinator, doc, "Approve"), "Approved")
		self.assertEqual((doc.approved_by, str(doc.approved_on)), (self.coordinator, today()))
		with self.assertRaises(frappe.ValidationError):
			self.step(self.manager, doc, "Approve")

	def test_a_coordinator_does_not_decide_on_their_own(self):
		doc = self.assessment(2, user=self.coordinator)
		self.step(self.coordinator, doc, "Propose")
		with self.assertRaises(frappe.ValidationError):
			self.step(self.coordinator, doc, "Approve")
		with acting_as(self.coordinator):
			self.assertEqual(steps(doc.name), ["Take Back"])
		with acting_as(self.manager):
			self.assertEqual(steps(doc.name), ["Approve", "Send Back"])
		self.assertEqual(self.step(self.manager, doc, "Approve"), "Approved")

	def test_the_browser_sets_no_status_and_what_was_proposed_stays(self):
		doc = self.assessment(2, status="Approved", approved_by=self.worker)
		self.assertEqual((doc.status, doc.approved_by), ("Draft", None))
		with acting_as(self.worker):
			doc.status = "Approved"
			doc.approved_by = self.worker
			doc.save()
		self.assertEqual((doc.status, doc.approved_by), ("Draft", None))
		for step, user in (("Propose", self.worker), ("Approve", self.coordinator)):
			self.step(user, doc, step)
			for writer in (self.worker, self.coordinator):
				with acting_as(writer), self.assertRaises(frappe.ValidationError):
					frappe.get_doc("Risk Assessment", doc.name).update({"safety_plan": "Altro"}).save()
		with self.assertRaises(frappe.ValidationError):
			self.step(self.worker, doc, "Take Back")

	def test_nothing_scored_is_not_proposed(self):
		with self.assertRaises(frappe.ValidationError):
			self.step(self.worker, self.assessment(), "Propose")

	def test_todos_say_codes_and_go_when_it_is_decided(self):
		doc = self.assessment(2)
		self.step(self.worker, doc, "Propose")
		waiting = frappe.get_all(
			"ToDo",
			filters={"reference_name": doc.name, "status": "Open"},
			fields=["allocated_to", "description"],
		)
		users = {row.allocated_to for row in waiting}
		self.assertTrue({self.coordinator, self.manager} <= users)
		self.assertFalse({self.worker, self.educator} & users)
		self.assertIn(doc.name, waiting[0].description)
		self.step(self.coordinator, doc, "Send Back", "No")
		waiting = frappe.get_all(
			"ToDo", filters={"reference_name": doc.name, "status": "Open"}, pluck="allocated_to"
		)
		self.assertEqual(waiting, [self.worker])

	def test_the_trend_shows_what_changed_between_two_assessments(self):
		first = self.assessment(
			4, 2, assessed_on=add_days(today(), -60), factors=[{"kind": "Risk", "factor": "Isolation"}]
		)
		self.step(self.worker, first, "Propose")
		second = self.assessment(
			2, 3, 5, occasion="Review", factors=[{"kind": "Protective", "factor": "Supportive Adult"}]
		)
		self.assertEqual([row.previous_score for row in second.scores[:3]], ["4", "2", None])
		with acting_as(self.worker):
			draft = trend(self.case.name)
			self.assertEqual((len(draft["assessments"]), draft["drafts"], draft["change"]), (1, 1, None))
			start = assessment_start(self.case.name)
		self.assertEqual((start["occasion"], start["last"]), ("Review", first.name))
		self.assertEqual([row.factor for row in start["factors"]], ["Isolation"])
		self.step(self.worker, second, "Propose")
		third = self.assessment(1, 1, 1)
		self.step(self.worker, third, "Propose")
		with acting_as(self.worker):
			found = trend(self.case.name, before=first.name, after=second.name)
		self.assertEqual([row["level"] for row in found["assessments"]], ["Medium", "High", "Low"])
		self.assertEqual(
			[(row["risk"], row["protective"]) for row in found["assessments"]], [(1, 0), (0, 1), (0, 0)]
		)
		self.assertEqual(
			[(row["before"], row["after"], row["difference"]) for row in found["change"]["scores"]],
			[(4, 2, -2), (2, 3, 1), (None, 5, None)],
		)
		self.assertEqual([row["factor"] for row in found["change"]["new"]], ["Supportive Adult"])
		self.assertEqual([row["factor"] for row in found["change"]["gone"]], ["Isolation"])
		self.assertEqual(found["dimensions"][0]["scores"], [4, 2, 1])
		with acting_as(self.worker):
			last = trend(self.case.name, from_date=add_days(today(), -1))
		self.assertEqual((last["before"], last["after"]), (second.name, third.name))
		self.assertEqual(len(last["assessments"]), 2)

	def test_another_cases_assessment_is_no_end_of_a_change(self):
		first = self.assessment(4)
		self.step(self.worker, first, "Propose")
		with acting_as(self.colleague):
			self.case = make_case()
		other = self.assessment(2, user=self.colleague)
		self.step(self.colleague, other, "Propose")
		with acting_as(self.colleague):
			found = trend(self.case.name, before=first.name, after=other.name)
		self.assertIsNone(found["change"])

	def test_who_reads_the_case_only_sees_no_assessment(self):
		facility = make_facility()
		contact = make_user("Facility Contact")
		frappe.get_doc("Network Organisation", facility.organisation).append("users", {"user": contact}).save(
			ignore_permissions=True
		)
		with acting_as(self.worker):
			self.case = make_case(living_arrangement="Facility", facility=facility.name)
		doc = self.assessment(4)
		assign(self.case.name, self.mediator, "Cultural Mediator")
		for user in (contact, self.mediator, self.colleague):
			with self.subTest(user), acting_as(user):
				self.assertFalse(frappe.get_doc("Risk Assessment", doc.name).has_permission("read"))
				for call in (
					lambda: trend(self.case.name),
					lambda: assessment_start(self.case.name),
					lambda: steps(doc.name),
					lambda: take_step(doc.name, "Propose"),
				):
					with self.assertRaises(frappe.PermissionError):
						call()
