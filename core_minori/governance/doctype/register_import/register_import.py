"""One workbook of the register: checked, and imported, with what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori.engine.sheets import Problem
from core_minori.governance import importer
from core_minori.records import ProtectedDocument


class RegisterImport(ProtectedDocument):
	"""A register workbook of its author, who alone may see it: it holds names of people whom others do not follow."""

	def validate(self) -> None:
		before = self.get_doc_before_save()
		if before and before.status in ("Queued", "Running") and not self.flags.by_import:
			frappe.throw(_("{0} is being read: wait for its result.").format(self.name))
		self.check_workbook()
		if before and before.workbook != self.workbook:
			self.set_result("New")

	def check_workbook(self) -> None:
		"""The workbook is a private file that the author may read: an address alone opens no other file."""
		if not self.workbook:
			return
		file = self.workbook_file()
		if not file.is_private:
			file.is_private = 1
			file.save()
			self.workbook = file.file_url

	def workbook_file(self) -> Document:
		"""The File of the workbook: attached to this record, or uploaded by the user and attached to none yet.

		Raises frappe.PermissionError for any other: an address is easily written, and must open nobody's file.
		"""
		for name in frappe.get_all(
			"File", filters={"file_url": self.workbook}, pluck="name", order_by="creation desc"
		):
			file = frappe.get_doc("File", name)
			if (file.attached_to_doctype, file.attached_to_name) == (self.doctype, self.name):
				return file
			if not file.attached_to_doctype and file.owner == frappe.session.user:
				return file
		raise frappe.PermissionError(
			_("Attach the workbook to this page: it cannot be read from where it is.")
		)

	def workbook_content(self) -> bytes:
		"""The bytes of the workbook."""
		# Not File.get_content, which makes a text of whatever could be one.
		with open(self.workbook_file().get_full_path(), "rb") as stream:
			return stream.read()

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
