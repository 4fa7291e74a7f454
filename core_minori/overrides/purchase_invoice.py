"""Supplier invoices whose rows carry a budget line, or that belong to a Procurement Record."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.engine.money import money
from core_minori.engine.procurement import check_contract_total
from core_minori.funding.doctype.procurement_record.procurement_record import invoiced
from core_minori.funding.ledger import TaggedRow, check_tagged_rows
from core_minori.messages import say


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
	check_contract(doc)


def check_contract(doc: Document) -> None:
	"""Warn when the invoices of the contract pass its value; an invoice of another supplier is refused."""
	record = doc.get("fami_procurement_record")
	if not record:
		return
	contract = frappe.db.get_value("Procurement Record", record, ["contract_value", "supplier"], as_dict=True)
	if not contract:
		return  # Frappe's own link check names it
	if contract.supplier and contract.supplier != doc.supplier:
		frappe.throw(_("Procurement Record {0} is of supplier {1}.").format(record, contract.supplier))
	amounts = [*invoiced(record, doc.name).values(), money(doc.base_net_total)]
	say([check_contract_total(money(contract.contract_value), amounts)], record)
