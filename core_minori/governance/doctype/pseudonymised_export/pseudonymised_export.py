import frappe
from frappe import _
from frappe.utils import getdate, now_datetime
from frappe.utils.synchronization import filelock

from core_minori import access_log, research_export
from core_minori.engine.small_cells import LEAST
from core_minori.import_jobs import fresh_view, keep
from core_minori.permissions import COORDINATOR, PROTECTION_OFFICER, case_roles
from core_minori.records import ProtectedDocument
from core_minori.trust_alerts import tell_officers

DRAFT, REQUESTED, AGREED, MADE, REFUSED = "Draft", "Requested", "Agreed", "Made", "Refused"
# What somebody asks for; all else is the answer.
ASKED = ("title", "period_from", "period_to", "project")
ANSWER = (
	"status",
	"smallest_group",
	"made_on",
	"made_by",
	"refusal_reason",
	"people",
	"suppressed",
	"generalised",
	"file",
	"digest",
	"memory",
)
DECIDERS = frozenset({PROTECTION_OFFICER, COORDINATOR})
# Two exports made at once would not know of each other. In seconds.
LOCK = "core_minori_pseudonymised_export"
LONGEST_WAIT = 120


class PseudonymisedExport(ProtectedDocument):
	"""What an evaluator asks for, who agreed, and the workbook that came of it."""

	def validate(self) -> None:
		if not self.flags.by_decision:
			self.keep_answer()
		if getdate(self.period_to) < getdate(self.period_from):
			frappe.throw(_("The period ends before it begins."))

	def keep_answer(self) -> None:
		"""The form and REST write what is asked for, until it is sent; the answer is written by who decides, here."""
		before = self.get_doc_before_save()
		for field in ANSWER:
			self.set(field, before.get(field) if before else None)
		self.status = self.status or DRAFT
		self.smallest_group = self.smallest_group or LEAST
		if before and before.status != DRAFT and any(self.has_value_changed(field) for field in ASKED):
			frappe.throw(_("This was sent, and can no longer be changed: make a new request."))

	def send(self) -> None:
		"""Ask the officers. Sending twice asks once."""
		if self.status != DRAFT:
			return
		self.status = REQUESTED
		self._store()
		tell_officers(_("An evaluator asks for a pseudonymised export"), self.doctype, self.name)

	def agree(self) -> None:
		"""Say yes. Agreeing twice is once. Raises frappe.PermissionError for who may not decide on it."""
		self.check_may_decide()
		if self.status in (AGREED, MADE):
			return
		self.check_requested()
		self._decided()
		self.status = AGREED
		self._store()
		self.tell_owner()

	def make(self) -> None:
		"""Make the workbook that was agreed to. Making it twice makes one.

		Who asked makes it: who agrees reads the request, and puts no file on it.
		"""
		with filelock(LOCK, timeout=LONGEST_WAIT):
			fresh_view()
			self.reload()
			if self.status == MADE:
				return
			if self.status != AGREED:
				frappe.throw(_("Nobody has agreed to this yet."))
			research_export.fill(self)
			self._store()
			made = self.status == MADE
			if made:
				access_log.note("Export", self.doctype, self.name)
			keep()
		if made:
			tell_officers(_("A pseudonymised export was made"), self.doctype, self.name)

	def refuse(self, reason: str) -> None:
		"""Say no, with the reason. Raises as `agree`."""
		self.check_may_decide()
		if not reason.strip():
			frappe.throw(_("Say why, so that it can be asked for otherwise."))
		self.check_requested()
		self._decided()
		self.status, self.refusal_reason = REFUSED, reason.strip()
		self._store()
		self.tell_owner()

	def may_decide(self) -> bool:
		"""Whether the session's user may decide: the officer or the coordinator, and not on a request of their own."""
		user = frappe.session.user
		return user != self.owner and bool(DECIDERS & case_roles(user))

	def check_may_decide(self) -> None:
		if not self.may_decide():
			raise frappe.PermissionError(
				_(
					"A data protection officer or the coordinator decides, and nobody on a request of their own."
				)
			)

	def check_requested(self) -> None:
		if self.status != REQUESTED:
			frappe.throw(_("There is nothing to decide here: reload the page."))

	def tell_owner(self) -> None:
		"""One notice to who asked: that there is an answer."""
		frappe.get_doc(
			{
				"doctype": "Notification Log",
				"for_user": self.owner,
				"type": "Alert",
				"subject": _("Your request {0} was answered").format(self.name),
				"document_type": self.doctype,
				"document_name": self.name,
			}
		).insert(ignore_permissions=True)

	def _decided(self) -> None:
		self.made_on, self.made_by = now_datetime(), frappe.session.user

	def _store(self) -> None:
		self.flags.by_decision = True
		# who decides reads the request, and does not write it: that they may was asked above
		self.save(ignore_permissions=True)
		self.flags.by_decision = False


def on_doctype_update() -> None:
	"""Index for the memories that a new export is held against."""
	frappe.db.add_index("Pseudonymised Export", ["status", "made_on"])
