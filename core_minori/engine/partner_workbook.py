"""The partner's workbook: the costs that one partner of a project declares to the lead, one row each.

It travels with its own rules: a hidden sheet holds the lines, the programme's rules, the project's dates and what was
declared before, so that the partner's check with no server and the lead's import judge by the same functions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from core_minori.engine import sheet_writer, xlsx
from core_minori.engine.allocation import check_allocation
from core_minori.engine.cost_facts import CostFacts, Payment
from core_minori.engine.eligibility import (
	AWAITED,
	LineState,
	Rulebook,
	check_cost,
	check_costs,
	folded_number,
)
from core_minori.engine.identifiers import (
	check_cig,
	check_cup,
	check_fiscal_code,
	check_vat_number,
	normalised,
)
from core_minori.engine.message import Finding, Message, RuleError, Severity, _, refuse
from core_minori.engine.money import CENT, ZERO, money, percent_of
from core_minori.engine.sheets import (
	Column,
	Kind,
	Known,
	Problem,
	Reading,
	RowCheck,
	Sheet,
	fold,
	hidden_columns,
	holds_sheets,
	read_sheets,
)

MARK = "core_minori partner 1"
COSTS = "costs"
# The hidden sheet's columns of text, one JSON object in each cell: no spreadsheet makes dates or numbers of them.
_PARTS = ("mark", "project", "rules", "lines", "declared")

METHODS: dict[str, str] = {
	"Real Cost": "Costo reale",
	"Unit Cost": "Costo unitario",
	"Lump Sum": "Somma forfettaria",
	"Flat Rate": "Tasso forfettario",
}
COST_TYPES = (
	("Document", "Documento"),
	("Staff", "Personale"),
	("Units Delivered", "Unità erogate"),
	("Lump Sum", "Somma forfettaria"),
)
DOCUMENT_TYPES = (
	("Invoice", "Fattura"),
	("Receipt", "Ricevuta"),
	("Payslip", "Busta paga"),
	("Credit Note", "Nota di credito"),
	("Timesheet", "Foglio ore"),
	("Other", "Altro"),
)
PAYMENT_METHODS = (
	("Bank Transfer", "Bonifico"),
	("Bank Card", "Carta"),
	("Direct Debit", "Addebito diretto"),
	("Cash", "Contanti"),
	("Other", "Altro"),
)
YES_NO = ((1, "Sì"), (0, "No"))
# What each cost method lets be declared on its lines.
_TYPES_OF = {
	"Real Cost": ("Document", "Staff"),
	"Unit Cost": ("Units Delivered",),
	"Lump Sum": ("Lump Sum",),
	"Flat Rate": (),
}
PAPER_TYPES = (
	"pdf",
	"p7m",
	"xml",
	"png",
	"jpg",
	"jpeg",
	"tif",
	"tiff",
	"xlsx",
	"docx",
	"ods",
	"odt",
	"eml",
	"txt",
	"csv",
)
MOST_PAPERS = 20

# Where the finding of a rule stands in the row, and the cells that must be right before the rule is heard.
_CELLS: dict[str, tuple[str, tuple[str, ...]]] = {
	"project-window": ("document_date", ()),
	"programme-window": ("document_date", ()),
	"payment-date": ("paid_on", ()),
	"payment-proof": (
		"paid_amount",
		("amount", "document_total", "paid_on", "paid_amount", "payment_method", "cost_type"),
	),
	"traceable-payment": ("payment_method", ()),
	"cash-cap": ("payment_method", ("paid_amount", "document_total")),
	"cash-any": ("payment_method", ("paid_amount", "document_total")),
	"cup-on-document": ("cup", ()),
	"cup-on-invoice": ("cup", ("document_type",)),
	"public-invoice-codes": ("cig", ("cup", "document_type")),
	"vat-eligible": ("amount", ("net_amount", "vat_amount", "vat_deductible", "document_total")),
	"equipment-depreciation": ("imputed_amount", ("amount", "percent")),
	"auditor-independence": ("attachments", ()),
	"staff-evidence": ("attachments", ()),
	"timesheet-signed": ("attachments", ("document_type",)),
	"hourly-rate": ("amount", ("quantity", "unit_cost", "cost_type")),
}


@dataclass(frozen=True)
class KnownLine:
	"""A budget line as the workbook shows it: euro in force, and already imputed to it, drafts included."""

	code: str
	title: str
	chapter: str
	cost_method: str = "Real Cost"
	unit: str = ""
	unit_cost: Decimal | None = None
	planned: Decimal = ZERO
	imputed: Decimal = ZERO

	@property
	def residual(self) -> Decimal:
		"""Euro of the line that nothing is imputed to yet."""
		return self.planned - self.imputed


@dataclass(frozen=True)
class Declared:
	"""A cost declared before: its code, the digest of its row, its line, euro imputed, and the keys of its document,
	between spaces. `claimed` says that a reimbursement claim holds it, so that it cannot change.
	"""

	code: str
	digest: str
	line: str = ""
	imputed: Decimal = ZERO
	documents: str = ""
	claimed: bool = False


@dataclass(frozen=True)
class PartnerReference:
	"""What the site knows of one partner of one project. Rules are the programme's rows, as `severity_of` takes them.

	`vat_recoverable` is the per cent of VAT that this partner recovers, None where nobody said; `project_total` is euro.
	"""

	project: str
	title: str
	partner: str
	programme: str
	starts_on: date
	ends_on: date
	cup: str = ""
	vat_recoverable: Decimal | None = None
	public_body: bool = False
	project_total: Decimal = ZERO
	programme_starts: date | None = None
	programme_ends: date | None = None
	made_on: date | None = None
	rules: tuple[Mapping[str, object], ...] = ()
	lines: tuple[KnownLine, ...] = ()
	declared: tuple[Declared, ...] = ()
	_index: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

	@property
	def rules_version(self) -> str:
		"""Twelve characters that change with any rule row, date of the project or of the programme, CUP or VAT share."""
		facts: list[object] = [
			self.starts_on,
			self.ends_on,
			self.programme_starts,
			self.programme_ends,
			self.cup,
		]
		facts += [_number_text(self.vat_recoverable), int(self.public_body)]
		return _sha([*map(_text, facts), *map(_rule_text, self.rules)])[:12]

	def line(self, code: object) -> KnownLine | None:
		"""The line with this code."""
		return self._by("lines", self.lines).get(fold(code or ""))

	def earlier(self, code: object) -> Declared | None:
		"""The cost declared before under this code."""
		return self._by("declared", self.declared).get(fold(code or ""))

	@property
	def book(self) -> Rulebook:
		"""The programme's rules, as the engine reads them."""
		if "book" not in self._index:
			self._index["book"] = Rulebook(
				{**rule, "valid_from": _day(rule.get("valid_from")), "valid_to": _day(rule.get("valid_to"))}
				for rule in self.rules
			)
		return self._index["book"]  # type: ignore[return-value]

	def severity(self, check: str, day: date) -> tuple[Severity, str]:
		"""Severity and source of a check on `day`; it informs when the programme has it on other days only."""
		rule = self.book.of(check, day)
		return (rule.severity, rule.source) if rule else (Severity.INFORM, "")

	def _by(self, name: str, known: Iterable) -> dict:
		if name not in self._index:
			self._index[name] = {fold(one.code): one for one in known}
		return self._index[name]  # type: ignore[return-value]


# The arithmetic of one declared cost, for the row and for the record alike


def declared_amount(
	amount: Decimal | None, cost_type: str, quantity: Decimal | None, unit_cost: Decimal | None
) -> Decimal:
	"""Euro that a declared cost comes to: as given, or quantity times unit cost where no amount is given.

	Raises RuleError when units are delivered and the amount is not their product.
	"""
	product = money(quantity * unit_cost) if quantity and unit_cost else None
	if product is not None and not money(amount):
		return product
	given = money(amount)
	if cost_type == "Units Delivered" and product is not None and given != product:
		raise refuse(
			"declared-amount",
			_("The cost is EUR {amount}, but {quantity} units at EUR {unit_cost} make EUR {product}."),
			_("Correct the cost, or one of the two factors."),
			amount=given,
			quantity=quantity,
			unit_cost=money(unit_cost),
			product=product,
		)
	return given


def declared_imputation(amount: Decimal, percent: Decimal | None, imputed: Decimal | None) -> Decimal:
	"""Euro of a declared cost that are imputed: the amount given, else the share, else the whole cost.

	Raises RuleError when share and amount are both given and disagree, or when the amount is not of the cost's sign or
	passes it.
	"""
	wanted = money(imputed)
	if not wanted:
		wanted = percent_of(amount, 100 if percent is None else percent)
	elif percent:
		# A share of two places cannot tell amounts that are nearer than this.
		blur = CENT + abs(money(amount)) * Decimal("0.00005")
		if abs(percent_of(amount, percent) - wanted) > blur:
			raise refuse(
				"declared-share",
				_("EUR {imputed} are imputed, but {percent} % of EUR {amount} are EUR {share}."),
				_("Correct one of the two; the amount alone is enough."),
				imputed=wanted,
				percent=percent,
				amount=money(amount),
				share=percent_of(amount, percent),
			)
	if money(amount):
		check_allocation(amount, (), wanted)
	return wanted


def check_cost_type(cost_type: str, line: str, cost_method: str) -> Finding | None:
	"""What is declared on a line must be of its cost method; a flat-rate line takes no cost at all."""
	allowed = _TYPES_OF.get(cost_method, ("Document", "Staff"))
	if cost_type in allowed:
		return None
	if cost_method == "Flat Rate":
		message = Message(
			_("Line {line} is a flat rate: it is computed, and takes no costs."), {"line": line}
		)
		remedy = Message(_("Choose the line of the cost itself, or delete the row."))
	elif cost_method == "Unit Cost":
		message = Message(_("Line {line} is paid by units delivered."), {"line": line})
		remedy = Message(_("Choose the type Units Delivered, and give the units and their cost."))
	elif cost_method == "Lump Sum":
		message = Message(_("Line {line} is a lump sum."), {"line": line})
		remedy = Message(_("Choose the type Lump Sum."))
	else:
		message = Message(_("Line {line} is for real costs: a document or staff."), {"line": line})
		remedy = Message(_("Choose the type Document or Staff, or a line of another cost method."))
	return Finding("cost-method", Severity.BLOCK, message, remedy)


def canonical(values: Mapping[str, object]) -> dict[str, object]:
	"""A declared cost's values in one spelling, whether they come from a row or from a record.

	The share is left out: the amount imputed says it. Empty texts, None and zero amounts are the same.
	"""
	found: dict[str, object] = {}
	for column in COLUMNS:
		if column.key == "percent":
			continue
		value = values.get(column.key)
		if column.kind is Kind.AMOUNT:
			found[column.key] = money(_decimal(value)) if value else ZERO
		elif column.kind is Kind.NUMBER:
			found[column.key] = _decimal(value).normalize() + 0 if value else Decimal(0)
		elif column.kind is Kind.DATE:
			found[column.key] = _day(value)
		elif column.key == "vat_deductible":
			found[column.key] = int(bool(value))
		elif column.key in ("cup", "cig", "tax_id"):
			found[column.key] = normalised(str(value or ""))
		elif column.key == "attachments":
			found[column.key] = "; ".join(paper_names(value))
		else:
			found[column.key] = "\n".join(" ".join(line.split()) for line in str(value or "").splitlines())
	percent = values.get("percent")
	try:
		found["amount"] = declared_amount(
			found["amount"], str(found["cost_type"]), found["quantity"], found["unit_cost"]
		)
		found["imputed_amount"] = declared_imputation(
			found["amount"], _decimal(percent) if percent else None, found["imputed_amount"]
		)
	except RuleError:
		pass  # the row is wrong, and is said to be wrong elsewhere
	return found


def digest_of(values: Mapping[str, object]) -> str:
	"""Sixteen characters that change with any value of a declared cost."""
	return _sha(
		[f"{key}={_number_text(value)}" for key, value in canonical(values).items() if key != "declared_code"]
	)[:16]


def document_keys(values: Mapping[str, object]) -> list[str]:
	"""What tells one document from another: supplier, number and year, or the identifier of the SdI."""
	found = []
	supplier = normalised(str(values.get("tax_id") or "")) or fold(values.get("supplier") or "")
	number, issued = values.get("document_number"), _day(values.get("document_date"))
	if supplier and number and issued:
		found.append(_sha([supplier, folded_number(str(number)), str(issued.year)])[:16])
	if sdi_id := fold(values.get("sdi_id") or ""):
		found.append(_sha(["sdi", sdi_id])[:16])
	return found


def paper_names(value: object) -> list[str]:
	"""File names in a cell of attachments, between semicolons or on lines of their own."""
	names = (" ".join(name.split()) for name in str(value or "").replace("\n", ";").split(";"))
	return list(dict.fromkeys(name for name in names if name))


# Rules of one row


def _amounts(check: RowCheck) -> None:
	amount, kind = check.value("amount"), check.value("cost_type")
	quantity, unit_cost = check.value("quantity"), check.value("unit_cost")
	if amount is not None and quantity and unit_cost:
		_spoken(check, "amount", lambda: declared_amount(amount, str(kind), quantity, unit_cost))
	if amount is None:
		return
	if amount == 0:
		check.report("amount", _("The cost is zero."), _("Write the cost, or empty the whole row."))
		return
	credit = check.value("document_type") == "Credit Note"
	if check.sound("document_type") and (amount < 0) != credit:
		check.report(
			"amount",
			_("A credit note is below zero, and any other document above: here is EUR {amount}."),
			_("Correct the sign, or the type of document."),
			amount=amount,
		)
		return
	if check.sound("percent", "imputed_amount"):
		percent, imputed = check.value("percent"), check.value("imputed_amount")
		_spoken(check, "imputed_amount", lambda: declared_imputation(amount, percent, imputed))


def _vat(check: RowCheck) -> None:
	net, vat, whole = (check.value(key) for key in ("net_amount", "vat_amount", "document_total"))
	if net is not None and whole is not None and check.sound("vat_amount"):
		if net + (vat or ZERO) != whole:
			check.report(
				"document_total",
				_("Net amount and VAT make EUR {sum}, and the total says EUR {total}."),
				_("Correct one of the three amounts."),
				sum=net + (vat or ZERO),
				total=whole,
			)
	amount = check.value("amount")
	if amount is None or net is None or check.value("cost_type") != "Document":
		return
	if abs(amount) > abs(net + (vat or ZERO)):
		check.report(
			"amount",
			_("The cost of EUR {amount} is more than the document, which comes to EUR {total}."),
			_("Write what the document cost you: at most its total."),
			amount=amount,
			total=net + (vat or ZERO),
		)


def _document(check: RowCheck) -> None:
	kind = check.value("cost_type")
	wanted = {
		"Document": ("supplier", "tax_id", "document_type", "document_number"),
		"Staff": ("supplier", "document_type", "cost_month"),
		"Units Delivered": ("quantity", "unit_cost"),
	}.get(str(kind), ())
	for key in wanted:
		if check.sound(key) and not check.value(key):
			check.report(
				key,
				_("{column} is empty, and a cost of this type needs it."),
				_("Fill in this cell, or correct the type of cost."),
				column=check.header(key),
			)
	_identifiers(check)
	if kind in ("Document", "Staff") and check.sound("attachments") and not check.value("attachments"):
		check.warn(
			"attachments",
			_("No file is named for this document."),
			_("Write the name of its file, and send the file with the workbook."),
		)
	_papers(check)


def _identifiers(check: RowCheck) -> None:
	code = normalised(str(check.value("tax_id") or ""))
	if len(code) == 16:
		check.finding("tax_id", check_fiscal_code(code, check.today))
	else:
		check.finding("tax_id", check_vat_number(code))
	check.finding("cig", check_cig(check.value("cig")))
	if not check.context.cup:
		check.finding("cup", check_cup(check.value("cup")))


def _papers(check: RowCheck) -> None:
	names = paper_names(check.value("attachments"))
	if len(names) > MOST_PAPERS:
		check.report(
			"attachments",
			_("{count} files are named for one cost; at most {most} are taken."),
			_("Put them together in fewer files."),
			count=len(names),
			most=MOST_PAPERS,
		)
		return
	for name in names:
		if any(mark in name for mark in '/\\:*?"<>|') or "." not in name.strip("."):
			check.report(
				"attachments",
				_("{name} is not the name of a file."),
				_("Write only the name with its ending, such as FT-12.pdf, and a semicolon between files."),
				name=name[:60],
			)
			return
		if name.rsplit(".", 1)[1].casefold() not in PAPER_TYPES:
			check.report(
				"attachments",
				_("{name} is of a type that is not taken as a paper."),
				_("Send it as one of: {types}."),
				name=name[:60],
				types=", ".join(PAPER_TYPES),
			)
			return


def _eligible(check: RowCheck) -> None:
	"""What the programme's rules find on the cost, at the cell that each of them is about; a cell is told once."""
	facts = facts_of(check)
	if not facts:
		return
	told: set[str] = set()
	for finding in check_cost(facts, check.context.book):
		key, needed = _CELLS.get(finding.rule, ("", ()))
		if finding.rule == "programme-window" and finding.found == facts.paid_on != facts.incurred_on:
			key = "paid_on"
		if not key or key in told or not check.sound(*needed):
			continue
		told.add(key)
		# The partner may pay what it declares now before the lead claims it.
		awaited = finding.rule in AWAITED and finding.severity is Severity.BLOCK
		check.finding(key, replace(finding, severity=Severity.WARN) if awaited else finding)


def facts_of(check: RowCheck) -> CostFacts | None:
	"""The row as the rules of eligibility see a cost; None while its day is missing or wrong.

	Amounts and payments of wrong cells are left out: `_CELLS` keeps the rules that need them quiet. One column holds the
	codes of a document and of its payment, as in the record that the row becomes.
	"""
	context, issued = check.context, check.value("document_date")
	if not issued:
		return None
	line = context.line(check.value("budget_line"))
	amount, names = money(check.value("amount")), tuple(paper_names(check.value("attachments")))
	imputed, paid_on = _imputed(check) or ZERO, check.value("paid_on")
	cup, cig = (normalised(str(check.value(key) or "")) for key in ("cup", "cig"))
	kind, whole = check.value("cost_type"), money(check.value("document_total"))
	payments = ()
	if paid_on:
		payments = (
			Payment(
				paid_on,
				money(check.value("paid_amount")) or whole or amount,
				str(check.value("payment_method") or ""),
				str(check.value("payment_reference") or ""),
				str(check.value("payment_account") or ""),
				cup=normalised(context.cup),
				cig=cig,
				proofs=names or ("",),
			),
		)
	return CostFacts(
		allocation=_row_name(check),
		project=context.project,
		programme=context.programme,
		line=line.code if line else "",
		chapter=line.chapter if line else "",
		partner=context.partner,
		cost_method=line.cost_method if line else "",
		voucher_type="Declared Cost",
		voucher_no=_row_name(check),
		incurred_on=issued,
		posting_date=issued,
		ledger_amount=amount,
		imputed_amount=imputed,
		imputed_everywhere=imputed,
		party=str(check.value("supplier") or ""),
		tax_id=normalised(str(check.value("tax_id") or "")),
		document_type=str(check.value("document_type") or ""),
		document_number=str(check.value("document_number") or ""),
		document_date=issued,
		net_amount=money(check.value("net_amount")),
		vat_amount=money(check.value("vat_amount")),
		vat_deductible=bool(check.value("vat_deductible")),
		vat_recoverable_percent=context.vat_recoverable or ZERO,
		document_total=whole,
		document_cost=amount,
		hours=_imputed_hours(check, amount, imputed)
		if kind == "Staff" and check.value("unit_cost")
		else ZERO,
		hourly_rate=money(check.value("unit_cost")),
		cost_month=check.value("cost_month"),
		payments=payments,
		documents=names,
		signed=bool(names),
		cup=cup,
		cig=cig,
		project_start=context.starts_on,
		project_end=context.ends_on,
		project_cup=context.cup,
		programme_start=context.programme_starts,
		programme_end=context.programme_ends,
		public_body=context.public_body,
		project_total=context.project_total,
	)


def _imputed_hours(check: RowCheck, amount: Decimal, imputed: Decimal) -> Decimal:
	"""The share of the hours that the imputed amount is of the cost."""
	hours = check.value("quantity") or ZERO
	return money(hours * imputed / amount) if amount else ZERO


def _line(check: RowCheck) -> None:
	line, kind = check.context.line(check.value("budget_line")), check.value("cost_type")
	if not line:
		return
	if line.cost_method == "Flat Rate":
		check.finding("budget_line", check_cost_type(str(kind), line.code, line.cost_method))
		return
	if kind:
		check.finding("cost_type", check_cost_type(str(kind), line.code, line.cost_method))
	unit_cost = check.value("unit_cost")
	if line.cost_method == "Unit Cost" and line.unit_cost and unit_cost and unit_cost != line.unit_cost:
		check.report(
			"unit_cost",
			_("A unit of line {line} costs EUR {allowed}, and here is EUR {found}."),
			_("Write the unit cost of the budget."),
			line=line.code,
			allowed=line.unit_cost,
			found=unit_cost,
		)


def _payment(check: RowCheck) -> None:
	paid_on, method = check.value("paid_on"), check.value("payment_method")
	if method and check.sound("paid_on") and not paid_on:
		check.report(
			"paid_on",
			_("There is a means of payment without the day of the payment."),
			_("Write the day, or empty the cells of the payment."),
		)
	if paid_on and check.sound("payment_method") and not method:
		check.report(
			"payment_method",
			_("There is a payment without its means."),
			_("Choose how it was paid: payments must be traceable."),
		)
	if (
		method == "Bank Transfer"
		and check.sound("payment_reference")
		and not check.value("payment_reference")
	):
		severity, source = check.context.severity("traceable-payment", paid_on or check.today)
		check.finding(
			"payment_reference",
			Finding(
				"traceable-payment",
				severity,
				Message(_("The bank transfer has no CRO or TRN.")),
				Message(_("Copy it from the bank's receipt.")),
				source,
			),
		)
	paid, whole = check.value("paid_amount"), check.value("document_total")
	if paid is not None and whole is not None and abs(paid) > abs(whole):
		check.report(
			"paid_amount",
			_("EUR {paid} were paid of a document of EUR {total}."),
			_("Write what was paid of this document."),
			paid=paid,
			total=whole,
		)


# Rules between rows

Checks = Mapping[str, list[RowCheck]]


def _no_document_twice(checks: Checks) -> None:
	"""A document counts once on a line; on several lines together it counts no more than it costs."""
	rows = checks[COSTS]
	here = {fold(check.row.code) for check in rows}
	on_line: dict[tuple[str, str], RowCheck] = {}
	taken: dict[str, list[Decimal]] = {}
	earlier: dict[str, Declared] = {}
	for declared in rows[0].context.declared if rows else ():
		if fold(declared.code) not in here:
			earlier.update(dict.fromkeys(declared.documents.split(), declared))
	for check in rows:
		line = fold(check.value("budget_line") or "")
		keys = document_keys({name: check.value(name) for name in _DOCUMENT})
		if not keys or not check.sound(*_DOCUMENT):
			continue
		before = next((earlier[key] for key in keys if key in earlier), None)
		first = next((on_line[key, line] for key in keys if (key, line) in on_line), None)
		if before or first:
			_told_twice(check, before, first)
			continue
		on_line.update(dict.fromkeys(((key, line) for key in keys), check))
		amount, imputed = check.value("amount"), _imputed(check)
		if not amount or imputed is None:
			continue
		others = taken.setdefault(keys[0], [])
		if others:
			try:
				check_allocation(amount, others, imputed)
			except RuleError as error:
				check.finding("imputed_amount", error.finding)
				continue
		others.append(imputed)


def _told_twice(check: RowCheck, before: Declared | None, first: RowCheck | None) -> None:
	severity, source = check.context.severity("duplicate-document", check.value("document_date"))
	if before:
		message = Message(
			_("Document {number} of this supplier was declared before, with the code {code}."),
			{"number": check.value("document_number") or "-", "code": before.code},
		)
		remedy = Message(_("Delete this row; to correct the cost declared before, use its code."))
	else:
		message = Message(
			_("Document {number} of this supplier is there twice: in {first} and in {second}."),
			{
				"number": check.value("document_number") or "-",
				"first": first.cell("document_number") if first else "",
				"second": check.cell("document_number"),
			},
		)
		remedy = Message(
			_("Delete one of the two rows; a cost that goes to two lines has a row for each line.")
		)
	check.finding("document_number", Finding("duplicate-document", severity, message, remedy, source))


def _together(checks: Checks) -> None:
	"""Cash to one supplier counts together, and the costs of a line stay within its budget, what is there included.

	The row at which a line goes over is told, and not each one after it.
	"""
	rows = checks[COSTS]
	if not rows:
		return
	context = rows[0].context
	here = {fold(check.row.code) for check in rows}
	mine: dict[str, Decimal] = {}
	for declared in context.declared:
		if fold(declared.code) in here:
			mine[fold(declared.line)] = mine.get(fold(declared.line), ZERO) + declared.imputed
	lines = [
		LineState(
			line.code,
			line.chapter,
			context.partner,
			line.planned,
			line.imputed - mine.get(fold(line.code), ZERO),
		)
		for line in context.lines
		if line.cost_method != "Flat Rate"
	]
	by_row = {_row_name(check): check for check in rows}
	facts = [found for check in rows if (found := facts_of(check))]
	told: set[str] = set()
	line_of = {cost.allocation: cost.line for cost in facts}
	for cost in sorted(facts, key=lambda cost: (cost.incurred_on, cost.allocation)):
		by_row[cost.allocation] = by_row.pop(cost.allocation)
	findings = check_costs(facts, lines, context.book)
	for number, check in by_row.items():
		for finding in findings.get(number, ()):
			line = line_of[number]
			if finding.rule == "cash-cap":
				check.finding("payment_method", finding)
			elif finding.rule == "line-budget" and line not in told:
				told.add(line)
				check.finding("imputed_amount", finding)


def _claimed_stays(checks: Checks) -> None:
	"""A cost that a claim holds cannot change; its correction is a row of its own."""
	for check in checks[COSTS]:
		earlier = check.context.earlier(check.row.code)
		if not earlier or not earlier.claimed or check.row.bad:
			continue
		if digest_of(check.row.values) != earlier.digest:
			check.report(
				"declared_code",
				_("The cost {code} is in a claim for reimbursement, and this row changes it."),
				_("Put the row back as it was; write the difference as a new row with a code of its own."),
				code=check.row.code,
			)


_DOCUMENT = ("supplier", "tax_id", "document_number", "document_date", "sdi_id")


def _row_name(check: RowCheck) -> str:
	"""A name for the row that sorts as its number."""
	return f"{check.row.number:08d}"


def _imputed(check: RowCheck) -> Decimal | None:
	"""Euro the row imputes; None when its amounts are wrong."""
	if not check.sound("amount", "percent", "imputed_amount") or not check.value("amount"):
		return None
	try:
		return declared_imputation(
			check.value("amount"), check.value("percent"), check.value("imputed_amount")
		)
	except RuleError:
		return None


def _spoken(check: RowCheck, key: str, rule: Callable[[], object]) -> None:
	try:
		rule()
	except RuleError as error:
		check.finding(key, error.finding)


COLUMNS: tuple[Column, ...] = (
	Column(
		"declared_code",
		"Codice spesa",
		Kind.CODE,
		required=True,
		example="FT-001",
		note="Il vostro codice: resta lo stesso in ogni invio, e dice quale spesa si corregge.",
		width=16,
	),
	Column("budget_line", "Voce", Kind.LISTED, required=True, source="lines", width=32),
	Column("cost_type", "Tipo di spesa", Kind.CHOICE, required=True, choices=COST_TYPES, example="Documento"),
	Column("supplier", "Fornitore o persona", Kind.TEXT, example="Ferramenta Esempio", width=30),
	Column("tax_id", "CF o P.IVA", Kind.TEXT, personal=True, note="Obbligatorio per i documenti."),
	Column("document_type", "Tipo documento", Kind.CHOICE, choices=DOCUMENT_TYPES, example="Fattura"),
	Column("document_number", "N. documento", Kind.TEXT, example="125/2026"),
	Column(
		"document_date",
		"Data documento",
		Kind.DATE,
		required=True,
		past=True,
		note="Per unità e somme forfettarie: il giorno della consegna.",
	),
	Column(
		"description",
		"Descrizione",
		Kind.LONG_TEXT,
		note="Che cosa è stato comprato o fatto. Mai nomi di minori.",
		width=36,
	),
	Column("net_amount", "Imponibile", Kind.AMOUNT, negative=True),
	Column("vat_amount", "IVA", Kind.AMOUNT, negative=True),
	Column("vat_deductible", "IVA detraibile", Kind.CHOICE, choices=YES_NO),
	Column("document_total", "Totale documento", Kind.AMOUNT, negative=True),
	Column(
		"amount",
		"Costo",
		Kind.AMOUNT,
		required=True,
		negative=True,
		note="Quanto costa a voi, con la sola IVA non recuperata. Una nota di credito è negativa.",
	),
	Column(
		"percent",
		"% imputazione",
		Kind.NUMBER,
		most=Decimal(100),
		above_zero=True,
		note="Quota del costo su questa voce. Vuota: 100.",
	),
	Column(
		"imputed_amount",
		"Importo imputato",
		Kind.AMOUNT,
		negative=True,
		note="Vuoto: costo per quota.",
	),
	Column(
		"cost_month",
		"Mese di competenza",
		Kind.DATE,
		past=True,
		note="Un giorno qualsiasi del mese. Obbligatorio per il personale.",
	),
	Column("quantity", "Ore o unità", Kind.NUMBER, most=Decimal(99999)),
	Column("unit_cost", "Costo unitario", Kind.AMOUNT),
	Column("payment_method", "Modalità di pagamento", Kind.CHOICE, choices=PAYMENT_METHODS),
	Column("paid_on", "Data pagamento", Kind.DATE, past=True),
	Column("payment_reference", "CRO o TRN", Kind.TEXT),
	Column("paid_amount", "Importo pagato", Kind.AMOUNT, negative=True),
	Column("payment_account", "Conto", Kind.TEXT, note="Il conto da cui è partito il pagamento."),
	Column("cup", "CUP", Kind.TEXT),
	Column("cig", "CIG", Kind.TEXT),
	Column("sdi_id", "ID SdI", Kind.TEXT),
	Column(
		"attachments",
		"Allegato",
		Kind.LONG_TEXT,
		example="FT-125.pdf",
		note="Nome del file nello zip; più file con il punto e virgola.",
		width=28,
	),
	Column("register_note", "Note", Kind.LONG_TEXT, width=36),
)

SHEET = Sheet(
	COSTS,
	"Spese",
	"Declared Cost",
	COLUMNS,
	rules=(_line, _document, _vat, _amounts, _payment, _eligible),
	table_rules=(_no_document_twice, _together, _claimed_stays),
)
BUDGET_TITLE = "Budget"

INSTRUCTIONS = (
	"Una riga per ogni spesa nella scheda Spese; una spesa divisa tra due voci ha due righe.",
	"Nella scheda ci sono già le spese dichiarate finora: per correggerne una si cambia la sua riga, con lo stesso codice.",
	"Le colonne marroni con l'asterisco sono obbligatorie. Solo valori: niente formule, niente celle unite.",
	"Le date sono date (giorno/mese/anno) e gli importi numeri, non testo.",
	"I documenti si mandano in un solo file zip, con i nomi scritti nella colonna Allegato.",
	"Mai nomi di minori o di loro familiari. Non togliere e non rinominare le schede.",
	"Per controllarlo prima di spedirlo: core-minori check FILE",
)


def workbook(reference: PartnerReference, rows: Iterable[Mapping[str, object]] = ()) -> bytes:
	"""Return the workbook of one partner, with `rows` (values by column key) in its sheet of costs."""
	payable = [line for line in reference.lines if line.cost_method != "Flat Rate"]
	budget = sheet_writer.Table(
		BUDGET_TITLE,
		(
			"Voce",
			"Descrizione",
			"Capitolo",
			"Metodo di costo",
			"Unità",
			"Costo unitario",
			"Importo in vigore",
			"Già imputato",
			"Residuo",
		),
		[
			(
				line.code,
				line.title,
				line.chapter,
				METHODS.get(line.cost_method, line.cost_method),
				line.unit,
				line.unit_cost,
				line.planned,
				line.imputed,
				line.residual,
			)
			for line in reference.lines
		],
	)
	made = reference.made_on.strftime("%d/%m/%Y") if reference.made_on else "-"
	heading = (
		f"Spese di {reference.partner}",
		f"Progetto {reference.project}: {reference.title}. CUP {reference.cup or '-'}",
		f"Preparato il {made}; regole versione {reference.rules_version}",
	)
	return sheet_writer.template(
		(SHEET,),
		{"lines": [_known(line) for line in payable]},
		_hidden(reference),
		(*heading, *INSTRUCTIONS),
		{COSTS: rows},
		(budget,),
		protect=True,
	)


def is_partner_workbook(data: bytes) -> bool:
	"""Whether these bytes are a workbook with this module's hidden sheet, or with its two sheets that are seen."""
	if hidden_columns(data, sheet_writer.LISTS_TITLE).get("mark") == [MARK]:
		return True
	return holds_sheets(data, (SHEET, Sheet("budget", BUDGET_TITLE, "FAMI Budget Line", ())))


def reference_in(data: bytes) -> PartnerReference | None:
	"""Return what the hidden sheet says; None when it is missing, or is not as it was written."""
	return _reference_of(hidden_columns(data, sheet_writer.LISTS_TITLE))


def read(
	data: bytes,
	today: date,
	progress: Callable[[int, int], None] | None = None,
	site: PartnerReference | None = None,
) -> Reading:
	"""Read a partner's workbook; whatever the bytes are, nothing is raised.

	With no `site` it is judged by its own hidden sheet. With `site` by what the site knows now: a workbook of another
	project or partner is refused, older rules are told.
	"""
	columns = hidden_columns(data, sheet_writer.LISTS_TITLE)
	carried = _reference_of(columns)
	refusal = _refusal(columns, carried, site)
	if refusal:
		try:
			xlsx.open_workbook(data)
		except xlsx.Refused as refused:
			refusal = Problem("", "", refused.message, refused.remedy)
		return Reading(problems=[refusal], usable=False)
	context = site or carried
	lines = [_known(line) for line in context.lines]
	reading = read_sheets(data, (SHEET,), {"lines": lines}, {}, today, context, progress)
	if reading.usable:
		reading.warnings[:0] = _about_the_file(reading, carried, context)
	return reading


def _refusal(
	columns: Mapping[str, Sequence[object]],
	carried: PartnerReference | None,
	site: PartnerReference | None,
) -> Problem | None:
	if carried is None:
		altered = columns.get("mark") == [MARK]
		return Problem(
			"",
			"",
			Message(
				_("The hidden sheet of this workbook was changed.")
				if altered
				else _("This is not a workbook for a partner's costs, or its hidden sheet was taken out.")
			),
			Message(_("Copy the rows into a fresh workbook exported by the lead.")),
		)
	if site and (carried.project, carried.partner) != (site.project, site.partner):
		return Problem(
			"",
			"",
			Message(
				_("This workbook is of {partner} on project {project}."),
				{"partner": carried.partner, "project": carried.project},
			),
			Message(
				_("Choose the workbook of {partner} on project {project}, or another submission."),
				{"partner": site.partner, "project": site.project},
			),
		)
	return None


def _about_the_file(reading: Reading, carried: PartnerReference, context: PartnerReference) -> list[Problem]:
	found = []
	if carried.rules_version != context.rules_version:
		found.append(
			Problem(
				"",
				"",
				Message(
					_(
						"The workbook was exported on {day} with other rules: it was judged by those of today."
					),
					{"day": carried.made_on or "-"},
				),
				Message(_("Send the partner a fresh workbook for the next time.")),
			)
		)
	here = {fold(row.code) for row in reading.rows.get(COSTS, ())}
	gone = [declared.code for declared in context.declared if fold(declared.code) not in here]
	# A row whose own code is wrong may be any of them: then nobody can tell which are gone.
	if gone and all(row.code for row in reading.rows.get(COSTS, ())):
		shown = ", ".join(gone[:10]) + ("…" if len(gone) > 10 else "")
		found.append(
			Problem(
				SHEET.title,
				"",
				Message(
					_("{count} costs declared before are not in this workbook: {codes}."),
					{"count": len(gone), "codes": shown},
				),
				Message(_("They stay as they are. To withdraw one, ask the lead to delete it.")),
			)
		)
	return found


def _known(line: KnownLine) -> Known:
	return Known(line.code, f"{line.code} - {line.title}" if line.title else line.code)


# The hidden sheet


def _hidden(reference: PartnerReference) -> dict[str, list[object]]:
	parts: dict[str, list[object]] = {
		"mark": [MARK],
		"project": [
			_json(
				project=reference.project,
				title=reference.title,
				partner=reference.partner,
				programme=reference.programme,
				starts_on=reference.starts_on,
				ends_on=reference.ends_on,
				cup=reference.cup,
				vat_recoverable=reference.vat_recoverable,
				public_body=reference.public_body,
				project_total=reference.project_total,
				programme_starts=reference.programme_starts,
				programme_ends=reference.programme_ends,
				made_on=reference.made_on,
				rules_version=reference.rules_version,
			)
		],
		"rules": [_rule_text(rule) for rule in reference.rules],
		"lines": [_json(**vars(line)) for line in reference.lines],
		"declared": [_json(**vars(declared)) for declared in reference.declared],
	}
	# The list of the drop-down is called lines too.
	return {f"partner.{key}": values for key, values in parts.items() if key != "mark"} | {
		"mark": parts["mark"],
		"partner.digest": [_digest(parts)],
	}


def _reference_of(columns: Mapping[str, Sequence[object]]) -> PartnerReference | None:
	parts = {
		key: [str(value) for value in columns.get(key if key == "mark" else f"partner.{key}", ())]
		for key in _PARTS
	}
	if list(columns.get("partner.digest", ())) != [_digest(parts)] or parts["mark"] != [MARK]:
		return None
	try:
		facts = json.loads(parts["project"][0])
		return PartnerReference(
			project=facts["project"],
			title=facts["title"],
			partner=facts["partner"],
			programme=facts["programme"],
			starts_on=date.fromisoformat(facts["starts_on"]),
			ends_on=date.fromisoformat(facts["ends_on"]),
			cup=facts["cup"],
			vat_recoverable=_optional_decimal(facts["vat_recoverable"]),
			public_body=facts["public_body"],
			project_total=Decimal(facts["project_total"]),
			programme_starts=_day(facts["programme_starts"]),
			programme_ends=_day(facts["programme_ends"]),
			made_on=_day(facts["made_on"]),
			rules=tuple(json.loads(text) for text in parts["rules"]),
			lines=tuple(
				KnownLine(
					**{
						**line,
						"unit_cost": _optional_decimal(line["unit_cost"]),
						"planned": Decimal(line["planned"]),
						"imputed": Decimal(line["imputed"]),
					}
				)
				for line in map(json.loads, parts["lines"])
			),
			declared=tuple(
				Declared(**{**one, "imputed": Decimal(one["imputed"])})
				for one in map(json.loads, parts["declared"])
			),
		)
	except (ValueError, KeyError, TypeError, IndexError, ArithmeticError):
		return None  # a digest made by hand over contents that make no sense


_RULE_KEYS = (
	"check_code",
	"value",
	"unit",
	"base",
	"severity",
	"source",
	"article",
	"valid_from",
	"valid_to",
)


def _rule_text(rule: Mapping[str, object]) -> str:
	return _json(**{key: _text(rule.get(key)) for key in _RULE_KEYS})


def _digest(parts: Mapping[str, Sequence[object]]) -> str:
	return _sha([f"{key}\n{value}" for key in _PARTS for value in parts.get(key, ())])


def _sha(texts: Iterable[str]) -> str:
	return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()


def _json(**values: object) -> str:
	plain = {
		key: value if value is None or isinstance(value, bool) else _text(value)
		for key, value in values.items()
	}
	return json.dumps(plain, sort_keys=True)


def _text(value: object) -> str:
	if value is None:
		return ""
	return _day(value).isoformat() if isinstance(value, date) else str(value)  # type: ignore[union-attr]


def _number_text(value: object) -> str:
	return f"{value:f}" if isinstance(value, Decimal) else _text(value)


def _day(value: object) -> date | None:
	"""The day of a date, a moment or an ISO text; None for nothing, or for what is no day."""
	if not value:
		return None
	try:
		return date.fromisoformat(str(value)[:10])
	except ValueError:
		return None


def _decimal(value: object) -> Decimal:
	return value if isinstance(value, Decimal) else Decimal(str(value))


def _optional_decimal(value: object) -> Decimal | None:
	return Decimal(str(value)) if value not in (None, "") else None
