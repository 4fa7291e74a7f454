"""Texts that are longer than their field can hold: said in words, where the database would break off."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from core_minori.permissions import CHILD_OF, PROTECTED

# Columns of these kinds hold so many bytes; Frappe itself looks at the shorter kinds alone.
SHORT = ("Small Text", "Text", "Attach", "Attach Image")
MOST_BYTES = 65_535
# A court's longest act is a tenth of this. Past it, a text is a mistake, or meant to fill the disk.
LONG = ("Long Text", "Text Editor", "HTML Editor", "Markdown Editor")
MOST_CHARACTERS = 200_000
# A drawing pasted among the words is taken out of them when the record is saved.
_PASTED = "data:image"


def refuse(doc: Document, method: str | None = None) -> None:
	"""Hook validate of every DocType: raise frappe.ValidationError, naming the field, for a text that is too long."""
	for record in (doc, *doc.get_all_children()):
		ours = record.doctype in PROTECTED or record.doctype in CHILD_OF
		for field, value in record.__dict__.items():
			if isinstance(value, str) and len(value) > MOST_BYTES // 4:
				_refuse(record, field, value, ours)


def _refuse(record: Document, name: str, value: str, ours: bool) -> None:
	field = record.meta.get_field(name)
	if not field:
		return
	if field.fieldtype in SHORT and len(value.encode()) > MOST_BYTES:
		# Frappe counts bytes where people count letters: an accented one is two.
		most = MOST_BYTES // 2
	elif ours and field.fieldtype in LONG and len(value) > MOST_CHARACTERS and _PASTED not in value:
		most = MOST_CHARACTERS
	else:
		return
	frappe.throw(
		_(
			"{0} is {1} characters long; there is room for about {2}. Shorten it, or attach it as a file."
		).format(f"<b>{escape_html(_(field.label))}</b>", len(value), most),
		frappe.CharacterLengthExceededError,
		title=_("Text Too Long"),
	)
