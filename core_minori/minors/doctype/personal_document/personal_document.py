import frappe
from frappe.utils import getdate

from core_minori.engine.legal import PERMITS, check_document, document_state
from core_minori.messages import by_rule, say
from core_minori.records import CaseRecord


class PersonalDocument(CaseRecord):
	"""A paper of the minor: missing, asked for, or held until it expires."""

	@by_rule
	def validate(self) -> None:
		if self.document_type not in PERMITS:
			self.permit_type = None
		if self.document_type == "Fiscal Code Card":
			self.document_number = None  # the code is on the record of the person, once
		days = [
			getdate(self.get(field)) if self.get(field) else None
			for field in ("requested_on", "issued_on", "expires_on")
		]
		self.status = document_state(
			self.status, days[0], days[1], self.document_number, bool(self.attachment)
		)
		expired = check_document(*days, getdate())
		if self.has_value_changed("expires_on"):
			say([expired])


def on_doctype_update() -> None:
	"""The papers of a case by type; what expires next."""
	frappe.db.add_index("Personal Document", ["case_file", "document_type"])
	frappe.db.add_index("Personal Document", ["expires_on"])
