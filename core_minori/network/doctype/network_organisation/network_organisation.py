from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.engine.identifiers import check_vat_number, normalised
from core_minori.engine.periods import check_order
from core_minori.messages import by_rule, say


class NetworkOrganisation(Document):
	"""A body of the territory: partner, service, school, court. Its operators see the referrals sent to it."""

	@by_rule
	def validate(self) -> None:
		if self.vat_number:
			self.vat_number = normalised(self.vat_number)
		say([check_vat_number(self.vat_number)])
		check_order(
			("Signed On", self.agreement_signed_on and getdate(self.agreement_signed_on)),
			("Expires On", self.agreement_expires_on and getdate(self.agreement_expires_on)),
		)
