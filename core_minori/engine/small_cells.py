"""Counts that name nobody: cells of fewer than five people are not shown, and cannot be worked out from the others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

LEAST = 5

Key = TypeVar("Key", bound=Hashable)


def without_small_cells(counts: Mapping[Key, int], least: int = LEAST) -> dict[Key, int | None]:
	"""The counts of one breakdown with None for each that is hidden.

	A cell is hidden when it holds somebody, but fewer than `least`. One hidden cell alone would follow from the total of
	another breakdown of the same people, so the smallest other cell that holds somebody is hidden with it.
	"""
	hidden = {key for key, count in counts.items() if 0 < count < least}
	others = sorted(
		(key for key, count in counts.items() if count >= least), key=lambda key: (counts[key], str(key))
	)
	if len(hidden) == 1 and others:
		hidden.add(others[0])
	return {key: None if key in hidden else count for key, count in counts.items()}
