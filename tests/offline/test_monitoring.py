"""The tables of the monitoring."""

from datetime import date
from decimal import Decimal

from core_minori.engine.flat_rates import FlatRate
from core_minori.engine.money import ZERO, money
from core_minori.engine.monitoring import (
	Attendance,
	Case,
	Identity,
	Line,
	Spending,
	by_activity,
	financial,
	operators,
	target_people,
	total,
	with_flat_rates,
)


def line(code: str, to_date: str = "0", activity: str = "", planned: str = "100") -> Line:
	spending = Spending(money(0), money(to_date), money(0), money(0), money(0))
	return Line(code, code, f"Voce {code}", code[0], "Coop", activity, money(planned), spending)


def test_activities_add_up_and_lines_of_none_come_last():
	rows = by_activity(
		[line("A.1", "10"), line("B.1", "20", "WP2"), line("B.2", "5.50", "WP2"), line("C.1", "1", "WP1")]
	)
	assert [row[:2] for row in rows] == [("WP1", "C.1"), ("WP2", "B.1, B.2"), ("", "A.1")]
	assert rows[1][2:] == (money(200), ZERO, money("25.5"), ZERO, ZERO, ZERO, money("174.5"))


def test_the_total_sums_money_only():
	rows = financial([line("A.1", "10"), line("B.1", "150")])
	assert rows[1][-1] == money(-50)
	assert total(rows, "Totale") == (
		"Totale",
		"",
		"",
		"",
		money(200),
		ZERO,
		money(160),
		ZERO,
		ZERO,
		ZERO,
		money(40),
	)
	assert total([], "Totale") == ("Totale",)


def test_flat_rates_follow_what_was_spent():
	rate = FlatRate("L.1", "", Decimal("7"), ("A",), "L")
	lines = with_flat_rates([line("A.1", "100.10"), line("B.1", "50"), line("L.1", "999")], [rate], {})
	assert [one.spending.to_date for one in lines] == [money("100.10"), money("50"), money("7.01")]


def test_an_operator_is_one_row_an_area():
	def at(day: int, operator: str = "Ada Prova", area: str = "1") -> Attendance:
		return Attendance(
			operator, "Educator", "Coop", area, f"Modulo {day}", date(2026, 5, day), Decimal("4")
		)

	rows = operators([at(9), at(2), at(3, area="2"), at(4, "ada  prova".title())])
	assert rows == [
		(
			"Ada Prova",
			"Educator",
			"Coop",
			"1",
			"Modulo 2; Modulo 4; Modulo 9",
			date(2026, 5, 2),
			date(2026, 5, 9),
			3,
			Decimal("12"),
		),
		(
			"Ada Prova",
			"Educator",
			"Coop",
			"2",
			"Modulo 3",
			date(2026, 5, 3),
			date(2026, 5, 3),
			1,
			Decimal("4"),
		),
	]


def test_a_person_with_two_cases_is_one_row_and_has_a_name_only_where_it_is_known():
	cases = [
		Case("CASE-2", "MIN-1", "Minor", date(2026, 3, 1), None, ("School", "Legal")),
		Case("CASE-1", "MIN-1", "Minor", date(2025, 1, 1), date(2025, 6, 1), ("School",)),
		Case("CASE-3", "MIN-2", "Parent", date(2026, 1, 1), date(2026, 2, 1)),
	]
	born = date(2010, 1, 1)
	rows = target_people(cases, {"MIN-1": Identity("Zq", "Xw", "Male", born, "Egypt", None)})
	assert rows == [
		(
			"CASE-1, CASE-2",
			"Zq",
			"Xw",
			"Male",
			born,
			"Egypt",
			None,
			"Minor",
			date(2025, 1, 1),
			None,
			"School; Legal",
		),
		("CASE-3", *(None,) * 6, "Parent", date(2026, 1, 1), date(2026, 2, 1), ""),
	]
