import frappe
from frappe import _
from frappe.utils import getdate

from core_minori.records import ProtectedDocument


class Consent(ProtectedDocument):
	"""What the minor or the guardian allowed or refused, purpose by purpose."""

	def validate(self) -> None:
		if self.purpose != "Sharing with an Organisation":
			self.organisation = None
		if getdate(self.given_on) > getdate():
			frappe.throw(_("The day of the consent is in the future."))
		for label, day in ((_("Valid Until"), self.valid_until), (_("Withdrawn On"), self.withdrawn_on)):
			if day and getdate(day) < getdate(self.given_on):
				frappe.throw(_("{0} comes before the day of the consent.").format(label))


def on_doctype_update() -> None:
	"""The consent gate of a referral asks by case and purpose."""
	frappe.db.add_index("Consent", ["case_file", "purpose"])
