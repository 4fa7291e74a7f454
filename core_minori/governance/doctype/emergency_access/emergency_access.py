from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_datetime, now_datetime

from core_minori import access_log
from core_minori.engine import emergency as rules
from core_minori.messages import by_rule, site_language
from core_minori.overrides.accounts import tell_deciders
from core_minori.permissions import EMERGENCY_READER, PROTECTION_OFFICER, case_roles

LONGEST = 24  # hours, where Core Minori Settings says nothing
# What the officer writes; everything else is the server's once the access is there.
_OF_REVIEW = ("review", "review_note")


class EmergencyAccess(Document):
	"""Somebody reads, for a few hours, a case they do not follow: everybody concerned is told, and it ends by itself."""

	def _validate_links(self, *args: Any, **kwargs: Any) -> None:
		"""Frappe's check would tell anybody which codes exist, before asking who is asking."""
		if not self.is_new():
			super()._validate_links(*args, **kwargs)

	@by_rule
	def validate(self) -> None:
		if self.is_new():
			self.open()
		elif not self.flags.by_step:
			self.review_only()

	def open(self) -> None:
		"""Check and fill what the server knows: who, from when, until when."""
		user = frappe.session.user
		if EMERGENCY_READER not in case_roles(user):
			raise frappe.PermissionError
		self.check_words()
		longest = longest_hours()
		if not frappe.db.exists("Case File", {"name": self.case_file}):
			access_log.note("Emergency", "Case File", outcome="Refused", text=str(self.case_file)[:140])
			frappe.throw(_("No case has this code. Check it: the attempt was kept."), frappe.PermissionError)
		if any(frappe.db.get_value("Case File", self.case_file, ("restricted", "retention_state"))):
			frappe.throw(_("The data of this case is restricted by law: call the coordinator."))
		self.update(dict.fromkeys((*_OF_REVIEW, "reviewed_by", "reviewed_on", "ended_at", "ended_by")))
		self.update({"user": user, "starts_at": now_datetime(), "hours": cint(self.hours)})
		# Two clicks at once: the second one waits here and then sees the access of the first.
		frappe.db.get_value("Case File", self.case_file, "name", for_update=True)
		others = frappe.db.get_values(
			"Emergency Access",
			{"user": user, "case_file": self.case_file},
			["starts_at", "ends_at", "ended_at"],
			for_update=True,
		)
		self.ends_at = rules.check_new(self.starts_at, self.hours, longest, self.reason, self.details, others)

	@by_rule
	def check_words(self) -> None:
		"""What the user has to say is said: asked before anything is looked up."""
		rules.check_words(self.reason, self.details)
		rules.check_hours(cint(self.hours), longest_hours())

	def review_only(self) -> None:
		"""An access that is there keeps what was said when it was opened; the officer adds their judgement."""
		before = self.get_doc_before_save()
		for df in self.meta.fields:
			if df.fieldname not in _OF_REVIEW and df.fieldtype not in frappe.model.no_value_fields:
				self.set(df.fieldname, before.get(df.fieldname))
		if any((self.get(field) or "") != (before.get(field) or "") for field in _OF_REVIEW):
			user = frappe.session.user
			if PROTECTION_OFFICER not in case_roles(user):
				raise frappe.PermissionError(_("A data protection officer reviews an emergency access."))
			rules.check_review(self.review, self.review_note, own=user == self.user)
			self.update({"reviewed_by": user, "reviewed_on": now_datetime()})

	def after_insert(self) -> None:
		access_log.note("Emergency", "Case File", self.case_file, case_file=self.case_file, text=self.name)
		tell_deciders(
			_("Emergency: {0} reads {1} until {2}.", lang=site_language()).format(
				self.user, self.case_file, frappe.format_value(self.ends_at, {"fieldtype": "Datetime"})
			),
			self.doctype,
			self.name,
		)

	def may_end(self, user: str) -> bool:
		"""Who reads ends it, and so does an officer."""
		return user == self.user or PROTECTION_OFFICER in case_roles(user)

	@by_rule
	def end(self) -> None:
		"""End it now, as the session's user: the document was loaded for update."""
		user = frappe.session.user
		if not self.may_end(user):
			raise frappe.PermissionError
		now = now_datetime()
		rules.check_end(now, get_datetime(self.starts_at), get_datetime(self.ends_at), self.ended_at)
		self.update({"ended_at": now, "ended_by": user})
		self.flags.by_step = True
		self.save(ignore_permissions=True)
		access_log.note("Emergency", "Case File", self.case_file, case_file=self.case_file, text="End")

	@property
	def open_now(self) -> bool:
		"""Whether it lets read at this moment."""
		return rules.runs(
			now_datetime(), get_datetime(self.starts_at), get_datetime(self.ends_at), self.ended_at
		)


def longest_hours() -> int:
	"""Hours of the longest access that the site allows."""
	return cint(frappe.db.get_single_value("Core Minori Settings", "emergency_hours")) or LONGEST


def on_doctype_update() -> None:
	"""Asked with every look at a case by who has the role."""
	frappe.db.add_index("Emergency Access", ["user", "case_file", "ends_at"])
