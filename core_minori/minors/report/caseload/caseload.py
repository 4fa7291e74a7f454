"""Caseload: how many cases each operator follows in each role, in which state, and what came and went in a period."""

import frappe
from frappe import _
from frappe.utils import add_days, getdate

from core_minori.case_lists import behind, card, cases, column, full_names

STATES = (
	"Reported",
	"Reception",
	"Assessment",
	"PEI Drafting",
	"In Progress",
	"Prosieguo",
	"Missing",
	"Suspended",
)
ENDED = ("Closed", "Transferred")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""One row an operator and role; two queries over the cases and assignments that the reader may list."""
	filters = frappe._dict(filters or {})
	to_date = getdate(filters.to_date or None)
	from_date = getdate(filters.from_date or add_days(to_date, -30))
	found = {
		case.name: case
		for case in cases(
			{"project": filters.project, "facility": filters.facility}, ("state", "closed_on", "reported_on")
		)
	}
	assignments = _assignments(filters, found)
	today = getdate()
	followed: dict[tuple[str, str], dict[str, set[str]]] = {}
	for row in assignments:
		case = found[row.case_file]
		own = followed.setdefault((row.user, row.care_role), {})
		running = row.from_date <= today and (not row.to_date or row.to_date >= today)
		if running and case.state not in ENDED:
			own.setdefault("cases", set()).add(case.name)
			own.setdefault(case.state, set()).add(case.name)
			if row.is_referent:
				own.setdefault("referent", set()).add(case.name)
		if from_date <= row.from_date <= to_date:
			own.setdefault("new", set()).add(case.name)
		ended = case.closed_on
		if ended and from_date <= ended <= to_date and (not row.to_date or row.to_date >= ended):
			own.setdefault("closed", set()).add(case.name)
	names = full_names(user for user, __ in followed)
	keys = ("cases", "referent", "new", "closed", *STATES)
	rows = [
		{
			"worker": names.get(user, user),
			"role": _(role),
			**{_fieldname(key): len(own.get(key, ())) for key in keys},
			"behind": {_fieldname(key): behind("Case File", own[key]) for key in keys if own.get(key)},
		}
		for (user, role), own in followed.items()
		if own
	]
	rows.sort(key=lambda row: (-row["cases"], row["worker"], row["role"]))
	return _columns(), rows, None, _chart(rows), _summary(found, followed, rows)


def _assignments(filters: dict, found: dict) -> list:
	wanted = {"case_file": ["in", list(found) or [""]]}
	if filters.worker:
		wanted["user"] = filters.worker
	if filters.role:
		wanted["care_role"] = filters.role
	return frappe.get_list(
		"Care Assignment",
		filters=wanted,
		fields=["case_file", "user", "care_role", "is_referent", "from_date", "to_date"],
		order_by="name",
		limit_page_length=0,
	)


def _summary(found: dict, followed: dict, rows: list[dict]) -> list[dict]:
	is_open = {name for name, case in found.items() if case.state not in ENDED}
	with_somebody = set().union(*(own.get("cases", set()) for own in followed.values()))
	operators = len({row["worker"] for row in rows if row["cases"]})
	return [
		card(_("Open Cases"), len(is_open)),
		card(_("Followed by Somebody"), len(with_somebody), "green"),
		card(_("Operators"), operators),
		card(
			_("Cases for Each Operator"),
			round(sum(row["cases"] for row in rows) / operators, 1) if operators else 0,
			datatype="Float",
		),
	]


def _chart(rows: list[dict]) -> dict | None:
	busy = [row for row in rows if row["cases"]][:20]
	if not busy:
		return None
	return {
		"type": "bar",
		"data": {
			"labels": [row["worker"] for row in busy],
			"datasets": [{"name": _("Open Cases"), "values": [row["cases"] for row in busy]}],
		},
	}


def _fieldname(key: str) -> str:
	return frappe.scrub(key)


def _columns() -> list[dict]:
	return [
		column("worker", _("Operator"), 170),
		column("role", _("Role in the Case"), 150),
		column("cases", _("Open Cases"), 100, "Int"),
		column("referent", _("Referent"), 90, "Int"),
		column("new", _("New in the Period"), 130, "Int"),
		column("closed", _("Closed in the Period"), 150, "Int"),
		*(column(_fieldname(state), _(state, context="Case File"), 110, "Int") for state in STATES),
	]
