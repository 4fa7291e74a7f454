"""What our work costs beside ERPNext's own, on one site in one run: `bench --site SITE execute core_minori.tests.measure.run`.

Times are only shown, as ratios of medians: they never decide a test. Everything is rolled back.
"""

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from unittest.mock import patch

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

import frappe
from frappe.desk.form.load import getdoc
from frappe.desk.query_report import run as run_report
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import CallbackManager, add_days, getdate, today
from frappe.utils.response import build_response

from core_minori import access_log, access_store, sealed
from core_minori.engine.suggestions import THRESHOLD, accuracy
from core_minori.funding.report.funding_reconciliation.funding_reconciliation import execute
from core_minori.funding.suggestions import suggestions as suggest_lines
from core_minori.setup import demo, demo_data, demo_money_data
from core_minori.tests.builders import (
	acting_as,
	company,
	make_budget_line,
	make_case,
	make_funded_project,
	make_invoice,
	make_user,
)

ROUNDS = 7
SEALED_ROUNDS = 40
# Openings of a form, each with and without the log: what is looked for is a few hundredths.
FORMS = 150
# A reception project and then some: what one reconciliation has to stand.
LEDGER_ROWS, ALLOCATIONS, LINES = 100_000, 25_000, 500


def run() -> None:
	"""Print each pair's medians in milliseconds and their ratio."""
	frappe.flags.mute_messages = True
	try:
		project = make_funded_project()
		lines = [make_budget_line(project, f"{chapter}.1", 100000).name for chapter in "ABCDE"]
		for line in lines:
			make_invoice((line, 10), (None, 20))
		worker = make_user("Social Worker")
		with acting_as(worker):
			for _round in range(30):
				make_case()
		span = {"company": company(), "from_date": add_days(today(), -365), "to_date": today()}
		_compare(
			"Funding Reconciliation of all lines",
			lambda: run_report("Funding Reconciliation", filters={"group_by": "Line"}),
			"General Ledger of a year",
			lambda: run_report(
				"General Ledger", filters={**span, "group_by": "Group by Voucher (Consolidated)"}
			),
		)
		_compare(
			"invoice with two rows on two lines, saved and submitted",
			lambda: make_invoice((lines[0], 1), (lines[1], 1)),
			"the same without lines",
			lambda: make_invoice((None, 1), (None, 1)),
		)
		with acting_as(worker):
			_compare(
				"list of 20 cases through the resolver",
				lambda: frappe.get_list("Case File", limit_page_length=20),
				"the same list with no permission asked",
				lambda: frappe.get_all("Case File", limit_page_length=20),
			)
			accountant = make_user("Accounts User")
			_compare(
				"list of 20 cases for who is assigned to thirty",
				lambda: frappe.get_list("Case File", limit_page_length=20),
				"ERPNext's list of 20 accounts for an accountant",
				lambda: _as(accountant, lambda: frappe.get_list("Account", limit_page_length=20)),
			)
			_compare(
				"count of the cases of who is assigned to thirty",
				lambda: frappe.get_list("Case File", fields=["count(name) as total"]),
				"ERPNext's count of the accounts for an accountant",
				lambda: _as(accountant, lambda: frappe.get_list("Account", fields=["count(name) as total"])),
			)
		access_logging()
		sealed_texts(worker)
		reconciliation()
		if demo._first_day():
			demo_suggestions()
	finally:
		frappe.flags.mute_messages = False
		frappe.db.rollback()


def access_logging() -> None:
	"""Print what the access log adds to opening the form of a case: each opening with it is paired with one without.

	`bench --site SITE execute core_minori.tests.measure.access_logging` alone; nothing it does is kept.
	"""
	worker = make_user("Social Worker")
	in_test, frappe.flags.in_test = frappe.flags.in_test, True  # a buffer of its own, and nothing committed
	local = frappe.local
	form, request = local.form_dict, getattr(local, "request", None)
	try:
		with acting_as(worker):
			case = make_case().name
			local.form_dict = frappe._dict(doctype="Case File", name=case, cmd="frappe.desk.form.load.getdoc")
			local.request = Request(
				EnvironBuilder(path="/api/method/frappe.desk.form.load.getdoc").get_environ()
			)
			local.request.after_response = CallbackManager()

			def open_form() -> Response:
				local.response = frappe._dict(docs=[])
				local.role_permissions = {}
				getdoc("Case File", case)
				return build_response("json")

			def logged() -> None:
				local.core_minori_ear = None
				access_log.after_request(open_form(), local.request)

			def unlogged() -> None:
				with patch.object(access_log, "heard", lambda doctype, name, allowed, user=None: allowed):
					open_form()

			_compare("opening a case with the access log", logged, "without it", unlogged, rounds=FORMS)
			print(f"the log kept {access_log.drain()} rows of {FORMS + 1} openings")
	finally:
		local.form_dict, local.request = form, request
		access_store._redis().delete(access_store._buffer(), access_store._buffer(":taken"))
		frappe.flags.in_test = in_test
		frappe.db.rollback()


def sealed_texts(worker: str) -> None:
	"""Print what opening and saving a clinical record costs with its text sealed, beside one with nothing sealed."""
	frappe.flags.mute_messages = True
	with acting_as(worker):
		case = make_case().name

		def record() -> Document:
			return frappe.get_doc(
				{
					"doctype": "Clinical Record",
					"case_file": case,
					"record_type": "Health",
					"content": "Annotazione di prova. " * 150,
				}
			).insert()

		def open_form(name: str) -> None:
			frappe.response.docs = []
			getdoc("Clinical Record", name)

		def save(name: str) -> None:
			found = frappe.get_doc("Clinical Record", name)
			found.content = f"{found.content} "
			found.save()

		def plainly(work: Callable) -> Callable:
			with patch.dict(sealed.SEALED, clear=True):
				name = record().name

			def unsealed() -> None:
				with patch.dict(sealed.SEALED, clear=True):
					work(name)

			return unsealed

		name = record().name
		_compare(
			"form of a clinical record",
			lambda: open_form(name),
			"with nothing sealed",
			plainly(open_form),
			rounds=SEALED_ROUNDS,
		)
		_compare(
			"clinical record changed",
			lambda: save(name),
			"with nothing sealed",
			plainly(save),
			rounds=SEALED_ROUNDS,
		)


def reconciliation() -> None:
	"""Print what the reconciliation of a large project costs beside one grouped query over the same ledger rows."""
	frappe.flags.mute_messages = True
	try:
		project = make_funded_project(
			sources=[
				{"source_type": "European Union", "percent": 50},
				{"source_type": "National", "percent": 33.33},
				{"source_type": "Own Funds", "percent": 16.67},
			]
		)
		lines = [
			make_budget_line(project, f"{'ABCDE'[number % 5]}.{number}", 10_000).name
			for number in range(LINES)
		]
		fill_ledger(project, lines)
		gle, account = frappe.qb.DocType("GL Entry"), frappe.qb.DocType("Account")
		plain = (
			frappe.qb.from_(gle)
			.join(account)
			.on(account.name == gle.account)
			.select(gle.fami_budget_line, Sum(gle.debit - gle.credit))
			.where(
				gle.fami_budget_line.isin(lines) & (gle.is_cancelled == 0) & (account.root_type == "Expense")
			)
			.groupby(gle.fami_budget_line)
		)
		size = f"{LEDGER_ROWS:,} ledger rows, {ALLOCATIONS:,} allocations and {LINES} lines"
		for group_by in ("Line", "Partner", "Month", "Source"):
			filters = {"funded_project": project.name, "group_by": group_by}
			_compare(
				f"Funding Reconciliation by {group_by.lower()} of {size}",
				lambda filters=filters: execute(filters),
				"one grouped query over the same ledger rows",
				plain.run,
			)
	finally:
		frappe.flags.mute_messages = False
		frappe.db.rollback()


def demo_suggestions() -> None:
	"""Print precision and recall of the suggestions for the untagged costs of the demo's project, whose lines are known.

	On a site with the demo data: `bench --site SITE execute core_minori.tests.measure.demo_suggestions`.
	"""
	data = demo_money_data.build(getdate(demo._first_day()))
	vouchers = {
		row.text.split()[0]: row.name
		for doctype, field in (("Purchase Invoice", "remarks"), ("Journal Entry", "user_remark"))
		for row in frappe.get_all(doctype, {field: ["is", "set"]}, ["name", f"{field} as text"])
		if row.text.strip()
	}
	accounts = dict(frappe.get_all("Account", fields=["account_name", "name"], as_list=True))
	truth = {
		(vouchers[code], accounts[demo_data.ACCOUNTS[account]]): line
		for (code, account), line in data.truth.items()
		if code in vouchers
	}
	if truth:
		suggestions(truth)
	else:
		print("The untagged costs of the demo are not on this site: no suggestion was measured.")


def suggestions(truth: Mapping[tuple[str, str], str]) -> None:
	"""Print how good the suggestions of this site are; `truth` holds the right line by voucher and account."""
	found = suggest_lines({"vouchers": sorted({voucher for voucher, __ in truth})})
	known = {
		suggestion.cost.key: truth[cost.voucher_no, cost.account]
		for cost, suggestion in found
		if (cost.voucher_no, cost.account) in truth
	}
	for threshold in (0, 50, THRESHOLD, 90):
		result = accuracy((suggestion for __, suggestion in found), known, threshold)
		print(
			f"{result.costs} untagged costs, suggestions from {threshold} %: {result.suggested}, right {result.right};"
			f" precision {result.precision:.3f}, recall {result.recall:.3f}"
		)


def fill_ledger(project: Document, lines: list[str]) -> None:
	"""Book LEDGER_ROWS rows, mostly costs, on the lines and impute ALLOCATIONS of them: straight into the tables."""
	expenses, payables = (
		frappe.get_all(
			"Account", {"company": company(), "root_type": root_type, "is_group": 0}, pluck="name", limit=20
		)
		for root_type in ("Expense", "Liability")
	)
	cost_center = frappe.db.get_value("Cost Center", {"company": company(), "is_group": 0})
	days = [add_days(today(), -back) for back in range(59)]
	common = {"owner": "Administrator", "docstatus": 1, "company": company(), "cost_center": cost_center}
	prefix = frappe.generate_hash(length=8)

	def rows(count: int, values: Callable[[int], Mapping[str, object]]) -> tuple[list[str], list[tuple]]:
		found = [
			{
				**common,
				"name": f"{prefix}-{number}",
				"voucher_type": "Purchase Invoice",
				"voucher_no": f"{prefix}-PI-{number // 4}",
				"posting_date": days[number * 7 % len(days)],
				**values(number),
			}
			for number in range(count)
		]
		return list(found[0]), [tuple(row.values()) for row in found]

	frappe.db.bulk_insert(
		"GL Entry",
		*rows(
			LEDGER_ROWS,
			lambda number: {
				"account": expenses[number % len(expenses)]
				if number % 8
				else payables[number % len(payables)],
				"debit": (number * 7919 % 100_000) / 100,
				"credit": 0,
				"is_cancelled": 0,
				"project": project.project,
				"fami_budget_line": lines[number % len(lines)],
			},
		),
	)
	frappe.db.bulk_insert(
		"Cost Allocation",
		*rows(
			ALLOCATIONS,
			lambda number: {
				"account": expenses[number % len(expenses)],
				"budget_line": lines[number % len(lines)],
				"funded_project": project.name,
				"docstatus": 1 if number % 5 else 0,
				"percent": 100,
				"ledger_amount": (number * 7919 % 100_000) / 100,
				"imputed_amount": (number * 7919 % 100_000) / 100,
				"claimed_amount": (number * 7919 % 100_000) / 100 if number % 5 and number % 3 else 0,
			},
		),
	)


def _as(user: str, work: Callable) -> None:
	"""Do it as another user without the cost of logging in, which drops what a request keeps."""
	before, frappe.session.user = frappe.session.user, user
	try:
		work()
	finally:
		frappe.session.user = before


def _compare(ours: str, our_work: Callable, theirs: str, their_work: Callable, rounds: int = ROUNDS) -> None:
	our_times, their_times = [], []
	our_work(), their_work()  # caches are warm for both
	pair = [(our_times, our_work), (their_times, their_work)]
	for _round in range(rounds):
		for times, work in pair:
			times.append(_timed(work))
		pair.reverse()  # who comes second finds more in the caches
	# of each pair, so that a machine that slows down meanwhile slows down both
	ratio = median(one / other for one, other in zip(our_times, their_times, strict=True))
	print(
		f"{ours}: {median(our_times):.1f} ms; {theirs}: {median(their_times):.1f} ms;"
		f" ratio {ratio:.2f} (median of {rounds})"
	)


def _timed(work: Callable) -> float:
	start = perf_counter()
	work()
	return (perf_counter() - start) * 1000
