"""What a new plan already knows: drawn from the records of the case, so that nothing is typed twice."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import frappe
from frappe.utils import getdate

from core_minori import sealed
from core_minori.engine.beneficiaries import age_on
from core_minori.engine.deadlines import reaches_age
from core_minori.engine.message import _, shown
from core_minori.engine.pei import DUBLIN_COUNTRIES, proposed_objectives
from core_minori.messages import in_site_language

# Clinical words reach the plan's wider circle of readers only under the eyes of who may read them: never behind the form.
SHOWN_FIRST: tuple[str, ...] = ("health_needs", "psychosocial_needs")
PEOPLE: tuple[str, ...] = ("facility", "project", "referent_worker", "educator", "guardian")

_Translate = Callable[[str], str]
_ACTS_OF_THE_PATH: tuple[str, ...] = (
	"Guardian Appointed",
	"Guardianship Opened",
	"Reception Ratified",
	"Age Assessment Concluded",
	"Prosieguo Ordered",
	"Prosieguo Declined",
	"Custody to Social Services",
	"Foster Care Ordered",
	"Foster Care Ratified",
	"Decree",
	"Judgment",
)


def prefill(case_file: str) -> dict[str, Any]:
	"""Values of a new plan of this case by field, from what the session's user may read; empty ones are left out.

	Texts are in the language of the site. The caller has asked whether the user may write a plan of this case.
	"""
	say = in_site_language()
	case = frappe.db.get_value(
		"Case File", case_file, ["minor", "facility", "project", "prosieguo_until"], as_dict=True
	)
	person = _person(case.minor)
	born = getdate(person.birth_date) if person and person.birth_date else None
	support = _rows(
		"Support Person",
		case_file,
		["relation", "person_name", "lives_in", "lives_together", "parental_responsibility", "contact_rule"],
	)
	interviews = _rows(
		"Minor Interview",
		case_file,
		["held_at", "personal_history", "family_ties", "minor_opinion", "language", "mediator_present"],
		order_by="held_at desc",
	)
	documents = _rows(
		"Personal Document",
		case_file,
		["document_type", "status", "requested_on", "issued_on", "expires_on", "permit_type"],
		order_by="creation",
	)
	guardian = _guardian(case_file, support, say)
	heard = next((row for row in interviews if row.minor_opinion), None) or frappe._dict()
	values = {
		"facility": case.facility,
		"project": case.project,
		"guardian": guardian,
		**_workers(case_file),
		"origin_and_family": _lines(
			_origin(person, say), _family(support, say), _first(interviews, "family_ties")
		),
		"schooling": _lines(_schooling(documents, say)),
		"language_level": person and person.languages,
		"kept_contacts": _lines(_contacts(support, say)),
		"migration_route": _lines(
			[say(_("Arrived in Italy on {0}.")).format(shown(getdate(person.arrival_date)))]
			if person and person.arrival_date
			else (),
			_first(interviews, "personal_history"),
		),
		"relatives_in_europe": _lines(
			f"{say(row.relation)}: {row.person_name}, {say(row.lives_in)}"
			for row in support
			if row.lives_in in DUBLIN_COUNTRIES
		),
		"health_needs": _summary(case_file, "Health Summary"),
		"psychosocial_needs": _summary(case_file, "Psycho-social Summary"),
		**_assessed(case_file, say),
		"documents_status": _lines(_document(row, say) for row in documents),
		**_permit(documents),
		"regularisation_path": _lines(_path(case_file, case.prosieguo_until, say)),
		"minor_wishes": heard.minor_opinion,
		"voice_language": heard.language,
		"voice_mediator_present": heard.mediator_present,
		"plan_at_eighteen": _majority(born, say),
	}
	return {name: value for name, value in values.items() if value}


def people_of(case_file: str) -> dict[str, Any]:
	"""The head of a plan as the case has it now: who follows the minor, and where. Missing ones are None."""
	known = prefill(case_file)
	return {name: known.get(name) for name in PEOPLE}


def signatories(case_file: str, plan: Any) -> list[dict[str, str]]:
	"""Who is asked to sign a plan: the people concerned, without the minor's name."""
	assigned = set(
		frappe.get_all(
			"Care Assignment",
			filters={"case_file": case_file, "from_date": ["<=", getdate()]},
			or_filters=[["to_date", "is", "not set"], ["to_date", ">=", getdate()]],
			pluck="care_role",
		)
	)
	who = [
		("Minor", ""),
		("Guardian or Parent", plan.guardian),
		("Social Worker", plan.referent_worker),
		("Educator", plan.educator),
	]
	who = [(signatory, name) for signatory, name in who if signatory != "Educator" or name]
	if "Psychologist" in assigned:
		who.append(("Psychologist", ""))
	if plan.facility:
		who.append(("Facility", plan.facility))
	who.append(("Protection Unit", ""))
	return [{"signatory": signatory, "signer": name or ""} for signatory, name in who]


def asked(row: Any) -> str:
	"""What the receiver is told: the service and its rhythm. Why it is needed is for the sender to add, or not."""
	say = in_site_language()
	parts = [say(row.intervention_type), say(row.mode).lower() if row.mode else ""]
	text = ", ".join(part for part in parts if part)
	if row.frequency:
		text += f", {row.frequency}"
	if row.start_date:
		text += " " + say(_("from {0}")).format(shown(getdate(row.start_date)))
	if row.end_date:
		text += " " + say(_("to {0}")).format(shown(getdate(row.end_date)))
	return f"{text}."


def birth_of(case_file: str) -> date | None:
	"""Date of birth of the minor of a case, whoever asks: callers show an age or a band, never the day."""
	born = frappe.db.get_value("Minor", frappe.db.get_value("Case File", case_file, "minor"), "birth_date")
	return getdate(born) if born else None


def _rows(
	doctype: str, case_file: str, fields: list[str], order_by: str = "creation", **filters: Any
) -> list:
	"""Records of the case that the session's user may read; none where they may not."""
	if not frappe.has_permission(doctype, "read"):
		return []
	return sealed.get_list(
		doctype,
		fields,
		filters={"case_file": case_file, **filters},
		order_by=order_by,
		limit_page_length=0,
	)


def _lines(*parts: str | Iterable[str] | None) -> str:
	"""The parts as lines, empty ones left out."""
	lines: list[str] = []
	for part in parts:
		lines += [part] if isinstance(part, str) else list(part or ())
	return "\n".join(line.strip() for line in lines if line and line.strip())


def _first(rows: Iterable[Any], field: str) -> str:
	return next((row[field] for row in rows if (row[field] or "").strip()), "")


def _person(minor: str) -> Any:
	if not frappe.has_permission("Minor", "read"):
		return None
	found = frappe.get_list(
		"Minor",
		filters={"name": minor},
		fields=[
			"birth_date",
			"nationality",
			"second_nationality",
			"birth_country",
			"birth_place",
			"languages",
			"arrival_date",
		],
	)
	return found[0] if found else None


def _origin(person: Any, say: _Translate) -> list[str]:
	if not person:
		return []
	nations = [say(nation) for nation in (person.nationality, person.second_nationality) if nation]
	place = [
		part for part in (person.birth_place, person.birth_country and say(person.birth_country)) if part
	]
	return [
		*([say(_("Nationality: {0}.")).format(", ".join(nations))] if nations else ()),
		*([say(_("Place of birth: {0}.")).format(", ".join(place))] if place else ()),
	]


def _family(support: list, say: _Translate) -> list[str]:
	lines = []
	for row in support:
		parts = [f"{say(row.relation)}: {row.person_name}"]
		if row.lives_together:
			parts.append(say(_("lives with the minor")))
		elif row.lives_in:
			parts.append(say(row.lives_in))
		if row.parental_responsibility:
			parts.append(say(_("holds parental responsibility")))
		lines.append(", ".join(parts))
	return lines


def _contacts(support: list, say: _Translate) -> list[str]:
	words = {
		"Free": say(_("free contact")),
		"Supervised": say(_("supervised contact")),
		"Forbidden": say(_("contact forbidden")),
	}
	return [
		f"{say(row.relation)} ({row.person_name}): {words.get(row.contact_rule, '')}"
		for row in support
		if not row.lives_together
	]


def _schooling(documents: list, say: _Translate) -> list[str]:
	return [
		say(_("School certificate held, issued on {0}.")).format(shown(getdate(row.issued_on)))
		if row.issued_on
		else say(_("School certificate held."))
		for row in documents
		if row.document_type == "School Certificate" and row.status == "Held"
	]


def _document(row: Any, say: _Translate) -> str:
	states = {
		"Missing": say(_("missing")),
		"Requested": say(_("requested")),
		"Held": say(_("in hand")),
		"Not Possible": say(_("not possible to obtain")),
	}
	text = f"{say(row.document_type)}: {states.get(row.status, '')}"
	if row.status == "Held" and row.expires_on:
		text += ", " + say(_("expires on {0}")).format(shown(getdate(row.expires_on)))
	if row.status == "Requested" and row.requested_on:
		text += " " + say(_("on {0}")).format(shown(getdate(row.requested_on)))
	return text


def _permit(documents: list) -> dict[str, Any]:
	"""The permit of the newest paper, one in hand before one that was asked for; and whether asylum was."""
	papers = [
		row
		for row in documents
		if row.permit_type and row.document_type in ("Residence Permit", "Request of Residence Permit")
	]
	papers.sort(key=lambda row: (row.status == "Held", str(row.issued_on or row.requested_on or "")))
	return {
		"permit_type": papers[-1].permit_type if papers else None,
		"asylum_requested": int(
			any(
				row.document_type == "Asylum Request Form (C3)" and row.status in ("Held", "Requested")
				for row in documents
			)
		),
	}


def _workers(case_file: str) -> dict[str, str]:
	"""Full names of the referent social worker and of the educator who follow the case today."""
	found: dict[str, str] = {}
	rows = _rows(
		"Care Assignment",
		case_file,
		["user", "care_role", "is_referent", "from_date", "to_date"],
		order_by="is_referent desc, from_date",
	)
	fields = {"Social Worker": "referent_worker", "Educator": "educator"}
	today = getdate()
	names = dict(
		frappe.get_all(
			"User",
			filters={"name": ["in", [row.user for row in rows]]},
			fields=["name", "full_name"],
			as_list=True,
		)
	)
	for row in rows:
		runs = getdate(row.from_date) <= today and (not row.to_date or getdate(row.to_date) >= today)
		if runs and row.care_role in fields:
			found.setdefault(fields[row.care_role], names.get(row.user) or row.user)
	return found


def _guardian(case_file: str, support: list, say: _Translate) -> str:
	"""Who answers for the minor today: the guardian, else the parents with responsibility."""
	today = getdate()
	running = [
		row
		for row in _rows(
			"Guardianship",
			case_file,
			["guardian_kind", "guardian_name", "from_date", "to_date"],
			order_by="from_date desc",
		)
		if getdate(row.from_date) <= today and (not row.to_date or getdate(row.to_date) >= today)
	]
	# A curator stands beside the guardian, and a provisional guardian gives way to the one appointed.
	last = {"Special Curator": 2, "Provisional Guardian": 1}
	running.sort(key=lambda row: last.get(row.guardian_kind, 0))
	if running:
		return f"{running[0].guardian_name} ({say(running[0].guardian_kind)})"
	return ", ".join(
		f"{row.person_name} ({say(row.relation)})" for row in support if row.parental_responsibility
	)


def _summary(case_file: str, record_type: str) -> str:
	"""Text of the newest summary of this kind; nothing where the user may not read it."""
	rows = _rows(
		"Clinical Record",
		case_file,
		["content"],
		order_by="recorded_on desc, creation desc",
		record_type=record_type,
	)
	return rows[0].content if rows else ""


def _assessed(case_file: str, say: _Translate) -> dict[str, Any]:
	"""Level, protective factors and proposed objectives from the latest approved assessment."""
	rows = _rows(
		"Risk Assessment",
		case_file,
		["name", "level", "decided_level"],
		order_by="assessed_on desc, creation desc",
		status="Approved",
	)
	if not rows:
		return {}
	latest = frappe.get_doc("Risk Assessment", rows[0].name)
	return {
		"vulnerability_level": latest.decided_level or latest.level,
		"protective_factors": _lines(
			f"{say(row.factor)}: {row.note}" if row.note else say(row.factor)
			for row in latest.factors
			if row.kind == "Protective"
		),
		"objectives": proposed_objectives(
			(row.dimension_title or row.dimension, int(row.score or 0), row.note) for row in latest.scores
		),
	}


def _path(case_file: str, prosieguo_until: date | None, say: _Translate) -> list[str]:
	lines = []
	for row in _rows(
		"Guardianship", case_file, ["guardian_kind", "from_date", "to_date"], order_by="from_date"
	):
		lines.append(
			say(_("{0} from {1}")).format(say(row.guardian_kind), shown(getdate(row.from_date)))
			+ (" " + say(_("to {0}")).format(shown(getdate(row.to_date))) if row.to_date else "")
		)
	for row in _rows(
		"Court Act",
		case_file,
		["act_type", "authority", "acted_at", "valid_until"],
		order_by="acted_at",
		act_type=["in", _ACTS_OF_THE_PATH],
	):
		line = f"{say(row.act_type)}, {say(row.authority)}, {shown(getdate(row.acted_at))}"
		if row.valid_until:
			line += ", " + say(_("until {0}")).format(shown(getdate(row.valid_until)))
		lines.append(line)
	if prosieguo_until and not any(say("Prosieguo Ordered") in line for line in lines):
		lines.append(say(_("Prosieguo until {0}")).format(shown(getdate(prosieguo_until))))
	return lines


def _majority(born: date | None, say: _Translate) -> str:
	age = age_on(born, getdate())
	if born is None or age is None or age >= 18:
		return ""
	return say(_("Turns eighteen on {0}.")).format(shown(reaches_age(born, 18)))
