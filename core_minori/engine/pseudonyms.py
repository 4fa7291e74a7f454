"""From people to a table that points to nobody, whatever earlier tables say of the same people.

Every value of a row belongs to the combination that may not single out: a row holds nothing else. People are put into
groups of at least `LEAST`, from wide to fine; all rows of a group read the same. A group is split only where every
part of it stays large enough, also when it is laid over the groups of every earlier export: whoever knows a person's
true values, and holds all exports, is left with `LEAST` people. People whom no split can hide are left out.

Whatever is counted besides is told in bands, and a band is made wider until neither the other bands, nor the band of an
earlier export, tell that one to four people are in it or came to it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from core_minori.engine.beneficiaries import age_on
from core_minori.engine.message import _
from core_minori.engine.regions import region_of
from core_minori.engine.small_cells import LEAST

ANY = _("Any")
UNKNOWN = _("Not Recorded")

KIND = "kind"
SEX = "sex"
AGE = "age"
ORIGIN = "origin"
REPORTED = "reported"
RECEPTION = "reception"
OUTCOME = "outcome"
PROJECT = "project"

# How fine each value may become, one step at a time and in this order. What does not change in a life comes first: a
# value that moved between two exports would keep the groups of both wide.
STEPS: tuple[tuple[str, int], ...] = (
	(KIND, 1),
	(SEX, 1),
	(AGE, 1),
	(ORIGIN, 1),
	(REPORTED, 1),
	(OUTCOME, 1),
	(AGE, 2),
	(KIND, 2),
	(RECEPTION, 1),
	(ORIGIN, 2),
	(PROJECT, 1),
	(REPORTED, 2),
	(AGE, 3),
	(RECEPTION, 2),
	(OUTCOME, 2),
	(ORIGIN, 3),
	(REPORTED, 3),
)
COLUMNS: tuple[str, ...] = tuple(dict.fromkeys(column for column, __ in STEPS))

# Upper ends of the bands of age, with the name of each band: at each step finer than before.
_AGES: tuple[tuple[tuple[int, str], ...], ...] = (
	((17, _("Under 18")), (200, _("18 and over"))),
	((13, "0-13"), (17, "14-17"), (24, "18-24"), (200, _("25 and over"))),
	(
		(5, "0-5"),
		(10, "6-10"),
		(13, "11-13"),
		(15, "14-15"),
		(17, "16-17"),
		(24, "18-24"),
		(200, _("25 and over")),
	),
)
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

Path = tuple[str, ...]
Band = tuple[int, int]


@dataclass(frozen=True)
class Person:
	"""One person: a key that never leaves, and for each column the values from wide to fine, all of one length."""

	key: str
	paths: Mapping[str, Path]


@dataclass(frozen=True)
class Group:
	"""People whose rows read the same: their keys, the value of each column, and how fine it became (0: any)."""

	members: tuple[str, ...]
	values: Mapping[str, str]
	depths: Mapping[str, int]


@dataclass(frozen=True)
class Release:
	"""What leaves: the groups, the code of each person in them, who is left out, and how many values were made wider."""

	groups: tuple[Group, ...]
	codes: Mapping[str, str]
	left_out: tuple[str, ...]
	widened: int
	wider_by_column: Mapping[str, int] = field(default_factory=dict)

	@property
	def people(self) -> int:
		"""How many people the release has a row of."""
		return len(self.codes)

	@property
	def group_of(self) -> dict[str, int]:
		"""The place of each person's group: what later exports are held against."""
		return {key: place for place, group in enumerate(self.groups) for key in group.members}


def code_of(salt: bytes, key: str) -> str:
	"""Twelve letters and digits for a person in one export. Without the salt they lead nowhere, and repeat in none."""
	number = int.from_bytes(_mac(salt, "code", key), "big")
	letters = []
	for __ in range(12):
		number, place = divmod(number, len(_CODE_LETTERS))
		letters.append(_CODE_LETTERS[place])
	return "".join(letters)


def token_of(secret: bytes, person: str) -> str:
	"""What is remembered of a person between exports: a fingerprint that only the holder of the secret can make."""
	return _mac(secret, "person", person).hex()[:24]


def release(
	people: Sequence[Person],
	earlier: Sequence[Mapping[str, int]],
	salt: bytes,
	steps: Sequence[tuple[str, int]] = STEPS,
	least: int = LEAST,
) -> Release:
	"""Put people into groups of at least `least` that stay so when laid over the groups of `earlier` exports.

	`earlier` gives the group of each person by key, for every export that was handed out, in any order. `salt` is made for
	this export: codes, the order of rows and who is left out where anybody would do follow from it.
	"""
	signature = {person.key: tuple(groups.get(person.key) for groups in earlier) for person in people}
	left_out = _left_out(signature, earlier, salt, least)
	kept = [person for person in people if person.key not in left_out]
	columns = tuple(dict.fromkeys(column for column, __ in steps))
	groups = [Group(tuple(person.key for person in kept), dict.fromkeys(columns, ANY), {})] if kept else []
	by_key = {person.key: person.paths for person in kept}
	for column, depth in steps:
		groups = [
			part
			for group in groups
			for part in _split(group, column, depth, by_key, signature, least) or [group]
		]
	codes = {person.key: code_of(salt, person.key) for person in kept}
	wider = Counter()
	for group in groups:
		for column in columns:
			for key in group.members:
				wider[column] += group.depths.get(column, 0) < len(by_key[key][column])
	return Release(
		tuple(sorted(groups, key=lambda group: [group.values[column] for column in columns])),
		dict(sorted(codes.items(), key=lambda item: item[1])),
		tuple(sorted(left_out)),
		wider.total(),
		dict(+wider),
	)


def banded(counts: Mapping[str, int], earlier: Iterable[Mapping[str, Band]] = ()) -> dict[str, Band]:
	"""Least and most of each count, as it is told. The counts part a known number of people into kinds.

	`earlier` are the answers of `known` for the same row of earlier exports. Empty when no band is wide enough.
	"""
	earlier = list(earlier)
	kinds = dict.fromkeys([*counts, *(kind for row in earlier for kind in row)])
	whole = {kind: counts.get(kind, 0) for kind in kinds}
	total, width = sum(whole.values()), LEAST
	if total < LEAST:
		return {}
	while width <= 2 * total + LEAST:
		bands = {kind: (low := count // width * width, low + width - 1) for kind, count in whole.items()}
		can_tell = known(bands, total)
		if not any(1 <= low and high < LEAST for low, high in can_tell.values()) and not any(
			_isolates(can_tell[kind], row.get(kind, (0, 0))) for row in earlier for kind in kinds
		):
			return bands
		width *= 2
	return {}


def known(bands: Mapping[str, Band], total: int) -> dict[str, Band]:
	"""What a reader can work out of each count from all bands and the number of people."""
	lows, highs = sum(low for low, __ in bands.values()), sum(high for __, high in bands.values())
	return {
		kind: (max(low, total - (highs - high)), min(high, total - (lows - low)))
		for kind, (low, high) in bands.items()
	}


def shifted(salt: bytes, what: str, day: date, weeks: int = 3) -> date:
	"""`day` moved by up to so many weeks either way, always the same way for `what` in this export."""
	span = 2 * 7 * weeks + 1
	return day + timedelta(days=int.from_bytes(_mac(salt, "shift", what)[:8], "big") % span - 7 * weeks)


def rounded(value: float, to: int) -> int:
	"""The multiple of `to` nearest to `value`, half up."""
	return int(value / to + 0.5) * to


def age_path(birth: date | None, day: date) -> Path:
	"""Bands of the age on `day`, the day the case was reported."""
	if not birth or birth > day:
		return (UNKNOWN,) * len(_AGES)
	age = age_on(birth, day)
	return tuple(next(name for most, name in bands if age <= most) for bands in _AGES)


def origin_path(country: str | None, code: str | None) -> Path:
	"""Continent, region, country."""
	region = region_of(code)
	if not country:
		return (UNKNOWN,) * 3
	return (*region, country) if region else (UNKNOWN, UNKNOWN, country)


def period_path(day: date) -> Path:
	"""Year, half-year, quarter."""
	quarter = (day.month - 1) // 3
	return (str(day.year), f"{day.year} S{quarter // 2 + 1}", f"{day.year} T{quarter + 1}")


def _split(
	group: Group,
	column: str,
	depth: int,
	paths: Mapping[str, Mapping[str, Path]],
	signature: Mapping[str, tuple],
	least: int,
) -> list[Group] | None:
	"""The group with its values of `column` one step finer where that hides everybody; None where it cannot be."""
	if group.depths.get(column, 0) != depth - 1:
		return None
	# value -> where its people were in earlier exports -> people
	fine: dict[str, dict[tuple, list[str]]] = {}
	for key in sorted(group.members):
		fine.setdefault(paths[key][column][depth - 1], {}).setdefault(signature[key], []).append(key)
	rest: dict[tuple, list[str]] = {}
	for parts in fine.values():
		for own in [own for own, keys in parts.items() if len(keys) < least]:
			rest.setdefault(own, []).extend(parts.pop(own))
	for own, keys in rest.items():
		_fill(keys, own, fine, least)
	kept = {value: [key for keys in parts.values() for key in keys] for value, parts in fine.items()}
	kept = {value: keys for value, keys in kept.items() if keys}
	if not kept:
		return None
	found = [
		Group(tuple(keys), {**group.values, column: value}, {**group.depths, column: depth})
		for value, keys in kept.items()
	]
	others = tuple(key for keys in rest.values() for key in keys)
	return [*found, Group(others, group.values, group.depths)] if others else found


def _fill(keys: list[str], own: tuple, fine: Mapping[str, dict[tuple, list[str]]], least: int) -> None:
	"""Bring the few who keep the wide value to `least`: with some of a larger part, whose value stays wide as well.

	Keys are fingerprints, so the first of them are anybody. Where no part has people to spare, whole parts join.
	"""
	while len(keys) < least:
		missing = least - len(keys)
		donors = sorted(
			(parts[own] for parts in fine.values() if parts.get(own)), key=lambda part: (len(part), part)
		)
		if len(donors[-1]) - missing >= least:
			keys += donors[-1][:missing]
			del donors[-1][:missing]
		else:
			keys += donors[0]
			donors[0].clear()


def _left_out(
	signature: Mapping[str, tuple], earlier: Sequence[Mapping[str, int]], salt: bytes, least: int
) -> set[str]:
	"""People who cannot be in: too few are new, or too few of an earlier group are still there, or left it."""
	inside: dict[tuple, list[str]] = {}
	for key, own in signature.items():
		inside.setdefault(own, []).append(key)
	gone = Counter(
		tuple(groups.get(key) for groups in earlier)
		for key in {key for groups in earlier for key in groups} - set(signature)
	)
	found: set[str] = set()
	for own, keys in inside.items():
		left = gone[own]
		missing = least - left if 0 < left < least else 0
		if len(keys) - missing < least:
			found.update(keys)
		elif missing:
			found.update(sorted(keys, key=lambda key: _mac(salt, "left out", key))[:missing])
	return found


def _isolates(new: Band, old: Band) -> bool:
	"""Whether the difference of two counts, of which this much is known, can only be one to four people."""
	low, high = new[0] - old[1], new[1] - old[0]
	return (low >= 1 and high < LEAST) or (high <= -1 and low > -LEAST)


def _mac(key: bytes, purpose: str, text: str) -> bytes:
	return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()
