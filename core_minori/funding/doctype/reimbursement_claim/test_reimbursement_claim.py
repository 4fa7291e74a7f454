"""A claim from its first draft to its settlement, as the funding officer makes it."""

import base64
import json
from io import BytesIO
from unittest.mock import patch

from openpyxl import load_workbook

import frappe
from frappe.utils import add_days, flt, today

from core_minori.api import claims as api
from core_minori.engine.money import money
from core_minori.funding import claims
from core_minori.funding.claim_papers import claim_data
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
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
		steps = frappe.db.count("Comment", {"reference_name": doc.name, "comment_type": "Info"})
		self.assertEqual(steps, 5)

	def test_the_papers_show_the_claims_own_figures(self):
		self.cost(self.staff, 333.33)
		doc = self.submitted()
		with acting_as(self.officer):
			api.workbook(doc.name)
		book = load_workbook(BytesIO(frappe.response.pop("filecontent")))
		self.assertEqual(book.sheetnames[:3], ["Riepilogo", "Elenco spese", "a) Budget"])
		rows = [row for row in book["Elenco spese"].iter_rows(values_only=True) if row[0] == "Totale"]
		self.assertIn(doc.claimed_amount, rows[0])

	def test_what_stays_out_is_told_with_its_reason(self):
		unpaid = self.cost(self.staff, 10, paid=False)
		draft = self.cost(self.staff, 20, confirmed=False)
		late = self.cost(self.staff, 30)
		doc = self.claim(period_to=add_days(today(), -1))
		with acting_as(self.officer):
			self.assertEqual(api.pick_costs(doc.name), {"status": "Draft", "chosen": 0, "left_out": 3})
			doc.reload()
			self.assertEqual(
				{row["allocation"]: row["rule"] for row in json.loads(doc.left_out)},
				{unpaid: "claim-after-period", draft: "claim-unconfirmed", late: "claim-after-period"},
			)
			doc.period_to = today()
			doc.save()
			self.assertFalse(doc.picked_on)
			api.pick_costs(doc.name)
		doc.reload()
		self.assertEqual([row.cost_allocation for row in doc.costs], [late])
		self.assertEqual(
			{row["allocation"]: row["rule"] for row in json.loads(doc.left_out)},
			{unpaid: "claim-unpaid", draft: "claim-unconfirmed"},
		)

	def test_a_payment_without_its_paper_holds_a_cost_up_until_somebody_overrides(self):
		name = self.cost(self.staff, 10)
		voucher = frappe.db.get_value("Cost Allocation", name, "voucher_no")
		entry = frappe.db.get_value("Payment Entry Reference", {"reference_name": voucher}, "parent")
		frappe.db.delete("File", {"attached_to_name": entry})
		doc = self.claim()
		with acting_as(self.officer):
			self.assertEqual(api.pick_costs(doc.name)["chosen"], 0)
		doc.reload()
		(left,) = json.loads(doc.left_out)
		self.assertEqual(left["rule"], "claim-blocked")
		frappe.db.set_value("Cost Finding", {"parent": name, "check_code": "payment-proof"}, "overridden", 1)
		with acting_as(self.officer):
			self.assertEqual(api.pick_costs(doc.name)["chosen"], 1)

	def test_two_claims_for_the_same_cost_and_the_second_is_refused(self):
		cost = self.cost(self.staff, 100)
		first, second = self.claim(), self.claim()
		self.assertEqual((first.claim_number, second.claim_number), (1, 2))
		with acting_as(self.officer):
			api.pick_costs(first.name)
			api.pick_costs(second.name)
			api.submit_claim(first.name)
			with self.assertRaises(frappe.ValidationError) as refused:
				api.submit_claim(second.name)
			self.assertIn(first.name, str(refused.exception))
			with self.assertRaises(frappe.ValidationError):
				api.submit_claim(first.name)
		self.assertEqual(self.amounts(cost)[0], first.name)

	def test_claims_are_numbered_in_the_order_they_are_handed_in(self):
		self.cost(self.staff, 100)
		waiting, handed_in = self.claim(), self.claim()
		self.assertEqual((waiting.claim_number, handed_in.claim_number), (1, 2))
		with acting_as(self.officer):
			api.pick_costs(handed_in.name)
			api.submit_claim(handed_in.name)
		handed_in.reload()
		waiting.reload()
		self.assertEqual((handed_in.claim_number, waiting.claim_number), (1, 2))
		waiting.delete()
		self.assertEqual(self.claim().claim_number, 2)

	def test_a_row_that_was_taken_away_stays_for_the_next_claim(self):
		kept, left = self.cost(self.staff, 100), self.cost(self.travel, 50)
		doc = self.claim()
		with acting_as(self.officer):
			api.pick_costs(doc.name)
			doc.reload()
			doc.set("costs", [row for row in doc.costs if row.cost_allocation == kept])
			doc.save()
			self.assertEqual((doc.cost_count, doc.direct_amount), (1, 100))
			api.submit_claim(doc.name)
		self.assertEqual(self.amounts(kept)[0], doc.name)
		self.assertFalse(self.amounts(left)[0])
		following = self.submitted()
		self.assertEqual([row.cost_allocation for row in following.costs], [left])
		self.assertEqual(following.claim_number, 2)

	def test_a_forged_row_is_not_claimed_and_forged_amounts_are_read_anew(self):
		own, draft = self.cost(self.staff, 100), self.cost(self.staff, 40, confirmed=False)
		doc = self.claim()
		with acting_as(self.officer):
			api.pick_costs(doc.name)
			doc.reload()
			doc.costs[0].imputed_amount = doc.costs[0].claimed_amount = 9000
			doc.append("costs", {"cost_allocation": draft, "imputed_amount": 40})
			doc.save()
			with self.assertRaises(frappe.ValidationError) as refused:
				api.submit_claim(doc.name)
			self.assertIn(draft, str(refused.exception))
			doc.reload()
			doc.costs.pop()
			doc.save()
			api.submit_claim(doc.name)
		doc.reload()
		self.assertEqual(doc.direct_amount, 100)
		self.assertEqual(self.amounts(own), (doc.name, 100, 0, 0))

	def test_cancelling_gives_the_costs_and_the_number_back_until_the_auditor_has_it(self):
		cost = self.cost(self.staff, 100)
		doc = self.submitted()
		with acting_as(self.officer):
			doc.cancel()
		self.assertEqual(doc.status, "Cancelled")
		self.assertEqual(self.amounts(cost), (None, 0, 0, 0))
		again = self.submitted()
		self.assertEqual(again.claim_number, 1)
		with acting_as(self.officer):
			api.send_claim(again.name, "send_to_auditor", today())
			again.reload()
			with self.assertRaises(frappe.ValidationError):
				again.cancel()
		self.assertEqual(self.amounts(cost)[:2], (again.name, 100))

	def test_a_claimed_cost_and_its_voucher_are_held(self):
		cost = self.cost(self.staff, 100)
		self.submitted()
		allocation = frappe.get_doc("Cost Allocation", cost)
		invoice = frappe.get_doc("Purchase Invoice", allocation.voucher_no)
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError):
			allocation.cancel()
		with self.assertRaises(frappe.ValidationError):
			invoice.cancel()

	def test_a_credit_note_takes_its_euro_out(self):
		self.cost(self.staff, 100)
		invoice = make_invoice((self.staff.name, 60))
		pay(invoice)
		note = frappe.copy_doc(invoice)
		note.is_return, note.return_against = 1, invoice.name
		note.items[0].qty, note.items[0].rate = -1, 30
		note.bill_no = frappe.generate_hash(length=6)
		note.insert(ignore_permissions=True)
		note.reload()
		note.submit()
		for voucher in (invoice.name, note.name):
			name = frappe.db.get_value("Cost Allocation", {"voucher_no": voucher})
			with acting_as(self.officer):
				frappe.get_doc("Cost Allocation", name).submit()
		doc = self.submitted()
		self.assertEqual(doc.direct_amount, 130)
		self.assertEqual(sorted(row.claimed_amount for row in doc.costs), [-30, 60, 100])

	def with_auditor(self):
		self.cost(self.staff, 100)
		doc = self.submitted()
		with acting_as(self.officer):
			api.send_claim(doc.name, "send_to_auditor", today())
		return frappe.get_doc("Reimbursement Claim", doc.name)

	def test_a_workbook_of_another_claim_or_tampered_writes_nothing(self):
		doc, files = self.with_auditor(), frappe.db.count("File")

		def wrong_claim(book):
			book["Chiave"]["A3"] = "DDR-0000-00000"

		def claimed_raised(book):
			book["Esito"]["J6"] = 90

		def formula(book):
			book["Esito"]["K6"] = "=J6*0.5"

		def cut_without_reason(book):
			book["Esito"]["K6"] = 50

		for tamper, cell in (
			(wrong_claim, ""),
			(claimed_raised, "J6"),
			(formula, "K6"),
			(cut_without_reason, "M6"),
		):
			with self.subTest(tamper.__name__):
				book = self.workbook(doc)
				tamper(book)
				answer = self.bring(doc, book)
				self.assertEqual(answer["status"], "With the Auditor")
				self.assertEqual([problem["cell"] for problem in answer["problems"]], [cell])
		doc.reload()
		self.assertEqual((doc.status, doc.auditor_amount), ("With the Auditor", 0))
		self.assertEqual(frappe.db.count("File"), files)
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError):
			api.import_outcome(doc.name, "esito.xlsx", "!!!", today())

	def test_a_wrong_outcome_is_corrected_and_the_authority_may_give_back(self):
		doc = self.with_auditor()
		book = self.workbook(doc)
		book["Esito"]["K6"], book["Esito"]["M6"] = 10, "Errore di digitazione"
		self.bring(doc, book)
		book["Esito"]["K6"], book["Esito"]["M6"] = 90, "Quota non ammessa"
		self.assertEqual(self.bring(doc, book)["status"], "Audited")
		doc.reload()
		self.assertEqual((doc.costs[0].auditor_amount, doc.auditor_amount), (90, 96.3))
		with acting_as(self.officer):
			api.send_claim(doc.name, "send_to_authority", today())
		book = self.workbook(doc)
		book["Esito"]["K6"], book["Esito"]["L6"], book["Esito"]["M6"] = 100, None, None
		self.assertEqual(self.bring(doc, book)["status"], "Settled")
		doc.reload()
		self.assertEqual((doc.auditor_amount, doc.authority_amount), (96.3, 107))

	def test_steps_keep_their_order_and_their_days(self):
		self.cost(self.staff, 100)
		doc = self.submitted()
		with acting_as(self.officer):
			for step, day in (
				("send_to_authority", today()),
				("send_to_auditor", add_days(today(), -1)),
				("send_to_auditor", add_days(today(), 1)),
				("submit", today()),
			):
				with self.subTest(step=step, day=day), self.assertRaises(frappe.ValidationError):
					api.send_claim(doc.name, step, day)
		self.assertRaises(frappe.ValidationError, self.bring, doc, self.workbook(doc))
		doc.reload()
		self.assertEqual(doc.status, "Claimed")

	def test_nobody_writes_over_a_submitted_claim(self):
		self.cost(self.staff, 100)
		doc = self.submitted()
		doc.run_method("onload")
		self.assertEqual({row.facts for row in doc.costs}, {None})
		with acting_as(self.officer):
			doc.reload()
			doc.claimed_amount = 1
			doc.authority_amount = 100000
			with self.assertRaises(frappe.ValidationError):
				doc.save()

	def test_who_may_do_what(self):
		doc = self.with_auditor()
		book = self.workbook(doc)
		coordinator, accountant = make_user("Case Coordinator"), make_user("Accounts User")
		draft = self.claim()
		with acting_as(coordinator):
			api.workbook(doc.name)
			api.outcome_template(doc.name)
			for forbidden in (
				lambda: api.pick_costs(draft.name),
				lambda: api.submit_claim(draft.name),
				lambda: api.send_claim(doc.name, "send_to_authority", today()),
				lambda: api.import_outcome(doc.name, "x.xlsx", "", today()),
				lambda: frappe.copy_doc(draft).insert(),
				lambda: frappe.get_doc("Reimbursement Claim", draft.name).submit(),
			):
				self.assertRaises(frappe.PermissionError, forbidden)
		for user in (accountant, make_user("Social Worker")):
			with acting_as(user):
				for forbidden in (
					lambda: api.workbook(doc.name),
					lambda: api.outcome_template(doc.name),
					lambda: api.job_state(doc.name),
					lambda: frappe.get_list("Reimbursement Claim"),
				):
					self.assertRaises(frappe.PermissionError, forbidden)
		self.assertEqual(self.bring(doc, book)["status"], "Audited")

	def test_the_third_claim_knows_what_the_first_two_took(self):
		self.cost(self.staff, 100)
		first = self.submitted()
		with acting_as(self.officer):
			api.send_claim(first.name, "send_to_auditor", today())
		book = self.workbook(first)
		book["Esito"]["K6"], book["Esito"]["M6"] = 60, "Quota non ammessa"
		self.bring(first, book)
		self.cost(self.staff, 200)
		self.submitted()
		self.cost(self.staff, 300)
		third = self.submitted()
		self.assertEqual(third.claim_number, 3)
		position = {one.line_code: one for one in claim_data(third).positions}
		staff, flat = position["A.1"], position["L.1"]
		self.assertEqual((staff.claimed_before, staff.accepted_before, staff.claimed), (300, 260, 300))
		self.assertEqual((flat.claimed_before, flat.accepted_before), (money("21.00"), money("18.20")))

	def test_many_costs_go_to_a_worker_and_its_refusal_is_told(self):
		self.cost(self.staff, 100)
		doc = self.claim()
		with (
			acting_as(self.officer),
			patch.object(claims, "BY_WORKER", 0),
			patch.object(frappe.local, "request", object(), create=True),
			patch.object(frappe, "enqueue") as enqueue,
		):
			self.assertTrue(api.pick_costs(doc.name)["queued"])
			self.assertEqual(enqueue.call_args.kwargs["job_id"], claims.job_of(doc.name))
		with acting_as(self.officer), patch.object(frappe.db, "commit"), patch.object(frappe.db, "rollback"):
			claims.run_step(doc.name, "pick")
			self.assertFalse(api.job_state(doc.name)["refused"])
			doc.reload()
			self.assertEqual(len(doc.costs), 1)
			doc.set("costs", [])
			doc.save()
			claims.run_step(doc.name, "submit")
			self.assertTrue(api.job_state(doc.name)["refused"])
