"""What the form of a case shows beside its own fields: each part only to who may read it.

Everything here goes through `frappe.get_list`, so the resolver has the last word; a DocType that the user's roles do
not read at all gives nothing.
"""

from datetime import timedelta
from html import unescape

import frappe
from frappe import _
from frappe.utils import add_days, get_datetime, getdate, now_datetime, strip_html

from core_minori.engine.beneficiaries import age_on
from core_minori.engine.case_requests import TRANSFER, possible_requests
from core_minori.engine.deadlines import reaches_age
from core_minori.permissions import OPEN_TO_RECEIVER, may_write_case

# Deadlines that somebody of ours still owes.
RUNNING = ("Open", "Due Soon", "Overdue")
_CONTACTS_SHOWN = 8
_NEXT_MEETING = timedelta(weeks=4)


def listed(doctype: str, **query: object) -> list[frappe._dict]:
	"""`frappe.get_list` without a page limit; nothing where the user's roles do not read this DocType."""
	if not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(doctype, **{"limit_page_length": 0, **query})


def of_case(case_file: str) -> dict:
	"""Head and panels of one case. Raises nothing: what is not readable is missing."""
	case = frappe.db.get_value(
		"Case File", case_file, ["name", "minor", "state", "facility", "living_arrangement"], as_dict=True
	)
	team = team_of(case_file)
	plans = listed(
		"PEI",
		filters={"case_file": case_file, "workflow_state": ["not in", ["Superseded", "Concluded"]]},
		fields=["name", "workflow_state", "version"],
		order_by="version desc",
		limit_page_length=1,
	)
	may_ask = may_write_case(frappe.session.user, case_file, "request")
	return {
		"person": person_of(case.minor),
		"team": team,
		"referent": next((row for row in team if row.is_referent and row.runs), None),
		"plan": plans[0] if plans else None,
		"requests": listed(
			"Case Request",
			filters={"case_file": case_file, "status": ["in", ["Requested", "Approved"]]},
			or_filters=[["status", "=", "Requested"], ["request_type", "=", TRANSFER]],
			fields=["name", "request_type", "status", "requested_by", "to_user"],
		),
		"may_ask": possible_requests(case.state) if may_ask else [],
		"flags": flags_of(case_file),
		"contacts": contacts_of(case_file),
		"services": services_of(case),
	}


def person_of(minor: str) -> dict | None:
	"""Name, age and the way to the eighteenth birthday, for who may read the person."""
	rows = listed(
		"Minor",
		filters={"name": minor},
		fields=["name", "given_name", "family_name", "birth_date", "birth_date_certainty"],
	)
	return person_row(rows[0]) if rows else None


def person_row(minor: frappe._dict) -> dict:
	"""A person as heads and lists show them. `days_to_majority` is negative after the birthday."""
	today, majority = getdate(), reaches_age(minor.birth_date, 18) if minor.birth_date else None
	return {
		"person": " ".join(part for part in (minor.given_name, minor.family_name) if part),
		"birth_date": minor.birth_date,
		"age": age_on(minor.birth_date, today),
		"majority_on": majority,
		"days_to_majority": (majority - today).days if majority else None,
	}


def team_of(case_file: str) -> list[frappe._dict]:
	"""Who follows the case and who did, the present team first; `runs` says who does today."""
	rows = listed(
		"Care Assignment",
		filters={"case_file": case_file},
		fields=["name", "user", "care_role", "is_referent", "from_date", "to_date"],
		order_by="from_date desc",
	)
	today, names = getdate(), full_names(row.user for row in rows)
	for row in rows:
		row.full_name = names.get(row.user, row.user)
		row.runs = row.from_date <= today and (row.to_date is None or row.to_date >= today)
	return sorted(rows, key=lambda row: (not row.runs, not row.is_referent))


def full_names(users: object) -> dict[str, str]:
	"""Full names of users; a colleague's name is no secret of a case."""
	return dict(
		frappe.get_all(
			"User", filters={"name": ["in", list(set(users))]}, fields=["name", "full_name"], as_list=True
		)
	)


def flags_of(case_file: str) -> list[frappe._dict]:
	"""Open flags of a case, for everybody who reads the case; the caller asked whether the user does."""
	rows = frappe.get_all(
		"ToDo",
		filters={
			"reference_type": "Case File",
			"reference_name": case_file,
			"status": "Open",
			"priority": "High",
		},
		fields=["name", "description", "date", "allocated_to"],
		order_by="date",
	)
	names = full_names(row.allocated_to for row in rows)
	for row in rows:
		row.description = plain(row.description)
		row.full_name = names.get(row.allocated_to, row.allocated_to)
	return rows


def plain(text: str | None) -> str:
	"""The words of a task, which Frappe keeps as HTML."""
	return unescape(strip_html(text or "")).strip()


def contacts_of(case_file: str) -> dict | None:
	"""The last contacts, how long ago each side was reached, and when the next contact is due."""
	if not frappe.has_permission("Contact Log", "read"):
		return None
	reached = listed(
		"Contact Log",
		filters={"case_file": case_file, "reached": 1},
		fields=["contact_with", "max(contact_at) as contact_at"],
		group_by="contact_with",
		order_by="contact_at desc",
	)
	rows = listed(
		"Contact Log",
		filters={"case_file": case_file},
		fields=[
			"name",
			"contact_at",
			"contact_type",
			"contact_with",
			"reached",
			"summary",
			"next_contact_on",
			"owner",
		],
		order_by="contact_at desc",
		limit_page_length=_CONTACTS_SHOWN,
	)
	today, names = getdate(), full_names(row.owner for row in rows)
	for row in rows:
		row.full_name = names.get(row.pop("owner"))
	last = rows[0] if rows else None
	return {
		"since": [
			{"contact_with": row.contact_with, "days": (today - getdate(row.contact_at)).days}
			for row in reached
		],
		"next_contact_on": last.next_contact_on if last else None,
		"rows": rows,
	}


def services_of(case: frappe._dict) -> dict:
	"""Who works on a case beside its team: organisations by what they do, the facility, the guardian."""
	referrals = listed(
		"Referral",
		filters={"case_file": case.name, "status": ["in", ["Drafted", *OPEN_TO_RECEIVER]]},
		fields=["name", "to_organisation", "service_requested", "status", "answer_due_on"],
		order_by="creation",
	)
	interventions = listed(
		"Intervention",
		filters={
			"case_file": case.name,
			"status": ["in", ["Planned", "Done"]],
			"starts_at": [">=", add_days(getdate(), -90)],
		},
		fields=["organisation", "intervention_type", "count(name) as number", "max(starts_at) as last_at"],
		group_by="organisation, intervention_type",
		order_by="last_at desc",
	)
	guardians = listed(
		"Guardianship",
		filters={"case_file": case.name, "to_date": ["is", "not set"]},
		fields=["name", "guardian_name", "guardian_kind", "from_date"],
		order_by="from_date desc",
	)
	facility = None
	if case.living_arrangement == "Facility" and case.facility:
		facility = frappe.db.get_value(
			"Facility",
			case.facility,
			["name", "facility_name", "organisation", "reception_level"],
			as_dict=True,
		)
	return {
		"referrals": referrals,
		"interventions": interventions,
		"guardians": guardians,
		"facility": facility,
	}


def open_matters(case_file: str) -> list[dict]:
	"""What is still open on a case: DocType, how many, and the filters of the list that shows them."""
	of_case = {"case_file": case_file}
	matters = [
		("Case Deadline", {**of_case, "kind": "Owed", "state": ["in", RUNNING]}),
		("Referral", {**of_case, "status": ["in", ["Drafted", *OPEN_TO_RECEIVER]]}),
		("Intervention", {**of_case, "status": "Planned"}),
		("Placement", {**of_case, "status": "Placed", "to_at": ["is", "not set"]}),
		("Guardianship", {**of_case, "to_date": ["is", "not set"]}),
		("PEI", {**of_case, "workflow_state": ["not in", ["Superseded", "Concluded"]]}),
	]
	found = []
	for doctype, filters in matters:
		rows = listed(doctype, filters=filters, fields=["count(name) as number"])
		if rows and rows[0].number:
			found.append({"doctype": doctype, "count": rows[0].number, "filters": filters})
	flags = len(flags_of(case_file))
	if flags:
		found.append({"doctype": "ToDo", "count": flags, "filters": {"reference_name": case_file}})
	return found


def meeting_draft(case_file: str) -> dict:
	"""A new meeting's participants (who follows the case today), agenda (what is late or not reached), and days."""
	now = now_datetime().replace(minute=0, second=0, microsecond=0)
	last = listed(
		"Case Meeting",
		filters={"case_file": case_file, "next_meeting_at": [">=", getdate()]},
		fields=["next_meeting_at", "place"],
		order_by="held_at desc",
		limit_page_length=1,
	)
	held_at = get_datetime(last[0].next_meeting_at) if last else now
	return {
		"held_at": held_at,
		"place": last[0].place if last else None,
		"next_meeting_at": held_at + _NEXT_MEETING,
		"participants": [
			{"user": row.user, "participant": row.full_name, "role": row.care_role}
			for row in team_of(case_file)
			if row.runs
		],
		"agenda": "\n".join(_agenda(case_file)),
	}


def _agenda(case_file: str) -> list[str]:
	deadlines = listed(
		"Case Deadline",
		filters={"case_file": case_file, "kind": "Owed", "state": ["in", RUNNING]},
		fields=["title", "due_at"],
		order_by="due_at",
	)
	lines = [
		_("Overdue since {0}: {1}").format(frappe.format(getdate(row.due_at), "Date"), _(row.title))
		for row in deadlines
		if get_datetime(row.due_at) < now_datetime()
	]
	plans = listed(
		"PEI",
		filters={"case_file": case_file, "workflow_state": ["in", ["Signed", "In Progress", "Under Review"]]},
		order_by="version desc",
		pluck="name",
		limit_page_length=1,
	)
	if plans:
		rows = frappe.get_all(
			"PEI Objective",
			filters={"parent": plans[0], "parenttype": "PEI", "status": ["in", ["Planned", "In Progress"]]},
			fields=["idx", "area", "due_on"],
			order_by="idx",
		)
		lines += [
			_("Objective {0} of {1}, {2}").format(row.idx, plans[0], _(row.area))
			+ (f" ({frappe.format(row.due_on, 'Date')})" if row.due_on else "")
			for row in rows
		]
	return lines
