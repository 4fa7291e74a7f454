"""The rules of a programme as rows: what a row must hold to be read, and which row holds on a day.

A value that nobody knows stays empty: the check it belongs to then says so or does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from core_minori.engine.flat_rates import FlatRate, chapters_of, in_order
from core_minori.engine.message import Finding, Message, RuleError, Severity, _, refuse
from core_minori.engine.periods import overlapping

EURO, PERCENT, HOURS, DATE, YEARS, NUMBER = "EUR", "%", "Hours", "Date", "Years", "Number"

# In which units a check reads its value; the checks that are not here have no value, or read any.
UNITS: Mapping[str, tuple[str, ...]] = {
	"programme-window": (DATE,),
	"line-budget": (EURO, PERCENT),
	"chapter-budget": (EURO, PERCENT),
	"partner-budget": (EURO, PERCENT),
	"double-funding": (PERCENT,),
	"cash-cap": (EURO,),
	"cash-any": (EURO,),
	"procurement-threshold": (EURO,),
	"procurement-quotes": (EURO,),
	"vat-eligible": (EURO,),
	"hourly-divisor": (HOURS,),
	"timesheet-day": (HOURS,),
	"timesheet-year": (HOURS,),
	"subcontracting-cap": (PERCENT,),
	"indirect-cap": (PERCENT,),
	"auditor-fee": (EURO, PERCENT),
	"chapter-transfer": (PERCENT,),
	"retention": (YEARS,),
	"eu-share": (PERCENT,),
	"spent-trigger": (PERCENT,),
	"sco-option": (PERCENT,),
}
# Checks of which several rows hold on one day, each for its own base.
BY_BASE = frozenset({"auditor-fee", "eu-share", "procurement-threshold", "sco-option"})

_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")


@dataclass(frozen=True)
class Rule:
	"""A rule row as the reader of its value wants it: a number or a day, or None where the parameter is not set."""

	check: str
	value: Decimal | date | None
	unit: str
	base: str
	severity: Severity
	source: str
	text: str = ""


def value_of(text: str | None, unit: str | None) -> Decimal | date | None:
	"""The number or the day that the value of a rule row is; None when it is empty.

	A day is written 2029-12-31 or 31/12/2029, a number 1720, 1720.5 or 1.720,5. "5.000" is refused, as it is five to
	some and five thousand to others. Raises RuleError for what is no value in that unit.
	"""
	text = (text or "").strip()
	if not text:
		return None
	if unit == DATE:
		for shape in ("%Y-%m-%d", "%d/%m/%Y"):
			try:
				return datetime.strptime(text, shape).date()
			except ValueError:
				continue
		raise _bad(_("“{value}” is not a date: write it as 31/12/2029."), text)
	if not unit:
		raise _bad(_("The value “{value}” has no unit."), text)
	if _GROUPED.fullmatch(text):
		raise _bad(_("“{value}” can be read in two ways: write 5000, or 5 when it is five."), text)
	try:
		number = Decimal(text.replace(".", "").replace(",", ".") if "," in text else text)
	except InvalidOperation:
		number = Decimal("NaN")
	if not number.is_finite():
		raise _bad(_("“{value}” is not a number."), text)
	if number < 0 or (unit == PERCENT and number > 100):
		raise _bad(
			_("“{value}” is not a share between 0 and 100 %.")
			if unit == PERCENT
			else _("“{value}” is less than zero."),
			text,
		)
	return number


def written(value: Decimal | date | None) -> str:
	"""The value as rows keep it: 2029-12-31, 1720, 0.3; empty for None."""
	if isinstance(value, Decimal):
		return f"{value:f}"
	return value.isoformat() if value else ""


def check_rule(row: Mapping[str, object], others: Sequence[Mapping[str, object]] = ()) -> None:
	"""The row has a value its check can read, and none of the `others` of that check holds on a day it holds on.

	A row holds idx, check_code, value, unit, base, valid_from and valid_to (dates or None). Checks in `BY_BASE` may have
	several rows at once, one for each base. Raises RuleError.
	"""
	check, unit = str(row["check_code"]), str(row.get("unit") or "")
	value_of(row.get("value"), unit)
	if row.get("value") and unit not in UNITS.get(check, (unit,)):
		raise refuse(
			"rule-unit",
			_("{check} is measured in {units}, not in {unit}."),
			_("Choose the right unit."),
			check=check,
			units=", ".join(UNITS[check]),
			unit=unit,
		)
	starts, ends = row.get("valid_from") or date.min, row.get("valid_to")
	if ends and ends < starts:
		raise refuse(
			"rule-validity",
			_("{check} ends on {end}, before it starts on {start}."),
			_("Correct one of the two dates."),
			check=check,
			start=starts,
			end=ends,
		)
	other = overlapping(
		starts,
		ends,
		(
			(str(other["idx"]), other.get("valid_from") or date.min, other.get("valid_to"))
			for other in others
			if _measure(other) == _measure(row)
		),
	)
	if other:
		raise refuse(
			"rule-overlap",
			_("{check} is there twice for the same days: see row {other}."),
			_("Close the older row with Valid To before the newer one starts."),
			check=check,
			other=other,
		)


def check_chapters(rows: Sequence[Mapping[str, object]]) -> None:
	"""Codes are there once, rates are taken of chapters that are there, and not of each other.

	A row holds chapter_code, is_flat_rate, flat_rate_percent and flat_rate_base. Raises RuleError.
	"""
	codes = [str(row["chapter_code"]) for row in rows]
	for code in codes:
		if codes.count(code) > 1 or chapters_of(code) != (code,):
			raise refuse(
				"chapter-code",
				_("Chapter code “{code}” is there twice, or holds a comma or a space at its ends."),
				_("Give each chapter a code of its own."),
				code=code,
			)
	rates = []
	for row in rows:
		if not row.get("is_flat_rate"):
			continue
		base = chapters_of(row.get("flat_rate_base"))
		check_rate(str(row["chapter_code"]), row.get("flat_rate_percent"), base, codes)
		rates.append(
			FlatRate(str(row["chapter_code"]), "", Decimal(0), base, str(row["chapter_code"])),
		)
	in_order(rates)


def check_rate(
	where: str, percent: Decimal | float | None, base: Sequence[str], chapters: Sequence[str]
) -> None:
	"""A flat rate is a share of chapters of its programme. Raises RuleError naming `where` it stands."""
	unknown = [code for code in base if code not in chapters]
	if unknown:
		raise refuse(
			"flat-rate-base",
			_("{where}: the base names chapters that are not there: {unknown}."),
			_("Choose among {chapters}."),
			where=where,
			unknown=", ".join(unknown),
			chapters=", ".join(chapters),
		)
	if not 0 <= Decimal(str(percent or 0)) <= 100:
		raise refuse(
			"flat-rate-percent",
			_("{where}: a flat rate of {percent} % is no share."),
			_("Enter a share between 0 and 100 %."),
			where=where,
			percent=percent,
		)


def rules_on(rows: Sequence[Mapping[str, object]], check: str, day: date) -> list[Rule]:
	"""The rows of `check` that hold on `day`, in their order."""
	return [
		Rule(
			check,
			value_of(row.get("value"), row.get("unit")),
			str(row.get("unit") or ""),
			str(row.get("base") or "").strip(),
			Severity(row["severity"]),
			", ".join(str(row[key]) for key in ("source", "article") if row.get(key)),
			str(row.get("text_value") or ""),
		)
		for row in rows
		if row["check_code"] == check
		and (row.get("valid_from") or date.min) <= day <= (row.get("valid_to") or date.max)
	]


def rule_on(rows: Sequence[Mapping[str, object]], check: str, day: date) -> Rule | None:
	"""The row of `check` that holds on `day`, None without one."""
	return next(iter(rules_on(rows, check, day)), None)


def check_eu_share(percent: Decimal, rules: Sequence[Rule]) -> Finding | None:
	"""The Union's share of a project against the `eu-share` rows: the least of them is what any project may have.

	A higher row is for what its base says, and the finding names it; above all of them the highest speaks.
	"""
	limits = sorted((rule for rule in rules if rule.value is not None), key=lambda rule: rule.value)
	passed = [rule for rule in limits if percent > rule.value]
	if not passed:
		return None
	rule = passed[-1]
	higher = next((limit for limit in limits if limit.value >= percent), None)
	return Finding(
		"eu-share",
		rule.severity,
		Message(
			_("The share of the European Union is {percent} %, above {limit} %: {base}."),
			{"percent": _plain(percent), "limit": _plain(rule.value), "base": rule.base or "-"},
		),
		Message(
			_("Up to {limit} % is for: {base}. Check that the grant agreement says so."),
			{"limit": _plain(higher.value), "base": higher.base or "-"},
		)
		if higher
		else Message(_("Correct the shares of the sources.")),
		rule.source,
		found=percent,
		allowed=rule.value,
	)


def check_indirect_cap(
	line: str, percent: Decimal, rule: Rule | None, options: Sequence[Rule] = ()
) -> Finding | None:
	"""The rate of an indirect-cost line against `indirect-cap`; a cap that is not set finds nothing.

	The cap is a share of all direct costs. For a rate of a narrower base, such as staff alone, `options` are the
	programme's simplified cost options: the least of them that allows the rate is named, and the cap only warns.
	"""
	if not rule or rule.value is None or percent <= rule.value:
		return None
	allowing = sorted(
		(option for option in options if option.value is not None and option.value >= percent),
		key=lambda option: option.value,
	)
	remedy = Message(
		_("Lower the rate, or have the funding officer set the option of the call in the programme.")
	)
	if allowing:
		remedy = Message(
			_("Up to {limit} % is for: {base}. Check that the grant agreement says so."),
			{"limit": _plain(allowing[0].value), "base": allowing[0].base or "-"},
		)
	return Finding(
		"indirect-cap",
		Severity.WARN if allowing and rule.severity is Severity.BLOCK else rule.severity,
		Message(
			_("{line}: a flat rate of {percent} % is above the {limit} % of the programme."),
			{"line": line, "percent": _plain(percent), "limit": _plain(rule.value)},
		),
		remedy,
		allowing[0].source if allowing else rule.source,
		found=percent,
		allowed=rule.value,
	)


def _measure(row: Mapping[str, object]) -> tuple[str, str]:
	"""What two rows may not both say of one day."""
	check = str(row["check_code"])
	return check, str(row.get("base") or "").strip().casefold() if check in BY_BASE else ""


def _plain(number: Decimal) -> str:
	return f"{number.normalize():f}".replace(".", ",")


def _bad(text: str, value: str) -> RuleError:
	return refuse(
		"rule-value", text, _("Correct the value, or leave it empty when it is not known."), value=value
	)
