import io
import json
import zipfile
from unittest.mock import patch

import frappe
from frappe.utils import add_days, today

from core_minori import access_log, data_export, data_requests, permissions
from core_minori.api import rights
from core_minori.engine.message import RuleError
from core_minori.governance.report.requests_of_the_persons.requests_of_the_persons import execute
from core_minori.permissions import PROTECTED, may_read_case, may_write_case
from core_minori.personal_fields import LEFT_ALONE
from core_minori.tests import matrix_scenario
from core_minori.tests.builders import SiteTestCase, acting_as, assign

CLINICAL = {
	"health": ("health", "health summary", "care note"),
	"psychological": ("psycho-social",),
}


class TestDataRequest(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		with patch.object(frappe.db, "commit"), patch.object(matrix_scenario, "_logged", return_value=None):
			cls.made = matrix_scenario.make()
		cls.users, cls.case, cls.words = cls.made["users"], cls.made["case"], cls.made["words"]
		cls.coordinator = cls.users["coordinator"]
		cls.minor = cls.made["records"]["minor"][1]

	def setUp(self):
		frappe.db.savepoint("one_test")
		self.addCleanup(self.undo)

	def undo(self):
		frappe.db.rollback(save_point="one_test")
		frappe.clear_document_cache("Minor", self.minor)
		permissions.forget()

	def request(self, request_type="Access", verified=True, **values):
		with acting_as(self.coordinator):
			return frappe.get_doc(
				{
					"doctype": "Data Request",
					"case_file": self.case,
					"request_type": request_type,
					"received_on": today(),
					"requester": "The Person",
					**(
						{"identity_verified_on": today(), "identity_document": "Passaporto"}
						if verified
						else {}
					),
					**values,
				}
			).insert()

	def exported(self, request, form="json", **options):
		frappe.local.response = frappe._dict()
		with acting_as(self.coordinator):
			rights.export(request.name, form, **options)
		return frappe.local.response.filecontent

	def decide(self, request, **hand_out):
		for part, user in (("health", "worker"), ("psychological", "psychologist")):
			if part in hand_out:
				with acting_as(self.users[user]):
					rights.decide(request.name, part, hand_out[part], "Turberebbe chi legge")

	# --- the register ---------------------------------------------------------------------------------------------

	def test_the_state_follows_from_what_was_done(self):
		request = self.request(verified=False, case_file=None, status="Answered", due_on="2001-01-01")
		self.assertEqual(request.status, "Received")
		self.assertGreater(str(request.due_on), add_days(today(), 27))
		with acting_as(self.coordinator):
			request.case_file = self.case
			request.save()
			self.assertEqual(request.status, "Identity to Verify")
			request.update({"identity_verified_on": today(), "identity_document": "Passaporto"})
			request.save()
			self.assertEqual(request.status, "In Progress")
			first = request.due_on
			request.update({"extended_on": today(), "extension_reason": "Molti fascicoli"})
			request.save()
			self.assertEqual(request.status, "Extended")
			self.assertGreater(str(request.due_on), str(add_days(first, 50)))

	def test_what_steps_write_is_not_written_by_a_browser(self):
		request = self.request()
		with acting_as(self.coordinator):
			request.update(
				{"exported_on": today(), "answered_by": self.users["worker"], "status": "Answered"}
			)
			request.save()
			request.reload()
			self.assertFalse(request.exported_on or request.answered_by)
			request.update({"answered_on": today(), "outcome": "Satisfied"})
			with self.assertRaisesRegex(frappe.ValidationError, "export|copia|dati"):
				request.save()

	def test_what_was_answered_stays(self):
		request = self.request()
		self.exported(request)
		with acting_as(self.coordinator):
			request.reload()
			request.update({"answered_on": today(), "outcome": "Satisfied"})
			request.save()
			self.assertEqual((request.status, request.answered_by), ("Answered", self.coordinator))
			request.details = "Altro"
			self.assertRaises(frappe.ValidationError, request.save)
			self.assertRaises(frappe.ValidationError, rights.export, request.name)

	def test_a_request_does_not_become_another_persons(self):
		request = self.request()
		with acting_as(self.coordinator):
			request.case_file = self.made["others"]["case"][1]
			self.assertRaises(frappe.ValidationError, request.save)

	def test_erasure_is_answered_by_the_rules_of_retention(self):
		request = self.request("Erasure")
		with acting_as(self.coordinator):
			request.update({"answered_on": today(), "outcome": "Satisfied"})
			self.assertRaises(frappe.ValidationError, request.save)
			request.reload()
			request.update(
				{"answered_on": today(), "outcome": "Not Satisfied", "refusal_reason": "Art. 17(3)"}
			)
			request.save()
		self.assertEqual(request.status, "Refused")
		self.assertTrue(frappe.db.exists("Case File", self.case))

	def test_the_register_says_nothing_of_the_case_to_the_officer(self):
		request = self.request()
		with acting_as(self.users["protection_officer"]):
			read = frappe.get_doc("Data Request", request.name)
			read.check_permission("read")
			said = json.dumps(read.as_dict(), default=str)
			for word in self.words.values():
				self.assertNotIn(word, said)
			self.assertNotIn("export", data_requests.steps_of(read, frappe.session.user))
		for key in ("manager", "worker", "psychologist", "educator", "partner", "evaluator", "administrator"):
			with self.subTest(key), acting_as(self.users[key]):
				self.assertFalse(permissions.may_open("Data Request", request.name))

	# --- the copy -------------------------------------------------------------------------------------------------

	def test_every_protected_record_of_the_person_is_in_the_copy(self):
		request = self.request("Portability")
		self.decide(request, health=True, psychological=True)
		copy = json.loads(self.exported(request))
		codes = {record["code"] for part in copy["parts"] for record in part["records"]}
		expected = {
			(key, *record)
			for key, record in self.made["records"].items()
			if record[0] not in LEFT_ALONE and record[1]
		}
		self.assertGreater(len(expected), 30)
		self.assertEqual({row for row in expected if row[2] not in codes}, set())
		doctypes = {doctype for doctype, _name in self.made["records"].values()}
		self.assertEqual(
			{part["type"] for part in copy["parts"]} & doctypes, (set(PROTECTED) & doctypes) - set(LEFT_ALONE)
		)

	def test_what_was_written_is_in_the_copy_and_nothing_of_others(self):
		request = self.request()
		self.decide(request, health=True, psychological=True)
		text = self.exported(request).decode()
		# of a group, of nobody in particular, or worked out again by the next save
		not_said = ("session", "group", "social deadline", "court deadline", "health deadline")
		for key, (doctype, _name) in self.made["records"].items():
			word = self.words.get(key)
			if word and key not in not_said and doctype not in LEFT_ALONE:
				with self.subTest(key):
					self.assertIn(word, text)
		for key, word in self.made["other_words"].items():
			with self.subTest(key):
				self.assertNotIn(word, text)
		for _doctype, code in self.made["others"].values():
			if code:
				self.assertNotIn(f'"{code}"', text)
		self.assertNotIn(
			self.words["session"], text, "a note on a group may say something of its other members"
		)

	def test_other_members_of_a_group_are_left_out(self):
		other = self.made["others"]["case"][1]
		session = self.made["records"]["session"][1]
		row = frappe.get_doc(
			{
				"doctype": "Intervention Participant",
				"parent": session,
				"parenttype": "Intervention",
				"parentfield": "participants",
				"case_file": other,
				"attendance": "Present",
			}
		)
		row.db_insert()
		frappe.clear_document_cache("Intervention", session)
		request = self.request()
		text = self.exported(request).decode()
		self.assertNotIn(other, text)
		self.assertIn(session, text)

	def test_clinical_records_wait_for_the_professional(self):
		request = self.request()
		before = self.exported(request).decode()
		for keys in CLINICAL.values():
			for key in keys:
				self.assertNotIn(self.words[key], before)
		self.decide(request, health=True, psychological=False)
		after = json.loads(self.exported(request))
		text = json.dumps(after, ensure_ascii=False)
		for key in CLINICAL["health"]:
			self.assertIn(self.words[key], text)
		for key in CLINICAL["psychological"]:
			self.assertNotIn(self.words[key], text)
		self.assertIn("Turberebbe chi legge", {row["why"] for row in after["left_out"]})

	def test_only_who_keeps_the_records_decides(self):
		request = self.request()
		for key in ("coordinator", "manager", "worker", "educator", "protection_officer", "administrator"):
			with self.subTest(key), acting_as(self.users[key]), self.assertRaises(frappe.PermissionError):
				rights.decide(request.name, "psychological", True)
		with acting_as(self.made["stranger"]), self.assertRaises(frappe.PermissionError):
			rights.decide(request.name, "health", True)
		with acting_as(self.users["psychologist"]):
			waiting = rights.waiting(self.case)["decisions"]
			self.assertIn((request.name, "psychological"), {(row["request"], row["part"]) for row in waiting})
			self.assertRaises(frappe.ValidationError, rights.decide, request.name, "psychological", False)

	def test_the_copy_is_the_coordinators_alone_and_noted(self):
		request = self.request()
		for key in sorted(set(self.users) - {"coordinator"}):
			with self.subTest(key), acting_as(self.users[key]), self.assertRaises(frappe.PermissionError):
				rights.export(request.name)
		with acting_as("Administrator"), self.assertRaises(frappe.PermissionError):
			rights.export(request.name)
		with patch.object(access_log, "note") as note:
			self.exported(request)
		note.assert_any_call("Export", "Data Request", request.name, self.case, text="json")
		request.reload()
		self.assertEqual(request.exported_by, self.coordinator)

	def test_nothing_is_handed_out_before_the_identity_was_verified(self):
		request = self.request(verified=False)
		with acting_as(self.coordinator):
			self.assertRaises(frappe.ValidationError, rights.export, request.name)
			self.assertRaises(frappe.ValidationError, rights.preview, request.name)
			copy = frappe.get_doc("Data Request", request.name)
			self.assertRaises(RuleError, data_export.collect, copy)

	def test_the_document_speaks_italian_with_labels_and_days_in_words(self):
		request = self.request()
		with acting_as(self.coordinator), patch.object(data_export, "site_language", return_value="it"):
			html = rights.preview(request.name)
		born = frappe.utils.getdate(frappe.db.get_value("Minor", self.minor, "birth_date"))
		months = (
			"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
		)
		self.assertIn(f"{born.day} {months.split()[born.month - 1]} {born.year}", html)
		for fieldname in ("given_name", "birth_date", "case_file", "reported_on", "name_keys"):
			self.assertNotIn(fieldname, html)
		self.assertIn(self.words["minor"], html)
		self.assertNotIn("<td></td>", html)

	def test_scripts_in_a_text_are_shown_and_do_not_run(self):
		frappe.db.set_value("Minor", self.minor, "alias", "<script>alert(1)</script>")
		request = self.request()
		with acting_as(self.coordinator):
			html = rights.preview(request.name)
		self.assertNotIn("<script>", html)
		self.assertIn("&lt;script&gt;", html)

	def test_files_come_by_opaque_names(self):
		with acting_as(self.users["worker"]):
			document = self.made["records"]["document"][1]
			file = frappe.get_doc(
				{
					"doctype": "File",
					"file_name": "Passaporto di Zqsegreto.pdf",
					"content": b"%PDF-1.4 prova",
					"attached_to_doctype": "Personal Document",
					"attached_to_name": document,
					"attached_to_field": "attachment",
					"is_private": 1,
				}
			).insert()
		request = self.request()
		with zipfile.ZipFile(io.BytesIO(self.exported(request, "zip", with_versions=True))) as archive:
			names = archive.namelist()
			data = json.loads(archive.read("data.json"))
		own = [name for name in names if name.startswith("files/")]
		self.assertEqual(len(own), 1)
		self.assertEqual(own[0], f"files/{file.file_url.rsplit('/', 1)[1]}")
		self.assertNotIn("example.test", json.dumps(data), "operators are named, not addressed")
		self.assertNotIn("Zqsegreto", json.dumps(data) + "".join(names))
		self.assertIn("data.pdf", names)

	def test_versions_come_when_asked_for(self):
		with acting_as(self.users["worker"]):
			minor = frappe.get_doc("Minor", self.minor)
			minor.birth_place = "Zqluogo"
			minor.save()
			minor.birth_place = "Altrove"
			minor.save(ignore_version=False)
		request = self.request()
		self.assertNotIn("Zqluogo", self.exported(request).decode())
		self.assertIn("Zqluogo", self.exported(request, with_versions=True).decode())

	# --- rectification, restriction -------------------------------------------------------------------------------

	def test_a_correction_is_found_in_the_version_of_the_record(self):
		request = self.request("Rectification")
		with acting_as(self.coordinator):
			offered = {row["doctype"] for row in rights.correctable(request.name)}
			self.assertIn("Minor", offered)
			self.assertNotIn("Clinical Record", offered)
			rights.open_correction(request.name, "Minor", self.minor, "birth_place")
			request.reload()
			request.save()
			self.assertFalse(request.corrected_on)
			minor = frappe.get_doc("Minor", self.minor)
			minor.birth_place = "Zqcorretto"
			minor.save(ignore_version=False)
			request.reload()
			request.save()
			self.assertEqual(request.corrected_by, self.coordinator)
			request.update({"answered_on": today(), "outcome": "Satisfied"})
			request.save()
		self.assertEqual(request.status, "Answered")

	def test_only_the_persons_own_records_are_corrected(self):
		request = self.request("Rectification")
		others = self.made["others"]
		for doctype, record in (
			others["minor"],
			others["case"],
			others["consent"],
			("User", "Administrator"),
		):
			with (
				self.subTest(doctype),
				acting_as(self.coordinator),
				self.assertRaises(frappe.PermissionError),
			):
				rights.open_correction(request.name, doctype, record, "given_name")
		with acting_as(self.users["protection_officer"]), self.assertRaises(frappe.PermissionError):
			rights.correctable(request.name)

	def test_a_restriction_leaves_the_case_to_the_coordinator_and_is_lifted_with_reason(self):
		request = self.request("Restriction")
		before = frappe.db.get_value("Case File", self.case, "*", as_dict=True)
		with acting_as(self.users["worker"]), self.assertRaises(frappe.PermissionError):
			rights.restrict(request.name)
		with acting_as(self.coordinator):
			rights.restrict(request.name)
		self.assertFalse(may_read_case(self.users["worker"], self.case))
		self.assertTrue(may_read_case(self.coordinator, self.case))
		self.assertFalse(may_write_case(self.coordinator, self.case))
		second = self.request("Restriction")
		with acting_as(self.coordinator):
			rights.restrict(second.name)
			self.assertRaises(frappe.ValidationError, rights.lift, request.name, " ")
			rights.lift(request.name, "Esattezza verificata")
			self.assertTrue(frappe.db.get_value("Case File", self.case, "restricted"))
			rights.lift(second.name, "Esattezza verificata")
		self.assertTrue(may_read_case(self.users["worker"], self.case))
		after = frappe.db.get_value("Case File", self.case, "*", as_dict=True)
		self.assertEqual(before, after)

	# --- the clock ------------------------------------------------------------------------------------------------

	def test_the_officers_are_reminded_once_a_day(self):
		request = self.request(received_on=add_days(today(), -40))
		officer = self.users["protection_officer"]
		data_requests.daily()
		data_requests.daily()
		told = frappe.get_all(
			"Notification Log",
			filters={"document_name": request.name, "for_user": officer},
			fields=["subject", "email_content"],
		)
		self.assertEqual(len(told), 1)
		self.assertIn(request.name, told[0].subject)
		self.assertNotIn(self.words["minor"], json.dumps(told))

	def test_the_report_counts_what_the_list_holds(self):
		late = self.request("Objection", received_on=add_days(today(), -40))
		done = self.request("Objection")
		with acting_as(self.coordinator):
			done.update({"answered_on": today(), "outcome": "Satisfied"})
			done.save()
			_columns, rows, *_rest = execute({"request_type": "Objection"})
			row = rows[0]
			for key in ("received", "open", "overdue", "answered", "in_time"):
				behind = row["behind"].get(key)
				names = frappe.get_list("Data Request", behind["filters"], pluck="name") if behind else []
				self.assertEqual(len(names), row[key], key)
			self.assertIn(
				late.name, frappe.get_list("Data Request", row["behind"]["overdue"]["filters"], pluck="name")
			)
			self.assertGreaterEqual(row["in_time"], 1)
		with acting_as(self.users["worker"]), self.assertRaises(frappe.PermissionError):
			frappe.get_doc("Report", "Requests of the Persons").check_permission("read")
			execute({})

	def test_a_person_of_two_cases_gets_both(self):
		with acting_as(self.coordinator):
			second = frappe.get_doc(
				{
					"doctype": "Case File",
					"minor": self.minor,
					"beneficiary_type": "Unaccompanied Minor",
					"living_arrangement": "Independent",
					"reported_on": today(),
				}
			).insert()
		request = self.request()
		copy = json.loads(self.exported(request))
		self.assertEqual(copy["cases"], [self.case, second.name])
		# a professional decides on every case they read, and not on one that they do not
		with acting_as(self.users["psychologist"]), self.assertRaises(frappe.PermissionError):
			rights.decide(request.name, "psychological", True)
		assign(second.name, self.users["psychologist"], "Psychologist", -1)
		self.decide(request, psychological=True)
