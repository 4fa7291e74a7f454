"""Link search. Frappe 15 lets the browser ask it to ignore permissions: never for a protected DocType."""

import frappe
from frappe.desk import search

from core_minori.permissions import CHILD_OF, PROTECTED


@frappe.whitelist()
def search_link(
	doctype: str,
	txt: str,
	query: str | None = None,
	filters: str | dict | list | None = None,
	page_length: int = 10,
	searchfield: str | None = None,
	reference_doctype: str | None = None,
	ignore_user_permissions: bool = False,
	**kwargs,
) -> list:
	"""Frappe's link search, with the resolver's condition kept on protected DocTypes."""
	return search.search_link(
		doctype,
		txt,
		query,
		filters,
		page_length,
		searchfield,
		reference_doctype,
		ignore_user_permissions and not _guarded(doctype),
		**kwargs,
	)


@frappe.whitelist()
def search_widget(
	doctype: str,
	txt: str,
	query: str | None = None,
	searchfield: str | None = None,
	start: int = 0,
	page_length: int = 10,
	filters: str | dict | list | None = None,
	filter_fields: str | list | None = None,
	as_dict: bool = False,
	reference_doctype: str | None = None,
	ignore_user_permissions: bool = False,
	**kwargs,
) -> list:
	"""Frappe's search box, with the resolver's condition kept on protected DocTypes."""
	return search.search_widget(
		doctype,
		txt,
		query,
		searchfield,
		start,
		page_length,
		filters,
		filter_fields,
		as_dict,
		reference_doctype,
		ignore_user_permissions and not _guarded(doctype),
		**kwargs,
	)


def _guarded(doctype: str) -> bool:
	return doctype in PROTECTED or doctype in CHILD_OF
