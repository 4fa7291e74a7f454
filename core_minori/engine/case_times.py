"""How long cases take, from what to what, and how many days a place was lived in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, median

from core_minori.engine.beneficiaries import UNACCOMPANIED
from core_minori.engine.message import _

Moment = date | datetime | None


@dataclass(frozen=True)
class Measure:
	"""A length of time: the facts it runs between, and the code of the deadline rule that is its term, if one is.

	Only cases of these `kinds` wait for it (none: all).
	"""

	code: str
	label: str
	start: str
	end: str
	rule: str = ""
	kinds: tuple[str, ...] = ()


_ALONE = (UNACCOMPANIED,)

MEASURES: tuple[Measure, ...] = (
	Measure("assignment", _("Report to first assignment"), "reported", "first_assigned"),
	Measure(
		"interview",
		_("Entry to first interview"),
		"reception_entry",
		"interview_done",
		"first-interview",
		_ALONE,
	),
	Measure("guardian", _("Entry to guardian"), "reception_entry", "guardian_appointed", "guardian-watch-60"),
	Measure("pei-draft", _("Entry to PEI drafted"), "reception_entry", "pei_drafted", "pei-draft"),
	Measure("pei-signed", _("Entry to PEI signed"), "reception_entry", "pei_first_signed"),
	Measure("closure", _("Report to closure"), "reported", "closed"),
)


@dataclass(frozen=True)
class Span:
	"""One measure of one case: days when it is over, None while it waits; `within` its term, None without an answer."""

	case: str
	days: float | None
	within: bool | None = None


@dataclass(frozen=True)
class Times:
	"""Spans in short. Days; `within` of `decided` kept their term; `done` and `waiting` name the cases."""

	done: tuple[str, ...]
	waiting: tuple[str, ...]
	median: float | None
	mean: float | None
	longest: float | None
	within: int
	decided: int

	@property
	def share_within(self) -> float | None:
		"""Per cent of the decided that kept the term; None when the measure has no term or nothing is decided."""
		return round(100 * self.within / self.decided, 1) if self.decided else None


def days_between(start: Moment, end: Moment) -> float | None:
	"""Days from one fact to the other: whole where either is a day, with hours where both are moments.

	What came before its start took no time. None when either did not happen.
	"""
	if not start or not end:
		return None
	if isinstance(start, datetime) and isinstance(end, datetime):
		return max(0.0, round((end - start) / timedelta(days=1), 2))
	return float(max(0, (_day(end) - _day(start)).days))


def in_short(spans: Iterable[Span]) -> Times:
	"""Median, mean and share within the term of these spans."""
	spans = list(spans)
	days = [span.days for span in spans if span.days is not None]
	return Times(
		tuple(span.case for span in spans if span.days is not None),
		tuple(span.case for span in spans if span.days is None),
		round(median(days), 1) if days else None,
		round(fmean(days), 1) if days else None,
		max(days) if days else None,
		sum(span.within is True for span in spans),
		sum(span.within is not None for span in spans),
	)


def presence_days(came: date, left: date | None, first: date, last: date) -> int:
	"""Days lived in a place between `first` and `last`, both included.

	The day of arrival counts and the day of departure does not, so that who moves from one place to another on a day is
	counted in one of them. Who came and left on one day was there a day.
	"""
	if left is not None and left <= came:
		left = came + timedelta(days=1)
	end = last if left is None else min(last, left - timedelta(days=1))
	return max(0, (end - max(came, first)).days + 1)


def months_between(first: date, last: date) -> list[tuple[date, date]]:
	"""First and last day of each month from `first` to `last`, cut at both ends."""
	months = []
	start = first
	while start <= last:
		following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
		months.append((start, min(last, following - timedelta(days=1))))
		start = following
	return months


def _day(moment: date | datetime) -> date:
	return moment.date() if isinstance(moment, datetime) else moment
