"""A breach as the officer works it, and a clinical text as the psychologist writes it."""

from desk import URL, Desk
from playwright.sync_api import expect


def word(desk: Desk, text: str) -> str:
	"""A label as this user reads it."""
	return desk.page.evaluate("text => __(text)", text)


def status_of(desk: Desk) -> str:
	return desk.page.evaluate("cur_frm.doc.status")


def test_the_officer_works_a_breach_from_discovery_to_closing(desk_of):
	with desk_of("psychologist") as operator, desk_of("protection_officer") as desk:
		desk.new(
			"Data Breach",
			title="Telefono smarrito",
			kind="Confidentiality",
			description="Smarrito.",
			exercise=1,
		)
		now = desk.page.evaluate("frappe.datetime.now_datetime()")
		login = operator.page.context.request.get(f"{URL}/api/method/frappe.auth.get_logged_user").json()[
			"message"
		]
		desk.set(user=login, seen_from=f"{now[:10]} 00:00:00", seen_to=now)
		name = desk.save()
		expect(desk.field("clock_html")).to_contain_text("7")  # 71 or 72 hours are left
		desk.page.wait_for_function("cur_frm.get_field('seen_html').$wrapper.find('h5').length === 2")
		desk.press(word(desk, "Authority Notified"))
		desk.confirm()
		desk.page.wait_for_function("cur_frm.doc.status === 'Notified'")
		desk.settle()
		desk.press(word(desk, "Close the Breach"))
		expect(
			desk.page.locator(".modal.show .msgprint")
		).to_be_visible()  # its consequences are not written yet
		assert status_of(desk) == "Notified"
		desk.open(f"/app/data-breach/{name}")
		desk.set(risk="Possible", consequences="Nessuna.", measures="Sessioni chiuse.", completed_at=now)
		desk.set(completed_at=desk.page.evaluate("frappe.datetime.now_datetime()"))
		desk.save()
		desk.press(word(desk, "Close the Breach"))
		desk.page.wait_for_function("cur_frm.doc.status === 'Closed'")
		paper = desk.page.context.request.get(
			f"{URL}/printview?doctype=Data%20Breach&name={name}&format=Breach%20Notification"
		).text()
		assert "art. 33 GDPR" in paper and "Sessioni chiuse." in paper and login not in paper


def test_the_psychologist_writes_reads_and_prints_a_sealed_text_and_finds_the_one_before(desk_of):
	with desk_of("psychologist") as desk:
		desk.open("/app/minors")
		case = desk.page.evaluate("async () => (await frappe.db.get_list('Case File', { limit: 1 }))[0].name")
		desk.new("Clinical Record", case_file=case, record_type="Psycho-social", content="Primoscritto.")
		name = desk.save()
		desk.set(content="Secondoscritto.")
		desk.save()
		desk.open(f"/app/clinical-record/{name}")
		expect(desk.field("content").locator("textarea")).to_have_value("Secondoscritto.")
		assert "Primoscritto" not in desk.page.content()  # neither in the timeline
		desk.page.locator(".menu-btn-group button:visible").first.click()
		desk.page.locator(
			".menu-btn-group .dropdown-item", has_text=word(desk, "Earlier Texts")
		).first.click()
		expect(desk.page.locator(".modal.show")).to_contain_text("Primoscritto.")
		answer = desk.page.context.request.get(
			f"{URL}/api/resource/Clinical Record?filters=" + '[["content","like","%25Primo%25"]]'
		)
		assert answer.status == 403 and "Primo" not in answer.text()
