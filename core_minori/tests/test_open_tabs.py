"""When an access ends, nothing that was open, kept or sent before goes on showing the case."""

import json
from unittest.mock import Mock, patch

import frappe
from frappe import realtime
from frappe.desk.doctype.dashboard_chart.dashboard_chart import get as chart_of_frappe
from frappe.desk.form.utils import add_comment
from frappe.utils import add_days, today

from core_minori import open_tabs
from core_minori.access_explainer import part_label
from core_minori.api import access
from core_minori.overrides import charts, kept_reports, live_updates
from core_minori.permissions import ADMINISTRATION, GRANTS, PROTECTED
from core_minori.tests.builders import (
	SiteTestCase,
	acting_as,
	assign,
	make_case,
	make_organisation,
	make_user,
	unique,
)

WORKER = "Social Worker"


def closed(user: str, **records: list[str]) -> dict:
	with acting_as(user):
		return access.closed_among(
			json.dumps({doctype.replace("_", " "): names for doctype, names in records.items()})
		)


class TestOpenTabs(SiteTestCase):
	def setUp(self):
		self.worker = make_user(WORKER)
		self.case = make_case()
		self.assignment = assign(self.case.name, self.worker, WORKER, -9)

	def end(self):
		self.assignment.to_date = add_days(today(), -1)
		self.assignment.save()

	def test_a_tab_learns_what_it_lost_and_why(self):
		records = {"Case_File": [self.case.name], "Minor": [self.case.minor], "ToDo": ["none"]}
		self.assertEqual(closed(self.worker, **records), {"closed": {}, "why": None})
		self.end()
		answer = closed(self.worker, **records)
		self.assertEqual(answer["closed"], {"Case File": [self.case.name], "Minor": [self.case.minor]})
		self.assertIn("ended on", answer["why"])

	def test_a_stranger_learns_nothing_from_asking(self):
		stranger = make_user(WORKER)
		known, unknown = (closed(stranger, Case_File=[name]) for name in (self.case.name, "CASE-1999-00001"))
		self.assertEqual(
			json.dumps(known).replace(self.case.name, "?"),
			json.dumps(unknown).replace("CASE-1999-00001", "?"),
		)

	def test_two_hundred_records_at_a_time_and_nothing_but_names(self):
		for wrong in ("[]", "{", '{"Minor": "x"}', '{"Minor": [["like", "%"]]}'):
			with self.subTest(wrong), self.assertRaises(frappe.ValidationError):
				access.closed_among(wrong)
		with self.assertRaises(frappe.ValidationError):
			access.closed_among(json.dumps({"Minor": [str(number) for number in range(201)]}))

	def test_the_user_is_told_at_once(self):
		organisation = make_organisation(users=(self.worker,))
		told: list[tuple] = []
		with patch.object(
			frappe, "publish_realtime", side_effect=lambda *event, **more: told.append((*event, more))
		):
			self.end()
			self.assertIn((open_tabs.EVENT, {"user": self.worker, "after_commit": True}), told)
			told.clear()
			organisation.users = []
			organisation.save(ignore_permissions=True)
			self.assertIn((open_tabs.EVENT, {"user": self.worker, "after_commit": True}), told)

	def test_a_tab_that_listens_on_gets_no_words(self):
		live_updates.close()
		sent = []
		channel = Mock(publish=lambda _channel, message: sent.append(json.loads(message)))
		with patch("frappe.utils.background_jobs.get_redis_connection_without_auth", return_value=channel):
			# What has waited since the test began is not of this comment.
			realtime.clear_realtime_log()
			add_comment("Case File", self.case.name, "parola segreta", "Administrator", "Administrator")
			self.case.reload()
			self.case.save()
			for entry in list(getattr(frappe.local, "_realtime_log", ())):
				realtime.emit_via_redis(*entry)
			realtime.emit_via_redis("docinfo_update", {"doc": "parola aperta"}, "doc:Note/x")
		text = json.dumps(sent)
		self.assertNotIn("segreta", text)
		self.assertNotIn(
			"list_update", [message["event"] for message in sent if "Case File" in message["room"]]
		)
		self.assertIn("parola aperta", text)

	def test_a_chart_is_drawn_for_its_reader(self):
		chart = frappe.get_doc(
			{
				"doctype": "Dashboard Chart",
				"chart_name": unique("Casi"),
				"chart_type": "Group By",
				"document_type": "Case File",
				"group_by_type": "Count",
				"group_by_based_on": "name",
				"type": "Bar",
				"is_public": 1,
				"filters_json": "[]",
			}
		).insert(ignore_permissions=True)

		def drawn(user: str, get=charts.get) -> list:
			with acting_as(user):
				found = get(chart_name=chart.name)
			return found["labels"] if found else []

		self.assertEqual(drawn(self.worker), [self.case.name])
		self.assertEqual(drawn(make_user(WORKER)), [])
		self.end()
		self.assertEqual(drawn(self.worker), [])
		# What an earlier version of Frappe kept for another reader.
		key = f"chart-data:{chart.name}"
		frappe.cache.set_value(key, json.dumps({"labels": [self.case.name]}))
		self.addCleanup(frappe.cache.delete_value, key)
		self.assertEqual(drawn(self.worker, chart_of_frappe), [self.case.name])
		self.assertEqual(drawn(self.worker), [])

	def test_a_heatmap_counts_no_protected_record(self):
		chart = {"document_type": "Minor", "type": "Heatmap", "chart_type": "Count", "based_on": "creation"}
		with acting_as(self.worker), self.assertRaises(frappe.PermissionError):
			charts.get(chart=json.dumps({**chart, "name": "x", "filters_json": "[]"}), no_cache=1)

	def test_no_report_over_cases_is_kept(self):
		with acting_as(self.worker), self.assertRaises(frappe.PermissionError):
			frappe.get_doc({"doctype": "Prepared Report", "report_name": "Caseload"}).insert(
				ignore_permissions=True
			)
		report = frappe.get_doc("Report", "Caseload")
		report.prepared_report = 1
		kept_reports.keep_live(report)
		self.assertEqual(report.prepared_report, 0)

	def test_no_browser_keeps_an_answer(self):
		for path, kept in (
			("/private/files/x.pdf", False),
			("/api/method/ping", False),
			("/assets/a.js", True),
		):
			response, request = Mock(headers={"Cache-Control": "private,max-age=3600"}), Mock(path=path)
			open_tabs.keep_nothing(response, request)
			with self.subTest(path):
				self.assertEqual(response.headers["Cache-Control"] != "no-store", kept)


class TestAskingWhoSeesWhat(SiteTestCase):
	def test_only_who_answers_for_it_may_ask(self):
		case = make_case().name
		worker = make_user(WORKER)
		assign(case, worker, WORKER)
		for role, may in (
			("Case Coordinator", True),
			("Protection Unit Manager", True),
			("Data Protection Officer", True),
			(WORKER, False),
			(ADMINISTRATION, False),
		):
			user = make_user(role)
			with self.subTest(role), acting_as(user):
				for ask in (
					lambda: access.why(worker, case),
					lambda: access.who(case),
					lambda: access.seen_by(worker),
				):
					if may:
						self.assertTrue(ask())
					else:
						self.assertRaises(frappe.PermissionError, ask)

	def test_an_answer_holds_codes_and_no_content(self):
		case = make_case(register_code="Parola-riservata")
		worker = make_user(WORKER)
		assign(case.name, worker, WORKER)
		name = frappe.db.get_value("Minor", case.minor, "given_name")
		with acting_as(make_user("Data Protection Officer")):
			told = json.dumps(
				[access.why(worker, case.name), access.who(case.name), access.seen_by(worker)], default=str
			)
		self.assertNotIn("Parola-riservata", told)
		self.assertNotIn(name, told)
		self.assertIn(case.name, told)

	def test_every_part_has_a_label(self):
		self.assertEqual(len({part_label(part) for part in GRANTS}), len(GRANTS))

	def test_the_tab_knows_what_is_protected(self):
		bootinfo = frappe._dict()
		open_tabs.boot(bootinfo)
		self.assertEqual(bootinfo.core_minori_protected, list(PROTECTED))
