"""The money's whole path at the desk: a paid cost, its claim, the auditor's cut, the authority's word."""

import json
import secrets
from io import BytesIO
from pathlib import Path

import pytest
from desk import URL, Desk
from openpyxl import load_workbook
from playwright.sync_api import expect
from test_journeys import TODAY, funded, reconciliation, resource  # noqa: F401

COST, CUT = 200.10, 30.05


def call(desk: Desk, method: str, **arguments: object) -> object:
	"""Call a whitelisted method as the user of this desk."""
	return resource(desk, "POST", f"method/{method}", **arguments).get("message")


def booked_and_paid(desk: Desk, line: str, supplier: str, item: str) -> tuple[str, str]:
	"""An invoice of `COST` on `line`, paid by bank with its receipt; returns invoice and its allocation, still a draft."""
	number = secrets.token_hex(4)
	invoice = resource(
		desk,
		"POST",
		"resource/Purchase Invoice",
		supplier=supplier,
		bill_no=number,
		bill_date=str(TODAY),
		items=[{"item_code": item, "qty": 1, "rate": COST, "fami_budget_line": line}],
	)["data"]
	resource(desk, "PUT", f"resource/Purchase Invoice/{invoice['name']}", docstatus=1)
	payment = call(
		desk,
		"erpnext.accounts.doctype.payment_entry.payment_entry.get_payment_entry",
		dt="Purchase Invoice",
		dn=invoice["name"],
	)
	payment |= {"reference_no": f"CRO{number}", "reference_date": str(TODAY)}
	payment = resource(desk, "POST", "resource/Payment Entry", **payment)["data"]
	resource(
		desk,
		"POST",
		"resource/File",
		file_name=f"contabile-{number}.txt",
		content="Contabile del bonifico",
		is_private=1,
		attached_to_doctype="Payment Entry",
		attached_to_name=payment["name"],
	)
	resource(desk, "PUT", f"resource/Payment Entry/{payment['name']}", docstatus=1)
	allocations = resource(
		desk,
		"GET",
		"resource/Cost Allocation",
		filters=json.dumps([["voucher_no", "=", invoice["name"]]]),
	)["data"]
	return invoice["name"], allocations[0]["name"]


def press(desk: Desk, label: str) -> None:
	"""Press the button whose English label this is, as the reader sees it."""
	desk.press(desk.page.evaluate("label => __(label)", label))


def wait_for_status(desk: Desk, status: str) -> None:
	desk.page.wait_for_function("status => cur_frm.doc.status === status", arg=status)
	desk.settle()


def send(desk: Desk, label: str, status: str) -> None:
	"""Press a step that asks for its day, and accept today."""
	press(desk, label)
	desk.confirm()
	wait_for_status(desk, status)


def expense_list(desk: Desk, claim: str) -> bytes:
	"""The workbook that the examiner fills in."""
	answer = desk.page.context.request.get(
		f"{URL}/api/method/core_minori.api.claims.outcome_template?name={claim}"
	)
	assert answer.ok
	return answer.body()


def bring_in(desk: Desk, label: str, workbook: bytes, path: Path) -> None:
	"""Choose the workbook in the dialog and press its main button."""
	path.write_bytes(workbook)
	press(desk, label)
	desk.page.set_input_files(".modal.show input[type=file]", str(path))
	desk.page.locator(".modal.show .btn-primary:visible").first.click()
	desk.page.wait_for_timeout(500)


def filled(workbook: bytes, cut: float, reason: str | None) -> bytes:
	"""The expense list with `cut` euro taken off its first row."""
	book = load_workbook(BytesIO(workbook))
	sheet = book["Esito"]
	headings = {cell.value: cell.column for cell in sheet[5]}
	sheet.cell(6, headings["Importo ammesso"]).value = round(COST - cut, 2)
	sheet.cell(6, headings["Importo tagliato"]).value = cut or None
	sheet.cell(6, headings["Motivo del taglio"]).value = reason
	out = BytesIO()
	book.save(out)
	return out.getvalue()


@pytest.fixture
def claimable(funded):  # noqa: F811
	"""A project with one paid cost, its imputation confirmed; gives (desk, project, invoice, allocation)."""
	desk, project, supplier, item = funded
	invoice, allocation = booked_and_paid(desk, f"{project}-A.1", supplier, item)
	resource(desk, "PUT", f"resource/Cost Allocation/{allocation}", docstatus=1)
	return desk, project, invoice, allocation


def test_a_claim_from_its_costs_to_its_settlement(claimable, tmp_path):
	desk, project, invoice, allocation = claimable
	desk.new("Reimbursement Claim")
	desk.set(funded_project=project)
	desk.set(period_to=str(TODAY))
	claim = desk.save()
	press(desk, "Pick Costs")
	desk.page.wait_for_function("cur_frm.doc.costs.length === 1")
	desk.settle()
	desk.shot("claim-picked")
	press(desk, "Submit the Claim")
	desk.confirm()
	wait_for_status(desk, "Claimed")
	assert desk.value("claimed_amount") == COST
	desk.shot("claim-submitted")

	send(desk, "Send to the Auditor", "With the Auditor")
	template = expense_list(desk, claim)
	bring_in(
		desk, "Bring In the Auditor's Outcome", filled(template, CUT, None), tmp_path / "senza-motivo.xlsx"
	)
	expect(desk.page.locator(".modal.show table")).to_be_visible()
	desk.shot("claim-outcome-refused")
	assert desk.value("status") == "With the Auditor"
	desk.dismiss()
	bring_in(
		desk,
		"Bring In the Auditor's Outcome",
		filled(template, CUT, "Ricevuta illeggibile"),
		tmp_path / "revisore.xlsx",
	)
	wait_for_status(desk, "Audited")
	send(desk, "Send to the Authority", "With the Authority")
	bring_in(
		desk,
		"Bring In the Authority's Outcome",
		filled(expense_list(desk, claim), CUT, "Confermato"),
		tmp_path / "autorita.xlsx",
	)
	wait_for_status(desk, "Settled")
	desk.shot("claim-settled")
	left = round(COST - CUT, 2)
	assert (desk.value("auditor_amount"), desk.value("authority_amount")) == (left, left)

	row = resource(desk, "GET", f"resource/Cost Allocation/{allocation}")["data"]
	assert (row["claimed_amount"], row["auditor_amount"], row["authority_amount"]) == (COST, left, left)
	line = reconciliation(desk, project)["A.1"]
	assert (line["imputed"], line["claimed"]) == (COST, COST)
	assert desk.errors == []

	# The paper of a claimed cost stays: its voucher cannot be cancelled.
	desk.open(f"/app/purchase-invoice/{invoice}")
	desk.page.wait_for_function("window.cur_frm && cur_frm.doc.docstatus === 1")
	answer = desk.page.evaluate(
		"""name => fetch("/api/method/frappe.desk.form.save.cancel", {
			method: "POST",
			headers: {"X-Frappe-CSRF-Token": frappe.csrf_token, "Content-Type": "application/json"},
			body: JSON.stringify({doctype: "Purchase Invoice", name}),
		}).then(answer => answer.text())""",
		invoice,
	)
	assert claim in answer or allocation in answer
	assert desk.page.evaluate("name => frappe.db.get_value('Purchase Invoice', name, 'docstatus')", invoice)[
		"message"
	] == {"docstatus": 1}


def test_a_double_click_claims_once(claimable):
	desk, project, _invoice, allocation = claimable
	desk.new("Reimbursement Claim")
	desk.set(funded_project=project)
	desk.set(period_to=str(TODAY))
	claim = desk.save()
	press(desk, "Pick Costs")
	desk.page.wait_for_function("cur_frm.doc.costs.length === 1")
	desk.settle()
	# Two requests at the same instant, as a double click or two windows send them.
	codes = desk.page.evaluate(
		"""name => Promise.all([1, 2].map(() => fetch("/api/method/core_minori.api.claims.submit_claim", {
			method: "POST",
			headers: {"X-Frappe-CSRF-Token": frappe.csrf_token, "Content-Type": "application/json"},
			body: JSON.stringify({name}),
		}).then(answer => answer.status)))""",
		claim,
	)
	assert sorted(codes)[0] == 200 and sorted(codes)[1] in (409, 417), codes
	row = resource(desk, "GET", f"resource/Cost Allocation/{allocation}")["data"]
	assert (row["claim"], row["claimed_amount"]) == (claim, COST)
