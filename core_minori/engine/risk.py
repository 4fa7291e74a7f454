"""The level of risk of an assessment, and what changed between two assessments.

A recommendation of this house and no validated scale: the team may decide another level, with its reason. Scores go
from 1 (no concern) to 5 (severe).

- The scores give the base. High: one 5, or two of 4 or more, or a mean from 3.5. Very high: two 5s, or a mean from
  4.5. Medium: one 4, or a mean from 2.5. Low otherwise. A dimension without a score does not count.
- A critical factor raises the base by one step, once; one of high weight makes the level high at least.
- Protective factors lower it by one step at most, when they weigh more than the factors of risk together; never
  below what a critical factor or a score of 5 demands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse

LEVELS = ("Low", "Medium", "High", "Very High")
RISK = "Risk"
PROTECTIVE = "Protective"
SCORES = (1, 2, 3, 4, 5)
WEIGHTS = {"Low": 1, "Medium": 2, "High": 3}

CRITICAL = frozenset(
	{
		"Trafficking or Exploitation",
		"Physical Violence",
		"Sexual Violence",
		"Forced Marriage",
		"Female Genital Mutilation",
		"Self-harm",
	}
)

_MEAN = {3: 4.5, 2: 3.5, 1: 2.5}


@dataclass(frozen=True)
class Factor:
	"""One factor of risk or of protection, with its weight."""

	kind: str
	factor: str
	weight: str = "Medium"


@dataclass(frozen=True)
class Judgement:
	"""The level, and the steps that led to it; no level when nothing was assessed."""

	level: str | None
	reasons: tuple[Message, ...] = ()


@dataclass(frozen=True)
class ScoreChange:
	"""A dimension in two assessments; None where it has no score."""

	dimension: str
	before: int | None
	after: int | None

	@property
	def difference(self) -> int | None:
		"""Points more (worse) or less (better); None when one of the two is missing."""
		return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Change:
	"""What changed from one assessment to a later one."""

	scores: tuple[ScoreChange, ...]
	new: tuple[Factor, ...]
	gone: tuple[Factor, ...]
	# factors that are in both with another weight: as it was and as it is
	weighed: tuple[tuple[Factor, Factor], ...] = field(default=())


def judge(scores: Iterable[int | None], factors: Iterable[Factor]) -> Judgement:
	"""The level that follows from scores and factors, with the reasons in order. See the top of this module."""
	scores = [score for score in scores if score]
	factors = _without_doubles(factors)
	if not scores and not factors:
		return Judgement(None)
	level, reasons = _base(scores)
	floor = 2 if 5 in scores else 0
	risks = [row for row in factors if row.kind == RISK]
	critical = [row for row in risks if row.factor in CRITICAL]
	if critical:
		heaviest = max(critical, key=lambda row: WEIGHTS[row.weight])
		level = min(level + 1, len(LEVELS) - 1)
		if heaviest.weight == "High":
			level = max(level, 2)
			floor = 2
		floor = max(floor, 1)
		level = max(level, floor)
		reasons.append(
			Message(_("A critical factor raises it: {factor}."), {"factor": Term(heaviest.factor)})
		)
	against = sum(WEIGHTS[row.weight] for row in factors if row.kind == PROTECTIVE)
	burden = sum(WEIGHTS[row.weight] for row in risks)
	if against > burden:
		if level - 1 >= floor and level > 0:
			level -= 1
			reasons.append(Message(_("Protective factors outweigh the factors of risk: one step lower.")))
		elif level > 0:
			reasons.append(
				Message(
					_(
						"Protective factors do not lower it: a critical factor or a score of 5 stands against it."
					)
				)
			)
	return Judgement(LEVELS[level], tuple(reasons))


def change_between(
	before: Mapping[str, int | None],
	after: Mapping[str, int | None],
	factors_before: Iterable[Factor],
	factors_after: Iterable[Factor],
) -> Change:
	"""What changed between two assessments, given score by dimension and the factors of each.

	Dimensions come in the order of the later assessment, then those that only the earlier one had; a dimension without
	a score in either is left out.
	"""
	dimensions = [*after, *(name for name in before if name not in after)]
	scores = tuple(
		ScoreChange(name, before.get(name), after.get(name))
		for name in dimensions
		if before.get(name) is not None or after.get(name) is not None
	)
	old = {(row.kind, row.factor): row for row in _without_doubles(factors_before)}
	new = {(row.kind, row.factor): row for row in _without_doubles(factors_after)}
	return Change(
		scores,
		tuple(row for key, row in new.items() if key not in old),
		tuple(row for key, row in old.items() if key not in new),
		tuple((old[key], row) for key, row in new.items() if key in old and old[key].weight != row.weight),
	)


def check_assessment(
	assessed_on: date,
	today: date,
	factors: Sequence[Factor],
	level: str | None,
	decided_level: str | None,
	level_reason: str | None,
) -> None:
	"""The day is not in the future, no factor stands twice, another level has its reason. Raises RuleError."""
	if assessed_on > today:
		raise refuse(
			"assessment-day",
			_("{day} is in the future: an assessment is written down once it was made."),
			_("Correct the day."),
			day=assessed_on,
		)
	seen: set[tuple[str, str]] = set()
	for row in factors:
		if (row.kind, row.factor) in seen and row.factor != "Other":
			raise refuse(
				"assessment-factor",
				_("The factor {factor} is there twice."),
				_("Keep one of the two rows."),
				factor=Term(row.factor),
			)
		seen.add((row.kind, row.factor))
	if decided_level and decided_level != level and not (level_reason or "").strip():
		raise refuse(
			"assessment-level",
			_("The level decided is {decided} and the scores say {level}: the reason is missing."),
			_("Write why the team decides another level."),
			decided=Term(decided_level),
			level=Term(level or _("Not Assessed")),
		)


def check_ready(scores: Iterable[int | None]) -> list[Finding]:
	"""What an assessment lacks to be proposed: nothing scored blocks, some dimensions without a score are told."""
	scores = list(scores)
	scored = sum(1 for score in scores if score)
	if not scored:
		return [
			Finding(
				"assessment-empty",
				Severity.BLOCK,
				Message(_("No dimension has a score yet.")),
				Message(_("Give a score from 1 to 5 to the dimensions you assessed.")),
			)
		]
	if scored < len(scores):
		return [
			Finding(
				"assessment-gaps",
				Severity.INFORM,
				Message(_("Dimensions without a score: {number}."), {"number": len(scores) - scored}),
			)
		]
	return []


# The to-dos about an assessment: codes and nothing else, since they may go out by mail.
PROPOSED_TODO = _("Assessment {assessment} of case {case} waits for a decision.")
SENT_BACK_TODO = _("Assessment {assessment} of case {case} was sent back: read the comment.")

# Steps of an assessment: the state each starts from and the state it leads to.
STEPS: dict[str, tuple[str, str]] = {
	_("Propose"): ("Draft", "Proposed"),
	_("Take Back"): ("Proposed", "Draft"),
	_("Approve"): ("Proposed", "Approved"),
	_("Send Back"): ("Proposed", "Draft"),
}
DECISIONS = ("Approve", "Send Back")


def next_status(status: str, step: str, is_author: bool, comment: str | None) -> str:
	"""Status after `step`. An author never decides on their own work; sending back wants words. Raises RuleError."""
	starts, leads_to = STEPS.get(step, (None, None))
	if status != starts:
		raise refuse(
			"assessment-step",
			_("An assessment that is {status} cannot take the step {step}."),
			_("Reload the page: somebody may have moved it meanwhile."),
			status=Term(status),
			step=Term(step),
		)
	if step in DECISIONS and is_author:
		raise refuse(
			"assessment-author",
			_("Who wrote or proposed an assessment does not decide on it."),
			_("Another coordinator, or the unit manager, decides."),
		)
	if step == "Send Back" and not (comment or "").strip():
		raise refuse(
			"assessment-comment",
			_("Sending back needs a comment."),
			_("Write what should be looked at again."),
		)
	return leads_to


def _base(scores: list[int]) -> tuple[int, list[Message]]:
	if not scores:
		return 0, [Message(_("No dimension has a score: only the factors count."))]
	mean = sum(scores) / len(scores)
	worst, severe = scores.count(5), sum(1 for score in scores if score >= 4)
	if worst >= 2 or mean >= _MEAN[3]:
		level = 3
	elif worst or severe >= 2 or mean >= _MEAN[2]:
		level = 2
	elif severe or mean >= _MEAN[1]:
		level = 1
	else:
		level = 0
	return level, [
		Message(
			_("Scores: mean {mean}, {severe} of 4 or more, {worst} of 5: {level}."),
			{
				"mean": f"{mean:.1f}".replace(".", ","),
				"severe": severe,
				"worst": worst,
				"level": Term(LEVELS[level]),
			},
		)
	]


def _without_doubles(factors: Iterable[Factor]) -> list[Factor]:
	"""Each factor once, with its heaviest weight: a row typed twice is not twice the risk."""
	heaviest: dict[tuple[str, str], Factor] = {}
	for row in factors:
		known = heaviest.get((row.kind, row.factor))
		if not known or WEIGHTS[row.weight] > WEIGHTS[known.weight]:
			heaviest[row.kind, row.factor] = row
	return list(heaviest.values())
