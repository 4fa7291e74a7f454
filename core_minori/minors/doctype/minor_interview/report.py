"""What the printed report of an interview says, all its parts together."""

import frappe
from frappe import _
from frappe.utils import get_fullname

from core_minori import sealed
from core_minori.case_people import identity_of
from core_minori.engine.interview import LETTERS
from core_minori.engine.message import shown


def interview_report(interview: str) -> dict:
	"""Person, parts, sections with their texts and signatures of an interview, in the order of DPCM 98/2024, art. 4.

	Only what was written is there. The report goes to the prosecutor and to the municipality, so it names the person:
	raises frappe.PermissionError for who may not read the interview, or not the identity.
	"""
	doc = frappe.get_doc("Minor Interview", interview)
	doc.check_permission("read")
	first = doc.part_of or doc.name
	parts = sealed.get_all(
		"Minor Interview",
		filters={"case_file": doc.case_file},
		or_filters={"name": first, "part_of": first},
		fields=["name", "held_at", "language", "concluded", "absence_reason", "urgent_told_at", *LETTERS],
		order_by="held_at, name",
	)
	return {
		"person": identity_of(doc.case_file),
		"title": _(doc.interview_type),
		"is_first": doc.interview_type == "First Interview",
		"parts": [
			{"name": part.name, "held_at": shown(part.held_at), "language": part.language} for part in parts
		],
		"concluded": any(part.concluded for part in parts),
		"reasons": [part.absence_reason for part in parts if (part.absence_reason or "").strip()],
		"told_at": [shown(part.urgent_told_at) for part in parts if part.urgent_told_at],
		"sections": [
			{
				"letter": letter,
				"title": _(title),
				"texts": [
					{"held_at": shown(part.held_at), "text": part[field].strip()}
					for part in parts
					if (part[field] or "").strip()
				],
			}
			for field, (letter, title) in LETTERS.items()
			if any((part[field] or "").strip() for part in parts)
		],
		"people": _people([part.name for part in parts]),
	}


def _people(parts: list[str]) -> list[dict]:
	"""Who was there, each once: with the signature or its reason, in whatever part it stands."""
	found: dict[tuple, dict] = {}
	rows = frappe.get_all(
		"Interview Attendee",
		filters={"parent": ["in", parts], "parenttype": "Minor Interview"},
		fields=["role", "user", "person", "signed_on", "refusal_reason"],
		order_by="idx, parent",
	)
	for row in rows:
		name = get_fullname(row.user) if row.user else row.person
		person = found.setdefault(
			(row.role, name), {"role": _(row.role), "is_minor": row.role == "Minor", "name": name}
		)
		person["signed_on"] = person.get("signed_on") or row.signed_on
		person["refusal_reason"] = person.get("refusal_reason") or row.refusal_reason
	return list(found.values())
