"""The path of a case at the desk: contacts, a meeting with tasks, closure and reopening, a new owner."""

import secrets
from datetime import date, timedelta

import pytest
from desk import Desk
from playwright.sync_api import expect
from test_journeys import resource

from core_minori.setup.demo_data import USERS

TODAY = date.today()
EMAIL = {user.key: user.email for user in USERS}


@pytest.fixture
def case(desk_of):
	"""A case that the social worker opened today."""
	with desk_of("social_worker") as desk:
		desk.open("/app/my-day")
		minor = resource(
			desk, "POST", "resource/Minor", given_name=f"Zeta{secrets.token_hex(4)}", sex="Female"
		)["data"]["name"]
		yield resource(
			desk,
			"POST",
			"resource/Case File",
			minor=minor,
			beneficiary_type="Minor in a Family",
			living_arrangement="Independent",
			reported_on=str(TODAY - timedelta(days=10)),
		)["data"]["name"]


def form(desk: Desk, doctype: str, name: str) -> None:
	desk.open(f"/app/{doctype.lower().replace(' ', '-')}/{name}")
	desk.page.wait_for_function("name => cur_frm?.doc?.name === name", arg=name)
	desk.settle()


def menu(desk: Desk, group: str, item: str) -> None:
	desk.page.locator(f'.inner-group-button[data-label="{group}"] button:visible').click()
	desk.page.locator(f'.inner-group-button .dropdown-menu a[data-label="{item}"]:visible').click()
	desk.settle()


def fill(desk: Desk, **values: str) -> None:
	"""Fill fields of the open dialog as its own controls do."""
	desk.page.evaluate(
		"async values => { for (const [field, value] of Object.entries(values)) await cur_dialog.set_value(field, value); }",
		values,
	)


def press_step(desk: Desk, step: str, reason: str = "") -> None:
	desk.page.evaluate("step => $(cur_frm.custom_buttons[__(step)]).click()", step)
	desk.page.wait_for_selector(".modal.show .btn-primary:visible")
	desk.settle()
	fill(desk, reason=reason)
	desk.confirm()


def request_of(desk: Desk, case: str) -> str:
	rows = resource(
		desk,
		"GET",
		"resource/Case Request",
		filters=f'[["case_file","=","{case}"]]',
		order_by="creation desc",
		limit_page_length=1,
	)
	return rows["data"][0]["name"]


def label(desk: Desk, text: str) -> str:
	"""A label as the desk says it, quoted as the desk's own attributes are."""
	return desk.page.evaluate("text => encodeURIComponent(__(text))", text)


def ask(desk: Desk, case: str, button: str, **values: str) -> str:
	form(desk, "Case File", case)
	menu(desk, label(desk, "Case"), label(desk, button))
	fill(desk, **values)
	desk.confirm()
	desk.page.wait_for_function("!document.querySelector('.modal.show')")
	desk.settle()
	return request_of(desk, case)


def test_a_contact_is_three_fields_and_stands_on_the_case(desk_of, case):
	with desk_of("social_worker") as desk:
		form(desk, "Case File", case)
		desk.page.evaluate("$(cur_frm.custom_buttons[__('Log Contact')]).click()")
		desk.page.wait_for_selector(".modal.show .btn-primary:visible")
		desk.settle()
		fill(desk, contact_with="Guardian", summary="Sentita la tutrice: tutto bene.")
		desk.shot("contact-dialog")
		desk.confirm()
		desk.page.wait_for_function("!document.querySelector('.modal.show')")
		desk.settle()
		panel = desk.page.locator('[data-fieldname="contacts_html"]')
		assert "Sentita la tutrice" in panel.inner_text() or "Sentita la tutrice" in panel.text_content()
		desk.page.evaluate("cur_frm.get_field('contacts_html').$wrapper[0].scrollIntoView()")
		assert desk.errors == []


def test_a_decision_of_a_meeting_is_a_task_that_names_codes_alone(desk_of, case):
	with desk_of("social_worker") as desk:
		desk.open(f"/app/case-meeting/new?case_file={case}")
		desk.page.wait_for_function("cur_frm?.doc?.participants?.some(row => row.user)")
		desk.settle()
		desk.page.evaluate(
			"""async ([user, day]) => {
				await cur_frm.set_value("minutes", "Verbale di prova");
				const row = cur_frm.add_child("decisions");
				Object.assign(row, { decision: "Parola riservata", responsible: user, due_on: day });
				cur_frm.refresh_field("decisions");
			}""",
			[EMAIL["social_worker"], str(TODAY)],
		)
		meeting = desk.save()
		desk.shot("meeting")
		tasks = resource(
			desk,
			"GET",
			"resource/ToDo",
			filters=f'[["reference_name","=","{meeting}"]]',
			fields='["description","allocated_to","status"]',
		)["data"]
		assert len(tasks) == 1
		assert case in tasks[0]["description"]
		assert "riservata" not in tasks[0]["description"]
		desk.open("/app/my-day")
		desk.page.locator(".my-day-search").fill(meeting)
		expect(desk.page.locator('section[data-part="today"] .my-day-row')).to_have_count(1)
		assert desk.errors == []


def test_a_worker_asks_to_close_the_manager_approves_and_the_case_opens_again(desk_of, case):
	with desk_of("social_worker") as worker, desk_of("unit_manager") as manager:
		request = ask(
			worker, case, "Ask to Close", closure_reason="Path Completed", reason="Percorso concluso"
		)
		assert worker.page.evaluate("cur_frm.doc.state") == "Reported"
		assert request in worker.page.locator(".case-head").inner_html()
		form(worker, "Case Request", request)
		assert worker.page.evaluate("!cur_frm.custom_buttons[__('Approve')]")
		manager.open("/app/my-day")
		manager.page.locator(".my-day-search").fill(request)
		manager.page.locator('section[data-part="waiting"] .my-day-row').click()
		manager.page.wait_for_function("name => cur_frm?.doc?.name === name", arg=request)
		manager.settle()
		manager.shot("closure-request")
		press_step(manager, "Approve")
		form(worker, "Case File", case)
		assert worker.page.evaluate("cur_frm.doc.state") == "Closed"
		worker.shot("case-closed")
		request = ask(worker, case, "Ask to Reopen", reason="Nuova segnalazione")
		form(manager, "Case Request", request)
		press_step(manager, "Approve")
		form(worker, "Case File", case)
		assert worker.page.evaluate("cur_frm.doc.state") == "Reported"
		history = worker.page.evaluate("cur_frm.doc.state_history.map(row => [row.to_state, row.fact])")
		assert history == [
			["Reported", "Case Reported"],
			["Closed", "Case Closed"],
			["Reported", "Case Reopened"],
		]
		assert worker.errors == manager.errors == []


def test_a_case_changes_hands_when_the_colleague_accepts(desk_of, case):
	with (
		desk_of("social_worker") as worker,
		desk_of("unit_manager") as manager,
		desk_of("social_worker_2") as colleague,
	):
		request = ask(worker, case, "Hand Over", to_user=EMAIL["social_worker_2"], reason="Cambio di zona")
		form(manager, "Case Request", request)
		press_step(manager, "Approve", "Va bene")
		colleague.open("/app/my-day")
		refused = colleague.page.context.request.get(
			f"{colleague.page.url.split('/app')[0]}/api/resource/Case File/{case}"
		)
		assert refused.status == 403
		colleague.page.locator(".my-day-search").fill(request)
		colleague.page.locator('section[data-part="waiting"] .my-day-row').click()
		colleague.page.wait_for_function("name => cur_frm?.doc?.name === name", arg=request)
		colleague.settle()
		colleague.shot("transfer-request")
		press_step(colleague, "Accept")
		form(colleague, "Case File", case)
		expect(colleague.page.locator(".case-head")).to_contain_text("Clio Sarvetti")
		colleague.shot("case-taken-over")
		assert colleague.errors == manager.errors == []
