"""Three whole stories at the desk, as the people who live them; their deadlines against tables worked out by hand.

All of it lies in the past, so that the tables hold on any day; a term that is still open has no mark, since how it
stands depends on the day of the run. A fact is typed once: what follows from it is looked at where it shows.
"""

import secrets

import pytest
from desk import Desk
from playwright.sync_api import expect
from test_journeys import resource

from core_minori.setup.demo_data import USERS

EMAIL = {user.key: user.email for user in USERS}
DONE, LATE, OPEN = "Done", "Done Late", "-"


def facility(desk: Desk, level: str) -> str:
	"""The first facility of this level."""
	rows = resource(
		desk,
		"GET",
		"resource/Facility",
		filters=f'[["reception_level","=","{level}"],["disabled","=",0]]',
		order_by="name",
		limit_page_length=1,
	)["data"]
	return rows[0]["name"]


def intake(desk: Desk, persons: list[dict], shared: dict) -> str:
	"""Open the cases of these persons on the one form of the intake; returns the first case."""
	desk.open("/app/intake")
	desk.page.wait_for_function("window.frappe.pages?.intake?.intake?.persons?.length")
	desk.page.evaluate(
		"""async ([persons, shared]) => {
			const intake = frappe.pages.intake.intake;
			for (const [place, values] of persons.entries()) {
				if (place) intake.add_relative(values.beneficiary_type);
				await intake.persons[place].fields.set_values(values);
			}
			await intake.shared.set_values(shared);
		}""",
		[persons, shared],
	)
	desk.page.wait_for_timeout(1200)  # the look for duplicates
	desk.settle()
	desk.shot("story-intake")
	desk.page.locator(".page-actions .primary-action:visible").first.click()
	desk.settle()
	if desk.page.locator(".modal.show .btn-primary:visible").count():  # somebody alike, of an earlier run
		desk.confirm()
	desk.page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Case File' && !cur_frm.is_new()")
	desk.settle()
	desk.dismiss()  # told that the age is not of this kind: the boy is of age by now
	return desk.page.evaluate("cur_frm.doc.name")


def record(desk: Desk, doctype: str, **values: object) -> str:
	"""Write a record on its form and save it."""
	desk.new(doctype, **values)
	return desk.save()


def on_case(desk: Desk, case: str, **values: object) -> None:
	"""Open a case and, where there are any, change fields of it."""
	desk.open(f"/app/case-file/{case}")
	desk.page.wait_for_function("name => window.cur_frm && cur_frm.doc.name === name", arg=case)
	desk.settle()
	if values:
		desk.set(**values)
		desk.save()


def deadlines(desk: Desk, case: str) -> dict[tuple[str, str], str]:
	"""(rule, due) -> how it was done, as this user finds them; the tab of the case shows as many."""
	on_case(desk, case)
	rows = resource(
		desk,
		"GET",
		"resource/Case Deadline",
		filters=f'[["case_file","=","{case}"]]',
		fields='["rule_code","due_at","state"]',
		limit_page_length=0,
	)["data"]
	desk.page.locator('.form-page:visible .form-tabs [data-fieldname="tab_deadlines"]').first.click()
	desk.settle()
	expect(desk.page.locator('[data-fieldname="deadlines_html"] [data-deadline]')).to_have_count(len(rows))
	found = {
		(row["rule_code"], row["due_at"][:16]): row["state"] if row["state"].startswith("Done") else OPEN
		for row in rows
	}
	assert len(found) == len(rows)
	return found


def give(desk: Desk, case: str, key: str, role: str, day: str) -> None:
	"""The coordinator gives a colleague the case."""
	resource(
		desk,
		"POST",
		"resource/Care Assignment",
		case_file=case,
		user=EMAIL[key],
		care_role=role,
		from_date=day,
	)


def plan(desk_of, case: str, drafted: str, signed: str) -> str:
	"""A plan from its draft to its start: three pairs of hands."""
	with desk_of("social_worker") as desk:
		desk.new("PEI", case_file=case)
		desk.page.wait_for_function("cur_frm.doc.prefilled")
		desk.settle()
		desk.set(drafted_on=drafted, minor_wishes="Vuole studiare e lavorare.", voice_language="Italiano")
		desk.page.evaluate(
			"""() => {
				cur_frm.clear_table("objectives");
				cur_frm.add_child("objectives", { area: "School and Language", objective: "Raggiungere il livello B1" });
				cur_frm.refresh_fields();
			}"""
		)
		name = desk.save()
		desk.shot("story-plan")
		desk.act("Invia all'équipe")
		desk.page.wait_for_function("cur_frm.doc.workflow_state === 'Team Review'")
	with desk_of("unit_manager") as desk:
		desk.open(f"/app/pei/{name}")
		desk.act("Approva il PEI")
		desk.page.wait_for_function("cur_frm.doc.workflow_state === 'Approved by the Unit'")
	with desk_of("social_worker") as desk:
		desk.open(f"/app/pei/{name}")
		desk.page.wait_for_function("(cur_frm.doc.signatures || []).length")
		desk.page.evaluate(
			"""async day => {
				for (const row of cur_frm.doc.signatures) {
					await frappe.model.set_value(row.doctype, row.name, "signed_on", day);
					await frappe.model.set_value(row.doctype, row.name, "mode", "Handwritten");
				}
			}""",
			signed,
		)
		desk.save()
		for action, state in (("Registra le firme", "Signed"), ("Avvia il PEI", "In Progress")):
			desk.act(action)
			desk.page.wait_for_function("state => cur_frm.doc.workflow_state === state", arg=state)
			desk.settle()
	return name


# --- the boy ----------------------------------------------------------------------------------------
# He lands on Saturday 19 April 2025 at 20:00, the eve of Easter; he is sixteen, and eighteen on 20 May 2026.

BOY = {
	# twenty-four hours: Easter at 20:00; sent in the morning
	("first-report", "2025-04-20 20:00"): DONE,
	# working days: not Easter, not Easter Monday; one is Tuesday 22, three are Thursday 24
	("guardianship-request", "2025-04-22 23:59"): DONE,
	("msna-census", "2025-04-24 23:59"): DONE,
	# three calendar days; held on Easter Monday
	("first-interview", "2025-04-22 23:59"): DONE,
	# five days from the interview of the 21st; the prosecutor's went on the 28th
	("social-file-municipality", "2025-04-26 23:59"): DONE,
	("social-file-prosecutor", "2025-04-26 23:59"): LATE,
	("family-search", "2025-04-26 23:59"): DONE,
	# ten days from 19 April; concluded on 2 May
	("identification", "2025-04-29 23:59"): LATE,
	# thirty days: 11 to the end of April, and 19; enrolled in school on the 26th
	("permit-request", "2025-05-19 23:59"): DONE,
	("ssn-enrolment", "2025-05-19 23:59"): DONE,
	("school-enrolment", "2025-05-19 23:59"): LATE,
	("guardian-watch-30", "2025-05-19 23:59"): DONE,
	# forty-five days: 11, 31 and 3; he moved on 30 May
	("first-reception-stay", "2025-06-03 23:59"): DONE,
	# sixty days: 11, 31 and 18; drafted on 10 June
	("guardian-watch-60", "2025-06-18 23:59"): DONE,
	("pei-draft", "2025-06-18 23:59"): DONE,
	# six months from the signature of 16 June, then from each review
	("pei-review", "2025-12-16 23:59"): DONE,
	("pei-review", "2026-06-10 23:59"): DONE,
	("pei-review", "2026-12-05 23:59"): OPEN,
	# no list of minors every six months: he is of age when all this is written down
	# seventeen; seventeen and a half, made five days late; the day before eighteen
	("majority-plan", "2025-05-20 23:59"): DONE,
	("permit-conversion", "2025-11-20 23:59"): LATE,
	("continued-care-request", "2026-05-19 23:59"): DONE,
	# sixty days from 10 March: 21, 30 and 9; ordered on 28 April
	("continued-care-order", "2026-05-09 23:59"): DONE,
	# thirty days from 28 April: 2 and 28
	("integration-permit", "2026-05-28 23:59"): OPEN,
	# sixty days from the birthday: 11, 30 and 19
	("permit-conversion-request", "2026-07-19 23:59"): OPEN,
	("continued-care-end", "2028-05-20 23:59"): OPEN,
}


def test_a_boy_of_sixteen_from_the_landing_to_prosieguo(desk_of):
	name = f"Lamin{secrets.token_hex(3)}"
	with desk_of("social_worker") as desk:
		desk.open("/app/my-day")
		first, second = facility(desk, "First Reception"), facility(desk, "Second Reception")
		case = intake(
			desk,
			[
				{
					"beneficiary_type": "Unaccompanied Minor",
					"given_name": name,
					"sex": "Male",
					"birth_date": "2008-05-20",
					"nationality": "Gambia",
					"languages": "Mandinka",
				}
			],
			{
				"reported_on": "2025-04-19",
				"living_arrangement": "Facility",
				"facility": first,
				"reception_entry": "2025-04-19 20:00:00",
			},
		)
		expect(desk.page.locator(".case-head")).to_contain_text(name)
		assert desk.value("state") == "Reception"
		record(
			desk,
			"Protection Report",
			case_file=case,
			report_type="First Report of an Unaccompanied Minor",
			noticed_at="2025-04-19 20:00:00",
			facts="Minore giunto solo.",
			authority="Prosecutor at the Juvenile Court",
			transmitted_at="2025-04-20 10:00:00",
			protocol_number="1/2025",
		)
		desk.new("Minor Interview", case_file=case)
		desk.settle()
		assert desk.value("language") == "Mandinka"  # known from the intake
		desk.set(
			held_at="2025-04-21 10:00:00",
			mediator_present=1,
			guardian_present=0,
			absence_reason="Tutela non ancora aperta.",
			personal_history="Racconta il viaggio.",
			family_ties="Sente la madre.",
			vulnerability="Dorme poco.",
			protection_facts="È senza adulti.",
			involvement="Informato nella sua lingua.",
			minor_opinion="Vuole studiare.",
			concluded=1,
			sent_to_municipality_on="2025-04-24",
			sent_to_prosecutor_on="2025-04-28",
		)
		desk.save()
		on_case(desk, case, census_done_on="2025-04-24", identification_concluded_on="2025-05-02")
		assert desk.value("interview_on") == "2025-04-21 10:00:00"  # typed in the interview alone
		assert desk.value("state") == "Assessment"
		consent = record(
			desk,
			"Consent",
			case_file=case,
			purpose="Family Search",
			outcome="Given",
			given_by="Minor",
			given_on="2025-04-21",
			language="Mandinka",
		)
		record(
			desk,
			"Family Search",
			case_file=case,
			status="Reported",
			consent=consent,
			reported_on="2025-04-25",
			reported_to="Ente convenzionato",
		)
		for values in (
			{
				"document_type": "Request of Residence Permit",
				"permit_type": "Minor Age",
				"requested_on": "2025-05-10",
			},
			{"document_type": "Health Card", "requested_on": "2025-05-05"},
			{"document_type": "School Certificate", "requested_on": "2025-05-26"},
		):
			record(desk, "Personal Document", case_file=case, status="Requested", **values)
		record(
			desk,
			"Guardianship",
			case_file=case,
			guardian_kind="Volunteer Guardian",
			guardian_name="Nora Valdesi",
			requested_on="2025-04-22",
			from_date="2025-05-12",
		)
		request = desk.page.evaluate(
			"args => frappe.xcall('core_minori.api.legal.move', args)",
			{
				"case_file": case,
				"living_arrangement": "Facility",
				"facility": second,
				"notes": "Posto libero",
			},
		)
	with desk_of("unit_manager") as desk:
		desk.open(f"/app/placement/{request['placement']}")
		desk.page.wait_for_function("cur_frm?.doc?.doctype === 'Placement'")
		desk.settle()
		desk.shot("story-boy-move")
		desk.page.evaluate(
			"name => frappe.xcall('core_minori.api.legal.decide_move', { placement: name, approve: true })",
			request["placement"],
		)
	with desk_of("social_worker") as desk:
		desk.open("/app/my-day")
		desk.page.evaluate(
			"""name => frappe.xcall('core_minori.api.legal.record_arrival',
				{ placement: name, arrived_at: '2025-05-30 11:00:00' })""",
			request["placement"],
		)
		on_case(desk, case, majority_plan_made_on="2025-05-15")
		assert desk.value("facility") == second
		assert desk.value("guardian_appointed_on") == "2025-05-12"
	pei = plan(desk_of, case, "2025-06-10", "2025-06-16")
	with desk_of("social_worker") as desk:
		for day in ("2025-12-10", "2026-06-05"):
			desk.new("PEI Review", case_file=case, pei=pei)
			desk.settle()
			desk.set(reviewed_on=day, decision="Go On", next_review_on="", minor_opinion="Va bene.")
			desk.save()
		on_case(
			desk,
			case,
			permit_conversion_prepared_on="2025-11-25",
			continued_care_requested_on="2026-03-10",
		)
		assert desk.value("state") == "In Progress"
		record(
			desk,
			"Court Act",
			case_file=case,
			act_type="Prosieguo Ordered",
			authority="Juvenile Court",
			acted_at="2026-04-28 11:00:00",
			valid_until="2028-05-20",
		)
		assert deadlines(desk, case) == BOY
		desk.shot("story-boy-deadlines")
		assert desk.value("state") == "Prosieguo"
		assert desk.value("prosieguo_until") == "2028-05-20"
		desk.page.locator('.form-page:visible .form-tabs [data-fieldname="tab_history"]').first.click()
		desk.settle()
		assert desk.page.evaluate("cur_frm.doc.state_history.map(row => row.to_state)") == [
			"Reception",
			"Assessment",
			"PEI Drafting",
			"In Progress",
			"Prosieguo",
		]
		desk.shot("story-boy-history")
		assert desk.errors == []


# --- the girl ---------------------------------------------------------------------------------------
# She is placed on Saturday 24 October 2026 at 23:30; that night has 25 hours.

GIRL_SOCIAL = {
	# thirty days: 7 to the end of October, and 23
	("ssn-enrolment", "2026-11-23 23:59"): OPEN,
	("school-enrolment", "2026-11-23 23:59"): OPEN,
	# sixty days: 7, 30 and 23
	("pei-draft", "2026-12-23 23:59"): OPEN,
	("six-monthly-list", "2027-04-24 23:59"): OPEN,
}
GIRL_COURT = {
	# twenty-four hours from Saturday 23:30, one of them twice: Sunday 22:30; sent at 21:00
	("403-report", "2026-10-25 22:30"): DONE,
	# seventy-two hours from when it was sent
	("403-prosecutor", "2026-10-28 21:00"): DONE,
	# forty-eight hours from Wednesday at noon; validated an hour late
	("403-validation", "2026-10-30 12:00"): LATE,
	# fifteen days from 30 October, then from 12 November
	("403-hearing", "2026-11-14 23:59"): DONE,
	("403-decision", "2026-11-27 23:59"): DONE,
	# ten days from 20 November
	("403-appeal", "2026-11-30 23:59"): OPEN,
}
# forty-eight hours from Saturday 18:00, one of them twice: Monday 17:00
GIRL_HEALTH = {("health-report", "2026-10-26 17:00"): DONE}


def test_a_girl_placed_under_art_403_hour_by_hour(desk_of):
	name = f"Mirela{secrets.token_hex(3)}"
	with desk_of("social_worker") as desk:
		desk.open("/app/my-day")
		case = intake(
			desk,
			[
				{
					"beneficiary_type": "Minor in a Family",
					"given_name": name,
					"family_name": "Provatre",
					"sex": "Female",
					"birth_date": "2013-05-03",
					"nationality": "Albania",
				}
			],
			{
				"reported_on": "2026-10-24",
				"emersion_channel": "Police",
				"living_arrangement": "Facility",
				"facility": facility(desk, "Family Community"),
				"reception_entry": "2026-10-24 23:30:00",
			},
		)
		record(
			desk,
			"Court Act",
			case_file=case,
			act_type="Art. 403 Placement",
			authority="Municipality",
			acted_at="2026-10-24 23:30:00",
		)
		desk.press(desk.page.evaluate("__('Write the Report')"))
		desk.page.wait_for_function("cur_frm.doctype === 'Protection Report' && cur_frm.is_new()")
		desk.settle()
		assert desk.value("noticed_at") == "2026-10-24 23:30:00"  # the act's own minute
		desk.set(
			facts="Allontanata in urgenza.",
			authority="Prosecutor at the Juvenile Court",
			transmitted_at="2026-10-25 21:00:00",
			protocol_number="403/2026",
		)
		desk.save()
		for act, authority, moment in (
			("Art. 403 Validation Request", "Prosecutor at the Juvenile Court", "2026-10-28 12:00:00"),
			("Art. 403 Validation", "Juvenile Court", "2026-10-30 13:00:00"),
			("Art. 403 Hearing", "Juvenile Court", "2026-11-12 10:00:00"),
			("Art. 403 Decision", "Juvenile Court", "2026-11-20 12:00:00"),
		):
			record(desk, "Court Act", case_file=case, act_type=act, authority=authority, acted_at=moment)
	with desk_of("coordinator") as desk:
		desk.open("/app/my-day")
		give(desk, case, "psychologist", "Psychologist", "2026-10-24")
		give(desk, case, "educator", "Educator", "2026-10-24")
	with desk_of("psychologist") as desk:
		record(
			desk,
			"Protection Report",
			case_file=case,
			report_type="Health Professional's Report",
			noticed_at="2026-10-24 18:00:00",
			facts="Riferito durante il colloquio.",
			authority="Prosecutor at the Juvenile Court",
			transmitted_at="2026-10-26 16:30:00",
			protocol_number="334/2026",
		)
		assert deadlines(desk, case) == GIRL_SOCIAL | GIRL_COURT | GIRL_HEALTH
		assert desk.errors == []
	with desk_of("social_worker") as desk:
		assert deadlines(desk, case) == GIRL_SOCIAL | GIRL_COURT | GIRL_HEALTH
		desk.shot("story-girl-deadlines")
		assert desk.errors == []
	with desk_of("educator") as desk:
		# who lives with the girl sees what is theirs, and no word of the court
		assert deadlines(desk, case) == GIRL_SOCIAL
		assert "403" not in desk.page.locator(".layout-main-section:visible").first.inner_text()
		desk.shot("story-girl-educator")
		assert desk.errors == []


# --- the mother and her children --------------------------------------------------------------------
# They come to the family centre on Friday 27 March 2026 at 16:00; the night of 23 hours is that of Sunday 29.

MOTHER = {
	# twenty-four hours from Saturday 15:00, one of which the clocks skip: Sunday 16:00
	("crime-report", "2026-03-29 16:00"): DONE,
	# sixty days: 4 to the end of March, 30 and 26
	("pei-draft", "2026-05-26 23:59"): DONE,
	# six months from the signature of 3 June
	("pei-review", "2026-12-03 23:59"): OPEN,
}
DAUGHTER = {
	# thirty days: 4 and 26; she went to school on the 30th
	("ssn-enrolment", "2026-04-26 23:59"): DONE,
	("school-enrolment", "2026-04-26 23:59"): LATE,
	("pei-draft", "2026-05-26 23:59"): OPEN,
	("six-monthly-list", "2026-09-27 23:59"): OPEN,
}
SON = {
	("ssn-enrolment", "2026-04-26 23:59"): OPEN,
	# he is three: thirty days from his sixth birthday, 2 August 2028
	("school-enrolment", "2028-09-01 23:59"): OPEN,
	("pei-draft", "2026-05-26 23:59"): OPEN,
	("six-monthly-list", "2026-09-27 23:59"): OPEN,
}


@pytest.fixture
def family_name() -> str:
	return f"Provaquattro{secrets.token_hex(3)}"


def test_a_mother_and_two_children_in_a_family_centre(desk_of, family_name):
	with desk_of("social_worker") as desk:
		desk.open("/app/my-day")
		mother = intake(
			desk,
			[
				{
					"beneficiary_type": "Parent",
					"given_name": "Amina",
					"family_name": family_name,
					"sex": "Female",
					"birth_date": "1990-06-01",
					"nationality": "Morocco",
					"victim_status": "Victim",
				},
				{
					"beneficiary_type": "Minor in a Family",
					"given_name": "Salma",
					"sex": "Female",
					"birth_date": "2011-02-10",
				},
				{
					"beneficiary_type": "Minor in a Family",
					"given_name": "Ilyas",
					"sex": "Male",
					"birth_date": "2022-08-02",
				},
			],
			{
				"reported_on": "2026-03-27",
				"living_arrangement": "Facility",
				"facility": facility(desk, "Family Community"),
				"reception_entry": "2026-03-27 16:00:00",
			},
		)
		rows = resource(
			desk,
			"GET",
			"resource/Case File",
			filters=f'[["family_case","=","{mother}"]]',
			fields='["name","minor","facility","reception_entry"]',
			order_by="name",
		)["data"]
		assert [row["reception_entry"] for row in rows] == ["2026-03-27 16:00:00"] * 2  # typed once
		daughter, son = (row["name"] for row in rows)
		panel = desk.page.locator('[data-fieldname="family_html"]')
		desk.page.locator('.form-page:visible .form-tabs [data-fieldname="tab_family"]').first.click()
		desk.settle()
		for given in ("Salma", "Ilyas"):
			expect(panel).to_contain_text(f"{given} {family_name}")
		desk.shot("story-family")
		record(
			desk,
			"Support Person",
			case_file=daughter,
			relation="Father",
			person_name="Padre Provaquattro",
			contact_rule="Forbidden",
			role="Risk",
		)
		record(
			desk,
			"Protection Report",
			case_file=mother,
			report_type="Crime Prosecutable Ex Officio",
			noticed_at="2026-03-28 15:00:00",
			facts="Racconta le violenze subite.",
			authority="Prosecutor at the Ordinary Court",
			transmitted_at="2026-03-29 15:30:00",
			protocol_number="331/2026",
		)
		for case, kind, day in (
			(daughter, "Health Card", "2026-04-12"),
			(daughter, "School Certificate", "2026-04-30"),
		):
			record(
				desk,
				"Personal Document",
				case_file=case,
				document_type=kind,
				status="Requested",
				requested_on=day,
			)
	with desk_of("coordinator") as desk:
		desk.open("/app/my-day")
		give(desk, mother, "educator", "Educator", "2026-03-27")
	plan(desk_of, mother, "2026-05-20", "2026-06-03")
	with desk_of("educator") as desk:
		record(
			desk,
			"Intervention",
			mode="Individual",
			case_file=mother,
			intervention_type="Parenting Support",
			status="Done",
			starts_at="2026-06-10 10:00:00",
			hours=1.5,
		)
		# the children's cases are not hers
		for case in (daughter, son):
			assert (
				desk.page.context.request.get(
					f"{desk.page.url.split('/app')[0]}/api/resource/Case File/{case}"
				).status
				== 403
			)
	with desk_of("social_worker") as desk:
		assert deadlines(desk, mother) == MOTHER
		desk.shot("story-mother-deadlines")
		assert desk.value("state") == "In Progress"
		assert deadlines(desk, daughter) == DAUGHTER
		assert deadlines(desk, son) == SON
		desk.shot("story-son-deadlines")
		assert desk.errors == []
