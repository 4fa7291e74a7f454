import frappe
from frappe import _
from frappe.utils import getdate

from core_minori.engine.legal import SearchConsent, check_search, search_state
from core_minori.engine.periods import check_order
from core_minori.messages import by_rule
from core_minori.records import CaseRecord

_CONSENT = ("purpose", "outcome", "given_by", "given_on", "valid_until", "withdrawn_on")


class FamilySearch(CaseRecord):
	"""The search for the family: with the minor's consent and without risk, or excluded with the reason."""

	@by_rule
	def validate(self) -> None:
		if self.reported_on and not self.consent:
			self.consent = self.consent_of_case()
		days = {
			field: getdate(self.get(field)) if self.get(field) else None
			for field in ("reported_on", "excluded_on", "concluded_on", "told_minor_on")
		}
		if not self.concluded_on:
			self.outcome = None
		check_search(
			days["reported_on"],
			days["excluded_on"],
			self.exclusion_reason,
			days["concluded_on"],
			self.consent_facts(),
			getdate(),
		)
		check_order(("Concluded On", days["concluded_on"]), ("Told the Minor On", days["told_minor_on"]))
		for row in self.actions:
			check_order(("Reported On", days["reported_on"]), ("Day", getdate(row.action_on)))
		self.status = search_state(self.reported_on, self.excluded_on, self.concluded_on, self.actions)

	def consent_of_case(self) -> str | None:
		"""The last consent of the case to the family search: nobody looks it up twice."""
		found = frappe.get_all(
			"Consent",
			filters={"case_file": self.case_file, "purpose": "Family Search"},
			order_by="given_on desc, creation desc",
			pluck="name",
			limit=1,
		)
		return found[0] if found else None

	def consent_facts(self) -> SearchConsent | None:
		"""The consent of this search as the rules read it."""
		if not self.consent:
			return None
		row = frappe.db.get_value("Consent", self.consent, ["case_file", *_CONSENT], as_dict=True)
		if not row or row.case_file != self.case_file:
			frappe.throw(_("The consent is of another case."), title=_("Not Possible"))
		return SearchConsent(*(row[field] for field in _CONSENT))
