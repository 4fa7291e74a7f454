"""Is it the same person: figures over planted people, and the rules one by one."""

from datetime import date

import pytest
from planted_people import crowd, pairs

from core_minori.engine.duplicates import Level, Person, found_by, keys_of, matches, skeleton, words_of

SEED = 2026
BORN = date(2009, 5, 17)


def measured(sought: list[tuple[Person, Person]], on_file: list[Person]) -> tuple[float, float]:
	"""Recall and precision of the warning when the second of each pair is sought by its keys among those on file."""
	by_key: dict[str, list[Person]] = {}
	for person in on_file:
		for key in keys_of(person):
			by_key.setdefault(key, []).append(person)
	right = warned = 0
	for known, again in sought:
		candidates = {person.code: person for key in keys_of(again) for person in by_key.get(key, ())}
		found = {match.code for match in matches(again, list(candidates.values()))}
		right += known.code in found
		warned += len(found)
	return right / len(sought), right / warned


def test_two_hundred_pairs_are_found_in_a_crowd_of_over_two_thousand():
	tuned, held_out = pairs(100, False, SEED), pairs(100, True, SEED)
	known = [person for person, _again in (*tuned, *held_out)]
	others = crowd(known, 2000, SEED + 1)
	on_file = known + others
	assert len(others) >= 2000
	figures = {}
	for name, sought in (("tuned on", tuned), ("held out", held_out), ("all", tuned + held_out)):
		recall, precision = figures[name] = measured(sought, on_file)
		print(
			f"{name}: {len(sought)} pairs among {len(on_file)} people: recall {recall:.3f}, precision {precision:.3f}"
		)
	recall, precision = figures["all"]
	assert recall >= 0.95
	assert precision >= 0.8
	recall, precision = figures["held out"]
	assert recall >= 0.9
	assert precision >= 0.75


def one(match_of: Person, candidate: Person):
	found = matches(match_of, [candidate])
	return found[0] if found else None


@pytest.mark.parametrize(
	("spelling", "another"),
	[
		("Mohammed", "محمد"),
		("Abd al-Rahman", "Abderrahmane"),
		("Abdul Rahman", "عبد الرحمن"),
		("Youssef", "Yusuf"),
		("Qasim", "Kassem"),
		("Yohannes", "ዮሃንስ"),
		("Hossain", "হোসেন"),
		("Çela", "Cela"),
		("Gebre Meskel", "Ghebremeskel"),
		("Мохаммед", "Mohamed"),
	],
)
def test_transcriptions_of_a_name_share_a_key(spelling, another):
	assert keys_of(Person(given_name=spelling)) & keys_of(Person(given_name=another))


def test_a_name_may_be_one_word_or_a_hundred_and_forty_characters_or_no_letters_at_all():
	long = ("Wijayakulasuriya " * 9)[:140]
	assert one(Person(given_name=long, birth_date=BORN), Person(code="A", given_name=long, birth_date=BORN))
	alone = Person(given_name="Selam", birth_date=BORN, nationalities=("Eritrea",))
	assert one(alone, Person(code="A", given_name="Selam", birth_date=BORN, nationalities=("Eritrea",)))
	assert matches(Person(given_name="?"), [Person(code="A", given_name="...")]) == []
	assert keys_of(Person(given_name="?")) == frozenset()


def test_the_same_fiscal_code_decides():
	known = Person(code="A", given_name="Zoe", fiscal_code="RSSMRA80A01H501U")
	found = one(Person(given_name="Ahmed", fiscal_code="rss mra80a01h501u"), known)
	assert (found.level, found.score) == (Level.LIKELY, 100)


def test_an_unknown_birth_neither_helps_nor_hurts_and_the_first_of_january_is_weak():
	known = Person(
		code="A", given_name="Ahmed", family_name="Hassan", birth_date=BORN, nationalities=("Egypt",)
	)

	def score(**values) -> int:
		asked = Person(given_name="Ahmad", family_name="Hasan", nationalities=("Egypt",), **values)
		found = one(asked, known)
		return found.score if found else 0

	unknown, weak = score(), score(birth_date=date(2009, 1, 1), birth_date_certainty="Estimated")
	assert unknown < weak < score(birth_date=BORN)
	assert score(birth_date=date(2001, 5, 17)) == 0
	swapped = Person(code="B", given_name="Ahmed", family_name="Hassan", birth_date=date(2009, 7, 5))
	asked = Person(given_name="Hassan", family_name="Ahmed", birth_date=date(2009, 5, 7))
	assert one(asked, swapped).level is Level.LIKELY


def test_a_brother_is_not_the_same_person():
	known = Person(
		code="A", given_name="Ahmed", family_name="Hassan Ali", birth_date=BORN, nationalities=("Egypt",)
	)
	brother = Person(
		given_name="Omar", family_name="Hassan Ali", birth_date=date(2011, 2, 3), nationalities=("Egypt",)
	)
	assert one(brother, known) is None


def test_another_name_by_which_somebody_is_known_counts():
	known = Person(code="A", given_name="Leo", alias="Momo, Ibrahim Othman", birth_date=BORN)
	assert one(Person(given_name="Brahim", family_name="Osman", birth_date=BORN), known)


def test_each_match_says_why():
	known = Person(
		code="A", given_name="Ahmed", family_name="Hassan", birth_date=BORN, sex="Male", phone="333 1234567"
	)
	asked = Person(
		given_name="Ahmed", family_name="Hassan", birth_date=BORN, sex="Female", phone="+39 3331234567"
	)
	said = {reason.render() for reason in one(asked, known).reasons}
	assert {"Same name", "Same date of birth", "Another sex", "Same telephone"} <= said


def test_a_search_finds_by_the_beginning_of_a_name_in_any_script():
	known = Person(given_name="ዮሃንስ", family_name="Tesfay", alias="John")
	for typed in ("yohan", "Iohannes", "tesf", "john", "Tesfai Yohannes"):
		assert found_by(typed, known), typed
	for typed in ("Ahmed", "Yohannes Ahmed", "?", ""):
		assert not found_by(typed, known), typed


def test_words_that_are_no_name_do_not_count():
	assert words_of("Ahmed al Masri") == ("ahmed", "masri")
	assert skeleton("hassan") == skeleton("hasan") != skeleton("ahmed")
