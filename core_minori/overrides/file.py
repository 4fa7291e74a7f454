"""Files that hang on protected records, and what holds for every file of the site: its name and how it is unpacked."""

import csv
import os
from io import StringIO

import frappe
from frappe import _
from frappe.core.api.file import unzip_file as unzip_by_frappe
from frappe.core.doctype.file.utils import generate_file_name, get_content_hash
from frappe.model.document import Document
from frappe.utils import escape_html
from frappe.utils.file_manager import save_file_on_filesystem

from core_minori.engine.attachments import checked, harmless_name, too_large
from core_minori.engine.inert import inert
from core_minori.engine.papers import open_papers
from core_minori.engine.xlsx import Refused
from core_minori.messages import rules_spoken
from core_minori.permissions import PROTECTED, has_trace_permission, may_open

# Where the settings say nothing.
LARGEST_MEGABYTES = 20
# Workbooks that we open ourselves are told by their reader what they are instead.
_READ_BY_US = ("Register Import",)


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


def store(
	file: Document | str,
	content: bytes | str | None = None,
	content_type: str | None = None,
	is_private: int = 0,
) -> dict | None:
	"""Hook write_file: what is written to the disk under which name, asked just before it is.

	The name is made harmless on any system, whoever the file belongs to; on a protected record the bytes are looked at
	too, and nothing is written of what is refused. Frappe's older file manager hands over a name and the content, for
	files that programs make and not people.
	"""
	others = [method for method in frappe.get_hooks("write_file") if not method.startswith("core_minori.")]
	if isinstance(file, str):
		write = frappe.get_attr(others[0]) if others else save_file_on_filesystem
		return write(harmless_name(file), content, content_type=content_type, is_private=is_private)
	content = file._content.encode() if isinstance(file._content, str) else file._content
	if file.attached_to_doctype in PROTECTED:
		_refuse_size(file, content)
		_keep(file, _looked_at(file, content))
	elif file.attached_to_doctype == "Prepared Report" and str(file.file_name).endswith(".csv"):
		# Frappe's job that makes a CSV file of a prepared report writes the texts as they stand.
		_keep(file, _inert_csv(content))
	elif _is_ours(file.attached_to_doctype):
		_refuse_size(file, content)
	name = harmless_name(file.file_name)
	if name != file.file_name:
		# Frappe looked for a free name before: two names may have become one.
		file.file_name = generate_file_name(
			name, suffix=file.content_hash[-6:], is_private=bool(file.is_private)
		)
	return frappe.get_attr(others[0])(file) if others else file.save_file_on_filesystem()


@frappe.whitelist(methods=["POST"])
def unzip_file(name: str) -> list:
	"""Frappe's, once the zip was found to unpack to something the site can hold.

	Raises frappe.PermissionError for who may not change the file, frappe.ValidationError for a zip that is not opened.
	"""
	file = frappe.get_doc("File", name)
	file.check_permission("write")
	try:
		with open(file.get_full_path(), "rb") as stream:
			open_papers(stream.read())
	except Refused as refused:
		frappe.throw(
			"<br>".join(escape_html(said.render(_)) for said in (refused.message, refused.remedy)),
			title=_("Not Possible"),
		)
	return unzip_by_frappe(name)


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


def _looked_at(file: Document, content: bytes) -> bytes:
	if file.attached_to_doctype in _READ_BY_US:
		return content
	with rules_spoken():
		return checked(file.file_name or "", content)


def _refuse_size(file: Document, content: bytes) -> None:
	"""What a person sends is limited; what the site makes itself, such as a dossier, is not."""
	if not getattr(frappe.local, "request", None) or file.flags.ignore_permissions:
		return
	most = frappe.db.get_single_value("Core Minori Settings", "largest_file", cache=True)
	with rules_spoken():
		if error := too_large(len(content), most or LARGEST_MEGABYTES):
			raise error


def _keep(file: Document, content: bytes) -> None:
	"""Put other bytes in the place of those that came."""
	if content == file._content:
		return
	file.content = file._content = content
	file.content_hash = get_content_hash(content)
	file.file_size = len(content)


def _inert_csv(content: bytes) -> bytes:
	stream = StringIO()
	rows = csv.reader(StringIO(content.decode(errors="replace"), newline=""))
	csv.writer(stream).writerows([inert(cell) for cell in row] for row in rows)
	return stream.getvalue().encode()


def _is_ours(doctype: str | None) -> bool:
	if not doctype or not frappe.db.exists("DocType", doctype):
		return False
	module = frappe.scrub(frappe.get_meta(doctype).module or "")
	return frappe.local.module_app.get(module) == "core_minori"
