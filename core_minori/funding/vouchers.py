"""What happens to allocations when a voucher is submitted or cancelled."""

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori.funding.checks import recheck
from core_minori.funding.ledger import costs_of


def draft_allocations(doc: Document, method: str | None = None) -> None:
	"""Hook on_submit of the vouchers: one draft allocation for each tagged cost that none covers yet.

	Whatever the rules find is kept on the drafts: booking does not stop at it, confirming does.
	"""
	costs = [cost for cost in costs_of(doc.doctype, doc.name) if cost.line]
	if not costs:
		return
	drafts = []
	for cost in costs:
		allocation = frappe.new_doc("Cost Allocation")
		allocation.update(
			{
				"budget_line": cost.line,
				"company": doc.company,
				"origin": "Tagged Ledger Entry",
				"voucher_type": doc.doctype,
				"voucher_no": doc.name,
				"account": cost.account,
				"cost_center": cost.cost_center,
				"tagged_line": cost.line,
				"percent": 100,
				"imputed_amount": float(cost.amount),
			}
		)
		allocation.flags.of_new_voucher = allocation.flags.judged_later = True
		# Who books the invoice need not be a funding officer: the draft is the system's, the officer confirms it.
		drafts.append(allocation.insert(ignore_permissions=True).name)
	recheck(drafts)


def release_allocations(doc: Document, method: str | None = None) -> None:
	"""Hook before_cancel of the vouchers: drafts go, confirmed allocations are cancelled, claimed ones refuse."""
	allocations = frappe.get_all(
		"Cost Allocation",
		filters={"voucher_type": doc.doctype, "voucher_no": doc.name, "docstatus": ["<", 2]},
		fields=["name", "docstatus", "claimed_amount"],
	)
	claimed = [allocation.name for allocation in allocations if allocation.claimed_amount]
	if claimed:
		frappe.throw(
			_(
				"{0} cannot be cancelled: its cost is claimed in {1}. Correct it with a credit note, so that the claim"
				" keeps its paper."
			).format(doc.name, ", ".join(claimed)),
			title=_("Cost Already Claimed"),
		)
	for allocation in allocations:
		record = frappe.get_doc("Cost Allocation", allocation.name)
		record.flags.ignore_permissions = True
		if allocation.docstatus == 1:
			record.cancel()
		else:
			record.delete(ignore_permissions=True)
