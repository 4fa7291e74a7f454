"""The facts of a case: what happened when, wherever it is written down.

A fact is typed once, in the record it belongs to: the interview in Minor Interview, the appointment of a guardian in
Guardianship, the steps of a court in Court Act. Deadlines and the state of the case are worked out from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import frappe
from frappe.utils import get_datetime, getdate

Moment = date | datetime | None


@dataclass(frozen=True)
class Source:
	"""Where a fact stands: the first (or last) `moment` among the records of a case that have these values."""

	fact: str
	doctype: str
	moment: str
	where: dict[str, tuple] = field(default_factory=dict)
	last: bool = False


def _act(fact: str, act_type: str) -> Source:
	return Source(fact, "Court Act", "acted_at", {"act_type": (act_type,)}, last=True)


SOURCES: tuple[Source, ...] = (
	Source("interview_done", "Minor Interview", "held_at", {"concluded": (1,)}),
	Source(
		"guardian_appointed",
		"Guardianship",
		"from_date",
		{"guardian_kind": ("Volunteer Guardian", "Public Body", "Relative", "Parent")},
	),
	Source("family_search_reported", "Family Search", "reported_on"),
	Source("family_search_excluded", "Family Search", "excluded_on"),
	Source(
		"first_reception_exit",
		"Placement",
		"from_at",
		{
			"status": ("Placed", "Transferred", "Discharged"),
			"reception_level": ("Second Reception", "Family Community", "Semi-autonomy"),
		},
	),
	_act("placement_403", "Art. 403 Placement"),
	Source(
		"report_403_sent",
		"Protection Report",
		"transmitted_at",
		{"report_type": ("Art. 403 Report",)},
		last=True,
	),
	_act("validation_403_requested", "Art. 403 Validation Request"),
	_act("validation_403_decided", "Art. 403 Validation"),
	_act("hearing_403_held", "Art. 403 Hearing"),
	_act("decision_403", "Art. 403 Decision"),
	_act("measure_403_ended", "Art. 403 Revocation"),
	_act("age_assessment_ordered", "Age Assessment Ordered"),
	_act("age_assessment_concluded", "Age Assessment Concluded"),
	_act("age_assessment_revoked", "Age Assessment Revoked"),
	_act("continued_care_declined", "Prosieguo Declined"),
	Source(
		"crime_noticed_by_health_professional",
		"Protection Report",
		"noticed_at",
		{"report_type": ("Health Professional's Report",)},
		last=True,
	),
	Source(
		"health_report_sent",
		"Protection Report",
		"transmitted_at",
		{"report_type": ("Health Professional's Report",)},
		last=True,
	),
	Source("pei_drafted", "PEI", "drafted_on"),
	Source("pei_signed", "PEI", "signed_on", last=True),
	Source("pei_reviewed", "PEI Review", "reviewed_on", last=True),
)

# Fact -> the field of Case File that holds it: typed there, or kept there for lists and for what a register brought in.
CASE_FIELDS: dict[str, str] = {
	"reception_entry": "reception_entry",
	"census_recorded": "census_done_on",
	"identification_concluded": "identification_concluded_on",
	"continued_care_requested": "continued_care_requested_on",
	"permit_conversion_prepared": "permit_conversion_prepared_on",
	"permit_conversion_not_needed": "permit_conversion_not_needed_on",
	"majority_plan_made": "majority_plan_made_on",
	"pei_closed": "closed_on",
	"interview_done": "interview_on",
	"guardian_appointed": "guardian_appointed_on",
	"family_search_reported": "family_search_reported_on",
	"first_reception_exit": "second_reception_on",
}
# Facts of records that Case File keeps a copy of.
KEPT: tuple[str, ...] = tuple(source.fact for source in SOURCES if source.fact in CASE_FIELDS)


def facts_of(cases: Sequence[str]) -> dict[str, dict[str, Moment]]:
	"""Facts by case; a fact that did not happen yet is None. One query a DocType, whatever the number of cases.

	Records are read without asking who reads: the caller hands out only what their reader may see.
	"""
	found = {case: dict.fromkeys(source.fact for source in SOURCES) for case in cases}
	if not found:
		return found
	for doctype in dict.fromkeys(source.doctype for source in SOURCES):
		sources = [source for source in SOURCES if source.doctype == doctype]
		fields = {"case_file", *(source.moment for source in sources)}
		fields.update(name for source in sources for name in source.where)
		for row in frappe.get_all(doctype, filters={"case_file": ["in", list(found)]}, fields=list(fields)):
			for source in sources:
				moment = as_moment(row[source.moment])
				if not moment or any(row[name] not in values for name, values in source.where.items()):
					continue
				before = found[row.case_file][source.fact]
				if before is None or (moment > before) == source.last:
					found[row.case_file][source.fact] = moment
	rows = frappe.get_all(
		"Case File",
		filters={"name": ["in", list(found)]},
		fields=["name", "minor", *dict.fromkeys(CASE_FIELDS.values())],
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
			facts[fact] = facts.get(fact) or as_moment(row[name])
		facts["birth_date"] = births.get(row.minor)
	return found


def refresh(case_file: str) -> None:
	"""Bring a case up to date after one of its facts changed: the kept copies, and the state that follows from them."""
	facts = facts_of([case_file])[case_file]
	case = frappe.get_doc("Case File", case_file)
	changed = {}
	for fact in KEPT:
		name = CASE_FIELDS[fact]
		kept = facts[fact] and (
			getdate(facts[fact]) if case.meta.get_field(name).fieldtype == "Date" else facts[fact]
		)
		if kept and as_moment(case.get(name)) != kept:
			changed[name] = kept
	if changed:
		case.db_set(changed, notify=True)
	case.refresh_state()


def as_moment(value: object) -> Moment:
	"""A day or a moment as the engine reads it; nothing as None."""
	if not value:
		return None
	return get_datetime(value) if len(str(value)) > 10 else getdate(value)
