"""Names beside codes, for those who may read them: asked for by a page, never part of an address or a title."""

import frappe
from frappe import _

from core_minori import people

# A page of a list; who asks for more is not looking at a page.
MOST_CODES = 500


@frappe.whitelist(methods=["POST"])
def names_of(codes: str | list) -> dict[str, str]:
	"""Case -> name of its person, for those of these cases whose person the user may read."""
	codes = frappe.parse_json(codes)
	if not isinstance(codes, list):
		return {}
	return people.names_of_cases(code for code in codes[:MOST_CODES] if isinstance(code, str))


@frappe.whitelist(methods=["POST"])
def find(text: str) -> list[dict]:
	"""People whom `text` names, among those the user may read: with their cases and who follows them, best first."""
	rows = people.search(text)
	cases: dict[str, list[dict]] = {}
	if rows and frappe.has_permission("Case File", "read"):
		for case in frappe.get_list(
			"Case File",
			filters={"minor": ["in", [row["name"] for row in rows]]},
			fields=["name", "minor", "state", "beneficiary_type", "closed_on"],
			order_by="closed_on is null desc, reported_on desc",
		):
			cases.setdefault(case.minor, []).append({**case, "state": case.state})
	return [
		{
			"minor": row["name"],
			"name": people.full_name(row),
			"also": ", ".join(text for text in (row.get("original_name"), row.get("alias")) if text),
			"birth_date": row.get("birth_date"),
			"birth_date_certainty": _(row.get("birth_date_certainty") or ""),
			"cases": cases.get(row["name"], []),
		}
		for row in rows
	]
