"""Who confirms that a role which opens cases was rightly given."""

from __future__ import annotations

from collections.abc import Collection

from core_minori.engine.message import Term, _, refuse

WAITING, CONFIRMED, REFUSED = "Waiting", "Confirmed", "Refused"


def check_decision(
	*,
	before: str,
	after: str,
	decider: str,
	user: str,
	given_by: str,
	role: str,
	may_confirm: bool,
	reason: str | None = None,
) -> None:
	"""A role that waits is confirmed or refused by a second person; all names are logins.

	`may_confirm`: whether the decider is a data protection officer or a coordinator whose own role counts.
	Raises RuleError: nobody decides about themselves or about what they gave, and a refusal has its reason.
	"""
	if before != WAITING or after not in (CONFIRMED, REFUSED):
		raise refuse(
			"role-decided",
			_("This role is {state} already."),
			_("Who gives roles may give it again: it then waits for a new decision."),
			state=Term(before),
		)
	if not may_confirm:
		raise refuse(
			"role-decider",
			_("A data protection officer or a coordinator confirms a role that opens cases."),
			_("Ask one of them."),
		)
	if decider in (user, given_by):
		raise refuse(
			"role-second-person",
			_("Nobody confirms their own role, or a role that they gave."),
			_("Ask another officer or coordinator."),
		)
	if after == REFUSED and not (reason or "").strip():
		raise refuse(
			"role-refusal-reason",
			_("Say why {role} is refused."),
			_("One line is enough."),
			role=Term(role),
		)


def newly_given(before: Collection[str], after: Collection[str], watched: Collection[str]) -> list[str]:
	"""Roles among `watched` that are there after and were not before, in order."""
	return sorted((set(after) - set(before)) & set(watched))
