"""Case Deadlines: what is overdue, due soon or waited for, over the cases the reader follows."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, getdate, now_datetime

from core_minori.case_deadlines import RUNNING, clocks_of_rules, state_now
from core_minori.engine.casework import ENDED

# In the order a worker wants to read them.
STATES = ("Overdue", "Due Soon", "Open", "Waiting", "Term Passed")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Stored deadlines that are not done yet, the most urgent first; cases and deadlines come through the resolver.

	`days` is how many days ahead; what is over is there whatever it says, and without it everything is.
	"""
	filters = frappe._dict(filters or {})
	cases = _cases(filters)
	now, clocks = now_datetime(), clocks_of_rules()
	conditions = [["case_file", "in", list(cases)], ["state", "in", RUNNING]]
	if cint(filters.days) > 0:
		last = getdate(now) + timedelta(days=cint(filters.days))
		conditions.append(["due_at", "<", last + timedelta(days=1)])
	for field, value in (("kind", filters.kind), ("responsible_role", filters.role)):
		if value:
			conditions.append([field, "=", value])
	rows = frappe.get_list(
		"Case Deadline",
		filters=conditions,
		fields=[
			"name",
			"case_file",
			"title",
			"deadline_rule",
			"kind",
			"state",
			"due_at",
			"responsible_role",
			"source",
		],
		limit_page_length=0,
	)
	for row in rows:
		row.update(clocks.get(row.deadline_rule) or {"unit": None, "notice_hours": 0})
		row.state = state_now(row, now)
		row.state_label = _(row.state)
		row.title = _(row.title)
		row.responsible = _(row.responsible_role or "")
		row.kind_label = _(row.kind)
		row.case_state = _(cases[row.case_file], context="Case File")
	if filters.state:
		rows = [row for row in rows if row.state == filters.state]
	rows.sort(key=lambda row: (STATES.index(row.state), row.due_at, row.name))
	return _columns(), rows, None, None, _summary(rows)


def _cases(filters: frappe._dict) -> dict[str, str]:
	"""State by case: those somebody works on that the reader may read, of a project, or that the reader follows today."""
	conditions = [["state", "not in", ENDED]]
	if filters.project:
		conditions.append(["project", "=", filters.project])
	if cint(filters.only_mine):
		today = getdate()
		mine = frappe.get_all(
			"Care Assignment",
			filters={"user": frappe.session.user, "from_date": ["<=", today]},
			or_filters=[["to_date", "is", "not set"], ["to_date", ">=", today]],
			pluck="case_file",
		)
		conditions.append(["name", "in", mine])
	rows = frappe.get_list("Case File", filters=conditions, fields=["name", "state"], limit_page_length=0)
	return {row.name: row.state for row in rows}


def _columns() -> list[dict]:
	return [
		{"fieldname": "state_label", "label": _("State"), "fieldtype": "Data", "width": 120},
		{"fieldname": "due_at", "label": _("Due"), "fieldtype": "Datetime", "width": 160},
		{
			"fieldname": "case_file",
			"label": _("Case File"),
			"fieldtype": "Link",
			"options": "Case File",
			"width": 180,
		},
		{"fieldname": "title", "label": _("What Is Due"), "fieldtype": "Data", "width": 340},
		{"fieldname": "kind_label", "label": _("Kind"), "fieldtype": "Data", "width": 110},
		{"fieldname": "responsible", "label": _("Responsible"), "fieldtype": "Data", "width": 160},
		{"fieldname": "case_state", "label": _("State of the Case"), "fieldtype": "Data", "width": 130},
		{"fieldname": "source", "label": _("Source"), "fieldtype": "Data", "width": 260},
	]


def _summary(rows: list[dict]) -> list[dict]:
	colours = {
		"Overdue": "red",
		"Due Soon": "orange",
		"Open": "blue",
		"Waiting": "grey",
		"Term Passed": "grey",
	}
	return [
		{
			"label": _(state),
			"value": sum(row["state"] == state for row in rows),
			"datatype": "Int",
			"indicator": colour,
		}
		for state, colour in colours.items()
	]
