import frappe
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori import case_facts
from core_minori.birth_dates import birth_of
from core_minori.engine.legal import (
	AGE_CONCLUDED,
	CHAIN_403,
	PROSIEGUO,
	Act,
	check_act_dates,
	check_birth_date_set,
	check_chain_403,
	check_prosieguo,
)
from core_minori.messages import by_rule, say
from core_minori.placements import to_the_minute
from core_minori.records import CaseRecord


class CourtAct(CaseRecord):
	"""What a court, a prosecutor or the police did. Terms in hours run from its minute."""

	@by_rule
	def validate(self) -> None:
		for field in ("acted_at", "received_at", "next_hearing_at"):
			self.set(field, to_the_minute(self.get(field)))
		if self.act_type != AGE_CONCLUDED:
			self.birth_date_set = None
		check_act_dates(self.acted_at, self.received_at, self.next_hearing_at, now_datetime())
		before = self.get_doc_before_save()
		if self.act_type in CHAIN_403 or (before and before.act_type in CHAIN_403):
			check_chain_403([*self.other_acts(), Act(self.name or "", self.act_type, self.acted_at)])
		if self.act_type == PROSIEGUO:
			until = getdate(self.valid_until) if self.valid_until else None
			say([check_prosieguo(until, self.acted_at.date(), birth_of(self.case_file))])
		if self.act_type == AGE_CONCLUDED:
			born = getdate(self.birth_date_set) if self.birth_date_set else None
			check_birth_date_set(born, self.acted_at.date())

	def on_update(self) -> None:
		if self.act_type == AGE_CONCLUDED and self.birth_date_set and self.is_last_of_its_type():
			self.set_birth_date()
		super().on_update()

	def onload(self) -> None:
		# One click to what follows from the act, as long as nobody made it yet.
		if self.act_type == "Guardian Appointed":
			made = frappe.get_all(
				"Guardianship",
				filters={"case_file": self.case_file, "from_date": [">=", self.acted_at.date()]},
				limit=1,
			)
			self.set_onload("next", None if made else "Guardianship")
		if self.act_type == "Art. 403 Placement":
			made = frappe.get_all(
				"Protection Report",
				filters={
					"case_file": self.case_file,
					"report_type": "Art. 403 Report",
					"noticed_at": [">=", self.acted_at],
				},
				limit=1,
			)
			self.set_onload("next", None if made else "Protection Report")

	def other_acts(self) -> list[Act]:
		"""The other steps under art. 403 of the case."""
		return [
			Act(row.name, row.act_type, get_datetime(row.acted_at))
			for row in frappe.get_all(
				"Court Act",
				filters={
					"case_file": self.case_file,
					"act_type": ["in", CHAIN_403],
					"name": ["!=", self.name or ""],
				},
				fields=["name", "act_type", "acted_at"],
			)
		]

	def is_last_of_its_type(self) -> bool:
		"""Whether no later act of this type is on record for the case."""
		return not frappe.db.exists(
			"Court Act",
			{
				"case_file": self.case_file,
				"act_type": self.act_type,
				"acted_at": [">", self.acted_at],
				"name": ["!=", self.name],
			},
		)

	def set_birth_date(self) -> None:
		"""The age that the court set is the minor's age: written on the person, with its version, for all their cases."""
		minor = frappe.get_doc("Minor", frappe.db.get_value("Case File", self.case_file, "minor"))
		born = getdate(self.birth_date_set)
		if (minor.birth_date and getdate(minor.birth_date) == born) and (
			minor.birth_date_certainty == "Set by the Court"
		):
			return
		minor.update({"birth_date": born, "birth_date_certainty": "Set by the Court"})
		# The court decides, whoever files the act; the version of the record says who did.
		minor.save(ignore_permissions=True, ignore_version=False)
		for case in frappe.get_all(
			"Case File", filters={"minor": minor.name, "name": ["!=", self.case_file]}, pluck="name"
		):
			case_facts.refresh(case)


def on_doctype_update() -> None:
	"""The acts of a case by type and moment."""
	frappe.db.add_index("Court Act", ["case_file", "act_type", "acted_at"])
