"""The matrix of who may read and write what, asked over HTTP as each role: all that is granted, and nothing else.

The table below is written by hand from the agreed matrix, and not derived from the resolver's own.
"""

import ast
import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import requests
from bench import Bench
from conftest import Scenario, Site, Visitor

ROLES = ("coordinator", "manager", "worker", "psychologist", "educator", "mediator", "contact", "partner")
NOBODY = ("officer", "secretary", "administrator", "emergency_reader")

# record -> rights of the eight roles above, in their order
MATRIX = {
	"minor": "RW R RW R R R R -",
	"case": "RW R RW R RW R R -",
	"support person": "RW R RW R RW R R -",
	"guardianship": "RW R RW R R R R -",
	"document": "RW R RW R R R R -",
	"interview": "RW R RW RW RW R R -",
	"screening": "RW R RW RW RW - - -",
	"assessment": "RW R RW RW RW - - -",
	"contact log": "RW R RW RW RW RW - -",
	"meeting": "RW R RW RW RW RW - -",
	"intervention": "RW R RW RW RW RW - -",
	"session": "RW R - - RW - - -",  # of a group: of who holds it
	"family search": "RW R RW R R R - -",
	"court act": "RW R RW R - - - -",
	"report": "RW R RW R - - - -",  # a psychologist writes their own, and this is not
	"placement": "RW RW R - R - RW -",
	"request": "RW RW RW R R - - -",
	"consent": "RW - RW R R - - -",
	"pei": "RW RW RW RW RW - R -",
	"review": "RW RW RW RW RW - RW -",
	"health": "- - RW R - - - -",
	"psycho-social": "- - - RW - - - -",
	"health summary": "- R RW R - - - -",
	"psycho-social summary": "R R R RW - - - -",
	"care note": "- - RW R R - R -",
	"social deadline": "R R R R R R R -",
	"court deadline": "R R R R - - - -",
	"health deadline": "- - R R - - - -",
	"referral": "RW R RW RW RW - RW R",
	"assignment": "RW R R R R R - -",
	"group": "RW R - - RW - - -",  # of who holds it, as its sessions are
	# what keeps watch over the cases
	"access log": "- - - - - - - -",
	"breach": "R - - - - - - -",
	"data request": "RW - - - - - - -",
	"emergency access": "R - - - - - - -",
	"export": "R - - - - - - -",
	"retention action": "RW - - - - - - -",
	"role confirmation": "RW - - - - - - -",
	"import": "RW - - - - - - -",  # of who made it
}
# The other logins: what they may, of the same records. Who is not here may nothing.
OTHERS = {
	"protection_officer": {
		"assignment": "R",
		"access log": "R",
		"breach": "RW",
		"data request": "RW",
		"emergency access": "RW",
		"export": "R",
		"retention action": "RW",
		"role confirmation": "RW",
	},
	"evaluator": {"export": "RW"},  # their own
	# while an access runs: who the minor is, where they live, and what saves them
	"emergency": {
		"minor": "R",
		"case": "R",
		"support person": "R",
		"guardianship": "R",
		"document": "R",
		"placement": "R",
		"health summary": "R",
		"care note": "R",
		"social deadline": "R",
		"emergency access": "R",
	},
}
# Kept in a state of their own: whoever may change them may still be told that it is too early or too late.
GOVERNANCE = (
	"access log",
	"breach",
	"data request",
	"emergency access",
	"export",
	"retention action",
	"role confirmation",
	"import",
)
# A field that a writer may change without moving anything else, and what is written there.
PROBE = {
	"Minor": ("languages", "Italiano"),
	"Case File": ("intervention_area", "Reception"),
	"Support Person": ("notes", "Prova"),
	"Guardianship": ("court", "Tribunale di prova"),
	"Personal Document": ("notes", "Prova"),
	"Minor Interview": ("involvement", "Prova"),
	"Screening": ("conclusions", "Prova"),
	"Risk Assessment": ("safety_plan", "Prova"),
	"Contact Log": ("next_contact_on", None),
	"Case Meeting": ("agenda", "Prova"),
	"Intervention": ("place", "Prova"),
	"Family Search": ("separation_place", "Prova"),
	"Court Act": ("summary", "Prova"),
	"Protection Report": ("facts", "Prova"),
	"Placement": ("notes", "Prova"),
	"Case Request": ("effective_on", str(date.today())),
	"Consent": ("withheld", "Prova"),
	"PEI": ("protective_factors", "Prova"),
	"PEI Review": ("minor_opinion", "Prova"),
	"Clinical Record": ("recorded_on", str(date.today())),
	"Case Deadline": ("title", "Prova"),
	"Referral": ("urgency", "Normal"),  # as it is: what was sent does not change
	"Care Assignment": ("reason", "Prova"),
	"Intervention Group": ("place", "Prova"),
	"Case Access Log": ("note", "Prova"),
	"Data Breach": ("measures", "Prova"),
	"Data Request": ("details", "Prova"),
	"Emergency Access": ("review_note", "Prova"),
	"Pseudonymised Export": ("title", "Prova"),
	"Retention Action": ("act_number", "Prova"),
	"Role Confirmation": ("reason", "Prova"),
	"Register Import": ("on_error", "Import Nothing"),
}


def granted(key: str, right: str) -> set[str]:
	"""Records of the case that this login has `right` on, by the table."""
	if key in ROLES:
		place = ROLES.index(key)
		return {record for record, rights in MATRIX.items() if right in rights.split()[place]}
	return {record for record, rights in OTHERS.get(key, {}).items() if right in rights}


def granted_elsewhere(key: str, right: str) -> set[str]:
	"""The same of the stranger's case: only who answers for every case, or watches over all, has any."""
	if key in ("coordinator", "manager", "protection_officer"):
		return granted(key, right) - {"import"}
	return set()


@pytest.fixture(scope="module")
def matrix(bench: Bench, site: Site) -> Iterator[tuple[Site, dict]]:
	"""The logins of a scenario of its own, and its records."""
	out = bench.frappe(
		"execute", "core_minori.tests.matrix_scenario.make", site=os.environ["CORE_MINORI_SITE"]
	)
	made = json.loads(next(line for line in reversed(out.splitlines()) if line.startswith("{")))
	yield Site(site.url, Scenario({**made, "attackers": list(made["users"])})), made


EVERYBODY = (*ROLES, *NOBODY, *OTHERS)


def reads(visitor: Visitor, doctype: str, name: str) -> bool:
	"""Whether the record opens; a refusal is a 403, or a 404 that says nothing."""
	answer = visitor.get(f"/api/resource/{doctype}/{name}")
	assert answer.status in (200, 403, 404), answer.text[:500]
	return answer.status == 200


@pytest.mark.parametrize("key", EVERYBODY)
def test_a_role_opens_and_lists_what_the_matrix_grants_and_no_more(matrix, key):
	site, made = matrix
	visitor = site.visitor(key)
	expected = granted(key, "R")
	opened, strangers = set(), set()
	for found, records in ((opened, made["records"]), (strangers, made["others"])):
		for record in MATRIX:
			doctype, name = records[record]
			assert name, f"{record} was not made"
			if reads(visitor, doctype, name):
				found.add(record)
	assert opened == expected
	assert strangers == granted_elsewhere(key, "R")
	for doctype in {doctype for doctype, _name in made["records"].values()}:
		answer = visitor.get(f"/api/resource/{doctype}", limit_page_length=0)
		listed = {row["name"] for row in answer.message or []} if answer.status == 200 else set()
		for found, records in ((opened, made["records"]), (strangers, made["others"])):
			own = {record for record in MATRIX if records[record][0] == doctype}
			assert {record for record in own if records[record][1] in listed} == found & own


API = Path(__file__).resolve().parents[2] / "core_minori" / "api"
REPORTS = Path(__file__).resolve().parents[2] / "core_minori"
# Their methods take projects, claims and vouchers; tests/site/test_doors.py tries them.
OF_MONEY = {"apps", "claims", "funding", "papers", "partners", "reconciliation", "staff", "suggestions"}
# What a web method of ours may be told about the case, by the names of its arguments.
ARGUMENTS = {
	"case_file": lambda made: made["case"],
	"case": lambda made: made["case"],
	"cases": lambda made: [made["case"]],
	"codes": lambda made: [made["case"]],
	"names": lambda made: [made["case"]],
	"minor": lambda made: made["records"]["minor"][1],
	"pei": lambda made: made["records"]["pei"][1],
	"plan": lambda made: made["records"]["pei"][1],
	"referral": lambda made: made["records"]["referral"][1],
	"screening": lambda made: made["records"]["screening"][1],
	"group": lambda made: made["records"]["session"][1],
	"text": lambda made: made["words"]["minor"][:8],
	"txt": lambda made: made["words"]["minor"][:8],
	"given_name": lambda made: made["words"]["minor"],
	"month": lambda made: str(date.today().replace(day=1)),
	"from_date": lambda made: str(date(date.today().year, 1, 1)),
	"to_date": lambda made: str(date.today()),
	"start": lambda made: str(date.today().replace(day=1)),
	"end": lambda made: str(date.today()),
}


def methods_of_ours() -> dict[str, list[str]]:
	"""Dotted path -> names of the arguments, of every web method in api/ that only reads (GET is let in)."""
	found = {}
	for file in sorted(API.glob("*.py")):
		if file.stem in OF_MONEY:
			continue
		for node in ast.parse(file.read_text()).body:
			if not isinstance(node, ast.FunctionDef):
				continue
			said = [ast.unparse(decorator) for decorator in node.decorator_list]
			if any("whitelist" in text and "POST" not in text for text in said):
				arguments = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
				found[f"core_minori.api.{file.stem}.{node.name}"] = arguments
	return found


def reports_of_ours() -> list[str]:
	"""Names of the app's reports."""
	return sorted(
		json.loads(file.read_text())["report_name"]
		for file in REPORTS.glob("*/report/*/*.json")
		if "/funding/" not in str(file)
	)


def _lists(v: Visitor, made: dict) -> None:
	for doctype in sorted({doctype for doctype, _name in made["records"].values()}):
		v.get(f"/api/resource/{doctype}", fields=["*"], limit_page_length=0)
		v.get(f"/api/v2/document/{doctype}", fields=["*"], limit=500)
		v.call("frappe.client.get_list", doctype=doctype, fields=["*"], limit_page_length=0)
		v.post("frappe.desk.reportview.get", doctype=doctype, fields=["*"], page_length=500, start=0)
		v.post(
			"frappe.desk.reportview.export_query",
			doctype=doctype,
			fields=["*"],
			file_format_type="CSV",
			title="x",
			export_in_background=0,
		)


def _forms(v: Visitor, made: dict) -> None:
	for doctype, name in made["records"].values():
		v.get(f"/api/v2/document/{doctype}/{name}/")
		v.call("frappe.desk.form.load.getdoc", doctype=doctype, name=name)
		v.call("frappe.desk.form.load.get_docinfo", doctype=doctype, name=name)
		v.call("frappe.client.get_value", doctype=doctype, filters=name, fieldname="name")


def _prints(v: Visitor, made: dict) -> None:
	for doctype, name in made["records"].values():
		v.get("/printview", doctype=doctype, name=name)
	for file in REPORTS.glob("minors/print_format/*/*.json"):
		paper = json.loads(file.read_text())
		for doctype, name in made["records"].values():
			if doctype == paper["doc_type"]:
				v.get("/printview", doctype=doctype, name=name, format=paper["name"])


def _rows(v: Visitor, made: dict) -> None:
	for doctype in sorted({doctype for doctype, _name in made["records"].values()}):
		meta = v.call("frappe.desk.form.load.getdoctype", doctype=doctype)
		try:
			fields = json.loads(meta.text)["docs"][0]["fields"]
		except (KeyError, ValueError):
			continue
		for field in fields:
			if field["fieldtype"] == "Table":
				v.get(f"/api/resource/{field['options']}", fields=["*"], parent=doctype, limit_page_length=0)


def _searches(v: Visitor, made: dict) -> None:
	for record, word in made["words"].items():
		doctype = made["records"][record][0]
		answer = v.call("frappe.desk.search.search_link", doctype=doctype, txt=word[:10], page_length=20)
		# what was searched for comes back only in a result: the question itself is no leak
		assert made["records"][record][1] not in answer.text or record in granted(v.key, "R")


def _versions(v: Visitor, made: dict) -> None:
	for trace in ("Version", "Comment", "Notification Log", "ToDo", "File", "Email Queue"):
		v.call("frappe.client.get_list", doctype=trace, fields=["*"], limit_page_length=0)


def _methods(v: Visitor, made: dict) -> None:
	for method, arguments in methods_of_ours().items():
		given = {name: ARGUMENTS[name](made) for name in arguments if name in ARGUMENTS}
		v.call(method, **given)
		if "name" in arguments or "doctype" in arguments:
			for doctype, name in made["records"].values():
				v.call(method, **{**given, "doctype": doctype, "name": name})


def _reports(v: Visitor, made: dict) -> None:
	for report in reports_of_ours():
		v.call("frappe.desk.query_report.run", report_name=report, filters={})


DOORS: dict[str, Callable[[Visitor, dict], None]] = {
	"lists": _lists,
	"forms": _forms,
	"prints": _prints,
	"rows": _rows,
	"searches": _searches,
	"versions": _versions,
	"methods": _methods,
	"reports": _reports,
}


def seen_through(visitor: Visitor, made: dict, door: str) -> set[str]:
	"""Records whose word came through a door; what the visitor asked with is no answer."""
	DOORS[door](visitor, made)
	return {
		record
		for record, word in made["words"].items()
		for answer in visitor.answers
		if word in answer.text and word not in answer.asked
	}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("key", (*ROLES, "officer", "administrator"))
def test_no_word_comes_through_a_door_to_who_may_not_read_it(matrix, key, door):
	site, made = matrix
	seen = seen_through(site.visitor(key), made, door)
	assert seen - granted(key, "R") == set()
	if key in ("worker", "coordinator") and door in ("lists", "forms", "prints", "rows"):
		assert seen, f"Nothing comes through {door}: the test would see no leak either"


@pytest.mark.parametrize("key", EVERYBODY)
def test_a_role_changes_what_the_matrix_grants_and_no_more(matrix, key):
	site, made = matrix
	visitor = site.visitor(key)
	changed = set()
	for found, records in ((changed, made["records"]),):
		for record in MATRIX:
			doctype, name = records[record]
			field, value = PROBE[doctype]
			answer = visitor.body("PUT", f"/api/resource/{doctype}/{name}", {field: value})
			kept = record in GOVERNANCE and record in granted(key, "W") and answer.status == 417
			assert kept or answer.status in (200, 403, 404), f"{record}: {answer.text[-500:]}"
			if kept or answer.status == 200:
				found.add(record)
	assert changed == granted(key, "W")


@pytest.mark.parametrize("key", ("worker", "psychologist", "educator", "mediator", "contact", "partner"))
def test_a_role_changes_nothing_of_a_stranger_s_case(matrix, key):
	site, made = matrix
	visitor = site.visitor(key)
	for record in MATRIX:
		doctype, name = made["others"][record]
		field, value = PROBE[doctype]
		answer = visitor.body("PUT", f"/api/resource/{doctype}/{name}", {field: value})
		assert answer.status in (403, 404), f"{record}: {answer.text[-500:]}"


@pytest.mark.parametrize("key", ("worker", "psychologist", "educator", "mediator", "contact", "partner"))
def test_a_role_adds_nothing_to_a_stranger_s_case(matrix, key):
	site, made = matrix
	visitor = site.visitor(key)
	case = made["others"]["case"][1]
	for doctype in sorted({doctype for doctype, _name in made["others"].values()} - {"Minor", "Case File"}):
		answer = visitor.body("POST", f"/api/resource/{doctype}", {"case_file": case})
		assert answer.status in (403, 404, 417), f"{doctype}: {answer.text[-500:]}"
		assert answer.status != 417 or "CASE-" not in answer.text.replace(case, ""), answer.text[-500:]


def test_a_visitor_without_a_login_reads_nothing(matrix):
	site, made = matrix
	session = requests.Session()
	session.trust_env = False
	for doctype, name in made["records"].values():
		for path in (f"/api/resource/{doctype}", f"/api/resource/{doctype}/{name}"):
			assert session.get(f"{site.url}{path}", timeout=60).status_code in (401, 403, 404)
