import frappe
from frappe import _
from frappe.model.document import Document


class CostFinding(Document):
	"""What a rule finds on a cost. Rows are the rules' and the override's: over REST a row by itself is nobody's."""

	def validate(self) -> None:
		self.refuse()

	def on_trash(self) -> None:
		self.refuse()

	def refuse(self) -> None:
		"""Frappe runs these only for a row that is saved or deleted without its allocation."""
		frappe.throw(_("Findings change with Check Again or an override only."), frappe.PermissionError)
