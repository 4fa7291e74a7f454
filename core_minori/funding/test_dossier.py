"""Stamps, cover and dossier of a claim, as the people who may and may not have them."""

import os
import re
import zipfile
from io import BytesIO

from openpyxl import load_workbook

import frappe
from frappe.utils import add_days, getdate, today

from core_minori.api import papers
from core_minori.engine.dossier import Kind, missing
from core_minori.funding import claims, dossier
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_user,
)
from core_minori.tests.staff import make_employee, make_rate, make_timesheet

CUP = "C11G06000000001"


def make_paper(doctype: str, name: str, file_name: str, content: str | None = None):
	"""A private file on a record; its bytes are its own."""
	return frappe.get_doc(
		{
			"doctype": "File",
			"file_name": file_name,
			"attached_to_doctype": doctype,
			"attached_to_name": name,
			"is_private": 1,
			"content": content or frappe.generate_hash(length=40),
		}
	).insert(ignore_permissions=True)


def pay(invoice):
	"""Pay an invoice by one transfer; returns the Payment Entry."""
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	entry = get_payment_entry("Purchase Invoice", invoice.name)
	entry.reference_no, entry.reference_date = frappe.generate_hash(length=8), today()
	entry.insert(ignore_permissions=True)
	entry.flags.ignore_permissions = True
	entry.submit()
	return entry


def confirm(allocation: str) -> None:
	"""Confirm an imputation and override what the checks find: most of these papers are missing on purpose."""
	record = frappe.get_doc("Cost Allocation", allocation)
	record.flags.ignore_permissions = True
	record.submit()
	frappe.db.set_value("Cost Finding", {"parent": allocation}, "overridden", 1)
	frappe.db.set_value("Cost Allocation", allocation, "worst_finding", "")


def make_claim(project):
	"""A submitted claim of all that is confirmed on the project, as the session's user makes it."""
	claim = frappe.get_doc(
		{
			"doctype": "Reimbursement Claim",
			"funded_project": project.name,
			"claim_type": "Interim",
			"period_from": project.start_date,
			"period_to": today(),
		}
	).insert()
	claims.pick(claim)
	claim.save()
	claim.submit()
	return claim.reload()


class TestStaffPapers(SiteTestCase):
	def test_hours_bring_signed_sheets_and_the_assignment_letter_once(self):
		officer = make_user("Funding Officer", "Projects User")
		project = make_funded_project()
		line = make_budget_line(project, "A.1", 10000)
		employee = make_employee()
		make_rate(employee.name)
		letter = frappe.get_doc(
			{
				"doctype": "Staff Assignment",
				"employee": employee.name,
				"funded_project": project.name,
				"budget_line": line.name,
				"role_title": "Educatrice",
				"from_date": project.start_date,
				"to_date": project.end_date,
			}
		).insert(ignore_permissions=True)
		sheets = [
			make_timesheet(employee.name, (add_days(today(), -days), 9, 4, line.name), submit=True)
			for days in (40, 8)
		]
		make_paper("Staff Assignment", letter.name, "incarico.pdf")
		make_paper("Timesheet", sheets[0].name, "firmato.pdf")
		for sheet in sheets:
			for name in frappe.get_all("Cost Allocation", {"voucher_no": sheet.name}, pluck="name"):
				confirm(name)
		with acting_as(officer):
			found = dossier.dossier_of(make_claim(project).name)
		self.assertEqual(
			[[paper.kind for paper in cost.papers] for cost in found.costs],
			[[Kind.TIMESHEET, Kind.ASSIGNMENT], []],
		)
		self.assertEqual([one.position for one in missing(found.costs)], [2])


class TestDossier(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.officer = make_user("Funding Officer", "Accounts User")
		cls.bare_officer = make_user("Funding Officer")
		cls.coordinator = make_user("Case Coordinator")
		cls.partner = make_user("Network Partner")
		cls.project = make_funded_project(
			cup=CUP,
			sources=[
				{"source_type": "European Union", "percent": 50},
				{"source_type": "National", "percent": 50},
			],
		)
		cls.line = make_budget_line(cls.project, "F.1", 10000)
		cls.first, cls.second = make_invoice((cls.line.name, 100)), make_invoice((cls.line.name, 250.5))
		cls.payments = [pay(cls.first), pay(cls.second)]
		for invoice in (cls.first, cls.second):
			for name in frappe.get_all("Cost Allocation", {"voucher_no": invoice.name}, pluck="name"):
				confirm(name)
		make_paper("Purchase Invoice", cls.first.name, "Fattura di Zqnome Xwcognome.PDF")
		make_paper("Payment Entry", cls.payments[0].name, "contabile.pdf")
		with acting_as(cls.officer):
			cls.claim = make_claim(cls.project)

	def stamp_rule(self, text: str) -> None:
		programme = frappe.get_doc("Funding Programme", self.project.programme)
		programme.rules = [row for row in programme.rules if row.check_code != "stamp-text"]
		programme.append(
			"rules", {"check_code": "stamp-text", "severity": "Inform", "text_value": text, "source": "Prova"}
		)
		programme.save(ignore_permissions=True)

	def archive(self, user: str) -> zipfile.ZipFile:
		with acting_as(user):
			papers.dossier(self.claim.name)
		return zipfile.ZipFile(BytesIO(frappe.response["filecontent"]))

	def test_the_archive_holds_the_papers_in_the_list_s_order(self):
		archive = self.archive(self.officer)
		self.assertIsNone(archive.testzip())
		names = archive.namelist()
		row = next(row for row in self.claim.costs if row.document_number == self.first.bill_no)
		self.assertEqual(
			[name.split("_")[0] for name in names if not name.startswith("000_")], [f"{row.position:03d}"] * 2
		)
		self.assertTrue(all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in names))
		self.assertFalse(any("Zqnome" in name for name in names))
		self.assertEqual(
			len([name for name in names if name.endswith(".pdf") and name.startswith("000_")]), 2
		)

	def test_the_index_lists_costs_stamps_and_what_is_missing(self):
		self.stamp_rule("=FAMI {prog} {cup} EUR {amount} {line} DdR {claim}")
		archive = self.archive(self.officer)
		(name,) = (name for name in archive.namelist() if name.endswith(".xlsx"))
		index, lacking = load_workbook(BytesIO(archive.read(name))).worksheets
		self.assertEqual(index.max_row, 3)
		stamps = {index.cell(row, 10).value for row in (2, 3)}
		self.assertIn(f"=FAMI {self.project.name} {CUP} EUR 250,50 F.1 DdR {self.claim.claim_number}", stamps)
		self.assertTrue(all(cell.data_type != "f" for row in index.iter_rows() for cell in row))
		self.assertEqual(lacking.max_row, 3)  # the second invoice has neither document nor proof
		self.assertEqual({lacking.cell(row, 3).value for row in (2, 3)}, {self.second.bill_no})

	def test_who_may_not_open_the_vouchers_gets_no_papers_and_is_told(self):
		for user in (self.bare_officer, self.coordinator):
			names = self.archive(user).namelist()
			self.assertTrue(all(name.startswith("000_") for name in names), names)

	def test_who_may_not_read_the_claim_gets_nothing(self):
		for user in (self.partner, "Guest"):
			for function in (papers.dossier, papers.request_dossier):
				with acting_as(user), self.assertRaises(frappe.PermissionError):
					function(self.claim.name)
			for function in (dossier.stamps_of_claim, dossier.cover_of_claim):
				with acting_as(user), self.assertRaises(frappe.PermissionError):
					function(self.claim.name)
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				dossier.stamps_of_voucher("Purchase Invoice", self.first.name)

	def test_a_draft_has_no_dossier(self):
		with acting_as(self.officer):
			draft = frappe.get_doc(
				{
					"doctype": "Reimbursement Claim",
					"funded_project": self.project.name,
					"claim_type": "Interim",
					"period_from": self.project.start_date,
					"period_to": today(),
				}
			).insert()
			with self.assertRaises(frappe.ValidationError):
				papers.dossier(draft.name)

	def test_a_file_that_leads_out_of_the_folder_is_no_paper(self):
		file = make_paper("Purchase Invoice", self.second.name, "x.pdf")
		url = file.file_url
		file.db_set("file_url", "/private/files/../../site_config.json")
		self.assertFalse(any("json" in name for name in self.archive(self.officer).namelist()))
		with acting_as(self.officer):
			found = dossier.dossier_of(self.claim.name)
		self.assertFalse([path for path in found.files if "site_config" in path])
		file.db_set("file_url", url)
		file.delete(ignore_permissions=True)

	def test_a_large_one_is_made_by_a_worker_and_left_on_the_claim(self):
		before, dossier.MOST_COSTS_AT_ONCE = dossier.MOST_COSTS_AT_ONCE, 1
		try:
			with acting_as(self.officer):
				with self.assertRaises(frappe.ValidationError):
					papers.dossier(self.claim.name)
				answer = papers.request_dossier(self.claim.name)
				self.assertFalse(answer["ready"])
				file = frappe.get_doc("File", dossier.attach(self.claim.name))
		finally:
			dossier.MOST_COSTS_AT_ONCE = before
		self.assertEqual((file.is_private, file.attached_to_name), (1, self.claim.name))
		stored = os.listdir(frappe.get_site_path("private", "files"))
		self.assertEqual([name for name in stored if name.startswith(file.file_name[:20])], [file.file_name])
		self.assertFalse([name for name in stored if name.startswith("dossier-")])
		with zipfile.ZipFile(file.get_full_path()) as archive:
			self.assertEqual(sorted(archive.namelist()), sorted(self.archive(self.officer).namelist()))
		with acting_as(self.coordinator):
			self.assertTrue(frappe.has_permission("File", "read", doc=file))
		with acting_as(self.partner):
			self.assertFalse(frappe.has_permission("File", "read", doc=file))
		file.delete(ignore_permissions=True)
		self.assertFalse(os.path.exists(file.get_full_path()))

	def test_the_stamp_is_the_programme_s_text(self):
		self.stamp_rule("{period}|{prog}|{title}|{cup}|{amount}|{line}|{claim}")
		with acting_as(self.officer):
			texts = {row["text"] for row in dossier.stamps_of_claim(self.claim.name)}
			(on_invoice,) = dossier.stamps_of_voucher("Purchase Invoice", self.first.name)
		expected = (
			f"2021-2027|{self.project.name}|{self.project.title}|{CUP}|100,00|F.1|{self.claim.claim_number}"
		)
		self.assertIn(expected, texts)
		self.assertEqual(on_invoice["text"], expected)

	def test_a_stamp_text_with_an_unknown_gap_is_refused(self):
		with self.assertRaisesRegex(frappe.ValidationError, r"\{minor\}"):
			self.stamp_rule("Spesa di {minor}")

	def test_the_cover_adds_up(self):
		with acting_as(self.coordinator):
			cover = dossier.cover_of_claim(self.claim.name)
		for part in ("chapters", "partners", "sources"):
			self.assertEqual(sum(row[-1][0] for row in cover[part]), cover["totals"][0], part)
		self.assertEqual(cover["project"]["cup"], CUP)

	def test_the_prints_say_it_in_italian(self):
		self.stamp_rule("FAMI {prog} EUR {amount}")
		with acting_as(self.officer):
			for doctype, name, print_format, word in (
				("Reimbursement Claim", self.claim.name, "Claim Cover", "Per capitolo"),
				("Reimbursement Claim", self.claim.name, "Stamp Sheet", "EUR 250,50"),
				("Purchase Invoice", self.first.name, "Funding Stamp", "EUR 100,00"),
			):
				with self.subTest(print_format):
					html = frappe.get_print(doctype, name, print_format=print_format)
					self.assertIn(f"FAMI {self.project.name}" if "Stamp" in print_format else CUP, html)
					if word.startswith("EUR"):
						self.assertIn(word, html)

	def test_the_document_s_day_is_kept(self):
		with acting_as(self.officer):
			days = {row["day"] for row in dossier.stamps_of_claim(self.claim.name)}
		self.assertEqual(days, {getdate(today())})
