"""The reconciliation as a workbook."""

import json
from typing import Any

from openpyxl import Workbook

import frappe
from frappe import _
from frappe.desk.query_report import run
from frappe.utils import getdate, today

from core_minori.engine.money import money
from core_minori.engine.sheet_writer import saved, write_table
from core_minori.files import download


@frappe.whitelist(methods=["GET"])
def reconciliation_workbook(filters: str = "{}") -> None:
	"""Download Funding Reconciliation with the same filters and the same rows as on the screen.

	Raises frappe.PermissionError for who may not run the report.
	"""
	chosen = json.loads(filters)
	title = _("Funding Reconciliation")
	result = run("Funding Reconciliation", filters=chosen)
	columns = result["columns"]
	rows = [[_cell(column, row.get(column["fieldname"])) for column in columns] for row in result["result"]]
	workbook = Workbook()
	sheet = workbook.active
	sheet.title = title[:31]
	after = write_table(sheet, [column["label"] for column in columns], rows)
	totals = [
		sum((row[place] for row in rows if row[place] is not None), money(0))
		if column["fieldtype"] == "Currency"
		else None
		for place, column in enumerate(columns)
	]
	totals[0] = _("Total")
	for place, value in enumerate(totals, start=1):
		cell = sheet.cell(after, place, value)
		cell.font = cell.font.copy(bold=True)
		if place > 1 and value is not None:
			cell.number_format = "#,##0.00"
	notes = workbook.create_sheet(_("Filters"))
	write_table(
		notes,
		[_("Filter"), _("Value")],
		[
			*(
				(_(key.replace("_", " ").title()), _(str(value), context="Funding Reconciliation"))
				for key, value in chosen.items()
				if value
			),
			(_("Made On"), getdate(today())),
		],
	)
	download(f"{title.replace(' ', '_')}_{today()}.xlsx", saved(workbook))


def _cell(column: dict, value: Any) -> Any:
	if value in (None, ""):
		return None
	if column["fieldtype"] in ("Currency", "Percent"):
		return money(value)
	return getdate(value) if column["fieldtype"] == "Date" else _(str(value))
