"""The records that tests/site attacks: one minor's case with a word planted wherever a word can lie, and all who must
not read it.

`make` runs on the site through `bench execute` and returns names, logins and planted words; the tests know nothing
else and come in over HTTP.
"""

import frappe
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.desk.doctype.tag.tag import DocTags
from frappe.desk.form.assign_to import add as assign_task
from frappe.utils import add_days, today
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

# Key of the login -> its roles. The first line may see the case, the others may not.
FRIENDS: dict[str, tuple[str, ...]] = {
	"coordinator": ("Case Coordinator",),
	"worker": ("Social Worker",),
	"psychologist": ("Psychologist",),
	"manager": ("Protection Unit Manager",),
}
ATTACKERS: dict[str, tuple[str, ...]] = {
	"officer": (
		"Funding Officer",
		"Accounts Manager",
		"Accounts User",
		"Projects User",
		"Projects Manager",
		"Purchase User",
		"Purchase Manager",
		"Purchase Master Manager",
	),
	"partner_a": ("Network Partner",),
	"partner_b": ("Network Partner",),
	"administrator": ("System Manager", "Report Manager", "Website Manager", "Dashboard Manager"),
	"evaluator": ("Evaluator",),
	"protection_officer": ("Data Protection Officer",),
	"secretary": ("Training Secretary",),
	"stranger": ("Social Worker",),
	"former": ("Social Worker",),
	"contact": ("Facility Contact",),
}
# Neither: an account without a part in any case, and who may open one in an emergency.
OTHERS: dict[str, tuple[str, ...]] = {
	"newcomer": ("Projects User",),
	"night": ("Emergency Reader",),
}


def make() -> dict:
	"""Make the scenario and return what the tests need to know; a second call makes a second one."""
	users = {key: _login(*roles) for key, roles in {**FRIENDS, **ATTACKERS, **OTHERS}.items()}
	words = {}

	def word(name: str) -> str:
		"""A word that lies in one place only."""
		words[name] = f"Qj{frappe.generate_hash(length=9)}"
		return words[name]

	house = make_facility()
	other_house = make_facility(make_organisation(users=(users["contact"],)).name)
	partner_a = make_organisation(users=(users["partner_a"],)).name
	partner_b = make_organisation(users=(users["partner_b"],)).name

	with acting_as(users["worker"]):
		minor = make_minor(
			given_name=word("given_name"),
			family_name=word("family_name"),
			alias=word("alias"),
			birth_place=word("old_birth_place"),
			phone="+39 06 5550142",
		)
		words["phone"] = "5550142"
		case = make_case(
			minor.name,
			living_arrangement="Facility",
			facility=house.name,
			reception_entry=f"{add_days(today(), -19)} 10:00:00",
		)
		sibling = make_case()
	assign(case.name, users["psychologist"], "Psychologist", -10)
	former = assign(case.name, users["former"], "Social Worker", -10)

	with acting_as(users["former"]):
		file = _file("Minor", minor.name, word("file"))
		frappe.get_doc("Minor", minor.name).add_comment("Comment", word("comment_of_former"))
	with acting_as(users["worker"]):
		minor.reload()
		minor.birth_place = word("birth_place")
		minor.save()
		minor.add_comment("Comment", word("comment"))
		minor.add_viewed(users["worker"], force=True)
		assign_task(
			{
				"assign_to": [users["former"]],
				"doctype": "Minor",
				"name": minor.name,
				"description": word("task"),
			}
		)
		todo = frappe.get_last_doc("ToDo", {"reference_name": minor.name})
		todo.description = word("task_changed")
		todo.save()
		DocTags("Minor").add(minor.name, word("tag"))
		make_access_log(doctype="Minor", filters={"given_name": words["given_name"]}, method="Export")
		frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_type": "Communication",
				"communication_medium": "Email",
				"subject": f"Oggetto {word('mail_subject')}",
				"content": f"Testo {word('mail')}",
				"reference_doctype": "Minor",
				"reference_name": minor.name,
				"sent_or_received": "Received",
				"sender": "mittente@example.test",
			}
		).insert(ignore_permissions=True)
		consent = make_consent(case.name, withheld=word("consent"))
		pei = make_pei(
			case.name,
			minor_wishes=word("wishes"),
			objectives=[{"area": "Health", "objective": word("objective"), "need": word("need")}],
			interventions=[
				{
					"intervention_type": "Civic Orientation",
					"frequency": word("intervention"),
					"outcome": word("outcome"),
				}
			],
			signatures=[{"signatory": "Minor", "refusal_reason": word("refusal")}],
		)
		referrals = {
			state: make_referral(case.name, partner_a, shared_information=word(f"referral_{state}"))
			for state in ("sent", "drafted", "rejected", "revoked")
		}
		referrals["other"] = make_referral(case.name, partner_b, shared_information=word("referral_other"))
		for state in ("sent", "rejected", "revoked", "other"):
			act(referrals[state].name, "Send")
		act(referrals["revoked"].name, "Revoke", reason=word("revocation"))
	with acting_as(users["partner_a"]):
		act(referrals["rejected"].name, "Reject", reason=word("rejection"))
	with acting_as(users["psychologist"]):
		clinical = frappe.get_doc(
			{
				"doctype": "Clinical Record",
				"case_file": case.name,
				"record_type": "Psycho-social",
				"recorded_on": today(),
				"content": word("clinical"),
			}
		).insert()
	register = _register(users["coordinator"], word("register"), word("register_row"))

	# The former worker's last day was yesterday: what was written until then stays theirs by name.
	former.db_set({"to_date": add_days(today(), -1), "reason": word("assignment_reason")})

	with acting_as(users["stranger"]):
		own_minor = make_minor()
		own_case = make_case(own_minor.name)
		# A family's cases point at each other: the link must not open the other one.
		own_case.db_set({"living_arrangement": "Family", "family_case": sibling.name})
		own_pei = make_pei(own_case.name)
		own_consent = make_consent(own_case.name)
		own_referral = make_referral(own_case.name, partner_b)
	with acting_as(users["coordinator"]):
		make_case(living_arrangement="Facility", facility=other_house.name)

	project = frappe.db.get_value("Funded Project", {}, "name")
	frappe.db.commit()  # nosemgrep: run by bench execute, read by the web server
	return {
		"password": PASSWORD,
		"users": users,
		"attackers": list(ATTACKERS),
		"words": words,
		"facility": house.name,
		"partner_a": partner_a,
		"partner_b": partner_b,
		"project": project,
		"minor": minor.name,
		"sibling_minor": sibling.minor,
		"case": case.name,
		"file": file.name,
		"file_url": file.file_url,
		"records": {
			"Minor": minor.name,
			"Case File": case.name,
			"PEI": pei.name,
			"Consent": consent.name,
			"Clinical Record": clinical.name,
			"Referral": referrals["other"].name,
			"Care Assignment": former.name,
			"Register Import": register.name,
		},
		"children": {
			"PEI Objective": ["PEI", pei.objectives[0].name],
			"PEI Intervention": ["PEI", pei.interventions[0].name],
			"PEI Signature": ["PEI", pei.signatures[0].name],
			"Referral Event": ["Referral", frappe.db.get_value("Referral Event", {"status": "Rejected"})],
			"Register Import Problem": ["Register Import", register.problems[0].name],
		},
		"referrals": {state: referral.name for state, referral in referrals.items()},
		"own": {
			"minor": own_minor.name,
			"case": own_case.name,
			"pei": own_pei.name,
			"consent": own_consent.name,
			"referral": own_referral.name,
		},
	}


def _login(*roles: str) -> str:
	frappe.flags.in_import = (
		True  # Frappe stops at sixty new users an hour, and the in-package tests make theirs too
	)
	try:
		user = make_user(*roles)
	finally:
		frappe.flags.in_import = False
	update_password(user, PASSWORD)
	return user


def _file(doctype: str, name: str, text: str):
	return frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{text}.txt",
			"attached_to_doctype": doctype,
			"attached_to_name": name,
			"content": f"Contenuto {text}",
		}
	).insert()


def _register(owner: str, summary: str, problem: str):
	"""An import with a problem found, stored as it is: its own controller would read the workbook."""
	with acting_as(owner):
		register = frappe.get_doc(
			{
				"doctype": "Register Import",
				"workbook": "/private/files/nessuno.xlsx",
				"on_error": "Import Nothing",
				"status": "Checked",
				"summary": summary,
				"problems": [{"sheet": "Minori", "cell": "B2", "problem": problem}],
			}
		)
		register.set_new_name()
		register.set_user_and_timestamp()
		register.db_insert()
		for row in register.problems:
			row.parent = register.name
			row.set_new_name()
			row.db_insert()
	return register
