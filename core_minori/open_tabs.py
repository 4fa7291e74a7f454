"""Tabs that are open when an access ends: what they must know, when they are told, and what no browser keeps."""

from typing import Any

import frappe
from frappe.model.document import Document

from core_minori.permissions import PROTECTED

# What the desk of a user listens to; it says nothing but "ask again": see public/js/closed_records.js.
EVENT = "core_minori_access"


def boot(bootinfo: frappe._dict) -> None:
	"""Hook extend_bootinfo: the DocTypes whose records the tab asks about."""
	bootinfo.core_minori_protected = list(PROTECTED)


def tell_user(doc: Document, method: str | None = None) -> None:
	"""Hook on_update of what ties a user to cases: their open tabs ask at once, and not within half a minute."""
	before = doc.get_doc_before_save()
	for user in {_user_of(doc), before and _user_of(before)} - {None}:
		_tell(user)


def tell_operators(doc: Document, method: str | None = None) -> None:
	"""Hook on_update of Network Organisation: the same for its operators, those taken off the list as well."""
	before = doc.get_doc_before_save()
	users = {row.user for row in doc.get("users") or ()}
	for user in users ^ {row.user for row in (before and before.get("users")) or ()}:
		_tell(user)


def keep_nothing(response: Any = None, request: Any = None) -> None:
	"""Hook after_request: no browser keeps an answer, a page or a file, to show it when nobody may see it any more.

	Frappe lets a browser keep private files for an hour and show them for a day without asking.
	"""
	path = getattr(request, "path", "")
	if response is not None and path.startswith(("/api/", "/private/", "/app", "/printview", "/desk")):
		response.headers["Cache-Control"] = "no-store"


def _user_of(doc: Document) -> str | None:
	return doc.name if doc.doctype == "User" else doc.get("user")


def _tell(user: str) -> None:
	frappe.publish_realtime(EVENT, user=user, after_commit=True)
