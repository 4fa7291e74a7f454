import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from core_minori import access_log
from core_minori.engine.confirmations import CONFIRMED, REFUSED, WAITING, check_decision
from core_minori.messages import by_rule
from core_minori.overrides import accounts
from core_minori.permissions import COORDINATOR, PROTECTION_OFFICER, ROLES, case_roles, forget

_KEPT = ("user", "role", "given_by", "given_on", "decided_by", "decided_on")


class RoleConfirmation(Document):
	"""A role that opens cases and that somebody other than Administrator gave: it counts once a second person agrees.

	One record for each user and role: a role that is given again waits again, and its versions keep what was before.
	"""

	@by_rule
	def validate(self) -> None:
		if self.flags.by_step:
			return
		if self.is_new():
			frappe.throw(
				_("A role waits for confirmation when it is given to a user."), frappe.PermissionError
			)
		before = self.get_doc_before_save()
		self.update({field: before.get(field) for field in _KEPT})
		if self.status != before.status:
			self.decide(before.status)
		elif (self.reason or "") != (before.reason or "") and before.status != WAITING:
			self.reason = before.reason

	def decide(self, before: str) -> None:
		"""Check and record the decision that the status says, by the session's user."""
		user = frappe.session.user
		check_decision(
			before=before,
			after=self.status,
			decider=user,
			user=self.user,
			given_by=self.given_by,
			role=self.role,
			may_confirm=bool({PROTECTION_OFFICER, COORDINATOR} & case_roles(user)),
			reason=self.reason,
		)
		self.update({"decided_by": user, "decided_on": now_datetime()})
		self.flags.decided = True

	def on_update(self) -> None:
		forget()
		if not self.flags.decided:
			return
		self.flags.decided = False
		access_log.note("Role", self.doctype, self.name, text=f"{self.user} {self.role} {self.status}")
		if self.status == REFUSED:
			accounts.take_role(self.user, self.role)
		elif self.status == CONFIRMED and not (case_roles(self.user) & set(ROLES)) - {self.role}:
			if not accounts.start_afresh(self.user):
				frappe.msgprint(
					_(
						"This site sends no mails: {0} keeps the password the account was made with. Have them change"
						" it at once."
					).format(self.user)
				)


def on_doctype_update() -> None:
	"""One record for each user and role; who holds what is asked in every request."""
	frappe.db.add_unique("Role Confirmation", ["user", "role"])
