"""From an invoice to the reconciliation, cent by cent, as the people who do it."""

from threading import Event, Thread

import frappe
from frappe.utils import add_days, flt, format_date, today

from core_minori.funding.ledger import booked_by_line
from core_minori.funding.report.funding_reconciliation.funding_reconciliation import execute
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


class TestCostAllocation(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer", "Accounts User", "Accounts Manager")

	def setUp(self):
		self.project = make_funded_project()
		self.staff = make_budget_line(self.project, "A.1", 1000)
		self.travel = make_budget_line(self.project, "B.1", 500)

	def report(self, **filters) -> dict[str, frappe._dict]:
		with acting_as(self.officer):
			__, rows, *__ = execute({"funded_project": self.project.name, **filters})
		return {row["key"]: frappe._dict(row) for row in rows}

	def allocations(self, voucher: str, **filters) -> list:
		return frappe.get_all(
			"Cost Allocation",
			filters={"voucher_no": voucher, **filters},
			fields=["name", "budget_line", "imputed_amount", "docstatus", "percent"],
			order_by="budget_line",
		)

	def test_two_items_on_two_lines_move_the_report_by_their_cents_and_back(self):
		invoice = make_invoice((self.staff.name, 123.45), (self.travel.name, 67.89))
		rows = self.report()
		self.assertEqual(rows[self.staff.name].booked, 123.45)
		self.assertEqual(rows[self.travel.name].booked, 67.89)
		self.assertEqual(rows[self.staff.name].drafted, 123.45)
		self.assertEqual(rows[self.staff.name].imputed, 0)
		self.assertEqual(rows[self.staff.name].residual, 1000)

		with acting_as(self.officer):
			for allocation in self.allocations(invoice.name):
				frappe.get_doc("Cost Allocation", allocation.name).submit()
		rows = self.report()
		self.assertEqual(rows[self.staff.name].imputed, 123.45)
		self.assertEqual(rows[self.staff.name].residual, 876.55)
		self.assertEqual(rows[self.travel.name].residual, 432.11)

		invoice.reload()
		invoice.cancel()
		rows = self.report()
		for line in (self.staff.name, self.travel.name):
			self.assertEqual(rows[line].booked, 0)
			self.assertEqual(rows[line].imputed, 0)
			self.assertEqual(rows[line].drafted, 0)
		self.assertEqual({row.docstatus for row in self.allocations(invoice.name)}, {2})

	def test_same_account_and_line_are_one_cost(self):
		invoice = make_invoice((self.staff.name, 10.10), (self.staff.name, 20.20), (None, 5))
		(allocation,) = self.allocations(invoice.name)
		self.assertEqual(allocation.imputed_amount, 30.3)

	def test_groupings_and_vouchers_agree_with_the_lines(self):
		invoice = make_invoice((self.staff.name, 100), (self.travel.name, 11.11))
		self.assertEqual(
			{key: row.booked for key, row in self.report(group_by="Chapter").items()}, {"A": 100, "B": 11.11}
		)
		partner = self.project.partners[0].organisation
		self.assertEqual(self.report(group_by="Partner")[partner].booked, 111.11)
		self.assertEqual(self.report(group_by="Project")[self.project.name].planned, 1500)
		with acting_as(self.officer):
			__, rows = execute({"funded_project": self.project.name, "group_by": "Voucher"})[:2]
		self.assertEqual({row.voucher_no for row in rows}, {invoice.name})
		self.assertEqual(sum(row.booked for row in rows), 111.11)
		self.assertEqual(sum(row.drafted for row in rows), 111.11)

	def test_a_cost_outside_the_project_is_refused_with_the_dates(self):
		day = add_days(self.project.start_date, -1)
		with self.assertRaises(frappe.ValidationError) as refused:
			make_invoice((self.staff.name, 10), day=day)
		text = str(refused.exception)
		for part in (day, self.project.start_date, self.project.end_date):
			self.assertIn(format_date(part, "dd/MM/yyyy"), text)
		self.assertEqual(booked_by_line([self.staff.name]), {})

	def test_an_untagged_cost_outside_the_project_is_nobodys_business(self):
		invoice = make_invoice((None, 10), day=add_days(self.project.start_date, -1))
		self.assertEqual(invoice.docstatus, 1)

	def test_a_line_over_budget_warns_and_is_booked_all_the_same(self):
		frappe.clear_messages()
		make_invoice((self.travel.name, 500))
		self.assertFalse([m for m in frappe.get_message_log() if self.travel.name in str(m)])
		invoice = make_invoice((self.travel.name, 0.01))
		said = [str(m) for m in frappe.get_message_log() if self.travel.name in str(m)]
		self.assertTrue(any("500,01" in text and "500,00" in text for text in said), said)
		self.assertEqual(invoice.docstatus, 1)

	def test_a_credit_note_takes_its_cost_back(self):
		invoice = make_invoice((self.staff.name, 100))
		note = frappe.copy_doc(invoice)
		note.is_return, note.return_against = 1, invoice.name
		note.items[0].qty = -1
		note.bill_no = frappe.generate_hash(length=6)
		note.insert(ignore_permissions=True)
		note.reload()
		note.submit()
		self.assertEqual(self.report()[self.staff.name].booked, 0)
		self.assertEqual([row.imputed_amount for row in self.allocations(note.name)], [-100])

	def test_a_journal_entry_is_a_cost_too(self):
		entry = frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"company": company(),
				"posting_date": today(),
				"accounts": [
					{
						"account": expense_account(),
						"debit_in_account_currency": 77.7,
						"fami_budget_line": self.staff.name,
					},
					{"account": cash_account(), "credit_in_account_currency": 77.7},
				],
			}
		).insert(ignore_permissions=True)
		entry.submit()
		self.assertEqual(self.report()[self.staff.name].booked, 77.7)
		(allocation,) = self.allocations(entry.name)
		self.assertEqual(allocation.imputed_amount, 77.7)

	def manual(self, invoice, **values):
		with acting_as(self.officer):
			return frappe.get_doc(
				{
					"doctype": "Cost Allocation",
					"company": company(),
					"voucher_type": "Purchase Invoice",
					"voucher_no": invoice.name,
					"account": expense_account(),
					**values,
				}
			).insert()

	def test_an_untagged_cost_goes_in_parts_to_two_lines_and_never_over_the_whole(self):
		invoice = make_invoice((None, 200))
		first = self.manual(invoice, budget_line=self.staff.name, percent=60)
		self.assertEqual(flt(first.imputed_amount), 120)
		second = self.manual(invoice, budget_line=self.travel.name, imputed_amount=80)
		self.assertEqual(flt(second.percent), 40)
		with self.assertRaises(frappe.ValidationError) as refused:
			self.manual(invoice, budget_line=self.travel.name, imputed_amount=0.01)
		self.assertIn("200,00", str(refused.exception))

	def test_a_tagged_cost_is_already_taken_by_its_draft(self):
		invoice = make_invoice((self.staff.name, 200))
		with self.assertRaises(frappe.ValidationError):
			self.manual(invoice, budget_line=self.travel.name, imputed_amount=1)
		(draft,) = self.allocations(invoice.name)
		with acting_as(self.officer):
			allocation = frappe.get_doc("Cost Allocation", draft.name)
			allocation.percent = 75
			allocation.save()
			self.assertEqual(allocation.imputed_amount, 150)
		rest = self.manual(invoice, budget_line=self.travel.name, percent=25)
		self.assertEqual(rest.imputed_amount, 50)

	def test_a_manual_imputation_outside_the_project_stays_a_draft(self):
		day = add_days(self.project.start_date, -5)
		invoice = make_invoice((None, 50), day=day)
		draft = self.manual(invoice, budget_line=self.staff.name, percent=100)
		self.assertEqual(draft.worst_finding, "Block")
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError) as refused:
			draft.submit()
		for part in (
			"project-window",
			frappe._("Grant agreement", lang="it"),
			self.project.name,
			format_date(day, "dd/MM/yyyy"),
			f"{format_date(self.project.start_date, 'dd/MM/yyyy')} - ",
		):
			self.assertIn(part, str(refused.exception))
		self.assertEqual(frappe.db.get_value("Cost Allocation", draft.name, "docstatus"), 0)

	def test_nothing_is_imputed_to_a_flat_rate_or_to_a_closed_line(self):
		flat = make_budget_line(self.project, "L.1", 0, cost_method="Flat Rate", flat_rate_percent=7)
		closed = make_budget_line(self.project, "B.2", 100, disabled=1)
		invoice = make_invoice((None, 50))
		for line in (flat, closed):
			with self.assertRaises(frappe.ValidationError) as refused:
				self.manual(invoice, budget_line=line.name, percent=100)
			self.assertIn(line.name, str(refused.exception))
			with self.assertRaises(frappe.ValidationError):
				make_invoice((line.name, 50))

	def test_a_line_closed_later_keeps_its_costs_and_says_so(self):
		invoice = make_invoice((self.staff.name, 50))
		(row,) = self.allocations(invoice.name)
		frappe.db.set_value("FAMI Budget Line", self.staff.name, "disabled", 1)
		with acting_as(self.officer):
			draft = frappe.get_doc("Cost Allocation", row.name)
			draft.save()
			self.assertIn("line-open", [finding.check_code for finding in draft.findings])
			self.assertRaises(frappe.ValidationError, draft.submit)

	def test_whoever_waited_for_the_other_officer_counts_what_that_one_took(self):
		"""The late officer's transaction began before the other one saved: its own reading is out of date."""
		invoice = make_invoice((None, 200))
		frappe.db.commit()
		began, saved, heard = Event(), Event(), []
		site, path, officer, line = frappe.local.site, frappe.local.sites_path, self.officer, self.staff.name

		def late() -> None:
			frappe.init(site=site, sites_path=path)
			frappe.connect()
			try:
				frappe.set_user(officer)
				frappe.db.sql("select count(*) from `tabCost Allocation`")
				began.set()
				saved.wait(60)
				self.manual(invoice, budget_line=line, percent=60)
			except frappe.ValidationError as refusal:
				heard.append(str(refusal))
			finally:
				began.set()
				frappe.db.rollback()
				frappe.destroy()

		thread = Thread(target=late)
		thread.start()
		began.wait(60)
		self.manual(invoice, budget_line=line, percent=60)
		frappe.db.commit()
		saved.set()
		thread.join(60)
		self.assertEqual(len(heard), 1, "both took 120 of 200")
		self.assertIn("80,00", heard[0])

	def test_what_the_rules_and_a_claim_write_is_nobody_elses(self):
		invoice = make_invoice((self.staff.name, 50), day=today())
		(row,) = self.allocations(invoice.name)
		with acting_as(self.officer):
			draft = frappe.get_doc("Cost Allocation", row.name)
			self.assertTrue(draft.findings)
			draft.claimed_amount = draft.auditor_amount = 7
			draft.claim = "DDR-0"
			draft.worst_finding = ""
			for finding in draft.findings:
				finding.overridden = 1
			draft.flags.ignore_links = True
			draft.save()
			draft.reload()
			self.assertFalse(draft.claimed_amount or draft.auditor_amount or draft.claim)
			self.assertEqual(draft.worst_finding, "Block")
			self.assertFalse([finding for finding in draft.findings if finding.overridden])
			finding = frappe.get_doc("Cost Finding", draft.findings[0].name)
			finding.overridden = 1
			self.assertRaises(frappe.PermissionError, finding.save)
			draft.submit()
			draft.worst_finding = ""
			draft.set("findings", [])
			draft.save()
		self.assertEqual(frappe.db.get_value("Cost Allocation", row.name, "worst_finding"), "Block")
		self.assertTrue(frappe.db.count("Cost Finding", {"parent": row.name}))

	def test_a_claimed_cost_holds_its_voucher(self):
		invoice = make_invoice((self.staff.name, 40))
		(draft,) = self.allocations(invoice.name)
		frappe.get_doc("Cost Allocation", draft.name).submit()
		frappe.db.set_value("Cost Allocation", draft.name, "claimed_amount", 40)
		invoice.reload()
		with self.assertRaises(frappe.ValidationError) as refused:
			invoice.cancel()
		self.assertIn(draft.name, str(refused.exception))
		self.assertEqual(booked_by_line([self.staff.name])[self.staff.name], 40)

	def test_the_report_takes_three_queries_of_its_own_whatever_the_lines(self):
		def queries() -> int:
			with acting_as(self.officer):
				self.report()
				seen = []
				original = frappe.db.sql

				def counted(query, *args, **kwargs):
					seen.append(str(query))
					return original(query, *args, **kwargs)

				frappe.db.sql = counted
				try:
					execute({"funded_project": self.project.name})
				finally:
					frappe.db.sql = original
			return len([query for query in seen if "GL Entry" in query or "tabCost Allocation" in query])

		make_invoice((self.staff.name, 1))
		few = queries()
		for number in range(2, 8):
			make_budget_line(self.project, f"A.{number}", 10)
			make_invoice((f"{self.project.name}-A.{number}", 1))
		self.assertEqual(queries(), few)
		self.assertEqual(few, 2)

	def test_a_social_worker_sees_no_money(self):
		worker = make_user("Social Worker")
		with acting_as(worker):
			self.assertRaises(frappe.PermissionError, execute, {"funded_project": self.project.name})
			self.assertRaises(frappe.PermissionError, frappe.get_list, "Cost Allocation")
