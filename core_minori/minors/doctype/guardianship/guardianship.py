import frappe
from frappe import _
from frappe.utils import formatdate, getdate

from core_minori.birth_dates import birth_of
from core_minori.engine.deadlines import reaches_age
from core_minori.engine.legal import (
	VOLUNTEER,
	Guardian,
	check_guardianship,
	check_volunteer,
	provisional_to_end,
)
from core_minori.engine.periods import check_order
from core_minori.messages import by_rule, say
from core_minori.records import CaseRecord


class Guardianship(CaseRecord):
	"""Who answers for the minor, from when to when. The guardian's name stays in here: it is in no title and no mail."""

	@by_rule
	def validate(self) -> None:
		if not self.to_date:
			self.end_reason = None
		own, others = self.period(), self.others()
		requested = self.requested_on and getdate(self.requested_on)
		check_order(("Requested On", requested), ("From", own.starts))
		check_order(("From", own.starts), ("Sworn In On", self.sworn_on and getdate(self.sworn_on)))
		self.flags.provisional = provisional_to_end(own, others)
		if self.flags.provisional:
			others = [other for other in others if other.key != self.flags.provisional]
		findings = check_guardianship(own, others, birth_of(self.case_file), getdate())
		if self.has_value_changed("guardian_name") or self.has_value_changed("guarded_minors"):
			findings.append(check_volunteer(self.guardian_kind, self.minors_followed()))
		say(findings)

	def on_update(self) -> None:
		if self.flags.provisional:
			self.end_provisional(self.flags.provisional)
		super().on_update()

	def onload(self) -> None:
		born = birth_of(self.case_file)
		if born:
			self.set_onload("majority_on", reaches_age(born, 18))

	def period(self) -> Guardian:
		"""This guardianship as the rules read it."""
		return Guardian(
			self.name or "",
			self.guardian_kind,
			getdate(self.from_date),
			getdate(self.to_date) if self.to_date else None,
		)

	def others(self) -> list[Guardian]:
		"""The other guardianships of the case."""
		return [
			Guardian(row.name, row.guardian_kind, row.from_date, row.to_date)
			for row in frappe.get_all(
				"Guardianship",
				filters={"case_file": self.case_file, "name": ["!=", self.name or ""]},
				fields=["name", "guardian_kind", "from_date", "to_date"],
			)
		]

	def minors_followed(self) -> int:
		"""How many minors this volunteer follows: as they say, or as many as are written here under their name."""
		if self.guardian_kind != VOLUNTEER:
			return 0
		# A number only: whose guardianships the others are is shown to nobody.
		running = frappe.db.count(
			"Guardianship",
			{
				"guardian_kind": VOLUNTEER,
				"guardian_name": self.guardian_name,
				"to_date": ["is", "not set"],
				"name": ["!=", self.name or ""],
			},
		)
		return max(self.guarded_minors or 0, running + (0 if self.to_date else 1))

	def end_provisional(self, name: str) -> None:
		"""The provisional guardian acts until one is appointed, and not a day longer."""
		doc = frappe.get_doc("Guardianship", name)
		doc.update({"to_date": self.from_date, "end_reason": "Replaced"})
		doc.save()
		frappe.msgprint(
			_("The provisional guardianship {0} ends on {1}: a guardian is appointed.").format(
				doc.name, formatdate(self.from_date)
			),
			alert=True,
		)


def on_doctype_update() -> None:
	"""The guardianships of a case are read by kind; a volunteer's are counted by name."""
	frappe.db.add_index("Guardianship", ["case_file", "guardian_kind"])
	frappe.db.add_index("Guardianship", ["guardian_name"])
