import frappe
from frappe import _
from frappe.model.document import Document

from core_minori import retention
from core_minori.messages import by_rule

# Written by the decisions of `core_minori.retention` alone, whatever a browser sends.
BY_DECISION = (
	"status",
	"rule",
	"due_on",
	"proposed_by",
	"approved_by",
	"approved_on",
	"done_by",
	"done_on",
	"report",
)


class RetentionAction(Document):
	"""One step of a case's conservation: proposed, approved, done. After a discard it is what stays of the case."""

	@by_rule
	def validate(self) -> None:
		before = self.get_doc_before_save()
		if not before:
			kept = {field: self.get(field) for field in ("rule", "due_on")} if self.flags.by_rule else {}
			for field in BY_DECISION:
				self.set(field, kept.get(field))
			self.status = "Proposed"
			retention.complete(self)
			return
		for field in BY_DECISION:
			self.set(field, before.get(field))
		if before.status != "Proposed":
			frappe.throw(_("This was decided already: it stays as it was decided."), title=_("Not Possible"))


def on_doctype_update() -> None:
	"""The daily run asks what waits for a case."""
	frappe.db.add_index("Retention Action", ["case_file", "status", "step"])
