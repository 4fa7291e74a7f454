"""Sealed fields in lists: ciphertext would be shown, and a filter would find nothing, so both are refused in words.

No hook stands there, so the step of Frappe's list query that reads what was asked is wrapped, once in a process.
"""

import re
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model import get_permitted_fields
from frappe.model.db_query import DatabaseQuery
from frappe.model.document import Document

from core_minori.sealed import SEALED

_MARK = "core_minori_seals"
# Whether something was written there at all may be asked.
_HARMLESS = ("is",)


def close(*args, **kwargs) -> None:
	"""Hook before_request and before_job: no list shows, filters, sorts or groups by a sealed field."""
	original = getattr(DatabaseQuery, "parse_args", None)
	if original is None or hasattr(original, _MARK):
		return

	def parse_args(self):
		original(self)
		if not self.flags.ignore_permissions and "core_minori" in frappe.get_installed_apps():
			guard(self)

	setattr(parse_args, _MARK, True)
	DatabaseQuery.parse_args = parse_args


def guard(query: DatabaseQuery) -> None:
	"""Leave sealed columns out of "all columns", and refuse those that are asked for by name. Raises PermissionError."""
	if query.doctype in SEALED:
		query.fields = list(_spelled_out(query))
	asked = [("" if frappe.local.flags.opens_sealed else " ".join(str(field) for field in query.fields))]
	asked += [str(getattr(query, part, None) or "") for part in ("group_by", "order_by")]
	for text in asked:
		_refuse(query.doctype, text)
	for row in (*(query.filters or ()), *(query.or_filters or ())):
		if isinstance(row, str):
			_refuse(query.doctype, row)
			continue
		row = list(row.values()) if isinstance(row, dict) else list(row)
		doctype, field, operator = (row[0], row[1], row[2]) if len(row) > 3 else (query.doctype, *row[:2])
		if str(operator).lower() not in _HARMLESS:
			_refuse(str(doctype), str(field))


def _spelled_out(query: DatabaseQuery) -> Iterator[str]:
	"""The fields of a query with "all columns" spelled out, without the sealed ones.

	Frappe's own methods (`frappe.client.get_list`, the list and report views) spell it out before they ask: a list that
	names every column the user may read was "all columns" too.
	"""
	table, sealed = f"`tab{query.doctype}`", SEALED[query.doctype]
	stars = ("*", f"{table}.*")
	asked = {field.replace(" ", "") for field in query.fields if isinstance(field, str)}
	if asked.isdisjoint((*stars, *sealed)):
		yield from query.fields
		return
	permitted = get_permitted_fields(
		doctype=query.doctype,
		parenttype=query.parent_doctype,
		permission_type=query.permission_map.get(query.doctype),
		ignore_virtual=True,
	)
	everything = asked.issuperset(permitted)
	for field in query.fields:
		if isinstance(field, str) and field.replace(" ", "") in stars:
			yield from (f"{table}.`{name}`" for name in permitted if name not in sealed)
		elif not (everything and field in sealed):
			yield field


def _refuse(doctype: str, text: str) -> None:
	"""Refuse a text of a query that names a sealed column of its DocType, or of another one that it spells out."""
	for sealed, fields in SEALED.items():
		if sealed != doctype and f"tab{sealed}" not in text:
			continue
		named = set(re.findall(r"\w+", text.lower())) & set(fields)
		if named:
			frappe.throw(
				_(
					"{0} of {1} is kept sealed: it is not listed, searched, sorted or exported."
					" Open the record to read it."
				).format(_(frappe.get_meta(sealed).get_label(min(named))), _(sealed)),
				frappe.PermissionError,
			)


# What makes Frappe write a field's words elsewhere, or store them in a shorter column.
_PROPERTIES = ("in_global_search", "in_list_view", "in_standard_filter", "in_preview", "fieldtype", "unique")
_ABOUT_FIELDS = ("title_field", "search_fields", "sort_field", "subject_field", "sender_field", "autoname")


def keep_sealed(doc: Document, method: str | None = None) -> None:
	"""Hook validate of Property Setter: no customisation puts a sealed field into titles, lists or the global search."""
	fields = SEALED.get(doc.doc_type, ())
	if (
		doc.field_name in fields
		and doc.property in _PROPERTIES
		and doc.value not in ("0", "", None, "Long Text")
	):
		_refuse_setting(doc.doc_type, doc.field_name)
	if doc.property in _ABOUT_FIELDS:
		for field in set(re.findall(r"\w+", doc.value or "")) & set(fields):
			_refuse_setting(doc.doc_type, field)


@frappe.whitelist()
def save_user_settings(doctype: str, user_settings: str | None = None) -> dict:
	"""The list remembers what was searched for: words typed against a sealed field are not kept."""
	from frappe.model.utils.user_settings import save as original

	if doctype in SEALED:
		settings = frappe.parse_json(user_settings or "{}")
		for view in settings.values() if isinstance(settings, dict) else ():
			if isinstance(view, dict) and isinstance(view.get("filters"), list):
				view["filters"] = [row for row in view["filters"] if not _names_sealed(doctype, row)]
		user_settings = frappe.as_json(settings)
	return original(doctype, user_settings)


def _names_sealed(doctype: str, row: object) -> bool:
	"""Whether a filter, as the list keeps it, is about a sealed field."""
	first = row[:3] if isinstance(row, list) else [row]
	return bool(set(re.findall(r"\w+", str(first))) & set(SEALED[doctype]))


def _refuse_setting(doctype: str, field: str) -> None:
	frappe.throw(
		_("{0} of {1} is kept sealed: it cannot stand in titles, lists or searches.").format(
			_(frappe.get_meta(doctype).get_label(field)), _(doctype)
		)
	)
