"""Referral Outcomes: who refers to whom, how fast they answer, and what comes of it."""

from statistics import median

import frappe
from frappe import _
from frappe.utils import add_days, getdate

from core_minori.case_lists import behind, card, cases, column
from core_minori.engine.case_times import days_between

# The steps a referral that was sent can stand at; the first is still without an answer.
ACCEPTED = ("Accepted", "In Progress", "Done")
ANSWERED = (*ACCEPTED, "Rejected")
STEPS = {
	"waiting": ("Sent",),
	"running": ("Accepted", "In Progress"),
	"done": ("Done",),
	"rejected": ("Rejected",),
	"revoked": ("Revoked",),
}


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Referrals sent that the reader may list, one row an organisation, pair of types, service, reason or month."""
	filters = frappe._dict(filters or {})
	found = _referrals(filters)
	types = dict(frappe.get_all("Network Organisation", fields=["name", "organisation_type"], as_list=True))
	senders = _senders(found, types) if filters.group_by == "Sender and Receiver" else {}
	groups: dict[tuple[str, str], list] = {}
	for row in found:
		for key in _keys(row, filters.group_by or "Organisation", types, senders):
			groups.setdefault(key, []).append(row)
	rows = [_row(key, members) for key, members in groups.items()]
	rows.sort(key=lambda row: (-row["sent"], row["key"] or "", row["second"] or ""))
	whole = _row(("", ""), found)
	summary = [
		card(_("Sent"), len(found)),
		card(_("Waiting for an Answer"), whole["waiting"], "orange"),
		card(_("Accepted %"), whole["accepted_share"], "green", "Percent"),
		card(_("Days to the Answer, Median"), whole["answer_days"], datatype="Float"),
	]
	return _columns(filters.group_by or "Organisation"), rows, None, _chart(rows), summary


def _referrals(filters: dict) -> list:
	wanted: list[list] = [["sent_on", "is", "set"]]
	if filters.from_date:
		wanted.append(["sent_on", ">=", str(getdate(filters.from_date))])
	if filters.to_date:
		wanted.append(["sent_on", "<", str(add_days(getdate(filters.to_date), 1))])
	if filters.organisation:
		wanted.append(["to_organisation", "=", filters.organisation])
	if filters.project:
		wanted.append(["project", "=", filters.project])
	if filters.facility or filters.worker:
		names = [row.name for row in cases({"facility": filters.facility, "worker": filters.worker}, ())]
		wanted.append(["case_file", "in", names or [""]])
	return frappe.get_list(
		"Referral",
		filters=wanted,
		fields=[
			"name",
			"owner",
			"project",
			"to_organisation",
			"service_requested",
			"status",
			"sent_on",
			"answered_on",
			"ended_on",
			"answer_due_on",
			"rejection_reason",
		],
		order_by="name",
		limit_page_length=0,
	)


def _senders(found: list, types: dict[str, str]) -> dict[str, str]:
	"""Type of the organisation that each referral comes from: its author's, or else the lead's of its project."""
	owners = {row.owner for row in found}
	works_for = dict(
		frappe.get_all(
			"Organisation User",
			filters={"user": ["in", list(owners) or [""]], "parenttype": "Network Organisation"},
			fields=["user", "parent"],
			as_list=True,
		)
	)
	leads = dict(
		frappe.get_all(
			"Funded Project Partner",
			filters={
				"parenttype": "Funded Project",
				"role": "Lead",
				"parent": ["in", list({row.project for row in found if row.project}) or [""]],
			},
			fields=["parent", "organisation"],
			as_list=True,
		)
	)
	return {
		row.name: _(types.get(works_for.get(row.owner) or leads.get(row.project), "")) or _("Own Team")
		for row in found
	}


def _keys(row: dict, group_by: str, types: dict[str, str], senders: dict[str, str]) -> list[tuple[str, str]]:
	if group_by == "Sender and Receiver":
		return [(senders[row.name], _(types.get(row.to_organisation, "")))]
	if group_by == "Service":
		return [(_(row.service_requested), "")]
	if group_by == "Month":
		return [(str(row.sent_on)[:7], "")]
	if group_by == "Rejection Reason":
		# Words that people wrote: the same ones in other capitals are the same reason.
		reason = " ".join((row.rejection_reason or "").split()).capitalize()
		return [(reason or _("No Reason Given"), "")] if row.status == "Rejected" else []
	return [(row.to_organisation, _(types.get(row.to_organisation, "")))]


def _row(key: tuple[str, str], members: list) -> dict:
	by_step = {step: [row.name for row in members if row.status in states] for step, states in STEPS.items()}
	answered = [row for row in members if row.answered_on and row.status in ANSWERED]
	answers = [days_between(row.sent_on, row.answered_on) for row in answered]
	ends = [
		days_between(row.sent_on, row.ended_on) for row in members if row.status == "Done" and row.ended_on
	]
	accepted = sum(row.status in ACCEPTED for row in members)
	decided = accepted + len(by_step["rejected"])
	due = [row for row in answered if row.answer_due_on]
	return {
		"key": key[0],
		"second": key[1],
		"sent": len(members),
		**{step: len(names) for step, names in by_step.items()},
		"accepted_share": round(100 * accepted / decided, 1) if decided else None,
		"answer_days": round(median(answers), 1) if answers else None,
		"in_time": round(
			100 * sum(getdate(row.answered_on) <= row.answer_due_on for row in due) / len(due), 1
		)
		if due
		else None,
		"end_days": round(median(ends), 1) if ends else None,
		"behind": {
			"sent": behind("Referral", [row.name for row in members]),
			**{step: behind("Referral", names) for step, names in by_step.items() if names},
		},
	}


def _chart(rows: list[dict]) -> dict | None:
	most = rows[:10]
	if not most:
		return None
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"data": {
			"labels": [" → ".join(filter(None, (row["key"], row["second"]))) for row in most],
			"datasets": [
				{"name": label, "values": [row[step] for row in most]}
				for step, label in _step_labels().items()
			],
		},
	}


def _step_labels() -> dict[str, str]:
	return {
		"waiting": _("Waiting for an Answer"),
		"running": _("Accepted, Running"),
		"done": _("Done", context="Referral"),
		"rejected": _("Rejected", context="Referral"),
		"revoked": _("Revoked", context="Referral"),
	}


def _columns(group_by: str) -> list[dict]:
	first = {
		"Organisation": [
			column("key", _("Receiving Organisation"), 220, "Link", "Network Organisation"),
			column("second", _("Type"), 160),
		],
		"Sender and Receiver": [
			column("key", _("Sender's Type"), 200),
			column("second", _("Receiver's Type"), 200),
		],
		"Service": [column("key", _("Service Requested"), 220)],
		"Month": [column("key", _("Month"), 110)],
		"Rejection Reason": [column("key", _("Rejection Reason"), 360)],
	}[group_by]
	return [
		*first,
		column("sent", _("Sent"), 90, "Int"),
		*(column(step, label, 140, "Int") for step, label in _step_labels().items()),
		column("accepted_share", _("Accepted %"), 110, "Float", precision=1),
		column("answer_days", _("Days to the Answer, Median"), 200, "Float", precision=1),
		column("in_time", _("Answered in Time %"), 150, "Float", precision=1),
		column("end_days", _("Days to the End, Median"), 180, "Float", precision=1),
	]
