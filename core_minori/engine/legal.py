"""Guardians, papers, acts of the courts, reports to the authorities and the search for the family: what fits together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core_minori.engine.deadlines import reaches_age
from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse
from core_minori.engine.periods import check_order, overlapping

# --- guardians --------------------------------------------------------------------------------------------------------

PROVISIONAL = "Provisional Guardian"
VOLUNTEER = "Volunteer Guardian"
APPOINTED = (VOLUNTEER, "Public Body", "Relative", "Parent")
VOLUNTEER_LIMIT = 3
_LIMIT_SOURCE = "L. 47/2017, art. 11"


@dataclass(frozen=True)
class Guardian:
	"""One guardianship: `key` names it in messages; both days are included, an open end is None."""

	key: str
	kind: str
	starts: date
	ends: date | None


def check_guardianship(
	own: Guardian, others: Sequence[Guardian], born: date | None, today: date
) -> list[Finding]:
	"""One guardian of a kind at a time, none before their day or past the eighteenth birthday.

	A special curator runs beside anybody. Two appointed guardians of different kinds are possible and asked about.
	Raises RuleError; returns what to look at.
	"""
	if own.starts > today:
		raise refuse(
			"guardian-dates",
			_("{day} is in the future: only what happened is recorded here."),
			_("Write the request now, and the guardianship when the court has appointed."),
			day=own.starts,
		)
	check_order(("From", own.starts), ("To", own.ends))
	majority = reaches_age(born, 18) if born else None
	if majority and own.kind != "Special Curator":
		for day in (own.starts, own.ends):
			if day and day > majority:
				raise refuse(
					"guardian-majority",
					_("The guardianship ends at eighteen, on {majority}: {day} comes later."),
					_("Correct the day, or the date of birth on the record of the minor."),
					majority=majority,
					day=day,
				)
	same = [(other.key, other.starts, other.ends) for other in others if other.kind == own.kind]
	if clash := overlapping(own.starts, own.ends, same):
		raise refuse(
			"guardian-overlap",
			_("{other} is of the same kind and runs at the same time."),
			_("End it first, with the reason."),
			other=clash,
		)
	if own.kind == PROVISIONAL:
		appointed = [(other.key, other.starts, other.ends) for other in others if other.kind in APPOINTED]
		if (clash := overlapping(own.starts, own.ends, appointed)) and not _ends_on_a_start(own, others):
			raise refuse(
				"guardian-overlap",
				_("A guardian is appointed already: {other}."),
				_("End that guardianship first: a provisional guardian acts only until one is appointed."),
				other=clash,
			)
	findings = []
	if own.kind in APPOINTED:
		beside = [
			(other.key, other.starts, other.ends)
			for other in others
			if other.kind in APPOINTED and other.kind != own.kind
		]
		if clash := overlapping(own.starts, own.ends, beside):
			findings.append(
				Finding(
					"guardian-beside",
					Severity.WARN,
					Message(_("Another guardian runs at the same time: {other}."), {"other": clash}),
					Message(_("End the other guardianship if this one takes its place.")),
				)
			)
	return findings


def provisional_to_end(own: Guardian, others: Sequence[Guardian]) -> str | None:
	"""The provisional guardianship that ends on the day this one begins, None when there is none."""
	if own.kind not in APPOINTED:
		return None
	return next(
		(
			other.key
			for other in others
			if other.kind == PROVISIONAL
			and other.starts <= own.starts
			and (other.ends is None or other.ends > own.starts)
		),
		None,
	)


def check_volunteer(kind: str, minors: int) -> Finding | None:
	"""Warn when a volunteer guardian follows more minors than the rule allows; `minors` counts this one."""
	if kind != VOLUNTEER or minors <= VOLUNTEER_LIMIT:
		return None
	return Finding(
		"guardian-limit",
		Severity.WARN,
		Message(
			_("This volunteer guardian follows {minors} minors: {limit} at most, by rule."),
			{"minors": minors, "limit": VOLUNTEER_LIMIT},
		),
		Message(_("Ask the court whether there is a special reason, and note it.")),
		_LIMIT_SOURCE,
		found=minors,
		allowed=VOLUNTEER_LIMIT,
	)


def _ends_on_a_start(own: Guardian, others: Sequence[Guardian]) -> bool:
	"""Whether a provisional guardianship only touches the day on which the appointed one begins."""
	return own.ends is not None and all(
		other.starts >= own.ends for other in others if other.kind in APPOINTED
	)


# --- papers -----------------------------------------------------------------------------------------------------------

PERMITS = ("Residence Permit", "Request of Residence Permit")


def document_state(
	state: str, requested_on: date | None, issued_on: date | None, number: str | None, attached: bool = False
) -> str:
	"""State of a paper as its facts say: one with a number, a day of issue or a file is held, one asked for is requested."""
	if issued_on or (number or "").strip() or attached:
		return "Held"
	if requested_on and state == "Missing":
		return "Requested"
	return state


def check_document(
	requested_on: date | None, issued_on: date | None, expires_on: date | None, today: date
) -> Finding | None:
	"""The days of a paper can be. Raises RuleError; returns a warning for one that has expired."""
	for day in (requested_on, issued_on):
		if day and day > today:
			raise refuse(
				"document-dates",
				_("{day} is in the future: only what happened is recorded here."),
				_("Correct the date."),
				day=day,
			)
	check_order(("Issued On", issued_on), ("Expires On", expires_on))
	if expires_on and expires_on < today:
		return Finding(
			"document-expired",
			Severity.WARN,
			Message(_("This document expired on {day}."), {"day": expires_on}),
			Message(_("Ask for the renewal, and make a new row for the new document.")),
		)
	return None


# --- acts of courts ---------------------------------------------------------------------------------------------------

PLACEMENT_403 = "Art. 403 Placement"
REVOCATION_403 = "Art. 403 Revocation"
CHAIN_403: tuple[str, ...] = (
	PLACEMENT_403,
	"Art. 403 Validation Request",
	"Art. 403 Validation",
	"Art. 403 Hearing",
	"Art. 403 Decision",
	REVOCATION_403,
)
PROSIEGUO = "Prosieguo Ordered"
AGE_CONCLUDED = "Age Assessment Concluded"


@dataclass(frozen=True)
class Act:
	"""One act: `key` names it in messages."""

	key: str
	kind: str
	at: datetime


def check_act_dates(at: datetime, received: datetime | None, hearing: datetime | None, now: datetime) -> None:
	"""An act has happened, and was received after it. Raises RuleError."""
	for moment in (at, received):
		if moment and moment > now:
			raise refuse(
				"act-dates",
				_("{moment} is in the future: only what happened is recorded here."),
				_("Write a hearing that is still to come under Next Hearing of the act that sets it."),
				moment=moment,
			)
	if received and received < at:
		raise refuse(
			"act-dates",
			_("The act was received ({received}) before it was done ({at})."),
			_("Correct one of the two moments."),
			received=received,
			at=at,
		)
	if hearing and hearing < at:
		raise refuse(
			"act-dates",
			_("The next hearing ({hearing}) comes before the act ({at})."),
			_("Correct one of the two moments."),
			hearing=hearing,
			at=at,
		)


def check_chain_403(acts: Sequence[Act]) -> None:
	"""The steps of art. 403 c.c. come one after the other, from the placement on. Raises RuleError.

	A step that nobody wrote down is no mistake: courts do not send everything. A step before an earlier one is.
	"""
	row = sorted(
		(act for act in acts if act.kind in CHAIN_403), key=lambda act: (act.at, CHAIN_403.index(act.kind))
	)
	last: Act | None = None
	for act in row:
		if act.kind == PLACEMENT_403:
			last = act
			continue
		if last is None or last.kind == REVOCATION_403:
			raise refuse(
				"chain-403",
				_("{act} of {at}: there is no running placement under art. 403 before it."),
				_("Write the placement first, with its day and hour."),
				"Art. 403 c.c.",
				act=Term(act.kind),
				at=act.at,
			)
		if CHAIN_403.index(act.kind) < CHAIN_403.index(last.kind):
			raise refuse(
				"chain-403",
				_("{act} of {at} comes after {last} of {last_at}."),
				_("Correct the day and hour of one of the two."),
				"Art. 403 c.c.",
				act=Term(act.kind),
				at=act.at,
				last=Term(last.kind),
				last_at=last.at,
			)
		last = act


def check_prosieguo(until: date | None, ordered: date, born: date | None) -> Finding | None:
	"""A prosieguo says until when, between the eighteenth and the twenty-first birthday. Raises RuleError.

	Returns a warning when the birthday is not known and nothing can be compared.
	"""
	source = "L. 47/2017, art. 13"
	if until is None:
		raise refuse(
			"prosieguo-until",
			_("The prosieguo has no last day."),
			_("Write under Valid Until the day that the court set."),
			source,
		)
	if until < ordered:
		raise refuse(
			"prosieguo-until",
			_("The prosieguo ends on {until}, before it was ordered on {ordered}."),
			_("Correct one of the two dates."),
			source,
			until=until,
			ordered=ordered,
		)
	if born is None:
		return Finding(
			"prosieguo-until",
			Severity.WARN,
			Message(_("The date of birth is not known: nobody can tell whether the prosieguo ends in time.")),
			Message(_("Write the date of birth on the record of the minor.")),
			source,
		)
	latest, first = reaches_age(born, 21), reaches_age(born, 18)
	if until > latest:
		raise refuse(
			"prosieguo-until",
			_(
				"The prosieguo ends at the latest on the twenty-first birthday, {latest}: {until} comes later."
			),
			_("Correct the day, or the date of birth on the record of the minor."),
			source,
			latest=latest,
			until=until,
		)
	if until < first:
		raise refuse(
			"prosieguo-until",
			_("The prosieguo ends on {until}, before the eighteenth birthday, {first}."),
			_("Correct the day, or the date of birth on the record of the minor."),
			source,
			first=first,
			until=until,
		)
	return None


def check_birth_date_set(born: date | None, concluded: date) -> None:
	"""The date of birth that an age assessment sets lies before it. Raises RuleError."""
	if born and born >= concluded:
		raise refuse(
			"birth-date-set",
			_("The date of birth {born} does not come before the end of the age assessment, {concluded}."),
			_("Correct one of the two dates."),
			born=born,
			concluded=concluded,
		)


# --- reports to the authorities ---------------------------------------------------------------------------------------

REPORT_403 = "Art. 403 Report"
HEALTH_REPORT = "Health Professional's Report"
# The facts that start and close the clock of a report; the others are due without delay, and have no hours to count.
CLOCKS: dict[str, tuple[str, str]] = {
	REPORT_403: ("placement_403", "report_403_sent"),
	HEALTH_REPORT: ("crime_noticed_by_health_professional", "health_report_sent"),
}


def report_state(assessed: object, transmitted: object, answered: object) -> str:
	"""How far a report got, from what is filled in."""
	if answered:
		return "Answered"
	if transmitted:
		return "Transmitted"
	return "Assessed by the Team" if assessed else "Noticed"


def check_report(
	noticed: datetime,
	assessed: date | None,
	transmitted: datetime | None,
	answered: date | None,
	protocol: str | None,
	authority: str | None,
	now: datetime,
) -> None:
	"""A report comes in its order, and a transmitted one says when, to whom and under which number. Raises RuleError."""
	for moment in (noticed, transmitted):
		if moment and moment > now:
			raise _bad_report(
				_("{moment} is in the future: only what happened is recorded here."), moment=moment
			)
	for day in (assessed, answered):
		if day and day > now.date():
			raise _bad_report(_("{day} is in the future: only what happened is recorded here."), day=day)
	if transmitted and transmitted < noticed:
		raise _bad_report(
			_("The report was transmitted ({transmitted}) before the facts were noticed ({noticed})."),
			transmitted=transmitted,
			noticed=noticed,
		)
	check_order(("Noticed At", noticed.date()), ("Assessed by the Team On", assessed))
	if (transmitted or (protocol or "").strip()) and not (
		transmitted and (protocol or "").strip() and authority
	):
		raise refuse(
			"report-transmission",
			_("A report that went out has its day and hour, its protocol number and its addressee."),
			_("Fill in all three, or none of them."),
		)
	if answered and not transmitted:
		raise refuse(
			"report-transmission",
			_("There is an answer to a report that was never transmitted."),
			_("Write when it was transmitted, to whom and under which number."),
		)
	if answered and answered < transmitted.date():
		raise _bad_report(
			_("The answer ({answered}) comes before the report ({transmitted})."),
			answered=answered,
			transmitted=transmitted,
		)


def _bad_report(text: str, **values: object):
	return refuse("report-dates", text, _("Correct the date."), **values)


# --- the search for the family ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SearchConsent:
	"""A consent as the search reads it."""

	purpose: str
	outcome: str
	given_by: str
	given_on: date
	valid_until: date | None = None
	withdrawn_on: date | None = None


def search_state(reported: object, excluded: object, concluded: object, actions: Collection) -> str:
	"""How far the search got, from what is filled in."""
	if excluded:
		return "Excluded"
	if concluded:
		return "Concluded"
	if not reported:
		return "To Be Decided"
	return "In Progress" if actions else "Reported"


def check_search(
	reported: date | None,
	excluded: date | None,
	reason: str | None,
	concluded: date | None,
	consent: SearchConsent | None,
	today: date,
) -> None:
	"""A search starts with the minor's own consent and without risk, or is excluded with the reason. Raises RuleError."""
	source = "L. 47/2017, art. 6"
	for day in (reported, excluded, concluded):
		if day and day > today:
			raise refuse(
				"family-search",
				_("{day} is in the future: only what happened is recorded here."),
				_("Correct the date."),
				day=day,
			)
	if bool(excluded) != bool(reason):
		raise refuse(
			"family-search",
			_("A search that is excluded says since when, and why."),
			_("Fill in both, or none of the two."),
			source,
		)
	if excluded and reported and excluded < reported:
		raise refuse(
			"family-search",
			_("The search was excluded on {excluded}, and reported on {reported}."),
			_("Take one of the two days out, or conclude the search with an outcome."),
			excluded=excluded,
			reported=reported,
		)
	if concluded and not reported:
		raise refuse(
			"family-search",
			_("The search was concluded and never reported."),
			_("Write when it was reported, or exclude it with the reason."),
			source,
		)
	check_order(("Reported On", reported), ("Concluded On", concluded))
	if reported and (problem := _lack_of_consent(consent, reported)):
		raise refuse(
			"family-search-consent",
			problem,
			_(
				"Record the minor's consent to the family search, or exclude the search: the minor does not consent."
			),
			source,
			day=reported,
		)


def _lack_of_consent(consent: SearchConsent | None, day: date) -> str | None:
	if consent is None or consent.purpose != "Family Search":
		return _("The minor did not consent to the family search yet: nobody may start it.")
	if consent.outcome != "Given":
		return _("The minor refused the family search.")
	if consent.given_by != "Minor":
		return _("The family search needs the consent of the minor in person.")
	if consent.given_on > day:
		return _("On {day} the minor had not consented to the family search yet.")
	if consent.withdrawn_on and consent.withdrawn_on <= day:
		return _("On {day} the minor had withdrawn the consent to the family search.")
	if consent.valid_until and consent.valid_until < day:
		return _("On {day} the consent to the family search was not valid any more.")
	return None
