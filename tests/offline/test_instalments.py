"""Instalments of a grant and the cash of a project month by month."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.cash_forecast import forecast, months, paid_parts
from core_minori.engine.instalments import (
	Instalment,
	check_guarantee,
	check_order,
	check_receipt,
	check_trigger,
	instalment_amounts,
	next_instalment,
)
from core_minori.engine.message import RuleError, Severity

euro = st.decimals(min_value="0.00", max_value="999999.99", places=2)


def eur(text: str) -> Decimal:
	return Decimal(text)


PLAN = [
	Instalment(1, "Advance", eur("40000.00"), received=eur("40000.00")),
	Instalment(2, "Interim", eur("40000.00"), trigger_percent=Decimal(70)),
	Instalment(3, "Balance", eur("20000.00")),
]


@given(euro, st.lists(st.integers(1, 99), min_size=1, max_size=5))
def test_instalments_sum_to_the_project_and_the_last_takes_the_residual(total, weights):
	percents = [Decimal(weight) * 100 / sum(weights) for weight in weights]
	amounts = instalment_amounts(total, percents)
	assert sum(amounts) == total


def test_the_residual_is_on_the_last():
	assert instalment_amounts(eur("100.01"), [33, 33, 34]) == [eur("33.00"), eur("33.00"), eur("34.01")]


@pytest.mark.parametrize("percents", [[40, 40], [60, 60], [50, 0, 50], [120, -20], [50, None, 50]])
def test_shares_that_are_no_whole_are_refused(percents):
	with pytest.raises(RuleError) as refused:
		instalment_amounts(eur("100.00"), percents)
	assert refused.value.finding.rule == "instalment-shares"


@pytest.mark.parametrize(
	("kinds", "fine"),
	[
		(["Advance", "Interim", "Interim", "Balance"], True),
		(["Interim"], True),
		(["Interim", "Advance"], False),
		(["Balance", "Interim"], False),
		(["Advance", "Advance", "Balance"], False),
	],
)
def test_the_advance_comes_first_and_the_balance_last(kinds, fine):
	if fine:
		check_order(kinds)
	else:
		with pytest.raises(RuleError):
			check_order(kinds)


@pytest.mark.parametrize(
	("reference", "expires", "rule"),
	[
		("", None, "guarantee-missing"),
		("POL-1", date(2026, 3, 1), None),
		("POL-1", date(2026, 2, 28), "guarantee-expiry"),
		("POL-1", date(2025, 12, 1), "guarantee-expiry"),
		("POL-1", None, None),
	],
)
def test_a_guarantee_is_named_and_spoken_of_from_sixty_days_before_its_expiry(reference, expires, rule):
	finding = check_guarantee(1, reference, expires, date(2025, 12, 30))
	assert (finding and finding.rule) == rule
	assert check_guarantee(1, reference, expires, date(2025, 12, 30), outstanding=False) is None


def test_an_expired_guarantee_is_said_to_have_expired():
	finding = check_guarantee(2, "POL-1", date(2025, 12, 1), date(2025, 12, 30))
	assert finding.message.render() == "The guarantee POL-1 of instalment 2 expired on 01/12/2025."


def test_more_than_the_instalment_is_said_with_the_amounts():
	assert check_receipt(1, eur("100.00"), eur("60.00"), eur("40.00")) is None
	finding = check_receipt(1, eur("100.00"), eur("60.00"), eur("40.01"))
	assert (finding.severity, finding.found, finding.allowed) == (
		Severity.WARN,
		eur("100.01"),
		eur("100.00"),
	)
	assert finding.message.render().endswith("EUR 100,01 were received, EUR 0,01 more.")


def test_the_next_instalment_is_the_first_with_money_to_come():
	assert next_instalment(PLAN).number == 2
	assert next_instalment([Instalment(1, "Advance", eur("1.00"), received=eur("2.00"))]) is None


@pytest.mark.parametrize(
	("spent", "open_"), [("27999.99", False), ("28000.00", True), ("40000.00", True), ("0.00", False)]
)
def test_the_spent_share_opens_the_next_instalment(spent, open_):
	finding = check_trigger(PLAN, 2, eur(spent))
	assert (finding.severity is Severity.INFORM) is open_
	assert finding.allowed == eur("70.00")


def test_what_is_missing_is_said_in_euro():
	finding = check_trigger(PLAN, 2, eur("20000.00"))
	assert finding.found == eur("50.00")
	assert "50,00 % of EUR 40.000,00 received, at least 70,00 % are needed" in finding.message.render()
	assert finding.remedy.render() == "EUR 8.000,00 more have to be spent and imputed."


def test_a_row_without_a_share_follows_the_programme():
	plan = [PLAN[0], Instalment(2, "Interim", eur("60000.00"))]
	assert check_trigger(plan, 2, eur("1.00")).severity is Severity.INFORM
	assert check_trigger(plan, 2, eur("1.00"), Decimal(80)).severity is Severity.WARN
	assert check_trigger(plan, 2, eur("32000.00"), Decimal(80)).severity is Severity.INFORM
	blocked = check_trigger(plan, 2, eur("1.00"), Decimal(80), Severity.BLOCK, "Manual, art. 3")
	assert (blocked.severity, blocked.source) == (Severity.BLOCK, "Manual, art. 3")


def test_an_instalment_waits_for_those_before_it():
	finding = check_trigger(PLAN, 3, eur("40000.00"))
	assert finding.severity is Severity.WARN
	assert finding.message.values["before"] == 2


def test_the_advance_asks_for_nothing():
	plan = [Instalment(1, "Advance", eur("40000.00")), *PLAN[1:]]
	assert check_trigger(plan, 1, eur("0.00"), Decimal(70)).severity is Severity.INFORM
	with pytest.raises(ValueError, match="no instalment 9"):
		check_trigger(plan, 9, eur("0.00"))


# --- cash ----------------------------------------------------------------------------------------------------------


def test_a_payment_pays_the_costs_of_its_document_in_proportion():
	payments = [(date(2026, 1, 5), eur("50.00")), (date(2026, 2, 5), eur("25.00"))]
	parts, left = paid_parts(eur("80.00"), eur("100.00"), payments)
	assert parts == [(date(2026, 1, 5), eur("40.00")), (date(2026, 2, 5), eur("20.00"))]
	assert left == eur("20.00")
	assert paid_parts(eur("80.00"), eur("100.00"), []) == ([], eur("80.00"))
	# more than the document, or a document whose total nobody told: the whole cost and no more
	for total in ("10.00", "0.00"):
		parts, left = paid_parts(eur("80.00"), eur(total), payments)
		assert (sum(amount for __, amount in parts), left) == (eur("80.00"), eur("0.00"))


def test_a_credit_note_comes_back_in_the_month_it_was_settled():
	parts, left = paid_parts(eur("-30.00"), eur("-30.00"), [(date(2026, 3, 1), eur("-30.00"))])
	assert (parts, left) == ([(date(2026, 3, 1), eur("-30.00"))], eur("0.00"))


def project(**changes):
	values = {
		"plan": PLAN,
		"received": {date(2026, 1, 15): eur("40000.00")},
		"paid": {date(2026, 2, 3): eur("15000.00"), date(2026, 2, 20): eur("5000.00")},
		"to_pay": eur("1000.00"),
		"left_to_spend": eur("79000.00"),
		"starts_on": date(2026, 1, 1),
		"ends_on": date(2026, 6, 30),
		"today": date(2026, 3, 10),
		"default_trigger": None,
	}
	return forecast(**{**values, **changes})


def test_every_month_from_the_start_to_the_balance_stands_once_and_the_cash_closes():
	rows = project()
	assert [row.month.month for row in rows] == [1, 2, 3, 4, 5, 6, 7]
	assert rows[0].balance == eur("40000.00")
	assert rows[1].balance == eur("20000.00")
	assert [row.planned for row in rows] == [eur("0.00")] * 2 + [eur("19750.00")] * 4 + [eur("0.00")]
	assert rows[2].to_pay == eur("1000.00")
	# 28.000 of the 40.000 are spent in March: the interim is expected in April, the balance after the end
	assert {row.month.month: row.expected for row in rows if row.expected} == {
		4: eur("40000.00"),
		7: eur("20000.00"),
	}
	assert rows[-1].balance == eur("0.00")


def test_a_due_day_is_kept_and_one_that_passed_is_expected_now():
	plan = [PLAN[0], Instalment(2, "Interim", eur("60000.00"), due_on=date(2026, 5, 20))]
	assert [row.month.month for row in project(plan=plan) if row.expected] == [5]
	plan = [PLAN[0], Instalment(2, "Interim", eur("60000.00"), due_on=date(2026, 2, 20))]
	assert [row.month.month for row in project(plan=plan) if row.expected] == [3]


@given(euro, euro, euro, st.integers(0, 800))
def test_no_cent_is_lost_whenever_one_looks(received, paid, left, days):
	today = date.fromordinal(date(2025, 6, 1).toordinal() + days)
	rows = project(
		received={date(2026, 1, 15): received},
		paid={date(2026, 2, 3): paid},
		left_to_spend=left,
		today=today,
	)
	assert sum(row.planned for row in rows) == left
	assert rows[-1].balance == received + eur("60000.00") - paid - eur("1000.00") - left


def test_months_run_over_the_year():
	assert months(date(2025, 11, 30), date(2026, 1, 1)) == [
		date(2025, 11, 1),
		date(2025, 12, 1),
		date(2026, 1, 1),
	]
	assert months(date(2026, 2, 1), date(2026, 1, 1)) == []
