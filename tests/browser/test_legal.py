"""Guardian, court and place of a minor, as the people who do it."""

import json
from datetime import datetime, timedelta

from desk import URL, Desk
from playwright.sync_api import expect

NOW = datetime.now().replace(microsecond=0, second=0)


def word(desk: Desk, text: str) -> str:
	"""A label as this user reads it."""
	return desk.page.evaluate("text => __(text)", text)


def insert(desk: Desk, doctype: str, **values: object) -> str:
	"""Make a record as the logged-in user, without its form."""
	return desk.page.evaluate(
		"async doc => (await frappe.xcall('frappe.client.insert', { doc })).name",
		{"doctype": doctype, **values},
	)


def new_case(desk: Desk, **values: object) -> str:
	"""A case of a synthetic boy of 16 in the first facility of first reception, entered twenty days ago."""
	desk.open("/app/minors")
	facility = desk.page.evaluate(
		"""async () => (await frappe.db.get_list('Facility',
			{ filters: { reception_level: 'First Reception', disabled: 0 }, limit: 1 }))[0].name"""
	)
	minor = insert(
		desk,
		"Minor",
		given_name=f"Zq{NOW:%H%M%S}{datetime.now().microsecond}",
		sex="Male",
		birth_date=str((NOW - timedelta(days=16 * 365)).date()),
	)
	return insert(
		desk,
		"Case File",
		**{
			"minor": minor,
			"beneficiary_type": "Unaccompanied Minor",
			"living_arrangement": "Facility",
			"facility": facility,
			"reported_on": str((NOW - timedelta(days=20)).date()),
			"reception_entry": str(NOW - timedelta(days=20)),
			**values,
		},
	)


def open_record(desk: Desk, doctype: str, name: str) -> None:
	desk.open(f"/app/{doctype.lower().replace(' ', '-')}/{name}")
	desk.page.wait_for_function("name => window.cur_frm && cur_frm.doc.name === name", arg=name)
	desk.settle()


def press_in(desk: Desk, group: str, label: str) -> None:
	"""Press a button of a group of the form."""
	box = desk.page.locator(f'.inner-group-button[data-label="{_encoded(desk, group)}"]:visible')
	box.locator("button").first.click()
	box.locator(".dropdown-menu a", has_text=word(desk, label)).first.click()
	desk.page.wait_for_timeout(400)


def _encoded(desk: Desk, group: str) -> str:
	return desk.page.evaluate("text => encodeURIComponent(__(text))", group)


def fill_dialog(desk: Desk, **values: object) -> None:
	desk.page.wait_for_function("window.cur_dialog && cur_dialog.display")
	desk.page.evaluate(
		"""async values => {
			for (const [field, value] of Object.entries(values)) await cur_dialog.set_value(field, value);
		}""",
		values,
	)
	desk.settle()


def field_of(desk: Desk, doctype: str, name: str, field: str) -> object:
	answer = desk.page.context.request.get(f"{URL}/api/resource/{doctype}/{name}")
	return answer.json()["data"].get(field) if answer.ok else answer.status


def test_the_act_that_appoints_a_guardian_ends_the_provisional_one(desk_of):
	with desk_of("social_worker") as desk:
		case = new_case(desk)
		provisional = insert(
			desk,
			"Guardianship",
			case_file=case,
			guardian_kind="Provisional Guardian",
			guardian_name="Legale Rappresentante Esempio",
			from_date=str((NOW - timedelta(days=19)).date()),
		)
		desk.new(
			"Court Act",
			case_file=case,
			act_type="Guardian Appointed",
			authority="Juvenile Court",
			acted_at=str(NOW - timedelta(days=2)),
			act_number="114/2026",
		)
		desk.save()
		desk.shot("legal-court-act")
		desk.press(word(desk, "Write the Guardian"))
		desk.page.wait_for_function("cur_frm.doctype === 'Guardianship' && cur_frm.is_new()")
		desk.settle()
		assert desk.value("case_file") == case
		assert desk.value("decree_number") == "114/2026"
		assert desk.value("from_date") == str((NOW - timedelta(days=2)).date())
		desk.type_in("guardian_name", "Volontaria Esempio")
		desk.save()
		desk.shot("legal-guardianship")
		assert field_of(desk, "Guardianship", provisional, "end_reason") == "Replaced"
		assert field_of(desk, "Case File", case, "guardian_appointed_on") == str(
			(NOW - timedelta(days=2)).date()
		)
		assert not desk.errors, desk.errors


def test_a_girl_is_placed_under_403_and_each_step_starts_the_next_clock(desk_of):
	placed = NOW - timedelta(hours=5)
	with desk_of("social_worker") as desk:
		case = new_case(desk)
		desk.new(
			"Court Act",
			case_file=case,
			act_type="Art. 403 Validation",
			authority="Juvenile Court",
			acted_at=str(placed),
		)
		desk.press("Salva")
		assert "403" in desk.said()
		desk.dismiss()
		desk.set(act_type="Art. 403 Placement", authority="Municipality")
		desk.save()
		desk.shot("legal-403-act")
		desk.press(word(desk, "Write the Report"))
		desk.page.wait_for_function("cur_frm.doctype === 'Protection Report' && cur_frm.is_new()")
		desk.settle()
		assert desk.value("report_type") == "Art. 403 Report"
		assert desk.value("noticed_at") == str(placed)
		desk.set(facts="Alle ore indicate la minore è stata collocata in luogo sicuro.")
		report = desk.save()
		due = desk.page.evaluate(
			"moment => frappe.datetime.str_to_user(moment)", str(placed + timedelta(hours=24))
		)
		expect(desk.field("clock_html")).to_contain_text(due)
		desk.shot("legal-403-report")
		desk.press(word(desk, "Transmitted"))
		fill_dialog(desk, transmitted_at=str(NOW - timedelta(hours=1)), protocol_number="31/2026")
		desk.confirm()
		desk.page.wait_for_function("cur_frm.doc.status === 'Transmitted'")
		desk.shot("legal-403-transmitted")
		desk.page.goto(
			f"{URL}/printview?doctype=Protection%20Report&name={report}&format=Report%20to%20the%20Prosecutor"
		)
		expect(desk.page.locator(".cm-prosecutor")).to_contain_text("Procura della Repubblica")
		desk.shot("legal-403-print")


def test_a_move_to_second_reception_is_asked_for_approved_and_recorded(desk_of):
	with desk_of("social_worker") as desk:
		case = new_case(desk)
		second = desk.page.evaluate(
			"""async () => (await frappe.db.get_list('Facility',
				{ filters: { reception_level: 'Second Reception', disabled: 0 }, limit: 1 }))[0].name"""
		)
		open_record(desk, "Case File", case)
		desk.shot("legal-case")
		press_in(desk, "Placement", "Move")
		fill_dialog(desk, facility=second, notes="Posto disponibile, vicino alla scuola")
		desk.shot("legal-move")
		desk.confirm()
		link = desk.page.locator('[data-fieldname="living_arrangement"] a[href*="/app/placement/"]')
		expect(link).to_be_visible()
		request = link.get_attribute("href").rsplit("/", 1)[1]
		desk.shot("legal-asked")
		# the one who asked does not answer
		open_record(desk, "Placement", request)
		expect(desk.page.get_by_role("button", name=word(desk, "Approve"), exact=True)).to_have_count(0)
		refused = desk.page.evaluate(
			"""async placement => {
				const answer = await fetch('/api/method/core_minori.api.legal.decide_move', {
					method: 'POST',
					headers: { 'Content-Type': 'application/json', 'X-Frappe-CSRF-Token': frappe.csrf_token },
					body: JSON.stringify({ placement, approve: true }),
				});
				return answer.status;
			}""",
			request,
		)
		assert refused == 403
	with desk_of("unit_manager") as manager:
		open_record(manager, "Placement", request)
		manager.shot("legal-decide")
		manager.press(word(manager, "Approve"))
		manager.page.wait_for_function("cur_frm.doc.status === 'Assigned'")
		manager.shot("legal-approved")
	with desk_of("social_worker") as desk:
		open_record(desk, "Case File", case)
		press_in(desk, "Placement", "Record the Arrival")
		fill_dialog(desk, arrived_at=str(NOW - timedelta(hours=1)))
		desk.confirm()
		desk.page.wait_for_function("facility => cur_frm.doc.facility === facility", arg=second)
		desk.settle()
		desk.shot("legal-moved")
		assert desk.value("second_reception_on") == str((NOW - timedelta(hours=1)).date())
		rows = json.loads(
			desk.page.evaluate(
				"""async case_file => JSON.stringify(await frappe.db.get_list('Placement',
					{ filters: { case_file }, fields: ['status', 'from_at', 'to_at'], order_by: 'from_at' }))""",
				case,
			)
		)
		assert [row["status"] for row in rows] == ["Transferred", "Placed"]
		assert rows[0]["to_at"] == rows[1]["from_at"] == str(NOW - timedelta(hours=1))


def test_documents_are_listed_with_one_click_and_a_missing_minor_is_reported(desk_of):
	with desk_of("social_worker") as desk:
		case = new_case(desk)
		open_record(desk, "Case File", case)
		press_in(desk, "Add", "Check List of Documents")
		desk.page.wait_for_function("window.cur_list && cur_list.doctype === 'Personal Document'")
		desk.settle()
		expect(desk.page.locator(".list-row-container:visible .list-row")).to_have_count(6)
		desk.shot("legal-documents")
		open_record(desk, "Case File", case)
		press_in(desk, "Placement", "Gone Missing")
		fill_dialog(desk, moment=str(NOW - timedelta(hours=2)))
		desk.confirm()
		desk.page.wait_for_function(
			"cur_frm.doc.state === 'Missing' && document.querySelector('.modal.show')"
		)
		desk.page.wait_for_timeout(
			2500
		)  # the desk reads the case once more after others were told of the change
		desk.shot("legal-missing-asks")
		desk.confirm()
		desk.page.wait_for_function("cur_frm.doctype === 'Protection Report' && cur_frm.is_new()")
		desk.settle()
		assert desk.value("report_type") == "Disappearance"
		desk.shot("legal-missing")
		assert field_of(desk, "Case File", case, "state") == "Missing"
