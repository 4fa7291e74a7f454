"""The dossier: names in the archive, and what is missing."""

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core_minori.engine.dossier import (
	Cost,
	Kind,
	Paper,
	ending_of,
	entries,
	kind_by_name,
	missing,
	ordered,
	plain,
	sums,
)
from core_minori.engine.money import ZERO

WORDS = {kind: kind.value for kind in Kind}
DOCUMENT, PROOF = Paper(Kind.DOCUMENT, "d", "Fattura.PDF"), Paper(Kind.PROOF, "p", "bonifico.pdf")


def cost(position: int = 1, **values) -> Cost:
	values = {
		"partner": "Cooperativa L'Àncora",
		"line": "A.1",
		"document_number": "12/A",
		"voucher_type": "Purchase Invoice",
		"papers": (DOCUMENT, PROOF),
		**values,
	}
	return Cost(position, **values)


def paths(*costs: Cost) -> list[str]:
	return [entry.path for entry in entries(costs, WORDS)]


def test_names_follow_the_list():
	assert paths(cost(7), cost(12, partner="", document_number="")) == [
		"007_Cooperativa-L-Ancora_A-1_12-A_document.pdf",
		"007_Cooperativa-L-Ancora_A-1_12-A_payment-proof.pdf",
		"012_A-1_document.pdf",
		"012_A-1_payment-proof.pdf",
	]


def test_a_thousand_costs_still_sort():
	assert paths(cost(2), cost(1000))[0].startswith("0002_")


def test_two_papers_of_a_kind_have_two_names():
	assert paths(cost(papers=(DOCUMENT, Paper(Kind.DOCUMENT, "e", "x.pdf"))))[1].endswith("_document-2.pdf")


@given(
	st.lists(
		st.tuples(
			st.integers(1, 9),
			st.text(max_size=60),
			st.text(max_size=20),
			st.text(max_size=20),
			st.text(max_size=20),
		),
		max_size=8,
	)
)
def test_no_name_leads_anywhere_and_none_comes_twice(rows):
	found = paths(
		*(
			cost(
				position,
				partner=partner,
				line=line,
				document_number=number,
				papers=(Paper(Kind.PROOF, "k", name),),
			)
			for position, partner, line, number, name in rows
		)
	)
	assert all(re.fullmatch(r"[0-9]{3,}[A-Za-z0-9_-]*(\.[a-z0-9]{1,5})*", path) for path in found)
	assert len({path.lower() for path in found}) == len(found)
	assert all(len(path) < 200 for path in found)


def test_the_name_a_file_came_with_is_not_kept():
	path = paths(cost(papers=(Paper(Kind.DOCUMENT, "k", "../../Zqname Xwfamily.pdf"),)))[0]
	assert "Zq" not in path and "Xw" not in path and ".." not in path


def test_endings():
	assert [ending_of(name) for name in ("a.PDF", "a.xml.p7m", "a", "a.b c", "a.sh/..", "x.")] == [
		".pdf",
		".xml.p7m",
		"",
		"",
		"",
		"",
	]
	assert plain("---") == "" and plain("a" * 99, 5) == "aaaaa"


def test_a_bank_s_paper_is_known_by_its_name():
	names = ("Contabile bonifico.pdf", "QUIETANZA.pdf", "Fattura 12.pdf", "")
	assert [kind_by_name(name) for name in names] == [Kind.PROOF, Kind.PROOF, Kind.DOCUMENT, Kind.DOCUMENT]
	assert kind_by_name("quietanza.pdf", Kind.TIMESHEET) is Kind.TIMESHEET


def test_sums_keep_the_order_and_the_cents():
	rows = [("B", (Decimal("0.10"), ZERO)), ("A", (Decimal("1.00"), ZERO)), ("B", (Decimal("0.20"), ZERO))]
	assert list(sums(rows).items()) == [("B", (Decimal("0.30"), ZERO)), ("A", (Decimal("1.00"), ZERO))]


def test_what_is_missing():
	found = missing(
		[
			cost(1),
			cost(2, papers=(DOCUMENT,)),
			cost(3, papers=(PROOF,)),
			cost(4, papers=()),
			cost(5, voucher_type="Timesheet", papers=()),
			cost(6, voucher_type="Timesheet", papers=(Paper(Kind.TIMESHEET, "t", "t.pdf"),)),
			cost(7, cost_method="Unit Cost", papers=(DOCUMENT,)),
			cost(8, readable=False, papers=()),
		]
	)
	assert [(one.position, one.message.text.split()[0:3]) for one in found] == [
		(2, ["The", "proof", "of"]),
		(3, ["The", "document", "of"]),
		(4, ["The", "document", "of"]),
		(4, ["The", "proof", "of"]),
		(5, ["The", "signed", "timesheet"]),
		(8, ["You", "may", "not"]),
	]


def test_papers_come_in_the_order_they_are_read_and_once():
	again = Paper(Kind.AUTHORISATION, "d", "Fattura.PDF")
	assert ordered([PROOF, DOCUMENT, again, Paper(Kind.TIMESHEET, "a", "t.pdf")]) == (
		DOCUMENT,
		PROOF,
		Paper(Kind.TIMESHEET, "a", "t.pdf"),
	)
