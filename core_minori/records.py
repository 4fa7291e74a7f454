"""Base classes of protected records: what Frappe's document class does before, or without, asking the resolver."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import set_new_name

from core_minori import case_facts, sealed
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
		loaded = super().load_from_db()
		sealed.open_document(self)
		return loaded

	# Frappe writes a document by these three, and pickles it into the cache and for the workers: there the sealed fields
	# hold what is stored.

	def db_insert(self, *args: Any, **kwargs: Any) -> None:
		"""As Frappe's, with the sealed fields as ciphertext."""
		if not self.name:
			set_new_name(self)  # a text is sealed for its record
		with sealed.stored_form(self):
			super().db_insert(*args, **kwargs)

	def db_update(self) -> None:
		"""As Frappe's, with the sealed fields as ciphertext."""
		with sealed.stored_form(self):
			super().db_update()

	def db_set(self, fieldname: str | dict, value: Any = None, *args: Any, **kwargs: Any) -> None:
		"""As Frappe's, with the sealed fields as ciphertext."""
		values = fieldname if isinstance(fieldname, dict) else {fieldname: value}
		if not set(values) & set(sealed.SEALED.get(self.doctype, ())):
			return super().db_set(fieldname, value, *args, **kwargs)
		super().db_set(sealed.covered(self.doctype, self.name, values), None, *args, **kwargs)
		self.update(values)

	def db_get(self, fieldname: str) -> Any:
		"""As Frappe's, opened."""
		return sealed.unseal(super().db_get(fieldname), self.doctype, self.name, fieldname)

	def __getstate__(self) -> dict[str, Any]:
		with sealed.stored_form(self):
			state = super().__getstate__()
		state["flags"] = frappe._dict(state.get("flags") or {})
		state["flags"].pop("in_stored_form", None)
		return state

	def __setstate__(self, state: dict[str, Any]) -> None:
		self.__dict__.update(state)
		sealed.open_document(self)


class CaseRecord(ProtectedDocument):
	"""A record whose facts move its case: what changed here is brought to the case at once, and typed nowhere else."""

	def on_update(self) -> None:
		"""Bring the facts of this record to the case; a controller with an on_update of its own calls this one."""
		before = self.get_doc_before_save()
		case_facts.refresh(self.case_file, case_facts.said_by(before) if before else None)


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
