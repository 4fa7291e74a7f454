"""Moves of a minor from place to place, and the papers around a case that are made with one click."""

from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from core_minori import placements
from core_minori.engine.placements import (
	check_approval,
	check_step,
	days_in_first_reception,
	needs_approval,
	running,
)
from core_minori.messages import rules_spoken
from core_minori.permissions import may_read_case, may_write_case, organisations_of

DOCUMENTS_OF_EVERYBODY: tuple[str, ...] = (
	"Passport",
	"Birth Certificate",
	"Residence Permit",
	"Health Card",
	"Fiscal Code Card",
	"Residence Certificate",
)


@frappe.whitelist(methods=["GET"])
def place_of(case_file: str) -> dict:
	"""What the case's form offers about its place: the running placement, what waits, and who may do which step."""
	user = frappe.session.user
	moves = may_write_case(user, case_file, "placement")
	asks = moves or may_write_case(user, case_file, "social")
	if not (asks or may_read_case(user, case_file, "placement")):
		return {}  # who may open the case and not its placements is offered nothing
	case = frappe.db.get_value(
		"Case File", case_file, ["reception_entry", "closed_on", "missing_since"], as_dict=True
	)
	stays = placements.stays_of(case_file)
	now_running = running(stays)
	waiting = frappe.get_all(
		"Placement",
		filters={"case_file": case_file, "status": ["in", ["Requested", "Assigned"]]},
		fields=["name", "status", "living_arrangement", "facility", "from_at", "owner"],
	)
	return {
		"placement": now_running.key if now_running else None,
		"missing": bool(not now_running and stays and stays[-1].status == "Absconded"),
		"days_in_first_reception": days_in_first_reception(
			stays, case.reception_entry, now_datetime(), _end_of_case(case.closed_on)
		),
		"waiting": waiting,
		"may_ask": asks and not case.closed_on,
		"may_move": moves and not case.closed_on,
		"may_decide": placements.moves_anybody(user),
	}


@frappe.whitelist(methods=["POST"])
def move(
	case_file: str,
	living_arrangement: str,
	facility: str | None = None,
	moment: datetime | None = None,
	title_of_placement: str | None = None,
	notes: str | None = None,
) -> dict:
	"""Move the minor, or ask for the move where it is not the user's to make. Returns the placement and its state.

	Who may write placements moves at once, except into the second reception, which the protection unit approves first;
	who may write the social part asks. `moment` is the arrival, or for a request when it is wanted. Raises
	frappe.PermissionError for everybody else.
	"""
	user = frappe.session.user
	moves = may_write_case(user, case_file, "placement")
	if not (moves or may_write_case(user, case_file, "social")):
		raise frappe.PermissionError(_("You may not move the minor of this case."))
	frappe.db.get_value(
		"Case File", case_file, "name", for_update=True
	)  # two moves at once: one after the other
	stays = placements.stays_of(case_file)
	level = facility and frappe.db.get_value("Facility", facility, "reception_level")
	last = running(stays) or (stays[-1] if stays else None)
	asks = not moves or (last and needs_approval(level, last.level)) or not _places_there(user, facility)
	placement = frappe.get_doc(
		{
			"doctype": "Placement",
			"case_file": case_file,
			"status": "Requested" if asks else "Placed",
			"living_arrangement": living_arrangement,
			"facility": facility,
			"from_at": moment or (None if asks else now_datetime()),
			"title_of_placement": title_of_placement,
			"notes": notes,
		}
	)
	if asks:
		_refuse_second_request(case_file)
		placement.insert(ignore_permissions=True)  # asking is open to who writes the social part, see above
	else:
		placement.insert()
	return {"placement": placement.name, "status": placement.status}


@frappe.whitelist(methods=["POST"])
def decide_move(
	placement: str, approve: bool, reason: str | None = None, arrived_at: datetime | None = None
) -> dict:
	"""Approve a move that was asked for, or decline it with a reason; with `arrived_at` the minor is there already.

	For the protection unit and for a coordinator who did not ask. Returns the new state.
	"""
	doc = _waiting(placement, *(("Requested",) if approve else ("Requested", "Assigned")))
	user = frappe.session.user
	if not (placements.moves_anybody(user) and may_write_case(user, doc.case_file, "placement")):
		raise frappe.PermissionError(_("The protection unit decides about this move."))
	after = "Assigned" if approve else "Declined"
	with rules_spoken():
		check_approval(doc.owner, user)
		check_step(doc.status, after)
	if not approve and not (reason or "").strip():
		frappe.throw(_("Write why the move is declined."), title=_("Not Possible"))
	doc.flags.by_approval = True
	doc.status = after
	if approve:
		doc.update({"approved_by": user, "approved_on": getdate()})
	else:
		doc.declined_reason = reason
	doc.save()
	return record_arrival(placement, arrived_at) if approve and arrived_at else {"status": doc.status}


@frappe.whitelist(methods=["POST"])
def record_arrival(placement: str, arrived_at: datetime) -> dict:
	"""The minor is at the place that was approved: the placement before it ends at this moment. Returns the new state."""
	doc = _waiting(placement, "Requested", "Assigned")
	user = frappe.session.user
	if not (
		may_write_case(user, doc.case_file, "placement") or may_write_case(user, doc.case_file, "social")
	):
		raise frappe.PermissionError(_("You may not move the minor of this case."))
	doc.update({"status": "Placed", "from_at": arrived_at})
	# What was decided is decided: whoever follows the minor writes down that it happened.
	doc.save(ignore_permissions=True)
	return {"status": doc.status}


@frappe.whitelist(methods=["POST"])
def gone_missing(case_file: str, since: datetime) -> dict:
	"""The minor left and nobody knows where to: the running placement ends as Absconded, the case is Missing.

	Returns whether the user may write the report of the disappearance, which is due at once.
	"""
	user = frappe.session.user
	_check_says_where(user, case_file)
	now_running = running(placements.stays_of(case_file))
	if not now_running:
		frappe.throw(_("No placement is running: there is nothing to end."), title=_("Not Possible"))
	doc = frappe.get_doc("Placement", now_running.key)
	doc.update({"to_at": since, "end_reason": "Absconded"})
	doc.save(ignore_permissions=True)  # that a minor is missing is said by whoever follows them
	return {"may_report": may_write_case(user, case_file, "court")}


@frappe.whitelist(methods=["POST"])
def came_back(case_file: str, moment: datetime) -> dict:
	"""The missing minor is back where they lived before; to another place it is a move. Returns the new placement."""
	_check_says_where(frappe.session.user, case_file)
	stays = placements.stays_of(case_file)
	if not stays or running(stays) or stays[-1].status != "Absconded":
		frappe.throw(_("The minor of this case is not missing."), title=_("Not Possible"))
	last = frappe.get_doc("Placement", stays[-1].key)
	doc = frappe.get_doc(
		{
			"doctype": "Placement",
			"case_file": case_file,
			"living_arrangement": last.living_arrangement,
			"facility": last.facility,
			"title_of_placement": last.title_of_placement,
			"from_at": moment,
		}
	)
	doc.insert(ignore_permissions=True)
	return {"placement": doc.name}


@frappe.whitelist(methods=["POST"])
def add_document_list(case_file: str) -> list[str]:
	"""Make a row with the state Missing for each paper that everybody needs and the case does not name yet.

	Returns the papers added, in order; none the second time.
	"""
	if not may_write_case(frappe.session.user, case_file, "identity"):
		raise frappe.PermissionError(_("You may not write the documents of this case."))
	frappe.db.get_value("Case File", case_file, "name", for_update=True)
	there = set(frappe.get_all("Personal Document", {"case_file": case_file}, pluck="document_type"))
	if "Request of Residence Permit" in there:
		there.add("Residence Permit")
	added = [paper for paper in DOCUMENTS_OF_EVERYBODY if paper not in there]
	for paper in added:
		frappe.get_doc(
			{
				"doctype": "Personal Document",
				"case_file": case_file,
				"document_type": paper,
				"status": "Missing",
			}
		).insert()
	return added


def _check_says_where(user: str, case_file: str) -> None:
	if not (may_write_case(user, case_file, "placement") or may_write_case(user, case_file, "social")):
		raise frappe.PermissionError(_("You may not move the minor of this case."))
	frappe.db.get_value("Case File", case_file, "name", for_update=True)


def _waiting(placement: str, *states: str) -> Document:
	"""The request, locked: two people who answer at once come one after the other."""
	doc = frappe.get_doc("Placement", placement, for_update=True)
	if doc.status not in states and may_read_case(frappe.session.user, doc.case_file, "placement"):
		frappe.throw(_("This placement waits for nothing any more."), title=_("Not Possible"))
	return doc


def _places_there(user: str, facility: str | None) -> bool:
	if placements.moves_anybody(user):
		return True
	return bool(facility) and (
		frappe.db.get_value("Facility", facility, "organisation") in organisations_of(user)
	)


def _refuse_second_request(case_file: str) -> None:
	waiting = frappe.db.get_value(
		"Placement", {"case_file": case_file, "status": ["in", ["Requested", "Assigned"]]}
	)
	if waiting:
		frappe.throw(
			_("A move is waiting already: {0}. Have it decided first.").format(waiting),
			title=_("Not Possible"),
		)


def _end_of_case(closed_on: object) -> datetime | None:
	return datetime.combine(getdate(closed_on), datetime.max.time()) if closed_on else None
