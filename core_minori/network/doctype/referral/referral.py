import frappe
from frappe import _

from core_minori.records import ProtectedDocument

FIXED_AFTER_SENDING = (
	"to_organisation",
	"service_requested",
	"urgency",
	"age_band",
	"language_needed",
	"shared_information",
	"legal_basis",
	"consent",
	"answer_due_on",
)


class Referral(ProtectedDocument):
	"""A request to another organisation about one case. What it says is all that the receiver learns of the case.

	Its steps are taken in `core_minori.api.referrals`; there is no version history, since a version would keep for the
	receiver what the sender took out before sending.
	"""

	def validate(self) -> None:
		self.keep_status()
		self.keep_what_was_sent()
		self.check_consent()

	def keep_status(self) -> None:
		"""Only a step moves the status, whatever the browser sends."""
		if self.flags.by_step:
			return
		before = self.get_doc_before_save()
		self.status = before.status if before else "Drafted"

	def keep_what_was_sent(self) -> None:
		before = self.get_doc_before_save()
		if not before or before.status == "Drafted":
			return
		for field in FIXED_AFTER_SENDING:
			if str(before.get(field) or "") != str(self.get(field) or ""):
				frappe.throw(
					_(
						"{0} was already read by the receiver and cannot change. Revoke this referral and write a new one."
					).format(_(self.meta.get_label(field)))
				)

	def check_consent(self) -> None:
		if self.legal_basis != "Consent":
			self.consent = None
		if self.consent and frappe.db.get_value("Consent", self.consent, "case_file") != self.case_file:
			frappe.throw(_("Consent {0} belongs to another case.").format(self.consent))


def on_doctype_update() -> None:
	"""The receiver's list asks by organisation and status."""
	frappe.db.add_index("Referral", ["to_organisation", "status"])
