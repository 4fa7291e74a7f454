"""Conditions that a form carries: what compares fields is plain, what could call anything is not."""

import pytest

from core_minori.engine.conditions import plain_condition

PLAIN = (
	"doc.status == 'Open'",
	'doc.status === "Open" && !doc.__unsaved'.replace("!doc.__unsaved", "!doc.is_return"),
	"in_list(['Open', 'Closed'], doc.status)",
	"(doc.grand_total > 100 || cint(doc.docstatus) == 1) ? true : false",
	"parent.company != 'Esempio'",
	'{"status": "Open", "owner": frappe.session.user}',
	'[["ToDo", "status", "=", "Open"]]',
	"doc.x;",
	"",
)
NOT_PLAIN = (
	"alert(1)",
	"doc.constructor",
	"doc.items['constructor']",
	"doc.x.constructor('alert(1)')()",
	"doc.x('y')",
	"frappe.call('x')",
	"(doc.a)['b']",
	"in_list(doc.a, doc.b)['x']",
	"in_list",
	"doc.status = 'Open'",
	"`${alert(1)}`",
	"window.x",
	"doc",
	"doc.__proto__",
	"doc.a.b",
	"'a'.at(0)",
	"doc.a, fetch",
	"'\\x61'",
	"doc.a /* */",
	"(() => 1)()",
	"'a' (1)",
	"[1](2)",
	"{}[0]",
)


@pytest.mark.parametrize("text", PLAIN)
def test_comparing_fields_is_plain(text: str) -> None:
	assert plain_condition(text)


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_what_could_call_is_not(text: str) -> None:
	assert not plain_condition(text)
