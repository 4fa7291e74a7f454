"""The plan of a minor in the browser: from a case that knows things to version 2, compared and printed."""

import json
from datetime import date, timedelta

import pytest
from desk import URL, Desk
from playwright.sync_api import expect

from core_minori.setup.demo_data import USERS

TODAY = date.today()


def made(desk: Desk, doctype: str, **values) -> str:
	"""A record made over REST by the user of this desk; returns its name."""
	answer = desk.page.context.request.post(
		f"{URL}/api/resource/{doctype}",
		headers={
			"X-Frappe-CSRF-Token": desk.page.evaluate("frappe.csrf_token"),
			"Content-Type": "application/json",
		},
		data=json.dumps(values),
	)
	assert answer.ok, answer.text()[:800]
	return answer.json()["data"]["name"]


def state(desk: Desk, expected: str) -> None:
	desk.page.wait_for_function("state => cur_frm.doc.workflow_state === state", arg=expected)
	desk.settle()


def tab(desk: Desk, name: str) -> None:
	"""Open a tab of the form by its field."""
	desk.page.locator(f'.form-page:visible .form-tabs [data-fieldname="{name}"]').first.click()
	desk.settle()


def address(key: str) -> str:
	return next(user.email for user in USERS if user.key == key)


@pytest.fixture
def case(desk_of):
	"""A case of the social worker's that knows a guardian, a mother, two papers; mediator and educator follow it."""
	with desk_of("social_worker") as desk:
		desk.open("/app/minors")
		minor = made(
			desk,
			"Minor",
			given_name="Lamin",
			family_name="Provadue",
			sex="Male",
			birth_date=str(TODAY - timedelta(days=16 * 366)),
			nationality="Gambia",
			languages="Mandinka",
			arrival_date=str(TODAY - timedelta(days=80)),
		)
		name = made(
			desk,
			"Case File",
			minor=minor,
			beneficiary_type="Unaccompanied Minor",
			living_arrangement="Independent",
			reported_on=str(TODAY - timedelta(days=60)),
		)
		made(
			desk,
			"Guardianship",
			case_file=name,
			guardian_kind="Volunteer Guardian",
			guardian_name="Nora Valdesi",
			from_date=str(TODAY - timedelta(days=30)),
		)
		made(
			desk,
			"Support Person",
			case_file=name,
			relation="Mother",
			person_name="Fatou",
			lives_in="Gambia",
		)
		made(
			desk,
			"Personal Document",
			case_file=name,
			document_type="Residence Permit",
			permit_type="Minor Age",
			status="Held",
			issued_on=str(TODAY - timedelta(days=20)),
			expires_on=str(TODAY + timedelta(days=300)),
		)
	with desk_of("coordinator") as desk:
		desk.open("/app/minors")
		for key, role in (("mediator", "Cultural Mediator"), ("educator", "Educator")):
			made(
				desk,
				"Care Assignment",
				case_file=name,
				user=address(key),
				care_role=role,
				from_date=str(TODAY - timedelta(days=5)),
			)
	return name


def test_a_plan_from_its_first_draft_to_its_second_version(desk_of, case):
	with desk_of("social_worker") as desk:
		desk.new("PEI", case_file=case)
		desk.page.wait_for_function("cur_frm.doc.prefilled")
		desk.settle()
		assert "Nora Valdesi" in desk.value("guardian")
		assert desk.value("referent_worker") and desk.value("educator")
		assert desk.value("permit_type") == "Minor Age"
		assert "Fatou" in desk.value("origin_and_family")
		desk.shot("pei-prefilled")
		tab(desk, "tab_story")
		desk.type_in("schooling", "Sei anni di scuola nel paese di origine, interrotta per lavorare.")
		desk.shot("pei-story")
		desk.set(
			minor_wishes="Vuole lavorare come cuoco e vivere vicino agli amici.", voice_language="Mandinka"
		)
		desk.page.evaluate(
			"""due => {
				for (const row of [
					{ area: "School and Language", objective: "Raggiungere il livello A2", target: "A2", due_on: due, responsible: "Educator" },
					{ area: "Training and Work", objective: "Tirocinio in cucina", due_on: due, responsible: "Social Worker" },
				]) cur_frm.add_child("objectives", row);
				cur_frm.add_child("interventions", { intervention_type: "Individual Education", frequency: "ogni settimana", start_date: frappe.datetime.get_today() });
				cur_frm.refresh_fields();
			}""",
			str(TODAY + timedelta(days=180)),
		)
		plan = desk.save()
		desk.act("Invia all'équipe")
		state(desk, "Team Review")
		tab(desk, "tab_plan")
		desk.shot("pei-plan")
		assert desk.errors == []

	with desk_of("unit_manager") as desk:
		desk.open(f"/app/pei/{plan}")
		desk.act("Approva il PEI")
		state(desk, "Approved by the Unit")
		assert desk.errors == []

	with desk_of("social_worker") as desk:
		desk.open(f"/app/pei/{plan}")
		state(desk, "Approved by the Unit")
		tab(desk, "tab_signatures")
		assert desk.page.evaluate("cur_frm.doc.signatures.map(row => row.signatory)")[:2] == [
			"Minor",
			"Guardian or Parent",
		]
		desk.page.evaluate(
			"""async today => {
				const [minor, guardian] = cur_frm.doc.signatures;
				await frappe.model.set_value(minor.doctype, minor.name, "signed_on", today);
				await frappe.model.set_value(minor.doctype, minor.name, "mode", "Handwritten");
				await frappe.model.set_value(guardian.doctype, guardian.name, "refusal_reason", "In viaggio, firma al ritorno");
			}""",
			str(TODAY),
		)
		desk.save()
		desk.shot("pei-signatures")
		desk.act("Registra le firme")
		state(desk, "Signed")
		desk.act("Avvia il PEI")
		state(desk, "In Progress")

		desk.press("Programma interventi")
		dialog = desk.page.locator(".modal.show")
		expect(dialog).to_be_visible()
		dialog.get_by_label("Lunedì").check()
		desk.page.wait_for_timeout(300)
		desk.shot("pei-plan-interventions")
		desk.confirm()
		desk.page.wait_for_function("!document.querySelector('.modal.show')")
		tab(desk, "tab_plan")
		expect(desk.page.locator('[data-fieldname="planned_html"] table')).to_be_visible()
		desk.shot("pei-running-plan")

		desk.press("Scrivi una verifica")
		desk.page.wait_for_function(
			"cur_frm.doctype === 'PEI Review' && (cur_frm.doc.objectives || []).length === 2"
		)
		desk.settle()
		assert desk.value("next_review_on")
		desk.page.evaluate(
			"""async () => {
				const [first, second] = cur_frm.doc.objectives;
				await frappe.model.set_value(first.doctype, first.name, "progress", 60);
				await frappe.model.set_value(first.doctype, first.name, "new_target", "B1");
				await frappe.model.set_value(second.doctype, second.name, "status", "Dropped");
			}"""
		)
		desk.set(decision="New Version", minor_opinion="È contento della scuola.")
		review = desk.save()
		desk.shot("pei-review")
		desk.press("Fai la nuova versione")
		desk.page.wait_for_function("cur_frm.doctype === 'PEI' && cur_frm.doc.version === 2")
		desk.settle()
		assert desk.value("made_from_review") == review
		desk.set(minor_wishes="Vuole lavorare come pizzaiolo e vivere vicino agli amici.")
		second = desk.save()

		desk.press("Confronta con la versione precedente")
		changes = desk.page.locator(".plan-changes")
		expect(changes).to_be_visible()
		expect(changes.locator("tbody tr:not(.plan-section)")).to_have_count(3)
		expect(changes.locator("ins")).to_have_text(["B1", "pizzaiolo"])
		expect(changes.locator("del")).to_have_text(["A2", "cuoco"])
		desk.shot("pei-compare")
		desk.dismiss()

		desk.open(f"/app/pei/{plan}")
		tab(desk, "tab_voice")
		expect(desk.page.locator('[data-fieldname="reviews_html"] table')).to_contain_text(second)
		desk.shot("pei-reviews")
		desk.open(f"/app/case-file/{case}")
		tab(desk, "tab_path")
		expect(desk.page.locator('[data-fieldname="voice_html"]')).to_contain_text(
			"Raggiungere il livello A2"
		)
		desk.shot("pei-on-the-case")
		assert desk.errors == []

		paper = desk.page.context.request.get(
			f"{URL}/printview", params={"doctype": "PEI", "name": plan, "format": "PEI", "no_letterhead": "1"}
		)
		assert paper.ok
		desk.page.goto(f"{URL}/printview?doctype=PEI&name={plan}&format=PEI&no_letterhead=1")
		expect(desk.page.locator(".pei-section")).to_have_count(13)
		desk.shot("pei-print")

	with desk_of("mediator") as desk:
		desk.open(f"/app/case-file/{case}")
		tab(desk, "tab_path")
		voice = desk.page.locator('[data-fieldname="voice_html"]')
		expect(voice).to_contain_text("pizzaiolo")
		expect(voice).not_to_contain_text("Raggiungere il livello A2")
		desk.shot("pei-voice-for-the-mediator")
		refused = desk.page.context.request.get(f"{URL}/api/resource/PEI/{plan}")
		assert refused.status in (403, 404)
