"""Requests of the Persons: how many came, are open, are due, and were answered in time."""

import frappe
from frappe import _
from frappe.utils import add_days, getdate

from core_minori.case_lists import behind, card, column, grouped
from core_minori.engine.data_requests import NOTICE, OPEN_STATES, in_time, overdue

KEYS = ("received", "open", "due_soon", "overdue", "answered", "in_time", "refused")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""One row a type of request; one query over the requests that the reader may list."""
	filters = frappe._dict(filters or {})
	conditions: list[list] = []
	if filters.request_type:
		conditions.append(["request_type", "=", filters.request_type])
	if filters.from_date:
		conditions.append(["received_on", ">=", getdate(filters.from_date)])
	if filters.to_date:
		conditions.append(["received_on", "<=", getdate(filters.to_date)])
	found = frappe.get_list(
		"Data Request",
		filters=conditions,
		fields=["name", "request_type", "status", "due_on", "answered_on"],
		order_by="request_type, name",
		limit_page_length=0,
	)
	rows = [_row(kind, own) for kind, own in grouped(found, "request_type").items()]
	totals = _sets(found)
	answered, timely = in_time((row.due_on, row.answered_on) for row in found)
	summary = [
		card(_("Open"), len(totals["open"])),
		card(_("Overdue"), len(totals["overdue"]), "red" if totals["overdue"] else "green"),
		card(
			_("Answered in Time"),
			_("{0} of {1}").format(timely, answered) if answered else None,
			datatype="Data",
		),
	]
	return _columns(), rows, None, None, summary


def _row(kind: str, own: list) -> dict:
	sets = _sets(own)
	return {
		"request_type": _(kind),
		**{key: len(sets[key]) for key in KEYS},
		"behind": {key: behind("Data Request", sets[key]) for key in KEYS if sets[key]},
	}


def _sets(rows: list) -> dict[str, set[str]]:
	today = getdate()
	found: dict[str, set[str]] = {key: set() for key in KEYS}
	for row in rows:
		found["received"].add(row.name)
		if row.status in OPEN_STATES:
			found["open"].add(row.name)
			if overdue(row.due_on, today):
				found["overdue"].add(row.name)
			elif row.due_on <= add_days(today, NOTICE.days):
				found["due_soon"].add(row.name)
			continue
		found["answered"].add(row.name)
		if not overdue(row.due_on, row.answered_on):
			found["in_time"].add(row.name)
		if row.status == "Refused":
			found["refused"].add(row.name)
	return found


def _columns() -> list[dict]:
	return [
		column("request_type", _("Type"), 150),
		column("received", _("Received"), 110, "Int"),
		column("open", _("Open"), 100, "Int"),
		column("due_soon", _("Due within a Week"), 150, "Int"),
		column("overdue", _("Overdue"), 100, "Int"),
		column("answered", _("Answered"), 110, "Int"),
		column("in_time", _("Answered in Time"), 150, "Int"),
		column("refused", _("Refused"), 100, "Int"),
	]
