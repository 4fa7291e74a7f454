"""The dossier of a claim: which papers stand behind each cost, under which name they go into the archive, what is missing.

Names in the archive are made here from the claim's list and never from the names files came with: those may hold the
name of a person, or lead out of the folder.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from core_minori.engine.message import Message, _
from core_minori.engine.money import ZERO


class Kind(str, Enum):
	"""What a paper is to a cost; the value is a word that names it in the archive, translated at the edge."""

	DOCUMENT = "document"
	PROOF = "payment proof"
	TIMESHEET = "timesheet"
	ASSIGNMENT = "assignment letter"
	PROCUREMENT = "procurement"
	AUTHORISATION = "authorisation"


# The words above, for the translation catalogue.
_KIND_WORDS = (
	_("document"),
	_("payment proof"),
	_("timesheet"),
	_("assignment letter"),
	_("procurement"),
	_("authorisation"),
)

# Costs that are proved by what was delivered and not by an invoice and its payment.
WITHOUT_PAYMENT = ("Unit Cost", "Lump Sum", "Flat Rate")

_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,5})$")
_PROOF_WORDS = re.compile(r"quietanz|bonific|contabil|pagament|estratto|mandato|payment", re.IGNORECASE)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_PART = 40
# An e-invoice that was signed has two endings, and is opened by the last.
_DOUBLE_ENDINGS = (".xml.p7m", ".pdf.p7m")


@dataclass(frozen=True)
class Paper:
	"""A file of a cost: what it is, and `key`, by which the caller finds its bytes. `name` is the name it came with."""

	kind: Kind
	key: str
	name: str


@dataclass(frozen=True)
class Cost:
	"""A cost of the claim's list with its papers. `readable` is false when the asker may not open its voucher."""

	position: int
	partner: str
	line: str
	document_number: str
	voucher_type: str
	cost_method: str = "Real Cost"
	papers: tuple[Paper, ...] = ()
	readable: bool = True


@dataclass(frozen=True)
class Entry:
	"""One file of the archive."""

	path: str
	position: int
	paper: Paper


@dataclass(frozen=True)
class Missing:
	"""A paper that a cost lacks."""

	position: int
	message: Message


def entries(costs: Iterable[Cost], words: dict[Kind, str]) -> list[Entry]:
	"""The files of the archive in the list's order: ``NNN_partner_line_document_kind.ext``, each path once.

	`words` says each kind in the reader's language.
	"""
	costs = list(costs)
	digits = max(3, len(str(max((cost.position for cost in costs), default=0))))
	taken: set[str] = set()
	found = []
	for cost in costs:
		for paper in cost.papers:
			parts = (
				f"{cost.position:0{digits}d}",
				plain(cost.partner),
				plain(cost.line),
				plain(cost.document_number),
				plain(words[paper.kind]),
			)
			stem, ending = "_".join(part for part in parts if part), ending_of(paper.name)
			path, copy = f"{stem}{ending}", 1
			while path.lower() in taken:
				copy += 1
				path = f"{stem}-{copy}{ending}"
			taken.add(path.lower())
			found.append(Entry(path, cost.position, paper))
	return found


def missing(costs: Iterable[Cost]) -> list[Missing]:
	"""Costs with no document, hours with no signed timesheet, costs with no proof of payment, costs nobody could look at."""
	found = []
	for cost in costs:
		kinds = {paper.kind for paper in cost.papers}
		if not cost.readable:
			found.append(
				Missing(cost.position, Message(_("You may not open this voucher: its papers are left out.")))
			)
			continue
		if cost.voucher_type == "Timesheet":
			if Kind.TIMESHEET not in kinds:
				found.append(Missing(cost.position, Message(_("The signed timesheet is missing."))))
			continue
		if Kind.DOCUMENT not in kinds:
			found.append(Missing(cost.position, Message(_("The document of the cost is missing."))))
		if Kind.PROOF not in kinds and cost.cost_method not in WITHOUT_PAYMENT:
			found.append(Missing(cost.position, Message(_("The proof of payment is missing."))))
	return found


def kind_by_name(name: str, kind: Kind = Kind.DOCUMENT) -> Kind:
	"""What a paper on a voucher is: a proof of payment when its name says so, else `kind`.

	People put the bank's paper on the invoice as well as on the payment, and partners send both with the cost.
	"""
	return Kind.PROOF if kind is Kind.DOCUMENT and _PROOF_WORDS.search(name or "") else kind


def sums(parts: Iterable[tuple[str, Sequence[Decimal]]]) -> dict[str, tuple[Decimal, ...]]:
	"""Euro by key, each column on its own, keys in the order they come first."""
	found: dict[str, tuple[Decimal, ...]] = {}
	for key, amounts in parts:
		before = found.get(key, (ZERO,) * len(amounts))
		found[key] = tuple(one + other for one, other in zip(before, amounts, strict=True))
	return found


def plain(text: str, longest: int = _LONGEST_PART) -> str:
	"""Letters and digits of ASCII alone, words joined by dashes: safe as part of a path on every system."""
	ascii_text = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode()
	return _NOT_PLAIN.sub("-", ascii_text).strip("-")[:longest].strip("-")


def ending_of(name: str) -> str:
	"""The ending of a file's name, with its dot and in small letters; nothing when it has none that is plain."""
	name = (name or "").strip().lower()
	for double in _DOUBLE_ENDINGS:
		if name.endswith(double):
			return double
	match = _EXTENSION.search(name)
	return match[0] if match else ""


def ordered(papers: Sequence[Paper]) -> tuple[Paper, ...]:
	"""Papers in the order an auditor turns them: the document, its proofs, then the rest; each file once."""
	order = list(Kind)
	unique = {paper.key: paper for paper in reversed(papers)}
	return tuple(sorted(unique.values(), key=lambda paper: (order.index(paper.kind), paper.key)))
