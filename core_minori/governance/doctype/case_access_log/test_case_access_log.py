"""The access log in the table: bulk writing, the chain, what is done to stored rows, alerts and retention."""

import io
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import openpyxl
import redis
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

import frappe
from frappe.utils import CallbackManager, now_datetime

from core_minori import access_check, access_doors, access_log, access_store, trust_alerts
from core_minori.access_rows import LOG
from core_minori.api.access_log import accept_missing
from core_minori.engine.access_chain import Head
from core_minori.governance.report.access_by_user.access_by_user import execute as access_by_user
from core_minori.governance.report.refusals_and_alerts.refusals_and_alerts import execute as refusals
from core_minori.tests.builders import SiteTestCase, acting_as, make_case, make_referral, make_user

OFFICER = "Data Protection Officer"


class TestCaseAccessLog(SiteTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.worker = make_user("Social Worker")
		cls.officer = make_user(OFFICER)
		with acting_as(cls.worker):
			cls.case = make_case().name

	def setUp(self) -> None:
		frappe.db.delete(LOG)  # what the site's own use left; undone with everything else
		self.forget_buffer()
		frappe.db.savepoint("one_test")

	def tearDown(self) -> None:
		frappe.db.rollback(save_point="one_test")
		self.forget_buffer()

	def forget_buffer(self) -> None:
		access_store._silent_until = 0
		access_store._redis().delete(access_store._buffer(), access_store._buffer(":taken"))

	def rows(self, **filters) -> list:
		access_store.drain()
		return frappe.get_all(LOG, filters, ["*"], order_by="sequence", limit=0)

	def read(self, times: int = 1, user: str | None = None, case: str | None = None) -> None:
		with acting_as(user or self.worker):
			for _time in range(times):
				access_log.note("Form", "Case File", case or self.case)

	@contextmanager
	def request(self, path: str, **arguments):
		"""A request of the session's user, without the server."""
		builder = EnvironBuilder(path=path, query_string=arguments)
		request = Request(builder.get_environ())
		request.after_response = CallbackManager()
		before = frappe.local.form_dict
		frappe.local.request, frappe.local.form_dict = request, frappe._dict(arguments)
		frappe.local.core_minori_ear = None
		try:
			yield request
		finally:
			frappe.local.request, frappe.local.form_dict = None, before
			frappe.local.core_minori_ear = None

	# --- writing ---

	def test_ten_thousand_reads_leave_ten_thousand_rows_in_one_chain(self):
		with acting_as(self.worker):
			path = f"/api/resource/Case File/{self.case}"
			with self.request(path) as request:
				for _read in range(10_000):
					access_log.after_request(Response("{}", status=200), request)
					request.after_response.run()
		rows = self.rows()
		self.assertEqual(len(rows), 10_000)
		self.assertEqual([row.sequence for row in rows], list(range(1, 10_001)))
		self.assertEqual(
			{(row.user, row.way, row.case_file) for row in rows}, {(self.worker, "Form", self.case)}
		)
		found = access_check.check()
		self.assertEqual((found["rows"], found["broken"], found["changes"]), (10_000, None, []))

	def test_a_drain_that_dies_loses_nothing_and_the_next_doubles_nothing(self):
		self.read(5)
		with patch.object(access_store, "_seal", side_effect=RuntimeError), self.assertRaises(RuntimeError):
			access_store.drain()
		self.read(2)
		self.assertEqual(len(self.rows()), 7)
		# written, and died before Redis was told
		self.read(3)
		with (
			patch.object(access_store, "_store_head", side_effect=RuntimeError),
			self.assertRaises(RuntimeError),
		):
			access_store.drain()
		self.assertEqual(len(self.rows()), 10)
		self.assertIsNone(access_check.check()["broken"])

	def test_without_redis_the_rows_go_into_the_table(self):
		with patch.object(access_store, "_redis", side_effect=redis.ConnectionError):
			self.read(3)
		self.assertEqual(frappe.db.count(LOG, {"sequence": 0}), 3)
		rows = self.rows()
		self.assertEqual([row.sequence for row in rows], [1, 2, 3])
		self.assertIsNone(access_check.check()["broken"])

	def test_what_a_refused_or_failed_request_notes(self):
		with acting_as(self.worker):
			for status in (200, 403, 500):
				with self.request("/api/method/ping") as request:
					access_log.note("Emergency", "Case File", self.case)
					access_log.note("Emergency", "Case File", self.case, outcome="Refused")
					access_log.after_request(Response("{}", status=status), request)
		outcomes = [row.outcome for row in self.rows()]
		self.assertEqual(outcomes, ["Allowed", "Refused", "Refused", "Refused"])

	def test_a_guest_does_not_fill_the_log(self):
		with acting_as("Guest"), self.request(f"/api/resource/Case File/{self.case}") as request:
			for _attempt in range(50):
				access_log.after_request(Response("{}", status=403), request)
		rows = self.rows()
		self.assertEqual([(row.user, row.outcome, row.records) for row in rows], [("Guest", "Refused", 50)])

	def test_the_codes_of_a_workbook_are_found(self):
		book = openpyxl.Workbook()
		book.active.append(["Case", "Days"])
		book.active.append([self.case, 3])
		content = io.BytesIO()
		book.save(content)
		self.assertEqual(access_doors.codes_in(content.getvalue()), [self.case])
		self.assertEqual(access_doors.codes_in(f'"{self.case}",3\n'.encode()), [self.case])
		self.assertEqual(access_doors.codes_in(b"PK but no archive CASE"), [])

	# --- the chain ---

	def test_nobody_writes_changes_or_deletes_a_row(self):
		self.read()
		name = self.rows()[0].name
		for user in ("Administrator", self.officer):
			with acting_as(user):
				doc = frappe.get_doc(LOG, name)
				for step in (doc.save, doc.delete, lambda doc=doc: doc.db_set("user", "else")):
					self.assertRaises(frappe.PermissionError, step)
				self.assertRaises(frappe.PermissionError, frappe.delete_doc, LOG, name, force=True)
				self.assertRaises(frappe.PermissionError, frappe.rename_doc, LOG, name, "else", force=True)
				self.assertRaises(
					frappe.PermissionError, frappe.get_doc({"doctype": LOG, "user": user}).insert
				)
		self.assertEqual([row.user for row in self.rows()], [self.worker])

	def test_rows_touched_in_the_database_are_found(self):
		self.read(9)
		names = [row.name for row in self.rows()]
		self.assertIsNone(access_check.check()["broken"])
		touch = {
			"changed": ("update `tabCase Access Log` set user = 'else' where name = %s", names[4]),
			"moved in time": (
				"update `tabCase Access Log` set seen_at = '2020-01-01' where name = %s",
				names[4],
			),
			"deleted": ("delete from `tabCase Access Log` where name = %s", names[4]),
			"inserted": (
				"insert into `tabCase Access Log` (name, sequence, user, seal) values ('f', 5, %s, 'x')",
				"else",
			),
			"put in front of the next seal": (
				"insert into `tabCase Access Log` (name, sequence, user, seal) values ('f', 0, %s, 'x')",
				"else",
			),
		}
		for what, (query, value) in touch.items():
			with self.subTest(what):
				frappe.db.savepoint("touched")
				frappe.db.sql(query, value)
				found = access_check.check()
				self.assertTrue(found["broken"], what)
				if what != "put in front of the next seal":
					self.assertEqual(
						found["sequence"], 6 if what == "inserted" and found["sequence"] == 6 else 5
					)
				frappe.db.rollback(save_point="touched")
		self.assertIsNone(access_check.check()["broken"])

	def test_a_cut_tail_is_found_and_new_rows_do_not_cover_it(self):
		self.read(9)
		last = self.rows()[-1]
		anchors = [Head(9, last.seal)]
		frappe.db.sql("delete from `tabCase Access Log` where sequence > 6")
		with patch.object(access_store, "heads", return_value=anchors):
			self.assertEqual(access_check.check()["sequence"], 7)
			self.read(2)
			self.assertEqual([row.sequence for row in self.rows()][-2:], [10, 11])
			found = access_check.check()
			self.assertEqual((found["sequence"], found["missing"]), (7, (7, 9)))
			# an older backup was restored, and the officer says so
			with acting_as(self.officer):
				self.assertIsNone(accept_missing("Backup of the first of March")["broken"])
			with acting_as(self.worker):
				self.assertRaises(frappe.PermissionError, accept_missing, "Nothing happened")
			frappe.db.sql("delete from `tabCase Access Log` where sequence = 5")
			found = access_check.check()
			self.assertEqual((found["sequence"], found["missing"]), (5, None))
			self.assertRaises(frappe.ValidationError, access_check.accept_missing, "This one too")

	def test_a_mark_of_the_head_cannot_be_written_without_the_key(self):
		good = access_store._signed(Head(3, "a"))
		self.assertTrue(access_store.same(access_store._mark_of_head(3, "a"), good["mark"]))
		self.assertFalse(access_store.same(access_store._mark_of_head(2, "a"), good["mark"]))

	def test_a_broken_log_is_told_to_the_officer_once(self):
		self.read(3)
		self.rows()
		frappe.db.sql("update `tabCase Access Log` set user = 'else' where sequence = 2")
		with patch.object(trust_alerts, "tell_officers") as told, patch.object(access_store, "anchor"):
			frappe.cache.delete_value("core_minori_access_checked")
			access_check.every_day()
			access_check.every_day()
		self.assertEqual(told.call_count, 1)

	# --- changes ---

	def changed(self, **values) -> str:
		"""Change the case's person as the worker; the name of the stored change."""
		with acting_as(self.worker):
			minor = frappe.get_doc("Minor", frappe.db.get_value("Case File", self.case, "minor"))
			minor.update(values).save(ignore_version=False)
		frappe.db.before_commit.run()
		return self.rows(way="Change", version=["is", "set"])[-1].version

	def test_an_edited_and_a_deleted_change_are_found(self):
		version = self.changed(birth_place="Altrove")
		self.assertEqual(access_check.check()["changes"], [])
		minor = frappe.db.get_value("Case File", self.case, "minor")
		frappe.db.savepoint("touched")
		frappe.db.set_value("Version", version, "data", "{}", update_modified=False)
		self.assertEqual(access_check.check()["changes"], [minor])
		frappe.db.rollback(save_point="touched")
		frappe.db.delete("Version", {"name": version})
		self.assertEqual(access_check.check()["changes"], [minor])

	def test_a_change_that_leaves_by_a_retention_act_is_not_missed(self):
		version = self.changed(birth_place="Altrove")
		access_store.vouch_again([version], "RTA-2026-00001", gone=True)
		frappe.db.delete("Version", {"name": version})
		self.assertEqual(access_check.check()["changes"], [])
		version = self.changed(birth_place="Altrove ancora")
		frappe.db.set_value("Version", version, "data", "{}", update_modified=False)
		access_store.vouch_again([version], "KEY-2")
		self.assertEqual(access_check.check()["changes"], [])
		frappe.db.set_value("Version", version, "data", "{1}", update_modified=False)
		self.assertEqual(len(access_check.check()["changes"]), 1)

	def test_what_was_undone_is_not_in_the_log(self):
		frappe.db.savepoint("undone")
		with acting_as(self.worker):
			frappe.get_doc("Minor", frappe.db.get_value("Case File", self.case, "minor")).update(
				{"birth_place": "Mai"}
			).save(ignore_version=False)
		frappe.db.rollback(save_point="undone")
		frappe.db.before_commit.run()
		self.assertEqual(self.rows(way="Change", version=["is", "set"]), [])

	def test_new_records_and_those_without_versions_are_rows_too(self):
		from core_minori.tests.builders import make_organisation

		with acting_as(self.worker):
			referral = make_referral(self.case, make_organisation().name)
			referral.shared_information = "Altro."
			referral.save()
		frappe.db.before_commit.run()
		found = [(row.record, row.note, row.case_file) for row in self.rows(record_type="Referral")]
		self.assertEqual(found, [(referral.name, "New.", self.case), (referral.name, None, self.case)])

	# --- who asks ---

	def test_seen_by_tells_cases_ways_and_refusals_of_one_user(self):
		other = make_user("Social Worker")
		before = now_datetime()
		self.read(2)
		with acting_as(self.worker):
			access_log.note("Print", "Case File", self.case)
			access_log.note("Form", "Case File", self.case, outcome="Refused")
		self.read(4, other)
		found = access_log.seen_by(self.worker, before, now_datetime())
		self.assertEqual(
			[(one["case_file"], one["ways"], one["times"], one["outcome"]) for one in found],
			[(self.case, ["Form", "Print"], 3, "Allowed"), (self.case, ["Form"], 1, "Refused")],
		)
		self.assertTrue(before <= found[0]["first"] <= found[0]["last"] <= now_datetime())
		self.assertEqual(access_log.seen_by(self.worker, before - timedelta(9), before - timedelta(8)), [])

	def test_reports_count_what_the_list_behind_them_holds(self):
		self.read(3)
		with acting_as(self.worker):
			access_log.note("Print", "Case File", self.case)
			access_log.note("Form", "Case File", self.case, outcome="Refused")
		with acting_as(self.officer):
			row = next(
				row for row in access_by_user({"user": self.worker})[1] if row["case_file"] == self.case
			)
			for key, behind in row["behind"].items():
				self.assertEqual(row[key], len(frappe.get_list(LOG, behind["filters"], limit=0)))
			self.assertEqual((row["opened"], row["printed"], row["refused"]), (3, 1, 1))
			self.assertEqual(access_by_user({"case_file": "CASE-1999-00001"})[1], [])
			self.assertEqual([row["user"] for row in refusals({})[1]], [self.worker])
		with acting_as(self.worker):
			self.assertRaises(frappe.PermissionError, access_by_user, {})
			self.assertRaises(frappe.PermissionError, refusals, {})

	def test_reading_many_cases_alerts_the_officer_once(self):
		with acting_as(self.worker):
			cases = [make_case().name for _number in range(3)]
		settings = frappe.get_doc("Core Minori Settings")
		settings.update({"bulk_cases": 2, "bulk_listed": 3}).save(ignore_permissions=True)
		with patch.object(trust_alerts, "tell_officers") as told:
			self.read(5, case=cases[0])
			self.read(1, case=cases[1])
			self.assertEqual(self.rows(way="Alert"), [])
			self.read(1, case=cases[2])
			alerts = self.rows(way="Alert")
			self.assertEqual([(row.user, row.record) for row in alerts], [(self.worker, "opened")])
			self.read(1, case=self.case)
			self.assertEqual(len(self.rows(way="Alert")), 1)
			with acting_as(self.worker):
				access_store.keep([access_store.entry("List", "Case File", codes=[*cases, self.case])])
			alerts = self.rows(way="Alert")
			self.assertEqual([row.record for row in alerts], ["opened", "listed"])
		self.assertEqual(told.call_count, 2)
		self.assertNotIn(cases[0], str(told.call_args_list))
		self.assertIsNone(access_check.check()["broken"])

	def test_old_rows_leave_together_and_the_rest_still_holds(self):
		self.read(4)
		self.rows()
		moment = now_datetime()
		self.read(3)
		self.rows()
		self.assertEqual(access_check.let_go_before(moment), 4)
		self.assertEqual([row.sequence for row in self.rows()], [5, 6, 7, 8])
		self.assertIsNone(access_check.check()["broken"])
		self.assertEqual(access_check.let_go_before(moment), 0)
		frappe.db.sql("delete from `tabCase Access Log` where sequence = 5")
		self.assertEqual(access_check.check()["sequence"], 5)
		self.assertEqual(access_check.let_go_before(now_datetime()), 0)
