"""Whether a cost may stand on a budget line. Severities, values, bases and sources come from the programme's rules.

Each check is a function of one cost (`ONE_COST`) or of many together (`MANY_COSTS`) and the rule it follows. A check
whose rule needs a value or chapters finds nothing while the row leaves them empty, unless it says otherwise.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from core_minori.engine.cost_facts import CostFacts, Payment
from core_minori.engine.identifiers import normalised
from core_minori.engine.message import Finding, Message, Severity, Term, _, shown
from core_minori.engine.money import CENT, ZERO, money, percent_of

# What the reference gives each check (funding reference, section 3) where the programme has no row of its own.
DEFAULTS: dict[str, Severity] = {
	"project-window": Severity.BLOCK,
	"programme-window": Severity.BLOCK,
	"line-open": Severity.BLOCK,
	"line-budget": Severity.WARN,
	"chapter-budget": Severity.BLOCK,
	"partner-budget": Severity.WARN,
	"payment-date": Severity.WARN,
	"payment-proof": Severity.BLOCK,
	"booked-amount": Severity.BLOCK,
	"double-funding": Severity.BLOCK,
	"traceable-payment": Severity.WARN,
	"cash-cap": Severity.BLOCK,
	"cash-any": Severity.WARN,
	"cup-on-document": Severity.WARN,
	"cup-on-invoice": Severity.WARN,
	"public-invoice-codes": Severity.WARN,
	"procurement-threshold": Severity.WARN,
	"procurement-quotes": Severity.WARN,
	"vat-eligible": Severity.WARN,
	"equipment-depreciation": Severity.WARN,
	"subcontracting-cap": Severity.WARN,
	"indirect-cap": Severity.BLOCK,
	"auditor-fee": Severity.WARN,
	"auditor-independence": Severity.INFORM,
	"duplicate-document": Severity.BLOCK,
	"staff-evidence": Severity.WARN,
	"timesheet-signed": Severity.WARN,
	"hourly-rate": Severity.WARN,
}

UNWRITTEN = _("Not among the programme's rules: to be confirmed on the grant agreement")

# A cost is imputed when it is booked, and paid weeks later: what is still to come holds up the claim, not the imputation.
AWAITED = frozenset({"payment-proof"})

# Two projects never pay the same cent: no paper allows it.
NEVER_OVERRIDDEN = frozenset({"double-funding"})

# Costs that are no document to be paid: hours at their rate, units, lump sums.
_UNPAID_METHODS = ("Unit Cost", "Lump Sum", "Flat Rate")
_TRACEABLE = ("Bank Transfer", "Bank Card", "Direct Debit", "Cheque", "Bank Draft")
# Payments in instalments that are one operation (D.Lgs. 231/2007 art. 1).
_ONE_OPERATION = timedelta(days=7)

WITHOUT_LINE = _(
	"Correct the date of the document, or choose a line of another project. If the programme allows the cost all the"
	" same, book it without a line, impute it with a Cost Allocation and override the check with the paper that allows"
	" it."
)
OVER_WITHOUT_LINE = _(
	"Choose another line for part of the cost, or ask for a budget revision. To book it all the same, book it without a"
	" line, impute it with a Cost Allocation and override the check with the paper that allows it."
)


@dataclass(frozen=True)
class Rule:
	"""One check as the programme's row sets it; `declared` is False for the defaults of a check without a row.

	`value` and `base` are the row's texts: `amount`, `day`, `chapters` and `count` read them.
	"""

	code: str
	severity: Severity
	source: str = ""
	value: str = ""
	unit: str = ""
	base: str = ""
	declared: bool = True

	@cached_property
	def amount(self) -> Decimal | None:
		"""The value as a number; None when it is empty or is none."""
		try:
			return Decimal(self.value.strip()) if self.value.strip() else None
		except ArithmeticError:
			return None

	@cached_property
	def day(self) -> date | None:
		"""The value as a day (YYYY-MM-DD); None when it is empty or is none."""
		try:
			return date.fromisoformat(self.value.strip())
		except ValueError:
			return None

	@cached_property
	def chapters(self) -> frozenset[str]:
		"""Codes of the base, which stand between commas."""
		return frozenset(filter(None, map(str.strip, self.base.split(","))))

	@cached_property
	def count(self) -> int | None:
		"""The first whole number of the base; None when it has none."""
		number = re.search(r"\d+", self.base)
		return int(number[0]) if number else None

	def finding(
		self, text: str, remedy: str, found: object = None, allowed: object = None, **values: object
	) -> Finding:
		"""What this rule says, with `found` and `allowed` in the text's gaps too."""
		values = {"found": found, "allowed": allowed, **values}
		return Finding(
			self.code,
			self.severity,
			Message(text, values),
			Message(remedy, values),
			self.source,
			found,
			allowed,
		)


class Rulebook:
	"""The rule rows of a programme by check, each a mapping with the fields of a Funding Rule."""

	def __init__(self, rows: Iterable[Mapping[str, object]]) -> None:
		self._rows: dict[str, list[Mapping[str, object]]] = defaultdict(list)
		for row in rows:
			self._rows[str(row["check_code"])].append(row)
		self._read: dict[tuple[str, date], list[Rule]] = {}

	def all_of(self, check: str, day: date) -> list[Rule]:
		"""The rows of `check` that are valid on `day`; without any row at all, the default of the reference."""
		if (check, day) not in self._read:
			self._read[check, day] = self._valid_on(check, day)
		return self._read[check, day]

	def _valid_on(self, check: str, day: date) -> list[Rule]:
		rows = self._rows.get(check)
		if rows is None:
			return [Rule(check, DEFAULTS[check], UNWRITTEN, declared=False)]
		return [
			Rule(
				check,
				Severity(row["severity"]),
				_source(row),
				str(row.get("value") or ""),
				str(row.get("unit") or ""),
				str(row.get("base") or ""),
			)
			for row in rows
			if _valid(row, day)
		]

	def of(self, check: str, day: date) -> Rule | None:
		"""The first row of `check` valid on `day`; None when the programme has rows and none of them is."""
		found = self.all_of(check, day)
		return found[0] if found else None


def check_project_window(
	incurred_on: date,
	starts_on: date,
	ends_on: date,
	project: str,
	severity: Severity = Severity.BLOCK,
	source: str = "",
	remedy: str = _("Correct the date of the document, or choose a line of another project."),
) -> Finding | None:
	"""A cost is incurred between the project's first and last day, both included."""
	if starts_on <= incurred_on <= ends_on:
		return None
	return Finding(
		"project-window",
		severity,
		Message(
			_("The cost of {day} is outside project {project}, which runs from {start} to {end}."),
			{"day": incurred_on, "project": project, "start": starts_on, "end": ends_on},
		),
		Message(remedy),
		source,
		incurred_on,
		span(starts_on, ends_on),
	)


def check_line_budget(
	line: str,
	planned: Decimal,
	booked_before: Decimal,
	amount: Decimal,
	severity: Severity = Severity.WARN,
	source: str = "",
	allowed: Decimal | None = None,
) -> Finding | None:
	"""The cost of a line, this one included, stays within its planned amount, or within `allowed`. All in euro.

	Found is the amount, allowed what was left for it: other costs may come and go without making it another finding.
	"""
	after, limit = money(booked_before) + money(amount), money(planned if allowed is None else allowed)
	if after <= limit or money(amount) <= 0:
		return None
	return Finding(
		"line-budget",
		severity,
		Message(
			_("Line {line} goes over its budget by EUR {over}: EUR {after} booked of EUR {planned} planned."),
			{"line": line, "over": after - money(planned), "after": after, "planned": money(planned)},
		),
		Message(_("Choose another line for part of the cost, or ask for a budget revision.")),
		source,
		money(amount),
		_left(limit, money(booked_before)),
	)


def severity_of(
	rules: list[dict[str, object]], check: str, day: date, default: Severity
) -> tuple[Severity, str]:
	"""Severity and source of `check` by the programme's rule rows that are valid on `day`.

	A row holds check_code, severity, source, article, valid_from and valid_to; open ends are open. With no row the
	`default` stands and the source is empty.
	"""
	for rule in rules:
		if rule["check_code"] == check and _valid(rule, day):
			return Severity(rule["severity"]), _source(rule)
	return default, ""


def span(start: date | None, end: date | None) -> str:
	"""Two days as one text, an open end left out."""
	return f"{shown(start) if start else ''} - {shown(end) if end else ''}"


# --- one cost -------------------------------------------------------------------------------------


def project_window(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""A cost is incurred between the first and the last day of the project."""
	if cost.project_start and cost.project_end:
		finding = check_project_window(
			cost.incurred_on, cost.project_start, cost.project_end, cost.project, rule.severity, rule.source
		)
		if finding:
			yield finding


def programme_window(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""A cost is incurred and paid within the programme: up to the rule's day, or to the end of its period."""
	first, last = cost.programme_start, rule.day or cost.programme_end
	allowed = span(first, last)
	if (first and cost.incurred_on < first) or (last and cost.incurred_on > last):
		yield rule.finding(
			_("The cost of {found} is outside the programme {programme}: {allowed}."),
			_("Correct the date of the document, or take the cost out of the project."),
			cost.incurred_on,
			allowed,
			programme=cost.programme,
		)
	elif last and cost.paid_on and cost.paid_on > last:
		yield rule.finding(
			_("The payment of {found} is after the programme {programme}: {allowed}."),
			_(
				"A cost is eligible when it is paid in time too: correct the date, or take the cost out of the project."
			),
			cost.paid_on,
			allowed,
			programme=cost.programme,
		)


def line_open(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""The line is one of the budget, and not closed."""
	if not cost.line_open:
		yield rule.finding(
			_("Line {found} is closed: no cost may stand on it."),
			_("Impute the cost to an open line, or open the line again."),
			cost.line,
		)


def payment_date(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""No payment is older than its document, unless the document is a proforma or the bill of an advance."""
	if _is_unpaid_kind(cost) or not cost.document_date or cost.document_type in ("Proforma", "Advance"):
		return
	early = min((payment.paid_on for payment in cost.payments), default=None)
	if early and early < cost.document_date:
		yield rule.finding(
			_("The payment of {found} is older than its document of {allowed}."),
			_("Correct the date, or attach the proforma or the agreement on the advance."),
			early,
			cost.document_date,
		)


def payment_proof(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""The document is paid in full, and each payment has its paper. Hours, units and depreciation are not paid."""
	if _is_unpaid_kind(cost) or cost.is_depreciation or cost.ledger_amount <= 0:
		return
	due = cost.document_total if cost.document_total > 0 else cost.ledger_amount
	if cost.paid_amount + CENT < due:
		yield rule.finding(
			_("EUR {found} of EUR {allowed} of this document are paid, by what is recorded."),
			_("Record the payment and attach its paper: bank receipt or bank statement."),
			cost.paid_amount,
			due,
		)
	for payment in cost.payments:
		if not payment.proofs:
			yield rule.finding(
				_("The payment of {found} has no paper: {allowed} is wanted."),
				_("Attach the bank receipt or the bank statement to the payment."),
				payment.paid_on,
				Term(_("bank receipt or bank statement")),
			)
			return


def booked_amount(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""The books have the cost, and the imputed amount is its share of what they have."""
	if cost.booked_amount is None or money(cost.booked_amount) != money(cost.ledger_amount):
		yield rule.finding(
			_("The books have EUR {found} for this cost, the allocation EUR {allowed}."),
			_("Open the voucher: when it was corrected after the imputation, impute it anew."),
			money(cost.booked_amount),
			money(cost.ledger_amount),
		)
		return
	share = percent_of(cost.ledger_amount, cost.percent)
	# A typed amount gives a share of two places: half a hundredth of it is rounding.
	rounding = percent_of(abs(cost.ledger_amount), Decimal("0.005")) + CENT
	if abs(share - cost.imputed_amount) > rounding:
		yield rule.finding(
			_("EUR {found} are imputed, but {percent} % of the cost are EUR {allowed}."),
			_("Correct the share or the amount."),
			cost.imputed_amount,
			share,
			percent=cost.percent,
		)


def double_funding(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""All imputations of a cost, over all projects, take no more than the whole of it."""
	allowed = percent_of(cost.ledger_amount, 100 if rule.amount is None else rule.amount)
	if abs(cost.imputed_everywhere) > abs(allowed):
		yield rule.finding(
			_("EUR {found} of this cost are imputed in all, over EUR {allowed}."),
			_("Reduce one of the allocations of this cost."),
			cost.imputed_everywhere,
			allowed,
		)


def traceable_payment(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""Payments leave a dedicated account, by traceable means, and name the CIG and the CUP."""
	if _is_unpaid_kind(cost):
		return
	seen = set()
	for payment in cost.payments:
		if payment.method == "Cash":
			continue  # the cash rules say it
		for finding in _untraceable(cost, payment, rule):
			if finding.found not in seen:
				seen.add(finding.found)
				yield finding


def cash_cap(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""Cash stays under the legal cap; all cash payments of a document count together."""
	cash = _cash_of(cost)
	if rule.amount is not None and cash >= rule.amount:
		yield _over_cash_cap(rule, cash)


def cash_any(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""Cash is the exception: up to the rule's value, or at all where it is empty."""
	cash, allowed = _cash_of(cost), money(rule.amount)
	if cash > allowed:
		yield rule.finding(
			_("EUR {found} are paid in cash; the programme expects at most EUR {allowed}."),
			_("Pay by bank, or attach the reason and the petty cash sheet."),
			cash,
			allowed,
		)


def cup_on_document(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""The project's CUP is on every administrative and accounting document."""
	if cost.project_cup and cost.voucher_type != "Timesheet" and cost.cost_method not in _UNPAID_METHODS:
		yield from _wrong_cup(cost, rule)


def cup_on_invoice(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""Invoices carry the CUP, from the day on that the programme's row says: without a row nothing is asked."""
	if rule.declared and cost.project_cup and cost.document_type == "Invoice" and not cost.cup:
		yield rule.finding(
			_("The invoice carries no CUP; it should carry {allowed}."),
			_(
				"Ask the supplier to issue it anew, or complete it as the tax agency allows, and write the CUP."
			),
			"",
			cost.project_cup,
		)


def public_invoice_codes(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""A public administration does not pay electronic invoices without CIG and CUP."""
	if not cost.public_body or cost.document_type != "Invoice":
		return
	missing = [
		code
		for code, there in (("CIG", cost.cig or cost.cig_exempt), ("CUP", cost.cup or not cost.project_cup))
		if not there
	]
	if missing:
		yield rule.finding(
			_("A public body may not pay this invoice: it lacks {allowed}."),
			_(
				"Refuse the invoice and ask the supplier for one with the codes, or give the reason of the exemption."
			),
			"",
			", ".join(missing),
		)


def procurement_threshold(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""A public buyer awards directly only below the threshold of its kind of contract, which the rule's base names."""
	if cost.procurement:
		yield from check_direct_award(
			cost.public_body, cost.procedure, cost.contract_type, cost.contract_value, rule
		)


def check_direct_award(
	public_body: bool, procedure: str, contract_type: str, value: Decimal, rule: Rule
) -> Iterator[Finding]:
	"""The threshold of direct awards by public buyers. The base names kinds of contract; empty, it is for all of them."""
	if not public_body or procedure != "Direct Award" or rule.amount is None:
		return
	kinds = {kind for kind in ("Services", "Supplies", "Works") if kind.lower() in rule.base.lower()}
	kind = "Services" if contract_type == "Individual Assignment" else contract_type
	if (not kinds or kind in kinds) and value >= rule.amount:
		yield rule.finding(
			_("A contract of EUR {found} was awarded directly: a public buyer may below EUR {allowed}."),
			_("Choose the procedure that the contract's value asks for, or correct the value."),
			money(value),
			money(rule.amount),
		)


def procurement_quotes(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""From the rule's value on a private buyer compares as many quotes as the rule's base says."""
	if cost.document_type == "Invoice" and not _is_unpaid_kind(cost):
		value = cost.contract_value or cost.net_amount
		yield from check_quotes(cost.public_body, cost.procedure, value, cost.quotes, rule)


def check_quotes(
	public_body: bool, procedure: str, value: Decimal, quotes: int, rule: Rule
) -> Iterator[Finding]:
	"""Private buyers: from `rule.amount` euro on, `rule.count` quotes, unless another procedure compared offers."""
	if public_body or rule.amount is None or rule.count is None or value < rule.amount:
		return
	if procedure in ("", "Direct Award", "Comparison of Quotes") and quotes < rule.count:
		yield rule.finding(
			_(
				"{found} quotes for a purchase of EUR {value}: {allowed} are asked for from EUR {threshold} on."
			),
			_("Make a Procurement Record with the quotes, link it to the invoice, and attach them."),
			quotes,
			rule.count,
			value=money(value),
			threshold=money(rule.amount),
		)


def vat_eligible(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""VAT that is recovered is no cost.

	The rule's value is the cost of the project from which on it is surely excluded: below it this informs.
	"""
	recovered = Decimal(100) if cost.vat_deductible else cost.vat_recoverable_percent
	if cost.vat_amount <= 0 or recovered <= 0:
		return
	allowed = cost.net_amount + cost.vat_amount - percent_of(cost.vat_amount, recovered)
	whole = cost.document_cost or cost.ledger_amount
	if whole <= allowed + CENT:
		return
	if rule.amount is not None and 0 < cost.project_total < rule.amount:
		rule = replace(rule, severity=Severity.INFORM)
	yield rule.finding(
		_("EUR {found} of cost hold VAT that is recovered by {recovered} %: EUR {allowed} are eligible."),
		_("Impute the cost without the VAT that is recovered."),
		whole,
		allowed,
		recovered=recovered,
	)


def equipment_depreciation(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""Of equipment only the depreciation of the project's months is a cost.

	The base names the chapters, the value is the useful life in months; where it is empty the rule only reminds.
	"""
	if cost.chapter not in rule.chapters or cost.is_depreciation or cost.imputed_amount <= 0:
		return
	if rule.amount is None or rule.amount <= 0:
		yield replace(rule, severity=Severity.INFORM).finding(
			_(
				"EUR {found} of equipment at once: only the depreciation of the project's months may be a cost."
			),
			_(
				"Check it on the grant agreement; if so, book the equipment as an asset and impute its depreciation."
			),
			cost.imputed_amount,
		)
		return
	bought = cost.document_date or cost.incurred_on
	months = max(0, _months(bought, cost.project_end)) if cost.project_end else int(rule.amount)
	allowed = money(cost.ledger_amount * min(Decimal(months), rule.amount) / rule.amount)
	if cost.imputed_amount > allowed:
		yield rule.finding(
			_(
				"EUR {found} of equipment are imputed: {months} months of the project, of {life} of useful life, make"
				" EUR {allowed}."
			),
			_("Impute the depreciation only, or the share of it that the project uses."),
			cost.imputed_amount,
			allowed,
			months=months,
			life=int(rule.amount),
		)


def auditor_independence(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""The auditor is none of the partners, and shows the enrolment. The base names the chapters of auditors."""
	if cost.chapter not in rule.chapters:
		return
	remedy = _("Attach the enrolment in the register of auditors and the declaration of independence.")
	if cost.supplier_is_partner:
		yield rule.finding(
			_("{found} is a partner of the project: an auditor is independent of it."),
			_("Give the audit to somebody who has no part in the project."),
			cost.party,
			Term(_("none of the partners")),
		)
	elif not cost.documents:
		yield rule.finding(
			_("Nothing is attached that shows the enrolment and the independence of the auditor."),
			remedy,
			0,
			1,
		)


def duplicate_document(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""One paper is imputed once: same supplier, number and year, or same identifier of the SdI."""
	if cost.same_document:
		yield rule.finding(
			_("The document {number} of {party} is imputed already: {found}."),
			_("Cancel one of the two. If they are different documents, correct the number."),
			", ".join(cost.same_document),
			number=cost.document_number or cost.sdi_id,
			party=cost.party,
		)


def staff_evidence(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""A staff cost has its papers: as many as the rule's value, else one. The base names the chapters of staff."""
	wanted = int(rule.amount) if rule.amount else 1
	if cost.chapter in rule.chapters and cost.imputed_amount > 0 and len(cost.documents) < wanted:
		yield rule.finding(
			_("{found} papers are attached to this staff cost, of {allowed} wanted."),
			_(
				"Attach letter of assignment, payslip, payment of taxes and contributions, and proof of payment."
			),
			len(cost.documents),
			wanted,
		)


def timesheet_signed(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""Hours are signed for by the person and by the manager."""
	if (cost.voucher_type == "Timesheet" or cost.document_type == "Timesheet") and not cost.signed:
		yield rule.finding(
			_("{found} hours without a signed timesheet."),
			_("Print the month's timesheet, have it signed by the person and the manager, and attach it."),
			cost.hours,
			Term(_("a signed copy")),
		)


def hourly_rate(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	"""The imputed hours at the person's rate make the imputed amount, and the rate is the one worked out for that day."""
	if cost.hours <= 0:
		return
	worth = money(cost.hours * cost.hourly_rate)
	# Hours and rate have two places: half a hundredth of each is rounding.
	if abs(worth - cost.imputed_amount) > money((cost.hours + cost.hourly_rate) / 200) + CENT:
		yield rule.finding(
			_("{hours} hours at EUR {rate} make EUR {allowed}, not EUR {found}."),
			_("Correct the hours, the rate or the amount."),
			cost.imputed_amount,
			worth,
			hours=cost.hours,
			rate=cost.hourly_rate,
		)
	elif cost.rate_allowed is not None and cost.hourly_rate > cost.rate_allowed:
		yield rule.finding(
			_("An hour costs EUR {found} here, by the Staff Cost Rate EUR {allowed}."),
			_(
				"Correct the Staff Cost Rate of the person, or save the timesheet anew so that it takes the rate."
			),
			cost.hourly_rate,
			cost.rate_allowed,
		)


Check = Callable[[CostFacts, Rule], Iterator[Finding]]

ONE_COST: dict[str, Check] = {
	"project-window": project_window,
	"programme-window": programme_window,
	"line-open": line_open,
	"payment-date": payment_date,
	"payment-proof": payment_proof,
	"booked-amount": booked_amount,
	"double-funding": double_funding,
	"traceable-payment": traceable_payment,
	"cash-cap": cash_cap,
	"cash-any": cash_any,
	"cup-on-document": cup_on_document,
	"cup-on-invoice": cup_on_invoice,
	"public-invoice-codes": public_invoice_codes,
	"procurement-threshold": procurement_threshold,
	"procurement-quotes": procurement_quotes,
	"vat-eligible": vat_eligible,
	"equipment-depreciation": equipment_depreciation,
	"auditor-independence": auditor_independence,
	"duplicate-document": duplicate_document,
	"staff-evidence": staff_evidence,
	"timesheet-signed": timesheet_signed,
	"hourly-rate": hourly_rate,
}


def check_cost(
	facts: CostFacts,
	rules: Sequence[Mapping[str, object]] | Rulebook,
	final_claim_on: date | None = None,
) -> list[Finding]:
	"""Everything the rules of its programme find on one cost, by itself.

	`rules` are rule rows or a Rulebook made of them once. With `final_claim_on`, the day the final claim is handed in,
	later payments are found too, but on the chapters that the base of the rule payment-date names (the auditor's fee).
	"""
	book = rules if isinstance(rules, Rulebook) else Rulebook(rules)
	findings: list[Finding] = []
	for code, check in ONE_COST.items():
		for rule in book.all_of(code, _day_for(code, facts)):
			findings += check(facts, rule)
	rule = book.of("payment-date", facts.incurred_on)
	if final_claim_on and rule:
		findings += after_final_claim(facts, rule, final_claim_on)
	return findings


def after_final_claim(cost: CostFacts, rule: Rule, final_claim_on: date) -> Iterator[Finding]:
	"""Payments are made before the final claim is handed in; the base of the rule names the chapters excepted."""
	if not _is_unpaid_kind(cost) and cost.paid_on and cost.paid_on > final_claim_on:
		if cost.chapter not in rule.chapters:
			yield rule.finding(
				_("The payment of {found} is after the final claim of {allowed}."),
				_(
					"Take the cost out of the claim, or name its chapter as an exception in the programme's rule."
				),
				cost.paid_on,
				final_claim_on,
			)


# --- many costs together --------------------------------------------------------------------------


@dataclass(frozen=True)
class LineState:
	"""A budget line as the costs find it: planned euro in force, and `taken` by imputations that are not judged now."""

	name: str
	chapter: str
	partner: str
	planned: Decimal
	taken: Decimal = ZERO
	is_direct: bool = True


MANY_COSTS = (
	"line-budget",
	"chapter-budget",
	"partner-budget",
	"cash-cap",
	"duplicate-document",
	"subcontracting-cap",
	"auditor-fee",
	"indirect-cap",
)


def check_costs(
	costs: Sequence[CostFacts],
	lines: Iterable[LineState],
	rules: Sequence[Mapping[str, object]] | Rulebook,
	flat_rates: Decimal = ZERO,
) -> dict[str, list[Finding]]:
	"""What the rules find on the costs of one project together: allocation -> findings.

	Costs are counted by day and name on top of what the lines have taken; the one that passes a limit, and each one
	after it, has the finding. `flat_rates` are euro of indirect costs that no allocation holds.
	"""
	book = rules if isinstance(rules, Rulebook) else Rulebook(rules)
	lines = list(lines)
	costs = sorted(costs, key=lambda cost: (cost.incurred_on, cost.allocation))
	findings: dict[str, list[Finding]] = defaultdict(list)
	for part in (
		_over_budgets(costs, lines, book),
		_over_caps(costs, lines, book, flat_rates),
		_cash_together(costs, book),
		_same_papers(costs, book),
	):
		for allocation, finding in part:
			findings[allocation].append(finding)
	return dict(findings)


def check_group_budget(
	rule: Rule, name: str, planned: Decimal, before: Decimal, amount: Decimal
) -> Finding | None:
	"""A line, a chapter or a partner stays within its planned euro, and the tolerance of the rule (EUR or %)."""
	tolerance = rule.amount or ZERO
	allowed = money(planned) + (percent_of(planned, tolerance) if rule.unit == "%" else money(tolerance))
	if rule.code == "line-budget":
		return check_line_budget(name, planned, before, amount, rule.severity, rule.source, allowed)
	after = money(before) + money(amount)
	if money(amount) <= 0 or after <= allowed:
		return None
	text = (
		_("Chapter {name} goes over its budget: EUR {after} imputed of EUR {limit}.")
		if rule.code == "chapter-budget"
		else _("Partner {name} goes over its budget: EUR {after} imputed of EUR {limit}.")
	)
	return rule.finding(
		text,
		_("Impute less, or move the budget with a Budget Revision first."),
		money(amount),
		_left(allowed, money(before)),
		name=name,
		after=after,
		limit=allowed,
	)


def check_cap(rule: Rule, before: Decimal, amount: Decimal, base: Decimal) -> Finding | None:
	"""Subcontracting, auditors' fees and indirect costs stay within the rule's value: euro, or per cent of `base`.

	`amount` comes on top of what was there `before`. Without a value there is no cap.
	"""
	if rule.amount is None:
		return None
	limit = money(rule.amount) if rule.unit == "EUR" else percent_of(base, rule.amount)
	after = money(before) + money(amount)
	if money(amount) <= 0 or after <= limit:
		return None
	text, remedy = _CAPS[rule.code]
	return rule.finding(
		text, remedy, money(amount), _left(limit, money(before)), after=after, limit=limit, base=money(base)
	)


_CAPS = {
	"subcontracting-cap": (
		_("Subcontracting comes to EUR {after}, over EUR {limit}."),
		_("Ask the authority before more is subcontracted, or impute less."),
	),
	"auditor-fee": (
		_("Auditors' fees come to EUR {after}, over EUR {limit}."),
		_("Impute the fee up to the cap."),
	),
	"indirect-cap": (
		_("Indirect costs come to EUR {after}, over EUR {limit}."),
		_("Recompute them on the direct costs that are eligible."),
	),
}


def _over_budgets(
	costs: Sequence[CostFacts], lines: Sequence[LineState], book: Rulebook
) -> Iterator[tuple[str, Finding]]:
	where = {line.name: line for line in lines}
	for code, group in (
		("line-budget", lambda line: line.name),
		("chapter-budget", lambda line: line.chapter),
		("partner-budget", lambda line: line.partner),
	):
		planned: dict[str, Decimal] = defaultdict(lambda: ZERO)
		taken: dict[str, Decimal] = defaultdict(lambda: ZERO)
		for line in lines:
			planned[group(line)] += money(line.planned)
			taken[group(line)] += money(line.taken)
		for cost in costs:
			line = where.get(cost.line)
			key = group(line) if line else ""
			if not key:
				continue
			rule = book.of(code, cost.incurred_on)
			if rule and (
				finding := check_group_budget(rule, key, planned[key], taken[key], cost.imputed_amount)
			):
				yield cost.allocation, finding
			taken[key] += cost.imputed_amount


def _over_caps(
	costs: Sequence[CostFacts], lines: Sequence[LineState], book: Rulebook, flat_rates: Decimal
) -> Iterator[tuple[str, Finding]]:
	"""Shares of the budget for subcontracting and auditors, of the direct costs themselves for indirect ones."""
	planned = sum((line.planned for line in lines), ZERO)
	direct_planned = sum((line.planned for line in lines if line.is_direct), ZERO)
	direct = sum((line.taken for line in lines if line.is_direct), ZERO) + sum(
		(cost.imputed_amount for cost in costs if cost.is_direct), ZERO
	)
	bases = {"subcontracting-cap": direct_planned, "auditor-fee": planned, "indirect-cap": direct}
	for code, base in bases.items():
		sums: dict[frozenset[str], Decimal] = {}
		for cost in costs:
			for rule in book.all_of(code, cost.incurred_on):
				counted = _counted(rule, cost)
				if rule.amount is None or counted is None:
					continue
				if counted not in sums:
					sums[counted] = sum((line.taken for line in lines if line.chapter in counted), ZERO)
					if code == "indirect-cap":
						sums[counted] = flat_rates + sum(
							(line.taken for line in lines if not line.is_direct), ZERO
						)
				if finding := check_cap(rule, sums[counted], cost.imputed_amount, base):
					yield cost.allocation, finding
				sums[counted] += cost.imputed_amount


def _counted(rule: Rule, cost: CostFacts) -> frozenset[str] | None:
	"""The chapters whose sum the cap limits when this cost is among them; None when it is not."""
	if rule.code == "indirect-cap":
		return None if cost.is_direct else frozenset()
	return rule.chapters if cost.chapter in rule.chapters else None


def _cash_together(costs: Sequence[CostFacts], book: Rulebook) -> Iterator[tuple[str, Finding]]:
	"""Cash to one supplier within a week is one operation, over several documents too."""
	paid: dict[str, dict[str, list[tuple[date, Decimal]]]] = defaultdict(dict)
	first: dict[str, CostFacts] = {}
	for cost in costs:
		supplier = normalised(cost.tax_id) or cost.party
		cash = [(payment.paid_on, payment.amount) for payment in cost.payments if payment.method == "Cash"]
		if supplier and cash:
			document = f"{cost.voucher_type} {cost.voucher_no}"
			paid[supplier][document] = cash
			first.setdefault(document, cost)
	for documents in paid.values():
		if len(documents) < 2:
			continue  # each document by itself was judged with its cost
		moves = sorted((day, amount) for cash in documents.values() for day, amount in cash)
		for document, cash in documents.items():
			start = min(day for day, __ in cash)
			together = sum((amount for day, amount in moves if abs(day - start) < _ONE_OPERATION), ZERO)
			rule = book.of("cash-cap", start)
			own = sum((amount for __, amount in cash), ZERO)
			if rule and rule.amount is not None and own < rule.amount <= together:
				yield first[document].allocation, _over_cash_cap(rule, together)


def _same_papers(costs: Sequence[CostFacts], book: Rulebook) -> Iterator[tuple[str, Finding]]:
	"""Papers that stand in two vouchers among these costs, where the cost by itself did not know."""
	papers: dict[tuple, dict[str, CostFacts]] = defaultdict(dict)
	for cost in costs:
		for key in papers_of(cost):
			papers[key].setdefault(f"{cost.voucher_type} {cost.voucher_no}", cost)
	done = set()
	for vouchers in papers.values():
		for voucher, cost in vouchers.items():
			others = tuple(
				sorted(
					other.voucher_no
					for name, other in vouchers.items()
					if name != voucher and not is_split(cost, other)
				)
			)
			rule = book.of("duplicate-document", cost.incurred_on)
			if rule and others and not cost.same_document and voucher not in done:
				done.add(voucher)
				for finding in duplicate_document(replace(cost, same_document=others), rule):
					yield cost.allocation, finding


@dataclass(frozen=True)
class Paper:
	"""Where a paper stands: its voucher and, for a partner's, project, partner, line and the euro imputed of it."""

	voucher_type: str
	voucher_no: str
	project: str = ""
	partner: str = ""
	line: str = ""
	imputed: Decimal = ZERO


def is_split(cost: CostFacts, other: CostFacts | Paper) -> bool:
	"""Whether two costs of one paper are its parts: a partner declares it once for each line of the project it goes to."""
	return (
		cost.voucher_type == other.voucher_type == "Declared Cost"
		and (cost.project, cost.partner) == (other.project, other.partner)
		and cost.line != other.line
	)


def paper_keys(tax_id: str, document_number: str, day: date, sdi_id: str = "") -> list[tuple]:
	"""What tells one paper from another: supplier's number with document number and year, and the SdI's identifier."""
	keys: list[tuple] = []
	if tax_id and document_number:
		keys.append((normalised(tax_id), folded_number(document_number), day.year))
	if sdi_id:
		keys.append(("sdi", sdi_id.strip()))
	return keys


def papers_of(cost: CostFacts) -> list[tuple]:
	"""The `paper_keys` of a cost's document."""
	return paper_keys(cost.tax_id, cost.document_number, cost.document_date or cost.incurred_on, cost.sdi_id)


def folded_number(number: str) -> str:
	"""A document number without what hands write differently: spaces, capitals and signs between its parts."""
	return re.sub(r"[\s./\\_-]+", "/", number.strip().upper())


# --- parts ----------------------------------------------------------------------------------------


def _valid(row: Mapping[str, object], day: date) -> bool:
	starts, ends = row.get("valid_from"), row.get("valid_to")
	return (not starts or starts <= day) and (not ends or day <= ends)


def _source(row: Mapping[str, object]) -> str:
	return ", ".join(str(row[key]) for key in ("source", "article") if row.get(key))


def _day_for(code: str, cost: CostFacts) -> date:
	"""The day whose rule counts: the law on cash is that of the payment."""
	if code in ("cash-cap", "cash-any"):
		return max(
			(payment.paid_on for payment in cost.payments if payment.method == "Cash"),
			default=cost.incurred_on,
		)
	return cost.incurred_on


def _is_unpaid_kind(cost: CostFacts) -> bool:
	return cost.voucher_type == "Timesheet" or cost.cost_method in _UNPAID_METHODS


def _cash_of(cost: CostFacts) -> Decimal:
	return sum((payment.amount for payment in cost.payments if payment.method == "Cash"), ZERO)


def _over_cash_cap(rule: Rule, cash: Decimal) -> Finding:
	return rule.finding(
		_("EUR {found} are paid in cash, split payments together: cash must stay under EUR {allowed}."),
		_(
			"The law forbids it: the cost is not eligible unless it was paid another way. Correct the payment."
		),
		cash,
		money(rule.amount),
	)


def _untraceable(cost: CostFacts, payment: Payment, rule: Rule) -> Iterator[Finding]:
	if payment.method not in _TRACEABLE:
		yield rule.finding(
			_("The payment of {day} was made by means that leave no trace, or nobody said by which."),
			_("Record how it was paid; public money is paid by transfer or other traceable means."),
			Term(payment.method),
			Term(_("Bank Transfer")),
			day=payment.paid_on,
		)
	if payment.dedicated is False:
		yield rule.finding(
			_("The payment of {day} left account {found}, which is not told to the authority as dedicated."),
			_("Pay from the dedicated account, or mark the bank account as dedicated."),
			payment.account,
			Term(_("Dedicated account")),
			day=payment.paid_on,
		)
	wanted = [
		(name, code)
		for name, code, paid in (
			("CIG", cost.cig, payment.cig),
			("CUP", cost.project_cup, payment.cup),
		)
		if code and normalised(paid) != normalised(code)
	]
	if wanted:
		yield rule.finding(
			_("The payment of {day} does not name {allowed}."),
			_("Write the codes on the payment; in the next transfer put them in its text."),
			" ".join(filter(None, (payment.cig, payment.cup))),
			", ".join(f"{name} {code}" for name, code in wanted),
			day=payment.paid_on,
		)


def _wrong_cup(cost: CostFacts, rule: Rule) -> Iterator[Finding]:
	if not cost.cup:
		yield rule.finding(
			_("The document carries no CUP; it should carry {allowed}."),
			_("Write the CUP on the document and in its field."),
			"",
			cost.project_cup,
		)
	elif normalised(cost.cup) != normalised(cost.project_cup):
		yield rule.finding(
			_("The document carries the CUP {found}, the project has {allowed}."),
			_("Check which project the document belongs to, and correct the CUP."),
			cost.cup,
			cost.project_cup,
		)


def _left(limit: Decimal, before: Decimal) -> Decimal:
	return max(limit - before, ZERO)


def _months(start: date, end: date) -> int:
	"""Months from the month of `start` to that of `end`, both counted."""
	return (end.year - start.year) * 12 + end.month - start.month + 1
