"""What the engine found, said to the person at the desk in their language."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.utils import escape_html, strip_html

from core_minori.engine.message import Finding, RuleError, Severity


def text_of(finding: Finding) -> str:
	"""The finding as one HTML paragraph: what is wrong, what to do, and the source of the rule."""
	parts = [escape_html(finding.message.render(_))]
	if finding.remedy:
		parts.append(escape_html(finding.remedy.render(_)))
	if finding.source:
		parts.append(f"<small class='text-muted'>{escape_html(_(finding.source))}</small>")
	return "<br>".join(parts)


def site_language() -> str:
	"""The language of the site, such as "it": what is stored for every reader is written in it."""
	return frappe.db.get_default("lang") or "en"


def in_site_language() -> Callable[[str], str]:
	"""A translator for texts that are stored for every reader, whoever saves them: in the language of the site."""
	language = site_language()
	known: dict[str, str] = {}

	def translate(text: str) -> str:
		if text not in known:
			known[text] = _(text, lang=language)
		return known[text]

	return translate


def say(findings: Iterable[Finding | None], where: str = "") -> None:
	"""Stop at the blocking findings, all of them in one message; show the others and go on.

	`where` names the row or the field they belong to. Raises frappe.ValidationError when one blocks.
	"""
	blocking, others = [], []
	for finding in findings:
		if finding:
			text = f"<b>{escape_html(where)}</b><br>{text_of(finding)}" if where else text_of(finding)
			(blocking if finding.severity is Severity.BLOCK else others).append((finding, text))
	if others and not frappe.flags.mute_messages:
		worst = "orange" if any(finding.severity is Severity.WARN for finding, __ in others) else "blue"
		frappe.msgprint("<hr>".join(text for __, text in others), title=_("Please Check"), indicator=worst)
	if blocking:
		frappe.throw("<hr>".join(text for __, text in blocking), title=_("Not Possible"))


@contextmanager
def rules_spoken(where: str = "") -> Iterator[None]:
	"""Turn a rule's refusal inside the block into a message at the desk."""
	try:
		yield
	except RuleError as error:
		say([error.finding], where)


def words_of(error: Exception) -> str:
	"""What a controller said when it refused, as plain text."""
	words = strip_html(str(error).replace("<br>", " ").replace("<hr>", " ")).strip()
	return words or _(type(error).__name__)


def by_rule(function: Callable) -> Callable:
	"""Decorator form of `rules_spoken` for a controller method."""
	from functools import wraps

	@wraps(function)
	def spoken(*args, **kwargs):
		with rules_spoken():
			return function(*args, **kwargs)

	return spoken
