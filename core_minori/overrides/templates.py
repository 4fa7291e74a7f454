"""Texts of users that the server runs: templates and conditions.

Frappe runs them with functions that read and change any record without asking who wrote the text. Showing the fields of
the document is what such a text is for, and whoever may write it goes on doing that. Calling functions is
Administrator's, who bypasses every check anyway; so is a page that brings its own scripts, which would run in the
session of whoever opens it.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator

from jinja2 import TemplateError, nodes

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.jinja import get_jenv

# DocTypes and their fields (of rows: table.field) that Frappe, ERPNext and HRMS run as templates.
FIELDS: dict[str, tuple[str, ...]] = {
	"Address Template": ("template",),
	"Assignment Rule": ("description",),
	"Auto Repeat": ("subject", "message"),
	"Contract Template": ("contract_terms",),
	"Dunning Type": ("dunning_letter_text.body_text", "dunning_letter_text.closing_text"),
	"Email Account": ("auto_reply_message", "signature", "footer"),
	"Email Template": ("subject", "response", "response_html"),
	"Homepage Section": ("section_html",),
	"Letter Head": ("content", "footer"),
	"Newsletter": ("subject", "message", "message_md", "message_html"),
	"Notification": ("subject", "message", "recipients.cc", "recipients.bcc"),
	"Parcel Service": ("url_reference",),
	"Payment Gateway Account": ("message",),
	"Payment Request": ("subject", "message"),
	"Print Format": ("html", "raw_commands", "format_data", "css"),
	"Print Format Field Template": ("template",),
	"Print Style": ("css",),
	"Process Statement Of Accounts": ("subject", "body", "pdf_name"),
	"Stock Settings": ("naming_series_prefix",),
	"Terms and Conditions": ("terms",),
	"Web Page": (
		"main_section",
		"main_section_html",
		"main_section_md",
		"header",
		"page_blocks.web_template_values",
	),
	"Web Template": ("template",),
	"Webhook": ("request_url", "webhook_json"),
	"Website Settings": (
		"banner_html",
		"brand_html",
		"head_html",
		"navbar_template_values",
		"footer_template_values",
		"copyright",
		"address",
		"footer_powered",
	),
}
# Fields that are run as Python expressions. Those that ERPNext and HRMS run with nothing but the numbers and dates of
# the document (prices, pay, quality) are not here: no function that reads a record is in reach of them.
EXPRESSIONS: dict[str, tuple[str, ...]] = {
	"Assignment Rule": ("assign_condition", "unassign_condition", "close_condition"),
	"Energy Point Rule": ("condition",),
	"Notification": ("condition", "recipients.condition"),
	"Service Level Agreement": ("condition",),
	"Web Page": ("breadcrumbs",),
	"Web Form": ("breadcrumbs",),
	"Webhook": ("condition",),
	"Workflow": ("transitions.condition", "states.update_value"),
}
# Of these fields, those that hold their texts inside JSON.
_JSON = frozenset({"format_data", "web_template_values", "navbar_template_values", "footer_template_values"})
# What a text may call: translation, and plain looks at a value.
_HARMLESS = frozenset(
	{
		"_",
		"len",
		"range",
		"doc.get_formatted",
		"frappe.format",
		"frappe.format_date",
		"frappe.format_value",
		"frappe.utils.cint",
		"frappe.utils.flt",
		"frappe.utils.fmt_money",
		"frappe.utils.format_date",
		"frappe.utils.format_datetime",
		"frappe.utils.formatdate",
		"frappe.utils.getdate",
		"frappe.utils.money_in_words",
		"frappe.utils.now",
		"frappe.utils.nowdate",
		"frappe.utils.today",
	}
)
_HARMLESS_IN_CONDITIONS = frozenset(
	{
		*("doc.get", "int", "float", "str", "len", "round", "abs", "min", "max", "nowdate"),
		*(
			f"frappe.utils.{name}"
			for name in (
				*("add_days", "add_months", "add_years", "cint", "cstr", "date_diff", "flt", "get_datetime"),
				*("getdate", "now", "now_datetime", "nowdate", "today"),
			)
		),
	}
)
# Filters that put together letters which the check below does not see as a script.
_FORGING_FILTERS = frozenset({"format", "map", "replace", "reverse", "attr", "xmlattr"})
_SCRIPT = re.compile(
	r"<\s*/?\s*(script|iframe|object|embed|base|form|link|meta)\b|\bscript\s*>|\bon[a-z]{3,}\s*="
	r"|javascript\s*:|\bsrcdoc\b|expression\s*\(|@import",
	re.IGNORECASE,
)


def validate(doc: Document) -> None:
	"""A text that was changed calls no function and brings no script; raises frappe.PermissionError."""
	for path, text in changed(doc, FIELDS.get(doc.doctype, ())):
		for part in strings(text) if path.rpartition(".")[2] in _JSON else (text,):
			refuse_calls(part)
			refuse_scripts(part)
	for __, text in changed(doc, EXPRESSIONS.get(doc.doctype, ())):
		refuse_calls_in_expression(text)


def changed(doc: Document, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
	"""(path, text) of the texts at `paths` that are not what is stored."""
	before = doc.get_doc_before_save()
	for path in paths:
		table, _dot, field = path.rpartition(".")
		if not table:
			old, new = before.get(field) if before else None, doc.get(field)
			if isinstance(new, str) and new and new != old:
				yield path, new
			continue
		stored = {row.name: row.get(field) for row in (before.get(table) if before else None) or []}
		for row in doc.get(table) or []:
			text = row.get(field)
			if isinstance(text, str) and text and stored.get(row.name) != text:
				yield path, text


def strings(text: str) -> Iterator[str]:
	"""All strings inside a JSON text; the text itself when it is none."""
	try:
		todo = [json.loads(text)]
	except ValueError:
		todo = [text]
	while todo:
		value = todo.pop()
		if isinstance(value, str):
			yield value
		elif isinstance(value, dict):
			todo += [*value, *value.values()]
		elif isinstance(value, list):
			todo += value


def refuse_calls(text: str | None) -> None:
	"""Raise frappe.PermissionError when a template does more than show fields, frappe.ValidationError when it is broken."""
	if not text or not any(mark in text for mark in ("{{", "{%")):
		return
	tree = _parsed(text)
	reaching = (nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends, nodes.CallBlock)
	rows = _rows_of_doc(tree)
	# A name that the template itself gives to something may be anything, but for the rows of the document.
	own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
	for node in tree.find_all((nodes.Call, *reaching)):
		called = "" if isinstance(node, reaching) else _dotted(node.node)
		first, _dot, last = called.rpartition(".")
		if first in rows and last == "get_formatted":
			continue
		if called not in _HARMLESS or called.split(".")[0] in own:
			_refuse_function()


def refuse_scripts(text: str | None) -> None:
	"""Raise frappe.PermissionError when a text that becomes a page brings a script, or could put one together."""
	if not text:
		return
	plain, forged = text, False
	if any(mark in text for mark in ("{{", "{%")):
		tree = _parsed(text)
		plain = "".join(node.data for node in tree.find_all(nodes.TemplateData))
		forged = any(
			isinstance(node.value, str) and any(sign in node.value for sign in "<>")
			for node in tree.find_all(nodes.Const)
		) or any(node.name in _FORGING_FILTERS for node in tree.find_all(nodes.Filter))
	# What a browser reads past: control characters, and entities in the place of letters.
	plain = re.sub(r"[\x00-\x08\x0b-\x1f]", "", plain)
	if forged or _SCRIPT.search(plain) or re.search(r"&#x?0*(58|3a);|&colon;", plain, re.IGNORECASE):
		frappe.throw(
			_(
				"A text of this kind brings no scripts: they would run as whoever opens it. Ask Administrator."
			),
			frappe.PermissionError,
		)


def refuse_calls_in_expression(text: str | None) -> None:
	"""Raise frappe.PermissionError when a condition calls more than plain arithmetic on the document."""
	if not text or not text.strip():
		return
	try:
		tree = ast.parse(text.strip(), mode="eval")
	except SyntaxError:
		return  # Frappe says so, or takes it for a plain value
	for node in ast.walk(tree):
		if isinstance(node, ast.Lambda):
			_refuse_function()
		if isinstance(node, ast.Call) and _dotted_python(node.func) not in _HARMLESS_IN_CONDITIONS:
			_refuse_function()


def _refuse_function() -> None:
	frappe.throw(
		_("A template may show fields of the document, not call functions: ask Administrator."),
		frappe.PermissionError,
	)


def _parsed(text: str) -> nodes.Template:
	try:
		return get_jenv().parse(text)
	except TemplateError as error:
		frappe.throw(_("The template has a mistake: {0}").format(error))


def _rows_of_doc(tree: nodes.Template) -> set[str]:
	"""Names that stand for the rows of one of the document's tables, and for nothing else in this template."""
	loops: dict[str, list[bool]] = {}
	for loop in tree.find_all(nodes.For):
		for name in (
			[loop.target] if isinstance(loop.target, nodes.Name) else loop.target.find_all(nodes.Name)
		):
			of_doc = (
				name is loop.target
				and isinstance(loop.iter, nodes.Getattr)
				and isinstance(loop.iter.node, nodes.Name)
				and loop.iter.node.name == "doc"
			)
			loops.setdefault(name.name, []).append(of_doc)
	stored: dict[str, int] = {}
	for name in tree.find_all(nodes.Name):
		if name.ctx != "load":
			stored[name.name] = stored.get(name.name, 0) + 1
	if "doc" in stored:
		return set()
	return {name for name, uses in loops.items() if all(uses) and stored.get(name) == len(uses)}


def _dotted(node: nodes.Node) -> str:
	"""`frappe.utils.flt` for such a node, nothing for a computed way."""
	return _way(node, nodes.Getattr, lambda part: part.node, nodes.Name, lambda name: name.name)


def _dotted_python(node: ast.AST) -> str:
	return _way(node, ast.Attribute, lambda part: part.value, ast.Name, lambda name: name.id)


def _way(node: object, attribute: type, inner: Callable, name: type, named: Callable) -> str:
	parts = []
	while isinstance(node, attribute):
		parts.append(node.attr)
		node = inner(node)
	return ".".join([named(node), *reversed(parts)]) if isinstance(node, name) else ""
