"""What an intake can work out by itself: a birth date from an age, and whether the age goes with the kind of case."""

from __future__ import annotations

from datetime import date

from core_minori.engine.beneficiaries import ADULT, IN_FAMILY, PARENT, UNACCOMPANIED, YOUNG_ADULT, age_on
from core_minori.engine.message import Finding, Message, Severity, Term, _, refuse

# Kind of beneficiary -> youngest and oldest age in years; who is outside is asked about, never refused.
AGES: dict[str, tuple[int, int]] = {
	UNACCOMPANIED: (6, 17),
	IN_FAMILY: (0, 17),
	PARENT: (14, 120),
	ADULT: (18, 120),
	YOUNG_ADULT: (18, 20),
}
AGES_SOURCE = "Ages of the services (6-18) and L. 47/2017 art. 13"


def born_from_age(age: int, day: date) -> date:
	"""The first of January of the year somebody of this age was born in, seen from `day`: an estimate.

	Raises RuleError for an age that nobody has.
	"""
	if not 0 <= age <= 120:
		raise refuse(
			"intake-age", _("{age} is no age of a person."), _("Write the age in whole years."), age=age
		)
	return date(day.year - age, 1, 1)


def check_kind(kind: str, born: date | None, certainty: str | None, day: date) -> list[Finding]:
	"""Warn when the age on `day` does not go with the kind of beneficiary; an estimated birth is given a year."""
	if kind not in AGES or born is None:
		return []
	youngest, oldest = AGES[kind]
	spare = 1 if certainty == "Estimated" else 0
	age = age_on(born, day)
	if youngest - spare <= age <= oldest + spare:
		return []
	return [
		Finding(
			"kind-age",
			Severity.WARN,
			Message(
				_("{kind}, with {age} years of age: this kind is for {youngest} to {oldest} years."),
				{"kind": Term(kind), "age": age, "youngest": youngest, "oldest": oldest},
			),
			Message(_("Check the date of birth and the kind of beneficiary.")),
			AGES_SOURCE,
		)
	]
