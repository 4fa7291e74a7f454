import frappe
from frappe import _
from frappe.utils import getdate

from core_minori.case_assessments import (
	change_of,
	dimensions_for,
	factors_of,
	judgement_of,
	last_before,
	scores_of,
)
from core_minori.engine.risk import check_assessment, judge
from core_minori.messages import by_rule
from core_minori.records import ProtectedDocument


class RiskAssessment(ProtectedDocument):
	"""The needs and the risk of a case on one day. Its steps are taken in `core_minori.api.assessments`.

	The case keeps no copy of the level: more people read the case than read this.
	"""

	def before_insert(self) -> None:
		"""Every dimension that concerns the case has its row, whoever makes the record."""
		if not self.scores:
			self.extend("scores", dimensions_for(self.case_file))

	@by_rule
	def validate(self) -> None:
		self.keep_status()
		self.show_last_scores()
		factors = factors_of(self)
		self.level = judge([int(row.score) for row in self.scores if row.score], factors).level
		check_assessment(
			getdate(self.assessed_on), getdate(), factors, self.level, self.decided_level, self.level_reason
		)
		if not self.decided_level:
			self.level_reason = None

	def onload(self) -> None:
		self.set_onload("judgement", judgement_of(self))
		last = last_before(self.case_file, getdate(self.assessed_on), self.name)
		self.set_onload("previous", last)
		self.set_onload("change", change_of(last, self.name) if last else None)

	def keep_status(self) -> None:
		"""Only a step moves the status; what somebody is asked to approve, or has approved, stays as it is."""
		if self.flags.by_step:
			return
		before = self.get_doc_before_save()
		if before and before.status != "Draft":
			frappe.throw(
				_(
					"Assessment {0} is {1} and cannot change. Take it back first, or write a new one once it is approved."
				).format(self.name, _(before.status, context="Risk Assessment"))
			)
		self.status = "Draft"
		for field in ("proposed_by", "proposed_on", "approved_by", "approved_on", "approval_comment"):
			self.set(field, before.get(field) if before else None)

	def show_last_scores(self) -> None:
		"""Beside each score stands the one of the last assessment."""
		codes = [row.dimension for row in self.scores]
		if len(codes) != len(set(codes)):
			frappe.throw(_("A dimension is there twice: keep one of the two rows."))
		last = last_before(self.case_file, getdate(self.assessed_on), self.name)
		scores = scores_of(last) if last else {}
		for row in self.scores:
			score = scores.get(row.dimension)
			row.previous_score = str(score) if score else None


def on_doctype_update() -> None:
	"""The trend of a case asks for its assessments in order of day."""
	frappe.db.add_index("Risk Assessment", ["case_file", "status", "assessed_on"])
