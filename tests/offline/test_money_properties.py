"""Ten thousand random projects, from the budget to what the authority leaves of the claim.

Every one has lines with flat rates among them, revisions, costs that officers impute in random parts, and cuts. What
must hold for all of them is asserted; a count shows that the interesting cases did occur.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from core_minori.engine.allocation import check_allocation, imputed_amount
from core_minori.engine.budget import (
	PlannedLine,
	RevisedLine,
	Transfer,
	planned_amounts,
	revised_amounts,
)
from core_minori.engine.claim import Amount, Totals, source_parts, totals, verdict
from core_minori.engine.flat_rates import FlatRate
from core_minori.engine.message import RuleError
from core_minori.engine.money import ZERO, money, percent_of, split

CHAPTERS = ("A", "B", "C")
PARTNERS = ("", "Lead", "Uno", "Due")
# Shares that do not divide a cent evenly are the ones that go wrong.
SOURCES = (
	(Decimal(75), Decimal(20), Decimal(5)),
	(Decimal("33.33"), Decimal("33.33"), Decimal("33.34")),
	(Decimal("50.5"), Decimal("49.5")),
	(Decimal(100),),
)
EXAMPLES = 10_000

seen: Counter[str] = Counter()


def cents(dice: Random) -> Decimal:
	"""Up to a hundred thousand euro; small amounts, where a cent weighs most, as often as large ones."""
	return Decimal(dice.randint(1, 10 ** dice.randint(1, 7))) / 100


def percent(dice: Random) -> Decimal:
	"""Above zero and up to 100, two places; the whole every fourth time."""
	return Decimal(100) if dice.randrange(4) == 0 else Decimal(dice.randint(1, 10_000)) / 100


def random_project(dice: Random) -> tuple[list, list, list, list, tuple[Decimal, ...]]:
	"""Lines, flat rates, revisions, costs with the parts that officers want, and the shares of the sources."""
	plain = [
		(dice.choice(CHAPTERS), dice.choice(PARTNERS), cents(dice)) for _line in range(dice.randint(1, 6))
	]
	flat = [
		(
			dice.choice(PARTNERS),
			percent(dice),
			dice.sample(CHAPTERS, dice.randint(1, 3)),
			bool(dice.randrange(2)),
		)
		for _rate in range(dice.randint(0, 3))
	]
	moves = [(dice.randint(0, 6), dice.randint(0, 6), cents(dice)) for _move in range(dice.randint(0, 5))]
	costs = [
		(
			cents(dice),
			dice.randrange(5) == 0,
			[(dice.randint(0, 5), percent(dice)) for _part in range(dice.randint(0, 4))],
		)
		for _cost in range(dice.randint(0, 5))
	]
	return plain, flat, moves, costs, dice.choice(SOURCES)


def lines_of(plain: list, flat: list) -> list[PlannedLine]:
	"""The plain lines, then the flat rates; some of these stand on the one before them as well."""
	lines = [
		PlannedLine(f"L{place}", chapter, partner, amount)
		for place, (chapter, partner, amount) in enumerate(plain)
	]
	for place, (partner, rate, chapters, on_previous) in enumerate(flat):
		base = tuple(sorted(chapters)) + ((f"F{place - 1}",) if on_previous and place else ())
		name = f"R{place}"
		lines.append(
			PlannedLine(name, f"F{place}", partner, ZERO, FlatRate(name, partner, rate, base, f"F{place}"))
		)
	return lines


def check_flat_rates(rates: list[FlatRate], amounts: list[Amount], found: dict) -> None:
	"""Each flat rate is its per cent of its base, and the base is what the contract says: added up here by hand."""
	chapter_of = {rate.line: rate for rate in rates}
	for rate in rates:
		base = sum(
			(
				row.amount
				for row in amounts
				if row.chapter in rate.base_chapters and rate.partner in ("", row.partner)
			),
			ZERO,
		)
		base += sum(
			(
				found[line].amount
				for line, other in chapter_of.items()
				if other.chapter in rate.base_chapters and rate.partner in ("", other.partner)
			),
			ZERO,
		)
		assert found[rate.line].base == base
		assert found[rate.line].amount == percent_of(base, rate.percent)


def check_sums(found: Totals, amounts: list[Amount], percents: tuple[Decimal, ...]) -> None:
	"""Parts equal the whole to the cent: rows and flat rates, sources, partners by source."""
	assert found.direct == sum((row.amount for row in amounts), ZERO)
	assert found.flat_rate == sum((flat.amount for flat in found.flat_rates.values()), ZERO)
	assert sum(found.by_source, ZERO) == found.total
	for place in range(len(percents)):
		assert sum((parts[place] for parts in found.by_partner.values()), ZERO) == found.by_source[place]
	for row in amounts:
		assert sum(source_parts(row.amount, percents), ZERO) == row.amount


def impute(costs: list, lines: list[PlannedLine], dice: Random) -> list[Amount]:
	"""Officers impute parts of costs in an order of their own; what is over is refused and nothing is taken."""
	wishes = [
		(cost, lines[line % len(lines)], share)
		for cost, (_euro, _credit, parts) in enumerate(costs)
		for line, share in parts
	]
	dice.shuffle(wishes)
	amounts = [-euro if credit else euro for euro, credit, _parts in costs]
	taken: dict[int, list[Decimal]] = {place: [] for place in range(len(costs))}
	rows = []
	for cost, line, share in wishes:
		wanted = imputed_amount(amounts[cost], share)
		free = amounts[cost] - sum(taken[cost], ZERO)
		try:
			left = check_allocation(amounts[cost], taken[cost], wanted)
		except RuleError as error:
			seen[error.finding.rule] += 1
			assert not wanted or abs(wanted) > abs(free), "refused though it would fit"
			continue
		taken[cost].append(wanted)
		assert left == free - wanted
		rows.append(Amount(line.chapter, line.partner, wanted))
	for cost, parts in taken.items():
		assert abs(sum(parts, ZERO)) <= abs(amounts[cost]), "imputed over the whole cost"
		assert all((part < 0) == (amounts[cost] < 0) for part in parts)
		seen["whole cost imputed"] += bool(parts) and sum(parts, ZERO) == amounts[cost]
	return rows


def revise(lines: list[PlannedLine], moves: list) -> None:
	"""Revisions one by one come to what all of them together come to, and only new money changes the direct total."""
	plain = [line for line in lines if not line.rate]
	now = {line.name: line.amount for line in plain}
	done: list[Transfer] = []
	for source, target, amount in moves:
		names = [plain[place].name if place < len(plain) else "" for place in (source, target)]
		transfer = Transfer(*names, amount)
		known = {
			line.name: RevisedLine(line.name, "P", line.chapter, now[line.name], bool(line.rate))
			for line in lines
			if line.name in now
		}
		try:
			changed = revised_amounts("P", [transfer], known)
		except RuleError as error:
			seen[error.finding.rule] += 1
			continue
		before = sum(now.values(), ZERO)
		now.update(changed)
		done.append(transfer)
		new_money = (amount if not names[0] else ZERO) - (amount if not names[1] else ZERO)
		assert sum(now.values(), ZERO) == before + new_money
		assert min(now.values()) >= 0
	together = planned_amounts(lines, done)
	assert {name: together[name] for name in now} == now
	assert planned_amounts(lines, list(reversed(done))) == together, "the order of transfers does not matter"
	rates = [line.rate for line in lines if line.rate]
	if rates:
		seen["flat rates on flat rates"] += any(
			len(rate.base_chapters) > 3 or any(code.startswith("F") for code in rate.base_chapters)
			for rate in rates
		)
		amounts = [Amount(line.chapter, line.partner, now[line.name]) for line in plain]
		check_flat_rates(rates, amounts, totals(amounts, rates, ()).flat_rates)
		for rate in rates:
			assert together[rate.line] == totals(amounts, rates, ()).flat_rates[rate.line].amount


# Hypothesis draws the seed alone: drawing every amount by itself takes it ten times as long as the checks do.
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**64))
def run(seed: int) -> None:
	dice = Random(seed)
	plain, flat, moves, costs, percents = random_project(dice)
	lines = lines_of(plain, flat)
	rates = [line.rate for line in lines if line.rate]
	revise(lines, moves)

	claimed = impute(costs, [line for line in lines if not line.rate], dice)
	found = totals(claimed, rates, percents)
	check_sums(found, claimed, percents)
	check_flat_rates(rates, claimed, found.flat_rates)
	shuffled = dice.sample(claimed, len(claimed))
	assert totals(shuffled, dice.sample(rates, len(rates)), percents) == found, "order does not matter"

	accepted = []
	for row in claimed:
		part = percent_of(row.amount, dice.choice((0, 100, 100, dice.randint(1, 99))))
		outcome = verdict("row", row.amount, part, None, "tagliata")
		assert outcome.accepted == part
		seen["cut"] += part != row.amount
		accepted.append(Amount(row.chapter, row.partner, outcome.accepted))
	left = totals(accepted, rates, percents)
	check_sums(left, accepted, percents)
	check_flat_rates(rates, accepted, left.flat_rates)
	if all(row.amount >= 0 for row in claimed):
		assert left.total <= found.total
	seen["claim with a flat rate"] += bool(found.flat_rate)
	seen["projects"] += 1


def test_ten_thousand_random_projects_add_up() -> None:
	"""Nothing over 100 per cent, parts equal the whole, flat rates are their rate of their base, order is no matter."""
	run()
	assert seen["projects"] >= EXAMPLES
	for case in (
		"allocation-over",
		"revision-too-much",
		"revision-lines",
		"whole cost imputed",
		"flat rates on flat rates",
		"cut",
		"claim with a flat rate",
	):
		assert seen[case] > 100, f"{case} hardly occurred: {seen}"


def test_a_split_gives_the_residual_to_the_last_source() -> None:
	"""Three thirds of ten cents: the last takes what is left."""
	assert split(money("0.10"), SOURCES[1]) == [Decimal("0.03"), Decimal("0.03"), Decimal("0.04")]
