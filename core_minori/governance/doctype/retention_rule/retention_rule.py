from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.engine.message import _, refuse
from core_minori.engine.periods import check_order
from core_minori.messages import by_rule


class RetentionRule(Document):
	"""From when a step of conservation may be taken. The controller's plan gives the months; none is law here."""

	@by_rule
	def validate(self) -> None:
		check_order(
			("Valid from", getdate(self.valid_from)), ("Valid to", self.valid_to and getdate(self.valid_to))
		)
		if bool(self.confirmed_by) != bool(self.confirmed_on):
			raise refuse(
				"rule-confirmed",
				_("A confirmation has who confirmed and the day."),
				_("Fill in both, or neither."),
			)
