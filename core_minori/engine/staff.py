"""Cost and hours of staff: the hourly rate, from when to when it stands, what hours cost, and how many are too many.

Rates: Reg. (EU) 2021/1060 art. 55(2)(a) for the standard hours, funding reference rule 18 for the real cost. Limits:
funding reference rule 20. Standard hours, limits and severities are rows of the programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from core_minori.engine.eligibility import severity_of
from core_minori.engine.message import Finding, Message, Severity, _, refuse
from core_minori.engine.money import ZERO, money

STANDARD_HOURS = "Annual Cost by Standard Hours"
REAL_COST = "Real Cost"

LONGEST_DAY = Decimal(13)
"""Hours a day nobody may pass: 24 less the 11 of daily rest (D.Lgs. 66/2003 art. 7). A programme's row overrides it."""

_RATE_SOURCE = "Funding reference, rules 18 and 19"
_SHEET_SOURCE = "Funding reference, rule 20"
_HUNDRED = Decimal(100)
_LEVELS = (Severity.INFORM, Severity.WARN, Severity.BLOCK)


# --- the hourly rate ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RealCost:
	"""What a person costs in the year of the paper, in euro: each amount for the whole year, pay for one month."""

	gross_monthly_pay: Decimal = ZERO
	months: Decimal = Decimal(12)
	additional_months_pay: Decimal = ZERO
	severance_accrual: Decimal = ZERO
	employer_social_security: Decimal = ZERO
	employer_insurance: Decimal = ZERO
	other_contract_items: Decimal = ZERO

	@property
	def annual_cost(self) -> Decimal:
		"""Euro of the year: pay times months, additional months, severance accrual, INPS, INAIL, contract items."""
		return (
			money(self.gross_monthly_pay * self.months)
			+ money(self.additional_months_pay)
			+ money(self.severance_accrual)
			+ money(self.employer_social_security)
			+ money(self.employer_insurance)
			+ money(self.other_contract_items)
		)


def standard_hours(divisor: Decimal, part_time_percent: Decimal | float) -> Decimal:
	"""Standard annual hours of a contract: the programme's divisor, pro rata for part time. Raises RuleError outside 0-100."""
	share = Decimal(str(part_time_percent))
	if not 0 < share <= 100:
		raise refuse(
			"part-time",
			_("A contract of {share} % of full time is not possible."),
			_("Enter 100 for full time, or the part-time per cent of the contract."),
			_RATE_SOURCE,
			share=share.normalize(),
		)
	return money(divisor * share / _HUNDRED)


def hourly_rate(annual_cost: Decimal, annual_hours: Decimal | float | None) -> Decimal:
	"""Euro an hour: the documented annual cost by the annual hours, two places, half up.

	The cost is the one of the contract as it is: a part-timer's cost is divided by a part-timer's hours. Raises
	RuleError when one of the two is missing.
	"""
	cost, hours = money(annual_cost), Decimal(str(annual_hours or 0))
	if cost <= 0:
		raise refuse(
			"annual-cost",
			_("There is no annual cost to take the hourly rate from."),
			_("Enter the annual gross cost, or the components of the real cost."),
			_RATE_SOURCE,
		)
	if hours <= 0:
		raise refuse(
			"annual-hours",
			_("There are no annual hours to divide the cost by."),
			_("Enter the hours due in the year by the contract, less leave and holidays."),
			_RATE_SOURCE,
		)
	return money(cost / hours)


# --- from when to when --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
	"""An hourly rate of one person and the contract behind it. `ends` is None while it stands.

	`daily_hours` are those of the contract, zero where nobody said. `limit_hours` are the annual hours of the contract
	where they are standard hours, else None: only those limit the hours of a year.
	"""

	name: str
	starts: date
	ends: date | None
	hourly_rate: Decimal = ZERO
	daily_hours: Decimal = ZERO
	limit_hours: Decimal | None = None

	def stands_on(self, day: date) -> bool:
		"""Whether `day` is one of its days."""
		return self.starts <= day and (self.ends is None or day <= self.ends)


def fit_rate(new: Rate, others: Iterable[Rate]) -> tuple[Rate, date] | None:
	"""Where a new rate of a person fits among the others: the open one it ends, and that one's last day.

	None when it overlaps nothing. Raises RuleError when its days are in the wrong order or overlap a rate that is not
	simply the open one before it.
	"""
	if new.ends and new.ends < new.starts:
		raise refuse(
			"rate-days",
			_("The rate ends on {end}, before it starts on {start}."),
			_("Correct the days."),
			start=new.starts,
			end=new.ends,
		)
	closed = None
	for other in others:
		if (new.ends and other.starts > new.ends) or (other.ends and other.ends < new.starts):
			continue
		if other.ends is None and other.starts < new.starts:
			closed = (other, new.starts - timedelta(days=1))
			continue
		raise refuse(
			"rate-overlap",
			_("{other} already gives this person's rate from {start}."),
			_("Choose days that no other rate covers, or end {other} the day before."),
			other=other.name,
			start=max(other.starts, new.starts),
		)
	return closed


def check_rate_end(rate: str, last_day: date | None, last_use: date | None) -> None:
	"""A rate does not end before the last submitted hours that it paid. Raises RuleError."""
	if last_day and last_use and last_use > last_day:
		raise refuse(
			"rate-used",
			_("Submitted timesheets use {rate} up to {last_use}: it cannot end on {last_day}."),
			_("Let the new rate start after that day, or cancel those timesheets first."),
			rate=rate,
			last_use=last_use,
			last_day=last_day,
		)


def refuse_rate_change(rate: str, last_use: date) -> None:
	"""Raise the RuleError of a change to a rate that submitted hours were paid with."""
	raise refuse(
		"rate-used",
		_("Submitted timesheets use {rate} up to {last_use}: its amounts cannot change any more."),
		_("Make a new rate that starts after that day: this one ends the day before."),
		rate=rate,
		last_use=last_use,
	)


def rate_on(rates: Iterable[Rate], day: date, person: str) -> Rate:
	"""The rate of `person` on `day`. Raises RuleError when there is none."""
	for rate in rates:
		if rate.stands_on(day):
			return rate
	raise refuse(
		"no-rate",
		_("{person} has no hourly rate on {day}."),
		_(
			"Ask the funding officer to make a Staff Cost Rate that covers the day, or take the line off the row."
		),
		_RATE_SOURCE,
		person=person,
		day=day,
	)


def hours_cost(rate: Decimal, hours: Decimal | float) -> Decimal:
	"""Euro of `hours` at `rate`, rounded to cents once, half up."""
	return money(rate * Decimal(str(hours)))


# --- how many hours -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WorkedHours:
	"""A row of a person's timesheets, of whatever project. `own` marks those of the sheet being written.

	`line` is empty for hours of no funded project, `rules` are the rows of the line's programme.
	"""

	sheet: str
	starts: datetime
	ends: datetime
	hours: Decimal
	line: str = ""
	project: str = ""
	own: bool = False
	rules: Sequence[dict] = ()

	@property
	def day(self) -> date:
		"""The day the hours count on: the one they start on."""
		return self.starts.date()


@dataclass(frozen=True)
class Absence:
	"""A day the person is not at work: a holiday of their calendar, or approved leave. `reason` is its name."""

	day: date
	reason: str


def check_one_month(rows: Iterable[WorkedHours]) -> None:
	"""A sheet with funded hours is one calendar month: the paper that is signed. Raises RuleError."""
	own = [row for row in rows if row.own]
	if not any(row.line for row in own):
		return
	# Work until midnight of the last day ends, for the clock, on the first of the next month.
	days = [
		day
		for row in own
		for day in (row.starts.date(), max(row.starts, row.ends - timedelta(microseconds=1)).date())
	]
	first, last = min(days), max(days)
	if (first.year, first.month) != (last.year, last.month):
		raise refuse(
			"timesheet-month",
			_("This timesheet runs from {first} to {last}, over more than one month."),
			_("Make one timesheet a month: each is signed by itself."),
			_SHEET_SOURCE,
			first=first,
			last=last,
		)


def check_hours(
	rows: Sequence[WorkedHours], rates: Sequence[Rate], absences: Iterable[Absence]
) -> list[Finding]:
	"""What the limits find on the sheet being written, over all timesheets of the person in its year.

	Only days on which some hours are funded are looked at: the others are nobody's claim. Checks: `timesheet-overlap`,
	`timesheet-day` (the contract's hours warn, the longest day blocks), `timesheet-leave`, `timesheet-year`.
	"""
	funded_days = {row.day for row in rows if row.line}
	days = sorted({row.day for row in rows if row.own} & funded_days)
	away: dict[date, str] = {}
	for absence in absences:
		away.setdefault(absence.day, absence.reason)
	by_day: dict[date, list[WorkedHours]] = {}
	for row in rows:
		by_day.setdefault(row.day, []).append(row)
	findings: list[Finding] = []
	for day in days:
		worked = by_day[day]
		findings += _overlaps(day, worked)
		findings += _long_day(day, worked, rates)
		if day in away:
			findings.append(_away(day, worked, away[day]))
	findings += _long_years(rows, rates)
	return findings


def annual_limit(rates: Iterable[Rate], year: int) -> Decimal | None:
	"""Standard hours of a person in `year`: those of the rates, weighted by the days each stands.

	A contract that goes to half time in July has three quarters of the hours. Days without a rate take the average of
	the others. None when no standard hours apply.
	"""
	first, last = date(year, 1, 1), date(year, 12, 31)
	total, days = ZERO, 0
	for rate in rates:
		starts, ends = max(rate.starts, first), min(rate.ends or last, last)
		if rate.limit_hours is None or starts > ends:
			continue
		length = (ends - starts).days + 1
		total += rate.limit_hours * length
		days += length
	return money(total / days) if days else None


def strictest(
	rules: Iterable[Sequence[dict]], check: str, day: date, default: Severity
) -> tuple[Severity, str]:
	"""Severity and source of `check` where several programmes pay for the same hours: the worst of theirs."""
	return max(
		(severity_of(list(of_programme), check, day, default) for of_programme in rules),
		key=lambda found: (_LEVELS.index(found[0]), found[1]),
		default=(default, ""),
	)


def rule_value(rules: Iterable[Mapping], check: str, day: date) -> Decimal | None:
	"""The number of the first row of `check` that is valid on `day`; None without one."""
	for rule in rules:
		starts, ends = rule.get("valid_from"), rule.get("valid_to")
		if rule["check_code"] == check and (not starts or starts <= day) and (not ends or day <= ends):
			return Decimal(str(rule["value"]).replace(",", ".")) if rule.get("value") else None
	return None


def _rules(rows: Iterable[WorkedHours]) -> list[Sequence[dict]]:
	return [row.rules for row in rows if row.line]


def _overlaps(day: date, worked: list[WorkedHours]) -> list[Finding]:
	severity, source = strictest(_rules(worked), "timesheet-overlap", day, Severity.BLOCK)
	ordered = sorted(worked, key=lambda row: (row.starts, row.ends))
	findings = []
	latest = ordered[0]
	for row in ordered[1:]:
		if row.starts < latest.ends and (row.own or latest.own):
			findings.append(
				Finding(
					"timesheet-overlap",
					severity,
					Message(
						_(
							"{day}: the hours from {start} ({sheet}) begin before those until {end} ({other})"
							" are over."
						),
						{
							"day": day,
							"start": row.starts.strftime("%H:%M"),
							"sheet": row.sheet,
							"end": latest.ends.strftime("%H:%M"),
							"other": latest.sheet,
						},
					),
					Message(_("Correct the times: nobody works twice in the same hour.")),
					source or _SHEET_SOURCE,
					found=row.starts,
					allowed=latest.ends,
				)
			)
		if row.ends > latest.ends:
			latest = row
	return findings


def _long_day(day: date, worked: list[WorkedHours], rates: Sequence[Rate]) -> list[Finding]:
	hours = sum((row.hours for row in worked), ZERO)
	limits = [rule_value(rules, "timesheet-day", day) for rules in _rules(worked)]
	longest = min((limit for limit in limits if limit), default=LONGEST_DAY)
	contract = next((rate.daily_hours for rate in rates if rate.stands_on(day)), ZERO)
	severity, source = strictest(_rules(worked), "timesheet-day", day, Severity.BLOCK)
	if hours > longest:
		allowed = longest
		text = _("{day}: {hours} hours over all projects, and nobody may work more than {allowed}.")
	elif contract and hours > contract:
		allowed, severity = contract, Severity.WARN
		text = _("{day}: {hours} hours over all projects, and the contract has {allowed} a day.")
	else:
		return []
	return [
		Finding(
			"timesheet-day",
			severity,
			Message(text, {"day": day, "hours": money(hours), "allowed": money(allowed)}),
			Message(_("Correct the hours of the day, here or in the other timesheets of the person.")),
			source or _SHEET_SOURCE,
			found=money(hours),
			allowed=money(allowed),
		)
	]


def _away(day: date, worked: list[WorkedHours], reason: str) -> Finding:
	severity, source = strictest(_rules(worked), "timesheet-leave", day, Severity.WARN)
	hours = money(sum((row.hours for row in worked), ZERO))
	return Finding(
		"timesheet-leave",
		severity,
		Message(
			_("{day}: {hours} hours on a day off ({reason})."), {"day": day, "hours": hours, "reason": reason}
		),
		Message(_("Take the hours off the day, or note why the person worked.")),
		source or _SHEET_SOURCE,
		found=hours,
		allowed=ZERO,
	)


def _long_years(rows: Sequence[WorkedHours], rates: Sequence[Rate]) -> list[Finding]:
	findings = []
	for year in sorted({row.day.year for row in rows if row.own and row.line}):
		limit = annual_limit(rates, year)
		if limit is None:
			continue
		funded = [
			row
			for row in rows
			if row.line
			and row.day.year == year
			and any(rate.limit_hours is not None and rate.stands_on(row.day) for rate in rates)
		]
		hours = money(sum((row.hours for row in funded), ZERO))
		if hours <= limit:
			continue
		day = max(row.day for row in funded)
		severity, source = strictest(_rules(funded), "timesheet-year", day, Severity.WARN)
		findings.append(
			Finding(
				"timesheet-year",
				severity,
				Message(
					_("{year}: {hours} funded hours over all projects, and the rate was made for {allowed}."),
					{"year": str(year), "hours": hours, "allowed": limit},
				),
				Message(_("Take the hours over the limit off the budget lines.")),
				source or _SHEET_SOURCE,
				found=hours,
				allowed=limit,
			)
		)
	return findings


# --- the paper of the month ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GridRow:
	"""Hours of one month on one line, or on none: by day of the month, and their sum."""

	line: str
	days: dict[int, Decimal]
	total: Decimal


def month_rows(rows: Iterable[WorkedHours], year: int, month: int) -> tuple[list[GridRow], GridRow]:
	"""The month's hours line by line, those of no line last, and the totals by day. Hours with two places.

	Each cell is rounded, and the totals are the sums of the cells, so that the paper adds up on itself.
	"""
	cells: dict[str, dict[int, Decimal]] = {}
	for row in rows:
		if (row.day.year, row.day.month) == (year, month):
			days = cells.setdefault(row.line, {})
			days[row.day.day] = days.get(row.day.day, Decimal(0)) + row.hours
	found = []
	totals: dict[int, Decimal] = {}
	for line in sorted(cells, key=lambda name: (not name, name)):
		days = {day: money(hours) for day, hours in sorted(cells[line].items())}
		for day, hours in days.items():
			totals[day] = totals.get(day, ZERO) + hours
		found.append(GridRow(line, days, sum(days.values(), ZERO)))
	return found, GridRow("", totals, sum(totals.values(), ZERO))


def month_of(day: date) -> tuple[datetime, datetime]:
	"""First moment of the month of `day`, and of the month after it."""
	first = day.replace(day=1)
	after = (first + timedelta(days=31)).replace(day=1)
	return datetime.combine(first, time()), datetime.combine(after, time())
