"""Where a minor lives: the placements of a case, and the place that Case File shows.

A place is typed once. The first placement follows from the case as it was opened; from then on the running placement
writes the case's place, and the case only shows it: lists, the register and the resolver go on reading the case.
"""

from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate, now_datetime

from core_minori.engine.placements import CLOSED, PLANNED, SECOND_RECEPTION, Stay, running
from core_minori.permissions import ALL, GRANTS, WRITE, holds

_A_MINUTE = timedelta(minutes=1)


def to_the_minute(moment: object) -> datetime | None:
	"""A moment without its seconds, as a person writes it; nothing as None."""
	return get_datetime(moment).replace(second=0, microsecond=0) if moment else None


def stays_of(case_file: str, but: str | None = None) -> list[Stay]:
	"""The placements of a case that began, the oldest first, whoever may read them; `but` leaves one out."""
	return [
		Stay(row.name, row.from_at, row.to_at, row.status, row.reception_level or "", row.end_reason or "")
		for row in frappe.get_all(
			"Placement",
			filters={"case_file": case_file, "status": ["not in", PLANNED], "name": ["!=", but or ""]},
			fields=["name", "from_at", "to_at", "status", "reception_level", "end_reason"],
			order_by="from_at asc",
		)
	]


def moves_anybody(user: str) -> bool:
	"""Whether `user` answers for the placements of all cases, and not only for those of their own facility."""
	movers = (role for role, by_relation in GRANTS["placement"].items() if WRITE in by_relation.get(ALL, ()))
	return holds(*movers, user=user)


def check_place_kept(case: Document) -> None:
	"""The place of a case is typed when it is opened; later on a move changes it."""
	before = case.get_doc_before_save()
	if not before:
		return
	for field in ("living_arrangement", "facility"):
		if (before.get(field) or None) != (case.get(field) or None):
			frappe.throw(
				_("Where the minor lives follows from the placements: use the button Move."),
				title=_("Not Possible"),
			)


def open_first(case: Document) -> None:
	"""Make the first placement of a case just opened, and bring what follows from it back to `case`."""
	if not case.living_arrangement or (case.living_arrangement == "Facility" and not case.facility):
		return
	level = case.facility and frappe.db.get_value("Facility", case.facility, "reception_level")
	starts = to_the_minute(case.reception_entry) or _start_of(case.reported_on)
	if level in SECOND_RECEPTION and case.second_reception_on:
		# What came before is in no record: the history starts where it is known.
		starts = max(starts, _start_of(case.second_reception_on))
	values = {"from_at": starts}
	for day, reason in ((case.missing_since, "Absconded"), (case.closed_on, CLOSED)):
		if day:
			values.update(to_at=_end_of(day, starts), end_reason=reason)
			break
	placement = frappe.get_doc(
		{
			"doctype": "Placement",
			"case_file": case.name,
			"living_arrangement": case.living_arrangement,
			"facility": case.facility,
			**values,
		}
	)
	placement.flags.of_case = True
	placement.insert(ignore_permissions=True)  # who may open a case says where the minor is
	case.update(
		frappe.db.get_value(
			"Case File", case.name, ["state", "second_reception_on", "modified", "modified_by"], as_dict=True
		)
	)


def follow_case(case: Document) -> None:
	"""Bring the placements after a case whose closing, reopening or missing was written on the case."""
	stays = stays_of(case.name)
	if not stays:
		return
	now_running = running(stays)
	if now_running:
		for day, reason in ((case.missing_since, "Absconded"), (case.closed_on, CLOSED)):
			if day and getdate(day) >= now_running.starts.date():
				end(now_running.key, _end_of(day, now_running.starts), reason)
				return
	elif not case.closed_on and stays[-1].end_reason == CLOSED and case.facility:
		# Reopened: where the minor lives now is not known, and the old facility has no part in the case any more.
		case.db_set("facility", None)


def end(placement: str, moment: datetime, reason: str) -> Document:
	"""End a running placement; what follows for the case follows from saving it."""
	doc = frappe.get_doc("Placement", placement)
	doc.update({"to_at": moment, "end_reason": reason})
	doc.flags.of_case = True
	doc.save(ignore_permissions=True)
	return doc


def bring_to_case(case_file: str) -> None:
	"""Write the place of the running placement on the case, and whether the minor is missing."""
	case = frappe.get_doc("Case File", case_file)
	stays = stays_of(case_file)
	now_running = running(stays)
	last = now_running or (stays[-1] if stays else None)
	if not last:
		return
	place = frappe.db.get_value("Placement", last.key, ["living_arrangement", "facility"], as_dict=True)
	missing = getdate(last.ends) if last.status == "Absconded" else None
	values = {"living_arrangement": place.living_arrangement, "missing_since": missing}
	if now_running or missing or case.closed_on:
		values["facility"] = place.facility
	else:
		values["facility"] = None  # left, and nobody wrote yet where to
	if case.missing_since and not missing and not now_running:
		del values["missing_since"]
	changed = {
		field: value
		for field, value in values.items()
		if (
			getdate(case.get(field))
			if field == "missing_since" and case.get(field)
			else case.get(field) or None
		)
		!= value
	}
	if changed:
		case.db_set(changed, notify=True)


def _start_of(day: date | str) -> datetime:
	return datetime.combine(getdate(day), time())


def _end_of(day: date | str, starts: datetime) -> datetime:
	end_of_day = datetime.combine(getdate(day), time(23, 59))
	return max(min(end_of_day, to_the_minute(now_datetime())), starts + _A_MINUTE)
