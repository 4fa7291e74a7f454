"""Identifiers: real public codes of contracts and projects, and synthetic codes of nobody."""

from datetime import date, datetime

import pytest

from core_minori.engine.identifiers import (
	birth_date_of,
	check_cig,
	check_cup,
	check_fiscal_code,
	check_fiscal_code_matches,
	check_iban,
	check_vat_number,
	normalised,
)
from core_minori.engine.message import Severity

TODAY = date(2026, 7, 1)
OMOCODIA = str.maketrans("0123456789", "LMNPQRSTUV")


def check_letter(first_fifteen: str) -> str:
	"""The last letter of a fiscal code, from the table of the decree and not from the library under test."""
	odd = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True))
	odd |= dict(zip("ABCDEFGHIJ", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True))
	odd |= dict(
		zip("KLMNOPQRSTUVWXYZ", (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23), strict=True)
	)
	even = {character: place for place, character in enumerate("0123456789")}
	even |= {character: place for place, character in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
	total = sum((odd if place % 2 == 0 else even)[c] for place, c in enumerate(first_fifteen))
	return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[total % 26]


def fiscal_code(born: date, female: bool = False, omocodia: bool = False) -> str:
	"""A valid code of nobody: ZZZ and QQQ are the letters of no name; Z330 is a place abroad."""
	year = f"{born:%y}"
	day = f"{born.day + (40 if female else 0):02}"
	place = "330"
	if omocodia:
		year, day, place = (text.translate(OMOCODIA) for text in (year, day, place))
	body = f"ZZZQQQ{year}{'ABCDEHLMPRST'[born.month - 1]}{day}Z{place}"
	return body + check_letter(body)


def other_letter(code: str) -> str:
	return code[:-1] + ("A" if code[-1] != "A" else "B")


def says(finding, severity: Severity, rule: str) -> bool:
	"""A whole finding: severity, rule, a source, and two sentences that render."""
	assert finding is not None
	assert finding.source
	assert finding.message.render()
	assert finding.remedy.render()
	assert "{" not in finding.message.render() + finding.remedy.render()
	return (finding.severity, finding.rule) == (severity, rule)


@pytest.mark.parametrize("absent", ["", None, "  "])
def test_absent_is_good(absent):
	checks = (check_vat_number, check_iban, check_cup, check_cig)
	assert [check(absent) for check in checks] == [None] * 4
	assert check_fiscal_code(absent, TODAY) is None
	assert check_fiscal_code_matches(absent, date(2010, 1, 1), "Male", TODAY) is None


def test_normalised():
	assert normalised(" z60 2b.cde-3e\u00a0") == "Z602BCDE3E"
	assert normalised("IT 00743110157") == "00743110157"
	assert normalised("it60 x054 2811 1010 0000 0123 456") == "IT60X0542811101000000123456"
	assert normalised("IT0074311015") == "IT0074311015"
	assert normalised(None) == ""


def test_the_helper_agrees_with_a_published_example():
	# The specimen code of the Wikipedia article and of the library's manual.
	assert check_letter("RCCMNL83S18D969") == "H"


@pytest.mark.parametrize("born", [date(2008, 2, 29), date(2010, 12, 31), date(2020, 1, 1), date(2026, 6, 30)])
@pytest.mark.parametrize("female", [False, True])
@pytest.mark.parametrize("omocodia", [False, True])
def test_fiscal_code_of_a_minor(born, female, omocodia):
	code = fiscal_code(born, female, omocodia)
	assert check_fiscal_code(code.lower(), TODAY) is None
	assert birth_date_of(code, TODAY) == born
	sex, other = ("Female", "Male") if female else ("Male", "Female")
	assert check_fiscal_code_matches(code, born, sex, TODAY) is None
	assert says(check_fiscal_code_matches(code, born, other, TODAY), Severity.WARN, "fiscal-code-mismatch")


def test_birth_year_is_the_latest_one_not_in_the_future():
	assert birth_date_of(fiscal_code(date(2026, 7, 1)), TODAY) == date(2026, 7, 1)
	assert birth_date_of(fiscal_code(date(2026, 7, 2)), TODAY) == date(1926, 7, 2)
	assert birth_date_of(fiscal_code(date(1927, 1, 5)), TODAY) == date(1927, 1, 5)
	assert birth_date_of(fiscal_code(date(2021, 5, 4)), datetime(2026, 7, 1, 9)) == date(2021, 5, 4)


def test_birth_date_only_of_a_valid_code_of_a_person():
	assert birth_date_of(other_letter(fiscal_code(date(2010, 5, 4))), TODAY) is None
	assert birth_date_of("00743110157", TODAY) is None
	assert birth_date_of(None, TODAY) is None
	no_such_day = "ZZZQQQ10B30Z330"
	assert birth_date_of(no_such_day + check_letter(no_such_day), TODAY) is None


def test_fiscal_code_with_a_mistake_blocks_and_is_not_repeated():
	code = fiscal_code(date(2010, 5, 4))
	for wrong in (other_letter(code), code[:-1], code + "A", "ZZZQQQ10E04Z33ò" + code[-1]):
		finding = check_fiscal_code(wrong, TODAY)
		assert says(finding, Severity.BLOCK, "fiscal-code")
		assert wrong not in finding.message.render() + finding.remedy.render()


def test_numeric_fiscal_code():
	assert check_fiscal_code("00743110157", TODAY) is None
	# Wrong check digit, and an office that does not exist: both may be provisional codes.
	for code in ("00743110158", "12345678903"):
		assert says(check_fiscal_code(code, TODAY), Severity.WARN, "fiscal-code-provisional")


def test_mismatch_of_birth_date():
	code = fiscal_code(date(2010, 5, 4))
	finding = check_fiscal_code_matches(code, date(2008, 5, 4), "Male", TODAY)
	assert says(finding, Severity.WARN, "fiscal-code-mismatch")
	assert "2008" not in finding.message.render()
	assert check_fiscal_code_matches(code, datetime(2010, 5, 4, 0, 0), "Male", TODAY) is None
	assert check_fiscal_code_matches(code, None, "Other", TODAY) is None
	assert check_fiscal_code_matches(code, None, None, TODAY) is None
	assert check_fiscal_code_matches(other_letter(code), date(2008, 5, 4), "Male", TODAY) is None


def test_vat_number():
	assert check_vat_number("IT 00743110157") is None
	assert check_vat_number("00743110157") is None
	for wrong in ("00743110158", "0074311015", "007431101571", "00000000000", "1234567890A", "IT007431101"):
		assert says(check_vat_number(wrong), Severity.BLOCK, "vat-number"), wrong
	# 1234567 + office 890: no such office. The check digit is never reached.
	assert says(check_vat_number("12345678903"), Severity.WARN, "vat-number")
	assert says(check_vat_number("DE136695976"), Severity.WARN, "vat-number")


def test_iban():
	assert check_iban("IT60 X054 2811 1010 0000 0123 456") is None  # the specimen of the banks' association
	assert check_iban("GR16 0110 1050 0000 1054 7023 795") is None
	wrong = "IT60X0542811101000000123457"
	finding = check_iban(wrong)
	assert says(finding, Severity.BLOCK, "iban")
	assert wrong not in finding.message.render()
	for other in ("IT60X054281110100000012345", "X", "ciao!", "IT"):
		assert says(check_iban(other), Severity.BLOCK, "iban")


def test_cup():
	for real in ("I61E20000000007", "G61H25000270006", "C11G06000000001", " g61h 2500 0270 006 "):
		assert check_cup(real) is None
	assert says(check_cup("PROV0000012345"), Severity.WARN, "cup-provisional")
	for wrong in ("I61E2000000000", "I61E200000000071", "161E20000000007", "PROV123", "I61E2000000000٧"):
		assert says(check_cup(wrong), Severity.WARN, "cup"), wrong


REAL_CIGS = [
	"Z602BCDE3E",
	"ZDB27337A5",
	"ZF233CF431",
	"Z2E2044CB9",
	"ZCA3D2942B",
	"B1FCBC8A98",
	"B17919B85C",
]


@pytest.mark.parametrize("real", REAL_CIGS)
def test_real_cig(real):
	assert check_cig(real) is None
	assert check_cig(f" {real[:4].lower()} {real[4:]}") is None


@pytest.mark.parametrize("real", REAL_CIGS)
def test_one_wrong_digit_of_a_cig_is_seen(real):
	wrong = real[:-1] + ("0" if real[-1] != "0" else "1")
	assert says(check_cig(wrong), Severity.BLOCK, "cig")


def test_classic_cig_by_hand():
	# 1234567 x 211 = 260 493 637; less 4091 x 63 674 (260 490 334) is 3303, in hexadecimal CE7.
	assert check_cig("1234567CE7") is None
	assert says(check_cig("1234567CE8"), Severity.BLOCK, "cig")


def test_cig_that_is_none():
	for wrong in ("0000000000", "B123456789", "A0000000D3", "ESENTE", "Z602BCDE3", "Z602BCDE3E0"):
		assert says(check_cig(wrong), Severity.BLOCK, "cig"), wrong
	# Ten characters of no known shape: ANAC may have begun a new series.
	for unknown in ("ABCDEFGHIJ", "123456789Z"):
		assert says(check_cig(unknown), Severity.WARN, "cig")


def test_platform_cig_counts_its_letter():
	# A is 1: (1 + 1) x 211 = 422, in hexadecimal 1A6. With B, which is 2: 3 x 211 = 633, that is 279.
	assert check_cig("A0000011A6") is None
	assert check_cig("B000001279") is None
	assert says(check_cig("B0000011A6"), Severity.BLOCK, "cig")
	# A0000000D3 has the right check digits (1 x 211 = D3) and the serial zero, which is never given.
	assert check_cig("A0000000D3").severity is Severity.BLOCK
