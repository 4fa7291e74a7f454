"""Expense claims of HRMS whose rows carry a budget line. Without HRMS nothing calls this."""

from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from core_minori.funding.ledger import TaggedRow, check_tagged_rows


def validate(doc: Document, method: str | None = None) -> None:
	"""Check every tagged expense against its project's dates and its line's budget, on the day it was spent."""
	check_tagged_rows(
		[
			TaggedRow(
				line=row.get("fami_budget_line") or doc.get("fami_budget_line"),
				amount=flt(row.sanctioned_amount),
				account=row.default_account,
				where=_("Row {0}: {1}").format(row.idx, row.expense_type or ""),
				day=getdate(row.expense_date) if row.expense_date else None,
			)
			for row in doc.expenses
		],
		getdate(doc.posting_date),
	)
