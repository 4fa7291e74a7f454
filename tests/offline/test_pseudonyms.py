"""The export for evaluators: nobody is alone in it, nor between two of them, however few people there are."""

from collections import Counter
from datetime import date, timedelta
from itertools import combinations
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core_minori.engine.pseudonyms import (
	AGE,
	ANY,
	COLUMNS,
	KIND,
	ORIGIN,
	OUTCOME,
	PROJECT,
	RECEPTION,
	REPORTED,
	SEX,
	STEPS,
	UNKNOWN,
	Person,
	Release,
	age_path,
	banded,
	code_of,
	known,
	origin_path,
	period_path,
	release,
	rounded,
	shifted,
	token_of,
)
from core_minori.engine.regions import region_of
from core_minori.engine.small_cells import LEAST

COUNTRIES = {"Egypt": "eg", "Tunisia": "tn", "Gambia": "gm", "Mali": "ml", "Albania": "al", "Peru": "pe"}
DAY = date(2026, 6, 1)


def person(key: str, dice: Random, few: bool = False) -> Person:
	"""A random person; with `few`, one of few kinds of people, so that groups form."""
	country = dice.choice(list(COUNTRIES)[: 2 if few else 6])
	reported = DAY - timedelta(days=dice.randrange(60 if few else 500))
	minor = dice.random() < 0.8
	return Person(
		key,
		{
			KIND: ("Minor", dice.choice(["Alone", "In a Family"])) if minor else ("Adult", "Parent"),
			SEX: (dice.choice(["Male", "Male", "Female"]),),
			AGE: age_path(reported - timedelta(days=dice.randrange(1000, 9000)), reported),
			ORIGIN: origin_path(country, COUNTRIES[country]),
			REPORTED: period_path(reported),
			RECEPTION: dice.choice([("Facility", "First"), ("Facility", "Second"), ("Elsewhere", "Family")]),
			OUTCOME: dice.choice([("Followed", "Plan"), ("Followed", "Start"), ("Ended", "Came of Age")]),
			PROJECT: (dice.choice(["", "A"]),),
		},
	)


def crowd(number: int, seed: int, few: bool = False) -> list[Person]:
	dice = Random(seed)
	return [person(f"p{place:04d}", dice, few) for place in range(number)]


def changed(people: list[Person], dice: Random) -> list[Person]:
	"""The same people some time later: a few left, a few came, of a few something changed."""
	later = [each for each in people if dice.random() > 0.06]
	later = [
		Person(each.key, {**each.paths, OUTCOME: ("Ended", "Came of Age")}) if dice.random() < 0.1 else each
		for each in later
	]
	return later + [person(f"n{dice.random()}", dice) for __ in range(dice.randrange(8))]


def candidates(found: Release, paths: dict[str, tuple]) -> set[str]:
	"""The rows that fit somebody of whom everything is known, and that a reader cannot rule out.

	A wide value stands for who is in no finer group, so the reader keeps to the finest that fits.
	"""
	fitting = [
		group
		for group in found.groups
		if all(
			group.depths.get(column, 0) == 0
			or paths[column][group.depths[column] - 1] == group.values[column]
			for column in COLUMNS
		)
	]
	return (
		set(fitting[0].members) if len(fitting) == 1 else {key for group in fitting for key in group.members}
	)


def joint(releases: list[Release]) -> Counter:
	"""How many people share each history: their group in each export, or none."""
	groups = [found.group_of for found in releases]
	people = {key for each in groups for key in each}
	return Counter(tuple(each.get(key) for each in groups) for key in people)


def check(found: Release, people: list[Person]) -> None:
	inside = [key for group in found.groups for key in group.members]
	assert sorted(inside) == sorted(found.codes)
	assert sorted([*inside, *found.left_out]) == sorted(each.key for each in people)
	assert all(len(group.members) >= LEAST for group in found.groups)
	paths = {each.key: each.paths for each in people}
	for group in found.groups:
		for key in group.members:
			for column in COLUMNS:
				depth = group.depths.get(column, 0)
				assert group.values[column] == (paths[key][column][depth - 1] if depth else ANY)
	# groups that read the same would be one group, and must not be told apart by their number
	labels = Counter(tuple(group.values.items()) for group in found.groups)
	assert all(count >= 1 for count in labels.values())


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 90), st.integers(0, 10**6), st.booleans())
@example(0, 1, True)
@example(1, 1, True)
@example(4, 1, True)
@example(5, 1, True)
@example(9, 1, True)
@example(9, 1, False)
@example(10, 1, True)
def test_nobody_is_alone_in_an_export(number, seed, few):
	people = crowd(number, seed, few)
	found = release(people, [], b"salt")
	check(found, people)
	assert found.people == (number if number >= LEAST else 0)
	for each in people:
		if each.key in found.codes:
			rows = candidates(found, each.paths)
			assert each.key in rows
			assert len(rows) >= LEAST


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 80), st.integers(0, 10**6), st.booleans())
@example(4, 3, True)
@example(5, 3, True)
@example(6, 3, True)
@example(9, 3, True)
def test_nobody_is_alone_between_exports(number, seed, few):
	dice = Random(seed)
	people, releases = crowd(number, seed, few), []
	for turn in range(4):
		found = release(people, [each.group_of for each in releases], bytes([turn]))
		check(found, people)
		releases.append(found)
		people = changed(people, dice)
	# whoever could join the rows of all exports is left with five
	assert all(count >= LEAST for count in joint(releases).values())
	# and whoever subtracts the people of one from those of another, as well
	for one, other in combinations(releases, 2):
		for group in (*one.groups, *other.groups):
			for against in (one, other):
				for rest in (
					set(group.members) - set(against.codes),
					set(group.members) & set(against.codes),
				):
					assert not 0 < len(rest) < LEAST


@pytest.mark.parametrize("change", ["closed", "left", "came"])
def test_one_case_more_or_less_between_two_exports_shows_nothing(change):
	alike = crowd(1, 2)[0].paths
	ends = [("Followed", "Plan"), ("Ended", "Came of Age")]
	people = [Person(f"p{place:04d}", {**alike, OUTCOME: ends[place % 2]}) for place in range(20)]
	first = release(people, [], b"first")
	assert [len(group.members) for group in first.groups] == [10, 10]
	later = {
		"closed": [Person("p0000", people[1].paths), *people[1:]],
		"left": people[1:],
		"came": [*people, Person("new", people[0].paths)],
	}[change]
	second = release(later, [first.group_of], b"second")
	assert all(count >= LEAST for count in joint([first, second]).values())
	# planted: without the memory of the first, the second gives the one away
	blind = release(later, [], b"second")
	assert any(count < LEAST for count in joint([first, blind]).values())


def test_codes_of_two_exports_have_nothing_in_common():
	people = crowd(60, 5)
	first, second = (release(people, [], salt) for salt in (b"one", b"two"))
	assert not set(first.codes.values()) & set(second.codes.values())
	assert len(set(first.codes.values())) == 60
	# the order of the rows is neither that of the cases nor that of the other export
	assert list(first.codes.values()) == sorted(first.codes.values())
	assert list(first.codes) != sorted(first.codes)
	assert list(first.codes) != list(second.codes)
	assert code_of(b"one", "p1") == code_of(b"one", "p1") != code_of(b"two", "p1")
	assert token_of(b"secret", "MIN-1") != token_of(b"other", "MIN-1")


def test_the_same_people_give_the_same_groups_whatever_their_order():
	people = crowd(50, 11)
	one = release(people, [], b"salt")
	other = release(people[::-1], [], b"salt")
	assert {frozenset(group.members) for group in one.groups} == {
		frozenset(group.members) for group in other.groups
	}
	again = release(people, [one.group_of], b"other salt")
	assert {frozenset(group.members) for group in again.groups} == {
		frozenset(group.members) for group in one.groups
	}
	assert not again.left_out


def test_values_become_finer_where_many_are_alike():
	same = crowd(1, 2)[0].paths
	found = release([Person(f"p{place}", same) for place in range(5)], [], b"salt")
	assert dict(found.groups[0].values) == {column: same[column][-1] for column in COLUMNS}
	assert found.widened == 0
	# with one of another kind among them, what he is is said of nobody
	other = Person("q", {**same, KIND: ("Other", "Other")})
	found = release([*(Person(f"p{place}", same) for place in range(5)), other], [], b"salt")
	assert found.groups[0].values[KIND] == ANY
	assert found.wider_by_column == {KIND: 6}
	assert {column for column, __ in STEPS} == set(same)


@settings(max_examples=300, deadline=None)
@given(
	st.lists(st.integers(0, 40), min_size=1, max_size=5), st.lists(st.integers(-3, 3), min_size=5, max_size=5)
)
@example([1], [0] * 5)
@example([56, 1], [0] * 5)
@example([54, 9, 4], [0] * 5)
def test_bands_tell_of_no_small_number_nor_of_a_small_change(counts, moves):
	first = {f"k{place}": count for place, count in enumerate(counts)}
	bands = banded(first)
	assert bool(bands) == (sum(counts) >= LEAST)
	told = known(bands, sum(counts))
	for kind, (low, high) in told.items():
		assert low <= first[kind] <= high
		assert not (low >= 1 and high < LEAST)
	second = {kind: max(0, count + move) for (kind, count), move in zip(first.items(), moves, strict=False)}
	after = banded(second, [told])
	for kind, (low, high) in known(after, sum(second.values())).items():
		least, most = low - told.get(kind, (0, 0))[1], high - told.get(kind, (0, 0))[0]
		assert not (least >= 1 and most < LEAST)
		assert not (most <= -1 and least > -LEAST)


def test_what_the_number_of_people_gives_away_is_made_wider():
	# of 67 people 54 are at most in the first band and 9 in the second: four are left for the third
	assert known({"a": (50, 54), "b": (5, 9), "c": (0, 4)}, 67)["c"] == (4, 4)
	assert banded({"a": 54, "b": 9, "c": 4}) == {"a": (50, 59), "b": (0, 9), "c": (0, 9)}


def test_paths_from_wide_to_fine():
	assert age_path(date(2010, 3, 1), date(2026, 2, 28)) == ("Under 18", "14-17", "14-15")
	assert age_path(date(2010, 3, 1), date(2026, 3, 1)) == ("Under 18", "14-17", "16-17")
	assert age_path(date(1990, 3, 1), date(2026, 3, 1)) == ("18 and over", "25 and over", "25 and over")
	assert age_path(None, DAY) == (UNKNOWN,) * 3
	assert age_path(DAY + timedelta(days=1), DAY) == (UNKNOWN,) * 3
	assert origin_path("Egypt", "eg") == ("Africa", "Northern Africa", "Egypt")
	assert origin_path(None, None) == (UNKNOWN,) * 3
	assert origin_path("Nowhere", "zz") == (UNKNOWN, UNKNOWN, "Nowhere")
	assert period_path(date(2026, 9, 30)) == ("2026", "2026 S2", "2026 T3")
	assert region_of("UA") == ("Europe", "Eastern Europe")
	assert region_of("") is None


def test_days_move_by_three_weeks_at_most_and_sums_are_rounded():
	days = {shifted(b"salt", str(place), DAY) for place in range(500)}
	assert min(days) == DAY - timedelta(days=21)
	assert max(days) == DAY + timedelta(days=21)
	assert shifted(b"salt", "1", DAY) == shifted(b"salt", "1", DAY)
	assert [rounded(value, 5) for value in (0, 2.4, 2.5, 7.5, 12)] == [0, 0, 5, 10, 10]
