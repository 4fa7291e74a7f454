"""Italian identifiers: fiscal code, VAT number, IBAN, CUP and CIG.

Every check returns None when the code is good or absent, and a `Finding` when it is not. A code is never
required here: that is for the form to say. How bad a finding is follows one thought: BLOCK where a typing
mistake is certain, WARN where an authority may well have issued the code as it stands.

Findings on the codes of persons (fiscal code, IBAN) never repeat the code: a message may end in a log or a
mail, and a fiscal code tells a birth date.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from stdnum import iban as stdnum_iban
from stdnum.exceptions import InvalidComponent, ValidationError
from stdnum.it import codicefiscale, iva

from core_minori.engine.message import Finding, Message, Severity, _

FISCAL_CODE_SOURCE = "Agenzia delle Entrate, codice fiscale (arithmetic: python-stdnum)"
VAT_NUMBER_SOURCE = "Agenzia delle Entrate, partita IVA (arithmetic: python-stdnum)"
IBAN_SOURCE = "ISO 13616 (arithmetic: python-stdnum)"
CUP_SOURCE = "opencup.gov.it: 15 characters; shape observed on real codes, no public check character"
CIG_SOURCE = "ANAC; shapes: dirittoprocessualetelematico.it 08/2024; arithmetic confirmed on real codes"

_SEPARATORS = re.compile(r"[\s.\-\u200b\ufeff]+")
_ITALIAN_VAT_PREFIX = re.compile(r"IT([0-9]{11})")
_FOREIGN_VAT = re.compile(r"[A-Z]{2}[A-Z0-9]{2,13}")
_ELEVEN_DIGITS = re.compile(r"[0-9]{11}")
_CUP = re.compile(r"[A-Z][0-9]{2}[A-Z][0-9]{11}")
_CUP_PROVISIONAL = re.compile(r"PROV[0-9]{10}")
_CIG_CLASSIC = re.compile(r"([0-9]{7})([0-9A-F]{3})")
_CIG_SMART = re.compile(r"[V-Z]([0-9A-F]{2})([0-9A-F]{7})")
_CIG_PLATFORM = re.compile(r"([A-U])([0-9A-F]{6})([0-9A-F]{3})")

# Where two persons would share a code, the Agenzia writes letters for these digits, from the right
# ("omocodia").
_OMOCODE_PLACES = (6, 7, 9, 10, 12, 13, 14)
_OMOCODE_DIGITS = str.maketrans("LMNPQRSTUV", "0123456789")


def normalised(value: str | None) -> str:
	"""Return the code as it is stored: capital letters, with no spaces, dots or dashes.

	The prefix IT goes only before exactly eleven digits, a VAT number: an IBAN keeps its country.
	"""
	code = _SEPARATORS.sub("", value or "").upper()
	vat_number = _ITALIAN_VAT_PREFIX.fullmatch(code)
	return vat_number[1] if vat_number else code


def check_fiscal_code(value: str | None, today: date) -> Finding | None:
	"""Check a codice fiscale: 16 characters of a person (omocodia too), or 11 digits.

	Eleven digits that fail the arithmetic of a VAT number only warn: asylum seekers and minors just arrived
	hold provisional numeric codes that do not follow it. A wrong person's code blocks: its check character
	proves a typing mistake. `today` decides the century of the birth date.
	"""
	code = normalised(value)
	if not code:
		return None
	if _ELEVEN_DIGITS.fullmatch(code):
		return None if codicefiscale.is_valid(code) else _provisional_fiscal_code()
	if len(code) != 16:
		return _finding(
			"fiscal-code",
			Severity.BLOCK,
			_("The fiscal code has {length} characters: it must have 16, or 11 digits if it is provisional."),
			_("Copy it again from the card or from the letter of the Agenzia delle Entrate."),
			FISCAL_CODE_SOURCE,
			length=len(code),
		)
	if birth_date_of(code, today) is None:
		return _finding(
			"fiscal-code",
			Severity.BLOCK,
			_("The fiscal code has a typing mistake: its last letter does not agree with the others."),
			_("Compare it letter by letter with the card; take care with O and 0, I and 1."),
			FISCAL_CODE_SOURCE,
		)
	return None


def birth_date_of(fiscal_code: str | None, today: date) -> date | None:
	"""Return the birth date in a valid person's fiscal code; None for any other code.

	The code holds two digits of the year. Of the dates they may mean, this is the latest that is not after
	`today`, so a child born in 2021 is not taken for somebody of 1921 (stdnum by itself starts its century
	in 1920).
	"""
	code = normalised(fiscal_code)
	if len(code) != 16 or not codicefiscale.is_valid(code):
		return None
	try:
		born = codicefiscale.get_birth_date(code, minyear=today.year - 99)
		# This year's two digits with a day still to come: the person is nearly a hundred years old.
		return born.replace(year=born.year - 100) if born > _day(today) else born
	except ValueError:  # stdnum's errors are ValueErrors as well
		return None


def check_fiscal_code_matches(
	value: str | None, birth_date: date | None, sex: str | None, today: date
) -> Finding | None:
	"""Warn when a person's fiscal code disagrees with the birth date or the sex on the form.

	`sex` is "Male" or "Female"; any other value is not compared. A code that is absent, numeric or wrong is
	left to `check_fiscal_code`. It only warns: after an age assessment the code of a minor may be the older
	truth.
	"""
	code = normalised(value)
	in_code = birth_date_of(code, today)
	if in_code is None:
		return None
	if birth_date is not None and in_code != _day(birth_date):
		return _finding(
			"fiscal-code-mismatch",
			Severity.WARN,
			_("The birth date in the fiscal code is not the birth date on the form."),
			_(
				"Check both against the document. If the birth date was corrected (for instance by the age "
				"assessment), ask the Agenzia delle Entrate for a new code."
			),
			FISCAL_CODE_SOURCE,
		)
	if sex in ("Male", "Female") and sex != _sex_in(code):
		return _finding(
			"fiscal-code-mismatch",
			Severity.WARN,
			_("The sex in the fiscal code is not the sex on the form."),
			_("Check both against the document, and correct the one that is wrong."),
			FISCAL_CODE_SOURCE,
		)
	return None


def check_vat_number(value: str | None) -> Finding | None:
	"""Check a partita IVA: 11 digits, with or without IT.

	Wrong digits block. A number of another country and an unknown office (digits 8 to 10) only warn: the
	first is not checked here, and the list of offices is the tax agency's to lengthen.
	"""
	code = normalised(value)
	if not code:
		return None
	if not code.startswith("IT") and _FOREIGN_VAT.fullmatch(code):
		return _finding(
			"vat-number",
			Severity.WARN,
			_("{code} is not an Italian VAT number, so it was not checked."),
			_("If the supplier is foreign, check the number in VIES, the European register."),
			VAT_NUMBER_SOURCE,
			code=code,
		)
	try:
		if _ELEVEN_DIGITS.fullmatch(code):
			iva.validate(code)
			return None
	except InvalidComponent:
		return _finding(
			"vat-number",
			Severity.WARN,
			_("The VAT number {code} names a tax office that is not known (digits 8 to 10)."),
			_("Check it on the site of the Agenzia delle Entrate."),
			VAT_NUMBER_SOURCE,
			code=code,
		)
	except ValidationError:
		pass
	return _finding(
		"vat-number",
		Severity.BLOCK,
		_("{code} is not a VAT number: it needs 11 digits, and the last one must agree with the others."),
		_("Copy it again from the invoice."),
		VAT_NUMBER_SOURCE,
		code=code,
	)


def check_iban(value: str | None) -> Finding | None:
	"""Check an IBAN of any country: shape and check digits. A wrong one blocks: money would go astray."""
	code = normalised(value)
	if not code or stdnum_iban.is_valid(code):
		return None
	return _finding(
		"iban",
		Severity.BLOCK,
		_("The IBAN is wrong: its check digits do not agree with the rest, or a character is missing."),
		_("Copy it again from a paper of the bank. An Italian IBAN has 27 characters and begins with IT."),
		IBAN_SOURCE,
	)


def check_cup(value: str | None) -> Finding | None:
	"""Check a CUP by its shape: letter, two digits, letter, eleven digits.

	It never blocks: the shape was observed on real codes and is in no public rule, and there is no check
	character.
	"""
	code = normalised(value)
	if not code or _CUP.fullmatch(code):
		return None
	if _CUP_PROVISIONAL.fullmatch(code):
		return _finding(
			"cup-provisional",
			Severity.WARN,
			_("The CUP {code} is provisional."),
			_("Write the final CUP as soon as the authority gives it, and before any claim."),
			CUP_SOURCE,
			code=code,
		)
	return _finding(
		"cup",
		Severity.WARN,
		_("{code} does not look like a CUP: a letter, two digits, a letter and eleven digits (15 in all)."),
		_("Compare it with the grant agreement, or look the project up on opencup.gov.it."),
		CUP_SOURCE,
		code=code,
	)


def check_cig(value: str | None) -> Finding | None:
	"""Check a CIG in its three shapes: classic, SmartCIG, and that of the contracts platform since 2024.

	BLOCK where a mistake is certain: not 10 characters, all zeros, or a known shape whose check digits
	fail. WARN for ten characters of an unknown shape, because ANAC has changed the shape before and may do
	so again. A purchase without a CIG leaves it empty and gives the reason of the exemption on its own
	field.
	"""
	code = normalised(value)
	if not code:
		return None
	if code == "0000000000":
		return _wrong_cig(_("A CIG of ten zeros is not a CIG."), code)
	if len(code) != 10:
		return _wrong_cig(
			_("The CIG {code} has {length} characters: it must have 10."), code, length=len(code)
		)
	agrees = _cig_agrees(code)
	if agrees is None:
		return _finding(
			"cig",
			Severity.WARN,
			_("{code} has none of the known shapes of a CIG."),
			_("Check it on the portal of ANAC. If it is there, go on."),
			CIG_SOURCE,
			code=code,
		)
	if not agrees:
		return _wrong_cig(_("The CIG {code} has a typing mistake: its check digits do not agree."), code)
	return None


def _cig_agrees(code: str) -> bool | None:
	"""Whether the check digits of a CIG agree; None for a shape that is not known."""
	if classic := _CIG_CLASSIC.fullmatch(code):
		return int(classic[1]) * 211 % 4091 == int(classic[2], 16)
	if smart := _CIG_SMART.fullmatch(code):
		return int(smart[2], 16) * 211 % 251 == int(smart[1], 16)
	if platform := _CIG_PLATFORM.fullmatch(code):
		serial = int(platform[2], 16)
		letter = ord(platform[1]) - ord("A") + 1
		return serial != 0 and (serial + letter) * 211 % 4091 == int(platform[3], 16)
	return None


def _sex_in(code: str) -> str:
	# Not stdnum.get_gender: it fails where omocodia turned a digit of the day into a letter.
	return "Female" if int(_without_omocodia(code)[9:11]) > 40 else "Male"


def _without_omocodia(code: str) -> str:
	return "".join(
		character.translate(_OMOCODE_DIGITS) if place in _OMOCODE_PLACES else character
		for place, character in enumerate(code)
	)


def _day(moment: date) -> date:
	"""The day alone: a datetime is a date too, but Python refuses to compare the two."""
	return moment.date() if isinstance(moment, datetime) else moment


def _provisional_fiscal_code() -> Finding:
	return _finding(
		"fiscal-code-provisional",
		Severity.WARN,
		_("This numeric fiscal code does not pass the usual check. It may be a provisional code."),
		_(
			"Compare it with the letter that gave it, and write the 16-character code as soon as the "
			"person has one."
		),
		FISCAL_CODE_SOURCE,
	)


def _wrong_cig(text: str, code: str, **values: object) -> Finding:
	return _finding(
		"cig",
		Severity.BLOCK,
		text,
		_(
			"Copy it again from the tender papers or the invoice. "
			"If the purchase needs no CIG, leave it empty and give the reason."
		),
		CIG_SOURCE,
		code=code,
		**values,
	)


def _finding(rule: str, severity: Severity, text: str, remedy: str, source: str, **values: object) -> Finding:
	return Finding(rule, severity, Message(text, values), Message(remedy, values), source)
