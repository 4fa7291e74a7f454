"""Funding: the ledger costs a voucher offers to an allocation, its checks again, and their overrides."""

import frappe
from frappe import _

from core_minori.engine.eligibility import NEVER_OVERRIDDEN
from core_minori.funding.checks import attached_paper, override, recheck, recheck_with_progress
from core_minori.funding.ledger import VOUCHER_TYPES, costs_of
from core_minori.permissions import may_override_check

MOST_AT_ONCE = 200


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


@frappe.whitelist(methods=["POST"])
def override_finding(allocation: str, check_code: str, reason: str, document: str) -> list[str]:
	"""Override what one check finds on a cost, with the reason and the paper that allows it.

	`document` is the name or the address of a private file that is attached to the allocation, or that the caller has
	just uploaded and attached to nothing: then it is attached to it. Returns the values found that are overridden. For
	Funding Officer and Case Coordinator; raises frappe.PermissionError for others, frappe.ValidationError without a
	reason, a paper or an open finding, and for checks that no paper overrides.
	"""
	if not may_override_check():
		frappe.throw(
			_("Only a funding officer or a coordinator overrides a check."),
			frappe.PermissionError,
		)
	frappe.get_doc("Cost Allocation", allocation).check_permission("read")
	if check_code in NEVER_OVERRIDDEN:
		frappe.throw(_("The check {0} is never overridden.").format(check_code))
	if not reason.strip():
		frappe.throw(_("Give the reason of the override."))
	return override(allocation, check_code, reason.strip(), attached_paper(allocation, document))


@frappe.whitelist(methods=["POST"])
def check_again(names: list | str) -> dict:
	"""Judge these allocations again by the rules of today; more than 200 in the background, with progress.

	`names` is a list, or a list as JSON, which is how the desk sends it.
	Returns {"queued": True}, or the number of allocations by their worst open finding. Raises frappe.PermissionError
	for who may not write allocations; names that the caller may not see are left out.
	"""
	frappe.has_permission("Cost Allocation", "write", throw=True)
	names = frappe.get_list(
		"Cost Allocation",
		filters={"name": ["in", [str(name) for name in frappe.parse_json(names)]]},
		pluck="name",
		limit_page_length=0,
		order_by="name",
	)
	if len(names) > MOST_AT_ONCE:
		frappe.enqueue(
			recheck_with_progress, queue="long", timeout=3600, names=names, user=frappe.session.user
		)
		return {"queued": True}
	return dict(recheck(names))
