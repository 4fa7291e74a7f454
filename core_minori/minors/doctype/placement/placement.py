import frappe
from frappe import _
from frappe.utils import get_fullname, now_datetime

from core_minori import placements
from core_minori.engine.placements import (
	PLANNED,
	RUNNING,
	Stay,
	check_history,
	check_moments,
	check_step,
	end_reason_for,
	needs_approval,
	refuse_unapproved,
	running,
	state_of,
)
from core_minori.messages import by_rule
from core_minori.permissions import organisations_of
from core_minori.records import CaseRecord

# Written by the step of an approval, and by nothing else.
_BY_APPROVAL = ("approved_by", "approved_on", "declined_reason")


class Placement(CaseRecord):
	"""One place where the minor lives, lived or is asked for. The state follows from what was done."""

	def before_validate(self) -> None:
		if self.living_arrangement != "Facility":
			self.facility = None
		self.reception_level = self.facility and frappe.db.get_value(
			"Facility", self.facility, "reception_level"
		)
		self.from_at = placements.to_the_minute(self.from_at)
		self.to_at = placements.to_the_minute(self.to_at)
		if not self.to_at:
			self.end_reason = None

	@by_rule
	def validate(self) -> None:
		before = self.get_doc_before_save()
		self.keep_approval(before)
		self.status = state_of(self.status, self.to_at, self.end_reason)
		check_step(before.status if before else "", self.status)
		if self.status in PLANNED:
			self.to_at = None
			self.check_planned(before)
			return
		if not self.flags.of_case:
			check_moments(self.from_at, self.to_at, now_datetime())
			self.keep_to_own_facility(before)
		self.place_after(before)

	def onload(self) -> None:
		if self.status == "Requested":
			self.set_onload("asked_by", get_fullname(self.owner))

	def on_update(self) -> None:
		if ended := self.flags.ended:
			placements.end(ended, self.from_at, self.flags.ended_reason)
		placements.bring_to_case(self.case_file)
		super().on_update()

	def keep_approval(self, before: "Placement | None") -> None:
		if self.flags.by_approval:
			return
		for field in _BY_APPROVAL:
			self.set(field, before.get(field) if before else None)

	def check_planned(self, before: "Placement | None") -> None:
		if self.status != "Requested" and not self.flags.by_approval and before.status != self.status:
			raise refuse_unapproved()
		if not before and not self.requested_on:
			self.requested_on = frappe.utils.today()

	def keep_to_own_facility(self, before: "Placement | None") -> None:
		"""A contact of a facility writes who comes and goes there, and moves nobody elsewhere."""
		user = frappe.session.user
		if self.flags.ignore_permissions or user == "Administrator" or placements.moves_anybody(user):
			return
		own = self.facility and (
			frappe.db.get_value("Facility", self.facility, "organisation") in organisations_of(user)
		)
		if not own or (before and before.facility != self.facility):
			frappe.throw(
				_("You write the placements of your own facility: use Move to ask for another one."),
				frappe.PermissionError,
			)

	def place_after(self, before: "Placement | None") -> None:
		"""Take the place of the running placement, which ends now, and leave neither a gap nor two at once."""
		others = placements.stays_of(self.case_file, but=self.name)
		current = running(others)
		arrives = not before or before.status in PLANNED
		if others and arrives:
			level_before = (current or others[-1]).level
			asked = before and before.status == "Requested"
			if (asked or needs_approval(self.reception_level, level_before)) and not self.approved_by:
				raise refuse_unapproved()
		if current and arrives and self.status == RUNNING and self.from_at > current.starts:
			reason = end_reason_for(self.living_arrangement, self.reception_level, current.level)
			self.flags.update(ended=current.key, ended_reason=reason)
			others = [
				Stay(
					stay.key,
					stay.starts,
					self.from_at if stay is current else stay.ends,
					stay.status,
					stay.level,
					stay.end_reason,
				)
				for stay in others
			]
		own = Stay(
			self.name or _("This placement"),
			self.from_at,
			self.to_at,
			self.status,
			self.reception_level or "",
			self.end_reason or "",
		)
		check_history([*others, own])


def on_doctype_update() -> None:
	"""The history of a case is read in order, and who waits for a decision by state."""
	frappe.db.add_index("Placement", ["case_file", "from_at"])
	frappe.db.add_index("Placement", ["status", "requested_on"])
