"""A personal data breach: its clock of 72 hours, what each step needs, when the officers are reminded.

GDPR art. 33: the controller notifies the supervisory authority without undue delay and, where feasible, within 72 hours
of having become aware of it, unless it is unlikely to result in a risk; a later notification gives the reasons for the
delay. Art. 33(4): information may come in phases. Art. 33(5): every breach is documented, also one that is not
notified. Art. 34: with a high risk the people are told, unless a reason of art. 34(3) holds.

The hours are exact elapsed ones from the minute of awareness, as in `deadlines`: nights, holidays and Sundays count,
and the clocks going forward take no hour away. Regulation 1182/71 art. 3 would leave out the hour that is running, and
extends no term in hours: ours ends up to an hour earlier, which is the safer end.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from core_minori.engine.deadlines import ROME, rome
from core_minori.engine.message import _, refuse

HOURS = 72
SOURCE = _("GDPR art. 33(1)")

OPEN = "Open"
NOTIFIED = "Notified"
NOT_NOTIFIED = "Not to Be Notified"
CLOSED = "Closed"

UNLIKELY = "Unlikely"
HIGH = "High"
PRELIMINARY = "Preliminary"

# Reminder -> hours before the end at which it falls due; what is over is negative or nought.
REMINDERS: dict[str, int] = {"24": 24, "6": 6, "overdue": 0}


@dataclass(frozen=True)
class Breach:
	"""What the register knows of one breach. Moments without a zone are the wall clock of Rome; texts may be empty.

	`not_notified_reason`: why the risk is unlikely. `people_reason`: which exception of art. 34(3) holds.
	"""

	discovered_at: datetime
	risk: str = ""
	notified_at: datetime | None = None
	notification_kind: str = ""
	completed_at: datetime | None = None
	delay_reason: str = ""
	not_to_notify: bool = False
	not_notified_reason: str = ""
	people_told_at: datetime | None = None
	people_reason: str = ""
	consequences: str = ""
	measures: str = ""
	closed_at: datetime | None = None


def due_at(discovered_at: datetime) -> datetime:
	"""The moment, in Rome, by which the authority is notified: 72 elapsed hours after the discovery."""
	return (rome(discovered_at).astimezone(timezone.utc) + timedelta(hours=HOURS)).astimezone(ROME)


def hours_left(discovered_at: datetime, now: datetime) -> float:
	"""Elapsed hours from now to the end of the term; negative when it is over."""
	return (due_at(discovered_at) - rome(now)).total_seconds() / 3600


def is_late(breach: Breach, now: datetime) -> bool:
	"""Whether the authority was notified after the term, or was not yet when it ended."""
	if breach.not_to_notify and not breach.notified_at:
		return False
	return hours_left(breach.discovered_at, breach.notified_at or now) < 0


def state_of(breach: Breach) -> str:
	"""Where the breach stands, from what was filled in."""
	if breach.closed_at:
		return CLOSED
	if breach.notified_at:
		return NOTIFIED
	return NOT_NOTIFIED if breach.not_to_notify else OPEN


def check_breach(breach: Breach, now: datetime) -> None:
	"""Refuse what cannot be, and a step whose ground is missing. Raises RuleError."""
	_check_moments(breach, now)
	if breach.not_to_notify:
		if breach.notified_at:
			raise refuse(
				"breach-both",
				_("The authority was notified: this breach is not one that need not be."),
				_("Take one of the two away."),
			)
		if breach.risk != UNLIKELY or not breach.not_notified_reason.strip():
			raise refuse(
				"breach-not-notified",
				_("Only a breach that is unlikely to be a risk for the people is not notified."),
				_("Set the risk to Unlikely and write why; otherwise notify the authority."),
				_("GDPR art. 33(1) and 33(5)"),
			)
	if breach.notified_at and is_late(breach, now) and not breach.delay_reason.strip():
		raise refuse(
			"breach-late",
			_("The authority was notified after {due}: the notification gives the reason of the delay."),
			_("Write the reason of the delay."),
			SOURCE,
			due=due_at(breach.discovered_at),
		)
	if breach.closed_at:
		_check_closing(breach)


def _check_moments(breach: Breach, now: datetime) -> None:
	start = rome(breach.discovered_at)
	if start > rome(now):
		raise refuse(
			"breach-future",
			_("{moment} is in the future: the clock starts when somebody learns of the breach."),
			moment=breach.discovered_at,
		)
	for moment in (breach.notified_at, breach.completed_at, breach.people_told_at):
		if moment and not start <= rome(moment) <= rome(now):
			raise refuse(
				"breach-moment",
				_("{moment} is before the discovery or in the future."),
				_("Correct the moment."),
				moment=moment,
			)
	if breach.completed_at and not (
		breach.notified_at and rome(breach.completed_at) >= rome(breach.notified_at)
	):
		raise refuse(
			"breach-completed",
			_("What completes a notification comes after it."),
			_("Write when the authority was first notified."),
			_("GDPR art. 33(4)"),
		)


def _check_closing(breach: Breach) -> None:
	if not breach.notified_at and not breach.not_to_notify:
		raise refuse(
			"breach-open",
			_("A breach is closed once the authority was notified, or it is written why it need not be."),
			_("Notify the authority first."),
			SOURCE,
		)
	if not breach.risk or not breach.consequences.strip() or not breach.measures.strip():
		raise refuse(
			"breach-documented",
			_("The register says of every breach its risk, its consequences and the measures taken."),
			_("Fill in what is missing."),
			_("GDPR art. 33(5)"),
		)
	if breach.notification_kind == PRELIMINARY and breach.notified_at and not breach.completed_at:
		raise refuse(
			"breach-preliminary",
			_("The notification was preliminary: the rest of the information is still owed."),
			_("Send it to the authority and write when."),
			_("GDPR art. 33(4)"),
		)
	if breach.risk == HIGH and not breach.people_told_at and not breach.people_reason.strip():
		raise refuse(
			"breach-people",
			_("The risk is high: the people are told, or it is written which exception holds."),
			_("Write when the people were told, or why they need not be."),
			_("GDPR art. 34(1) and 34(3)"),
		)


def reminder(breach: Breach, now: datetime, sent: Collection[str]) -> str | None:
	"""The reminder that the officers get now, none twice; after a pause only the one that counts, not those before it."""
	if state_of(breach) != OPEN:
		return None
	left = hours_left(breach.discovered_at, now)
	reached = [name for name, hours in REMINDERS.items() if left <= hours]
	return reached[-1] if reached and reached[-1] not in sent else None
