"""Interviews, assessments and clinical records: what their forms start with, and the steps of an assessment."""

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori import todos
from core_minori.case_assessments import dimensions_for, last_before, trend_of
from core_minori.case_people import people_of
from core_minori.engine.risk import DECISIONS, PROPOSED_TODO, SENT_BACK_TODO, STEPS, check_ready, next_status
from core_minori.messages import in_site_language, rules_spoken, say
from core_minori.permissions import (
	DECIDERS,
	GRANTS,
	PART_BY_VALUE,
	READ,
	WRITE,
	decides,
	may_read_case,
	may_write_case,
)


@frappe.whitelist(methods=["GET"])
def interview_start(case_file: str) -> dict:
	"""What a new interview of the case starts with: language, who was there, and its type.

	Raises frappe.PermissionError for who may not write interviews of this case.
	"""
	_ask(may_write_case(frappe.session.user, case_file, "interview"))
	people = people_of(case_file)
	first_done = frappe.db.exists(
		"Minor Interview", {"case_file": case_file, "interview_type": "First Interview", "concluded": 1}
	)
	attendees = [{"role": people["own_role"] or "Other", "user": frappe.session.user}]
	if people["own_role"] != "Cultural Mediator" and people["mediator"]:
		attendees.append({"role": "Cultural Mediator", "user": people["mediator"]})
	if people["guardian"]:
		attendees.append({"role": people["guardian_present_as"], "person": people["guardian"]})
	return {
		"interview_type": "Follow-up" if first_done else "First Interview",
		"language": people["language"],
		"attendees": [{"role": "Minor"}, *attendees],
	}


@frappe.whitelist(methods=["GET"])
def assessment_start(case_file: str) -> dict:
	"""What a new assessment of the case starts with: its dimensions, and the factors of the last one.

	Raises frappe.PermissionError for who may not write assessments of this case.
	"""
	_ask(may_write_case(frappe.session.user, case_file, "assessment"))
	last = last_before(case_file, getdate())
	factors = (
		frappe.get_all(
			"Risk Assessment Factor",
			filters={"parent": last, "parenttype": "Risk Assessment"},
			fields=["kind", "factor", "weight", "note"],
			order_by="idx",
		)
		if last
		else []
	)
	return {
		"occasion": "Review" if last else "Intake",
		"scores": dimensions_for(case_file),
		"factors": factors,
		"last": last,
	}


@frappe.whitelist(methods=["GET"])
def trend(
	case_file: str,
	from_date: date | None = None,
	to_date: date | None = None,
	before: str | None = None,
	after: str | None = None,
) -> dict:
	"""Levels, scores and factors of the case by date, and the change between two of its assessments.

	Raises frappe.PermissionError for who may not read assessments of this case.
	"""
	_ask(may_read_case(frappe.session.user, case_file, "assessment"))
	return trend_of(case_file, from_date, to_date, before, after)


@frappe.whitelist(methods=["GET"])
def steps(assessment: str) -> list[str]:
	"""Steps the user may take now on this assessment, the usual one first."""
	doc = _readable(assessment)
	return [
		step
		for step, (starts, __) in STEPS.items()
		if doc.status == starts and _may_take(doc, step) and not (step in DECISIONS and _is_author(doc))
	]


@frappe.whitelist(methods=["POST"])
def take_step(assessment: str, step: str, comment: str | None = None) -> dict:
	"""Propose an assessment, take it back, approve it or send it back; returns the new status.

	Coordinator and unit manager decide, never on what they wrote or proposed themselves. Two people at once: the second
	is told that somebody moved it. Raises frappe.PermissionError for who may not take the step, frappe.ValidationError
	for what the rules refuse.
	"""
	doc = _readable(assessment, lock=True)
	_ask(_may_take(doc, step))
	with rules_spoken():
		status = next_status(doc.status, step, _is_author(doc), comment)
	if step == "Propose":
		say(check_ready([int(row.score) if row.score else None for row in doc.scores]))
		doc.proposed_by, doc.proposed_on, doc.approval_comment = frappe.session.user, getdate(), None
	elif step in DECISIONS:
		doc.approval_comment = comment
		if step == "Approve":
			doc.approved_by, doc.approved_on = frappe.session.user, getdate()
	doc.status = status
	doc.flags.by_step = True
	# Who decides may read the assessment and not write in it: this step is all they do.
	doc.save(ignore_permissions=True)
	_tell(doc, step)
	return {"status": status}


@frappe.whitelist(methods=["GET"])
def clinical_types() -> dict:
	"""Type of clinical record -> the roles that read it and those that write it, as the resolver grants them."""
	_field, parts = PART_BY_VALUE["Clinical Record"]
	return {
		record_type: {
			right: [
				role
				for role, by_relation in GRANTS[part].items()
				if any(right in rights for rights in by_relation.values())
			]
			for right in (READ, WRITE)
		}
		for record_type, part in parts.items()
	}


def _readable(assessment: str, lock: bool = False) -> Document:
	# Asked before it is loaded: "not found" and "not allowed" are one answer.
	if not frappe.get_list("Risk Assessment", filters={"name": assessment}, pluck="name"):
		raise frappe.PermissionError
	return frappe.get_doc("Risk Assessment", assessment, for_update=lock)


def _may_take(doc: Document, step: str) -> bool:
	if step in DECISIONS:
		return decides()
	return may_write_case(frappe.session.user, doc.case_file, "assessment")


def _is_author(doc: Document) -> bool:
	return frappe.session.user in (doc.owner, doc.proposed_by)


def _tell(doc: Document, step: str) -> None:
	"""Who decides has a to-do while it is proposed; the author has one when it was sent back."""
	todos.close(doc)
	if step == "Propose":
		users, text = todos.users_with(*DECIDERS), PROPOSED_TODO
		users = [user for user in users if user not in (doc.owner, doc.proposed_by)]
	elif step == "Send Back":
		users, text = [doc.proposed_by], SENT_BACK_TODO
	else:
		return
	todos.ask(doc, users, in_site_language()(text).format(assessment=doc.name, case=doc.case_file))


def _ask(allowed: bool) -> None:
	if not allowed:
		raise frappe.PermissionError(_("You may not do this."))
