"""How long a case is kept, and what comes then: archived, restricted, pseudonymised, discarded with an act.

Nothing happens by itself. Dated rules say from when a step may be taken; a person proposes or the daily run does, and
people decide. No number of months is law here: the controller's own plan of conservation gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from core_minori.engine.deadlines import add_months, reaches_age
from core_minori.engine.message import Term, _, refuse

KEPT = ""
ARCHIVED = "Archived"
RESTRICTED = "Restricted"
PSEUDONYMISED = "Pseudonymised"
PROPOSED_FOR_DISCARD = "Discard Proposed"
AUTHORISED = "Discard Authorised"
DISCARDED = "Discarded"
BROUGHT_BACK = "Brought Back"

SEQUENCE = (KEPT, ARCHIVED, RESTRICTED, PSEUDONYMISED, PROPOSED_FOR_DISCARD, AUTHORISED, DISCARDED)
"""The states of a kept case in their order; each step leads from one to the next."""
IRREVERSIBLE = (PSEUDONYMISED, DISCARDED)
"""Steps that take two people: one proposes or approves, another approves or does."""
TAKING_AWAY = SEQUENCE[SEQUENCE.index(PSEUDONYMISED) :]
"""Steps that are not taken while the person wants their data kept."""
BY_RULE = (ARCHIVED, RESTRICTED, PSEUDONYMISED, PROPOSED_FOR_DISCARD)
"""Steps that the rules say the day of; the others follow from an act."""

CLOSING = "Closing"
MAJORITY = "Eighteenth Birthday"
PROSIEGUO = "End of the Prosieguo"
LATEST = "The Latest of These"

ADULTS = ("Parent", "Adult with International Protection")
"""Of age when they came: no birthday counts for them."""


@dataclass(frozen=True)
class Rule:
	"""One dated rule: the step may be taken so many months after the day it counts from.

	`beneficiary`: the only type it holds for, empty for all. `valid_from`, `valid_to`: both days included.
	`confirmed`: who answers for the archive confirmed it; until then it allows no step that takes data away.
	"""

	name: str
	step: str
	counts_from: str
	months: int
	valid_from: date
	valid_to: date | None = None
	beneficiary: str = ""
	confirmed: bool = False

	def holds(self, beneficiary: str, day: date) -> bool:
		"""Whether the rule is in force on a day for this type of beneficiary."""
		return (
			self.beneficiary in ("", beneficiary)
			and self.valid_from <= day
			and (self.valid_to is None or day <= self.valid_to)
		)


@dataclass(frozen=True)
class Kept:
	"""A case as far as its conservation goes.

	`closed_on` is the last closing of all cases of the person, None while one is open. `limited_by_person` says that a request
	of the person is open, or restricts the case (GDPR art. 18), for example because they need the data.
	"""

	case: str
	beneficiary: str
	state: str
	closed_on: date | None
	birth_date: date | None = None
	prosieguo_until: date | None = None
	limited_by_person: bool = False


@dataclass(frozen=True)
class Due:
	"""A step that the rules allow from a day on."""

	case: str
	step: str
	rule: str
	due_on: date


def next_step(state: str) -> str | None:
	"""The step that follows a state; None after the last."""
	place = SEQUENCE.index(state or KEPT)
	return SEQUENCE[place + 1] if place + 1 < len(SEQUENCE) else None


def counted_from(kept: Kept, counts_from: str) -> date | None:
	"""The day that a rule counts from; None while it is not known, and then nothing is due.

	Where a birthday counts and the birth date of a minor is not known, the day is not known: kept too long is put right,
	discarded too early is not.
	"""
	if not kept.closed_on:
		return None
	if counts_from == CLOSING:
		return kept.closed_on
	of_age = kept.beneficiary in ADULTS
	majority = None if of_age or not kept.birth_date else reaches_age(kept.birth_date, 18)
	if counts_from == MAJORITY:
		# A case that ends later than the birthday is not ripe before it ended.
		return kept.closed_on if of_age else majority and max(majority, kept.closed_on)
	if counts_from == PROSIEGUO:
		return max(kept.prosieguo_until or kept.closed_on, kept.closed_on)
	if not of_age and not majority:
		return None
	return max(day for day in (kept.closed_on, majority, kept.prosieguo_until) if day)


def rule_for(rules: Iterable[Rule], step: str, beneficiary: str, today: date) -> Rule | None:
	"""The rule of a step that holds today: the one for this beneficiary before the one for all, the newest of several."""
	holding = [rule for rule in rules if rule.step == step and rule.holds(beneficiary, today)]
	return max(holding, key=lambda rule: (bool(rule.beneficiary), rule.valid_from, rule.name), default=None)


def due_step(kept: Kept, rules: Sequence[Rule], today: date) -> Due | None:
	"""The next step of a case, if a rule of today says that its day has come."""
	step = next_step(kept.state)
	if step not in BY_RULE or (kept.limited_by_person and step in TAKING_AWAY):
		return None
	rule = rule_for(rules, step, kept.beneficiary, today)
	start = rule and counted_from(kept, rule.counts_from)
	if not rule or not start or (step in TAKING_AWAY and not rule.confirmed):
		return None
	due = add_months(start, rule.months)
	return Due(kept.case, step, rule.name, due) if due <= today else None


def check_step(kept: Kept, step: str, rules: Sequence[Rule], today: date) -> None:
	"""A step may be taken: in its order, and not before its rule says so. Raises RuleError."""
	if step == BROUGHT_BACK:
		if kept.state not in (ARCHIVED, RESTRICTED):
			raise refuse(
				"retention-order",
				_("{case} cannot be brought back: its state is {state}."),
				case=kept.case,
				state=Term(kept.state or "Not Archived"),
			)
		return
	if not kept.closed_on:
		raise refuse(
			"retention-open", _("{case} or another case of the same person is open."), case=kept.case
		)
	if step != next_step(kept.state):
		raise refuse(
			"retention-order",
			_("{step} is not the next step of {case}: it comes after another one."),
			case=kept.case,
			step=Term(step),
		)
	if kept.limited_by_person and step in TAKING_AWAY:
		raise refuse(
			"retention-restricted",
			_("A request of the person about {case} is open, or restricts it: nothing of it is taken away."),
			_("Answer the request, or lift the restriction after telling the person."),
			"GDPR art. 15, 18",
			case=kept.case,
		)
	if step in BY_RULE and not due_step(kept, rules, today):
		raise refuse(
			"retention-early",
			_("No rule says that {step} is due for {case}."),
			_("Wait for the day of the rule; a rule that takes data away must be confirmed first."),
			"GDPR art. 5(1)(e)",
			case=kept.case,
			step=Term(step),
		)


def check_act(step: str, number: str, day: date | None, file: str, today: date) -> None:
	"""A discard is authorised by an act, with its number, day and file. Raises RuleError."""
	if step != AUTHORISED:
		return
	if not number.strip() or not day or not file:
		raise refuse(
			"retention-act",
			_("The act that authorises the discard is missing."),
			_("Record its number, its date and its file."),
			"D.Lgs. 42/2004 art. 21",
		)
	if day > today:
		raise refuse(
			"retention-act", _("The act is dated {day}, in the future."), _("Correct the date."), day=day
		)


def check_two_people(step: str, proposer: str, approver: str, doer: str) -> None:
	"""Nobody takes away data alone: who approves did not propose, who does did not approve. Raises RuleError.

	`proposer` is empty for a proposal of the daily run, `doer` where it is not done yet.
	"""
	if step not in IRREVERSIBLE or not approver:
		return
	if approver == proposer:
		raise refuse(
			"retention-two-people",
			_("Who proposes {step} does not approve it."),
			_("Ask a colleague to approve it."),
			step=Term(step),
		)
	if doer and doer == approver:
		raise refuse(
			"retention-two-people",
			_("Who approved {step} does not carry it out."),
			_("Ask a colleague to carry it out."),
			step=Term(step),
		)
