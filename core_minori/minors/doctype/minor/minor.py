from frappe.utils import getdate

from core_minori.engine.identifiers import check_fiscal_code, check_fiscal_code_matches, normalised
from core_minori.messages import say
from core_minori.records import ProtectedDocument


class Minor(ProtectedDocument):
	"""Who the person is. The record's name is a number, so that no link, mail or address ever shows the person."""

	def before_validate(self) -> None:
		if self.fiscal_code:
			self.fiscal_code = normalised(self.fiscal_code)

	def validate(self) -> None:
		today = getdate()
		say(
			[
				check_fiscal_code(self.fiscal_code, today),
				check_fiscal_code_matches(
					self.fiscal_code, getdate(self.birth_date) if self.birth_date else None, self.sex, today
				),
			]
		)
