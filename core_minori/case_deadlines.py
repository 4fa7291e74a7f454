"""The deadlines of cases: the facts that Case File and PEI hold, run through the dated rules of the engine."""

from collections.abc import Iterable
from datetime import date, datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate

from core_minori.engine.deadlines import Deadline, DeadlineRule, deadlines_for, reaches_age, rules_from_rows

# Fact of the rules -> field of Case File. A fact that is not here never happened yet.
CASE_FACTS: dict[str, str] = {
	"reception_entry": "reception_entry",
	"placement_403": "art_403_placed_at",
	"report_403_sent": "report_403_sent_at",
	"validation_403_requested": "validation_403_requested_at",
	"validation_403_decided": "validation_403_decided_at",
	"hearing_403_held": "hearing_403_held_on",
	"decision_403": "decision_403_on",
	"census_recorded": "census_done_on",
	"interview_done": "interview_on",
	"identification_concluded": "identification_concluded_on",
	"age_assessment_ordered": "age_assessment_ordered_on",
	"age_assessment_concluded": "age_assessment_concluded_on",
	"family_search_reported": "family_search_reported_on",
	"first_reception_exit": "second_reception_on",
	"guardian_appointed": "guardian_appointed_on",
	"majority_plan_made": "majority_plan_made_on",
	"continued_care_requested": "continued_care_requested_on",
	"permit_conversion_prepared": "permit_conversion_prepared_on",
}
CASE_FIELDS: tuple[str, ...] = ("name", "beneficiary_type", "minor", "closed_on", *CASE_FACTS.values())


def of_case(case: Document, now: datetime) -> list[dict]:
	"""Deadlines of one case as rows for its form, the most urgent first."""
	deadlines = of_cases([case], now).get(case.name, [])
	return [as_row(deadline) for deadline in deadlines]


def of_cases(cases: Iterable, now: datetime) -> dict[str, list[Deadline]]:
	"""Deadlines by case name, for Case Files or rows with `CASE_FIELDS`; three queries whatever their number.

	Birth dates and PEI dates are read without asking who reads: only due days come out, and who may read the case may
	know them.
	"""
	cases = list(cases)
	if not cases:
		return {}
	rules = active_rules()
	births = dict(
		frappe.get_all(
			"Minor",
			filters={"name": ["in", [case.minor for case in cases]]},
			fields=["name", "birth_date"],
			as_list=True,
		)
	)
	plans: dict[str, list] = {}
	for plan in frappe.get_all(
		"PEI",
		filters={"case_file": ["in", [case.name for case in cases]]},
		fields=["case_file", "drafted_on", "signed_on", "version"],
		order_by="case_file, version",
	):
		plans.setdefault(plan.case_file, []).append(plan)
	found = {}
	for case in cases:
		facts = _facts(case, births.get(case.minor), plans.get(case.name, []))
		found[case.name] = deadlines_for(facts, rules, now, beneficiary=case.beneficiary_type)
	return found


def active_rules() -> list[DeadlineRule]:
	"""The dated rules in force or once in force, as the administrator keeps them."""
	rows = frappe.get_all(
		"Deadline Rule", filters={"disabled": 0}, fields=["*"], order_by="rule_code, valid_from"
	)
	return rules_from_rows(map(rule_row, rows))


def rule_row(record: dict) -> dict:
	"""A Deadline Rule record as the row the engine reads: the form's names for code and trigger, nothing empty as None."""
	return {**record, "code": record.get("rule_code"), "trigger": record.get("trigger_fact")}


def as_row(deadline: Deadline) -> dict:
	"""One deadline as plain values in the reader's language; days and hours are Rome's."""
	return {
		"title": _(deadline.rule.title),
		"due_at": deadline.due_at.replace(tzinfo=None),
		"done_at": deadline.done_at.replace(tzinfo=None) if deadline.done_at else None,
		"state": deadline.state.value,
		"kind": deadline.rule.kind.value,
		"source": ", ".join(_(part) for part in (deadline.rule.source, deadline.rule.article) if part),
	}


def _facts(case, birth_date: date | None, plans: list) -> dict[str, date | datetime | None]:
	facts = {fact: _moment(case.get(field)) for fact, field in CASE_FACTS.items()}
	facts["birth_date"] = birth_date
	facts["pei_drafted"] = plans[0].drafted_on if plans else None
	signed = [plan.signed_on for plan in plans if plan.signed_on]
	facts["pei_signed"] = signed[-1] if signed else None
	facts["pei_closed"] = _moment(case.closed_on)
	facts["majority_reached"] = reaches_age(birth_date, 18) if birth_date else None
	return facts


def _moment(value) -> date | datetime | None:
	if not value:
		return None
	text = str(value)
	return get_datetime(value) if len(text) > 10 else getdate(value)
