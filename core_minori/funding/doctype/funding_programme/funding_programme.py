from collections.abc import Mapping

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.engine.budget import TOLERANCE_BASES
from core_minori.engine.periods import check_order
from core_minori.engine.programme import check_chapters, check_rule, value_of, written
from core_minori.funding.budgets import tolerance_base
from core_minori.messages import by_rule, rules_spoken


class FundingProgramme(Document):
	"""The rules of a fund as rows that an officer edits and confirms: chapters, caps, severities, each with its source."""

	@by_rule
	def validate(self) -> None:
		check_order(("Period Start", _day(self.period_start)), ("Period End", _day(self.period_end)))
		check_chapters([row.as_dict() for row in self.chapters])
		self.check_used_chapters()
		self.check_rules()

	def check_rules(self) -> None:
		rows = [_rule(row) for row in self.rules]
		for place, row in enumerate(rows):
			with rules_spoken(_("Rules, row {0}: {1}").format(row["idx"], row["check_code"])):
				check_rule(row, rows[:place])
		for row in self.rules:
			# As every reader of the value expects it, whatever way it was typed.
			row.value = written(value_of(row.value, row.unit))
			if row.check_code == "chapter-transfer" and not tolerance_base(row.base):
				frappe.throw(
					_("Rules, row {0}: the base of a chapter transfer is one of {1}.").format(
						row.idx, ", ".join(map(_, TOLERANCE_BASES))
					)
				)

	def check_used_chapters(self) -> None:
		"""A chapter that lines stand in stays."""
		before = self.get_doc_before_save()
		gone = {row.chapter_code for row in before.chapters} if before else set()
		gone -= {row.chapter_code for row in self.chapters}
		if not gone:
			return
		line, project = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Funded Project")
		used = (
			frappe.qb.from_(line)
			.join(project)
			.on(project.name == line.funded_project)
			.select(line.chapter)
			.distinct()
			.where((project.programme == self.name) & line.chapter.isin(list(gone)))
		).run(pluck=True)
		if used:
			frappe.throw(
				_("Budget lines stand in chapter {0}: it cannot be taken out.").format(
					", ".join(sorted(used))
				)
			)


def _rule(row: Document) -> Mapping:
	return {
		**row.as_dict(),
		"valid_from": _day(row.valid_from),
		"valid_to": _day(row.valid_to),
	}


def _day(value):
	return getdate(value) if value else None
