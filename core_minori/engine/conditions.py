"""Conditions in JavaScript that a form or a filter carries, and that run in the browser of whoever opens it."""

from __future__ import annotations

import re

# One word of such a condition. Nothing else may stand in it: no bare object, no assignment, no template string.
_WORD = re.compile(
	r"""\s*(?:
	(?P<field>(?:doc|parent)\.[A-Za-z]\w*)
	|(?P<call>in_list|cint|flt)(?=\s*\()
	|(?P<value>"[^"\\]*"|'[^'\\]*'|\d+(?:\.\d+)?|\b(?:true|false|null|undefined)\b|frappe\.session\.user\b)
	|(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[<>!?:+\-*,{])
	|(?P<open>[(\[])
	|(?P<close>[)\]}])
	)""",
	re.VERBOSE,
)
# Fields of every JavaScript object, through which code comes in.
_NEVER = re.compile(r"\b(?:constructor|prototype|call|apply|bind)\b|__")
_ENDS_A_VALUE = ("field", "value", "close")


def plain_condition(text: str) -> bool:
	"""Whether a JavaScript condition only compares fields of the document with values, and so can run in any session.

	`text` is the condition without its mark "eval:". Calls nothing but in_list, cint and flt, and indexes nothing.
	"""
	if _NEVER.search(text):
		return False
	position, before = 0, ""
	text = text.strip().rstrip(";")
	while position < len(text.rstrip()):
		word = _WORD.match(text, position)
		if not word:
			return False
		kind = str(word.lastgroup)
		if kind == "open" and before in _ENDS_A_VALUE:
			return False  # a call, or a way into an object
		if kind == "value" and before in _ENDS_A_VALUE:
			return False
		before, position = kind, word.end()
	return True
