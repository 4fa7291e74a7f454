from collections.abc import Sequence
from dataclasses import replace

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt, getdate

from core_minori.engine.budget import (
	PROJECT_BUDGET,
	Movement,
	RevisedLine,
	Transfer,
	chapter_movement,
	check_borne,
	check_effective,
	planned_amounts,
	revised_amounts,
)
from core_minori.engine.money import money
from core_minori.engine.programme import rule_on
from core_minori.funding import budgets
from core_minori.funding.ledger import programme_rules
from core_minori.messages import by_rule, in_site_language, say


class BudgetRevision(Document):
	"""Money moved between the lines of an approved budget. Submitted, it is in force; cancelled, the money is back."""

	def check_if_latest(self) -> None:
		# The project's lock comes before that of any row of its budget: two officers wait, and do not deadlock.
		budgets.lock_budget(self.funded_project)
		super().check_if_latest()

	@by_rule
	def validate(self) -> None:
		submitting = self.docstatus == 1
		transfers = self.moves()
		revisions = self.submitted_revisions(submitting)
		self.check_day(revisions, submitting)
		lines = self.revised_lines(submitting)
		say(check_borne(lines, revised_amounts(self.funded_project, transfers, lines)))
		movement = self.movement(revisions)
		self.authorisation_required = bool(movement.required)
		self.tolerance_note = movement.note.render(in_site_language())
		if self.authorised_on and getdate(self.authorised_on) > getdate():
			frappe.throw(_("The authorisation has a date to come."))
		if submitting:
			if movement.required and not self.is_authorised():
				say([movement.required])
			self.revision_number = max((row.revision_number for row in revisions), default=0) + 1
		elif movement.required and not self.is_authorised():
			frappe.msgprint(
				movement.required.message.render(_), _("Authorisation Required"), indicator="orange"
			)

	def on_submit(self) -> None:
		self.move(self.moves())

	@by_rule
	def before_cancel(self) -> None:
		later = [
			row.name
			for row in self.submitted_revisions(for_update=True)
			if row.revision_number > self.revision_number
		]
		if later:
			frappe.throw(
				_("Only the last revision can be cancelled; later ones are: {0}.").format(", ".join(later))
			)
		lines = self.revised_lines(for_update=True)
		back = [Transfer(move.to_line, move.from_line, move.amount) for move in self.moves()]
		amounts = revised_amounts(self.funded_project, back, _enabled(lines))
		say(check_borne(lines, amounts))

	def on_cancel(self) -> None:
		self.move([Transfer(move.to_line, move.from_line, move.amount) for move in self.moves()])

	def moves(self) -> list[Transfer]:
		return [Transfer(row.from_line or "", row.to_line or "", money(row.amount)) for row in self.transfers]

	def is_authorised(self) -> bool:
		return bool(self.authorisation_reference and self.authorised_on and self.authorisation_document)

	def check_day(self, revisions: Sequence[frappe._dict], submitting: bool) -> None:
		project = frappe.get_cached_doc("Funded Project", self.funded_project)
		check_effective(
			getdate(self.effective_on),
			getdate(),
			(getdate(project.start_date), getdate(project.end_date)),
			getdate(project.budget_approved_on) if project.budget_approved_on else None,
			max((row.effective_on for row in revisions), default=None),
			submitting,
		)

	def submitted_revisions(self, for_update: bool = False) -> list[frappe._dict]:
		"""The project's other submitted revisions by number, with what says whether they were authorised."""
		revision = frappe.qb.DocType("Budget Revision")
		query = (
			frappe.qb.from_(revision)
			.select(
				revision.name,
				revision.revision_number,
				revision.effective_on,
				revision.authorisation_reference,
				revision.authorised_on,
				revision.authorisation_document,
			)
			.where(
				(revision.funded_project == self.funded_project)
				& (revision.docstatus == 1)
				& (revision.name != (self.name or ""))
			)
			.orderby(revision.revision_number)
		)
		return (query.for_update() if for_update else query).run(as_dict=True)

	def revised_lines(self, for_update: bool = False) -> dict[str, RevisedLine]:
		"""The lines that the transfers name, with what they bear. `for_update` locks them and reads the newest."""
		names = list({name for move in self.moves() for name in (move.from_line, move.to_line) if name})
		if not names:
			return {}
		line, allocation = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Cost Allocation")
		query = (
			frappe.qb.from_(line)
			.select(
				line.name, line.funded_project, line.chapter, line.amount, line.cost_method, line.disabled
			)
			.where(line.name.isin(names))
			.orderby(line.name)
		)
		rows = (query.for_update() if for_update else query).run(as_dict=True)
		borne = {
			name: (money(imputed), money(claimed))
			for name, imputed, claimed in (
				frappe.qb.from_(allocation)
				.select(
					allocation.budget_line, Sum(allocation.imputed_amount), Sum(allocation.claimed_amount)
				)
				.where(allocation.budget_line.isin(names) & (allocation.docstatus == 1))
				.groupby(allocation.budget_line)
			).run()
		}
		return {
			row.name: RevisedLine(
				row.name,
				row.funded_project,
				row.chapter,
				money(row.amount),
				row.cost_method == budgets.FLAT_RATE,
				bool(row.disabled),
				*borne.get(row.name, ()),
			)
			for row in rows
		}

	def movement(self, revisions: Sequence[frappe._dict]) -> Movement:
		"""What changed by chapter since the last authorised budget, this revision included."""
		authorised = [
			row.revision_number
			for row in revisions
			if row.authorisation_reference and row.authorised_on and row.authorisation_document
		]
		up_to = max(authorised, default=0)
		before, since = [], []
		for number, move in self.earlier_moves():
			(before if number <= up_to else since).append(move)
		lines = budgets.planned_lines(self.funded_project, for_update=self.docstatus == 1)
		amounts = planned_amounts(lines, before)
		by_chapter: dict = {}
		for line in lines:
			by_chapter[line.chapter] = by_chapter.get(line.chapter, money(0)) + amounts[line.name]
		programme = frappe.get_cached_value("Funded Project", self.funded_project, "programme")
		rule = rule_on(programme_rules(programme), "chapter-transfer", getdate(self.effective_on))
		return chapter_movement(
			[*since, *self.moves()],
			{line.name: line.chapter for line in lines},
			by_chapter,
			rule,
			budgets.tolerance_base(rule.base if rule else None) or PROJECT_BUDGET,
		)

	def earlier_moves(self) -> list[tuple[int, Transfer]]:
		"""The transfers of the project's other submitted revisions, with the number of theirs."""
		revision, transfer = frappe.qb.DocType("Budget Revision"), frappe.qb.DocType("Budget Transfer")
		rows = (
			frappe.qb.from_(transfer)
			.join(revision)
			.on((revision.name == transfer.parent) & (transfer.parenttype == "Budget Revision"))
			.select(revision.revision_number, transfer.from_line, transfer.to_line, transfer.amount)
			.where(
				(revision.funded_project == self.funded_project)
				& (revision.docstatus == 1)
				& (revision.name != (self.name or ""))
			)
			.orderby(revision.revision_number, transfer.idx)
		)
		if self.docstatus == 1:
			rows = rows.for_update()
		return [(row[0], Transfer(row[1] or "", row[2] or "", money(row[3]))) for row in rows.run()]

	def move(self, transfers: Sequence[Transfer]) -> None:
		"""Move the money on the lines, and bring the flat rates after them."""
		lines = budgets.planned_lines(self.funded_project, "amount", for_update=True)
		amounts = planned_amounts(lines, transfers)
		for line in lines:
			if amounts[line.name] != line.amount:
				record = frappe.get_doc("FAMI Budget Line", line.name, for_update=True)
				record.amount = flt(amounts[line.name])
				record.flags.by_revision = True
				# Whoever may submit the revision moves its money; the lines' history says who.
				record.save(ignore_permissions=True, ignore_version=False)


def _enabled(lines: dict[str, RevisedLine]) -> dict[str, RevisedLine]:
	"""Money goes back to a line also after it was disabled."""
	return {name: replace(line, disabled=False) for name, line in lines.items()}
