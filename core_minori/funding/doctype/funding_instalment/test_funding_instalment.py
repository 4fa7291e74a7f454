"""Payment plans: amounts, guarantees, requests, and receipts that follow ERPNext's payments."""

from datetime import date
from unittest.mock import patch

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe.utils import add_days, getdate, today

from core_minori.engine.cash_forecast import CashMonth
from core_minori.engine.money import money
from core_minori.funding.report.cash_forecast.cash_forecast import chart, execute
from core_minori.overrides.instalment_receipts import validate
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	cash_account,
	company,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_organisation,
	make_user,
)

PLAN = [
	{"instalment_type": "Advance", "percent": 40},
	{"instalment_type": "Interim", "percent": 33.33, "trigger_percent": 70},
	{"instalment_type": "Balance", "percent": 26.67},
]


class TestFundingInstalment(SiteTestCase):
	def setUp(self) -> None:
		self.officer = make_user("Funding Officer", "Accounts User", "Accounts Manager")
		self.project = make_funded_project(
			partners=[{"organisation": make_organisation().name, "role": "Lead", "budget_share": 10000.01}],
			instalments=[dict(row) for row in PLAN],
		)

	def receive(self, amount: float, number: int = 1, submit: bool = True, **values):
		account = frappe.db.get_value(
			"Account", {"company": company(), "account_type": "Receivable", "is_group": 0}
		)
		payment = frappe.get_doc(
			{
				"doctype": "Payment Entry",
				"payment_type": "Receive",
				"company": company(),
				"posting_date": today(),
				"party_type": "Customer",
				"party": customer(),
				"paid_from": account,
				"paid_to": cash_account(),
				"paid_from_account_currency": "EUR",
				"paid_to_account_currency": "EUR",
				"source_exchange_rate": 1,
				"target_exchange_rate": 1,
				"paid_amount": amount,
				"received_amount": amount,
				"reference_no": "CRO 1",
				"reference_date": today(),
				"fami_funded_project": self.project.name,
				"fami_instalment": number,
				**values,
			}
		).insert()
		if submit:
			payment.submit()
		return payment

	def row(self, number: int = 1):
		return frappe.get_doc("Funded Project", self.project.name).instalments[number - 1]

	def test_amounts_are_the_engines_with_the_residual_on_the_last(self):
		self.assertEqual([row.amount for row in self.project.instalments], [4000.0, 3333.0, 2667.01])

	def test_shares_that_do_not_sum_and_a_wrong_order_are_refused(self):
		with acting_as(self.officer):
			for change in ({"percent": 41}, {"instalment_type": "Balance"}):
				doc = frappe.get_doc("Funded Project", self.project.name)
				doc.instalments[0].update(change)
				with self.subTest(change), self.assertRaises(frappe.ValidationError):
					doc.save()

	def test_two_payments_make_one_receipt_and_a_cancel_takes_its_own_back(self):
		with acting_as(self.officer):
			first = self.receive(2500, posting_date=add_days(today(), -3))
			second = self.receive(1500.5)
			self.assertEqual(self.row().received_amount, 4000.5)
			self.assertEqual(self.row().received_on, getdate())
			second.cancel()
			self.assertEqual(self.row().received_amount, 2500)
			self.assertEqual(self.row().received_on, getdate(add_days(today(), -3)))
			first.cancel()
		self.assertEqual((self.row().received_amount, self.row().received_on), (0, None))

	def test_a_draft_is_no_receipt_and_a_stale_form_does_not_undo_one(self):
		with acting_as(self.officer):
			stale = frappe.get_doc("Funded Project", self.project.name)
			self.receive(4000, submit=False)
			self.assertEqual(self.row().received_amount, 0)
			self.receive(4000)
			stale.save()
		self.assertEqual(self.row().received_amount, 4000)

	def test_more_than_the_instalment_is_said_and_taken(self):
		with acting_as(self.officer):
			self.receive(3000)
			frappe.clear_messages()
			self.receive(1000.01)
		said = " ".join(str(message) for message in frappe.get_message_log())
		self.assertIn("EUR 4.000,01", said)
		self.assertEqual(self.row().received_amount, 4000.01)

	def test_a_payment_names_a_row_of_a_project_of_its_company(self):
		with acting_as(self.officer):
			for number in (0, 4):
				with self.subTest(number), self.assertRaises(frappe.ValidationError):
					self.receive(100, number)
		frappe.db.set_value("Funded Project", self.project.name, "company", "_Another Company")
		with english(), self.assertRaisesRegex(frappe.ValidationError, "another company"):
			self.receive(100)

	def test_a_payment_made_is_no_instalment(self):
		doc = frappe.new_doc("Payment Entry")
		doc.update({"payment_type": "Pay", "fami_funded_project": self.project.name, "fami_instalment": 1})
		validate(doc)
		self.assertEqual((doc.fami_funded_project, doc.fami_instalment), (None, None))

	def test_a_row_that_was_paid_keeps_its_place(self):
		with acting_as(self.officer):
			self.receive(4000)
			doc = frappe.get_doc("Funded Project", self.project.name)
			doc.instalments = doc.instalments[1:]
			doc.instalments[0].percent = 73.33
			with self.assertRaises(frappe.ValidationError):
				doc.save()

	def test_a_guarantee_that_is_due_and_missing_or_ending_is_said(self):
		with acting_as(self.officer):
			doc = frappe.get_doc("Funded Project", self.project.name)
			doc.instalments[0].guarantee_required = 1
			for values, text in (
				({}, "needs a guarantee"),
				(
					{"guarantee_reference": "POL-9", "guarantee_expires_on": add_days(today(), 60)},
					"POL-9",
				),
				({"guarantee_reference": "POL-9", "guarantee_expires_on": add_days(today(), 61)}, None),
			):
				doc.instalments[0].update(values)
				frappe.clear_messages()
				with english():
					doc.save()
				said = " ".join(str(message) for message in frappe.get_message_log())
				self.assertEqual(bool(said) if text is None else text in said, text is not None, said)

	def test_a_request_before_the_share_is_spent_is_said_with_both_shares(self):
		line = make_budget_line(self.project, amount=5000)
		with acting_as(self.officer):
			self.receive(4000)
			self.spend(line, 1000)
			doc = frappe.get_doc("Funded Project", self.project.name)
			doc.instalments[1].requested_on = today()
			frappe.clear_messages()
			with english():
				doc.save()
			said = " ".join(str(message) for message in frappe.get_message_log())
			self.assertIn("EUR 1.000,00 spent are 25,00 % of EUR 4.000,00", said)
			self.assertIn("EUR 1.800,00 more", said)
			self.assertEqual(doc.instalments[1].requested_amount, 3333.0)
			self.spend(line, 1800)
			self.assertTrue(self.onload()["open"])

	def onload(self) -> dict:
		doc = frappe.get_doc("Funded Project", self.project.name)
		doc.run_method("onload")
		return doc.get_onload("next_instalment")

	def spend(self, line, amount: float):
		invoice = make_invoice((line.name, amount))
		name = frappe.db.get_value("Cost Allocation", {"voucher_no": invoice.name})
		frappe.get_doc("Cost Allocation", name).submit()
		return invoice

	def test_the_forecast_closes_on_what_was_received_spent_and_is_left(self):
		line = make_budget_line(self.project, amount=10000.01)
		with acting_as(self.officer):
			self.receive(4000)
			self.spend(line, 1000)
			__, rows, message, chart, summary = execute({"funded_project": self.project.name})
		self.assertEqual(sum(row["received"] for row in rows), 4000)
		self.assertEqual(sum(row["to_pay"] for row in rows), 1000)
		self.assertAlmostEqual(sum(row["planned"] for row in rows), 9000.01, 2)
		self.assertAlmostEqual(rows[-1]["balance"], 0, 2)
		self.assertEqual(len(chart["data"]["labels"]), len(rows))
		self.assertTrue(message)
		self.assertEqual(summary[0]["value"], 4000)
		months = [row["month"] for row in rows]
		self.assertEqual(len(months), len(set(months)))
		self.assertIn(f"{date.today():%m/%Y}", months)

	def test_a_cost_is_paid_in_the_month_of_its_payment_and_units_as_they_are_done(self):
		line = make_budget_line(self.project, amount=5000)
		units = make_budget_line(self.project, "H.1", amount=5000, cost_method="Unit Cost")
		with acting_as(self.officer):
			invoice = self.spend(line, 1000)
			self.spend(units, 300)
			pay = get_payment_entry("Purchase Invoice", invoice.name)
			pay.update({"reference_no": "CRO 2", "reference_date": today(), "paid_from": cash_account()})
			pay.paid_amount = pay.received_amount = pay.references[0].allocated_amount = 400
			pay.insert()
			pay.submit()
			rows = execute({"funded_project": self.project.name})[1]
		self.assertEqual(sum(row["paid"] for row in rows), 700)
		self.assertEqual(sum(row["to_pay"] for row in rows), 600)
		self.assertAlmostEqual(sum(row["planned"] for row in rows), 8700, 2)

	def test_a_long_projects_chart_goes_by_quarters_and_loses_no_cent(self):
		rows = [
			CashMonth(date(2025 + month // 12, month % 12 + 1, 1), *([money(1)] * 5), money(month))
			for month in range(19)
		]
		long, short = chart(rows), chart(rows[:18])
		self.assertEqual((len(long["data"]["labels"]), len(short["data"]["labels"])), (7, 18))
		for found, whole in ((long, 19), (short, 18)):
			self.assertEqual(sum(found["data"]["datasets"][0]["values"]), 2 * whole)
			self.assertEqual(sum(found["data"]["datasets"][1]["values"]), -3 * whole)
		self.assertEqual(long["data"]["datasets"][2]["values"][-2:], [17.0, 18.0])

	def test_the_forecast_is_for_those_who_read_the_project(self):
		with acting_as(make_user("Social Worker")), self.assertRaises(frappe.PermissionError):
			execute({"funded_project": self.project.name})


def english():
	return patch.object(frappe.local, "lang", "en")


def customer() -> str:
	name = "Autorità Esempio"
	if not frappe.db.exists("Customer", {"customer_name": name}):
		frappe.get_doc({"doctype": "Customer", "customer_name": name}).insert(ignore_permissions=True)
	return frappe.db.get_value("Customer", {"customer_name": name})
