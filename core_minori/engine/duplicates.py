"""Whether two records may be the same person: names in any script, uncertain births, swapped fields.

A name is brought to Latin letters, its many transcriptions to one spelling, and that to its consonants: what is left of
Mohammed, Muhammad, Mouhamed and of the Arabic original is the same. `keys_of` gives what a database stores to find
candidates without reading everybody; `matches` then compares them one by one and says why.

Weights and thresholds are choices of this project, measured in tests/offline/test_duplicates.py: no source gives them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import Indel, JaroWinkler
from unidecode import unidecode

from core_minori.engine.identifiers import normalised
from core_minori.engine.message import Message, _

FIRM = ("Documented", "Set by the Court")


class Level(str, Enum):
	"""How sure a match is: likely needs a look before going on, possible is worth one."""

	LIKELY = "Likely"
	POSSIBLE = "Possible"


@dataclass(frozen=True)
class Person:
	"""What is known of somebody. Everything may be missing but one of the names; `alias` holds several by commas."""

	code: str = ""
	given_name: str = ""
	family_name: str = ""
	alias: str = ""
	original_name: str = ""
	birth_date: date | None = None
	birth_date_certainty: str = ""
	sex: str = ""
	nationalities: tuple[str, ...] = ()
	fiscal_code: str = ""
	phone: str = ""


@dataclass(frozen=True)
class Match:
	"""A record that may be the same person, with the score (0-100) and what speaks for and against."""

	code: str
	level: Level
	score: int
	reasons: tuple[Message, ...]


# --- names ----------------------------------------------------------------------------------------------------------

# Letters for which the transliteration tables give nothing, or a sign that is no letter.
_LETTERS = str.maketrans(
	{
		"ا": "a",
		"أ": "a",
		"إ": "i",
		"آ": "a",
		"ى": "a",
		"ة": "a",
		"ع": "a",
		"ء": "",
		"ئ": "y",
		"ؤ": "w",
		"х": "h",  # Cyrillic, for h and kh
		"Х": "h",
		"য": "y",
		"ç": "ch",
		"Ç": "ch",
		"š": "sh",
		"Š": "sh",
		"ž": "j",
		"Ž": "j",
	}
)
_ARABIC_ARTICLE = re.compile(r"(?<![\u0620-\u064a])ال(?=[\u0620-\u064a]{2})")
_NOT_LETTERS = re.compile(r"[^a-z]+")
# Words that are no name of their own: articles, "son of", courtesy.
_PARTICLES = frozenset(
	"al el ul ud ad as ash es ech ar er an en the ibn bint ould de di da la le dit mr mrs begum bibi mst md mohd".split()
)
# Abbreviations and twins whose letters no rule brings together.
_SAME_NAME = {
	"md": "muhamad",
	"mohd": "muhamad",
	"mohamadou": "muhamad",
	"mahamadou": "muhamad",
	"mouhamadou": "muhamad",
	"mamadou": "mamadu",
	"abdoulaye": "abdala",
	"fatimah": "fatma",
	"fatima": "fatma",
	"fatema": "fatma",
	"fatimata": "fatmata",
	"fatoumata": "fatmata",
	"miriam": "mariam",
	"myriam": "mariam",
}
# Applied in this order to a name in small Latin letters.
_FOLDS: tuple[tuple[re.Pattern, str], ...] = tuple(
	(re.compile(pattern), put)
	for pattern, put in (
		(
			r"^abd[aeiou]+(?:l|([rnszd])(?=\1))(?=[a-z]{3})",
			"abd",
		),  # Abdul-, Abdel-, Abderr- before the name proper
		(
			r"^(?:al|el)(?=(?:[bcdfgjkmqrstwyz]|h[aeiou]|sh)[a-z]{3})(?!(?:elm|ald|alb|elb|alk|elk)[aeiou]?$)",
			"",
		),
		(
			r"(?<=[bcdfghklmnprstvyz])w(?=[bcdfghjklmnpqrstvyz]|$)",
			"u",
		),  # Arabic letters: Musa is written "mwsa"
		(r"ck", "k"),
		(r"sch|sh|sc(?=[ei])", "s"),
		(r"tch|ch|cc(?=[ei])|c(?=[eiy])", "s"),
		(r"ts|tz", "s"),
		(r"ph", "f"),
		(r"^[aeu]d+(?=[ie]+n)", "d"),  # Uddin, Eddine
		(r"dj|dz|xh|gj|zh|gi(?=[aou])", "j"),
		(r"ck|kh|gh|q|c", "k"),
		(r"(?<=[a-z]{5})(?:ul|ool)$", ""),  # Rakibul, Shariful: the first half of a pair of names
		(r"x", "ks"),
		(r"th", "t"),
		(r"dh", "d"),
		(r"bh", "b"),
		(r"vh", "v"),
		(r"z", "s"),
		(r"^ou(?=[aei])|^u(?=[aei])|^hu(?=[aei])", "w"),
		(r"ou|oo|uo", "u"),
		(r"ee|ea|ey|ie|ei|ï", "i"),
		(r"^(?:yo|io|jo)", "yo"),
		(r"^(?:yu|iu|ju|you)", "yu"),
		(r"^i(?=[aeu])", "y"),
		(r"^y(?=[bcdfghklmnpqrstvwxz])", "i"),
		(r"(?<!^)[yj](?=$|[bcdfgklmnpqrstvwxz])", "i"),
		(r"(?<=[aeiou])y(?=[aeiou])|(?<=[bcdfghklmnpqrstvwxz])j(?=[aeiou])", "i"),
		(r"h$", ""),
		(r"(.)\1+", r"\1"),
	)
)
_OTHER_SOUNDS = (
	(re.compile(r"^b[ei]n(?=[a-z]{3})"), ""),
	(re.compile(r"^[ae]?l(?=[aeiou][a-z]{2})"), ""),
	(re.compile(r"th"), "s"),
	(re.compile(r"(?<![st])ch"), "k"),
	(re.compile(r"g(?!h)"), "j"),
	(re.compile(r"z"), "j"),
	(re.compile(r"z"), "d"),
	(re.compile(r"v"), "b"),
)
# Vowels that one ear takes for another; "Hasan" and "Husin" stay two names.
_VOWELS_HEARD = tuple(str.maketrans("eo", pair) for pair in ("au", "iu", "ia"))
# First halves of one name: Ben Ali, Abu Zayd, Gebre Meskel, Welde Mikael.
_FIRST_HALVES = frozenset(
	"ben bin abu abou bou gebre ghebre gabre gabera gebra welde wolde walede weldu".split()
)
_VOWELS = re.compile(r"[aeiou]+")


def romanised(text: str) -> str:
	"""A name in small Latin letters with single spaces, whatever its script; empty for what holds no letter."""
	text = unicodedata.normalize("NFKC", text or "")
	text = _ARABIC_ARTICLE.sub("", text).translate(_LETTERS)
	latin = unidecode(text).lower().replace("'", "").replace("`", "a").replace("@", "a")
	return " ".join(_NOT_LETTERS.sub(" ", latin).split())


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
	"""One romanised word with its transcriptions brought to one spelling; vowels are kept."""
	word = _SAME_NAME.get(word, word)
	for pattern, put in _FOLDS:
		word = pattern.sub(put, word)
	return word


@lru_cache(maxsize=50_000)
def skeleton(word: str) -> str:
	"""The consonants of a romanised word, after a sign for a vowel at its start."""
	heard = sound(word)
	bones = _VOWELS.sub("", heard).replace("y", "i").replace("w", "u").replace("i", "").replace("u", "")
	bones = re.sub(r"(.)\1+", r"\1", bones.replace("g", "k"))
	if len(bare := bones[0:1] + bones[1:].replace("h", "")) > 2:  # Mebrahtu, Mebratu
		bones = bare
	if heard[:1] in "aeiouh":
		return "a" + bones.lstrip("h")
	if heard[:1] in "wyj":
		return {"w": "w", "y": "y", "j": "y"}[heard[0]] + bones.lstrip("j")
	return bones


@lru_cache(maxsize=50_000)
def words_of(text: str) -> tuple[str, ...]:
	"""The words of a name that count, romanised; "Abd al Rahman" and "Abdul Rahman" are one word."""
	words = romanised(text).split()
	joined: list[str] = []
	for word in words:
		if joined and joined[-1] in ("abd", "abdul", "abdel", "abdal", "abdu") and word not in _PARTICLES:
			joined[-1] = f"abd{word}"
		elif joined and len(word) > 2 and joined[-1] in _FIRST_HALVES:
			joined[-1] += word
		elif word in ("al", "el", "ul", "ud", "ar", "er", "as", "es", "an", "en") and joined[-1:] in (
			["abd"],
			["abdu"],
		):
			continue
		else:
			joined.append(word)
	kept = tuple(word for word in joined if word not in _PARTICLES and len(word) > 1)
	return kept or tuple(joined)


def keys_of(person: Person) -> frozenset[str]:
	"""What to store, and to look for: the skeletons of all words of all names, and of neighbours written as one."""
	keys: set[str] = set()
	for text in (f"{person.given_name} {person.family_name}", person.original_name, *_aliases(person)):
		words = words_of(text)
		keys.update(skeleton(twin)[:20] for word in words for twin in _twins(word))
		keys.update(skeleton(one + two)[:20] for one, two in pairwise(words))
	return frozenset(key for key in keys if len(key) > 1) or frozenset(keys - {""})


def found_by(text: str, person: Person) -> int:
	"""How well `text`, as typed in a search box, names this person: 0 (not at all) to 100."""
	asked = words_of(text)
	if not asked:
		return 0
	own = {word for form in _forms(person) for word in form.words}
	if not own:
		return 0
	best = [max(_begins(word, other) for other in own) for word in asked]
	return 0 if min(best) < 0.78 else round(100 * sum(best) / len(best))


def _begins(typed: str, word: str) -> float:
	alike = _alike(typed, word)
	if len(typed) >= 3 and (word.startswith(typed) or sound(word).startswith(sound(typed))):
		alike = max(alike, 0.9)
	return alike


@dataclass(frozen=True)
class _Form:
	"""One way a person is called, and the words of it that are theirs alone and not the family's."""

	words: tuple[str, ...]
	own: tuple[str, ...]


def _aliases(person: Person) -> list[str]:
	return [part for part in re.split(r"[,;/\n]", person.alias or "") if part.strip()]


@lru_cache(maxsize=20_000)
def _forms(person: Person) -> tuple[_Form, ...]:
	given, family = words_of(person.given_name), words_of(person.family_name)
	forms = [_Form((*given, *family), _own(given))]
	if original := words_of(person.original_name):
		forms.append(_Form(original, _own(original)))
	for alias in _aliases(person):
		words = words_of(alias)
		if words:
			forms.append(_Form(words if len(words) > 1 else (*words, *family), _own(words)))
	return tuple(dict.fromkeys(form for form in forms if form.words))


def _own(words: tuple[str, ...]) -> tuple[str, ...]:
	"""The word that is the person's own: the first, but where it is Muhammad before another name, that other."""
	return words[1:2] if len(words) > 1 and skeleton(words[0]) == skeleton("muhamad") else words[:1]


@lru_cache(maxsize=200_000)
def _alike(one: str, other: str) -> float:
	"""Likeness of two romanised words, 0 to 1."""
	if one == other:
		return 1.0
	alike = _heard_alike(one, other)
	if alike < 0.95:
		twins = [(a, b) for a in _twins(one) for b in _twins(other)][1:]
		alike = max([alike, *(0.97 * _heard_alike(a, b) for a, b in twins)])
	return alike


def _twins(word: str) -> tuple[str, ...]:
	"""The word, and itself with a letter that some languages say in another way: Othman and Osman, Gaber and Jaber."""
	return (word, *(found for pattern, put in _OTHER_SOUNDS if (found := pattern.sub(put, word)) != word))


def _heard_alike(one: str, other: str) -> float:
	"""Likeness by consonants first, and vowels after."""
	heard, heard_other = sound(one), sound(other)
	if heard == heard_other:
		return 0.98
	bones, bones_other = skeleton(one), skeleton(other)
	if bones == bones_other and len(bones) > 1:
		# Arabic writes no short vowels: no vowels at all are no difference.
		vowels, vowels_other = _VOWELS.findall(heard[1:]), _VOWELS.findall(heard_other[1:])
		if not vowels or not vowels_other:
			return 0.95
		# "Mahmud" and "Muhamad" have the same consonants, and are two names.
		closeness = max(
			Indel.normalized_similarity(heard.translate(vowels), heard_other.translate(vowels))
			for vowels in _VOWELS_HEARD
		)
		return 0.82 + 0.16 * closeness
	closeness = JaroWinkler.similarity(heard, heard_other)
	if len(bones) > 2 and len(bones_other) > 2:
		bare = Indel.normalized_similarity(bones, bones_other)
		alike = min(0.93, 0.5 * closeness + 0.5 * bare)
		return alike if bones[0] == bones_other[0] else 0.92 * alike
	return 0.85 * closeness if bones != bones_other else min(0.93, closeness)


@lru_cache(maxsize=200_000)
def _name_likeness(one: _Form, other: _Form) -> tuple[float, int]:
	"""Likeness of two forms, 0 to 1, and how many words agree. The given name of each must be found in the other."""
	best = _assigned(one, other)
	if best[0] < 0.9 and max(len(one.words), len(other.words)) > 2:
		best = max([best, *(_assigned(a, b) for a in (one, *_joined(one)) for b in (other, *_joined(other)))])
	return best


def _joined(form: _Form) -> Iterable[_Form]:
	for place in range(len(form.words) - 1):
		together = form.words[place] + form.words[place + 1]
		words = (*form.words[:place], together, *form.words[place + 2 :])
		own = (together,) if set(form.own) & set(form.words[place : place + 2]) else form.own
		yield _Form(words, own)


def _assigned(one: _Form, other: _Form) -> tuple[float, int]:
	cells = sorted(
		((_alike(a, b), i, j) for i, a in enumerate(one.words) for j, b in enumerate(other.words)),
		reverse=True,
	)
	left, right, score = {}, {}, []
	for alike, i, j in cells:
		if i in left or j in right:
			continue
		left[i], right[j] = alike, alike
		score.append(alike)
	agreeing = [alike for alike in score if alike >= OWN_FROM]
	missing = len(score) - len(agreeing)
	if len(agreeing) > 1:  # a grandfather's name in the place of the father's
		likeness = sum(agreeing) / len(agreeing) - 0.05 * missing
	else:
		likeness = sum(score) / len(score)
	for form, found in ((one, left), (other, right)):
		if any(found.get(form.words.index(word), 0) < OWN_FROM for word in form.own if word in form.words):
			likeness = min(likeness, 0.6)
	more = max(len(one.words), len(other.words)) - len(score)
	if len(score) > 1:
		likeness -= 0.02 * more
	return likeness, len(agreeing)


# --- births, countries, codes ---------------------------------------------------------------------------------------

# Countries whose people are often written down as each other's.
_CONFUSED: tuple[frozenset[str], ...] = (
	frozenset({"Eritrea", "Ethiopia"}),
	frozenset({"Albania", "Kosovo"}),
	frozenset({"Gambia", "Senegal", "Mali", "Guinea", "Guinea-Bissau"}),
	frozenset({"Pakistan", "Afghanistan"}),
	frozenset({"Bangladesh", "India"}),
	frozenset({"Syrian Arab Republic", "Lebanon", "Palestinian Territory, Occupied", "Iraq"}),
	frozenset({"Morocco", "Algeria", "Tunisia", "Libya", "Egypt"}),
)


def _weak(person: Person) -> bool:
	"""Whether the birth date is a guess at the year: estimated, or the first of January."""
	return person.birth_date_certainty == "Estimated" or (
		(person.birth_date.month, person.birth_date.day) == (1, 1)
		and person.birth_date_certainty != "Documented"
	)


def _birth(one: Person, other: Person) -> tuple[int, Message | None]:
	"""Points for two birth dates; an unknown one neither helps nor hurts."""
	a, b = one.birth_date, other.birth_date
	if not a or not b:
		return 0, None
	years = abs(a.year - b.year)
	same_day = (a.month, a.day) == (b.month, b.day) != (1, 1)
	if (_weak(one) or _weak(other)) and not same_day:
		if years <= 1:
			return (10 if years == 0 else 3), Message(_("Born about the same year"))
		# what a guess may be wrong by
		return (-6 if years == 2 else -14 if years == 3 else -30), Message(
			_("The years of birth are far apart")
		)
	if a == b:
		return 30, Message(_("Same date of birth"))
	if a.year == b.year and (a.month, a.day) == (b.day, b.month):
		return 24, Message(_("Day and month of birth are swapped"))
	tolerance = 3 if "Set by the Court" in (one.birth_date_certainty, other.birth_date_certainty) else 2
	if same_day and years <= tolerance:
		return 20, Message(_("Same day of birth in another year"))
	parts = (a.year == b.year) + (a.month == b.month) + (a.day == b.day)
	if parts == 2 and years <= tolerance:
		return 18, Message(_("The dates of birth differ in one part"))
	days = abs((a - b).days)
	if days <= 45:
		return 8, Message(_("The dates of birth are close"))
	firm = one.birth_date_certainty in FIRM and other.birth_date_certainty in FIRM
	if years <= 1:
		return (-20 if firm else -12), Message(_("The dates of birth differ"))
	return -30 if years > tolerance or firm else -20, Message(_("The dates of birth differ"))


def _country(one: Person, other: Person) -> tuple[int, Message | None]:
	a, b = set(one.nationalities) - {""}, set(other.nationalities) - {""}
	if not a or not b:
		return 0, None
	if a & b:
		return 5, Message(_("Same nationality"))
	if any(a & group and b & group for group in _CONFUSED):
		return -6, None
	return -16, Message(_("Another nationality"))


def _digits(phone: str) -> str:
	return re.sub(r"\D", "", phone or "")[-9:]


def matches(person: Person, candidates: Sequence[Person]) -> list[Match]:
	"""Candidates that may be `person`, the likeliest first. The person's own record, by code, is left out."""
	found = [_compare(person, other) for other in candidates if not person.code or other.code != person.code]
	return sorted((match for match in found if match), key=lambda match: (-match.score, match.code))


# Below this likeness two names are not the same, whatever else agrees; and so are two given names.
NAME_FROM = 0.68
OWN_FROM = 0.66
# From these points on: see the module's first lines.
LIKELY_FROM = 76
POSSIBLE_FROM = 60


def _compare(person: Person, other: Person) -> Match | None:
	code, other_code = normalised(person.fiscal_code), normalised(other.fiscal_code)
	if code and code == other_code:
		return Match(other.code, Level.LIKELY, 100, (Message(_("Same fiscal code")),))
	likeness, agreeing, one_word = 0.0, 0, True
	for form in _forms(person):
		for other_form in _forms(other):
			alike, words = _name_likeness(form, other_form)
			if (alike, words) > (likeness, agreeing):
				likeness, agreeing = alike, words
				one_word = min(len(form.words), len(other_form.words)) < 2
	if likeness < NAME_FROM:
		return None
	# From 0.79 (hardly the same) to 0.93 (another transcription of it) the name gives 32 to 62 points.
	score = 32 + min(1, (likeness - 0.79) / 0.14) * 30
	reasons = [
		Message(_("Same name"))
		if likeness >= 0.97
		else Message(_("Alike name, perhaps written in another way"))
	]
	if one_word:
		score -= 22
	elif agreeing > 2:
		score += 4
	for points, reason in (_birth(person, other), _country(person, other)):
		score += points
		if reason:
			reasons.append(reason)
	if {person.sex, other.sex} == {"Male", "Female"}:
		score -= 30
		reasons.append(Message(_("Another sex")))
	if len(_digits(person.phone)) >= 8 and _digits(person.phone) == _digits(other.phone):
		score += 12
		reasons.append(Message(_("Same telephone")))
	if len(code) == 16 and len(other_code) == 16:
		score -= 8
	points = max(0, min(99, round(score)))
	if points < POSSIBLE_FROM:
		return None
	level = Level.LIKELY if points >= LIKELY_FROM else Level.POSSIBLE
	return Match(other.code, level, points, tuple(reasons))
