"""Reading a case that one does not follow, for a few hours and with everybody told: the glass that is broken once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from core_minori.engine.message import _, refuse

REASONS: tuple[str, ...] = (
	"Danger to Life or Health",
	"Missing Minor",
	"Night or Holiday Turn",
	"Order of an Authority",
	"Failure of the System",
)
USUAL_HOURS = 4
LEAST_LETTERS = 10  # letters of what happened: "x" tells the officer nothing


def check_hours(hours: int, longest: int) -> int:
	"""The hours of an emergency access, between one and the `longest` the site allows; raises RuleError."""
	if not 1 <= hours <= longest:
		raise refuse(
			"emergency-hours",
			_("An emergency access lasts from 1 to {longest} hours."),
			_("Choose fewer hours: it can be opened again."),
			longest=longest,
		)
	return hours


def check_words(reason: str | None, details: str | None) -> None:
	"""The reason is one of `REASONS`, and what happened is said in a few words; raises RuleError."""
	if reason not in REASONS:
		raise refuse("emergency-reason", _("Choose a reason."), _("The officer reads it at once."))
	if len((details or "").strip()) < LEAST_LETTERS:
		raise refuse(
			"emergency-details",
			_("Say in a few words what happened."),
			_("For example who called, and what they need. No name of the minor."),
		)


def end_of(starts_at: datetime, hours: int) -> datetime:
	"""When an access that starts now ends by itself."""
	return starts_at + timedelta(hours=hours)


def runs(at: datetime, starts_at: datetime, ends_at: datetime, ended_at: datetime | None) -> bool:
	"""Whether an access lets read at this moment: from its first instant until, and without, its last."""
	return starts_at <= at < ends_at and ended_at is None


def running_until(
	at: datetime, others: Iterable[tuple[datetime, datetime, datetime | None]]
) -> datetime | None:
	"""The latest end of those accesses (starts, ends, ended) of the same user and case that run now; None without any."""
	ends = [end for start, end, ended in others if runs(at, start, end, ended)]
	return max(ends, default=None)


def check_new(
	at: datetime,
	hours: int,
	longest: int,
	reason: str | None,
	details: str | None,
	others: Iterable[tuple[datetime, datetime, datetime | None]],
) -> datetime:
	"""When a new access ends; raises RuleError for what the rules refuse, and while one of the same case still runs."""
	check_words(reason, details)
	check_hours(hours, longest)
	until = running_until(at, others)
	if until:
		raise refuse(
			"emergency-overlap",
			_("This case is open to you already, until {until}."),
			_("Open it: there is nothing else to do."),
			until=until,
		)
	return end_of(at, hours)


def check_end(at: datetime, starts_at: datetime, ends_at: datetime, ended_at: datetime | None) -> None:
	"""Only what still runs is ended early; raises RuleError."""
	if not runs(at, starts_at, ends_at, ended_at):
		raise refuse("emergency-over", _("This access is over already."), None)


def check_review(outcome: str | None, note: str | None, *, own: bool) -> None:
	"""The officer's judgement: not about oneself, and with a word on what was not justified; raises RuleError."""
	if own:
		raise refuse(
			"emergency-own-review",
			_("Nobody reviews their own emergency access."),
			_("Ask another data protection officer."),
		)
	if outcome == "Not Justified" and not (note or "").strip():
		raise refuse(
			"emergency-review-note",
			_("Say why the access was not justified."),
			_("It decides what happens next: a talk, the end of the role, a data breach."),
		)
