"""Builders of staff: a person, their hourly rate, and a month's timesheet."""

from datetime import date, datetime, timedelta

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.tests.builders import company, unique


def make_employee(user: str | None = None, **values) -> Document:
	"""An employee, of whom the user is `user` if given."""
	return frappe.get_doc(
		{
			"doctype": "Employee",
			"first_name": unique("Persona Esempio"),
			"gender": "Female",
			"date_of_birth": "1988-05-04",
			"date_of_joining": "2020-01-07",
			"company": company(),
			"status": "Active",
			"user_id": user,
			"create_user_permission": 0,
			**values,
		}
	).insert(ignore_permissions=True)


def make_rate(employee: str, valid_from: str | date = "2020-01-07", **values) -> Document:
	"""A rate of 33.271,66 euro over the standard hours, 19,34 an hour, from the first day of work."""
	return frappe.get_doc(
		{
			"doctype": "Staff Cost Rate",
			"employee": employee,
			"valid_from": valid_from,
			"method": "Annual Cost by Standard Hours",
			"programme": "FAMI 2021-2027",
			"part_time_percent": 100,
			"annual_cost": 33271.66,
			**values,
		}
	).insert(ignore_permissions=True)


def make_timesheet(
	employee: str, *rows: tuple[str | date, float, float, str | None], submit: bool = False, **values
) -> Document:
	"""A timesheet with one row for each (day, hour it starts, hours, budget line), as the session's user saves it."""
	logs = []
	for day, start, hours, line in rows:
		starts = datetime.combine(getdate(day), datetime.min.time()) + timedelta(hours=start)
		logs.append(
			{
				"activity_type": activity(),
				"from_time": starts,
				"to_time": starts + timedelta(hours=hours),
				"hours": hours,
				"fami_budget_line": line,
			}
		)
	sheet = frappe.get_doc(
		{"doctype": "Timesheet", "company": company(), "employee": employee, "time_logs": logs, **values}
	).insert()
	if submit:
		sheet.submit()
	return sheet


def activity() -> str:
	"""An activity whose own costing rate is another than ours, so that a test sees whose rate a row has."""
	name = "Attività di prova"
	if not frappe.db.exists("Activity Type", name):
		frappe.get_doc({"doctype": "Activity Type", "activity_type": name, "costing_rate": 99}).insert(
			ignore_permissions=True
		)
	return name
