"""`make permissions`: writes the tables of docs/permissions.md from core_minori/grants.py and the DocTypes' permissions."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping

from checkout import ROOT

sys.path.insert(0, str(ROOT))

from core_minori import grants

PAGE = ROOT / "docs" / "permissions.md"
BEGIN = "<!-- Made by `make permissions`: change core_minori/grants.py or a DocType's permissions. -->"
END = "<!-- Here ends what is made. -->"

_SHORT = {
	grants.COORDINATOR: "Coordinator",
	grants.UNIT_MANAGER: "Unit manager",
	grants.SOCIAL_WORKER: "Social worker",
	grants.MEDIATOR: "Mediator",
	grants.FACILITY_CONTACT: "Facility contact",
	grants.PARTNER: "Partner",
	grants.PROTECTION_OFFICER: "DPO",
}

_TITLES = {
	"places": "Places and organisations",
	"protocols": "Protocols and agreements",
	"training": "Training",
	"money": "Budget, claims and hours",
	"research": "Research",
	"watch": "Logs, requests, emergencies",
	"rules": "Rules and lists",
}


def tables() -> str:
	"""The three tables, in Markdown."""
	return "\n\n".join(
		[
			"Parts of a case, by role and relation:",
			_parts(),
			"Single records, and what keeps watch over the cases:",
			_records(),
			"What is no part of a case:",
			_areas(),
		]
	)


def written(page: str) -> str:
	"""The page with the tables of today between its marks. Raises ValueError for a page without them."""
	before, begin, rest = page.partition(BEGIN)
	_old, end, after = rest.partition(END)
	if not begin or not end:
		raise ValueError(f"{PAGE.name} has no place for the tables")
	return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def _parts() -> str:
	roles = [role for role in grants.ROLES if any(role in by_role for by_role in grants.GRANTS.values())]
	usual = {role: _usual_relation(role) for role in roles}
	heads = [f"{_short(role)} ({usual[role]})" for role in roles]
	rows = []
	for part, by_role in grants.GRANTS.items():
		cells = []
		for role in roles:
			found = [
				_rights(rights) + ("" if relation == usual[role] else f" {relation}")
				for relation, rights in by_role.get(role, {}).items()
			]
			cells.append(", ".join(found))
		rows.append([f"{part} ({', '.join(grants.doctypes_of(part))})", *cells])
	return _table(["Part of the case (records)", *heads], rows)


def _records() -> str:
	rows = []
	for doctype, by_role in {**grants.RECORD_GRANTS, **grants.GOVERNED}.items():
		found: dict[tuple[str, str], list[str]] = {}
		for role, by_relation in by_role.items():
			for relation, rights in by_relation.items():
				found.setdefault((relation, _rights(rights)), []).append(_short(role))
		rows += [
			[doctype, relation, rights, ", ".join(holders)] for (relation, rights), holders in found.items()
		]
	return _table(["Record", "Relation to the record", "Rights", "Roles"], rows)


def _areas() -> str:
	permissions = _permissions()
	rows = []
	for area, doctypes in grants.AREAS.items():
		for doctype in doctypes:
			if doctype in grants.GOVERNED:  # said in the table before, with the relation
				continue
			reads = [row for row in permissions[doctype] if row.get("read") and not row.get("permlevel")]
			writes = [_short(row["role"]) for row in reads if row.get("write")]
			only = [_short(row["role"]) for row in reads if not row.get("write")]
			rows.append([_TITLES[area], doctype, ", ".join(writes), ", ".join(only)])
	return _table(["Area", "Records", "Change", "Read only"], rows)


def _permissions() -> dict[str, list[Mapping]]:
	"""The rows of every DocType's own permissions, by DocType."""
	found = {}
	for path in sorted((ROOT / "core_minori").glob("*/doctype/*/*.json")):
		doctype = json.loads(path.read_text())
		if doctype.get("doctype") == "DocType":
			found[doctype["name"]] = doctype.get("permissions", [])
	return found


def _usual_relation(role: str) -> str:
	relations = [relation for by_role in grants.GRANTS.values() for relation in by_role.get(role, {})]
	return max(dict.fromkeys(relations), key=relations.count)


def _rights(rights: Iterable[str]) -> str:
	return "RW" if grants.WRITE in rights else "R"


def _short(role: str) -> str:
	return _SHORT.get(role, role)


def _table(heads: list[str], rows: list[list[str]]) -> str:
	lines = [heads, ["---"] * len(heads), *rows]
	return "\n".join(
		f"| {' | '.join(line)} |".replace("|  |", "| |").replace("|  |", "| |") for line in lines
	)


if __name__ == "__main__":
	PAGE.write_text(written(PAGE.read_text()))
	print(f"{PAGE.relative_to(ROOT)} says what core_minori/grants.py has")
