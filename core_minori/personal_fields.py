"""What each text field of a protected record says of a person: read by the export of a person's data and by retention.

One table for both. A new text field of a protected DocType that is not in it makes the tests fail, for nothing would
empty it when the case is pseudonymised.
"""

from collections.abc import Iterator
from typing import Any

import frappe

from core_minori.permissions import CHILD_OF, PROTECTED

# Who the person is: emptied when the case is pseudonymised.
IDENTITY = "identity"
# Who somebody else is: a guardian, a relative, a mediator. Handed out with the person's data, emptied with the case.
OTHERS = "others"
# How somebody else is reached: the person's copy leaves it out (GDPR art. 15(4)), and it is emptied with the case.
CONTACT = "contact"
# What somebody wrote: emptied.
TEXT = "text"
# A word of a list that is kept as text: stays, and is counted.
CATEGORY = "category"
# A code of ours, or a key that the app works with: stays, and the person's copy leaves out the keys.
KEPT = "kept"

CATEGORIES = (IDENTITY, OTHERS, CONTACT, TEXT, CATEGORY, KEPT)
EMPTIED = (IDENTITY, OTHERS, CONTACT, TEXT)
TEXT_TYPES = (
	"Attach",
	"Attach Image",
	"Autocomplete",
	"Barcode",
	"Code",
	"Data",
	"Dynamic Link",
	"Geolocation",
	"HTML Editor",
	"Image",
	"JSON",
	"Long Text",
	"Markdown Editor",
	"Password",
	"Phone",
	"Read Only",
	"Signature",
	"Small Text",
	"Text",
	"Text Editor",
)


def _all(category: str, *fields: str) -> dict[str, str]:
	return dict.fromkeys(fields, category)


FIELDS: dict[str, dict[str, str]] = {
	"Minor": {
		**_all(IDENTITY, "given_name", "family_name", "alias", "original_name", "birth_place", "fiscal_code"),
		**_all(IDENTITY, "phone", "register_code"),
		**_all(TEXT, "languages"),
		"intake_token": KEPT,
	},
	"Minor Name Key": _all(IDENTITY, "name_key"),
	"Care Assignment": _all(TEXT, "reason"),
	"Case File": _all(IDENTITY, "register_code"),
	"Case Meeting": _all(TEXT, "place", "agenda", "minutes"),
	"Meeting Participant": _all(OTHERS, "participant"),
	"Meeting Decision": _all(TEXT, "decision"),
	"Case Request": _all(TEXT, "reason", "decision_reason", "answer_reason"),
	"Consent": {
		**_all(OTHERS, "given_by_name", "mediator_name"),
		**_all(TEXT, "language", "notice_language", "withheld", "withdrawal_note"),
	},
	"Contact Log": _all(TEXT, "summary"),
	"Court Act": {**_all(IDENTITY, "act_number", "attachment"), **_all(TEXT, "summary")},
	"Family Search": _all(TEXT, "reported_to", "separation_place"),
	"Family Search Action": _all(TEXT, "action", "result"),
	"Sought Person": {**_all(OTHERS, "person_name"), **_all(CONTACT, "contact")},
	"Guardianship": {
		**_all(OTHERS, "guardian_name"),
		**_all(CONTACT, "phone", "email"),
		**_all(TEXT, "language", "court"),
		**_all(IDENTITY, "decree_number"),
	},
	"Intervention": {
		**_all(TEXT, "place", "notes"),
		**_all(KEPT, "pei_row", "session_key"),
	},
	"Intervention Group": {**_all(TEXT, "title", "place")},
	"Minor Interview": _all(
		TEXT,
		"language",
		"absence_reason",
		"personal_history",
		"family_ties",
		"vulnerability",
		"protection_facts",
		"involvement",
		"minor_opinion",
	),
	"Interview Attendee": {**_all(OTHERS, "person"), **_all(TEXT, "refusal_reason")},
	"PEI": {
		**_all(IDENTITY, "register_code"),
		**_all(OTHERS, "referent_worker", "educator", "guardian"),
		**_all(
			TEXT,
			"framework_project",
			"origin_and_family",
			"schooling",
			"work_experience",
			"language_level",
			"kept_contacts",
			"habits_and_practices",
			"migration_reasons",
			"migration_route",
			"migration_debts",
			"migration_violence",
			"migration_expectations",
			"relatives_in_europe",
			"health_needs",
			"psychosocial_needs",
			"protective_factors",
			"documents_status",
			"regularisation_path",
			"minor_wishes",
			"voice_language",
			"plan_at_eighteen",
			"exit_plan",
		),
	},
	"PEI Intervention": {**_all(TEXT, "frequency", "outcome"), "item_key": KEPT},
	"PEI Objective": {
		**_all(TEXT, "need", "objective", "expected_result", "baseline", "indicator", "target"),
		"item_key": KEPT,
	},
	"PEI Signature": {**_all(OTHERS, "signer"), **_all(TEXT, "refusal_reason")},
	"PEI Review": _all(TEXT, "place", "changes", "minor_opinion", "minutes"),
	"PEI Review Objective": {
		**_all(TEXT, "objective", "result", "change", "new_target"),
		**_all(CATEGORY, "area", "status_before"),
		"objective_row": KEPT,
	},
	"Personal Document": {
		**_all(IDENTITY, "document_number", "attachment"),
		**_all(TEXT, "issued_by", "notes"),
	},
	"Placement": _all(TEXT, "declined_reason", "notes"),
	"Protection Report": {
		**_all(IDENTITY, "attachment", "protocol_number"),
		**_all(TEXT, "facts", "answer"),
	},
	"Risk Assessment": _all(TEXT, "level_reason", "safety_plan", "approval_comment"),
	"Risk Assessment Factor": _all(TEXT, "note"),
	"Risk Assessment Score": {**_all(CATEGORY, "dimension_title", "previous_score"), **_all(TEXT, "note")},
	"Screening": _all(TEXT, "place", "conclusions"),
	"Screening Answer": {
		**_all(CATEGORY, "sign", "area", "service_proposed"),
		**_all(TEXT, "note"),
	},
	"Support Person": {
		**_all(OTHERS, "person_name"),
		**_all(CONTACT, "phone", "email"),
		**_all(TEXT, "language", "notes"),
	},
	"Case Deadline": {**_all(CATEGORY, "title", "source"), **_all(KEPT, "rule_code", "occurrence")},
	"Case Deadline Reminder": _all(CATEGORY, "state"),
	"Clinical Record": _all(TEXT, "content", "medicines", "allergies"),
	"Referral": {
		**_all(IDENTITY, "register_code"),
		**_all(
			TEXT, "language_needed", "shared_information", "override_reason", "rejection_reason", "outcome"
		),
	},
	"Referral Event": {**_all(CATEGORY, "status"), **_all(TEXT, "note")},
	"Data Request": {
		**_all(OTHERS, "requester_name"),
		**_all(TEXT, "identity_document", "extension_reason", "details", "refusal_reason"),
		**_all(TEXT, "health_reason", "psychological_reason", "lift_reason"),
		**_all(CATEGORY, "field_to_correct"),
		"corrected_record": KEPT,
	},
	"Emergency Access": _all(TEXT, "details", "review_note"),
}

# Protected, and left as they are when a case is pseudonymised: DocType -> why.
LEFT_ALONE: dict[str, str] = {
	"Case Access Log": "holds codes and logins only, and a changed row would break its seal",
	"Data Breach": "is about what happened, with codes; the officer's own record for the authority",
	"Pseudonymised Export": "holds no person",
	"Register Import": "is nobody's case: its author takes it away once it is done",
	"Register Import Problem": "goes with its import",
	"Retention Action": "is the proof of what was done, by code, and says no name",
	"Role Confirmation": "is about operators",
}

# Days and moments that hours and money hang on: they stay to the minute, all others keep their month.
EXACT_MOMENTS: dict[str, tuple[str, ...]] = {
	"Case Deadline Change": ("changed_at",),
	"Case State Change": ("changed_at",),
	"Data Request": ("received_on", "due_on", "identity_verified_on", "extended_on", "answered_on"),
	"Emergency Access": ("starts_at", "ends_at", "ended_at", "reviewed_on"),
	"Intervention": ("starts_at",),
	"Placement": ("from_at", "to_at"),
}


def category_of(doctype: str, fieldname: str) -> str:
	"""What a text field says; a field that nobody classified counts as something that somebody wrote."""
	return FIELDS.get(doctype, {}).get(fieldname, TEXT)


def text_fields(doctype: str) -> list[Any]:
	"""The stored text fields of a DocType, custom ones included."""
	return [
		field
		for field in frappe.get_meta(doctype).fields
		if field.fieldtype in TEXT_TYPES and not field.get("is_virtual")
	]


def case_doctypes() -> list[str]:
	"""The protected DocTypes whose records belong to a case, Case File and Minor not among them."""
	return [
		doctype
		for doctype in dict.fromkeys(PROTECTED)
		if doctype not in LEFT_ALONE and frappe.get_meta(doctype).has_field("case_file")
	]


def shared_tables() -> Iterator[tuple[str, str, str]]:
	"""Child tables that name cases one by one, as (parent DocType, field of the table, child DocType)."""
	for child, parents in CHILD_OF.items():
		if not frappe.get_meta(child).has_field("case_file"):
			continue
		for parent in parents:
			for field in frappe.get_meta(parent).get_table_fields():
				if field.options == child:
					yield parent, field.fieldname, child


def records_of(cases: list[str]) -> dict[str, list[str]]:
	"""Names of all records of these cases by DocType, whoever may read them; one query a DocType."""
	found = {"Case File": list(cases)}
	for doctype in case_doctypes():
		names = frappe.get_all(
			doctype, filters={"case_file": ["in", cases]}, pluck="name", order_by="creation, name"
		)
		if names:
			found[doctype] = names
	return found


def cases_of(minor: str) -> list[str]:
	"""All cases of a person, the oldest first, whoever may read them."""
	return frappe.get_all("Case File", filters={"minor": minor}, pluck="name", order_by="creation, name")


def sharing(cases: list[str]) -> dict[str, dict[str, list[str]]]:
	"""Records of several people that these cases stand in: DocType -> record -> names of their own rows."""
	found: dict[str, dict[str, list[str]]] = {}
	for parent, field, child in shared_tables():
		for row in frappe.get_all(
			child,
			filters={"parenttype": parent, "parentfield": field, "case_file": ["in", cases]},
			fields=["name", "parent"],
			order_by="creation, name",
		):
			found.setdefault(parent, {}).setdefault(row.parent, []).append(row.name)
	return found
