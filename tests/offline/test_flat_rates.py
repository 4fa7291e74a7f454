"""Flat rates: always their per cent of their base, whatever the order; circles are refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.flat_rates import FlatRate, chapters_of, flat_rate_amounts, in_order
from core_minori.engine.message import RuleError
from core_minori.engine.money import ZERO, percent_of

INDIRECT = FlatRate("L.1", "", Decimal(7), ("A", "B"), "L")


def rate(line: str, base: str, percent: str = "10", partner: str = "") -> FlatRate:
	return FlatRate(line, partner, Decimal(percent), chapters_of(base), line.split(".")[0])


def test_indirect_costs_are_seven_per_cent_of_the_direct_ones():
	found = flat_rate_amounts(
		[INDIRECT],
		{("A", "Uno"): Decimal("1000.05"), ("B", ""): Decimal("0.10"), ("C", "Uno"): Decimal("9999")},
	)
	assert found["L.1"].base == Decimal("1000.15")
	assert found["L.1"].amount == Decimal("70.01")


def test_a_partners_rate_is_taken_of_the_partners_costs_alone():
	direct = {("A", "Uno"): Decimal(100), ("A", "Due"): Decimal(50), ("A", ""): Decimal(7)}
	found = flat_rate_amounts([rate("L.1", "A", partner="Uno"), rate("L.2", "A", partner="Due")], direct)
	assert (found["L.1"].amount, found["L.2"].amount) == (Decimal("10.00"), Decimal("5.00"))


def test_a_rate_on_a_rate_takes_what_that_one_comes_to():
	# Staff as 20 per cent of the other direct costs (art. 55), then indirect costs as 15 per cent of staff (art. 54).
	staff, indirect = rate("A.1", "B,C", "20"), rate("L.1", "A", "15")
	found = flat_rate_amounts([indirect, staff], {("B", ""): Decimal(600), ("C", ""): Decimal(400)})
	assert found["A.1"].amount == Decimal("200.00")
	assert found["L.1"].amount == Decimal("30.00")
	assert list(found) == ["L.1", "A.1"]


def test_no_base_is_no_amount():
	assert flat_rate_amounts([INDIRECT], {})["L.1"].amount == ZERO
	assert flat_rate_amounts([], {("A", ""): Decimal(1)}) == {}


@pytest.mark.parametrize(
	"rates",
	[
		[rate("L.1", "A,L")],
		[rate("A.1", "L"), rate("L.1", "A")],
		[rate("A.1", "B"), rate("B.1", "C"), rate("C.1", "A"), rate("L.1", "A,B,C")],
	],
)
def test_circles_are_refused_and_named(rates):
	with pytest.raises(RuleError) as refusal:
		flat_rate_amounts(rates, {})
	named = refusal.value.finding.message.values["lines"]
	assert refusal.value.finding.rule == "flat-rate-circle"
	assert named.split(", ") == [one.line for one in rates if one.line != "L.1" or len(rates) < 4]


def test_rates_of_two_partners_on_each_others_chapters_are_no_circle():
	rates = [rate("A.1", "L", partner="Uno"), rate("L.1", "A", partner="Due")]
	assert len(in_order(rates)) == 2


def test_a_line_is_there_once():
	with pytest.raises(ValueError, match="twice"):
		flat_rate_amounts([INDIRECT, INDIRECT], {})


def test_chapter_codes_are_read_as_people_write_them():
	assert chapters_of(" A,B ; C,,A") == ("A", "B", "C")
	assert chapters_of(None) == ()


euro = st.decimals(min_value="-99999.99", max_value="9999999.99", places=2)
partners = st.sampled_from(["", "Uno", "Due"])
# A rate may only rest on chapters before its own, so that there is no circle.
CHAPTERS = "ABCDEFGH"


@st.composite
def layered_rates(draw):
	rates = []
	for number in range(draw(st.integers(0, 8))):
		own = draw(st.integers(1, len(CHAPTERS) - 1))
		base = draw(st.sets(st.sampled_from(CHAPTERS[:own])))
		percent = draw(st.decimals(min_value="0", max_value="100", places=2))
		rates.append(
			FlatRate(f"{CHAPTERS[own]}.{number}", draw(partners), percent, tuple(base), CHAPTERS[own])
		)
	return rates


@given(
	layered_rates(),
	st.dictionaries(st.tuples(st.sampled_from(CHAPTERS), partners), euro),
	st.randoms(use_true_random=False),
)
def test_every_rate_is_its_per_cent_of_its_base_in_any_order(rates, direct, random):
	found = flat_rate_amounts(rates, direct)
	for one in rates:
		base = sum(
			(
				amount
				for (chapter, partner), amount in direct.items()
				if chapter in one.base_chapters and one.partner in ("", partner)
			),
			ZERO,
		) + sum(
			(
				found[other.line].amount
				for other in rates
				if other.chapter in one.base_chapters and one.partner in ("", other.partner)
			),
			ZERO,
		)
		assert found[one.line].base == base
		assert found[one.line].amount == percent_of(base, one.percent)
	shuffled = list(rates)
	random.shuffle(shuffled)
	assert flat_rate_amounts(shuffled, direct) == found
