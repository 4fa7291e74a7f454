"""The register on a site: found at the cell, imported once, with the rights of whoever imports."""

import importlib.util
from pathlib import Path
from unittest.mock import patch

from openpyxl import load_workbook

import frappe
from frappe.utils import add_days, add_to_date, get_datetime, getdate, now_datetime, today

from core_minori import import_jobs
from core_minori.api import register as api
from core_minori.engine import register
from core_minori.engine.sheets import Known
from core_minori.governance import importer
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	make_case,
	make_facility,
	make_funded_project,
	make_minor,
	make_organisation,
	make_user,
	unique,
)

OFFICE = ("Case Coordinator", "Funding Officer")
DOCTYPES = ("Minor", "Case File", "PEI", "Referral", "Training Session", "FAMI Budget Line")
COUNTS = dict(zip(DOCTYPES, (200, 200, 200, 300, 40, 60), strict=True))


def planted():
	"""The builder of the offline tests, from this checkout."""
	path = Path(frappe.get_app_path("core_minori")).parent / "tests" / "offline" / "planted.py"
	spec = importlib.util.spec_from_file_location("planted", path)
	module = importlib.util.module_from_spec(spec)
	import sys

	sys.modules["planted"] = module  # dataclasses look their module up
	spec.loader.exec_module(module)
	return module


class TestRegisterImport(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.planted = planted()
		cls.officer = make_user(*OFFICE)
		organisations = [make_organisation().name for __ in range(3)]
		facilities = [make_facility().name for __ in range(2)]
		project = make_funded_project(
			start_date=add_days(today(), -700),
			end_date=add_days(today(), 200),
			partners=[{"organisation": organisations[0], "role": "Lead", "budget_share": 10000}],
		)
		with acting_as(cls.officer):
			site = importer.reference()
		cls.reference = register.Reference(
			projects=tuple(known for known in site.projects if known.code == project.name),
			organisations=tuple(organisations),
			facilities=tuple(facilities),
			training_areas=site.training_areas,
			countries=tuple(Known(country.code, country.label) for country in site.countries[:5]),
		)

	def setUp(self):
		super().setUp()
		# Codes of their own: the tests of this class share one transaction.
		self.prefix = f"{frappe.generate_hash(length=6)}-"

	def rows(self, **more) -> dict:
		return {**self.planted.rows(self.reference, self.prefix, getdate()), **more}

	def few(self, count: int = 4) -> dict:
		return {key: rows[:count] for key, rows in self.rows().items()}

	def workbook(self, rows: dict | None = None) -> bytes:
		return register.workbook(self.reference, self.rows() if rows is None else rows)

	def process(
		self, data: bytes, write: bool = True, all_or_nothing: bool = True, user: str = ""
	) -> importer.Outcome:
		with acting_as(user or self.officer):
			return importer.process(data, write, all_or_nothing)

	def counts(self) -> dict[str, int]:
		like = {"register_code": ["like", f"{self.prefix}%"]}
		return {doctype: frappe.db.count(doctype, like) for doctype in DOCTYPES}

	def record(self, data: bytes, user: str = "", on_error: str = "Import Nothing"):
		with acting_as(user or self.officer):
			file = frappe.get_doc(
				{
					"doctype": "File",
					"file_name": f"{self.prefix}registro.xlsx",
					"content": data,
					"is_private": 1,
				}
			).insert()
			return frappe.get_doc(
				{"doctype": "Register Import", "workbook": file.file_url, "on_error": on_error}
			).insert()

	def words(self, outcome) -> list[tuple[str, str, str]]:
		return [(problem.sheet, problem.cell, problem.message.render()) for problem in outcome.problems]

	# The whole path

	def test_25_errors_found_then_mended_imported_and_imported_again(self):
		errors = self.planted.planted_register(self.reference, self.prefix, getdate())
		checked = self.process(errors.data, write=False)
		found = sorted((problem.sheet, problem.cell) for problem in checked.problems)
		self.assertEqual(found, sorted(errors.expected.values()))
		refused = self.process(errors.data)
		self.assertFalse(refused.imported)
		self.assertEqual(set(self.counts().values()), {0})

		mended = self.workbook()
		first = self.process(mended)
		self.assertEqual(self.words(first), [])
		self.assertEqual((first.created, first.already), (800, 0))
		self.assertEqual(self.counts(), COUNTS)
		second = self.process(mended)
		self.assertEqual((second.created, second.already, second.problems), (0, 800, []))
		self.assertEqual(self.counts(), COUNTS)

	def test_what_is_written_is_what_the_workbook_says(self):
		self.process(self.workbook(self.few()))
		code = f"{self.prefix}M-002"
		case = frappe.get_doc("Case File", {"register_code": code})
		minor = frappe.get_doc("Minor", case.minor)
		row = self.rows()["minors"][1]
		self.assertEqual((minor.register_code, minor.given_name), (code, row["given_name"]))
		self.assertEqual(getdate(minor.birth_date), row["birth_date"])
		self.assertEqual((case.facility, case.project), (row["facility"], row["project"]))
		self.assertEqual(case.reception_entry, row["reception_entry"])
		pei = frappe.get_doc("PEI", {"register_code": f"{self.prefix}P-002"})
		self.assertEqual((pei.case_file, len(pei.objectives)), (case.name, 2))
		referral = frappe.get_doc("Referral", {"register_code": f"{self.prefix}I-002"})
		self.assertEqual((referral.case_file, referral.status), (case.name, "Drafted"))
		session = frappe.get_doc("Training Session", {"register_code": f"{self.prefix}F-001"})
		self.assertEqual((session.attended_count, session.person_hours), (2, 7.0))
		line = frappe.get_doc("FAMI Budget Line", {"register_code": f"{self.prefix}V-003"})
		self.assertEqual((line.amount, line.partner), (64.5, self.reference.organisations[0]))
		self.assertEqual(case.owner, self.officer)

	def test_columns_of_a_court_become_acts_once(self):
		rows = {"minors": self.rows()["minors"][:2]}
		moment = add_to_date(now_datetime(), days=-20).replace(microsecond=0, second=0)
		rows["minors"][0].update(art_403_placed_at=moment, age_assessment_ordered_on=add_days(getdate(), -9))
		data = self.workbook(rows)
		checked = self.process(data, write=False)
		self.assertEqual((checked.creatable, self.counts()["Case File"]), (2, 0))
		for __ in range(2):
			self.process(data)
		cases = {
			number: frappe.db.get_value("Case File", {"register_code": f"{self.prefix}M-00{number}"})
			for number in (1, 2)
		}
		acts = {
			number: dict(
				frappe.get_all("Court Act", {"case_file": case}, ["act_type", "acted_at"], as_list=True)
			)
			for number, case in cases.items()
		}
		self.assertEqual(
			acts,
			{
				1: {
					"Art. 403 Placement": moment,
					"Age Assessment Ordered": get_datetime(add_days(getdate(), -9)),
				},
				2: {},
			},
		)

	def test_the_good_rows_go_in_and_those_that_hang_on_a_bad_one_do_not(self):
		rows = self.few()
		rows["minors"][1]["given_name"] = None
		outcome = self.process(self.workbook(rows), all_or_nothing=False)
		self.assertEqual([place[:2] for place in self.words(outcome)], [("Minori", "B3")])
		self.assertTrue(outcome.imported)
		self.assertEqual((outcome.created, outcome.left_out), (17, 3))
		self.assertFalse(frappe.db.exists("PEI", {"register_code": f"{self.prefix}P-002"}))
		self.assertTrue(frappe.db.exists("PEI", {"register_code": f"{self.prefix}P-001"}))

	def test_a_later_workbook_adds_to_what_is_there(self):
		rows = self.few()
		self.process(self.workbook({"minors": rows["minors"]}))
		outcome = self.process(self.workbook({"pei": rows["pei"], "referrals": rows["referrals"]}))
		self.assertEqual((self.words(outcome), outcome.created), ([], 8))
		case = frappe.db.get_value("Case File", {"register_code": f"{self.prefix}M-001"})
		self.assertEqual(
			frappe.db.get_value("PEI", {"register_code": f"{self.prefix}P-001"}, "case_file"), case
		)

	# Refusals while writing

	def test_a_controllers_refusal_is_a_problem_at_its_row(self):
		data = self.workbook(self.few())
		refuse = patch(
			"core_minori.network.doctype.referral.referral.Referral.check_consent",
			lambda doc: (
				frappe.throw("<b>No</b> consent here") if doc.register_code.endswith("I-002") else None
			),
		)
		with refuse:
			nothing = self.process(data)
			self.assertEqual(self.words(nothing), [("Invii", "A3", "No consent here")])
			self.assertEqual((nothing.imported, nothing.created), (False, 0))
			self.assertEqual(set(self.counts().values()), {0})
			good = self.process(data, all_or_nothing=False)
		self.assertEqual((good.created, good.left_out), (19, 1))

	def test_a_line_that_another_code_has_is_told_at_its_row(self):
		rows = self.few()
		self.process(self.workbook(rows))
		again = [{**rows["budget_lines"][0], "register_code": f"{self.prefix}OTHER"}]
		outcome = self.process(self.workbook({"budget_lines": again}))
		self.assertEqual([place[:2] for place in self.words(outcome)], [("Voci di budget", "A2")])
		self.assertEqual(outcome.created, 0)

	def test_an_unforeseen_error_leaves_nothing_and_no_name_in_the_log(self):
		rows = self.few()
		rows["minors"][0]["given_name"] = "Zyxname"
		record = self.record(self.workbook(rows))
		boom = patch.object(importer._Importer, "create_line", side_effect=ZeroDivisionError("Zyxname"))
		logged = []
		with (
			boom,
			acting_as(self.officer),
			patch.object(frappe.db, "rollback", side_effect=_rollback_to_savepoint(frappe.db.rollback)),
			patch.object(frappe, "log_error", side_effect=lambda **more: logged.append(more)),
		):
			frappe.db.savepoint("whole_job")
			with patch.dict(importer._CREATE, {"budget_lines": importer._Importer.create_line}):
				importer.run(record.name, True)
		self.assertEqual(set(self.counts().values()), {0})
		self.assertEqual(frappe.db.get_value("Register Import", record.name, "status"), "Failed")
		self.assertEqual(len(logged), 1)
		self.assertIn("ZeroDivisionError", logged[0]["message"])
		self.assertNotIn("Zyxname", str(logged))

	# Rights

	def test_a_sheet_that_the_user_may_not_create_is_one_problem(self):
		funding = make_user("Funding Officer")
		outcome = self.process(self.workbook(self.few()), write=False, user=funding)
		self.assertEqual(
			[(sheet, cell) for sheet, cell, words in self.words(outcome) if "may not create" in words],
			[("Minori", ""), ("PEI", ""), ("Invii", ""), ("Formazione", "")],
		)
		lines = {"budget_lines": self.few()["budget_lines"]}
		outcome = self.process(self.workbook(lines), user=funding)
		self.assertEqual((self.words(outcome), outcome.created), ([], 4))

	def test_the_lists_show_no_more_than_the_user_may_see(self):
		code = f"{self.prefix}SEEN"
		make_minor(register_code=code)
		with acting_as(self.officer):
			self.assertIn(code, importer.reference().existing["minors"])
		with acting_as(make_user("Funding Officer")):
			reference = importer.reference()
			self.assertEqual(reference.existing["minors"], frozenset())
			self.assertEqual(reference.facilities, ())
			self.assertIn(self.reference.projects[0].code, [project.code for project in reference.projects])

	def test_a_pei_for_a_minor_whom_the_user_may_not_see_is_an_unknown_code(self):
		minor = make_minor(register_code=f"{self.prefix}HIDDEN")
		make_case(minor.name)
		row = {**self.few()["pei"][0], "minor": f"{self.prefix}HIDDEN"}
		outcome = self.process(self.workbook({"pei": [row]}), user=make_user("Social Worker"))
		self.assertEqual([place[:2] for place in self.words(outcome)], [("PEI", "B2")])

	def test_nobody_else_starts_or_reads_an_import(self):
		record = self.record(self.workbook(self.few(1)))
		with acting_as(make_user(*OFFICE)):
			for call in (api.dry_run, api.run_import, api.problems):
				self.assertRaises(frappe.PermissionError, call, record.name)
		with acting_as(make_user("Educator")):
			self.assertRaises(frappe.PermissionError, api.template)

	def test_its_author_takes_it_away_with_its_file_and_nobody_else_does(self):
		record = self.record(self.workbook(self.few(1)))
		with acting_as(make_user(*OFFICE)):
			self.assertRaises(frappe.PermissionError, frappe.delete_doc, "Register Import", record.name)
		with acting_as(self.officer):
			frappe.delete_doc("Register Import", record.name)
		self.assertFalse(frappe.db.exists("Register Import", record.name))
		self.assertFalse(frappe.db.exists("File", {"attached_to_name": record.name}))

	def test_a_path_opens_no_file_of_others(self):
		secret = self.record(self.workbook(self.few(1))).workbook
		with acting_as(make_user(*OFFICE)):
			thief = frappe.get_doc({"doctype": "Register Import", "workbook": secret})
			self.assertRaises(frappe.PermissionError, thief.insert)

	# The record and its buttons

	def test_check_and_import_run_in_the_background_and_tell_their_result(self):
		rows = self.few()
		rows["sessions"][0]["hours"] = 25
		record = self.record(self.workbook(rows), on_error="Import the Good Rows")
		with patch.object(frappe, "enqueue") as enqueue, acting_as(self.officer):
			self.assertEqual(api.dry_run(record.name)["status"], "Queued")
		job = enqueue.call_args
		self.assertEqual((job.kwargs["queue"], job.kwargs["deduplicate"]), ("long", True))
		self.assertTrue(job.kwargs["enqueue_after_commit"] and record.name in job.kwargs["job_id"])
		with acting_as(self.officer):
			importer.run(record.name, False)
			record.reload()
			self.assertEqual((record.status, record.problem_count, record.created_count), ("Checked", 1, 0))
			self.assertEqual((record.problems[0].sheet, record.problems[0].cell), ("Formazione", "G2"))
			self.assertEqual(set(self.counts().values()), {0})
			importer.run(record.name, True)
		record.reload()
		self.assertEqual((record.status, record.problem_count, record.created_count), ("Imported", 1, 19))
		self.assertEqual(len(record.workbook_digest), 64)

	def test_a_second_start_waits_for_the_first(self):
		record = self.record(self.workbook(self.few(1)))
		with patch.object(frappe, "enqueue"), acting_as(self.officer):
			api.run_import(record.name)
			record.reload()
			record.on_error = "Import the Good Rows"
			self.assertRaises(frappe.ValidationError, record.save)
			with patch.object(import_jobs, "is_job_enqueued", return_value=True):
				self.assertRaises(frappe.ValidationError, api.dry_run, record.name)
			with patch.object(import_jobs, "is_job_enqueued", return_value=False):  # the worker died
				self.assertEqual(api.dry_run(record.name)["status"], "Queued")

	def test_the_table_is_capped_and_the_download_is_whole(self):
		rows = self.rows()
		for row in rows["referrals"]:
			row["shared_information"] = None
		record = self.record(self.workbook(rows))
		with acting_as(self.officer):
			importer.run(record.name, False)
			record.reload()
			self.assertEqual((record.problem_count, len(record.problems)), (300, importer.SHOWN_PROBLEMS))
			api.problems(record.name)
		listed = load_workbook(_stream(frappe.response["filecontent"])).active
		self.assertEqual(listed.max_row, 301)

	def test_an_unreadable_file_ends_in_words(self):
		record = self.record(b"a;b;c\n" + self.prefix.encode())
		with acting_as(self.officer):
			importer.run(record.name, True)
		record.reload()
		self.assertEqual((record.status, record.problem_count), ("Failed", 1))
		self.assertTrue(record.summary and record.problems[0].remedy)

	def test_another_workbook_clears_the_result_of_the_first(self):
		record = self.record(self.workbook(self.few(1)))
		with acting_as(self.officer):
			importer.run(record.name, False)
			record.reload()
			record.workbook = (
				frappe.get_doc(
					{
						"doctype": "File",
						"file_name": unique("registro") + ".xlsx",
						"content": b"x" + self.prefix.encode(),
						"is_private": 1,
					}
				)
				.insert()
				.file_url
			)
			record.save()
		self.assertEqual((record.status, record.checked_rows, record.summary), ("New", 0, ""))

	def test_a_public_upload_becomes_private(self):
		with acting_as(self.officer):
			file = frappe.get_doc(
				{
					"doctype": "File",
					"file_name": f"{self.prefix}a.xlsx",
					"content": self.workbook(self.few(1)),
					"is_private": 0,
				}
			).insert()
			record = frappe.get_doc({"doctype": "Register Import", "workbook": file.file_url}).insert()
		self.assertTrue(record.workbook.startswith("/private/files/"))
		self.assertTrue(record.workbook_content().startswith(b"PK"))

	def test_the_template_of_the_site_is_checked_by_its_own_rules(self):
		with acting_as(self.officer):
			api.template()
			data = frappe.response["filecontent"]
			reference = importer.reference()
		carried = register.reference_in(data)
		self.assertEqual(carried.projects, reference.projects)
		self.assertEqual(carried.existing["minors"], reference.existing["minors"])
		self.assertEqual(register.read(data, carried, getdate()).problems, [])


def _rollback_to_savepoint(rollback):
	"""A whole rollback would undo what the class built; the job's own savepoint stands for it."""

	def to_savepoint(*, save_point: str | None = None) -> None:
		rollback(save_point=save_point or "whole_job")

	return to_savepoint


def _stream(data: bytes):
	from io import BytesIO

	return BytesIO(data)
