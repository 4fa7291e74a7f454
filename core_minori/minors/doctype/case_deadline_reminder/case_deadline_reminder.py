import frappe

from core_minori.records import ProtectedRow


class CaseDeadlineReminder(ProtectedRow):
	pass


def on_doctype_update() -> None:
	"""One reminder a deadline, user and day."""
	frappe.db.add_unique("Case Deadline Reminder", ["parent", "user", "reminded_on"])
