"""Who speaks with, and for, the minor of a case today: what forms about a talk or a consent start with."""

import frappe
from frappe.utils import get_fullname, today

from core_minori.engine.beneficiaries import OWN_CONSENT
from core_minori.permissions import may_read_case

# What a guardianship's kind is called among those who were there, and among those who give a consent.
PRESENT_AS = {"Provisional Guardian": "Provisional Guardian", "Parent": "Family Member"}
CONSENTS_AS = {"Provisional Guardian": "Provisional Guardian", "Parent": "Parent"}


def people_of(case_file: str) -> dict:
	"""Language of the minor, guardian and mediator of today, role of the user in this case; None where there is none.

	Raises frappe.PermissionError for who may not read the identity of the case.
	"""
	user = frappe.session.user
	if not may_read_case(user, case_file, "identity"):
		raise frappe.PermissionError
	minor, beneficiary = frappe.db.get_value("Case File", case_file, ["minor", "beneficiary_type"])
	languages = frappe.db.get_value("Minor", minor, "languages") or ""
	guardian = _running("Guardianship", case_file, ["guardian_kind", "guardian_name"])
	mediator = _running("Care Assignment", case_file, ["user"], {"care_role": "Cultural Mediator"})
	own = _running("Care Assignment", case_file, ["care_role"], {"user": user})
	kind = guardian.guardian_kind if guardian else None
	return {
		"language": languages.replace(";", ",").split(",")[0].strip() or None,
		"guardian": guardian.guardian_name if guardian else None,
		"guardian_present_as": PRESENT_AS.get(kind, "Guardian"),
		"consents_as": CONSENTS_AS.get(kind, "Guardian")
		if guardian
		else ("Minor" if beneficiary in OWN_CONSENT else None),
		"mediator": mediator.user if mediator else None,
		"mediator_name": get_fullname(mediator.user) if mediator else None,
		"own_role": own.care_role if own else None,
	}


def identity_of(case_file: str) -> dict:
	"""The person of a case as papers print them. Raises frappe.PermissionError for who may not read the identity."""
	if not may_read_case(frappe.session.user, case_file, "identity"):
		raise frappe.PermissionError
	case = frappe.db.get_value(
		"Case File",
		case_file,
		["minor", "beneficiary_type", "living_arrangement", "facility", "reception_entry"],
		as_dict=True,
	)
	person = frappe.db.get_value(
		"Minor",
		case.minor,
		[
			"given_name",
			"family_name",
			"sex",
			"birth_date",
			"birth_date_certainty",
			"birth_place",
			"birth_country",
			"nationality",
			"second_nationality",
			"languages",
			"arrival_date",
			"fiscal_code",
		],
		as_dict=True,
	)
	guardian = _running("Guardianship", case_file, ["guardian_kind", "guardian_name"])
	return {
		**person,
		"name": " ".join(part for part in (person.given_name, person.family_name) if part),
		"code": case_file,
		"facility": case.facility and frappe.db.get_value("Facility", case.facility, "facility_name"),
		"reception_entry": case.reception_entry,
		"guardian_kind": guardian.guardian_kind if guardian else None,
		"guardian_name": guardian.guardian_name if guardian else None,
	}


def _running(
	doctype: str, case_file: str, fields: list[str], where: dict | None = None
) -> frappe._dict | None:
	"""The record that started last among those running today."""
	rows = frappe.get_all(
		doctype,
		filters=[
			["case_file", "=", case_file],
			["from_date", "<=", today()],
			*([field, "=", value] for field, value in (where or {}).items()),
		],
		or_filters=[["to_date", "is", "not set"], ["to_date", ">=", today()]],
		fields=fields,
		order_by="from_date desc, creation desc",
		limit=1,
	)
	return rows[0] if rows else None
