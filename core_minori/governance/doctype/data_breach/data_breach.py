import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime

from core_minori import breaches
from core_minori.engine import breach as rule
from core_minori.messages import by_rule, in_site_language
from core_minori.records import ProtectedDocument

# What a reopening changes, and nothing else of a closed breach does.
REOPENED = ("closed_at", "status")


class DataBreach(ProtectedDocument):
	"""A row of the register of GDPR art. 33(5). Its state follows from what is filled in; nothing of it is deleted."""

	@by_rule
	def validate(self) -> None:
		self.keep_what_is_closed()
		facts = breaches.facts_of(self)
		rule.check_breach(facts, now_datetime())
		self.due_at = rule.due_at(facts.discovered_at).replace(tzinfo=None)
		self.status = rule.state_of(facts)
		self.count_what_was_seen()

	def onload(self) -> None:
		facts = breaches.facts_of(self)
		self.set_onload("hours_left", round(rule.hours_left(facts.discovered_at, now_datetime()), 1))
		self.set_onload("late", rule.is_late(facts, now_datetime()))

	def keep_what_is_closed(self) -> None:
		"""A closed breach is evidence: it is opened again, with a version that says so, before it changes."""
		before = self.get_doc_before_save()
		if not before or not before.closed_at:
			return
		changed = [
			df.label
			for df in self.meta.fields
			if df.fieldname not in REOPENED and self.has_value_changed(df.fieldname)
		]
		if changed:
			frappe.throw(_("This breach is closed: open it again before you change it."))

	def count_what_was_seen(self) -> None:
		"""The counts of the log, and from them what is still empty of "who is concerned"."""
		if self.seen_from and self.seen_to and get_datetime(self.seen_from) > get_datetime(self.seen_to):
			frappe.throw(_("The end is before the beginning: correct From and To."))
		if not (self.user and self.seen_from and self.seen_to):
			self.cases_read = self.people_read = self.cases_in_reach = 0
			return
		fields = ("user", "seen_from", "seen_to")
		if not self.is_new() and not any(self.has_value_changed(field) for field in fields):
			return
		found = breaches.seen(self.user, get_datetime(self.seen_from), get_datetime(self.seen_to))
		self.cases_read, self.people_read = found["cases"], found["people"]
		self.cases_in_reach = found["reach"]["cases"]
		self.people_count = self.people_count or found["people"]
		self.records_count = self.records_count or len(
			{
				record
				for row in found["rows"]
				if row["outcome"] != breaches.REFUSED
				for record in row.get("records") or ()
			}
		)
		self.data_categories = self.data_categories or ", ".join(found["parts"])
		if found["people"] and not self.people_categories:
			self.people_categories = in_site_language()(_("Minors and young people in care"))


def on_doctype_update() -> None:
	"""The hourly reminders ask for what is open."""
	frappe.db.add_index("Data Breach", ["status", "discovered_at"])
