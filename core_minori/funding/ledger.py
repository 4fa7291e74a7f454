"""Between ERPNext's ledger and our budget lines: what a voucher costs on which line, and the allocations it drafts.

The truth about money is GL Entry; a cost is a ledger row on an expense account. GL Entry names are no keys (ERPNext
renames them in the background), so a ledger cost is known by voucher, account, cost center and line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Max, Sum

from core_minori.engine.allocation import check_line_takes_costs
from core_minori.engine.eligibility import (
	OVER_WITHOUT_LINE,
	WITHOUT_LINE,
	Rulebook,
	check_group_budget,
	check_project_window,
)
from core_minori.engine.message import Message, Severity
from core_minori.engine.money import ZERO, money
from core_minori.messages import rules_spoken, say

# Vouchers whose costs may be imputed by hand. Those in hooks.py draft their own allocations.
VOUCHER_TYPES = (
	"Purchase Invoice",
	"Journal Entry",
	"Expense Claim",
	"Payment Entry",
	"Timesheet",
	"Declared Cost",
)

# Costs that stand in no ledger row of ours: hours at their rate, and what partners declare. Each function takes the
# voucher's name and `for_update`, and returns LedgerCost rows.
OFF_LEDGER = {
	"Timesheet": "core_minori.funding.timesheets.costs",
	"Declared Cost": "core_minori.funding.declared_costs.costs",
}


@dataclass(frozen=True)
class TaggedRow:
	"""A row of a voucher being written: the line it carries if any, euro of cost, account, and how to name the row.

	`day` is the row's own, where it is another than the document's.
	"""

	line: str | None
	amount: float
	account: str | None
	where: str
	day: date | None = None


@dataclass(frozen=True)
class LedgerCost:
	"""One cost of a voucher in the ledger, in euro, summed over the rows of the same account, cost center and line.

	A cost of a timesheet or of a partner has no account; `hours` are a timesheet's, `day` is the day of a cost that stands
	in no ledger row.
	"""

	account: str | None
	cost_center: str | None
	line: str | None
	party: str | None
	amount: Decimal
	hours: Decimal = ZERO
	day: date | None = None


def cost_rows():
	"""Query over the ledger's rows of cost: on an expense account, and not undone by a cancellation.

	Euro of a row are debit less credit. What is selected, and by what it is grouped, is the caller's.
	"""
	gle, account = frappe.qb.DocType("GL Entry"), frappe.qb.DocType("Account")
	return (
		frappe.qb.from_(gle)
		.join(account)
		.on(account.name == gle.account)
		.where((gle.is_cancelled == 0) & (account.root_type == "Expense"))
	)


def costs_of(voucher_type: str, voucher_no: str, for_update: bool = False) -> list[LedgerCost]:
	"""The costs of one voucher, from the ledger or, for the kinds in OFF_LEDGER, from the document itself."""
	if voucher_type in OFF_LEDGER:
		return frappe.get_attr(OFF_LEDGER[voucher_type])(voucher_no, for_update=for_update)
	return ledger_costs(voucher_type, voucher_no, for_update)


def ledger_costs(voucher_type: str, voucher_no: str, for_update: bool = False) -> list[LedgerCost]:
	"""The costs of one voucher. `for_update` locks its ledger rows until the transaction ends.

	Rows that a cancellation undid are left out; costs that net to zero are too.
	"""
	gle = frappe.qb.DocType("GL Entry")
	if for_update:
		(
			frappe.qb.from_(gle)
			.select(gle.name)
			.where((gle.voucher_type == voucher_type) & (gle.voucher_no == voucher_no))
			.for_update()
		).run()
	rows = (
		cost_rows()
		.select(
			gle.account,
			gle.cost_center,
			gle.fami_budget_line.as_("line"),
			Max(gle.against).as_("party"),
			Sum(gle.debit - gle.credit).as_("amount"),
		)
		.where((gle.voucher_type == voucher_type) & (gle.voucher_no == voucher_no))
		.groupby(gle.account, gle.cost_center, gle.fami_budget_line)
		.orderby(gle.account, gle.cost_center, gle.fami_budget_line)
	).run(as_dict=True)
	return [
		LedgerCost(row.account, row.cost_center, row.line or None, row.party, money(row.amount))
		for row in rows
		if money(row.amount)
	]


def check_tagged_rows(rows: Sequence[TaggedRow], incurred_on: date) -> None:
	"""Say what the rules find on the tagged cost rows of a voucher. Raises frappe.ValidationError when one blocks."""
	tagged = [row for row in rows if row.line and row.amount]
	if not tagged:
		return
	expense_accounts = set(
		frappe.get_all(
			"Account",
			filters={"name": ["in", list({row.account for row in tagged})], "root_type": "Expense"},
			pluck="name",
		)
	)
	tagged = [row for row in tagged if row.account in expense_accounts]
	if not tagged:
		return
	lines = lines_with_projects({row.line for row in tagged})
	books = {name: Rulebook(programme_rules(name)) for name in {line.programme for line in lines.values()}}
	booked = booked_by_line(lines)
	findings = []
	for row in tagged:
		line = lines.get(row.line)
		if not line:
			continue  # ERPNext's own link check names it
		book, day = books[line.programme], row.day or incurred_on
		with rules_spoken(row.where):
			check_line_takes_costs(line.name, line.cost_method, bool(line.disabled))
		if rule := book.of("project-window", day):
			window = check_project_window(
				day,
				line.start_date,
				line.end_date,
				line.funded_project,
				rule.severity,
				rule.source,
				WITHOUT_LINE,
			)
			say([window], row.where)
		before = booked.get(row.line, ZERO)
		if rule := book.of("line-budget", day):
			over = check_group_budget(rule, row.line, money(line.amount), before, money(row.amount))
			if over and over.severity is Severity.BLOCK:
				over = replace(over, remedy=Message(OVER_WITHOUT_LINE))
			findings.append(over)
		booked[row.line] = before + money(row.amount)
	say(findings)


def booked_by_line(lines: Iterable[str]) -> dict[str, Decimal]:
	"""Euro of cost in the ledger for each of these budget lines, one grouped query."""
	lines = list(lines)
	if not lines:
		return {}
	gle = frappe.qb.DocType("GL Entry")
	rows = (
		cost_rows()
		.select(gle.fami_budget_line, Sum(gle.debit - gle.credit))
		.where(gle.fami_budget_line.isin(lines))
		.groupby(gle.fami_budget_line)
	).run()
	return {line: money(amount) for line, amount in rows}


def programme_rules(programme: str) -> list[dict]:
	"""The rule rows of a programme, from the document cache."""
	return [row.as_dict() for row in frappe.get_cached_doc("Funding Programme", programme).rules]


def lines_with_projects(names: set[str]) -> dict[str, frappe._dict]:
	"""Budget lines by name with what their project says, one query."""
	if not names:
		return {}
	line, project = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Funded Project")
	rows = (
		frappe.qb.from_(line)
		.join(project)
		.on(project.name == line.funded_project)
		.select(
			line.name,
			line.amount,
			line.disabled,
			line.cost_method,
			line.funded_project,
			project.project,
			project.start_date,
			project.end_date,
			project.programme,
		)
		.where(line.name.isin(list(names)))
	).run(as_dict=True)
	return {row.name: row for row in rows}
