"""A payment is a cost too where its fee carries a line, and it tells the costs that it pays."""

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe.utils import add_days, today

from core_minori.tests.builders import (
	SiteTestCase,
	company,
	expense_account,
	make_budget_line,
	make_funded_project,
	make_invoice,
)


class TestPaymentEntry(SiteTestCase):
	def setUp(self):
		self.project = make_funded_project()
		self.line = make_budget_line(self.project, "I.1", 100)

	def pay(self, fee: float = 0, day: str | None = None):
		invoice = make_invoice((None, 50), day=day)
		payment = get_payment_entry("Purchase Invoice", invoice.name)
		payment.posting_date = day or today()
		payment.reference_no, payment.reference_date = "CRO 1", today()
		payment.paid_from = frappe.db.get_value(
			"Account", {"company": company(), "account_type": "Bank", "is_group": 0}
		)
		payment.append(
			"deductions",
			{
				"account": expense_account(),
				"cost_center": frappe.get_cached_value("Company", company(), "cost_center"),
				"amount": fee,
				"fami_budget_line": self.line.name,
			},
		)
		payment.paid_amount = payment.received_amount = 50 + fee
		payment.insert(ignore_permissions=True)
		payment.submit()
		return payment

	def test_the_fee_of_a_transfer_is_drafted_and_goes_with_the_payment(self):
		payment = self.pay(1.5)
		(draft,) = frappe.get_all(
			"Cost Allocation",
			{"voucher_type": "Payment Entry", "voucher_no": payment.name},
			["name", "imputed_amount", "docstatus", "budget_line"],
		)
		self.assertEqual((draft.imputed_amount, draft.docstatus, draft.budget_line), (1.5, 0, self.line.name))
		payment.reload()
		payment.cancel()
		self.assertFalse(frappe.db.exists("Cost Allocation", draft.name))

	def test_a_fee_outside_the_project_is_refused_with_the_way_out(self):
		with self.assertRaises(frappe.ValidationError) as refused:
			self.pay(1.5, day=add_days(self.project.start_date, -1))
		self.assertIn(self.project.name, str(refused.exception))
