"""Which budget line an untagged cost probably belongs on, how sure that is, and why: learnt from what people chose before.

Nothing is imputed here: a suggestion waits for a person. The same costs, choices and lines give the same suggestions.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache

from core_minori.engine.message import Message, _
from core_minori.engine.money import ZERO

# From this confidence on the desk marks a suggestion as one to accept.
THRESHOLD = 70
# A cost that neither its project nor its cost center ties to a funded project is often no cost of any.
UNTIED_CEILING = 60
# A choice for a line of the same name in another project counts so much of one in this project.
ELSEWHERE = 0.5
# How many costs' worth the broader evidence weighs against the narrower: account, then supplier, then both.
_WEIGHT_OF_PRIOR = {"account": 3.0, "supplier": 1.5, "both": 1.0}
# Words repeat each other, so that together they count as the root of what they say one by one.
_TEXT_EXPONENT = 0.5
_LEAST_WORD, _STEM = 3, 6
_COMMONPLACES = frozenset(
	"alla alle anno come costo costi dal dalla data del della delle dello dei di documento euro fattura fatture mese nel"
	" nella numero pagamento per progetto quota rata saldo servizi servizio spa spesa spese srl sue ultimo una gennaio"
	" febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
)


@dataclass(frozen=True)
class CandidateLine:
	"""A budget line that a cost could go to: its project with ERPNext's Project and cost center, and when it is open."""

	name: str
	project: str
	code: str
	title: str
	chapter: str
	starts_on: date
	ends_on: date
	ledger_project: str = ""
	cost_center: str = ""
	company: str = ""
	closed: bool = False

	@property
	def kind(self) -> tuple[str, str]:
		"""What lines of other projects that take the same costs have in common with it."""
		return (self.chapter, " ".join(words(self.title)) or self.title)

	def is_open_on(self, day: date) -> bool:
		"""Whether a cost of `day` may go to it."""
		return not self.closed and self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class Cost:
	"""A cost as the ledger knows it: `key` is the caller's, `amount` euro, `day` of the document, empty text for unknown."""

	key: Hashable
	account: str
	supplier: str
	cost_center: str
	ledger_project: str
	text: str
	day: date
	amount: Decimal = ZERO
	company: str = ""


@dataclass(frozen=True)
class Choice:
	"""A cost that somebody put on a line."""

	cost: Cost
	line: str


@dataclass(frozen=True)
class Suggestion:
	"""The line a cost probably belongs on, None when none is open; confidence in per cent, and the reasons, best first."""

	cost: Cost
	line: str | None
	confidence: int
	reasons: tuple[Message, ...]


@dataclass(frozen=True)
class Accuracy:
	"""Suggestions against the truth: how many costs, how many of them suggested from the threshold on, how many rightly."""

	costs: int
	suggested: int
	right: int

	@property
	def precision(self) -> float:
		"""Share of the suggestions that is right; 1 when there is none."""
		return self.right / self.suggested if self.suggested else 1.0

	@property
	def recall(self) -> float:
		"""Share of the costs that a right suggestion finds its line for."""
		return self.right / self.costs if self.costs else 1.0


def suggest(
	costs: Iterable[Cost], choices: Iterable[Choice], lines: Sequence[CandidateLine]
) -> list[Suggestion]:
	"""A suggestion for each cost, in their order, from `choices` made before. Only lines open on the cost's day are named.

	A cost whose project or cost center is a funded project's goes to a line of that project; any other may go to every
	open line of its company, with a confidence of at most UNTIED_CEILING.
	"""
	experience = _Experience(choices, lines)
	return [experience.suggestion(cost) for cost in costs]


def accuracy(
	suggestions: Iterable[Suggestion], truth: Mapping[Hashable, str | None], threshold: int = THRESHOLD
) -> Accuracy:
	"""How good the suggestions from `threshold` on are; `truth` holds the line of each cost by its key, None for none.

	Costs that `truth` does not name are left out.
	"""
	suggested = right = 0
	for suggestion in suggestions:
		if suggestion.cost.key in truth and suggestion.line and suggestion.confidence >= threshold:
			suggested += 1
			right += truth[suggestion.cost.key] == suggestion.line
	return Accuracy(sum(1 for line in truth.values() if line), suggested, right)


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
	"""The telling words of a text, each once, without accents and endings: what two texts on the same thing share."""
	plain = unicodedata.normalize("NFKD", text.casefold())
	plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
	found = (word for word in re.findall(r"[a-z]+", plain) if len(word) >= _LEAST_WORD)
	return tuple(dict.fromkeys(word[:_STEM] for word in found if word not in _COMMONPLACES))


class _Experience:
	"""The choices made so far, counted by what their costs have in common."""

	def __init__(self, choices: Iterable[Choice], lines: Sequence[CandidateLine]):
		self.lines = {line.name: line for line in lines}
		self.by_project: dict[str, list[CandidateLine]] = defaultdict(list)
		self.project_of_ledger: dict[tuple[str, str], str] = {}
		self.project_of_center: dict[tuple[str, str], str] = {}
		for line in sorted(lines, key=lambda line: line.name):
			self.by_project[line.project].append(line)
			if line.ledger_project:
				self.project_of_ledger.setdefault((line.company, line.ledger_project), line.project)
			if line.cost_center:
				self.project_of_center.setdefault((line.company, line.cost_center), line.project)
		# feature -> line -> how many costs; the feature () is every cost.
		self.chosen: dict[tuple, Counter[str]] = defaultdict(Counter)
		self.kinds: dict[tuple, Counter[tuple[str, str]]] = defaultdict(Counter)
		self.kinds_of_project: dict[tuple[str, tuple], Counter[tuple[str, str]]] = defaultdict(Counter)
		for choice in choices:
			line = self.lines.get(choice.line)
			if not line:
				continue
			for feature in _features(choice.cost):
				self.chosen[feature][line.name] += 1
				self.kinds[feature][line.kind] += 1
				self.kinds_of_project[line.project, feature][line.kind] += 1

	@cached_property
	def running(self) -> list[CandidateLine]:
		return [line for lines in self.by_project.values() for line in lines]

	def suggestion(self, cost: Cost) -> Suggestion:
		project, place = self._place(cost)
		lines = self.by_project[project] if project else self.running
		candidates = [
			line
			for line in lines
			if line.is_open_on(cost.day) and (not cost.company or cost.company == line.company)
		]
		if not candidates:
			return Suggestion(cost, None, 0, ())
		share = self._shares(cost, candidates, project)
		ratios = self._word_ratios(cost, candidates, project)
		weight = {
			line.name: share[line.name]
			* _product(ratios[word][line.name] for word in ratios) ** _TEXT_EXPONENT
			* (50 if _names(cost.text, line.code) else 1)
			for line in candidates
		}
		whole = sum(weight.values())
		best = max(candidates, key=lambda line: (weight[line.name], line.name))
		confidence = int(100 * weight[best.name] / whole)
		if not project:
			confidence = min(confidence, UNTIED_CEILING)
		reasons = [*self._reasons(cost, best, ratios), *([place] if place else [])]
		return Suggestion(cost, best.name, confidence, tuple(reasons))

	def _place(self, cost: Cost) -> tuple[str, Message | None]:
		project = self.project_of_ledger.get((cost.company, cost.ledger_project), "")
		if project:
			return project, Message(_("The ledger row carries project {project}."), {"project": project})
		project = self.project_of_center.get((cost.company, cost.cost_center), "")
		if project:
			return project, Message(
				_("The cost center is the one of project {project}."), {"project": project}
			)
		return "", None

	def _counts(self, feature: tuple, candidates: Sequence[CandidateLine], project: str) -> dict[str, float]:
		"""How many costs with `feature` went to each candidate; those on its like in other projects count in part."""
		chosen = self.chosen.get(feature, {})
		counts = {line.name: float(chosen.get(line.name, 0)) for line in candidates}
		if not project or feature not in self.kinds:
			return counts
		kinds, own = self.kinds[feature], self.kinds_of_project.get((project, feature), {})
		like = Counter(line.kind for line in candidates)
		for line in candidates:
			elsewhere = kinds.get(line.kind, 0) - own.get(line.kind, 0)
			if elsewhere:
				counts[line.name] += ELSEWHERE * elsewhere / like[line.kind]
		return counts

	def _shares(self, cost: Cost, candidates: Sequence[CandidateLine], project: str) -> dict[str, float]:
		"""How probable each line is by account and supplier: the narrower evidence rests on the broader where it is thin."""
		share = {line.name: 1 / len(candidates) for line in candidates}
		for name, feature in _levels(cost):
			counts = self._counts(feature, candidates, project)
			whole, prior = sum(counts.values()), _WEIGHT_OF_PRIOR[name]
			share = {line: (counts[line] + prior * share[line]) / (whole + prior) for line in share}
		return share

	def _word_ratios(
		self, cost: Cost, candidates: Sequence[CandidateLine], project: str
	) -> dict[str, dict[str, float]]:
		"""For each word of the cost: how much more often it is found with each line than with all of them.

		The title of a line counts as one more cost on it.
		"""
		own_words = words(self._own_text(cost))
		if not own_words:
			return {}
		totals = self._counts((), candidates, project)
		titles = {line.name: words(line.title) for line in candidates}
		whole = sum(totals.values()) + len(candidates)
		ratios = {}
		for word in own_words:
			counts = self._counts(("word", word), candidates, project)
			for line in candidates:
				counts[line.name] += word in titles[line.name]
			found = sum(counts.values())
			if not found:
				continue
			usual = (found + 0.5) / (whole + 1)
			ratios[word] = {
				line.name: (counts[line.name] + 1.5 * usual) / (totals[line.name] + 1 + 1.5) / usual
				for line in candidates
			}
		return ratios

	def _own_text(self, cost: Cost) -> str:
		"""What the cost says; with the name of a supplier nobody chose a line for yet, which may say as much as a text."""
		return cost.text if ("supplier", cost.supplier) in self.chosen else f"{cost.text} {cost.supplier}"

	def _reasons(self, cost: Cost, line: CandidateLine, ratios: Mapping[str, Mapping]) -> list[Message]:
		found = []
		if _names(cost.text, line.code):
			found.append(Message(_("The text names line {code}."), {"code": line.code}))
		for name, feature in reversed(_levels(cost)):
			said = self._history(name, feature, line)
			if said:
				found.append(said)
				break
		telling = sorted(
			(word for word in ratios if ratios[word][line.name] > 1.5),
			key=lambda word: (-ratios[word][line.name], word),
		)
		spoken = _as_written(self._own_text(cost), telling[:3])
		if spoken:
			found.append(
				Message(
					_("The text says {words}, as the line's name or its costs do."),
					{"words": ", ".join(f"«{word}»" for word in spoken)},
				)
			)
		return found

	def _history(self, name: str, feature: tuple, line: CandidateLine) -> Message | None:
		here = self.chosen.get(feature, {})
		of_project = sum(count for other, count in here.items() if self.lines[other].project == line.project)
		if here.get(line.name):
			text = {
				"both": _("{count} of {all} costs of this supplier on this account went to line {line}."),
				"supplier": _("{count} of {all} costs of this supplier went to line {line}."),
				"account": _("{count} of {all} costs on this account went to line {line}."),
			}[name]
			return Message(text, {"count": here[line.name], "all": of_project, "line": line.code})
		kinds = self.kinds.get(feature, {})
		if kinds.get(line.kind):
			text = {
				"both": _(
					"{count} of {all} costs of this supplier on this account went to lines of this name in other"
					" projects."
				),
				"supplier": _(
					"{count} of {all} costs of this supplier went to lines of this name in other projects."
				),
				"account": _(
					"{count} of {all} costs on this account went to lines of this name in other projects."
				),
			}[name]
			return Message(text, {"count": kinds[line.kind], "all": sum(kinds.values())})
		return None


def _levels(cost: Cost) -> list[tuple[str, tuple]]:
	"""What history is asked for, from the broadest to the narrowest."""
	levels = [("account", ("account", cost.account))]
	if cost.supplier:
		levels.append(("supplier", ("supplier", cost.supplier)))
		levels.append(("both", ("both", cost.supplier, cost.account)))
	return levels


def _features(cost: Cost) -> list[tuple]:
	return [
		(),
		*(feature for __, feature in _levels(cost)),
		*(("word", word) for word in words(f"{cost.text} {cost.supplier}")),
	]


def _names(text: str, code: str) -> bool:
	"""Whether the text holds the line's code as a word of its own; a bare number or letter is no code."""
	if not re.search(r"[A-Za-z]\W*\d", code):
		return False
	return bool(re.search(rf"(?<![\w.]){re.escape(code)}(?![\w]|\.\d)", text, re.IGNORECASE))


def _as_written(text: str, stems: Sequence[str]) -> list[str]:
	"""The words of the text that the stems stand for."""
	written = {}
	for word in re.findall(r"[^\W\d_]+", text):
		for stem in words(word):
			written.setdefault(stem, word.casefold())
	return [written[stem] for stem in stems if stem in written]


def _product(factors: Iterable[float]) -> float:
	whole = 1.0
	for factor in factors:
		whole *= factor
	return whole
