"""Grouping budget, ledger and imputations; eligibility of a cost."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.eligibility import check_line_budget, check_project_window, severity_of
from core_minori.engine.flat_rates import FlatRate
from core_minori.engine.message import Severity
from core_minori.engine.reconciliation import (
	GROUPINGS,
	Booking,
	BudgetLine,
	Imputation,
	Plan,
	over_sources,
	planned_by_month,
	planned_by_source,
	reconcile,
	running_totals,
	total,
	with_flat_rates,
)

amounts = st.decimals(min_value="-1000", max_value="100000", places=2)
names = st.sampled_from([f"L{number}" for number in range(6)])
LINES = [
	BudgetLine(
		f"L{number}",
		f"P{number % 2}",
		"ABC"[number % 3],
		("X", "Y", "")[number // 2],
		f"Line {number}",
		Decimal(100 * number),
	)
	for number in range(6)
]


@given(
	st.lists(st.builds(Booking, names, amounts), max_size=20),
	st.lists(st.builds(Imputation, names, amounts, st.booleans()), max_size=20),
	st.sampled_from(GROUPINGS),
)
def test_every_cent_stands_in_one_row_whatever_the_grouping(bookings, imputations, by):
	rows = reconcile(LINES, bookings, imputations, by)
	whole = total(rows)
	assert whole.planned == sum(line.planned for line in LINES)
	assert whole.booked == sum((booking.amount for booking in bookings), Decimal(0))
	assert whole.imputed == sum((part.amount for part in imputations if part.confirmed), Decimal(0))
	assert whole.drafted == sum((part.amount for part in imputations if not part.confirmed), Decimal(0))
	assert [row.key for row in rows] == sorted({row.key for row in rows})


def test_a_row_tells_what_is_left_and_what_nobody_imputed():
	(row,) = reconcile(
		[LINES[1]],
		[Booking("L1", Decimal("80.10")), Booking("other", Decimal("9"))],
		[Imputation("L1", Decimal("30"), True), Imputation("L1", Decimal("20"), False)],
	)
	assert (row.planned, row.booked, row.imputed, row.drafted) == (100, Decimal("80.10"), 30, 20)
	assert row.residual == 70
	assert row.not_imputed == Decimal("30.10")
	assert row.imputed_percent == 30


def test_the_order_of_the_inputs_does_not_matter():
	bookings = [Booking("L2", Decimal("1.10")), Booking("L4", Decimal("2.20"))]
	assert reconcile(LINES, bookings, [], "partner") == reconcile(LINES[::-1], bookings[::-1], [], "partner")


def test_unknown_grouping_and_double_lines_are_refused():
	with pytest.raises(ValueError, match="group by"):
		reconcile(LINES, [], [], "colour")
	with pytest.raises(ValueError, match="twice"):
		reconcile([LINES[1], LINES[1]], [], [])


def test_what_was_claimed_and_accepted_stands_beside_what_was_imputed():
	parts = [
		Imputation(
			"L1", Decimal("30"), True, claimed=Decimal("30"), auditor=Decimal("29.50"), paid=Decimal("12")
		),
		Imputation("L1", Decimal("20"), True, claimed=Decimal("20"), authority=Decimal("5")),
	]
	(row,) = reconcile([LINES[1]], [], parts)
	assert (row.claimed, row.auditor, row.authority, row.paid) == (50, Decimal("29.50"), 5, 12)


FLAT = BudgetLine(
	"F1", "P0", "L", "", "Indirect", Decimal("7"), FlatRate("F1", "", Decimal(7), ("A", "B"), "L")
)
SOURCES = {"P0": [("EU", Decimal(50)), ("National", Decimal("33.33")), ("Own", Decimal("16.67"))]}


def test_a_flat_rate_is_taken_of_what_is_imputed_and_no_voucher_counts_on_it():
	lines = [LINES[0], LINES[4], FLAT]  # chapters A and B of project P0
	parts = [
		Imputation("L0", Decimal("100.10"), True),
		Imputation("L4", Decimal("50"), True),
		Imputation("L4", Decimal("999"), False),
		Imputation("F1", Decimal("400"), True),
	]
	rows = {row.key: row for row in reconcile(lines, [], with_flat_rates(lines, parts))}
	assert rows["F1"].imputed == Decimal("10.51")  # 7 % of 150.10, half up
	assert rows["F1"].not_imputed == 0
	assert rows["F1"].residual == Decimal("-3.51")


@given(
	st.lists(
		st.tuples(st.sampled_from(["L0", "L4"]), amounts, st.sampled_from(["2026-01", "2026-02", "2026-05"]))
	)
)
def test_the_months_of_a_flat_rate_sum_to_the_rate_of_the_whole(costs):
	lines = [LINES[0], LINES[4], FLAT]
	by_month = [Imputation(line, amount, True, group=month) for line, amount, month in costs]
	whole = [Imputation(line, amount, True) for line, amount, __ in costs]
	found = total(reconcile(lines, [], with_flat_rates(lines, by_month, by_month=True), "month"))
	expected = total(reconcile(lines, [], with_flat_rates(lines, whole)))
	assert (found.imputed, found.flat_rate) == (expected.imputed, expected.flat_rate)


@given(amounts)
def test_the_sources_of_a_cost_sum_to_it(amount):
	parts = over_sources(amount, SOURCES["P0"])
	assert sum(part for __, part in parts) == amount
	assert [source for source, __ in parts] == ["EU", "National", "Own"]
	assert over_sources(amount, []) == [("", amount)]


def test_by_source_and_month_the_plan_is_divided_and_the_groups_say_where_amounts_belong():
	line = LINES[1]
	plans = planned_by_source([line], {"P1": SOURCES["P0"]})
	assert plans == [
		Plan("L1", Decimal("50.00"), "EU"),
		Plan("L1", Decimal("33.33"), "National"),
		Plan("L1", Decimal("16.67"), "Own"),
	]
	rows = reconcile([line], [Booking("L1", Decimal("9"), "EU")], [], "source", plans)
	assert ("EU", 50, 9) in [(row.key, row.planned, row.booked) for row in rows]

	plans = planned_by_month([line], {"P1": (date(2026, 1, 31), date(2026, 3, 1))})
	assert [(plan.group, plan.amount) for plan in plans] == [
		("2026-01", Decimal("3.33")),  # one day of thirty
		("2026-02", Decimal("93.33")),
		("2026-03", Decimal("3.34")),
	]
	rows = reconcile([line], [Booking("L1", Decimal("9"), "2026-02")], [], "month", plans)
	assert [row.key for row in rows] == ["2026-01", "2026-02", "2026-03"]
	assert [(row.planned, row.booked) for row in running_totals(rows)] == [
		(Decimal("3.33"), 0),
		(Decimal("96.66"), 9),
		(Decimal("100.00"), 9),
	]


@pytest.mark.parametrize(
	("day", "inside"),
	[
		(date(2023, 9, 1), True),
		(date(2026, 8, 31), True),
		(date(2023, 8, 31), False),
		(date(2026, 9, 1), False),
	],
)
def test_a_cost_is_incurred_between_the_first_and_the_last_day(day, inside):
	finding = check_project_window(day, date(2023, 9, 1), date(2026, 8, 31), "PROG-1")
	assert (finding is None) is inside
	if finding:
		assert finding.severity is Severity.BLOCK
		text = finding.message.render()
		assert "01/09/2023" in text and "31/08/2026" in text and day.strftime("%d/%m/%Y") in text


def test_a_line_may_be_spent_to_the_cent_and_warns_above_it():
	assert check_line_budget("A.1", Decimal("100"), Decimal("60"), Decimal("40")) is None
	finding = check_line_budget("A.1", Decimal("100"), Decimal("60"), Decimal("40.01"))
	assert finding.severity is Severity.WARN
	assert "EUR 0,01" in finding.message.render()


def test_a_credit_note_on_a_line_over_budget_does_not_warn():
	assert check_line_budget("A.1", Decimal("100"), Decimal("160"), Decimal("-10")) is None


def test_the_severity_is_the_programmes_own_and_dated():
	rules = [
		{"check_code": "line-budget", "severity": "Inform", "source": "Old", "valid_to": date(2024, 12, 31)},
		{
			"check_code": "line-budget",
			"severity": "Block",
			"source": "New",
			"article": "art. 3",
			"valid_from": date(2025, 1, 1),
		},
	]
	assert severity_of(rules, "line-budget", date(2024, 6, 1), Severity.WARN) == (Severity.INFORM, "Old")
	assert severity_of(rules, "line-budget", date(2025, 6, 1), Severity.WARN) == (
		Severity.BLOCK,
		"New, art. 3",
	)
	assert severity_of(rules, "project-window", date(2025, 6, 1), Severity.WARN) == (Severity.WARN, "")
