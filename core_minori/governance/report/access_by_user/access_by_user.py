"""Access by User: who saw which case, how often and in which way, in a period. Codes and logins only."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import add_days, get_datetime, getdate

from core_minori import access_log
from core_minori.case_lists import behind, card, column

# column -> ways of the log
WAYS = {
	"opened": ("Form",),
	"printed": ("Print",),
	"exported": ("Export",),
	"listed": ("List", "Search", "Report"),
	"files": ("File",),
	"changed": ("Change",),
	"emergencies": ("Emergency",),
}


def execute(filters: dict | None = None) -> tuple:
	"""One row a user and case; a list with many cases counts once for each of them."""
	access_log.drain()
	filters = frappe._dict(filters or {})
	rows = _rows(filters)
	refused = sum(row["refused"] for row in rows)
	summary = [
		card(_("Users"), len({row["user"] for row in rows})),
		card(_("Cases"), len({row["case_file"] for row in rows} - {None})),
		card(_("Refused"), refused, "red" if refused else "green"),
	]
	return _columns(), rows, None, None, summary


@frappe.read_only()
def _rows(filters: dict) -> list[dict]:
	to_date = getdate(filters.to_date or None)
	from_date = getdate(filters.from_date or add_days(to_date, -7))
	wanted = [
		["seen_at", ">=", get_datetime(from_date)],
		["seen_at", "<", get_datetime(add_days(to_date, 1))],
		["way", "in", [way for ways in WAYS.values() for way in ways]],
		["record_type", "!=", "Case Access Log"],
	]
	if filters.user:
		wanted.append(["user", "=", filters.user])
	found: dict[tuple, dict[str, set]] = defaultdict(lambda: defaultdict(set))
	times: dict[tuple, list] = {}
	for row in frappe.get_list(
		"Case Access Log",
		filters=wanted,
		fields=["name", "seen_at", "user", "way", "outcome", "case_file", "cases"],
		order_by="seen_at",
		limit_page_length=0,
	):
		for case in (row.cases or "").split() or [row.case_file or None]:
			if filters.case_file and case != filters.case_file:
				continue
			key = (row.user, case)
			own = found[key]
			if row.outcome == "Refused":
				own["refused"].add(row.name)
			else:
				own[_COLUMN_OF[row.way]].add(row.name)
			times.setdefault(key, [row.seen_at, row.seen_at])[1] = row.seen_at
	keys = (*WAYS, "refused")
	rows = [
		{
			"user": user,
			"case_file": case,
			**{key: len(own[key]) for key in keys},
			"first": times[user, case][0],
			"last": times[user, case][1],
			"behind": {key: behind("Case Access Log", own[key]) for key in keys if own[key]},
		}
		for (user, case), own in found.items()
	]
	return sorted(rows, key=lambda row: (row["user"], row["case_file"] or ""))


_COLUMN_OF = {way: key for key, ways in WAYS.items() for way in ways}


def _columns() -> list[dict]:
	return [
		column("user", _("User"), 220),
		column("case_file", _("Case"), 160),
		column("opened", _("Opened"), 90, "Int"),
		column("listed", _("Listed"), 90, "Int"),
		column("printed", _("Printed"), 90, "Int"),
		column("exported", _("Exported"), 90, "Int"),
		column("files", _("Files"), 80, "Int"),
		column("changed", _("Changed"), 90, "Int"),
		column("emergencies", _("Emergency"), 100, "Int"),
		column("refused", _("Refused"), 90, "Int"),
		column("first", _("First"), 180, "Datetime"),
		column("last", _("Last"), 180, "Datetime"),
	]
