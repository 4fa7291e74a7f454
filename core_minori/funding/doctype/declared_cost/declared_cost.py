import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from core_minori.engine.allocation import share_of
from core_minori.engine.identifiers import check_cig, check_cup, check_vat_number, normalised
from core_minori.engine.message import shown
from core_minori.engine.money import ZERO, money
from core_minori.engine.partner_workbook import (
	canonical,
	check_cost_type,
	declared_amount,
	declared_imputation,
)
from core_minori.engine.sheets import is_code
from core_minori.funding import declared_costs
from core_minori.messages import by_rule, say

# Notes and file names say nothing about the cost: they may change whatever became of it.
IMMATERIAL = ("register_note", "attachments", "payment_account")


class DeclaredCost(Document):
	"""One cost in a partner's books, known for ever by project, partner and the partner's own code."""

	@by_rule
	def validate(self) -> None:
		self.declared_code = " ".join((self.declared_code or "").split())
		if not is_code(self.declared_code):  # its row could not come back from the partner
			frappe.throw(
				_(
					"{0} cannot be a code: use letters without accents, digits, and - . / _ between them."
				).format(self.declared_code)
			)
		for field in ("cup", "cig", "tax_id"):
			self.set(field, normalised(self.get(field)) or None)
		self.check_line()
		self.set_amounts()
		if not self.flags.checked:  # the workbook's rules have said all this at their cells
			vat_number = self.tax_id if len(self.tax_id or "") != 16 else None
			say([check_cup(self.cup), check_cig(self.cig), check_vat_number(vat_number)])
		if self.changes():
			declared_costs.refuse_claimed(self, declared_costs.allocations_of([self.name]).get(self.name, []))

	def on_update(self) -> None:
		before = self.get_doc_before_save()
		if not before:
			declared_costs.draft_allocation(self)
		elif changes := self.changes():
			declared_costs.keep_in_step(self, self.told(changes))

	def on_trash(self) -> None:
		declared_costs.release(self)

	def check_line(self) -> None:
		line = frappe.db.get_value(
			"FAMI Budget Line",
			self.budget_line,
			["funded_project", "partner", "disabled", "cost_method", "line_code"],
			as_dict=True,
		)
		project = frappe.get_cached_doc("Funded Project", self.funded_project)
		if self.partner not in [row.organisation for row in project.partners]:
			frappe.throw(_("{0} is not a partner of project {1}.").format(self.partner, project.name))
		if line.funded_project != self.funded_project:
			frappe.throw(_("Line {0} is of another project.").format(self.budget_line))
		if line.partner and line.partner != self.partner:
			frappe.throw(_("Line {0} is of another partner.").format(self.budget_line))
		if line.disabled and self.has_value_changed("budget_line"):
			frappe.throw(_("Line {0} is disabled.").format(self.budget_line))
		say([check_cost_type(self.cost_type, line.line_code, line.cost_method)])

	def set_amounts(self) -> None:
		"""Units times unit cost make the amount; of share and amount imputed the one that was typed makes the other."""
		before = self.get_doc_before_save()
		amount = declared_amount(
			money(self.amount), self.cost_type, money(self.quantity), money(self.unit_cost)
		)
		typed = self.flags.checked or not before or flt(before.imputed_amount) != flt(self.imputed_amount)
		same = bool(before) and (flt(before.amount), flt(before.percent)) == (
			flt(amount),
			flt(self.percent),
		)
		wanted = money(self.imputed_amount) if typed or same else ZERO
		percent = None if wanted else money(self.percent or 100)
		self.amount = flt(amount)
		self.imputed_amount = flt(declared_imputation(amount, percent, wanted))
		self.percent = flt(share_of(amount, money(self.imputed_amount)))

	def changes(self) -> dict[str, tuple[object, object]]:
		"""What changed of the cost itself since it was stored: field -> (old, new). Empty for a new one."""
		before = self.get_doc_before_save()
		if not before:
			return {}
		old, new = canonical(before.as_dict()), canonical(self.as_dict())
		return {key: (old[key], new[key]) for key in new if old[key] != new[key] and key not in IMMATERIAL}

	def told(self, changes: dict[str, tuple[object, object]]) -> str:
		"""The changes in words: label: old -> new."""
		return "; ".join(
			f"{_(self.meta.get_label(key))}: {shown(old) or '-'} → {shown(new) or '-'}"
			for key, (old, new) in changes.items()
		)[:1000]


def on_doctype_update() -> None:
	"""A partner's code is one cost of the project, whoever imports and however often."""
	frappe.db.add_unique("Declared Cost", ["funded_project", "partner", "declared_code"])
