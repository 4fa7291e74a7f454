"""The funding stamp: gaps of its text, and the row that is valid."""

from datetime import date
from decimal import Decimal

import pytest

from core_minori.engine.message import RuleError
from core_minori.engine.stamp import BLANK, GAPS, check_stamp_text, stamp, stamp_text, years

TEXT = (
	"Spesa sostenuta con il contributo del FAMI {period} - {prog} - {title} - CUP {cup} -"
	" Importo imputato EUR {amount} - Voce {line} - DdR n. {claim}"
)


def test_every_gap_is_filled():
	values = {
		"period": years("FAMI 2021-2027", date(2021, 1, 1), date(2029, 12, 31)),
		"prog": "PROG-705",
		"title": "Progetto {cup} Esempio",
		"cup": "C11G06000000001",
		"amount": Decimal("1234.5"),
		"line": "A.1",
		"claim": 2,
	}
	assert stamp(TEXT, values) == (
		"Spesa sostenuta con il contributo del FAMI 2021-2027 - PROG-705 - Progetto {cup} Esempio -"
		" CUP C11G06000000001 - Importo imputato EUR 1.234,50 - Voce A.1 - DdR n. 2"
	)


def test_the_period_is_in_the_name_else_in_the_dates():
	assert years("FAMI 2014/2020", None, date(2030, 1, 1)) == "2014-2020"
	assert years("SAI", date(2023, 1, 1), date(2025, 12, 31)) == "2023-2025"
	assert years("Avviso 12021-2027", None, None) == ""


def test_what_is_not_known_yet_is_a_place_to_write_it():
	assert stamp("DdR n. {claim}, CUP {cup}", {"cup": ""}) == f"DdR n. {BLANK}, CUP {BLANK}"


def test_nothing_to_pay_is_an_amount():
	assert stamp("EUR {amount}", {"amount": Decimal("0.00")}) == "EUR 0,00"


@pytest.mark.parametrize(
	"text",
	[
		"{minor}",
		"{}",
		"{0}",
		"{cup.__class__}",
		"{cup[0]}",
		"{cup!r}",
		"{amount:>9999999}",
		"{cup",
		"cup}",
		"{ cup }",
		"{cup:{amount}}",
	],
)
def test_other_gaps_are_refused(text):
	for function in (check_stamp_text, lambda text: stamp(text, {})):
		with pytest.raises(RuleError) as caught:
			function(text)
		assert caught.value.finding.rule == "stamp-text"


@pytest.mark.parametrize(
	"text", [None, "", "senza spazi vuoti", TEXT, "{{cup}} {cup}", *(f"{{{gap}}}" for gap in GAPS)]
)
def test_known_gaps_are_taken(text):
	check_stamp_text(text)


def test_the_row_valid_on_the_day_gives_the_text():
	rules = [
		{"check_code": "stamp-text", "text_value": "old", "valid_to": date(2025, 12, 31)},
		{"check_code": "cash-cap", "text_value": "other"},
		{"check_code": "stamp-text", "text_value": "", "valid_from": date(2026, 1, 1)},
		{"check_code": "stamp-text", "text_value": "new", "valid_from": date(2026, 1, 1)},
	]
	assert stamp_text(rules, date(2025, 6, 1)) == "old"
	assert stamp_text(rules, date(2026, 6, 1)) == "new"
	assert stamp_text([], date(2026, 6, 1)) is None
