"""A partner's workbook from its export to the declared costs, as the funding officer."""

import secrets
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from urllib.parse import urlencode

from desk import URL, Desk
from playwright.sync_api import expect

from core_minori.engine import partner_workbook

TODAY = date.today()
CUP = "I61E20000000007"


def attach(desk: Desk, field: str, name: str, data: bytes) -> None:
	"""Attach a file to a field of the open form, in the place of the one that is there."""
	# The first field of a new form has the focus, and its offers lie over what is below.
	desk.page.evaluate(
		"field => { document.activeElement.blur(); return cur_frm.set_value(field, null); }", field
	)
	desk.settle()
	desk.page.locator(f'[data-fieldname="{field}"] .btn-attach:visible').click()
	desk.page.locator(".modal.show input[type=file]").first.set_input_files(
		{"name": name, "mimeType": "application/octet-stream", "buffer": data}
	)
	desk.confirm()
	desk.page.wait_for_function(
		"field => cur_frm.doc[field] && !document.querySelector('.modal.show')", arg=field
	)
	desk.settle()


def start(desk: Desk, label: str, ends_in: str, asks: bool = False) -> None:
	"""Press a button of the submission and wait until its result is there."""
	desk.press(label)
	if asks:
		desk.confirm()
	desk.page.wait_for_function(
		"status => cur_frm.doc.status === status && !cur_frm.is_dirty()", arg=ends_in, timeout=90_000
	)
	desk.settle()


def project_of(desk: Desk) -> tuple[str, str]:
	"""A new project with one line; returns its code and its partner."""
	return tuple(
		desk.page.evaluate(
			"""async ({code, start, end, cup}) => {
				const first = async (doctype, filters) =>
					(await frappe.db.get_list(doctype, {fields: ["name"], filters, limit: 1}))[0].name;
				const partner = await first("Network Organisation", {});
				const project = await frappe.db.insert({
					doctype: "Funded Project", project_code: code, title: "Progetto di prova", cup,
					programme: "FAMI 2021-2027", start_date: start, end_date: end,
					company: frappe.defaults.get_default("company"),
					partners: [{organisation: partner, role: "Partner", budget_share: 1000}],
				});
				await frappe.db.insert({
					doctype: "FAMI Budget Line", funded_project: project.name, line_code: "D.1",
					title: "Materiali", chapter: "D", partner, cost_method: "Real Cost", amount: 1000,
				});
				return [project.name, partner];
			}""",
			{
				"code": f"PROVA-{secrets.token_hex(3)}",
				"start": str(TODAY - timedelta(days=90)),
				"end": str(TODAY + timedelta(days=90)),
				"cup": CUP,
			},
		)
	)


def rows() -> list[dict]:
	"""Two receipts that nothing is wrong with."""
	return [
		{
			"declared_code": f"R-{number}",
			"budget_line": "D.1",
			"cost_type": "Document",
			"supplier": "Ferramenta Esempio",
			"tax_id": "00743110157",
			"document_type": "Receipt",
			"document_number": secrets.token_hex(4),
			"document_date": TODAY - timedelta(days=20),
			"amount": Decimal(100 * number),
			"payment_method": "Bank Transfer",
			"paid_on": TODAY - timedelta(days=10),
			"payment_reference": f"CRO{number}",
			"paid_amount": Decimal(100 * number),
			"cup": CUP,
			"attachments": f"ricevuta {number}.pdf",
		}
		for number in (1, 2)
	]


def test_an_error_at_its_cell_then_the_costs_go_in_and_one_is_corrected(desk_of):
	with desk_of("funding_officer") as desk:
		desk.open("/app")
		project, partner = project_of(desk)
		query = urlencode({"funded_project": project, "partner": partner})
		exported = desk.page.context.request.get(
			f"{URL}/api/method/core_minori.api.partners.workbook?{query}"
		)
		assert exported.ok
		reference = partner_workbook.reference_in(exported.body())
		assert (reference.project, [line.code for line in reference.lines]) == (project, ["D.1"])
		good = rows()
		wrong = [good[0], {**good[1], "document_date": TODAY - timedelta(days=200)}]
		stream = BytesIO()
		with zipfile.ZipFile(stream, "w") as archive:
			for row in good:
				archive.writestr(f"ricevute/{row['attachments']}", row["declared_code"])

		desk.new("Partner Submission", funded_project=project, partner=partner)
		attach(desk, "workbook", "spese.xlsx", partner_workbook.workbook(reference, wrong))
		attach(desk, "documents", "documenti.zip", stream.getvalue())
		desk.save()
		start(desk, "Controlla il file", "Checked")
		assert [row["cell"] for row in desk.value("problems")] == ["H3"]
		expect(desk.page.locator(".workbook-problems .grid-body")).to_contain_text("H3")
		desk.shot("submission-problems")

		attach(desk, "workbook", "spese.xlsx", partner_workbook.workbook(reference, good))
		if desk.page.evaluate("cur_frm.is_dirty()"):
			desk.save()
		start(desk, "Importa il file", "Imported", asks=True)
		assert [desk.value(f"{kind}_count") for kind in ("new", "changed", "unchanged", "attached")] == [
			2,
			0,
			0,
			2,
		]

		good[1] |= {"amount": Decimal(150)}
		desk.new("Partner Submission", funded_project=project, partner=partner)
		attach(desk, "workbook", "spese.xlsx", partner_workbook.workbook(reference, good))
		desk.save()
		start(desk, "Controlla il file", "Checked")
		changes = desk.page.locator('[data-fieldname="changes_view"] table')
		expect(changes).to_contain_text("200,00")
		expect(changes).to_contain_text("150,00")
		changes.scroll_into_view_if_needed()
		desk.shot("submission-changes")
		start(desk, "Importa il file", "Imported", asks=True)
		assert [desk.value(f"{kind}_count") for kind in ("new", "changed", "unchanged")] == [0, 1, 1]
		amounts = desk.page.evaluate(
			"""project => frappe.db.get_list("Cost Allocation",
				{fields: ["imputed_amount"], filters: {funded_project: project}, order_by: "imputed_amount"})""",
			project,
		)
		assert [row["imputed_amount"] for row in amounts] == [100, 150]
		assert not desk.errors
