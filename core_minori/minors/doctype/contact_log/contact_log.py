import frappe
from frappe import _
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori.engine.periods import check_order
from core_minori.messages import by_rule
from core_minori.records import ProtectedDocument


class ContactLog(ProtectedDocument):
	"""A call, a visit, a message about one case. It moves no state: that is why it refreshes none."""

	@by_rule
	def validate(self) -> None:
		if get_datetime(self.contact_at) > now_datetime():
			frappe.throw(_("The contact lies in the future: write the day under Next Contact On."))
		check_order(
			("When", getdate(self.contact_at)),
			("Next Contact On", getdate(self.next_contact_on) if self.next_contact_on else None),
		)


def on_doctype_update() -> None:
	"""The last contact of each case, and the contacts that are due."""
	frappe.db.add_index("Contact Log", ["case_file", "contact_at"])
	frappe.db.add_index("Contact Log", ["next_contact_on", "case_file"])
