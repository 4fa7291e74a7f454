import frappe
from frappe import _
from frappe.utils import getdate

from core_minori.engine.periods import check_order, overlapping
from core_minori.messages import by_rule
from core_minori.records import ProtectedDocument


class CareAssignment(ProtectedDocument):
	"""Who follows which case, in which role, from when to when: the resolver reads nothing else to let staff in."""

	@by_rule
	def validate(self) -> None:
		check_order(("From", getdate(self.from_date)), ("To", self.to_date and getdate(self.to_date)))
		self.check_operator()
		self.check_overlap()
		self.check_referent()

	def check_operator(self) -> None:
		"""Asked when the assignment is given: who lost the role since must still be let go."""
		if not self.is_new():
			return
		if self.care_role not in frappe.get_roles(self.user):
			frappe.throw(
				_(
					"{0} does not have the role {1}: ask the administrator to add it, or choose another operator."
				).format(self.user, _(self.care_role))
			)

	def check_overlap(self) -> None:
		"""One person has one running assignment in a role on a case; a second one would outlive the end of the first."""
		others = frappe.get_all(
			"Care Assignment",
			filters={
				"case_file": self.case_file,
				"user": self.user,
				"care_role": self.care_role,
				"name": ["!=", self.name or ""],
			},
			fields=["name", "from_date", "to_date"],
			as_list=True,
		)
		other = overlapping(getdate(self.from_date), self.to_date and getdate(self.to_date), others)
		if other:
			frappe.throw(_("{0} already follows this case in these days: {1}.").format(self.user, other))

	def check_referent(self) -> None:
		"""One referent at a time: a case that two answer for is a case that nobody answers for."""
		if not self.is_referent:
			return
		others = frappe.get_all(
			"Care Assignment",
			filters={"case_file": self.case_file, "is_referent": 1, "name": ["!=", self.name or ""]},
			fields=["user", "from_date", "to_date"],
			as_list=True,
		)
		other = overlapping(getdate(self.from_date), self.to_date and getdate(self.to_date), others)
		if other:
			frappe.throw(
				_(
					"{0} is the referent of this case: ask to hand the case over, or end that assignment first."
				).format(other)
			)


def on_doctype_update() -> None:
	"""Every list of a case's records asks for the running assignments of one user."""
	frappe.db.add_index("Care Assignment", ["case_file", "user", "from_date"])
