"""What the printed plan says: the whole of it for a judge, and one page in plain words for the minor."""

from textwrap import shorten
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori.engine.message import shown
from core_minori.engine.pei import INTERVENTIONS, OBJECTIVES, REVIEWS, SECTIONS, SIGNATURES, Section, plain
from core_minori.minors.plan_draft import signatories
from core_minori.minors.plans import display, label
from core_minori.permissions import may_read_case

MOST_GOALS = 10  # what fits one page in letters that are easy to read
# Up to so many goals: size of the letters in points, and how many of them a goal and the wishes may have.
_SIZES: tuple[tuple[int, int, int, int], ...] = (
	(3, 17, 110, 260),
	(5, 15, 90, 240),
	(7, 13, 80, 220),
	(10, 12, 75, 220),
)
_OPEN = ("Planned", "In Progress", "Partly Reached")


def plan_paper(pei: str) -> dict[str, Any]:
	"""A plan by its thirteen sections, each with what it has to say in the reader's language.

	A section's `note` stands where it holds nothing. Raises frappe.PermissionError for who may not read the plan.
	"""
	plan = frappe.get_doc("PEI", pei)
	plan.check_permission("read")
	return {
		"plan": plan,
		"state": _(plan.workflow_state),
		"person": _person(plan),
		"drafted_on": _date(plan.drafted_on),
		"review_due_on": _date(plan.review_due_on),
		"signed_on": _date(plan.signed_on),
		"printed_on": _date(getdate()),
		"sections": [_section(section, plan) for section in SECTIONS],
	}


def plan_for_minor(pei: str) -> dict[str, Any]:
	"""The plan as the minor takes it along: wishes, goals, who helps, what comes next; sized to fit one page.

	Raises frappe.PermissionError for who may not read the plan.
	"""
	plan = frappe.get_doc("PEI", pei)
	plan.check_permission("read")
	goals = [row for row in plan.objectives if row.status in _OPEN]
	count = min(len(goals), MOST_GOALS)
	size, goal_width, wish_width = next((rest for most, *rest in _SIZES if count <= most))
	return {
		"plan": plan,
		"size": size,
		"wishes": shorten(plain(plan.minor_wishes), wish_width, placeholder=" …"),
		"goals": [
			{
				"what": shorten(plain(row.objective), goal_width, placeholder=" …"),
				"with_whom": _helper(plan, row.responsible),
				"by": _date(row.due_on),
			}
			for row in goals[:MOST_GOALS]
		],
		"more": len(goals) - count,
		"reached": sum(row.status == "Reached" for row in plan.objectives),
		"helpers": [
			(title, shorten(name, 70, placeholder=" …"))
			for title, name in (
				(_("Social Worker"), plan.referent_worker),
				(_("Educator"), plan.educator),
				(_("Guardian or Parent"), plan.guardian),
				(_("Facility"), plan.facility),
			)
			if name
		],
		"next": _next_appointment(plan),
	}


def _section(section: Section, plan: Document) -> dict[str, Any]:
	said: dict[str, Any] = {
		"number": section.number,
		"title": _(section.title),
		"facts": [(label("PEI", name), text) for name in section.fields if (text := _text(plan, name))],
		"rows": [],
	}
	if section.number == OBJECTIVES:
		said["rows"] = [_objective(row) for row in plan.objectives]
	elif section.number == INTERVENTIONS:
		said["rows"] = [_intervention(row) for row in plan.interventions]
	elif section.number == REVIEWS:
		said["rows"] = _reviews(plan)
	elif section.number == SIGNATURES:
		said["rows"] = _signatures(plan)
	if not said["facts"] and not said["rows"]:
		said["note"] = _("Not filled in yet.") if section.needed else _("Nothing to report.")
	return said


def _text(plan: Document, name: str) -> str:
	"""A field as printed; long texts keep their lines."""
	value = plan.get(name)
	return value.strip() if isinstance(value, str) and "\n" in value else display("PEI", name, value)


def _objective(row: Document) -> dict[str, Any]:
	def of(name: str) -> str:
		return display("PEI Objective", name, row.get(name))

	return {
		"area": of("area"),
		"objective": of("objective"),
		"facts": [
			(label("PEI Objective", name), text)
			for name in ("need", "expected_result", "baseline", "indicator", "target")
			if (text := of(name))
		],
		"due_on": of("due_on"),
		"responsible": of("responsible"),
		"status": of("status"),
		"progress": f"{row.progress or 0:g}%",
	}


def _intervention(row: Document) -> dict[str, str]:
	found = {
		name: display("PEI Intervention", name, row.get(name))
		for name in (
			"intervention_type",
			"mode",
			"organisation",
			"frequency",
			"start_date",
			"end_date",
			"planned_hours",
			"outcome",
			"referral",
		)
	}
	found["period"] = " - ".join(day for day in (found["start_date"], found["end_date"]) if day)
	return found


def _reviews(plan: Document) -> list[dict[str, Any]]:
	"""Reviews of this plan that the reader may read."""
	if not frappe.has_permission("PEI Review", "read"):
		return []
	names = frappe.get_list(
		"PEI Review", filters={"pei": plan.name}, order_by="reviewed_on", pluck="name", limit_page_length=0
	)
	found = []
	for name in names:
		review = frappe.get_doc("PEI Review", name)
		found.append(
			{
				"reviewed_on": _date(review.reviewed_on),
				"occasion": _(review.occasion),
				"decision": _(review.decision) if review.decision else "",
				"next_review_on": _date(review.next_review_on),
				"participants": ", ".join(
					text
					for row in review.participants
					if (text := " ".join(part for part in (row.participant, _role(row)) if part))
				),
				"objectives": [
					(
						plain(row.objective),
						f"{_(row.status)}, {row.progress or 0:g}%",
						plain(row.result),
					)
					for row in review.objectives
				],
				"texts": [
					(label("PEI Review", field), review.get(field).strip())
					for field in ("changes", "minor_opinion", "minutes")
					if (review.get(field) or "").strip()
				],
			}
		)
	return found


def _role(row: Document) -> str:
	if not row.role:
		return ""
	return f"({_(row.role)})" if row.participant else _(row.role)


def _signatures(plan: Document) -> list[dict[str, str]]:
	rows = [row.as_dict() for row in plan.signatures] or signatories(plan.case_file, plan)
	return [
		{
			"signatory": _(who),
			"signer": row.get("signer") or "",
			"signed_on": _date(row.get("signed_on")),
			"mode": _(how or ""),
			"refusal_reason": plain(row.get("refusal_reason")),
		}
		for row, who, how in ((row, row["signatory"], row.get("mode")) for row in rows)
	]


def _person(plan: Document) -> dict[str, str]:
	"""Who the plan is of, for who may read it: a judge reads a name, where a code stands for the others."""
	if not may_read_case(frappe.session.user, plan.case_file, "identity"):
		return {}
	minor = frappe.db.get_value(
		"Minor",
		frappe.db.get_value("Case File", plan.case_file, "minor"),
		["given_name", "family_name", "birth_date", "nationality", "second_nationality"],
		as_dict=True,
	)
	return {
		"name": " ".join(part for part in (minor.given_name, minor.family_name) if part),
		"birth_date": _date(minor.birth_date) or _("unknown"),
		"nationality": ", ".join(_(one) for one in (minor.nationality, minor.second_nationality) if one),
	}


def _helper(plan: Document, responsible: str | None) -> str:
	"""The name of who is responsible where the plan holds it, else what they are."""
	names = {"Social Worker": plan.referent_worker, "Educator": plan.educator, "Facility": plan.facility}
	return shorten(names.get(responsible) or (_(responsible) if responsible else ""), 40, placeholder=" …")


def _next_appointment(plan: Document) -> dict[str, str]:
	"""The next planned intervention with the minor, else the day of the next review; empty where neither is known."""
	if frappe.has_permission("Intervention", "read"):
		found = frappe.get_list(
			"Intervention",
			filters={
				"case_file": plan.case_file,
				"mode": "Individual",
				"status": "Planned",
				"starts_at": [">", now_datetime()],
			},
			fields=["starts_at", "intervention_type", "place"],
			order_by="starts_at",
			limit_page_length=1,
		)
		if found:
			what = ", ".join(part for part in (_(found[0].intervention_type), found[0].place) if part)
			return {"when": shown(get_datetime(found[0].starts_at)), "what": what}
	if plan.review_due_on and getdate(plan.review_due_on) >= getdate():
		return {"when": _date(plan.review_due_on), "what": _("We look at the project together")}
	return {}


def _date(value: object) -> str:
	return str(shown(getdate(value))) if value else ""
