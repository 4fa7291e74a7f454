"""The reports over cases as their readers open them: figures, the list behind a number, the print of a sheet."""

import json
from datetime import date

import pytest
from desk import SHOTS, URL, Desk
from playwright.sync_api import expect

REPORTS = {
	"File Completeness": ("social_worker", "coordinator"),
	"Cases to Watch": ("social_worker", "coordinator"),
	"Case Times": ("social_worker", "coordinator"),
	"Caseload": ("coordinator",),
	"Referral Outcomes": ("social_worker", "coordinator"),
	"Documents Expiring": ("social_worker", "coordinator"),
	"Six-monthly List": ("coordinator", "facility_contact"),
	"Violence and Emersion": ("social_worker", "coordinator", "evaluator"),
	"Presence Days": ("coordinator",),
}


def open_report(desk: Desk, name: str, **filters: str) -> list[dict]:
	"""Open a report and return its rows as the browser has them."""
	desk.open(f"/app/query-report/{name.replace(' ', '%20')}")
	desk.page.wait_for_function(
		"name => frappe.query_report?.report_name === name && frappe.query_report.data", arg=name
	)
	desk.settle()
	if filters:
		desk.page.evaluate("filters => frappe.query_report.set_filter_value(filters)", filters)
		desk.settle()
	return desk.page.evaluate("frappe.query_report.data")


def count(desk: Desk, doctype: str, filters: object) -> int:
	"""How many records the user of this desk lists."""
	answer = desk.page.context.request.get(
		f"{URL}/api/method/frappe.client.get_list",
		params={
			"doctype": doctype,
			"filters": json.dumps(filters),
			"fields": '["name"]',
			"limit_page_length": "0",
		},
	)
	assert answer.ok, answer.text()[:300]
	return len(answer.json()["message"])


@pytest.mark.parametrize("name", REPORTS)
def test_each_reader_opens_it_and_its_numbers_are_the_lists(desk_of, name):
	for user in REPORTS[name]:
		with desk_of(user) as desk:
			rows = open_report(desk, name)
			desk.shot(f"report-{name.lower().replace(' ', '-')}-{user}")
			for row in rows:
				for field, behind in (row.get("behind") or {}).items():
					assert row[field] == count(desk, behind["doctype"], behind["filters"])
			assert desk.errors == [], f"{name} {user}"


def test_a_number_opens_its_list(desk_of):
	with desk_of("coordinator") as desk:
		open_report(desk, "File Completeness", group_by="Facility")
		rows = desk.page.evaluate("frappe.query_report.data")
		most = max(rows, key=lambda row: row["cases"])
		assert most["cases"] > 1
		place = rows.index(most)
		desk.page.locator(f".dt-row-{place} a.cm-behind").first.click()
		desk.page.wait_for_function(
			"frappe.get_route()[0] === 'List' && cur_list?.doctype === 'Case File' && cur_list.data.length"
		)
		desk.settle()
		desk.shot("report-list-behind")
		assert desk.page.evaluate("cur_list.data.length") == min(20, most["cases"])
		shown = set(desk.page.evaluate("cur_list.data.map((row) => row.name)"))
		assert shown <= set(most["behind"]["cases"]["filters"]["name"][1])
		assert desk.errors == []


def test_the_worker_sees_own_cases_only(desk_of):
	with desk_of("social_worker") as desk:
		desk.open("/app")
		own = {row["case_file"] for row in open_report(desk, "File Completeness")}
		listed = count(desk, "Case File", {"state": ["not in", ["Closed", "Transferred"]]})
		assert len(own) == listed > 0
	with desk_of("coordinator") as desk:
		everybody = {row["case_file"] for row in open_report(desk, "File Completeness")}
	assert own < everybody


def test_the_facility_gets_the_list_of_who_lives_there(desk_of):
	with desk_of("facility_contact") as desk:
		rows = open_report(desk, "Six-monthly List")
		hosted = count(desk, "Case File", {})
		assert 0 < len(rows) <= hosted
		assert all(row["minor_name"] for row in rows)
		with desk.page.context.expect_page() as opened:
			desk.page.evaluate(
				"frappe.query_report.print_report({ orientation: 'Landscape', with_letter_head: 0 })"
			)
		paper = opened.value
		paper.wait_for_load_state()
		expect(paper.locator(".cm-list")).to_contain_text("184/1983")
		expect(paper.locator(".cm-list")).to_contain_text(rows[0]["case_file"])
		if SHOTS:
			paper.screenshot(path=f"{SHOTS}/six-monthly-print.png")
		paper.close()
		assert desk.errors == []


def a_case(desk: Desk) -> str:
	"""A case of the worker with something missing."""
	rows = open_report(desk, "File Completeness")
	alone = [row for row in rows if row["sim"] is not None and row["missing"]]
	return alone[0]["case_file"]


def test_the_form_says_what_is_missing_and_leads_to_it(desk_of):
	with desk_of("social_worker") as desk:
		case = a_case(desk)
		desk.open(f"/app/case-file/{case}")
		panel = desk.page.locator('[data-fieldname="completeness_html"]')
		desk.page.wait_for_function(
			'document.querySelector(\'[data-fieldname="completeness_html"] [data-purpose="SIM"]\')'
		)
		# the panel may stand on another tab of the form
		desk.page.evaluate("cur_frm.scroll_to_field('completeness_html')")
		desk.settle()
		expect(panel.locator('[data-purpose="SIM"]')).to_contain_text("%")
		desk.shot("completeness-panel")
		buttons = panel.locator("button[data-item]")
		assert buttons.count()
		items = desk.page.context.request.get(
			f"{URL}/api/method/core_minori.api.sim.completeness", params={"case_file": case}
		).json()["message"]["missing"]
		new = next(place for place, item in enumerate(items) if item["may"] and not item["name"])
		panel.locator(f'button[data-item="{new}"]').click()
		desk.page.wait_for_function(
			"doctype => cur_frm && cur_frm.doctype === doctype && cur_frm.is_new()", arg=items[new]["doctype"]
		)
		desk.settle()
		assert desk.value("case_file") == case
		assert desk.errors == []


def test_the_sim_sheet_is_printed_and_downloaded(desk_of):
	with desk_of("social_worker") as desk:
		case = a_case(desk)
		desk.open(f"/app/case-file/{case}")
		print_address = (
			f"/printview?doctype=Case%20File&name={case}&format=SIM%20Sheet&no_letterhead=1&_lang=it"
		)
		desk.page.goto(f"{URL}{print_address}")
		expect(desk.page.locator(".cm-sim")).to_contain_text(case)
		assert desk.page.locator(".cm-sim .cm-missing").count()
		desk.shot("sim-sheet")
		desk.open(f"/app/case-file/{case}")
		with desk.page.expect_download() as download:
			desk.page.evaluate(
				"open_url_post('/api/method/core_minori.api.sim.sheet', { cases: [cur_frm.doc.name] })"
			)
		assert download.value.suggested_filename == f"SIM_{date.today()}.csv"
		content = download.value.path().read_bytes()
		assert content.startswith(b"\xef\xbb\xbf") and case.encode() in content
	with desk_of("educator") as desk:
		desk.open("/app")
		answer = desk.page.context.request.post(
			f"{URL}/api/method/core_minori.api.sim.sheet",
			headers={"X-Frappe-CSRF-Token": desk.page.evaluate("frappe.csrf_token")},
			form={"cases": json.dumps([case])},
		)
		assert answer.status == 403
