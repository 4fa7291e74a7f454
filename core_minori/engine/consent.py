"""Consent by purpose: when it can be, what is odd about it, and what rests on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse
from core_minori.engine.periods import check_order
from core_minori.engine.referral import ConsentFacts, sharing_is_covered

SHARING = "Sharing with an Organisation"
# What each purpose means to who is asked, in the order they are asked.
MEANING = {
	"Taking in Charge": _(
		"The team that follows you keeps and uses your data to protect you and to write your plan with you."
	),
	SHARING: _("The team tells another organisation only what it needs to help you."),
	"Family Search": _("The search for your relatives is begun, where it is no danger to you or to them."),
	"Research": _("Your story, without your name, is used to study how to help better."),
	"Image": _("Photographs or videos of you are taken and used."),
}
PURPOSES = tuple(MEANING)


@dataclass(frozen=True)
class OpenReferral:
	"""A referral that left the house and rests on consent."""

	name: str
	organisation: str


def check_consent(
	consent: ConsentFacts, notice_given_on: date | None, has_same_running: str | None, today: date
) -> list[Finding]:
	"""Findings that warn about a consent. `has_same_running` is the code of one that already says the same.

	Raises RuleError for days that cannot be: given or withdrawn in the future, ended before it was given, a refusal
	that is withdrawn.
	"""
	if consent.given_on > today:
		raise refuse("consent-day", _("The day of the consent is in the future."), _("Correct the date."))
	if consent.withdrawn_on and consent.withdrawn_on > today:
		raise refuse("consent-day", _("The day of the withdrawal is in the future."), _("Correct the date."))
	check_order(
		("Given On", consent.given_on),
		("Valid Until", consent.valid_until),
		("Withdrawn On", consent.withdrawn_on),
	)
	if consent.outcome == "Refused" and consent.withdrawn_on:
		raise refuse(
			"consent-refused",
			_("What was refused cannot be withdrawn."),
			_("Record a new consent when the person changes their mind."),
		)
	findings = []
	if consent.outcome == "Given":
		if not notice_given_on:
			findings.append(
				_warning(
					"consent-notice",
					_("No day of the notice is written: a consent counts when the person was informed."),
					_("Write when the information leaflet was given and explained."),
					_("GDPR art. 7 and 13"),
				)
			)
		elif notice_given_on > consent.given_on:
			findings.append(
				_warning(
					"consent-notice",
					_("The notice of {notice} comes after the consent of {given}."),
					_("Check both days."),
					_("GDPR art. 7 and 13"),
					notice=notice_given_on,
					given=consent.given_on,
				)
			)
	if has_same_running:
		findings.append(
			_warning(
				"consent-twice",
				_("{consent} already says the same and is still valid."),
				_("Keep this one only if it was really given anew."),
				consent=has_same_running,
			)
		)
	return findings


def is_running(consent: ConsentFacts, today: date) -> bool:
	"""Whether the consent counts on that day: begun, neither past its end nor withdrawn."""
	return (
		consent.given_on <= today
		and (consent.valid_until is None or consent.valid_until >= today)
		and (consent.withdrawn_on is None or consent.withdrawn_on > today)
	)


def left_without_consent(
	referrals: Iterable[OpenReferral], consents: Iterable[ConsentFacts], today: date
) -> list[OpenReferral]:
	"""Those of the open referrals resting on consent that no consent covers any more."""
	consents = list(consents)
	return [row for row in referrals if not sharing_is_covered(consents, row.organisation, today)]


def check_unchanged(changed: Iterable[str], sent: int) -> None:
	"""What a referral was sent on stays as it was given. `changed` are labels. Raises RuleError."""
	for label in changed:
		if sent:
			raise refuse(
				"consent-used",
				_("{field} cannot change: referrals were sent on this consent ({number})."),
				_("Press Withdraw, and record a new consent."),
				field=Term(label),
				number=sent,
			)


def _warning(rule: str, text: str, remedy: str, source: str = "", **values: object) -> Finding:
	return Finding(rule, Severity.WARN, Message(text, values), Message(remedy, values), source)
