"""No web method, report, print or page reads a protected DocType before the resolver was asked, and no job that nobody
looked at.

`asking.py` finds the reads. What it finds is here, with the reason why it may stay, each read in the code; a reason for
what is no more fails as well.
"""

from pathlib import Path

import asking
import pytest

import core_minori
from core_minori import grants

APP = Path(core_minori.__file__).parent
HOOKS = (APP / "hooks.py").read_text()
DOCTYPES = {*grants.PROTECTED, *grants.CHILD_OF}

_OF_THE_RESOLVER = "the resolver itself, or a part of its question"
_EXPLAINER = (
	"its web methods let in coordinator, unit manager and officer only (api.access._ask), codes and ties only"
)
_OWN_HOURS = "the user's own rows, or everybody's for the coordinator; sums of hours and no case"
_OF_A_REQUEST = "api.rights locks the request first (may_open with write), or asks for every case it finds"
_OF_RETENTION = (
	"api.rights._action asks (may_open with write), retention._decider for the role; nothing of it is shown"
)
_LOGGED = "the log's own look-up of the case a record is of; it goes into the log and to nobody"
_COUNTS = "counts only, with no cell under five: the evaluator reads no case (see the report's first lines)"

# (function, DocType) -> why it may read before anybody was asked. UNKNOWN: the source does not name the DocType.
REVIEWED: dict[tuple[str, str], str] = {
	("core_minori.access_explainer._limits", "Case File"): _EXPLAINER,
	("core_minori.access_explainer._roles_of_users", asking.UNKNOWN): _EXPLAINER,
	("core_minori.access_explainer._single_records", "Case File"): _EXPLAINER,
	("core_minori.access_explainer.seen_by", "Case File"): _EXPLAINER,
	("core_minori.access_rows._follow_traces", asking.UNKNOWN): _LOGGED,
	("core_minori.access_rows.cases_of", asking.UNKNOWN): _LOGGED,
	("core_minori.access_rows.cases_of", "Case File"): _LOGGED,
	("core_minori.api.access._known", asking.UNKNOWN): _EXPLAINER,
	("core_minori.api.cases.resolve_flag", "Case File"): "may_open stands in the condition before it",
	(
		"core_minori.api.emergency.open_case",
		"Case File",
	): "whether the code is one: a wrong one is told to the officers, and shows nothing",
	(
		"core_minori.api.intake._opened",
		"Case File",
	): "cases that this filling of the form opened: of the user's own people, by their token",
	(
		"core_minori.api.intake._opened",
		"Minor",
	): "cases that this filling of the form opened: of the user's own people, by their token",
	("core_minori.api.interventions.my_month", asking.UNKNOWN): _OWN_HOURS,
	("core_minori.api.interventions.my_month", "Intervention"): _OWN_HOURS,
	("core_minori.api.interventions.my_month", "Intervention Operator"): _OWN_HOURS,
	(
		"core_minori.api.interventions.save_group_month",
		"Intervention Group",
	): "a lock on the name; the record is loaded and asked about in the next lines",
	(
		"core_minori.api.interventions.set_status",
		"Intervention",
	): "every one of them is asked about before the first is changed",
	(
		"core_minori.api.legal._waiting",
		"Placement",
	): "locked first; both callers ask for the case before they tell or change anything",
	("core_minori.api.sealed.earlier_texts", asking.UNKNOWN): "may_open stands in the condition before it",
	("core_minori.data_requests.cases_of_request", "Case File"): _OF_A_REQUEST,
	("core_minori.data_requests.decide", "Data Request"): _OF_A_REQUEST,
	("core_minori.data_requests.lift", "Data Request"): _OF_A_REQUEST,
	("core_minori.data_requests.open_correction", asking.UNKNOWN): _OF_A_REQUEST,
	("core_minori.data_requests.open_correction", "Case File"): _OF_A_REQUEST,
	(
		"core_minori.governance.report.statistics_for_evaluation.statistics_for_evaluation._names",
		"Case File",
	): _COUNTS,
	(
		"core_minori.governance.report.statistics_for_evaluation.statistics_for_evaluation._people",
		"Case File",
	): _COUNTS,
	(
		"core_minori.minors.report.case_deadlines.case_deadlines._cases",
		"Care Assignment",
	): "the user's own assignments, which only narrow the get_list that follows",
	("core_minori.minors.work_hours._people_with_rows", asking.UNKNOWN): _OWN_HOURS,
	("core_minori.minors.work_hours._point_operators", asking.UNKNOWN): _OWN_HOURS,
	("core_minori.minors.work_hours._point_operators", "Intervention Operator"): _OWN_HOURS,
	("core_minori.minors.work_hours._sheet_rows", asking.UNKNOWN): _OWN_HOURS,
	("core_minori.minors.work_hours._shift_rows", asking.UNKNOWN): _OWN_HOURS,
	("core_minori.minors.work_hours._shift_rows", "Intervention"): _OWN_HOURS,
	("core_minori.minors.work_hours._shift_rows", "Intervention Operator"): _OWN_HOURS,
	("core_minori.permissions._unless_limited", "Case File"): _OF_THE_RESOLVER,
	("core_minori.permissions.may_open", asking.UNKNOWN): _OF_THE_RESOLVER,
	("core_minori.permissions.readable_cases", "Case File"): _OF_THE_RESOLVER,
	("core_minori.permissions.unconfirmed_roles", "Role Confirmation"): _OF_THE_RESOLVER,
	("core_minori.personal_fields.cases_of", "Case File"): _OF_A_REQUEST,
	("core_minori.personal_fields.records_of", asking.UNKNOWN): _OF_A_REQUEST,
	("core_minori.personal_fields.sharing", asking.UNKNOWN): _OF_A_REQUEST,
	("core_minori.research_export.cases_with_people", asking.UNKNOWN): _COUNTS,
	("core_minori.research_export.cases_with_people", "Case File"): _COUNTS,
	("core_minori.research_export.cases_with_people", "Minor"): _COUNTS,
	("core_minori.research_export.hours_by_service", asking.UNKNOWN): _COUNTS,
	("core_minori.research_export.hours_by_service", "Intervention"): _COUNTS,
	("core_minori.research_export.hours_by_service", "Intervention Participant"): _COUNTS,
	("core_minori.research_export.last_referral", "Referral"): _COUNTS,
	("core_minori.research_export.worst_term", "Case Deadline"): _COUNTS,
	("core_minori.retention._belongings", "Case File"): _OF_RETENTION,
	("core_minori.retention._empty", asking.UNKNOWN): _OF_RETENTION,
	("core_minori.retention._locked", "Case File"): _OF_RETENTION,
	("core_minori.retention._remove_traces", asking.UNKNOWN): _OF_RETENTION,
	("core_minori.retention._unlink", "Case File"): _OF_RETENTION,
	("core_minori.retention._unlink", "Support Person"): _OF_RETENTION,
	("core_minori.retention.discard", "Case File"): _OF_RETENTION,
	("core_minori.retention.kept_cases", "Case File"): _OF_RETENTION,
	("core_minori.retention.kept_cases", "Data Request"): _OF_RETENTION,
	("core_minori.retention.kept_cases", "Minor"): _OF_RETENTION,
	("core_minori.retention.pseudonymise", asking.UNKNOWN): _OF_RETENTION,
	(
		"core_minori.storage.plain_texts",
		asking.UNKNOWN,
	): "a number of rows that are not sealed yet, for who administers",
}
# Jobs run for nobody: what each does with what it reads, and whom it tells.
JOBS: dict[str, str] = {
	"core_minori.access_store.drain": "writes the access log down",
	"core_minori.access_check.every_day": "checks the chain of the access log and tells the officers that it is broken",
	"core_minori.access_check.every_month": "lets old rows of the access log go",
	"core_minori.breaches.hourly": "tells the officers that the clock of a breach runs out, by its number",
	"core_minori.case_deadlines.daily": "works the terms out again from the facts",
	"core_minori.case_deadlines.hourly": "the same for terms counted in hours",
	"core_minori.case_deadlines.refresh_open_cases": "the same after a rule changed",
	"core_minori.case_reminders.daily": "tells who follows the case that a term is near, by code",
	"core_minori.case_reminders.hourly": "the same for terms counted in hours",
	"core_minori.data_requests.daily": "tells who answers requests that one is due, by number",
	"core_minori.funding.checks.recheck_with_progress": "costs; reads no case",
	"core_minori.funding.claims.run_step": "claims; reads no case",
	"core_minori.funding.dossier.attach": "papers of a claim; reads no case",
	"core_minori.funding.partner_submissions.run": "costs of partners; reads no case",
	"core_minori.funding.suggestions.accept_in_background": "costs; reads no case",
	"core_minori.governance.importer.run": "runs as its author, who may open the import; its problems are the author's only",
	"core_minori.minors.doctype.case_file.case_file.refresh_states": "moves the states of cases with their dates",
	"core_minori.minors.work_hours.bring_last_month": "brings the hours of interventions to timesheets, without a case",
	"core_minori.network.doctype.agreement.agreement.refresh_states": "agreements; reads no case",
	"core_minori.retention.daily": "proposes what a rule of retention says; people decide",
}


@pytest.fixture(scope="module")
def package() -> asking.Package:
	return asking.Package(APP, DOCTYPES, skipped=("setup/demo",))


def test_everything_that_answers_somebody_asks_first(package):
	entries = {*package.entries(), *(asking.named_in_hooks(HOOKS, "jinja") & package.functions.keys())}
	assert len(entries) > 120
	found = package.unasked(entries)
	new = {key: sorted(ways)[:3] for key, ways in found.items() if key not in REVIEWED}
	assert new == {}, "read before the resolver was asked"
	assert REVIEWED.keys() - found.keys() == set(), "a reason for what is no more"


def test_every_job_was_looked_at(package):
	jobs = {package.resolved(path) for path in asking.named_in_hooks(HOOKS, "scheduler_events")}
	assert jobs | asking.enqueued(package) == JOBS.keys()


def test_what_hooks_name_is_there(package):
	named = asking.named_in_hooks(HOOKS, "jinja") | asking.named_in_hooks(HOOKS, "scheduler_events")
	assert named and {package.resolved(path) for path in named} <= package.functions.keys()


# --- the test of the test: what is planted is found, and what asks is not -----------------------------------------

BAD = {
	"get_all": 'return frappe.get_all("PEI")',
	"get_value": 'return frappe.db.get_value("Minor", name, "given_name")',
	"a constant": "return frappe.get_all(SECRET)",
	"an imported constant": "return frappe.get_all(ELSEWHERE)",
	"a variable": 'doctype = "Case File"\n\treturn frappe.get_all(doctype)',
	"a loop": 'for doctype in ("User", "Consent"):\n\t\tfrappe.get_all(doctype)',
	"an unknown DocType": "return frappe.get_all(name)",
	"SQL": 'return frappe.db.sql("select * from `tabClinical Record`")',
	"a query": 'return frappe.qb.from_(frappe.qb.DocType("Court Act")).run()',
	"a document": 'return frappe.get_doc("Referral", name).as_dict()',
	"a list that asks nobody": 'return frappe.get_list("PEI", ignore_permissions=True)',
	"another function": "return helper(name)",
	"a helper elsewhere": "return far.reads(name)",
	"a question in one branch": 'if name:\n\t\tfrappe.has_permission("PEI", throw=True)\n\treturn frappe.get_all("PEI")',
	"a question too late": 'found = frappe.get_all("PEI")\n\tprint(found)\n\tfrappe.has_permission("PEI", throw=True)\n\treturn found',
	"a child table": 'return frappe.get_all("PEI Objective")',
}
GOOD = {
	"a list": 'return frappe.get_list("PEI")',
	"a question before": 'frappe.has_permission("PEI", throw=True)\n\treturn frappe.get_all("PEI")',
	"a document that is asked": 'doc = frappe.get_doc("PEI", name)\n\tdoc.check_permission("read")\n\treturn doc',
	"a question in a condition": "if not may_read_case(name, name):\n\t\traise ValueError\n\treturn frappe.get_all(SECRET)",
	"a helper that asks": "ask(name)\n\treturn helper(name)",
	"another DocType": 'return frappe.get_all("User")',
	"a new record": 'return frappe.get_doc({"doctype": "PEI"}).insert()',
}
SOURCE = """import frappe
from planted import far
from planted.far import ELSEWHERE

SECRET = "Clinical Record"


@frappe.whitelist()
def method(name: str):
	{body}


def helper(name):
	return frappe.get_all("Minor", name)


def ask(name):
	doc = frappe.get_doc("Case File", name)
	doc.check_permission("read")
"""
FAR = """import frappe

ELSEWHERE = "Consent"


def reads(name):
	return frappe.get_cached_doc("Case File", name)
"""


def _planted(tmp_path: Path, body: str) -> dict:
	folder = tmp_path / "planted"
	folder.mkdir()
	(folder / "api.py").write_text(SOURCE.format(body=body))
	(folder / "far.py").write_text(FAR)
	package = asking.Package(folder, DOCTYPES)
	assert package.entries() == {"planted.api.method": "web method"}
	return package.unasked(package.entries())


@pytest.mark.parametrize("way", BAD)
def test_a_function_that_asks_nobody_is_found(tmp_path, way):
	assert _planted(tmp_path, BAD[way])


@pytest.mark.parametrize("way", GOOD)
def test_a_function_that_asks_is_let_through(tmp_path, way):
	assert _planted(tmp_path, GOOD[way]) == {}


def test_reports_prints_and_jobs_are_entries_too(tmp_path):
	folder = tmp_path / "planted"
	(folder / "minors" / "report" / "all").mkdir(parents=True)
	(folder / "minors" / "report" / "all" / "all.py").write_text(
		'import frappe\n\n\ndef execute(filters=None):\n\treturn [], frappe.get_all("Minor")\n'
	)
	(folder / "work.py").write_text(
		'import frappe\n\n\ndef start():\n\tfrappe.enqueue("planted.work.job")\n\tfrappe.enqueue(other)\n\n\n'
		"def job():\n\tpass\n\n\ndef other():\n\tpass\n"
	)
	package = asking.Package(folder, DOCTYPES)
	assert package.unasked(package.entries()) == {
		("planted.minors.report.all.all.execute", "Minor"): {"planted.minors.report.all.all.execute"}
	}
	assert asking.enqueued(package) == {"planted.work.job", "planted.work.other"}
	assert asking.named_in_hooks('jinja = {"methods": ["planted.work.job"]}\nother = ["a.b"]', "jinja") == {
		"planted.work.job"
	}
