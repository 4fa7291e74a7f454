import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from core_minori.engine.eligibility import check_project_window
from core_minori.engine.message import Severity
from core_minori.engine.training import check_session_hours, session_totals
from core_minori.messages import by_rule, rules_spoken, say


class TrainingSession(Document):
	"""One meeting of training: who was there, and how many hours of which area it makes."""

	@by_rule
	def validate(self) -> None:
		check_session_hours(self.hours)
		self.check_date()
		self.check_people()
		with rules_spoken(_("Attendance")):
			self.attended_count, hours = session_totals(
				self.hours, [(bool(row.present), row.hours) for row in self.attendance]
			)
		self.person_hours = flt(hours)

	def check_date(self) -> None:
		if self.status in ("Held", "Certified") and getdate(self.held_on) > getdate():
			frappe.throw(_("A session of {0} was not held yet.").format(frappe.format(self.held_on, "Date")))
		if not self.project:
			return
		project = frappe.get_cached_doc("Funded Project", self.project)
		say(
			[
				check_project_window(
					getdate(self.held_on),
					getdate(project.start_date),
					getdate(project.end_date),
					project.name,
					Severity.WARN,
				)
			]
		)

	def check_people(self) -> None:
		seen = set()
		for row in self.attendance:
			key = (row.employee or row.operator_name or "").strip().casefold()
			if key in seen:
				frappe.throw(_("Attendance, row {0}: {1} is there twice.").format(row.idx, row.operator_name))
			seen.add(key)


def on_doctype_update() -> None:
	"""The hours report asks by project and date."""
	frappe.db.add_index("Training Session", ["project", "held_on"])
