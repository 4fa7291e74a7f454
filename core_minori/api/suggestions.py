"""Suggestions of budget lines for untagged costs: accept them, and take the last acceptance back."""

import json

import frappe
from frappe import _

from core_minori.funding import suggestions

_FIELDS = ("voucher_type", "voucher_no", "account", "cost_center", "budget_line")


@frappe.whitelist(methods=["POST"])
def accept(rows: str) -> dict:
	"""Draft an allocation for each of `rows`, JSON of voucher_type, voucher_no, account, cost_center, budget_line.

	Above suggestions.MOST_AT_ONCE a worker does it and {"queued": number} is returned, else how many drafts were made and
	what was refused. Raises frappe.PermissionError without the right to make allocations.
	"""
	frappe.has_permission("Cost Allocation", "create", throw=True)
	chosen = _rows(rows)
	batch = frappe.generate_hash(length=12)
	if len(chosen) > suggestions.MOST_AT_ONCE:
		frappe.enqueue(
			"core_minori.funding.suggestions.accept_in_background",
			queue="long",
			rows=chosen,
			batch=batch,
			user=frappe.session.user,
		)
		return {"queued": len(chosen)}
	result = suggestions.accept(chosen, batch)
	return {"made": len(result["made"]), "refused": result["refused"]}


@frappe.whitelist(methods=["POST"])
def undo() -> dict:
	"""Delete the drafts of the last suggestions that the user accepted; says how many. A confirmed one is refused."""
	return {"deleted": suggestions.undo(frappe.session.user)}


@frappe.whitelist(methods=["GET"])
def last_batch() -> dict | None:
	"""The last suggestions that the user accepted and that are not cancelled, None when there are none."""
	frappe.has_permission("Cost Allocation", "create", throw=True)
	return suggestions.last_batch(frappe.session.user)


def _rows(text: str) -> list[dict]:
	"""The rows, each with all its fields. Raises frappe.ValidationError for anything else."""
	try:
		rows = json.loads(text)
	except ValueError:
		rows = None
	if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
		frappe.throw(_("Choose the costs to accept first."))
	chosen = [{field: str(row.get(field) or "") for field in _FIELDS} for row in rows]
	for row in chosen:
		if row["voucher_type"] not in suggestions.LEDGER_VOUCHERS:
			frappe.throw(_("A cost of {0} cannot be imputed.").format(_(row["voucher_type"])))
	return chosen
