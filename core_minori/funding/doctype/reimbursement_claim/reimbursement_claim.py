import frappe
from frappe import _
from frappe.core.doctype.docfield.docfield import DocField
from frappe.model.document import Document
from frappe.utils import getdate, today

from core_minori.engine.claim import Step, check_day, check_step
from core_minori.engine.periods import check_order
from core_minori.funding import claims
from core_minori.messages import by_rule


class ReimbursementClaim(Document):
	"""A claim to the funder (domanda di rimborso). A draft reserves nothing; submitting freezes its costs."""

	def before_insert(self) -> None:
		self.status = "Draft"
		self.claim_number = claims.next_number(self.funded_project)

	@by_rule
	def validate(self) -> None:
		# Rows change by the thousand: the steps are noted in the timeline, not in a version.
		self.flags.ignore_version = True
		check_order(("Costs From", getdate(self.period_from)), ("Costs To", getdate(self.period_to)))
		if self.docstatus.is_draft():
			self.keep_to_picked()
			claims.set_provisional_totals(self)

	def keep_to_picked(self) -> None:
		"""The list is the one that Pick Costs made, less the rows taken away; another project or period asks for a new one."""
		before = self.get_doc_before_save()
		if before and any(
			str(before.get(field) or "") != str(self.get(field) or "")
			for field in ("funded_project", "period_to")
		):
			self.set("costs", [])
			self.left_out, self.left_out_count, self.picked_on = None, 0, None
		for position, row in enumerate(self.costs, start=1):
			row.position = position

	@by_rule
	def before_submit(self) -> None:
		self.status = check_step(self.status, Step.SUBMIT)
		self.claimed_on = self.claimed_on or today()
		check_day(getdate(self.claimed_on), None, getdate())
		claims.freeze(self)
		self.claim_number = claims.final_number(self)

	def on_submit(self) -> None:
		claims.hold(self)
		claims.note_step(self, self.claimed_on)

	@by_rule
	def before_cancel(self) -> None:
		self.status = check_step(
			frappe.db.get_value(self.doctype, self.name, "status", for_update=True), Step.CANCEL
		)

	def on_cancel(self) -> None:
		claims.release(self)
		claims.note_step(self, today())

	def before_update_after_submit(self) -> None:
		frappe.throw(_("A claim that was submitted moves on by its own buttons only."))

	def update_child_table(self, fieldname: str, df: DocField | None = None) -> None:
		"""Costs are written all at once: one by one, 5,000 of them take most of a minute."""
		if fieldname == "costs":
			claims.write_rows(self)
		else:
			super().update_child_table(fieldname, df)

	def onload(self) -> None:
		"""The snapshots stay on the server: they are long, and the form shows none of them."""
		for row in self.costs:
			row.facts = None


def on_doctype_update() -> None:
	"""By project for the next number and what earlier claims took."""
	frappe.db.add_index("Reimbursement Claim", ["funded_project", "docstatus", "claim_number"])
