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
_HARMLESS = frozenset(
	{"_", "len", "range", "doc.get_formatted", "frappe.format", "frappe.format_date", "frappe.format_value"}
)


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
	# A name that the template itself gives to something may be anything.
	own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
	for node in tree.find_all((nodes.Call, *reaching)):
		called = "" if isinstance(node, reaching) else _dotted(node.node)
		if called not in _HARMLESS or called.split(".")[0] in own:
			frappe.throw(
				_("A template may show fields of the document, not call functions: ask a System Manager."),
				frappe.PermissionError,
			)


def _dotted(node: nodes.Node) -> str:
	"""`frappe.format` for such a node, nothing for a longer or computed way."""
	if isinstance(node, nodes.Name):
		return node.name
	if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
		return f"{node.node.name}.{node.attr}"
	return ""
