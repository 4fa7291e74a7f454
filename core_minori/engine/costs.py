"""The costs workbook: projects, budget lines, costs and their imputations, reconciled with no server.

It holds what a partner sends to the lead: the same rules that guard the ledger check it, and the same reconciliation
that the desk shows comes out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Font

from core_minori.engine import sheet_writer
from core_minori.engine.allocation import check_allocation
from core_minori.engine.eligibility import check_line_budget, check_project_window
from core_minori.engine.identifiers import check_cig, check_cup, check_vat_number, normalised
from core_minori.engine.message import RuleError, _
from core_minori.engine.money import ZERO, money
from core_minori.engine.reconciliation import (
	Booking,
	BudgetLine,
	Imputation,
	ReconciliationRow,
	reconcile,
	total,
)
from core_minori.engine.sheets import (
	Column,
	Kind,
	Problem,
	Reading,
	Row,
	RowCheck,
	Sheet,
	fold,
	holds_sheets,
	read_sheets,
)

PROJECTS = "projects"
LINES = "lines"
COSTS = "costs"
IMPUTATIONS = "imputations"

Checks = Mapping[str, list[RowCheck]]


def _codes(check: RowCheck) -> None:
	check.finding("cup", check_cup(check.value("cup")))
	check.finding("cig", check_cig(check.value("cig")))


def _invoice(check: RowCheck) -> None:
	_codes(check)
	check.finding("vat_number", check_vat_number(check.value("vat_number")))
	issued, paid = check.value("document_date"), check.value("paid_on")
	if issued and paid and paid < issued:
		check.warn(
			"paid_on",
			_("The payment of {paid} comes before the document of {issued}."),
			_("Correct one of the two dates, unless it is an advance."),
			paid=paid,
			issued=issued,
		)


def _within_projects(checks: Checks) -> None:
	"""A cost lies within the dates of the project it is booked on, and carries its CUP."""
	projects, lines = _by_code(checks[PROJECTS]), _by_code(checks[LINES])
	for check in checks[COSTS]:
		line = lines.get(fold(check.value("line") or ""))
		project = projects.get(fold(line.value("project") or "")) if line else None
		if not project:
			continue
		_in_window(check, "document_date", check.value("document_date"), project)
		cup = project.value("cup")
		if cup and check.sound("cup") and normalised(str(check.value("cup") or "")) != normalised(str(cup)):
			check.warn(
				"cup",
				_("The document does not carry the CUP {cup} of project {project}."),
				_("Have the CUP written on the document, or correct it here."),
				cup=cup,
				project=project.row.code,
			)


def _no_document_twice(checks: Checks) -> None:
	"""The same document of the same supplier in the same year counts once."""
	first: dict[tuple[str, str, int], RowCheck] = {}
	for check in checks[COSTS]:
		supplier = check.value("vat_number") or check.value("supplier")
		number, issued = check.value("document_number"), check.value("document_date")
		if not supplier or not number or not issued:
			continue
		key = (normalised(str(supplier)), fold(number), issued.year)
		earlier = first.setdefault(key, check)
		if earlier is not check:
			check.report(
				"document_number",
				_("Document {number} of this supplier is there twice: in {first} and in {second}."),
				_("Delete one of the two rows; a cost that goes to two lines has two imputations."),
				number=number,
				first=earlier.cell("document_number"),
				second=check.cell("document_number"),
			)


def _lines_within_budget(checks: Checks) -> None:
	"""What the ledger carries on a line stays within its planned amount."""
	booked: dict[str, Decimal] = {}
	for check in checks[COSTS]:
		if check.value("line") and check.value("amount") is not None:
			line = fold(check.value("line"))
			booked[line] = booked.get(line, ZERO) + check.value("amount")
	for check in checks[LINES]:
		planned = check.value("amount")
		if check.row.code and planned is not None:
			spent = booked.get(fold(check.row.code), ZERO)
			check.finding("amount", check_line_budget(check.row.code, planned, ZERO, spent))


def _imputed_within_cost(checks: Checks) -> None:
	"""The imputations of a cost have its sign and do not pass it, and their line's project was running."""
	projects, lines, costs = (_by_code(checks[key]) for key in (PROJECTS, LINES, COSTS))
	taken: dict[str, list[Decimal]] = {}
	for check in checks[IMPUTATIONS]:
		cost, amount = costs.get(fold(check.value("cost") or "")), check.value("amount")
		if not cost or amount is None or cost.value("amount") is None:
			continue
		others = taken.setdefault(fold(cost.row.code), [])
		try:
			check_allocation(cost.value("amount"), others, amount)
			others.append(amount)
		except RuleError as error:
			check.finding("amount", error.finding)
		line = lines.get(fold(check.value("line") or ""))
		if line and fold(cost.value("line") or "") != fold(line.row.code):
			project = projects.get(fold(line.value("project") or ""))
			if project:
				_in_window(check, "line", cost.value("document_date"), project)


def _in_window(check: RowCheck, key: str, day: object, project: RowCheck) -> None:
	starts, ends = project.value("start_date"), project.value("end_date")
	if day and starts and ends:
		check.finding(key, check_project_window(day, starts, ends, project.row.code))


def _by_code(checks: Iterable[RowCheck]) -> dict[str, RowCheck]:
	return {fold(check.row.code): check for check in checks if check.row.code}


def _code_column(key: str, header: str, example: str) -> Column:
	return Column(key, header, Kind.CODE, required=True, example=example, width=22)


SHEETS: tuple[Sheet, ...] = (
	Sheet(
		PROJECTS,
		"Progetti",
		"Funded Project",
		(
			_code_column("project_code", "Codice progetto", "ROMA-MSNA"),
			Column("title", "Titolo", Kind.TEXT, required=True, width=40),
			Column("start_date", "Inizio", Kind.DATE, required=True),
			Column("end_date", "Fine", Kind.DATE, required=True),
			Column("cup", "CUP", Kind.TEXT, example="I61E20000000007"),
			Column("cig", "CIG", Kind.TEXT, example="Z602BCDE3E"),
		),
		order=(("start_date", "end_date"),),
		rules=(_codes,),
	),
	Sheet(
		LINES,
		"Voci",
		"FAMI Budget Line",
		(
			_code_column("line", "Voce", "ROMA-MSNA-A.1"),
			Column("project", "Codice progetto", Kind.REFERENCE, required=True, source=PROJECTS),
			Column("chapter", "Capitolo", Kind.TEXT, required=True, example="A"),
			Column("title", "Descrizione", Kind.TEXT, required=True, width=40),
			Column("partner", "Partner", Kind.TEXT, width=28),
			Column("amount", "Importo pianificato", Kind.AMOUNT, required=True),
		),
		table_rules=(_lines_within_budget,),
	),
	Sheet(
		COSTS,
		"Spese",
		"GL Entry",
		(
			_code_column("cost", "Codice spesa", "FT-001"),
			Column("document_date", "Data documento", Kind.DATE, required=True, past=True),
			Column("document_number", "Numero documento", Kind.TEXT),
			Column("supplier", "Fornitore", Kind.TEXT, required=True, width=32),
			Column("vat_number", "Partita IVA", Kind.TEXT),
			Column("description", "Descrizione", Kind.TEXT, width=36),
			Column(
				"amount",
				"Importo",
				Kind.AMOUNT,
				required=True,
				negative=True,
				note="Il costo in contabilità, IVA indetraibile compresa. Una nota di credito è negativa.",
			),
			Column(
				"line",
				"Voce in contabilità",
				Kind.REFERENCE,
				source=LINES,
				note="La voce scritta sulla registrazione, se c'è.",
			),
			Column("cup", "CUP", Kind.TEXT),
			Column("cig", "CIG", Kind.TEXT),
			Column("paid_on", "Pagata il", Kind.DATE, past=True),
		),
		rules=(_invoice,),
		table_rules=(_within_projects, _no_document_twice),
	),
	Sheet(
		IMPUTATIONS,
		"Imputazioni",
		"Cost Allocation",
		(
			_code_column("imputation", "Codice imputazione", "IMP-001"),
			Column("cost", "Codice spesa", Kind.REFERENCE, required=True, source=COSTS),
			Column("line", "Voce", Kind.REFERENCE, required=True, source=LINES),
			Column("amount", "Importo imputato", Kind.AMOUNT, required=True, negative=True),
			Column(
				"confirmed",
				"Confermata",
				Kind.CHOICE,
				required=True,
				choices=((1, "Sì"), (0, "No")),
				note="No: è una bozza, che attende l'amministrazione.",
			),
			Column("note", "Note", Kind.LONG_TEXT, width=36),
		),
		table_rules=(_imputed_within_cost,),
	),
)

INSTRUCTIONS = (
	"Costi: progetti, voci, spese e imputazioni",
	"Una riga per ogni spesa della contabilità. Una spesa divisa tra più voci ha più imputazioni.",
	"Le colonne marroni con l'asterisco sono obbligatorie. Solo valori: niente formule, niente celle unite.",
	"Per controllare: core-minori check FILE. Per riconciliare: core-minori reconcile FILE -o USCITA.xlsx",
)

_AMOUNTS = ("Pianificato", "Contabilizzato", "Imputato in bozza", "Imputato", "Residuo", "Da imputare")


def template() -> bytes:
	"""Return the empty template."""
	return workbook({})


def workbook(rows: Mapping[str, Iterable[Mapping[str, object]]]) -> bytes:
	"""Return the template filled with `rows`: by sheet key, stored values by column key."""
	return sheet_writer.template(SHEETS, {}, {}, INSTRUCTIONS, rows)


def is_costs(data: bytes) -> bool:
	"""Whether these bytes are a workbook with at least two of the costs workbook's sheets."""
	return holds_sheets(data, SHEETS)


def read(data: bytes, today: date, progress: Callable[[int, int], None] | None = None) -> Reading:
	"""Read a filled-in costs workbook; whatever the bytes are, nothing is raised."""
	return read_sheets(data, SHEETS, {}, {}, today, None, progress)


def reconciliation(reading: Reading, by: str) -> dict[str, list[ReconciliationRow]]:
	"""Planned, booked and imputed euro by line, chapter or partner, for each project of the workbook.

	What the ledger carries counts whatever else is wrong with its row; an imputation with a problem does not.
	"""
	lines = _budget_lines(reading)
	bookings = [
		Booking(fold(row.values["line"]), row.values["amount"])
		for row in reading.rows.get(COSTS, ())
		if _has(row, "line", "amount")
	]
	imputations = [
		Imputation(fold(row.values["line"]), row.values["amount"], bool(row.values.get("confirmed")))
		for row in _counted_imputations(reading)
	]
	projects = dict.fromkeys(line.project for line in lines)
	found = {}
	for project in projects:
		own = [line for line in lines if line.project == project]
		found[project] = reconcile(own, bookings, imputations, by=by)
	return found


def reconciliation_workbook(reading: Reading, today: date, translate: Callable[[str], str] = str) -> bytes:
	"""Return the reimbursement workbook: summary, tables by line, chapter and partner, expense list, findings."""
	book = Workbook()
	summary = book.active
	summary.title = "Riepilogo"
	_write_summary(summary, reading, today)
	names = {fold(row.code): row.code for row in reading.rows.get(LINES, ())}
	for by, title in (("line", "Per voce"), ("chapter", "Per capitolo"), ("partner", "Per partner")):
		rows: list[Sequence[object]] = []
		for project, found in reconciliation(reading, by).items():
			rows += [_table_row(project, names.get(row.key, row.key), row) for row in found]
			rows.append(_table_row(project, "TOTALE", total(found)))
		worksheet = book.create_sheet(title)
		sheet_writer.write_table(
			worksheet, ("Progetto", title[4:].capitalize(), "Descrizione", *_AMOUNTS), rows
		)
		for row in worksheet.iter_rows(min_row=2):
			if row[1].value == "TOTALE":
				for cell in row:
					cell.font = Font(bold=True)
	_write_expenses(book.create_sheet("Elenco spese"), reading)
	_write_findings(book.create_sheet("Controlli"), reading, translate)
	return sheet_writer.saved(book)


def _budget_lines(reading: Reading) -> list[BudgetLine]:
	lines: dict[str, BudgetLine] = {}
	for row in reading.rows.get(LINES, ()):
		if row.code and _has(row, "project", "chapter", "title", "amount"):
			key = fold(row.code)
			values = row.values
			lines.setdefault(
				key,
				BudgetLine(
					key,
					str(values["project"]),
					str(values["chapter"]),
					str(values.get("partner") or "-"),
					str(values["title"]),
					money(values["amount"]),
				),
			)
	return list(lines.values())


def _counted_imputations(reading: Reading) -> list[Row]:
	return [
		row
		for row in reading.rows.get(IMPUTATIONS, ())
		if not row.bad and _has(row, "cost", "line", "amount")
	]


def _has(row: Row, *keys: str) -> bool:
	return not row.bad.intersection(keys) and all(row.values.get(key) is not None for key in keys)


def _table_row(project: str, name: str, row: ReconciliationRow) -> list[object]:
	amounts = (row.planned, row.booked, row.drafted, row.imputed, row.residual, row.not_imputed)
	return [project, name, row.title, *amounts]


def _write_summary(worksheet, reading: Reading, today: date) -> None:
	sheet_writer.put(worksheet.cell(1, 1), "Rendiconto: pianificato, contabilizzato, imputato")
	worksheet.cell(1, 1).font = Font(bold=True, size=14)
	sheet_writer.put(worksheet.cell(2, 1), f"Situazione al {today.strftime('%d/%m/%Y')}")
	projects = {fold(row.code): row for row in reading.rows.get(PROJECTS, ())}
	rows = []
	for project, found in reconciliation(reading, "line").items():
		known = projects.get(fold(project))
		values = known.values if known else {}
		rows.append(
			[
				project,
				values.get("title"),
				values.get("cup"),
				values.get("start_date"),
				values.get("end_date"),
				*_table_row("", "", total(found))[3:],
			]
		)
	after = sheet_writer.write_table(
		worksheet, ("Progetto", "Titolo", "CUP", "Inizio", "Fine", *_AMOUNTS), rows, first_row=4
	)
	for number, text in enumerate(
		(
			f"Problemi: {len(reading.problems)}. Avvisi: {len(reading.warnings)}. Vedi la scheda Controlli.",
			"Residuo: pianificato meno imputato confermato. Da imputare: contabilizzato meno ogni imputazione.",
			"Le imputazioni con un problema non sono contate.",
		),
		start=after + 1,
	):
		sheet_writer.put(worksheet.cell(number, 1), text)


def _write_expenses(worksheet, reading: Reading) -> None:
	"""One row for each imputation, and one for what is left of a cost, so that the costs add up."""
	imputed: dict[str, list[Row]] = {}
	for row in _counted_imputations(reading):
		imputed.setdefault(fold(row.values["cost"]), []).append(row)
	chapters = {line.name: line for line in _budget_lines(reading)}
	rows: list[Sequence[object]] = []
	for cost in reading.rows.get(COSTS, ()):
		values = cost.values
		amount = values.get("amount")
		if amount is None:
			continue
		paper = [
			cost.code,
			values.get("supplier"),
			values.get("vat_number"),
			values.get("document_number"),
			values.get("document_date"),
			values.get("description"),
			amount,
			values.get("cup"),
			values.get("cig"),
			values.get("paid_on"),
		]
		left = amount
		for row in imputed.get(fold(cost.code), ()):
			line = chapters.get(fold(row.values["line"]))
			part = row.values["amount"]
			left -= part
			rows.append(
				[
					*paper,
					line.project if line else "",
					line.chapter if line else "",
					row.values["line"],
					part,
					money(part * 100 / amount) if amount else ZERO,
					"confermata" if row.values.get("confirmed") else "bozza",
				]
			)
		if left:
			rows.append([*paper, "", "", "", left, money(left * 100 / amount), "da imputare"])
	sheet_writer.write_table(
		worksheet,
		(
			"Codice spesa",
			"Fornitore",
			"Partita IVA",
			"Numero documento",
			"Data documento",
			"Descrizione",
			"Totale documento",
			"CUP",
			"CIG",
			"Data pagamento",
			"Progetto",
			"Capitolo",
			"Voce",
			"Importo imputato",
			"% imputazione",
			"Stato",
		),
		rows,
	)


def _write_findings(worksheet, reading: Reading, translate: Callable[[str], str]) -> None:
	def lines(kind: str, found: Iterable[Problem]) -> list[Sequence[object]]:
		return [
			[
				kind,
				problem.sheet,
				problem.cell,
				problem.message.render(translate),
				problem.remedy.render(translate),
			]
			for problem in found
		]

	sheet_writer.write_table(
		worksheet,
		("Tipo", "Scheda", "Cella", "Che cosa non va", "Che cosa fare"),
		lines("Problema", reading.problems) + lines("Avviso", reading.warnings),
	)
