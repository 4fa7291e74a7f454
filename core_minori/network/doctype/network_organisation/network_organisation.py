import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.engine.identifiers import check_vat_number, normalised
from core_minori.messages import say


class NetworkOrganisation(Document):
	"""A body of the territory: partner, service, school, court. Its operators see the referrals sent to it."""

	def validate(self) -> None:
		if self.vat_number:
			self.vat_number = normalised(self.vat_number)
		say([check_vat_number(self.vat_number)])
		if (
			self.agreement_signed_on
			and self.agreement_expires_on
			and getdate(self.agreement_expires_on) < getdate(self.agreement_signed_on)
		):
			frappe.throw(_("The agreement expires before it was signed."))
