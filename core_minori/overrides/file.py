"""Files that hang on protected records."""

import os

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori.permissions import PROTECTED, has_trace_permission, may_open


def has_permission(
	doc: Document, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool | None:
	"""Hook has_permission of File: as visible as its record; notes whether a new one comes with its bytes.

	Later there is no telling: Frappe reads the bytes of a path that was only named, and keeps them in the same place.
	"""
	if ptype == "create":
		doc.flags.brought_bytes = bool(doc.get("content"))
	return has_trace_permission(doc, ptype, user, debug)


def keep_private(doc: Document, method: str | None = None) -> None:
	"""A file of a protected record is private, and its stored name tells nothing: paths end up in logs and mails.

	Frappe has stored the file by now, under the name it came with and perhaps among the public ones, or has found the
	same bytes under somebody else's path. It is stored anew, for this record alone.
	"""
	if doc.attached_to_doctype not in PROTECTED or doc.is_folder or doc.is_remote_file:
		return
	stored, url, uploaded = doc.get_full_path(), doc.file_url, bool(doc.get("content"))
	doc.is_private = 1
	doc.file_url = None
	doc.file_name = f"{frappe.generate_hash(length=12)}{os.path.splitext(doc.file_name or '')[1].lower()}"
	doc.save_file(ignore_existing_file_check=True)
	if uploaded and not frappe.db.exists("File", {"file_url": url}):
		os.remove(stored)


def validate(doc: Document, method: str | None = None) -> None:
	"""Keep a protected file where it is: private, on its record, and known to nobody else's row by its path."""
	before = doc.get_doc_before_save()
	if before and before.attached_to_doctype in PROTECTED:
		place = (before.attached_to_doctype, before.attached_to_name)
		if not doc.is_private or (doc.attached_to_doctype, doc.attached_to_name) != place:
			frappe.throw(_("This file stays private and on its record."), frappe.PermissionError)
		return
	if doc.attached_to_doctype in PROTECTED and not _may_attach(
		doc.attached_to_doctype, doc.attached_to_name
	):
		frappe.throw(
			_("You may not attach files to {0} {1}.").format(
				_(doc.attached_to_doctype), doc.attached_to_name
			),
			frappe.PermissionError,
		)
	_refuse_foreign_path(doc)


def disown(doc: Document, method: str | None = None) -> None:
	"""Frappe lets the owner of a file download it for ever; the record decides, so the file is nobody's."""
	if doc.attached_to_doctype in PROTECTED and frappe.db.exists(
		doc.attached_to_doctype, doc.attached_to_name
	):
		doc.db_set("owner", "Administrator", update_modified=False)


def _may_attach(doctype: str, name: str) -> bool:
	if frappe.db.exists(doctype, name):
		return may_open(doctype, name, "write")
	# An attachment field of a form that was not saved yet: Frappe puts the record's name in when it is.
	return frappe.has_permission(doctype, "write")


def _refuse_foreign_path(doc: Document) -> None:
	"""Refuse a row that names the path of a protected file: Frappe would let the row's owner download it.

	Whoever uploads the same bytes gets the same path from Frappe, and has the bytes already.
	"""
	if not doc.file_url:
		return
	for other in frappe.get_all(
		"File",
		filters={
			"file_url": doc.file_url,
			"attached_to_doctype": ["in", PROTECTED],
			"name": ["!=", doc.name or ""],
		},
		fields=["attached_to_doctype", "attached_to_name", "content_hash"],
	):
		uploaded = doc.flags.brought_bytes and doc.content_hash == other.content_hash
		kept = doc.attached_to_doctype in PROTECTED and may_open(
			other.attached_to_doctype, other.attached_to_name
		)
		if not (uploaded or kept):
			frappe.throw(_("This file belongs to a record you may not read."), frappe.PermissionError)
