"""Cases for the reports: through the resolver, by the filters that the reports share, and the list behind each number."""

from collections.abc import Iterable, Sequence
from datetime import date

import frappe
from frappe.utils import getdate

from core_minori import sealed

# Cases that nobody works on any more.
ENDED = ("Closed", "Transferred")
NOBODY = ""  # a name that no record has: an empty "in" would be no condition at all


def cases(filters: dict, fields: Sequence[str], open_only: bool = False, **more: object) -> list[dict]:
	"""The cases that the asking user may read, by project, facility, worker and days of the report.

	`more` are further conditions of the list. At most two queries.
	"""
	return frappe.get_list(
		"Case File",
		filters=case_filters(filters, open_only, **more),
		fields=["name", *fields],
		order_by="name",
		limit_page_length=0,
	)


def case_filters(filters: dict, open_only: bool = False, **more: object) -> list[list]:
	"""The same conditions as a list view takes them."""
	found: list[list] = [["name", "in", followed_by(filters["worker"])]] if filters.get("worker") else []
	for name in ("project", "facility"):
		if filters.get(name):
			found.append([name, "=", filters[name]])
	if filters.get("from_date"):
		found.append(["reported_on", ">=", str(getdate(filters["from_date"]))])
	if filters.get("to_date"):
		found.append(["reported_on", "<=", str(getdate(filters["to_date"]))])
	if open_only:
		found.append(["state", "not in", list(ENDED)])
	return found + [
		[name, *(condition if isinstance(condition, list) else ["=", condition])]
		for name, condition in more.items()
	]


def followed_by(worker: str, day: date | None = None) -> list[str]:
	"""Cases that a worker follows on a day, among those whose team the asking user may read."""
	rows = running_assignments(["case_file"], day, user=worker)
	return list(dict.fromkeys(row.case_file for row in rows)) or [NOBODY]


def running_assignments(fields: Sequence[str], day: date | None = None, **filters: object) -> list[dict]:
	"""Care Assignments that run on a day, as the asking user may list them; one query."""
	day = day or getdate()
	return frappe.get_list(
		"Care Assignment",
		filters={"from_date": ["<=", day], **filters},
		or_filters=[["to_date", "is", "not set"], ["to_date", ">=", day]],
		fields=list(fields),
		order_by="case_file, from_date",
		limit_page_length=0,
	)


def records(doctype: str, names: Iterable[str], fields: Sequence[str], **filters: object) -> list[dict]:
	"""Records of these cases that the asking user may list, none where the role reads none of the DocType; one query."""
	names = list(names)
	if not names or not frappe.has_permission(doctype, "read"):
		return []
	return sealed.get_list(
		doctype,
		["case_file", *fields],
		filters={"case_file": ["in", names], **filters},
		order_by="name",
		limit_page_length=0,
	)


def minors(rows: Iterable[dict], fields: Sequence[str]) -> dict[str, dict]:
	"""People of these cases (rows with `minor`) that the asking user may read, by name; one query."""
	names = list({row["minor"] for row in rows})
	if not names or not frappe.has_permission("Minor", "read"):
		return {}
	found = frappe.get_list(
		"Minor", filters={"name": ["in", names]}, fields=["name", *fields], limit_page_length=0
	)
	return {row.name: row for row in found}


def behind(doctype: str, names: Iterable[str]) -> dict:
	"""What a click on a number opens: the list of exactly these records."""
	return {"doctype": doctype, "filters": {"name": ["in", sorted(set(names)) or [NOBODY]]}}


def column(
	fieldname: str, label: str, width: int, fieldtype: str = "Data", options: str = "", **more: object
) -> dict:
	"""A column of a report."""
	if fieldtype in ("Data", "Link", "Date"):
		# the view takes a column whose first row is empty for one of numbers
		more.setdefault("align", "left")
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"options": options,
		"width": width,
		**more,
	}


def card(label: str, value: object, indicator: str = "blue", datatype: str = "Int") -> dict:
	"""A number above a report; nothing known is a dash, and a fraction has one place."""
	if value is None:
		value, datatype = "–", "Data"
	elif datatype == "Float":
		value, datatype = frappe.format_value(value, {"fieldtype": "Float", "precision": 1}), "Data"
	return {"label": label, "value": value, "indicator": indicator, "datatype": datatype}


def grouped(rows: Iterable[dict], key: str = "case_file") -> dict[str, list[dict]]:
	"""Rows by one of their values."""
	found: dict[str, list[dict]] = {}
	for row in rows:
		found.setdefault(row[key], []).append(row)
	return found


def full_names(users: Iterable[str]) -> dict[str, str]:
	"""Names of operators, for people who may see them in the team; one query."""
	users = {user for user in users if user}
	if not users:
		return {}
	return dict(
		frappe.get_all(
			"User", filters={"name": ["in", list(users)]}, fields=["name", "full_name"], as_list=True
		)
	)
