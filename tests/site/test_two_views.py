"""Two users' views of the same things agree with an independent model of who follows which case.

States of two hundred assignments each are drawn by hypothesis: roles the user has and has not, days that start and end in
the middle of the period, on the very day, the day before and the day after. Of each state the list, its count, the number
card, the totals of the reports, the REST list and the file to take away are asked for over HTTP as both users.
"""

import csv
import io
import json
import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from bench import Bench
from conftest import Scenario, Site, Visitor
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

STATES = int(os.environ.get("CORE_MINORI_STATES", "3"))
ASSIGNMENTS, CASES = 200, 40
METHOD = "core_minori.tests.assignment_scenario"


def drawn(seed: int) -> list[tuple]:
	"""A state: case, user, role, first and last day of each assignment. About half of the cases are open to each user.

	Made of one seed: two hundred assignments drawn one by one would be all the same in hypothesis' simplest states.
	"""
	chance = Random(seed)

	def day() -> int:
		# The days that decide, more often than the others.
		return chance.choice((-1, 0, 1)) if chance.random() < 0.4 else chance.randint(-30, 30)

	rows = []
	for _number in range(ASSIGNMENTS):
		first, last = sorted((day(), day()))
		runs = first <= 0 <= last
		if runs and chance.random() < 0.6:  # two hundred of them would open everything to both
			first, last = (-last - 2, -1) if chance.random() < 0.5 else (1, last + 1)
		role = chance.choice(("Social Worker", "Social Worker", "Educator", "Psychologist"))
		rows.append(
			(
				chance.randrange(CASES),
				chance.choice(("first", "second")),
				role,
				first,
				None if runs and chance.random() < 0.3 else last,
			)
		)
	return rows


def model(rows: list[tuple], user: str, roles: list[str], cases: list[str]) -> set[str]:
	"""Who follows what today: an assignment in a role they have, begun and not ended; the last day counts."""
	return {
		cases[case]
		for case, whose, role, first, last in rows
		if whose == user and role in roles and first <= 0 and (last is None or 0 <= last)
	}


@pytest.fixture(scope="module")
def made(bench: Bench) -> Iterator[dict[str, Any]]:
	"""The cases and the users."""
	yield _run(bench, "make")


@pytest.fixture(scope="module")
def visitors(made: dict[str, Any]) -> dict[str, Visitor]:
	"""Each user in a session of their own, kept through all states: a cache that does not notice would show."""
	url = os.environ["CORE_MINORI_URL"].rstrip("/")
	site = Site(
		url,
		Scenario({"users": made["users"], "password": made["password"], "attackers": list(made["users"])}),
	)
	return {key: site.visitor(key) for key in made["users"]}


def test_all_views_agree(bench: Bench, made: dict[str, Any], visitors: dict[str, Visitor]):
	met = {"open": 0, "shut": 0}

	@settings(
		max_examples=STATES,
		deadline=None,
		database=None,
		derandomize=True,
		phases=[Phase.generate],
		suppress_health_check=list(HealthCheck),
	)
	@given(st.integers(1, 2**32))
	def one_state(seed: int) -> None:
		rows = drawn(seed)
		resolver = _run(bench, "put", users=made["users"], cases=made["cases"], rows=rows)
		for key, visitor in visitors.items():
			expected = model(rows, key, made["roles"][key], made["cases"])
			assert set(resolver[key]) == expected
			met["open"] += len(expected)
			met["shut"] += CASES - len(expected)
			shown = views(visitor, made["cases"], expected)
			assert {view: sorted(found) for view, found in shown.items() if found != expected} == {}
			numbers = totals(visitor)
			assert numbers == dict.fromkeys(numbers, len(expected))

	one_state()
	# Both answers were met, for both users, many times.
	assert min(met.values()) > STATES * 10, met
	print(
		f"\n{STATES * ASSIGNMENTS} assignments, {met['open']} open and {met['shut']} shut cases asked for each view"
	)


def views(visitor: Visitor, cases: list[str], expected: set[str]) -> dict[str, set[str]]:
	"""What each way shows of these cases, as codes."""
	filters = [["Case File", "name", "in", cases]]
	rows = visitor.post(
		"frappe.desk.reportview.get",
		doctype="Case File",
		fields=["`tabCase File`.`name`"],
		filters=filters,
		page_length=500,
		view="List",
	).message
	report = visitor.post(
		"frappe.desk.reportview.get",
		doctype="Case File",
		fields=["`tabCase File`.`name`", "`tabCase File`.`state`"],
		filters=filters,
		page_length=500,
		view="Report",
	).message
	listed = visitor.get("/api/resource/Case File", filters=filters, limit_page_length=0)
	found = visitor.call("frappe.client.get_list", doctype="Case File", filters=filters, limit_page_length=0)
	linked = visitor.post("frappe.desk.search.search_link", doctype="Case File", txt="", page_length=500)
	shown = {
		"list": _first_column(rows),
		"report view": _first_column(report),
		"rest": {row["name"] for row in listed.message},
		"client": {row["name"] for row in found.message},
		"link search": {row["value"] for row in linked.message},
	}
	if expected:
		shown["file to take away"] = _codes_in(
			visitor.post("core_minori.api.sim.sheet", cases=sorted(expected)).text, cases
		)
	# One more than one's own is refused whole, and the list of a case is nobody's to export.
	others = sorted(set(cases) - expected)
	assert visitor.post("core_minori.api.sim.sheet", cases=[*expected, others[0]]).status == 403
	exported = visitor.post(
		"frappe.desk.reportview.export_query",
		doctype="Case File",
		fields=json.dumps(["name"]),
		filters=json.dumps(filters),
		file_format_type="CSV",
		title="Case File",
	)
	assert exported.status == 403, exported.text[:300]
	return shown


def totals(visitor: Visitor) -> dict[str, int]:
	"""The numbers that stand for a user's cases; these users see no other case."""
	card = visitor.get("/api/resource/Number Card/Open Cases").message
	return {
		"count": visitor.post(
			"frappe.desk.reportview.get_count",
			doctype="Case File",
			filters="[]",
			fields="[]",
			distinct="false",
			limit=1001,
		).message,
		"number card": visitor.post(
			"frappe.desk.doctype.number_card.number_card.get_result", doc=card, filters=card["filters_json"]
		).message,
		"case times": _total(visitor, "Case Times", {}),
	}


def _total(visitor: Visitor, report: str, filters: dict) -> int:
	answer = visitor.call("frappe.desk.query_report.run", report_name=report, filters=filters).message
	return answer["report_summary"][0]["value"]


def _first_column(answer: Any) -> set[str]:
	return {row[0] for row in answer["values"]} if answer else set()


def _codes_in(text: str, cases: list[str]) -> set[str]:
	cells = {cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row}
	cells |= {cell for row in csv.reader(io.StringIO(text)) for cell in row}
	return cells & set(cases)


def _run(bench: Bench, name: str, **arguments: Any) -> dict[str, Any]:
	more = ["--kwargs", repr(arguments)] if arguments else []
	out = bench.frappe("execute", f"{METHOD}.{name}", *more, site=os.environ["CORE_MINORI_SITE"])
	return json.loads(next(line for line in reversed(out.splitlines()) if line.startswith("{")))
