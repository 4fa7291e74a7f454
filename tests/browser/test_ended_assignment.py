"""An assignment ends while its tab is open: the form, the list behind it and the way back show the case no more."""

from datetime import date, timedelta

import pytest
from desk import PATIENCE, URL, Desk

TEXT = "Parola-riservata"


@pytest.fixture
def followed_case(desk_of):
	"""A case of the coordinator's that the social worker follows since ten days: its code, and how to end that."""
	with desk_of("coordinator") as coordinator, desk_of("social_worker") as worker:
		coordinator.open("/app")
		case, assignment = coordinator.page.evaluate(
			"""async ([worker, since, text]) => {
				const insert = (doc) => frappe.xcall("frappe.client.insert", { doc });
				const minor = await insert({ doctype: "Minor", given_name: "Prova", family_name: "Chiusa", sex: "Male" });
				const file = await insert({
					doctype: "Case File", minor: minor.name, beneficiary_type: "Unaccompanied Minor",
					living_arrangement: "Independent", reported_on: since, register_code: text,
				});
				const assignment = await insert({
					doctype: "Care Assignment", case_file: file.name, user: worker, care_role: "Social Worker",
					from_date: since, is_referent: 1,
				});
				return [file.name, assignment.name];
			}""",
			[_login(worker), str(date.today() - timedelta(days=10)), TEXT],
		)

		def end() -> None:
			coordinator.page.evaluate(
				"""([name, day]) => frappe.xcall("frappe.client.set_value",
					{ doctype: "Care Assignment", name, fieldname: "to_date", value: day })""",
				[assignment, str(date.today() - timedelta(days=1))],
			)

		yield case, worker, end


def _login(desk: Desk) -> str:
	desk.open("/app")
	return desk.page.evaluate("frappe.session.user")


def test_the_open_tab_closes(followed_case):
	case, worker, end = followed_case
	page = worker.page
	worker.open("/app/case-file")
	page.wait_for_selector(f'a[href="/app/case-file/{case}"]')
	page.evaluate("name => frappe.set_route('Form', 'Case File', name)", case)
	page.wait_for_function("name => window.cur_frm && cur_frm.doc && cur_frm.doc.name === name", arg=case)
	worker.settle()
	end()
	_told(worker, case)
	assert page.url.rstrip("/") == f"{URL}/app/case-file"
	worker.dismiss()
	_gone(worker, case)
	# The way back leads to a refusal, not to what was there.
	page.go_back()
	worker.settle()
	worker.dismiss()
	_gone(worker, case)


def test_the_open_list_closes(followed_case):
	case, worker, end = followed_case
	worker.open("/app/case-file")
	worker.page.wait_for_selector(f'a[href="/app/case-file/{case}"]')
	end()
	_told(worker, case)
	worker.dismiss()
	worker.page.wait_for_selector(".frappe-list")
	_gone(worker, case)


def test_unsaved_words_about_another_record_stay(followed_case):
	case, worker, end = followed_case
	page = worker.page
	worker.open(f"/app/case-file/{case}")
	page.wait_for_function("name => window.cur_frm && cur_frm.doc && cur_frm.doc.name === name", arg=case)
	page.evaluate("frappe.set_route('Form', 'ToDo', 'new-todo')")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'ToDo'")
	worker.set(description="Da non perdere")
	end()
	_told(worker, case)
	worker.dismiss()
	assert "Da non perdere" in worker.value("description")
	assert not page.evaluate("name => !!locals['Case File']?.[name]", case)
	assert TEXT not in page.content()


def _told(worker: Desk, case: str) -> None:
	"""The tab asks by itself, at the latest when it comes back into sight."""
	worker.page.evaluate("window.dispatchEvent(new Event('focus'))")
	worker.page.wait_for_function(
		"name => [...document.querySelectorAll('.modal.show')].some((said) => said.innerText.includes(name))",
		arg=case,
		timeout=PATIENCE,
	)
	worker.settle()


def _gone(worker: Desk, case: str) -> None:
	worker.page.evaluate("document.querySelectorAll('.modal').forEach((said) => said.remove())")
	content = worker.page.evaluate("document.body.innerText")
	assert case not in content, content[:2000]
	assert TEXT not in worker.page.content()
	assert not worker.page.evaluate("name => !!locals['Case File']?.[name]", case)
	assert not worker.page.evaluate(
		"name => Object.values(frappe.views.list_view).some((view) => view.data?.some((row) => row.name === name))",
		case,
	)
