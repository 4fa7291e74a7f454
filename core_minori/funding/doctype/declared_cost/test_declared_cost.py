"""A declared cost by hand: its amounts, its allocation in step, and what a claim makes of it."""

import frappe
from frappe.utils import add_days, today

from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_user,
)


class TestDeclaredCost(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")
		cls.project = make_funded_project()
		cls.partner = cls.project.partners[0].organisation
		cls.line = make_budget_line(cls.project, "A.1")

	def declare(self, code: str, user: str = "", **values):
		with acting_as(user or self.officer):
			return frappe.get_doc(
				{
					"doctype": "Declared Cost",
					"funded_project": self.project.name,
					"partner": self.partner,
					"declared_code": code,
					"budget_line": self.line.name,
					"supplier": "Ferramenta Esempio",
					"document_number": code,
					"document_date": add_days(today(), -5),
					"amount": 100,
					**values,
				}
			).insert()

	def allocations(self, cost, docstatus=("<", 2)) -> list:
		return frappe.get_all(
			"Cost Allocation",
			{"voucher_type": "Declared Cost", "voucher_no": cost.name, "docstatus": docstatus},
			[
				"name",
				"budget_line",
				"imputed_amount",
				"percent",
				"docstatus",
				"incurred_on",
				"hours",
				"company",
			],
		)

	def change(self, cost, **values):
		with acting_as(self.officer):
			cost.reload()
			cost.update(values)
			cost.save()
		return cost

	def test_it_drafts_its_allocation_and_keeps_it_in_step(self):
		cost = self.declare("D-1", percent=40)
		(own,) = self.allocations(cost)
		self.assertEqual((own.budget_line, own.imputed_amount, own.percent), (self.line.name, 40, 40))
		self.assertEqual((str(own.incurred_on), own.company), (add_days(today(), -5), self.project.company))
		other = make_budget_line(self.project, "B.1")
		self.change(cost, amount=200, budget_line=other.name)
		(same,) = self.allocations(cost)
		self.assertEqual((same.name, same.budget_line, same.imputed_amount), (own.name, other.name, 80))

	def test_the_amount_typed_makes_the_share_and_stays_exact(self):
		cost = self.declare("D-2", amount=1000, imputed_amount=33.33)
		self.assertEqual((cost.imputed_amount, cost.percent), (33.33, 3.33))
		self.change(cost, register_note="nulla di nuovo")
		self.assertEqual(cost.imputed_amount, 33.33)
		self.change(cost, imputed_amount=50)
		self.assertEqual((cost.percent, self.allocations(cost)[0].imputed_amount), (5, 50))
		self.change(cost, percent=10)
		self.assertEqual((cost.imputed_amount, self.allocations(cost)[0].imputed_amount), (100, 100))

	def test_units_delivered_and_staff(self):
		units = make_budget_line(self.project, "A.2", cost_method="Unit Cost", unit="Hour", unit_cost=35)
		cost = self.declare(
			"D-3", cost_type="Units Delivered", budget_line=units.name, amount=0, quantity=3, unit_cost=35.10
		)
		self.assertEqual((cost.amount, self.allocations(cost)[0].imputed_amount), (105.3, 105.3))
		staff = self.declare("D-4", cost_type="Staff", quantity=8, unit_cost=20, amount=160)
		self.assertEqual(self.allocations(staff)[0].hours, 8)

	def test_what_a_line_does_not_take(self):
		lump = make_budget_line(self.project, "I.1", cost_method="Lump Sum")
		elsewhere = make_budget_line(make_funded_project(), "A.1")
		for values in (
			{"budget_line": lump.name},
			{"budget_line": elsewhere.name},
			{"imputed_amount": 101},
			{"tax_id": "00123450016"},
			{"document_date": add_days(today(), -90), "amount": -0.001},
		):
			with self.assertRaises(frappe.ValidationError, msg=str(values)):
				self.declare(f"D-5{frappe.generate_hash(length=4)}", **values)
		self.declare("D-5 somma", cost_type="Lump Sum", budget_line=lump.name)

	def test_a_credit_note_imputes_below_zero(self):
		cost = self.declare("D-6", document_type="Credit Note", amount=-30)
		self.assertEqual(self.allocations(cost)[0].imputed_amount, -30)

	def test_a_confirmed_one_goes_back_to_draft_when_it_changes(self):
		cost = self.declare("D-7")
		with acting_as(self.officer):
			frappe.get_doc("Cost Allocation", self.allocations(cost)[0].name).submit()
		self.change(cost, payment_account="IT60", attachments="a.pdf")
		self.assertEqual(self.allocations(cost)[0].docstatus, 1)
		self.change(cost, amount=90)
		(draft,) = self.allocations(cost)
		self.assertEqual((draft.docstatus, draft.imputed_amount), (0, 90))
		self.assertEqual(len(self.allocations(cost, docstatus=2)), 1)

	def test_it_goes_with_its_allocation_until_a_claim_holds_it(self):
		gone, confirmed, stays = self.declare("D-8"), self.declare("D-8b"), self.declare("D-9")
		with acting_as(self.officer):
			frappe.get_doc("Cost Allocation", self.allocations(confirmed)[0].name).submit()
			gone.delete()
			confirmed.reload()
			confirmed.delete()
		self.assertFalse(frappe.get_all("Cost Allocation", {"voucher_no": gone.name}))
		self.assertFalse(self.allocations(confirmed))
		frappe.db.set_value("Cost Allocation", self.allocations(stays)[0].name, "claimed_amount", 100)
		for change in (stays.delete, lambda: self.change(stays, amount=90)):
			with acting_as(self.officer), self.assertRaises(frappe.ValidationError):
				change()
		self.change(stays, register_note="Una nota resta possibile")

	def test_one_code_is_one_cost(self):
		self.declare("D-10")
		with self.assertRaises(frappe.UniqueValidationError):
			self.declare("D-10")

	def test_a_code_that_no_workbook_could_hold_is_refused(self):
		for code in ("FT#9", "città 1"):
			with self.assertRaises(frappe.ValidationError):
				self.declare(code)

	def test_others_read_or_see_nothing(self):
		cost = self.declare("D-11")
		for role, may_read in (
			("Case Coordinator", True),
			("Network Partner", False),
			("Social Worker", False),
		):
			user = make_user(role)
			self.assertEqual(frappe.has_permission("Declared Cost", "read", cost, user=user), may_read)
			self.assertFalse(frappe.has_permission("Declared Cost", "write", cost, user=user))

	def test_a_paper_on_two_lines_is_no_double_until_its_parts_pass_the_whole(self):
		other = make_budget_line(self.project, "C.1")
		paper = {"tax_id": "00743110157", "document_number": "FT-77", "amount": 100}
		self.declare("S-1", percent=60, **paper)
		second = self.declare("S-2", percent=40, budget_line=other.name, **paper)
		self.assertFalse(self.found(second) & {"duplicate-document", "double-funding"})
		self.change(second, percent=50)
		self.assertIn("double-funding", self.found(second))
		same_line = self.declare("S-3", percent=10, **paper)
		self.assertIn("duplicate-document", self.found(same_line))

	def found(self, cost) -> set[str]:
		(own,) = self.allocations(cost)
		return set(frappe.get_all("Cost Finding", {"parent": own.name}, pluck="check_code"))
