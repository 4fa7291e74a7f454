"""Early identification: what the signs of a screening add up to, and which service they ask for.

The weights are in the indicators, which their users own. The thresholds below are a choice of this project [design]: no
published list of indicators gives one, and each says that its signs call for a talk and prove nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core_minori.engine.beneficiaries import age_on

YES, SUSPECTED = "Yes", "Suspected"
# Share of the weight that an answer counts.
COUNTS = {YES: 1.0, SUSPECTED: 0.5}
# From this score on the level is that; a critical sign alone gives the highest, a suspected one High.
LEVELS: tuple[tuple[int, str], ...] = ((12, "Very High"), (7, "High"), (3, "Medium"), (0, "Low"))
URGENCY = {"Very High": "Immediate", "High": "Urgent", "Medium": "Normal", "Low": "Normal"}
BANDS: tuple[tuple[int, str], ...] = (
	(18, "18 and over"),
	(16, "16-17"),
	(14, "14-15"),
	(11, "11-13"),
	(6, "6-10"),
	(0, "0-5"),
)


@dataclass(frozen=True)
class Answer:
	"""One sign: what was answered, its points, whether it alone is enough, and the service it asks for."""

	answer: str
	weight: int = 1
	critical: bool = False
	service: str = ""


@dataclass(frozen=True)
class Outcome:
	"""What a screening comes to. `service` is empty while nothing speaks for one."""

	score: int
	level: str
	service: str


def outcome(answers: Sequence[Answer]) -> Outcome:
	"""Score, level and proposed service; no level while no sign was asked about."""
	asked = [answer for answer in answers if answer.answer in (YES, SUSPECTED, "No")]
	if not asked:
		return Outcome(0, "", "")
	points = [(COUNTS.get(answer.answer, 0) * max(0, answer.weight), answer) for answer in asked]
	# What is shown is what is judged: half a point is one.
	score = int(sum(point for point, _answer in points) + 0.5)
	level = next(level for least, level in LEVELS if score >= least)
	if any(answer.critical and answer.answer == YES for answer in asked):
		level = "Very High"
	elif any(answer.critical and answer.answer == SUSPECTED for answer in asked) and level in (
		"Low",
		"Medium",
	):
		level = "High"
	services: dict[str, float] = {}
	for point, answer in points:
		if point and answer.service:
			# one critical sign decides over many small ones
			services[answer.service] = (
				services.get(answer.service, 0) + point + (100 if answer.critical else 0)
			)
	service = max(services, key=lambda name: (services[name], name)) if services and level != "Low" else ""
	return Outcome(score, level, service)


def age_band(born: date | None, day: date) -> str:
	"""The band a birth date falls in on `day`; empty when it is unknown or still to come."""
	if born is None or born > day:
		return ""
	age = age_on(born, day)
	return next((band for least, band in BANDS if age >= least), "")
