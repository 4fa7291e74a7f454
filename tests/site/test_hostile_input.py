"""What a stranger, or a careless colleague, types and sends: over HTTP and in a browser, as the users who meet it.

Scripts and templates in every text field run nowhere; exports run no formula; files and texts that are too large, too deep
or not what they say are refused in words, never by a failure of the server.
"""

import base64
import csv
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Answer, Scenario, Site, Visitor

from core_minori.engine.inert import released, would_run

APP = Path(__file__).resolve().parents[2] / "core_minori"
FORMULA = "=1+1+cmd|' /C calc'!A0"
PDF = b"%PDF-1.4\n%%EOF"
PAGE = b"<!DOCTYPE html><script>alert(1)</script>"

# DocTypes whose lists have a script of ours, and one that has none.
LISTED = (
	*(path.parent.name.replace("_", " ").title() for path in APP.glob("*/doctype/*/*_list.js")),
	"Case File",
	"Support Person",
)

# What of a planted text came alive in the page: a script that ran, or a node that would run one; a template that was
# worked out (7 times 191).
ALIVE = """() => {
	const found = window.__xss ? [`ran ${window.__xss}`] : [];
	const where = (node) => {
		const names = [];
		for (let up = node; up && names.length < 6; up = up.parentElement)
			names.push(up.dataset?.fieldname ? `#${up.dataset.fieldname}` : String(up.className?.baseVal ?? up.className));
		return names.join(" < ");
	};
	for (const node of document.querySelectorAll("*"))
		for (const { name, value } of node.attributes)
			if (value.includes("__xss") && (/^on|^srcdoc$/.test(name) || /^\\s*javascript:/i.test(value)))
				found.push(`${node.tagName} ${name}: ${where(node)}`);
	for (const node of document.querySelectorAll("script"))
		if (node.textContent.includes("window.__xss=")) found.push(`script: ${where(node)}`);
	const shown = document.body.innerText;
	if (shown.includes("62773913")) found.push(`template: ${shown.split("62773913")[0].slice(-80)}`);
	window.__xss = 0;
	return [...new Set(found)];
}"""
# Every field of a record as the reports, the tables and the read-only form show it.
FORMATTED = """async (records) => {
	const box = document.createElement("div");
	document.body.append(box);
	for (const [doctype, name] of records) {
		await frappe.model.with_doctype(doctype);
		const { message } = await frappe.xcall("frappe.client.get", { doctype, name })
			.then((message) => ({ message }), () => ({ message: {} }));
		const rows = [[doctype, message]];
		for (const df of frappe.get_meta(doctype).fields)
			for (const row of (frappe.model.table_fields.includes(df.fieldtype) && message[df.fieldname]) || [])
				rows.push([df.options, row]);
		for (const [of, doc] of rows)
			for (const df of frappe.get_meta(of).fields)
				if (typeof doc[df.fieldname] === "string" && !["Text Editor", "HTML Editor", "Code"].includes(df.fieldtype))
					for (const options of [{}, { inline: 1 }, { for_print: 1 }])
						$("<p>").html(frappe.format(doc[df.fieldname], df, options, doc)).appendTo(box);
	}
	await new Promise((resolve) => setTimeout(resolve, 300));
}"""


@pytest.fixture(scope="module")
def hostile(bench: Any) -> Iterator[Site]:
	"""The served site with a script in every text field of one record of every DocType; taken out at the end."""
	site = os.environ["CORE_MINORI_SITE"]
	out = bench.frappe("execute", "core_minori.tests.hostile_scenario.make", site=site)
	made = json.loads(next(line for line in reversed(out.splitlines()) if line.startswith("{")))
	yield Site(os.environ["CORE_MINORI_URL"].rstrip("/"), Scenario(made))
	bench.frappe("execute", "core_minori.tests.hostile_scenario.unmake", site=site)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
	"""Chromium of the machine, headless."""
	playwright = pytest.importorskip("playwright.sync_api", reason="no playwright")
	chromium = os.environ.get("CORE_MINORI_CHROMIUM") or shutil.which("chromium")
	if not chromium:
		pytest.skip("no chromium on this machine")
	with playwright.sync_playwright() as running:
		yield running.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])


class Window:
	"""A login's window, in which pages are looked at one after the other without loading the desk anew."""

	def __init__(self, browser: Any, site: Site, key: str) -> None:
		self.url, self.found = site.url, []
		context = browser.new_context(locale="it-IT", viewport={"width": 1400, "height": 1000})
		context.set_default_timeout(60_000)
		answer = context.request.post(
			f"{site.url}/api/method/login",
			form={"usr": site.scenario.users[key], "pwd": site.scenario.password},
		)
		assert answer.ok, answer.text()[:200]
		self.page = context.new_page()
		self.page.on("dialog", lambda dialog: dialog.dismiss())
		self.desk()

	def desk(self) -> None:
		"""Load the desk."""
		self.page.goto(f"{self.url}/app/user-profile")
		self.page.wait_for_function("window.frappe && frappe.boot && frappe.set_route && frappe.router")

	def go(self, *route: str) -> None:
		"""Open a place of the desk and look at it; texts of the page are kept in `shown`."""
		# No dialog of the page before, and no question about what was changed there, is in the way.
		self.page.evaluate(
			"""async (route) => {
				document.querySelectorAll(".modal, .modal-backdrop").forEach((node) => node.remove());
				if (window.cur_frm?.doc) cur_frm.doc.__unsaved = 0;
				await frappe.set_route(route);
			}""",
			list(route),
		)
		self.still()
		self.look(" / ".join(route))

	def still(self) -> None:
		"""Wait until no request runs."""
		self.page.wait_for_timeout(250)
		self.page.wait_for_function("!frappe.request.ajax_count", timeout=60_000)
		self.page.wait_for_timeout(150)

	def look(self, what: str) -> None:
		"""Note what is alive in the page as it is now."""
		self.found += [f"{what}: {one}" for one in self.page.evaluate(ALIVE)]


def test_the_look_sees_what_runs(hostile: Site, browser: Any) -> None:
	"""The positive control: a page that writes a text as it stands is found out, each way by itself."""
	window = Window(browser, hostile, "worker")
	for planted in (
		"<img src=x onerror=window.__xss=1>",
		'<a href="javascript:window.__xss=4">x</a>',
		'<input onfocus="window.__xss=6">',
		"7919*7927 is 62773913",
	):
		window.page.evaluate("html => { document.body.innerHTML = html }", planted)
		window.page.wait_for_timeout(200)
		before = len(window.found)
		window.look("control")
		assert len(window.found) > before, planted


def test_no_script_and_no_template_runs_at_the_desk(hostile: Site, browser: Any) -> None:
	"""Forms, lists, formatted cells, reports, My Day, the intake, the search box and the notifications."""
	commented = hostile.visitor("worker").post(
		"frappe.desk.form.utils.add_comment",
		reference_doctype="Case File",
		reference_name=hostile.scenario.case,
		content=f"{hostile.scenario.planted} @[x](y) <span class='mention' data-id='x'>x</span>",
		comment_email="x@example.test",
		comment_by="' onfocus='window.__xss=6' <img src=x onerror=window.__xss=1>",
	)
	assert commented.status == 200, commented.text[:300]
	found, texts = [], 0
	by_reader: dict[str, list[dict]] = {}
	for record in hostile.scenario.records:
		by_reader.setdefault(record["reader"], []).append(record)
	for key, records in by_reader.items():
		window = Window(browser, hostile, key)
		for record in records:
			window.go("Form", record["doctype"], record["name"])
			texts += "7919*7927" in window.page.evaluate(
				"JSON.stringify(cur_frm?.doc || {}) + document.body.innerText"
			)
		# Lists with no script of ours are all drawn by the same code of Frappe's.
		for doctype in dict.fromkeys(record["doctype"] for record in records):
			if doctype in LISTED:
				window.go("List", doctype, "List")
		window.page.evaluate(FORMATTED, [[record["doctype"], record["name"]] for record in records])
		window.look(f"{key}: formatted")
		if key == "worker":
			window.go("my-day")
			window.go("List", "Case File", "Report")
			window.go("List", "Intervention", "Calendar", "default")
			window.go("intake")
		if key == "coordinator":
			for report in hostile.scenario.reports:
				window.go("query-report", report)
		window.page.evaluate("$('#navbar-search').val('autofocus').trigger('input').trigger('focus')")
		window.still()
		window.look(f"{key}: search box")
		found += [f"{key}: {one}" for one in window.found]
		window.page.context.close()
	assert not found, "\n".join(found)
	assert texts > 40, "the planted texts were not in the pages that were looked at"


def test_no_script_and_no_template_runs_in_print(hostile: Site, browser: Any) -> None:
	"""Our print formats and the standard one, of every record, as the page that becomes the PDF."""
	ours: dict[str, list[str]] = {}
	for paper in hostile.scenario.papers:
		ours.setdefault(paper["doc_type"], []).append(paper["name"])
	found, printed = [], 0
	windows: dict[str, Window] = {}
	for record in hostile.scenario.records:
		visitor = hostile.visitor(record["reader"])
		for paper in ("Standard", *ours.get(record["doctype"], ())):
			page = visitor.get(
				"/printview", doctype=record["doctype"], name=record["name"], format=paper, no_letterhead=1
			)
			assert page.status < 500, (record, paper)
			if page.status != 200:
				continue
			printed += "7919*7927" in page.text
			if record["reader"] not in windows:
				windows[record["reader"]] = Window(browser, hostile, record["reader"])
			window = windows[record["reader"]]
			window.page.set_content(page.text, wait_until="domcontentloaded")
			window.page.wait_for_timeout(50)
			window.look(f"{record['doctype']} {paper}")
	found = [one for window in windows.values() for one in window.found]
	assert not found, "\n".join(found)
	assert printed > 20, "the planted texts were in no print"


# --- exports ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_formula(hostile: Site) -> Visitor:
	"""The coordinator, who has written a formula into the name of a support person and of an organisation."""
	visitor = hostile.visitor("coordinator")
	for doctype, values in (
		(
			"Support Person",
			{"case_file": hostile.scenario.case, "relation": "Mother", "person_name": FORMULA},
		),
		(
			"Network Organisation",
			{"organisation_name": f"{FORMULA} {hostile.scenario.case} {os.urandom(3).hex()}"},
		),
	):
		if doctype == "Network Organisation":
			values |= {"organisation_type": "Social Cooperative"}
		answer = visitor.post("frappe.client.insert", doc={"doctype": doctype, **values})
		assert answer.status == 200, answer.text[:300]
	return visitor


def sent(visitor: Visitor, method: str, **values: Any) -> bytes:
	"""The bytes of a file that this method answers with."""
	values = {name: json.dumps(one) if isinstance(one, dict | list) else one for name, one in values.items()}
	answer = visitor.session.post(f"{visitor.url}/api/method/{method}", data=values, timeout=120)
	assert answer.status_code == 200, answer.text[:400]
	return answer.content


def assert_inert(data: bytes, delimiter: str = ",") -> None:
	"""The formula is in this file, and no cell of it runs."""
	if data[:2] == b"PK":
		with zipfile.ZipFile(io.BytesIO(data)) as archive:
			sheet = archive.read("xl/worksheets/sheet1.xml").decode()
		assert "<f>" not in sheet and "cmd|" in sheet
		return
	rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))
	cells = [cell for row in rows for cell in row]
	assert not [cell for cell in cells if would_run(cell) and not cell.startswith("'")]
	assert any(released(cell).startswith(FORMULA) for cell in cells)


@pytest.mark.parametrize("kind", ["CSV", "Excel"])
def test_no_export_runs_a_formula(with_formula: Visitor, kind: str) -> None:
	"""List, report, and the two exports of data, as the browser asks for them."""
	visitor = with_formula
	root = Site(visitor.url, Scenario({"attackers": []})).visitor("root")
	for delimiter, quoting in ((",", 2), (";", 0), ("\t", 1)) if kind == "CSV" else ((",", 2),):
		assert_inert(
			sent(
				root,
				"frappe.desk.reportview.export_query",
				doctype="Support Person",
				fields=["`tabSupport Person`.`name`", "`tabSupport Person`.`person_name`"],
				filters=[["Support Person", "person_name", "like", "=1+1+cmd%"]],
				file_format_type=kind,
				title="Support Person",
				csv_delimiter=delimiter,
				csv_quoting=quoting,
			),
			delimiter,
		)
	report = root.post(
		"frappe.client.insert",
		doc={
			"doctype": "Report",
			"report_name": f"Enti {kind} {visitor.key} {os.urandom(3).hex()}",
			"ref_doctype": "Network Organisation",
			"report_type": "Query Report",
			"is_standard": "No",
			"query": "select organisation_name as 'Ente:Data:200', -5 as 'Importo:Float:100'"
			" from `tabNetwork Organisation` where left(organisation_name, 8) = '=1+1+cmd'",
		},
	)
	assert_inert(
		sent(
			root,
			"frappe.desk.query_report.export_query",
			report_name=report.message["name"],
			file_format_type=kind,
			filters={},
			custom_columns=[],
			include_indentation=0,
			include_filters=0,
			visible_idx=[0],
		)
	)
	assert_inert(
		sent(
			root,
			"frappe.core.doctype.data_import.data_import.download_template",
			doctype="Network Organisation",
			export_fields={"Network Organisation": ["name", "organisation_name"]},
			export_records="all",
			file_type=kind,
		)
	)
	assert_inert(
		sent(
			root,
			"frappe.core.doctype.data_export.exporter.export_data",
			doctype="Network Organisation",
			all_doctypes=0,
			with_data=1,
			file_type=kind,
			select_columns={"Network Organisation": ["name", "organisation_name"]},
		)
	)
	if kind == "CSV":
		assert_inert(
			sent(
				root,
				"frappe.utils.csvutils.send_csv_to_client",
				args={"data": [[FORMULA]], "filename": "x"},
			)
		)


def test_the_browser_s_own_export_runs_nothing(hostile: Site, browser: Any) -> None:
	"""The CSV that the desk makes of a table, and what is copied from a report; the same rule as on the server."""
	window = Window(browser, hostile, "worker")
	texts = [FORMULA, "+39 06", "@x", "\t=1", "'=1", "ciao;=1", "Abdi", "- uno\n- due", "-5", "<b>a</b>;=2"]
	made = window.page.evaluate(
		"texts => ({ csv: frappe.tools.to_csv(texts.map((text) => [text, -5])),"
		" back: frappe.utils.csv_to_array(frappe.tools.to_csv(texts.map((text) => [text]))) })",
		texts,
	)
	cells = [row[0] for row in csv.reader(io.StringIO(made["csv"], newline=""))]
	assert not [cell for cell in cells if would_run(cell) and not cell.startswith("'")]
	assert [released(cell) for cell in cells][:-1] == texts[:-1]
	assert "-5" in made["csv"].split(",")[1]
	assert [row[0] for row in made["back"]][: len(texts) - 1] == texts[:-1]
	window.page.evaluate(
		"frappe.tools.to_csv([['<img src=x onerror=window.__xss=1><svg onload=window.__xss=2>']])"
	)
	window.page.wait_for_timeout(300)
	window.look("to_csv")
	assert not window.found
	copied = window.page.evaluate(
		"""text => {
			const cell = document.createElement("div");
			cell.className = "dt-cell--focus";
			const area = document.createElement("textarea");
			area.value = text;
			document.body.append(cell, area);
			const event = new ClipboardEvent("copy", { bubbles: true, cancelable: true, clipboardData: new DataTransfer() });
			area.dispatchEvent(event);
			cell.remove(); area.remove();
			return event.clipboardData.getData("text/plain");
		}""",
		f"{FORMULA}\tAbdi\n-5\t@x",
	)
	assert copied == f"'{FORMULA}\tAbdi\n-5\t'@x"


# --- files ------------------------------------------------------------------------------------------------------------


def upload(visitor: Visitor, name: str, content: bytes, **about: Any) -> Answer:
	"""Send a file as the desk does."""
	about = about or {"doctype": "Case File", "docname": CASE[visitor.url]}
	return visitor.send(
		"POST", "/api/method/upload_file", {**about, "is_private": 1}, files={"file": (name, content)}
	)


CASE: dict[str, str] = {}


@pytest.fixture(scope="module")
def worker(hostile: Site) -> Visitor:
	"""The social worker of the case."""
	CASE[hostile.url] = hostile.scenario.case
	return hostile.visitor("worker")


def words_of(answer: Answer) -> str:
	"""What the desk shows of a refusal; nothing when the server failed instead."""
	if answer.status >= 500 or answer.status < 400:
		return ""
	try:
		body = json.loads(answer.text)
	except ValueError:
		return ""
	return " ".join(json.loads(one)["message"] for one in json.loads(body.get("_server_messages") or "[]"))


def test_files_that_no_case_needs_are_refused_at_every_door(worker: Visitor) -> None:
	"""The upload of the desk, a script's File, the two ways of a file in text."""
	about = {"attached_to_doctype": "Case File", "attached_to_name": CASE[worker.url]}
	for name, content in (
		("a.html", PAGE),
		("a.svg", b"<svg onload='x'/>"),
		("a.pdf", PAGE),
		("a.exe", b"MZ"),
	):
		coded = base64.b64encode(content).decode()
		for answer in (
			upload(worker, name, content),
			worker.body(
				"POST", "/api/resource/File", {"file_name": name, "content": coded, "decode": True, **about}
			),
			worker.post(
				"frappe.client.attach_file",
				filename=name,
				filedata=coded,
				decode_base64=1,
				doctype="Case File",
				docname=CASE[worker.url],
			),
		):
			assert words_of(answer), (name, answer.status, answer.text[:300])
	kept = upload(worker, "relazione.pdf", PDF)
	assert kept.status == 200, kept.text[:300]
	url = kept.message["file_url"]
	file = worker.session.get(f"{worker.url}{url}", timeout=60)
	assert file.status_code == 200 and file.content == PDF
	assert file.headers["X-Content-Type-Options"] == "nosniff"
	page = worker.session.get(f"{worker.url}/app", timeout=60)
	assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
	assert page.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_page_attached_elsewhere_is_saved_and_not_shown(worker: Visitor) -> None:
	"""A file of no case may be a page; a browser that is sent to it runs nothing."""
	kept = upload(worker, "nota.html", PAGE, folder="Home")
	assert kept.status == 200, kept.text[:300]
	file = worker.session.get(f"{worker.url}{kept.message['file_url']}", timeout=60)
	assert file.headers["Content-Disposition"].startswith("attachment")
	assert "sandbox" in file.headers["Content-Security-Policy"]


def test_names_of_files_lead_nowhere(worker: Visitor, bench: Any) -> None:
	"""Attached to the case, and to nothing."""
	names = (
		"../../../x.pdf",
		"..\\..\\x.pdf",
		"x" * 3000 + ".pdf",
		"f\u202efdp.pdf",
		"NUL.pdf",
		"a%00b.pdf",
		"/etc/x.pdf",
	)
	for name in names:
		for about in ({}, {"folder": "Home"}):
			answer = upload(worker, name, PDF + name.encode() + json.dumps(about).encode(), **about)
			assert answer.status < 500, (name, answer.text[:300])
			if answer.status == 200:
				url = answer.message["file_url"]
				assert url.startswith("/private/files/") and url.count("/") == 3 and ".." not in url, url
				path = bench.path / "sites" / os.environ["CORE_MINORI_SITE"] / url.lstrip("/")
				assert path.is_file(), path


def test_a_file_that_is_too_large_is_refused_in_words(worker: Visitor, hostile: Site) -> None:
	"""By the setting of the site, before it is stored."""
	root = hostile.visitor("root")
	root.post(
		"frappe.client.set_value",
		doctype="Core Minori Settings",
		name="Core Minori Settings",
		fieldname="largest_file",
		value=1,
	)
	try:
		answer = upload(worker, "grande.pdf", PDF + bytes(1_200_000))
		assert "MB" in words_of(answer), answer.text[:300]
		assert upload(worker, "piccolo.pdf", PDF + bytes(800_000)).status == 200
	finally:
		root.post(
			"frappe.client.set_value",
			doctype="Core Minori Settings",
			name="Core Minori Settings",
			fieldname="largest_file",
			value=20,
		)
	assert upload(worker, "enorme.pdf", PDF + bytes(40_000_000)).status == 413


# --- long and deep ----------------------------------------------------------------------------------------------------


def test_a_million_signs_in_a_field_are_kept_or_refused_in_words(worker: Visitor) -> None:
	"""Every kind of text field of the forms that people fill in most."""
	for doctype, values, fields in (
		("Support Person", {"relation": "Mother"}, ("person_name", "notes", "phone")),
		("Contact Log", {"contact_type": "Phone Call", "contact_with": "Facility"}, ("summary",)),
		("Minor Interview", {"interview_type": "Follow-up"}, ("personal_history", "language")),
		("Guardianship", {"guardian_kind": "Volunteer Guardian"}, ("guardian_name",)),
		("Personal Document", {"document_type": "Passport"}, ("document_number", "issued_by")),
	):
		for field in fields:
			answer = worker.body(
				"POST",
				f"/api/resource/{doctype}",
				{"case_file": CASE[worker.url], **values, field: "à" * 1_000_000},
			)
			assert answer.status == 200 or words_of(answer), (
				doctype,
				field,
				answer.status,
				answer.text[:400],
			)


def test_deep_json_is_refused_and_the_server_goes_on(worker: Visitor) -> None:
	"""In a body, in filters, in a document that is saved."""
	deep = "[" * 100_000 + "]" * 100_000
	for send in (
		lambda: worker.session.post(
			f"{worker.url}/api/resource/Contact Log",
			data=deep,
			headers={"Content-Type": "application/json"},
			timeout=60,
		),
		lambda: worker.session.get(
			f"{worker.url}/api/method/frappe.client.get_list",
			params={"doctype": "Case File", "filters": "[" * 1500},
			timeout=60,
		),
		lambda: worker.session.post(
			f"{worker.url}/api/method/frappe.desk.form.save.savedocs",
			data={"doc": deep, "action": "Save"},
			timeout=60,
		),
	):
		assert send().status_code >= 400
	assert worker.call("frappe.client.get_list", doctype="Case File").status == 200
