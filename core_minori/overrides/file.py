"""Files that hang on protected records."""

import os

import frappe
from frappe.model.document import Document

from core_minori.permissions import PROTECTED


def keep_private(doc: Document, method: str | None = None) -> None:
	"""A file of a protected record is private, and its stored name tells nothing: paths end up in logs and mails."""
	if doc.attached_to_doctype not in PROTECTED:
		return
	doc.is_private = 1
	if doc.file_name and not doc.file_url:
		doc.file_name = f"{frappe.generate_hash(length=12)}{os.path.splitext(doc.file_name)[1].lower()}"
