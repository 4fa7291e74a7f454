"""Requests of the persons and the conservation of cases: the steps that buttons take."""

import frappe
from frappe import _
from frappe.utils import today

from core_minori import access_log, data_export, data_requests, retention
from core_minori.files import download
from core_minori.messages import by_rule
from core_minori.permissions import is_guarded, may_open
from core_minori.personal_fields import TEXT_TYPES, records_of

FORMS = ("pdf", "json", "zip")
# What a person can say is wrong: words and days, not keys.
_CORRECTED_TYPES = (*TEXT_TYPES, "Date", "Datetime", "Select", "Link", "Check", "Int")


@frappe.whitelist(methods=["POST"])
@by_rule
def export(request: str, form: str = "pdf", with_versions: bool = False) -> None:
	"""Download the data of the person of a request: as a readable document, as JSON, or both with the files.

	Raises frappe.PermissionError for anybody but the coordinator; noted in the request and in the access log.
	"""
	if form not in FORMS:
		frappe.throw(_("There is no such form of the copy."))
	doc = data_requests.locked(request, "export")
	copy = data_export.collect(doc, with_versions)
	make = {"pdf": data_export.as_pdf, "json": data_export.as_json, "zip": data_export.as_archive}[form]
	content = make(copy)
	data_requests.note_export(doc, form)
	download(f"{doc.name}_{today()}.{form}", content)


@frappe.whitelist(methods=["POST"])
@by_rule
def preview(request: str) -> str:
	"""The readable document of a request as HTML, to look at before it is handed out; noted as an export."""
	doc = data_requests.locked(request, "export")
	html = data_export.as_html(data_export.collect(doc))
	data_requests.note_export(doc, "html")
	return html


@frappe.whitelist(methods=["GET"])
def waiting(case_file: str) -> dict:
	"""What the form of a case shows: whether it is limited and why, and requests that wait for a decision of the user.

	Raises frappe.PermissionError for who may not read the case.
	"""
	if not may_open("Case File", case_file):
		raise frappe.PermissionError
	user = frappe.session.user
	limited = frappe.db.get_value("Case File", case_file, ["restricted", "retention_state"], as_dict=True)
	return {
		"restricted": bool(limited.restricted),
		"retention_state": limited.retention_state or "",
		"decisions": data_requests.waiting_decisions(case_file, user),
		"requests": frappe.get_list(
			"Data Request",
			filters={"case_file": case_file},
			fields=["name", "request_type", "status", "due_on"],
			order_by="received_on desc",
			limit_page_length=5,
		)
		if frappe.has_permission("Data Request", "read")
		else [],
	}


@frappe.whitelist(methods=["POST"])
def decide(request: str, part: str, hand_out: bool, reason: str = "") -> None:
	"""A professional says whether their records are handed out; see `data_requests.decide`."""
	data_requests.decide(request, part, hand_out, reason)


@frappe.whitelist(methods=["GET"])
def correctable(request: str) -> list[dict]:
	"""Records of the person that the user may change, with the fields that can be wrong: what the dialog offers."""
	doc = data_requests.locked(request, "correct")
	minor = frappe.db.get_value("Case File", doc.case_file, "minor")
	found = []
	for doctype, names in {"Minor": [minor], **records_of(data_requests.cases_of_request(doc))}.items():
		if not is_guarded(doctype) or doctype == "Data Request":
			continue
		names = [name for name in names if may_open(doctype, name, "write")]
		fields = [
			{"fieldname": df.fieldname, "label": _(df.label)}
			for df in frappe.get_meta(doctype).fields
			if df.fieldtype in _CORRECTED_TYPES and not df.hidden and not df.read_only and df.label
		]
		if names and fields:
			found.append({"doctype": doctype, "label": _(doctype), "names": names, "fields": fields})
	return found


@frappe.whitelist(methods=["POST"])
def open_correction(request: str, doctype: str, record: str, fieldname: str) -> None:
	"""Note what the request puts right; the form of the record is opened next."""
	data_requests.open_correction(data_requests.locked(request, "correct"), doctype, record, fieldname)


@frappe.whitelist(methods=["POST"])
def restrict(request: str) -> None:
	"""Restrict the cases of the person (GDPR art. 18)."""
	data_requests.restrict(data_requests.locked(request, "restrict"))


@frappe.whitelist(methods=["POST"])
def lift(request: str, reason: str) -> None:
	"""Lift the restriction, with its reason."""
	data_requests.lift(data_requests.locked(request, "lift"), reason)


@frappe.whitelist(methods=["POST"])
@by_rule
def propose(case_file: str, step: str, reason: str = "") -> str:
	"""Propose the next step of a case's conservation; returns the name of the Retention Action."""
	doc = frappe.get_doc(
		{"doctype": "Retention Action", "case_file": case_file, "step": step, "reason": reason.strip()}
	)
	return doc.insert().name


@frappe.whitelist(methods=["POST"])
@by_rule
def approve(action: str) -> str:
	"""Approve a Retention Action; what can be undone is done at once. Returns its status."""
	return retention.approve(_action(action))


@frappe.whitelist(methods=["POST"])
@by_rule
def carry_out(action: str) -> str:
	"""Do what another person approved. Returns the status."""
	return retention.carry_out(_action(action))


@frappe.whitelist(methods=["POST"])
def refuse(action: str, reason: str) -> str:
	"""Refuse a Retention Action, with the reason. Returns its status."""
	return retention.refuse(_action(action), reason)


def _action(name: str):
	if not may_open("Retention Action", name, "write"):
		access_log.note("Change", "Retention Action", name, outcome="Refused")
		raise frappe.PermissionError(_("You may not change {0} {1}.").format(_("Retention Action"), name))
	return frappe.get_doc("Retention Action", name, for_update=True)
