"""Times, presence, small cells, cases to watch and the SIM sheet, with figures worked out by hand."""

from datetime import date, datetime, timedelta

import pytest

from core_minori.engine.case_times import Span, days_between, in_short, months_between, presence_days
from core_minori.engine.completeness import REQUIREMENTS
from core_minori.engine.sim import CELLS, SECTIONS, Sheet, as_csv, rows_of
from core_minori.engine.small_cells import without_small_cells
from core_minori.engine.watch import WATCHES, CaseToWatch, Paper, Seen, belongs, seen

TODAY = date(2026, 11, 22)


def test_days_have_hours_only_where_both_ends_have_them():
	morning, evening = datetime(2026, 3, 1, 9), datetime(2026, 3, 2, 21)
	assert days_between(morning, evening) == 1.5
	assert days_between(date(2026, 3, 1), evening) == 1
	assert days_between(evening, morning) == 0
	assert days_between(morning, None) is None


def test_times_in_short():
	times = in_short(
		[Span("A", 2, True), Span("B", 4, False), Span("C", 9, True), Span("D", None), Span("E", None, False)]
	)
	assert (times.median, times.mean, times.longest) == (4, 5, 9)
	assert (times.done, times.waiting) == (("A", "B", "C"), ("D", "E"))
	assert times.share_within == 50.0  # A and C of A, B, C and E, whose term passed
	empty = in_short([Span("A", None)])
	assert (empty.median, empty.mean, empty.share_within) == (None, None, None)


@pytest.mark.parametrize(
	("came", "left", "days"),
	[
		(date(2026, 2, 10), None, 19),  # 10 to 28 February
		(date(2026, 1, 1), None, 28),
		(date(2026, 1, 1), date(2026, 2, 1), 0),  # left on the first: the new place counts it
		(date(2026, 1, 1), date(2026, 2, 2), 1),
		(date(2026, 2, 28), date(2026, 2, 28), 1),  # came and left on one day
		(date(2026, 3, 1), None, 0),
	],
)
def test_days_in_a_place_in_february(came, left, days):
	assert presence_days(came, left, date(2026, 2, 1), date(2026, 2, 28)) == days


def test_who_moves_on_a_day_is_counted_in_one_place():
	first, last = date(2026, 3, 1), date(2026, 3, 31)
	moved = date(2026, 3, 12)
	assert presence_days(date(2026, 1, 1), moved, first, last) + presence_days(moved, None, first, last) == 31


def test_months_are_cut_at_both_ends():
	assert months_between(date(2025, 12, 20), date(2026, 2, 3)) == [
		(date(2025, 12, 20), date(2025, 12, 31)),
		(date(2026, 1, 1), date(2026, 1, 31)),
		(date(2026, 2, 1), date(2026, 2, 3)),
	]


def test_small_cells_cannot_be_worked_out_from_a_total():
	assert without_small_cells({"a": 40, "b": 6, "c": 4, "d": 0}) == {"a": 40, "b": None, "c": None, "d": 0}
	assert without_small_cells({"a": 40, "b": 1, "c": 4}) == {"a": 40, "b": None, "c": None}
	assert without_small_cells({"a": 5, "b": 0}) == {"a": 5, "b": 0}
	assert without_small_cells({"a": 3}) == {"a": None}


def watched(today=TODAY, **facts) -> dict[str, Seen]:
	known = {
		"state": "In Progress",
		"kind": "Unaccompanied Minor",
		"started_on": TODAY - timedelta(days=20),
		"has_guardian": True,
		"has_plan": True,
		**facts,
	}
	return {reason.watch: reason for reason in seen(CaseToWatch(**known), today)}


def test_a_case_in_order_is_not_watched():
	assert watched() == {}


def test_each_reason_to_watch():
	ago = TODAY - timedelta(days=40)
	for reason, facts, days in (
		("Without Guardian", {"has_guardian": False}, 20),
		("PEI Missing", {"has_plan": False, "plan_due": ago}, 40),
		("PEI Review Late", {"review_due": ago}, 40),
		("Document Expired", {"papers": [Paper("Passport", ago)]}, 40),
		("Document Expiring", {"papers": [Paper("Passport", TODAY)]}, 0),
		("First Reception Too Long", {"stay_until": ago}, 40),
		("No Contact", {"last_contact": ago}, 40),
		("Nobody Assigned", {"assigned": False, "has_referent": False}, 20),
		("No Referent", {"has_referent": False}, None),
		("Suspended", {"state": "Suspended", "suspended_on": ago}, 40),
		("Missing", {"state": "Missing", "missing_since": ago}, 40),
	):
		found = watched(**facts)
		assert set(found) == {reason}, reason
		assert found[reason].days == days


def test_turning_18_at_its_nearest_and_under_every_longer_filter():
	for born, nearest in (
		(date(2009, 2, 22), "Turns 18 within 3 Months"),
		(date(2009, 2, 23), "Turns 18 within 6 Months"),
		(date(2009, 5, 23), "Turns 18 within 12 Months"),
		(date(2009, 11, 23), None),
		(date(2008, 11, 22), None),  # of age today
	):
		found = watched(birth_date=born)
		assert set(found) == ({nearest} if nearest else set()), born
	near = Seen("Turns 18 within 3 Months", TODAY, 0)
	assert all(belongs(near, code) for code in ("Turns 18 within 3 Months", "Turns 18 within 12 Months"))
	assert not belongs(Seen("Turns 18 within 12 Months", TODAY, 0), "Turns 18 within 3 Months")


def test_who_came_of_age_needs_no_guardian_and_a_parent_neither():
	assert watched(has_guardian=False, birth_date=date(2008, 1, 1)) == {}
	assert watched(has_guardian=False, kind="Parent") == {}


def test_days_on_the_edge():
	assert watched(last_contact=TODAY - timedelta(days=30)) == {}
	assert set(watched(last_contact=TODAY - timedelta(days=31))) == {"No Contact"}
	assert watched(papers=[Paper("Passport", TODAY + timedelta(days=61))]) == {}
	assert watched(stay_until=TODAY, review_due=TODAY) == {}


def test_every_reason_has_a_next_step():
	assert all(watch.next_step for watch in WATCHES)
	assert len({watch.code for watch in WATCHES}) == len(WATCHES)


ALL_PARTS = frozenset(cell.part for cell in CELLS)


def sheet(parts=ALL_PARTS, lacks=(), **values) -> Sheet:
	return Sheet("CASE-1", values, frozenset(parts), frozenset(lacks))


def test_every_mark_of_the_sheet_is_a_requirement():
	codes = {requirement.code for requirement in REQUIREMENTS}
	assert {cell.requirement for cell in CELLS} - {""} <= codes
	assert len({cell.key for cell in CELLS}) == len(CELLS) == sum(len(one.cells) for one in SECTIONS)


def test_the_row_shows_what_is_known_as_italian_papers_do():
	head, row = rows_of(
		[sheet(given_name="Abdi", birth_date=date(2010, 1, 1), reception_entry=datetime(2026, 1, 2, 9, 5))]
	)
	shown = dict(zip(head, row, strict=True))
	assert shown["Case File"] == "CASE-1"
	assert (shown["Given Name"], shown["Date of Birth"]) == ("Abdi", "01/01/2010")
	assert shown["Entry into First Reception"] == "02/01/2026 09:05"


def test_identity_only_for_who_may_read_it():
	head, row = rows_of([sheet({"social"}, given_name="Abdi", facility="Casa")])
	assert "Given Name" not in head and "Abdi" not in row and "Casa" in row
	head, *rows = rows_of([sheet({"social"}, given_name="Abdi"), sheet(given_name="Sara")])
	place = head.index("Given Name")
	assert [row[place] for row in rows] == ["", "Sara"]


def test_what_is_missing_is_named_only_to_who_may_read_it():
	__, row = rows_of([sheet(lacks={"nationality", "prosecutor"})])
	assert row[-1] == "Nationality, First report to the prosecutor"
	__, row = rows_of([sheet(ALL_PARTS - {"court"}, lacks={"nationality", "prosecutor"})])
	assert row[-1] == "Nationality"


def test_the_file_opens_in_italian_excel_and_runs_nothing():
	data = as_csv([["a", "b;c"], ["=1+1", "+39\n06"], ["@x", '"q"']])
	assert data.startswith(b"\xef\xbb\xbf")
	assert data.decode("utf-8-sig") == 'a;"b;c"\r\n\'=1+1;\'+39 06\r\n\'@x;"""q"""\r\n'


@pytest.mark.parametrize("name", ["محمد", "ሃይለ", "x" * 140, "Ñandú"])
def test_names_of_any_script_come_through(name):
	assert name in as_csv(rows_of([sheet(given_name=name)])).decode("utf-8-sig")
