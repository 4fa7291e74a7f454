"""What every figure of a claim's workbook has to be, worked out from the books by a way of its own.

Nothing here calls the engine or the code that makes claims: amounts come from the ledger, timesheets at their rate,
partners' costs and payments by plain SQL, the cuts from the workbooks that the examiners sent back, and rounding and
splitting are written anew. So a figure that both agree on was derived twice.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from openpyxl import load_workbook

import frappe

NONE = Decimal(0)
Split = tuple[Decimal, ...]


class Wrong(AssertionError):
	"""A figure of the workbook is not what the books say."""


def cents(value: object) -> Decimal:
	"""Euro with two places, half up."""
	return Decimal(str(value or 0)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def rows(query: str, **values: object) -> list[frappe._dict]:
	"""Rows of a plain query."""
	return frappe.db.sql(query, values, as_dict=True)


# --- what the books say -------------------------------------------------------------------------------------------


class Books:
	"""A project's claims from its vouchers. Every amount is euro."""

	def __init__(self, project: str):
		self.project = project
		self.percents = [
			Decimal(str(row.percent))
			for row in rows(
				"select percent from `tabFunding Source` where parent = %(project)s order by idx",
				project=project,
			)
		]
		self.lines = {
			row.name: row
			for row in rows(
				"""select name, line_code, chapter, partner, cost_method, initial_amount, flat_rate_percent
				from `tabFAMI Budget Line` where funded_project = %(project)s""",
				project=project,
			)
		}
		self.partners = dict(frappe.db.sql("select name, organisation_name from `tabNetwork Organisation`"))
		self.claims = [
			Claim(self, row)
			for row in rows(
				"""select name, period_to, auditor_workbook, authority_workbook
				from `tabReimbursement Claim` where funded_project = %(project)s and docstatus = 1
				order by period_to""",
				project=project,
			)
		]
		for number, claim in enumerate(self.claims, start=1):
			claim.number = number

	def split(self, amount: Decimal) -> Split:
		"""One amount over the sources: each half up, what is left on the last."""
		parts = [cents(amount * percent / 100) for percent in self.percents[:-1]]
		return (*parts, amount - sum(parts, NONE))

	def partner(self, line: str) -> str:
		"""What the partner of a line is called."""
		return self.partners[self.lines[line].partner]

	def budget(self, day: object) -> dict[str, Decimal]:
		"""Budget of every line in force on a day: the agreement's, moved by revisions, flat rates on what that makes."""
		found = {
			name: cents(line.initial_amount)
			for name, line in self.lines.items()
			if line.cost_method != "Flat Rate"
		}
		for moved in rows(
			"""select transfer.from_line, transfer.to_line, transfer.amount
			from `tabBudget Transfer` transfer join `tabBudget Revision` revision on revision.name = transfer.parent
			where revision.funded_project = %(project)s and revision.docstatus = 1 and revision.effective_on <= %(day)s""",
			project=self.project,
			day=day,
		):
			found[moved.from_line] -= cents(moved.amount)
			found[moved.to_line] += cents(moved.amount)
		return {**found, **self.flat(found)}

	def flat(self, direct: dict[str, Decimal]) -> dict[str, Decimal]:
		"""The flat-rate lines on these amounts of the other lines: the per cent of what their partner has."""
		return {name: cents(self.base(name, direct) * self.rate(name) / 100) for name in self.flat_lines}

	def base(self, flat_line: str, direct: dict[str, Decimal]) -> Decimal:
		"""What a flat-rate line is taken of."""
		partner = self.lines[flat_line].partner
		return sum((amount for line, amount in direct.items() if self.lines[line].partner == partner), NONE)

	def rate(self, line: str) -> Decimal:
		"""Per cent of a flat-rate line."""
		return Decimal(str(self.lines[line].flat_rate_percent))

	@property
	def flat_lines(self) -> list[str]:
		"""The flat-rate lines, in the order of their codes."""
		return sorted(
			(name for name, line in self.lines.items() if line.cost_method == "Flat Rate"),
			key=lambda name: code_order(self.lines[name].line_code),
		)


class Cost:
	"""One cost of a claim, with what is printed of it."""

	def __init__(self, row: frappe._dict):
		self.line = row.budget_line
		self.voucher = row.voucher_no
		self.allocation = row.name
		self.party = ""
		self.claimed = self.hours = self.hour = self.net = self.vat = self.document = NONE
		self.paid: Decimal | None = None
		self.papers: set[str] = set()
		self.procurement = ""
		self.accepted: dict[str, Decimal] = {}

	@property
	def worth(self) -> Decimal:
		"""The amount by now: the authority's, else the auditor's, else the claimed one."""
		return self.accepted.get("authority", self.accepted.get("auditor", self.claimed))


class Claim:
	"""One claim: its costs as the vouchers have them, and the cuts that came back."""

	def __init__(self, books: Books, row: frappe._dict):
		self.books, self.name, self.period_to = books, row.name, row.period_to
		self.number = 0
		allocations = rows(
			"""select name, voucher_type, voucher_no, account, cost_center, budget_line
			from `tabCost Allocation` where claim = %(claim)s and docstatus = 1""",
			claim=self.name,
		)
		self.costs = [Cost(allocation) for allocation in allocations]
		self._amounts(allocations)
		self._payments(allocations)
		self.stages = []
		for stage in ("auditor", "authority"):
			if row[f"{stage}_workbook"]:
				self._cut(stage, row[f"{stage}_workbook"])
				self.stages.append(stage)

	def _amounts(self, allocations: Sequence[frappe._dict]) -> None:
		ledger = {
			(row.voucher_no, row.account, row.cost_center, row.fami_budget_line): cents(row.amount)
			for row in rows(
				"""select voucher_no, account, cost_center, fami_budget_line, sum(debit) - sum(credit) amount
				from `tabGL Entry` where is_cancelled = 0 and voucher_no in %(names)s
				group by voucher_no, account, cost_center, fami_budget_line""",
				names=[row.voucher_no for row in allocations] or [""],
			)
		}
		invoices = self._by_name(
			"""select name, supplier_name party, net_total net, total_taxes_and_charges vat, grand_total document,
			fami_procurement_record procurement from `tabPurchase Invoice` where name in %(names)s""",
			allocations,
		)
		declared = self._by_name(
			"""select name, supplier party, amount, net_amount net, vat_amount vat, document_total document,
			if(cost_type = 'Staff', quantity, 0) hours, if(cost_type = 'Staff', unit_cost, 0) hour
			from `tabDeclared Cost` where name in %(names)s""",
			allocations,
		)
		hours: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [NONE, NONE, NONE])
		people = {}
		for row in rows(
			"""select detail.parent, detail.fami_budget_line line, detail.hours, sheet.employee_name party,
			rate.annual_cost, rate.part_time_percent
			from `tabTimesheet Detail` detail join `tabTimesheet` sheet on sheet.name = detail.parent
			join `tabStaff Cost Rate` rate on rate.employee = sheet.employee
			and rate.valid_from <= date(detail.from_time)
			and (rate.valid_to is null or rate.valid_to >= date(detail.from_time))
			where sheet.name in %(names)s""",
			names=[row.voucher_no for row in allocations] or [""],
		):
			hour = cents(Decimal(str(row.annual_cost)) / (1720 * Decimal(str(row.part_time_percent)) / 100))
			sums = hours[row.parent, row.line]
			sums[0] += cents(hour * Decimal(str(row.hours)))
			sums[1] += Decimal(str(row.hours))
			sums[2] = hour
			people[row.parent] = row.party
		for cost, row in zip(self.costs, allocations, strict=True):
			if row.voucher_type == "Timesheet":
				cost.claimed, cost.hours, cost.hour = hours[row.voucher_no, row.budget_line]
				cost.party = people[row.voucher_no]
			elif row.voucher_type == "Declared Cost":
				paper = declared[row.voucher_no]
				cost.claimed, cost.hours, cost.hour = (
					cents(paper[key]) for key in ("amount", "hours", "hour")
				)
				cost.net, cost.vat, cost.document = (cents(paper[key]) for key in ("net", "vat", "document"))
				cost.party = paper.party
			else:
				cost.claimed = ledger[row.voucher_no, row.account, row.cost_center, row.budget_line]
				paper = invoices.get(row.voucher_no)
				if paper:
					cost.net, cost.vat, cost.document = (
						cents(paper[key]) for key in ("net", "vat", "document")
					)
					cost.party, cost.procurement = paper.party, paper.procurement or ""

	def _by_name(self, query: str, allocations: Sequence[frappe._dict]) -> dict[str, frappe._dict]:
		return {row.name: row for row in rows(query, names=[row.voucher_no for row in allocations] or [""])}

	def _payments(self, allocations: Sequence[frappe._dict]) -> None:
		names = [row.voucher_no for row in allocations] or [""]
		paid: dict[str, Decimal] = defaultdict(lambda: NONE)
		papers: dict[str, set[str]] = defaultdict(set)
		files: dict[str, set[str]] = defaultdict(set)
		for row in rows(
			"select attached_to_name, file_name from `tabFile` where attached_to_name is not null"
		):
			files[row.attached_to_name].add(row.file_name)
		for row in rows(
			"""select reference.reference_name, entry.name, reference.allocated_amount amount
			from `tabPayment Entry Reference` reference join `tabPayment Entry` entry on entry.name = reference.parent
			where entry.docstatus = 1 and reference.reference_name in %(names)s""",
			names=names,
		):
			paid[row.reference_name] += cents(row.amount)
			papers[row.reference_name] |= files[row.name]
		for row in rows(
			"""select gle.voucher_no, sum(gle.credit) - sum(gle.debit) amount
			from `tabGL Entry` gle join `tabAccount` account on account.name = gle.account
			where gle.voucher_type = 'Journal Entry' and gle.is_cancelled = 0
			and account.account_type in ('Bank', 'Cash') and gle.voucher_no in %(names)s group by gle.voucher_no""",
			names=names,
		):
			paid[row.voucher_no] += cents(row.amount)
		for row in rows(
			"""select name, paid_amount from `tabDeclared Cost` where paid_on is not null and name in %(names)s""",
			names=names,
		):
			paid[row.name] += cents(row.paid_amount)
		for cost in self.costs:
			cost.paid = paid.get(cost.voucher)
			cost.papers = papers[cost.voucher] | files[cost.voucher]

	def _cut(self, stage: str, url: str) -> None:
		"""What the examiner wrote, from the workbook kept with the claim."""
		content = frappe.get_doc("File", {"file_url": url, "attached_to_name": self.name}).get_content()
		sheet = load_workbook(io.BytesIO(content))["Esito"]
		of_row = dict(
			frappe.db.sql(
				"select name, cost_allocation from `tabReimbursement Claim Cost` where parent = %s", self.name
			)
		)
		heading, places = next(
			(row, {cell.value: cell.column for cell in cells})
			for row, cells in enumerate(sheet.iter_rows(max_row=10), start=1)
			if "Importo ammesso" in [cell.value for cell in cells]
		)
		accepted = {}
		for row in range(heading + 1, sheet.max_row + 1):
			name = sheet.cell(row, 1).value
			if name not in of_row:
				continue
			euro = sheet.cell(row, places["Importo ammesso"]).value
			if euro is None:
				euro = cents(sheet.cell(row, places["Importo rendicontato"]).value) - cents(
					sheet.cell(row, places["Importo tagliato"]).value
				)
			accepted[of_row[name]] = cents(euro)
		for cost in self.costs:
			cost.accepted[stage] = accepted[cost.allocation]

	def by_line(self, stage: str = "") -> dict[str, Decimal]:
		"""Euro of every line, flat rates included: claimed, or left by `stage`; "worth" for what it is by now."""
		direct: dict[str, Decimal] = defaultdict(lambda: NONE)
		for cost in self.costs:
			direct[cost.line] += (
				cost.worth if stage == "worth" else cost.accepted[stage] if stage else cost.claimed
			)
		return {**direct, **self.books.flat(direct)}

	def base(self, flat_line: str) -> Decimal:
		"""Euro claimed that a flat-rate line is taken of."""
		direct: dict[str, Decimal] = defaultdict(lambda: NONE)
		for cost in self.costs:
			direct[cost.line] += cost.claimed
		return self.books.base(flat_line, direct)

	def pieces(self) -> list[tuple[str, Split]]:
		"""Line and source split of every row of the claim, flat rates included."""
		lines = self.by_line()
		found = [(cost.line, self.books.split(cost.claimed)) for cost in self.costs]
		return found + [(name, self.books.split(lines[name])) for name in self.books.flat_lines]


# --- what the workbook shows --------------------------------------------------------------------------------------


class Paper:
	"""The cells of a workbook, with a note of those that were compared."""

	def __init__(self, content: bytes):
		book = load_workbook(io.BytesIO(content), data_only=True)
		self.cells = {
			(sheet.title, cell.row, cell.column): cell.value
			for sheet in book
			for line in sheet.iter_rows()
			for cell in line
			if cell.value is not None
		}
		self.last = {sheet.title: sheet.max_row for sheet in book}
		self.seen: set[tuple[str, int, int]] = set()

	@property
	def figures(self) -> set[tuple[str, int, int]]:
		"""Where a number stands."""
		return {
			place
			for place, value in self.cells.items()
			if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
		}

	def number(self, sheet: str, row: int, column: int) -> Decimal | None:
		"""The number of a cell, to the cent; None where there is none."""
		value = self.cells.get((sheet, row, column))
		if value is None or value == "":
			return None
		if not isinstance(value, int | float | Decimal):
			raise Wrong(f"{sheet} row {row} column {column}: {value!r} is no number")
		self.seen.add((sheet, row, column))
		exact = Decimal(str(value))
		if exact != cents(exact):
			raise Wrong(f"{sheet} row {row} column {column}: {value!r} is no amount in cents")
		return exact

	def table(self, sheet: str, heading: str, after: str = "") -> tuple[dict[str, int], list[int], int]:
		"""Columns by heading, rows and total row of the table whose first heading is this, under the title `after`."""
		start = 1
		if after:
			start = next(row for row in self._rows(sheet) if self.cells.get((sheet, row, 1)) == after) + 1
		head = next(
			row
			for row in self._rows(sheet, start)
			if (self.cells.get((sheet, row, 1)) or "") == heading and (sheet, row, 2) in self.cells
		)
		columns = {
			str(value): column
			for (title, row, column), value in self.cells.items()
			if (title, row) == (sheet, head)
		}
		total = next(
			row for row in self._rows(sheet, head + 1) if self.cells.get((sheet, row, 1)) == "Totale"
		)
		return columns, list(range(head + 1, total)), total

	def text(self, sheet: str, row: int, column: int) -> str:
		"""The text of a cell."""
		return str(self.cells.get((sheet, row, column)) or "")

	def _rows(self, sheet: str, start: int = 1) -> range:
		return range(start, self.last[sheet] + 1)


def check_workbook(content: bytes | Paper, books: Books, number: int) -> int:
	"""Compare every figure of the workbook of claim `number` with the books; returns how many there were.

	Raises Wrong for the first one that differs, and for any number of the workbook that nothing was compared with.
	"""
	paper = content if isinstance(content, Paper) else Paper(content)
	paper.seen.clear()
	claim = books.claims[number - 1]
	_check_summary(paper, books, claim)
	_check_expenses(paper, books, claim)
	_check_budget(paper, books, claim)
	_check_sources(paper, books, claim)
	_check_instalments(paper, books)
	_check_staff(paper, books, claim)
	_check_procurement(paper, books, claim)
	left = paper.figures - paper.seen
	if left:
		raise Wrong(f"nothing was compared with {sorted(left)[:5]} and {max(0, len(left) - 5)} more")
	return len(paper.seen)


def same(where: str, found: object, expected: object) -> None:
	"""Raise Wrong unless both are the same."""
	if found != expected:
		raise Wrong(f"{where}: {found} in the workbook, {expected} in the books")


def code_order(code: str) -> tuple[str, int]:
	"""A.2 before A.10."""
	chapter, __, number = code.partition(".")
	return chapter, int(number or 0)


def _total(values: Iterable[Decimal | None]) -> Decimal:
	return sum((value for value in values if value is not None), NONE)


def _check_total(paper: Paper, sheet: str, total: int, column: int, expected: Decimal | None) -> None:
	same(f"{sheet}, total of column {column}", paper.number(sheet, total, column), expected)


def _stage_sums(claim: Claim, lines: Sequence[str] | None = None) -> list[Decimal | None]:
	"""Claimed, auditor's and authority's euro of some lines; None for who has not spoken."""
	found: list[Decimal | None] = []
	for stage in ("", "auditor", "authority"):
		if stage and stage not in claim.stages:
			found.append(None)
			continue
		amounts = claim.by_line(stage)
		found.append(_total(amounts.get(line, NONE) for line in (lines or claim.books.lines)))
	return found


def _check_summary(paper: Paper, books: Books, claim: Claim) -> None:
	sheet = "Riepilogo"
	__, body, total = paper.table(sheet, "", "Importi in euro")
	direct = [name for name in books.lines if name not in books.flat_lines]
	expected = [_stage_sums(claim, direct), *(_stage_sums(claim, [name]) for name in books.flat_lines)]
	same("rows of the summary", len(body), len(expected))
	same("costs of the summary", f"({len(claim.costs)} spese)" in paper.text(sheet, body[0], 1), True)
	whole = _stage_sums(claim)
	for place in range(3):
		for row, amounts in zip(body, expected, strict=True):
			same(f"{sheet} row {row}", paper.number(sheet, row, 2 + place), amounts[place])
		_check_total(paper, sheet, total, 2 + place, whole[place])
	columns, body, total = paper.table(sheet, "Fonte", "Importo rendicontato per fonte")
	sums = [_total(parts[place] for __, parts in claim.pieces()) for place in range(len(books.percents))]
	for place, row in enumerate(body):
		same(
			f"{sheet} share {row}", paper.number(sheet, row, columns["Quota %"]), cents(books.percents[place])
		)
		same(f"{sheet} source {row}", paper.number(sheet, row, columns["Rendicontato"]), sums[place])
	# The sources are the whole of it, to the cent.
	_check_total(paper, sheet, total, columns["Rendicontato"], whole[0])


_EXPENSE_FIGURES = (
	"Imponibile",
	"IVA",
	"Totale documento",
	"% imputazione",
	"Importo imputato",
	"Ore (personale)",
	"Costo orario",
	"Importo pagato",
	"N. allegati",
	"Importo rendicontato",
	"Importo ammesso Revisore",
	"Importo ammesso AdG",
)


def _check_expenses(paper: Paper, books: Books, claim: Claim) -> None:
	sheet = "Elenco spese"
	columns, body, total = paper.table(sheet, "N. progressivo")
	sources = [
		column for name, column in sorted(columns.items(), key=lambda item: item[1]) if "Fonte:" in name
	]
	figures = [*(columns[name] for name in _EXPENSE_FIGURES), *sources]
	voucher, code = columns["N. registrazione contabile"], columns["Voce"]
	found: dict[tuple[str, str], list[tuple]] = defaultdict(list)
	for place, row in enumerate(body, start=1):
		same(f"{sheet} number", paper.number(sheet, row, 1), Decimal(place))
		same(f"{sheet} claim", paper.number(sheet, row, columns["DdR n."]), Decimal(claim.number))
		key = (paper.text(sheet, row, voucher), paper.text(sheet, row, code).split()[0])
		found[key].append(tuple(paper.number(sheet, row, column) for column in figures))
	expected: dict[tuple[str, str], list[tuple]] = defaultdict(list)
	for cost in claim.costs:
		expected[cost.voucher, books.lines[cost.line].line_code].append(
			(
				cost.net or None,
				cost.vat if cost.net else None,
				cost.document or None,
				Decimal(100),
				cost.claimed,
				cost.hours or None,
				cost.hour or None,
				cost.paid,
				Decimal(len(cost.papers)),
				cost.claimed,
				cost.accepted.get("auditor"),
				cost.accepted.get("authority"),
				*books.split(cost.claimed),
			)
		)
	for name in books.flat_lines:
		claimed, auditor, authority = _stage_sums(claim, [name])
		expected["", books.lines[name].line_code].append(
			(None, None, None, None, claimed, *[None] * 4, claimed, auditor, authority, *books.split(claimed))
		)
	same("rows of the expense list", sorted(found), sorted(expected))
	for key, wanted in expected.items():
		order = lambda row: [value if value is not None else Decimal("-1e9") for value in row]  # noqa: E731
		for one, other in zip(sorted(found[key], key=order), sorted(wanted, key=order), strict=True):
			for name, left, right in zip((*_EXPENSE_FIGURES, *sources), one, other, strict=True):
				same(f"{sheet}, {key}, {name}", left, right)
	for row in body:
		line = next(
			(
				name
				for name in books.flat_lines
				if books.lines[name].line_code == paper.text(sheet, row, code).split()[0]
			),
			None,
		)
		if line:
			base = f"{claim.base(line):,.2f}".translate(str.maketrans(",.", ".,"))
			same(
				f"{sheet}, base of {line}",
				f"euro {base} " in paper.text(sheet, row, columns["Descrizione"]),
				True,
			)
	claimed, auditor, authority = _stage_sums(claim)
	for name, amount in (
		("Importo imputato", claimed),
		("Ore (personale)", _total(cost.hours for cost in claim.costs)),
		("Importo rendicontato", claimed),
		("Importo ammesso Revisore", auditor),
		("Importo ammesso AdG", authority),
	):
		_check_total(paper, sheet, total, columns[name], amount)
	sums = [_total(parts[place] for __, parts in claim.pieces()) for place in range(len(sources))]
	same("the sources sum to the claim", _total(sums), claimed)
	for column, amount in zip(sources, sums, strict=True):
		_check_total(paper, sheet, total, column, amount)


def _check_budget(paper: Paper, books: Books, claim: Claim) -> None:
	sheet = "a) Budget"
	budget = books.budget(claim.period_to)
	now, worth = claim.by_line(), claim.by_line("worth")
	before: dict[str, Decimal] = defaultdict(lambda: NONE)
	accepted: dict[str, Decimal] = defaultdict(lambda: NONE)
	for earlier in books.claims[: claim.number - 1]:
		for line, amount in earlier.by_line().items():
			before[line] += amount
		for line, amount in earlier.by_line("worth").items():
			accepted[line] += amount

	def figures(lines: Iterable[str]) -> list[Decimal]:
		lines = list(lines)
		planned, claimed_before, accepted_before, claimed, kept = (
			_total(amounts.get(line, NONE) for line in lines)
			for amounts in (budget, before, accepted, now, worth)
		)
		return [
			planned,
			claimed_before,
			accepted_before,
			claimed,
			claimed_before + claimed,
			accepted_before + kept,
			planned - accepted_before - kept,
		]

	tables = (
		("Per voce", "Voce", 1, lambda name: books.lines[name].line_code),
		("Per macrovoce", "Macrovoce", 1, lambda name: books.lines[name].chapter),
		("Per partner", "", 2, books.partner),
	)
	for title, heading, column, key in tables:
		columns, body, total = paper.table(sheet, heading, title)
		groups: dict[str, list[str]] = defaultdict(list)
		for name in books.lines:
			groups[key(name)].append(name)
		first = columns["Budget vigente"]
		same(f"rows {title}", sorted(paper.text(sheet, row, column) for row in body), sorted(groups))
		for row in body:
			lines = groups[paper.text(sheet, row, column)]
			if "Voci" in columns:
				same(f"{title}, lines", paper.number(sheet, row, columns["Voci"]), Decimal(len(lines)))
			for place, amount in enumerate(figures(lines)):
				same(f"{sheet} row {row} {title}", paper.number(sheet, row, first + place), amount)
		for place, amount in enumerate(figures(books.lines)):
			_check_total(paper, sheet, total, first + place, amount)


def _check_sources(paper: Paper, books: Books, claim: Claim) -> None:
	sheet = "b) Fonti"
	count = len(books.percents)
	for title, heading, key in (
		("Per partner", "Partner", books.partner),
		("Per macrovoce", "Macrovoce", lambda name: books.lines[name].chapter),
	):
		__, body, total = paper.table(sheet, heading, title)
		sums: dict[str, list[Decimal]] = defaultdict(lambda: [NONE] * count)
		for line, parts in claim.pieces():
			sums[key(line)] = [one + part for one, part in zip(sums[key(line)], parts, strict=True)]
		found = {}
		for row in body:
			label = paper.text(sheet, row, 1)
			found[label.split()[0] if heading == "Macrovoce" else label] = row
		same(f"rows {title} of {sheet}", sorted(found), sorted(sums))
		for label, row in found.items():
			for place, amount in enumerate([*sums[label], _total(sums[label])]):
				same(f"{sheet}, {label}", paper.number(sheet, row, 2 + place), amount)
		# Partners and sources make up the claim exactly, whichever way they are added.
		whole = [_total(part[place] for part in sums.values()) for place in range(count)]
		same("partners and sources make the claim", _total(whole), _stage_sums(claim)[0])
		for place, amount in enumerate([*whole, _total(whole)]):
			_check_total(paper, sheet, total, 2 + place, amount)


def _check_instalments(paper: Paper, books: Books) -> None:
	sheet = "c) Quote"
	columns, body, total = paper.table(sheet, "N.")
	plan = rows(
		"""select idx, percent, requested_on from `tabFunding Instalment` where parent = %(project)s order by idx""",
		project=books.project,
	)
	whole = _total(
		cents(row.budget_share)
		for row in rows(
			"select budget_share from `tabFunded Project Partner` where parent = %(project)s",
			project=books.project,
		)
	)
	received = dict(
		frappe.db.sql(
			"""select fami_instalment, sum(received_amount) from `tabPayment Entry`
			where fami_funded_project = %s and docstatus = 1 group by fami_instalment""",
			books.project,
		)
	)
	amounts = [cents(whole * Decimal(str(row.percent)) / 100) for row in plan[:-1]]
	amounts.append(whole - _total(amounts))
	same("rows of the instalments", len(body), len(plan))
	expected = [
		{
			"N.": Decimal(row.idx),
			"%": cents(row.percent),
			"Importo": amount,
			"Importo richiesto": amount if row.requested_on else NONE,
			"Importo ricevuto": cents(received.get(row.idx)),
			"Residuo": amount - cents(received.get(row.idx)),
		}
		for row, amount in zip(plan, amounts, strict=True)
	]
	for row, wanted in zip(body, expected, strict=True):
		for name, amount in wanted.items():
			same(f"{sheet} {name} {row}", paper.number(sheet, row, columns[name]), amount)
	for name in ("Importo", "Importo richiesto", "Importo ricevuto", "Residuo"):
		_check_total(paper, sheet, total, columns[name], _total(row[name] for row in expected))


def _check_staff(paper: Paper, books: Books, claim: Claim) -> None:
	sheet = "d) Personale"
	columns, body, total = paper.table(sheet, "Persona")
	groups: dict[tuple, list[Cost]] = defaultdict(list)
	for cost in claim.costs:
		if cost.hours:
			key = (cost.party, books.lines[cost.line].line_code, books.partner(cost.line), cost.hour)
			groups[key].append(cost)
	expected = {
		key: (
			_total(cost.hours for cost in costs),
			cents(_total(cost.hours for cost in costs) * key[3]),
			_total(cost.claimed for cost in costs),
		)
		for key, costs in groups.items()
	}
	names = ("Ore", "Ore x costo orario", "Importo imputato")
	found = {}
	for row in body:
		key = (
			*(paper.text(sheet, row, columns[name]) for name in ("Persona", "Voce", "Partner")),
			paper.number(sheet, row, columns["Costo orario"]),
		)
		found[key] = tuple(paper.number(sheet, row, columns[name]) for name in names)
	same("people of the staff table", sorted(found), sorted(expected))
	for key, amounts in expected.items():
		same(f"{sheet}, {key}", found[key], amounts)
	for place, name in enumerate(names):
		_check_total(paper, sheet, total, columns[name], _total(row[place] for row in expected.values()))


def _check_procurement(paper: Paper, books: Books, claim: Claim) -> None:
	sheet = "f) Affidamenti"
	columns, body, total = paper.table(sheet, "N.")
	records = rows(
		"""select record.name, record.title, record.estimated_value, record.contract_value, count(quote.name) quotes
		from `tabProcurement Record` record left join `tabProcurement Quote` quote on quote.parent = record.name
		where record.funded_project = %(project)s group by record.name""",
		project=books.project,
	)
	by_title = {record.title: record for record in records}
	same("procurements", sorted(paper.text(sheet, row, columns["Oggetto"]) for row in body), sorted(by_title))
	sums = dict.fromkeys(("Valore stimato", "Valore contratto", "In questa domanda"), NONE)
	for place, row in enumerate(body, start=1):
		record = by_title[paper.text(sheet, row, columns["Oggetto"])]
		claimed = _total(cost.claimed for cost in claim.costs if cost.procurement == record.name)
		for name, amount in (
			("N.", Decimal(place)),
			("N. preventivi", Decimal(record.quotes)),
			("Valore stimato", cents(record.estimated_value)),
			("Valore contratto", cents(record.contract_value)),
			("In questa domanda", claimed),
		):
			same(f"{sheet} {name}", paper.number(sheet, row, columns[name]), amount)
			if name in sums:
				sums[name] += amount
	for name, amount in sums.items():
		_check_total(paper, sheet, total, columns[name], amount)
