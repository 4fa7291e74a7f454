import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from core_minori.engine.casework import check_pei_step
from core_minori.engine.deadlines import add_months
from core_minori.messages import say
from core_minori.permissions import own_fields
from core_minori.records import ProtectedDocument

REVIEW_MONTHS = 6


class PEI(ProtectedDocument):
	"""One version of a minor's individual educational plan (progetto educativo individualizzato)."""

	def before_insert(self) -> None:
		"""Number the version after the last one; the case is locked so that two cannot take the same number."""
		frappe.db.get_value("Case File", self.case_file, "name", for_update=True)
		last = frappe.get_all(
			"PEI",
			filters={"case_file": self.case_file},
			fields=["name", "version"],
			order_by="version desc",
			limit=1,
		)
		self.version = last[0].version + 1 if last else 1
		self.previous_version = last[0].name if last else None

	def validate(self) -> None:
		self.keep_to_own_sections()
		self.check_step()
		self.set_signature_dates()

	def on_update(self) -> None:
		self.supersede_previous_version()
		frappe.get_doc("Case File", self.case_file).refresh_state()

	def keep_to_own_sections(self) -> None:
		"""Who writes a part of the plan only, changes that part and no other."""
		before, own = self.get_doc_before_save(), own_fields("PEI", frappe.session.user)
		if not before or own is None:
			return
		for field in self.meta.fields:
			if field.fieldname in own or field.read_only:
				continue
			if field.fieldtype == "Table":
				changed = _rows(self.get(field.fieldname)) != _rows(before.get(field.fieldname))
			else:
				changed = self.has_value_changed(field.fieldname)
			if changed:
				frappe.throw(
					_(
						"{0} is written by the social worker or the educator: you may change the Needs section."
					).format(_(field.label)),
					frappe.PermissionError,
				)

	def check_step(self) -> None:
		"""Ask for what the state needs, when the state changes and whenever a running plan is saved."""
		state = self.workflow_state or "Drafting"
		say(
			check_pei_step(
				state,
				len(self.objectives),
				self.minor_wishes,
				[
					(row.signatory, getdate(row.signed_on) if row.signed_on else None, row.refusal_reason)
					for row in self.signatures
				],
			)
		)

	def set_signature_dates(self) -> None:
		"""The plan is signed on the day of its last signature; the review falls due six months later at most."""
		if self.workflow_state not in ("Signed", "In Progress", "Under Review"):
			return
		days = [getdate(row.signed_on) for row in self.signatures if row.signed_on]
		self.signed_on = max(days) if days else None
		if self.signed_on and not self.review_due_on:
			self.review_due_on = add_months(self.signed_on, REVIEW_MONTHS)

	def supersede_previous_version(self) -> None:
		if self.workflow_state != "In Progress" or not self.has_value_changed("workflow_state"):
			return
		for name in frappe.get_all(
			"PEI",
			filters={
				"case_file": self.case_file,
				"version": ["<", self.version],
				"workflow_state": ["not in", ["Superseded", "Concluded"]],
			},
			pluck="name",
		):
			# The new version takes the place of the old one whoever started it.
			frappe.db.set_value("PEI", name, "workflow_state", "Superseded")


def on_doctype_update() -> None:
	"""One number a version; the same index serves the plans of a case in order."""
	frappe.db.add_unique("PEI", ["case_file", "version"])


def _rows(rows: list[Document]) -> list[dict]:
	skipped = {
		"modified",
		"modified_by",
		"creation",
		"owner",
		"doctype",
		"parent",
		"parentfield",
		"parenttype",
	}
	return [
		{key: str(value or "") for key, value in row.as_dict().items() if key not in skipped}
		for row in rows or []
	]
