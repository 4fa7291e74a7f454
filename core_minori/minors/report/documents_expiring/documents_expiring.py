"""Documents Expiring: papers of the open cases that end soon, have ended, or are still to be had."""

from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import cint, getdate

from core_minori.case_lists import card, cases, column, records
from core_minori.engine.watch import DOCUMENT_DAYS

WANTED = ("Missing", "Requested")


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""Documents that the reader may read: those held by their last day, then those still wanted."""
	filters = frappe._dict(filters or {})
	today = getdate()
	days = cint(filters.days) or DOCUMENT_DAYS
	found = {case.name: case for case in cases(filters, ("state", "facility", "project"), open_only=True)}
	rows = [] if filters.show == "Wanted" else _held(found, filters, today, days)
	ending = len(rows)
	if filters.show in ("All", "Wanted"):
		rows += _wanted(found, filters)
	expired = sum(row["state"] == "Expired" for row in rows)
	summary = [
		card(_("Expired"), expired, "red"),
		card(_("Expiring within {0} Days").format(days), ending - expired, "orange"),
	]
	if filters.show in ("All", "Wanted"):
		summary.append(card(_("Missing or Requested"), len(rows) - ending))
	return _columns(), rows, None, None, summary


def _held(found: dict, filters: dict, today: date, days: int) -> list[dict]:
	last = today + timedelta(days=days)
	rows = [
		{
			**_row(row, found[row.case_file]),
			"expires_on": row.expires_on,
			"days": (row.expires_on - today).days,
			"state": "Expired" if row.expires_on < today else "Expiring",
		}
		for row in _documents(found, filters, status="Held", expires_on=["<=", str(last)])
		if row.expires_on
	]
	return _shown(sorted(rows, key=lambda row: (row["expires_on"], row["document"])))


def _wanted(found: dict, filters: dict) -> list[dict]:
	rows = [
		{**_row(row, found[row.case_file]), "expires_on": None, "days": None, "state": row.status}
		for row in _documents(found, filters, status=["in", WANTED])
	]
	return _shown(sorted(rows, key=lambda row: (row["state"], row["case_file"])))


def _documents(found: dict, filters: dict, **more: object) -> list:
	if filters.document_type:
		more["document_type"] = filters.document_type
	fields = ("name", "document_type", "permit_type", "status", "expires_on")
	return records("Personal Document", found, fields, **more)


def _row(row: dict, case: dict) -> dict:
	return {
		"document": row.name,
		"case_file": row.case_file,
		"document_type": _(row.document_type),
		"permit_type": _(row.permit_type) if row.permit_type else None,
		"case_state": _(case.state, context="Case File"),
		"facility": case.facility,
		"project": case.project,
	}


def _shown(rows: list[dict]) -> list[dict]:
	for row in rows:
		state = row["state"]
		row["state_label"] = _(state, context="Personal Document")
	return rows


def _columns() -> list[dict]:
	return [
		column("state_label", _("State"), 110),
		column("expires_on", _("Expires On"), 110, "Date"),
		column("days", _("Days"), 80, "Int"),
		column("document_type", _("Document"), 200),
		column("permit_type", _("Permit"), 150),
		column("case_file", _("Case File"), 180, "Link", "Case File"),
		column("document", _("Record"), 180, "Link", "Personal Document"),
		column("case_state", _("State of the Case"), 130),
		column("facility", _("Facility"), 160, "Link", "Facility"),
		column("project", _("Funded Project"), 130, "Link", "Funded Project"),
	]
