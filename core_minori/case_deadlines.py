"""The deadlines of cases: the facts that Case File and PEI hold, run through the dated rules of the engine."""

from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori.case_facts import Moment, facts_of
from core_minori.engine.deadlines import Deadline, DeadlineRule, deadlines_for, reaches_age, rules_from_rows

CASE_FIELDS: tuple[str, ...] = ("name", "beneficiary_type")


def of_case(case: Document, now: datetime) -> list[dict]:
	"""Deadlines of one case as rows for its form, the most urgent first."""
	deadlines = of_cases([case], now).get(case.name, [])
	return [as_row(deadline) for deadline in deadlines]


def of_cases(cases: Iterable, now: datetime) -> dict[str, list[Deadline]]:
	"""Deadlines by case name, for Case Files or rows with `CASE_FIELDS`; a fixed number of queries."""
	cases = list(cases)
	if not cases:
		return {}
	rules = active_rules()
	facts = facts_of([case.name for case in cases])
	return {
		case.name: deadlines_for(
			_with_majority(facts[case.name]), rules, now, beneficiary=case.beneficiary_type
		)
		for case in cases
	}


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


def _with_majority(facts: dict[str, Moment]) -> dict[str, Moment]:
	born = facts.get("birth_date")
	return {**facts, "majority_reached": reaches_age(born, 18) if born else None}
