"""Error Log: Frappe writes the values of all variables into it, and whoever administers the site reads it."""

import re

from frappe.model.document import Document

from core_minori.permissions import CHILD_OF, PROTECTED

LEFT_OUT = "core_minori: values are left out, for this error is about a protected record"
_ABOUT_OURS = re.compile(rf"\b({'|'.join(map(re.escape, (*PROTECTED, *CHILD_OF)))})\b|core_minori")
# "  File ..." and the line of code below it; "builtins.ValueError: what was wrong" without what was wrong.
_FRAME = re.compile(r'^  File "[^\n]+\n    [^\n]*', re.MULTILINE)
_CLASS = re.compile(r"^[\w.]+(?=:|$)", re.MULTILINE)


def leave_out_values(doc: Document, method: str | None = None) -> None:
	"""Hook before_insert: of an error about a protected record keep where it happened, not with what values."""
	text = doc.error or ""
	if not _ABOUT_OURS.search(f"{doc.method} {text}"):
		return
	frames = _FRAME.findall(text)
	classes = _CLASS.findall(text)
	doc.error = "\n".join([*frames, *classes[-1:], LEFT_OUT])
	if "\n" in (doc.method or "") or len(doc.method or "") > 140:
		doc.method = classes[-1] if classes else LEFT_OUT
