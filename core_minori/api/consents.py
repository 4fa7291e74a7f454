"""Consents of a case: all purposes in one sitting, and what still rests on a consent that ended."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import getdate

from core_minori.case_people import people_of
from core_minori.engine.consent import PURPOSES, SHARING, OpenReferral, is_running, left_without_consent
from core_minori.minors.doctype.consent.consent import FACTS, facts_of
from core_minori.permissions import OPEN_TO_RECEIVER, may_read_case, may_write_case

ANSWERS = ("Given", "Refused")


@frappe.whitelist(methods=["GET"])
def consents_of(case_file: str) -> dict:
	"""Purpose -> what was last said and still holds, and what a new consent starts with.

	Raises frappe.PermissionError for who may not read consents of this case.
	"""
	user = frappe.session.user
	if not may_read_case(user, case_file, "consent"):
		raise frappe.PermissionError
	rows = frappe.get_all(
		"Consent",
		filters={"case_file": case_file},
		fields=["name", *FACTS],
		order_by="given_on desc, creation desc",
	)
	today = getdate()
	return {
		"purposes": [
			{
				"purpose": purpose,
				"running": [
					{key: row[key] for key in ("name", "outcome", "given_on", "organisation")}
					for row in rows
					if row.purpose == purpose and is_running(facts_of(row), today)
				],
			}
			for purpose in PURPOSES
		],
		"may_write": may_write_case(user, case_file, "consent"),
		"people": people_of(case_file),
	}


@frappe.whitelist(methods=["POST"])
def record_consents(
	case_file: str,
	answers: str | dict[str, str],
	given_by: str,
	given_on: date,
	language: str,
	given_by_name: str | None = None,
	mediator_present: bool = False,
	mediator_name: str | None = None,
	notice_given_on: date | None = None,
	notice_language: str | None = None,
	organisations: str | list[str] | None = None,
	valid_until: date | None = None,
	withheld: str | None = None,
) -> list[str]:
	"""Record one Consent for each purpose in `answers` (purpose -> Given or Refused); returns their codes.

	`answers` and `organisations` may come as JSON. With `organisations`, sharing is answered for each of them; without, for the whole network. All or none are kept.
	Raises frappe.PermissionError for who may not write consents of this case, frappe.ValidationError for the rest.
	"""
	if not may_write_case(frappe.session.user, case_file, "consent"):
		raise frappe.PermissionError(_("You may not write consents of this case."))
	answers, organisations = frappe.parse_json(answers), frappe.parse_json(organisations)
	if not isinstance(answers, dict) or not isinstance(organisations, list | None):
		frappe.throw(_("Choose Given or Refused for at least one purpose."))
	if not answers or set(answers) - set(PURPOSES) or set(answers.values()) - set(ANSWERS):
		frappe.throw(_("Choose Given or Refused for at least one purpose."))
	made = []
	for purpose, outcome in answers.items():
		for organisation in (organisations or [None]) if purpose == SHARING else [None]:
			doc = frappe.get_doc(
				{
					"doctype": "Consent",
					"case_file": case_file,
					"purpose": purpose,
					"organisation": organisation,
					"outcome": outcome,
					"given_by": given_by,
					"given_by_name": given_by_name,
					"given_on": given_on,
					"valid_until": valid_until,
					"language": language,
					"mediator_present": int(mediator_present),
					"mediator_name": mediator_name,
					"notice_given_on": notice_given_on,
					"notice_language": notice_language,
					"withheld": withheld if purpose == SHARING else None,
				}
			)
			doc.flags.checked_together = bool(made)  # what is odd about one is odd about all: said once
			made.append(doc.insert().name)
	return made


@frappe.whitelist(methods=["GET"])
def open_referrals(consent: str) -> list[dict]:
	"""Open referrals that rest on consent and go to whom this one covers: code, receiver, whether one still covers it.

	Shows the referrals the user may read. Raises frappe.PermissionError for who may not read the consent.
	"""
	doc = frappe.get_list(
		"Consent", filters={"name": consent}, fields=["case_file", "purpose", "organisation"], limit=1
	)
	if not doc:
		raise frappe.PermissionError
	doc = doc[0]
	if doc.purpose != SHARING:
		return []
	filters = {
		"case_file": doc.case_file,
		"legal_basis": "Consent",
		"status": ["in", OPEN_TO_RECEIVER],
		**({"to_organisation": doc.organisation} if doc.organisation else {}),
	}
	rows = frappe.get_list(
		"Referral",
		filters=filters,
		fields=["name", "to_organisation", "status"],
		order_by="creation",
		limit_page_length=0,
	)
	consents = frappe.get_all(
		"Consent", filters={"case_file": doc.case_file, "purpose": SHARING}, fields=list(FACTS)
	)
	uncovered = {
		row.name
		for row in left_without_consent(
			[OpenReferral(row.name, row.to_organisation) for row in rows],
			[facts_of(row) for row in consents],
			getdate(),
		)
	}
	return [{**row, "covered": row.name not in uncovered} for row in rows]
