import frappe
from frappe import _
from frappe.utils import getdate

from core_minori.engine.periods import check_order
from core_minori.messages import by_rule
from core_minori.records import ProtectedDocument


class Consent(ProtectedDocument):
	"""What the minor or the guardian allowed or refused, purpose by purpose."""

	@by_rule
	def validate(self) -> None:
		if self.purpose != "Sharing with an Organisation":
			self.organisation = None
		if getdate(self.given_on) > getdate():
			frappe.throw(_("The day of the consent is in the future."))
		check_order(
			("Given On", getdate(self.given_on)),
			("Valid Until", self.valid_until and getdate(self.valid_until)),
			("Withdrawn On", self.withdrawn_on and getdate(self.withdrawn_on)),
		)


def on_doctype_update() -> None:
	"""The consent gate of a referral asks by case and purpose."""
	frappe.db.add_index("Consent", ["case_file", "purpose"])
