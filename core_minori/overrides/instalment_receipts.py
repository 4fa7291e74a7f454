"""Payments received that are an instalment of a project."""

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori.engine.instalments import check_receipt
from core_minori.engine.money import ZERO, money
from core_minori.funding.instalments import receipts_of, store_receipts
from core_minori.messages import say


def validate(doc: Document, method: str | None = None) -> None:
	"""The payment names a project of its company and a row of its plan; more than the row's amount is said."""
	if doc.payment_type != "Receive":
		doc.fami_funded_project = doc.fami_instalment = None
	if not doc.fami_funded_project:
		doc.fami_instalment = None
		return
	if frappe.db.get_value("Funded Project", doc.fami_funded_project, "company") != doc.company:
		frappe.throw(
			_("Project {0} belongs to another company than this payment.").format(doc.fami_funded_project)
		)
	amount = frappe.db.get_value(
		"Funding Instalment",
		{"parent": doc.fami_funded_project, "parenttype": "Funded Project", "idx": doc.fami_instalment},
		"amount",
	)
	if amount is None:
		frappe.throw(
			_("Project {0} has no instalment {1}: enter the number of a row of its instalments.").format(
				doc.fami_funded_project, doc.fami_instalment or 0
			)
		)
	before, __ = receipts_of(doc.fami_funded_project).get(doc.fami_instalment, (ZERO, None))
	say([check_receipt(doc.fami_instalment, money(amount), before, money(doc.base_received_amount))])


def store(doc: Document, method: str | None = None) -> None:
	"""On submit and on cancel: the project's row follows its submitted payments."""
	if doc.fami_funded_project:
		store_receipts(doc.fami_funded_project)
