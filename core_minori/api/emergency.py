"""Reading a case in an emergency: opened by code and reason, told at once to who answers for the cases."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime

from core_minori import access_log, trust_alerts
from core_minori.engine.emergency import REASONS, USUAL_HOURS
from core_minori.governance.doctype.emergency_access.emergency_access import longest_hours
from core_minori.messages import site_language
from core_minori.permissions import EMERGENCY_READER, case_roles, may_read_case


@frappe.whitelist(methods=["GET"])
def choices() -> dict[str, Any]:
	"""What the dialog offers: reasons, usual and longest hours. Raises frappe.PermissionError without the role."""
	_ask()
	longest = longest_hours()
	return {"reasons": list(REASONS), "hours": min(USUAL_HOURS, longest), "longest": longest}


@frappe.whitelist(methods=["POST"])
def open_case(case_file: str, reason: str, details: str, hours: int = USUAL_HOURS) -> dict[str, Any]:
	"""Open the case with this code to the session's user for so many hours.

	Returns `case_file` and `until`, both None when no case has the code: that attempt is kept, and told, too.
	Raises frappe.PermissionError without the role, frappe.ValidationError for what the rules refuse.
	"""
	_ask()
	user, code = frappe.session.user, case_file.strip().upper()
	if not code:
		frappe.throw(_("Write the code of the case."))
	doc = frappe.get_doc(
		{
			"doctype": "Emergency Access",
			"case_file": code,
			"reason": reason,
			"details": details,
			"hours": hours,
		}
	)
	doc.check_words()
	# "like" and the collation of the database are broader than the code that was written: it is the record's own.
	if frappe.db.get_value("Case File", {"name": code}, "name") != code:
		access_log.note("Emergency", "Case File", outcome="Refused", text=code[:140])
		trust_alerts.tell_officers(
			_("{0} asked for an emergency access with a code that no case has.", lang=site_language()).format(
				user
			),
			"User",
			user,
		)
		return {"case_file": None, "until": None}
	if may_read_case(user, code):
		return {"case_file": code, "until": None}
	doc.insert()
	return {"case_file": code, "until": format_datetime(doc.ends_at)}


@frappe.whitelist(methods=["GET"])
def running(case_file: str) -> dict[str, str] | None:
	"""The emergency access by which the session's user reads this case now: `name`, `until`; None without one."""
	_ask()
	found = frappe.get_list(
		"Emergency Access",
		filters={
			"case_file": case_file,
			"user": frappe.session.user,
			"ended_at": ["is", "not set"],
			"ends_at": [">", frappe.utils.now_datetime()],
		},
		fields=["name", "ends_at"],
		order_by="ends_at desc",
		limit_page_length=1,
	)
	return {"name": found[0].name, "until": format_datetime(found[0].ends_at)} if found else None


@frappe.whitelist(methods=["POST"])
def end(name: str) -> None:
	"""End an access now: whoever reads by it, or a data protection officer."""
	doc = frappe.get_doc("Emergency Access", name, for_update=True)
	doc.check_permission("read")
	doc.end()


def _ask() -> None:
	if EMERGENCY_READER not in case_roles():
		raise frappe.PermissionError(_("Only an emergency reader opens a case this way."))
