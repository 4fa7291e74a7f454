"""One workbook of the register: checked, and imported, with what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _

from core_minori.engine.sheets import Problem
from core_minori.files import content_of, keep_private
from core_minori.governance import importer
from core_minori.records import ProtectedDocument


class RegisterImport(ProtectedDocument):
	"""A register workbook of its author, who alone may see it: it holds names of people whom others do not follow."""

	def validate(self) -> None:
		before = self.get_doc_before_save()
		if before and before.status in ("Queued", "Running") and not self.flags.by_import:
			frappe.throw(_("{0} is being read: wait for its result.").format(self.name))
		keep_private(self, "workbook")
		if before and before.workbook != self.workbook:
			self.set_result("New")

	def workbook_content(self) -> bytes:
		"""The bytes of the workbook."""
		return content_of(self, "workbook")

	def set_result(
		self,
		status: str,
		checked_rows: int = 0,
		created_count: int = 0,
		already_count: int = 0,
		summary: str = "",
		problems: Sequence[Problem] = (),
		digest: str = "",
	) -> None:
		"""Put down what a check or an import found; the table holds the first problems only, the count all of them."""
		self.status = status
		self.checked_rows = checked_rows
		self.created_count = created_count
		self.already_count = already_count
		self.summary = summary
		self.problem_count = len(problems)
		self.workbook_digest = digest
		self.set(
			"problems",
			[
				{
					"sheet": problem.sheet,
					"cell": problem.cell,
					"problem": problem.message.render(_),
					"remedy": problem.remedy.render(_),
				}
				for problem in problems[: importer.SHOWN_PROBLEMS]
			],
		)
