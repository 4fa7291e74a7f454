"""Base classes of protected records: what Frappe's document class does before, or without, asking the resolver."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori import case_facts
from core_minori.permissions import may_open


class ProtectedDocument(Document):
	"""A record of a case, or a person."""

	def load_from_db(self) -> Any:
		"""Load by name, or, where a condition stands in the place of the name, only what the user may read.

		Many web methods load what they are given and ask afterwards: "not found" or "not allowed" would then answer
		any question about any record.
		"""
		if isinstance(self.name, dict | list) and frappe.session.user != "Administrator":
			found = frappe.get_list(self.doctype, filters=self.name, pluck="name", limit_page_length=1)
			if not found:
				frappe.throw(
					_("{0} not found").format(_(self.doctype)), frappe.DoesNotExistError(doctype=self.doctype)
				)
			self.name = found[0]
		return super().load_from_db()


class CaseRecord(ProtectedDocument):
	"""A record whose facts move its case: what changed here is brought to the case at once, and typed nowhere else."""

	def on_update(self) -> None:
		"""Bring the facts of this record to the case; a controller with an on_update of its own calls this one."""
		case_facts.refresh(self.case_file)


class ProtectedRow(Document):
	"""A row of a protected record's table."""

	def has_permission(self, permtype: str = "read", **options: Any) -> bool:
		"""A row alone is as readable as its record, and is changed only with it.

		Frappe asks about the parent's DocType and not about the parent; and a row saved alone passes none of the
		parent's rules.
		"""
		if self.flags.ignore_permissions:
			return True
		user = options.get("user") or frappe.session.user
		if permtype in ("read", "select", "print"):
			return may_open(self.parenttype, self.parent, "read", user)
		return user == "Administrator"
