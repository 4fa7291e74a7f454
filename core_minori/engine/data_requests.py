"""Requests of a person about their own data (GDPR art. 15-22): the clock, and the state that follows from what was done.

The clock is art. 12(3): one month from receipt, two more where the person was told why within the first month. Months are
counted as Regulation (EEC) 1182/71 art. 3 does: the day of receipt is not counted, the period ends on the same day number
or on the last day of a shorter month, and where that is a Saturday, a Sunday or a national holiday, on the next working
day. Waiting for a proof of identity does not stop the clock here: the earlier, and safer, reading of art. 12(6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from core_minori.engine.deadlines import add_months, add_working_days
from core_minori.engine.message import Message, Term, _, refuse

RECEIVED = "Received"
IDENTITY_TO_VERIFY = "Identity to Verify"
IN_PROGRESS = "In Progress"
EXTENDED = "Extended"
ANSWERED = "Answered"
REFUSED = "Refused"
OPEN_STATES = (RECEIVED, IDENTITY_TO_VERIFY, IN_PROGRESS, EXTENDED)

ACCESS = "Access"
PORTABILITY = "Portability"
RECTIFICATION = "Rectification"
RESTRICTION = "Restriction"
ERASURE = "Erasure"
OBJECTION = "Objection"
COPIES = (ACCESS, PORTABILITY)
"""Requests that are answered with the person's data."""

SATISFIED = "Satisfied"
IN_PART = "Satisfied in Part"
NOT_SATISFIED = "Not Satisfied"

_FIRST, _WITH_EXTENSION = 1, 3
_CLOCK = "GDPR art. 12(3)"
NOTICE = timedelta(days=7)
"""How long before its end the officers are reminded of a request."""


@dataclass(frozen=True)
class RequestFacts:
	"""What was done about a request, and when.

	`known` says that it is known whose data it is about. `exported`, `corrected` and `restricted` say that the data were
	handed out, the record was corrected, the case was restricted for this request.
	"""

	request_type: str
	received_on: date
	known: bool = False
	identity_verified_on: date | None = None
	identity_proof: str = ""
	extended_on: date | None = None
	extension_reason: str = ""
	answered_on: date | None = None
	outcome: str = ""
	refusal_reason: str = ""
	exported: bool = False
	corrected: bool = False
	restricted: bool = False


def first_term(received_on: date) -> date:
	"""The last day of the month in which the person is answered, or told why it takes longer."""
	return _term(received_on, _FIRST)


def due_on(received_on: date, extended_on: date | None = None) -> date:
	"""The last day on which the person is to be answered."""
	return _term(received_on, _WITH_EXTENSION if extended_on else _FIRST)


def _term(received_on: date, months: int) -> date:
	last = add_months(received_on, months)
	return add_working_days(last - timedelta(days=1), 1)


def state_of(facts: RequestFacts) -> str:
	"""Where the request stands: nobody clicks it."""
	if facts.answered_on:
		return REFUSED if facts.outcome == NOT_SATISFIED else ANSWERED
	if facts.extended_on:
		return EXTENDED
	if facts.identity_verified_on:
		return IN_PROGRESS
	return IDENTITY_TO_VERIFY if facts.known else RECEIVED


def check(facts: RequestFacts, today: date) -> None:
	"""What was done comes in an order that can be, with the reasons the law asks for. Raises RuleError."""
	for label, day in (
		("Received on", facts.received_on),
		("Identity Verified on", facts.identity_verified_on),
		("Extended on", facts.extended_on),
		("Answered on", facts.answered_on),
	):
		if not day:
			continue
		if day > today:
			raise _wrong(_("{label}: {day} is in the future."), label=Term(label), day=day)
		if day < facts.received_on:
			raise _wrong(
				_("{label}: {day} comes before the request, received on {received}."),
				label=Term(label),
				day=day,
				received=facts.received_on,
			)
	_check_identity(facts)
	_check_extension(facts)
	if facts.answered_on:
		_check_answer(facts)


def _check_identity(facts: RequestFacts) -> None:
	if facts.identity_verified_on and not facts.identity_proof.strip():
		raise refuse(
			"request-identity",
			_("It is not said how the identity was verified."),
			_("Write with what it was verified, for example a document seen, without its number."),
			"GDPR art. 12(6)",
		)


def _check_extension(facts: RequestFacts) -> None:
	if not facts.extended_on:
		return
	last = first_term(facts.received_on)
	if facts.extended_on > last:
		raise refuse(
			"request-extension",
			_("The person was told of the extension on {day}, after the first month, which ended on {last}."),
			_("Answer now: only within the first month can the term be extended."),
			_CLOCK,
			day=facts.extended_on,
			last=last,
		)
	if not facts.extension_reason.strip():
		raise refuse(
			"request-extension",
			_("The reason of the extension is missing."),
			_("Write the reason that the person was told."),
			_CLOCK,
		)


def _check_answer(facts: RequestFacts) -> None:
	if not facts.outcome:
		raise refuse("request-outcome", _("The outcome is missing."), _("Choose what came of the request."))
	if facts.outcome in (NOT_SATISFIED, IN_PART) and not facts.refusal_reason.strip():
		raise refuse(
			"request-refusal",
			_("The reason for what was not granted is missing."),
			_("Write the reason, and tell the person that they may complain to the Garante or go to court."),
			"GDPR art. 12(4)",
		)
	if facts.outcome == NOT_SATISFIED:
		return
	if not facts.known or not facts.identity_verified_on:
		raise refuse(
			"request-identity",
			_("The request was not answered to a person whose identity was verified."),
			_("Choose the case and verify the identity first."),
			"GDPR art. 12(6)",
		)
	undone = {
		ACCESS: (facts.exported, _("The data were not exported for this request.")),
		PORTABILITY: (facts.exported, _("The data were not exported for this request.")),
		RECTIFICATION: (facts.corrected, _("No record was corrected for this request.")),
		RESTRICTION: (facts.restricted, _("The case was not restricted for this request.")),
	}.get(facts.request_type)
	if undone and not undone[0]:
		raise refuse(
			"request-undone",
			undone[1],
			_("Use the button of the request for the next step, or choose the outcome Not Satisfied."),
		)
	if facts.request_type == ERASURE and facts.outcome == SATISFIED:
		raise refuse(
			"request-erasure",
			_("A case is erased by the rules of retention only, with an act of the archive authority."),
			_("Choose Not Satisfied or Satisfied in Part, and write the reason."),
			"GDPR art. 17(3); D.Lgs. 42/2004 art. 21",
		)


def may_hand_out(facts: RequestFacts) -> None:
	"""The data of a person are handed out to who was recognised, as long as the request is open. Raises RuleError."""
	if facts.answered_on:
		raise refuse("request-closed", _("This request was answered already."), _("Record a new request."))
	if facts.request_type not in COPIES:
		raise refuse("request-copy", _("This request does not ask for the data."))
	if not facts.known or not facts.identity_verified_on:
		raise refuse(
			"request-identity",
			_("Nothing is handed out before the identity of who asks was verified."),
			_("Choose the case and verify the identity first."),
			"GDPR art. 12(6)",
		)


def overdue(due: date, today: date) -> bool:
	"""Whether the last day for the answer has passed."""
	return due < today


def reminder(code: str, due: date, today: date) -> Message | None:
	"""What the officers are told of an open request today: by its code, when it is due within a week or overdue."""
	if overdue(due, today):
		return Message(_("Data request {code}: overdue since {day}"), {"code": code, "day": due})
	if due - NOTICE <= today:
		return Message(_("Data request {code}: to be answered by {day}"), {"code": code, "day": due})
	return None


def in_time(rows: Iterable[tuple[date, date | None]]) -> tuple[int, int]:
	"""Of requests as (due, answered on): how many were answered, and how many of these by their last day."""
	answered = [(due, day) for due, day in rows if day]
	return len(answered), sum(day <= due for due, day in answered)


def _wrong(text: str, **values: object):
	return refuse("request-dates", text, _("Correct the date."), **values)
