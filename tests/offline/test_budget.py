"""What a budget's lines, its approval and its revisions allow."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import core_minori
from core_minori.engine.budget import (
	CHAPTER_BUDGET,
	LARGEST_CHAPTER,
	PlannedLine,
	RevisedLine,
	Transfer,
	budget_rows,
	chapter_movement,
	check_borne,
	check_effective,
	check_fixed,
	check_partner_share,
	is_fixed,
	planned_amounts,
	revised_amounts,
)
from core_minori.engine.flat_rates import FlatRate
from core_minori.engine.message import RuleError, Severity
from core_minori.engine.programme import (
	BY_BASE,
	Rule,
	check_chapters,
	check_eu_share,
	check_indirect_cap,
	check_rate,
	check_rule,
	rule_on,
	rules_on,
	value_of,
	written,
)

DAY = date(2026, 3, 1)


def euro(text: str) -> Decimal:
	return Decimal(text)


def rule_of(error: pytest.ExceptionInfo) -> str:
	return error.value.finding.rule


# --- amounts ----------------------------------------------------------------------------------------------------------

INDIRECT = PlannedLine("L.1", "L", "", euro("0"), FlatRate("L.1", "", Decimal(7), ("A", "B"), "L"))
LINES = [
	PlannedLine("A.1", "A", "Uno", euro("1000")),
	PlannedLine("B.1", "B", "Due", euro("500")),
	INDIRECT,
]


def test_a_budget_is_its_lines_with_the_revisions_and_the_flat_rates_after_them():
	assert planned_amounts(LINES)["L.1"] == euro("105.00")
	new_money = planned_amounts(LINES, [Transfer("", "A.1", euro("100"))])
	assert (new_money["A.1"], new_money["L.1"]) == (euro("1100.00"), euro("112.00"))
	moved = planned_amounts(LINES, [Transfer("A.1", "B.1", euro("0.01"))])
	assert (moved["A.1"], moved["B.1"], moved["L.1"]) == (euro("999.99"), euro("500.01"), euro("105.00"))
	# What a flat-rate line had itself is no matter, and nothing moves it.
	assert planned_amounts(LINES, [Transfer("L.1", "Z.9", euro("50"))])["L.1"] == euro("105.00")


amounts = st.decimals(min_value="0", max_value="99999.99", places=2)


@given(
	st.lists(amounts, min_size=1, max_size=12),
	st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), amounts), max_size=8),
)
def test_transfers_between_lines_keep_the_whole(planned, moves):
	lines = [PlannedLine(str(place), "A", "", amount) for place, amount in enumerate(planned)]
	transfers = [
		Transfer(str(source % len(planned)), str(target % len(planned)), amount)
		for source, target, amount in moves
	]
	assert sum(planned_amounts(lines, transfers).values()) == sum(planned)


@given(
	st.dictionaries(st.text("abcdef", min_size=1, max_size=3), amounts, max_size=15),
	st.lists(st.integers(0, 100), max_size=5).filter(lambda shares: not shares or any(shares)),
)
def test_the_sources_of_the_rows_add_up_to_the_rows(in_force, percents):
	groups = {line: line[0] for line in in_force}
	rows = budget_rows(groups, {}, in_force, percents)
	assert sum(row.in_force for row in rows) == sum(in_force.values())
	assert all(not percents or sum(row.by_source) == row.in_force for row in rows)
	assert all(row.revisions == row.in_force for row in rows)
	lines = budget_rows({line: line for line in in_force}, {}, in_force, percents)
	for place in range(len(percents)):
		assert sum(row.by_source[place] for row in rows) == sum(row.by_source[place] for row in lines)


# --- approval ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("approved_on", "revised", "fixed"),
	[
		(None, False, False),
		(date(2026, 3, 2), False, False),  # the day has not come
		(date(2026, 3, 1), False, True),
		(date(2026, 2, 1), False, True),
		(None, True, True),
	],
)
def test_a_budget_is_fixed_from_its_approval_or_its_first_revision(approved_on, revised, fixed):
	assert is_fixed(approved_on, DAY, revised) is fixed


def test_a_fixed_line_names_what_was_changed_and_sends_to_a_revision():
	check_fixed([])
	with pytest.raises(RuleError) as refusal:
		check_fixed(["Amount", "Chapter"])
	finding = refusal.value.finding
	assert "Amount, Chapter" in finding.message.render()
	assert "Budget Revision" in finding.remedy.render()


def test_a_partner_and_its_lines_agree_or_are_told():
	assert check_partner_share("Uno", euro("10"), euro("10.00")) is None
	finding = check_partner_share("Uno", euro("9"), euro("10"))
	assert (finding.severity, finding.found, finding.allowed) == (
		Severity.INFORM,
		euro("9.00"),
		euro("10.00"),
	)


# --- revisions --------------------------------------------------------------------------------------------------------

REVISED = {
	"A.1": RevisedLine("A.1", "P", "A", euro("1000"), imputed=euro("600"), claimed=euro("400")),
	"A.2": RevisedLine("A.2", "P", "A", euro("0")),
	"B.1": RevisedLine("B.1", "P", "B", euro("500")),
	"B.9": RevisedLine("B.9", "P", "B", euro("500"), disabled=True),
	"L.1": RevisedLine("L.1", "P", "L", euro("105"), is_flat_rate=True),
	"X.1": RevisedLine("X.1", "Q", "A", euro("1000")),
}


@pytest.mark.parametrize(
	("transfer", "rule", "named"),
	[
		(("", "", "10"), "revision-lines", "no line to take from"),
		(("A.1", "A.1", "10"), "revision-lines", "itself"),
		(("A.1", "B.1", "0"), "revision-amount", "0,00"),
		(("A.1", "B.1", "-5"), "revision-amount", "-5,00"),
		(("A.1", "X.1", "10"), "revision-lines", "X.1"),
		(("nothing", "A.1", "10"), "revision-lines", "nothing"),
		(("L.1", "A.1", "10"), "revision-lines", "flat rate"),
		(("A.1", "L.1", "10"), "revision-lines", "flat rate"),
		(("A.1", "B.9", "10"), "revision-lines", "disabled"),
		(("A.1", "B.1", "1000.01"), "revision-too-much", "1.000,01"),
	],
)
def test_what_is_no_transfer_is_refused(transfer, rule, named):
	with pytest.raises(RuleError) as refusal:
		revised_amounts("P", [Transfer(transfer[0], transfer[1], euro(transfer[2]))], REVISED)
	assert rule_of(refusal) == rule
	assert named in refusal.value.finding.message.render()


def test_a_revision_may_take_all_and_pass_money_through_a_line():
	moves = [
		Transfer("B.1", "A.2", euro("500")),
		Transfer("A.2", "A.1", euro("200")),
		Transfer("B.9", "", euro("1")),
	]
	assert revised_amounts("P", moves, REVISED) == {
		"B.1": euro("0.00"),
		"A.2": euro("300.00"),
		"A.1": euro("1200.00"),
		"B.9": euro("499.00"),
	}


@pytest.mark.parametrize(
	("left", "severity"),
	[
		("399.99", Severity.BLOCK),
		("400", Severity.WARN),
		("599.99", Severity.WARN),
		("600", None),
		("1000", None),
	],
)
def test_a_line_keeps_what_is_claimed_and_better_what_is_imputed(left, severity):
	findings = check_borne(REVISED, {"A.1": euro(left)})
	assert [finding.severity for finding in findings] == ([severity] if severity else [])


def test_a_line_already_over_may_get_money():
	over = {"A.1": RevisedLine("A.1", "P", "A", euro("100"), imputed=euro("600"), claimed=euro("600"))}
	assert check_borne(over, {"A.1": euro("300")}) == []


@pytest.mark.parametrize(
	("day", "submitting", "refused"),
	[
		(date(2025, 12, 31), False, True),  # before the project
		(date(2027, 1, 1), False, True),  # after it
		(date(2026, 1, 31), False, True),  # before the approval
		(date(2026, 2, 9), False, True),  # before the last revision
		(date(2026, 2, 10), True, False),
		(date(2026, 3, 2), False, False),  # a draft may wait for its day
		(date(2026, 3, 2), True, True),
	],
)
def test_the_day_of_a_revision(day, submitting, refused):
	def check() -> None:
		check_effective(
			day, DAY, (date(2026, 1, 1), date(2026, 12, 31)), date(2026, 2, 1), date(2026, 2, 10), submitting
		)

	if refused:
		with pytest.raises(RuleError) as refusal:
			check()
		assert rule_of(refusal) == "revision-day"
	else:
		check()


CHAPTER_OF = {"A.1": "A", "A.2": "A", "B.1": "B", "C.1": "C"}
AUTHORISED = {"A": euro("600"), "B": euro("300"), "C": euro("100")}


def tolerance(value: str | None, severity: Severity = Severity.WARN) -> Rule:
	return Rule("chapter-transfer", Decimal(value) if value else None, "%", "", severity, "Manual")


def moved(*transfers: tuple[str, str, str], rule: Rule | None = None, base: str = "Project budget"):
	return chapter_movement(
		[Transfer(source, target, euro(amount)) for source, target, amount in transfers],
		CHAPTER_OF,
		AUTHORISED,
		rule,
		base,
	)


def test_within_a_chapter_nobody_has_to_agree():
	movement = moved(("A.1", "A.2", "600"), rule=tolerance("0"))
	assert (movement.moved, movement.required) == (euro("0.00"), None)


@pytest.mark.parametrize(
	("amount", "base", "required"),
	[
		("100", "Project budget", False),  # 10 % of 1000
		("100.01", "Project budget", True),
		("60", LARGEST_CHAPTER, False),
		("60.01", LARGEST_CHAPTER, True),
		("10", CHAPTER_BUDGET, False),  # C has 100
		("10.01", CHAPTER_BUDGET, True),
	],
)
def test_the_tolerance_is_met_to_the_cent(amount, base, required):
	movement = moved(("A.1", "C.1", amount), rule=tolerance("10"), base=base)
	assert bool(movement.required) is required
	if required:
		assert movement.required.found == euro(amount)
		assert movement.required.allowed == movement.allowed
		assert movement.required.severity is Severity.BLOCK


def test_what_was_moved_before_counts_and_what_came_back_does_not():
	earlier = [("A.1", "B.1", "60")]
	assert moved(*earlier, ("A.2", "C.1", "41"), rule=tolerance("10")).required
	assert not moved(*earlier, ("B.1", "A.2", "41"), rule=tolerance("10")).required


def test_a_chapter_that_was_empty_has_no_tolerance_of_its_own():
	movement = chapter_movement(
		[Transfer("A.1", "D.1", euro("1"))],
		{**CHAPTER_OF, "D.1": "D"},
		AUTHORISED,
		tolerance("10"),
		CHAPTER_BUDGET,
	)
	assert movement.required.message.values["chapter"] == "D"


def test_new_or_returned_money_is_always_authorised():
	for transfer in (("", "A.1", "0.01"), ("A.1", "", "0.01")):
		movement = moved(transfer, rule=tolerance(None))
		assert abs(movement.total_change) == euro("0.01")
		assert movement.required


def test_without_a_tolerance_the_programme_asks_nobody_and_says_so():
	for rule in (None, tolerance(None)):
		movement = moved(("A.1", "C.1", "600"), rule=rule)
		assert movement.required is None
		assert "no tolerance" in movement.note.render()
	assert moved(("A.1", "C.1", "600"), rule=tolerance("10", Severity.INFORM)).required is None


# --- rules of a programme ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("text", "unit", "value"),
	[
		("", "EUR", None),
		(None, "", None),
		("5000", "EUR", Decimal(5000)),
		("5.000,50", "EUR", Decimal("5000.50")),
		("0,3", "%", Decimal("0.3")),
		("2029-12-31", "Date", date(2029, 12, 31)),
		("31/12/2029", "Date", date(2029, 12, 31)),
	],
)
def test_values_are_read_as_people_write_them(text, unit, value):
	assert value_of(text, unit) == value
	assert value_of(written(value), unit) == value


@pytest.mark.parametrize(
	("text", "unit"),
	[
		("5.000", "EUR"),  # five, or five thousand
		("five", "EUR"),
		("nan", "EUR"),
		("-1", "EUR"),
		("101", "%"),
		("12", ""),
		("31/02/2029", "Date"),
		("2029", "Date"),
	],
)
def test_what_is_no_value_in_its_unit_is_refused(text, unit):
	with pytest.raises(RuleError) as refusal:
		value_of(text, unit)
	assert rule_of(refusal) == "rule-value"


def row(idx: int = 1, check: str = "cash-cap", **values) -> dict:
	return {"idx": idx, "check_code": check, "value": "5000", "unit": "EUR", "severity": "Block", **values}


def test_two_rows_of_a_check_hold_on_different_days():
	old = row(valid_from=date(2022, 1, 1), valid_to=date(2022, 12, 31), value="2000")
	new = row(2, valid_from=date(2023, 1, 1))
	check_rule(new, [old])
	assert rule_on([old, new], "cash-cap", date(2022, 12, 31)).value == 2000
	assert rule_on([old, new], "cash-cap", date(2023, 1, 1)).value == 5000
	assert rule_on([old, new], "cash-cap", date(2021, 12, 31)) is None
	for overlap in (row(2), row(2, valid_from=date(2022, 12, 31)), row(2, base="another")):
		with pytest.raises(RuleError) as refusal:
			check_rule(overlap, [old])
		assert rule_of(refusal) == "rule-overlap"
	check_rule(row(2, "line-budget"), [old])


def test_checks_with_several_bases_hold_together():
	assert "eu-share" in BY_BASE
	first = row(check="eu-share", value="75", unit="%", base="Total")
	check_rule(row(2, "eu-share", value="90", unit="%", base="Specific actions"), [first])
	with pytest.raises(RuleError):
		check_rule(row(2, "eu-share", value="90", unit="%", base=" total "), [first])


def test_a_row_is_in_order_and_in_its_unit():
	with pytest.raises(RuleError) as refusal:
		check_rule(row(valid_from=date(2023, 1, 2), valid_to=date(2023, 1, 1)))
	assert rule_of(refusal) == "rule-validity"
	with pytest.raises(RuleError) as refusal:
		check_rule(row(value="50", unit="%"))
	assert rule_of(refusal) == "rule-unit"


def chapter(code: str, base: str | None = None, percent: float | None = None) -> dict:
	return {
		"chapter_code": code,
		"is_flat_rate": int(base is not None),
		"flat_rate_percent": percent,
		"flat_rate_base": base,
	}


@pytest.mark.parametrize(
	("chapters", "rule"),
	[
		([chapter("A"), chapter("A")], "chapter-code"),
		([chapter("A,B")], "chapter-code"),
		([chapter("A"), chapter("L", "A, Z", 7)], "flat-rate-base"),
		([chapter("A"), chapter("L", "A", 107)], "flat-rate-percent"),
		([chapter("L", "L", 7)], "flat-rate-circle"),
		([chapter("A", "L", 20), chapter("L", "A", 7)], "flat-rate-circle"),
	],
)
def test_chapters_that_do_not_fit_are_refused(chapters, rule):
	with pytest.raises(RuleError) as refusal:
		check_chapters(chapters)
	assert rule_of(refusal) == rule


def test_a_flat_rate_chapter_may_leave_rate_and_base_to_the_line():
	check_chapters([chapter("A"), chapter("L", "", None)])
	check_rate("L.1", 7, ("A",), ["A", "L"])


def test_the_unions_share_names_the_limit_and_what_the_higher_one_is_for():
	rules = [
		Rule("eu-share", Decimal(limit), "%", base, Severity.WARN, "art. 15")
		for limit, base in (("90", "Specific actions"), ("75", "Any project"))
	]
	assert check_eu_share(Decimal(75), rules) is None
	finding = check_eu_share(Decimal("75.01"), rules)
	assert finding.allowed == 75
	assert "Specific actions" in finding.remedy.render()
	assert check_eu_share(Decimal(91), rules).allowed == 90
	assert check_eu_share(Decimal(100), []) is None


def test_the_indirect_cap_is_checked_when_it_is_set():
	cap = Rule("indirect-cap", Decimal(7), "%", "", Severity.BLOCK, "art. 54")
	assert check_indirect_cap("L.1", Decimal(7), cap) is None
	assert check_indirect_cap("L.1", Decimal("7.5"), cap).severity is Severity.BLOCK
	options = [
		Rule("sco-option", Decimal(limit), "%", f"{limit} of staff", Severity.INFORM, "")
		for limit in (40, 15)
	]
	warned = check_indirect_cap("L.1", Decimal(15), cap, options)
	assert warned.severity is Severity.WARN
	assert "15 of staff" in warned.remedy.render()
	assert check_indirect_cap("L.1", Decimal(41), cap, options).severity is Severity.BLOCK
	for unset in (None, Rule("indirect-cap", None, "%", "", Severity.BLOCK, "")):
		assert check_indirect_cap("L.1", Decimal(50), unset) is None


# --- the programmes that come with the app ----------------------------------------------------------------------------

PACKAGE = Path(core_minori.__file__).parent
PROGRAMMES = {
	programme["programme_name"]: programme
	for programme in json.loads((PACKAGE / "setup/data/funding_programmes.json").read_text())
}


def dated(rule: dict, idx: int = 0) -> dict:
	days = {key: date.fromisoformat(rule[key]) for key in ("valid_from", "valid_to") if rule.get(key)}
	return {**rule, **days, "idx": idx}


@pytest.mark.parametrize("name", PROGRAMMES)
def test_the_programmes_of_the_app_pass_their_own_rules(name):
	programme = PROGRAMMES[name]
	check_chapters(programme["chapters"])
	rows = [dated(rule, idx) for idx, rule in enumerate(programme["rules"], 1)]
	for place, rule in enumerate(rows):
		check_rule(rule, rows[:place])
		assert rule["source"], rule["check_code"]
		assert rule["mark"] in ("verified", "verified-analog", "unverified", "derived")
		assert rule["severity"] in ("Inform", "Warn", "Block")


def test_every_check_has_an_option_and_fami_has_a_row_for_each():
	options = next(
		field["options"].split("\n")
		for field in json.loads((PACKAGE / "funding/doctype/funding_rule/funding_rule.json").read_text())[
			"fields"
		]
		if field["fieldname"] == "check_code"
	)
	used = {rule["check_code"] for programme in PROGRAMMES.values() for rule in programme["rules"]}
	assert used <= set(options)
	assert {rule["check_code"] for rule in PROGRAMMES["FAMI 2021-2027"]["rules"]} == set(options)


def test_the_cash_cap_follows_the_law_in_time():
	rules = [dated(rule) for rule in PROGRAMMES["FAMI 2021-2027"]["rules"]]
	assert rule_on(rules, "cash-cap", date(2022, 6, 1)).value == 2000
	assert rule_on(rules, "cash-cap", date(2023, 1, 1)).value == 5000


def test_the_simplified_cost_options_are_data():
	rules = [dated(rule) for rule in PROGRAMMES["FAMI 2021-2027"]["rules"]]
	assert [rule.value for rule in rules_on(rules, "sco-option", DAY)] == [7, 15, 25, 20, 40]
	indirect = next(row for row in PROGRAMMES["FAMI 2021-2027"]["chapters"] if row["chapter_code"] == "L")
	assert indirect["flat_rate_percent"] == 7


def test_sai_has_its_own_chapters():
	assert [row["chapter_code"] for row in PROGRAMMES["SAI"]["chapters"]] == "P L B G S T I A Ci".split()
