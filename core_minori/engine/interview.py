"""The interview with the minor (colloquio): what its report must hold, and when its text is closed.

The first interview and its report follow DPCM 98/2024, articles 2 and 4. It may be held in parts: what is asked of the
report is asked of all its parts together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse

# Fields of the report, in the order of the act: letter and label.
LETTERS: dict[str, tuple[str, str]] = {
	"personal_history": ("a", _("Personal History")),
	"family_ties": ("b", _("Family and Affective Ties, Community")),
	"vulnerability": ("c", _("Conditions of Vulnerability")),
	"protection_facts": ("d", _("Facts That Call for Protection")),
	"involvement": ("e", _("How the Minor Was Involved")),
	"minor_opinion": ("f", _("Opinion on the Reception Project")),
}

# Who may hold a first interview (art. 2).
QUALIFIED = frozenset({"Social Worker", "Psychologist", "Educator", "Pedagogue"})
MEDIATOR = frozenset({"Cultural Mediator"})
GUARDIAN = frozenset({"Guardian", "Provisional Guardian"})

# The clock of who writes may run a little ahead of the server's.
CLOCK_SLACK = timedelta(minutes=10)

# The to-do of the coordinators: codes and nothing else, since it may go out by mail.
URGENT_TODO = _("Urgent need in interview {interview} of case {case}: see that the facility is told.")

_ART_2 = _("DPCM 98/2024, art. 2")
_ART_4 = _("DPCM 98/2024, art. 4")


@dataclass(frozen=True)
class Interview:
	"""One interview with all its parts: `texts` by field of the report, `roles` of who was there.

	The decree is about unaccompanied minors: of others it asks neither letters nor people.
	"""

	is_first: bool
	concluded: bool
	held_at: datetime
	texts: Mapping[str, str | None]
	roles: Collection[str]
	absence_reason: str | None = None
	urgent_need: bool = False
	urgent_told_at: datetime | None = None
	is_unaccompanied: bool = True


@dataclass(frozen=True)
class Signature:
	"""One row of who was there: the day it was signed, or why it was not."""

	role: str
	signed_on: date | None = None
	refusal_reason: str | None = None


def check_interview(
	interview: Interview, now: datetime, reported_on: date | None, reception_entry: datetime | None
) -> list[Finding]:
	"""What is wrong with an interview, and what its report lacks once it is concluded.

	Only a moment that cannot be blocks. What is missing warns: a report with gaps is still worth having.
	"""
	findings = _check_moment(interview, now, reported_on, reception_entry)
	if interview.is_first and interview.concluded and interview.is_unaccompanied:
		findings += [
			_warning(
				"interview-letter",
				_("Letter {letter} of the report is empty: {title}."),
				_("Write it, or write why it could not be talked about."),
				_ART_4,
				letter=letter,
				title=Term(title),
			)
			for letter, title in missing_letters(interview.texts)
		]
		findings += _check_people(interview)
	if interview.urgent_need and not interview.urgent_told_at:
		findings.append(
			_warning(
				"interview-urgent",
				_("There is an urgent need, and the head of the facility has not been told yet."),
				_("Tell them, then press Facility Told."),
				_("DPCM 98/2024, art. 4, paragraph 3"),
			)
		)
	return findings


def missing_letters(texts: Mapping[str, str | None]) -> list[tuple[str, str]]:
	"""Letter and title of the parts of the report that nobody wrote, in the order of the act."""
	return [LETTERS[name] for name in LETTERS if not (texts.get(name) or "").strip()]


def check_told(told_at: datetime | None, held_at: datetime, now: datetime) -> None:
	"""The facility was told after the interview began and not in the future. Raises RuleError."""
	if not told_at:
		return
	if told_at > now + CLOCK_SLACK:
		raise refuse(
			"interview-told",
			_("{moment} is in the future: write when the facility was told."),
			moment=told_at,
		)
	if told_at < held_at:
		raise refuse(
			"interview-told",
			_("The facility was told at {moment}, before the interview of {held}."),
			_("Correct one of the two dates."),
			moment=told_at,
			held=held_at,
		)


def check_signatures(signatures: Iterable[Signature], held_at: datetime, today: date) -> None:
	"""Signatures lie between the interview and today, and nobody both signs and refuses. Raises RuleError."""
	for row in signatures:
		if not row.signed_on:
			continue
		if row.signed_on > today or row.signed_on < held_at.date():
			raise refuse(
				"interview-signature",
				_("The signature of {role}, {day}, must lie between the interview of {held} and today."),
				_("Correct the day of the signature."),
				role=Term(row.role),
				day=row.signed_on,
				held=held_at.date(),
			)
		if (row.refusal_reason or "").strip():
			raise refuse(
				"interview-signature",
				_("{role} has signed and has a reason for not signing."),
				_("Take out one of the two."),
				role=Term(row.role),
			)


def first_signature(signatures: Iterable[Signature]) -> date | None:
	"""The day the report was first signed: from then on its text stays."""
	return min((row.signed_on for row in signatures if row.signed_on), default=None)


def check_forwarding(sent: Iterable[date | None], held_at: datetime, today: date) -> None:
	"""A report is sent after its interview, and not in the future. Raises RuleError."""
	for day in sent:
		if day and not held_at.date() <= day <= today:
			raise refuse(
				"interview-sent",
				_(
					"The report was sent on {day}: the day must lie between the interview of {held} and today."
				),
				_("Correct the day it was sent."),
				day=day,
				held=held_at.date(),
			)


def text_is_closed(signed_on: date, field: str) -> Exception:
	"""The refusal to change `field` (its label) of a signed report."""
	return refuse(
		"interview-signed",
		_("The report was signed on {day}: {field} cannot change any more."),
		_("Press Add a Part: the addition is kept, dated and printed with the report."),
		_ART_4,
		day=signed_on,
		field=Term(field),
	)


def _check_moment(
	interview: Interview, now: datetime, reported_on: date | None, reception_entry: datetime | None
) -> list[Finding]:
	held = interview.held_at
	if held > now + CLOCK_SLACK:
		return [
			Finding(
				"interview-future",
				Severity.BLOCK,
				Message(
					_("{held} is in the future: an interview is written down once it was held."),
					{"held": held},
				),
				Message(_("Correct the day and the hour.")),
			)
		]
	if interview.is_first and reception_entry and held < reception_entry:
		return [
			Finding(
				"interview-before-entry",
				Severity.BLOCK,
				Message(
					_("The first interview of {held} comes before the entry into reception of {entry}."),
					{"held": held, "entry": reception_entry},
				),
				Message(
					_("Correct one of the two: the three days of the first interview run from the entry.")
				),
				_ART_2,
			)
		]
	if reported_on and held.date() < reported_on:
		return [
			_warning(
				"interview-before-report",
				_("The interview of {held} comes before the day the case was reported, {reported}."),
				_("Check both days."),
				held=held,
				reported=reported_on,
			)
		]
	return []


def _check_people(interview: Interview) -> list[Finding]:
	findings = []
	roles = set(interview.roles)
	if not roles & QUALIFIED:
		findings.append(
			_warning(
				"interview-professional",
				_("No social worker, psychologist, educator or pedagogue is among those who were there."),
				_("Add who held the interview under Who Was There."),
				_ART_2,
			)
		)
	if not (interview.absence_reason or "").strip():
		for present, text in (
			(MEDIATOR, _("No mediator was there, and no reason is written.")),
			(GUARDIAN, _("No guardian was there, and no reason is written.")),
		):
			if not roles & present:
				findings.append(
					_warning("interview-absence", text, _("Add who was there, or write the reason."), _ART_2)
				)
	return findings


def _warning(rule: str, text: str, remedy: str, source: str = "", **values: object) -> Finding:
	return Finding(rule, Severity.WARN, Message(text, values), Message(remedy, values), source)
