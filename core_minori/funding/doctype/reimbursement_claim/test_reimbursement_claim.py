"""A claim from its first draft to its settlement, as the funding officer makes it."""

import base64
import json
from io import BytesIO

from openpyxl import load_workbook

import frappe
from frappe.utils import add_days, flt, getdate, today

from core_minori.api import claims as api
from core_minori.funding import claims
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	company,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_user,
)

SOURCES = [
	{"source_type": "European Union", "percent": 50},
	{"source_type": "National", "percent": 45},
	{"source_type": "Own Funds", "percent": 5},
]


def pay(invoice, amount=None, day=None):
	"""Pay an invoice as ERPNext does."""
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	entry = get_payment_entry("Purchase Invoice", invoice.name)
	entry.posting_date = day or today()
	entry.reference_no, entry.reference_date = frappe.generate_hash(length=8), entry.posting_date
	if amount:
		entry.paid_amount = entry.received_amount = amount
		entry.references[0].allocated_amount = amount
	entry.flags.ignore_permissions = True
	entry.insert(ignore_permissions=True)
	entry.submit()
	frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"contabile-{entry.name}.txt",
			"content": f"Bonifico eseguito {entry.name}",
			"attached_to_doctype": "Payment Entry",
			"attached_to_name": entry.name,
			"is_private": 1,
		}
	).insert(ignore_permissions=True)
	return entry


class TestReimbursementClaim(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")

	def setUp(self):
		self.project = make_funded_project(sources=SOURCES)
		self.staff = make_budget_line(self.project, "A.1", 1000)
		self.travel = make_budget_line(self.project, "B.1", 500)
		self.indirect = make_budget_line(
			self.project,
			"L.1",
			105,
			cost_method="Flat Rate",
			flat_rate_percent=7,
			flat_rate_base="A, B",
		)

	def cost(self, line, amount, paid=True, confirmed=True, day=None, project=None):
		"""A paid invoice with its confirmed allocation; returns the allocation's name."""
		invoice = make_invoice((line.name, amount), day=day)
		if paid:
			pay(invoice)
		name = frappe.db.get_value("Cost Allocation", {"voucher_no": invoice.name})
		if confirmed:
			with acting_as(self.officer):
				frappe.get_doc("Cost Allocation", name).submit()
		return name

	def claim(self, **values):
		"""A draft claim of the officer's, up to today."""
		with acting_as(self.officer):
			return frappe.get_doc(
				{
					"doctype": "Reimbursement Claim",
					"funded_project": self.project.name,
					"claim_type": "Interim",
					"period_from": self.project.start_date,
					"period_to": today(),
					**values,
				}
			).insert()

	def submitted(self, **values):
		doc = self.claim(**values)
		with acting_as(self.officer):
			api.pick_costs(doc.name)
			api.submit_claim(doc.name)
		return frappe.get_doc("Reimbursement Claim", doc.name)

	def workbook(self, doc):
		with acting_as(self.officer):
			api.outcome_template(doc.name)
		return load_workbook(BytesIO(frappe.response.pop("filecontent")))

	def bring(self, doc, book, day=None):
		stream = BytesIO()
		book.save(stream)
		with acting_as(self.officer):
			return api.import_outcome(
				doc.name, "esito.xlsx", base64.b64encode(stream.getvalue()).decode(), day or today()
			)

	def amounts(self, name):
		return frappe.db.get_value(
			"Cost Allocation", name, ["claim", "claimed_amount", "auditor_amount", "authority_amount"]
		)

	def test_from_pick_to_settled_cent_by_cent(self):
		first = self.cost(self.staff, 333.33)
		second = self.cost(self.travel, 66.67)
		doc = self.submitted()
		self.assertEqual((doc.status, doc.docstatus, doc.claim_number), ("Claimed", 1, 1))
		self.assertEqual(doc.direct_amount, 400)
		self.assertEqual(doc.flat_rate_amount, 28)
		self.assertEqual(doc.claimed_amount, 428)
		# 166.67 + 33.34 + 14.00; 150.00 + 30.00 + 12.60; the rest on the last source
		self.assertEqual([row.claimed_amount for row in doc.sources], [214.01, 192.6, 21.39])
		self.assertEqual(self.amounts(first), (doc.name, 333.33, 0, 0))
		self.assertEqual(json.loads(doc.costs[0].facts)["allocation"], first)

		with acting_as(self.officer):
			api.send_claim(doc.name, "send_to_auditor", today())
		book = self.workbook(doc)
		sheet = book["Esito"]
		sheet["K6"], sheet["M6"] = 300, "Quota non dovuta"
		self.assertEqual(self.bring(doc, book), {"status": "Audited", "problems": []})
		doc.reload()
		self.assertEqual(self.amounts(first), (doc.name, 333.33, 300, 0))
		self.assertEqual(self.amounts(second), (doc.name, 66.67, 66.67, 0))
		self.assertEqual(doc.costs[0].auditor_reason, "Quota non dovuta")
		self.assertEqual(doc.flat_rates[0].auditor_base, 366.67)
		self.assertEqual(doc.flat_rates[0].auditor_amount, 25.67)
		self.assertEqual(doc.auditor_amount, 392.34)
		self.assertEqual(flt(sum(row.auditor_amount for row in doc.sources), 2), 392.34)
		self.assertTrue(frappe.db.get_value("File", {"file_url": doc.auditor_workbook}, "is_private"))

		with acting_as(self.officer):
			api.send_claim(doc.name, "send_to_authority", today())
		book = self.workbook(doc)
		sheet = book["Esito"]
		self.assertEqual((sheet["K6"].value, sheet["L6"].value), (300, 33.33))
		sheet["K7"], sheet["M7"] = 0, "Missione non autorizzata"
		self.assertEqual(self.bring(doc, book)["status"], "Settled")
		doc.reload()
		self.assertEqual(doc.authority_amount, 321)
		self.assertEqual(self.amounts(second), (doc.name, 66.67, 66.67, 0))
		self.assertEqual(self.amounts(first), (doc.name, 333.33, 300, 300))

	def test_the_papers_show_the_claims_own_figures(self):
		self.cost(self.staff, 333.33)
		self.cost(self.travel, 66.67)
		doc = self.submitted()
		with acting_as(self.officer):
			api.workbook(doc.name)
		content = frappe.response.pop("filecontent")
		book = load_workbook(BytesIO(content))
		self.assertEqual(book.sheetnames[:3], ["Riepilogo", "Elenco spese", "a) Budget"])
