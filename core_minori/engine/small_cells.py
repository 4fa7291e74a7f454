"""Counts that name nobody: cells of fewer than five people are not shown, and cannot be worked out from the others.

Whoever reads a table adds and subtracts. So a cell counts as hidden only when, from all that is shown, each number from one to
four is still possible in it; a total, which is no less than the cells under it that hold somebody, when four numbers are. In a table with totals that is asked exactly: the cells and totals are the arcs of a network
in which what enters a node leaves it (rows and columns add up), and how far a hidden cell may rise or fall is the largest
flow that leads back round it. Flows of whole numbers are exact, so the answer is what linear programming would give.

Hiding further cells along the cheapest way round is the usual heuristic: J. Castro, "A shortest-paths heuristic for
statistical data protection in positive tables", INFORMS Journal on Computing 19 (2007).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from heapq import heappop, heappush
from itertools import count as counter
from typing import TypeVar

LEAST = 5
TOTAL = "\0total"
"""Stands for the row or column of totals in the cells of `protected_table`."""

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[str, str]
# More than any count: an arc that may rise without end.
_ENDLESS = 10**12
# A total is worth more to the reader than any number of cells, and the number of all people more than any total.
_WORTH_OF_TOTAL = 10**6


def without_small_cells(counts: Mapping[Key, int], least: int = LEAST) -> dict[Key, int | None]:
	"""The counts of one breakdown with None for each that is hidden.

	A cell is hidden when it holds somebody, but fewer than `least`. One hidden cell alone would follow from the total of
	another breakdown of the same people, so the smallest other cells that hold somebody are hidden with it until each
	number under `least` is possible.
	"""
	hidden = {key for key, count in counts.items() if 0 < count < least}
	others = sorted(
		(key for key, count in counts.items() if count >= least), key=lambda key: (counts[key], str(key))
	)
	while hidden and others:
		# a hidden cell holds one at least, so the most that one of them can hold is what the others leave
		most = sum(counts[key] for key in hidden) - len(hidden) + 1
		if len(hidden) > 1 and most >= least - 1:
			break
		hidden.add(others.pop(0))
	return {key: None if key in hidden else count for key, count in counts.items()}


def protected_table(
	counts: Mapping[Cell, int], rows: Iterable[str], columns: Iterable[str], least: int = LEAST
) -> dict[Cell, int | None]:
	"""A table of two dimensions with its totals, and None for each cell or total that is hidden.

	`counts` gives the people by (row, column); what is not in it is none. Totals stand at (row, TOTAL), (TOTAL, column) and
	(TOTAL, TOTAL). Zeros are shown.
	"""
	rows, columns = list(rows), list(columns)
	table = {(row, column): counts.get((row, column), 0) for row in rows for column in columns}
	table |= {(row, TOTAL): sum(table[row, column] for column in columns) for row in rows}
	table |= {(TOTAL, column): sum(table[row, column] for row in rows) for column in columns}
	table[TOTAL, TOTAL] = sum(table[row, TOTAL] for row in rows)
	if 0 < table[TOTAL, TOTAL] < least:
		return dict.fromkeys(table)
	small = {cell for cell, count in table.items() if 0 < count < least}
	hidden = set(small)
	for cell in sorted(small):
		while not _hides(table, hidden, cell, least) and len(hidden) < sum(map(bool, table.values())):
			more = _way_round(table, hidden, cell, least)
			shown = [other for other, count in table.items() if count and other not in hidden]
			hidden |= more - hidden or {min(shown, key=lambda other: (_worth(table, other), other))}
	if not all(_hides(table, hidden, cell, least) for cell in small):
		return dict.fromkeys(table)  # so few people that the very shape of the table would tell
	return {cell: None if cell in hidden else count for cell, count in table.items()}


def bounds(
	table: Mapping[Cell, int], hidden: Iterable[Cell], cell: Cell, enough: int = _ENDLESS
) -> tuple[int, int]:
	"""The least and the most that a reader who sees all but `hidden` has to reckon with in a hidden cell.

	The reader knows that each hidden cell holds somebody. The most is not followed further than `enough` above the truth.
	"""
	hidden = set(hidden)
	tail, head = _ends(cell)
	rise = _flow(_room(table, hidden - {cell}), head, tail, enough)
	fall = _flow(_room(table, hidden - {cell}), tail, head, table[cell] - 1)
	return table[cell] - fall, table[cell] + rise


def _hides(table: Mapping[Cell, int], hidden: set[Cell], cell: Cell, least: int) -> bool:
	wanted_low, wanted_high = _wanted(table, cell, least)
	low, high = bounds(table, hidden, cell, 2 * wanted_high)
	return low <= wanted_low and high >= wanted_high


def _wanted(table: Mapping[Cell, int], cell: Cell, least: int) -> tuple[int, int]:
	"""What has to stay possible in a small cell or total: from what it holds at least, as many numbers as are small."""
	row, column = cell
	under = (
		other
		for other in table
		if TOTAL not in other
		and (row == other[0] or row == TOTAL)
		and (column == other[1] or column == TOTAL)
	)
	low = sum(bool(table[other]) for other in under)
	return low, low + least - 2


def _ends(cell: Cell) -> tuple[Cell, Cell]:
	"""The arc of a cell: everybody goes from the whole to their row, from there to their column, and back to the whole."""
	row, column = cell
	start, end = ("from", TOTAL), ("to", TOTAL)
	if cell == (TOTAL, TOTAL):
		return end, start
	if column == TOTAL:
		return start, ("row", row)
	if row == TOTAL:
		return ("column", column), end
	return ("row", row), ("column", column)


def _room(table: Mapping[Cell, int], arcs: Iterable[Cell]) -> dict[Cell, dict[Cell, int]]:
	"""How much may flow along each arc and against it: without end up, down to one."""
	room: dict[Cell, dict[Cell, int]] = {}
	for arc in arcs:
		tail, head = _ends(arc)
		room.setdefault(tail, {})[head] = room.get(tail, {}).get(head, 0) + _ENDLESS
		room.setdefault(head, {})[tail] = room.get(head, {}).get(tail, 0) + table[arc] - 1
	return room


def _flow(room: dict[Cell, dict[Cell, int]], source: Cell, target: Cell, enough: int) -> int:
	"""The largest flow from source to target, followed up to `enough`: shortest ways first (Edmonds and Karp)."""
	found = 0
	while found < enough:
		came_from: dict[Cell, Cell] = {source: source}
		queue = deque([source])
		while queue and target not in came_from:
			node = queue.popleft()
			for other, left in room.get(node, {}).items():
				if left > 0 and other not in came_from:
					came_from[other] = node
					queue.append(other)
		if target not in came_from:
			break
		way, node = [], target
		while node != source:
			way.append((came_from[node], node))
			node = came_from[node]
		more = min(enough - found, *(room[tail][head] for tail, head in way))
		for tail, head in way:
			room[tail][head] -= more
			room.setdefault(head, {})[tail] = room.get(head, {}).get(tail, 0) + more
		found += more
	return found


def _way_round(table: Mapping[Cell, int], hidden: set[Cell], cell: Cell, least: int) -> set[Cell]:
	"""Cells that let `cell` rise or fall as far as it has to, if hidden: those worth least."""
	tail, head = _ends(cell)
	low, high = _wanted(table, cell, least)
	if bounds(table, hidden, cell, 2 * high)[1] < high:
		return _cheapest(table, hidden - {cell}, cell, head, tail, high - table[cell])
	return _cheapest(table, hidden - {cell}, cell, tail, head, table[cell] - low)


def _cheapest(
	table: Mapping[Cell, int], hidden: set[Cell], cell: Cell, source: Cell, target: Cell, need: int
) -> set[Cell]:
	"""The arcs of the cheapest way from source to target that lets `need` through; none where there is no way."""
	steps: dict[Cell, list[tuple[Cell, Cell]]] = {}
	for arc, count in table.items():
		if not count or arc == cell:
			continue
		tail, head = _ends(arc)
		steps.setdefault(tail, []).append((head, arc))
		if count - 1 >= need:
			steps.setdefault(head, []).append((tail, arc))
	order = counter()
	queue: list[tuple[int, int, Cell, frozenset[Cell]]] = [(0, next(order), source, frozenset())]
	done: set[Cell] = set()
	while queue:
		cost, __, node, way = heappop(queue)
		if node == target:
			return set(way)
		if node in done:
			continue
		done.add(node)
		for other, arc in steps.get(node, ()):
			price = 0 if arc in hidden else _worth(table, arc)
			heappush(queue, (cost + price, next(order), other, way | {arc}))
	return set()


def _worth(table: Mapping[Cell, int], arc: Cell) -> int:
	return table[arc] + (0, 1, _WORTH_OF_TOTAL)[arc.count(TOTAL)] * _WORTH_OF_TOTAL
