"""Plans as plain values: compared, renewed, carried out."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from core_minori.case_deadlines import rules_in_use
from core_minori.engine.deadlines import deadlines_for
from core_minori.engine.message import shown
from core_minori.engine.pei import (
	ADDED,
	CHANGED,
	INTERVENTION_FIELDS,
	INTERVENTIONS,
	OBJECTIVE_FIELDS,
	OBJECTIVES,
	SECTIONS,
	Change,
	diff,
	plain,
	words,
)
from core_minori.minors.plan_draft import people_of

OPEN_DRAFTS: tuple[str, ...] = ("Drafting", "Team Review", "Approved by the Unit", "Signed")
RUNNING: tuple[str, ...] = ("In Progress", "Under Review")
# What partners and the minor are told of: a plan that was approved and still holds.
AGREED: tuple[str, ...] = ("Approved by the Unit", "Signed", *RUNNING)
REVIEW_RULE = "pei-review"


def values_of(plan: Document) -> dict[str, Any]:
	"""A plan as the engine compares it."""
	values = {name: _day(plan.get(name)) for section in SECTIONS for name in section.fields}
	for table, fields in (("objectives", OBJECTIVE_FIELDS), ("interventions", INTERVENTION_FIELDS)):
		values[table] = [
			{name: _day(row.get(name)) for name in (*fields, "item_key")} for row in plan.get(table) or ()
		]
	return values


def changes(before: Document, after: Document) -> list[dict]:
	"""What changed between two versions, as rows for the reader: section, row, field, both values, and the words."""
	return [_shown_change(change) for change in diff(values_of(before), values_of(after))]


def next_review(signed_on: date | None, reviewed_on: date | None = None) -> date | None:
	"""The day the next review falls due by the dated rule on reviews; None without a signature or a rule."""
	if not signed_on:
		return None
	# The term starts anew at each review: from there it runs as it did from the signature.
	start = max(signed_on, reviewed_on or signed_on)
	rules = [rule for rule in rules_in_use().values() if rule.code == REVIEW_RULE]
	facts = {rule.trigger: start for rule in rules}
	found = deadlines_for(facts, rules, now_datetime())
	return found[0].due_at.date() if found else None


def current_plan(case_file: str, states: Iterable[str] = AGREED) -> str | None:
	"""Name of the newest plan of a case in one of these states, whoever may read it."""
	found = frappe.get_all(
		"PEI",
		filters={"case_file": case_file, "workflow_state": ["in", list(states)]},
		order_by="version desc",
		pluck="name",
		limit=1,
	)
	return found[0] if found else None


def copy_of(plan: Document, review: Document | None = None) -> Document:
	"""A new draft after `plan`, not yet saved: the same content, today's people, and what the review decided.

	Objectives that were dropped stay behind; the keys of the rows go along, so that the versions can be compared.
	"""
	copy = frappe.copy_doc(plan, ignore_no_copy=False)
	copy.update(
		{
			"workflow_state": None,
			"drafted_on": getdate(),
			"signatures": [],
			"prefilled": 1,
			"made_from_review": review.name if review else None,
		}
	)
	people = people_of(plan.case_file)
	# A place that was left is left; a name that the records of the case do not have was typed, and stays.
	copy.update({name: value for name, value in people.items() if value or name == "facility"})
	decided = {row.objective_row: row for row in review.objectives} if review else {}
	for row in copy.objectives:
		if change := decided.get(row.item_key):
			row.due_on = change.new_due_on or row.due_on
			row.target = change.new_target or row.target
	copy.set("objectives", [row for row in copy.objectives if row.status != "Dropped"])
	return copy


def display(doctype: str, field: str, value: object) -> str:
	"""A value of a form as its reader reads it."""
	if not plain(value):
		return ""
	meta = frappe.get_meta(doctype).get_field(field)
	if meta.fieldtype == "Check":
		return _("Yes")
	if meta.fieldtype == "Percent":
		return f"{float(value):g}%"
	if meta.fieldtype == "Float":
		return f"{float(value):g}".replace(".", ",")
	if meta.fieldtype == "Date":
		return str(shown(getdate(value)))
	return _(value) if meta.fieldtype == "Select" else str(value)


def label(doctype: str, field: str) -> str:
	"""A field's label in the reader's language."""
	return _(frappe.get_meta(doctype).get_label(field))


def _shown_change(change: Change) -> dict:
	doctype = {OBJECTIVES: "PEI Objective", INTERVENTIONS: "PEI Intervention"}.get(
		change.section.number, "PEI"
	)
	row = _(change.row) if change.section.number == INTERVENTIONS and change.row else change.row
	said = {
		"number": change.section.number,
		"section": _(change.section.title),
		"kind": change.kind,
		"row": row,
	}
	if change.kind != CHANGED:
		fields = OBJECTIVE_FIELDS if change.section.number == OBJECTIVES else INTERVENTION_FIELDS
		whole = change.after if change.kind == ADDED else change.before
		said["facts"] = [
			f"{label(doctype, name)}: {text}"
			for name in fields
			if name not in ("objective", "intervention_type")
			and (text := display(doctype, name, whole[name]))
		]
		return said
	before, after = (display(doctype, change.field, value) for value in (change.before, change.after))
	return {
		**said,
		"field": label(doctype, change.field),
		"before": before,
		"after": after,
		"words": words(before, after),
	}


def _day(value: object) -> object:
	"""Days come as text from a browser and as days from the database."""
	if isinstance(value, str) and len(value) == 10 and value[4:5] == value[7:8] == "-":
		return getdate(value)
	return value
