"""An approved budget changes by revision: to the cent, with the authority's leave, and one officer at a time."""

from threading import Thread

import frappe
from frappe.utils import add_days, getdate, today

from core_minori.funding.budgets import budget_at
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_user,
)


class RevisionTestCase(SiteTestCase):
	"""A project whose approved budget has staff, tutors, travel and indirect costs."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")

	def setUp(self):
		self.project = make_funded_project(
			sources=[
				{"source_type": "European Union", "percent": 75},
				{"source_type": "National", "percent": 25},
			]
		)
		self.staff = make_budget_line(self.project, "A.1", 6000)
		self.tutors = make_budget_line(self.project, "A.2", 2000)
		self.travel = make_budget_line(self.project, "B.1", 2000)
		# Ten per cent of 10 700 euro may move between chapters.
		self.indirect = make_budget_line(self.project, "L.1", 0, cost_method="Flat Rate", partner=None)
		self.approve()

	def approve(self):
		self.project.reload()
		self.project.budget_approved_on = add_days(today(), -30)
		self.project.save(ignore_permissions=True)

	def revision(self, *transfers, day: str | None = None, **values):
		return frappe.get_doc(
			{
				"doctype": "Budget Revision",
				"funded_project": self.project.name,
				"effective_on": day or today(),
				"reason": "Esempio",
				"transfers": [
					{
						"from_line": source.name if source else None,
						"to_line": target.name if target else None,
						"amount": amount,
					}
					for source, target, amount in transfers
				],
				**values,
			}
		).insert()

	def submitted(self, *transfers, **values):
		revision = self.revision(*transfers, **values)
		revision.submit()
		return revision

	def amounts(self) -> dict[str, float]:
		return {
			row.line_code: row.amount
			for row in frappe.get_all(
				"FAMI Budget Line", {"funded_project": self.project.name}, ["line_code", "amount"]
			)
		}

	AUTHORISATION = {
		"authorisation_reference": "Prot. 12/2026",
		"authorised_on": today(),
		"authorisation_document": "/private/files/esempio.pdf",
	}


class TestBudgetRevision(RevisionTestCase):
	def test_money_moves_on_submit_and_back_on_cancel(self):
		with acting_as(self.officer):
			revision = self.revision((self.staff, self.travel, 100.01), (self.staff, self.tutors, 0.99))
			self.assertEqual(self.amounts()["A.1"], 6000)
			self.assertFalse(revision.revision_number)
			revision.submit()
			self.assertEqual(revision.revision_number, 1)
			self.assertEqual(self.amounts(), {"A.1": 5899, "A.2": 2000.99, "B.1": 2100.01, "L.1": 700})
			second = self.submitted((self.travel, self.staff, 1))
			self.assertEqual(second.revision_number, 2)
			with self.assertRaisesRegex(frappe.ValidationError, second.name):
				revision.reload().cancel()
			second.reload().cancel()
			revision.reload().cancel()
		self.assertEqual(self.amounts(), {"A.1": 6000, "A.2": 2000, "B.1": 2000, "L.1": 700})

	def test_the_budget_of_a_day_has_the_revisions_up_to_it(self):
		with acting_as(self.officer):
			self.submitted((self.staff, self.travel, 100), day=add_days(today(), -10))
			self.submitted((None, self.travel, 100), **self.AUTHORISATION)
		on = {
			days: {line.rsplit("-", 1)[1]: float(euro) for line, euro in budget.items()}
			for days, budget in (
				(days, budget_at(self.project.name, getdate(add_days(today(), days))))
				for days in (-11, -10, 0)
			)
		}
		self.assertEqual(on[-11], {"A.1": 6000, "A.2": 2000, "B.1": 2000, "L.1": 700})
		self.assertEqual(on[-10], {"A.1": 5900, "A.2": 2000, "B.1": 2100, "L.1": 700})
		self.assertEqual(on[0], {"A.1": 5900, "A.2": 2000, "B.1": 2200, "L.1": 707})
		self.assertEqual(on[0], self.amounts())

	def test_above_the_tolerance_the_authority_has_to_agree(self):
		with acting_as(self.officer):
			self.submitted((self.staff, self.travel, 1070))
			over = self.revision((self.staff, self.travel, 0.01))
			self.assertTrue(over.authorisation_required)
			with self.assertRaisesRegex(frappe.ValidationError, "1.070,01"):
				over.submit()
			self.assertEqual(self.amounts()["B.1"], 3070)
			for part in ("authorisation_reference", "authorisation_document", "authorised_on"):
				over.reload()
				over.update({**self.AUTHORISATION, part: None})
				with self.subTest(part), self.assertRaises(frappe.ValidationError):
					over.submit()
			over.reload()
			over.update(self.AUTHORISATION)
			over.submit()
			# From the authorised budget on the tolerance is whole again.
			self.assertFalse(self.revision((self.staff, self.travel, 1070)).authorisation_required)
			self.assertTrue(self.revision((self.staff, self.travel, 1070.01)).authorisation_required)
			# Within a chapter nobody has to agree.
			self.assertFalse(self.revision((self.staff, self.tutors, 3000)).authorisation_required)
			over.reload().cancel()

	def test_new_and_returned_money_is_authorised(self):
		with acting_as(self.officer):
			for transfer in ((None, self.staff, 1), (self.staff, None, 1)):
				with self.subTest(transfer), self.assertRaises(frappe.ValidationError):
					self.submitted(transfer)
			self.submitted((self.staff, None, 100), **self.AUTHORISATION)
		self.assertEqual(self.amounts()["L.1"], 693)

	def test_what_is_no_revision_is_refused(self):
		other = make_budget_line(make_funded_project(), "A.1", 500)
		disabled = make_budget_line(self.project, "H.1", 0, disabled=1)
		tomorrow = add_days(today(), 1)
		for transfers, values in (
			([(self.staff, other, 1)], {}),
			([(self.staff, self.staff, 1)], {}),
			([(None, None, 1)], {}),
			([(self.staff, self.indirect, 1)], {}),
			([(self.staff, disabled, 1)], {}),
			([(self.staff, self.travel, 6000.01)], {}),
			([(self.staff, self.travel, 0)], {}),
			([], {}),
			([(self.staff, self.travel, 1)], {"day": add_days(today(), -61)}),
			([(self.staff, self.travel, 1)], {"day": add_days(today(), 61)}),
			([(self.staff, self.travel, 1)], {"day": add_days(today(), -31)}),
			([(self.staff, self.travel, 1)], {"authorised_on": tomorrow}),
			([(self.staff, self.travel, 1)], {"day": "9999-99-99"}),
		):
			with self.subTest(transfers=transfers, values=values), acting_as(self.officer):
				with self.assertRaises((frappe.ValidationError, ValueError)):
					self.revision(*transfers, **values)
		with acting_as(self.officer):
			draft = self.revision((self.staff, self.travel, 1), day=tomorrow)
			with self.assertRaises(frappe.ValidationError):
				draft.submit()
			self.submitted((self.staff, self.travel, 1))
			with self.assertRaises(frappe.ValidationError):
				self.revision((self.staff, self.travel, 1), day=add_days(today(), -1))

	def test_what_is_claimed_stays_and_what_is_imputed_warns(self):
		invoice = make_invoice((self.travel.name, 300))
		allocation = frappe.get_doc("Cost Allocation", {"voucher_no": invoice.name})
		allocation.submit()
		with acting_as(self.officer):
			frappe.clear_messages()
			revision = self.revision((self.travel, self.staff, 1800))
			self.assertTrue(any("300,00" in str(message) for message in frappe.message_log))
			allocation.db_set("claimed_amount", 300)
			with self.assertRaisesRegex(frappe.ValidationError, "300,00"):
				revision.submit()
			# Nor is new money taken back once it is claimed.
			given = self.submitted((self.staff, self.travel, 200))
			allocation.db_set("claimed_amount", 2100)
			with self.assertRaisesRegex(frappe.ValidationError, "2.100,00"):
				given.reload().cancel()
		self.assertEqual(self.amounts()["B.1"], 2200)

	def test_the_history_of_the_line_says_who_moved_its_money(self):
		with acting_as(self.officer):
			self.submitted((self.staff, self.travel, 5))
		version = frappe.get_last_doc("Version", {"docname": self.staff.name})
		self.assertEqual(version.owner, self.officer)
		self.assertIn("amount", version.data)

	def test_only_the_funding_officer_revises(self):
		for role in ("Case Coordinator", "Protection Unit Manager", "Purchase User", "Accounts Manager"):
			with self.subTest(role), acting_as(make_user(role)), self.assertRaises(frappe.PermissionError):
				self.revision((self.staff, self.travel, 1))

	def test_a_line_of_a_fixed_budget_gets_its_money_by_revision(self):
		with acting_as(self.officer):
			late = make_budget_line(self.project, "C.1", 400, quantity=2, unit_cost=200)
			self.assertEqual((late.amount, late.initial_amount), (0, 0))
			self.submitted((self.staff, late, 400))
			late.reload()
			late.title = "Affitto"
			late.save()
		self.assertEqual((late.amount, late.initial_amount), (400, 0))


class TestTwoOfficers(RevisionTestCase):
	"""By itself, as its threads need what is committed."""

	def test_two_officers_do_not_take_the_same_money(self):
		"""The second waits for the first, then sees what is left."""
		with acting_as(self.officer):
			drafts = [
				self.revision((self.travel, self.tutors, 900), **self.AUTHORISATION).name for __ in range(3)
			]
		frappe.db.commit()
		site, officer, outcomes = frappe.local.site, self.officer, []

		def submit(name: str) -> None:
			frappe.init(site=site)
			frappe.connect()
			frappe.set_user(officer)
			try:
				frappe.get_doc("Budget Revision", name).submit()
				frappe.db.commit()
				outcomes.append("submitted")
			except frappe.ValidationError:
				frappe.db.rollback()
				outcomes.append("refused")
			finally:
				frappe.destroy()

		threads = [Thread(target=submit, args=(name,)) for name in drafts]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		frappe.db.rollback()
		try:
			self.assertEqual(outcomes.count("refused"), 1)
			self.assertEqual(self.amounts()["B.1"], 200)
			self.assertEqual(self.amounts()["A.2"], 3800)
			numbers = frappe.get_all(
				"Budget Revision",
				{"funded_project": self.project.name, "docstatus": 1},
				pluck="revision_number",
			)
			self.assertEqual(sorted(numbers), [1, 2])
		finally:
			self.take_away()

	def take_away(self):
		"""What the threads had to see was committed: it goes, in the order the links allow."""
		organisations = [row.organisation for row in self.project.partners]
		for doctype in ("Budget Revision", "FAMI Budget Line"):
			for name in frappe.get_all(doctype, {"funded_project": self.project.name}, pluck="name"):
				frappe.db.delete(doctype, {"name": name})
		frappe.db.delete("Budget Transfer", {"parenttype": "Budget Revision", "from_line": self.travel.name})
		for table in ("Funded Project Partner", "Funding Source"):
			frappe.db.delete(table, {"parent": self.project.name})
		frappe.db.delete("Funded Project", {"name": self.project.name})
		frappe.db.delete("Project", {"name": self.project.project})
		frappe.db.delete("Network Organisation", {"name": ["in", organisations]})
		frappe.db.commit()
