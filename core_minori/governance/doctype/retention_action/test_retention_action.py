import json
from contextlib import suppress
from unittest.mock import patch

import frappe
from frappe.utils import add_days, add_months, getdate, today

from core_minori import permissions, retention
from core_minori.api import rights
from core_minori.funding.monitoring import cases_of
from core_minori.minors.report.caseload.caseload import execute as caseload
from core_minori.minors.report.interventions_and_hours.interventions_and_hours import execute as hours
from core_minori.minors.report.presence_days.presence_days import execute as presence
from core_minori.permissions import PROTECTED, may_read_case
from core_minori.personal_fields import CATEGORY, FIELDS, LEFT_ALONE, records_of
from core_minori.tests import matrix_scenario
from core_minori.tests.builders import SiteTestCase, acting_as, make_funded_project

LONG_AGO = -365 * 40


class TestRetentionAction(SiteTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		with patch.object(frappe.db, "commit"), patch.object(matrix_scenario, "_logged", return_value=None):
			cls.made = matrix_scenario.make()
		cls.users, cls.case, cls.words = cls.made["users"], cls.made["case"], cls.made["words"]
		cls.first, cls.second = cls.users["coordinator"], cls.users["protection_officer"]
		cls.minor = cls.made["records"]["minor"][1]
		frappe.db.set_value(
			"Retention Action", {"status": "Proposed"}, "status", "Done"
		)  # the scenario's own
		frappe.db.set_value("Data Request", {"status": "Received"}, "status", "Answered")
		frappe.db.set_value(
			"Retention Rule", {"step": ["is", "set"]}, {"confirmed_by": "Archivio", "confirmed_on": today()}
		)
		cls.close(cls.case, add_days(today(), LONG_AGO))
		frappe.db.set_value("Minor", cls.minor, "birth_date", add_days(today(), LONG_AGO - 365 * 18))

	@classmethod
	def close(cls, case, day):
		"""As an approved request closed it, long ago."""
		frappe.db.set_value(
			"Case File", case, {"closed_on": day, "closure_reason": "Came of Age", "state": "Closed"}
		)
		frappe.clear_document_cache("Case File", case)

	def setUp(self):
		frappe.db.savepoint("one_test")
		self.addCleanup(self.undo)

	def undo(self):
		frappe.db.rollback(save_point="one_test")
		for doctype, names in {"Minor": [self.minor], **records_of([self.case])}.items():
			for name in names:
				frappe.clear_document_cache(doctype, name)
		permissions.forget()

	def propose(self, step, user=None, **values):
		with acting_as(user or self.first):
			return frappe.get_doc(
				{"doctype": "Retention Action", "case_file": self.case, "step": step, **values}
			).insert()

	def take(self, user, step, action):
		with acting_as(user):
			return getattr(rights, step)(action.name)

	def proposed(self):
		"""What a daily run proposes for this case; the site may have others that are due."""
		made = retention.propose_due()
		return frappe.get_all(
			"Retention Action", {"name": ["in", made], "case_file": self.case}, pluck="name"
		)

	def at(self, state):
		"""The case as if it had come this far."""
		frappe.db.set_value("Case File", self.case, "retention_state", state)
		frappe.clear_document_cache("Case File", self.case)
		permissions.forget()

	def pseudonymised(self):
		self.at("Restricted")
		action = self.propose("Pseudonymised")
		self.take(self.second, "approve", action)
		self.take(self.first, "carry_out", action)
		return action

	# --- what is due ----------------------------------------------------------------------------------------------

	def test_the_daily_run_proposes_what_a_rule_says_once(self):
		retention.daily()
		retention.daily()
		found = frappe.get_all(
			"Retention Action",
			{"case_file": self.case, "status": "Proposed"},
			["step", "status", "proposed_by", "rule"],
		)
		self.assertEqual(
			[(row.step, row.status, row.proposed_by) for row in found], [("Archived", "Proposed", None)]
		)
		self.assertTrue(found[0].rule)
		self.assertEqual(self.proposed(), [], "an open case is not due, nor is one that waits")

	def test_no_step_is_proposed_before_its_day_or_while_another_case_is_open(self):
		self.close(self.case, add_months(today(), -11))
		self.assertEqual(self.proposed(), [])
		with self.assertRaises(frappe.ValidationError):
			self.propose("Archived")
		self.close(self.case, add_months(today(), -13))
		self.assertEqual(len(self.proposed()), 1)
		frappe.db.delete("Retention Action", {"case_file": self.case})
		second = frappe.get_doc(
			{
				"doctype": "Case File",
				"minor": self.minor,
				"beneficiary_type": "Unaccompanied Minor",
				"living_arrangement": "Independent",
				"reported_on": today(),
			}
		).insert()
		self.assertEqual(self.proposed(), [])
		self.assertFalse(second.closed_on)

	def test_a_rule_of_another_time_or_unconfirmed_proposes_nothing(self):
		frappe.db.set_value("Retention Rule", {"step": "Archived"}, "valid_to", "2020-01-01")
		self.assertEqual(self.proposed(), [])
		self.at("Restricted")
		frappe.db.set_value("Retention Rule", {"step": "Pseudonymised"}, "confirmed_on", None)
		self.assertEqual(self.proposed(), [])
		with self.assertRaises(frappe.ValidationError):
			self.propose("Pseudonymised")

	def test_a_refused_step_is_not_proposed_again(self):
		(name,) = self.proposed()
		with acting_as(self.first):
			self.assertEqual(rights.refuse(name, "Serve ancora"), "Refused")
		self.assertEqual(self.proposed(), [])

	# --- decisions ------------------------------------------------------------------------------------------------

	def test_archived_the_case_is_the_coordinators_and_comes_back(self):
		action = self.propose("Archived")
		self.assertTrue(may_read_case(self.users["worker"], self.case))
		self.assertEqual(self.take(self.first, "approve", action), "Done")
		self.assertFalse(may_read_case(self.users["worker"], self.case))
		self.assertTrue(may_read_case(self.first, self.case))
		back = self.propose("Brought Back")
		self.assertEqual(self.take(self.first, "approve", back), "Done")
		self.assertTrue(may_read_case(self.users["worker"], self.case))

	def test_what_cannot_be_undone_takes_two_people(self):
		self.at("Restricted")
		action = self.propose("Pseudonymised")
		with self.assertRaises(frappe.ValidationError):
			self.take(self.first, "approve", action)
		self.assertEqual(self.take(self.second, "approve", action), "Approved")
		with self.assertRaises(frappe.ValidationError):
			self.take(self.second, "carry_out", action)
		self.assertTrue(frappe.db.get_value("Minor", self.minor, "family_name"))
		self.assertEqual(self.take(self.first, "carry_out", action), "Done")

	def test_nobody_else_decides(self):
		action = self.propose("Archived")
		for key in sorted(set(self.users) - {"coordinator", "protection_officer"}):
			for step in ("approve", "carry_out"):
				with self.subTest(key), self.assertRaises(frappe.PermissionError):
					self.take(self.users[key], step, action)
		with self.assertRaises(frappe.PermissionError):
			self.take("Administrator", "approve", action)
		self.assertEqual(frappe.db.get_value("Retention Action", action.name, "status"), "Proposed")

	def test_a_browser_decides_nothing(self):
		action = self.propose("Archived", status="Done", approved_by=self.second, rule=None)
		self.assertEqual(
			(action.status, action.approved_by, action.proposed_by), ("Proposed", None, self.first)
		)
		with acting_as(self.first):
			action.update({"status": "Approved", "approved_by": self.second, "proposed_by": None})
			action.save()
			action.reload()
			self.assertEqual(
				(action.status, action.approved_by, action.proposed_by), ("Proposed", None, self.first)
			)
			rights.approve(action.name)
			action.reload()
			action.reason = "Altro"
			self.assertRaises(frappe.ValidationError, action.save)
			self.assertRaises(frappe.ValidationError, rights.approve, action.name)
			self.assertRaises(frappe.ValidationError, rights.carry_out, action.name)

	def test_what_the_person_asked_to_restrict_is_not_taken_away(self):
		self.at("Restricted")
		action = self.propose("Pseudonymised")
		frappe.db.set_value("Case File", self.case, "restricted", 1)
		with self.assertRaises(frappe.ValidationError):
			self.take(self.second, "approve", action)

	def test_an_open_request_of_the_person_keeps_their_data(self):
		self.at("Restricted")
		frappe.db.set_value("Data Request", self.made["records"]["data request"][1], "status", "In Progress")
		self.assertEqual(self.proposed(), [])
		with self.assertRaises(frappe.ValidationError):
			self.propose("Pseudonymised")

	# --- pseudonymised --------------------------------------------------------------------------------------------

	def test_no_word_of_the_person_stays(self):
		with patch.object(frappe.db, "commit"):
			for key, (doctype, name) in list(self.made["records"].items()):
				if (
					name
					and doctype not in LEFT_ALONE
					and doctype != "Intervention Group"
					and key != "session"
				):
					matrix_scenario._plant_rows(key, doctype, name, self.words)
					if doctype in ("Case File", "Clinical Record", "Minor", "PEI", "Personal Document"):
						matrix_scenario._plant_traces(key, doctype, name, self.words, self.users)
		kept = {"session", "group", "access log"}
		own = {
			word
			for key, word in self.words.items()
			if not any(key == one or key.startswith((f"{one} ", f"{one}/")) for one in kept)
			and not self.is_left_alone(key)
		}
		self.assertGreater(len(self.columns_with(own)), 50)
		self.pseudonymised()
		kept = {
			f"tab{doctype}.{field}"
			for doctype, fields in FIELDS.items()
			for field, category in fields.items()
			if category == CATEGORY
		}
		self.assertEqual(
			{one for one in self.columns_with(own) if not one.startswith("tabView Log")} - kept, set()
		)
		minor = frappe.db.get_value("Minor", self.minor, "*", as_dict=True)
		self.assertEqual((minor.given_name, minor.family_name, minor.fiscal_code), ("-", None, None))
		self.assertEqual(minor.birth_date.year, getdate(add_days(today(), LONG_AGO - 365 * 18)).year)
		self.assertEqual((minor.birth_date.month, minor.birth_date.day), (12, 31))
		self.assertEqual(frappe.db.get_value("Case File", self.case, "reported_on").day, 1)
		self.assertFalse(frappe.db.exists("Minor Name Key", {"parent": self.minor}))

	def is_left_alone(self, key):
		record = self.made["records"].get(key.split("/")[0].split(" row")[0])
		return bool(record and record[0] in LEFT_ALONE)

	def columns_with(self, words):
		"""Columns of the whole site in which one of the words stands."""
		found = set()
		pattern = "|".join(sorted(words))
		columns = frappe.db.sql(
			"select c.table_name, c.column_name from information_schema.columns c"
			" join information_schema.tables t using (table_schema, table_name)"
			" where c.table_schema = %s and t.table_rows > 0 and t.table_type = 'BASE TABLE'"
			" and c.data_type in ('varchar', 'text', 'longtext', 'mediumtext')"
			" and c.table_name not in ('tabDocField', 'tabDocType', 'tabDocPerm', 'tabPatch Log', 'tabUOM')",
			frappe.conf.db_name,
		)
		by_table = {}
		for table, column in columns:
			by_table.setdefault(table, []).append(f"`{column}`")
		for table, names in by_table.items():
			text = ", ".join(f"ifnull({name}, '')" for name in names)
			whole = f"concat_ws(' ', {text}) regexp %s"
			if frappe.db.sql(f"select 1 from `{table}` where {whole} limit 1", pattern):
				found |= {
					f"{table}.{name.strip('`')}"
					for name in names
					if frappe.db.sql(f"select 1 from `{table}` where {name} regexp %s limit 1", pattern)
				}
		return found

	def test_another_case_keeps_every_word(self):
		others = set(self.made["other_words"].values())
		before = self.columns_with(others)
		self.pseudonymised()
		self.assertEqual(self.columns_with(others), before)

	def test_hours_caseload_days_and_monitoring_are_as_before(self):
		year = getdate().year - 1
		first, last = f"{year}-01-01", f"{year}-12-31"
		project = make_funded_project(start_date=first, end_date=add_days(today(), 60)).name
		frappe.db.set_value(
			"Intervention",
			self.made["records"]["intervention"][1],
			{"status": "Done", "starts_at": f"{year}-03-17 10:00:00", "project": project},
		)
		frappe.db.set_value(
			"Placement",
			self.made["records"]["placement"][1],
			{"from_at": f"{year}-02-11 10:00:00", "to_at": f"{year}-06-20 10:00:00", "status": "Discharged"},
		)
		self.close(self.case, f"{year}-06-20")
		frappe.db.set_value("Case File", self.case, {"project": project, "reported_on": f"{year}-02-11"})
		frappe.db.set_value("Retention Rule", {"step": "Pseudonymised"}, "months", 0)

		def totals():
			with acting_as(self.first):
				return json.dumps(
					[
						hours({"from_date": first, "to_date": last, "project": project, "group_by": "Month"})[
							1
						],
						caseload({"from_date": first, "to_date": last, "project": project})[1],
						presence({"from_date": first, "to_date": last})[1],
						[
							(case.code, case.group, case.services)
							for case in cases_of(project, getdate(first), getdate(last))
						],
						frappe.get_list(
							"Case File", {"project": project}, ["count(name) as n", "state"], group_by="state"
						),
					],
					default=str,
					sort_keys=True,
				)

		self.at("Restricted")
		before = totals()
		self.assertIn(f"{year}-03", before)
		self.assertIn(self.case, before)
		self.pseudonymised()
		self.assertEqual(frappe.db.get_value("Case File", self.case, "closed_on").day, 1)
		self.assertEqual(totals(), before)

	def test_the_name_stays_with_another_case_of_the_person(self):
		second = frappe.get_doc(
			{
				"doctype": "Case File",
				"minor": self.minor,
				"beneficiary_type": "Unaccompanied Minor",
				"living_arrangement": "Independent",
				"reported_on": today(),
			}
		).insert()
		self.close(second.name, add_days(today(), LONG_AGO))
		self.pseudonymised()
		self.assertEqual(frappe.db.get_value("Minor", self.minor, "given_name"), self.words["minor"])

	# --- discarded ------------------------------------------------------------------------------------------------

	def authorised(self):
		self.at("Discard Proposed")
		action = self.propose("Discard Authorised")
		with self.assertRaises(frappe.ValidationError):
			self.take(self.second, "approve", action)
		with acting_as(self.first):
			action.reload()
			action.update(
				{"act_number": "12/2026", "act_date": today(), "act_file": "/private/files/nulla-osta.pdf"}
			)
			action.save()
		self.assertEqual(self.take(self.second, "approve", action), "Done")

	def test_a_discard_leaves_a_tombstone_without_a_name_and_nothing_else(self):
		self.authorised()
		own = {"Minor": [self.minor], **records_of([self.case])}
		group = self.made["records"]["group"][1]
		action = self.propose("Discarded")
		self.take(self.second, "approve", action)
		self.assertTrue(frappe.db.exists("Case File", self.case))
		self.take(self.first, "carry_out", action)
		for doctype, names in own.items():
			if doctype in retention._OUTLIVING:
				continue
			with self.subTest(doctype):
				self.assertFalse(frappe.db.exists(doctype, {"name": ["in", names]}))
				self.assertFalse(frappe.db.exists("Deleted Document", {"deleted_name": ["in", names]}))
		self.assertFalse(frappe.db.exists("Intervention Participant", {"case_file": self.case}))
		self.assertTrue(frappe.db.exists("Intervention Group", group))
		self.assertTrue(frappe.db.exists("Case File", self.made["others"]["case"][1]))
		action.reload()
		self.assertEqual((action.status, action.case_file), ("Done", self.case))
		self.assertIn("1", action.report)
		stone = json.dumps(action.as_dict(), default=str)
		for word in self.words.values():
			self.assertNotIn(word, stone)
		with acting_as(self.second):
			frappe.get_doc("Retention Action", action.name).check_permission("read")

	def test_nothing_is_discarded_without_its_act(self):
		for state in ("", "Archived", "Restricted", "Pseudonymised", "Discard Proposed"):
			self.at(state)
			with self.subTest(state), self.assertRaises(frappe.ValidationError):
				self.propose("Discarded")

	# --- nothing else deletes ---------------------------------------------------------------------------------------

	def test_no_other_way_deletes_or_renames_a_record(self):
		from frappe.client import delete as client_delete
		from frappe.desk.reportview import delete_items
		from frappe.model.rename_doc import rename_doc

		def in_bulk(doctype, name):
			frappe.form_dict.items, frappe.form_dict.doctype = json.dumps([name]), doctype
			delete_items()

		ways = {
			"document": lambda doctype, name: frappe.get_doc(doctype, name).delete(),
			"delete_doc": lambda doctype, name: frappe.delete_doc(doctype, name),
			"delete_doc with force": lambda doctype, name: frappe.delete_doc(
				doctype, name, force=1, ignore_permissions=True
			),
			"client": client_delete,
			"bulk": in_bulk,
			"rename": lambda doctype, name: rename_doc(doctype, name, f"{name}-X"),
			"rename with force": lambda doctype, name: rename_doc(
				doctype, name, f"{name}-X", force=True, ignore_permissions=True
			),
		}
		records = {
			doctype: name
			for doctype, name in self.made["records"].values()
			if name and doctype != "Register Import"
		}
		attempts = [(doctype, "Administrator") for doctype in records]
		attempts += [("Case File", user) for user in self.users.values()]
		for doctype, user in attempts:
			for way, take in ways.items():
				with self.subTest(f"{doctype}, {way}, {user}"), acting_as(user):
					with (
						patch.object(frappe.db, "commit"),
						patch.object(frappe.db, "rollback"),
						suppress(Exception),
					):
						take(doctype, records[doctype])
					frappe.clear_messages()
					self.assertTrue(frappe.db.exists(doctype, records[doctype]))
		seen = set(records)
		self.assertGreater(len(seen), 25)
		self.assertLessEqual(seen, set(PROTECTED))

	def test_what_deletes_for_others_leaves_the_cases(self):
		before = {doctype: frappe.db.count(doctype) for doctype in PROTECTED}
		company = frappe.db.get_value("Company", {})
		# ERPNext deletes every record of a company, by the DocTypes that name one.
		naming = set(
			frappe.get_all("DocField", {"fieldtype": "Link", "options": "Company"}, pluck="parent")
		) | set(frappe.get_all("Custom Field", {"fieldtype": "Link", "options": "Company"}, pluck="dt"))
		self.assertEqual(naming & set(PROTECTED), set(), company)
		# Frappe empties or deletes what an app says holds a user's data.
		ours = {row["doctype"] for row in frappe.get_hooks("user_data_fields")} & set(PROTECTED)
		self.assertEqual(ours, set())
		# Frappe's own cleaning of logs touches what registers for it.
		cleaned = set(frappe.get_hooks("default_log_clearing_doctypes") or {})
		self.assertEqual(cleaned & set(PROTECTED), set())
		for doctype in PROTECTED:
			self.assertFalse(frappe.get_meta(doctype).allow_import and doctype != "Register Import", doctype)
		self.assertEqual({doctype: frappe.db.count(doctype) for doctype in PROTECTED}, before)

	def test_a_deleted_document_of_a_case_cannot_be_brought_back_by_who_may_not_write_it(self):
		from frappe.core.doctype.deleted_document.deleted_document import restore

		fake = frappe.get_doc(
			{
				"doctype": "Deleted Document",
				"deleted_doctype": "Consent",
				"deleted_name": "CON-2026-99999",
				"data": json.dumps({"doctype": "Consent", "name": "CON-2026-99999", "case_file": self.case}),
			}
		)
		fake.db_insert()
		for key in ("administrator", "worker", "protection_officer", "evaluator"):
			with self.subTest(key), acting_as(self.users[key]):
				try:
					restore(fake.name, alert=False)
				except Exception:
					frappe.clear_messages()
				self.assertFalse(
					frappe.db.exists("Consent", {"case_file": self.case, "name": "CON-2026-99999"})
				)
