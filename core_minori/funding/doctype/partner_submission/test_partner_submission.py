"""A partner's costs on a site: found at the cell, imported once, changed only where the partner changed them."""

import importlib.util
import io
import sys
import zipfile
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

from openpyxl import load_workbook

import frappe
from frappe.utils import add_days, getdate, today

from core_minori.api import partners as api
from core_minori.engine import partner_workbook
from core_minori.funding import partner_submissions
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_budget_line,
	make_funded_project,
	make_organisation,
	make_user,
)

CUP = "I61E20000000007"


def planted():
	"""The builder of the offline tests, from this checkout."""
	path = Path(frappe.get_app_path("core_minori")).parent / "tests" / "offline" / "planted_partner.py"
	spec = importlib.util.spec_from_file_location("planted_partner", path)
	module = importlib.util.module_from_spec(spec)
	sys.modules["planted_partner"] = module  # dataclasses look their module up
	spec.loader.exec_module(module)
	return module


class PartnerCase(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.planted = planted()
		cls.officer = make_user("Funding Officer")

	def setUp(self):
		super().setUp()
		# A project of its own for each test: the tests of this class share one transaction.
		self.lead, self.partner = make_organisation().name, make_organisation().name
		self.project = make_funded_project(
			start_date=add_days(today(), -400),
			end_date=add_days(today(), 300),
			cup=CUP,
			partners=[
				{"organisation": self.lead, "role": "Lead", "budget_share": 10000},
				{"organisation": self.partner, "role": "Partner", "budget_share": 1000000},
			],
		)
		for code, title, chapter, method, unit, unit_cost, planned in self.planted.LINES:
			make_budget_line(
				self.project,
				code,
				float(planned),
				title=title,
				chapter=chapter,
				cost_method=method,
				unit=unit,
				partner=self.partner,
				unit_cost=float(unit_cost or 0),
				flat_rate_percent=7 if method == "Flat Rate" else 0,
			)

	def reference(self) -> partner_workbook.PartnerReference:
		with acting_as(self.officer):
			return partner_submissions.reference(self.project.name, self.partner)

	def rows(self, count: int = 12) -> list[dict]:
		rows = self.planted.rows(self.reference(), getdate(), count)
		# Papers of their own: the tests share one transaction, and a paper is imputed once over all projects.
		for row in rows:
			if row.get("document_number"):
				row["document_number"] += f" {self.project.name}"
		return rows

	def data(self, rows: list[dict] | None = None) -> bytes:
		return partner_workbook.workbook(self.reference(), self.rows() if rows is None else rows)

	def record(self, data: bytes, archive: bytes = b"", user: str = ""):
		with acting_as(user or self.officer):
			values = {"funded_project": self.project.name, "partner": self.partner}
			for field, content, ending in (("workbook", data, "xlsx"), ("documents", archive, "zip")):
				if content:
					file = frappe.get_doc(
						{
							"doctype": "File",
							"file_name": f"{frappe.generate_hash(length=8)}.{ending}",
							"content": content,
							"is_private": 1,
						}
					).insert()
					values[field] = file.file_url
			return frappe.get_doc({"doctype": "Partner Submission", **values}).insert()

	def run_it(self, data: bytes, archive: bytes = b"", write: bool = True):
		record = self.record(data, archive)
		with acting_as(self.officer):
			partner_submissions.run(record.name, write)
		return frappe.get_doc("Partner Submission", record.name)

	def process(self, data: bytes, archive: bytes = b"", write: bool = True):
		record = self.record(data)
		with acting_as(self.officer):
			return partner_submissions.process(record, data, archive, write)

	def zipped(self, *names: str, **contents: bytes) -> bytes:
		stream = io.BytesIO()
		with zipfile.ZipFile(stream, "w") as archive:
			for name in names:
				archive.writestr(name, f"documento {name} {self.project.name}".encode())
			for name, content in contents.items():
				archive.writestr(name.replace("__", "."), content)
		return stream.getvalue()

	def cost(self, code: str):
		return frappe.get_doc(
			"Declared Cost",
			{"funded_project": self.project.name, "partner": self.partner, "declared_code": code},
		)

	def allocation(self, code: str):
		return frappe.get_doc(
			"Cost Allocation",
			{"voucher_type": "Declared Cost", "voucher_no": self.cost(code).name, "docstatus": ["<", 2]},
		)

	def counts(self) -> tuple[int, int, Decimal]:
		"""Declared costs of the project, their allocations that count, and the euro these impute."""
		costs = frappe.get_all("Declared Cost", {"funded_project": self.project.name}, pluck="name")
		imputed = frappe.get_all(
			"Cost Allocation",
			{"funded_project": self.project.name, "docstatus": ["<", 2]},
			pluck="imputed_amount",
		)
		return len(costs), len(imputed), sum((Decimal(str(round(x, 2))) for x in imputed), Decimal(0))

	def found(self, outcome) -> list[tuple[str, str]]:
		return sorted((problem.sheet, problem.cell) for problem in outcome.problems + outcome.warnings)

	def words(self, outcome) -> list[tuple[str, str]]:
		return [(problem.cell, problem.message.render()) for problem in outcome.problems]


class TestPartnerSubmission(PartnerCase):
	def test_40_planted_errors_then_mended_then_three_rows_changed(self):
		"""The whole way of 1,000 rows: the same 40 cells offline and here, then one import, then three changes."""
		planted = self.planted
		papers = self.zipped(*planted.papers())
		errors = planted.planted_workbook(self.reference(), getdate())
		offline = partner_workbook.read(errors.data, getdate())
		expected = sorted(errors.expected.values())
		self.assertEqual(len(expected), 40)
		self.assertEqual(
			sorted((problem.sheet, problem.cell) for problem in offline.problems + offline.warnings), expected
		)
		here = self.process(errors.data, papers)
		self.assertEqual(self.found(here), expected)
		told = {(p.cell, p.message.render()) for p in offline.problems + offline.warnings}
		self.assertEqual({(p.cell, p.message.render()) for p in here.problems + here.warnings}, told)
		self.assertFalse(here.imported)
		self.assertEqual(self.counts()[:2], (0, 0))

		good = planted.rows(self.reference(), getdate())
		first = self.process(self.data(good))
		self.assertEqual(self.words(first), [])
		self.assertEqual((len(first.new), len(first.changed), first.unchanged), (1000, 0, 0))
		imputed = sum(
			(partner_workbook.canonical(row)["imputed_amount"] for row in good),
			Decimal(0),
		)
		self.assertEqual(self.counts(), (1000, 1000, imputed))

		before = dict(
			frappe.get_all("Declared Cost", {"partner": self.partner}, ["name", "modified"], as_list=True)
		)
		good[10] |= {"description": "Un altro testo"}
		good[11] |= {"budget_line": "B.1" if good[11]["budget_line"] != "B.1" else "H.1"}
		good[19] |= {
			"quantity": good[19]["quantity"] + 2,
			"amount": good[19]["amount"] + 45,
			"paid_amount": None,
		}
		changed = [good[place]["declared_code"] for place in (10, 11, 19)]
		second = self.process(self.data(good))
		self.assertEqual(self.words(second), [])
		self.assertEqual((len(second.new), second.unchanged), (0, 997))
		self.assertEqual([change.row.code for change in second.changed], changed)
		after = dict(
			frappe.get_all("Declared Cost", {"partner": self.partner}, ["name", "modified"], as_list=True)
		)
		touched = {name for name in after if after[name] != before.get(name)}
		self.assertEqual(touched, {self.cost(code).name for code in changed})
		self.assertEqual(self.counts(), (1000, 1000, imputed + 45))
		print(
			f"\npartner workbook: {first.reading.row_count} rows; planted {len(expected)},"
			f" found offline {len(offline.problems) + len(offline.warnings)},"
			f" by the import {len(here.problems) + len(here.warnings)} at the same cells;"
			f" imported {len(first.new)}, resubmission: new {len(second.new)}, changed {len(second.changed)},"
			f" unchanged {second.unchanged}"
		)

	# Papers

	def test_papers_are_attached_by_name_privately_and_once(self):
		rows = self.rows(4)
		rows[1]["attachments"] = "FT-2.pdf; bonifico 2.pdf"
		names = ["a/FT-2.pdf", "bonifico 2.pdf", self.planted.paper(1)]
		record = self.run_it(self.data(rows), self.zipped(*names))
		self.assertEqual((record.status, record.new_count, record.attached_count), ("Imported", 4, 5))
		filters = {"attached_to_doctype": "Declared Cost", "attached_to_name": self.cost("SP-0002").name}
		files = frappe.get_all("File", filters, ["name", "file_name", "is_private"], order_by="file_name")
		self.assertEqual(
			[(file.file_name, file.is_private) for file in files], [("bonifico 2.pdf", 1), ("FT-2.pdf", 1)]
		)
		content = frappe.get_doc("File", files[1].name).get_content()
		self.assertIn("a/FT-2.pdf", content if isinstance(content, str) else content.decode())
		again = self.run_it(self.data(rows), self.zipped(*names))
		self.assertEqual((again.unchanged_count, again.attached_count), (4, 0))
		without = self.run_it(self.data(rows))
		self.assertEqual((without.status, without.warning_count), ("Imported", 0))

	def test_a_paper_missing_in_the_zip_stops_and_without_a_zip_warns(self):
		rows = self.rows(4)
		rows[2]["attachments"] = "manca.pdf"
		outcome = self.process(self.data(rows), self.zipped(self.planted.paper(1), "di troppo.pdf"))
		cell = self.planted.place_of("attachments", 3)
		self.assertEqual(self.words(outcome), [(cell, "manca.pdf is not in the zip of the documents.")])
		self.assertIn("di troppo.pdf", outcome.warnings[0].message.render())
		self.assertEqual(self.counts()[0], 0)
		outcome = self.process(self.data(rows))
		self.assertTrue(outcome.imported)
		self.assertIn("2 documents are named", outcome.warnings[0].message.render())

	def test_a_row_with_another_mistake_still_names_its_paper(self):
		rows = self.rows(3)
		rows[1] |= {"supplier": None, "attachments": "FT-2.pdf"}
		outcome = self.process(self.data(rows), self.zipped("FT-2.pdf", self.planted.paper(1)))
		self.assertEqual(self.found(outcome), [("Spese", "D3")])

	def test_a_hostile_zip_is_one_problem_and_nothing_is_written(self):
		record = self.run_it(self.data(self.rows(3)), self.zipped("../../sites/apps.txt"))
		self.assertEqual((record.status, record.problem_count), ("Failed", 1))
		self.assertEqual(self.counts()[0], 0)

	# Corrections

	def test_a_confirmed_cost_that_changes_goes_back_to_draft(self):
		rows = self.rows(6)
		self.run_it(self.data(rows))
		with acting_as(self.officer):
			for code in ("SP-0002", "SP-0004", "SP-0005"):
				self.allocation(code).submit()
		rows[1]["percent"] = Decimal(50)
		rows[3]["register_note"] = "Vista con il revisore"
		record = self.run_it(self.data(rows))
		self.assertEqual((record.status, record.changed_count, record.unchanged_count), ("Imported", 2, 4))
		again = self.allocation("SP-0002")
		self.assertEqual((again.docstatus, again.percent), (0, 50))
		self.assertTrue(again.amended_from)
		self.assertEqual(frappe.db.get_value("Cost Allocation", again.amended_from, "docstatus"), 2)
		self.assertIn("→", again.remarks)
		self.assertEqual(self.allocation("SP-0004").docstatus, 1)  # a note is no reason to confirm again
		self.assertEqual(self.allocation("SP-0005").docstatus, 1)
		shown = frappe.parse_json(record.changes)
		self.assertEqual(
			[(one["code"], one["confirmed"]) for one in shown], [("SP-0002", True), ("SP-0004", True)]
		)
		self.assertEqual(shown[0]["fields"][0]["label"], "Importo imputato")

	def test_a_claimed_cost_stays_and_the_row_that_changes_it_is_refused(self):
		rows = self.rows(4)
		self.run_it(self.data(rows))
		allocation = self.allocation("SP-0002")
		frappe.db.set_value("Cost Allocation", allocation.name, {"docstatus": 1, "claimed_amount": 10})
		rows[1]["description"] = "Un altro testo"
		rows[2]["description"] = "Un altro ancora"
		record = self.run_it(self.data(rows))
		self.assertEqual((record.status, record.problem_count, record.problems[0].cell), ("Failed", 1, "A3"))
		self.assertNotEqual(self.cost("SP-0003").description, "Un altro ancora")
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError):
			self.cost("SP-0002").update({"amount": 1}).save()
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError):
			self.cost("SP-0002").delete()

	def test_rows_that_disappeared_stay_and_are_told(self):
		rows = self.rows(5)
		self.run_it(self.data(rows))
		record = self.run_it(self.data(rows[:3]))
		self.assertEqual((record.status, record.unchanged_count), ("Imported", 3))
		self.assertIn("SP-0004, SP-0005", " ".join(row.problem for row in record.problems))
		self.assertEqual(self.counts()[:2], (5, 5))

	def test_the_export_holds_what_was_declared_and_comes_back_unchanged(self):
		rows = self.rows(30)
		rows[1] |= {"supplier": "=Formula srl", "description": "+39 06"}
		self.run_it(self.data(rows))
		with acting_as(self.officer):
			exported = partner_submissions.workbook(self.project.name, self.partner)
		cells = [
			cell for sheet in load_workbook(BytesIO(exported)) for row in sheet.iter_rows() for cell in row
		]
		self.assertFalse([cell for cell in cells if cell.data_type == "f"])
		record = self.run_it(exported)
		self.assertEqual((record.status, record.unchanged_count, record.changed_count), ("Imported", 30, 0))
		self.assertEqual(self.cost("SP-0002").supplier, "=Formula srl")

	def test_two_imports_make_no_doubles(self):
		data = self.data(self.rows(5))
		first, second = self.record(data), self.record(data)
		with acting_as(self.officer):
			partner_submissions.run(first.name, True)
			partner_submissions.run(second.name, True)
		second.reload()
		self.assertEqual((second.new_count, second.unchanged_count), (0, 5))
		self.assertEqual(self.counts()[:2], (5, 5))
		copy = frappe.copy_doc(self.cost("SP-0001"))
		with acting_as(self.officer), self.assertRaises(frappe.UniqueValidationError):
			copy.insert()

	def test_a_refusal_of_the_controller_leaves_nothing_written(self):
		data = self.data(self.rows(4))
		frappe.db.set_value("FAMI Budget Line", f"{self.project.name}-D.1", "partner", self.lead)
		carried = partner_workbook.reference_in(data)
		with patch.object(partner_submissions, "_reference", lambda *__: carried):
			outcome = self.process(data)
		self.assertFalse(outcome.imported)
		self.assertTrue(all(problem.cell.startswith("A") for problem in outcome.problems))
		self.assertRegex(outcome.problems[0].message.render(), "another partner|altro partner")
		self.assertEqual(self.counts()[:2], (0, 0))

	def test_an_unforeseen_error_leaves_nothing_and_its_log_no_values(self):
		record = self.record(self.data(self.rows(3)))
		# Logs outlive a rollback, and with it the number of the record may come again.
		frappe.db.delete("Error Log", {"reference_name": record.name})
		with (
			acting_as(self.officer),
			patch.object(partner_submissions, "recheck", side_effect=RuntimeError("Fornitore Esempio 1")),
			patch.object(frappe.db, "rollback", lambda **__: None),
		):
			partner_submissions.run(record.name, True)
		record.reload()
		self.assertEqual(record.status, "Failed")
		logged = frappe.get_all("Error Log", {"reference_name": record.name}, pluck="error")
		self.assertEqual(len(logged), 1)
		self.assertNotIn("Fornitore Esempio 1", logged[0])

	# Whose workbook, and who may

	def test_another_partners_or_a_changed_workbook_is_refused(self):
		data = self.data(self.rows(3))
		other = make_funded_project(
			partners=[{"organisation": self.partner, "role": "Lead", "budget_share": 1}]
		)
		with acting_as(self.officer):
			theirs = partner_workbook.workbook(partner_submissions.reference(other.name, self.partner))
		self.assertIn(other.name, self.words(self.process(theirs))[0][1])
		book = load_workbook(BytesIO(data))
		hidden = book["Elenchi"]
		cell = next(cell for cell in hidden[1] if cell.value == "partner.rules")
		hidden.cell(2, cell.column).value = "{}"
		stream = BytesIO()
		book.save(stream)
		self.assertIn("hidden sheet", self.words(self.process(stream.getvalue()))[0][1])
		self.assertEqual(self.counts()[0], 0)

	def test_the_rules_of_today_judge_a_workbook_of_yesterday(self):
		data = self.data(self.rows(3))
		self.project.reload()
		self.project.end_date = add_days(self.project.start_date, 10)
		self.project.save(ignore_permissions=True)
		outcome = self.process(data)
		self.assertIn("other rules", outcome.warnings[0].message.render())
		self.assertTrue(outcome.problems)

	def test_only_the_funding_officer_writes_and_a_partner_sees_nothing(self):
		record = self.record(self.data(self.rows(3)))
		for roles in (("Case Coordinator",), ("Network Partner",), ("Protection Unit Manager",)):
			user = make_user(*roles)
			with acting_as(user):
				with self.assertRaises(frappe.PermissionError):
					api.workbook(self.project.name, self.partner)
				for method in (api.dry_run, api.run_import):
					with self.assertRaises(frappe.PermissionError):
						method(record.name)
				if roles != ("Case Coordinator",):
					with self.assertRaises(frappe.PermissionError):
						api.problems(record.name)
					file = frappe.get_doc("File", {"file_url": record.workbook})
					self.assertFalse(file.has_permission("read"))
		partner = make_user("Network Partner")
		with acting_as(partner):
			for doctype in ("Declared Cost", "Partner Submission", "Cost Allocation"):
				self.assertFalse(frappe.has_permission(doctype, "read"))

	def test_a_workbook_elsewhere_is_not_opened_by_its_address(self):
		other = self.record(self.data(self.rows(3)))
		thief = make_user("Funding Officer")
		with acting_as(thief), self.assertRaises(frappe.PermissionError):
			frappe.get_doc(
				{
					"doctype": "Partner Submission",
					"funded_project": self.project.name,
					"partner": self.partner,
					"workbook": other.workbook,
				}
			).insert()

	def test_few_rows_are_read_at_once_and_many_in_the_background(self):
		record = self.record(self.data(self.rows(3)))
		with acting_as(self.officer):
			self.assertEqual(api.dry_run(record.name)["status"], "Checked")
			self.assertEqual(self.counts()[0], 0)
			self.assertEqual(api.run_import(record.name)["status"], "Imported")
		record = self.record(self.data(self.rows(210)))
		with acting_as(self.officer), patch.object(frappe, "enqueue") as enqueue:
			self.assertEqual(api.run_import(record.name)["status"], "Running")
			self.assertEqual(enqueue.call_args.kwargs["name"], record.name)
			record.reload()
			record.documents = None
			with self.assertRaises(frappe.ValidationError):
				record.save()

	def test_every_problem_comes_as_a_workbook(self):
		rows = self.rows(3)
		rows[1]["supplier"] = None
		record = self.run_it(self.data(rows))
		with acting_as(self.officer):
			api.problems(record.name)
		sheet = load_workbook(BytesIO(frappe.response["filecontent"])).active
		self.assertIn("D3", [row[2].value for row in sheet.iter_rows(min_row=2)])
