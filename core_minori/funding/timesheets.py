"""Hours of staff as costs: a submitted timesheet's rows by budget line, at the rate each row was saved with."""

import frappe
from frappe.query_builder.functions import Sum

from core_minori.engine.money import money
from core_minori.funding.ledger import LedgerCost


def costs(name: str, for_update: bool = False) -> list[LedgerCost]:
	"""The costs of a submitted timesheet, one for each budget line. `for_update` locks it until the transaction ends."""
	sheet = frappe.db.get_value(
		"Timesheet", name, ["docstatus", "employee_name"], as_dict=True, for_update=for_update
	)
	if not sheet or sheet.docstatus != 1:
		return []
	row = frappe.qb.DocType("Timesheet Detail")
	found = (
		frappe.qb.from_(row)
		.select(row.fami_budget_line, Sum(row.base_costing_amount), Sum(row.hours))
		.where((row.parent == name) & (row.parenttype == "Timesheet") & (row.fami_budget_line != ""))
		.groupby(row.fami_budget_line)
		.orderby(row.fami_budget_line)
	).run()
	return [
		LedgerCost(None, None, line, sheet.employee_name, money(amount), money(hours))
		for line, amount, hours in found
		if money(amount)
	]
