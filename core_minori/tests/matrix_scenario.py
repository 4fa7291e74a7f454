"""One case with a record of every kind, a stranger's case beside it, and one login for each role: what
tests/site/test_matrix.py and tests/site/test_attack_table.py ask about over HTTP.

`make` and `make_for_attack` run on the site through `bench execute`; a second call makes a second scenario.
"""

import json

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, add_to_date, now_datetime, today
from frappe.utils.password import update_password

from core_minori import access_log, access_store, permissions
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
	"emergency_reader": "Emergency Reader",
	"administrator": "System Manager",
}
ASSIGNED = ("psychologist", "educator", "mediator")
# Who looks as if they might read the case: key of the login -> its roles.
NEARLY: dict[str, tuple[str, ...]] = {
	"former": ("Social Worker",),  # assigned until yesterday
	"future": ("Social Worker",),  # assigned from tomorrow
	"double": ("System Manager", "Case Coordinator"),  # who administers the site has no role towards a case
	"waiting": ("Case Coordinator",),  # the role was given, and nobody confirmed it
	"emergency": ("Emergency Reader",),  # with an access that runs
	"emergency_ended": ("Emergency Reader",),  # with one that ran out yesterday
	"nobody": (),
}
# Where the word of a record lies that was not written in it above.
WORD_IN: dict[str, str] = {
	"Care Assignment": "reason",
	"Case Deadline": "title",
	"Case File": "register_code",
	"Data Breach": "consequences",
	"Data Request": "requester_name",
	"Emergency Access": "details",
	"Intervention Group": "title",
	"Placement": "notes",
	"Pseudonymised Export": "title",
	"Register Import": "summary",
	"Retention Action": "reason",
	"Role Confirmation": "reason",
}
# Of what Frappe keeps about a record: the field that holds the word, and what else such a row has.
WORD_OF_TRACE: dict[str, tuple[str | None, dict]] = {
	"Access Log": ("filters", {"method": "x"}),
	"Activity Log": ("content", {"subject": "x", "status": "Success"}),
	"Comment": ("content", {"comment_type": "Comment"}),
	"Communication": (
		"content",
		{
			"communication_date": "2026-01-01",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
		},
	),
	"Deleted Document": ("data", {}),
	"Discussion Topic": ("title", {}),
	"Document Follow": (None, {}),
	"Document Share Key": ("key", {"expires_on": "2020-01-01"}),
	"Email Queue": ("message", {"status": "Sent", "sender": "x@example.test"}),
	"Energy Point Log": ("reason", {"type": "Appreciation", "points": 1}),
	"Error Log": ("error", {"method": "x"}),
	"File": ("file_name", {"is_private": 1, "folder": "Home/Attachments"}),
	"Notification Log": ("email_content", {"type": "Alert", "subject": "x"}),
	"Tag Link": ("tag", {"title": "x"}),
	"ToDo": ("description", {"status": "Open"}),
	"Version": ("data", {}),
	"View Log": ("viewed_by", {}),
	"Workflow Action": ("workflow_state", {"status": "Open"}),
}


def make() -> dict:
	"""Make both cases; returns the logins and, by key, DocType and name of each record of either case."""
	frappe.flags.in_import = True  # Frappe stops at sixty new users an hour
	try:
		users = {key: make_user(role) for key, role in LOGINS.items()}
		users |= {key: make_user(*roles) if roles else _user_without_roles() for key, roles in NEARLY.items()}
		stranger = make_user("Social Worker")
	finally:
		frappe.flags.in_import = False
	for user in users.values():
		update_password(user, PASSWORD)
	_confirm_roles(users)
	house = make_facility(make_organisation(users=(users["contact"],)).name).name
	partner = make_organisation(users=(users["partner"],)).name
	words, other_words = _Words(), _Words()
	records = _case(users["worker"], users, house, partner, words)
	for key in ASSIGNED:
		assign(records["case"][1], users[key], LOGINS[key], -5)
	assign(records["case"][1], users["former"], "Social Worker", -10, -1)
	assign(records["case"][1], users["future"], "Social Worker", 1)
	strangers = {
		**users,
		"worker": stranger,
		"educator": stranger,
		"coordinator": stranger,
		"evaluator": stranger,
		"emergency": stranger,
	}
	others = _case(stranger, strangers, make_facility().name, make_organisation().name, other_words)
	ended = _emergency(records["case"][1], users["emergency_ended"], add_to_date(now_datetime(), days=-1))
	with acting_as(users["partner"]):
		act(records["referral"][1], "Accept")
	frappe.db.commit()  # nosemgrep: run by bench execute, read by the web server
	return {
		"password": PASSWORD,
		"users": users,
		"records": records,
		"others": others,
		"words": words,
		"other_words": other_words,
		"case": records["case"][1],
		"ended": ended.name,
		"stranger": stranger,
	}


def make_for_attack() -> dict:
	"""The same with a word in every child table and in everything that Frappe keeps about each record, and what is
	protected: the attack table is generated from it."""
	made = make()
	for records, words in ((made["records"], made["words"]), (made["others"], made["other_words"])):
		for key, (doctype, name) in list(records.items()):
			_plant_rows(key, doctype, name, words)
			_plant_traces(key, doctype, name, words, made["users"])
	missing = set(permissions.PROTECTED) - {doctype for doctype, _name in made["records"].values()}
	if missing:
		raise ValueError(f"No record of {sorted(missing)} in core_minori/tests/matrix_scenario.py")
	note = _raw(
		"Note", title=f"Nota {frappe.generate_hash(length=6)}", content=made["words"]["note"], public=1
	)
	frappe.db.sql(
		"insert into `__global_search` (doctype, name, title, content, published) values (%s, %s, 'x', %s, 0)",
		("Note", note.name, made["words"]["note"]),
	)
	minor = made["records"]["minor"]
	frappe.db.sql(
		"insert into `__global_search` (doctype, name, title, content, published) values (%s, %s, 'x', %s, 1)",
		(*minor, made["words"]["minor"]),
	)
	frappe.db.commit()  # nosemgrep: run by bench execute, read by the web server
	codes = {name for records in (made["records"], made["others"]) for _doctype, name in records.values()}
	return {
		**made,
		"note": note.name,
		"logins": {**{key: (role,) for key, role in LOGINS.items()}, **NEARLY},
		"fields": {
			side: {key: _field_of(*record, made[words].get(key)) for key, record in made[side].items()}
			for side, words in (("records", "words"), ("others", "other_words"))
		},
		"row_fields": {child: _text_of(child) for child in permissions.CHILD_OF},
		"rows": {side: _rows_of(made[side]) for side in ("records", "others")},
		"traces": {side: _traces_of(made[side]) for side in ("records", "others")},
		"mentions": {
			side: {key: _mentioned(doctype, name, codes) for key, (doctype, name) in made[side].items()}
			for side in ("records", "others")
		},
		"roles": permissions.ROLES,
		"protected": permissions.PROTECTED,
		"child_of": permissions.CHILD_OF,
		"traced": permissions.TRACES,
		"reports": frappe.get_all(
			"Report",
			filters={"is_standard": "Yes", "module": ["in", frappe.get_module_list("core_minori")]},
			pluck="name",
		),
		"papers": frappe.get_all(
			"Print Format",
			filters={"module": ["in", frappe.get_module_list("core_minori")]},
			fields=["name", "doc_type"],
		),
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
	group = frappe.db.get_value("Intervention", found["session"][1], "intervention_group")
	found["group"] = ("Intervention Group", group)
	for key, doctype, values in _governed(case.name, users):
		found[key] = (doctype, _raw(doctype, **values).name)
	found["access log"] = ("Case Access Log", _logged(case.name, words["access log"]))
	for key, (doctype, name) in found.items():
		if key not in words:
			frappe.db.set_value(doctype, name, WORD_IN[doctype], words[key], update_modified=False)
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


def _governed(case: str, users: dict[str, str]):
	"""(key, DocType, values) of what keeps watch over the cases: stored as it is, in the state it would have."""
	now, day = now_datetime().replace(microsecond=0), today()
	yield (
		"breach",
		"Data Breach",
		{
			"title": "Prova",
			"status": "Open",
			"discovered_at": now,
			"due_at": add_to_date(now, hours=72),
			"kind": "Confidentiality",
			"description": "Prova",
		},
	)
	yield (
		"data request",
		"Data Request",
		{
			"case_file": case,
			"request_type": "Access",
			"status": "Received",
			"received_on": day,
			"due_on": add_days(day, 30),
			"requester": "Guardian",
		},
	)
	yield (
		"emergency access",
		"Emergency Access",
		{
			"case_file": case,
			"reason": "Danger to Life or Health",
			"user": users["emergency"],
			"owner": users["emergency"],
			"starts_at": add_to_date(now, hours=-1),
			"ends_at": add_to_date(now, hours=20),
			"hours": 21,
		},
	)
	yield (
		"export",
		"Pseudonymised Export",
		{
			"owner": users["evaluator"],
			"period_from": add_days(day, -300),
			"period_to": day,
			"status": "Draft",
		},
	)
	yield (
		"retention action",
		"Retention Action",
		{"case_file": case, "step": "Archived", "status": "Proposed", "due_on": add_days(day, 60)},
	)
	yield (
		"role confirmation",
		"Role Confirmation",
		{"user": users["worker"], "role": "Psychologist", "status": "Refused", "given_on": now},
	)
	yield (
		"import",
		"Register Import",
		{
			"owner": users["coordinator"],
			"on_error": "Import Nothing",
			"status": "Checked",
		},
	)


def _emergency(case: str, user: str, ends_at) -> Document:
	return _raw(
		"Emergency Access",
		case_file=case,
		reason="Danger to Life or Health",
		details="Prova",
		user=user,
		owner=user,
		starts_at=add_to_date(ends_at, hours=-1),
		ends_at=ends_at,
		hours=1,
	)


def _logged(case: str, word: str) -> str:
	"""A row of the access log, made the way all of them are: they are chained."""
	access_log.note("Form", "Case File", case, case, text=word)
	access_store.drain()
	return frappe.db.get_value("Case Access Log", {"note": word}, "name")


def _confirm_roles(users: dict[str, str]) -> None:
	"""Every role is confirmed but the one that waits, whoever gave them."""
	for user in users.values():
		frappe.db.set_value("Role Confirmation", {"user": user}, "status", "Confirmed", update_modified=False)
	waits = {"user": users["waiting"], "role": "Case Coordinator"}
	if frappe.db.exists("Role Confirmation", waits):
		frappe.db.set_value("Role Confirmation", waits, "status", "Waiting", update_modified=False)
	else:
		_raw("Role Confirmation", **waits, status="Waiting", given_on=now_datetime())
	permissions.forget()


def _user_without_roles() -> str:
	address = f"nessuno.{frappe.generate_hash(length=8)}@example.test"
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": address,
			"first_name": "Nessuno",
			"enabled": 1,
			"send_welcome_email": 0,
			"language": "it",
		}
	)
	user.flags.no_welcome_mail = True
	return user.insert(ignore_permissions=True).name


def _raw(doctype: str, **values) -> Document:
	"""A row stored as it is, for what only a rule or an officer makes."""
	owner = values.pop("owner", frappe.session.user)
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.set_new_name()
	doc.set_user_and_timestamp()
	doc.db_insert()
	# inserting makes it the session's user's
	frappe.db.set_value(doctype, doc.name, "owner", owner, update_modified=False)
	return doc


def _plant_rows(key: str, doctype: str, name: str, words: _Words) -> None:
	"""A row in each child table of the record, with a word where it can hold one."""
	for field in frappe.get_meta(doctype).get_table_fields():
		text = _text_of(field.options)
		value = _needed(field.options) | ({text: words[f"{key}/{field.options}"]} if text else {})
		_raw(field.options, parenttype=doctype, parent=name, parentfield=field.fieldname, idx=90, **value)


def _plant_traces(key: str, doctype: str, name: str, words: _Words, users: dict[str, str]) -> None:
	"""One row of each of Frappe's records about records; what has an author is of who followed the case once."""
	for trace, (about, named) in permissions.TRACES.items():
		field, more = WORD_OF_TRACE[trace]
		word = words[f"{key}~{trace}"]
		values = {about: doctype, named: name, "owner": users["former"], **more}
		if field:
			values[field] = word
		if trace == "Version":
			values["data"] = json.dumps({"changed": [["idx", word, "1"]]})
		elif trace == "Deleted Document":
			values["data"] = json.dumps({"doctype": "Note", "name": word, "title": word, "content": word})
		elif trace == "File":
			path = f"/private/files/{frappe.generate_hash(length=20)}.txt"
			with open(frappe.get_site_path(path.lstrip("/")), "w") as file:
				file.write(word)
			# nobody's, as all files of protected records are from the moment they are stored
			values |= {"file_url": path, "file_size": len(word), "owner": "Administrator"}
		elif trace in ("ToDo", "Notification Log", "Document Follow", "Energy Point Log", "Workflow Action"):
			who = {"ToDo": "allocated_to", "Notification Log": "for_user", "Document Follow": "user"}.get(
				trace, "user"
			)
			values[who] = users["former"]
		_raw(trace, **values)


def _text_of(child: str) -> str | None:
	"""The first field of a child table that holds any text."""
	fields = frappe.get_meta(child).fields
	return next(
		(field.fieldname for field in fields if field.fieldtype in ("Small Text", "Text", "Data")), None
	)


def _needed(child: str) -> dict:
	"""Something in every field that a row cannot be without: its record is still saved."""
	values = {}
	for field in frappe.get_meta(child).fields:
		if not field.reqd:
			continue
		if field.fieldtype == "Select":
			values[field.fieldname] = next(option for option in field.options.split("\n") if option)
		elif field.fieldtype == "Link" and field.options not in permissions.PROTECTED:
			values[field.fieldname] = frappe.db.get_value(field.options, {}, "name")
		elif field.fieldtype in ("Date", "Datetime"):
			values[field.fieldname] = today()
		elif field.fieldtype in ("Data", "Small Text", "Text"):
			values[field.fieldname] = "Prova"
	return values


def _field_of(doctype: str, name: str, word: str | None) -> str | None:
	"""The field of the record that its word stands in; None when it stands in a row."""
	values = frappe.get_doc(doctype, name).as_dict()
	return next((field for field, value in values.items() if word and value == word), None)


def _rows_of(records: dict[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
	"""Record -> child table -> name of one row of it."""
	return {
		key: {
			field.options: frappe.db.get_value(
				field.options, {"parent": name, "parenttype": doctype, "idx": 90}
			)
			for field in frappe.get_meta(doctype).get_table_fields()
		}
		for key, (doctype, name) in records.items()
	}


def _traces_of(records: dict[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
	"""Record -> DocType of a trace -> name of the row that was planted; "url" is the path of its file."""
	found = {}
	for key, (doctype, name) in records.items():
		found[key] = {
			trace: frappe.db.get_value(trace, {about: doctype, named: name}, "name", order_by="creation desc")
			for trace, (about, named) in permissions.TRACES.items()
		}
		found[key]["url"] = frappe.db.get_value("File", found[key]["File"], "file_url")
	return found


def _mentioned(doctype: str, name: str, codes: set[str]) -> list[str]:
	"""Codes of other records that this one holds in a field: who reads it reads them."""
	text = frappe.get_doc(doctype, name).as_json()
	return sorted(code for code in codes if isinstance(code, str) and len(code) > 5 and code in text)
