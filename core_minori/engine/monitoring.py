"""The monitoring of a project: the tables of the quarterly sheet, of the people it reached and of the operators it trained.

Parts of the quarterly sheet follow the FAMI guidelines of September 2021 (scheda di monitoraggio: dati generali, anagrafica,
procedurale, soggetti in rete, attività WBS, fisica, finanziaria); another programme's officer moves the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core_minori.engine.flat_rates import FlatRate, flat_rate_amounts
from core_minori.engine.message import _
from core_minori.engine.money import ZERO

# What the procedural part asks of whoever runs the project; nobody but them can answer.
PROMPTS = (
	_("Activities and Outputs"),
	_("Strengths"),
	_("Deviations from the Approved Schedule"),
	_("Criticalities and Solutions"),
	_("Changes of Staff"),
	_("Networks"),
)


@dataclass(frozen=True)
class Spending:
	"""Euro of one budget line: imputed in the period, imputed until its end, claimed, accepted by auditor and authority."""

	in_period: Decimal = ZERO
	to_date: Decimal = ZERO
	claimed: Decimal = ZERO
	audited: Decimal = ZERO
	accepted: Decimal = ZERO

	def __add__(self, other: Spending) -> Spending:
		return Spending(
			self.in_period + other.in_period,
			self.to_date + other.to_date,
			self.claimed + other.claimed,
			self.audited + other.audited,
			self.accepted + other.accepted,
		)

	@property
	def amounts(self) -> tuple[Decimal, ...]:
		"""The five amounts in the order of the columns."""
		return (self.in_period, self.to_date, self.claimed, self.audited, self.accepted)


@dataclass(frozen=True)
class Line:
	"""One budget line with its planned euro in force at the end of the period, and what was spent on it."""

	name: str
	code: str
	title: str
	chapter: str
	partner: str
	activity: str
	planned: Decimal
	spending: Spending = Spending()


@dataclass(frozen=True)
class Attendance:
	"""One person at one training session that was held; `hours` are those they were there."""

	operator: str
	profession: str
	organisation: str
	area: str
	session: str
	day: date
	hours: Decimal


@dataclass(frozen=True)
class Case:
	"""A case in charge in the period. `person` is the code of the person, never a name."""

	code: str
	person: str
	group: str
	taken_on: date
	closed_on: date | None
	services: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
	"""Who a person is, for those who may know: given and family name, sex, day of birth, nationality, day of arrival."""

	given_name: str
	family_name: str
	sex: str
	birth_date: date | None
	nationality: str
	arrival_date: date | None


def with_flat_rates(
	lines: Sequence[Line], rates: Sequence[FlatRate], partner_of: Mapping[str, str]
) -> list[Line]:
	"""The lines with what each flat rate comes to: its per cent of what the other lines spent, amount by amount.

	`partner_of` is the partner of each line as the rates name it. Raises RuleError when rates are taken of each other.
	"""
	if not rates:
		return list(lines)
	flat = {rate.line for rate in rates}
	columns: list[dict[str, Decimal]] = []
	for place in range(len(Spending().amounts)):
		direct: dict[tuple[str, str], Decimal] = {}
		for line in lines:
			if line.name not in flat:
				key = (line.chapter, partner_of.get(line.name, ""))
				direct[key] = direct.get(key, ZERO) + line.spending.amounts[place]
		columns.append({name: found.amount for name, found in flat_rate_amounts(rates, direct).items()})
	return [
		Line(
			line.name,
			line.code,
			line.title,
			line.chapter,
			line.partner,
			line.activity,
			line.planned,
			Spending(*(column.get(line.name, ZERO) for column in columns))
			if line.name in flat
			else line.spending,
		)
		for line in lines
	]


def financial(lines: Sequence[Line]) -> list[tuple[object, ...]]:
	"""Rows of the financial part, one a line: chapter, code, title, partner, planned, five amounts, residual."""
	return [
		(
			line.chapter,
			line.code,
			line.title,
			line.partner,
			line.planned,
			*line.spending.amounts,
			line.planned - line.spending.to_date,
		)
		for line in lines
	]


def by_activity(lines: Iterable[Line]) -> list[tuple[object, ...]]:
	"""Rows of the WBS part: activity, codes of its lines, planned, five amounts, residual. Lines of none come last."""
	found: dict[str, list[Line]] = {}
	for line in lines:
		found.setdefault(line.activity, []).append(line)
	rows = []
	for activity in sorted(found, key=lambda activity: (not activity, activity)):
		group = found[activity]
		planned = sum((line.planned for line in group), ZERO)
		spent = sum((line.spending for line in group), Spending())
		rows.append(
			(
				activity,
				", ".join(line.code for line in group),
				planned,
				*spent.amounts,
				planned - spent.to_date,
			)
		)
	return rows


def total(rows: Sequence[Sequence[object]], label: str) -> tuple[object, ...]:
	"""A row of totals under these: every column that holds euro alone is summed."""
	if not rows:
		return (label,)
	columns = zip(*rows, strict=True)
	sums = [
		sum(column, ZERO) if all(isinstance(value, Decimal) for value in column) else "" for column in columns
	]
	return (label, *sums[1:])


def operators(attendances: Iterable[Attendance]) -> list[tuple[object, ...]]:
	"""Rows of the operators' sheet: one a person and area, with content, first and last day, sessions and hours."""
	found: dict[tuple[str, str, str, str], list[Attendance]] = {}
	for one in attendances:
		key = (" ".join(one.operator.split()), one.profession, one.organisation, one.area)
		found.setdefault(key, []).append(one)
	rows = []
	for key in sorted(found, key=lambda key: tuple(part.casefold() for part in key)):
		group = sorted(found[key], key=lambda one: (one.day, one.session))
		rows.append(
			(
				*key,
				"; ".join(dict.fromkeys(one.session for one in group)),
				group[0].day,
				group[-1].day,
				len(group),
				sum((one.hours for one in group), ZERO),
			)
		)
	return rows


def target_people(cases: Iterable[Case], identities: Mapping[str, Identity]) -> list[tuple[object, ...]]:
	"""Rows of the people's sheet: one a person. Whoever is not among `identities` has a code and no name.

	A person with several cases is one row: first taken in charge, last closed (open while one is), services together.
	"""
	found: dict[str, list[Case]] = {}
	for case in cases:
		found.setdefault(case.person, []).append(case)
	rows = []
	for person in sorted(found, key=lambda person: min((case.taken_on, case.code) for case in found[person])):
		group = sorted(found[person], key=lambda case: (case.taken_on, case.code))
		known = identities.get(person)
		who = (
			(
				known.given_name,
				known.family_name,
				known.sex,
				known.birth_date,
				known.nationality,
				known.arrival_date,
			)
			if known
			else (None,) * 6
		)
		ends = [case.closed_on for case in group]
		services = dict.fromkeys(service for case in group for service in case.services)
		rows.append(
			(
				", ".join(case.code for case in group),
				*who,
				group[-1].group,
				group[0].taken_on,
				None if None in ends else max(ends),
				"; ".join(services),
			)
		)
	return rows
