"""Reviews of a plan: what they find is typed once, and the plan has it."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, add_months, getdate, today

from core_minori.api import plans
from core_minori.minors.doctype.pei.test_pei import PlanTestCase, started
from core_minori.tests.builders import acting_as, make_pei

OBJECTIVES = [
	{"area": "Health", "objective": "Vaccinazioni"},
	{"area": "Legal", "objective": "Passaporto"},
	{"area": "School and Language", "objective": "Licenza media", "target": "A2"},
]


class TestPEIReview(PlanTestCase):
	def plan_to_review(self):
		return self.running_plan(objectives=[dict(row) for row in OBJECTIVES])

	def review(self, plan, found: dict | None = None, **values):
		"""A review as the form makes it: from the plan, with what was found of each objective."""
		draft = plans.review_draft(plan.name)
		review = frappe.get_doc(
			{"doctype": "PEI Review", "pei": plan.name, "reviewed_on": today(), **draft, **values}
		)
		for row in review.objectives:
			row.update((found or {}).get(row.objective, {}))
		return review.insert()

	def test_a_review_starts_from_the_plan_and_its_people(self):
		plan = self.plan_to_review()
		with acting_as(self.educator):
			draft = plans.review_draft(plan.name)
		self.assertEqual(
			[row["objective"] for row in draft["objectives"]], [row["objective"] for row in OBJECTIVES]
		)
		roles = {row["role"] for row in draft["participants"]}
		self.assertTrue({"Social Worker", "Psychologist", "Educator", "Facility", "Minor"} <= roles)
		self.assertEqual(draft["next_review_on"], getdate(add_months(today(), 6)))
		for user in (self.mediator, self.stranger, self.partner):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				plans.review_draft(plan.name)

	def test_the_facilitys_contact_reviews_and_the_plan_follows(self):
		plan = self.plan_to_review()
		with acting_as(self.house_contact):
			self.review(
				plan,
				{"Vaccinazioni": {"status": "Reached"}, "Passaporto": {"progress": 30}},
				next_review_on=add_days(today(), 90),
			)
			own = frappe.get_doc("PEI", plan.name)
			own.exit_plan = "Altro"
			self.assertRaises(frappe.PermissionError, own.save)
		plan = frappe.get_doc("PEI", plan.name)
		self.assertEqual(
			[(row.status, row.progress) for row in plan.objectives],
			[("Reached", 100), ("In Progress", 30), ("Planned", 0)],
		)
		self.assertEqual(getdate(plan.review_due_on), getdate(add_days(today(), 90)))

	def test_a_psychologist_reviews_as_well(self):
		plan = self.plan_to_review()
		with acting_as(self.psychologist):
			self.review(plan, {"Passaporto": {"status": "In Progress", "progress": 10}})
		self.assertEqual(frappe.get_doc("PEI", plan.name).objectives[1].progress, 10)

	def test_what_the_review_did_not_touch_stays_as_the_plan_has_it(self):
		plan = self.plan_to_review()
		with acting_as(self.worker):
			draft = plans.review_draft(plan.name)
			plan.objectives[2].progress = 50
			plan.save()
			review = frappe.get_doc(
				{"doctype": "PEI Review", "pei": plan.name, "reviewed_on": today(), **draft}
			)
			review.objectives[0].progress = 20
			review.insert()
			self.assertEqual(
				[row.progress for row in frappe.get_doc("PEI", plan.name).objectives], [20, 0, 50]
			)

	def test_an_older_review_corrected_later_moves_nothing(self):
		plan = self.plan_to_review()
		frappe.db.set_value("PEI", plan.name, "drafted_on", add_days(today(), -30))
		with acting_as(self.worker):
			old = self.review(plan, {"Passaporto": {"progress": 10}}, reviewed_on=add_days(today(), -5))
			self.review(plan, {"Passaporto": {"progress": 60}})
			old.reload()
			old.objectives[1].progress = 20
			old.minutes = "Corretto"
			old.save()
		self.assertEqual(frappe.get_doc("PEI", plan.name).objectives[1].progress, 60)

	def test_impossible_reviews_are_refused(self):
		plan, other = self.plan_to_review(), self.plan_to_review()
		with acting_as(self.worker):
			for found, values in (
				({}, {"reviewed_on": add_days(today(), 1)}),
				({}, {"reviewed_on": add_days(today(), -30)}),
				({}, {"next_review_on": today()}),
				({"Passaporto": {"status": "Reached", "progress": 40}}, {}),
				({"Passaporto": {"objective_row": "no"}}, {}),
			):
				self.assertRaises(frappe.ValidationError, self.review, plan, found, **values)
			self.assertRaises(frappe.PermissionError, self.review, plan, case_file=other.case_file)

	def test_nobody_reviews_the_plan_of_a_case_they_do_not_follow(self):
		plan = self.plan_to_review()
		with acting_as(self.stranger):
			own = started(make_pei(self.own_case()), self.manager)
			for about in (
				{"case_file": plan.case_file, "pei": plan.name},
				{"case_file": own.case_file, "pei": plan.name},
			):
				doc = frappe.get_doc({"doctype": "PEI Review", "reviewed_on": today(), **about})
				with self.assertRaises((frappe.PermissionError, frappe.DoesNotExistError)):
					doc.insert()

	def own_case(self) -> str:
		from core_minori.tests.builders import make_case

		return make_case().name

	def test_a_new_version_carries_what_the_review_decided(self):
		plan = self.plan_to_review()
		with acting_as(self.worker):
			review = self.review(
				plan,
				{
					"Vaccinazioni": {"status": "Reached"},
					"Passaporto": {"status": "Dropped"},
					"Licenza media": {
						"progress": 40,
						"new_target": "B1",
						"new_due_on": add_days(today(), 200),
					},
				},
				decision="New Version",
				changes="Passaporto non più necessario.",
			)
			name = plans.new_version(plan.name, review.name)
			self.assertEqual(plans.new_version(plan.name, review.name), name)
			self.assertEqual(frappe.db.get_value("PEI Review", review.name, "new_version"), name)
			copy = frappe.get_doc("PEI", name)
			self.assertEqual(copy.made_from_review, review.name)
			self.assertEqual(
				[(row.objective, row.status, row.target) for row in copy.objectives],
				[("Vaccinazioni", "Reached", None), ("Licenza media", "In Progress", "B1")],
			)
			# The plan was reviewed first, so the versions differ by what is new: the goal, its day, and what was dropped.
			self.assertEqual(
				{(row["kind"], row["row"], row.get("field")) for row in plans.compare(name)["changes"]},
				{
					("changed", "Licenza media", "Target Value"),
					("changed", "Licenza media", "Due On"),
					("dropped", "Passaporto", None),
				},
			)

	def test_a_review_concludes_the_plan_by_the_hand_of_who_may(self):
		for user, state in ((self.worker, "In Progress"), (self.coordinator, "Concluded")):
			plan = self.plan_to_review()
			with acting_as(user):
				self.review(plan, decision="Conclude")
			self.assertEqual(frappe.db.get_value("PEI", plan.name, "workflow_state"), state)

	def test_a_plan_under_review_goes_on(self):
		plan = self.plan_to_review()
		with acting_as(self.worker):
			apply_workflow(plan, "Start Review")
			self.review(plan, decision="Go On")
		self.assertEqual(frappe.db.get_value("PEI", plan.name, "workflow_state"), "In Progress")
