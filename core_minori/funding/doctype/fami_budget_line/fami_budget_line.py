from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from core_minori.engine.budget import check_fixed, check_partner_share, line_amount
from core_minori.engine.flat_rates import chapters_of
from core_minori.engine.money import money
from core_minori.engine.programme import check_indirect_cap, check_rate, rule_on, rules_on
from core_minori.funding import budgets
from core_minori.funding.ledger import programme_rules
from core_minori.messages import by_rule, say

# What an approved budget says of a line: it changes by Budget Revision only.
FIXED_FIELDS = (
	"amount",
	"quantity",
	"unit_cost",
	"cost_method",
	"flat_rate_percent",
	"flat_rate_base",
	"chapter",
	"partner",
)


class FAMIBudgetLine(Document):
	"""One line of a project's budget, and the accounting dimension that costs carry."""

	def onload(self) -> None:
		self.set_onload("budget_fixed", budgets.is_budget_fixed(self.funded_project))

	def check_if_latest(self) -> None:
		# The project's lock comes before the line's, as in a revision: two officers wait, and do not deadlock.
		budgets.lock_budget(self.funded_project)
		super().check_if_latest()

	@by_rule
	def validate(self) -> None:
		self.line_code = (self.line_code or "").strip()
		project = frappe.get_cached_doc("Funded Project", self.funded_project)
		chapters = budgets.chapters_by_code(project.name)
		self.check_chapter(project, chapters)
		self.check_partner(project)
		if self.cost_method == budgets.FLAT_RATE:
			self.check_flat_rate(project, chapters)
		elif not self.flags.by_revision:
			self.flat_rate_percent = self.flat_rate_base = None
		if not self.flags.by_revision:
			self.set_amounts()

	@by_rule
	def on_update(self) -> None:
		if self.flags.by_revision or budgets.is_budget_fixed(self.funded_project):
			return
		amounts = budgets.follow_flat_rates(self.funded_project)
		if self.name in amounts:
			self.amount = self.initial_amount = flt(amounts[self.name])
		self.tell_partner_share()

	def on_trash(self) -> None:
		if budgets.is_budget_fixed(self.funded_project) and (
			money(self.amount) or money(self.initial_amount)
		):
			frappe.throw(
				_("{0} is part of an approved budget and cannot be deleted: disable it.").format(self.name)
			)

	@by_rule
	def after_delete(self) -> None:
		if not budgets.is_budget_fixed(self.funded_project):
			budgets.follow_flat_rates(self.funded_project)

	def set_amounts(self) -> None:
		"""Before the approval the amount is the officer's and the initial one follows it; then it is the revisions'."""
		before = self.get_doc_before_save()
		if not budgets.is_budget_fixed(self.funded_project):
			# A flat rate's amount is set when the line is stored, with those of the other flat rates.
			own = self.cost_method != budgets.FLAT_RATE
			amount = (
				line_amount(self.quantity, self.unit_cost, money(self.amount))
				if own
				else money(before.amount if before else 0)
			)
			self.amount = self.initial_amount = flt(amount)
		elif before:
			check_fixed(
				[_(self.meta.get_label(field)) for field in FIXED_FIELDS if self.differs(before, field)]
			)
			self.initial_amount = before.initial_amount
		else:
			if self.cost_method == budgets.FLAT_RATE:
				frappe.throw(
					_(
						"The budget is approved: a new flat rate would change it by itself. Take the approval of the"
						" budget off the project while no revision is submitted, or agree a line at real cost."
					)
				)
			if money(self.amount):
				frappe.msgprint(
					_(
						"The budget is approved: the line starts at zero and gets its money by Budget Revision."
					),
					indicator="blue",
					alert=True,
				)
			self.amount = self.initial_amount = 0

	def differs(self, before: Document, field: str) -> bool:
		if self.meta.get_field(field).fieldtype in ("Currency", "Float", "Percent"):
			return Decimal(str(flt(self.get(field)))) != Decimal(str(flt(before.get(field))))
		return (self.get(field) or "") != (before.get(field) or "")

	def check_chapter(self, project: Document, chapters: dict[str, dict]) -> None:
		if self.chapter not in chapters:
			frappe.throw(
				_("Chapter {0} is not among those of {1}: {2}.").format(
					self.chapter, project.programme, ", ".join(chapters)
				)
			)

	def check_partner(self, project: Document) -> None:
		if self.partner and self.partner not in [row.organisation for row in project.partners]:
			frappe.throw(_("{0} is not a partner of project {1}.").format(self.partner, project.name))

	def check_flat_rate(self, project: Document, chapters: dict[str, dict]) -> None:
		"""A rate and a base, the chapter's where the line leaves them empty: kept, so that later ones of the chapter
		do not move an approved budget."""
		chapter = chapters[self.chapter]
		self.quantity = self.unit_cost = 0
		self.flat_rate_percent = flt(self.flat_rate_percent) or flt(chapter["flat_rate_percent"])
		base = chapters_of(self.flat_rate_base) or chapters_of(chapter["flat_rate_base"])
		self.flat_rate_base = ", ".join(base)
		if not self.flat_rate_percent or not base:
			frappe.throw(
				_("{0}: enter the flat rate and the chapters it is taken of; chapter {1} has none.").format(
					self.line_code, self.chapter
				)
			)
		check_rate(self.line_code, self.flat_rate_percent, base, list(chapters))
		if not chapter["is_direct"] and not self.flags.by_revision:
			self.check_indirect_cap(project, chapters, base)

	def check_indirect_cap(self, project: Document, chapters: dict[str, dict], base: tuple[str, ...]) -> None:
		rules = programme_rules(project.programme)
		direct = {code for code, chapter in chapters.items() if chapter["is_direct"]}
		say(
			[
				check_indirect_cap(
					self.line_code,
					Decimal(str(self.flat_rate_percent)),
					rule_on(rules, "indirect-cap", getdate()),
					() if direct <= set(base) else rules_on(rules, "sco-option", getdate()),
				)
			]
		)

	def tell_partner_share(self) -> None:
		"""Say when the lines of the partner pass its share; below it, the budget is still being written."""
		before = self.get_doc_before_save()
		if not self.partner or (before and money(before.amount) == money(self.amount)):
			return
		project = frappe.get_cached_doc("Funded Project", self.funded_project)
		share = next((row.budget_share for row in project.partners if row.organisation == self.partner), 0)
		if not money(share):
			return
		planned = budgets.planned_by_partner(self.funded_project).get(self.partner, money(0))
		if planned > money(share):
			say([check_partner_share(self.partner, planned, money(share))])


def on_doctype_update() -> None:
	"""Within a project a line code names one line."""
	frappe.db.add_unique("FAMI Budget Line", ["funded_project", "line_code"])
