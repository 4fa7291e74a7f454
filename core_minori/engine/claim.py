"""A reimbursement claim: which costs go in, what freezing them comes to, and what auditor and authority leave of it.

A claim is a list of rows, one for each imputed cost. Everything else follows from the rows: flat rates from the direct
costs, sources from each row's own split, totals from their sums. So figures that are added up in another order agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import Enum

from core_minori.engine.cost_facts import CostFacts, Payment
from core_minori.engine.flat_rates import FlatAmount, FlatRate, flat_rate_amounts
from core_minori.engine.message import Message, Term, _, refuse
from core_minori.engine.money import CENT, ZERO, money, split

SOURCE = "Funding reference, rules 5, 6 and 8"

DRAFT, CLAIMED, AUDITOR, AUDITED, AUTHORITY, SETTLED = (
	"Draft",
	"Claimed",
	"With the Auditor",
	"Audited",
	"With the Authority",
	"Settled",
)
CANCELLED = "Cancelled"


class Step(str, Enum):
	"""What moves a claim on. An outcome may be brought again until the next step, to correct a wrong workbook."""

	SUBMIT = "submit"
	SEND_TO_AUDITOR = "send_to_auditor"
	AUDITOR_OUTCOME = "auditor_outcome"
	SEND_TO_AUTHORITY = "send_to_authority"
	AUTHORITY_OUTCOME = "authority_outcome"
	CANCEL = "cancel"


# Status -> what may be done in it, the next step first, and the status that each leads to.
STEPS: dict[str, dict[Step, str]] = {
	DRAFT: {Step.SUBMIT: CLAIMED},
	CLAIMED: {Step.SEND_TO_AUDITOR: AUDITOR, Step.CANCEL: CANCELLED},
	AUDITOR: {Step.AUDITOR_OUTCOME: AUDITED},
	AUDITED: {Step.SEND_TO_AUTHORITY: AUTHORITY, Step.AUDITOR_OUTCOME: AUDITED},
	AUTHORITY: {Step.AUTHORITY_OUTCOME: SETTLED},
	SETTLED: {Step.AUTHORITY_OUTCOME: SETTLED},
	CANCELLED: {},
}

# Methods whose cost is what was done, not what was paid.
_UNPAID_METHODS = ("Unit Cost", "Lump Sum")


@dataclass(frozen=True)
class Candidate:
	"""A cost that might be claimed, confirmed or still to confirm; `blocked` are the open blocking findings, as text."""

	facts: CostFacts
	confirmed: bool = True
	blocked: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeftOut:
	"""A cost that stays out of the claim, by which rule, and why."""

	facts: CostFacts
	rule: str
	message: Message


@dataclass(frozen=True)
class Selection:
	"""What goes into a claim, in the order of the expense list, and what does not."""

	chosen: tuple[CostFacts, ...]
	left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Amount:
	"""Euro of one row of a claim: chapter and partner ("" for none) decide which flat rates rest on it."""

	chapter: str
	partner: str
	amount: Decimal


@dataclass(frozen=True)
class Totals:
	"""What the rows of a claim come to, in euro.

	`by_source` follows the order of the sources' per cents; `by_partner` holds the same split for each partner. Each
	row and each flat rate was split on its own, so every sum of sources is exactly the sum of the amounts.
	"""

	direct: Decimal
	flat_rates: Mapping[str, FlatAmount]
	flat_rate: Decimal
	by_source: tuple[Decimal, ...]
	by_partner: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)

	@property
	def total(self) -> Decimal:
		"""Direct costs and flat rates."""
		return self.direct + self.flat_rate


@dataclass(frozen=True)
class Standing:
	"""How an allocation stands at the moment of freezing: its docstatus, its project, and the claim that holds it."""

	docstatus: int
	project: str
	claim: str = ""


def choose(candidates: Iterable[Candidate], ends_on: date, paid_later: Collection[str] = ()) -> Selection:
	"""Choose the costs of a claim whose period ends on `ends_on`.

	Chosen is what is confirmed, was incurred by then (earlier periods included: payments come late), has no open
	blocking finding and is paid by then. Hours, unit costs and lump sums need no payment, a credit note neither, and
	the chapters `paid_later` may be paid after (the auditor's fee).
	"""
	chosen: list[CostFacts] = []
	left_out: list[LeftOut] = []
	for candidate in sorted(candidates, key=lambda candidate: order_of(candidate.facts)):
		facts = candidate.facts
		reason = _reason(candidate, ends_on, paid_later)
		if reason:
			left_out.append(LeftOut(facts, *reason))
		else:
			chosen.append(facts)
	return Selection(tuple(chosen), tuple(left_out))


def order_of(facts: CostFacts) -> tuple[object, ...]:
	"""Place of a cost in the expense list: chapter, line (A.2 before A.10), partner, day, document."""
	return (
		facts.chapter,
		natural(facts.line_code or facts.line),
		facts.partner,
		facts.incurred_on,
		facts.voucher_no,
		facts.allocation,
	)


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
	"""A key by which numbers inside a text sort as numbers."""
	return tuple(
		(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", text)
	)


def needs_payment(facts: CostFacts) -> bool:
	"""Whether the funder wants to see this cost paid."""
	return not (
		facts.cost_method in _UNPAID_METHODS
		or facts.voucher_type == "Timesheet"
		or facts.hours
		or facts.is_depreciation
		or facts.imputed_amount < 0
	)


def _reason(candidate: Candidate, ends_on: date, paid_later: Collection[str]) -> tuple[str, Message] | None:
	facts = candidate.facts
	if not candidate.confirmed:
		return "claim-unconfirmed", Message(_("Not confirmed yet: confirm its imputation first."))
	if facts.incurred_on > ends_on:
		return "claim-after-period", Message(
			_("Incurred on {day}, after the claim's last day {end}."),
			{"day": facts.incurred_on, "end": ends_on},
		)
	if needs_payment(facts) and facts.chapter not in paid_later:
		paid = sum((money(p.amount) for p in facts.payments if p.paid_on <= ends_on), ZERO)
		# One payment of a document pays all its costs together, so that the whole of it is due.
		due = facts.document_total if facts.document_total > 0 else facts.ledger_amount
		if paid + CENT < due:
			return "claim-unpaid", Message(
				_("Not paid by {end}: EUR {paid} of EUR {due}."), {"end": ends_on, "paid": paid, "due": due}
			)
	if candidate.blocked:
		return "claim-blocked", Message(
			_("A check blocks it: {finding}"), {"finding": "; ".join(candidate.blocked)}
		)
	return None


def totals(
	amounts: Iterable[Amount], rates: Sequence[FlatRate], percents: Sequence[Decimal | float]
) -> Totals:
	"""What rows of these amounts come to: flat rates on their base, and the split over sources of these per cents.

	With no sources the split is empty. Raises RuleError when flat rates are taken of each other.
	"""
	amounts = list(amounts)
	direct: dict[tuple[str, str], Decimal] = {}
	for row in amounts:
		key = (row.chapter, row.partner)
		direct[key] = direct.get(key, ZERO) + money(row.amount)
	flats = flat_rate_amounts(rates, direct)
	by_partner: dict[str, list[Decimal]] = {}
	pieces = [(row.partner, money(row.amount)) for row in amounts]
	pieces += [(rate.partner, flats[rate.line].amount) for rate in rates]
	for partner, amount in pieces:
		parts = source_parts(amount, percents)
		sums = by_partner.setdefault(partner, [ZERO] * len(parts))
		for place, part in enumerate(parts):
			sums[place] += part
	return Totals(
		sum(direct.values(), ZERO),
		flats,
		sum((flat.amount for flat in flats.values()), ZERO),
		tuple(sum(column, ZERO) for column in zip(*by_partner.values(), strict=True))
		if by_partner
		else (ZERO,) * len(percents),
		{partner: tuple(sums) for partner, sums in sorted(by_partner.items())},
	)


def source_parts(amount: Decimal, percents: Sequence[Decimal | float]) -> tuple[Decimal, ...]:
	"""One row's euro by source, the rounding residual on the last; empty with no sources."""
	return tuple(split(amount, percents)) if percents else ()


def check_step(status: str, step: Step) -> str:
	"""Return the status that `step` leads to. Raises RuleError when the claim is not there yet, or no longer."""
	if step not in STEPS[status]:
		raise refuse(
			"claim-step",
			_("This cannot be done while the claim is {status}."),
			_("Reload the form: its main button is the step that comes next."),
			status=Term(status),
		)
	return STEPS[status][step]


def check_day(day: date, after: date | None, today: date) -> None:
	"""A step is dated from the step before it until today. Raises RuleError."""
	if after and day < after:
		raise refuse(
			"claim-day",
			_("{day} is before the previous step, which was on {after}."),
			_("Correct the date."),
			day=day,
			after=after,
		)
	if day > today:
		raise refuse(
			"claim-day", _("{day} is still to come."), _("Enter the day on which it happened."), day=day
		)


def no_longer_claimable(
	wanted: Sequence[str],
	standings: Mapping[str, Standing],
	selection: Selection,
	project: str,
	claim: str,
) -> list[tuple[str, Message]]:
	"""Which rows of a claim, locked and read anew, may not be claimed, and why; empty when all may.

	`wanted` are the allocations as they were picked, `standings` and `selection` what is true now.
	"""
	left_out = {left.facts.allocation: left.message for left in selection.left_out}
	found: list[tuple[str, Message]] = []
	seen: set[str] = set()
	for name in wanted:
		standing = standings.get(name)
		if name in seen:
			found.append((name, Message(_("It is in the list twice."))))
		elif standing and standing.claim and standing.claim != claim:
			found.append((name, Message(_("Claim {claim} has it already."), {"claim": standing.claim})))
		elif not standing or standing.docstatus != 1 or standing.project != project:
			found.append((name, Message(_("It is no longer a confirmed cost of this project."))))
		elif name in left_out:
			found.append((name, left_out[name]))
		seen.add(name)
	return found


@dataclass(frozen=True)
class Verdict:
	"""What an examiner left of one row: euro accepted of the euro claimed, and why the rest was cut."""

	row: str
	accepted: Decimal
	reason: str = ""


def verdict(
	row: str, claimed: Decimal, accepted: Decimal | None, cut: Decimal | None, reason: str
) -> Verdict:
	"""The verdict on a row of `claimed` euro. Accepted and cut together are what was claimed; one of them is enough.

	The amounts have the sign of the claimed one, so that a credit note can be accepted in part as well. Raises
	RuleError.
	"""
	claimed = money(claimed)
	if accepted is None and cut is None:
		raise refuse(
			"outcome-missing",
			_("Neither the accepted nor the cut amount is there."),
			_("Write the accepted amount, or the cut one."),
		)
	if accepted is None:
		accepted = claimed - cut
	if cut is None:
		cut = claimed - accepted
	if accepted + cut != claimed:
		raise refuse(
			"outcome-sum",
			_("Accepted EUR {accepted} and cut EUR {cut} are not the EUR {claimed} claimed."),
			_("Correct one of the two amounts."),
			accepted=accepted,
			cut=cut,
			claimed=claimed,
		)
	low, high = min(ZERO, claimed), max(ZERO, claimed)
	if not low <= accepted <= high:
		raise refuse(
			"outcome-range",
			_("Accepted EUR {accepted} is not between EUR {low} and EUR {high}."),
			_("An examiner accepts at most what was claimed."),
			accepted=accepted,
			low=low,
			high=high,
		)
	if cut and not reason:
		raise refuse(
			"outcome-reason",
			_("EUR {cut} are cut and no reason is given."),
			_("Write why, as the examiner put it."),
			cut=cut,
		)
	return Verdict(row, accepted, reason if cut else "")


_DAYS = {spec.name for owner in (CostFacts, Payment) for spec in fields(owner) if "date" in str(spec.type)}
_AMOUNTS = {
	spec.name for owner in (CostFacts, Payment) for spec in fields(owner) if "Decimal" in str(spec.type)
}


def snapshot(facts: CostFacts) -> str:
	"""The facts as JSON text, for keeping what a claim was made of; amounts are kept as text, to the cent."""
	return json.dumps(_plain(facts), ensure_ascii=False, separators=(",", ":"))


def restored(text: str) -> CostFacts:
	"""The facts of a snapshot. Fields that it does not know have their defaults."""
	values = json.loads(text)
	payments = tuple(Payment(**_typed(Payment, payment)) for payment in values.pop("payments", ()))
	return CostFacts(**_typed(CostFacts, values), payments=payments)


def _plain(thing: CostFacts | Payment) -> dict[str, object]:
	found: dict[str, object] = {}
	for spec in fields(thing):
		value = getattr(thing, spec.name)
		if value is None or value == () or (value == "" and spec.default == ""):
			continue
		if spec.name == "payments":
			found[spec.name] = [_plain(payment) for payment in value]
		elif isinstance(value, date):
			found[spec.name] = value.isoformat()
		elif isinstance(value, Decimal):
			found[spec.name] = str(value)
		else:
			found[spec.name] = value
	return found


def _typed(owner: type, values: Mapping[str, object]) -> dict[str, object]:
	names = {spec.name for spec in fields(owner)}
	found: dict[str, object] = {}
	for name, value in values.items():
		if name not in names:
			continue
		if name in _DAYS:
			value = date.fromisoformat(value)
		elif name in _AMOUNTS:
			value = Decimal(value)
		elif isinstance(value, list):
			value = tuple(value)
		found[name] = value
	return found
