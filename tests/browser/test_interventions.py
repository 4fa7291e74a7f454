"""An educator's work with cases: an intervention from the case, a group's month, the calendar, and the hours."""

from __future__ import annotations

import re
from datetime import date, timedelta

from playwright.sync_api import expect

CASES = """() => frappe.db.get_list("Case File", {
	filters: { closed_on: ["is", "not set"] }, fields: ["name", "minor", "project"], limit: 5, order_by: "name" })"""


def words(desk, text: str) -> str:
	"""A text of the desk in its language."""
	return desk.page.evaluate("text => __(text)", text)


def last_month() -> date:
	return (date.today().replace(day=1) - timedelta(days=1)).replace(day=2)


def test_an_educator_records_an_intervention_from_the_case(desk_of):
	with desk_of("educator") as desk:
		desk.open("/app/case-file")
		case = desk.page.evaluate(CASES)[0]
		desk.open(f"/app/case-file/{case['name']}")
		desk.page.evaluate("name => frappe.new_doc('Intervention', { case_file: name })", case["name"])
		desk.page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Intervention'")
		desk.settle()
		# case, project, operator, time and state are there: what is left to say is what was done
		assert desk.value("case_file") == case["name"]
		assert (desk.value("project") or "") == (case["project"] or "")
		assert desk.value("status") == "Done"
		assert desk.page.evaluate("cur_frm.doc.operators.map(row => row.user)") == [
			desk.page.evaluate("frappe.session.user")
		]
		desk.set(intervention_type="Individual Education", hours=0.25)
		desk.shot("intervention_new")
		name = desk.save()
		assert re.fullmatch(r"IVN-\d{4}-\d{5}", name)
		desk.dismiss()  # what it may warn of
		desk.shot("intervention_saved")
		# clumsy: done, and tomorrow
		desk.set(starts_at=f"{date.today() + timedelta(days=2)} 10:00:00")
		desk.press("Salva")
		desk.page.locator(".modal.show").first.wait_for()
		assert desk.said()
		desk.dismiss()


def test_what_is_planned_is_confirmed_with_one_press(desk_of):
	with desk_of("educator") as desk:
		desk.open("/app/case-file")
		case = desk.page.evaluate(CASES)[0]
		desk.new("Intervention", case_file=case["name"], intervention_type="Leisure and Sport", hours=1)
		desk.set(starts_at=f"{last_month()} 18:30:00", status="Planned")
		name = desk.save()
		desk.dismiss()
		desk.press(words(desk, "Mark as Done"))
		desk.page.wait_for_function("cur_frm.doc.status === 'Done' && !cur_frm.is_dirty()")
		assert desk.value("name") == name


def test_the_month_of_a_group_is_one_grid_and_one_save(desk_of):
	with desk_of("educator") as desk:
		desk.open("/app/intervention-group")
		group = desk.page.evaluate(
			"async () => (await frappe.db.get_list('Intervention Group', { limit: 1 }))[0].name"
		)
		desk.open(f"/app/intervention-group/{group}")
		desk.page.get_by_role("tab", name=words(desk, "Month"), exact=True).click()
		grid = desk.page.locator(".group-month")
		expect(grid).to_be_visible()
		grid.locator(".month-before").click()
		desk.settle()
		before = grid.locator(".session-head").count()
		grid.locator(".add-session").click()
		desk.page.wait_for_function("window.cur_dialog && cur_dialog.display")
		desk.page.evaluate(
			"day => { cur_dialog.set_value('day', day); cur_dialog.set_value('time', '20:00:00'); }",
			str(last_month()),
		)
		desk.settle()
		desk.confirm()
		expect(grid.locator(".session-head")).to_have_count(before + 1)
		place = desk.page.evaluate(
			"cur_frm.group_month.data.sessions.findIndex(row => row.starts_at.endsWith('20:00'))"
		)
		cells = grid.locator(f".attendance[data-session='{place}']")
		members = cells.count()
		assert members >= 2
		cells.nth(0).click()  # present, then absent
		cells = grid.locator(f".attendance[data-session='{place}']")
		cells.nth(0).press("ArrowDown")
		desk.page.keyboard.press("e")
		expect(cells.nth(0)).to_contain_text("✗")
		expect(cells.nth(1)).to_contain_text("E")
		total = grid.locator(".session-total").nth(place)
		expect(total).to_contain_text(str(members - 2))
		desk.shot("group_month")
		grid.locator(".save-month").dblclick()
		desk.settle()
		desk.page.wait_for_function("!cur_frm.group_month.dirty && !cur_frm.group_month.saving")
		desk.dismiss()
		desk.open(f"/app/intervention-group/{group}")
		desk.page.get_by_role("tab", name=words(desk, "Month"), exact=True).click()
		desk.page.locator(".group-month .month-before").click()
		desk.settle()
		sessions = desk.page.evaluate("cur_frm.group_month.data.sessions")
		mine = [row for row in sessions if row["starts_at"].endswith("20:00")]
		assert len(mine) == 1
		assert sorted(mine[0]["attendance"].values()).count("Present") == members - 2
		desk.shot("group_month_saved")
		assert not [error for error in desk.errors if "Error:" in error or "not a function" in error], (
			desk.errors
		)


def test_the_calendar_shows_codes_and_no_names(desk_of):
	with desk_of("educator") as desk:
		desk.open("/app/intervention/view/calendar/default")
		events = desk.page.locator(".fc-event")
		events.first.wait_for()
		text = " ".join(events.all_inner_texts())
		people = desk.page.evaluate(
			"() => frappe.db.get_list('Minor', { fields: ['given_name', 'family_name'], limit: 100 })"
		)
		assert people
		for person in people:
			for name in person.values():
				if name and len(name) > 3:
					assert name not in text
		desk.shot("intervention_calendar")


def test_the_hours_come_to_the_timesheet_and_only_once(desk_of):
	with desk_of("educator") as desk:
		desk.open("/app/intervention")
		for turn in range(2):
			desk.press(words(desk, "Bring Hours to Timesheets"))
			desk.page.wait_for_function("window.cur_dialog && cur_dialog.display")
			desk.page.evaluate("month => cur_dialog.set_value('month', month)", f"{last_month():%Y-%m}")
			desk.settle()
			desk.confirm()
			desk.page.locator(".modal.show [data-fieldname=result] p").first.wait_for()
			sheets = desk.page.locator(".modal.show .brought-sheets a")
			if turn == 0:
				desk.shot("hours_brought")
				assert sheets.count() >= 1, desk.said()
				sheet = sheets.last.inner_text()
			else:
				assert sheets.count() == 0, desk.said()
			desk.dismiss()
		desk.open(f"/app/timesheet/{sheet}")
		rows = desk.page.evaluate("cur_frm.doc.time_logs.filter(row => row.fami_intervention)")
		assert rows and all(re.fullmatch(r"IVN-\d{4}-\d{5}", row["fami_intervention"]) for row in rows)
		assert len({row["fami_intervention"] for row in rows}) == len(rows)
		desk.shot("timesheet_of_interventions")
		# typed once: the row follows the intervention
		desk.page.evaluate(
			"""() => { const row = cur_frm.doc.time_logs.find(row => row.fami_intervention);
			return frappe.model.set_value(row.doctype, row.name, 'hours', row.hours / 2); }"""
		)
		desk.settle()
		desk.press("Salva")
		desk.page.locator(".modal.show").first.wait_for()
		assert rows[0]["fami_intervention"] in desk.said()


def test_a_neighbour_sees_neither_the_group_nor_its_sessions(desk_of):
	with desk_of("educator") as desk:
		desk.open("/app/intervention-group")
		group = desk.page.evaluate(
			"async () => (await frappe.db.get_list('Intervention Group', { limit: 1 }))[0].name"
		)
		held = desk.page.evaluate(
			"""async group => (await frappe.db.get_list('Intervention',
			{ filters: { intervention_group: group }, limit: 3 })).map(row => row.name)""",
			group,
		)
	assert held
	for key in ("psychologist", "social_worker", "funding_officer"):
		with desk_of(key) as desk:
			ask = desk.page.context.request
			from desk import URL

			for doctype, name in (("Intervention Group", group), *(("Intervention", name) for name in held)):
				assert ask.get(f"{URL}/api/resource/{doctype}/{name}").status == 403, (key, doctype)
			answer = ask.get(
				f"{URL}/api/method/core_minori.api.interventions.group_month",
				params={"group": group, "month": str(date.today())},
			)
			assert answer.status == 403, key
