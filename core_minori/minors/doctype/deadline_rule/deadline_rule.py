import frappe
from frappe.model.document import Document

from core_minori.case_deadlines import rule_row
from core_minori.engine.deadlines import rules_from_rows
from core_minori.messages import by_rule


class DeadlineRule(Document):
	"""One version of one legal term: data that a lawyer confirms, never code."""

	@by_rule
	def validate(self) -> None:
		"""Read this version together with the others of its chain, as the deadlines will: a broken one is refused."""
		others = frappe.get_all(
			"Deadline Rule", filters={"disabled": 0, "name": ["!=", self.name or ""]}, fields=["*"]
		)
		own = [] if self.disabled else [rule_row(self.as_dict())]
		rules_from_rows([*map(rule_row, others), *own])
