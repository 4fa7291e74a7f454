"""Link search. Frappe 15 lets the browser ask it to ignore permissions: never for a protected DocType.

The arguments go through as they came, whatever the Frappe version takes: only the flag is ours to drop.
"""

from typing import Any

import frappe
from frappe.desk import search

from core_minori.permissions import is_guarded


@frappe.whitelist()
def search_link(doctype: str, txt: str, **arguments: Any) -> list:
	"""Frappe's link search, with the resolver's condition kept on protected DocTypes."""
	return frappe.call(search.search_link, doctype=doctype, txt=txt, **_guarded(doctype, arguments))


@frappe.whitelist()
def search_widget(doctype: str, txt: str, **arguments: Any) -> list:
	"""Frappe's search box, with the resolver's condition kept on protected DocTypes."""
	return frappe.call(search.search_widget, doctype=doctype, txt=txt, **_guarded(doctype, arguments))


def _guarded(doctype: str, arguments: dict[str, Any]) -> dict[str, Any]:
	if is_guarded(doctype):
		arguments["ignore_user_permissions"] = False
	if arguments.get("query"):
		# The browser may name any web method as its query: it gets ours where we put one in its place.
		arguments["query"] = frappe.override_whitelisted_method(arguments["query"])
	return arguments
