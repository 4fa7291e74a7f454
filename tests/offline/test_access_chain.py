"""The chain of the access log: whatever is done to the stored rows shows, and where."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.access_chain import (
	CHANGED,
	CUT,
	FIELDS,
	INSERTED,
	ORDER,
	REMOVED,
	START,
	Break,
	Head,
	LetGo,
	canonical,
	key_from,
	mark,
	said,
	same,
	seal,
	verify,
)

KEY = key_from("a secret of the site")
MORNING = datetime(2026, 3, 2, 9, 0, 0, 1)


def row(number: int, **values) -> dict:
	return {
		"name": f"row-{number}",
		"seen_at": MORNING + timedelta(seconds=number),
		"user": "worker@example.test",
		"way": "Form",
		"outcome": "Allowed",
		"case_file": f"CASE-2026-{number:05}",
		"records": 1,
		**values,
	}


BEGINNING = Head(0, START)


def sealed(rows: list[dict], start: Head = BEGINNING) -> list[dict]:
	done, last = [], start
	for each in rows:
		number = last.count + 1
		last = Head(number, seal(last.seal, each, number, KEY))
		done.append({**each, "sequence": number, "seal": last.seal})
	return done


def chain(length: int = 8) -> list[dict]:
	return sealed([row(number) for number in range(1, length + 1)])


def head_of(rows: list[dict]) -> Head:
	return Head(rows[-1]["sequence"], rows[-1]["seal"])


def test_an_untouched_chain_holds():
	rows = chain()
	checked = verify(rows, KEY, anchors=[head_of(rows)])
	assert (checked.rows, checked.head, checked.broken) == (8, head_of(rows), None)


def test_an_empty_log_holds_until_something_was_anchored():
	assert verify([], KEY).broken is None
	assert verify([], KEY, anchors=[Head(1, "a")]).broken == Break(1, CUT)


@pytest.mark.parametrize("field", FIELDS)
def test_a_change_of_any_sealed_field_is_found(field):
	rows = chain()
	rows[3] = {**rows[3], field: "else"}
	assert verify(rows, KEY).broken == Break(4, CHANGED)


def test_a_changed_row_with_a_seal_of_another_key_is_found():
	rows = chain()
	forged = {**rows[3], "user": "nobody@example.test"}
	forged["seal"] = seal(rows[2]["seal"], forged, 4, key_from("a guess"))
	rows[3] = forged
	assert verify(rows, KEY).broken == Break(4, CHANGED)


def test_a_removed_row_is_found():
	rows = chain()
	del rows[3]
	assert verify(rows, KEY).broken == Break(4, REMOVED)


def test_a_removed_row_is_found_when_the_later_ones_were_renumbered():
	rows = chain()
	del rows[3]
	rows = [{**each, "sequence": number} for number, each in enumerate(rows, 1)]
	assert verify(rows, KEY).broken == Break(4, REMOVED)


def test_an_inserted_row_is_found():
	rows = chain()
	forged = {**row(99), "sequence": 4, "seal": "f" * 64}
	pushed = [{**each, "sequence": each["sequence"] + 1} for each in rows[3:]]
	assert verify([*rows[:3], forged, *pushed], KEY).broken == Break(4, INSERTED)


def test_a_row_with_a_number_twice_is_found():
	rows = chain()
	assert verify([*rows[:4], rows[3], *rows[4:]], KEY).broken == Break(4, INSERTED)


def test_a_row_put_at_the_end_is_found():
	rows = chain()
	assert verify([*rows, {**row(9), "sequence": 9, "seal": "f" * 64}], KEY).broken == Break(9, CHANGED)


def test_two_swapped_rows_are_found():
	rows = chain()
	first, second = rows[3], rows[4]
	rows[3], rows[4] = {**second, "sequence": 4}, {**first, "sequence": 5}
	assert verify(rows, KEY).broken == Break(4, ORDER)


def test_a_cut_tail_is_found_by_the_anchor_alone():
	rows = chain()
	anchor = head_of(rows)
	assert verify(rows[:5], KEY).broken is None
	assert verify(rows[:5], KEY, anchors=[anchor]).broken == Break(6, CUT)


def test_a_tail_written_again_does_not_pass_the_anchor():
	rows = chain()
	anchor = head_of(rows)
	again = sealed([row(number, user="other@example.test") for number in range(6, 12)], head_of(rows[:5]))
	assert verify([*rows[:5], *again], KEY, anchors=[anchor]).broken == Break(8, CHANGED)


def test_a_part_is_followed_from_where_the_last_check_ended():
	rows = chain()
	assert verify(rows[5:], KEY, start=head_of(rows[:5])).broken is None
	assert verify(rows[6:], KEY, start=head_of(rows[:5])).broken == Break(6, REMOVED)


def gone(rows: list[dict], last: int) -> tuple[list[dict], LetGo]:
	"""The chain after its first rows left it, and what the row that says so says."""
	vouched = sealed(
		[row(90, way="Retention", record=f"1-{last}", digest=rows[last - 1]["seal"])], head_of(rows)
	)
	return [*rows[last:], *vouched], LetGo(1, last, rows[last - 1]["seal"], vouched[0]["sequence"])


def test_old_rows_may_leave_as_a_whole_with_a_sealed_row_that_says_so():
	rows, let_go = gone(chain(), 3)
	assert verify(rows, KEY, anchors=[Head(2, "x")], let_go=[let_go]).broken is None


def test_rows_that_nobody_vouched_for_are_missing():
	rows, let_go = gone(chain(), 3)
	assert verify(rows, KEY).broken == Break(1, REMOVED)
	assert verify(rows[:-1], KEY, let_go=[let_go]).broken == Break(1, REMOVED)
	assert verify(rows[1:], KEY, let_go=[let_go]).broken == Break(4, REMOVED)


def test_a_vouching_row_counts_for_the_rows_it_names_only():
	rows, let_go = gone(chain(), 3)
	wider = LetGo(1, 4, rows[0]["seal"], let_go.by)
	assert verify(rows[1:], KEY, let_go=[wider]).broken == Break(1, REMOVED)


def test_what_is_sealed_is_the_same_before_and_after_the_database():
	before = row(1, records=3, note=None)
	after = {**before, "records": 3, "note": "", "cases": None}
	assert canonical(before, 1) == canonical(after, 1)
	assert canonical(row(1, user="a", way="bc"), 1) != canonical(row(1, user="ab", way="c"), 1)
	assert canonical(before, 1) != canonical(before, 11)


def test_marks_and_sentences():
	assert same(mark("8 abc", KEY), mark("8 abc", KEY))
	assert not same(mark("8 abc", KEY), mark("8 abc", key_from("other")))
	assert not same(None, mark("8 abc", KEY))
	assert said(Break(4, CUT)).render().endswith("from number 4 on.")


@given(
	length=st.integers(2, 9),
	what=st.sampled_from(["change", "remove", "insert", "swap", "renumber"]),
	data=st.data(),
)
def test_nothing_done_to_the_rows_stays_unseen(length, what, data):
	rows = chain(length)
	anchor = head_of(rows)
	place = data.draw(st.integers(0, length - 1))
	if what == "change":
		rows[place] = {**rows[place], "case_file": "CASE-2026-99999"}
	elif what == "remove":
		del rows[place]
	elif what == "insert":
		rows.insert(place, {**row(50), "sequence": place + 1, "seal": "0" * 64})
	elif what == "renumber":
		del rows[place]
		rows = [{**each, "sequence": number} for number, each in enumerate(rows, 1)]
	else:
		other = data.draw(st.integers(0, length - 1).filter(lambda number: number != place))
		rows[place], rows[other] = (
			{**rows[other], "sequence": place + 1},
			{**rows[place], "sequence": other + 1},
		)
	broken = verify(rows, KEY, anchors=[anchor]).broken
	assert broken is not None
	assert broken.sequence <= place + 1
