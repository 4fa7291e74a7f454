"""Two funding officers impute the same cost at the same instant, over HTTP: never over the whole, and nothing hangs.

CORE_MINORI_ROUNDS says how many times (20 unless told).
"""

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
from bench import Bench
from conftest import Answer, Scenario, Site, Visitor

ROUNDS = int(os.environ.get("CORE_MINORI_ROUNDS", "20"))
COST = Decimal(200)
PATH = "/api/resource/Cost Allocation"


@pytest.fixture(scope="module")
def money(bench: Bench) -> dict[str, Any]:
	"""Officers, a budget line and two invoices of 200 euro that no line was put on."""
	out = bench.frappe(
		"execute", "core_minori.tests.money_scenario.make", site=os.environ["CORE_MINORI_SITE"]
	)
	return json.loads(next(line for line in reversed(out.splitlines()) if line.startswith("{")))


@pytest.fixture(scope="module")
def officers(money: dict[str, Any]) -> list[Visitor]:
	"""Both officers, each in a session of their own."""
	url = os.environ["CORE_MINORI_URL"].rstrip("/")
	logins = {str(place): name for place, name in enumerate(money["officers"])}
	site = Site(url, Scenario({"users": logins, "password": money["password"], "attackers": []}))
	return [site.visitor(key) for key in logins]


@pytest.fixture
def told() -> Iterator[Counter]:
	"""What came back, printed at the end."""
	seen: Counter = Counter()
	yield seen
	print("\n" + ", ".join(f"{what}: {times}" for what, times in sorted(seen.items())))


def at_once(*jobs: Callable[[], Answer]) -> list[Answer]:
	"""Let all go at the same instant; returns their answers. Raises when one does not come back."""
	start = threading.Barrier(len(jobs))
	answers: list[Any] = [None] * len(jobs)

	def run(place: int) -> None:
		start.wait()
		try:
			answers[place] = jobs[place]()
		except requests.RequestException as error:
			answers[place] = error

	threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join(150)
	assert all(isinstance(answer, Answer) for answer in answers), answers
	return answers


def impute(officer: Visitor, money: dict[str, Any], invoice: str, **values: Any) -> Answer:
	"""Impute part of the invoice's cost, confirmed at once unless told otherwise."""
	return officer.body(
		"POST",
		PATH,
		{
			"company": money["company"],
			"budget_line": money["line"],
			"voucher_type": "Purchase Invoice",
			"voucher_no": invoice,
			"account": money["account"],
			"docstatus": 1,
			**values,
		},
	)


def allocations(officer: Visitor, invoice: str) -> list[dict]:
	"""What stands on the invoice, drafts too."""
	answer = officer.call(
		"frappe.client.get_list",
		doctype="Cost Allocation",
		filters={"voucher_no": invoice, "docstatus": ["<", 2]},
		fields=["name", "imputed_amount", "docstatus"],
	)
	return answer.message


def clear(officer: Visitor, invoice: str) -> None:
	"""Take all away again, so that the next round finds the whole cost."""
	for row in allocations(officer, invoice):
		if row["docstatus"]:
			answer = officer.body("PUT", f"{PATH}/{row['name']}", {"docstatus": 2})
		else:
			answer = officer.send("DELETE", f"{PATH}/{row['name']}")
		assert answer.status in (200, 202), answer.text


def judge(answers: list[Answer], told: Counter, left: str) -> None:
	"""One is taken; the other is refused with what is left of the cost, or asked to try again."""
	assert not [answer for answer in answers if answer.status >= 500], [answer.text for answer in answers]
	refused = [answer for answer in answers if answer.status != 200]
	assert len(refused) == 1, [answer.text for answer in answers]
	said = json.loads(json.loads(refused[0].text)["_server_messages"])[0]
	assert refused[0].status == 417, refused[0].text
	told["taken"] += 1
	if left in said and "200,00" in said:
		told["refused: more than is left"] += 1
	else:
		told["asked to try again"] += 1
		assert "QueryDeadlockError" not in refused[0].text and "Traceback" not in said


def test_two_new_imputations_of_one_cost_never_pass_it(
	officers: list[Visitor], money: dict[str, Any], told: Counter
) -> None:
	"""120 and 120 of 200: one is taken, the other hears that 80 are left."""
	invoice = money["invoices"][0]
	for __ in range(ROUNDS):
		answers = at_once(
			*(lambda officer=officer: impute(officer, money, invoice, percent=60) for officer in officers)
		)
		total = sum(Decimal(str(row["imputed_amount"])) for row in allocations(officers[0], invoice))
		assert total == Decimal(120), total
		judge(answers, told, "80,00")
		clear(officers[0], invoice)


def test_two_drafts_that_grow_and_are_confirmed_at_once_never_pass_the_cost(
	officers: list[Visitor], money: dict[str, Any], told: Counter
) -> None:
	"""Drafts of 80 each; both officers make theirs 120 and confirm: one is taken, the other stays a draft of 80."""
	invoice = money["invoices"][0]
	for __ in range(ROUNDS):
		drafts = [
			impute(officer, money, invoice, percent=40, docstatus=0).message["name"] for officer in officers
		]
		answers = at_once(
			*(
				lambda officer=officer, draft=draft: officer.body(
					"PUT", f"{PATH}/{draft}", {"percent": 60, "docstatus": 1}
				)
				for officer, draft in zip(officers, drafts, strict=True)
			)
		)
		total = sum(Decimal(str(row["imputed_amount"])) for row in allocations(officers[0], invoice))
		assert total == COST, total
		judge(answers, told, "80,00")
		clear(officers[0], invoice)


def test_two_costs_at_once_are_both_taken(
	officers: list[Visitor], money: dict[str, Any], told: Counter
) -> None:
	"""Neighbours in the index do not stand in each other's way."""
	for __ in range(ROUNDS):
		answers = at_once(
			*(
				lambda officer=officer, invoice=invoice: impute(officer, money, invoice, percent=100)
				for officer, invoice in zip(officers, money["invoices"], strict=True)
			)
		)
		assert not [answer for answer in answers if answer.status >= 500], [answer.text for answer in answers]
		told["both taken"] += all(answer.status == 200 for answer in answers)
		told["asked to try again"] += sum(answer.status != 200 for answer in answers)
		for officer, invoice in zip(officers, money["invoices"], strict=True):
			clear(officer, invoice)
	assert told["both taken"] == ROUNDS


def test_checks_are_made_again_over_http_by_the_officer_only(
	officers: list[Visitor], money: dict[str, Any], site: Site
) -> None:
	"""The desk sends the names as JSON; who may not write allocations is refused, and so is a GET."""
	name = impute(officers[0], money, money["invoices"][0], percent=10, docstatus=0).message["name"]
	method = "core_minori.api.funding.check_again"
	answer = officers[0].post(method, names=[name])
	assert answer.status == 200 and sum(answer.message.values()) == 1, answer.text
	assert officers[0].call(method, names=[name]).status == 403
	for login in ("coordinator", "manager", "stranger"):
		assert site.visitor(login).post(method, names=[name]).status == 403, login
	clear(officers[0], money["invoices"][0])
