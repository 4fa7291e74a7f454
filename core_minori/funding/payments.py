"""How documents were paid: through Payment Entries, Journal Entries, on the spot, or as a partner declares it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Sum
from frappe.utils import getdate

from core_minori.engine.cost_facts import Payment
from core_minori.engine.money import money

Voucher = tuple[str, str]

# Vouchers that other vouchers pay, by a row that refers to them.
_PAID_BY_REFERENCE = ("Purchase Invoice", "Journal Entry", "Expense Claim")
# ERPNext's modes of payment, in the words of the expense list; others of type Bank are transfers.
_METHODS = {
	"Credit Card": "Bank Card",
	"Wire Transfer": "Bank Transfer",
	"Cheque": "Cheque",
	"Bank Draft": "Bank Draft",
	"Direct Debit": "Direct Debit",
}


def payments_of(vouchers: Iterable[Voucher]) -> dict[Voucher, tuple[Payment, ...]]:
	"""Payments of each (voucher type, name), oldest first; a voucher nobody paid has an empty tuple.

	A timesheet is paid with the payroll and has none here. The number of queries does not grow with the vouchers.
	"""
	vouchers = list(dict.fromkeys(vouchers))
	by_type: dict[str, list[str]] = defaultdict(list)
	for voucher_type, name in vouchers:
		by_type[voucher_type].append(name)
	moves: list[frappe._dict] = []
	referred = [name for kind in _PAID_BY_REFERENCE for name in by_type[kind]]
	if referred:
		moves += _by_payment_entry(referred) + _by_journal_entry(referred)
	if by_type["Purchase Invoice"]:
		moves += _on_the_spot(by_type["Purchase Invoice"])
	if by_type["Journal Entry"]:
		moves += _journal_entries_that_pay(by_type["Journal Entry"])
	if by_type["Payment Entry"]:
		moves += _payment_entries(by_type["Payment Entry"])
	if by_type["Expense Claim"] and frappe.db.exists("DocType", "Expense Claim"):
		moves += _expense_claims_paid_at_once(by_type["Expense Claim"])
	if by_type["Declared Cost"]:
		moves += _declared(by_type["Declared Cost"])
	wanted = set(vouchers)
	moves = [move for move in moves if (move.paid_type, move.paid_no) in wanted and money(move.amount)]
	modes, accounts = _modes(), _accounts({move.account for move in moves if move.account})
	papers = files_of({(move.voucher_type, move.voucher_no) for move in moves})
	found: dict[Voucher, list[Payment]] = {voucher: [] for voucher in vouchers}
	for move in moves:
		account = accounts.get(move.account) or frappe._dict()
		found[move.paid_type, move.paid_no].append(
			Payment(
				paid_on=getdate(move.paid_on),
				amount=money(move.amount),
				method=_method(move, modes, account.account_type),
				reference=move.reference or "",
				account=move.account or "",
				dedicated=account.dedicated,
				cup=move.cup or "",
				cig=move.cig or "",
				proofs=papers.get((move.voucher_type, move.voucher_no), ()),
			)
		)
	return {
		voucher: tuple(sorted(payments, key=lambda payment: (payment.paid_on, payment.amount)))
		for voucher, payments in found.items()
	}


def files_of(records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
	"""Names of the files attached to each (DocType, name), one query."""
	records = set(records)
	if not records:
		return {}
	rows = frappe.get_all(
		"File",
		filters={
			"attached_to_doctype": ["in", list({doctype for doctype, __ in records})],
			"attached_to_name": ["in", list({name for __, name in records})],
			"is_folder": 0,
		},
		fields=["attached_to_doctype", "attached_to_name", "file_name"],
		order_by="creation",
	)
	found: dict[tuple[str, str], list[str]] = defaultdict(list)
	for row in rows:
		found[row.attached_to_doctype, row.attached_to_name].append(row.file_name or "")
	return {key: tuple(names) for key, names in found.items() if key in records}


def _by_payment_entry(names: Sequence[str]) -> list[frappe._dict]:
	entry, reference = frappe.qb.DocType("Payment Entry"), frappe.qb.DocType("Payment Entry Reference")
	moves = (
		frappe.qb.from_(reference)
		.join(entry)
		.on(entry.name == reference.parent)
		.select(
			reference.reference_doctype.as_("paid_type"),
			reference.reference_name.as_("paid_no"),
			entry.name.as_("voucher_no"),
			entry.posting_date.as_("paid_on"),
			Sum(reference.allocated_amount).as_("amount"),
			entry.mode_of_payment,
			entry.reference_no.as_("reference"),
			entry.paid_from.as_("account"),
			entry.fami_cup.as_("cup"),
			entry.fami_cig.as_("cig"),
		)
		.where(reference.reference_name.isin(names) & (entry.docstatus == 1))
		.groupby(reference.reference_doctype, reference.reference_name, entry.name)
	).run(as_dict=True)
	return [frappe._dict(move, voucher_type="Payment Entry") for move in moves]


def _by_journal_entry(names: Sequence[str]) -> list[frappe._dict]:
	"""Journal entries that clear the payable of a voucher; what they leave from is their bank or cash account."""
	entry, row = frappe.qb.DocType("Journal Entry"), frappe.qb.DocType("Journal Entry Account")
	moves = (
		frappe.qb.from_(row)
		.join(entry)
		.on(entry.name == row.parent)
		.select(
			row.reference_type.as_("paid_type"),
			row.reference_name.as_("paid_no"),
			entry.name.as_("voucher_no"),
			entry.posting_date.as_("paid_on"),
			Sum(row.debit - row.credit).as_("amount"),
			entry.mode_of_payment,
			entry.cheque_no.as_("reference"),
			entry.fami_cup.as_("cup"),
			entry.fami_cig.as_("cig"),
		)
		.where(row.reference_name.isin(names) & (entry.docstatus == 1))
		.groupby(row.reference_type, row.reference_name, entry.name)
	).run(as_dict=True)
	paid_from = _credited_accounts([move.voucher_no for move in moves])
	# A journal entry that moves no money settles a payable with another one: that is no payment.
	return [
		frappe._dict(move, account=paid_from[move.voucher_no][0].account, voucher_type="Journal Entry")
		for move in moves
		if move.voucher_no in paid_from
	]


def _credited_accounts(names: Sequence[str]) -> dict[str, list[frappe._dict]]:
	"""Bank and cash accounts that each journal entry takes money from, the largest first."""
	if not names:
		return {}
	row, account = frappe.qb.DocType("Journal Entry Account"), frappe.qb.DocType("Account")
	rows = (
		frappe.qb.from_(row)
		.join(account)
		.on(account.name == row.account)
		.select(row.parent, row.account, Sum(row.credit - row.debit).as_("amount"))
		.where(row.parent.isin(names) & account.account_type.isin(["Bank", "Cash"]))
		.groupby(row.parent, row.account)
	).run(as_dict=True)
	found: dict[str, list[frappe._dict]] = defaultdict(list)
	for credited in sorted(rows, key=lambda credited: -credited.amount):
		if credited.amount > 0:
			found[credited.parent].append(credited)
	return dict(found)


def _on_the_spot(names: Sequence[str]) -> list[frappe._dict]:
	return [
		_itself(row, "Purchase Invoice", row.posting_date, row.base_paid_amount, row.cash_bank_account)
		for row in frappe.get_all(
			"Purchase Invoice",
			filters={"name": ["in", names], "is_paid": 1, "docstatus": 1},
			fields=[
				"name",
				"posting_date",
				"base_paid_amount",
				"mode_of_payment",
				"cash_bank_account",
				"fami_cup as cup",
				"fami_cig as cig",
			],
		)
	]


def _journal_entries_that_pay(names: Sequence[str]) -> list[frappe._dict]:
	paid_from = _credited_accounts(names)
	entries = frappe.get_all(
		"Journal Entry",
		filters={"name": ["in", names], "docstatus": 1},
		fields=[
			"name",
			"posting_date",
			"mode_of_payment",
			"cheque_no as reference",
			"fami_cup as cup",
			"fami_cig as cig",
		],
	)
	return [
		_itself(entry, "Journal Entry", entry.posting_date, credited.amount, credited.account)
		for entry in entries
		for credited in paid_from.get(entry.name, ())
	]


def _payment_entries(names: Sequence[str]) -> list[frappe._dict]:
	return [
		_itself(entry, "Payment Entry", entry.posting_date, entry.base_paid_amount, entry.paid_from)
		for entry in frappe.get_all(
			"Payment Entry",
			filters={"name": ["in", names], "docstatus": 1, "payment_type": "Pay"},
			fields=[
				"name",
				"posting_date",
				"base_paid_amount",
				"mode_of_payment",
				"reference_no as reference",
				"paid_from",
				"fami_cup as cup",
				"fami_cig as cig",
			],
		)
	]


def _expense_claims_paid_at_once(names: Sequence[str]) -> list[frappe._dict]:
	"""HRMS: a claim marked as paid took its money from the account of its mode of payment on the day it was posted."""
	return [
		_itself(claim, "Expense Claim", claim.posting_date, claim.total_sanctioned_amount, None)
		for claim in frappe.get_all(
			"Expense Claim",
			filters={"name": ["in", names], "is_paid": 1, "docstatus": 1},
			fields=["name", "posting_date", "total_sanctioned_amount", "mode_of_payment"],
		)
	]


def _declared(names: Sequence[str]) -> list[frappe._dict]:
	"""What the partner's register says; it has one column for the codes, of the document and of its payment."""
	return [
		_itself(cost, "Declared Cost", cost.paid_on, cost.paid_amount or cost.document_total, None)
		for cost in frappe.get_all(
			"Declared Cost",
			filters={"name": ["in", names], "paid_on": ["is", "set"]},
			fields=[
				"name",
				"paid_on",
				"paid_amount",
				"document_total",
				"payment_method as method",
				"payment_reference as reference",
				"payment_account",
				"cup",
				"cig",
			],
		)
	]


def _itself(
	row: frappe._dict, voucher_type: str, paid_on: date, amount: float | Decimal, account: str | None
) -> frappe._dict:
	"""A voucher that is its own payment."""
	return frappe._dict(
		row,
		paid_type=voucher_type,
		paid_no=row.name,
		voucher_type=voucher_type,
		voucher_no=row.name,
		paid_on=paid_on,
		amount=amount,
		account=account or row.payment_account,
	)


def _method(move: frappe._dict, modes: dict[str, str], account_type: str | None) -> str:
	"""Cash wherever the money left a cash account, whatever the mode says."""
	if move.voucher_type == "Declared Cost":
		return move.method or ""
	kind = modes.get(move.mode_of_payment or "")
	if "Cash" in (kind, account_type):
		return "Cash"
	if move.mode_of_payment in _METHODS:
		return _METHODS[move.mode_of_payment]
	return "Bank Transfer" if "Bank" in (kind, account_type) else move.mode_of_payment or ""


def _modes() -> dict[str, str]:
	return dict(frappe.get_all("Mode of Payment", fields=["name", "type"], as_list=True))


def _accounts(names: set[str]) -> dict[str, frappe._dict]:
	"""Type of each ledger account, and whether its Bank Account is dedicated: None where there is no Bank Account."""
	if not names:
		return {}
	account, bank = frappe.qb.DocType("Account"), frappe.qb.DocType("Bank Account")
	rows = (
		frappe.qb.from_(account)
		.left_join(bank)
		.on((bank.account == account.name) & (bank.disabled == 0))
		.select(account.name, account.account_type, bank.name.as_("bank"), bank.fami_dedicated)
		.where(account.name.isin(list(names)))
	).run(as_dict=True)
	found: dict[str, frappe._dict] = {}
	for row in rows:
		before = found.get(row.name)
		dedicated = bool(row.fami_dedicated) if row.bank else None
		if before and before.dedicated:
			dedicated = True
		found[row.name] = frappe._dict(account_type=row.account_type, dedicated=dedicated)
	return found
