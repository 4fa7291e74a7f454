"""Exact money, shares and imputations."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.allocation import check_allocation, imputed_amount, share_of
from core_minori.engine.budget import line_amount, source_amounts
from core_minori.engine.message import RuleError
from core_minori.engine.money import money, percent_of, split

euro = st.decimals(min_value="-9999999.99", max_value="9999999.99", places=2)
cost = st.decimals(min_value="0.01", max_value="9999999.99", places=2)
weights = st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=8).filter(any)


@pytest.mark.parametrize(
	("value", "expected"),
	[
		(0.1, "0.10"),
		(1.005, "1.01"),  # a float is read by its text, then rounded half up
		("2.675", "2.68"),
		("-0.005", "-0.01"),
		(None, "0.00"),
		("", "0.00"),
		(7, "7.00"),
	],
)
def test_money_is_two_places_half_up(value, expected):
	assert str(money(value)) == expected


@pytest.mark.parametrize("value", ["ten", "1,50", float("nan"), float("inf")])
def test_money_refuses_what_is_no_amount(value):
	with pytest.raises(ValueError, match="not an amount"):
		money(value)


@given(euro, weights)
def test_parts_sum_to_the_whole(amount, shares):
	parts = split(amount, shares)
	assert sum(parts) == amount
	assert len(parts) == len(shares)
	assert all(part == 0 for part, share in zip(parts, shares, strict=True) if share == 0)


def test_last_source_takes_the_rounding_residual():
	assert split(Decimal("100.00"), [1, 1, 1]) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
	assert split(Decimal("0.01"), [50, 50]) == [Decimal("0.01"), Decimal("0.00")]


@pytest.mark.parametrize("shares", [[], [0, 0], [1, -1]])
def test_split_refuses_weights_that_share_nothing(shares):
	with pytest.raises(ValueError, match="weights"):
		split(Decimal("1.00"), shares)


def test_percent_is_rounded_once():
	assert percent_of(Decimal("33.33"), "33.333") == Decimal("11.11")


@given(cost, st.decimals(min_value="0.01", max_value="100", places=2))
def test_an_imputed_share_never_passes_the_cost(amount, percent):
	imputed = imputed_amount(amount, percent)
	assert 0 <= imputed <= amount
	if imputed:
		assert check_allocation(amount, [], imputed) == amount - imputed


@pytest.mark.parametrize("percent", [0, -5, "100.01"])
def test_a_share_is_above_zero_and_at_most_all(percent):
	with pytest.raises(RuleError) as refused:
		imputed_amount(Decimal("10.00"), percent)
	assert refused.value.finding.rule == "allocation-percent"


@given(cost, st.lists(cost, max_size=5))
def test_nothing_is_imputed_over_the_whole_cost(amount, wishes):
	taken = []
	for wish in wishes:
		try:
			check_allocation(amount, taken, wish)
		except RuleError as refused:
			assert refused.finding.rule == "allocation-over"
			assert sum(taken) + wish > amount
		else:
			taken.append(wish)
	assert sum(taken) <= amount


def test_the_refusal_names_what_is_left():
	with pytest.raises(RuleError) as refused:
		check_allocation(Decimal("100"), [Decimal("60")], Decimal("40.01"))
	assert refused.value.finding.message.render() == (
		"EUR 40,01 is more than what is left of this cost: EUR 40,00 of EUR 100,00."
	)


def test_a_credit_note_takes_negative_amounts():
	assert check_allocation(Decimal("-50"), [Decimal("-20")], Decimal("-30")) == 0
	for wanted in ("30", "-30.01"):
		with pytest.raises(RuleError):
			check_allocation(Decimal("-50"), [Decimal("-20")], Decimal(wanted))


def test_a_voucher_without_cost_gives_nothing():
	with pytest.raises(RuleError) as refused:
		check_allocation(Decimal("0"), [], Decimal("1"))
	assert refused.value.finding.rule == "allocation-no-cost"


def test_share_follows_a_typed_amount():
	assert share_of(Decimal("80"), Decimal("20")) == 25
	assert share_of(Decimal("0"), Decimal("20")) == 0


def test_line_amount_is_quantity_times_unit_cost_when_both_are_given():
	assert line_amount(Decimal("1.5"), Decimal("10.33"), Decimal("99")) == Decimal("15.50")
	assert line_amount(None, Decimal("10"), Decimal("99")) == Decimal("99.00")


def test_sources_sum_to_the_budget_and_their_shares_to_a_hundred():
	assert source_amounts(Decimal("1000.01"), [50, 50]) == [Decimal("500.01"), Decimal("500.00")]
	with pytest.raises(RuleError) as refused:
		source_amounts(Decimal("1000"), [50, 49])
	assert "99" in refused.value.finding.message.render()
