"""Journal entries whose rows carry a budget line."""

from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from core_minori.funding.ledger import TaggedRow, check_tagged_rows


def validate(doc: Document, method: str | None = None) -> None:
	"""Check every tagged cost row against its project's dates and its line's budget."""
	check_tagged_rows(
		[
			TaggedRow(
				line=row.fami_budget_line,
				amount=flt(row.debit) - flt(row.credit),
				account=row.account,
				where=_("Row {0}: {1}").format(row.idx, row.account),
			)
			for row in doc.accounts
		],
		getdate(doc.bill_date or doc.posting_date),
	)
