from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document


class CaseAccessLog(Document):
	"""One thing that somebody saw, changed or was refused. Written and sealed by access_store, and by nothing else."""

	def db_insert(self, *args, **kwargs) -> NoReturn:
		"""Rows are written in bulk, with their seal."""
		self.refuse()

	def db_update(self, *args, **kwargs) -> NoReturn:
		"""Nobody changes a row, Administrator included."""
		self.refuse()

	def db_set(self, *args, **kwargs) -> NoReturn:
		"""Nor a field of one."""
		self.refuse()

	def before_rename(self, *args) -> NoReturn:
		"""Nor its name."""
		self.refuse()

	def on_trash(self) -> None:
		"""Nobody deletes a row; the table goes with the app."""
		if not frappe.flags.in_uninstall:
			self.refuse()

	def refuse(self) -> NoReturn:
		"""Say why nothing was done."""
		frappe.throw(_("The access log cannot be changed."), frappe.PermissionError)


def on_doctype_update() -> None:
	"""Indexes: what a user saw in a span of time, and who saw a case."""
	frappe.db.add_index("Case Access Log", ["user", "seen_at"])
	frappe.db.add_index("Case Access Log", ["case_file", "seen_at"])
	frappe.db.add_index("Case Access Log", ["seen_at"])
