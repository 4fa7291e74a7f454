"""Agreements: their state and their deliverables."""

from datetime import date
from decimal import Decimal

import pytest

from core_minori.engine.agreements import Deliverable, Terms, agreement_state, check_deliverables
from core_minori.engine.message import RuleError

TODAY = date(2026, 3, 10)
EARLIER, LATER = date(2026, 3, 1), date(2026, 4, 1)
DONE = Deliverable("Rapporto", EARLIER, Decimal(10), EARLIER, EARLIER)
OPEN = Deliverable("Piano", LATER, Decimal(10))


@pytest.mark.parametrize(
	("terms", "rows", "state"),
	[
		(Terms(), [], "Draft"),
		(Terms(signed_on=LATER), [], "Draft"),
		(Terms(EARLIER, LATER, LATER), [], "Signed"),
		(Terms(EARLIER, EARLIER, LATER), [OPEN], "Running"),
		(Terms(EARLIER, EARLIER, LATER), [DONE], "Concluded"),
		(Terms(EARLIER, EARLIER, EARLIER), [], "Concluded"),
		(Terms(EARLIER, EARLIER, EARLIER), [DONE, OPEN], "Expired"),
		(Terms(EARLIER, EARLIER, LATER, TODAY), [OPEN], "Terminated"),
		(Terms(EARLIER, EARLIER, LATER, LATER), [OPEN], "Running"),
	],
)
def test_the_state_follows_from_the_facts(terms, rows, state):
	assert agreement_state(terms, rows, TODAY) == state


def test_late_and_too_dear_deliverables_are_told():
	late = Deliverable("Piano", EARLIER, Decimal("70.01"))
	found = check_deliverables(Terms(amount=Decimal(80)), [late, DONE], TODAY)
	assert [(finding.rule, finding.found, finding.allowed) for finding in found] == [
		("deliverable-late", TODAY, EARLIER),
		("deliverable-amounts", Decimal("80.01"), Decimal("80.00")),
	]


@pytest.mark.parametrize(
	"row",
	[
		Deliverable("x", accepted_on=EARLIER),
		Deliverable("x", delivered_on=TODAY, accepted_on=EARLIER),
		Deliverable("x", delivered_on=LATER),
	],
)
def test_dates_that_cannot_be_are_refused(row):
	with pytest.raises(RuleError):
		check_deliverables(Terms(), [row], TODAY)
