"""What the ledger has and nobody imputed, and what was imputed and the ledger no longer has, on a real ledger."""

import frappe

from core_minori.engine.differences import Leftover
from core_minori.funding.report.reconciliation_differences.reconciliation_differences import execute
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	company,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_user,
)


class TestReconciliationDifferences(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")

	def setUp(self):
		self.project = make_funded_project()
		self.line = make_budget_line(self.project, "A.1", 1000)
		self.other = make_budget_line(self.project, "B.1", 1000)

	def rows(self, **filters):
		with acting_as(self.officer):
			__, data, *__ = execute({"funded_project": self.project.name, **filters})
		return [frappe._dict(row) for row in data]

	def draft_of(self, invoice):
		return frappe.get_doc("Cost Allocation", {"voucher_no": invoice.name, "docstatus": 0})

	def test_a_tagged_and_imputed_cost_is_no_difference(self):
		make_invoice((self.line.name, 100))
		self.assertEqual(self.rows(), [])

	def test_a_cost_that_nobody_imputes_and_one_imputed_in_part(self):
		whole, part = make_invoice((self.line.name, 100)), make_invoice((self.line.name, 80))
		frappe.delete_doc("Cost Allocation", self.draft_of(whole).name)
		draft = self.draft_of(part)
		draft.percent = 25
		draft.save()
		found = {row.voucher_no: row for row in self.rows()}
		self.assertEqual(set(found), {whole.name, part.name})
		self.assertEqual((found[whole.name].amount, found[part.name].amount), (100, 60))
		self.assertEqual({row.leftover for row in found.values()}, {Leftover.COST.value})
		self.assertIn("60,00", found[part.name].reason)
		for row in found.values():
			self.assertTrue(row.remedy)

	def test_an_untagged_cost_of_the_project_and_of_its_cost_center(self):
		center = frappe.get_doc(
			{
				"doctype": "Cost Center",
				"cost_center_name": frappe.generate_hash(length=8),
				"company": company(),
				"parent_cost_center": frappe.db.get_value(
					"Cost Center", {"is_group": 1, "company": company()}
				),
			}
		).insert(ignore_permissions=True)
		self.project.db_set("cost_center", center.name)
		found = []
		for place in ({"project": self.project.project}, {"cost_center": center.name}, {}):
			invoice = make_invoice((None, 50), submit=False)
			invoice.items[0].update(place)
			invoice.save(ignore_permissions=True)
			invoice.submit()
			found.append(invoice.name)
		self.assertEqual({row.voucher_no for row in self.rows()}, set(found[:2]))
		self.assertEqual(self.rows(partner=self.project.partners[0].organisation), [])

	def test_a_cancelled_voucher_whose_imputation_stayed(self):
		invoice = make_invoice((self.line.name, 100))
		draft = self.draft_of(invoice)
		# As a repair by hand would: the voucher's own cancel takes the draft with it.
		frappe.db.set_value("Purchase Invoice", invoice.name, "docstatus", 2)
		frappe.db.set_value("GL Entry", {"voucher_no": invoice.name}, "is_cancelled", 1)
		(row,) = self.rows()
		self.assertEqual((row.leftover, row.allocation), (Leftover.IMPUTATION.value, draft.name))
		self.assertEqual((row.ledger_amount, row.imputed_amount, row.amount), (0, 100, -100))
		self.assertIn(invoice.name, row.reason)

	def test_a_line_changed_on_the_ledger(self):
		invoice = make_invoice((self.line.name, 100))
		frappe.db.set_value(
			"GL Entry",
			{"voucher_no": invoice.name, "fami_budget_line": self.line.name},
			"fami_budget_line",
			self.other.name,
		)
		found = {row.leftover: row for row in self.rows()}
		self.assertEqual(set(found), {Leftover.COST.value, Leftover.IMPUTATION.value})
		self.assertEqual(found[Leftover.COST.value].tagged_line, self.other.name)
		self.assertIn(self.other.name, found[Leftover.IMPUTATION.value].reason)
		self.assertEqual(sum(row.amount for row in found.values()), 0)
		self.assertEqual([row.leftover for row in self.rows(kind=Leftover.COST.value)], [Leftover.COST.value])

	def test_an_amount_changed_on_the_ledger_and_a_renamed_row_is_none(self):
		invoice = make_invoice((self.line.name, 100))
		entry = frappe.db.get_value(
			"GL Entry", {"voucher_no": invoice.name, "fami_budget_line": self.line.name}
		)
		frappe.db.sql("update `tabGL Entry` set name = %s where name = %s", ("renamed-" + entry, entry))
		self.assertEqual(self.rows(), [])
		frappe.db.set_value("GL Entry", "renamed-" + entry, "debit", 90)
		self.assertEqual(sum(row.amount for row in self.rows()), -10)
		(changed,) = self.rows(kind=Leftover.IMPUTATION.value)
		self.assertIn("90,00", changed.reason)
		self.assertIn("100,00", changed.reason)

	def test_what_another_project_takes_of_the_cost_counts(self):
		invoice = make_invoice((self.line.name, 100))
		draft = self.draft_of(invoice)
		draft.percent = 60
		draft.save()
		elsewhere = make_budget_line(make_funded_project(), "A.1", 500)
		with acting_as(self.officer):
			frappe.get_doc(
				{
					"doctype": "Cost Allocation",
					"company": company(),
					"budget_line": elsewhere.name,
					"voucher_type": "Purchase Invoice",
					"voucher_no": invoice.name,
					"account": draft.account,
					"cost_center": draft.cost_center,
					"tagged_line": self.line.name,
					"percent": 40,
				}
			).insert()
		self.assertEqual(self.rows(), [])
		(told,) = self.rows(funded_project=elsewhere.funded_project)
		self.assertEqual((told.leftover, told.amount), (Leftover.OTHER_LINE.value, 0))

	def test_a_social_worker_sees_no_money(self):
		with acting_as(make_user("Social Worker")):
			self.assertRaises(frappe.PermissionError, execute, {"funded_project": self.project.name})
