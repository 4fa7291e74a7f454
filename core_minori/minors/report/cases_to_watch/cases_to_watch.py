"""Cases to Watch: which of the reader's open cases ask for something, and what the next step is."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import add_days, cint, getdate

from core_minori.case_deadlines import RUNNING
from core_minori.case_lists import card, cases, column, grouped, minors, records, running_assignments
from core_minori.engine.casework import PLAN_ENDED
from core_minori.engine.legal import APPOINTED
from core_minori.engine.watch import (
	BY_CODE,
	CONTACT_DAYS,
	DOCUMENT_DAYS,
	WATCHES,
	CaseToWatch,
	Paper,
	Seen,
	belongs,
	seen,
)

# The terms that are watched for, by the code of their rule.
RULES = ("pei-draft", "pei-review", "first-reception-stay")
# Who did not come through a first reception has a plan in the same time, from the report [design].
PLAN_DAYS = 60
RED = (
	"Document Expired",
	"First Reception Too Long",
	"Missing",
	"Nobody Assigned",
	"Turns 18 within 3 Months",
)


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""One row a case and reason. What the reader may not read of a case gives no reason."""
	filters = frappe._dict(filters or {})
	found = reasons(filters)
	rows = [
		_row(case, reason) for case, reason in found if not filters.watch or belongs(reason, filters.watch)
	]
	order = {watch.code: place for place, watch in enumerate(WATCHES)}
	rows.sort(key=lambda row: (order[row["watch"]], str(row["day"] or ""), row["case_file"]))
	return _columns(), rows, None, None, _summary(found)


def reasons(filters: dict) -> list[tuple[dict, Seen]]:
	"""Every reason to look at an open case of the reader, whatever the filter `watch` says; a fixed number of queries."""
	today = getdate()
	found = cases(
		filters,
		(
			"minor",
			"state",
			"beneficiary_type",
			"reported_on",
			"reception_entry",
			"guardian_appointed_on",
			"facility",
			"project",
			"suspended_on",
			"missing_since",
		),
		open_only=True,
	)
	known = _known(found, today)
	return [
		(case, reason)
		for case in found
		for reason in seen(
			known[case.name],
			today,
			cint(filters.get("contact_days")) or CONTACT_DAYS,
			cint(filters.get("document_days")) or DOCUMENT_DAYS,
		)
	]


def _known(found: list, today: date) -> dict[str, CaseToWatch]:
	names = [case.name for case in found]
	people = minors(found, ("birth_date",))
	guardianships = grouped(records("Guardianship", names, ("to_date",), guardian_kind=["in", APPOINTED]))
	papers = grouped(
		records(
			"Personal Document",
			names,
			("document_type", "expires_on"),
			status="Held",
			expires_on=["is", "set"],
		)
	)
	plans = {
		row.case_file: row.review_due_on
		for row in records("PEI", names, ("workflow_state", "review_due_on"))
		if row.workflow_state not in PLAN_ENDED
	}
	reviews = _latest(records("PEI Review", names, ("reviewed_on",)), "reviewed_on")
	planned = _latest(
		records("PEI Review", names, ("next_review_on",), next_review_on=["is", "set"]), "next_review_on"
	)
	contacts = _latest(records("Contact Log", names, ("contact_at",), reached=1), "contact_at")
	interviews = _latest(records("Minor Interview", names, ("held_at",)), "held_at")
	terms = _terms(found, names)
	team = _team(names)
	reads_team = frappe.has_permission("Care Assignment", "read")
	reads_guardians = frappe.has_permission("Guardianship", "read")
	reads_plans = frappe.has_permission("PEI", "read")
	result = {}
	for case in found:
		own = terms[case.name]
		due = max(filter(None, (plans.get(case.name), planned.get(case.name))), default=None)
		if due and reviews.get(case.name) and reviews[case.name] >= due:
			due = None  # the review that was due was held
		last = max(
			filter(None, (contacts.get(case.name), interviews.get(case.name))),
			default=None,
		)
		result[case.name] = CaseToWatch(
			state=case.state,
			kind=case.beneficiary_type,
			started_on=getdate(case.reception_entry or case.reported_on),
			birth_date=people.get(case.minor, {}).get("birth_date"),
			has_guardian=_has_guardian(case, guardianships.get(case.name), today) or not reads_guardians,
			has_plan=case.name in plans or not reads_plans,
			plan_due=own.get("pei-draft"),
			review_due=due or own.get("pei-review"),
			stay_until=own.get("first-reception-stay"),
			papers=[Paper(row.document_type, row.expires_on) for row in papers.get(case.name, ())],
			last_contact=last,
			assigned=case.name in team or not reads_team,
			has_referent=bool(team.get(case.name)) or not reads_team,
			suspended_on=case.suspended_on,
			missing_since=case.missing_since,
		)
	return result


def _has_guardian(case: dict, guardianships: list[dict] | None, today: date) -> bool:
	"""Whether a guardian is in office; a case that a register brought in may have the day of one and no record."""
	if guardianships:
		return any(not row.to_date or row.to_date >= today for row in guardianships)
	return bool(case.guardian_appointed_on)


def _terms(found: list, names: list[str]) -> dict[str, dict[str, date]]:
	"""Last days of the terms that run, by case and rule, the first of a rule that runs more than once."""
	terms: dict[str, dict[str, date]] = {}
	with_plan_term = set()
	for row in records("Case Deadline", names, ("rule_code", "state", "due_at"), rule_code=["in", RULES]):
		if row.rule_code == "pei-draft":
			with_plan_term.add(row.case_file)
		if row.state in RUNNING:
			own, due = terms.setdefault(row.case_file, {}), getdate(row.due_at)
			own[row.rule_code] = min(due, own.get(row.rule_code, due))
	for case in found:
		own = terms.setdefault(case.name, {})
		if case.name not in with_plan_term:
			own["pei-draft"] = getdate(add_days(case.reported_on, PLAN_DAYS))
	return terms


def _team(names: list[str]) -> dict[str, bool]:
	"""The cases that somebody follows today, and whether one of them is the referent."""
	if not names or not frappe.has_permission("Care Assignment", "read"):
		return {}
	team: dict[str, bool] = {}
	for row in running_assignments(("case_file", "is_referent"), case_file=["in", names]):
		team[row.case_file] = team.get(row.case_file, False) or bool(row.is_referent)
	return team


def _latest(rows: list[dict], field: str) -> dict[str, date]:
	found: dict[str, date] = {}
	for row in rows:
		day = getdate(row[field])
		if row.case_file not in found or day > found[row.case_file]:
			found[row.case_file] = day
	return found


def _row(case: dict, reason: Seen) -> dict:
	watch = BY_CODE[reason.watch]
	return {
		"watch": watch.code,
		"watch_label": _(watch.label),
		"case_file": case.name,
		"day": reason.day,
		"days": reason.days,
		"detail": reason.detail.render(_) if reason.detail else None,
		"next_step": _(watch.next_step),
		"state": _(case.state, context="Case File"),
		"facility": case.facility,
		"project": case.project,
		"colour": "red" if watch.code in RED else "orange",
	}


def _summary(found: list[tuple[dict, Seen]]) -> list[dict]:
	cards = []
	for watch in WATCHES:
		count = len({case.name for case, reason in found if belongs(reason, watch.code)})
		if count:
			cards.append(card(_(watch.label), count, "red" if watch.code in RED else "orange"))
	return cards


def _columns() -> list[dict]:
	return [
		column("watch_label", _("Why"), 200),
		column("case_file", _("Case File"), 180, "Link", "Case File"),
		column("day", _("Day"), 110, "Date"),
		column("days", _("Days"), 80, "Int"),
		column("detail", _("Which"), 170),
		column("next_step", _("Next Step"), 240),
		column("state", _("State of the Case"), 130),
		column("facility", _("Facility"), 160, "Link", "Facility"),
		column("project", _("Funded Project"), 130, "Link", "Funded Project"),
	]
