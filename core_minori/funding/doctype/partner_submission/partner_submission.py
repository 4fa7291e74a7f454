from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori.engine.message import Severity
from core_minori.engine.sheets import Problem
from core_minori.files import keep_private
from core_minori.funding import partner_submissions


class PartnerSubmission(Document):
	"""One workbook that a partner sent: checked, imported, and what came of it."""

	def validate(self) -> None:
		before = self.get_doc_before_save()
		if before and before.status == "Running" and not self.flags.by_import:
			frappe.throw(_("{0} is being read: wait for its result.").format(self.name))
		project = frappe.get_cached_doc("Funded Project", self.funded_project)
		if self.partner not in [row.organisation for row in project.partners]:
			frappe.throw(_("{0} is not a partner of project {1}.").format(self.partner, project.name))
		for field in ("workbook", "documents"):
			keep_private(self, field)
			if before and before.get(field) != self.get(field):
				self.set_result("New")

	def set_result(
		self,
		status: str,
		outcome: partner_submissions.Outcome | None = None,
		summary: str = "",
		digest: str = "",
	) -> None:
		"""Put down what a check or an import found; the tables hold the first rows only, the counts all of them."""
		problems = outcome.problems if outcome else []
		warnings = outcome.warnings if outcome else []
		self.update(
			{
				"status": status,
				"rows_read": outcome.reading.row_count if outcome else 0,
				"problem_count": len(problems),
				"warning_count": len(warnings),
				"new_count": len(outcome.new) if outcome else 0,
				"changed_count": len(outcome.changed) if outcome else 0,
				"unchanged_count": outcome.unchanged if outcome else 0,
				"attached_count": outcome.attached if outcome else 0,
				"summary": summary,
				"workbook_digest": digest,
				"changes": partner_submissions.changes_json(outcome) if outcome else "[]",
			}
		)
		found = [(problem, Severity.BLOCK) for problem in problems]
		found += [(problem, Severity.WARN) for problem in warnings]
		self.set(
			"problems",
			[_row(problem, severity) for problem, severity in found[: partner_submissions.SHOWN_PROBLEMS]],
		)


def _row(problem: Problem, severity: Severity) -> dict:
	return {
		"sheet": problem.sheet,
		"cell": problem.cell,
		"problem": problem.message.render(_),
		"remedy": problem.remedy.render(_),
		"severity": severity.value,
	}
