import frappe
from frappe import _
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori import placements
from core_minori.days import as_day
from core_minori.engine.casework import (
	ENDED,
	CaseFacts,
	CaseState,
	case_state,
	check_case_dates,
	closing_hints,
	moving_fact,
)
from core_minori.engine.deadlines import reaches_age
from core_minori.messages import by_rule, text_of
from core_minori.permissions import ASSIGNED, GRANTS, WRITE, case_roles
from core_minori.records import ProtectedDocument

# Of age when they come: no birthday ends their case.
# Moved by an approved Case Request and by nothing else, once the case is there.
BY_REQUEST = ("closed_on", "closure_reason", "suspended_on", "reopened_on")


class CaseFile(ProtectedDocument):
	"""One episode of care. Its code is all that finance, partners, mails and addresses ever see."""

	@by_rule
	def validate(self) -> None:
		self.keep_history()
		self.refuse_closing_by_hand()
		self.clear_place_that_does_not_apply()
		placements.check_place_kept(self)
		check_case_dates(self.facts(), getdate(self.reported_on), getdate())
		self.follow_facts()

	def after_insert(self) -> None:
		self.assign_author()
		placements.open_first(self)

	def on_update(self) -> None:
		placements.follow_case(self)

	def onload(self) -> None:
		self.set_onload(
			"hints",
			[
				{"text": text_of(hint), "severity": hint.severity.value}
				for hint in closing_hints(self.facts(), getdate())
			],
		)

	def facts(self) -> CaseFacts:
		"""The dated facts that the state follows from."""
		born = self.minor and frappe.db.get_value("Minor", self.minor, "birth_date")
		return CaseFacts(
			kind=self.beneficiary_type,
			reception_entry=get_datetime(self.reception_entry) if self.reception_entry else None,
			interview_on=get_datetime(self.interview_on) if self.interview_on else None,
			prosieguo_until=as_day(self.prosieguo_until),
			majority_on=reaches_age(born, 18) if born else None,
			missing_since=as_day(self.missing_since),
			suspended_on=as_day(self.suspended_on),
			closed_on=as_day(self.closed_on),
			closure_reason=self.closure_reason,
		)

	def plan_states(self) -> list[str]:
		"""States of this case's PEI, whoever may read them."""
		if self.is_new():
			return []
		return frappe.get_all("PEI", filters={"case_file": self.name}, pluck="workflow_state")

	def follow_facts(self) -> None:
		"""Set the state that the facts say, and note what moved it; what the browser sent as state counts for nothing."""
		before = self.get_doc_before_save()
		self.state = before.state if before else None
		after = self.state_today()
		if after.state != self.state:
			self.append("state_history", self.change_to(after))
			self.state = after.state

	def refresh_state(self) -> None:
		"""Store the state again after one of its facts changed elsewhere, with the fact that moved it."""
		# Two records may move the case at once: the one that waited here counts from what the first one left.
		self.state = frappe.db.get_value("Case File", self.name, "state", for_update=True)
		after = self.state_today()
		if after.state == self.state:
			return
		self.append("state_history", self.change_to(after)).db_insert()
		self.db_set("state", after.state, notify=True)

	def state_today(self) -> CaseState:
		"""The state that follows from the facts as they are in this document."""
		return case_state(self.facts(), self.plan_states(), getdate())

	def change_to(self, after: CaseState) -> dict:
		"""The row of the history for a change from the present state."""
		return {
			"changed_at": now_datetime(),
			"from_state": self.state,
			"to_state": after.state,
			"fact": moving_fact(self.state, after),
			"changed_by": frappe.session.user,
		}

	def keep_history(self) -> None:
		"""The history is written here only: rows that a browser sends, leaves out or changes count for nothing."""
		before = self.get_doc_before_save()
		self.set("state_history", before.state_history if before else [])

	def refuse_closing_by_hand(self) -> None:
		"""A case is closed, suspended and reopened by a request that somebody else approves."""
		before = self.get_doc_before_save()
		if not before or self.flags.by_request:
			return
		for field in BY_REQUEST:
			if str(before.get(field) or "") != str(self.get(field) or ""):
				frappe.throw(
					_("{0} is changed by a request that is approved: use the buttons of the case.").format(
						_(self.meta.get_label(field))
					)
				)

	def clear_place_that_does_not_apply(self) -> None:
		if self.living_arrangement != "Facility":
			self.facility = None

	def assign_author(self) -> None:
		"""Whoever opens a case follows it: without an assignment they would lose it on saving."""
		user = frappe.session.user
		roles = case_roles(user)
		care_role = next(
			(
				role
				for role, relations in GRANTS["social"].items()
				if role in roles and WRITE in relations.get(ASSIGNED, ())
			),
			None,
		)
		if user == "Administrator" or not care_role:
			return
		frappe.get_doc(
			{
				"doctype": "Care Assignment",
				"case_file": self.name,
				"user": user,
				"care_role": care_role,
				"is_referent": 1,
				"from_date": getdate(),
			}
		).insert(ignore_permissions=True)  # the author may open a case but not hand out others


def refresh_states() -> None:
	"""Daily: the only move that no record makes is the birthday on which a prosieguo ordered before begins."""
	waiting = frappe.get_all(
		"Case File",
		filters={"prosieguo_until": ["is", "set"], "state": ["not in", ["Prosieguo", *ENDED]]},
		pluck="name",
	)
	for name in waiting:  # few: the months between an order and a birthday
		frappe.get_doc("Case File", name).refresh_state()


def on_doctype_update() -> None:
	"""The resolver asks for the cases of a minor and for the open cases of a facility."""
	frappe.db.add_index("Case File", ["minor", "name"])
	frappe.db.add_index("Case File", ["facility", "closed_on"])
