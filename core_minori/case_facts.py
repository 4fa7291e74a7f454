"""The facts of a case: what happened when, wherever it is written down.

A fact is typed once, in the record it belongs to: the interview in Minor Interview, the appointment of a guardian in
Guardianship, the steps of a court in Court Act. Deadlines and the state of the case are worked out from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate

from core_minori.days import Moment, as_moment
from core_minori.engine.deadlines import Happening, reaches_age
from core_minori.engine.legal import APPOINTED


@dataclass(frozen=True)
class Source:
	"""Where a fact stands: the moments of the records of a case that have these values.

	`moment` names the field, or fields in order of preference. Where one moment is asked for, it is the first, or with
	`last` the last one.
	"""

	fact: str
	doctype: str
	moment: str | tuple[str, ...]
	where: dict[str, tuple] = field(default_factory=dict)
	last: bool = False

	@property
	def moments(self) -> tuple[str, ...]:
		"""The fields of the moment, the best first."""
		return (self.moment,) if isinstance(self.moment, str) else self.moment


def _act(fact: str, *act_types: str, moment: str = "acted_at", **where: tuple) -> Source:
	return Source(fact, "Court Act", moment, {"act_type": act_types, **where}, last=True)


def _report(fact: str, report_type: str, moment: str, **where: tuple) -> Source:
	return Source(fact, "Protection Report", moment, {"report_type": (report_type,), **where}, last=True)


def _paper(fact: str, *types: str, **where: tuple) -> Source:
	# A document that is held, and of which nobody knows the day, is there since it was recorded.
	return Source(
		fact,
		"Personal Document",
		("requested_on", "issued_on", "creation"),
		{"document_type": types, "status": ("Requested", "Held"), **where},
	)


def _placement(fact: str, moment: str, **where: tuple) -> Source:
	return Source(
		fact, "Placement", moment, {"status": ("Placed", "Transferred", "Discharged", "Absconded"), **where}
	)


_FIRST = {"interview_type": ("First Interview",)}
_PAPERS_OF_AN_ADULT = ("Study", "Work", "Waiting for Work", "Integration")
_APPEAL = {"authority": ("Court of Appeal",)}

SOURCES: tuple[Source, ...] = (
	Source("interview_done", "Minor Interview", "held_at", {"concluded": (1,), **_FIRST}),
	Source("interview_sent_to_municipality", "Minor Interview", "sent_to_municipality_on", _FIRST),
	Source("interview_sent_to_prosecutor", "Minor Interview", "sent_to_prosecutor_on", _FIRST),
	Source("urgent_need_found", "Minor Interview", "held_at", {"urgent_need": (1,)}),
	Source("urgent_need_told", "Minor Interview", "urgent_told_at", {"urgent_need": (1,)}),
	Source("guardian_requested", "Guardianship", "requested_on"),
	_act("guardian_requested", "Guardianship Opened", "Guardian Appointed"),
	Source(
		"guardian_appointed",
		"Guardianship",
		"from_date",
		{"guardian_kind": APPOINTED},
	),
	Source("family_search_reported", "Family Search", "reported_on"),
	Source("family_search_excluded", "Family Search", "excluded_on"),
	_placement("placed", "from_at", living_arrangement=("Facility",)),
	_placement(
		"first_reception_exit",
		"from_at",
		reception_level=("Second Reception", "Family Community", "Semi-autonomy"),
	),
	_placement("foster_care_left", "to_at", living_arrangement=("Foster Family",)),
	Source("missing", "Placement", "to_at", {"status": ("Absconded",)}),
	Source("referent_named", "Care Assignment", "from_date", {"is_referent": (1,)}),
	_paper("permit_requested", "Residence Permit", "Request of Residence Permit"),
	_paper("health_card_requested", "Health Card"),
	_paper("school_enrolled", "School Certificate"),
	_paper("asylum_requested", "Asylum Request Form (C3)"),
	_paper(
		"permit_conversion_requested",
		"Residence Permit",
		"Request of Residence Permit",
		permit_type=_PAPERS_OF_AN_ADULT,
	),
	_paper(
		"integration_permit_requested",
		"Residence Permit",
		"Request of Residence Permit",
		permit_type=("Integration",),
	),
	_report("first_report_sent", "First Report of an Unaccompanied Minor", "transmitted_at"),
	_act("placement_403", "Art. 403 Placement"),
	_report("report_403_sent", "Art. 403 Report", "transmitted_at"),
	_act("validation_403_requested", "Art. 403 Validation Request"),
	_act("validation_403_decided", "Art. 403 Validation"),
	_act("hearing_403_held", "Art. 403 Hearing"),
	_act("decision_403", "Art. 403 Decision"),
	_act("measure_403_ended", "Art. 403 Revocation"),
	_act("appeal_filed", "Request", **_APPEAL),
	_act("appeal_decided", "Decree", "Judgment", **_APPEAL),
	_act("age_procedure_requested", "Age Procedure Requested"),
	_act("age_integration_requested", "Age Procedure Integration Requested"),
	_act("age_integration_sent", "Age Procedure Integration Sent"),
	_act("age_assessment_ordered", "Age Assessment Ordered"),
	_act("age_assessment_concluded", "Age Assessment Concluded"),
	_act("age_assessment_revoked", "Age Assessment Revoked"),
	_act("asylum_refused", "Asylum Refused"),
	_act("continued_care_declined", "Prosieguo Declined"),
	_act("continued_care_ordered", "Prosieguo Ordered"),
	_act("continued_care_ends", "Prosieguo Ordered", moment="valid_until"),
	_act("foster_care_ordered", "Foster Care Ordered", "Foster Care Ratified"),
	_act("custody_ordered", "Custody to Social Services"),
	_report("crime_noticed", "Crime Prosecutable Ex Officio", "noticed_at"),
	_report("crime_reported", "Crime Prosecutable Ex Officio", "transmitted_at"),
	_report(
		"crime_noticed_by_health_professional",
		"Health Professional's Report",
		"noticed_at",
		immediate_danger=(0, None),
	),
	_report(
		"danger_noticed_by_health_professional",
		"Health Professional's Report",
		"noticed_at",
		immediate_danger=(1,),
	),
	_report("health_report_sent", "Health Professional's Report", "transmitted_at"),
	_report("abandonment_noticed", "Abandonment", "noticed_at"),
	_report("abandonment_reported", "Abandonment", "transmitted_at"),
	_report("disappearance_noticed", "Disappearance", "noticed_at"),
	_report("disappearance_reported", "Disappearance", "transmitted_at"),
	_report("report_to_court_sent", "Other", "transmitted_at", authority=("Juvenile Court",)),
	_report(
		"list_to_prosecutor_sent",
		"Other",
		"transmitted_at",
		authority=("Prosecutor at the Juvenile Court",),
	),
	Source("pei_drafted", "PEI", "drafted_on"),
	Source("pei_signed", "PEI", "signed_on", last=True),
	Source("pei_reviewed", "PEI Review", "reviewed_on", last=True),
)

# Fact -> the field of Case File that holds it: typed there, or kept there for lists and for what a register brought in.
CASE_FIELDS: dict[str, str] = {
	"reception_entry": "reception_entry",
	"census_recorded": "census_done_on",
	"guardian_requested": "census_done_on",
	"identification_concluded": "identification_concluded_on",
	"adult_section_entry": "adult_section_since",
	"continued_care_requested": "continued_care_requested_on",
	"continued_care_ends": "prosieguo_until",
	"permit_conversion_prepared": "permit_conversion_prepared_on",
	"permit_conversion_not_needed": "permit_conversion_not_needed_on",
	"majority_plan_made": "majority_plan_made_on",
	"missing": "missing_since",
	"pei_closed": "closed_on",
	"case_closed": "closed_on",
	"interview_done": "interview_on",
	"guardian_appointed": "guardian_appointed_on",
	"family_search_reported": "family_search_reported_on",
	"first_reception_exit": "second_reception_on",
}
# The entry into reception is the first placement, whatever the placements that follow say.
CASE_FIRST: dict[str, str] = {"placed": "reception_entry"}
# Facts of the person.
PERSON_FACTS = ("birth_date", "majority_reached", "placed_of_school_age")
SCHOOL_AGE = 6
# Facts of records that Case File keeps a copy of.
KEPT: tuple[str, ...] = (
	"interview_done",
	"guardian_appointed",
	"family_search_reported",
	"first_reception_exit",
	"continued_care_ends",
)


def facts_of(cases: Sequence[str]) -> dict[str, dict[str, Moment]]:
	"""Facts by case, one moment each; a fact that did not happen yet is None. Reads as `happenings_of` does."""
	return {case: _moments(happenings) for case, happenings in happenings_of(cases).items()}


def _moments(happenings: dict[str, list[Happening]]) -> dict[str, Moment]:
	last = {source.fact for source in SOURCES if source.last}
	return {
		fact: (times[-1] if fact in last else times[0]).at if times else None
		for fact, times in happenings.items()
	}


def happenings_of(cases: Sequence[str]) -> dict[str, dict[str, list[Happening]]]:
	"""Every time each fact happened, by case, in order. One query a DocType, whatever the number of cases.

	Records are read without asking who reads: the caller hands out only what their reader may see.
	"""
	found = {case: {fact: [] for fact in fact_names()} for case in cases}
	if not found:
		return found
	for doctype in dict.fromkeys(source.doctype for source in SOURCES):
		sources = [source for source in SOURCES if source.doctype == doctype]
		fields = {
			"name",
			"case_file",
			*(name for source in sources for name in (*source.moments, *source.where)),
		}
		for row in frappe.get_all(doctype, filters={"case_file": ["in", list(found)]}, fields=list(fields)):
			for source in sources:
				moment = next((as_moment(row[name]) for name in source.moments if row[name]), None)
				if moment and all(row[name] in values for name, values in source.where.items()):
					found[row.case_file][source.fact].append(Happening(moment, row.name))
	_add_facts_of_the_case(found)
	for happenings in found.values():
		for times in happenings.values():
			times.sort(key=lambda time: (_comparable(time.at), time.key))
	return found


def fact_names() -> tuple[str, ...]:
	"""All facts that a deadline rule can start from or be closed by."""
	return tuple(
		dict.fromkeys((*(source.fact for source in SOURCES), *CASE_FIELDS, *CASE_FIRST, *PERSON_FACTS))
	)


def facts_by_day() -> set[str]:
	"""The facts of which only the day is known, wherever they are written down: no term in hours runs from them."""
	kinds: dict[str, set[str]] = {fact: {"Date"} for fact in PERSON_FACTS}
	for source in SOURCES:
		meta = frappe.get_meta(source.doctype)
		for name in source.moments:
			if df := meta.get_field(name):
				kinds.setdefault(source.fact, set()).add(df.fieldtype)
	meta = frappe.get_meta("Case File")
	for fact, name in (*CASE_FIELDS.items(), *CASE_FIRST.items()):
		kinds.setdefault(fact, set()).add(meta.get_field(name).fieldtype)
	return {fact for fact, found in kinds.items() if "Date" in found}


def said_by(record: Document) -> dict[str, Moment]:
	"""The facts that a record says by itself, one moment each."""
	said = {}
	for source in SOURCES:
		if source.doctype != record.doctype:
			continue
		moment = next((as_moment(record.get(name)) for name in source.moments if record.get(name)), None)
		if moment and all(record.get(name) in values for name, values in source.where.items()):
			said[source.fact] = moment
	return said


def refresh(case_file: str, unsaid: dict[str, Moment] | None = None) -> None:
	"""Bring a case up to date after one of its facts changed: kept copies, state, and deadlines follow from them.

	`unsaid` are facts that a record said before and says no more: a copy of theirs goes, unless another record says the
	fact too. A copy that no record ever said, for instance of a register, stays.
	"""
	from core_minori import case_deadlines  # it reads the facts here

	happenings = happenings_of([case_file])
	facts = _moments(happenings[case_file])
	case = frappe.get_doc("Case File", case_file)

	def as_kept(name: str, moment: Moment) -> Moment:
		return getdate(moment) if case.meta.get_field(name).fieldtype == "Date" else moment

	changed = {}
	for fact in KEPT:
		name = CASE_FIELDS[fact]
		on_case = as_moment(case.get(name))
		if any(happening.key for happening in happenings[case_file][fact]):
			if on_case != as_kept(name, facts[fact]):
				changed[name] = as_kept(name, facts[fact])
		elif on_case and fact in (unsaid or {}) and on_case == as_kept(name, unsaid[fact]):
			changed[name] = None
	if changed:
		case.db_set(changed, notify=True)
	if None in changed.values():
		happenings = happenings_of([case_file])
	case.refresh_state()
	case_deadlines.refresh([case_file], happenings)


def _add_facts_of_the_case(found: dict[str, dict[str, list[Happening]]]) -> None:
	rows = frappe.get_all(
		"Case File",
		filters={"name": ["in", list(found)]},
		fields=["name", "minor", *dict.fromkeys((*CASE_FIELDS.values(), *CASE_FIRST.values()))],
	)
	births = dict(
		frappe.get_all(
			"Minor",
			filters={"name": ["in", [row.minor for row in rows]]},
			fields=["name", "birth_date"],
			as_list=True,
		)
	)
	for row in rows:
		facts = found[row.name]
		for fact, name in CASE_FIELDS.items():
			if row[name] and not facts[fact]:
				facts[fact] = [Happening(as_moment(row[name]))]
		for fact, name in CASE_FIRST.items():
			if row[name]:
				facts[fact] = [Happening(as_moment(row[name]))]
		if born := births.get(row.minor):
			facts["birth_date"] = [Happening(born)]
			facts["majority_reached"] = [Happening(reaches_age(born, 18))]
		facts["placed_of_school_age"] = _of_school_age(facts["placed"], born)


def _of_school_age(placed: list[Happening], born: date | None) -> list[Happening]:
	"""The first placement, or the day of school age where that comes later."""
	six = reaches_age(born, SCHOOL_AGE) if born else date.min
	first = min(placed, key=lambda time: _comparable(time.at), default=None)
	return [first if getdate(first.at) >= six else Happening(six)] if first else []


def _comparable(moment: date | datetime) -> datetime:
	return get_datetime(moment)
