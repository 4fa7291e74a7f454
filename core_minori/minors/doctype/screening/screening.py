import frappe
from frappe import _

from core_minori.engine.screening import Answer, outcome
from core_minori.records import ProtectedDocument


class Screening(ProtectedDocument):
	"""Signs looked for early, perhaps before anybody opened a case; what they add up to follows from the answers."""

	def validate(self) -> None:
		self.keep_case()
		self.ask_every_sign()
		self.take_over_indicators()
		result = outcome(
			[
				Answer(row.answer or "", row.weight or 0, bool(row.critical), row.service_proposed or "")
				for row in self.answers
			]
		)
		self.score, self.level, self.proposed_service = result.score, result.level, result.service

	def keep_case(self) -> None:
		"""A screening is linked to a case once, when there is one."""
		before = self.get_doc_before_save()
		if before and before.case_file and before.case_file != self.case_file:
			frappe.throw(_("This screening belongs to case {0}.").format(before.case_file))
		if not before or before.referral != self.referral:
			self.referral = before.referral if before else None

	def ask_every_sign(self) -> None:
		"""A form sent without signs gets all of them, not asked yet."""
		if not self.answers:
			for name in frappe.get_all(
				"Screening Indicator",
				filters={"disabled": 0},
				order_by="area asc, creation asc",
				pluck="name",
			):
				self.append("answers", {"indicator": name, "answer": "Not Asked"})

	def take_over_indicators(self) -> None:
		"""Points as they were when the sign was asked: a later change of an indicator changes no screening made."""
		before = {row.name: row for row in self.get_doc_before_save().answers} if not self.is_new() else {}
		wanted = {row.indicator for row in self.answers if row.name not in before}
		known = {
			row.name: row
			for row in frappe.get_all(
				"Screening Indicator",
				filters={"name": ["in", list(wanted) or [""]]},
				fields=["name", "indicator", "area", "weight", "critical", "service_proposed"],
			)
		}
		for row in self.answers:
			source = before.get(row.name)
			if source and source.indicator == row.indicator:
				values = {
					field: source.get(field)
					for field in ("sign", "area", "weight", "critical", "service_proposed")
				}
			else:
				found = known.get(row.indicator) or frappe.get_cached_doc(
					"Screening Indicator", row.indicator
				)
				values = {
					"sign": found.indicator,
					**{
						field: found.get(field)
						for field in ("area", "weight", "critical", "service_proposed")
					},
				}
			row.update(values)
