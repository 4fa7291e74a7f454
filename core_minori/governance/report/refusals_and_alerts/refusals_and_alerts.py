"""Refusals and Alerts: what was refused, and what the data protection officer was told, newest first."""

import frappe
from frappe import _
from frappe.utils import add_days, get_datetime, getdate

from core_minori import access_log
from core_minori.case_lists import card, column


def execute(filters: dict | None = None) -> tuple:
	"""One row of the log each."""
	access_log.drain()
	rows = _rows(frappe._dict(filters or {}))
	alerts = sum(row["way"] == "Alert" for row in rows)
	summary = [
		card(_("Refusals"), len(rows) - alerts, "red" if len(rows) > alerts else "green"),
		card(_("Alerts"), alerts, "orange" if alerts else "green"),
		card(_("Users"), len({row["user"] for row in rows})),
	]
	for row in rows:
		row["way"], row["record_type"] = _(row["way"]), _(row["record_type"]) if row["record_type"] else None
	return _columns(), rows, None, None, summary


@frappe.read_only()
def _rows(filters: dict) -> list[dict]:
	to_date = getdate(filters.to_date or None)
	from_date = getdate(filters.from_date or add_days(to_date, -30))
	wanted = [
		["seen_at", ">=", get_datetime(from_date)],
		["seen_at", "<", get_datetime(add_days(to_date, 1))],
	]
	if filters.user:
		wanted.append(["user", "=", filters.user])
	return frappe.get_list(
		"Case Access Log",
		filters=wanted,
		or_filters=[["outcome", "=", "Refused"], ["way", "=", "Alert"]],
		fields=[
			"sequence",
			"seen_at",
			"user",
			"way",
			"case_file",
			"record_type",
			"record",
			"records",
			"ip_address",
			"note",
		],
		order_by="sequence desc",
		limit_page_length=0,
	)


def _columns() -> list[dict]:
	return [
		column("seen_at", _("When"), 180, "Datetime"),
		column("user", _("User"), 220),
		column("way", _("Way"), 90),
		column("case_file", _("Case"), 160),
		column("record_type", _("Kind of Record"), 140),
		column("record", _("Record"), 160),
		column("records", _("Records"), 80, "Int"),
		column("note", _("Note"), 260),
		column("ip_address", _("Address"), 120),
	]
