"""The case on the desk: its requests, its contacts, its flags, who works on it, and what is due today."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import getdate, strip_html

from core_minori import case_view
from core_minori import my_day as day
from core_minori.messages import by_rule
from core_minori.permissions import may_open, may_write_case


@frappe.whitelist(methods=["GET"])
def my_day() -> dict:
	"""What is due today and soon in the cases the user follows; see `core_minori.my_day.of_user`."""
	return day.of_user(frappe.session.user)


@frappe.whitelist(methods=["GET"])
def overview(case_file: str) -> dict:
	"""What the head and the panels of a case's form show, each part only to who may read it."""
	_ask(case_file, "read")
	return case_view.of_case(case_file)


@frappe.whitelist(methods=["GET"])
def still_open(case_file: str) -> list[dict]:
	"""What would stay open if the case were closed: DocType and how many, of what the user may read."""
	_ask(case_file, "read")
	return case_view.open_matters(case_file)


@frappe.whitelist(methods=["GET"])
def steps(request: str) -> list[str]:
	"""The steps the user may take now on this request."""
	doc = frappe.get_doc("Case Request", request)
	doc.check_permission("read")
	return doc.steps(frappe.session.user)


@frappe.whitelist(methods=["POST"])
def ask(
	case_file: str,
	request_type: str,
	reason: str,
	effective_on: date | None = None,
	closure_reason: str | None = None,
	to_user: str | None = None,
	care_role: str | None = None,
) -> str:
	"""Ask to close, reopen, suspend, resume or hand over a case; returns the request's name.

	Raises frappe.PermissionError for who may not ask for this case, whether it is there or not.
	"""
	if not may_write_case(frappe.session.user, case_file, "request"):
		raise frappe.PermissionError(_("You may not change {0} {1}.").format(_("Case File"), case_file))
	doc = frappe.get_doc(
		{
			"doctype": "Case Request",
			"case_file": case_file,
			"request_type": request_type,
			"reason": reason,
			"effective_on": effective_on or getdate(),
			"closure_reason": closure_reason,
			"to_user": to_user,
			"care_role": care_role,
		}
	)
	return doc.insert().name


@frappe.whitelist(methods=["POST"])
def take_step(request: str, step: str, reason: str | None = None, end_open: bool = False) -> str:
	"""Approve, reject, accept, decline or withdraw a request; returns its new status.

	Two people at once: the second one is told that somebody answered it. Raises frappe.PermissionError for who may not
	read the request or take this step.
	"""
	if not may_open("Case Request", request):
		raise frappe.PermissionError(_("You may not read {0} {1}.").format(_("Case Request"), request))
	doc = frappe.get_doc("Case Request", request, for_update=True)
	doc.take(step, (reason or "").strip() or None, end_open)
	return doc.status


@frappe.whitelist(methods=["POST"])
def log_contact(
	case_file: str,
	contact_with: str,
	contact_type: str,
	summary: str,
	reached: bool = True,
	next_contact_on: date | None = None,
) -> str:
	"""Note a contact that took place just now; returns its name."""
	doc = frappe.get_doc(
		{
			"doctype": "Contact Log",
			"case_file": case_file,
			"contact_with": contact_with,
			"contact_type": contact_type,
			"summary": summary,
			"reached": reached,
			"next_contact_on": next_contact_on,
		}
	)
	return doc.insert().name


@frappe.whitelist(methods=["POST"])
def raise_flag(case_file: str, text: str, due_on: date | None = None, allocated_to: str | None = None) -> str:
	"""Put a flag on a case: a task of high priority for a day, shown on the case and on My Day; returns its name."""
	_ask(case_file, "read")
	user = allocated_to or frappe.session.user
	if not may_open("Case File", case_file, user=user):
		frappe.throw(_("{0} does not follow this case: choose a colleague who does.").format(user))
	if not strip_html(text).strip():
		frappe.throw(_("Write what the flag is about."))
	doc = frappe.get_doc(
		{
			"doctype": "ToDo",
			"reference_type": "Case File",
			"reference_name": case_file,
			"description": frappe.utils.escape_html(text),
			"date": due_on or getdate(),
			"allocated_to": user,
			"assigned_by": frappe.session.user,
			"priority": "High",
		}
	)
	return doc.insert().name


@frappe.whitelist(methods=["POST"])
@by_rule
def resolve_flag(flag: str, reason: str) -> None:
	"""Take a flag down: whoever reads the case may, and says why. The reason stays on the case as a comment."""
	doc = frappe.get_doc("ToDo", flag, for_update=True)
	if doc.reference_type != "Case File" or not may_open("Case File", doc.reference_name):
		raise frappe.PermissionError(_("This task is not a flag on a case of yours."))
	if not reason.strip():
		frappe.throw(_("Write why the flag is taken down."))
	if doc.status != "Open":
		frappe.throw(_("Somebody took this flag down already."))
	doc.status = "Closed"
	doc.save(ignore_permissions=True)
	frappe.get_doc("Case File", doc.reference_name).add_comment(
		"Info", _("Flag taken down: {0}").format(frappe.utils.escape_html(reason))
	)


@frappe.whitelist(methods=["GET"])
@frappe.validate_and_sanitize_search_inputs
def colleagues(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict
) -> list[tuple]:
	"""Link search: users who work in the role `care_role`, without the one named `but`."""
	role = filters.get("care_role")
	if role not in ("Social Worker", "Psychologist", "Educator", "Cultural Mediator"):
		return []
	if not frappe.has_permission("Case Request", "read"):
		return []
	user, has_role = frappe.qb.DocType("User"), frappe.qb.DocType("Has Role")
	like = f"%{txt}%"
	return (
		frappe.qb.from_(user)
		.join(has_role)
		.on((has_role.parent == user.name) & (has_role.parenttype == "User") & (has_role.role == role))
		.select(user.name, user.full_name)
		.where((user.enabled == 1) & (user.name != (filters.get("but") or "")))
		.where(user.name.like(like) | user.full_name.like(like))
		.orderby(user.full_name)
		.limit(page_len)
		.offset(start)
	).run()


@frappe.whitelist(methods=["GET"])
def meeting_draft(case_file: str) -> dict:
	"""What a new meeting on this case starts with: who takes part, what is on the agenda, when it is."""
	_ask(case_file, "read")
	return case_view.meeting_draft(case_file)


def _ask(case_file: str, ptype: str) -> None:
	"""The same refusal for a case one may not read and for one that does not exist."""
	if not may_open("Case File", case_file, ptype):
		raise frappe.PermissionError(_("You may not read {0} {1}.").format(_("Case File"), case_file))
