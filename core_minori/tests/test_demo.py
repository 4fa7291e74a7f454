"""The demo data on a site: everything is there once, made by those whose work it is, and a second run adds nothing."""

import base64
import io
from collections import Counter
from decimal import Decimal
from unittest import SkipTest
from unittest.mock import patch

from openpyxl import load_workbook

import frappe
from frappe.utils import getdate, today
from frappe.utils.password import check_password

from core_minori.api.claims import import_outcome, outcome_template, send_claim, workbook
from core_minori.case_facts import CASE_FIELDS, SOURCES
from core_minori.engine.money import ZERO, money
from core_minori.funding.ledger import booked_by_line
from core_minori.setup import demo, demo_data, demo_money_data
from core_minori.tests.builders import SiteTestCase, acting_as
from core_minori.tests.claim_figures import Books, Paper, Wrong, check_workbook

ADDRESS = {user.key: user.email for user in demo_data.USERS}


class TestDemo(SiteTestCase):
	"""Loaded once for the class and rolled back with it: nothing stays on the site. A demo that is there is looked at."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		if frappe.conf.core_minori_demo_follows and not frappe.db.exists(
			"Funded Project", demo_money_data.CODE
		):
			raise SkipTest("the demo is made after these tests, and looked at then")
		cls.mails = frappe.db.count("Email Queue")
		cls.addClassCleanup(frappe.clear_cache)
		with patch.object(frappe.db, "commit"), patch("builtins.print"):
			cls.first = demo.make_demo()
			cls.second = demo.make_demo()
		cls.data = demo_data.build(getdate(cls.first["day"]))
		cls.money = demo_money_data.build(getdate(cls.first["day"]))

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
			# hours stand in timesheets and in no ledger row: test_demo_hours looks at them
			{
				"budget_line": ["in", list(expected)],
				"docstatus": ["<", 2],
				"voucher_type": ["!=", "Timesheet"],
			},
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
		acts = {
			source.where["act_type"][0]: source.fact for source in SOURCES if source.doctype == "Court Act"
		}
		for field, fact in demo_data.FACT_OF_FIELD.items():
			with self.subTest(field):
				if field in demo_data.ACTS:
					self.assertEqual(acts[demo_data.ACTS[field][0]], fact)
				elif field != demo_data.REPORT_403:
					self.assertEqual(CASE_FIELDS[fact], field)

	# --- the invented project: three claims, figure by figure ------------------------------------------------------

	def claim(self, number: int) -> str:
		return frappe.db.get_value(
			"Reimbursement Claim",
			{"funded_project": demo_money_data.CODE, "claim_number": number, "docstatus": 1},
		)

	def downloaded(self, method, number: int) -> bytes:
		"""What the desk's button hands out."""
		with acting_as(ADDRESS["funding_officer"]):
			method(self.claim(number))
		return frappe.response.pop("filecontent")

	def test_three_claims_were_made_audited_and_cut_and_two_are_settled(self) -> None:
		claims = frappe.get_all(
			"Reimbursement Claim",
			{"funded_project": demo_money_data.CODE},
			[
				"status",
				"claimed_amount",
				"auditor_amount",
				"authority_amount",
				"cost_count",
				"left_out",
			],
			order_by="claim_number",
		)
		self.assertEqual([claim.status for claim in claims], ["Settled", "Settled", "Audited"])
		for claim in claims:
			self.assertGreater(claim.claimed_amount, claim.auditor_amount)
			self.assertGreater(claim.auditor_amount, claim.authority_amount)
			self.assertGreater(claim.cost_count, 100)
		# The last one left last month's behind and nothing else: the cost whose proof is lost went in by its override.
		left = frappe.parse_json(claims[-1].left_out)
		self.assertEqual(len(left), demo_money_data.OPEN_INVOICES)
		self.assertTrue(all(getdate(row["day"]) > self.money.periods[-1][1] for row in left))
		self.assertEqual(
			frappe.get_all("Cost Finding", {"overridden": 1}, ["check_code", "overridden_by"]),
			[{"check_code": "payment-proof", "overridden_by": ADDRESS["funding_officer"]}],
		)

	def test_the_project_is_as_large_as_it_should_be(self) -> None:
		project = frappe.get_doc("Funded Project", demo_money_data.CODE)
		self.assertEqual((len(project.partners), len(project.sources)), (6, 3))
		self.assertEqual(frappe.db.count("FAMI Budget Line", {"funded_project": project.name}), 60)
		kinds = set(
			frappe.get_all(
				"Cost Allocation",
				{"claim": self.claim(3)},
				pluck="voucher_type",
				distinct=True,
				order_by=None,
			)
		)
		self.assertEqual(kinds, {"Purchase Invoice", "Journal Entry", "Timesheet", "Declared Cost"})
		self.assertTrue(
			frappe.db.exists("Cost Allocation", {"claim": self.claim(3), "claimed_amount": ["<", 0]})
		)

	def test_every_figure_of_the_three_workbooks_is_the_one_of_the_books(self) -> None:
		books = Books(demo_money_data.CODE)
		for number in (1, 2, 3):
			with self.subTest(number):
				self.assertGreater(check_workbook(self.downloaded(workbook, number), books, number), 2500)

	def test_a_settled_third_claim_still_has_every_figure_of_the_books(self) -> None:
		frappe.db.savepoint("before_settling")
		name = self.claim(3)
		with acting_as(ADDRESS["funding_officer"]):
			send_claim(name, "send_to_authority", today())
			book = load_workbook(io.BytesIO(self.downloaded(outcome_template, 3)))
			sheet = book["Esito"]
			heading = next(
				cell for row in sheet.iter_rows(max_row=10) for cell in row if cell.value == "Importo ammesso"
			)
			cut = 0
			for row in range(heading.row + 1, sheet.max_row + 1):
				euro = money(sheet.cell(row, heading.column).value)
				if euro > 10 and row % 19 == 0:
					sheet.cell(row, heading.column).value = euro - Decimal("7.77")
					sheet.cell(row, heading.column + 1).value = None
					sheet.cell(row, heading.column + 2).value = "Oltre il preventivo."
					cut += 1
			self.assertGreater(cut, 3)
			out = io.BytesIO()
			book.save(out)
			found = import_outcome(name, "esito.xlsx", base64.b64encode(out.getvalue()).decode(), today())
		self.assertEqual(found, {"status": "Settled", "problems": []})
		content = self.downloaded(workbook, 3)
		self.assertGreater(check_workbook(content, Books(demo_money_data.CODE), 3), 2500)
		frappe.db.rollback(save_point="before_settling")

	def test_a_figure_that_is_a_cent_off_is_found_wherever_it_stands(self) -> None:
		books = Books(demo_money_data.CODE)
		paper = Paper(self.downloaded(workbook, 3))
		check_workbook(paper, books, 3)
		last: dict[tuple[str, int], tuple[str, int, int]] = {}
		first: dict[tuple[str, int], tuple[str, int, int]] = {}
		for place in sorted(paper.figures):
			first.setdefault((place[0], place[2]), place)
			last[place[0], place[2]] = place
		places = {*first.values(), *last.values()}
		self.assertGreater(len(places), 80)
		for place in sorted(places):
			kept = paper.cells[place]
			paper.cells[place] = float(kept) + 0.01
			with self.subTest(place), self.assertRaises(Wrong):
				check_workbook(paper, books, 3)
			paper.cells[place] = kept
		check_workbook(paper, books, 3)

	def test_a_cent_moved_in_the_books_is_found(self) -> None:
		content = self.downloaded(workbook, 3)
		allocation = frappe.get_doc(
			"Cost Allocation",
			{"claim": self.claim(3), "voucher_type": "Purchase Invoice", "imputed_amount": [">", 1]},
		)
		entry = frappe.db.get_value(
			"GL Entry",
			{
				"voucher_no": allocation.voucher_no,
				"account": allocation.account,
				"fami_budget_line": allocation.budget_line,
			},
			["name", "debit"],
			as_dict=True,
		)
		check_workbook(content, Books(demo_money_data.CODE), 3)
		frappe.db.savepoint("before_a_cent")
		frappe.db.set_value("GL Entry", entry.name, "debit", entry.debit + 0.01, update_modified=False)
		with self.assertRaises(Wrong):
			check_workbook(content, Books(demo_money_data.CODE), 3)
		frappe.db.rollback(save_point="before_a_cent")
		check_workbook(content, Books(demo_money_data.CODE), 3)

	def test_untagged_rows_are_costs_of_the_ledger_and_each_has_one_true_line(self) -> None:
		names = {
			**{row.remarks.split()[0]: row.name for row in self.vouchers("Purchase Invoice", "remarks")},
			**{row.user_remark.split()[0]: row.name for row in self.vouchers("Journal Entry", "user_remark")},
		}
		accounts = dict(frappe.get_all("Account", fields=["account_name", "name"], as_list=True))
		expected = {
			(names[code], accounts[demo_data.ACCOUNTS[account]]) for code, account in self.money.truth
		}
		found = frappe.db.sql(
			"""select gle.voucher_no, gle.account, sum(gle.debit - gle.credit)
			from `tabGL Entry` gle join `tabAccount` account on account.name = gle.account
			join `tabCost Center` center on center.name = gle.cost_center
			where account.root_type = 'Expense' and gle.is_cancelled = 0 and center.cost_center_name = %s
			and coalesce(gle.fami_budget_line, '') = ''
			group by gle.voucher_no, gle.account""",
			demo_money_data.CODE,
		)
		self.assertEqual({(voucher, account) for voucher, account, __ in found}, expected)
		self.assertEqual(len(found), demo_money_data.UNTAGGED_ROWS)
		self.assertTrue(all(amount > 0 for __, __, amount in found))
		lines = set(
			frappe.get_all("FAMI Budget Line", {"funded_project": demo_money_data.CODE}, pluck="name")
		)
		self.assertLessEqual(set(self.money.truth.values()), lines)

	def vouchers(self, doctype: str, field: str) -> list:
		return frappe.get_all(doctype, {field: ["like", "PONTE-%"], "docstatus": 1}, ["name", field])

	def test_instalments_are_what_came_in(self) -> None:
		rows = frappe.get_doc("Funded Project", demo_money_data.CODE).instalments
		self.assertEqual(
			[money(row.received_amount) == money(row.amount) for row in rows], [True] * 3 + [False]
		)
		self.assertEqual(
			[row.received_on for row in rows],
			[row.receipts[-1][0] if row.receipts else None for row in self.money.instalments],
		)
		self.assertEqual(rows[2].claim, self.claim(2))
