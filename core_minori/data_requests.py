"""Requests of the persons: what may be done about one now, and the steps that are done by a button.

A step does not touch the moment of the last change: the form that is open beside it can still be saved, and the controller
takes what steps wrote from the database.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori import access_log, permissions
from core_minori.engine.data_requests import (
	COPIES,
	OPEN_STATES,
	RECTIFICATION,
	RESTRICTION,
	RequestFacts,
	may_hand_out,
	reminder,
)
from core_minori.engine.message import RuleError
from core_minori.permissions import COORDINATOR, PROTECTION_OFFICER, case_roles, may_open, may_read_case
from core_minori.personal_fields import cases_of
from core_minori.trust_alerts import tell_officers

HANDED_OUT = "Handed Out"
LEFT_OUT = "Left Out"
# What a professional decides on: the part that they read themselves, and how the fields of the decision begin.
DECIDED = ("health", "psychological")


def facts_of(doc: Document) -> RequestFacts:
	"""The request as its rules read it."""
	return RequestFacts(
		request_type=doc.request_type or "",
		received_on=getdate(doc.received_on),
		known=bool(doc.case_file),
		identity_verified_on=_day(doc.identity_verified_on),
		identity_proof=doc.identity_document or "",
		extended_on=_day(doc.extended_on),
		extension_reason=doc.extension_reason or "",
		answered_on=_day(doc.answered_on),
		outcome=doc.outcome or "",
		refusal_reason=doc.refusal_reason or "",
		exported=bool(doc.exported_on),
		corrected=bool(doc.corrected_on),
		restricted=bool(doc.restricted_on),
	)


def steps_of(doc: Document, user: str) -> list[str]:
	"""What `user` may do about the request now, by a button: export, correct, restrict, lift."""
	if doc.is_new() or not doc.case_file or not may_open("Data Request", doc.name, "write", user):
		return []
	open_and_known = bool(doc.identity_verified_on and not doc.answered_on)
	coordinates = COORDINATOR in case_roles(user)
	found = []
	if open_and_known and coordinates and doc.request_type in COPIES:
		found.append("export")
	if open_and_known and coordinates and doc.request_type == RECTIFICATION:
		found.append("correct")
	if doc.request_type == RESTRICTION:
		if open_and_known and not doc.restricted_on:
			found.append("restrict")
		elif doc.restricted_on and not doc.lifted_on:
			found.append("lift")
	return found


def locked(name: str, step: str) -> Document:
	"""The request, locked, if the session's user may take this step of it now.

	Raises frappe.PermissionError for who may not change the request or may not take its steps, and
	frappe.ValidationError for a step that is not the turn of.
	"""
	user = frappe.session.user
	if not may_open("Data Request", name, "write") or not {COORDINATOR, PROTECTION_OFFICER} & case_roles(
		user
	):
		raise frappe.PermissionError(_("You may not change {0} {1}.").format(_("Data Request"), name))
	doc = frappe.get_doc("Data Request", name, for_update=True)
	if step in ("export", "correct") and COORDINATOR not in case_roles(user):
		access_log.note("Export", "Data Request", name, doc.case_file, outcome="Refused")
		raise frappe.PermissionError(_("Only the coordinator works with the data of the person."))
	if step not in steps_of(doc, user):
		frappe.throw(
			_("This step is not possible now: verify the identity first, or record a new request."),
			title=_("Not Possible"),
		)
	return doc


def cases_of_request(doc: Document) -> list[str]:
	"""All cases of the person that the request is about."""
	return cases_of(frappe.db.get_value("Case File", doc.case_file, "minor"))


# --- a copy of the data ---------------------------------------------------------------------------------------------


def check_hand_out(doc: Document) -> None:
	"""Raises RuleError for data that may not be handed out now."""
	may_hand_out(facts_of(doc))


def note_export(doc: Document, form: str) -> None:
	"""Keep that the data of the person were handed out, in the request and in the access log."""
	doc.db_set({"exported_on": now_datetime(), "exported_by": frappe.session.user}, update_modified=False)
	access_log.note("Export", "Data Request", doc.name, doc.case_file, text=form)


def waiting_decisions(case_file: str, user: str) -> list[dict]:
	"""Open requests for a copy that wait for this user, who reads the part: what they are asked on the case's form."""
	parts = [part for part in DECIDED if may_read_case(user, case_file, part)]
	if not parts:
		return []
	cases = cases_of(frappe.db.get_value("Case File", case_file, "minor"))
	rows = frappe.get_all(
		"Data Request",
		filters={
			"case_file": ["in", cases],
			"request_type": ["in", COPIES],
			"status": ["in", OPEN_STATES],
			"identity_verified_on": ["is", "set"],
		},
		fields=["name", "due_on", *(f"{part}_release" for part in DECIDED)],
		order_by="due_on",
	)
	return [
		{"request": row.name, "due_on": row.due_on, "part": part}
		for row in rows
		for part in parts
		if not row[f"{part}_release"]
	]


def decide(name: str, part: str, hand_out: bool, reason: str) -> None:
	"""A professional says whether what they wrote is handed out to the person; leaving it out takes a reason.

	Raises frappe.PermissionError for who does not read this part of every case of the person.
	"""
	user = frappe.session.user
	doc = (
		frappe.get_doc("Data Request", name, for_update=True)
		if frappe.db.exists("Data Request", name)
		else None
	)
	cases = cases_of_request(doc) if doc and doc.case_file else []
	if part not in DECIDED or not cases or not all(may_read_case(user, case, part) for case in cases):
		raise frappe.PermissionError(_("You may not decide on this request."))
	if doc.request_type not in COPIES or doc.answered_on or not doc.identity_verified_on:
		frappe.throw(_("This request does not wait for a decision."), title=_("Not Possible"))
	if not hand_out and not reason.strip():
		frappe.throw(_("Write why it is left out: the person is told the reason."), title=_("Not Possible"))
	doc.db_set(
		{
			f"{part}_release": HANDED_OUT if hand_out else LEFT_OUT,
			f"{part}_reason": reason.strip() or None,
			f"{part}_decided_by": user,
		},
		update_modified=False,
	)
	access_log.note(
		"Change", "Data Request", name, doc.case_file, text=f"{part}: {doc.get(f'{part}_release')}"
	)


# --- rectification --------------------------------------------------------------------------------------------------


def open_correction(doc: Document, doctype: str, record: str, fieldname: str) -> None:
	"""Note which field of which record is put right. Raises frappe.PermissionError for a record that is not to be changed."""
	meta = frappe.get_meta(doctype) if frappe.db.exists("DocType", doctype) else None
	own = {"Minor": [frappe.db.get_value("Case File", doc.case_file, "minor")]}
	cases = cases_of_request(doc)
	if doctype == "Case File":
		own[doctype] = cases
	elif meta and meta.has_field("case_file") and permissions.is_guarded(doctype):
		own[doctype] = [record] if frappe.db.get_value(doctype, record, "case_file") in cases else []
	if record not in own.get(doctype, ()) or not may_open(doctype, record, "write"):
		raise frappe.PermissionError(_("You may not change {0} {1}.").format(_(doctype), record))
	field = meta.get_field(fieldname)
	if not field or field.read_only:
		frappe.throw(_("Choose the field to correct."), title=_("Not Possible"))
	doc.db_set(
		{
			"corrected_doctype": doctype,
			"corrected_record": record,
			"field_to_correct": fieldname,
			"correction_opened_on": now_datetime(),
			"corrected_on": None,
			"corrected_by": None,
		},
		update_modified=False,
	)


def look_for_correction(doc: Document) -> None:
	"""Bring who corrected the record, and when, from the version that holds the old and the new value."""
	if not doc.correction_opened_on or doc.corrected_on:
		return
	for version in frappe.get_all(
		"Version",
		filters={
			"ref_doctype": doc.corrected_doctype,
			"docname": doc.corrected_record,
			"creation": [">=", get_datetime(doc.correction_opened_on)],
		},
		fields=["owner", "creation", "data"],
		order_by="creation",
	):
		changed = frappe.parse_json(version.data or "{}").get("changed") or []
		if any(row[0] == doc.field_to_correct for row in changed):
			doc.corrected_on, doc.corrected_by = version.creation, version.owner
			return


# --- restriction ----------------------------------------------------------------------------------------------------


def restrict(doc: Document) -> None:
	"""Limit the person's cases (GDPR art. 18): the coordinator reads, nobody changes; nothing else moves."""
	_set_restricted(cases_of_request(doc), 1)
	doc.db_set({"restricted_on": now_datetime()}, update_modified=False)
	access_log.note("Change", "Data Request", doc.name, doc.case_file, text="restricted")


def lift(doc: Document, reason: str) -> None:
	"""Lift the restriction, with the reason that the person was told before (art. 18(3))."""
	if not reason.strip():
		frappe.throw(
			_("Write why the restriction is lifted: the person is told first."), title=_("Not Possible")
		)
	doc.db_set({"lifted_on": now_datetime(), "lift_reason": reason.strip()}, update_modified=False)
	cases = cases_of_request(doc)
	others = frappe.get_all(
		"Data Request",
		filters={
			"case_file": ["in", cases],
			"name": ["!=", doc.name],
			"restricted_on": ["is", "set"],
			"lifted_on": ["is", "not set"],
		},
		limit=1,
	)
	if not others:  # another request of the same person still asks for it
		_set_restricted(cases, 0)
	access_log.note("Change", "Data Request", doc.name, doc.case_file, text="restriction lifted")


def _set_restricted(cases: list[str], value: int) -> None:
	for case in cases:
		frappe.db.set_value("Case File", case, "restricted", value, update_modified=False)
		frappe.clear_document_cache("Case File", case)
	permissions.forget()


# --- reminders ------------------------------------------------------------------------------------------------------


def daily() -> None:
	"""Scheduler: the officers are told of the requests that are due within a week or overdue, once a day."""
	today = getdate()
	told = set(
		frappe.get_all(
			"Notification Log",
			filters={"document_type": "Data Request", "creation": [">=", str(today)]},
			pluck="document_name",
		)
	)
	for row in frappe.get_all(
		"Data Request",
		filters={"status": ["in", OPEN_STATES]},
		fields=["name", "due_on"],
		order_by="due_on, name",
	):
		message = reminder(row.name, getdate(row.due_on), today)
		if message and row.name not in told:
			tell_officers(message.render(_), "Data Request", row.name)


def handed_out(doc: Document, part: str) -> bool:
	"""Whether a professional decided that their part is handed out."""
	return doc.get(f"{part}_release") == HANDED_OUT


def may_export(doc: Document) -> bool:
	"""Whether the session's user may see the person's copy now; for pages that are drawn and not answered."""
	try:
		check_hand_out(doc)
	except RuleError:
		return False
	return COORDINATOR in case_roles(frappe.session.user) and may_open("Data Request", doc.name)


def _day(value: object):
	return getdate(value) if value else None
