"""Training Hours: sessions, people and person-hours by area, profession or organisation."""

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Sum

GROUPINGS = ("Area", "Profession", "Organisation", "Project")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Hours of the sessions that were held, one grouped query."""
	filters = frappe._dict(filters or {})
	group_by = filters.group_by if filters.group_by in GROUPINGS else "Area"
	frappe.has_permission("Training Session", "report", throw=True)
	session, area = frappe.qb.DocType("Training Session"), frappe.qb.DocType("Training Area")
	person = frappe.qb.DocType("Training Attendance")
	key = {
		"Area": session.training_area,
		"Profession": person.profession,
		"Organisation": person.organisation,
		"Project": session.project,
	}[group_by]
	hours = Case().when(person.hours > 0, person.hours).else_(session.hours)
	query = (
		frappe.qb.from_(session)
		.join(area)
		.on(area.name == session.training_area)
		.left_join(person)
		.on((person.parent == session.name) & (person.present == 1))
		.where(session.status.isin(["Held", "Certified"]))
		.select(
			key.as_("key"),
			area.title,
			Count(session.name).distinct().as_("sessions"),
			Count(person.name).as_("attendances"),
			Sum(Case().when(person.name.isnotnull(), hours).else_(0)).as_("person_hours"),
		)
		.groupby(key)
		.orderby(key)
	)
	for name in ("project", "training_area"):
		if filters.get(name):
			query = query.where(session[name] == filters[name])
	if filters.from_date:
		query = query.where(session.held_on >= filters.from_date)
	if filters.to_date:
		query = query.where(session.held_on <= filters.to_date)
	rows = query.run(as_dict=True)
	for row in rows:
		if group_by == "Area":
			row.key = f"{row.key}. {_(row.title)}"
		elif group_by == "Profession":
			row.key = _(row.key) if row.key else _("Not Stated")
		else:
			row.key = row.key or _("Not Stated")
	return _columns(group_by), rows, None, _chart(rows)


def _columns(group_by: str) -> list[dict]:
	return [
		{"fieldname": "key", "label": _(group_by), "fieldtype": "Data", "width": 420},
		{"fieldname": "sessions", "label": _("Sessions"), "fieldtype": "Int", "width": 110},
		{"fieldname": "attendances", "label": _("Attendances"), "fieldtype": "Int", "width": 110},
		{
			"fieldname": "person_hours",
			"label": _("Person Hours"),
			"fieldtype": "Float",
			"precision": 2,
			"width": 130,
		},
	]


def _chart(rows: list[dict]) -> dict | None:
	if not rows:
		return None
	return {
		"data": {
			"labels": [row.key[:32] for row in rows],
			"datasets": [{"name": _("Person Hours"), "values": [row.person_hours for row in rows]}],
		},
		"type": "bar",
		"colors": ["#1f5f8b"],
	}
