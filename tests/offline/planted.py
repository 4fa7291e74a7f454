"""A register of a year's size, clean or with 25 planted errors: for the offline check and for the site alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

from core_minori.engine import register
from core_minori.engine.register import KnownProject, Reference
from core_minori.engine.sheets import Known

TODAY = date(2026, 11, 2)
COUNTS = {"minors": 200, "pei": 200, "referrals": 300, "sessions": 40, "budget_lines": 60}

REFERENCE = Reference(
	projects=(
		KnownProject(
			"ROMA-MSNA",
			"Servizio di supporto",
			date(2023, 9, 1),
			date(2026, 8, 31),
			tuple((code, f"Capitolo {code}") for code in "ABCDEFGHIL"),
			("Cooperativa Vela",),
		),
		KnownProject(
			"ANTARES",
			"Centro famiglie",
			date(2022, 2, 15),
			date(2027, 2, 14),
			(("A", "Staff"), ("B", "Goods")),
		),
	),
	organisations=("Consultorio Aquilone", "Scuola Mappamondo", "Cooperativa Vela", "Sportello Legale Faro"),
	facilities=("Casa Girasole", "Casa Melograno", "Comunità Il Ponte"),
	training_areas=tuple(Known(code, f"{code} - Area {code}") for code in "1234"),
	countries=(
		Known("Egypt", "Egitto"),
		Known("Guinea", "Guinea"),
		Known("Bangladesh", "Bangladesh"),
		Known("Tunisia", "Tunisia"),
	),
)

_GIVEN = ("Omar", "Amadou", "Yusuf", "Karim", "Ibrahima", "Sami", "Fatou", "Nour")
_FAMILY = ("Belkari", "Dialmo", "Rahtani", "Semboui", "Tarkovi")


@dataclass(frozen=True)
class Planted:
	"""A workbook, the lists it was made with, and the (sheet title, cell) of every planted error, by what it is."""

	data: bytes
	reference: Reference
	expected: dict[str, tuple[str, str]]


def rows(
	reference: Reference = REFERENCE, prefix: str = "", today: date = TODAY
) -> dict[str, list[dict[str, object]]]:
	"""Rows without a mistake as of `today`, as many as `COUNTS` says; codes begin with `prefix`."""
	project = reference.projects[0]
	chapters = [code for code, __ in project.chapters]
	return {
		"minors": [_minor(number, reference, prefix, today) for number in range(1, COUNTS["minors"] + 1)],
		"pei": [
			{
				"register_code": f"{prefix}P-{number:03d}",
				"minor": f"{prefix}M-{number:03d}",
				"drafted_on": today - timedelta(days=240 - number % 60),
				"review_due_on": today - timedelta(days=60 - number % 60),
				"schooling": "Sei anni di scuola nel Paese di origine.",
				"vulnerability_level": "Medium",
				"asylum_requested": number % 2,
				"area_1": "School and Language",
				"objective_1": "Raggiungere il livello A2 di italiano",
				"due_1": today + timedelta(days=43),
				"area_2": "Training and Work",
				"objective_2": "Iniziare un tirocinio",
				"minor_wishes": "Vuole lavorare come meccanico.",
				"minor_agrees": "Yes",
			}
			for number in range(1, COUNTS["pei"] + 1)
		],
		"referrals": [
			{
				"register_code": f"{prefix}I-{number:03d}",
				"minor": f"{prefix}M-{(number - 1) % COUNTS['minors'] + 1:03d}",
				"to_organisation": reference.organisations[number % len(reference.organisations)],
				"service_requested": ("Language Course", "Health Care", "Legal Support")[number % 3],
				"urgency": "Normal",
				"age_band": "16-17",
				"shared_information": "Cerca un corso al mattino.",
				"legal_basis": "Consent",
			}
			for number in range(1, COUNTS["referrals"] + 1)
		],
		"sessions": [
			{
				"register_code": f"{prefix}F-{number:03d}",
				"title": f"Incontro {number}",
				"training_area": reference.training_areas[number % len(reference.training_areas)].code,
				"project": project.code,
				"held_on": project.starts_on + timedelta(days=7 * number),
				"start_time": time(9, 30),
				"hours": Decimal("3.5"),
				"status": "Held",
				"attendance": [("Anna Verdi", "Psychologist"), ("Luca Bianchi", "Educator")],
			}
			for number in range(1, COUNTS["sessions"] + 1)
		],
		"budget_lines": [
			{
				"register_code": f"{prefix}V-{number:03d}",
				"funded_project": project.code,
				"line_code": f"{chapters[number % len(chapters)]}.{prefix}{number}",
				"title": f"Voce {number}",
				"chapter": chapters[number % len(chapters)],
				"partner": project.partners[number % len(project.partners)] if project.partners else None,
				"cost_method": "Real Cost",
				"unit": "Hour",
				"quantity": Decimal(number),
				"unit_cost": Decimal("21.50"),
				"amount": Decimal(number) * Decimal("21.50"),
			}
			for number in range(1, COUNTS["budget_lines"] + 1)
		],
	}


def clean_register(reference: Reference = REFERENCE, prefix: str = "", today: date = TODAY) -> bytes:
	"""The workbook of `rows`, with nothing wrong in it."""
	return register.workbook(reference, rows(reference, prefix, today))


def planted_register(reference: Reference = REFERENCE, prefix: str = "", today: date = TODAY) -> Planted:
	"""The workbook of `rows` with 25 errors, each of another kind, each in a row of its own."""
	workbook = load_workbook(BytesIO(clean_register(reference, prefix, today)))
	expected: dict[str, tuple[str, str]] = {}

	def plant(name: str, sheet_key: str, column: str, row: int, value: object, at: str | None = None) -> None:
		place = place_of(sheet_key, column, row)
		title = register.SHEET[sheet_key].title
		cell = workbook[title][place]
		cell.value = value
		if isinstance(value, int):
			cell.number_format = "General"  # with a date format, a number is a date
		expected[name] = (title, at or place)

	plant("required name empty", "minors", "given_name", 5, None)
	plant("fiscal code mistyped", "minors", "fiscal_code", 9, "RSSMRA85T10A562X")
	plant("date as text", "minors", "birth_date", 12, "14/03/2010")
	plant("31 February", "minors", "arrival_date", 17, "31/02/2026")
	plant("date in the future", "minors", "reported_on", 21, today + timedelta(days=182))
	plant("choice misspelt", "minors", "sex", 33, "Maschoi")
	plant("unknown facility", "minors", "facility", 47, "Casa Che Non C'è")
	plant("adult among the minors", "minors", "birth_date", 58, today - timedelta(days=8300))
	plant("duplicate code", "minors", "register_code", 71, f"{prefix}M-042")
	plant("formula", "minors", "family_name", 86, '=UPPER("belkari")')
	plant("row without code", "minors", "register_code", 99, None)
	plant("unknown minor", "pei", "minor", 14, f"{prefix}M-999")
	plant("spreadsheet error", "pei", "schooling", 38, "#REF!")
	plant("review before drafting", "pei", "review_due_on", 52, today - timedelta(days=600))
	place = place_of("pei", "minor_wishes", 60)
	workbook["PEI"].merge_cells(f"{place}:{place_of('pei', 'minor_wishes', 61)}")
	expected["merged cells"] = ("PEI", place)
	plant("unknown organisation", "referrals", "to_organisation", 25, "Ente Sconosciuto")
	plant("renamed column", "referrals", "urgency", 1, "Priorità")
	plant("too many hours", "sessions", "hours", 8, 25)
	plant("number for a date", "sessions", "held_on", 19, 45000)
	workbook["Formazione"].cell(1, len(register.SHEET["sessions"].columns) + 1).value = "Costo"
	expected["extra column"] = ("Formazione", "N1")
	plant("chapter not in the programme", "budget_lines", "chapter", 6, "Z")
	plant("negative amount", "budget_lines", "amount", 15, -322.5)
	plant("three decimals", "budget_lines", "unit_cost", 22, 21.505)
	plant("wrong product", "budget_lines", "amount", 31, 1)
	plant("line twice", "budget_lines", "line_code", 44, _line_code(reference, prefix, 40))
	stream = BytesIO()
	workbook.save(stream)
	return Planted(stream.getvalue(), reference, expected)


def place_of(sheet_key: str, column: str, row: int) -> str:
	"""The cell of a column, such as C5; row 1 holds the headings."""
	from openpyxl.utils import get_column_letter

	return f"{get_column_letter(register.SHEET[sheet_key].keys.index(column) + 1)}{row}"


def changed(data: bytes, change: Callable) -> bytes:
	"""The workbook after `change` was called with it as openpyxl opens it."""
	workbook = load_workbook(BytesIO(data))
	change(workbook)
	stream = BytesIO()
	workbook.save(stream)
	return stream.getvalue()


def _minor(number: int, reference: Reference, prefix: str, today: date) -> dict[str, object]:
	reported = today - timedelta(days=296 - number % 50)
	in_facility = number % 4 != 0
	return {
		"register_code": f"{prefix}M-{number:03d}",
		"given_name": _GIVEN[number % len(_GIVEN)],
		"family_name": _FAMILY[number % len(_FAMILY)],
		"sex": "Female" if number % len(_GIVEN) >= 6 else "Male",
		"birth_date": today - timedelta(days=6500 - number * 3),
		"birth_date_certainty": "Declared",
		"nationality": reference.countries[number % len(reference.countries)].code,
		"languages": "arabo, francese",
		"arrival_date": reported - timedelta(days=20),
		"phone": "+39 333 0000000" if number % 10 == 0 else None,
		"beneficiary_type": "Unaccompanied Minor",
		"project": reference.projects[0].code,
		"living_arrangement": "Facility" if in_facility else "Family",
		"facility": reference.facilities[number % len(reference.facilities)] if in_facility else None,
		"reported_on": reported,
		"reception_entry": datetime.combine(reported, time(18, 30)) - timedelta(days=1),
		"interview_on": datetime.combine(reported, time(10, 0)) + timedelta(days=1),
		"guardian_appointed_on": reported + timedelta(days=30),
		"victim_status": "No Sign",
		"emersion_channel": "Reception Facility",
	}


def _line_code(reference: Reference, prefix: str, row: int) -> str:
	return str(rows(reference, prefix)["budget_lines"][row - 2]["line_code"])
