"""The funding stamp: the sentence that marks a paper as charged to a project. Its text is a rule row of the programme."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from string import Formatter

from core_minori.engine.message import Message, _, refuse, shown

CHECK = "stamp-text"
# What the text may ask for: years of the programme, project's number, title and CUP, euro, line, number of the claim.
GAPS = ("period", "prog", "title", "cup", "amount", "line", "claim")
# Where something is not known yet, such as the claim of a cost that none holds: a place to write it by hand.
BLANK = "_____"
_YEARS = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})\s*[-/\u2013]\s*((?:19|20)[0-9]{2})(?![0-9])")


def check_stamp_text(text: str | None) -> None:
	"""Raises RuleError for a text with a gap that is not one of `GAPS`, or with a bracket too many or too few."""
	try:
		parts = list(Formatter().parse(text or ""))
	except ValueError as error:
		raise refuse(
			CHECK,
			_("The stamp text has a curly bracket with no partner."),
			_("Write each gap as in {example}."),
			example="{cup}",
		) from error
	for __, gap, specification, conversion in parts:
		if gap is not None and (gap not in GAPS or specification or conversion):
			raise refuse(
				CHECK,
				_("The stamp text has a gap that is not known: {gap}."),
				_("Known gaps: {gaps}."),
				gap=f"{{{gap}}}",
				gaps=", ".join(f"{{{one}}}" for one in GAPS),
			)


def stamp(text: str, values: Mapping[str, object]) -> str:
	"""The text with its gaps filled: money with a decimal comma, dates day first. Raises RuleError as the check does."""
	check_stamp_text(text)
	return text.format(
		**{gap: BLANK if values.get(gap) in (None, "") else shown(values[gap]) for gap in GAPS}
	)


def stamp_text(rules: Sequence[Mapping[str, object]], day: date) -> str | None:
	"""The text of the programme's rule row that is valid on `day`; None when it has none."""
	for rule in rules:
		starts, ends = rule.get("valid_from"), rule.get("valid_to")
		if (
			rule.get("check_code") == CHECK
			and rule.get("text_value")
			and (not starts or starts <= day)
			and (not ends or day <= ends)
		):
			return str(rule["text_value"])
	return None


def years(programme: str, starts_on: date | None, ends_on: date | None) -> str:
	"""The period of a programme as papers write it, such as 2021-2027.

	The one in its name comes first: costs may be paid for years after the period that the fund is called by.
	"""
	named = _YEARS.search(programme or "")
	if named:
		return f"{named[1]}-{named[2]}"
	return "-".join(str(day.year) for day in (starts_on, ends_on) if day)


NO_TEXT = Message(
	_("The programme has no stamp text: write it as a rule of the programme (check: stamp-text).")
)
