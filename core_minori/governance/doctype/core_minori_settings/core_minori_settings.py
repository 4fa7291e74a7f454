import frappe
from frappe.model.document import Document


class CoreMinoriSettings(Document):
	def before_validate(self) -> None:
		"""The number of the key that texts are sealed with is the program's: a stale form does not bring an old one back."""
		self.seal_key = frappe.db.get_single_value(self.doctype, "seal_key", cache=False)
