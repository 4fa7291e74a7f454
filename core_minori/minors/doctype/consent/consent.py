import frappe
from frappe.utils import getdate

from core_minori.engine.consent import SHARING, check_consent, check_unchanged, is_running
from core_minori.engine.referral import ConsentFacts
from core_minori.messages import by_rule, say
from core_minori.records import ProtectedDocument

FACTS = ("purpose", "outcome", "given_on", "organisation", "valid_until", "withdrawn_on")


class Consent(ProtectedDocument):
	"""What the minor or the guardian allowed or refused, purpose by purpose."""

	@by_rule
	def validate(self) -> None:
		self.clear_what_does_not_apply()
		notice = getdate(self.notice_given_on) if self.notice_given_on else None
		findings = check_consent(facts_of(self), notice, self.same_running(), getdate())
		check_unchanged(self.changed_labels(), self.referrals_sent())
		if not self.flags.checked_together:
			say(findings)

	def clear_what_does_not_apply(self) -> None:
		if self.purpose != SHARING:
			self.organisation = None
		if self.given_by == "Minor":
			self.given_by_name = None
		if not self.mediator_present:
			self.mediator_name = None
		if not self.withdrawn_on:
			self.withdrawn_by = self.withdrawal_note = None
		elif not self.withdrawn_by:
			self.withdrawn_by = self.given_by

	def same_running(self) -> str | None:
		"""Code of another consent of the case that says the same today; asked where this one is new and runs."""
		if not self.is_new() or not is_running(facts_of(self), getdate()):
			return None
		others = frappe.get_all(
			"Consent",
			filters={"case_file": self.case_file, "purpose": self.purpose, "outcome": self.outcome},
			fields=["name", *FACTS],
		)
		return next(
			(
				row.name
				for row in others
				if (row.organisation or None) == (self.organisation or None)
				and is_running(facts_of(row), getdate())
			),
			None,
		)

	def changed_labels(self) -> list[str]:
		if self.is_new():
			return []
		return [
			self.meta.get_label(field)
			for field in ("purpose", "organisation", "outcome", "given_on")
			if self.has_value_changed(field)
		]

	def referrals_sent(self) -> int:
		if self.is_new():
			return 0
		return frappe.db.count("Referral", {"consent": self.name, "status": ["!=", "Drafted"]})


def facts_of(row: Consent | frappe._dict) -> ConsentFacts:
	"""A consent, or a row of it with `FACTS`, as the engine reads it."""
	return ConsentFacts(
		purpose=row.get("purpose"),
		outcome=row.get("outcome"),
		given_on=getdate(row.get("given_on")),
		organisation=row.get("organisation"),
		valid_until=getdate(row.get("valid_until")) if row.get("valid_until") else None,
		withdrawn_on=getdate(row.get("withdrawn_on")) if row.get("withdrawn_on") else None,
	)


def on_doctype_update() -> None:
	"""The consent gate of a referral asks by case and purpose."""
	frappe.db.add_index("Consent", ["case_file", "purpose"])
