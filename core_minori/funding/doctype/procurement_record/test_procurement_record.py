"""Purchases as the funding officer records them and the accountant meets them on the invoice."""

import frappe
from frappe.utils import add_days, today

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_funded_project,
	make_invoice,
	make_user,
)


class TestProcurementRecord(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")

	def setUp(self):
		self.project = make_funded_project()

	def record(self, **values):
		with acting_as(self.officer):
			return frappe.get_doc(
				{
					"doctype": "Procurement Record",
					"funded_project": self.project.name,
					"title": "Servizio di mediazione",
					"procedure": "Comparison of Quotes",
					"contract_type": "Services",
					"estimated_value": 900,
					"contract_value": 900,
					"contract_date": today(),
					"cig": "b1fcbc8a98",
					"quotes": [
						{
							"supplier_name": "Uno",
							"amount": 900,
							"quoted_on": add_days(today(), -9),
							"chosen": 1,
						},
						{"supplier_name": "Due", "amount": 950, "quoted_on": add_days(today(), -8)},
					],
					**values,
				}
			).insert()

	def link(self, record: str, amount: float):
		"""Book an invoice of that contract; returns it with what was said meanwhile."""
		invoice = make_invoice((None, amount), submit=False)
		invoice.fami_procurement_record = record
		frappe.clear_messages()
		invoice.flags.ignore_permissions = True
		invoice.save()
		said = " ".join(map(str, frappe.get_message_log()))
		invoice.submit()
		return invoice, said

	def test_codes_are_stored_as_they_are_written_on_papers(self):
		self.assertEqual(self.record().cig, "B1FCBC8A98")

	def test_a_mistyped_cig_and_two_chosen_quotes_are_refused(self):
		with self.assertRaises(frappe.ValidationError):
			self.record(cig="B123456789")
		both = [{"supplier_name": name, "amount": 900, "chosen": 1} for name in ("Uno", "Due")]
		with self.assertRaises(frappe.ValidationError) as refused:
			self.record(quotes=both)
		self.assertIn("Uno, Due", str(refused.exception))

	def test_invoices_over_the_contract_warn_with_the_amounts(self):
		record = self.record()
		__, said = self.link(record.name, 600)
		self.assertNotIn("900,00", said)
		invoice, said = self.link(record.name, 300.01)
		self.assertIn("900,01", said)
		self.assertIn("900,00", said)
		self.assertEqual(invoice.docstatus, 1)

	def test_the_invoice_of_another_supplier_is_refused(self):
		first = make_invoice((None, 10))
		record = self.record(supplier=first.supplier)
		with self.assertRaises(frappe.ValidationError) as refused:
			self.link(record.name, 100)
		self.assertIn(first.supplier, str(refused.exception))

	def test_a_buyer_who_is_no_partner_is_refused(self):
		from core_minori.tests.builders import make_organisation

		with self.assertRaises(frappe.ValidationError):
			self.record(buyer=make_organisation().name)

	def test_accountants_read_and_social_workers_do_not(self):
		record = self.record()
		with acting_as(make_user("Accounts User")):
			doc = frappe.get_doc("Procurement Record", record.name)
			doc.check_permission("read")
			doc.title = "..."
			self.assertRaises(frappe.PermissionError, doc.save)
		with acting_as(make_user("Social Worker")):
			self.assertRaises(frappe.PermissionError, frappe.get_list, "Procurement Record")
