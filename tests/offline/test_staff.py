"""Cost and hours of staff: rates, their days, the cost of hours, and the limits on them."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.message import RuleError, Severity
from core_minori.engine.money import money
from core_minori.engine.staff import (
	Absence,
	Rate,
	RealCost,
	WorkedHours,
	annual_limit,
	check_hours,
	check_one_month,
	check_rate_end,
	fit_rate,
	hourly_rate,
	hours_cost,
	month_of,
	month_rows,
	rate_on,
	refuse_rate_change,
	standard_hours,
	strictest,
)

D = Decimal
MONDAY = date(2026, 3, 2)
RULES = (
	{"check_code": "timesheet-day", "value": "13", "severity": "Block"},
	{"check_code": "timesheet-leave", "value": "", "severity": "Warn"},
	{"check_code": "timesheet-year", "value": "1720", "severity": "Block"},
)
FULL_TIME = Rate("SCR-1", date(2026, 1, 1), None, D("19.34"), D(8), D(1720))


def row(day: date, start: float, hours: float, line: str = "P-A.1", own: bool = True, **more) -> WorkedHours:
	starts = datetime(day.year, day.month, day.day) + timedelta(hours=start)
	return WorkedHours(
		more.pop("sheet", "TS-1" if own else "TS-2"),
		starts,
		starts + timedelta(hours=hours),
		D(str(hours)),
		line,
		own=own,
		rules=more.pop("rules", RULES if line else ()),
	)


def found(rows, rates=(FULL_TIME,), absences=()) -> list[tuple]:
	return [
		(each.rule, each.severity, each.found, each.allowed) for each in check_hours(rows, rates, absences)
	]


class TestRate:
	def test_full_time_is_the_annual_cost_by_the_standard_hours_half_up(self):
		assert hourly_rate(D("33271.66"), standard_hours(D(1720), 100)) == D("19.34")
		# 19.345 exactly: half up, where a float would say 19.34.
		assert hourly_rate(D("33273.40"), D(1720)) == D("19.35")

	def test_part_time_divides_its_own_cost_by_its_own_hours(self):
		assert standard_hours(D(1720), 62.5) == D("1075.00")
		assert hourly_rate(D("20794.79"), standard_hours(D(1720), 62.5)) == D("19.34")

	@pytest.mark.parametrize("share", [0, -5, 100.01])
	def test_a_share_outside_the_contract_is_refused(self, share):
		with pytest.raises(RuleError) as refused:
			standard_hours(D(1720), share)
		assert refused.value.finding.rule == "part-time"

	def test_the_real_cost_sums_what_the_law_and_the_contract_make_the_employer_pay(self):
		cost = RealCost(
			gross_monthly_pay=D("1750.40"),
			months=D(12),
			additional_months_pay=D("3500.80"),
			severance_accrual=D("1815.23"),
			employer_social_security=D("6868.57"),
			employer_insurance=D("245.06"),
			other_contract_items=D("180"),
		)
		assert cost.annual_cost == D("33614.46")
		assert hourly_rate(cost.annual_cost, 1548) == D("21.71")

	def test_no_cost_and_no_hours_are_refused_in_words(self):
		for cost, hours, rule in (
			(D(0), 1720, "annual-cost"),
			(D(100), 0, "annual-hours"),
			(D(1), None, "annual-hours"),
		):
			with pytest.raises(RuleError) as refused:
				hourly_rate(cost, hours)
			assert refused.value.finding.rule == rule
			assert refused.value.finding.remedy

	@given(st.decimals(1, 200, places=2), st.integers(1, 24 * 3600))
	def test_hours_cost_is_off_by_half_a_cent_at_most(self, rate, seconds):
		hours = round(seconds / 3600, 6)
		assert abs(hours_cost(rate, hours) - rate * D(str(hours))) <= D("0.005")


class TestDays:
	def test_a_new_rate_ends_the_open_one_the_day_before(self):
		new = Rate("SCR-2", date(2026, 7, 1), None)
		assert fit_rate(new, [FULL_TIME]) == (FULL_TIME, date(2026, 6, 30))

	def test_a_rate_beside_the_others_ends_none(self):
		closed = Rate("SCR-1", date(2026, 1, 1), date(2026, 6, 30))
		assert fit_rate(Rate("SCR-2", date(2026, 7, 1), None), [closed]) is None
		assert fit_rate(Rate("SCR-0", date(2025, 1, 1), date(2025, 12, 31)), [FULL_TIME]) is None

	@pytest.mark.parametrize(
		("starts", "ends"),
		[
			(date(2026, 6, 30), None),
			(date(2025, 1, 1), None),
			(date(2026, 3, 1), date(2026, 3, 31)),
			(date(2025, 1, 1), date(2026, 1, 1)),
		],
	)
	def test_overlaps_are_refused(self, starts, ends):
		closed = Rate("SCR-1", date(2026, 1, 1), date(2026, 6, 30))
		with pytest.raises(RuleError) as refused:
			fit_rate(Rate("SCR-2", starts, ends), [closed])
		assert "SCR-1" in str(refused.value)

	def test_an_open_rate_is_not_put_before_another(self):
		with pytest.raises(RuleError):
			fit_rate(Rate("SCR-0", date(2025, 1, 1), None), [FULL_TIME])

	def test_the_days_are_in_order(self):
		with pytest.raises(RuleError):
			fit_rate(Rate("SCR-2", date(2026, 7, 1), date(2026, 6, 30)), [])

	def test_the_rate_of_a_day_changes_in_the_middle_of_the_year(self):
		rates = [
			Rate("SCR-1", date(2026, 1, 1), date(2026, 6, 30), D("19.34")),
			Rate("SCR-2", date(2026, 7, 1), None, D("20.10")),
		]
		assert rate_on(rates, date(2026, 6, 30), "Anna").hourly_rate == D("19.34")
		assert rate_on(rates, date(2026, 7, 1), "Anna").hourly_rate == D("20.10")
		with pytest.raises(RuleError) as refused:
			rate_on(rates, date(2025, 12, 31), "Anna")
		assert "31/12/2025" in str(refused.value) and "Anna" in str(refused.value)

	def test_a_rate_is_not_ended_before_its_last_hours_nor_changed(self):
		check_rate_end("SCR-1", date(2026, 6, 30), date(2026, 6, 30))
		check_rate_end("SCR-1", None, date(2026, 6, 30))
		with pytest.raises(RuleError):
			check_rate_end("SCR-1", date(2026, 6, 29), date(2026, 6, 30))
		with pytest.raises(RuleError):
			refuse_rate_change("SCR-1", date(2026, 6, 30))


class TestDay:
	def test_the_contracts_hours_are_enough_and_one_more_warns(self):
		assert found([row(MONDAY, 8, 8)]) == []
		(over,) = found([row(MONDAY, 8, 8), row(MONDAY, 17, 0.5, line="")])
		assert over == ("timesheet-day", Severity.WARN, D("8.50"), D("8.00"))

	def test_all_projects_count_and_the_longest_day_blocks(self):
		rows = [row(MONDAY, 6, 7), row(MONDAY, 14, 6, line="Q-A.1", own=False)]
		assert [each[1] for each in found(rows)] == [Severity.WARN]
		rows.append(row(MONDAY, 21, 0.25, own=False))
		assert found(rows) == [("timesheet-day", Severity.BLOCK, D("13.25"), D("13.00"))]

	def test_the_programme_says_how_long_and_how_bad(self):
		rules = ({"check_code": "timesheet-day", "value": "10", "severity": "Warn", "source": "Manual"},)
		(finding,) = check_hours([row(MONDAY, 6, 11, rules=rules)], [FULL_TIME], [])
		assert (finding.severity, finding.allowed, finding.source) == (Severity.WARN, D("10.00"), "Manual")

	def test_without_a_row_thirteen_hours_block(self):
		assert found([row(MONDAY, 6, 13.5, rules=())], rates=()) == [
			("timesheet-day", Severity.BLOCK, D("13.50"), D("13.00"))
		]

	def test_of_two_programmes_the_stricter_speaks(self):
		lenient = [{"check_code": "timesheet-day", "severity": "Inform"}]
		strict = [{"check_code": "timesheet-day", "severity": "Block"}]
		assert strictest([lenient, strict], "timesheet-day", MONDAY, Severity.WARN)[0] is Severity.BLOCK
		assert strictest([], "timesheet-day", MONDAY, Severity.WARN) == (Severity.WARN, "")

	def test_hours_that_nobody_claims_are_nobodys_business(self):
		assert found([row(MONDAY, 6, 16, line="")], absences=[Absence(MONDAY, "Domenica")]) == []

	def test_a_day_off_warns_with_its_reason(self):
		(finding,) = check_hours([row(MONDAY, 9, 4)], [FULL_TIME], [Absence(MONDAY, "Ferie")])
		assert (finding.rule, finding.severity) == ("timesheet-leave", Severity.WARN)
		assert "Ferie" in finding.message.render()

	def test_the_same_hour_twice_blocks_across_sheets(self):
		rows = [row(MONDAY, 9, 4), row(MONDAY, 12.5, 2, line="", own=False)]
		(finding,) = check_hours(rows, [FULL_TIME], [])
		assert (finding.rule, finding.severity) == ("timesheet-overlap", Severity.BLOCK)
		assert "TS-1" in finding.message.render() and "TS-2" in finding.message.render()

	def test_one_after_the_other_is_no_overlap(self):
		assert found([row(MONDAY, 9, 3.5), row(MONDAY, 12.5, 2, own=False)]) == []

	def test_an_overlap_of_two_other_sheets_is_said_there(self):
		rows = [row(MONDAY, 8, 1), row(MONDAY, 10, 2, own=False), row(MONDAY, 11, 2, own=False, sheet="TS-3")]
		assert found(rows) == []


class TestYear:
	def year(self, hours: float) -> list[WorkedHours]:
		"""That many hours of other sheets from 1 January on, eight a day, and one own hour on 31 December."""
		rows, day, left = [], date(2026, 1, 1), hours - 1
		while left > 0:
			rows.append(row(day, 8, min(left, 8), own=False))
			left -= 8
			day += timedelta(days=1)
		return [*rows, row(date(2026, 12, 31), 8, 1)]

	def test_the_standard_hours_are_the_most_a_year_has(self):
		assert found(self.year(1720)) == []
		assert found(self.year(1720.5)) == [("timesheet-year", Severity.BLOCK, D("1720.50"), D("1720.00"))]

	def test_part_time_has_its_part(self):
		half = Rate("SCR-1", date(2026, 1, 1), None, D(19), D(4), D(860))
		(over,) = [each for each in found(self.year(861), [half]) if each[0] == "timesheet-year"]
		assert over[2:] == (D("861.00"), D("860.00"))

	def test_a_change_in_the_year_weighs_by_days(self):
		rates = [
			Rate("SCR-1", date(2025, 1, 1), date(2026, 6, 30), limit_hours=D(1720)),
			Rate("SCR-2", date(2026, 7, 1), None, limit_hours=D(860)),
		]
		# 181 days at 1720, 184 at 860.
		assert annual_limit(rates, 2026) == money((D(1720) * 181 + D(860) * 184) / 365)
		assert annual_limit(rates, 2025) == D(1720)

	def test_the_real_cost_has_no_such_limit(self):
		real = Rate("SCR-1", date(2026, 1, 1), None, D(19), D(8), None)
		assert annual_limit([real], 2026) is None
		assert found(self.year(1800), [real]) == []

	def test_hours_of_no_line_do_not_count_for_the_year(self):
		rows = [*self.year(1720), row(date(2026, 12, 30), 8, 8, line="", own=False)]
		assert found(rows) == []


class TestPaper:
	def test_a_funded_sheet_stays_in_its_month(self):
		check_one_month([row(date(2026, 3, 31), 20, 4)])  # until midnight
		check_one_month([row(date(2026, 3, 31), 8, 4, line=""), row(date(2026, 4, 1), 8, 4, line="")])
		with pytest.raises(RuleError):
			check_one_month([row(date(2026, 3, 31), 8, 4), row(date(2026, 4, 1), 8, 4, line="")])
		with pytest.raises(RuleError):
			check_one_month([row(date(2026, 3, 31), 20, 4.5)])

	def test_the_grid_adds_up_on_itself(self):
		rows = [
			row(MONDAY, 8, 3.333333),
			row(MONDAY, 14, 1.333333),
			row(MONDAY, 17, 0.5, line=""),
			row(MONDAY + timedelta(days=1), 8, 2, line="Q-A.1", own=False),
			row(date(2026, 4, 1), 8, 8),
		]
		lines, totals = month_rows(rows, 2026, 3)
		assert [(each.line, each.total) for each in lines] == [
			("P-A.1", D("4.67")),
			("Q-A.1", D("2.00")),
			("", D("0.50")),
		]
		assert totals.days == {2: D("5.17"), 3: D("2.00")}
		assert totals.total == sum(each.total for each in lines) == D("7.17")

	def test_a_month_runs_to_the_first_of_the_next(self):
		assert month_of(date(2026, 12, 17)) == (datetime(2026, 12, 1), datetime(2027, 1, 1))
