"""Intake: is the person already known, cases for one or several people in one go, their family, and what a screening proposes."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, getdate, today

from core_minori import people
from core_minori.engine.duplicates import Level, Person, matches, romanised
from core_minori.engine.intake import born_from_age, check_kind
from core_minori.engine.screening import URGENCY, age_band
from core_minori.messages import rules_spoken, say
from core_minori.permissions import may_open, may_write_case, readable_cases

# Whoever types a name asks a few times; whoever asks more is looking for something else.
MOST_CHECKS_AN_HOUR = 300
MOST_PEOPLE = 12
SHORTEST_NAME = 3
LOCK_SECONDS = 30

PERSON_FIELDS = (
	"given_name",
	"family_name",
	"alias",
	"original_name",
	"sex",
	"birth_date",
	"birth_date_certainty",
	"nationality",
	"second_nationality",
	"languages",
	"fiscal_code",
	"phone",
)
SHARED_FIELDS = (
	"project",
	"reported_on",
	"emersion_channel",
	"intervention_area",
	"living_arrangement",
	"facility",
	"reception_entry",
)


@frappe.whitelist(methods=["POST"])
def duplicates(person: str | dict) -> list[dict]:
	"""Who may be the person being typed: in full for people the user may read, for others no more than a case code.

	Of a stranger's data nothing can be tried out: the day of birth, the telephone and the alias do not count, and only
	a likely match is told. Raises frappe.PermissionError for who may not write down a person.
	"""
	frappe.has_permission("Minor", "create", throw=True)
	asked = people.person_of(_typed(_plain(person)))
	name = romanised(f"{asked.given_name}{asked.family_name}{asked.original_name}").replace(" ", "")
	if len(name) < SHORTEST_NAME and not asked.fiscal_code:
		return []
	_count_check()
	candidates = people.candidates_for(asked)
	seen = people.readable(one.code for one in candidates)
	known = matches(asked, [one for one in candidates if one.code in seen])
	strangers = matches(_coarse(asked), [_coarse(one) for one in candidates if one.code not in seen])
	strangers = [match for match in strangers if match.level is Level.LIKELY]
	cases = _latest_cases([match.code for match in (*known, *strangers)])
	workers = _workers([case["name"] for case in cases.values()])
	by_code = {one.code: one for one in candidates}
	own_cases = readable_cases(frappe.session.user, [case["name"] for case in cases.values()])
	found = []
	for match in known[:8]:
		one, case = by_code[match.code], cases.get(match.code)
		readable_case = bool(case) and case["name"] in own_cases
		found.append(
			{
				"readable": True,
				"minor": match.code,
				"name": " ".join(part for part in (one.given_name, one.family_name) if part),
				"birth_date": one.birth_date,
				"likely": match.level is Level.LIKELY,
				"reasons": [reason.render(_) for reason in match.reasons],
				"case": case["name"] if readable_case else None,
				"closed": bool(case and case["closed_on"]),
				"followed_by": workers.get(case["name"]) if readable_case else None,
			}
		)
	# In the order of their codes: the best match first would tell which is the better one.
	codes = sorted({cases[match.code]["name"] for match in strangers if match.code in cases})
	if codes or strangers:
		found += [{"readable": False, "likely": True, "case": code} for code in codes[:5] or [None]]
	return found


@frappe.whitelist(methods=["POST"])
def check(kind: str, birth_date: str | None = None, certainty: str | None = None) -> list[str]:
	"""What the age says against the kind of beneficiary, as sentences."""
	born = getdate(birth_date) if birth_date else None
	return [finding.message.render(_) for finding in check_kind(kind, born, certainty, getdate())]


@frappe.whitelist(methods=["POST"])
def open_cases(shared: str | dict, persons: str | list, token: str, screening: str | None = None) -> dict:
	"""Write down these people and open a case for each, all or none; several become one family.

	`token` names this one filling of the form: sent twice, it opens nothing twice and gives the same cases. Returns
	their codes in order. Raises frappe.ValidationError naming the person for what is missing or refused.
	"""
	shared, persons = _plain(shared), frappe.parse_json(persons)
	if not isinstance(persons, list) or not persons or len(persons) > MOST_PEOPLE:
		frappe.throw(_("Write one person at least, and {0} at most.").format(MOST_PEOPLE))
	if not (10 <= len(token) <= 40 and token.isalnum()):
		frappe.throw(_("Open the page again: this form has lost its number."))
	_wait_for_the_first(token)
	if opened := _opened(token):
		return {"cases": opened, "again": True}
	common = {field: shared.get(field) or None for field in SHARED_FIELDS}
	common["reported_on"] = common["reported_on"] or today()
	cases: list[str] = []
	for place, typed in enumerate(_plain(person) for person in persons):
		where = _("Person {0}").format(place + 1) if len(persons) > 1 else ""
		cases.append(
			_open_case(common, typed, shared, f"{token}{place:02d}", where, cases[0] if cases else None)
		)
	if screening:
		_link_screening(screening, cases[0])
	return {"cases": cases, "again": False}


@frappe.whitelist(methods=["POST"])
def family(case_file: str) -> dict:
	"""The family and the support network of a case: codes of all, names and states of whom the user may read."""
	case = _readable_case(case_file)
	members = _family_of(case)
	names = people.names_of_cases([row["name"] for row in members])
	states = {
		row.name: row
		for row in frappe.get_list(
			"Case File",
			filters={"name": ["in", [row["name"] for row in members] or [""]]},
			fields=["name", "state", "beneficiary_type"],
		)
	}
	persons, elsewhere = [], []
	if frappe.has_permission("Support Person", "read"):
		rows = frappe.get_list(
			"Support Person",
			filters={"case_file": ["in", [case.name, *(row["name"] for row in members)]]},
			fields=[
				"name",
				"case_file",
				"person_name",
				"relation",
				"role",
				"contact_rule",
				"parental_responsibility",
				"reference_adult",
				"lives_together",
				"lives_in",
				"phone",
				"own_case",
			],
			order_by="reference_adult desc, creation asc",
			limit_page_length=200,
		)
		persons = [row for row in rows if row.case_file == case.name]
		own = {(row.person_name.casefold(), row.own_case) for row in persons}
		elsewhere = [
			row
			for row in rows
			if row.case_file != case.name
			and (row.person_name.casefold(), row.own_case) not in own
			and row.own_case != case.name
		]
	born, certainty = frappe.db.get_value("Minor", case.minor, ["birth_date", "birth_date_certainty"]) or (
		None,
		None,
	)
	return {
		"members": [
			{
				"case": row["name"],
				"name": names.get(row["name"]),
				"readable": row["name"] in states,
				"state": states[row["name"]].state if row["name"] in states else None,
				"kind": states[row["name"]].beneficiary_type if row["name"] in states else None,
			}
			for row in members
		],
		"persons": persons,
		"elsewhere": elsewhere,
		"may_add": bool(
			frappe.has_permission("Support Person", "create")
			and may_write_case(frappe.session.user, case.name, "social")
		),
		"warnings": [
			finding.message.render(_)
			for finding in check_kind(case.beneficiary_type, born, certainty, getdate())
		]
		if may_open("Minor", case.minor)
		else [],
	}


@frappe.whitelist(methods=["POST"])
def take_from_family(case_file: str, support_person: str) -> str:
	"""Write a person of another member's network into this case's too, so that one mother is typed once.

	The contact rule goes along: a contact forbidden to one child is looked at before it is free for another.
	"""
	case = _readable_case(case_file)
	source = frappe.get_doc("Support Person", support_person)
	source.check_permission("read")
	if source.case_file not in {row["name"] for row in _family_of(case)}:
		frappe.throw(_("{0} is not in the network of this family.").format(source.name))
	copy = frappe.copy_doc(source)
	copy.case_file = case.name
	return copy.insert().name


@frappe.whitelist(methods=["POST"])
def propose_referral(
	screening: str, to_organisation: str, shared_information: str, legal_basis: str = "Consent"
) -> str:
	"""Draft the referral that a screening asks for; its sender looks at it and sends it. Returns its code."""
	record = frappe.get_doc("Screening", screening, for_update=True)
	record.check_permission("write")
	if not record.case_file:
		frappe.throw(_("Open a case first: a referral is about a case."))
	if record.referral:
		return record.referral
	minor = frappe.db.get_value("Case File", record.case_file, "minor")
	born = frappe.db.get_value("Minor", minor, "birth_date")
	referral = frappe.get_doc(
		{
			"doctype": "Referral",
			"case_file": record.case_file,
			"project": frappe.db.get_value("Case File", record.case_file, "project"),
			"to_organisation": to_organisation,
			"service_requested": record.proposed_service or "Social Care",
			"urgency": URGENCY.get(record.level, "Normal"),
			"age_band": age_band(born, getdate()) or record.age_band,
			"shared_information": shared_information,
			"legal_basis": legal_basis,
		}
	).insert()
	record.db_set("referral", referral.name)
	return referral.name


@frappe.whitelist(methods=["POST"])
def indicators() -> list[dict]:
	"""The signs a screening asks about, in their order."""
	return frappe.get_list(
		"Screening Indicator",
		filters={"disabled": 0},
		fields=["name", "indicator", "area", "weight", "critical", "service_proposed"],
		order_by="area asc, creation asc",
		limit_page_length=0,
	)


def _plain(values: str | dict) -> dict:
	"""Fields of a form as the browser sends them: texts, numbers and nothing else."""
	values = frappe.parse_json(values)
	if not isinstance(values, dict):
		frappe.throw(_("Open the page again: this form has lost its number."))
	return {field: value for field, value in values.items() if isinstance(value, str | int | float)}


def _typed(person: dict) -> dict:
	"""What was typed about a person, with a birth date from an age where there is none; only the fields of a person."""
	typed = {field: person.get(field) for field in PERSON_FIELDS if person.get(field)}
	if not typed.get("birth_date") and str(person.get("age") or "").strip():
		with rules_spoken():
			typed["birth_date"] = born_from_age(cint(person["age"]), getdate())
		typed["birth_date_certainty"] = "Estimated"
	return typed


def _coarse(person: Person) -> Person:
	"""What may be compared with somebody the asker may not read: the names, the year of birth, the countries."""
	return Person(
		code=person.code,
		given_name=person.given_name,
		family_name=person.family_name,
		original_name=person.original_name,
		birth_date=person.birth_date and date(person.birth_date.year, 1, 1),
		birth_date_certainty="Estimated",
		sex=person.sex,
		nationalities=person.nationalities,
		fiscal_code=person.fiscal_code,
	)


def _count_check() -> None:
	"""Refuse more checks than a person at work makes. The counter knows how many, not of whom."""
	key = frappe.cache.make_key(f"core_minori_duplicate_checks::{frappe.session.user}")
	made = frappe.cache.incr(key)
	if made == 1:
		frappe.cache.expire(key, 3600)
	if made > MOST_CHECKS_AN_HOUR:
		frappe.throw(
			_("Too many names were checked in an hour: go on later, or ask the coordinator."),
			frappe.RateLimitExceededError,
		)


def _latest_cases(minors: list[str]) -> dict[str, dict]:
	"""Minor -> the case that is open, or the last one, whoever may read it."""
	rows = frappe.get_all(
		"Case File",
		filters={"minor": ["in", minors or [""]]},
		fields=["name", "minor", "closed_on"],
		order_by="reported_on asc, creation asc",
	)
	return {row.minor: row for row in sorted(rows, key=lambda row: row.closed_on is None)}


def _workers(cases: list[str]) -> dict[str, str]:
	"""Case -> full name of who follows it as referent today; shown only where the case may be read."""
	if not cases:
		return {}
	rows = frappe.get_all(
		"Care Assignment",
		filters={"case_file": ["in", cases], "from_date": ["<=", today()]},
		or_filters=[["to_date", "is", "not set"], ["to_date", ">=", today()]],
		fields=["case_file", "user"],
		order_by="is_referent asc, from_date asc",
	)
	names = dict(
		frappe.get_all(
			"User",
			filters={"name": ["in", [row.user for row in rows]]},
			fields=["name", "full_name"],
			as_list=True,
		)
	)
	return {row.case_file: names.get(row.user, row.user) for row in rows}


def _wait_for_the_first(token: str) -> None:
	"""A second press of the button waits until the first has stored its cases: the lock ends with the connection."""
	locked = frappe.db.sql("select get_lock(%s, %s)", (f"core_minori_{token}", LOCK_SECONDS))
	if not locked[0][0]:
		frappe.throw(_("The case is being opened: wait a moment and look at the list."))


def _opened(token: str) -> list[str]:
	"""Cases that this filling of the form opened already, as stored now and not as this request first saw them."""
	minors = frappe.db.sql(
		"select `name` from `tabMinor` where `intake_token` like %s and `owner` = %s order by `intake_token` for update",
		(f"{token}%", frappe.session.user),
		pluck=True,
	)
	if not minors:
		return []
	rows = frappe.db.sql(
		"select `minor`, `name` from `tabCase File` where `minor` in %s order by `creation` lock in share mode",
		(minors,),
	)
	case_of = dict(reversed(rows))
	return [case_of[minor] for minor in minors if minor in case_of]


def _open_case(
	common: dict, typed: dict, shared: dict, token: str, where: str, family_case: str | None
) -> str:
	values = _typed(typed)
	for field, label in (("given_name", _("Given Name")), ("sex", _("Sex"))):
		if not values.get(field):
			words = _("{0} is missing.").format(label)
			frappe.throw(f"{where}: {words}" if where else words, title=_("Please Check"))
	kind = typed.get("beneficiary_type") or "Unaccompanied Minor"
	born = getdate(values["birth_date"]) if values.get("birth_date") else None
	if born and born > getdate():
		frappe.throw(_("The date of birth is in the future."), title=where or _("Please Check"))
	minor = frappe.get_doc(
		{
			"doctype": "Minor",
			**values,
			"arrival_date": shared.get("arrival_date") or None,
			"intake_token": token,
		}
	)
	minor.flags.duplicates_seen = True  # the form showed them while the name was typed
	minor.insert()
	case = frappe.get_doc(
		{
			"doctype": "Case File",
			"minor": minor.name,
			"beneficiary_type": kind,
			"victim_status": typed.get("victim_status") or None,
			"family_case": family_case,
			**common,
		}
	)
	if case.reception_entry:
		case.reception_entry = get_datetime(case.reception_entry)
	case.insert()
	say(check_kind(kind, born, values.get("birth_date_certainty"), getdate()), where)
	return case.name


def _link_screening(screening: str, case_file: str) -> None:
	record = frappe.get_doc("Screening", screening)
	record.check_permission("write")
	if not record.case_file:
		record.case_file = case_file
		record.save()


def _readable_case(case_file: str):
	case = frappe.get_doc("Case File", case_file)
	case.check_permission("read")
	return case


def _family_of(case) -> list[dict]:
	"""The other cases of the same family: the first one, and all that point to it or to this one."""
	first = case.family_case or case.name
	return frappe.get_all(
		"Case File",
		filters={"name": ["!=", case.name]},
		or_filters=[["name", "=", first], ["family_case", "in", [first, case.name]]],
		fields=["name"],
		order_by="creation asc",
		limit_page_length=30,
	)
