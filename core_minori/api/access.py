"""Who sees what and why, and whether an open tab may go on showing what it holds."""

import json

import frappe
from frappe import _

from core_minori import access_explainer
from core_minori.permissions import (
	COORDINATOR,
	PROTECTED,
	PROTECTION_OFFICER,
	UNIT_MANAGER,
	case_roles,
)

# As many records as one request may ask about: a tab that holds more asks again.
MOST_RECORDS = 200
# Who answers for who sees what.
EXPLAINED_TO = frozenset({COORDINATOR, UNIT_MANAGER, PROTECTION_OFFICER})


@frappe.whitelist(methods=["GET"])
def why(user: str, case_file: str) -> dict:
	"""Why `user` may or may not see each part of a case; see `core_minori.access_explainer.explain`."""
	_ask()
	_known("User", user)
	_known("Case File", case_file)
	return access_explainer.explain(user, case_file)


@frappe.whitelist(methods=["GET"])
def who(case_file: str) -> dict:
	"""Everybody who may see some part of a case; see `core_minori.access_explainer.who`."""
	_ask()
	_known("Case File", case_file)
	return access_explainer.who(case_file)


@frappe.whitelist(methods=["GET"])
def seen_by(user: str) -> dict:
	"""Every case that `user` may see some part of; see `core_minori.access_explainer.seen_by`."""
	_ask()
	_known("User", user)
	return access_explainer.seen_by(user)


@frappe.whitelist(methods=["POST"])
def closed_among(records: str) -> dict:
	"""Which of the records that a tab holds its user may not read, or not any more: by DocType, and why the first is.

	`records` is JSON: DocType -> names, at most MOST_RECORDS in all; one query for each DocType. What does not exist is
	closed as well, so that nothing is learned by asking. DocTypes that are not protected are left out of the answer.
	"""
	asked = _parsed(records)
	closed: dict[str, list[str]] = {}
	for doctype, names in asked.items():
		if doctype not in PROTECTED or not names:
			continue
		readable: set[str] = set()
		if frappe.has_permission(doctype, "read"):
			readable = set(
				frappe.get_list(
					doctype, filters={"name": ["in", names]}, pluck="name", limit_page_length=0, order_by=None
				)
			)
		lost = [name for name in names if name not in readable]
		if lost:
			closed[doctype] = lost
	return {"closed": closed, "why": _why(closed) if closed else None}


def _why(closed: dict[str, list[str]]) -> str:
	"""About the user's own tie to the first case among them; nothing about a case they were never tied to."""
	for case_file in closed.get("Case File", ())[:1]:
		if access_explainer.was_tied(frappe.session.user, case_file):
			return access_explainer.why_closed(frappe.session.user, case_file)
	return _("Your access to it has ended.")


def _parsed(records: str) -> dict[str, list[str]]:
	try:
		asked = json.loads(records)
	except ValueError:
		asked = None
	if not isinstance(asked, dict) or not all(
		isinstance(names, list) and all(isinstance(name, str) for name in names) for names in asked.values()
	):
		frappe.throw(_("Not a list of records by DocType."), frappe.ValidationError)
	if sum(map(len, asked.values())) > MOST_RECORDS:
		frappe.throw(_("At most {0} records at a time.").format(MOST_RECORDS), frappe.ValidationError)
	return asked


def _ask() -> None:
	if frappe.session.user != "Administrator" and not EXPLAINED_TO & case_roles():
		frappe.throw(
			_("Only coordinators, unit managers and the data protection officer may ask who sees what."),
			frappe.PermissionError,
		)


def _known(doctype: str, name: str) -> None:
	if not frappe.db.exists(doctype, name):
		frappe.throw(_("{0} {1} not found").format(_(doctype), name), frappe.DoesNotExistError)
