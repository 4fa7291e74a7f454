"""The web methods in api/, found in the sources, and what the attack table tells each of them.

Pure: the offline suite asks it whether every argument of every method is known here, so that a new method cannot stay
out of the table.
"""

import ast
from datetime import date
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "core_minori"

# Arguments that say which record a method is about, and the record of tests/site/test_matrix.py they are given.
ABOUT: dict[str, str] = {
	"access": "emergency access",
	"assessment": "assessment",
	"breach": "breach",
	"case": "case",
	"case_file": "case",
	"cases": "case",
	"codes": "case",
	"confirmation": "role confirmation",
	"consent": "consent",
	"deadline": "social deadline",
	"docname": "case",
	"emergency": "emergency access",
	"emergency_access": "emergency access",
	"export": "export",
	"group": "group",
	"intervention": "intervention",
	"minor": "minor",
	"name": "case",
	"names": "intervention",
	"other": "pei",
	"pei": "pei",
	"placement": "placement",
	"record": "support person",
	"records": "case",
	"referral": "referral",
	"request": "request",
	"retention_action": "retention action",
	"review": "review",
	"screening": "screening",
	"support_person": "support person",
}
# The same word for another record: file of api/ -> argument -> record. None: for no record of a case.
IN_FILE: dict[str, dict[str, str | None]] = {
	"breaches": {"name": "breach"},
	"claims": {"name": None},
	"confirmations": {"name": "role confirmation", "names": "role confirmation"},
	"emergency": {"name": "emergency access"},
	"exports": {"name": "export"},
	"papers": {"name": None},
	"partners": {"name": None},
	"register": {"name": "import"},
	"rights": {"action": "retention action", "name": "data request", "request": "data request"},
	"research": {"name": "export"},
	"sealed": {"name": "health"},
}
# Arguments that take a list of codes; `records` takes names by DocType.
LISTS = ("cases", "codes", "names")
# Arguments that name no record of a case, and a value that the method takes. None: one of the argument's type.
HARMLESS: dict[str, object] = {
	"action": "Revoke",
	"after": None,
	"agree": False,
	"allocated_to": "Administrator",
	"allocation": "x",
	"answers": None,
	"approve": True,
	"args": "{}",
	"arrived_at": None,
	"before": None,
	"birth_date": None,
	"care_role": "Social Worker",
	"certainty": None,
	"check_code": "x",
	"closure_reason": None,
	"comment": None,
	"confirm": True,
	"contact_type": "Phone Call",
	"contact_with": "Facility",
	"content": None,
	"day": str(date.today()),
	"delay_reason": None,
	"details": "Prova",
	"doctype": "Support Person",
	"document": "x",
	"due_on": None,
	"effective_on": None,
	"employee": "x",
	"end": "2100-01-01",
	"end_open": False,
	"every": 1,
	"facility": "x",
	"field_map": "{}",
	"fieldname": "notes",
	"filename": "x.xlsx",
	"filters": "{}",
	"first": None,
	"flag": "x",
	"form": "PDF",
	"from_date": "2020-01-01",
	"funded_project": "x",
	"given_by": "Guardian",
	"given_by_name": None,
	"given_on": None,
	"hand_out": None,
	"hours": 1,
	"item_key": "x",
	"kind": "Unaccompanied Minor",
	"language": "Italiano",
	"last": None,
	"legal_basis": "Consent",
	"living_arrangement": "Independent",
	"mediator_name": None,
	"mediator_present": None,
	"moment": None,
	"month": str(date.today().replace(day=1)),
	"next_contact_on": None,
	"notes": None,
	"notification_kind": None,
	"notified_at": None,
	"notice_given_on": None,
	"notice_language": None,
	"operator": "Administrator",
	"organisation": "x",
	"organisations": "[]",
	"override_reason": None,
	"page_len": 20,
	"part": None,
	"partner": "x",
	"person": "{}",
	"persons": "[]",
	"place": None,
	"print_format": "Standard",
	"project": "x",
	"protocol": None,
	"reached": True,
	"reason": "Prova",
	"request_type": "Closure",
	"rows": "[]",
	"searchfield": "name",
	"sessions": "[]",
	"shared": "{}",
	"shared_information": "Prova",
	"since": None,
	"skip_holidays": True,
	"start": "2020-01-01",
	"starts_at": None,
	"status": "Cancelled",
	"step": "Approve",
	"summary": "Prova",
	"text": "Qk",
	"title_of_placement": None,
	"to_date": "2100-01-01",
	"to_organisation": "x",
	"to_user": "Administrator",
	"token": "x",
	"txt": "Qk",
	"up_to": None,
	"user": "Administrator",
	"valid_until": None,
	"voucher_no": "x",
	"voucher_type": "Purchase Invoice",
	"weekdays": "[0]",
	"with_versions": True,
	"withheld": None,
}


def web_methods(folder: Path = APP / "api") -> dict[str, tuple[bool, dict[str, str]]]:
	"""Dotted path -> whether it takes POST only, and its arguments with their types, of every web method in api/."""
	found = {}
	for file in sorted(folder.glob("*.py")):
		for node in ast.parse(file.read_text()).body:
			if not isinstance(node, ast.FunctionDef):
				continue
			said = [ast.unparse(decorator) for decorator in node.decorator_list]
			whitelisted = [text for text in said if "whitelist" in text]
			if whitelisted:
				arguments = {
					argument.arg: ast.unparse(argument.annotation) if argument.annotation else "str"
					for argument in (*node.args.args, *node.args.kwonlyargs)
				}
				post = "POST" in whitelisted[0] and "GET" not in whitelisted[0]
				found[f"core_minori.api.{file.stem}.{node.name}"] = (post, arguments)
	return found


def record_of(path: str, argument: str) -> str | None:
	"""The record that an argument of a method names; None when it names none."""
	return _in_file(path).get(argument, ABOUT.get(argument))


def _in_file(path: str) -> dict[str, str | None]:
	return IN_FILE.get(path.split(".")[2], {})


def unknown_arguments(methods: dict[str, tuple[bool, dict[str, str]]]) -> list[str]:
	"""Arguments of which nobody said whether they name a record of a case."""
	return [
		f"{path}: {argument}"
		for path, (_post, arguments) in methods.items()
		for argument in arguments
		if record_of(path, argument) is None and argument not in {**HARMLESS, **_in_file(path)}
	]


def value_of(argument: str, kind: str) -> object:
	"""What a harmless argument is given."""
	given = HARMLESS.get(argument)
	if given is not None:
		return given
	for word, value in (
		("datetime", f"{date.today()} 10:00:00"),
		("date", str(date.today())),
		("bool", True),
		("int", 1),
		("float", 1),
		("dict", {}),
		("list", []),
	):
		if word in kind:
			return value
	return "Prova"
