"""A System Manager, over HTTP, tries to become somebody who reads cases, and to give the role that reads them."""

import re
from collections.abc import Iterator

import pytest
import requests
from conftest import Scenario, Site, Visitor

SECRET = "Lungomare-Prova-2026"
USER = "/api/resource/User"


def _logs_in(site: Site, user: str, password: str) -> bool:
	answer = requests.post(f"{site.url}/api/method/login", data={"usr": user, "pwd": password}, timeout=60)
	return answer.status_code == 200


def _token_works(site: Site, key: str, secret: str) -> bool:
	answer = requests.get(
		f"{site.url}/api/method/frappe.auth.get_logged_user",
		headers={"Authorization": f"token {key}:{secret}"},
		timeout=60,
	)
	return answer.status_code == 200


def _new(site: Site, key: str, name: str, password: str, *attacks: bool) -> Visitor:
	return Visitor(site.url, site._login(name, password), key, bool(attacks))


@pytest.fixture
def worker(scenario: Scenario) -> str:
	"""The login of whose account is attacked."""
	return scenario.users["worker"]


@pytest.fixture
def boss(site: Site) -> Visitor:
	"""The System Manager."""
	return site.visitor("administrator")


@pytest.fixture
def root(site: Site) -> Visitor:
	"""Administrator."""
	return site.visitor("root")


def test_keys_of_a_case_worker_are_theirs(site: Site, scenario: Scenario, boss: Visitor, worker: str) -> None:
	"""Password, API keys, reset key, address, foreign login: by form, REST, bulk and Frappe's own buttons."""
	path = f"{USER}/{worker}"
	for values in (
		{"new_password": SECRET},
		{"api_key": "aaaaaaaaaaaaaaa", "api_secret": "bbbbbbbbbbbbbbb"},
		{"reset_password_key": "c" * 64, "last_reset_password_key_generated_on": "2026-12-31 00:00:00"},
		{"email": "altro@example.test"},
		{"social_logins": [{"provider": "google", "userid": "12345"}]},
		{"mobile_no": "+39 06 5550199"},
	):
		assert boss.body("PUT", path, values).status == 403, values
		assert boss.body("PATCH", f"/api/v2/document/User/{worker}/", values).status == 403, values
		boss.post(
			"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
			doctype="User",
			docnames=[worker],
			action="update",
			data=values,
		)
		for field, value in values.items():
			if isinstance(value, list):
				continue
			answer = boss.post(
				"frappe.client.set_value", doctype="User", name=worker, fieldname=field, value=value
			)
			if field != "last_reset_password_key_generated_on":
				assert answer.status == 403, field
	assert boss.post("frappe.core.doctype.user.user.generate_keys", user=worker).status == 403
	assert boss.post("frappe.core.doctype.user.user.impersonate", user=worker, reason="x").status == 403
	for field in ("api_secret", "new_password"):
		assert (
			boss.call("frappe.client.get_password", doctype="User", name=worker, fieldname=field).status
			== 403
		)
	assert boss.post("frappe.twofactor.reset_otp_secret", user=worker).status == 403
	assert _logs_in(site, worker, scenario.password)
	assert not _logs_in(site, worker, SECRET)
	assert not _token_works(site, "aaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbb")


def test_keys_of_administrator_are_nobodys(site: Site, boss: Visitor) -> None:
	for values in ({"new_password": SECRET}, {"api_key": "x", "api_secret": "y"}):
		assert boss.body("PUT", f"{USER}/Administrator", values).status == 403
	assert boss.post("frappe.core.doctype.user.user.generate_keys", user="Administrator").status == 403
	assert not _logs_in(site, "Administrator", SECRET)


def test_an_account_is_not_renamed_into_another(boss: Visitor, scenario: Scenario, worker: str) -> None:
	"""A merge would move every assignment of the worker to the account that takes it in."""
	own = scenario.users["administrator"]
	for old, new, merge in ((worker, own, 1), (own, worker, 1), (worker, "altra@example.test", 0)):
		answer = boss.post(
			"frappe.client.rename_doc", doctype="User", old_name=old, new_name=new, merge=merge
		)
		assert answer.status == 403, answer.text[:300]
		boss.post(
			"frappe.model.rename_doc.update_document_title",
			doctype="User",
			docname=old,
			name=new,
			merge=merge,
		)
	assert boss.get(f"{USER}/{worker}").status == 200
	role = boss.body("POST", "/api/resource/Role", {"role_name": "Prova Unione"})
	answer = boss.post(
		"frappe.client.rename_doc", doctype="Role", old_name="Prova Unione", new_name="Social Worker", merge=1
	)
	assert answer.status == 403, answer.text[:300]
	boss.send("DELETE", f"/api/resource/Role/{role.message['name']}")


def test_mails_with_links_are_not_read(boss: Visitor, root: Visitor, worker: str) -> None:
	"""The queue of mails holds the link by which a forgotten password is chosen anew."""
	mail = root.body(
		"POST",
		"/api/resource/Email Queue",
		{
			"sender": "sito@example.test",
			"message": "http://x/update-password?key=Qjchiave",
			"status": "Not Sent",
			"recipients": [{"recipient": worker, "status": "Not Sent"}],
		},
	)
	assert mail.status == 200, mail.text[:500]
	name = mail.message["name"]
	try:
		answers = [
			boss.get(f"/api/resource/Email Queue/{name}"),
			boss.get("/api/resource/Email Queue", fields=["*"], limit_page_length=0),
			boss.post("frappe.desk.reportview.get", doctype="Email Queue", fields=["*"], page_length=500),
			boss.call("frappe.client.get_value", doctype="Email Queue", filters=name, fieldname="message"),
		]
		assert not [answer.asked for answer in answers if "Qjchiave" in answer.text]
		assert "Qjchiave" in root.get(f"/api/resource/Email Queue/{name}").text
	finally:
		root.send("DELETE", f"/api/resource/Email Queue/{name}")


def test_tokens_and_backups_are_not_handed_out(boss: Visitor, root: Visitor) -> None:
	assert boss.call("frappe.utils.backups.get_backup_encryption_key").status == 403
	assert boss.get("/api/resource/OAuth Bearer Token", fields=["*"]).message == []
	assert boss.get("/backups/prova-database.sql.gz").status == 403
	assert root.get("/backups/prova-database.sql.gz").status == 404


@pytest.fixture
def newcomer(site: Site, scenario: Scenario, boss: Visitor, root: Visitor) -> Iterator[tuple[str, Visitor]]:
	"""An account without case roles, whose password the System Manager has set."""
	name, plain = scenario.users["newcomer"], [{"role": "Projects User"}]
	answer = boss.body("PUT", f"{USER}/{name}", {"new_password": SECRET})
	assert answer.status == 200, answer.text[:500]
	yield name, _new(site, "newcomer", name, SECRET)
	answer = root.body("PUT", f"{USER}/{name}", {"role_profile_name": "", "roles": plain})
	assert answer.status == 200, answer.text[:500]


def _sees(visitor: Visitor, s: Scenario) -> bool:
	answer = visitor.get("/api/resource/Case File", filters={"name": s.case})
	return s.case in answer.text.replace(answer.asked, "") and bool(answer.message)


def _waiting(root: Visitor, user: str) -> list[dict]:
	return root.get(
		"/api/resource/Role Confirmation",
		filters={"user": user},
		fields=["name", "role", "status", "given_by"],
	).message


WAYS = ("form", "set_value", "row", "row_v2", "profile", "bulk")


@pytest.mark.parametrize("way", WAYS)
def test_a_role_counts_once_a_second_person_confirms_it(
	site: Site, scenario: Scenario, boss: Visitor, root: Visitor, newcomer: tuple[str, Visitor], way: str
) -> None:
	"""However it was given: by form, a bare row, a profile, in bulk."""
	name, visitor = newcomer
	role = "Case Coordinator"
	row = {"parenttype": "User", "parent": name, "parentfield": "roles", "role": role}
	if way == "form":
		boss.body("PUT", f"{USER}/{name}", {"roles": [{"role": role}]})
	elif way == "set_value":
		boss.post(
			"frappe.client.set_value", doctype="User", name=name, fieldname="roles", value=[{"role": role}]
		)
	elif way == "row":
		boss.body("POST", "/api/resource/Has Role", {"doctype": "Has Role", **row})
		boss.post("frappe.client.insert", doc={"doctype": "Has Role", **row})
	elif way == "row_v2":
		boss.body("POST", "/api/v2/document/Has Role", row)
		rows = root.get(f"{USER}/{name}").message["roles"]
		boss.body("PATCH", f"/api/v2/document/Has Role/{rows[0]['name']}/", {"role": role})
	elif way == "profile":
		profile = "Prova Profilo"
		boss.body("POST", "/api/resource/Role Profile", {"role_profile": profile, "roles": [{"role": role}]})
		boss.body("PUT", f"{USER}/{name}", {"role_profile_name": profile})
	else:
		boss.post("frappe.client.bulk_update", docs=[{"doctype": "User", "docname": name, "roles": [row]}])
	held = {row["role"] for row in root.get(f"{USER}/{name}").message["roles"]}
	assert not _sees(visitor, scenario)
	if way == "profile":
		root.body("PUT", f"{USER}/{name}", {"role_profile_name": "", "roles": [{"role": role}]})
		root.send("DELETE", "/api/resource/Role Profile/Prova Profilo")
	if role not in held:
		return  # this way gives no role at all
	waiting = _waiting(root, name)
	assert [row["status"] for row in waiting] == ["Waiting"], waiting
	assert waiting[0]["given_by"] == scenario.users["administrator"]
	if way != "form":
		return
	# Neither who gave it nor who has it confirms it; the officer does, and then it opens.
	decide = {"name": waiting[0]["name"], "confirm": True}
	for other in (boss, visitor, site.visitor("officer"), site.visitor("worker")):
		assert other.post("core_minori.api.confirmations.decide", **decide).status in (403, 417)
		other.body("PUT", f"/api/resource/Role Confirmation/{decide['name']}", {"status": "Confirmed"})
		assert not _sees(visitor, scenario)
	officer = site.visitor("protection_officer")
	logs = officer.call(
		"frappe.desk.doctype.notification_log.notification_log.get_notification_logs", limit=20
	)
	assert decide["name"] in logs.text
	answer = officer.post("core_minori.api.confirmations.decide", **decide)
	assert answer.status == 200, answer.text[:500]
	# What the maker of the account held is gone: its sessions end with the confirmation.
	assert not _sees(visitor, scenario)
	root.body("PUT", f"{USER}/{name}", {"new_password": SECRET + "b"})
	assert _sees(_new(site, "newcomer", name, SECRET + "b"), scenario)


def test_no_role_of_ours_comes_by_type_of_user(boss: Visitor) -> None:
	assert boss.body("PUT", "/api/resource/Role/Social Worker", {"is_custom": 1}).status == 403


def test_a_password_is_not_made_with_the_role(boss: Visitor, newcomer: tuple[str, Visitor]) -> None:
	path, roles = f"{USER}/{newcomer[0]}", [{"role": "Social Worker"}]
	assert boss.body("PUT", path, {"roles": roles, "new_password": SECRET}).status == 403
	assert boss.body("PUT", path, {"roles": roles, "api_key": "abcabcabc"}).status == 403
	assert boss.body("PUT", path, {"roles": roles}).status == 200
	assert boss.body("PUT", path, {"new_password": SECRET}).status == 403


def test_the_officer_learns_of_administrators_login(site: Site, scenario: Scenario) -> None:
	site._login("Administrator", "admin")
	logs = site.visitor("protection_officer").call(
		"frappe.desk.doctype.notification_log.notification_log.get_notification_logs", limit=10
	)
	assert re.search(r"Administrator (has logged in|.*accesso)", logs.text), logs.text[:800]
