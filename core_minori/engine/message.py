"""Sentences of the engine: English source text with named gaps, translated only at the edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum


def _(text: str) -> str:
	"""Mark a source text for the translation catalogue. The engine itself never translates."""
	return text


class Severity(str, Enum):
	"""What a finding asks of the person: to know it, to think twice, or to stop."""

	INFORM = "Inform"
	WARN = "Warn"
	BLOCK = "Block"


class Term(str):
	"""A word of the field inside a sentence, such as a state or a role: translated with it."""


@dataclass(frozen=True)
class Message:
	"""One sentence, not yet in anybody's language.

	`text` holds named gaps as in ``str.format``; `values` fills them. Dates are shown day first and money with two
	places and a decimal comma, as Italian papers write them.
	"""

	text: str
	values: Mapping[str, object] = field(default_factory=dict)

	def render(self, translate: Callable[[str], str] = str) -> str:
		"""Return the sentence after `translate` turned its source text into the reader's language."""
		return translate(self.text).format(
			**{
				key: translate(value) if isinstance(value, Term) else shown(value)
				for key, value in self.values.items()
			}
		)


@dataclass(frozen=True)
class Finding:
	"""What one rule says of one thing: the rule's code, how bad it is, what is wrong, what to do, and whose rule it is.

	`found` and `allowed` are the value the thing has and the value or limit the rule allows, where there are any.
	"""

	rule: str
	severity: Severity
	message: Message
	remedy: Message | None = None
	source: str = ""
	found: object = None
	allowed: object = None


class RuleError(Exception):
	"""A rule refuses. `finding` says which rule, what is wrong and what to do."""

	def __init__(self, finding: Finding):
		self.finding = finding
		super().__init__(finding.message.render())


def refuse(rule: str, text: str, remedy: str | None = None, source: str = "", **values: object) -> RuleError:
	"""Build the error of a blocking rule: ``raise refuse("dates", _("..."), day=day)``."""
	return RuleError(
		Finding(
			rule,
			Severity.BLOCK,
			Message(text, values),
			Message(remedy, values) if remedy else None,
			source,
		)
	)


def shown(value: object) -> object:
	"""A value as Italian papers write it: dates day first, money with two places and a decimal comma."""
	if isinstance(value, datetime):
		return value.strftime("%d/%m/%Y %H:%M")
	if isinstance(value, date):
		return value.strftime("%d/%m/%Y")
	if isinstance(value, Decimal):
		return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
	return value
