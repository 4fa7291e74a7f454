"""The reconciliation by source, month and claim, to the cent, as the funding officer reads it."""

from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

import frappe
from frappe.utils import add_days, getdate, today

from core_minori.api import claims
from core_minori.api.reconciliation import reconciliation_workbook
from core_minori.engine.money import ZERO, money, split
from core_minori.funding.report.funding_reconciliation.funding_reconciliation import execute
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_user,
)

SOURCES = (("European Union", "50"), ("National", "33.33"), ("Own Funds", "16.67"))
EUROS = (0.03, 10.01, 33.33, 100.05, 7.77, 250.25)


def pay(invoice, amount=None):
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	entry = get_payment_entry("Purchase Invoice", invoice.name)
	entry.reference_no, entry.reference_date = frappe.generate_hash(length=8), today()
	if amount:
		entry.paid_amount = entry.received_amount = entry.references[0].allocated_amount = amount
	entry.insert(ignore_permissions=True)
	entry.submit()
	frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"contabile-{entry.name}.txt",
			"content": entry.name,
			"attached_to_doctype": "Payment Entry",
			"attached_to_name": entry.name,
			"is_private": 1,
		}
	).insert(ignore_permissions=True)


class TestFundingReconciliation(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer")

	def setUp(self):
		self.project = make_funded_project(
			sources=[{"source_type": name, "percent": percent} for name, percent in SOURCES]
		)
		self.staff = make_budget_line(self.project, "A.1", 1000)
		self.travel = make_budget_line(self.project, "B.1", 500)

	def indirect(self, **values):
		return make_budget_line(
			self.project,
			"L.1",
			105,
			**{
				"cost_method": "Flat Rate",
				"flat_rate_percent": 7,
				"flat_rate_base": "A, B",
				"partner": None,
				**values,
			},
		)

	def report(self, **filters):
		with acting_as(self.officer):
			__, rows, __, chart, __ = execute({"funded_project": self.project.name, **filters})
		self.chart = chart
		return {row["key"]: frappe._dict(row) for row in rows}

	def book(self, line, amount, confirm=True, day=None, paid=False):
		invoice = make_invoice((line.name, amount), day=day)
		if paid:
			pay(invoice)
		if confirm:
			with acting_as(self.officer):
				frappe.get_doc("Cost Allocation", {"voucher_no": invoice.name}).submit()
		return invoice

	def by_source(self, amounts):
		"""Each amount split over the sources by itself, then added up: what the agreement asks for."""
		parts = [split(money(amount), [percent for __, percent in SOURCES]) for amount in amounts]
		return {name: sum((part[place] for part in parts), ZERO) for place, (name, __) in enumerate(SOURCES)}

	def assert_same(self, rows, field, expected):
		found = {key: money(row[field]) for key, row in rows.items() if row[field]}
		self.assertEqual(found, {frappe._(key): amount for key, amount in expected.items() if amount})

	def test_each_cost_is_split_over_the_sources_by_itself(self):
		for number, amount in enumerate(EUROS):
			self.book(self.staff if number % 2 else self.travel, amount, confirm=number != 3)
		with acting_as(self.officer):
			rows = self.report(group_by="Source")
		self.assert_same(rows, "planned", self.by_source((1000, 500)))
		self.assert_same(rows, "booked", self.by_source(EUROS))
		self.assert_same(rows, "drafted", self.by_source(EUROS[3:4]))
		self.assert_same(rows, "imputed", self.by_source([*EUROS[:3], *EUROS[4:]]))
		# Split together they would come out otherwise: the test tells the two apart.
		self.assertNotEqual(self.by_source(EUROS), self.by_source([sum(map(money, EUROS))]))

	def test_the_sources_of_several_projects_are_kept_apart(self):
		other = make_funded_project(sources=[{"source_type": "National", "percent": 100}])
		line = make_budget_line(other, "A.1", 1000)
		with acting_as(self.officer):
			before = execute({"group_by": "Source"})[1]
			self.book(self.staff, 33.33)
			self.book(line, 5.55)
			after = execute({"group_by": "Source"})[1]
		gained = {
			row["key"]: money(row["imputed"])
			- money(next((one["imputed"] for one in before if one["key"] == row["key"]), 0))
			for row in after
		}
		expected = self.by_source([33.33])
		expected["National"] += money(5.55)
		self.assertEqual(
			{key: amount for key, amount in gained.items() if amount},
			{frappe._(key): amount for key, amount in expected.items()},
		)

	def test_a_project_without_sources_stands_on_none(self):
		self.project.set("sources", [])
		self.project.save(ignore_permissions=True)
		self.book(self.staff, 12.34)
		rows = self.report(group_by="Source")
		self.assertEqual(list(rows), [""])
		self.assertEqual((rows[""].imputed, rows[""].planned), (12.34, 1500))

	def test_by_month_the_amounts_stand_where_they_were_booked_and_the_plan_on_the_projects_days(self):
		start = getdate(self.project.start_date)
		self.book(self.staff, 40, day=start)
		self.book(self.staff, 2.5)
		rows = self.report(group_by="Month")
		first, now = str(start)[:7], today()[:7]
		self.assertEqual((rows[first].booked, rows[first].imputed), (40, 40))
		self.assertEqual(rows[now].imputed, 2.5)
		self.assertEqual(round(sum(row.planned for row in rows.values()), 2), 1500)
		self.assertEqual(list(rows), sorted(rows))
		datasets = {data["name"]: data["values"] for data in self.chart["data"]["datasets"]}
		self.assertEqual(self.chart["type"], "line")
		self.assertEqual(datasets[frappe._("Planned")][-1], 1500)
		self.assertEqual(datasets[frappe._("Imputed")][-1], 42.5)
		self.assertEqual(datasets[frappe._("Imputed")][0], 40)

	def test_months_outside_the_days_asked_for_are_left_out(self):
		rows = self.report(group_by="Month", from_date=today(), to_date=today())
		self.assertEqual(list(rows), [today()[:7]])

	def test_a_flat_rate_is_what_would_be_claimed_and_is_claimed(self):
		indirect = self.indirect()
		for line, amount in ((self.staff, 333.33), (self.travel, 66.67)):
			self.book(line, amount, paid=True)
		rows = self.report()
		self.assertEqual(rows[indirect.name].imputed, 28)
		self.assertEqual(rows[indirect.name].not_imputed, 0)
		self.assertEqual(sum(row.claimed for row in rows.values()), 0)

		with acting_as(self.officer):
			claim = frappe.get_doc(
				{
					"doctype": "Reimbursement Claim",
					"funded_project": self.project.name,
					"claim_type": "Interim",
					"period_from": self.project.start_date,
					"period_to": today(),
				}
			).insert()
			claims.pick_costs(claim.name)
			claims.submit_claim(claim.name)
		claim.reload()
		rows = self.report()
		self.assertEqual(rows[self.staff.name].claimed, 333.33)
		self.assertEqual(rows[indirect.name].claimed, 28)
		for group_by in ("Line", "Chapter", "Partner", "Project", "Source", "Month"):
			whole = self.report(group_by=group_by).values()
			for field in ("imputed", "claimed"):
				self.assertEqual(
					money(sum(row[field] for row in whole)), money(claim.claimed_amount), group_by
				)
		self.assert_same(
			self.report(group_by="Source"),
			"claimed",
			{row.source_type: money(row.claimed_amount) for row in claim.sources},
		)

	def test_a_flat_rate_alone_is_still_taken_of_the_whole_project(self):
		indirect = self.indirect()
		self.book(self.staff, 200)
		self.assertEqual(self.report(budget_line=indirect.name)[indirect.name].imputed, 14)
		self.assertEqual(set(self.report(chapter="L")), {indirect.name})

	def test_hours_and_partners_costs_count_as_booked_and_lead_to_their_voucher(self):
		cost = frappe.get_doc(
			{
				"doctype": "Declared Cost",
				"funded_project": self.project.name,
				"partner": self.project.partners[0].organisation,
				"declared_code": "C-1",
				"cost_type": "Document",
				"budget_line": self.travel.name,
				"supplier": "Fornitore Esempio",
				"document_type": "Invoice",
				"document_number": "12",
				"document_date": today(),
				"net_amount": 80,
				"document_total": 80,
				"amount": 80,
				"percent": 100,
				"imputed_amount": 80,
			}
		).insert(ignore_permissions=True)
		frappe.db.set_value("Declared Cost", cost.name, "amount", 80)
		self.assertEqual(self.report()[self.travel.name].booked, 80)
		with acting_as(self.officer):
			__, rows = execute({"funded_project": self.project.name, "group_by": "Voucher"})[:2]
		self.assertEqual(
			[(row.voucher_type, row.voucher_no, row.booked) for row in rows],
			[("Declared Cost", cost.name, 80)],
		)

	def test_what_was_paid_is_shown_when_asked_for(self):
		invoice = self.book(self.staff, 200)
		pay(invoice, 50)
		self.assertEqual(self.report()[self.staff.name].paid, 0)
		self.assertEqual(self.report(with_payments=1)[self.staff.name].paid, 50)
		rows = self.report(with_payments=1, group_by="Source")
		self.assert_same(rows, "paid", self.by_source([50]))

	def test_planned_is_the_budget_in_force_on_the_last_day(self):
		frappe.get_doc(
			{
				"doctype": "Budget Revision",
				"funded_project": self.project.name,
				"effective_on": today(),
				"reason": "Prova",
				"authorisation_reference": "Prot. 1",
				"authorised_on": today(),
				"transfers": [
					{
						"from_line": self.staff.name,
						"to_line": self.travel.name,
						"amount": 100,
						"reason": "Prova",
					}
				],
			}
		).insert(ignore_permissions=True).submit()
		self.assertEqual(self.report()[self.staff.name].planned, 900)
		before = self.report(to_date=add_days(today(), -1))
		self.assertEqual((before[self.staff.name].planned, before[self.travel.name].planned), (1000, 500))
		self.assertEqual(self.report(to_date=today())[self.staff.name].planned, 900)

	def test_the_workbook_holds_the_rows_of_the_screen(self):
		self.book(self.staff, 33.33)
		rows = self.report(group_by="Source")
		with acting_as(self.officer):
			reconciliation_workbook(
				frappe.as_json({"funded_project": self.project.name, "group_by": "Source"})
			)
		book = load_workbook(BytesIO(frappe.response.pop("filecontent")))
		table = list(book.worksheets[0].iter_rows(values_only=True))
		self.assertEqual({row[0] for row in table[1:-1]}, set(rows))
		place = table[0].index(frappe._("Imputed"))
		self.assertEqual(Decimal(str(table[-1][place])), Decimal("33.33"))
