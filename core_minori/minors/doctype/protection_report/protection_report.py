import frappe
from frappe import _
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori import case_deadlines, case_facts
from core_minori.engine.deadlines import deadlines_for
from core_minori.engine.legal import check_report, report_state
from core_minori.messages import by_rule
from core_minori.placements import to_the_minute
from core_minori.records import CaseRecord


class ProtectionReport(CaseRecord):
	"""A report to a prosecutor, a court or the police. Who must make it, and as what, is written down and never worked out."""

	def before_validate(self) -> None:
		self.noticed_at = to_the_minute(self.noticed_at)
		self.transmitted_at = to_the_minute(self.transmitted_at)
		if self.is_new() and not self.noticed_by:
			self.noticed_by = frappe.session.user

	@by_rule
	def validate(self) -> None:
		days = {
			field: getdate(self.get(field)) if self.get(field) else None
			for field in ("assessed_on", "answered_on")
		}
		if self.noticed_at:
			check_report(
				self.noticed_at,
				days["assessed_on"],
				self.transmitted_at,
				days["answered_on"],
				self.protocol_number,
				self.authority,
				now_datetime(),
			)
		self.status = report_state(self.assessed_on, self.transmitted_at, self.answered_on)

	def onload(self) -> None:
		self.set_onload("clock", self.clock())

	def clock(self) -> list[dict]:
		"""The terms of this report by the dated rules, as rows for its form."""
		own = [source for source in case_facts.SOURCES if self.is_source(source)]
		sent = {source.fact for source in own if source.moment == "transmitted_at"}
		rules = [rule for rule in case_deadlines.rules_in_use().values() if rule.done_fact in sent]
		if not rules or not self.noticed_at:
			return []
		facts = case_facts.facts_of([self.case_file])[self.case_file]
		facts.update({source.fact: self.moment_of(source.moment) for source in own})
		return [
			{
				"title": _(deadline.rule.title),
				"due_at": deadline.due_at.replace(tzinfo=None),
				"state": deadline.state.value,
				"source": ", ".join(
					_(part) for part in (deadline.rule.source, deadline.rule.article) if part
				),
			}
			for deadline in deadlines_for(facts, rules, now_datetime())
		]

	def is_source(self, source: case_facts.Source) -> bool:
		"""Whether this report is one that the fact stands in."""
		return source.doctype == self.doctype and all(
			(self.get(name) or None) in {value or None for value in values}
			for name, values in source.where.items()
		)

	def moment_of(self, field: str):
		"""A moment of this report as the rules read it."""
		return get_datetime(self.get(field)) if self.get(field) else None


def on_doctype_update() -> None:
	"""The reports of a case by type; what was noticed and not transmitted yet."""
	frappe.db.add_index("Protection Report", ["case_file", "report_type"])
	frappe.db.add_index("Protection Report", ["status", "noticed_at"])
