import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils import getdate, now_datetime

from core_minori.engine import case_requests as rules
from core_minori.messages import by_rule, in_site_language
from core_minori.permissions import DECIDERS, case_roles, decides
from core_minori.records import ProtectedDocument

# Only a step writes these, whatever the browser sends.
_BY_STEP = (
	"status",
	"requested_by",
	"from_user",
	"decided_by",
	"decided_on",
	"decision_reason",
	"answered_on",
	"answer_reason",
)
_BY_REQUESTER = ("effective_on", "closure_reason", "reason")


class CaseRequest(ProtectedDocument):
	"""A request to close, reopen, suspend or hand over a case. Its steps are taken in `core_minori.api.cases`."""

	@by_rule
	def validate(self) -> None:
		if self.is_new():
			self.check_new()
		elif not self.flags.by_step:
			self.keep_what_was_asked()

	def after_insert(self) -> None:
		self.tell(_deciders(self.requested_by), rules.TO_DECIDE)

	def check_new(self) -> None:
		"""What is asked for can be asked for, and nobody asks for it already."""
		self.update(dict.fromkeys(_BY_STEP))
		self.update({"status": "Requested", "requested_by": frappe.session.user})
		# Two people may ask at once: the second one waits here and then sees the request of the first.
		case = frappe.db.get_value(
			"Case File", self.case_file, ["state", "reported_on"], as_dict=True, for_update=True
		)
		waiting = ["Requested", "Approved"] if self.request_type == rules.TRANSFER else ["Requested"]
		pending = frappe.db.get_value(
			"Case Request",
			{"case_file": self.case_file, "request_type": self.request_type, "status": ["in", waiting]},
			for_update=True,
		)
		rules.check_request(
			self.request_type,
			case.state,
			getdate(self.effective_on),
			getdate(case.reported_on),
			getdate(),
			pending,
		)
		if self.request_type != rules.CLOSURE:
			self.closure_reason = None
		self.check_filled("closure_reason" if self.request_type == rules.CLOSURE else None)
		if self.request_type == rules.TRANSFER:
			self.check_receiver()
		else:
			self.update({"to_user": None, "care_role": None})

	def check_filled(self, *fields: str | None) -> None:
		"""What this kind of request needs is there, whoever sends it."""
		for field in fields:
			if field and not self.get(field):
				frappe.throw(
					_("{0} is missing.").format(_(self.meta.get_label(field))), frappe.MandatoryError
				)

	def check_receiver(self) -> None:
		"""The case goes from its present referent to somebody else who has the same role."""
		self.check_filled("to_user", "care_role")
		referent = referent_of(self.case_file)
		if referent and referent.care_role != self.care_role:
			frappe.throw(
				_("The referent of this case follows it as {0}: hand it over in that role.").format(
					_(referent.care_role)
				)
			)
		self.from_user = referent.user if referent else None
		if self.to_user == self.from_user:
			frappe.throw(_("{0} is the referent of this case already.").format(self.to_user))
		if not frappe.db.get_value("User", self.to_user, "enabled") or self.care_role not in case_roles(
			self.to_user
		):
			frappe.throw(
				_("{0} does not work as {1}: choose another colleague.").format(
					self.to_user, _(self.care_role)
				)
			)

	def keep_what_was_asked(self) -> None:
		"""The requester may correct a request nobody answered; nobody else changes one, and nothing moves it by hand."""
		before = self.get_doc_before_save()
		for field in _BY_STEP:
			self.set(field, before.get(field))
		own = before.status == "Requested" and before.requested_by == frappe.session.user
		for field in ("request_type", "to_user", "care_role", *(() if own else _BY_REQUESTER)):
			if str(before.get(field) or "") != str(self.get(field) or ""):
				frappe.throw(
					_(
						"{0} cannot change any more: withdraw this request and write a new one, or answer it."
					).format(_(self.meta.get_label(field)))
				)

	def steps(self, user: str) -> list[str]:
		"""The steps `user` may take now."""
		return rules.steps_of(
			self.request_type,
			self.status,
			requester=user == self.requested_by,
			decider=decides(user),
			receiver=user == self.to_user,
		)

	@by_rule
	def take(self, step: str, reason: str | None = None, end_open: bool = False) -> None:
		"""Take one step as the session's user: the document was loaded for update.

		`end_open` cancels, at a closure, what is only planned. Raises frappe.PermissionError for who may not take it,
		frappe.ValidationError for what the rules refuse.
		"""
		user = frappe.session.user
		status = rules.next_status(self.request_type, self.status, step, reason)
		if step not in self.steps(user):
			raise frappe.PermissionError(_("The step {0} is not yours to take.").format(_(step)))
		if step in (rules.APPROVE, rules.REJECT):
			self.update({"decided_by": user, "decided_on": now_datetime(), "decision_reason": reason})
		elif step in (rules.ACCEPT, rules.DECLINE):
			self.update({"answered_on": now_datetime(), "answer_reason": reason})
		self.status = status
		self.flags.by_step = True
		# Who answers does not write the case: they may take this step and no other.
		self.save(ignore_permissions=True)
		if step == rules.APPROVE and self.request_type != rules.TRANSFER:
			self.move_case(end_open)
		elif step == rules.ACCEPT:
			self.hand_over()
		self.tell_step(step)

	def move_case(self, end_open: bool) -> None:
		"""Close, reopen, suspend or resume the case as approved."""
		case = frappe.get_doc("Case File", self.case_file, for_update=True)
		day = getdate(self.effective_on)
		# The case may have moved while the request waited.
		rules.check_request(self.request_type, case.state, day, getdate(case.reported_on), getdate())
		case.update(
			{
				rules.CLOSURE: {"closed_on": day, "closure_reason": self.closure_reason},
				rules.REOPENING: {"closed_on": None, "closure_reason": None, "reopened_on": day},
				rules.SUSPENSION: {"suspended_on": day},
				rules.RESUMPTION: {"suspended_on": None},
			}[self.request_type]
		)
		case.flags.by_request = True
		case.save(ignore_permissions=True)
		if self.request_type == rules.CLOSURE and end_open:
			cancel_planned(self.case_file)
		if self.request_type == rules.REOPENING:
			self.give_referent_back()

	def hand_over(self) -> None:
		"""Let the present referent go and the receiver in, both today: no day without a referent, none with two."""
		# One order for everybody: the request was locked first, the case second, its assignments last.
		frappe.db.get_value("Case File", self.case_file, "name", for_update=True)
		today = getdate()
		for name in _running(self.case_file, {"is_referent": 1}):
			old = frappe.get_doc("Care Assignment", name, for_update=True)
			old.to_date = rules.last_day_of_access(getdate(old.from_date), today)
			# Begun today, it cannot end yesterday: they keep reading until midnight, and answer for the case no more.
			old.is_referent = int(getdate(old.to_date) < today)
			old.reason = old.reason or self.name
			old.save(ignore_permissions=True)
		self.make_referent(self.to_user, self.care_role)

	def give_referent_back(self) -> None:
		"""A reopened case has a referent: the one it has, or the last one it had, or who asked."""
		if referent_of(self.case_file):
			return
		last = frappe.get_all(
			"Care Assignment",
			filters={"case_file": self.case_file, "is_referent": 1},
			fields=["user", "care_role"],
			order_by="from_date desc",
			limit=1,
		)
		if last and last[0].care_role in case_roles(last[0].user):
			self.make_referent(last[0].user, last[0].care_role)

	def make_referent(self, user: str, care_role: str) -> None:
		"""From today `user` is the case's referent, in the assignment they have or in a new one."""
		today = getdate()
		names = frappe.get_all(
			"Care Assignment",
			filters={"case_file": self.case_file, "user": user, "care_role": care_role},
			or_filters=[["to_date", "is", "not set"], ["to_date", ">=", today]],
			order_by="from_date",
			pluck="name",
		)
		if names:
			doc = frappe.get_doc("Care Assignment", names[0], for_update=True)
			doc.from_date = min(getdate(doc.from_date), today)
			doc.update({"is_referent": 1, "to_date": None if len(names) == 1 else doc.to_date})
			doc.save(ignore_permissions=True)
			return
		frappe.get_doc(
			{
				"doctype": "Care Assignment",
				"case_file": self.case_file,
				"user": user,
				"care_role": care_role,
				"is_referent": 1,
				"from_date": today,
				"reason": self.name,
			}
		).insert(ignore_permissions=True)

	def tell_step(self, step: str) -> None:
		"""Tell whom the step concerns, by code."""
		if step == rules.APPROVE and self.request_type == rules.TRANSFER:
			self.tell([self.to_user], rules.TO_ACCEPT)
		if step != rules.WITHDRAW:
			self.tell([self.requested_by], rules.ANSWERED)

	def tell(self, users: list[str], text: str) -> None:
		"""A notification of the desk for everybody in `users` but the one who acts: codes and nothing else."""
		users = [user for user in dict.fromkeys(users) if user and user != frappe.session.user]
		if not users:
			return
		enqueue_create_notification(
			users,
			{
				"type": "Alert",
				"document_type": self.doctype,
				"document_name": self.name,
				"subject": in_site_language()(text).format(request=self.name, case=self.case_file),
				"from_user": frappe.session.user,
			},
		)


def referent_of(case_file: str) -> frappe._dict | None:
	"""The running assignment of the case's referent."""
	names = _running(case_file, {"is_referent": 1})
	return (
		frappe.db.get_value("Care Assignment", names[0], ["name", "user", "care_role"], as_dict=True)
		if names
		else None
	)


def cancel_planned(case_file: str) -> None:
	"""Cancel what was only planned: interventions still to be held, referrals nobody answered."""
	for name in frappe.get_all(
		"Intervention", filters={"case_file": case_file, "status": "Planned"}, pluck="name"
	):
		intervention = frappe.get_doc("Intervention", name)
		intervention.status = "Cancelled"
		intervention.save(ignore_permissions=True)
	for name in frappe.get_all(
		"Referral", filters={"case_file": case_file, "status": ["in", ["Drafted", "Sent"]]}, pluck="name"
	):
		referral = frappe.get_doc("Referral", name, for_update=True)
		note = in_site_language()(rules.CASE_CLOSED)
		referral.update({"status": "Revoked", "ended_on": now_datetime()})
		referral.append(
			"events",
			{"at": now_datetime(), "status": "Revoked", "user": frappe.session.user, "note": note},
		)
		referral.flags.by_step = True
		referral.save(ignore_permissions=True)


def _running(case_file: str, filters: dict) -> list[str]:
	return frappe.get_all(
		"Care Assignment",
		filters={"case_file": case_file, "from_date": ["<=", getdate()], **filters},
		or_filters=[["to_date", "is", "not set"], ["to_date", ">=", getdate()]],
		pluck="name",
	)


def _deciders(requester: str) -> list[str]:
	return frappe.get_all(
		"Has Role",
		filters={"role": ["in", sorted(DECIDERS)], "parenttype": "User", "parent": ["!=", requester]},
		pluck="parent",
		distinct=True,
	)


def on_doctype_update() -> None:
	"""What waits for a case, and what waits for the answer of one user."""
	frappe.db.add_index("Case Request", ["case_file", "request_type", "status"])
	frappe.db.add_index("Case Request", ["to_user", "status"])
	frappe.db.add_index("Case Request", ["status", "case_file"])
