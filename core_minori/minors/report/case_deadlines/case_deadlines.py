"""Case Deadlines: what is overdue, due soon or waited for, over the cases the reader follows."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from core_minori import case_deadlines
from core_minori.engine.deadlines import rome

# In the order a worker wants to read them.
STATES = ("Overdue", "Due Soon", "Open", "Waiting", "Term Passed")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Deadlines not done yet, the most urgent first; cases come through the resolver."""
	filters = frappe._dict(filters or {})
	now = now_datetime()
	cases = frappe.get_list(
		"Case File",
		filters={
			"state": ["not in", ["Closed", "Transferred"]],
			**({"project": filters.project} if filters.project else {}),
		},
		fields=["state as case_state", "project", *case_deadlines.CASE_FIELDS],
		limit_page_length=0,
	)
	horizon = rome(now) + timedelta(days=cint(filters.days) or 30)
	rows = []
	by_case = case_deadlines.of_cases(cases, now)
	for case in cases:
		for deadline in by_case.get(case.name, []):
			if deadline.state.value not in STATES or deadline.due_at > horizon:
				continue
			if filters.state and deadline.state.value != filters.state:
				continue
			rows.append(
				{
					"case_file": case.name,
					"case_state": _(case.case_state, context="Case File"),
					**case_deadlines.as_row(deadline),
					"responsible": _(deadline.rule.responsible_role),
				}
			)
	rows.sort(key=lambda row: (STATES.index(row["state"]), row["due_at"]))
	for row in rows:
		row["state_label"] = _(row["state"])
	return _columns(), rows, None, None, _summary(rows)


def _columns() -> list[dict]:
	return [
		{"fieldname": "state_label", "label": _("State"), "fieldtype": "Data", "width": 120},
		{"fieldname": "due_at", "label": _("Due"), "fieldtype": "Datetime", "width": 160},
		{
			"fieldname": "case_file",
			"label": _("Case File"),
			"fieldtype": "Link",
			"options": "Case File",
			"width": 150,
		},
		{"fieldname": "title", "label": _("What Is Due"), "fieldtype": "Data", "width": 340},
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
