"""Files that come in, attached to a record and private, and files that go out."""

import frappe
from frappe import _
from frappe.model.document import Document


def uploaded_file(record: Document, field: str) -> Document:
	"""The File in an attachment field: attached to this record, or uploaded by the user and attached to none yet.

	Raises frappe.PermissionError for any other: an address is easily written, and must open nobody's file.
	"""
	for name in frappe.get_all(
		"File", filters={"file_url": record.get(field)}, pluck="name", order_by="creation desc"
	):
		file = frappe.get_doc("File", name)
		if (file.attached_to_doctype, file.attached_to_name) == (record.doctype, record.name):
			return file
		if not file.attached_to_doctype and file.owner == frappe.session.user:
			return file
	raise frappe.PermissionError(_("Attach the file to this page: it cannot be read from where it is."))


def keep_private(record: Document, field: str) -> None:
	"""Make the file of an attachment field private, wherever it was put. Raises as `uploaded_file`."""
	if not record.get(field):
		return
	file = uploaded_file(record, field)
	if not file.is_private:
		file.is_private = 1
		file.save()
		record.set(field, file.file_url)


def content_of(record: Document, field: str) -> bytes:
	"""The bytes of the file in an attachment field; none when the field is empty. Raises as `uploaded_file`."""
	if not record.get(field):
		return b""
	# Not File.get_content, which makes a text of whatever could be one.
	with open(uploaded_file(record, field).get_full_path(), "rb") as stream:
		return stream.read()


def download(filename: str, content: bytes) -> None:
	"""Answer this request with a file."""
	frappe.response["filename"] = filename
	frappe.response["filecontent"] = content
	frappe.response["type"] = "binary"
