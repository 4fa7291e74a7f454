"""Interview, assessment, clinical record and consents at the desk, as the people who write them."""

import json
from datetime import date, datetime, timedelta

import pytest
from desk import URL, Desk
from playwright.sync_api import expect

from core_minori.setup.demo_data import USERS

TODAY = date.today()
LETTERS = (
	"personal_history",
	"family_ties",
	"vulnerability",
	"protection_facts",
	"involvement",
	"minor_opinion",
)


def resource(desk: Desk, path: str, **data) -> dict:
	"""Make a record over REST as the user of this desk."""
	answer = desk.page.context.request.fetch(
		f"{URL}/api/resource/{path}",
		method="POST",
		headers={
			"X-Frappe-CSRF-Token": desk.page.evaluate("frappe.csrf_token"),
			"Content-Type": "application/json",
		},
		data=json.dumps(data),
	)
	assert answer.ok, answer.text()[:500]
	return answer.json()["data"]


def word(desk: Desk, text: str) -> str:
	"""A label as this desk shows it."""
	return desk.page.evaluate("text => __(text)", text)


def press(desk: Desk, text: str, *group: str) -> None:
	"""Press a button of the form, by its English label, in its group if it has one."""
	for label in group:
		desk.page.locator(".inner-group-button:visible", has_text=word(desk, label)).first.click()
	if group:
		desk.page.locator(
			".inner-group-button .dropdown-item:visible", has_text=word(desk, text)
		).first.click()
		desk.settle()
	else:
		desk.press(word(desk, text))


@pytest.fixture
def followed(desk_of):
	"""A case of the social worker, entered two days ago; gives (its code, the name of the person)."""
	with desk_of("social_worker") as desk:
		desk.open("/app")
		name = f"Prova{datetime.now():%H%M%S%f}"
		minor = resource(
			desk, "Minor", given_name=name, family_name="Sintetico", sex="Male", languages="Tigrino, Arabo"
		)
		case = resource(
			desk,
			"Case File",
			minor=minor["name"],
			beneficiary_type="Unaccompanied Minor",
			living_arrangement="Independent",
			reported_on=str(TODAY - timedelta(days=3)),
			reception_entry=f"{TODAY - timedelta(days=2)} 10:00:00",
		)
		resource(
			desk,
			"Guardianship",
			case_file=case["name"],
			guardian_kind="Volunteer Guardian",
			guardian_name="Tutrice Sintetica",
			from_date=str(TODAY - timedelta(days=1)),
		)
	return case["name"], name


def test_a_first_interview_from_the_case_to_its_printed_report(desk_of, followed):
	case, name = followed
	with desk_of("social_worker") as desk:
		desk.open(f"/app/case-file/{case}")
		desk.page.evaluate("case_file => frappe.new_doc('Minor Interview', { case_file })", case)
		desk.page.wait_for_function(
			"window.cur_frm && cur_frm.doctype === 'Minor Interview' && cur_frm.doc.language"
		)
		desk.settle()
		assert desk.value("language") == "Tigrino"
		assert desk.value("interview_type") == "First Interview"
		rows = desk.page.evaluate(
			"cur_frm.doc.attendees.map(row => [row.role, row.user || row.person || ''])"
		)
		assert rows == [
			["Minor", ""],
			["Social Worker", desk.page.evaluate("frappe.session.user")],
			["Guardian", "Tutrice Sintetica"],
		]
		desk.set(held_at=f"{TODAY - timedelta(days=1)} 09:00:00", absence_reason="Parla bene l'italiano.")
		desk.set(**{letter: f"Testo di {letter}." for letter in LETTERS[:-1]})
		interview = desk.save()
		desk.shot("interview-draft")

		press(desk, "Conclude")
		assert word(desk, "Opinion on the Reception Project") in desk.said()
		desk.shot("interview-gap")
		desk.dismiss()
		assert desk.value("concluded") == 1
		desk.set(minor_opinion="Vuole andare a scuola.")
		desk.save()
		assert not desk.said()

		press(desk, "To the Prosecutor, Today", "Forwarding")
		assert desk.value("sent_to_prosecutor_on") == str(TODAY)
		press(desk, "Sign Today")
		desk.confirm()
		desk.page.wait_for_function("cur_frm.doc.signed_on")
		desk.settle()
		desk.shot("interview-signed")
		assert desk.page.evaluate("cur_frm.get_field('personal_history').df.read_only") == 1

		page = desk.page.context.new_page()
		page.goto(
			f"{URL}/printview?doctype=Minor%20Interview&name={interview}&format=Interview%20Report&no_letterhead=1&_lang=it"
		)
		report = page.locator(".cm-report")
		for words in (
			case,
			name,
			"Tutrice Sintetica",
			"Testo di personal_history.",
			"Vuole andare a scuola.",
		):
			expect(report).to_contain_text(words)
		assert [heading[:2] for heading in report.locator("h2").all_inner_texts()][:6] == [
			f"{letter})" for letter in "abcdef"
		]
		desk.open(f"/app/case-file/{case}")
		assert desk.value("interview_on").startswith(str(TODAY - timedelta(days=1)))
		assert desk.errors == []


def test_an_assessment_goes_to_the_coordinator_and_comes_back_as_a_trend(desk_of, followed):
	case, _name = followed
	made = []
	for days, scores in ((30, (4, 4, 3)), (0, (2, 3, 3))):
		with desk_of("social_worker") as desk:
			desk.open("/app")
			desk.page.evaluate("case_file => frappe.new_doc('Risk Assessment', { case_file })", case)
			desk.page.wait_for_function(
				"window.cur_frm && cur_frm.doctype === 'Risk Assessment' && cur_frm.doc.scores?.length > 5"
			)
			desk.settle()
			desk.set(assessed_on=str(TODAY - timedelta(days=days)))
			desk.page.evaluate(
				"""async scores => {
					for (const [place, score] of scores.entries()) {
						const row = cur_frm.doc.scores[place];
						await frappe.model.set_value(row.doctype, row.name, "score", String(score));
					}
					if (!cur_frm.doc.factors?.length) {
						cur_frm.add_child("factors", { kind: "Risk", factor: "Isolation", weight: "Medium" });
					}
				}""",
				list(scores),
			)
			made.append(desk.save())
			desk.shot(f"assessment-{days}")
			press(desk, "Propose")
			desk.dismiss()
			desk.page.wait_for_function("cur_frm.doc.status === 'Proposed'")
		with desk_of("coordinator") as desk:
			desk.open(f"/app/risk-assessment/{made[-1]}")
			press(desk, "Approve")
			desk.confirm()
			desk.page.wait_for_function("cur_frm.doc.status === 'Approved'")
			desk.settle()
			desk.shot("assessment-approved")
			assert desk.value("approved_on") == str(TODAY)
			assert desk.errors == []

	with desk_of("social_worker") as desk:
		desk.open(f"/app/case-file/{case}")
		desk.page.evaluate("cur_frm.scroll_to_field('assessment_html')")
		desk.settle()
		chart = desk.page.locator(".case-assessments .assessment-chart svg.frappe-chart")
		expect(chart).to_be_visible()
		change = desk.page.locator(".case-assessments table").first
		expect(change).to_contain_text(word(desk, "better by {0}").format(2))
		desk.page.wait_for_timeout(1000)
		desk.shot("assessment-trend")
		assert desk.errors == []

	with desk_of("facility_contact") as desk:
		desk.open("/app")
		for made_one in made:
			answer = desk.page.context.request.get(f"{URL}/api/resource/Risk Assessment/{made_one}")
			assert answer.status in (403, 404)
		answer = desk.page.context.request.get(
			f"{URL}/api/method/core_minori.api.assessments.trend", params={"case_file": case}
		)
		assert answer.status == 403


def test_a_psychologist_writes_what_only_psychologists_read(desk_of, followed):
	case, _name = followed
	with desk_of("coordinator") as desk:
		desk.open("/app")
		resource(
			desk,
			"Care Assignment",
			case_file=case,
			user=next(user.email for user in USERS if user.key == "psychologist"),
			care_role="Psychologist",
			from_date=str(TODAY),
		)
	with desk_of("psychologist") as desk:
		desk.new("Clinical Record", case_file=case)
		desk.page.wait_for_function("cur_frm.get_field('record_type').df.options.length === 3")
		offered = desk.page.evaluate("cur_frm.get_field('record_type').df.options")
		assert offered == ["", "Psycho-social", "Psycho-social Summary"]
		desk.set(record_type="Psycho-social", content="Parla del fratello.")
		expect(desk.field("readers_html")).to_contain_text(word(desk, "Psychologist"))
		expect(desk.field("readers_html")).not_to_contain_text(word(desk, "Social Worker"))
		record = desk.save()
		desk.shot("clinical-record")
		assert desk.errors == []
	with desk_of("social_worker") as desk:
		desk.open("/app")
		answer = desk.page.context.request.get(f"{URL}/api/resource/Clinical Record/{record}")
		assert answer.status in (403, 404)


def test_all_consents_are_asked_in_one_dialog(desk_of, followed):
	case, name = followed
	with desk_of("social_worker") as desk:
		desk.open(f"/app/case-file/{case}")
		press(desk, "Consents, All Purposes", "Add")
		dialog = desk.page.locator(".modal.show")
		expect(dialog).to_be_visible()
		values = desk.page.evaluate("cur_dialog.get_values(true)")
		assert (values["language"], values["given_by"], values["given_by_name"]) == (
			"Tigrino",
			"Guardian",
			"Tutrice Sintetica",
		)
		desk.page.evaluate(
			"cur_dialog.set_values({ answer_0: 'Given', answer_1: 'Given', answer_4: 'Refused' })"
		)
		desk.settle()
		desk.shot("consents-dialog")
		desk.confirm()
		link = desk.page.locator(".modal.show a[href*='printview']").first
		expect(link).to_be_visible()
		desk.shot("consents-recorded")
		address = link.get_attribute("href")
		desk.dismiss()
		page = desk.page.context.new_page()
		page.goto(f"{URL}{address}")
		notice = page.locator(".cm-consent")
		for words in (case, name, "Tigrino", "Tutrice Sintetica"):
			expect(notice).to_contain_text(words)
		assert notice.locator("tbody tr td b").count() >= 3
		desk.page.evaluate("frappe.set_route('List', 'Consent', 'List')")
		desk.settle()
		found = desk.page.evaluate(
			"case_file => frappe.db.get_list('Consent', { filters: { case_file }, fields: ['purpose', 'outcome'], order_by: 'name' })",
			case,
		)
		assert [(row["purpose"], row["outcome"]) for row in found] == [
			("Taking in Charge", "Given"),
			("Sharing with an Organisation", "Given"),
			("Image", "Refused"),
		]
		assert desk.errors == []
