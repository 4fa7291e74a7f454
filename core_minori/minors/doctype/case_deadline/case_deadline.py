import frappe
from frappe import _
from frappe.utils import now_datetime

from core_minori.case_deadlines import clocks_of_rules, state_now
from core_minori.records import ProtectedDocument


class CaseDeadline(ProtectedDocument):
	"""One term of a case, as its facts and the dated rules give it."""

	def validate(self) -> None:
		"""Refuse a deadline written by hand: it follows from the facts, and its history would not tell."""
		if not self.flags.by_facts:
			frappe.throw(_("A deadline follows from the facts of its case: nobody writes it by hand."))

	def onload(self) -> None:
		"""Show the state of this moment; the stored one may be an hour old."""
		clock = clocks_of_rules().get(self.deadline_rule) or {"unit": None, "notice_hours": 0}
		self.state = state_now({**self.as_dict(), **clock}, now_datetime())


def on_doctype_update() -> None:
	"""One deadline a case, rule and occurrence, whoever makes it; and the lists of what is due."""
	frappe.db.add_unique("Case Deadline", ["case_file", "rule_code", "occurrence"])
	frappe.db.add_index("Case Deadline", ["state", "due_at"])
