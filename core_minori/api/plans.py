"""The plan of a minor: filled from the case, carried out, renewed, compared; the minor's voice for who translates it."""

from datetime import date, datetime, time

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Sum
from frappe.utils import getdate

from core_minori.engine.beneficiaries import age_on
from core_minori.engine.pei import SERVICE_OF, age_band, occurrences
from core_minori.messages import rules_spoken
from core_minori.minors import plans
from core_minori.minors.doctype.pei_review.pei_review import objectives_of
from core_minori.minors.plan_draft import asked, birth_of
from core_minori.minors.plan_draft import prefill as known_values
from core_minori.permissions import READ, may_open, may_read_case, may_write_case, receives

_VOICE = ("minor_wishes", "minor_agrees", "voice_language", "voice_mediator_present")
_PARTNER_ROW = (
	"intervention_type",
	"mode",
	"frequency",
	"start_date",
	"end_date",
	"planned_hours",
	"outcome",
)
_OPEN_REFERRAL = ("Drafted", "Sent", "Accepted", "In Progress")


@frappe.whitelist(methods=["GET"])
def prefill(case_file: str) -> dict:
	"""What a new plan of this case starts with, by field. Raises frappe.PermissionError for who may not write one."""
	_may_create_plan(case_file)
	return known_values(case_file)


@frappe.whitelist(methods=["POST"])
def new_version(pei: str, review: str | None = None) -> str:
	"""Make the next version of a running plan, as a draft, and return its name.

	With a review of that plan it takes over what the review decided, and the review remembers the version. Pressed
	twice, it gives the draft that is there. Raises frappe.PermissionError, frappe.ValidationError.
	"""
	plan = _locked_plan(pei)
	_may_create_plan(plan.case_file)
	found = None
	if review:
		if not may_open("PEI Review", review, "write"):
			raise frappe.PermissionError(_("You may not review this plan."))
		found = frappe.get_doc("PEI Review", review)
		if found.pei != plan.name:
			frappe.throw(_("The review is of another plan."))
	newer = frappe.get_all(
		"PEI",
		filters={"case_file": plan.case_file, "version": [">", plan.version]},
		fields=["name", "workflow_state", "version"],
		order_by="version desc",
		limit=1,
	)
	if newer and newer[0].workflow_state in plans.OPEN_DRAFTS:
		made = newer[0].name
	elif newer:
		frappe.throw(_("Version {0} came after this one: start from that.").format(newer[0].version))
	elif plan.workflow_state not in (*plans.RUNNING, "Concluded"):
		frappe.throw(_("Only a plan that was started has a next version."))
	else:
		made = plans.copy_of(plan, found).insert().name
	if found and not found.new_version:
		# The link alone: the review's findings were brought to the plan when it was saved.
		found.db_set("new_version", made)
	return made


@frappe.whitelist(methods=["GET"])
def compare(pei: str, other: str | None = None) -> dict:
	"""What changed from an older version (the previous one unless named) to this one.

	Returns the two versions and the changes in the order of the sections. Raises frappe.PermissionError.
	"""
	plan = _plan(pei)
	before = _plan(other or plan.previous_version)
	if before.case_file != plan.case_file:
		frappe.throw(_("The two plans are of different cases."), frappe.PermissionError)
	if before.version > plan.version:
		before, plan = plan, before
	return {"before": _head(before), "after": _head(plan), "changes": plans.changes(before, plan)}


@frappe.whitelist(methods=["GET"])
def review_draft(pei: str) -> dict:
	"""What a new review of this plan starts with: its objectives as they stand, and who works with the minor."""
	plan = _plan(pei)
	if not may_write_case(frappe.session.user, plan.case_file, "review"):
		raise frappe.PermissionError(_("You may not review this plan."))
	return {
		"case_file": plan.case_file,
		"objectives": objectives_of(plan),
		"participants": _team(plan),
		"next_review_on": plans.next_review(getdate(plan.signed_on) if plan.signed_on else None, getdate()),
	}


@frappe.whitelist(methods=["POST"])
def plan_interventions(
	pei: str,
	item_key: str,
	first: date,
	last: date,
	weekdays: str,
	starts_at: str,
	hours: float,
	every: int = 1,
	operator: str | None = None,
	place: str | None = None,
	skip_holidays: bool = True,
) -> dict:
	"""Make planned Interventions of one row of the plan: these weekdays (numbers, Monday is 0, by comma), sixty at most.

	A day that has one already is left as it is, so pressing twice makes none twice. Returns how many were made and how
	many were there. Raises frappe.PermissionError, frappe.ValidationError.
	"""
	plan = _locked_plan(pei)
	if not may_write_case(frappe.session.user, plan.case_file, "work"):
		raise frappe.PermissionError(_("You may not plan interventions of this case."))
	row = _row(plan, item_key)
	if plan.workflow_state not in plans.AGREED:
		frappe.throw(_("Interventions are planned from a plan that was approved."))
	if row.mode == "Group":
		frappe.throw(_("Sessions of a group are planned in the group: open or make an Intervention Group."))
	if not 0 < hours <= 24:
		frappe.throw(_("Write the hours of one intervention."))
	with rules_spoken():
		days = occurrences(
			first,
			last,
			{int(day) for day in weekdays.split(",") if day.strip()},
			max(every, 1),
			skip_holidays,
		)
	hour = time.fromisoformat(starts_at)
	there = {
		getdate(moment)
		for moment in frappe.get_all(
			"Intervention",
			filters={"case_file": plan.case_file, "pei_row": item_key, "status": ["!=", "Cancelled"]},
			pluck="starts_at",
		)
	}
	new = [day for day in days if day not in there]
	for day in new:
		frappe.get_doc(
			{
				"doctype": "Intervention",
				"mode": "Individual",
				"case_file": plan.case_file,
				"intervention_type": row.intervention_type,
				"status": "Planned",
				"starts_at": datetime.combine(day, hour),
				"hours": hours,
				"project": plan.project,
				"organisation": row.organisation,
				"place": place,
				"pei": plan.name,
				"pei_row": item_key,
				"referral": row.referral,
				"operators": [{"user": operator}] if operator else [],
			}
		).insert()
	return {"made": len(new), "there": len(days) - len(new)}


@frappe.whitelist(methods=["POST"])
def draft_referral(pei: str, item_key: str, organisation: str | None = None) -> str:
	"""Draft a Referral for one row of the plan, filled from it and linked to it; return its name.

	A row whose referral is still open gives that one. Raises frappe.PermissionError, frappe.ValidationError.
	"""
	plan = _locked_plan(pei)
	row = _row(plan, item_key)
	if row.referral and frappe.db.get_value("Referral", row.referral, "status") in _OPEN_REFERRAL:
		return row.referral
	organisation = organisation or row.organisation
	if not organisation:
		frappe.throw(_("Choose the organisation that provides the intervention."))
	if not may_write_case(frappe.session.user, plan.case_file, "referral"):
		raise frappe.PermissionError(_("You may not make a referral of this case."))
	referral = frappe.get_doc(
		{
			"doctype": "Referral",
			"case_file": plan.case_file,
			"to_organisation": organisation,
			"service_requested": SERVICE_OF.get(row.intervention_type, "Other"),
			"age_band": age_band(age_on(birth_of(plan.case_file), getdate())),
			"language_needed": plan.voice_language,
			"shared_information": asked(row),
			"consent": _consent(plan.case_file, organisation),
		}
	).insert()
	row.referral, row.organisation = referral.name, organisation
	# Whoever may refer this case may say so on the plan, a psychologist too.
	plan.flags.by_system = True
	plan.save(ignore_permissions=True)
	return referral.name


@frappe.whitelist(methods=["GET"])
def referral_rows(referral: str) -> list[dict]:
	"""The interventions of the running plan that this referral stands behind, for its sender and its receiver.

	The receiver sees these rows while the referral is open to them, and nothing else of the plan. Raises
	frappe.PermissionError.
	"""
	if not may_open("Referral", referral):
		raise frappe.PermissionError(_("You may not read this referral."))
	doc = frappe.get_doc("Referral", referral)
	user = frappe.session.user
	if not receives(user, doc) and not may_read_case(user, doc.case_file, "pei"):
		return []
	plan = plans.current_plan(doc.case_file)
	if not plan:
		return []
	return frappe.get_all(
		"PEI Intervention",
		filters={"parenttype": "PEI", "parent": plan, "referral": doc.name},
		fields=list(_PARTNER_ROW),
		order_by="idx",
	)


@frappe.whitelist(methods=["GET"])
def voice(case_file: str) -> dict:
	"""What the minor said in the newest plan, for the mediator who translates it; empty where there is none.

	Nothing else of the plan is told. Raises frappe.PermissionError.
	"""
	user = frappe.session.user
	if not any(may_read_case(user, case_file, part) for part in ("voice", "pei")):
		raise frappe.PermissionError(_("You may not read this."))
	name = plans.current_plan(case_file, (*plans.OPEN_DRAFTS, *plans.RUNNING)) or plans.current_plan(
		case_file, ("Concluded", "Superseded")
	)
	if not name:
		return {}
	plan = frappe.db.get_value(
		"PEI", name, ["version", "drafted_on", "workflow_state", *_VOICE], as_dict=True
	)
	return dict(plan)


@frappe.whitelist(methods=["GET"])
def overview(case_file: str) -> dict:
	"""The running plan of a case at a glance, else the one being drafted: its objectives and what comes next."""
	if not may_read_case(frappe.session.user, case_file, "pei"):
		raise frappe.PermissionError(_("You may not read the plan."))
	name = plans.current_plan(case_file, plans.RUNNING) or plans.current_plan(case_file, plans.OPEN_DRAFTS)
	if not name:
		return {}
	plan = _plan(name)
	return {
		**_head(plan),
		"review_due_on": plan.review_due_on,
		"objectives": [
			{
				"area": row.area,
				"objective": row.objective,
				"status": row.status,
				"progress": row.progress,
				"due_on": row.due_on,
			}
			for row in plan.objectives
			if row.status != "Dropped"
		],
	}


@frappe.whitelist(methods=["GET"])
def carried_out(pei: str) -> list[dict]:
	"""Interventions planned and held by row of the plan, for who may read them. Raises frappe.PermissionError."""
	plan = _plan(pei)
	if not may_read_case(frappe.session.user, plan.case_file, "work"):
		return []
	table = frappe.qb.DocType("Intervention")
	rows = (
		frappe.qb.from_(table)
		.select(table.pei_row, table.status, Count("*").as_("number"), Sum(table.hours).as_("hours"))
		.where(
			(table.case_file == plan.case_file)
			& table.pei_row.isin([row.item_key for row in plan.interventions])
		)
		.groupby(table.pei_row, table.status)
		.run(as_dict=True)
		if plan.interventions
		else []
	)
	by_row = {(row.pei_row, row.status): row for row in rows}
	none = frappe._dict(number=0, hours=0)
	return [
		{
			"intervention": _(row.intervention_type),
			"planned_hours": row.planned_hours,
			"planned": by_row.get((row.item_key, "Planned"), none).number,
			"done": by_row.get((row.item_key, "Done"), none).number,
			"hours": by_row.get((row.item_key, "Done"), none).hours or 0,
		}
		for row in plan.interventions
	]


def _plan(name: str | None) -> Document:
	"""A plan that the session's user may read; one that is not there is refused in the same words."""
	if not may_open("PEI", name):
		raise frappe.PermissionError(_("You may not read the plan."))
	return frappe.get_doc("PEI", name)


def _locked_plan(name: str) -> Document:
	"""The same, and nobody else changes it until the request ends: who pressed at the same time waits here."""
	_plan(name)
	return frappe.get_doc("PEI", name, for_update=True)


def _may_create_plan(case_file: str) -> None:
	if not (frappe.has_permission("PEI", "create") and may_write_case(frappe.session.user, case_file, "pei")):
		raise frappe.PermissionError(_("You may not write a plan of this case."))


def _row(plan: Document, item_key: str) -> Document:
	found = next((row for row in plan.interventions if row.item_key == item_key), None)
	if not found:
		frappe.throw(_("The plan has no such intervention: save it, then try again."))
	return found


def _head(plan: Document) -> dict:
	return {
		"name": plan.name,
		"version": plan.version,
		"drafted_on": plan.drafted_on,
		"state": plan.workflow_state,
	}


def _team(plan: Document) -> list[dict]:
	"""Participants of a review to start from: who follows the case today, the facility, the guardian and the minor."""
	rows = frappe.get_all(
		"Care Assignment",
		filters={"case_file": plan.case_file, "from_date": ["<=", getdate()]},
		or_filters=[["to_date", "is", "not set"], ["to_date", ">=", getdate()]],
		fields=["user", "care_role"],
		order_by="is_referent desc, from_date",
	)
	# A facility's contact reads no care assignment, but sits at the same table as these people.
	names = dict(
		frappe.get_all(
			"User",
			filters={"name": ["in", [row.user for row in rows]]},
			fields=["name", "full_name"],
			as_list=True,
		)
	)
	known = ("Social Worker", "Psychologist", "Educator", "Cultural Mediator")
	team = [
		{"user": row.user, "participant": names.get(row.user), "role": row.care_role}
		for row in rows
		if row.care_role in known
	]
	if plan.facility:
		team.append({"participant": plan.facility, "role": "Facility"})
	if plan.guardian:
		team.append({"participant": plan.guardian, "role": "Guardian"})
	team.append({"participant": "", "role": "Minor"})
	return team


def _consent(case_file: str, organisation: str) -> str | None:
	"""A running consent to share with this organisation, where there is one."""
	if not frappe.has_permission("Consent", READ):
		return None
	for row in frappe.get_list(
		"Consent",
		filters={"case_file": case_file, "purpose": "Sharing with an Organisation", "outcome": "Given"},
		fields=["name", "organisation", "valid_until", "withdrawn_on"],
		order_by="given_on desc",
	):
		holds = not row.withdrawn_on and (not row.valid_until or getdate(row.valid_until) >= getdate())
		if holds and row.organisation in (None, "", organisation):
			return row.name
	return None
