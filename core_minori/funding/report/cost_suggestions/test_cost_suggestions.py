"""Untagged costs: suggested, accepted by a funding officer, taken back; never booked by themselves."""

import json

import frappe
from frappe.utils import add_days, today

from core_minori.api import suggestions as api
from core_minori.engine.suggestions import THRESHOLD
from core_minori.funding.report.cost_suggestions.cost_suggestions import execute
from core_minori.funding.suggestions import ORIGIN, accept_in_background
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	cash_account,
	company,
	expense_account,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_user,
)


class TestCostSuggestions(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")
		cls.project = make_funded_project()
		cls.pens = make_budget_line(cls.project, "D.1", 5000, title="Cancelleria e stampati")
		cls.meals = make_budget_line(cls.project, "D.2", 5000, title="Generi alimentari")
		# Somebody put six invoices of one supplier on the line of pens.
		cls.supplier = None
		for __ in range(6):
			cls.supplier = cls.invoice(cls.pens.name, supplier=cls.supplier, text="Risme di carta").supplier

	@classmethod
	def invoice(cls, line=None, amount=100.0, supplier=None, text="Servizio", **values):
		"""A submitted invoice of the project with one row."""
		doc = make_invoice((line, amount), submit=False, **values)
		doc.project = doc.items[0].project = cls.project.project
		doc.items[0].item_name = doc.items[0].description = text
		if supplier:
			doc.supplier = supplier
			doc.credit_to = doc.supplier_name = None
		doc.save(ignore_permissions=True)
		doc.flags.ignore_permissions = True
		doc.submit()
		return doc

	def rows(self, **filters):
		with acting_as(self.officer):
			__, data, *__ = execute({"funded_project": self.project.name, **filters})
		return {row["voucher_no"]: frappe._dict(row) for row in data}

	def accept(self, *rows, user=None):
		with acting_as(user or self.officer):
			return api.accept(json.dumps([dict(row) for row in rows], default=str))

	def drafts(self, invoice):
		return frappe.get_all(
			"Cost Allocation",
			filters={"voucher_no": invoice.name},
			fields=["*"],
			order_by="name",
		)

	def test_a_cost_is_suggested_with_confidence_and_reason_and_nothing_is_booked(self):
		invoice = self.invoice(supplier=self.supplier, amount=250, text="Risme di carta")
		before = frappe.db.count("Cost Allocation")
		row = self.rows()[invoice.name]
		self.assertEqual(row.budget_line, self.pens.name)
		self.assertGreaterEqual(row.confidence, THRESHOLD)
		self.assertRegex(row.reason, r"\b[67]\b")
		self.assertIn(self.project.name, row.reason)
		self.assertEqual(row.amount, 250)
		self.assertEqual(frappe.db.count("Cost Allocation"), before)
		self.assertFalse(
			frappe.db.exists("GL Entry", {"voucher_no": invoice.name, "fami_budget_line": ["is", "set"]})
		)

	def test_an_accepted_suggestion_is_a_draft_of_all_that_is_left(self):
		invoice = self.invoice(supplier=self.supplier, amount=250, text="Risme di carta")
		with acting_as(self.officer):
			frappe.get_doc(
				{
					"doctype": "Cost Allocation",
					"company": company(),
					"budget_line": self.meals.name,
					"voucher_type": "Purchase Invoice",
					"voucher_no": invoice.name,
					"account": invoice.items[0].expense_account,
					"imputed_amount": 50,
				}
			).insert()
		row = self.rows()[invoice.name]
		self.assertEqual(row.amount, 200)
		# What the browser says of confidence and reason is not believed.
		result = self.accept({**row, "confidence": 100, "reason": "so", "amount": 9999})
		self.assertEqual(result, {"made": 1, "refused": []})
		(__, draft) = self.drafts(invoice)
		self.assertEqual((draft.docstatus, draft.origin, draft.budget_line), (0, ORIGIN, self.pens.name))
		self.assertEqual((draft.imputed_amount, draft.percent), (200, 80))
		self.assertEqual(draft.suggestion_confidence, row.confidence)
		self.assertTrue(row.reason.startswith(draft.suggestion_reason[:100]))
		self.assertEqual(draft.owner, self.officer)
		self.assertNotIn(invoice.name, self.rows())

	def test_the_officer_may_choose_another_line_and_the_draft_says_so(self):
		invoice = self.invoice(supplier=self.supplier, text="Risme di carta")
		self.accept({**self.rows()[invoice.name], "budget_line": self.meals.name})
		(draft,) = self.drafts(invoice)
		self.assertEqual((draft.budget_line, draft.suggestion_confidence), (self.meals.name, 0))
		self.assertIn(self.pens.name, draft.suggestion_reason)

	def test_accepting_twice_or_over_the_whole_is_refused_and_the_rest_goes_on(self):
		first, second = (self.invoice(supplier=self.supplier, text="Risme di carta") for __ in range(2))
		rows = self.rows()
		self.accept(rows[first.name])
		result = self.accept(rows[first.name], rows[second.name])
		self.assertEqual(result["made"], 1)
		self.assertEqual([row["voucher_no"] for row in result["refused"]], [first.name])
		self.assertEqual(len(self.drafts(first)), 1)

	def test_the_last_batch_is_undone_and_no_other(self):
		first, second, third = (
			self.invoice(supplier=self.supplier, text="Risme di carta") for __ in range(3)
		)
		rows = self.rows()
		self.accept(rows[first.name])
		frappe.db.set_value(
			"Cost Allocation",
			{"voucher_no": first.name},
			"creation",
			add_days(today(), -1),
			update_modified=False,
		)
		self.accept(rows[second.name], rows[third.name])
		with acting_as(self.officer):
			self.assertEqual(api.last_batch()["count"], 2)
			self.assertEqual(api.undo(), {"deleted": 2})
		self.assertEqual(self.drafts(second) + self.drafts(third), [])
		self.assertEqual(len(self.drafts(first)), 1)
		self.assertLessEqual({second.name, third.name}, set(self.rows()))

	def test_a_batch_with_a_confirmed_draft_is_not_undone(self):
		first, second = (self.invoice(supplier=self.supplier, text="Risme di carta") for __ in range(2))
		rows = self.rows()
		self.accept(rows[first.name], rows[second.name])
		(draft,) = self.drafts(first)
		frappe.db.set_value("Cost Allocation", draft.name, "docstatus", 1)
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError) as refused:
			api.undo()
		self.assertIn(draft.name, str(refused.exception))
		self.assertEqual(len(self.drafts(second)), 1)

	def test_another_officers_batch_is_theirs(self):
		invoice = self.invoice(supplier=self.supplier, text="Risme di carta")
		self.accept(self.rows()[invoice.name])
		with acting_as(make_user("Funding Officer")):
			self.assertIsNone(api.last_batch())
			self.assertRaises(frappe.ValidationError, api.undo)
		self.assertEqual(len(self.drafts(invoice)), 1)

	def test_an_unconfirmed_suggestion_teaches_nothing(self):
		wrong = self.invoice(supplier=self.supplier, text="Risme di carta")
		before = self.rows()[wrong.name]
		other = self.invoice(supplier=self.supplier, text="Risme di carta")
		self.accept({**self.rows()[other.name], "budget_line": self.meals.name})
		after = self.rows()[wrong.name]
		self.assertEqual((after.budget_line, after.confidence), (before.budget_line, before.confidence))

	def test_who_books_invoices_may_not_accept_and_who_follows_cases_neither(self):
		invoice = self.invoice(supplier=self.supplier, text="Risme di carta")
		row = self.rows()[invoice.name]
		for role in ("Accounts User", "Case Coordinator", "Protection Unit Manager", "Social Worker"):
			user = make_user(role)
			with acting_as(user):
				self.assertRaises(frappe.PermissionError, execute, {})
				self.assertRaises(frappe.PermissionError, api.undo)
				self.assertRaises(frappe.PermissionError, api.last_batch)
			self.assertRaises(frappe.PermissionError, self.accept, row, user=user)
		self.assertEqual(self.drafts(invoice), [])

	def test_nonsense_is_refused(self):
		with acting_as(self.officer):
			for rows in ("", "{}", "[]", "[1]", json.dumps([{"voucher_type": "User", "voucher_no": "x"}])):
				self.assertRaises(frappe.ValidationError, api.accept, rows)

	def test_more_than_two_hundred_go_to_a_worker(self):
		queued = []
		original, frappe.enqueue = frappe.enqueue, lambda method, **values: queued.append((method, values))
		try:
			result = self.accept(
				*[{"voucher_type": "Purchase Invoice", "voucher_no": f"X{n}"} for n in range(201)]
			)
		finally:
			frappe.enqueue = original
		self.assertEqual(result, {"queued": 201})
		((method, values),) = queued
		self.assertEqual(method, "core_minori.funding.suggestions.accept_in_background")
		self.assertEqual((values["queue"], len(values["rows"]), values["user"]), ("long", 201, self.officer))

	def test_the_worker_makes_the_same_drafts(self):
		invoice = self.invoice(supplier=self.supplier, text="Risme di carta")
		row = self.rows()[invoice.name]
		with acting_as(self.officer):
			accept_in_background([row], "batch-of-the-worker", self.officer)
		(draft,) = self.drafts(invoice)
		self.assertEqual((draft.docstatus, draft.suggestion_batch), (0, "batch-of-the-worker"))

	def test_the_words_of_a_journal_row_count(self):
		def entry(line, words):
			doc = frappe.get_doc(
				{
					"doctype": "Journal Entry",
					"company": company(),
					"posting_date": today(),
					"user_remark": "Nota spese",
					"accounts": [
						{
							"account": expense_account(),
							"debit_in_account_currency": 12,
							"user_remark": words,
							"project": self.project.project,
							"fami_budget_line": line,
						},
						{"account": cash_account(), "credit_in_account_currency": 12},
					],
				}
			).insert(ignore_permissions=True)
			doc.submit()
			return doc

		for __ in range(3):
			entry(self.meals.name, "Colazione dei ragazzi")
		untagged = entry(None, "Colazione di maggio")
		row = self.rows()[untagged.name]
		self.assertEqual(row.budget_line, self.meals.name)
		self.assertIn("colazione", row.reason)

	def test_the_number_of_queries_does_not_grow_with_the_costs(self):
		def queries() -> int:
			seen = []
			original = frappe.db.sql

			def counted(query, *args, **kwargs):
				seen.append(query)
				return original(query, *args, **kwargs)

			self.rows()
			frappe.db.sql = counted
			try:
				self.rows()
			finally:
				frappe.db.sql = original
			return len(seen)

		self.invoice(supplier=self.supplier)
		few = queries()
		for __ in range(4):
			self.invoice(supplier=self.supplier)
		self.assertEqual(queries(), few)
