"""Texts that no spreadsheet runs: what a cell may not begin with, and how it is written so that it stays a text.

A spreadsheet takes a cell of a CSV file that begins with one of a few signs for a formula, and a formula can open
programs and send what stands in other cells elsewhere. Where the file has types (.xlsx) a text is typed as one and
nothing is changed in it; where it has none (CSV, the clipboard) an apostrophe goes before it, and is taken off again by
`released` when the same file comes back. Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import re

# The signs, and their full-width and small forms, which East Asian settings read as the same.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
_PLUS_OR_MINUS = "+-\uff0b\uff0d\ufe62\ufe63"
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff"
# Blanks, invisible characters and quotes are dropped, or taken for nothing, by one program or the other.
_QUOTES = "'\"`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_AT_START = re.compile(rf"[\s{_INVISIBLE}{_QUOTES}]*[{_SIGNS}]|[{_QUOTES}]*[\t\r]")
# A cell is as wide as the reader's program thinks: with another separator than ours, a text goes on in the next cell,
# or in the next row. The blanks between a separator and a sign hold no separator, so nothing is read twice.
_INSIDE = re.compile(rf"([;,\t\r\n])('?)((?:[^\S\t\r\n]|[{_INVISIBLE}{_QUOTES}])*)([{_SIGNS}])")
# "- milk" on the second line of a list is no formula; one that does something has a function, a sheet or a channel.
_DOES_SOMETHING = "(|!"
# An amount that was written as text is as harmless as a number. A leading plus is of telephones, and would be dropped.
_AMOUNT = re.compile(r"-\s?[0-9][0-9.,'\u2019\u00a0 ]{0,30}\s?[%\u20ac]?")
# Control characters have no place in a workbook, nor in a text that people read.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def without_control(text: str) -> str:
	"""`text` less the control characters that no workbook can hold."""
	return _CONTROL.sub("", text)


def would_run(text: str) -> bool:
	"""Whether a spreadsheet that reads `text` from a file without types may take it for a formula."""
	return bool(_AT_START.match(text)) and not _AMOUNT.fullmatch(text)


def inert(text: str) -> str:
	"""`text` as it goes into a CSV file or onto the clipboard: with an apostrophe wherever a formula could begin."""
	text = without_control(text)
	last = _last_of(_DOES_SOMETHING, text)

	def kept(match: re.Match) -> str:
		return f"{match[1]}'{match[0][1:]}" if _begins_formula(match, last) else match[0]

	inside = _INSIDE.sub(kept, text) if len(text) > 1 else text
	return f"'{inside}" if would_run(text) else inside


def released(text: str) -> str:
	"""What `inert` was given: the apostrophes that it put into `text` are taken off, and no others."""
	if text[:1] == "'" and would_run(text[1:]):
		text = text[1:]
	last = _last_of(_DOES_SOMETHING, text)

	def taken(match: re.Match) -> str:
		return f"{match[1]}{match[0][2:]}" if match[2] and _begins_formula(match, last) else match[0]

	return _INSIDE.sub(taken, text)


def _begins_formula(match: re.Match, last: int) -> bool:
	return match[4] not in _PLUS_OR_MINUS or match.start() < last


def _last_of(characters: str, text: str) -> int:
	return max(text.rfind(character) for character in characters)
