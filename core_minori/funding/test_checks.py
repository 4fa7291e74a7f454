"""Findings on a cost as the people who meet them: refused, overridden with reason and paper, judged again."""

from collections.abc import Callable
from unittest.mock import patch

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe.model.document import Document
from frappe.utils import add_days, flt, today

from core_minori.api.funding import check_again, override_finding
from core_minori.engine.eligibility import AWAITED, DEFAULTS, NEVER_OVERRIDDEN, check_cost
from core_minori.funding.checks import recheck
from core_minori.funding.facts import facts_of
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	company,
	expense_account,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_organisation,
	make_user,
	unique,
)

CUP = "G61H25000270006"
CHAPTERS = "ADEFGL"
# Value, unit and base of the rules that need them.
PARAMETERS = {
	"programme-window": ("2029-12-31", "Date", ""),
	"cash-cap": ("50", "EUR", ""),
	"procurement-threshold": ("140000", "EUR", "Services and supplies"),
	"procurement-quotes": ("50", "EUR", "3 quotes"),
	"equipment-depreciation": ("60", "Number", "E"),
	"subcontracting-cap": ("1", "%", "F"),
	"indirect-cap": ("7", "%", ""),
	"auditor-fee": ("10", "EUR", "G"),
	"auditor-independence": ("", "", "G"),
	"staff-evidence": ("", "", "A"),
}
# These never stand against a draft: the cost is refused on saving, or the document was changed after it was confirmed.
AFTERWARDS = {"booked-amount", "double-funding"}


class MoneyTestCase(SiteTestCase):
	"""A programme of its own, whose rules only inform, and a project with a line in every chapter."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer", "Accounts User", "Accounts Manager")
		cls.coordinator = make_user("Case Coordinator")
		cls.programme = frappe.get_doc(
			{
				"doctype": "Funding Programme",
				"programme_name": unique("Programma Esempio"),
				"period_start": "2021-01-01",
				"period_end": "2029-12-31",
				"chapters": [
					{"chapter_code": code, "title": code, "is_direct": code != "L"} for code in CHAPTERS
				],
				"rules": [
					{
						"check_code": code,
						"severity": "Inform",
						"source": f"Source of {code}",
						**dict(
							zip(("value", "unit", "base"), PARAMETERS.get(code, ("", "", "")), strict=True)
						),
					}
					for code in DEFAULTS
				],
			}
		).insert(ignore_permissions=True)

	def setUp(self):
		self.project = make_funded_project(programme=self.programme.name)
		self.lines = {
			code: make_budget_line(self.project, f"{code}.1", 10000 if code == "D" else 1000)
			for code in CHAPTERS
		}

	def only(self, code: str) -> None:
		"""Of all rules this one blocks."""
		for row in self.programme.rules:
			row.severity = "Block" if row.check_code == code else "Inform"
		self.programme.save(ignore_permissions=True)

	def tagged(self, chapter: str = "D", amount: float = 100, **values) -> str:
		"""The draft of an invoice on the line of that chapter; `values` are written on the invoice as it stands."""
		self.invoice = make_invoice((self.lines[chapter].name, amount))
		if values:
			frappe.db.set_value("Purchase Invoice", self.invoice.name, values)
		return frappe.db.get_value("Cost Allocation", {"voucher_no": self.invoice.name})

	def manual(self, invoice: Document, chapter: str = "D", **values) -> str:
		with acting_as(self.officer):
			return (
				frappe.get_doc(
					{
						"doctype": "Cost Allocation",
						"company": company(),
						"voucher_type": "Purchase Invoice",
						"voucher_no": invoice.name,
						"account": expense_account(),
						"budget_line": self.lines[chapter].name,
						"percent": 100,
						**values,
					}
				)
				.insert()
				.name
			)

	def pay(self, account_type: str = "Bank", day: str | None = None) -> Document:
		"""Pay the last invoice in full from an account of that type."""
		payment = get_payment_entry("Purchase Invoice", self.invoice.name)
		payment.paid_from = frappe.db.get_value(
			"Account", {"company": company(), "account_type": account_type, "is_group": 0}
		)
		payment.posting_date = day or today()
		payment.reference_no, payment.reference_date = "CRO 1", today()
		payment.insert(ignore_permissions=True)
		payment.submit()
		return payment

	def paper(self, allocation: str | None = None, user: str | None = None, private: int = 1) -> str:
		"""A letter of the authority, uploaded by `user`; returns its address."""
		with acting_as(user or self.officer):
			return (
				frappe.get_doc(
					{
						"doctype": "File",
						"file_name": f"nota-{frappe.generate_hash(length=6)}.txt",
						"content": frappe.generate_hash(),
						"is_private": private,
						"attached_to_doctype": "Cost Allocation" if allocation else None,
						"attached_to_name": allocation,
					}
				)
				.insert()
				.file_url
			)

	def findings(self, allocation: str, code: str) -> list[frappe._dict]:
		return frappe.get_all("Cost Finding", {"parent": allocation, "check_code": code}, ["*"])


class TestEveryCheck(MoneyTestCase):
	"""For each check: found with its source, refused on confirming, overridden over the API, and still so afterwards."""

	def cases(self) -> dict[str, Callable[[], str]]:
		"""Check -> makes an allocation that it blocks."""
		return {
			"project-window": lambda: self.manual(
				make_invoice((None, 100), day=add_days(self.project.start_date, -1))
			),
			"programme-window": self.outside_the_programme,
			"line-open": self.on_a_closed_line,
			"line-budget": lambda: self.manual(make_invoice((None, 1000.01)), "A"),
			"chapter-budget": lambda: self.tagged("A", 1000.01),
			"partner-budget": lambda: self.tagged("D", 15000.01),
			"payment-date": lambda: self.paid(posting_date=add_days(today(), -1)),
			"payment-proof": self.tagged,
			"booked-amount": self.changed_in_the_books,
			"traceable-payment": lambda: self.paid(),
			"cash-cap": lambda: self.paid("Cash"),
			"cash-any": lambda: self.paid("Cash"),
			"cup-on-document": self.tagged,
			"cup-on-invoice": self.tagged,
			"public-invoice-codes": self.tagged,
			"procurement-threshold": lambda: self.tagged(
				fami_procurement_record=self.record(150000, "Direct Award")
			),
			"procurement-quotes": self.tagged,
			"vat-eligible": lambda: self.tagged(base_net_total=82, base_total_taxes_and_charges=18),
			"equipment-depreciation": lambda: self.tagged("E"),
			"subcontracting-cap": lambda: self.tagged("F", 200),
			"indirect-cap": lambda: self.tagged("L", 100),
			"auditor-fee": lambda: self.tagged("G"),
			"auditor-independence": lambda: self.tagged("G"),
			"duplicate-document": self.twice,
			"staff-evidence": lambda: self.tagged("A"),
			"timesheet-signed": self.hours,
			"hourly-rate": self.hours_at_another_rate,
		}

	def test_there_is_a_case_for_every_check(self):
		self.assertEqual(set(self.cases()) | NEVER_OVERRIDDEN, set(DEFAULTS))

	def test_each_is_found_refused_and_overridden(self):
		for code, make in self.cases().items():
			with self.subTest(code):
				self.only(code)
				self.setUp_project(code)
				allocation = make()
				counted = recheck([allocation])
				self.assertEqual(counted, {"Block": 1})
				rows = self.findings(allocation, code)
				self.assertEqual(
					{(row.severity, row.source) for row in rows}, {("Block", f"Source of {code}")}
				)
				self.assertTrue(all(row.message and row.remedy for row in rows))
				if code not in AFTERWARDS | AWAITED:
					self.refuses(allocation, rows[0])
				with acting_as(self.officer):
					override_finding(allocation, code, "Nota dell'Autorità n. 7", self.paper(allocation))
				recheck([allocation])
				after = self.findings(allocation, code)
				self.assertEqual({row.overridden_by for row in after}, {self.officer})
				self.assertTrue(all(row.overridden and row.overridden_on for row in after))
				self.assertNotEqual(
					frappe.db.get_value("Cost Allocation", allocation, "worst_finding"), "Block"
				)
				if code not in AFTERWARDS:
					with acting_as(self.officer):
						frappe.get_doc("Cost Allocation", allocation).submit()

	def refuses(self, allocation: str, row: frappe._dict) -> None:
		"""Confirming is refused with rule, source, value found, value allowed and the way out."""
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError) as refused:
			frappe.get_doc("Cost Allocation", allocation).submit()
		text = str(refused.exception)
		for part in (row.check_code, row.source, row.value_found, row.value_allowed):
			self.assertIn(frappe.utils.escape_html(part or ""), text)

	def setUp_project(self, code: str) -> None:
		public = code in ("public-invoice-codes", "procurement-threshold")
		organisation = make_organisation().name
		self.project = make_funded_project(
			programme=self.programme.name,
			cup=CUP,
			vat_recoverable_percent=100,
			partners=[
				{
					"organisation": organisation,
					"role": "Lead",
					"budget_share": 15000,
					"is_public_body": public,
				}
			],
		)
		self.lines = {
			letter: make_budget_line(self.project, f"{letter}.1", 10000 if letter == "D" else 1000)
			for letter in CHAPTERS
		}

	def paid(self, account_type: str = "Bank", **values) -> str:
		allocation = self.tagged()
		payment = self.pay(account_type)
		if values:
			frappe.db.set_value("Payment Entry", payment.name, values)
		return allocation

	def outside_the_programme(self) -> str:
		row = next(row for row in self.programme.rules if row.check_code == "programme-window")
		row.value = str(add_days(today(), -1))
		self.programme.save(ignore_permissions=True)
		try:
			return self.tagged()
		finally:
			self.addCleanup(self.programme.reload)

	def on_a_closed_line(self) -> str:
		allocation = self.tagged()
		frappe.db.set_value("FAMI Budget Line", self.lines["D"].name, "disabled", 1)
		return allocation

	def changed_in_the_books(self) -> str:
		allocation = self.tagged()
		frappe.get_doc("Cost Allocation", allocation).submit()
		frappe.db.set_value(
			"GL Entry", {"voucher_no": self.invoice.name, "fami_budget_line": ["is", "set"]}, "debit", 90
		)
		return allocation

	def record(self, value: float, procedure: str) -> str:
		"""A record whose value grew after it was saved: saving it would be refused by the same rule."""
		record = frappe.get_doc(
			{
				"doctype": "Procurement Record",
				"funded_project": self.project.name,
				"title": "Servizio",
				"procedure": procedure,
				"contract_type": "Services",
				"estimated_value": 1000,
				"cig_exemption": "Prova",
			}
		).insert(ignore_permissions=True)
		record.db_set("estimated_value", value)
		return record.name

	def twice(self) -> str:
		number = f"01{frappe.utils.random_string(9)}"
		first = self.tagged()
		supplier = self.invoice.supplier
		frappe.db.set_value("Supplier", supplier, "tax_id", number)
		frappe.db.set_value("Purchase Invoice", self.invoice.name, "bill_no", "7/A")
		frappe.get_doc("Cost Allocation", first).reload()
		return self.tagged(bill_no="7-a", supplier=supplier)

	def hours(self) -> str:
		self.cost = frappe.get_doc(
			{
				"doctype": "Declared Cost",
				"funded_project": self.project.name,
				"partner": self.project.partners[0].organisation,
				"declared_code": unique("C"),
				"cost_type": "Staff",
				"budget_line": self.lines["A"].name,
				"supplier": "Educatrice Esempio",
				"document_type": "Timesheet",
				"document_number": "03/2025",
				"document_date": today(),
				"quantity": 10,
				"unit_cost": 20,
				"amount": 200,
			}
		).insert(ignore_permissions=True)
		return frappe.db.get_value("Cost Allocation", {"voucher_no": self.cost.name})

	def hours_at_another_rate(self) -> str:
		allocation = self.hours()
		frappe.db.set_value("Declared Cost", self.cost.name, "unit_cost", 21)
		return allocation


class TestOverride(MoneyTestCase):
	def setUp(self):
		super().setUp()
		self.only("chapter-budget")
		self.allocation = self.tagged("A", 1500)

	def test_the_coordinator_may_with_a_paper_of_their_own_and_nothing_else_of_the_record(self):
		with acting_as(self.coordinator):
			paper = self.paper(user=self.coordinator)
			override_finding(self.allocation, "chapter-budget", "Delibera 3", paper)
			allocation = frappe.get_doc("Cost Allocation", self.allocation)
			allocation.remarks = "..."
			self.assertRaises(frappe.PermissionError, allocation.save)
			self.assertRaises(frappe.PermissionError, allocation.submit)
			self.assertRaises(frappe.PermissionError, check_again, [self.allocation])
		(row,) = self.findings(self.allocation, "chapter-budget")
		self.assertEqual((row.overridden_by, row.override_reason), (self.coordinator, "Delibera 3"))
		self.assertTrue(
			frappe.db.exists(
				"File",
				{
					"file_url": row.override_document,
					"attached_to_name": self.allocation,
					"is_private": 1,
				},
			)
		)
		comments = frappe.get_all("Comment", {"reference_name": self.allocation}, ["content", "owner"])
		self.assertTrue(
			any("Delibera 3" in comment.content and comment.owner == self.coordinator for comment in comments)
		)

	def test_nobody_else_may(self):
		for role in ("Accounts User", "Accounts Manager", "Protection Unit Manager", "Social Worker"):
			user = make_user(role)
			paper = self.paper(self.allocation)
			with acting_as(user), self.subTest(role):
				self.assertRaises(
					frappe.PermissionError,
					override_finding,
					self.allocation,
					"chapter-budget",
					"Perché sì",
					paper,
				)

	def test_reason_and_paper_are_asked_for(self):
		elsewhere = self.tagged("D")
		refused = {
			"no reason": (" ", self.paper(self.allocation)),
			"no paper": ("Perché sì", ""),
			"a paper that is not there": ("Perché sì", "/private/files/niente.pdf"),
			"a public paper": ("Perché sì", self.paper(self.allocation, private=0)),
			"the paper of another cost": ("Perché sì", self.paper(elsewhere)),
			"a paper of somebody else's": ("Perché sì", self.paper(user=self.coordinator)),
		}
		for what, (reason, paper) in refused.items():
			with acting_as(self.officer), self.subTest(what):
				self.assertRaises(
					frappe.ValidationError,
					override_finding,
					self.allocation,
					"chapter-budget",
					reason,
					paper,
				)
		self.assertFalse(self.findings(self.allocation, "chapter-budget")[0].overridden)

	def test_the_file_of_a_protected_record_is_no_paper(self):
		from core_minori.tests.builders import make_case

		with acting_as(self.coordinator):
			case = make_case()
			file = frappe.get_doc(
				{
					"doctype": "File",
					"file_name": "verbale.txt",
					"content": "riservato",
					"is_private": 1,
					"attached_to_doctype": "Case File",
					"attached_to_name": case.name,
				}
			).insert()
		with acting_as(self.officer):
			for document in (file.name, file.file_url):
				with self.assertRaises(frappe.ValidationError):
					override_finding(self.allocation, "chapter-budget", "Perché sì", document)
			with self.assertRaises(frappe.PermissionError):
				frappe.get_doc(
					{
						"doctype": "File",
						"file_url": file.file_url,
						"is_private": 1,
						"attached_to_doctype": "Cost Allocation",
						"attached_to_name": self.allocation,
					}
				).insert()
		self.assertEqual(frappe.db.get_value("File", file.name, "attached_to_name"), case.name)

	def test_no_paper_overrides_the_whole_of_a_cost(self):
		with acting_as(self.officer):
			self.assertRaises(
				frappe.ValidationError,
				override_finding,
				self.allocation,
				"double-funding",
				"Perché sì",
				self.paper(self.allocation),
			)

	def test_an_override_goes_when_the_value_found_is_another(self):
		with acting_as(self.officer):
			override_finding(self.allocation, "chapter-budget", "Nota 7", self.paper(self.allocation))
			allocation = frappe.get_doc("Cost Allocation", self.allocation)
			allocation.remarks = "Vista la nota 7"
			allocation.save()
			self.assertEqual(
				[row.overridden for row in allocation.findings if row.check_code == "chapter-budget"], [1]
			)
			allocation.percent = 80
			allocation.save()
			self.assertEqual(
				[row.overridden for row in allocation.findings if row.check_code == "chapter-budget"], [0]
			)
			self.assertEqual(allocation.worst_finding, "Block")


class TestRecheck(MoneyTestCase):
	def test_a_payment_and_its_paper_close_the_finding(self):
		self.only("payment-proof")
		allocation = self.tagged()
		self.assertEqual(
			flt(self.findings(allocation, "payment-proof")[0].value_allowed.replace(",", ".")), 100
		)
		with acting_as(self.officer):
			frappe.get_doc("Cost Allocation", allocation).submit()
		payment = self.pay()
		(row,) = self.findings(allocation, "payment-proof")
		self.assertNotIn("100,00", row.value_found or "", "the payment itself is known at once")
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": "contabile.txt",
				"content": frappe.generate_hash(),
				"is_private": 1,
				"attached_to_doctype": "Payment Entry",
				"attached_to_name": payment.name,
			}
		).insert(ignore_permissions=True)
		with acting_as(self.officer):
			self.assertEqual(check_again([allocation]).get("Block"), None)
		self.assertEqual(self.findings(allocation, "payment-proof"), [])
		payment.reload()
		payment.cancel()
		self.assertTrue(self.findings(allocation, "payment-proof"))

	def test_judging_five_or_fifty_takes_the_same_queries(self):
		def queries(names: list[str]) -> int:
			seen = []
			original = frappe.db.sql

			def counted(query, *args, **kwargs):
				seen.append(str(query))
				return original(query, *args, **kwargs)

			frappe.db.sql = counted
			try:
				facts = facts_of(names)
				self.assertEqual(len(facts), len(names))
				recheck(names)
			finally:
				frappe.db.sql = original
			return len(seen)

		invoice = make_invoice((None, 1000))
		self.invoice = invoice
		self.pay()
		names = [self.manual(invoice, imputed_amount=10, percent=0) for __ in range(50)]
		recheck(names)  # every line of cache is warm
		few, many = queries(names[:5]), queries(names)
		self.assertEqual(few, many)
		self.assertLess(many, 80)

	def test_many_are_checked_in_the_background_in_steps_that_the_officer_sees(self):
		self.only("cup-on-document")
		invoice = make_invoice((None, 100))
		names = [self.manual(invoice, imputed_amount=10, percent=0) for __ in range(5)]
		frappe.db.set_value("Funded Project", self.project.name, "cup", CUP)
		with (
			acting_as(self.officer),
			patch("core_minori.api.funding.MOST_AT_ONCE", 4),
			patch("frappe.enqueue") as queued,
		):
			self.assertEqual(check_again(names), {"queued": True})
		job = queued.call_args
		self.assertEqual(job.kwargs["names"], sorted(names))
		with patch("frappe.db.commit") as saved, patch("frappe.publish_realtime") as told:
			job.args[0](job.kwargs["names"], job.kwargs["user"], step=2)
		self.assertEqual(saved.call_count, 3)
		steps = [call.args[1]["percent"] for call in told.call_args_list if call.args[0] == "progress"]
		self.assertEqual(steps, [40, 80, 100])
		self.assertEqual(told.call_args.args, ("core_minori_costs_checked", {"Block": 5}))
		self.assertEqual({call.kwargs["user"] for call in told.call_args_list}, {self.officer})

	def test_facts_name_payment_account_and_papers(self):
		allocation = self.tagged(fami_cup=CUP, fami_sdi_id="9001")
		payment = self.pay()
		bank = frappe.get_doc({"doctype": "Bank", "bank_name": unique("Banca Esempio")}).insert(
			ignore_permissions=True
		)
		frappe.get_doc(
			{
				"doctype": "Bank Account",
				"account_name": unique("Conto"),
				"bank": bank.name,
				"account": payment.paid_from,
				"is_company_account": 1,
				"company": company(),
				"fami_dedicated": 1,
			}
		).insert(ignore_permissions=True)
		(cost,) = facts_of([allocation]).values()
		self.assertEqual((cost.cup, cost.sdi_id, cost.document_type), (CUP, "9001", "Invoice"))
		(paid,) = cost.payments
		self.assertEqual(
			(str(paid.paid_on), float(paid.amount), paid.method, paid.reference, paid.dedicated),
			(today(), 100.0, "Bank Transfer", "CRO 1", True),
		)

	def test_a_journal_entry_from_the_cash_box_is_paid_in_cash_on_its_day(self):
		cash = frappe.db.get_value("Account", {"company": company(), "account_type": "Cash", "is_group": 0})
		entry = frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"company": company(),
				"posting_date": today(),
				"accounts": [
					{
						"account": expense_account(),
						"debit_in_account_currency": 60,
						"fami_budget_line": self.lines["D"].name,
					},
					{"account": cash, "credit_in_account_currency": 60},
				],
			}
		).insert(ignore_permissions=True)
		entry.submit()
		allocation = frappe.db.get_value("Cost Allocation", {"voucher_no": entry.name})
		(paid,) = facts_of([allocation])[allocation].payments
		self.assertEqual((str(paid.paid_on), float(paid.amount), paid.method), (today(), 60.0, "Cash"))

	def test_an_invoice_paid_by_a_journal_entry(self):
		allocation = self.tagged()
		bank = frappe.db.get_value("Account", {"company": company(), "account_type": "Bank", "is_group": 0})
		entry = frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"voucher_type": "Bank Entry",
				"cheque_no": "CRO 9",
				"cheque_date": today(),
				"company": company(),
				"posting_date": today(),
				"accounts": [
					{
						"account": self.invoice.credit_to,
						"party_type": "Supplier",
						"party": self.invoice.supplier,
						"debit_in_account_currency": 40,
						"reference_type": "Purchase Invoice",
						"reference_name": self.invoice.name,
					},
					{"account": bank, "credit_in_account_currency": 40},
				],
			}
		).insert(ignore_permissions=True)
		entry.submit()
		(cost,) = facts_of([allocation]).values()
		(paid,) = cost.payments
		self.assertEqual(
			(float(paid.amount), paid.method, paid.reference, paid.account),
			(40.0, "Bank Transfer", "CRO 9", bank),
		)
		self.assertIn("payment-proof", [finding.rule for finding in check_cost(cost, [])])
