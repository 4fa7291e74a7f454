"""Emergency access over HTTP: shut before, open for its hours to what is needed, shut by itself."""

import json
import os
from datetime import datetime, timedelta
from time import monotonic, sleep

import pytest
from bench import Bench
from conftest import Scenario, Site, Visitor
from test_doors import READS, WRITES, leaks

OPEN = "core_minori.api.emergency.open_case"
SAID = {"reason": "Night or Holiday Turn", "details": "Il pronto soccorso chiede le allergie", "hours": 1}
# Doors that hand out what an emergency reader may see while the access runs, and what they never see.
DOORS = (
	"list_rest",
	"form_rest",
	"form_desk",
	"prints",
	"export",
	"link_search",
	"count_client",
	"child_rows",
	"versions",
	"file_content",
	"file_rows",
	"global_search",
)
NEEDED = ("given_name", "family_name", "birth_place")
NEVER = ("clinical", "wishes", "objective", "consent", "referral_sent", "register", "outcome", "refusal")


def _an_hour_ago(bench: Bench, name: str, ends_at: str) -> None:
	"""Let the access have ended an hour ago, as time would."""
	now = datetime.fromisoformat(ends_at) - timedelta(hours=SAID["hours"])
	for field, hours in (("starts_at", 2), ("ends_at", 1)):
		values = ["Emergency Access", name, field, str(now - timedelta(hours=hours))]
		bench.frappe(
			"execute",
			"frappe.db.set_value",
			"--args",
			json.dumps(values),
			site=os.environ["CORE_MINORI_SITE"],
		)


def _knock(site: Site, key: str, doors: tuple[str, ...] = DOORS) -> Visitor:
	visitor = site.visitor(key)
	for door in doors:
		READS[door].go(visitor, site.scenario)
	return visitor


def _told(site: Site, key: str, word: str, patience: int) -> str:
	"""The notifications of a user, as soon as they say the word, or after so many seconds."""
	end = monotonic() + patience
	while True:
		told = site.visitor(key).call(
			"frappe.desk.doctype.notification_log.notification_log.get_notification_logs", limit=200
		)
		if word in told.text or monotonic() > end:
			return told.text
		sleep(1)


def _heard(visitor: Visitor, s: Scenario) -> str:
	return "\n".join(answer.text.replace(json.dumps(answer.asked), "") for answer in visitor.answers)


def _running(night: Visitor, case: str) -> dict | None:
	return night.call("core_minori.api.emergency.running", case_file=case).message


@pytest.fixture(autouse=True)
def nothing_runs(site: Site, scenario: Scenario) -> None:
	"""Other tests open the case too, to see what may be seen through it: none of their accesses runs on."""
	night = site.visitor("night")
	while left := _running(night, scenario.case):
		assert night.post("core_minori.api.emergency.end", name=left["name"]).status == 200


def test_before_during_and_after(bench: Bench, site: Site, scenario: Scenario) -> None:
	"""One access from its opening to an hour after its end, with every door tried at each moment."""
	night = site.visitor("night")
	assert leaks(_knock(site, "night", ("list_rest", "form_rest")), scenario) == []

	# Who has no such role opens nothing, and learns no code.
	for key in ("stranger", "administrator", "officer", "secretary", "partner_a"):
		visitor = site.visitor(key)
		assert visitor.post(OPEN, case_file=scenario.case, **SAID).status == 403
		visitor.guess(
			lambda code, v=visitor: v.post(OPEN, case_file=code, **SAID), scenario.case, "CASE-1900-00001"
		)
		visitor.guess(
			lambda code, v=visitor: v.body(
				"POST", "/api/resource/Emergency Access", {"case_file": code, **SAID}
			),
			scenario.case,
			"CASE-1900-00001",
		)
		assert leaks(visitor, scenario) == []
	# Nothing is looked up before a reason is given; a wrong code is told.
	night.guess(lambda code: night.post(OPEN, case_file=code, **{**SAID, "details": "x"}), scenario.case)
	assert leaks(night, scenario) == []
	wrong = night.post(OPEN, case_file="CASE-1900-00001", **SAID)
	assert wrong.message == {"case_file": None, "until": None}

	opened = night.post(OPEN, case_file=scenario.case, **SAID)
	assert opened.status == 200, opened.text[:500]
	assert opened.message["case_file"] == scenario.case
	assert opened.message["until"]
	# A second click, and a longer stay than the site allows.
	assert night.post(OPEN, case_file=scenario.case, **SAID).message["until"] is None
	assert night.post(OPEN, case_file=scenario.case, **{**SAID, "hours": 1000}).status == 417

	# The officer is told in the same moment, the coordinator as soon as a worker has time.
	for key, patience in (("protection_officer", 0), ("coordinator", 120)):
		told = _told(site, key, scenario.case, patience)
		assert scenario.case in told, key
		assert scenario.words["given_name"] not in told

	inside = _knock(site, "night")
	text = _heard(inside, scenario)
	for word in NEEDED:
		assert scenario.words[word] in text, word
	for word in NEVER:
		assert scenario.words[word] not in text, word
	before = site.fingerprint()
	for door in ("change", "delete", "share", "insert"):
		WRITES[door].go(inside, scenario)
	after = site.fingerprint()
	assert {what for what in before if before[what] != after[what]} == set()
	# The reader writes no end, no other case and no other hours into the record.
	name = _running(night, scenario.case)["name"]
	ends_at = night.get(f"/api/resource/Emergency Access/{name}").message["ends_at"]
	for values in ({"ends_at": "2099-01-01 00:00:00"}, {"hours": 99}, {"case_file": scenario.own["case"]}):
		assert night.body("PUT", f"/api/resource/Emergency Access/{name}", values).status == 403

	_an_hour_ago(bench, name, ends_at)
	shut = _knock(site, "night")
	assert [
		leak for leak in leaks(shut, scenario) if scenario.case not in leak and "(CASE-" not in leak
	] == []
	assert not any(scenario.words[word] in _heard(shut, scenario) for word in (*NEEDED, *NEVER))

	# The officer judges it, and nothing else of it changes.
	officer = site.visitor("protection_officer")
	path = f"/api/resource/Emergency Access/{name}"
	assert officer.body("PUT", path, {"review": "Not Justified"}).status == 417
	reviewed = officer.body("PUT", path, {"review": "Justified", "ends_at": "2099-01-01 00:00:00"})
	assert reviewed.status == 200, reviewed.text[:400]
	assert reviewed.message["reviewed_by"] == scenario.users["protection_officer"]
	assert not reviewed.message["ends_at"].startswith("2099")


@pytest.mark.parametrize("who", ["night", "protection_officer"])
def test_it_is_ended_early(site: Site, scenario: Scenario, who: str) -> None:
	night = site.visitor("night")
	opened = night.post(OPEN, case_file=scenario.case, **SAID)
	assert opened.message["until"], opened.text[:300]
	seen = night.get(f"/api/resource/Case File/{scenario.case}")
	assert seen.status == 200
	name = _running(night, scenario.case)["name"]
	assert site.visitor("stranger").post("core_minori.api.emergency.end", name=name).status == 403
	assert site.visitor(who).post("core_minori.api.emergency.end", name=name).status == 200
	assert night.get(f"/api/resource/Case File/{scenario.case}").status == 403
	assert site.visitor(who).post("core_minori.api.emergency.end", name=name).status == 417
