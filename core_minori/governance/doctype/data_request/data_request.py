import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori import data_requests
from core_minori.engine.data_requests import check, due_on, state_of
from core_minori.messages import by_rule

# Written by the steps of `core_minori.data_requests` alone, whatever a browser sends.
BY_STEP = (
	"exported_on",
	"exported_by",
	"health_release",
	"health_reason",
	"health_decided_by",
	"psychological_release",
	"psychological_reason",
	"psychological_decided_by",
	"corrected_doctype",
	"corrected_record",
	"field_to_correct",
	"correction_opened_on",
	"corrected_on",
	"corrected_by",
	"restricted_on",
	"lifted_on",
	"lift_reason",
	"answered_by",
)
# Once something was done for a request, it is about this person and nobody else.
DONE = ("identity_verified_on", "exported_on", "correction_opened_on", "restricted_on")


class DataRequest(Document):
	"""What a person asks about their own data, and what was done. Its state follows from that; nobody clicks it."""

	@by_rule
	def validate(self) -> None:
		before = self.get_doc_before_save()
		for field in BY_STEP:
			self.set(field, before.get(field) if before else None)
		if before:
			self.refuse_change_of_answered(before)
			self.refuse_other_person(before)
		data_requests.look_for_correction(self)
		facts = data_requests.facts_of(self)
		check(facts, getdate())
		self.due_on = due_on(facts.received_on, facts.extended_on)
		self.status = state_of(facts)
		if self.answered_on and not (before and before.answered_on):
			self.answered_by = frappe.session.user

	def onload(self) -> None:
		self.set_onload("steps", data_requests.steps_of(self, frappe.session.user))

	def refuse_change_of_answered(self, before: Document) -> None:
		"""What was answered stays as it was answered."""
		if before.answered_on and any(
			str(before.get(field.fieldname) or "") != str(self.get(field.fieldname) or "")
			for field in self.meta.fields
			if field.fieldname not in ("status", "due_on", *BY_STEP)
		):
			frappe.throw(_("This request was answered already: record a new one."), title=_("Not Possible"))

	def refuse_other_person(self, before: Document) -> None:
		"""An identity was verified for one person: the request does not become another one's."""
		if before.case_file and before.case_file != self.case_file and any(before.get(f) for f in DONE):
			frappe.throw(
				_("Something was done for this case already: record a new request for another case."),
				title=_("Not Possible"),
			)


def on_doctype_update() -> None:
	"""The daily run and the report ask for what is open, by its last day."""
	frappe.db.add_index("Data Request", ["status", "due_on"])
