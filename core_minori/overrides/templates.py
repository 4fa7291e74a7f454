"""Templates that office users write: terms, reminders, letters.

Frappe runs them with functions that read and change any record without asking who wrote the template. Showing the
fields of the document is what such a template is for; calling functions is left to a System Manager, who writes the
print formats.
"""

from jinja2 import TemplateError, nodes

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.jinja import get_jenv

# DocTypes that others than a System Manager may write, and their fields (of rows: table.field) that Frappe runs.
FIELDS: dict[str, tuple[str, ...]] = {
	"Auto Repeat": ("subject", "message"),
	"Contract Template": ("contract_terms",),
	"Dunning Type": ("dunning_letter_text.body_text", "dunning_letter_text.closing_text"),
	"Newsletter": ("subject", "message", "message_md", "message_html"),
	"Parcel Service": ("url_reference",),
	"Payment Gateway Account": ("message",),
	"Payment Request": ("subject", "message"),
	"Process Statement Of Accounts": ("subject", "body", "pdf_name"),
	"Stock Settings": ("naming_series_prefix",),
	"Terms and Conditions": ("terms",),
	"Web Page": ("main_section", "main_section_html", "main_section_md", "context_script"),
}
# What a text may call: translation and plain looks at a value.
_HARMLESS = frozenset({"_", "format", "format_value", "format_date", "get_formatted", "range", "len"})


def validate(doc: Document, method: str | None = None) -> None:
	"""Hook validate of `FIELDS`: a template that was changed calls no function."""
	if frappe.session.user == "Administrator" or "System Manager" in frappe.get_roles():
		return
	for path in FIELDS[doc.doctype]:
		table, _dot, field = path.rpartition(".")
		for row in doc.get(table) or [] if table else [doc]:
			if row.get(field) and row.has_value_changed(field):
				refuse_calls(row.get(field))


def refuse_calls(text: str | None) -> None:
	"""Raise frappe.PermissionError when a template does more than show fields, frappe.ValidationError when it is broken."""
	if not text or not any(mark in text for mark in ("{{", "{%")):
		return
	try:
		tree = get_jenv().parse(text)
	except TemplateError as error:
		frappe.throw(_("The template has a mistake: {0}").format(error))
	reaching = (nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends, nodes.CallBlock)
	for node in tree.find_all((nodes.Call, *reaching)):
		called = getattr(node, "node", None)
		name = getattr(called, "name", None) or getattr(called, "attr", None)
		if isinstance(node, reaching) or name not in _HARMLESS:
			frappe.throw(
				_("A template may show fields of the document, not call functions: ask a System Manager."),
				frappe.PermissionError,
			)
