"""Grouping budget, ledger and imputations; eligibility of a cost."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.eligibility import check_line_budget, check_project_window, severity_of
from core_minori.engine.message import Severity
from core_minori.engine.reconciliation import GROUPINGS, Booking, BudgetLine, Imputation, reconcile, total

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
