"""Whole jobs at the desk, as the people who do them."""

import json
import secrets
from datetime import date, timedelta

import pytest
from desk import URL, Desk
from playwright.sync_api import expect

from core_minori.setup.demo_data import USERS

TODAY = date.today()


def resource(desk: Desk, method: str, path: str, **data) -> dict:
	"""Call the REST interface as the user of this desk."""
	token = desk.page.evaluate("frappe.csrf_token")
	answer = desk.page.context.request.fetch(
		f"{URL}/api/{path}",
		method=method,
		headers={"X-Frappe-CSRF-Token": token, "Content-Type": "application/json"},
		**({"data": json.dumps(data)} if method != "GET" else {"params": data}),
	)
	assert answer.ok, answer.text()[:500]
	return answer.json()


@pytest.mark.parametrize("user", [user.key for user in USERS if "System Manager" not in user.roles])
def test_each_role_lands_on_its_workspace_with_a_clean_console(desk_of, user):
	workspace = next(one.workspace for one in USERS if one.key == user)
	with desk_of(user) as desk:
		assert desk.home == f"/app/{workspace.lower()}"
		desk.open(desk.home)
		expect(desk.page.locator(".layout-main-section .ce-header").first).to_be_visible()
		expect(desk.page.locator(".layout-main-section .links-widget-box").first).to_be_visible()
		desk.page.wait_for_timeout(1500)
		desk.shot(f"workspace-{user}")
		assert desk.errors == []


def reconciliation(desk: Desk, project: str) -> dict[str, dict]:
	"""Rows of the report as the open browser shows them, by line code."""
	desk.open(f"/app/query-report/Funding%20Reconciliation?funded_project={project}")
	desk.page.wait_for_function(
		"frappe.query_report && frappe.query_report.data && frappe.query_report.data.length"
	)
	rows = desk.page.evaluate("frappe.query_report.data")
	return {row["key"].removeprefix(f"{project}-"): row for row in rows}


@pytest.fixture
def funded(desk_of):
	"""A project with two lines of its own, made by the funding officer; gives (desk, project, supplier, item)."""
	with desk_of("funding_officer") as desk:
		desk.open("/app/funding")
		code = f"PROVA-{secrets.token_hex(3).upper()}"
		first = resource(desk, "GET", "resource/Funded Project", fields='["company"]', limit_page_length=1)
		partner = resource(desk, "GET", "resource/Network Organisation", limit_page_length=1)["data"][0][
			"name"
		]
		resource(
			desk,
			"POST",
			"resource/Funded Project",
			project_code=code,
			title="Progetto di prova",
			programme="FAMI 2021-2027",
			start_date=str(TODAY - timedelta(days=90)),
			end_date=str(TODAY + timedelta(days=90)),
			company=first["data"][0]["company"],
			partners=[{"organisation": partner, "role": "Lead", "budget_share": 1500}],
		)
		for line, amount in (("A.1", 1000), ("B.1", 500)):
			resource(
				desk,
				"POST",
				"resource/FAMI Budget Line",
				funded_project=code,
				line_code=line,
				title=f"Voce {line}",
				chapter=line[0],
				amount=amount,
				partner=partner,
			)
		supplier = resource(desk, "GET", "resource/Supplier", limit_page_length=1)["data"][0]["name"]
		item = resource(
			desk,
			"GET",
			"resource/Item",
			limit_page_length=1,
			filters='[["is_stock_item","=",0],["is_fixed_asset","=",0]]',
		)["data"][0]["name"]
		yield desk, code, supplier, item


def write_invoice(desk: Desk, supplier: str, item: str, day: date, rows: list[tuple[str, float]]) -> None:
	"""Fill a Purchase Invoice: the supplier by hand, the rows through the grid's model."""
	desk.new("Purchase Invoice")
	desk.choose("supplier", supplier)
	desk.set(
		set_posting_time=1,
		posting_date=str(day),
		due_date=str(max(day, TODAY)),
		bill_no=secrets.token_hex(4),
		bill_date=str(day),
	)
	desk.page.evaluate(
		"""async ([item, rows]) => {
			await cur_frm.set_value("taxes_and_charges", "");
			cur_frm.clear_table("taxes");
			cur_frm.clear_table("items");
			for (const [line, rate] of rows) {
				const row = cur_frm.add_child("items");
				await frappe.model.set_value(row.doctype, row.name, "item_code", item);
				await frappe.after_ajax();
				await frappe.model.set_value(row.doctype, row.name, "qty", 1);
				await frappe.model.set_value(row.doctype, row.name, "rate", rate);
				await frappe.model.set_value(row.doctype, row.name, "fami_budget_line", line);
			}
			cur_frm.refresh_fields();
		}""",
		[item, rows],
	)
	desk.settle()


def test_an_invoice_on_two_lines_moves_the_reconciliation_by_its_cents_and_back(funded):
	desk, project, supplier, item = funded
	write_invoice(desk, supplier, item, TODAY, [(f"{project}-A.1", 123.45), (f"{project}-B.1", 67.89)])
	invoice = desk.save()
	desk.press("Conferma")
	desk.confirm()
	desk.page.wait_for_function("cur_frm.doc.docstatus === 1")
	rows = reconciliation(desk, project)
	assert (rows["A.1"]["booked"], rows["B.1"]["booked"]) == (123.45, 67.89)
	assert (rows["A.1"]["drafted"], rows["A.1"]["residual"]) == (123.45, 1000)
	desk.shot("reconciliation")

	# from the amount to the voucher
	desk.page.locator("a.cm-vouchers").first.click()
	desk.page.wait_for_function("frappe.query_report.get_filter_value('group_by') === 'Voucher'")
	desk.settle()
	desk.page.locator(".dt-cell a", has_text=invoice).first.click()
	desk.page.wait_for_url(f"**/purchase-invoice/{invoice}")
	desk.settle()

	desk.page.wait_for_function("window.cur_frm && cur_frm.doc.docstatus === 1")
	desk.press("Annulla")
	desk.confirm()
	desk.page.wait_for_function("cur_frm.doc.docstatus === 2")
	rows = reconciliation(desk, project)
	assert [rows[line][name] for line in ("A.1", "B.1") for name in ("booked", "drafted", "imputed")] == [
		0
	] * 6
	assert desk.errors == []


def test_a_line_over_budget_warns_and_a_date_outside_is_refused_with_the_dates(funded):
	desk, project, supplier, item = funded
	write_invoice(desk, supplier, item, TODAY, [(f"{project}-B.1", 500.01)])
	desk.save()
	assert "500,01" in desk.said() and "500,00" in desk.said()
	desk.shot("over-budget")
	desk.dismiss()

	early = TODAY - timedelta(days=91)
	write_invoice(desk, supplier, item, early, [(f"{project}-A.1", 10)])
	desk.press("Salva")
	desk.page.wait_for_selector(".modal.show")
	for day in (early, TODAY - timedelta(days=90), TODAY + timedelta(days=90)):
		assert day.strftime("%d/%m/%Y") in desk.said()
	desk.shot("outside-project")
	assert desk.page.evaluate("cur_frm.is_new()")  # refused, and what was typed is still there
	assert desk.value("supplier") == supplier


def test_from_a_new_minor_to_an_accepted_referral(desk_of):
	given = f"Prova{secrets.token_hex(3)}"
	with desk_of("social_worker") as desk:
		desk.new("Minor")
		# the country of the company is nobody's citizenship
		assert [desk.value(field) for field in ("nationality", "second_nationality", "birth_country")] == [
			None
		] * 3
		desk.type_in("given_name", given)
		desk.type_in("family_name", "Inventato")
		desk.set(sex="Male", birth_date=str(TODAY.replace(year=TODAY.year - 16, day=1)))
		minor = desk.save()
		desk.dismiss()  # the invented minors of earlier runs resemble this one, and the form says so
		assert given not in desk.page.url
		desk.press("Apri un fascicolo")
		desk.page.wait_for_function("cur_frm && cur_frm.doctype === 'Case File' && cur_frm.is_new()")
		assert desk.value("minor") == minor
		desk.set(living_arrangement="Independent", reception_entry=f"{TODAY - timedelta(days=5)} 09:00:00")
		case = desk.save()
		expect(desk.page.locator(".form-message:visible").first).to_contain_text(given)
		assert desk.value("state") == "Reception"
		desk.shot("case")

		desk.new("PEI", case_file=case, minor_wishes="Vuole lavorare come cuoco.")
		desk.page.evaluate(
			"""() => {
				cur_frm.add_child("objectives", { area: "Training and Work", objective: "Corso di cucina" });
				cur_frm.refresh_field("objectives");
			}"""
		)
		pei = desk.save()
		desk.act("Invia all'équipe")
		desk.page.wait_for_function("cur_frm.doc.workflow_state === 'Team Review'")
		desk.shot("pei-team")

	with desk_of("unit_manager") as desk:
		desk.open(f"/app/pei/{pei}")
		desk.act("Approva il PEI")
		desk.page.wait_for_function("cur_frm.doc.workflow_state === 'Approved by the Unit'")

	with desk_of("social_worker") as desk:
		desk.open(f"/app/pei/{pei}")
		desk.page.wait_for_function("window.cur_frm && cur_frm.doc.name && !cur_frm.is_new()")
		desk.page.evaluate(
			"""day => {
				for (const signatory of ["Minor", "Guardian or Parent", "Social Worker"])
					cur_frm.add_child("signatures", { signatory, signed_on: day, mode: "Handwritten" });
				cur_frm.refresh_field("signatures");
				cur_frm.dirty();
			}""",
			str(TODAY),
		)
		desk.save()
		desk.act("Registra le firme")
		desk.page.wait_for_function("cur_frm.doc.workflow_state === 'Signed'")
		desk.act("Avvia il PEI")
		desk.page.wait_for_function("cur_frm.doc.workflow_state === 'In Progress'")
		desk.shot("pei-running")

		partner = next(user for user in USERS if user.key == "partner_health")
		organisation = organisation_of(desk, partner.email)
		desk.new(
			"Consent",
			case_file=case,
			purpose="Sharing with an Organisation",
			given_by="Guardian",
			language="Italiano",
		)
		desk.save()
		desk.new(
			"Referral",
			case_file=case,
			to_organisation=organisation,
			service_requested="Psychological Support",
			age_band="16-17",
			shared_information="Chiede un primo colloquio.",
		)
		referral = desk.save()
		desk.press("Invia")
		desk.page.wait_for_function("cur_frm.doc.status === 'Sent'")
		desk.shot("referral-sent")
		assert desk.errors == []

	with desk_of("partner_health") as desk:
		desk.open("/app/referral/view/list")
		expect(desk.page.locator(".result", has_text=referral)).to_be_visible()
		desk.open(f"/app/referral/{referral}")
		desk.page.wait_for_function("window.cur_frm && cur_frm.doc.status === 'Sent'")
		assert given not in desk.page.content()
		desk.press("Accetta")
		desk.page.wait_for_function("cur_frm.doc.status === 'Accepted'")
		desk.shot("referral-accepted")
		assert desk.errors == []
		for path in (f"minor/{minor}", f"case-file/{case}", f"pei/{pei}"):
			desk.open(f"/app/{path}")
			desk.page.wait_for_timeout(1000)
			assert given not in desk.page.content()


def organisation_of(desk: Desk, user: str) -> str:
	"""The organisation that lists `user`, found as the sender would: by looking through those one may see."""
	names = resource(desk, "GET", "resource/Network Organisation", limit_page_length=0)["data"]
	for row in names:
		organisation = resource(desk, "GET", f"resource/Network Organisation/{row['name']}")["data"]
		if (
			user in [operator["user"] for operator in organisation["users"]]
			and organisation["agreement_signed_on"]
		):
			return row["name"]
	raise AssertionError(f"no organisation lists {user}")
