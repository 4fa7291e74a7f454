"""A new DocType that leads to a case, a new table of one, a new report and a new web method: each makes this fail until
the resolver, or the attack table, has a rule for it."""

import json
import sys
from pathlib import Path

import guarded
import pytest

import core_minori
from core_minori import grants

APP = Path(core_minori.__file__).parent
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "site"))

import attack_methods  # noqa: E402 - a pure module of the suite over HTTP

# (DocType, field) that names what may be a case, with the reason why it needs no rule of the resolver's.
OUTSIDE: dict[tuple[str, str], str] = {
	("Cost Allocation", "voucher_no"): "a voucher of the ledger: its controller takes no other DocTypes",
}
# The same of our fields on ERPNext's DocTypes, by what they link to.
OUTSIDE_ON_ERPNEXT: dict[str, str] = {
	"Intervention": "a row of a timesheet is of one intervention: its code only, and link search asks",
}
# Reports that tell of protected records, and how each of them asks.
REPORTS: dict[str, str] = {
	"Access by User": "rows of the access log, by get_list: the officer's",
	"Case Deadlines": "cases by get_list, then their terms by get_list",
	"Case Times": "cases by get_list",
	"Caseload": "assignments and cases by get_list: coordinator and unit manager",
	"Cases to Watch": "cases by get_list, each part where its reader may read it",
	"Cost of Services": "counts and hours of a service, no case: who reads the project's costs",
	"Documents Expiring": "documents by get_list",
	"File Completeness": "cases by get_list",
	"Interventions and Hours": "interventions by get_list",
	"Presence Days": "placements by get_list",
	"Referral Outcomes": "referrals by get_list",
	"Refusals and Alerts": "rows of the access log, by get_list: the officer's",
	"Requests of the Persons": "requests by get_list",
	"Six-monthly List": "cases by get_list of the houses its reader answers for",
	"Statistics for Evaluation": "counts only, none under five, nor one that follows from others",
	"Violence and Emersion": "cases by get_list, counts only",
}
# Web methods outside api/: they stand in the place of one of Frappe's or ERPNext's, and their door is in
# tests/site/test_doors.py or attack_doors.py.
IN_PLACE_OF_FRAPPES = "core_minori.overrides."


@pytest.fixture(scope="module")
def known() -> dict[str, dict]:
	return guarded.doctypes(APP)


def test_every_doctype_that_leads_to_a_case_has_a_rule(known):
	assert len(known) > 60
	assert guarded.unguarded(known, grants.PROTECTED, grants.CHILD_OF, OUTSIDE) == []


def test_the_resolver_names_only_what_there_is(known):
	assert {*grants.PROTECTED, *grants.CHILD_OF} <= known.keys()
	for child, parents in grants.CHILD_OF.items():
		assert known[child].get("istable"), child
		for parent in parents:
			tables = {field.get("options") for field in known[parent]["fields"]}
			assert child in tables, f"{parent} has no table of {child}"


def test_nobody_deletes_shares_or_imports_and_no_administrator_reads(known):
	assert guarded.loose_permissions(known, grants.PROTECTED) == []


def test_no_fields_of_erpnext_s_doctypes_name_a_case():
	source = (APP / "setup" / "custom_fields.py").read_text()
	assert set(guarded.strings_in(source)) & set(grants.PROTECTED) == OUTSIDE_ON_ERPNEXT.keys()


def test_every_report_of_a_case_was_looked_at():
	found = guarded.reports(APP)
	assert len(found) > 15
	assert guarded.unreviewed_reports(found, grants.PROTECTED, REPORTS) == []


def test_every_argument_of_a_web_method_is_in_the_attack_table():
	methods = attack_methods.web_methods()
	assert len(methods) > 60
	assert attack_methods.unknown_arguments(methods) == []


def test_web_methods_lie_in_api_or_stand_for_frappe_s_own():
	hooks = set(guarded.strings_in((APP / "hooks.py").read_text()))
	for path in guarded.web_methods_outside_api(APP):
		assert path.startswith(IN_PLACE_OF_FRAPPES), path
		assert path in hooks, f"{path} stands for nothing in hooks.py"


# --- the test of the tests: each kind of hole is planted, and found ------------------------------------------


def _plant(app: Path, name: str, fields: list[dict], **values) -> None:
	slug = name.lower().replace(" ", "_")
	folder = app / "minors" / "doctype" / slug
	folder.mkdir(parents=True)
	(folder / f"{slug}.json").write_text(
		json.dumps({"doctype": "DocType", "name": name, "fields": fields, "permissions": [], **values})
	)


@pytest.mark.parametrize(
	("field", "said"),
	[
		({"fieldname": "case_file", "fieldtype": "Link", "options": "Case File"}, "links to Case File"),
		({"fieldname": "plan", "fieldtype": "Link", "options": "PEI"}, "links to PEI"),
		({"fieldname": "about", "fieldtype": "Dynamic Link", "options": "kind"}, "links to whatever"),
		({"fieldname": "case_file", "fieldtype": "Data"}, "as text"),
		({"fieldname": "people", "fieldtype": "Table", "options": "Sought Person"}, "holds rows"),
	],
)
def test_a_new_doctype_without_a_rule_is_found(tmp_path, field, said):
	_plant(tmp_path, "Secret Diary", [field, {"fieldname": "text", "fieldtype": "Text"}])
	found = guarded.unguarded(guarded.doctypes(tmp_path), grants.PROTECTED, grants.CHILD_OF, {})
	assert [line for line in found if line.startswith("Secret Diary") and said in line]
	assert not guarded.unguarded(
		guarded.doctypes(tmp_path),
		(*grants.PROTECTED, "Secret Diary"),
		{**grants.CHILD_OF, "Sought Person": ("Secret Diary",)},
		{},
	)


def test_a_new_child_table_is_found(tmp_path):
	_plant(tmp_path, "PEI", [{"fieldname": "diary", "fieldtype": "Table", "options": "Diary Page"}])
	_plant(tmp_path, "Diary Page", [{"fieldname": "text", "fieldtype": "Text"}], istable=1)
	found = guarded.unguarded(guarded.doctypes(tmp_path), grants.PROTECTED, grants.CHILD_OF, {})
	assert found == ["PEI.diary: Diary Page is no child table of PEI"]


def test_a_reason_for_what_is_no_more_is_found(tmp_path):
	assert guarded.unguarded({}, (), {}, {("Gone", "field"): "x"}) == ["Gone.field: is there no more"]


def test_a_right_too_many_is_found():
	known = {
		"PEI": {
			"permissions": [{"role": "Educator", "delete": 1}, {"role": "System Manager", "read": 1}],
			"allow_import": 1,
		}
	}
	assert len(guarded.loose_permissions(known, ["PEI"])) == 3


@pytest.mark.parametrize(
	("kind", "doctype", "source", "said"),
	[
		("Script Report", "PEI", "@frappe.read_only()\ndef execute(): ...", "nobody said"),
		(
			"Script Report",
			"User",
			'@frappe.read_only()\ndef execute():\n\treturn get("Minor")',
			"nobody said",
		),
		("Query Report", "PEI", "", "asks nobody"),
		("Script Report", "PEI", "def execute(): ...", "not read only"),
	],
)
def test_a_new_report_is_found(kind, doctype, source, said):
	known = {"New": ({"ref_doctype": doctype, "report_type": kind}, source)}
	assert any(said in line for line in guarded.unreviewed_reports(known, grants.PROTECTED, {}))


def test_a_new_web_method_is_found(tmp_path):
	(tmp_path / "api").mkdir()
	(tmp_path / "api" / "diary.py").write_text(
		"@frappe.whitelist()\ndef read(diary: str) -> str:\n\treturn diary\n"
	)
	methods = attack_methods.web_methods(tmp_path / "api")
	assert attack_methods.unknown_arguments(methods) == ["core_minori.api.diary.read: diary"]
	(tmp_path / "diary.py").write_text("class Diary:\n\t@frappe.whitelist()\n\tdef read(self): ...\n")
	assert guarded.web_methods_outside_api(tmp_path) == [f"{tmp_path.name}.diary.read"]
