"""The steps of a referral, for the sender's and the receiver's buttons."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from core_minori.days import as_day
from core_minori.engine.message import Severity
from core_minori.engine.referral import (
	RECEIVER,
	SENDER,
	STEPS,
	ConsentFacts,
	actions_from,
	check_gate,
	next_state,
)
from core_minori.messages import rules_spoken, say
from core_minori.permissions import COORDINATOR, holds, may_write_case, receives

_MOMENT_OF = {
	"Send": "sent_on",
	"Accept": "answered_on",
	"Reject": "answered_on",
	"Complete": "ended_on",
	"Revoke": "ended_on",
}


@frappe.whitelist(methods=["GET"])
def actions(referral: str) -> list[str]:
	"""Steps the user may take now on this referral, in order."""
	doc = frappe.get_doc("Referral", referral)
	doc.check_permission("read")
	return [action for side in _sides(doc) for action in actions_from(doc.status, side)]


@frappe.whitelist(methods=["POST"])
def act(referral: str, action: str, reason: str | None = None, override_reason: str | None = None) -> dict:
	"""Take one step and return the new status.

	`reason` is the rejection's, the outcome's or the revocation's. `override_reason` lets a coordinator send without
	consent or agreement; it is kept on the referral. Two people at once: the second is told that somebody moved it.
	Raises frappe.PermissionError for who stands on neither side, frappe.ValidationError for what the rules refuse.
	"""
	doc = frappe.get_doc("Referral", referral, for_update=True)
	doc.check_permission("read")
	sides = _sides(doc)
	step = STEPS.get(action)
	if not sides or (step and step.by not in sides):
		raise frappe.PermissionError(_("The step {0} is not yours to take.").format(_(action)))
	with rules_spoken():
		status = next_state(doc.status, action, step.by if step else sides[0], reason)
	if action == "Send":
		_pass_gate(doc, override_reason)
	moment = now_datetime()
	doc.status = status
	if action in _MOMENT_OF:
		doc.set(_MOMENT_OF[action], moment)
	if action == "Reject":
		doc.rejection_reason = reason
	if action == "Complete":
		doc.outcome = reason
	doc.append("events", {"at": moment, "status": status, "user": frappe.session.user, "note": reason})
	doc.flags.by_step = True
	# The receiver has no right to write on the sender's record, only to take this step.
	doc.save(ignore_permissions=True)
	return {"status": status}


def _sides(doc: Document) -> list[str]:
	user = frappe.session.user
	sides = []
	if may_write_case(user, doc.case_file, "referral"):
		sides.append(SENDER)
	if receives(user, doc):
		sides.append(RECEIVER)
	return sides


def _pass_gate(doc: Document, override_reason: str | None) -> None:
	organisation = frappe.get_cached_doc("Network Organisation", doc.to_organisation)
	consents = frappe.get_all(
		"Consent",
		filters={"case_file": doc.case_file, "purpose": "Sharing with an Organisation"},
		fields=["purpose", "outcome", "given_on", "organisation", "valid_until", "withdrawn_on"],
	)
	findings = check_gate(
		doc.legal_basis,
		doc.to_organisation,
		[ConsentFacts(**consent) for consent in consents],
		as_day(organisation.agreement_signed_on),
		as_day(organisation.agreement_expires_on),
		getdate(),
	)
	if not any(finding.severity is Severity.BLOCK for finding in findings):
		return
	if not (override_reason or "").strip():
		say(findings)
	if not holds(COORDINATOR):
		raise frappe.PermissionError(_("Only the coordinator may send without consent or agreement."))
	doc.override_reason = override_reason
	doc.override_by = frappe.session.user
