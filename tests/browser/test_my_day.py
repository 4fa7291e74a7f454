"""My Day in the browser: what is due is seen at once, a case opens in one click, and it fits a phone."""

import secrets
from datetime import date, timedelta

import pytest
from desk import URL, Desk
from playwright.sync_api import expect
from test_journeys import resource

TODAY = date.today()


@pytest.fixture
def worker(desk_of):
	"""The social worker's desk with a case of their own that was entered ten days ago; gives (desk, case, name)."""
	with desk_of("social_worker") as desk:
		desk.open("/app/my-day")
		name = f"Zeta{secrets.token_hex(4)}"
		minor = resource(
			desk,
			"POST",
			"resource/Minor",
			given_name=name,
			family_name="Prova",
			sex="Male",
			birth_date=str(TODAY - timedelta(days=365 * 17 + 100)),
		)["data"]["name"]
		case = resource(
			desk,
			"POST",
			"resource/Case File",
			minor=minor,
			beneficiary_type="Unaccompanied Minor",
			living_arrangement="Independent",
			reported_on=str(TODAY - timedelta(days=10)),
			reception_entry=f"{TODAY - timedelta(days=10)} 09:00:00",
		)["data"]["name"]
		yield desk, case, name


def show_day(desk: Desk, search: str = "") -> None:
	desk.open("/app/my-day")
	expect(desk.page.locator(".my-day-count").first).to_be_visible()
	if search:
		desk.page.locator(".my-day-search").fill(search)


def test_what_is_late_is_seen_and_the_case_is_one_click_away(worker):
	desk, case, name = worker
	show_day(desk)
	desk.shot("my-day")
	show_day(desk, name)
	overdue = desk.page.locator('section[data-part="overdue"] .my-day-row')
	expect(overdue.first).to_contain_text(case)
	row = desk.page.locator(".my-day-case")
	expect(row).to_have_count(1)
	expect(row).to_contain_text(name)
	row.click()
	desk.page.wait_for_function("case_file => cur_frm?.doc?.name === case_file", arg=case)
	assert name not in desk.page.url
	desk.settle()
	expect(desk.page.locator(".case-person")).to_contain_text(name)
	assert name not in desk.page.title()
	desk.shot("case-head")
	assert desk.errors == []


def test_a_filter_that_finds_nothing_says_so_and_a_word_finds_the_case(worker):
	desk, case, __ = worker
	show_day(desk, "parola che non c'è")
	expect(desk.page.locator(".my-day-row")).to_have_count(0)
	desk.page.locator(".my-day-search").fill(case.lower())
	expect(desk.page.locator(".my-day-case")).to_have_count(1)


def test_the_page_fits_a_phone(worker):
	desk, __, name = worker
	desk.page.set_viewport_size({"width": 390, "height": 844})
	show_day(desk, name)
	assert desk.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	expect(desk.page.locator(".my-day-case")).to_be_visible()
	desk.shot("my-day-phone")


@pytest.mark.parametrize(
	"user", ["educator", "psychologist", "mediator", "coordinator", "unit_manager", "social_worker_2"]
)
def test_each_role_has_a_day_and_no_name_of_a_case_that_is_not_theirs(desk_of, worker, user):
	__, case, name = worker
	with desk_of(user) as desk:
		show_day(desk)
		desk.shot(f"my-day-{user}")
		answers = user in ("coordinator", "unit_manager")
		answer = desk.page.context.request.get(f"{URL}/api/method/core_minori.api.cases.my_day")
		assert answer.ok
		text = answer.text()
		assert (case in text) is answers
		assert (name in text) is answers
		assert desk.errors == []


@pytest.mark.parametrize("user", ["facility_contact", "partner_health", "funding_officer", "administrator"])
def test_who_follows_no_case_has_no_such_page(desk_of, user):
	with desk_of(user) as desk:
		desk.open("/app/my-day")
		expect(desk.page.locator(".my-day-case")).to_have_count(0)
		answer = desk.page.context.request.get(f"{URL}/api/method/core_minori.api.cases.my_day")
		assert not answer.ok or "Zeta" not in answer.text()
