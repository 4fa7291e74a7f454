"""Where ledger and imputations disagree: costs that no imputation covers, and imputations whose cost changed or went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from core_minori.engine.message import Message, _
from core_minori.engine.money import ZERO, money


class VoucherState(str, Enum):
	"""What became of a voucher."""

	POSTED = "Posted"
	DRAFT = "Draft"
	CANCELLED = "Cancelled"
	GONE = "Gone"


class Leftover(str, Enum):
	"""Which side of a disagreement is left over."""

	COST = _("Cost Without Imputation")
	IMPUTATION = _("Imputation Without Its Cost")
	OTHER_LINE = _("Imputed to Another Line")


@dataclass(frozen=True)
class CostKey:
	"""What a cost is known by, since names of ledger rows change. Empty text where it has none."""

	voucher_type: str
	voucher_no: str
	account: str = ""
	cost_center: str = ""
	line: str = ""


@dataclass(frozen=True)
class KnownCost:
	"""A cost as it stands now: euro, day and party. `own` says that it is the project's, by its line or its place."""

	key: CostKey
	amount: Decimal
	day: date | None = None
	party: str = ""
	own: bool = True


@dataclass(frozen=True)
class Allocated:
	"""An imputation: the cost it was made from, the euro that cost had then, and the euro it takes to `line`."""

	name: str
	key: CostKey
	line: str
	cost_amount: Decimal
	amount: Decimal
	day: date | None = None
	party: str = ""
	claim: str = ""
	own: bool = True


@dataclass(frozen=True)
class Difference:
	"""One disagreement: the cost, the imputation if it is one's, euro of both, why, and what to do about it."""

	leftover: Leftover
	key: CostKey
	day: date | None
	party: str
	ledger_amount: Decimal
	imputed_amount: Decimal
	reason: Message
	remedy: Message
	allocation: str = ""
	line: str = ""

	@property
	def amount(self) -> Decimal:
		"""Euro by which ledger and imputations differ; zero where the cost is there and its own row tells them."""
		if self.leftover is Leftover.COST or not self.ledger_amount:
			return self.ledger_amount - self.imputed_amount
		return ZERO


def differences(
	costs: Iterable[KnownCost],
	allocations: Iterable[Allocated],
	states: Mapping[tuple[str, str], VoucherState],
	flat_lines: Iterable[str] = (),
) -> list[Difference]:
	"""All disagreements between `costs` and `allocations`, by day, voucher and allocation.

	`allocations` hold every imputation of the costs, other projects' too; only what is `own` is reported. `states` holds the
	vouchers of allocations whose cost is not among `costs`. `flat_lines` are computed and take no voucher.
	"""
	by_key = {cost.key: cost for cost in costs}
	by_voucher: dict[tuple[str, str], list[KnownCost]] = defaultdict(list)
	for cost in by_key.values():
		by_voucher[cost.key.voucher_type, cost.key.voucher_no].append(cost)
	taken: dict[CostKey, Decimal] = defaultdict(lambda: ZERO)
	flat = set(flat_lines)
	found = []
	for part in allocations:
		taken[part.key] += money(part.amount)
		if part.own:
			found += _of_allocation(part, by_key, by_voucher, states, flat)
	for cost in by_key.values():
		if cost.own:
			found += _of_cost(cost, taken.get(cost.key, ZERO), flat)
	return sorted(
		found,
		key=lambda one: (
			str(one.day or ""),
			one.key.voucher_type,
			one.key.voucher_no,
			one.key.account,
			one.key.cost_center,
			one.key.line,
			one.allocation,
		),
	)


def _of_cost(cost: KnownCost, taken: Decimal, flat: set[str]) -> list[Difference]:
	"""A cost that is not wholly taken, or taken more than wholly."""
	left = money(cost.amount) - taken
	if not left:
		return []
	values = {"amount": money(cost.amount), "taken": taken, "left": left, "line": cost.key.line}
	if cost.key.line in flat:
		reason = _("The ledger carries a cost on line {line}, which is a flat rate and takes no vouchers.")
		remedy = _("Put the right line, or none, on the voucher.")
	elif taken and (left < 0) != (money(cost.amount) < 0):
		reason = _("EUR {taken} are imputed of a cost of EUR {amount}.")
		remedy = _("Lower one of the imputations, or cancel it.")
	elif taken:
		reason = _("Only EUR {taken} of EUR {amount} are imputed: EUR {left} are left.")
		remedy = _("Impute what is left to a line, or leave it to the organisation's own funds.")
	elif cost.key.line:
		reason = _("The cost carries line {line}, and no imputation takes it.")
		remedy = _("Make a Cost Allocation for it, or take the line off the voucher.")
	else:
		reason = _("The cost stands on the project or its cost center, and carries no line.")
		remedy = _("Accept a line in Cost Suggestions, or impute it by hand.")
	return [
		Difference(
			Leftover.COST,
			cost.key,
			cost.day,
			cost.party,
			money(cost.amount),
			taken,
			Message(reason, values),
			Message(remedy, values),
			line=cost.key.line,
		)
	]


def _of_allocation(
	part: Allocated,
	by_key: Mapping[CostKey, KnownCost],
	by_voucher: Mapping[tuple[str, str], list[KnownCost]],
	states: Mapping[tuple[str, str], VoucherState],
	flat: set[str],
) -> list[Difference]:
	cost = by_key.get(part.key)
	ledger_amount = money(cost.amount) if cost else ZERO
	voucher = (part.key.voucher_type, part.key.voucher_no)
	values: dict[str, object] = {
		"voucher": part.key.voucher_no,
		"account": part.key.account,
		"center": part.key.cost_center,
		"now": ledger_amount,
		"then": money(part.cost_amount),
		"line": part.line,
		"tagged": part.key.line,
		"claim": part.claim,
	}
	leftover = Leftover.IMPUTATION
	if not cost:
		others = by_voucher.get(voucher, [])
		reason, remedy = _of_a_lost_cost(part, others, states.get(voucher, VoucherState.GONE), values)
	elif money(part.cost_amount) != ledger_amount:
		reason = _("The ledger now has EUR {now} here; it had EUR {then} when this was imputed.")
		remedy = _("Open the imputation and save it again, or cancel and amend it.")
	elif part.line in flat:
		reason = _("Line {line} is a flat rate: it is computed, and no voucher is imputed to it.")
		remedy = _("Move the cost to a line of real costs.")
	elif part.key.line and part.key.line != part.line:
		leftover = Leftover.OTHER_LINE
		reason = _("The ledger carries line {tagged}, and the cost is imputed to line {line}.")
		remedy = _(
			"Leave it so if it is meant: both lines differ by this amount. Else correct one of the two."
		)
	else:
		return []
	if part.claim and leftover is Leftover.IMPUTATION:
		remedy = _("It stands in claim {claim}: correct the accounts with a credit note or a new entry.")
	return [
		Difference(
			leftover,
			part.key,
			part.day,
			part.party,
			ledger_amount,
			money(part.amount),
			Message(reason, values),
			Message(remedy, values),
			part.name,
			part.line,
		)
	]


def _of_a_lost_cost(
	part: Allocated, others: list[KnownCost], state: VoucherState, values: dict[str, object]
) -> tuple[str, str]:
	"""Why an imputation's cost is not there any more, and what to do; may add to `values`."""
	if state is VoucherState.CANCELLED and not others:
		return (
			_("Voucher {voucher} was cancelled, and its imputation is still there."),
			_("Cancel or delete the imputation."),
		)
	if state is VoucherState.DRAFT and not others:
		return (
			_("Voucher {voucher} is a draft: the ledger has no cost of it."),
			_("Submit the voucher, or cancel or delete the imputation."),
		)
	if state is VoucherState.GONE and not others:
		return (
			_("There is no voucher {voucher}: it was deleted or renamed."),
			_("Cancel or delete the imputation, and impute the right voucher."),
		)
	same_place = [
		cost
		for cost in others
		if (cost.key.account, cost.key.cost_center) == (part.key.account, part.key.cost_center)
	]
	if same_place:
		values["others"] = ", ".join(sorted({cost.key.line for cost in same_place if cost.key.line}))
		if not values["others"]:
			return (
				_("The ledger row carried line {tagged} when this was imputed, and now it carries none."),
				_("Put the line back on the voucher, or impute the cost again."),
			)
		if not part.key.line:
			return (
				_("The ledger row carried no line when this was imputed, and now it carries {others}."),
				_("Cancel or delete the imputation, and impute the cost again."),
			)
		return (
			_("The ledger row carried line {tagged} when this was imputed, and now it carries {others}."),
			_("Cancel or delete the imputation, and impute the cost again."),
		)
	if any(cost.key.account == part.key.account for cost in others):
		return (
			_("The voucher's cost on {account} is no longer on cost center {center}."),
			_("Cancel or delete the imputation, and impute the cost again."),
		)
	return (
		_(
			"The voucher has no cost on account {account} any more: it was posted again, or its cost was taken back."
		),
		_("Cancel or delete the imputation, and impute what the ledger has now."),
	)
