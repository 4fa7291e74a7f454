import frappe
from frappe import _
from frappe.model.document import Document

from core_minori import case_deadlines
from core_minori.case_facts import fact_names, facts_by_day
from core_minori.engine.deadlines import Unit, rules_from_rows
from core_minori.messages import by_rule


class DeadlineRule(Document):
	"""One version of one legal term: data that a lawyer confirms, never code."""

	@by_rule
	def validate(self) -> None:
		"""Read this version together with the others of its chain, as the deadlines will: a broken one is refused."""
		self.check_facts()
		others = frappe.get_all(
			"Deadline Rule", filters={"disabled": 0, "name": ["!=", self.name or ""]}, fields=["*"]
		)
		own = [] if self.disabled else [case_deadlines.rule_row(self.as_dict())]
		rules_from_rows([*map(case_deadlines.rule_row, others), *own])

	def on_update(self) -> None:
		"""Who may read its deadlines changes at once; the deadlines of the open cases follow in the background."""
		if frappe.flags.in_install or frappe.flags.in_migrate:
			return  # no case yet, or the nightly run will do
		if self.has_value_changed("part"):
			frappe.db.set_value("Case Deadline", {"rule_code": self.rule_code}, "part", self.part or "social")
		frappe.enqueue(
			"core_minori.case_deadlines.refresh_open_cases",
			queue="long",
			enqueue_after_commit=True,
			now=frappe.flags.in_test,
		)

	def check_facts(self) -> None:
		"""A term starts from facts that a case has; one in hours, from facts with a time."""
		known, days = fact_names(), facts_by_day()
		for field in ("trigger_fact", "done_fact", "cancel_fact"):
			fact = self.get(field)
			label = _(self.meta.get_label(field))
			if fact and fact not in known:
				frappe.throw(
					_("{0}: no record of a case gives the fact “{1}”. Choose one of the list.").format(
						label, fact
					)
				)
			if self.unit == Unit.HOURS.value and field != "cancel_fact" and fact in days:
				frappe.throw(
					_("{0}: only the day of “{1}” is known, so no term in hours can use it.").format(
						label, fact
					)
				)
