import frappe
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori import case_deadlines
from core_minori.engine.casework import CaseFacts, case_state, check_case_dates
from core_minori.messages import by_rule
from core_minori.permissions import ASSIGNED, GRANTS, WRITE
from core_minori.records import ProtectedDocument


class CaseFile(ProtectedDocument):
	"""One episode of care. Its code is all that finance, partners, mails and addresses ever see."""

	@by_rule
	def validate(self) -> None:
		self.clear_place_that_does_not_apply()
		facts = self.facts()
		check_case_dates(facts, getdate(self.reported_on), getdate())
		self.state = case_state(facts, self.plan_states())

	def after_insert(self) -> None:
		self.assign_author()

	def onload(self) -> None:
		self.set_onload("deadlines", case_deadlines.of_case(self, now_datetime()))

	def facts(self) -> CaseFacts:
		"""The dated facts that the state follows from."""
		return CaseFacts(
			reception_entry=get_datetime(self.reception_entry) if self.reception_entry else None,
			interview_on=get_datetime(self.interview_on) if self.interview_on else None,
			prosieguo_until=self.prosieguo_until,
			missing_since=self.missing_since,
			closed_on=getdate(self.closed_on) if self.closed_on else None,
			closure_reason=self.closure_reason,
		)

	def plan_states(self) -> list[str]:
		"""States of this case's PEI, whoever may read them."""
		if self.is_new():
			return []
		return frappe.get_all("PEI", filters={"case_file": self.name}, pluck="workflow_state")

	def refresh_state(self) -> None:
		"""Store the state again after one of its facts changed elsewhere."""
		state = case_state(self.facts(), self.plan_states())
		if state != self.state:
			self.db_set("state", state, notify=True)

	def clear_place_that_does_not_apply(self) -> None:
		if self.living_arrangement != "Facility":
			self.facility = None
		if self.living_arrangement not in ("Family", "Foster Family") and self.beneficiary_type not in (
			"Minor in a Family",
			"Parent",
		):
			self.family_case = None

	def assign_author(self) -> None:
		"""Whoever opens a case follows it: without an assignment they would lose it on saving."""
		user = frappe.session.user
		roles = set(frappe.get_roles(user))
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


def on_doctype_update() -> None:
	"""The resolver asks for the cases of a minor and for the open cases of a facility."""
	frappe.db.add_index("Case File", ["minor", "name"])
	frappe.db.add_index("Case File", ["facility", "closed_on"])
