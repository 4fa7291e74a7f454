"""Payments whose deductions carry a budget line, such as the fee of a transfer."""

from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.funding.ledger import TaggedRow, check_tagged_rows


def validate(doc: Document, method: str | None = None) -> None:
	"""Check every tagged deduction against its project's dates and its line's budget."""
	check_tagged_rows(
		[
			TaggedRow(
				line=row.fami_budget_line or doc.fami_budget_line,
				amount=row.amount,
				account=row.account,
				where=_("Row {0}: {1}").format(row.idx, row.account),
			)
			for row in doc.deductions
		],
		getdate(doc.posting_date),
	)
