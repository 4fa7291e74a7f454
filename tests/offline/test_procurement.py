"""Purchases: thresholds by the programme's rows, one quote chosen, dates and amounts that agree."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core_minori.engine.eligibility import Rulebook
from core_minori.engine.message import RuleError, Severity
from core_minori.engine.procurement import Purchase, Quote, check_contract_total, check_purchase

TODAY = date(2025, 6, 1)
RULES = Rulebook(
	[
		{
			"check_code": "procurement-threshold",
			"severity": "Block",
			"value": "140000",
			"unit": "EUR",
			"base": "Services and supplies: direct award by a public beneficiary",
			"source": "D.Lgs. 36/2023",
			"article": "art. 50",
		},
		{
			"check_code": "procurement-threshold",
			"severity": "Block",
			"value": "150000",
			"unit": "EUR",
			"base": "Works: direct award by a public beneficiary",
		},
		{
			"check_code": "procurement-quotes",
			"severity": "Warn",
			"value": "5000",
			"unit": "EUR",
			"base": "3 quotes",
			"source": "Manual",
		},
	]
)
QUOTES = (
	Quote("Uno", date(2025, 3, 1), Decimal("9000"), chosen=True),
	Quote("Due", date(2025, 3, 2), Decimal("9500")),
	Quote("Tre", date(2025, 3, 3), Decimal("9900")),
)
GOOD = Purchase(
	public_body=False,
	procedure="Comparison of Quotes",
	contract_type="Services",
	value=Decimal("9000"),
	contract_value=Decimal("9000"),
	contract_date=date(2025, 3, 10),
	cig="B1FCBC8A98",
	quotes=QUOTES,
	checked_on=date(2025, 4, 1),
	outcome="Compliant",
)


def said(**changes: object) -> list[tuple[str, object, object]]:
	found = check_purchase(replace(GOOD, **changes), RULES, TODAY)
	assert all(finding.message.render() and finding.source for finding in found)
	return [(finding.rule, finding.found, finding.allowed) for finding in found]


def test_a_good_purchase_has_nothing_to_say():
	assert said() == []


@pytest.mark.parametrize(
	("kind", "value", "allowed"),
	[
		("Services", "139999.99", None),
		("Services", "140000", "140000.00"),
		("Supplies", "140000", "140000.00"),
		("Individual Assignment", "140000", "140000.00"),
		("Works", "149999.99", None),
		("Works", "150000", "150000.00"),
	],
)
def test_direct_awards_of_public_buyers_stay_below_the_threshold_of_their_kind(kind, value, allowed):
	found = check_purchase(
		Purchase(
			public_body=True,
			procedure="Direct Award",
			contract_type=kind,
			value=Decimal(value),
			cig="B1FCBC8A98",
		),
		RULES,
		TODAY,
	)
	assert [(f.rule, f.severity, f.allowed) for f in found] == (
		[("procurement-threshold", Severity.BLOCK, Decimal(allowed))] if allowed else []
	)


def test_private_buyers_and_other_procedures_have_no_threshold():
	assert said(procedure="Direct Award", value=Decimal("200000")) == []
	assert said(public_body=True, procedure="Open Procedure", value=Decimal("200000")) == []


def test_private_buyers_compare_quotes_from_the_value_of_the_rule_on():
	one = QUOTES[:1]
	assert said(quotes=one) == [("procurement-quotes", 1, 3)]
	assert said(quotes=one, value=Decimal("4999.99")) == []
	assert said(quotes=one, procedure="Open Procedure") == []
	assert said(quotes=one, public_body=True) == []


def test_no_more_than_one_quote_is_chosen_and_one_when_there_is_a_contract():
	with pytest.raises(RuleError, match="Uno, Due"):
		said(quotes=(QUOTES[0], replace(QUOTES[1], chosen=True), QUOTES[2]))
	none = tuple(replace(quote, chosen=False) for quote in QUOTES)
	with pytest.raises(RuleError, match="none of the 3 quotes"):
		said(quotes=none)
	assert said(quotes=none, contract_date=None, outcome="", checked_on=None) == []


def test_an_outcome_has_its_day():
	with pytest.raises(RuleError):
		said(checked_on=None)
	with pytest.raises(RuleError):
		said(outcome="")


def test_papers_that_disagree():
	late = (replace(QUOTES[0], quoted_on=date(2025, 3, 11)), *QUOTES[1:])
	assert said(quotes=late) == [("procurement-dates", date(2025, 3, 11), date(2025, 3, 10))]
	dear = (replace(QUOTES[0], chosen=False), replace(QUOTES[1], chosen=True), QUOTES[2])
	assert said(quotes=dear) == [("procurement-choice", Decimal("9500"), Decimal("9000"))]
	assert said(quotes=dear, choice_reason="Consegna in tre giorni") == []
	assert said(contract_value=Decimal("9100")) == [("procurement-choice", Decimal("9100"), Decimal("9000"))]
	assert [rule for rule, *__ in said(cig="")] == ["cig"]
	assert said(cig="", cig_exemption="Ente privato") == []
	assert [rule for rule, *__ in said(outcome="Not Compliant")] == ["procurement-legal-expert"]
	assert [rule for rule, *__ in said(outcome="", checked_on=None)] == ["procurement-legal-expert"]


def test_invoices_of_a_contract_stay_within_it():
	assert check_contract_total(Decimal("1000"), [Decimal("600"), Decimal("400")]) is None
	finding = check_contract_total(Decimal("1000"), [Decimal("600"), Decimal("400.01")])
	assert (finding.found, finding.allowed) == (Decimal("1000.01"), Decimal("1000.00"))
	assert check_contract_total(Decimal("1000"), [Decimal("1100"), Decimal("-100")]) is None
	assert check_contract_total(Decimal("0"), [Decimal("5")]) is None
