"""An evaluator asks, an officer agrees, a workbook comes of it; nobody else has a part in it."""

import hashlib
import re
from io import BytesIO
from unittest.mock import patch

from openpyxl import load_workbook

import frappe
from frappe.utils import add_days, getdate, today

from core_minori import research_export
from core_minori.api import research
from core_minori.engine.small_cells import LEAST
from core_minori.files import content_of
from core_minori.governance.report.statistics_for_evaluation import statistics_for_evaluation as statistics
from core_minori.permissions import COORDINATOR, EVALUATOR, PROTECTION_OFFICER
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_case,
	make_consent,
	make_funded_project,
	make_minor,
	make_user,
)


class TestPseudonymisedExport(SiteTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.evaluator, cls.officer = make_user(EVALUATOR), make_user(PROTECTION_OFFICER)
		cls.coordinator = make_user(COORDINATOR)
		cls.project = make_funded_project().name
		with acting_as(cls.coordinator):
			cls.cases = [
				make_case(
					make_minor(
						sex="Female" if place % 2 else "Male", nationality="Egypt", birth_date="2011-03-07"
					).name,
					project=cls.project,
					reported_on=add_days(today(), -30 - place),
					emersion_channel="School",
				)
				for place in range(12)
			]

	def setUp(self) -> None:
		super().setUp()
		# exports know of each other, and of cases that came: each test starts with none
		frappe.db.savepoint("before_export")
		self.addCleanup(frappe.db.rollback, save_point="before_export")

	def ask(self, send: bool = True, **values) -> frappe.model.document.Document:
		"""A request of the evaluator for the project of these tests."""
		with acting_as(self.evaluator):
			record = frappe.get_doc(
				{
					"doctype": research.DOCTYPE,
					"title": "Studio sui tempi",
					"period_from": add_days(today(), -100),
					"period_to": today(),
					"project": self.project,
					**values,
				}
			).insert()
			if send:
				research.send(record.name)
		return record.reload()

	def made(self, **values) -> frappe.model.document.Document:
		"""An export that the officer agreed to."""
		record = self.ask(**values)
		with acting_as(self.officer):
			research.decide(record.name, True)
		with acting_as(self.evaluator):
			research.make(record.name)
		return record.reload()

	def rows(self, record) -> list[tuple]:
		"""The rows of people in the workbook, as its reader gets it."""
		with acting_as(self.evaluator):
			book = load_workbook(BytesIO(content_of(record, "file")))
		return list(book.worksheets[0].iter_rows(min_row=2, values_only=True))

	def test_an_evaluator_asks_an_officer_agrees_and_the_evaluator_takes_it(self) -> None:
		record = self.ask()
		self.assertEqual((record.status, record.people, record.file), ("Requested", 0, None))
		told = {"document_name": record.name, "for_user": self.officer}
		self.assertEqual(frappe.db.count("Notification Log", told), 1)
		with acting_as(self.officer):
			self.assertTrue(research.may_decide(record.name))
			research.decide(record.name, True)
		with acting_as(self.evaluator), patch("core_minori.access_log.note") as noted:
			research.make(record.name)
			noted.assert_called_once_with("Export", record.doctype, record.name)
		record.reload()
		self.assertEqual((record.status, record.people, record.suppressed), ("Made", 12, "0"))
		self.assertEqual(record.made_by, self.officer)
		self.assertEqual(
			frappe.db.count("Notification Log", {"document_name": record.name, "for_user": self.evaluator}),
			1,
		)
		with acting_as(self.evaluator), patch("core_minori.access_log.note") as noted:
			research.workbook(record.name)
			noted.assert_called_once_with("Export", record.doctype, record.name)
		content = frappe.response.pop("filecontent")
		self.assertEqual(hashlib.sha256(content).hexdigest(), record.digest)
		self.assertEqual(frappe.response.pop("filename"), f"{record.name}.xlsx")

	def test_the_workbook_holds_nothing_that_points_to_a_person(self) -> None:
		record = self.made(title="=HYPERLINK(1)")
		with acting_as(self.evaluator):
			book = load_workbook(BytesIO(content_of(record, "file")))
		cells = [
			cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
		]
		self.assertFalse([cell.value for cell in cells if cell.data_type == "f"])
		text = "\n".join(str(cell.value) for cell in cells)
		for case in self.cases:
			minor = frappe.get_doc("Minor", case.minor)
			for secret in (case.name, minor.name, minor.given_name, minor.family_name, "2011-03-07"):
				self.assertNotIn(secret, text)
		self.assertIsNone(re.search(r"(CASE|MIN)-\d{4}", text))
		self.assertNotIn("07/03/2011", text)
		self.assertNotIn(self.evaluator, text)
		codes = [row[0] for row in self.rows(record)]
		self.assertEqual(len(set(codes)), 12)
		self.assertEqual(codes, sorted(codes))
		# the file is private, under a name that says nothing
		file = frappe.get_doc("File", {"attached_to_name": record.name})
		self.assertTrue(file.is_private)
		self.assertEqual(file.owner, "Administrator")
		self.assertNotIn("export", file.file_url)

	def test_no_row_is_alone_and_two_exports_have_no_code_in_common(self) -> None:
		first, second = self.made(), self.made()
		for record in (first, second):
			rows = self.rows(record)
			self.assertTrue(
				all([row[1:] for row in rows].count(one) >= LEAST for one in {row[1:] for row in rows})
			)
		self.assertFalse({row[0] for row in self.rows(first)} & {row[0] for row in self.rows(second)})

	def test_one_case_more_is_not_in_the_next_export(self) -> None:
		self.made()
		with acting_as(self.coordinator):
			make_case(make_minor(sex="Male", nationality="Egypt").name, project=self.project)
		second = self.made()
		self.assertEqual((second.people, second.suppressed), (12, "<5"))

	def test_agreeing_and_making_twice_makes_one(self) -> None:
		record = self.ask()
		with acting_as(self.evaluator), self.assertRaises(frappe.ValidationError):
			research.make(record.name)
		for __ in range(2):
			with acting_as(self.officer):
				research.decide(record.name, True)
			with acting_as(self.evaluator):
				research.make(record.name)
		self.assertEqual(frappe.db.count("File", {"attached_to_name": record.name}), 1)
		with acting_as(self.officer), self.assertRaises(frappe.ValidationError):
			research.decide(record.name, False, "Troppo tardi")

	def test_who_asks_writes_the_question_and_not_the_answer(self) -> None:
		record = self.ask(
			send=False,
			status="Made",
			people=99,
			file="/private/files/x.xlsx",
			memory="x",
			made_by=self.officer,
		)
		self.assertEqual(
			(record.status, record.people, record.file, record.memory, record.made_by),
			("Draft", 0, None, None, None),
		)
		with acting_as(self.evaluator):
			record.update({"status": "Made", "title": "Altro"})
			record.save()
			self.assertEqual((record.status, record.title), ("Draft", "Altro"))
			research.send(record.name)
			research.send(record.name)
			record.reload()
			record.period_from = add_days(today(), -900)
			self.assertRaises(frappe.ValidationError, record.save)
		told = {"document_name": record.name, "for_user": self.officer}
		self.assertEqual(frappe.db.count("Notification Log", told), 1)

	def test_nobody_decides_on_their_own_request_nor_without_the_role(self) -> None:
		both = make_user(EVALUATOR, COORDINATOR)
		record = self.ask()
		for user in (self.evaluator, make_user("System Manager"), make_user("Social Worker")):
			with acting_as(user), self.assertRaises(frappe.PermissionError):
				research.decide(record.name, True)
		with acting_as(both):
			own = frappe.get_doc(
				{
					"doctype": research.DOCTYPE,
					"title": "Proprio",
					"period_from": today(),
					"period_to": today(),
				}
			).insert()
			research.send(own.name)
			self.assertFalse(research.may_decide(own.name))
			self.assertRaises(frappe.PermissionError, research.decide, own.name, True)
		with acting_as(self.coordinator):
			research.decide(record.name, True)
			self.assertRaises(frappe.PermissionError, research.make, record.name)
		self.assertEqual(record.reload().status, "Agreed")

	def test_another_evaluator_does_not_see_it(self) -> None:
		record = self.made()
		with acting_as(make_user(EVALUATOR)):
			self.assertFalse(frappe.get_list(research.DOCTYPE, {"name": record.name}))
			self.assertFalse(
				frappe.has_permission(
					"File", "read", frappe.get_doc("File", {"attached_to_name": record.name})
				)
			)
			self.assertRaises(frappe.PermissionError, research.workbook, record.name)

	def test_a_refusal_has_a_reason_and_leaves_no_file(self) -> None:
		record = self.ask()
		with acting_as(self.officer):
			self.assertRaises(frappe.ValidationError, research.decide, record.name, False, " ")
			research.decide(record.name, False, "Lo scopo non è chiaro")
		record.reload()
		self.assertEqual((record.status, record.refusal_reason), ("Refused", "Lo scopo non è chiaro"))
		self.assertFalse(record.file or frappe.db.exists("File", {"attached_to_name": record.name}))

	def test_of_four_people_no_workbook_is_made(self) -> None:
		record = self.made(period_from=add_days(today(), -400), period_to=add_days(today(), -38))
		self.assertEqual((record.status, record.file), ("Refused", None))
		self.assertIn("5", record.refusal_reason)

	def test_a_period_that_runs_backwards_is_refused(self) -> None:
		self.assertRaises(frappe.ValidationError, self.ask, period_to=add_days(today(), -200))

	def test_who_refused_research_and_restricted_cases_are_left_out(self) -> None:
		day = getdate()
		with acting_as(self.coordinator):
			make_consent(self.cases[0].name, purpose="Research", outcome="Refused")
			make_consent(self.cases[1].name, purpose="Research", given_on=add_days(today(), -5))
			make_consent(
				self.cases[2].name, purpose="Research", withdrawn_on=today(), withdrawn_by="Guardian"
			)
		frappe.db.set_value("Case File", self.cases[3].name, "restricted", 1, update_modified=False)
		frappe.db.set_value(
			"Case File", self.cases[4].name, "retention_state", "Pseudonymised", update_modified=False
		)
		found = research_export.gather(getdate(add_days(today(), -100)), day, self.project)
		self.assertEqual(
			set(found.cases),
			{case.name for case in self.cases} - {self.cases[place].name for place in (0, 2, 3, 4)},
		)

	def test_the_memory_is_sealed_and_holds_no_code(self) -> None:
		record = self.made()
		memory = research_export.unsealed(record.memory)
		self.assertEqual(len(memory["groups"]), 12)
		self.assertTrue(all(re.fullmatch(r"[0-9a-f]{24}", key) for key in memory["groups"]))
		self.assertNotIn(next(iter(memory["groups"])), record.memory)
		with acting_as(self.evaluator):
			seen = frappe.get_doc(research.DOCTYPE, record.name)
			seen.apply_fieldlevel_read_permissions()
			self.assertFalse(seen.get("memory"))


class TestStatisticsForEvaluation(SiteTestCase):
	def test_no_count_under_five_and_nothing_to_work_one_out_from(self) -> None:
		first, __ = statistics.days_of(None, getdate())
		coordinator, evaluator = make_user(COORDINATOR), make_user(EVALUATOR)
		with acting_as(coordinator):
			for place in range(9):
				make_case(
					make_minor(
						sex="Female" if place < 2 else "Male", nationality="Egypt", birth_date="2011-03-07"
					).name,
					reported_on=add_days(first, place),
				)
		with acting_as(evaluator):
			__, rows, note, *__ = statistics.execute({"half_year": "2999 S1"})
			self.assertFalse(frappe.has_permission("Case File", "read"))
		self.assertIn(str(first.year), note)
		self.assertTrue(rows)
		self.assertEqual({row["table"] for row in rows[:1]}, {"Age and Sex"})
		for row in rows:
			self.assertTrue(row["people"] == "<5" or int(row["people"]) == 0 or int(row["people"]) >= LEAST)

	def test_only_half_years_that_ended_are_counted(self) -> None:
		day = getdate("2026-11-22")
		spans = {
			"2026 S1": ("2026-01-01", "2026-06-30"),
			"2025 S2": ("2025-07-01", "2025-12-31"),
			"2026 S2": ("2026-01-01", "2026-06-30"),
			"x": ("2026-01-01", "2026-06-30"),
			None: ("2026-01-01", "2026-06-30"),
		}
		for asked, (first, last) in spans.items():
			self.assertEqual(statistics.days_of(asked, day), (getdate(first), getdate(last)), asked)
		self.assertEqual(
			statistics.days_of("2026 S1", getdate("2026-06-30")),
			(getdate("2025-07-01"), getdate("2025-12-31")),
		)
