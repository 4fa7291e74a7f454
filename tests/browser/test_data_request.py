"""A person asks for their data: the coordinator, from the request to the answer, and the document that is handed out."""

from datetime import date

from desk import PATIENCE, Desk
from playwright.sync_api import expect
from test_legal import new_case, open_record, word

MONTHS = (
	"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
)


def test_the_coordinator_answers_a_request_with_a_copy_of_the_data(desk_of):
	with desk_of("coordinator") as desk:
		case = new_case(desk)
		name = asked(desk, case)
		verified(desk, name)
		copy_is_readable(desk, case)
		answered(desk)


def asked(desk: Desk, case: str) -> str:
	desk.new("Data Request", case_file=case, request_type="Access", requester="The Person")
	name = desk.save()
	assert desk.value("status") == "Identity to Verify"
	assert desk.value("due_on") > str(date.today())
	expect(desk.page.get_by_role("button", name=word(desk, "Copy of the Data"))).to_have_count(0)
	return name


def verified(desk: Desk, name: str) -> None:
	desk.set(identity_verified_on=str(date.today()), identity_document="Passaporto visto in sede")
	desk.save()
	assert desk.value("status") == "In Progress"
	open_record(desk, "Data Request", name)


def copy_is_readable(desk: Desk, case: str) -> None:
	minor = desk.page.evaluate(
		"""async case_file => {
			const { minor } = (await frappe.db.get_value('Case File', case_file, 'minor')).message;
			return (await frappe.db.get_value('Minor', minor, ['given_name', 'birth_date'])).message;
		}""",
		case,
	)
	desk.page.get_by_role("button", name=word(desk, "Copy of the Data")).locator("visible=true").first.click()
	desk.page.locator(".dropdown-menu a:visible", has_text=word(desk, "Look at the Copy")).first.click()
	copy = desk.page.frame_locator(".modal.show iframe").locator("body")
	expect(copy).to_contain_text(minor["given_name"], timeout=PATIENCE)
	text = copy.inner_text()
	born = date.fromisoformat(minor["birth_date"])
	assert f"{born.day} {MONTHS[born.month - 1]} {born.year}" in text
	assert case in text
	for fieldname in ("given_name", "birth_date", "beneficiary_type", "None", "null"):
		assert fieldname not in text
	desk.dismiss()
	desk.settle()


def answered(desk: Desk) -> None:
	desk.page.wait_for_function("cur_frm.doc.exported_on")
	desk.set(outcome="Satisfied")
	desk.save()
	assert desk.value("status") == "Answered"
	assert desk.value("answered_by")
	assert not desk.errors, desk.errors
