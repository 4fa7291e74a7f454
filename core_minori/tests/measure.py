"""What our work costs beside ERPNext's own, on one site in one run: `bench --site SITE execute core_minori.tests.measure.run`.

Times are only shown, as ratios of medians: they never decide a test. Everything is rolled back.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter

import frappe
from frappe.desk.query_report import run as run_report
from frappe.utils import add_days, today

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
	finally:
		frappe.flags.mute_messages = False
		frappe.db.rollback()


def _compare(ours: str, our_work: Callable, theirs: str, their_work: Callable) -> None:
	our_times, their_times = [], []
	our_work(), their_work()  # caches are warm for both
	for _round in range(ROUNDS):
		our_times.append(_timed(our_work))
		their_times.append(_timed(their_work))
	ratio = median(our_times) / median(their_times)
	print(
		f"{ours}: {median(our_times):.1f} ms; {theirs}: {median(their_times):.1f} ms;"
		f" ratio {ratio:.2f} (median of {ROUNDS})"
	)


def _timed(work: Callable) -> float:
	start = perf_counter()
	work()
	return (perf_counter() - start) * 1000
