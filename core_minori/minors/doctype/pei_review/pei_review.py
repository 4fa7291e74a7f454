import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow, get_transitions
from frappe.utils import getdate

from core_minori.engine.pei import check_objective, check_review, settled
from core_minori.messages import say
from core_minori.minors.plans import RUNNING, next_review
from core_minori.permissions import may_open
from core_minori.records import CaseRecord

REVIEWABLE = ("Signed", *RUNNING)


class PEIReview(CaseRecord):
	"""A review of a plan by the team. What it finds of the objectives is brought to the plan, and typed nowhere else."""

	def before_insert(self) -> None:
		plan = self.plan()
		if not self.objectives:
			self.set("objectives", objectives_of(plan))
		if plan.workflow_state not in REVIEWABLE:
			frappe.msgprint(
				_("This plan is in the state {0}: what the review finds is not brought to it.").format(
					_(plan.workflow_state)
				),
				indicator="orange",
			)

	def validate(self) -> None:
		plan = self.plan()
		if plan.case_file != self.case_file:
			frappe.throw(_("The plan belongs to another case."), frappe.PermissionError)
		self.keep_rows(plan)
		findings = []
		for place, row in enumerate(self.objectives, 1):
			row.status, row.progress = settled(row.status, row.progress)
			findings += check_objective(
				place, {"status": row.status, "progress": row.progress}, getdate(plan.drafted_on)
			)
		signed = getdate(plan.signed_on) if plan.signed_on else None
		latest = next_review(signed, getdate(self.reviewed_on))
		if not self.next_review_on and self.decision != "Conclude":
			self.next_review_on = latest
		findings += check_review(
			getdate(self.reviewed_on),
			getdate(self.next_review_on) if self.next_review_on else None,
			getdate(plan.drafted_on),
			latest,
			getdate(),
		)
		say(findings)

	def on_update(self) -> None:
		self.bring_to_plan()
		self.take_decision()
		super().on_update()

	def plan(self) -> Document:
		"""The plan under review; who may not read it is told the same as for one that is not there."""
		if not may_open("PEI", self.pei):
			frappe.throw(_("{0} not found").format(_("PEI")), frappe.DoesNotExistError(doctype="PEI"))
		return frappe.get_doc("PEI", self.pei)

	def keep_rows(self, plan: Document) -> None:
		"""What the rows are about comes from the plan, not from the browser.

		What stood before the review is what its writer saw when they began: only what they changed is brought to the plan.
		"""
		before = self.get_doc_before_save()
		stored = {row.objective_row: row for row in (before.objectives if before else ())}
		of_plan = {row.item_key: row for row in plan.objectives}
		for row in self.objectives:
			kept, now = stored.get(row.objective_row), of_plan.get(row.objective_row)
			if not kept and not now:
				frappe.throw(_("Row {0} is of no objective of this plan.").format(row.idx))
			row.objective, row.area = (kept or now).objective, (kept or now).area
			if kept:
				row.status_before, row.progress_before = kept.status_before, kept.progress_before
			elif not row.status_before:
				row.status_before, row.progress_before = now.status, now.progress
			row.progress_before = float(row.progress_before or 0)

	def bring_to_plan(self) -> None:
		"""Status and progress that this review changed, and the day of the next one, become the running plan's.

		The one who reviews may have no right to write the plan (a facility's contact): the system writes it.
		"""
		plan = frappe.get_doc("PEI", self.pei, for_update=True)
		later = frappe.db.exists(
			"PEI Review",
			{"pei": self.pei, "reviewed_on": [">", self.reviewed_on], "name": ["!=", self.name]},
		)
		if plan.workflow_state not in REVIEWABLE or later:
			return
		rows = {row.item_key: row for row in plan.objectives}
		moved = False
		for found in self.objectives:
			row = rows.get(found.objective_row)
			if not row or (found.status, found.progress) == (found.status_before, found.progress_before):
				continue  # nothing was said of it: what the plan holds by now may be newer
			moved = moved or (row.status, row.progress) != (found.status, found.progress)
			row.status, row.progress = found.status, found.progress
		if self.next_review_on and getdate(plan.review_due_on) != getdate(self.next_review_on):
			plan.review_due_on, moved = self.next_review_on, True
		if moved:
			plan.flags.by_system = True
			plan.save(ignore_permissions=True)

	def take_decision(self) -> None:
		"""The plan goes on, or ends, where the one who writes the review may decide so; else it waits for who may."""
		if not self.has_value_changed("decision"):
			return
		action = {"Go On": "Confirm Plan", "Conclude": "Conclude Plan"}.get(self.decision)
		if not action:
			return
		plan = frappe.get_doc("PEI", self.pei)
		if may_open("PEI", self.pei, "write") and action in _actions(plan):
			apply_workflow(plan, action)
		elif action == "Conclude Plan" and plan.workflow_state in REVIEWABLE:
			frappe.msgprint(
				_("The coordinator or the unit concludes the plan: they find the button on the plan."),
				alert=True,
			)


def objectives_of(plan: Document) -> list[dict]:
	"""Rows of a review: each objective as the plan has it now."""
	return [
		{
			"objective_row": row.item_key,
			"objective": row.objective,
			"area": row.area,
			"status": row.status,
			"progress": row.progress,
			"status_before": row.status,
			"progress_before": row.progress,
		}
		for row in plan.objectives
		if row.status != "Dropped"
	]


def _actions(plan: Document) -> set[str]:
	return {transition.action for transition in get_transitions(plan)}
