from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt, getdate

from core_minori.engine.allocation import (
	check_allocation,
	check_line_takes_costs,
	check_unclaimed,
	imputed_amount,
	share_of,
)
from core_minori.engine.money import ZERO, money, percent_of
from core_minori.funding.checks import holding_up, judge_row, rows_of, worst_of
from core_minori.funding.facts import allocation_row
from core_minori.funding.ledger import LedgerCost, costs_of
from core_minori.messages import by_rule

# What a claim writes; nobody else does, over REST neither.
_OF_A_CLAIM = ("claimed_amount", "auditor_amount", "authority_amount", "claim")


class CostAllocation(Document):
	"""One ledger cost, or part of it, imputed to one budget line. A draft counts against the cost like a confirmed one.

	What may never be is refused on saving. What the programme's rules find is kept in `findings`; a blocking one that
	nobody overrode is refused on confirming. With `flags.of_new_voucher`, the cost was booked in this very transaction
	and nobody else can take of it yet; with `flags.judged_later` the caller runs the rules on all that it saved.
	"""

	def load_from_db(self) -> "CostAllocation":
		"""As Document.load_from_db. Frappe locks the row of what is saved: the ledger rows come first, for everybody.

		Otherwise two officers who confirm two allocations of one cost would hold what the other one waits for.
		"""
		if self.flags.for_update:
			voucher = frappe.db.get_value("Cost Allocation", self.name, ["voucher_type", "voucher_no"])
			if voucher:
				with _others_waited_for():
					costs_of(*voucher, for_update=True)
		return super().load_from_db()

	def insert(self, *args, **kwargs) -> "CostAllocation":
		"""As Document.insert, but who loses against another officer is told to try again."""
		with _others_waited_for():
			return super().insert(*args, **kwargs)

	def _save(self, *args, **kwargs) -> "CostAllocation":
		with _others_waited_for():
			return super()._save(*args, **kwargs)

	@by_rule
	def validate(self) -> None:
		self.keep_what_others_write()
		line = self.line()
		cost = self.ledger_cost()
		self.funded_project = line.funded_project
		self.ledger_amount = flt(cost.amount)
		self.party = cost.party
		self.set_amounts(cost.amount)
		self.hours = flt(percent_of(cost.hours, self.percent))
		self.incurred_on = self.document_day()
		check_allocation(cost.amount, self.imputed_elsewhere(), money(self.imputed_amount))
		if not self.flags.judged_later:
			rows = rows_of(judge_row(allocation_row(self, line)), [row.as_dict() for row in self.findings])
			self.set("findings", rows)
			self.worst_finding = worst_of(rows)

	def before_update_after_submit(self) -> None:
		self.keep_what_others_write()

	def before_submit(self) -> None:
		rows = holding_up([row.as_dict() for row in self.findings])
		if not rows:
			return
		said = [
			"<br>".join(
				escape_html(text)
				for text in (
					row["message"],
					_("Found: {0}. Allowed: {1}.").format(
						row["value_found"] or "-", row["value_allowed"] or "-"
					),
					row["remedy"],
					_("Rule {0} ({1}): {2}").format(_(row["check_code"]), row["check_code"], row["source"]),
				)
			)
			for row in rows
		]
		way_out = _(
			"If the authority allows the cost all the same, a funding officer or a coordinator overrides the check on"
			" the draft, with the reason and the paper."
		)
		frappe.throw("<hr>".join([*said, escape_html(way_out)]), title=_("Not to Be Confirmed Yet"))

	@by_rule
	def on_update(self) -> None:
		"""Count again, now that this row is written and the ledger rows are locked: the whole is never passed.

		The first count may have read what the transaction saw when it began, before another officer's row was there.
		"""
		if not self.flags.of_new_voucher:
			others = [money(amount) for amount in self.elsewhere(for_update=True)]
			check_allocation(money(self.ledger_amount), others, money(self.imputed_amount))

	def before_cancel(self) -> None:
		before = self.get_doc_before_save()
		self.keep_what_others_write()
		if before and (before.claimed_amount or before.claim):
			frappe.throw(_("{0} is part of a claim and cannot be cancelled.").format(self.name))

	@by_rule
	def on_trash(self) -> None:
		check_unclaimed(self.name, self.claim)

	def keep_what_others_write(self) -> None:
		"""Findings are the rules', overrides come by their own method, the amounts of a claim by the claim."""
		before = self.get_doc_before_save()
		for field in _OF_A_CLAIM:
			self.set(field, before.get(field) if before else None)
		self.set("findings", [row.as_dict() for row in before.findings] if before else [])
		self.worst_finding = before.worst_finding if before else ""

	def line(self) -> frappe._dict:
		"""The budget line, which takes costs unless it was closed after this one came to it."""
		line = frappe.db.get_value(
			"FAMI Budget Line",
			self.budget_line,
			[
				"name",
				"funded_project",
				"chapter",
				"partner",
				"cost_method",
				"line_code",
				"title",
				"activity",
				"amount",
				"disabled",
			],
			as_dict=True,
		)
		if not line:
			frappe.throw(_("There is no budget line {0}.").format(self.budget_line))
		before = self.get_doc_before_save()
		is_new_here = not before or before.budget_line != self.budget_line
		check_line_takes_costs(line.name, line.cost_method, bool(line.disabled) and is_new_here)
		return line

	def ledger_cost(self) -> LedgerCost:
		"""The ledger cost this allocation takes from; its rows stay locked, so that two officers wait for each other."""
		costs = [
			cost
			for cost in costs_of(self.voucher_type, self.voucher_no, for_update=not self.flags.of_new_voucher)
			if (cost.account or None) == (self.account or None)
			and (not self.cost_center or cost.cost_center == self.cost_center)
			and ((self.origin == "Manual" and not self.tagged_line) or cost.line == self.tagged_line)
		]
		if len(costs) > 1:
			frappe.throw(
				_("{0} has several costs on this account: choose one with Choose Ledger Cost.").format(
					self.voucher_no
				)
			)
		if not costs:
			return LedgerCost(self.account, self.cost_center, self.tagged_line, None, ZERO)
		self.cost_center, self.tagged_line = costs[0].cost_center, costs[0].line
		self.posting_date = costs[0].day or frappe.db.get_value(
			"GL Entry", {"voucher_type": self.voucher_type, "voucher_no": self.voucher_no}, "posting_date"
		)
		return costs[0]

	def set_amounts(self, cost: Decimal) -> None:
		"""The amount follows the share unless the amount was typed; then the share follows the amount."""
		before = self.get_doc_before_save()
		share_changed = not before or flt(before.percent) != flt(self.percent)
		if self.imputed_amount and not (before and share_changed):
			self.percent = flt(share_of(cost, money(self.imputed_amount)))
		else:
			self.imputed_amount = flt(imputed_amount(cost, self.percent))

	def imputed_elsewhere(self) -> list[Decimal]:
		return [money(amount) for amount in self.elsewhere()]

	def elsewhere(self, for_update: bool = False) -> list[float]:
		"""Amounts that the other allocations of this cost take; locked, they are the newest and not the snapshot's."""
		table = frappe.qb.DocType("Cost Allocation")
		query = (
			frappe.qb.from_(table)
			.select(table.name, table.imputed_amount)
			.where(
				(table.voucher_type == self.voucher_type)
				& (table.voucher_no == self.voucher_no)
				& (table.docstatus < 2)
			)
		)
		for field in ("account", "cost_center", "tagged_line"):
			value = self.get(field)
			query = query.where(
				table[field] == value if value else (table[field].isnull() | (table[field] == ""))
			)
		rows = (query.for_update() if for_update else query).run()
		return [amount for name, amount in rows if name != self.name]

	def document_day(self):
		"""The day of the supplier's document where there is one, of the last expense of a claim, else of the booking."""
		if self.voucher_type == "Expense Claim":
			days = frappe.get_all("Expense Claim Detail", {"parent": self.voucher_no}, pluck="expense_date")
			return max(map(getdate, filter(None, days)), default=getdate(self.posting_date))
		meta = frappe.get_meta(self.voucher_type)
		bill_date = (
			frappe.db.get_value(self.voucher_type, self.voucher_no, "bill_date")
			if meta.has_field("bill_date")
			else None
		)
		return getdate(bill_date or self.posting_date)


@contextmanager
def _others_waited_for() -> Iterator[None]:
	"""MariaDB undid this transaction for another one, or would not wait longer: nothing is saved, and the person is told."""
	try:
		yield
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		frappe.db.rollback()
		frappe.throw(
			_("Somebody else was saving this cost at the same moment. Nothing was saved here: try again."),
			frappe.ValidationError,
			title=_("Please Try Again"),
		)


def on_doctype_update() -> None:
	"""By voucher for the 100 per cent check and the release, by line for the reconciliation."""
	frappe.db.add_index("Cost Allocation", ["voucher_no", "account", "docstatus"])
	frappe.db.add_index(
		"Cost Allocation",
		[
			"budget_line",
			"docstatus",
			"posting_date",
			"imputed_amount",
			"claimed_amount",
			"auditor_amount",
			"authority_amount",
		],
		"cm_line_amounts",
	)
