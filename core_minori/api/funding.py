"""Funding: the ledger costs a voucher offers to an allocation."""

import frappe
from frappe import _

from core_minori.funding.ledger import VOUCHER_TYPES, costs_of


@frappe.whitelist(methods=["GET"])
def costs_of_voucher(voucher_type: str, voucher_no: str) -> list[dict]:
	"""Ledger costs of a voucher for the dialog of a new allocation. Raises frappe.PermissionError without its right."""
	frappe.has_permission("Cost Allocation", "create", throw=True)
	if voucher_type not in VOUCHER_TYPES:
		frappe.throw(_("A cost of {0} cannot be imputed.").format(_(voucher_type)))
	frappe.get_doc(voucher_type, voucher_no).check_permission("read")
	return [
		{
			"account": cost.account,
			"cost_center": cost.cost_center,
			"tagged_line": cost.line,
			"party": cost.party,
			"amount": float(cost.amount),
		}
		for cost in costs_of(voucher_type, voucher_no)
	]
