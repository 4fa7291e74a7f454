"""A breach worked from its discovery: reminders of its clock, what a user saw and could have seen, its papers.

Codes, counts and moments only: whoever answers for a breach need not read a case.
"""

from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori import access_log
from core_minori.access_doors import doctype_of
from core_minori.access_explainer import part_label
from core_minori.engine import breach as rule
from core_minori.grants import (
	ALL,
	ASSIGNED,
	EMERGENCY,
	EMERGENCY_READER,
	FACILITY_CONTACT,
	GRANTS,
	HOSTED,
	PART_BY_VALUE,
	PART_OF,
	PARTNER,
	READ,
	RECEIVED,
)
from core_minori.messages import in_site_language
from core_minori.permissions import case_roles
from core_minori.relations import ASSIGNMENT, EMERGENCY_ACCESS
from core_minori.trust_alerts import tell_officers

REFUSED = "Refused"
# A part by the record, where its DocType is none of a case: the person.
_PART_OF = {**PART_OF, "Minor": "identity", "Referral": "referral"}


def facts_of(doc: Document) -> rule.Breach:
	"""The breach as the rules read it."""
	moments = ("notified_at", "completed_at", "people_told_at", "closed_at")
	return rule.Breach(
		discovered_at=get_datetime(doc.discovered_at),
		risk=doc.risk or "",
		notification_kind=doc.notification_kind or "",
		delay_reason=doc.delay_reason or "",
		not_to_notify=bool(doc.not_to_notify),
		not_notified_reason=doc.not_notified_reason or "",
		people_reason=doc.people_reason or "",
		consequences=doc.consequences or "",
		measures=doc.measures or "",
		**{field: get_datetime(doc.get(field)) if doc.get(field) else None for field in moments},
	)


# --- reminders --------------------------------------------------------------------------------------------------------


def hourly() -> None:
	"""Scheduler."""
	remind(now_datetime())


def remind(now: datetime) -> int:
	"""Tell the officers which breaches are near the end of their 72 hours; returns how many. Safe to repeat."""
	say = in_site_language()
	told = 0
	for name in frappe.get_all("Data Breach", filters={"status": rule.OPEN}, pluck="name"):
		doc = frappe.get_doc("Data Breach", name, for_update=True)
		sent = set((doc.reminders_sent or "").split())
		due = rule.reminder(facts_of(doc), now, sent)
		if not due:
			continue
		hours = rule.hours_left(get_datetime(doc.discovered_at), now)
		text = (
			say(_("Breach {0}: the 72 hours to notify the authority are over.")).format(name)
			if due == "overdue"
			else say(_("Breach {0}: {1} hours are left to notify the authority.")).format(name, int(hours))
		)
		tell_officers(text, "Data Breach", name)
		doc.db_set("reminders_sent", " ".join(sorted({*sent, due})), update_modified=False)
		told += 1
	return told


# --- what a user saw --------------------------------------------------------------------------------------------------


def seen(user: str, start: datetime, end: datetime) -> dict:
	"""What `user` saw from `start` to `end` by the log, and what they could have seen. The caller asks who may know.

	`rows`: as access_log.seen_by, with the parts of the case that the records are of. `cases`, `people`, `refused`:
	counts. `parts`: labels of what was seen. `reach`: see `within_reach`.
	"""
	rows = access_log.seen_by(user, start, end)
	allowed = [row for row in rows if row["outcome"] != REFUSED]
	cases = {row["case_file"] for row in allowed if row["case_file"]}
	parts = _parts_of({record for row in rows for record in row.get("records") or ()})
	for row in rows:
		found = {part for record in row.get("records") or () for part in parts.get(record, ())}
		row["parts"] = sorted(part_label(part) for part in found)
	people = set(frappe.get_all("Case File", filters={"name": ["in", list(cases) or [""]]}, pluck="minor"))
	return {
		"rows": rows,
		"cases": len(cases),
		"people": len(people - {None}),
		"refused": sum(row["times"] for row in rows if row["outcome"] == REFUSED),
		"parts": sorted({part for row in allowed for part in row["parts"]}),
		"reach": within_reach(user, start, end),
	}


def _parts_of(records: Iterable[str]) -> dict[str, set[str]]:
	"""Record -> the parts of a case that it is; one query a DocType whose records are of different parts."""
	by_doctype: dict[str, list[str]] = {}
	for record in records:
		if doctype := doctype_of(record):
			by_doctype.setdefault(doctype, []).append(record)
	found: dict[str, set[str]] = {}
	for doctype, names in by_doctype.items():
		if doctype in PART_BY_VALUE:
			field, parts = PART_BY_VALUE[doctype]
			values = frappe.get_all(doctype, filters={"name": ["in", names]}, fields=["name", field])
			found.update({row.name: {parts[row[field]]} for row in values if row[field] in parts})
		elif doctype in _PART_OF:
			found.update({name: {_PART_OF[doctype]} for name in names})
	return found


def within_reach(user: str, start: datetime, end: datetime) -> dict:
	"""The cases that dated records opened to `user` between the two moments, with the roles that the user has now.

	`ties`: rows of `case_file`, `relation`, `role`, `record`, `since`, `until`, `parts`. `cases`: how many there are,
	with all those open to a role that answers for every case, which `everything` names. `changes`: roles given or taken
	in between, by the register of confirmations.
	"""
	roles = case_roles(user)
	everything = {role: _parts(role, ALL) for role in sorted(roles) if _parts(role, ALL)}
	ties = [
		*_assigned(user, roles, start, end),
		*_hosted(user, roles, start, end),
		*_emergencies(user, start, end),
		*_received(user, roles, start, end),
	]
	cases = {tie["case_file"] for tie in ties}
	if everything:
		cases |= set(frappe.get_all("Case File", filters={"creation": ["<=", end]}, pluck="name"))
	return {
		"ties": sorted(ties, key=lambda tie: (tie["case_file"], str(tie["since"] or ""))),
		"cases": len(cases),
		"everything": [
			{"role": _(role), "parts": [part_label(part) for part in parts]}
			for role, parts in everything.items()
		],
		"changes": [
			{
				"role": _(row.role),
				"status": _(row.status),
				"given_on": row.given_on,
				"decided_on": row.decided_on,
			}
			for row in frappe.get_all(
				"Role Confirmation",
				filters={"user": user, "given_on": ["<=", end]},
				or_filters={"decided_on": [">=", start], "status": "Waiting", "given_on": [">=", start]},
				fields=["role", "status", "given_on", "decided_on"],
				order_by="given_on",
			)
		],
	}


def _parts(role: str, relation: str) -> list[str]:
	"""The parts of a case that a role reads by this relation."""
	return [part for part, grants in GRANTS.items() if READ in grants.get(role, {}).get(relation, ())]


def _tie(case: str, relation: str, role: str, record: str, since: object, until: object, parts: list) -> dict:
	return {
		"case_file": case,
		"relation": _(relation.capitalize()),
		"role": _(role),
		"record": record,
		"since": since,
		"until": until,
		"parts": [part_label(part) for part in parts],
	}


def _assigned(user: str, roles: set[str], start: datetime, end: datetime) -> list[dict]:
	return [
		_tie(tie.case_file, ASSIGNED, tie.role, tie.record, tie.since, tie.until, _parts(tie.role, ASSIGNED))
		for tie in ASSIGNMENT.ties(users=[user])
		if tie.role in roles
		and getdate(tie.since) <= end.date()
		and (not tie.until or getdate(tie.until) >= start.date())
	]


def _emergencies(user: str, start: datetime, end: datetime) -> list[dict]:
	parts = _parts(EMERGENCY_READER, EMERGENCY)
	return [
		_tie(tie.case_file, EMERGENCY, EMERGENCY_READER, tie.record, tie.since, tie.until, parts)
		for tie in EMERGENCY_ACCESS.ties(users=[user])
		if get_datetime(tie.since) <= end and get_datetime(tie.until) >= start
	]


def _hosted(user: str, roles: set[str], start: datetime, end: datetime) -> list[dict]:
	"""Minors placed then in a facility of the user's organisation: by the placements, since the case knows only today's."""
	if FACILITY_CONTACT not in roles:
		return []
	placement, facility, member = map(frappe.qb.DocType, ("Placement", "Facility", "Organisation User"))
	rows = (
		frappe.qb.from_(placement)
		.join(facility)
		.on(facility.name == placement.facility)
		.join(member)
		.on((member.parent == facility.organisation) & (member.parenttype == "Network Organisation"))
		.select(placement.case_file, placement.name, placement.from_at, placement.to_at)
		.where(member.user == user)
		.where(placement.status.notin(("Requested", "Declined", "Cancelled")))
		.where(placement.from_at <= end)
		.where(placement.to_at.isnull() | (placement.to_at >= start))
		.run(as_dict=True)
	)
	parts = _parts(FACILITY_CONTACT, HOSTED)
	return [
		_tie(row.case_file, HOSTED, FACILITY_CONTACT, row.name, row.from_at, row.to_at, parts) for row in rows
	]


def _received(user: str, roles: set[str], start: datetime, end: datetime) -> list[dict]:
	"""Referrals open then to the user's organisation."""
	if PARTNER not in roles:
		return []
	referral, member = frappe.qb.DocType("Referral"), frappe.qb.DocType("Organisation User")
	rows = (
		frappe.qb.from_(referral)
		.join(member)
		.on((member.parent == referral.to_organisation) & (member.parenttype == "Network Organisation"))
		.select(referral.case_file, referral.name, referral.sent_on, referral.ended_on)
		.where(member.user == user)
		.where(referral.sent_on <= end)
		.where(referral.ended_on.isnull() | (referral.ended_on >= start))
		.run(as_dict=True)
	)
	return [
		_tie(row.case_file, RECEIVED, PARTNER, row.name, row.sent_on, row.ended_on, ["referral"])
		for row in rows
	]


# --- papers -----------------------------------------------------------------------------------------------------------

_KIND = {
	"Confidentiality": "perdita di riservatezza",
	"Integrity": "perdita di integrità",
	"Availability": "perdita di disponibilità",
}
_RISK = {"Unlikely": "improbabile", "Possible": "possibile", "High": "elevato"}
_STATUS = {
	rule.OPEN: "aperta",
	rule.NOTIFIED: "notificata",
	rule.NOT_NOTIFIED: "non soggetta a notifica",
	rule.CLOSED: "chiusa",
}


def breach_paper(name: str) -> dict:
	"""What the papers of a breach say, in Italian whoever prints them, and without a name of anybody but the officer's.

	Raises frappe.PermissionError for who may not read it.
	"""
	doc = frappe.get_doc("Data Breach", name)
	doc.check_permission("read")
	settings = frappe.get_cached_doc("Core Minori Settings")
	facts = facts_of(doc)
	return {
		"number": doc.name,
		"controller": settings.controller,
		"controller_contact": settings.controller_contact,
		"officer": settings.officer,
		"officer_contact": settings.officer_contact,
		"exercise": doc.exercise,
		"title": doc.title,
		"status": _STATUS[rule.state_of(facts)],
		"kind": _KIND.get(doc.kind, ""),
		"risk": _RISK.get(doc.risk, "da valutare"),
		"happened_from": _moment(doc.happened_from),
		"happened_to": _moment(doc.happened_to),
		"discovered_at": _moment(doc.discovered_at),
		"due_at": _moment(doc.due_at),
		"notified_at": _moment(doc.notified_at),
		"preliminary": doc.notification_kind == rule.PRELIMINARY,
		"completed_at": _moment(doc.completed_at),
		"protocol": doc.protocol,
		"late": rule.is_late(facts, now_datetime()),
		"delay_reason": doc.delay_reason,
		"not_to_notify": doc.not_to_notify,
		"not_notified_reason": doc.not_notified_reason,
		"description": doc.description,
		"consequences": doc.consequences,
		"measures": doc.measures,
		"people_count": doc.people_count,
		"people_categories": doc.people_categories,
		"records_count": doc.records_count,
		"data_categories": doc.data_categories,
		"people_told_at": _moment(doc.people_told_at),
		"people_reason": doc.people_reason,
		"closed_at": _moment(doc.closed_at),
		"by_a_login": bool(doc.user),
		"cases_read": doc.cases_read,
	}


def _moment(value: object) -> str:
	return get_datetime(value).strftime("%d/%m/%Y, ore %H:%M") if value else ""
