"""Which cases ask to be looked at, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core_minori.engine.beneficiaries import CHILDREN, UNACCOMPANIED
from core_minori.engine.deadlines import add_months, reaches_age
from core_minori.engine.message import Message, Term, _

# Who sees no social worker for so long, or whose paper ends so soon, is looked at [design].
CONTACT_DAYS = 30
DOCUMENT_DAYS = 60


@dataclass(frozen=True)
class Watch:
	"""A reason to look at a case."""

	code: str
	label: str
	next_step: str


WATCHES: tuple[Watch, ...] = (
	Watch("Without Guardian", _("Without Guardian"), _("Ask the court for the guardian")),
	Watch(
		"Turns 18 within 3 Months", _("Turns 18 within 3 Months"), _("Prosieguo and conversion of the permit")
	),
	Watch("Turns 18 within 6 Months", _("Turns 18 within 6 Months"), _("Plan for the eighteenth birthday")),
	Watch("Turns 18 within 12 Months", _("Turns 18 within 12 Months"), _("Plan for the eighteenth birthday")),
	Watch("PEI Missing", _("PEI Missing"), _("Draw up the PEI")),
	Watch("PEI Review Late", _("PEI Review Late"), _("Review the PEI")),
	Watch("Document Expiring", _("Document Expiring"), _("Ask for its renewal")),
	Watch("Document Expired", _("Document Expired"), _("Ask for its renewal")),
	Watch(
		"First Reception Too Long", _("First Reception Too Long"), _("Ask for a place in second reception")
	),
	Watch("No Contact", _("No Contact"), _("Call or visit")),
	Watch("Nobody Assigned", _("Nobody Assigned"), _("Assign a social worker")),
	Watch("No Referent", _("No Referent"), _("Choose the referent of the case")),
	Watch("Suspended", _("Suspended"), _("Decide whether to resume or to close")),
	Watch("Missing", _("Missing"), _("Report the disappearance")),
)
BY_CODE: dict[str, Watch] = {watch.code: watch for watch in WATCHES}
# The nearest first: each longer one holds the shorter ones as well.
TURNING: tuple[tuple[str, int], ...] = (
	("Turns 18 within 3 Months", 3),
	("Turns 18 within 6 Months", 6),
	("Turns 18 within 12 Months", 12),
)


@dataclass(frozen=True)
class Paper:
	"""A document that is held: its kind and its last day."""

	kind: str
	expires_on: date


@dataclass(frozen=True)
class CaseToWatch:
	"""What is known of an open case.

	`plan_due`, `review_due`, `stay_until`: the last day in time for the plan, its review and first reception while these
	are not done; None when they are, or nothing asks for them.
	"""

	state: str
	kind: str
	started_on: date
	birth_date: date | None = None
	has_guardian: bool = False
	has_plan: bool = False
	plan_due: date | None = None
	review_due: date | None = None
	stay_until: date | None = None
	papers: Sequence[Paper] = ()
	last_contact: date | None = None
	assigned: bool = True
	has_referent: bool = True
	suspended_on: date | None = None
	missing_since: date | None = None


@dataclass(frozen=True)
class Seen:
	"""One reason of one case: the day it is about, days from that day (past) or to it (still to come), and more."""

	watch: str
	day: date | None
	days: int | None
	detail: Message | None = None


def seen(
	case: CaseToWatch, today: date, contact_days: int = CONTACT_DAYS, document_days: int = DOCUMENT_DAYS
) -> list[Seen]:
	"""Every reason to look at `case` today, one for each paper. Turning 18 comes once, at its nearest."""
	found = []

	def add(watch: str, day: date | None, detail: Message | None = None) -> None:
		found.append(Seen(watch, day, abs((today - day).days) if day else None, detail))

	adult_on = reaches_age(case.birth_date, 18) if case.birth_date else None
	under_age = case.kind in CHILDREN and not (adult_on and adult_on <= today)
	if case.kind == UNACCOMPANIED and under_age and not case.has_guardian:
		add("Without Guardian", case.started_on)
	if under_age and adult_on:
		for watch, months in TURNING:
			if adult_on <= add_months(today, months):
				add(watch, adult_on)
				break
	if not case.has_plan and case.plan_due and case.plan_due < today:
		add("PEI Missing", case.plan_due)
	if case.has_plan and case.review_due and case.review_due < today:
		add("PEI Review Late", case.review_due)
	for paper in case.papers:
		left = (paper.expires_on - today).days
		if left <= document_days:
			add(
				"Document Expired" if left < 0 else "Document Expiring",
				paper.expires_on,
				Message("{kind}", {"kind": Term(paper.kind)}),
			)
	if case.stay_until and case.stay_until < today:
		add("First Reception Too Long", case.stay_until)
	contact = case.last_contact or case.started_on
	if (today - contact).days > contact_days:
		add("No Contact", contact, None if case.last_contact else Message(_("never until today")))
	if not case.assigned:
		add("Nobody Assigned", case.started_on)
	elif not case.has_referent:
		add("No Referent", None)
	if case.state == "Suspended":
		add("Suspended", case.suspended_on)
	if case.state == "Missing":
		add("Missing", case.missing_since)
	return found


def belongs(reason: Seen, watch: str) -> bool:
	"""Whether a reason is shown under the filter `watch`: who turns 18 within 3 months does so within 12 too."""
	codes = [code for code, __ in TURNING]
	if watch in codes and reason.watch in codes:
		return codes.index(reason.watch) <= codes.index(watch)
	return reason.watch == watch
