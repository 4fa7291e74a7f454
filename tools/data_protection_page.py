"""`python3 tools/data_protection_page.py`: the tables of docs/data-protection.md, written anew from the sources.

What can be read from the program is generated: the parts of a case with their records and readers, the sealed fields, the
rules of retention, the settings. The text between the tables is written by hand and stays. `--check` changes nothing,
and exits with 1 when the page is not up to date.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "core_minori"
PAGE = ROOT / "docs" / "data-protection.md"

sys.path.insert(0, str(ROOT))

from core_minori.engine import hardening  # noqa: E402
from core_minori.grants import (  # noqa: E402
	CHILD_OF,
	GOVERNED,
	GRANTS,
	PROTECTED,
	READ,
	ROLES,
	WRITE,
	doctypes_of,
)

NO_VALUE = ("Section Break", "Column Break", "Tab Break", "HTML", "Button", "Table", "Table MultiSelect")
# What the text fields say of people, in the words of the page.
WORDS = {
	"identity": "who the person is",
	"others": "who somebody else is",
	"contact": "how somebody is reached",
	"text": "free text",
}


def constant_of(module: Path, name: str) -> Any:
	"""The value of one constant of a module, read without what the module imports: Frappe is not there."""
	space: dict[str, Any] = {}
	for node in ast.parse(module.read_text()).body:
		target = getattr(node, "target", None) or (getattr(node, "targets", None) or [None])[0]
		is_it = isinstance(target, ast.Name) and target.id == name
		is_word = isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
		if is_it or is_word or (isinstance(node, ast.FunctionDef) and node.name == "_all"):
			code = ast.Assign([target], node.value) if isinstance(node, ast.AnnAssign) else node
			exec(compile(ast.fix_missing_locations(ast.Module([code], [])), str(module), "exec"), space)
	return space[name]


SEALED: dict[str, tuple[str, ...]] = constant_of(APP / "sealed.py", "SEALED")


def doctype(name: str) -> dict[str, Any]:
	"""The definition of one of our DocTypes."""
	folder = name.lower().replace(" ", "_").replace("-", "_")
	(path,) = APP.glob(f"*/doctype/{folder}/{folder}.json")
	return json.loads(path.read_text())


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
	"""A table of the page."""
	head = list(head)
	lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
	lines += [f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in rows]
	return "\n".join(lines)


def parts() -> str:
	"""Each part of a case: its records, what they hold, who reads and who changes them."""
	fields: dict[str, dict[str, str]] = constant_of(APP / "personal_fields.py", "FIELDS")
	rows = []
	for part, grants in GRANTS.items():
		records = doctypes_of(part)
		if not records:
			continue
		held = Counter(
			category
			for record in [*records, *(child for child, of in CHILD_OF.items() if set(of) & set(records))]
			for category in fields.get(record, {}).values()
			if category in WORDS
		)
		sealed = sum(len(SEALED.get(record, ())) for record in records)
		if part == "voice":  # three fields of the plan, on a paper of their own
			rows.append((part, "PEI", "free text (3)", _roles(grants, READ), "nobody"))
			continue
		said = [f"{WORDS[category]} ({count})" for category, count in sorted(held.items())]
		rows.append(
			(
				part,
				", ".join(records),
				"; ".join(said + ([f"of it sealed ({sealed})"] if sealed else []))
				or "dates, places and choices",
				_roles(grants, READ),
				_roles(grants, WRITE),
			)
		)
	return table(("Part", "Records", "Fields that say something of a person", "Read by", "Changed by"), rows)


def watch() -> str:
	"""The records that keep watch over the cases."""
	return table(
		("Record", "Read by", "Changed by"),
		(
			(name, _roles(grants, READ), _roles(grants, WRITE) or "nobody")
			for name, grants in GOVERNED.items()
		),
	)


def sealed() -> str:
	"""The sealed fields by their labels."""
	rows = []
	for name, fields in SEALED.items():
		labels = {field["fieldname"]: field.get("label") for field in doctype(name)["fields"]}
		rows.append((name, ", ".join(f"{labels[field]} (`{field}`)" for field in fields)))
	return table(("Record", "Fields"), rows)


def other_people() -> str:
	"""Records outside the cases that name people: fields for a telephone or a mail address, or the link to a user."""
	rows = []
	for path in sorted(APP.glob("*/doctype/*/*.json")):
		found = json.loads(path.read_text())
		if found["name"] in (*PROTECTED, *CHILD_OF) or found.get("issingle"):
			continue
		labels = [
			field["label"]
			for field in found["fields"]
			if field["fieldtype"] not in NO_VALUE
			and (
				field.get("options") in ("User", "Employee", "Email", "Phone")
				or re.search(
					r"(^|_)(person|family|phone|email|contact|participant)(_name)?$", field["fieldname"]
				)
			)
		]
		if labels:
			rows.append((found["name"], ", ".join(labels)))
	return table(("Record", "Fields"), rows)


def retention() -> str:
	"""The rules of retention that a new site starts with."""
	rules = json.loads((APP / "setup" / "data" / "retention_rules.json").read_text())
	return table(
		("Step", "After", "Counted from", "Source"),
		((rule["step"], f"{rule['months']} months", rule["counts_from"], rule["source"]) for rule in rules),
	)


def settings() -> str:
	"""The settings of the site, those set and those proposed."""
	rows = [(name.name, name.value, "set", name.why) for name in hardening.SET]
	rows += [(name.name, name.value, "proposed", name.why) for name in hardening.PROPOSED]
	return table(("System Settings", "Value", "At installation", "Why"), rows)


def _roles(grants: dict[str, dict[str, frozenset[str]]], right: str) -> str:
	"""Roles with this right, each with its relation to the case unless it answers for all."""
	said = []
	for role in ROLES:
		relations = [relation for relation, rights in grants.get(role, {}).items() if right in rights]
		if relations:
			said.append(role + ("" if "all" in relations else f" ({', '.join(relations)})"))
	return ", ".join(said)


BLOCKS: dict[str, Callable[[], str]] = {
	"parts": parts,
	"watch": watch,
	"sealed": sealed,
	"other people": other_people,
	"retention": retention,
	"settings": settings,
}


def written_anew(page: str) -> str:
	"""The page with its generated tables as the sources have them now. Raises KeyError for a table nobody generates."""

	def block(found: re.Match) -> str:
		name = found.group(1)
		return f"<!-- generated: {name} -->\n{BLOCKS[name]()}\n<!-- end -->"

	return re.sub(r"<!-- generated: ([a-z ]+) -->\n.*?<!-- end -->", block, page, flags=re.DOTALL)


def main() -> int:
	"""Write the page, or with --check say whether it is up to date."""
	page = PAGE.read_text()
	anew = written_anew(page)
	if "--check" in sys.argv:
		return int(anew != page)
	PAGE.write_text(anew)
	return 0


if __name__ == "__main__":
	raise SystemExit(main())
