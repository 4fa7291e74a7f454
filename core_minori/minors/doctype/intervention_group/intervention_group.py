import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.engine.interventions import Member, check_members
from core_minori.messages import by_rule
from core_minori.minors.doctype.intervention.intervention import refuse_unreadable
from core_minori.records import ProtectedDocument


class InterventionGroup(ProtectedDocument):
	"""Cases that meet again and again with the same operators. It is of who holds it, not of who follows one of them."""

	def insert(self, *args: object, **options: object) -> Document:
		"""Who makes the group holds it, unless others are named: before anybody asks whether they may."""
		if not self.operators:
			self.append("operators", {"user": frappe.session.user})
		return super().insert(*args, **options)

	@by_rule
	def validate(self) -> None:
		before = self.get_doc_before_save()
		known = {row.case_file for row in before.members} if before else set()
		refuse_unreadable(row.case_file for row in self.members if row.case_file not in known)
		check_members(self.as_members())
		if not self.operators:
			frappe.throw(_("Add who holds the group: without operators nobody could open it."))
		if self.budget_line and self.project != frappe.db.get_value(
			"FAMI Budget Line", self.budget_line, "funded_project"
		):
			frappe.throw(
				_("{0} is no line of {1}.").format(self.budget_line, self.project or _("this project"))
			)

	def as_members(self) -> list[Member]:
		"""The members as the rules read them."""
		return [
			Member(
				row.case_file,
				getdate(row.from_date) if row.from_date else None,
				getdate(row.to_date) if row.to_date else None,
			)
			for row in self.members
		]
