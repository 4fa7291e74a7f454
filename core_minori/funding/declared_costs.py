"""Costs that a partner declares: they stand in the partner's own books, and here as Declared Costs."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from core_minori.engine.money import ZERO, money
from core_minori.funding.ledger import LedgerCost

ORIGIN = "Tagged Ledger Entry"


def costs(name: str, for_update: bool = False) -> list[LedgerCost]:
	"""The one cost of a Declared Cost. `for_update` locks it until the transaction ends."""
	row = frappe.db.get_value(
		"Declared Cost",
		name,
		["budget_line", "supplier", "amount", "cost_type", "quantity", "document_date"],
		as_dict=True,
		for_update=for_update,
	)
	if not row or not money(row.amount):
		return []
	return [
		LedgerCost(
			None,
			None,
			row.budget_line,
			row.supplier,
			money(row.amount),
			hours=money(row.quantity) if row.cost_type == "Staff" else ZERO,
			day=getdate(row.document_date),
		)
	]


def allocations_of(names: list[str]) -> dict[str, list[frappe._dict]]:
	"""The allocations of these declared costs that are not cancelled, by cost; `claimed` says a claim holds it."""
	found: dict[str, list[frappe._dict]] = {}
	for start in range(0, len(names), 1000):
		for row in frappe.get_all(
			"Cost Allocation",
			filters={
				"voucher_type": "Declared Cost",
				"voucher_no": ["in", names[start : start + 1000]],
				"docstatus": ["<", 2],
			},
			fields=["name", "voucher_no", "docstatus", "origin", "claim", "claimed_amount"],
			order_by="creation asc",
		):
			row.claimed = bool(row.claim or money(row.claimed_amount))
			found.setdefault(row.voucher_no, []).append(row)
	return found


def draft_allocation(cost: Document, amended_from: str | None = None, remarks: str | None = None) -> Document:
	"""Draft the allocation of a declared cost to its own line, for the euro it declares as imputed."""
	allocation = frappe.new_doc("Cost Allocation")
	allocation.update(
		{
			"company": frappe.get_cached_value("Funded Project", cost.funded_project, "company"),
			"origin": ORIGIN,
			"voucher_type": cost.doctype,
			"voucher_no": cost.name,
			"budget_line": cost.budget_line,
			"tagged_line": cost.budget_line,
			"imputed_amount": flt(cost.imputed_amount),
			"amended_from": amended_from,
			"remarks": remarks,
		}
	)
	# Nobody else can take of a cost that was stored a moment ago.
	allocation.flags.of_new_voucher = not cost.get_doc_before_save()
	allocation.flags.judged_later = cost.flags.checked
	return allocation.insert()


def keep_in_step(cost: Document, changes: str = "") -> None:
	"""Bring the allocation of a changed declared cost in step: a draft follows, a confirmed one goes back to draft.

	`changes` is told on the new draft. With `flags.checked` on the cost, its caller runs the rules afterwards. An allocation in a claim is never touched: the cost itself refuses to change.
	"""
	own = [row for row in allocations_of([cost.name]).get(cost.name, ()) if row.origin == ORIGIN]
	if not own:
		draft_allocation(cost)
		return
	allocation = frappe.get_doc("Cost Allocation", own[-1].name)
	if allocation.docstatus == 1:
		allocation.cancel()
		note = _("Back to draft on {0}: the declared cost changed.").format(frappe.format(getdate(), "Date"))
		draft_allocation(cost, allocation.name, f"{note} {changes}".strip())
		return
	allocation.update(
		{
			"budget_line": cost.budget_line,
			"tagged_line": cost.budget_line,
			"imputed_amount": flt(cost.imputed_amount),
			"percent": flt(cost.percent),
		}
	)
	allocation.flags.judged_later = cost.flags.checked
	allocation.save()


def release(cost: Document) -> None:
	"""Take the allocations of a declared cost away with it. Raises frappe.ValidationError when a claim holds one."""
	rows = allocations_of([cost.name]).get(cost.name, [])
	refuse_claimed(cost, rows)
	for row in rows:
		allocation = frappe.get_doc("Cost Allocation", row.name)
		if allocation.docstatus == 1:
			allocation.cancel()
		else:
			allocation.delete()


def refuse_claimed(cost: Document, rows: list[frappe._dict]) -> None:
	"""Raise frappe.ValidationError when a claim holds one of these allocations of the cost."""
	claims = sorted({row.claim or row.name for row in rows if row.claimed})
	if claims:
		frappe.throw(
			_(
				"{0} is claimed in {1} and stays as it is. Declare the difference as a cost of its own, with another"
				" code."
			).format(cost.declared_code, ", ".join(claims)),
			title=_("Cost Already Claimed"),
		)
