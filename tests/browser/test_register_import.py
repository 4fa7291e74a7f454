"""The register workbook from the template to the cases, as the coordinator."""

import secrets
from datetime import date, timedelta
from io import BytesIO
from urllib.parse import quote

from desk import URL, Desk
from openpyxl import load_workbook
from playwright.sync_api import expect

from core_minori.engine import register

TODAY = date.today()


def upload(desk: Desk, data: bytes) -> None:
	"""Attach a workbook to the open import."""
	desk.page.locator('[data-fieldname="workbook"] .btn-attach:visible').click()
	desk.page.locator(".modal.show input[type=file]").first.set_input_files(
		{
			"name": "registro.xlsx",
			"mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
			"buffer": data,
		}
	)
	desk.confirm()
	desk.page.wait_for_function("cur_frm.doc.workbook && !document.querySelector('.modal.show')")


def start(desk: Desk, label: str, ends_in: str, asks: bool = False) -> None:
	"""Press a button of the import and wait for the background job to end."""
	desk.press(label)
	if asks:
		desk.confirm()
	desk.page.wait_for_function(
		"status => cur_frm.doc.status === status && !cur_frm.is_dirty()", arg=ends_in, timeout=90_000
	)
	desk.settle()


def test_an_error_is_found_at_its_cell_then_the_rows_go_in_once(desk_of):
	prefix = secrets.token_hex(3)
	with desk_of("coordinator") as desk:
		template = desk.page.context.request.get(f"{URL}/api/method/core_minori.api.register.template")
		assert template.ok
		reference = register.reference_in(template.body())
		rows = {
			"minors": [
				{
					"register_code": f"{prefix}-{number}",
					"given_name": f"Prova{number}",
					"sex": "Male",
					"birth_date": date(2010, 5, number),
					"beneficiary_type": "Unaccompanied Minor",
					"living_arrangement": "Independent",
					"reported_on": TODAY - timedelta(days=30),
				}
				for number in (1, 2)
			]
		}
		good = register.workbook(reference, rows)
		broken = load_workbook(BytesIO(good))
		sheet = broken["Minori"]
		heading = next(cell for cell in sheet[1] if str(cell.value).startswith("Data di nascita"))
		cell = sheet.cell(3, heading.column)
		cell.value, cell.number_format = "31/02/2010", "@"
		bad = BytesIO()
		broken.save(bad)

		desk.new("Register Import")
		upload(desk, bad.getvalue())
		desk.save()
		start(desk, "Controlla il file", "Checked")
		problems = desk.value("problems")
		assert [(row["sheet"], row["cell"]) for row in problems] == [("Minori", cell.coordinate)]
		expect(desk.page.locator(".workbook-problems .grid-body")).to_contain_text(cell.coordinate)
		desk.shot("register-problems")

		desk.new("Register Import")
		upload(desk, good)
		desk.save()
		for created, already in ((2, 0), (0, 2)):
			start(desk, "Importa il file", "Imported", asks=True)
			assert (desk.value("created_count"), desk.value("already_count")) == (created, already)
			desk.set(on_error="Import the Good Rows" if created else "Import Nothing")
			desk.save()
		desk.shot("register-imported")
		filters = quote(f'[["register_code","like","{prefix}%"]]')
		found = desk.page.context.request.get(f"{URL}/api/resource/Case File?filters={filters}").json()[
			"data"
		]
		assert len(found) == 2
		assert desk.errors == []
