import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from core_minori.engine.duplicates import Level, keys_of
from core_minori.engine.identifiers import check_fiscal_code, check_fiscal_code_matches, normalised
from core_minori.messages import say
from core_minori.people import duplicates_of, person_of, readable
from core_minori.records import ProtectedDocument

NAMES = ("given_name", "family_name", "alias", "original_name")


class Minor(ProtectedDocument):
	"""Who the person is. The record's name is a number, so that no link, mail or address ever shows the person."""

	def before_validate(self) -> None:
		for field in NAMES:
			self.set(field, " ".join(str(self.get(field) or "").split()) or None)
		if self.fiscal_code:
			self.fiscal_code = normalised(self.fiscal_code)
		self.set_name_keys()

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

	def on_update(self) -> None:
		if not self.flags.duplicates_seen and not frappe.flags.mute_messages:
			self.warn_of_duplicates()

	def set_name_keys(self) -> None:
		"""What the database finds this person by; what a browser sends counts for nothing."""
		keys = sorted(keys_of(person_of(self)))
		if [row.name_key for row in self.name_keys or ()] != keys:
			self.set("name_keys", [{"name_key": key} for key in keys])

	def warn_of_duplicates(self) -> None:
		"""Say whom this person may be, after a first save or a change of name; it stops nobody."""
		before = self.get_doc_before_save()
		watched = (*NAMES, "fiscal_code", "birth_date")
		if before and all(str(before.get(field) or "") == str(self.get(field) or "") for field in watched):
			return
		likely = [match.code for match in duplicates_of(person_of(self)) if match.level is Level.LIKELY]
		seen = [code for code in likely if code in readable(likely)]
		if seen:
			links = ", ".join(frappe.utils.get_link_to_form("Minor", code) for code in seen)
			frappe.msgprint(
				_("This may be the same person as {0}. If so, go on with that record.").format(links),
				title=_("Please Check"),
				indicator="orange",
			)
		elif likely:
			frappe.msgprint(
				escape_html(_("This person may already be known to the network: ask the coordinator.")),
				title=_("Please Check"),
				indicator="orange",
			)
