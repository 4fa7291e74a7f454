"""The chain of the access log: each row is sealed together with the seal of the row before it.

Whoever changes, takes out, puts in or swaps rows would have to seal all later rows again, and has not the key for it.
That the end was cut off shows against anchors, which are kept elsewhere: the number and seal that the last row had.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core_minori.engine.message import Message, _

# What a seal covers, in this order. A field added later must be left out of a row where it is empty.
FIELDS = (
	"name",
	"seen_at",
	"user",
	"way",
	"outcome",
	"case_file",
	"record_type",
	"record",
	"records",
	"cases",
	"ip_address",
	"note",
	"version",
	"digest",
)
# What the first row follows on.
START = "0" * 64

Row = Mapping[str, object]


@dataclass(frozen=True)
class Head:
	"""The last row of a chain, or of a part of it: its number, from 1, and its seal."""

	count: int
	seal: str


@dataclass(frozen=True)
class LetGo:
	"""Rows `first` to `last` are not there any more, and the sealed row number `by` says so; `seal` is that of `last`."""

	first: int
	last: int
	seal: str
	by: int


@dataclass(frozen=True)
class Break:
	"""The first place where a chain does not hold: the number of the row, and what is wrong there."""

	sequence: int
	reason: str


CHANGED, REMOVED, INSERTED, ORDER, CUT = "changed", "removed", "inserted", "order", "cut"

_SENTENCES = {
	CHANGED: _("Row {number} of the log was changed after it was written."),
	REMOVED: _("Rows are missing from the log from number {number} on."),
	INSERTED: _("Row {number} was put into the log from outside."),
	ORDER: _("From row {number} on the rows of the log are not in the order they were written in."),
	CUT: _("The end of the log was cut off: rows are missing from number {number} on."),
}


@dataclass(frozen=True)
class Checked:
	"""What a check of a chain found: how many rows, the head of what holds, and the first break, if any."""

	rows: int
	head: Head
	broken: Break | None = None


def said(broken: Break) -> Message:
	"""The break as a sentence."""
	return Message(_SENTENCES[broken.reason], {"number": str(broken.sequence)})


def key_from(secret: str) -> bytes:
	"""The chain's own key, from a secret of the site that is not in its database."""
	return hmac.new(secret.encode(), b"core_minori access log", hashlib.sha256).digest()


def canonical(row: Row, sequence: int) -> bytes:
	"""The row as it is sealed: the same bytes before it is stored and after it is read back."""
	values = [str(sequence), *(_plain(row.get(field)) for field in FIELDS)]
	return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def seal(previous: str, row: Row, sequence: int, key: bytes) -> str:
	"""The seal of this row after the row whose seal is `previous`: HMAC-SHA256, in hexadecimal digits."""
	return hmac.new(key, previous.encode() + b"\n" + canonical(row, sequence), hashlib.sha256).hexdigest()


def mark(text: str, key: bytes) -> str:
	"""Proof that whoever wrote `text` had the key: for anchors and for rows that wait for their seal."""
	return hmac.new(key, b"mark\n" + text.encode(), hashlib.sha256).hexdigest()


def same(one: str | None, other: str | None) -> bool:
	"""Whether two seals or marks are the same, in a time that tells nothing about where they differ."""
	return hmac.compare_digest((one or "").encode(), (other or "").encode())


def verify(
	rows: Iterable[Row],
	key: bytes,
	start: Head = Head(0, START),
	anchors: Iterable[Head] = (),
	let_go: Iterable[LetGo] = (),
) -> Checked:
	"""Follow the chain from `start` through `rows`, which come by their number and carry `sequence` and `seal`.

	`anchors` are heads that the chain once had; the rows must still lead through each of them. `let_go` are parts that
	left the log properly: each needs the sealed row that says so.
	"""
	expected = {anchor.count: anchor.seal for anchor in anchors if anchor.count > start.count}
	gaps = {gone.first: gone for gone in let_go}
	unproven: dict[int, LetGo] = {}
	head, seen = start, 0

	def stop(sequence: int, reason: str) -> Checked:
		return Checked(seen, head, Break(sequence, reason))

	for row, following in _with_next(rows):
		number = int(row["sequence"])
		while number > head.count + 1 and (gap := gaps.get(head.count + 1)):
			unproven[gap.by] = gap
			expected = {
				count: value for count, value in expected.items() if not gap.first <= count <= gap.last
			}
			head = Head(gap.last, gap.seal)
		due = head.count + 1
		if number < due:
			return stop(number, INSERTED)
		if number > due:
			return stop(due, REMOVED)
		if not same(seal(head.seal, row, number, key), row.get("seal")):
			return stop(number, _why(row, following, head, key))
		head, seen = Head(number, str(row["seal"])), seen + 1
		if (anchor := expected.pop(number, None)) and not same(anchor, head.seal):
			return stop(number, CHANGED)
		if gap := unproven.get(number):
			if (row.get("record"), row.get("digest")) == (f"{gap.first}-{gap.last}", gap.seal):
				del unproven[number]
	if unproven:
		return stop(min(gap.first for gap in unproven.values()), REMOVED)
	if any(count > head.count for count in expected):
		return stop(head.count + 1, CUT)
	return Checked(seen, head)


def _why(row: Row, following: Row | None, head: Head, key: bytes) -> str:
	"""What was done to a row whose seal does not fit, as far as the row after it tells."""
	number = head.count + 1
	if following is None:
		return CHANGED
	if same(seal(head.seal, following, number, key), following.get("seal")):
		swapped = seal(str(following["seal"]), row, number + 1, key)
		return ORDER if same(swapped, row.get("seal")) else INSERTED
	if same(seal(str(row.get("seal")), following, number + 2, key), following.get("seal")):
		return REMOVED
	return CHANGED


def _with_next(rows: Iterable[Row]) -> Iterable[tuple[Row, Row | None]]:
	before = None
	for row in rows:
		if before is not None:
			yield before, row
		before = row
	if before is not None:
		yield before, None


def _plain(value: object) -> str:
	if value is None:
		return ""
	if isinstance(value, datetime):
		return value.isoformat(sep=" ", timespec="microseconds")
	return str(value)
