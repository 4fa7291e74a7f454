"""Ledger and imputations that disagree: what is left over, why, and what to do."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.differences import (
	Allocated,
	CostKey,
	KnownCost,
	Leftover,
	VoucherState,
	differences,
)

DAY = date(2026, 5, 1)


def key(voucher="PI-1", account="Servizi", center="CC", line="A.1"):
	return CostKey("Purchase Invoice", voucher, account, center, line)


def cost(amount=100, own=True, **place):
	return KnownCost(key(**place), Decimal(str(amount)), DAY, "Fornitore", own)


def part(amount=100, name="CAL-1", to="A.1", cost_amount=100, claim="", own=True, **place):
	return Allocated(
		name, key(**place), to, Decimal(str(cost_amount)), Decimal(str(amount)), DAY, "Fornitore", claim, own
	)


def only(costs, allocations, states=None, flat=()):
	(found,) = differences(costs, allocations, states or {}, flat)
	return found


def test_a_cost_that_is_wholly_imputed_is_no_difference():
	assert differences([cost()], [part()], {}) == []
	assert differences([cost()], [part(60), part(40, "CAL-2")], {}) == []


@pytest.mark.parametrize(
	("costs", "allocations", "amount", "says"),
	[
		([cost()], [], 100, "The cost carries line A.1, and no imputation takes it."),
		([cost(line="")], [], 100, "carries no line"),
		([cost()], [part(60)], 40, "Only EUR 60,00 of EUR 100,00 are imputed: EUR 40,00 are left."),
		([cost()], [part(), part(20, "CAL-2")], -20, "EUR 120,00 are imputed of a cost of EUR 100,00."),
	],
)
def test_a_cost_that_is_left_over(costs, allocations, amount, says):
	found = only(costs, allocations)
	assert found.leftover is Leftover.COST
	assert found.amount == amount
	assert says in found.reason.render()
	assert found.remedy.render()


def test_what_another_project_takes_counts_and_is_not_reported():
	assert differences([cost()], [part(60), part(40, "CAL-2", to="B.9", own=False, line="A.1")], {}) == []
	assert differences([cost(own=False)], [], {}) == []


@pytest.mark.parametrize(
	("costs", "state", "says"),
	[
		([], VoucherState.CANCELLED, "Voucher PI-1 was cancelled"),
		([], VoucherState.GONE, "deleted or renamed"),
		([], VoucherState.DRAFT, "is a draft"),
		([], VoucherState.POSTED, "no cost on account Servizi any more"),
		([cost(account="Acquisti", own=False)], VoucherState.POSTED, "no cost on account Servizi any more"),
		([cost(center="Altro", own=False)], VoucherState.POSTED, "no longer on cost center CC"),
		(
			[cost(line="A.2", own=False)],
			VoucherState.POSTED,
			"carried line A.1 when this was imputed, and now it carries A.2",
		),
		([cost(line="", own=False)], VoucherState.POSTED, "now it carries none"),
	],
)
def test_an_imputation_whose_cost_went(costs, state, says):
	found = only(costs, [part()], {("Purchase Invoice", "PI-1"): state})
	assert found.leftover is Leftover.IMPUTATION
	assert (found.ledger_amount, found.imputed_amount, found.allocation) == (0, 100, "CAL-1")
	assert says in found.reason.render()


def test_a_line_that_the_ledger_got_afterwards():
	found = only([cost(line="A.2", own=False)], [part(line="")])
	assert "carried no line when this was imputed, and now it carries A.2" in found.reason.render()


def test_a_cost_that_changed_since():
	changed = differences([cost(80)], [part()], {})
	assert [one.leftover for one in changed] == [Leftover.COST, Leftover.IMPUTATION]
	assert "now has EUR 80,00 here; it had EUR 100,00" in changed[1].reason.render()
	assert "80,00" in changed[0].reason.render()


def test_a_claimed_imputation_is_corrected_in_the_accounts():
	found = only([], [part(claim="RC-1")], {("Purchase Invoice", "PI-1"): VoucherState.CANCELLED})
	assert "It stands in claim RC-1" in found.remedy.render()


def test_a_cost_imputed_to_another_line_than_the_ledgers_is_told():
	found = only([cost()], [part(to="B.2")])
	assert (found.leftover, found.line, found.amount) == (Leftover.OTHER_LINE, "B.2", 0)
	assert "carries line A.1, and the cost is imputed to line B.2" in found.reason.render()


def test_flat_rates_take_no_vouchers():
	assert "is a flat rate" in only([cost()], [part()], flat=["A.1"]).reason.render()
	assert "takes no vouchers" in only([cost()], [], flat=["A.1"]).reason.render()


amounts = st.decimals(min_value="0.01", max_value="5000", places=2)


@given(st.dictionaries(st.integers(0, 6), amounts), st.dictionaries(st.integers(0, 6), amounts))
def test_the_differences_explain_the_whole_gap(costs, imputed):
	"""Ledger less imputations is the sum of what the differences say, each cost and each lost imputation once."""
	found = differences(
		[cost(amount, voucher=f"PI-{number}") for number, amount in costs.items()],
		[
			part(amount, f"CAL-{number}", cost_amount=amount, voucher=f"PI-{number}")
			for number, amount in imputed.items()
		],
		{},
	)
	gap = sum(costs.values(), Decimal(0)) - sum(imputed.values(), Decimal(0))
	assert sum((one.amount for one in found), Decimal(0)) == gap
