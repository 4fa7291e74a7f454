from frappe.utils import getdate

from core_minori.engine.message import _, refuse
from core_minori.engine.periods import check_order
from core_minori.messages import by_rule
from core_minori.records import ProtectedDocument


class ClinicalRecord(ProtectedDocument):
	"""One clinical entry. Its type says who reads it (`permissions.PART_BY_VALUE`), so the type never changes."""

	@by_rule
	def validate(self) -> None:
		recorded_on = getdate(self.recorded_on)
		if recorded_on > getdate():
			raise refuse(
				"clinical-day",
				_("{day} is in the future: only what happened is recorded here."),
				_("Correct the date. What is to come goes into Follow-up On."),
				day=recorded_on,
			)
		check_order(
			("Recorded On", recorded_on), ("Follow-up On", self.follow_up_on and getdate(self.follow_up_on))
		)
		if self.record_type != "Care Note":
			self.medicines = self.allergies = None
