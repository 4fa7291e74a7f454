"""A hidden cell stays hidden: what a reader can work out is counted out by hand, table by table."""

from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core_minori.engine.small_cells import (
	LEAST,
	TOTAL,
	bounds,
	protected_table,
	without_small_cells,
)

SMALL = range(1, LEAST)


def possible(shown: dict, rows: str, columns: str) -> dict:
	"""The values each hidden cell may have, by trying every table that agrees with what is shown."""
	cells = list(product(rows, columns))
	# no hidden cell need rise further than this for each small number to show as possible
	endless = LEAST + max(
		(value for cell, value in shown.items() if value and TOTAL not in cell), default=LEAST
	)
	totals = {cell: endless if value is None else value for cell, value in shown.items() if TOTAL in cell}
	choices = [
		range(1, min(totals[cell[0], TOTAL], totals[TOTAL, cell[1]]) + 1)
		if shown[cell] is None
		else (shown[cell],)
		for cell in cells
	]
	found = {cell: set() for cell, value in shown.items() if value is None}
	for values in product(*choices):
		table = dict(zip(cells, values, strict=True))
		table |= {(row, TOTAL): sum(table[row, column] for column in columns) for row in rows}
		table |= {(TOTAL, column): sum(table[row, column] for row in rows) for column in columns}
		table[TOTAL, TOTAL] = sum(table[row, TOTAL] for row in rows)
		if all(table[cell] > 0 if value is None else table[cell] == value for cell, value in shown.items()):
			for cell in found:
				found[cell].add(table[cell])
	return found


def with_totals(counts: dict, rows: str, columns: str) -> dict:
	table = dict(counts)
	table |= {(row, TOTAL): sum(counts[row, column] for column in columns) for row in rows}
	table |= {(TOTAL, column): sum(counts[row, column] for row in rows) for column in columns}
	table[TOTAL, TOTAL] = sum(counts.values())
	return table


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 7), min_size=4, max_size=4))
@example([3, 10, 8, 9])
@example([1, 1, 1, 1])
@example([4, 0, 0, 0])
@example([1, 9, 12, 1])
def test_every_small_number_stays_possible_in_a_table(values):
	counts = dict(zip(product("ab", "xy"), values, strict=True))
	whole = with_totals(counts, "ab", "xy")
	shown = protected_table(counts, "ab", "xy")
	assert all(value is None for cell, value in shown.items() if 0 < whole[cell] < LEAST)
	assert all(value in (None, whole[cell]) for cell, value in shown.items())
	if all(value is None for value in shown.values()):
		return
	found = possible(shown, "ab", "xy")
	for cell, count in whole.items():
		if 0 < count < LEAST:
			wanted = len(SMALL) if TOTAL in cell else set(SMALL)
			assert (len(found[cell]) if TOTAL in cell else found[cell]) >= wanted, (cell, shown)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_bounds_are_those_that_trying_every_table_gives(data):
	values = data.draw(st.lists(st.integers(0, 5), min_size=6, max_size=6))
	counts = dict(zip(product("ab", "xyz"), values, strict=True))
	whole = with_totals(counts, "ab", "xyz")
	inner = [cell for cell, count in counts.items() if count]
	hidden = set(data.draw(st.lists(st.sampled_from(inner), max_size=4))) if inner else set()
	found = possible({cell: None if cell in hidden else count for cell, count in whole.items()}, "ab", "xyz")
	for cell in hidden:
		assert bounds(whole, hidden, cell) == (min(found[cell]), max(found[cell]))


def test_what_rows_and_columns_add_up_to_gives_nothing_away():
	rows, columns = "abc", "xyz"
	counts = dict(zip(product(rows, columns), [20, 30, 3, 12, 15, 16, 40, 9, 11], strict=True))
	shown = protected_table(counts, rows, columns)
	hidden = {cell for cell, value in shown.items() if value is None}
	assert ("a", "z") in hidden
	# one more in its row, one more in its column, and the one where these meet: no total goes
	assert len(hidden) == 4
	assert not any(TOTAL in cell for cell in hidden)
	# planted: a table that hides the small cell alone gives it away
	assert bounds(with_totals(counts, rows, columns), {("a", "z")}, ("a", "z")) == (3, 3)


def test_a_table_of_almost_nobody_shows_nothing():
	assert set(protected_table({("a", "x"): 1}, "a", "x").values()) == {None}
	assert protected_table({}, "a", "x")[TOTAL, TOTAL] == 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4))
@example([40, 1, 1])
@example([1, 1])
def test_a_breakdown_keeps_its_small_cells_though_the_total_is_known(values):
	counts = dict(enumerate(values))
	shown = without_small_cells(counts)
	hidden = [key for key, value in shown.items() if value is None]
	if not any(0 < count < LEAST for count in values):
		assert not hidden
		return
	assert all(shown[key] is None for key, count in counts.items() if 0 < count < LEAST)
	if all(shown[key] is None or not counts[key] for key in counts):
		return  # nothing is shown that a total could be held against: the caller shows no total either
	left = sum(counts[key] for key in hidden)
	fitting = [each for each in product(range(1, left + 1), repeat=len(hidden)) if sum(each) == left]
	for place, key in enumerate(hidden):
		if counts[key] < LEAST:
			assert {each[place] for each in fitting} >= set(SMALL)


def test_the_number_of_all_people_is_the_last_to_go():
	shown = protected_table({("a", "x"): 11, ("a", "y"): 2, ("b", "x"): 1, ("b", "y"): 1}, "ab", "xy")
	assert {cell: count for cell, count in shown.items() if count is not None} == {(TOTAL, TOTAL): 15}
