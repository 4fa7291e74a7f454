"""Supplier invoices whose rows carry a budget line."""

from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.funding.ledger import TaggedRow, check_tagged_rows


def validate(doc: Document, method: str | None = None) -> None:
	"""Check every tagged item against its project's dates and its line's budget, on the document's own date."""
	rows = [
		TaggedRow(
			line=item.fami_budget_line or doc.fami_budget_line,
			amount=item.base_net_amount,
			account=item.expense_account,
			where=_("Row {0}: {1}").format(item.idx, item.item_name or item.item_code or ""),
		)
		for item in doc.items
	]
	rows += [
		TaggedRow(
			line=tax.fami_budget_line or doc.fami_budget_line,
			amount=tax.base_tax_amount_after_discount_amount * (-1 if tax.add_deduct_tax == "Deduct" else 1),
			account=tax.account_head,
			where=_("Tax row {0}").format(tax.idx),
		)
		for tax in doc.taxes
	]
	check_tagged_rows(rows, getdate(doc.bill_date or doc.posting_date))
