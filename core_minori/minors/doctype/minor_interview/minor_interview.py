import frappe
from frappe import _
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori import sealed, todos
from core_minori.case_people import PRESENT_AS
from core_minori.engine.beneficiaries import UNACCOMPANIED
from core_minori.engine.interview import (
	GUARDIAN,
	LETTERS,
	MEDIATOR,
	URGENT_TODO,
	Interview,
	Signature,
	check_forwarding,
	check_interview,
	check_signatures,
	check_told,
	first_signature,
	text_is_closed,
)
from core_minori.messages import by_rule, in_site_language, say
from core_minori.permissions import COORDINATOR, holds
from core_minori.records import CaseRecord

FIRST = "First Interview"
# What a signature closes besides the letters of the report.
CLOSED_BY_SIGNATURE = ("interview_type", "held_at", "language", "absence_reason", "urgent_need")


class MinorInterview(CaseRecord):
	"""An interview with the minor, or with who lives with them; the first one has its content set by DPCM 98/2024.

	It may be held in parts, each a record of its own that names the first. Once somebody signed, the text of a part
	stays: what is to be added is a further part.
	"""

	@by_rule
	def validate(self) -> None:
		self.follow_first_part()
		self.bring_presence_and_rows_together()
		self.keep_what_was_signed()
		self.check()
		self.signed_on = first_signature(self.signatures())

	def on_update(self) -> None:
		self.take_back_conclusion()
		super().on_update()
		self.tell_of_urgent_need()

	def follow_first_part(self) -> None:
		"""A part belongs to the first part, never to another one, and to its case and kind."""
		if not self.part_of:
			return
		first = frappe.db.get_value(
			"Minor Interview", self.part_of, ["name", "case_file", "part_of", "interview_type"], as_dict=True
		)
		if not first or first.case_file != self.case_file or self.part_of == self.name:
			frappe.throw(_("Interview {0} belongs to another case.").format(self.part_of))
		self.part_of = first.part_of or first.name
		self.interview_type = first.interview_type

	def bring_presence_and_rows_together(self) -> None:
		"""Mediator and guardian are said once: by their row or by the tick, whichever came first."""
		for field, roles in (("mediator_present", MEDIATOR), ("guardian_present", GUARDIAN)):
			there = any(row.role in roles for row in self.attendees)
			if self.get(field) and not there:
				self.append(
					"attendees", self.row_of_mediator() if roles is MEDIATOR else self.row_of_guardian()
				)
			self.set(field, int(there or bool(self.get(field))))

	def row_of_mediator(self) -> dict:
		return {"role": "Cultural Mediator"}

	def row_of_guardian(self) -> dict:
		kind = frappe.db.get_value(
			"Guardianship", {"case_file": self.case_file, "to_date": ["is", "not set"]}, "guardian_kind"
		)
		role = PRESENT_AS.get(kind)
		return {"role": role if role in GUARDIAN else "Guardian"}

	def keep_what_was_signed(self) -> None:
		before = self.get_doc_before_save()
		signed_on = before and first_signature(_signatures(before))
		if not signed_on:
			return
		for field in (*LETTERS, *CLOSED_BY_SIGNATURE):
			if self.has_value_changed(field):
				raise text_is_closed(signed_on, self.meta.get_label(field))
		if before.concluded and not self.concluded:
			raise text_is_closed(signed_on, self.meta.get_label("concluded"))
		rows = {row.name: row for row in self.attendees}
		if rows.keys() - {row.name for row in before.attendees}:
			raise text_is_closed(signed_on, self.meta.get_label("attendees"))
		for old in before.attendees:
			row = rows.get(old.name)
			kept = ("role", "user", "person")
			if not row or any((row.get(field) or "") != (old.get(field) or "") for field in kept):
				raise text_is_closed(signed_on, self.meta.get_label("attendees"))
			if (
				old.signed_on
				and getdate(old.signed_on) != (row.signed_on and getdate(row.signed_on))
				and not holds(COORDINATOR)
			):
				frappe.throw(
					_("A signature is not taken back: only the coordinator corrects one typed by mistake."),
					frappe.PermissionError,
				)

	def check(self) -> None:
		case = frappe.db.get_value(
			"Case File", self.case_file, ["reported_on", "reception_entry", "beneficiary_type"], as_dict=True
		)
		now, held_at = now_datetime(), get_datetime(self.held_at)
		told_at = get_datetime(self.urgent_told_at) if self.urgent_need and self.urgent_told_at else None
		if not self.urgent_need:
			self.urgent_told_at = None
		parts = self.other_parts()
		say(
			check_interview(
				Interview(
					is_first=self.interview_type == FIRST,
					concluded=bool(self.concluded),
					held_at=held_at,
					texts={
						field: " ".join(part.get(field) or "" for part in (*parts, self)) for field in LETTERS
					},
					roles={row.role for row in self.attendees} | _roles_of([part.name for part in parts]),
					absence_reason=" ".join(part.absence_reason or "" for part in (*parts, self)),
					urgent_need=bool(self.urgent_need),
					urgent_told_at=told_at,
					is_unaccompanied=case.beneficiary_type == UNACCOMPANIED,
				),
				now,
				case.reported_on,
				case.reception_entry,
			)
		)
		check_told(told_at, held_at, now)
		check_signatures(self.signatures(), held_at, now.date())
		check_forwarding(
			[
				getdate(day) if day else None
				for day in (self.sent_to_municipality_on, self.sent_to_prosecutor_on)
			],
			held_at,
			now.date(),
		)

	def other_parts(self) -> list:
		"""The other parts of this interview, in the order they were held."""
		first = self.part_of or self.name
		if self.is_new() and not self.part_of:
			return []
		return sealed.get_all(
			"Minor Interview",
			filters={"case_file": self.case_file, "name": ["!=", self.name or ""]},
			or_filters={"name": first, "part_of": first},
			fields=["name", "held_at", "concluded", "absence_reason", *LETTERS],
			order_by="held_at, name",
		)

	def signatures(self) -> list[Signature]:
		return _signatures(self)

	def take_back_conclusion(self) -> None:
		"""A first interview that turns out not to be concluded takes its day from the case."""
		before = self.get_doc_before_save()
		if not before or not before.concluded or self.concluded or before.interview_type != FIRST:
			return
		kept = frappe.db.get_value("Case File", self.case_file, "interview_on")
		if kept and get_datetime(kept) == get_datetime(before.held_at):
			frappe.db.set_value("Case File", self.case_file, "interview_on", None)

	def tell_of_urgent_need(self) -> None:
		"""Coordinators learn by code that something cannot wait; the to-do goes when the facility was told."""
		if self.urgent_need and not self.urgent_told_at:
			text = in_site_language()(URGENT_TODO)
			todos.ask(
				self,
				todos.users_with(COORDINATOR),
				text.format(interview=self.name, case=self.case_file),
				urgent=True,
			)
		elif self.has_value_changed("urgent_told_at") or self.has_value_changed("urgent_need"):
			todos.close(self)


def _signatures(doc: MinorInterview) -> list[Signature]:
	return [
		Signature(row.role, getdate(row.signed_on) if row.signed_on else None, row.refusal_reason)
		for row in doc.attendees
	]


def _roles_of(interviews: list[str]) -> set[str]:
	if not interviews:
		return set()
	return set(
		frappe.get_all(
			"Interview Attendee",
			filters={"parent": ["in", interviews], "parenttype": "Minor Interview"},
			pluck="role",
		)
	)


def on_doctype_update() -> None:
	"""The facts of a case and its list ask by case, kind and moment."""
	frappe.db.add_index("Minor Interview", ["case_file", "interview_type", "held_at"])
