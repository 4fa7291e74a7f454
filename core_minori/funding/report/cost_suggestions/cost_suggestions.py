"""Cost Suggestions: costs of the ledger that carry no line, the line each probably belongs on, how sure and why."""

import frappe
from frappe import _
from frappe.utils import cint

from core_minori.engine.suggestions import THRESHOLD
from core_minori.funding.suggestions import candidate_lines, reason_of, suggestions


def execute(filters: dict | None = None) -> tuple:
	"""The untagged costs with their suggestions. Raises frappe.PermissionError for who may not make allocations."""
	frappe.has_permission("Cost Allocation", "create", throw=True)
	filters = frappe._dict(filters or {})
	titles = {line.name: line.title for line in candidate_lines()}
	found = [
		(cost, suggestion)
		for cost, suggestion in suggestions(filters)
		if suggestion.confidence >= cint(filters.minimum_confidence)
	]
	data = [
		{
			"posting_date": cost.posting_date,
			"voucher_type": cost.voucher_type,
			"voucher_no": cost.voucher_no,
			"party": cost.party,
			"account": cost.account,
			"cost_center": cost.cost_center,
			"text": suggestion.cost.text[:140],
			"amount": float(cost.left),
			"budget_line": suggestion.line,
			"line_title": titles.get(suggestion.line),
			"confidence": suggestion.confidence,
			"reason": reason_of(suggestion),
		}
		for cost, suggestion in found
	]
	sure = sum(suggestion.confidence >= THRESHOLD for __, suggestion in found)
	return columns(), data, None, None, summary(data, sure)


def columns() -> list[dict]:
	"""Columns of the report; `confidence` is per cent, `amount` euro still free of the cost."""
	return [
		{
			"fieldname": "budget_line",
			"label": _("Suggested Line"),
			"fieldtype": "Link",
			"options": "FAMI Budget Line",
			"width": 150,
		},
		{"fieldname": "line_title", "label": _("Description"), "fieldtype": "Data", "width": 180},
		{"fieldname": "confidence", "label": _("Confidence (%)"), "fieldtype": "Int", "width": 90},
		{"fieldname": "reason", "label": _("Reason"), "fieldtype": "Data", "width": 360},
		{
			"fieldname": "amount",
			"label": _("Amount"),
			"fieldtype": "Currency",
			"options": "EUR",
			"width": 110,
		},
		{"fieldname": "party", "label": _("Supplier or Person"), "fieldtype": "Data", "width": 170},
		{"fieldname": "text", "label": _("Text"), "fieldtype": "Data", "width": 200},
		{"fieldname": "posting_date", "label": _("Posting Date"), "fieldtype": "Date", "width": 100},
		{"fieldname": "voucher_type", "label": _("Voucher Type"), "fieldtype": "Data", "width": 130},
		{
			"fieldname": "voucher_no",
			"label": _("Voucher"),
			"fieldtype": "Dynamic Link",
			"options": "voucher_type",
			"width": 170,
		},
		{"fieldname": "account", "label": _("Account"), "fieldtype": "Data", "width": 170},
		{"fieldname": "cost_center", "label": _("Cost Center"), "fieldtype": "Data", "width": 140},
	]


def summary(data: list[dict], sure: int) -> list[dict]:
	"""The figures above the table."""
	return [
		{"label": _("Untagged Costs"), "value": len(data), "datatype": "Int"},
		{
			"label": _("Sure Suggestions"),
			"value": sure,
			"datatype": "Int",
			"indicator": "green" if sure else "grey",
		},
		{
			"label": _("Amount"),
			"value": sum(row["amount"] for row in data),
			"datatype": "Currency",
			"currency": "EUR",
		},
	]
