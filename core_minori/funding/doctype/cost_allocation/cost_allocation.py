from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from core_minori.engine.allocation import check_allocation, imputed_amount, share_of
from core_minori.engine.eligibility import check_project_window, severity_of
from core_minori.engine.message import Severity
from core_minori.engine.money import ZERO, money, percent_of
from core_minori.funding.ledger import LedgerCost, costs_of, programme_rules
from core_minori.messages import by_rule, say


class CostAllocation(Document):
	"""One ledger cost, or part of it, imputed to one budget line. A draft counts against the cost like a confirmed one."""

	@by_rule
	def validate(self) -> None:
		cost = self.ledger_cost()
		self.ledger_amount = flt(cost.amount)
		self.party = cost.party
		self.set_amounts(cost.amount)
		self.hours = flt(percent_of(cost.hours, self.percent))
		check_allocation(cost.amount, self.imputed_elsewhere(), money(self.imputed_amount))
		self.check_project_dates()

	def on_cancel(self) -> None:
		if self.claimed_amount:
			frappe.throw(_("{0} is part of a claim and cannot be cancelled.").format(self.name))

	def ledger_cost(self) -> LedgerCost:
		"""The ledger cost this allocation takes from; its rows stay locked, so that two officers wait for each other."""
		costs = [
			cost
			for cost in costs_of(self.voucher_type, self.voucher_no, for_update=True)
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
		filters = {
			"voucher_type": self.voucher_type,
			"voucher_no": self.voucher_no,
			"account": self.account or ["is", "not set"],
			"cost_center": self.cost_center or ["is", "not set"],
			"tagged_line": self.tagged_line or ["is", "not set"],
			"docstatus": ["<", 2],
			"name": ["!=", self.name or ""],
		}
		return [
			money(amount) for amount in frappe.get_all("Cost Allocation", filters, pluck="imputed_amount")
		]

	def check_project_dates(self) -> None:
		project = frappe.get_cached_doc("Funded Project", self.funded_project or self.line_project())
		day = self.incurred_on = self.document_day()
		severity, source = severity_of(
			programme_rules(project.programme), "project-window", day, Severity.BLOCK
		)
		say(
			[
				check_project_window(
					day,
					getdate(project.start_date),
					getdate(project.end_date),
					project.name,
					severity,
					source,
				)
			]
		)

	def line_project(self) -> str:
		return frappe.db.get_value("FAMI Budget Line", self.budget_line, "funded_project")

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
