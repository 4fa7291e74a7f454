"""The access log over HTTP: each door leaves the rows that say what its user saw or was refused, and no others."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Answer, Scenario, Site, Visitor

FIELDS = (
	"sequence",
	"user",
	"way",
	"outcome",
	"case_file",
	"record_type",
	"record",
	"records",
	"cases",
	"note",
)


class Log:
	"""The log as the data protection officer reads it, from a moment on."""

	def __init__(self, site: Site) -> None:
		self.site = site
		self.officer = site.visitor("protection_officer")
		self.last = 0
		self.rows()

	def rows(self) -> list[dict]:
		"""The rows since the last question, without the officer's own reading of the log."""
		found = self.officer.get(
			"/api/resource/Case Access Log",
			fields=list(FIELDS),
			filters=[["sequence", ">", self.last]],
			order_by="sequence",
			limit_page_length=0,
		).message
		self.last = max([self.last, *(row["sequence"] for row in found)])
		return [row for row in found if row["record_type"] != "Case Access Log"]

	def after(self, answer: Answer, status: int = 200) -> dict:
		"""The one row that this request left."""
		assert answer.status == status, f"{answer.asked}: {answer.status} {answer.text[:500]}"
		rows = self.rows()
		assert len(rows) == 1, f"{answer.asked} left {rows}"
		return rows[0]


@pytest.fixture
def log(site: Site) -> Iterator[Log]:
	yield Log(site)


@pytest.fixture
def worker(site: Site) -> Visitor:
	return site.visitor("worker")


def said(row: dict) -> tuple:
	return row["way"], row["outcome"], row["case_file"], row["record_type"], row["record"]


@pytest.mark.parametrize(
	"path",
	[
		"/api/resource/Case File/{case}",
		"/api/v1/resource/Case File/{case}",
		"/api/v2/document/Case File/{case}",
	],
)
def test_a_record_read_over_rest_is_one_row(log: Log, worker: Visitor, scenario: Scenario, path: str):
	row = log.after(worker.get(path.format(case=scenario.case)))
	assert said(row) == ("Form", "Allowed", scenario.case, "Case File", scenario.case)
	assert row["user"] == scenario.users["worker"]


def test_an_opened_form_is_one_row_with_what_it_fetches(log: Log, worker: Visitor, scenario: Scenario):
	worker.call("frappe.desk.form.load.getdoc", doctype="Case File", name=scenario.case)
	worker.call("core_minori.api.cases.overview", case_file=scenario.case)
	worker.call("frappe.desk.form.load.get_docinfo", doctype="Case File", name=scenario.case)
	worker.call("frappe.client.validate_link", doctype="Case File", docname=scenario.case, fields=["name"])
	row = log.after(worker.call("frappe.client.get_count", doctype="Case File"))
	assert said(row) == ("Form", "Allowed", scenario.case, "Case File", scenario.case)


def test_what_a_form_fetches_counts_when_no_form_was_opened(log: Log, site: Site, scenario: Scenario):
	row = log.after(site.visitor("manager").call("core_minori.api.cases.overview", case_file=scenario.case))
	assert (row["way"], row["case_file"], row["note"]) == ("Form", scenario.case, "overview")


def test_a_record_of_a_case_is_kept_with_its_case(log: Log, worker: Visitor, scenario: Scenario):
	row = log.after(worker.get(f"/api/resource/Minor/{scenario.minor}"))
	assert said(row) == ("Form", "Allowed", scenario.case, "Minor", scenario.minor)
	pei = scenario.records["PEI"] if isinstance(scenario.records, dict) else None
	if pei:
		row = log.after(worker.call("frappe.client.get", doctype="PEI", name=pei))
		assert said(row) == ("Form", "Allowed", scenario.case, "PEI", pei)


@pytest.mark.parametrize(
	"go",
	[
		lambda v: v.post(
			"frappe.desk.reportview.get", doctype="Case File", fields=["name"], start=0, page_length=20
		),
		lambda v: v.get("/api/resource/Case File"),
		lambda v: v.get("/api/v2/document/Case File"),
		lambda v: v.call("frappe.client.get_list", doctype="Case File"),
	],
)
def test_a_list_is_one_row_with_its_cases(log: Log, worker: Visitor, scenario: Scenario, go):
	row = log.after(go(worker))
	assert (row["way"], row["outcome"], row["record_type"]) == ("List", "Allowed", "Case File")
	assert scenario.case in (row["cases"] or row["case_file"])
	assert row["records"] == len((row["cases"] or row["case_file"]).split())


def test_a_list_without_codes_is_kept_with_them(log: Log, worker: Visitor, scenario: Scenario):
	row = log.after(worker.get("/api/resource/Minor", fields=["given_name"]))
	assert scenario.words["given_name"] not in json.dumps(row)
	assert scenario.case in (row["cases"] or row["case_file"])


@pytest.mark.parametrize(
	"go",
	[
		lambda v, s: v.call(
			"frappe.client.get_value",
			doctype="Minor",
			fieldname="given_name",
			filters={"family_name": s.words["family_name"]},
		),
		lambda v, s: v.call(
			"frappe.client.validate_link", doctype="Minor", docname=s.sibling_minor, fields=["given_name"]
		),
		lambda v, s: v.call(
			"frappe.desk.listview.get_group_by_count", doctype="Minor", current_filters=[], field="given_name"
		),
		lambda v, s: v.get(
			"/api/doctype/Minor/count", cmd="frappe.client.get", doctype="Minor", name=s.minor
		),
	],
)
def test_values_that_come_by_a_side_door_leave_a_row(log: Log, site: Site, scenario: Scenario, go):
	answer = go(site.visitor("coordinator"), scenario)
	assert answer.status == 200, answer.text[:300]
	rows = log.rows()
	assert len(rows) == 1, answer.asked
	assert rows[0]["case_file"] or rows[0]["cases"], answer.asked


def test_a_search_and_a_count(log: Log, worker: Visitor, scenario: Scenario):
	row = log.after(worker.post("frappe.desk.search.search_link", doctype="Case File", txt="CASE"))
	assert row["way"] == "Search"
	assert scenario.case in (row["cases"] or row["case_file"])
	row = log.after(
		worker.post(
			"core_minori.api.people.find",
			text=f"{scenario.words['given_name']} {scenario.words['family_name']}",
		)
	)
	assert (row["way"], row["case_file"]) == ("Search", scenario.case)
	assert scenario.words["given_name"] not in json.dumps(row)
	worker.call("frappe.client.get_count", doctype="Case File")
	assert log.rows() == []


def test_an_open_tab_that_asks_again_saw_nothing_new(log: Log, site: Site, scenario: Scenario):
	held = json.dumps({"Case File": [scenario.case]})
	for key, closed in (("worker", {}), ("stranger", {"Case File": [scenario.case]})):
		answer = site.visitor(key).post("core_minori.api.access.closed_among", records=held)
		assert answer.message["closed"] == closed
	assert log.rows() == []


def test_reports_and_their_exports(log: Log, site: Site, scenario: Scenario):
	coordinator = site.visitor("coordinator")
	row = log.after(
		coordinator.call("frappe.desk.query_report.run", report_name="Cases to Watch", filters={})
	)
	assert (row["way"], row["note"]) == ("Report", "Cases to Watch")
	assert scenario.case in (row["cases"] or row["case_file"])
	row = log.after(
		coordinator.post(
			"frappe.desk.query_report.export_query",
			report_name="Cases to Watch",
			file_format_type="Excel",
			filters={},
			visible_idx=[],
		),
		403,
	)
	assert (row["way"], row["outcome"], row["note"]) == ("Export", "Refused", "Cases to Watch")
	row = log.after(coordinator.post("core_minori.api.sim.sheet", cases=[scenario.case]))
	assert (row["way"], row["outcome"], row["case_file"]) == ("Export", "Allowed", scenario.case)
	for kind in ("CSV", "Excel"):
		row = log.after(
			coordinator.post(
				"frappe.desk.reportview.export_query",
				doctype="Case File",
				fields=["name", "state"],
				file_format_type=kind,
			),
			403,
		)
		assert (row["way"], row["outcome"], row["record_type"]) == ("Export", "Refused", "Case File")
	row = log.after(
		site.visitor("stranger").call("frappe.desk.query_report.run", report_name="Caseload", filters={}), 403
	)
	assert (row["way"], row["outcome"], row["note"]) == ("Report", "Refused", "Caseload")


def test_prints(log: Log, worker: Visitor, scenario: Scenario):
	for path in ("/printview", "/api/method/frappe.utils.print_format.download_pdf"):
		answer = worker.get(path, doctype="Case File", name=scenario.case)
		assert said(log.after(answer)) == ("Print", "Allowed", scenario.case, "Case File", scenario.case)


def test_files(log: Log, site: Site, worker: Visitor, scenario: Scenario):
	for path in (scenario.file_url, f"/api/method/download_file?file_url={scenario.file_url}"):
		answer = worker.get(path)
		assert said(log.after(answer)) == ("File", "Allowed", scenario.case, "Minor", scenario.minor)
	row = log.after(site.visitor("stranger").get(scenario.file_url), 403)
	assert said(row) == ("File", "Refused", scenario.case, "Minor", scenario.minor)


@pytest.mark.parametrize(
	("way", "go"),
	[
		("Form", lambda v, s: v.call("frappe.desk.form.load.getdoc", doctype="Case File", name=s.case)),
		("Form", lambda v, s: v.get(f"/api/resource/Case File/{s.case}")),
		("Form", lambda v, s: v.get(f"/api/v2/document/Case File/{s.case}")),
		(
			"Form",
			lambda v, s: v.body("PUT", f"/api/resource/Case File/{s.case}", {"reported_on": "2026-01-01"}),
		),
		("Form", lambda v, s: v.send("DELETE", f"/api/resource/Case File/{s.case}")),
		("Form", lambda v, s: v.call("core_minori.api.cases.overview", case_file=s.case)),
		("Print", lambda v, s: v.get("/printview", doctype="Case File", name=s.case)),
		(
			"Print",
			lambda v, s: v.call("frappe.utils.print_format.download_pdf", doctype="Case File", name=s.case),
		),
	],
)
@pytest.mark.parametrize("who", ["stranger", "officer"])
def test_a_refusal_is_one_row_with_the_record_asked_for(
	log: Log, site: Site, scenario: Scenario, who, way, go
):
	row = log.after(go(site.visitor(who), scenario), 403)
	assert said(row)[:3] == (way, "Refused", scenario.case)
	assert row["user"] == scenario.users[who]


def test_what_an_attacker_types_does_not_come_into_the_log(log: Log, site: Site, scenario: Scenario):
	stranger = site.visitor("stranger")
	row = log.after(stranger.get("/api/resource/Case File/Mario Rossi <script>alert(1)</script>"), 404)
	assert (row["outcome"], row["record"], row["note"]) == ("Refused", None, "No such record.")
	stranger.call("frappe.desk.query_report.run", report_name="<img src=x>", filters={})
	stranger.get("/api/resource/Case File/" + "x" * 500)
	assert "<" not in json.dumps(log.rows())


def test_a_change_is_a_row_with_the_digest_of_what_is_stored(log: Log, worker: Visitor, scenario: Scenario):
	worker.body("PUT", f"/api/resource/Minor/{scenario.minor}", {"birth_place": "Altrove"})
	row = log.after(worker.get("/api/method/ping"))
	assert said(row) == ("Change", "Allowed", scenario.case, "Minor", scenario.minor)
	full = log.officer.get(
		"/api/resource/Case Access Log", filters={"sequence": row["sequence"]}, fields=["version", "digest"]
	).message[0]
	assert full["version"]
	assert len(full["digest"]) == 64


def test_administrators_reading_is_kept_too(log: Log, site: Site, scenario: Scenario):
	root = site.visitor("root")
	log.rows()
	row = log.after(root.get(f"/api/resource/Case File/{scenario.case}"))
	assert (row["user"], row["case_file"]) == ("Administrator", scenario.case)
	row = log.after(root.call("core_minori.api.cases.my_day"))
	assert scenario.case in (row["cases"] or row["case_file"])


def test_many_reads_at_the_same_time_leave_as_many_rows(log: Log, site: Site, scenario: Scenario):
	visitors = [site.visitor(key) for key in ("worker", "coordinator", "psychologist", "manager")]
	with ThreadPoolExecutor(4) as pool:
		list(
			pool.map(
				lambda number: visitors[number % 4].get(f"/api/resource/Case File/{scenario.case}"), range(80)
			)
		)
	rows = log.rows()
	assert len(rows) == 80
	assert [row["sequence"] for row in rows] == list(range(rows[0]["sequence"], rows[0]["sequence"] + 80))


def test_the_officer_reads_it_and_is_read_and_nobody_writes_it(log: Log, site: Site, scenario: Scenario):
	officer = log.officer
	own = officer.get(
		"/api/resource/Case Access Log",
		filters={"user": scenario.users["protection_officer"], "record_type": "Case Access Log"},
		fields=["name", "way"],
		limit_page_length=1,
	).message
	assert own[0]["way"] in ("List", "Report")
	for key in ("protection_officer", "root"):
		visitor = site.visitor(key)
		path = f"/api/resource/Case Access Log/{own[0]['name']}"
		assert visitor.body("PUT", path, {"user": "else"}).status in (403, 417)
		assert visitor.send("DELETE", path).status in (403, 417)
		assert visitor.body("POST", "/api/resource/Case Access Log", {"user": "else"}).status in (403, 417)
	assert officer.get(f"/api/resource/Case Access Log/{own[0]['name']}").message["user"] != "else"
	for key in ("coordinator", "worker", "administrator", "evaluator"):
		assert site.visitor(key).get("/api/resource/Case Access Log").status == 403
		assert site.visitor(key).post("core_minori.api.access_log.check").status == 403


def test_an_untouched_log_holds(log: Log, worker: Visitor, scenario: Scenario):
	worker.get(f"/api/resource/Case File/{scenario.case}")
	log.rows()
	found = log.officer.post("core_minori.api.access_log.check").message
	assert (found["broken"], found["changes"]) == (None, [])
	assert found["rows"] == found["count"] >= log.last
