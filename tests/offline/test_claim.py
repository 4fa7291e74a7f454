"""What goes into a claim, what freezing it comes to, and what examiners leave of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from planted_claim import costs, facts

from core_minori.engine import claim
from core_minori.engine.claim import (
	Amount,
	Candidate,
	LeftOut,
	Selection,
	Standing,
	Step,
	check_day,
	check_step,
	choose,
	natural,
	no_longer_claimable,
	restored,
	snapshot,
	totals,
	verdict,
)
from core_minori.engine.claim_outcome import Examination, ExaminedRow, outcome_workbook, read_outcome
from core_minori.engine.cost_facts import Payment
from core_minori.engine.flat_rates import FlatRate
from core_minori.engine.message import Message, RuleError

END = date(2026, 4, 30)


def reasons(*candidates, end=END, later=()):
	"""Rule by which each candidate is left out, by allocation."""
	return {left.facts.allocation: left.rule for left in choose(candidates, end, later).left_out}


def test_what_is_confirmed_paid_and_unblocked_is_chosen_whenever_it_was_incurred():
	early = facts(1, incurred_on=date(2025, 1, 1))
	assert [one.allocation for one in choose([Candidate(early)], END).chosen] == [early.allocation]


@pytest.mark.parametrize(
	("candidate", "rule"),
	[
		(Candidate(facts(1), confirmed=False), "claim-unconfirmed"),
		(Candidate(facts(1, incurred_on=date(2026, 5, 1))), "claim-after-period"),
		(Candidate(facts(1, payments=())), "claim-unpaid"),
		(Candidate(facts(1, payments=(Payment(date(2026, 5, 1), Decimal(100)),))), "claim-unpaid"),
		(Candidate(facts(1, payments=(Payment(date(2026, 3, 1), Decimal("99.98")),))), "claim-unpaid"),
		# Paid for this line's part only: the auditor wants the whole document paid.
		(Candidate(facts(1, document_total=Decimal(122))), "claim-unpaid"),
		(Candidate(facts(1), blocked=("no paper",)), "claim-blocked"),
	],
)
def test_what_is_left_out_says_by_which_rule(candidate, rule):
	assert reasons(candidate) == {candidate.facts.allocation: rule}


@pytest.mark.parametrize(
	"values",
	[
		{"voucher_type": "Timesheet"},
		{"hours": Decimal(3)},
		{"cost_method": "Unit Cost"},
		{"cost_method": "Lump Sum"},
		{"is_depreciation": True},
		{"imputed_amount": Decimal(-10)},
	],
)
def test_what_is_not_paid_by_document_needs_no_payment(values):
	assert not reasons(Candidate(facts(1, payments=(), **values)))


def test_the_auditors_own_chapter_may_be_paid_later():
	unpaid = Candidate(facts(1, payments=()))
	assert reasons(unpaid, later={"B"})
	assert not reasons(unpaid, later={"A"})


def test_a_withheld_tax_is_not_paid_to_the_supplier():
	assert not reasons(Candidate(facts(1, document_total=Decimal(80), payments=(Payment(END, Decimal(80)),))))


def test_the_list_runs_by_chapter_and_by_line_as_people_count():
	rows = [facts(1, line="B.1"), replace(facts(2), line_code="A.10"), replace(facts(3), line_code="A.2")]
	chosen = choose([Candidate(row) for row in rows], END).chosen
	assert [row.line_code for row in chosen] == ["A.2", "A.10", "B.1"]
	assert natural("A.2") < natural("A.10") < natural("B.1")


def test_freezing_names_what_changed_since_the_costs_were_picked():
	standing = Standing(1, "P")
	standings = {
		"here": standing,
		"twice": standing,
		"taken": Standing(1, "P", "DDR-1"),
		"own": Standing(1, "P", "DDR-2"),
		"draft": Standing(0, "P"),
		"elsewhere": Standing(1, "Q"),
		"unpaid": standing,
	}
	unpaid = LeftOut(facts(1, allocation="unpaid"), "claim-unpaid", Message("not paid"))
	found = no_longer_claimable(
		["here", "twice", "twice", "taken", "own", "draft", "elsewhere", "gone", "unpaid"],
		standings,
		Selection((), (unpaid,)),
		"P",
		"DDR-2",
	)
	assert [name for name, __ in found] == ["twice", "taken", "draft", "elsewhere", "gone", "unpaid"]
	assert dict(found)["taken"].render() == "Claim DDR-1 has it already."


def test_steps_come_in_their_order_and_no_other():
	status, seen = claim.DRAFT, []
	for step in (
		Step.SUBMIT,
		Step.SEND_TO_AUDITOR,
		Step.AUDITOR_OUTCOME,
		Step.SEND_TO_AUTHORITY,
		Step.AUTHORITY_OUTCOME,
	):
		for other in Step:
			if other not in claim.STEPS[status]:
				with pytest.raises(RuleError):
					check_step(status, other)
		status = check_step(status, step)
		seen.append(status)
	assert seen == ["Claimed", "With the Auditor", "Audited", "With the Authority", "Settled"]
	assert check_step(claim.CLAIMED, Step.CANCEL) == claim.CANCELLED
	with pytest.raises(RuleError):
		check_step(claim.AUDITOR, Step.CANCEL)


def test_a_step_is_dated_after_the_one_before_and_not_ahead():
	day, later = date(2026, 5, 1), date(2026, 5, 2)
	check_day(later, day, later)
	with pytest.raises(RuleError):
		check_day(day, later, later)
	with pytest.raises(RuleError):
		check_day(later, None, day)


@pytest.mark.parametrize(
	("claimed", "accepted", "cut", "left"),
	[
		("100", "80", "20", "80"),
		("100", "80", None, "80"),
		("100", None, "20", "80"),
		("100", "0", None, "0"),
		("-50", "-20", "-30", "-20"),
		("-50", None, "-50", "0"),
	],
)
def test_accepted_and_cut_are_what_was_claimed(claimed, accepted, cut, left):
	found = verdict("r", *(None if one is None else Decimal(one) for one in (claimed, accepted, cut)), "why")
	assert found.accepted == Decimal(left)


@pytest.mark.parametrize(
	("claimed", "accepted", "cut", "reason", "rule"),
	[
		("100", None, None, "why", "outcome-missing"),
		("100", "80", "30", "why", "outcome-sum"),
		("100", "110", None, "why", "outcome-range"),
		("100", None, "110", "why", "outcome-range"),
		("-50", "10", None, "why", "outcome-range"),
		("-50", "-60", None, "why", "outcome-range"),
		("100", "80", "20", "", "outcome-reason"),
		("-50", "-20", None, "", "outcome-reason"),
	],
)
def test_an_impossible_outcome_is_refused(claimed, accepted, cut, reason, rule):
	with pytest.raises(RuleError) as refused:
		verdict("r", *(None if one is None else Decimal(one) for one in (claimed, accepted, cut)), reason)
	assert refused.value.finding.rule == rule


def test_a_cut_row_takes_its_flat_rate_with_it():
	rates = [FlatRate("L.1", "", Decimal(7), ("A",), "L")]
	rows = [Amount("A", "P", Decimal("333.33")), Amount("B", "P", Decimal("66.67"))]
	before = totals(rows, rates, [50, 45, 5])
	assert (before.direct, before.flat_rate, before.total) == (400, Decimal("23.33"), Decimal("423.33"))
	after = totals([replace(rows[0], amount=Decimal(300)), rows[1]], rates, [50, 45, 5])
	assert (after.flat_rate, after.total) == (21, Decimal("387.67"))
	assert sum(after.by_source) == after.total


amounts = st.decimals(Decimal("-9999.99"), Decimal("9999.99"), places=2)


@given(
	st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(("P", "Q", "")), amounts), max_size=30),
	st.lists(st.integers(1, 100), max_size=4),
)
def test_sources_partners_and_totals_are_the_same_cents(rows, percents):
	rates = [FlatRate("L.1", "P", Decimal(7), ("A", "B"), "L"), FlatRate("L.2", "", Decimal(3), ("L",), "M")]
	found = totals([Amount(*row) for row in rows], rates, percents)
	assert found.direct == sum((row[2] for row in rows), Decimal(0))
	assert len(found.by_source) == len(percents)
	if percents:
		assert sum(found.by_source) == found.total
		for place in range(len(percents)):
			assert sum(parts[place] for parts in found.by_partner.values()) == found.by_source[place]


def test_a_snapshot_keeps_every_fact():
	for cost in costs():
		assert restored(snapshot(cost)) == cost
	known = facts(1, rate_allowed=Decimal("23.50"), booked_amount=None, same_document=("X", "Y"))
	assert restored(snapshot(known)) == known
	# A snapshot outlives the program that took it.
	assert restored(snapshot(known).replace('"activity"', '"gone_field"')).activity == ""


def examination(**values):
	"""Three rows, the last one a credit note."""
	rows = tuple(
		ExaminedRow(
			f"row{number}", number, "A", "A.1", "P", party, f"{number}/2026", END, "Cosa", claimed, claimed
		)
		for number, (party, claimed) in enumerate(
			(("=1+1", Decimal("100.10")), ("Rossi", Decimal("50.00")), ("Nota", Decimal("-20.00"))), start=1
		)
	)
	return Examination(
		**{
			"stage": "auditor",
			"claim": "DDR-1",
			"claim_number": 1,
			"project": "P",
			"title": "Prova",
			"cup": "",
			"rows": rows,
			**values,
		}
	)


def filled(change=None, of=None):
	"""The bytes of an outcome's workbook after `change` had its hands on it."""
	book = load_workbook(BytesIO(outcome_workbook(of or examination())))
	if change:
		change(book)
	stream = BytesIO()
	book.save(stream)
	return stream.getvalue()


def cell(**values):
	"""A change of cells of the sheet Esito."""
	return lambda book: [book["Esito"].__setitem__(name, value) for name, value in values.items()]


def test_an_untouched_workbook_accepts_everything():
	outcome = read_outcome(filled(), examination())
	assert not outcome.problems
	assert [one.accepted for one in outcome.verdicts] == [Decimal("100.10"), 50, -20]


def test_only_what_the_examiner_decides_is_unlocked():
	book = load_workbook(BytesIO(outcome_workbook(examination())))
	sheet = book["Esito"]
	assert sheet.protection.sheet and book["Chiave"].sheet_state == "hidden"
	unlocked = {cell.column_letter for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
	assert unlocked == {"K", "L", "M"}
	assert {str(one.sqref) for one in sheet.data_validations.dataValidation} == {"K6:K8", "L6:L8"}
	assert (sheet["F6"].value, sheet["F6"].data_type, sheet["F6"].quotePrefix) == ("=1+1", "s", True)


def test_cuts_are_read_with_their_reasons():
	outcome = read_outcome(
		filled(cell(K6=80.1, M6="Non ammesso", L7=50, K7=None, M7="'=tutto", K8=-5, M8="in parte")),
		examination(),
	)
	assert not outcome.problems
	assert [(one.accepted, one.reason) for one in outcome.verdicts] == [
		(Decimal("80.10"), "Non ammesso"),
		(0, "=tutto"),
		(-5, "in parte"),
	]


@pytest.mark.parametrize(
	("change", "cells"),
	[
		(cell(K6=80.1), {"M6"}),
		(cell(K6=None), {"K6"}),
		(cell(K6="=J6"), {"K6"}),
		(cell(K6="ottanta"), {"K6"}),
		(cell(K6=80.123, M6="x"), {"K6"}),
		(cell(K6=200, M6="x"), {"K6"}),
		(cell(K8=5, M8="x"), {"K8"}),
		(cell(M6='=HYPERLINK("x")', K6=80.1), {"M6"}),
		(cell(J6=90), {"J6"}),
		(cell(A6="row9"), {"A6", ""}),
		(cell(A7="row1"), {"A7", ""}),
		(lambda book: book["Esito"].delete_rows(7), {""}),
		(lambda book: setattr(book["Esito"], "title", "Altro"), {""}),
		(lambda book: book.remove(book["Chiave"]), {""}),
		(lambda book: book["Chiave"].__setitem__("A3", "DDR-9"), {""}),
		(lambda book: book["Chiave"].__setitem__("A2", "authority"), {""}),
		(lambda book: book["Chiave"].__setitem__("A4", "0"), {""}),
	],
)
def test_a_tampered_workbook_brings_nothing_in_and_says_where(change, cells):
	outcome = read_outcome(filled(change), examination())
	assert not outcome.verdicts
	assert {problem.cell for problem in outcome.problems} == cells


def test_the_workbook_of_another_claim_or_of_other_amounts_is_refused():
	for other in (
		examination(claim="DDR-2"),
		examination(stage="authority"),
		examination(rows=(replace(examination().rows[0], claimed=Decimal(1)), *examination().rows[1:])),
	):
		assert read_outcome(filled(of=other), examination()).problems


def test_what_is_no_workbook_is_refused_in_words():
	for content in (b"", b"ciao", b"PK\x03\x04rotto", b"%PDF-1.7"):
		outcome = read_outcome(content, examination())
		assert outcome.problems and not outcome.verdicts


def test_rows_may_be_sorted_by_the_examiner():
	def swap(book):
		sheet = book["Esito"]
		for place in range(1, 14):
			sheet.cell(6, place).value, sheet.cell(7, place).value = (
				sheet.cell(7, place).value,
				sheet.cell(6, place).value,
			)

	outcome = read_outcome(filled(swap), examination())
	assert [one.row for one in outcome.verdicts] == ["row1", "row2", "row3"]
