"""One case with a record of every kind, a stranger's case beside it, and one login for each role: what
tests/site/test_matrix.py asks about over HTTP.

`make` runs on the site through `bench execute`; a second call makes a second scenario.
"""

import frappe
from frappe.utils import add_days, add_to_date, now_datetime, today
from frappe.utils.password import update_password

from core_minori.api.referrals import act
from core_minori.tests.builders import (
	PASSWORD,
	acting_as,
	assign,
	make_case,
	make_consent,
	make_facility,
	make_minor,
	make_organisation,
	make_pei,
	make_referral,
	make_user,
)

LOGINS: dict[str, str] = {
	"coordinator": "Case Coordinator",
	"manager": "Protection Unit Manager",
	"worker": "Social Worker",
	"psychologist": "Psychologist",
	"educator": "Educator",
	"mediator": "Cultural Mediator",
	"contact": "Facility Contact",
	"partner": "Network Partner",
	"officer": "Funding Officer",
	"secretary": "Training Secretary",
	"evaluator": "Evaluator",
	"protection_officer": "Data Protection Officer",
	"administrator": "System Manager",
}
ASSIGNED = ("psychologist", "educator", "mediator")


def make() -> dict:
	"""Make both cases; returns the logins and, by key, DocType and name of each record of either case."""
	frappe.flags.in_import = True  # Frappe stops at sixty new users an hour
	try:
		users = {key: make_user(role) for key, role in LOGINS.items()}
		stranger = make_user("Social Worker")
	finally:
		frappe.flags.in_import = False
	for user in users.values():
		update_password(user, PASSWORD)
	house = make_facility(make_organisation(users=(users["contact"],)).name).name
	partner = make_organisation(users=(users["partner"],)).name
	words = _Words()
	records = _case(users["worker"], users, house, partner, words)
	for key in ASSIGNED:
		assign(records["case"][1], users[key], LOGINS[key], -5)
	others = _case(
		stranger, {**users, "educator": stranger}, make_facility().name, make_organisation().name, _Words()
	)
	with acting_as(users["partner"]):
		act(records["referral"][1], "Accept")
	frappe.db.commit()  # nosemgrep: run by bench execute, read by the web server
	return {
		"password": PASSWORD,
		"users": users,
		"records": records,
		"others": others,
		"words": words,
		"case": records["case"][1],
	}


class _Words(dict):
	"""Record -> the word that is written in it, and nowhere else."""

	def __missing__(self, record: str) -> str:
		self[record] = f"Qk{frappe.generate_hash(length=12)}"
		return self[record]


def _case(
	worker: str, users: dict[str, str], facility: str, partner: str, words: _Words
) -> dict[str, tuple[str, str]]:
	"""A case with one record of every kind; the worker opens it, and the system's own hand writes the rest."""
	with acting_as(worker):
		minor = make_minor(given_name=words["minor"], birth_date=add_days(today(), -365 * 16))
		case = make_case(
			minor.name,
			living_arrangement="Facility",
			facility=facility,
			reception_entry=f"{add_days(today(), -19)} 10:00:00",
		)
		consent = make_consent(case.name, language=words["consent"])
		pei = make_pei(case.name, schooling=words["pei"])
		referral = make_referral(case.name, partner, shared_information=words["referral"])
		act(referral.name, "Send")
	found = {
		"minor": ("Minor", minor.name),
		"case": ("Case File", case.name),
		"consent": ("Consent", consent.name),
		"pei": ("PEI", pei.name),
		"referral": ("Referral", referral.name),
		"assignment": (
			"Care Assignment",
			frappe.db.get_value("Care Assignment", {"case_file": case.name, "user": worker}),
		),
	}
	for key, doctype, values in _records(case.name, pei.name, users, words):
		doc = frappe.get_doc({"doctype": doctype, **values})
		doc.insert()
		found[key] = (doctype, doc.name)
	found["placement"] = ("Placement", frappe.db.get_value("Placement", {"case_file": case.name}))
	for part in ("social", "court", "health"):
		name = frappe.db.get_value("Case Deadline", {"case_file": case.name, "part": part})
		found[f"{part} deadline"] = ("Case Deadline", name)
	return found


def _records(case: str, pei: str, users: dict[str, str], words: _Words):
	"""(key, DocType, values) of what is inserted as it is."""
	now, day = now_datetime().replace(microsecond=0), today()
	yesterday = add_to_date(now, days=-1)

	def of(key: str, doctype: str, **values):
		return key, doctype, {"case_file": case, **values}

	yield of(
		"interview",
		"Minor Interview",
		interview_type="First Interview",
		held_at=f"{add_days(day, -17)} 11:00:00",
		language="Italiano",
		personal_history=words["interview"],
		attendees=[{"role": "Social Worker", "user": users["worker"]}],
	)
	yield of("screening", "Screening", screened_on=day, place=words["screening"])
	yield of(
		"assessment",
		"Risk Assessment",
		assessed_on=day,
		occasion="Intake",
		factors=[{"kind": "Protective", "factor": "Supportive Adult", "note": words["assessment"]}],
	)
	yield of(
		"support person", "Support Person", relation="Uncle or Aunt", person_name=words["support person"]
	)
	yield of(
		"guardianship",
		"Guardianship",
		guardian_kind="Volunteer Guardian",
		guardian_name=words["guardianship"],
		from_date=add_days(day, -5),
	)
	yield of(
		"document",
		"Personal Document",
		document_type="Passport",
		status="Missing",
		issued_by=words["document"],
	)
	yield of(
		"court act",
		"Court Act",
		act_type="Art. 403 Placement",
		authority="Police",
		acted_at=yesterday,
		act_number=words["court act"],
	)
	yield of(
		"report",
		"Protection Report",
		report_type="Health Professional's Report",
		noticed_at=yesterday,
		answer=words["report"],
	)
	yield of(
		"family search",
		"Family Search",
		status="To Be Decided",
		sought_people=[{"relation": "Mother", "person_name": words["family search"]}],
	)
	yield of(
		"contact log",
		"Contact Log",
		contact_at=yesterday,
		contact_type="Phone Call",
		contact_with="Facility",
		summary=words["contact log"],
	)
	yield of(
		"meeting",
		"Case Meeting",
		held_at=yesterday,
		meeting_type="Team Meeting",
		minutes=words["meeting"],
		participants=[{"user": users["worker"], "role": "Social Worker"}],
	)
	yield of(
		"intervention",
		"Intervention",
		mode="Individual",
		intervention_type="Civic Orientation",
		status="Planned",
		starts_at=add_to_date(now, days=2),
		hours=1,
		notes=words["intervention"],
		operators=[{"user": users["educator"]}],
	)
	group = frappe.get_doc(
		{
			"doctype": "Intervention Group",
			"title": f"Gruppo {frappe.generate_hash(length=6)}",
			"intervention_type": "Group Education",
			"operators": [{"user": users["educator"]}],
			"members": [{"case_file": case}],
		}
	).insert()
	yield (
		"session",
		"Intervention",
		{
			"mode": "Group",
			"intervention_group": group.name,
			"intervention_type": "Group Education",
			"status": "Planned",
			"starts_at": add_to_date(now, days=3),
			"hours": 2,
			"notes": words["session"],
			"operators": [{"user": users["educator"]}],
			"participants": [{"case_file": case}],
		},
	)
	yield of(
		"review",
		"PEI Review",
		pei=pei,
		reviewed_on=day,
		occasion="Planned",
		minutes=words["review"],
	)
	yield of("request", "Case Request", request_type="Suspension", effective_on=day, reason=words["request"])
	for kind in ("Health", "Psycho-social", "Health Summary", "Psycho-social Summary", "Care Note"):
		yield of(
			kind.lower(), "Clinical Record", record_type=kind, recorded_on=day, content=words[kind.lower()]
		)
