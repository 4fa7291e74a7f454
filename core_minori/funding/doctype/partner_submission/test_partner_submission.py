"""A partner's costs on a site: found at the cell, imported once, changed only where the partner changed them."""

import importlib.util
import io
import sys
import zipfile
from decimal import Decimal
from io import BytesIO
from pathlib import Path

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
		return self.planted.rows(self.reference(), getdate(), count)

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
		first = self.process(self.data(good), papers)
		self.assertEqual(self.words(first), [])
		self.assertEqual((len(first.new), len(first.changed), first.unchanged), (1000, 0, 0))
		self.assertEqual(first.attached, 1000)
		imputed = sum(
			(partner_workbook.canonical(row)["imputed_amount"] for row in good),
			Decimal(0),
		)
		self.assertEqual(self.counts(), (1000, 1000, imputed))

		before = dict(frappe.get_all("Declared Cost", {"partner": self.partner}, ["name", "modified"], as_list=True))
		good[10] |= {"description": "Un altro testo"}
		good[11] |= {"budget_line": "B.1" if good[11]["budget_line"] != "B.1" else "H.1"}
		good[19] |= {"quantity": good[19]["quantity"] + 2, "amount": good[19]["amount"] + 45, "paid_amount": None}
		changed = [good[place]["declared_code"] for place in (10, 11, 19)]
		second = self.process(self.data(good), papers)
		self.assertEqual(self.words(second), [])
		self.assertEqual((len(second.new), second.unchanged, second.attached), (0, 997, 0))
		self.assertEqual([change.row.code for change in second.changed], changed)
		after = dict(frappe.get_all("Declared Cost", {"partner": self.partner}, ["name", "modified"], as_list=True))
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
