"""What the resolver must know of the sources: DocTypes that name a case, their tables, reports and web methods.

Reads JSON and Python as text: nothing is imported from Frappe.
"""

import ast
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

# Fields of a text that hold the code of a case or of a person.
NAMES_A_CASE = frozenset({"case", "case_code", "case_file", "case_files", "cases", "minor", "minors"})
_TEXTS = frozenset(
	{"Autocomplete", "Code", "Data", "JSON", "Long Text", "Read Only", "Select", "Small Text", "Text"}
)
_TABLES = ("Table", "Table MultiSelect")


def doctypes(app: Path) -> dict[str, dict]:
	"""Name -> definition of every DocType below `app`."""
	found = {}
	for file in sorted(app.glob("*/doctype/*/*.json")):
		values = json.loads(file.read_text())
		if values.get("doctype") == "DocType":
			found[values["name"]] = values
	return found


def reports(app: Path) -> dict[str, tuple[dict, str]]:
	"""Name -> definition and Python source of every report below `app`."""
	found = {}
	for file in sorted(app.glob("*/report/*/*.json")):
		source = file.with_suffix(".py")
		values = json.loads(file.read_text())
		found[values["name"]] = (values, source.read_text() if source.exists() else "")
	return found


def unguarded(
	known: Mapping[str, dict],
	protected: Collection[str],
	child_of: Mapping[str, Collection[str]],
	outside: Mapping[tuple[str, str], str],
) -> list[str]:
	"""Fields by which a record leads to a case though the resolver knows no rule for it, and tables without their own.

	`outside` holds what was looked at and found to need no rule: (DocType, field) -> reason.
	"""
	guarded = {*protected, *child_of}
	found = []
	for name, values in known.items():
		fields = values.get("fields", ())
		if name not in guarded:
			found += [
				f"{name}.{field['fieldname']}: {why}"
				for field in fields
				if (why := _leads_to_a_case(field, guarded)) and (name, field["fieldname"]) not in outside
			]
			continue
		for field in fields:
			if field["fieldtype"] in _TABLES and name not in child_of.get(field["options"], ()):
				found.append(f"{name}.{field['fieldname']}: {field['options']} is no child table of {name}")
	used = {
		(name, field["fieldname"]) for name, values in known.items() for field in values.get("fields", ())
	}
	found += [f"{name}.{field}: is there no more" for name, field in outside if (name, field) not in used]
	return found


def _leads_to_a_case(field: dict, guarded: Collection[str]) -> str | None:
	kind, options = field["fieldtype"], field.get("options")
	if kind == "Link" and options in guarded:
		return f"links to {options}"
	if kind == "Dynamic Link":
		return "links to whatever a record names"
	if kind in _TABLES and options in guarded:
		return f"holds rows of {options}"
	if kind in _TEXTS and field["fieldname"] in NAMES_A_CASE:
		return "holds the code of a case as text"
	return None


def loose_permissions(known: Mapping[str, dict], protected: Collection[str]) -> list[str]:
	"""Rights that a protected DocType may give nobody: to delete, share, import or amend, and any to a System Manager."""
	found = []
	for name in protected:
		for row in known[name].get("permissions", ()):
			loose = [right for right in ("delete", "share", "import") if row.get(right)]
			if name == "Register Import":  # its author takes the file of names away
				loose = [right for right in loose if right != "delete"]
			if row["role"] in ("All", "Desk User", "Guest", "System Manager"):
				loose.append("anything")
			found += [f"{name}: {row['role']} may {right}" for right in loose]
		if known[name].get("allow_import") or known[name].get("allow_guest_to_view"):
			found.append(f"{name}: allows import or guests")
	return found


def unreviewed_reports(
	known: Mapping[str, tuple[dict, str]], protected: Collection[str], reviewed: Mapping[str, str]
) -> list[str]:
	"""Reports that tell of protected records and that nobody looked at; and those of a kind that asks nobody."""
	found = []
	for name, (values, source) in known.items():
		if values["ref_doctype"] not in protected and not set(strings_in(source)) & set(protected):
			continue
		if values["report_type"] != "Script Report":
			found.append(f"{name}: a {values['report_type']} asks nobody whom it shows a case")
		if name not in reviewed:
			found.append(f"{name}: nobody said who may read which rows of it")
		if "@frappe.read_only()" not in source:
			found.append(f"{name}: its execute is not read only")
	return found + [f"{name}: is no such report" for name in reviewed if name not in known]


def strings_in(source: str) -> Iterator[str]:
	"""Every text in a Python source."""
	for node in ast.walk(ast.parse(source)):
		if isinstance(node, ast.Constant) and isinstance(node.value, str):
			yield node.value


def web_methods_outside_api(app: Path) -> list[str]:
	"""Dotted paths of whitelisted functions and methods that do not lie in api/, without the tests."""
	found = []
	for file in sorted(app.rglob("*.py")):
		parts = file.relative_to(app).with_suffix("").parts
		if parts[0] in ("api", "tests") or parts[-1].startswith("test_"):
			continue
		for node in ast.walk(ast.parse(file.read_text())):
			if isinstance(node, ast.FunctionDef) and any(
				ast.unparse(decorator).startswith("frappe.whitelist") for decorator in node.decorator_list
			):
				found.append(".".join((app.name, *parts, node.name)))
	return found
