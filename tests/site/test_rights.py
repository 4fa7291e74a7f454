"""The rights of a person over HTTP: whose steps they are, and that nobody, Administrator included, deletes a case."""

from datetime import date

import pytest
from conftest import Scenario, Site

API = "core_minori.api.rights"
STEPS = {
	"export": {"form": "json"},
	"preview": {},
	"correctable": {},
	"open_correction": {"doctype": "Minor", "record": "{minor}", "fieldname": "given_name"},
	"restrict": {},
	"lift": {"reason": "Prova"},
	"decide": {"part": "psychological", "hand_out": "1", "reason": ""},
}


@pytest.fixture(scope="module")
def asked(site: Site, scenario: Scenario) -> str:
	"""A request for access whose identity was verified, made by the coordinator."""
	answer = site.visitor("coordinator").body(
		"POST",
		"/api/resource/Data Request",
		{
			"case_file": scenario.case,
			"request_type": "Access",
			"requester": "The Person",
			"received_on": str(date.today()),
			"identity_verified_on": str(date.today()),
			"identity_document": "Passaporto",
		},
	)
	assert answer.status == 200, answer.text
	return answer.message["name"]


def test_the_coordinator_gets_the_copy(site: Site, scenario: Scenario, asked: str) -> None:
	answer = site.visitor("coordinator").post(f"{API}.export", request=asked, form="json")
	assert answer.status == 200
	assert '"format": "core_minori.person_data"' in answer.text
	assert scenario.case in answer.text


@pytest.mark.parametrize("step", STEPS)
def test_nobody_else_takes_a_step_of_a_request(site: Site, scenario: Scenario, asked: str, step: str) -> None:
	values = {key: value.format(minor=scenario.minor) for key, value in STEPS[step].items()}
	# the officer restricts where a restriction was asked for, and it was not here
	keys = set(scenario.attackers) - ({"protection_officer"} if step in ("restrict", "lift") else set())
	for key in sorted(keys):
		for name in (asked, "DRQ-2001-00001"):
			ask = site.visitor(key).call if step == "correctable" else site.visitor(key).post
			answer = ask(f"{API}.{step}", request=name, **values)
			assert answer.status in (403, 404), f"{key}: {answer.status} {answer.text[:300]}"
			assert scenario.minor not in answer.text


def test_a_request_is_read_by_nobody_else(site: Site, scenario: Scenario, asked: str) -> None:
	for key in set(scenario.attackers) - {"protection_officer"}:
		answer = site.visitor(key).get(f"/api/resource/Data Request/{asked}")
		assert answer.status in (403, 404), key


def test_administrator_deletes_no_record_of_a_case(site: Site, scenario: Scenario) -> None:
	root = site.visitor("root")
	records = {**scenario.records, "Case File": scenario.case, "Minor": scenario.minor}
	for doctype, name in records.items():
		if doctype == "Register Import":
			continue
		ways = (
			root.send("DELETE", f"/api/resource/{doctype}/{name}"),
			root.send("DELETE", f"/api/v2/document/{doctype}/{name}"),
			root.send("DELETE", f"/api/v1/resource/{doctype}/{name}"),
			root.post("frappe.client.delete", doctype=doctype, name=name),
			root.post("frappe.desk.reportview.delete_items", doctype=doctype, items=[name]),
			root.post("frappe.client.rename_doc", doctype=doctype, old_name=name, new_name=f"{name}-X"),
			root.post(
				"frappe.model.rename_doc.update_document_title",
				doctype=doctype,
				docname=name,
				name=f"{name}-X",
				enqueue=0,
			),
		)
		assert len(ways) == 7
		answer = root.get(f"/api/resource/{doctype}/{name}")
		assert answer.status == 200, f"{doctype} {name} is gone: {[way.status for way in ways]}"
