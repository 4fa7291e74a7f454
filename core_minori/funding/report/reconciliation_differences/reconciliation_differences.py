"""Reconciliation Differences: costs that no imputation covers, imputations whose cost changed or went, and the way out."""

import frappe
from frappe import _

from core_minori.engine.differences import Difference, Leftover
from core_minori.engine.money import ZERO
from core_minori.funding.differences import differences_of


@frappe.read_only()
def execute(filters: dict | None = None) -> tuple:
	"""One row for each difference, by day; above the table, how many there are of each kind and what they come to."""
	filters = frappe._dict(filters or {})
	found = [one for one in differences_of(filters) if filters.kind in (None, "", one.leftover.value)]
	return columns(), [_as_dict(one) for one in found], None, None, summary(found)


def columns() -> list[dict]:
	"""Columns of the report. Amounts are euro; voucher and imputation open on a click."""
	return [
		_column("kind", _("Difference"), "Data", 170),
		_column("reason", _("Reason"), "Data", 330),
		_column("remedy", _("What to Do"), "Data", 300),
		_column("ledger_amount", _("Ledger Amount"), "Currency", 120, "EUR"),
		_column("imputed_amount", _("Imputed Amount"), "Currency", 120, "EUR"),
		_column("amount", _("Difference (EUR)"), "Currency", 120, "EUR"),
		_column("posting_date", _("Posting Date"), "Date", 100),
		# Not a Link to DocType: Frappe would ask the officer for a right to read DocTypes.
		_column("voucher_type", _("Voucher Type"), "Data", 130),
		_column("voucher_no", _("Voucher"), "Dynamic Link", 180, "voucher_type"),
		_column("party", _("Supplier or Person"), "Data", 160),
		_column("account", _("Account"), "Data", 160),
		_column("tagged_line", _("Line on the Ledger"), "Link", 150, "FAMI Budget Line"),
		_column("allocation", _("Cost Allocation"), "Link", 140, "Cost Allocation"),
		_column("budget_line", _("Budget Line"), "Link", 150, "FAMI Budget Line"),
	]


def summary(found: list[Difference]) -> list[dict]:
	"""How many differences there are of each kind, and the euro that ledger and imputations are apart."""
	return [
		*(
			{
				"label": _(kind.value),
				"value": sum(one.leftover is kind for one in found),
				"datatype": "Int",
			}
			for kind in Leftover
		),
		{
			"label": _("Difference (EUR)"),
			"value": float(sum((one.amount for one in found), ZERO)),
			"datatype": "Currency",
			"currency": "EUR",
		},
	]


def _as_dict(one: Difference) -> dict:
	return {
		"kind": _(one.leftover.value),
		"leftover": one.leftover.value,
		"reason": one.reason.render(_),
		"remedy": one.remedy.render(_),
		"ledger_amount": float(one.ledger_amount),
		"imputed_amount": float(one.imputed_amount),
		"amount": float(one.amount),
		"posting_date": one.day,
		"voucher_type": one.key.voucher_type,
		"voucher_no": one.key.voucher_no,
		"party": one.party,
		"account": one.key.account,
		"tagged_line": one.key.line,
		"allocation": one.allocation,
		"budget_line": one.line,
	}


def _column(fieldname: str, label: str, fieldtype: str, width: int, options: str = "") -> dict:
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"width": width,
		**({"options": options} if options else {}),
	}
