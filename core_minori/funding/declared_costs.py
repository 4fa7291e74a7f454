"""Costs that a partner declares: they stand in the partner's own books, and here as Declared Costs."""

import frappe

from core_minori.engine.money import money
from core_minori.funding.ledger import LedgerCost


def costs(name: str, for_update: bool = False) -> list[LedgerCost]:
	"""The one cost of a Declared Cost. `for_update` locks it until the transaction ends."""
	row = frappe.db.get_value(
		"Declared Cost", name, ["budget_line", "supplier", "amount"], as_dict=True, for_update=for_update
	)
	if not row or not money(row.amount):
		return []
	return [LedgerCost(None, None, row.budget_line, row.supplier, money(row.amount))]
