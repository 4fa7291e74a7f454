"""The demo data on a site: everything is there once, made by those whose work it is, and a second run adds nothing."""

from collections import Counter
from decimal import Decimal
from unittest.mock import patch

import frappe
from frappe.utils import getdate
from frappe.utils.password import check_password

from core_minori.case_deadlines import CASE_FACTS
from core_minori.engine.money import ZERO, money
from core_minori.funding.ledger import booked_by_line
from core_minori.setup import demo, demo_data
from core_minori.tests.builders import SiteTestCase, acting_as

ADDRESS = {user.key: user.email for user in demo_data.USERS}


class TestDemo(SiteTestCase):
	"""Loaded once for the class and rolled back with it: nothing stays on the site."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.mails = frappe.db.count("Email Queue")
		cls.addClassCleanup(frappe.clear_cache)
		with patch.object(frappe.db, "commit"), patch("builtins.print"):
			cls.first = demo.make_demo()
			cls.second = demo.make_demo()
		cls.data = demo_data.build(getdate(cls.first["day"]))

	def codes(self, doctype: str, *fields: str) -> dict:
		"""Values of `fields` of the demo's records, by their code."""
		rows = frappe.get_all(
			doctype,
			{"register_code": ["like", "DEMO-%"]},
			["register_code", *fields],
			order_by="register_code",
		)
		return {row.register_code: tuple(row[name] for name in fields) for row in rows}

	def test_a_second_run_creates_nothing(self) -> None:
		self.assertEqual(self.second["created"], {})
		self.assertEqual(self.second["day"], self.first["day"])
		self.assertEqual(self.second["logins"], self.first["logins"])

	def test_no_mail_goes_out(self) -> None:
		self.assertEqual(frappe.db.count("Email Queue"), self.mails)

	def test_every_record_of_the_data_is_there(self) -> None:
		for doctype, records in (
			("Minor", self.data.cases),
			("Case File", self.data.cases),
			("PEI", self.data.plans),
			("Referral", self.data.referrals),
			("Training Session", self.data.sessions),
		):
			self.assertEqual(list(self.codes(doctype)), sorted(record.code for record in records), doctype)
		self.assertEqual(
			set(self.codes("FAMI Budget Line")), {line.register_code for line in self.data.lines}
		)
		for doctype, field, records in (
			("Purchase Invoice", "remarks", self.data.invoices),
			("Journal Entry", "user_remark", self.data.entries),
			("Timesheet", "note", self.data.timesheets),
		):
			submitted = frappe.get_all(doctype, {field: ["like", "DEMO-%"], "docstatus": 1}, pluck=field)
			self.assertEqual(
				sorted(text.split()[0] for text in submitted),
				sorted(record.code for record in records),
				doctype,
			)

	def test_states_are_those_of_the_data(self) -> None:
		self.assertEqual(
			self.codes("Referral", "status"),
			{referral.code: (referral.status,) for referral in self.data.referrals},
		)
		self.assertEqual(
			self.codes("PEI", "workflow_state", "version"),
			{plan.code: (plan.state, plan.version) for plan in self.data.plans},
		)
		states = Counter(state for (state,) in self.codes("Case File", "state").values())
		self.assertEqual(
			states["Closed"] + states["Transferred"], sum(bool(case.closed_on) for case in self.data.cases)
		)
		self.assertEqual(states["Missing"], 2)

	def test_records_belong_to_those_whose_work_they_are(self) -> None:
		self.assertEqual(
			self.codes("Case File", "owner"),
			{case.code: (ADDRESS[case.social_worker],) for case in self.data.cases},
		)
		self.assertEqual(
			self.codes("PEI", "owner"), {plan.code: (ADDRESS[plan.author],) for plan in self.data.plans}
		)
		self.assertEqual(
			set(frappe.get_all("Purchase Invoice", {"remarks": ["like", "DEMO-%"]}, pluck="owner")),
			{ADDRESS["funding_officer"]},
		)

	def test_assignments_have_the_days_of_the_data(self) -> None:
		names = {code: name for code, (name,) in self.codes("Case File", "name").items()}
		found = {
			(row.case_file, row.user, row.care_role, row.from_date, row.to_date)
			for row in frappe.get_all(
				"Care Assignment",
				{"case_file": ["in", list(names.values())]},
				["case_file", "user", "care_role", "from_date", "to_date"],
			)
		}
		self.assertEqual(
			found,
			{
				(names[row.case], ADDRESS[row.user], row.care_role, row.from_date, row.to_date)
				for row in self.data.assignments
			},
		)

	def test_steps_of_referrals_lie_in_the_past_year_and_not_on_one_day(self) -> None:
		sent = self.codes("Referral", "sent_on", "ended_on")
		for referral in self.data.referrals:
			moments = {action: moment for action, moment, __, __ in referral.steps}
			self.assertEqual(
				sent[referral.code],
				(moments.get("Send"), moments.get("Complete") or moments.get("Revoke")),
				referral.code,
			)

	def test_the_ledger_carries_on_each_line_what_was_booked_on_it(self) -> None:
		expected: dict[str, Decimal] = {}
		vouchers = [voucher for voucher in self.data.invoices if voucher.mistake != "outside-window"]
		for voucher in (*vouchers, *self.data.entries):
			for row in voucher.rows:
				if row.line:
					expected[row.line] = expected.get(row.line, ZERO) + row.amount
		self.assertEqual(booked_by_line([line.name for line in self.data.lines]), expected)
		allocated: dict[str, Decimal] = {}
		for line, amount, status in frappe.get_all(
			"Cost Allocation",
			{"budget_line": ["in", list(expected)], "docstatus": ["<", 2]},
			["budget_line", "imputed_amount", "docstatus"],
			as_list=True,
		):
			allocated[line] = allocated.get(line, ZERO) + money(amount)
			self.assertIn(status, (0, 1))
		self.assertEqual(allocated, expected)

	def test_budgets_of_the_projects(self) -> None:
		for project in demo_data.PROJECTS:
			doc = frappe.get_doc("Funded Project", project.code)
			self.assertEqual(
				money(sum(row.budget_share for row in doc.partners)), demo_data.budget_of(project.code)
			)
			self.assertEqual(money(sum(row.amount for row in doc.sources)), demo_data.budget_of(project.code))
			self.assertEqual((doc.cup or "", doc.cig or ""), (project.cup, project.cig))
			self.assertTrue(doc.project)

	def test_every_login_works_and_lands_on_its_workspace(self) -> None:
		self.assertEqual(
			{login["role"] for login in self.first["logins"]}, {user.roles[0] for user in demo_data.USERS}
		)
		for user in demo_data.USERS:
			self.assertEqual(check_password(user.email, demo_data.DEMO_PASSWORD), user.email)
			doc = frappe.get_doc("User", user.email)
			self.assertEqual((doc.enabled, doc.language, doc.user_type), (1, "it", "System User"))
			self.assertEqual(doc.default_workspace or "", user.workspace)
			self.assertLessEqual(set(user.roles), set(frappe.get_roles(user.email)))

	def test_partners_see_the_open_referrals_sent_to_them_and_no_more(self) -> None:
		for key, organisation in (
			("partner_health", demo_data.HEALTH_PARTNER),
			("partner_school", demo_data.SCHOOL_PARTNER),
		):
			with acting_as(ADDRESS[key]):
				seen = frappe.get_list("Referral", pluck="register_code", limit_page_length=0)
			self.assertEqual(
				sorted(seen),
				sorted(
					referral.code
					for referral in self.data.referrals
					if referral.organisation == organisation
					and referral.status in ("Sent", "Accepted", "In Progress")
				),
			)

	def test_social_workers_see_the_open_cases_they_follow(self) -> None:
		for key in ("social_worker", "social_worker_2"):
			with acting_as(ADDRESS[key]):
				seen = set(frappe.get_list("Case File", pluck="register_code", limit_page_length=0))
			followed = {
				row.case
				for row in self.data.assignments
				if row.user == key and (not row.to_date or row.to_date >= getdate())
			}
			self.assertEqual(seen, followed)
			self.assertGreater(len(seen), 10)

	def test_staff_see_their_own_hours_and_finance_sees_all(self) -> None:
		ours = {"note": ["like", "DEMO-%"]}
		with acting_as(ADDRESS["educator"]):
			self.assertEqual(
				{row.employee_name for row in frappe.get_list("Timesheet", ours, ["employee_name"])},
				{"Enza Mardovi"},
			)
			self.assertEqual(len(frappe.get_list("Employee")), 1)
			self.assertEqual(
				frappe.db.count("Training Session"),
				len(frappe.get_list("Training Session", limit_page_length=0)),
			)
		with acting_as(ADDRESS["funding_officer"]):
			self.assertEqual(len(frappe.get_list("Timesheet", ours, limit_page_length=0)), 40)

	def test_the_offline_facts_are_those_of_the_case_file(self) -> None:
		self.assertEqual(demo_data.FACT_OF_FIELD, {field: fact for fact, field in CASE_FACTS.items()})
