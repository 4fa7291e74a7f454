"""Doors of tests/site/test_attack_table.py: what one request, or a few, ask about a record, a DocType, a row, a trace,
a report, a method of ours, or the site.

A door knows no rights. It says what one needs to pass it (`needs`), who does pass it (`control`) and what proves that
they did (`proof`); the table tries everybody else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conftest import Visitor

READ, WRITE, NOBODY = "read", "write", "nobody"
# What proves that somebody came in: the planted word of the record, of what Frappe keeps about it, of its file or of its
# row; the code of a record that was not named; a yes; guesses told apart; a change.
WORD, TRACE, FILE, ROW = "word", "trace", "file", "row"
NAME, YES, GUESS, CHANGE = "name", "yes", "guess", "change"


@dataclass(frozen=True)
class Target:
	"""What a door is tried on: a record of either case, or one kind of thing where `key` is empty."""

	side: str  # "records": the case of the scenario; "others": the stranger's
	key: str
	doctype: str
	name: Any
	word: str = ""
	field: str = ""  # that the word stands in
	more: dict | None = None


@dataclass(frozen=True)
class Door:
	"""One way in. `every`: the more, the fewer of its targets each attacker tries; 1 means all of them."""

	name: str
	kind: str
	area: str
	go: Callable[[Visitor, Target, dict], Any]
	control: str
	on: str
	needs: str
	proof: str
	every: int
	only: tuple[str, ...]


DOORS: dict[str, Door] = {}


def door(
	kind: str,
	area: str,
	*,
	control: str = "worker",
	on: str = "support person",
	needs: str = READ,
	proof: str = WORD,
	every: int = 12,
	only: tuple[str, ...] = (),
) -> Callable:
	"""Registers a door; `on` names the record that the control comes in by ("note": one that is not protected)."""

	def register(go: Callable) -> Callable:
		DOORS[go.__name__] = Door(go.__name__, kind, area, go, control, on, needs, proof, every, only)
		return go

	return register


# --- one record: reading ------------------------------------------------------------------------------


@door("record", "form", every=3)
def rest(v: Visitor, t: Target, made: dict) -> None:
	v.get(f"/api/resource/{t.doctype}/{t.name}")


@door("record", "REST v2")
def rest_v2(v: Visitor, t: Target, made: dict) -> None:
	v.get(f"/api/v2/document/{t.doctype}/{t.name}/")


@door("record", "REST v2")
def rest_v2_copy(v: Visitor, t: Target, made: dict) -> None:
	v.get(f"/api/v2/document/{t.doctype}/{t.name}/copy")


@door("record", "form", every=6)
def form(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.desk.form.load.getdoc", doctype=t.doctype, name=t.name)


@door("record", "frappe.client", every=6)
def client_get(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.client.get", doctype=t.doctype, name=t.name)


@door("record", "frappe.client")
def client_get_by_filter(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.client.get", doctype=t.doctype, filters={"name": t.name})


@door("record", "frappe.client", every=6)
def client_value(v: Visitor, t: Target, made: dict) -> None:
	v.call(
		"frappe.client.get_value", doctype=t.doctype, filters=t.name, fieldname=["name", t.field or "owner"]
	)


@door("record", "link titles")
def validate_link(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.client.validate_link", doctype=t.doctype, docname=t.name, fields=[t.field or "owner"])


@door("record", "link titles", control="root", on="note", proof=NAME)
def link_title(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.desk.search.get_link_title", doctype=t.doctype, docname=t.name)
	v.call("frappe.desk.link_preview.get_preview_data", doctype=t.doctype, docname=t.name)
	v.call("frappe.client.get_list", doctype=t.doctype, fields=["*"], filters={"owner": ["!=", "x"]})


@door("record", "form", proof=YES)
def asks_permission(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.client.has_permission", doctype=t.doctype, docname=t.name)
	v.call("frappe.client.get_doc_permissions", doctype=t.doctype, docname=t.name)


@door("record", "timeline", proof=TRACE, every=6)
def timeline(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.desk.form.load.get_docinfo", doctype=t.doctype, name=t.name)


@door("record", "timeline", proof=TRACE)
def mails_of_record(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.desk.form.load.get_communications", doctype=t.doctype, name=t.name)


@door("record", "assignments", proof=TRACE)
def tasks_of_record(v: Visitor, t: Target, made: dict) -> None:
	v.call("erpnext.crm.utils.get_open_activities", ref_doctype=t.doctype, ref_docname=t.name)
	v.call("frappe.desk.form.load.get_docinfo", doctype=t.doctype, name=t.name)


@door("record", "shares", control="root", on="note", proof=YES)
def who_shares(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.share.get_users", doctype=t.doctype, name=t.name)
	v.call("frappe.desk.form.document_follow.get_follow_users", doctype=t.doctype, doc_name=t.name)
	v.call(
		"frappe.social.doctype.energy_point_log.energy_point_log.get_reviews",
		doctype=t.doctype,
		docname=t.name,
	)
	v.call("frappe.client.has_permission", doctype=t.doctype, docname=t.name)


@door("record", "connections", on="case", proof=NAME)
def linked_with(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.desk.form.linked_with.get", doctype=t.doctype, docname=t.name)
	v.call("frappe.desk.form.linked_with.get_submitted_linked_docs", doctype=t.doctype, name=t.name)


@door("record", "connections", on="case", proof=YES)
def open_count(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.desk.notifications.get_open_count", doctype=t.doctype, name=t.name)


@door("record", "form", control="coordinator", on="case", proof=NAME)
def next_record(v: Visitor, t: Target, made: dict) -> None:
	for prev in (0, 1):
		v.call("frappe.desk.form.utils.get_next", doctype=t.doctype, value=t.name, prev=prev)
	v.call("frappe.desk.form.utils.get_next", doctype=t.doctype, value="ZZZ", prev=1, sort_field="name")
	v.call("frappe.desk.form.utils.get_next", doctype=t.doctype, value="", prev=0, sort_field="name")


@door("record", "print")
def printview(v: Visitor, t: Target, made: dict) -> None:
	v.get("/printview", doctype=t.doctype, name=t.name)


@door("record", "print")
def print_html(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.www.printview.get_html_and_style", doc=t.doctype, name=t.name)
	v.call(
		"frappe.www.printview.get_html_and_style",
		doc={"doctype": t.doctype, "name": t.name, "case_file": t.more["case"]},
	)
	v.call("frappe.www.printview.get_rendered_raw_commands", doc=t.doctype, name=t.name)


@door("record", "print", proof=YES, every=24)
def print_pdf(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.utils.print_format.download_pdf", doctype=t.doctype, name=t.name)
	v.call("frappe.utils.print_format.download_multi_pdf", doctype=t.doctype, name=[t.name])
	v.call("frappe.utils.weasyprint.download_pdf", doctype=t.doctype, name=t.name)


@door(
	"record",
	"print",
	on="interview",
	every=2,
	only=("Minor Interview", "Consent", "Case Meeting", "PEI", "Case File", "Protection Report"),
)
def papers(v: Visitor, t: Target, made: dict) -> None:
	for paper in made["papers"]:
		if paper["doc_type"] == t.doctype:
			v.get("/printview", doctype=t.doctype, name=t.name, format=paper["name"])


@door("record", "share keys", control="root", on="note", needs=NOBODY, proof=YES)
def share_key(v: Visitor, t: Target, made: dict) -> None:
	v.body(
		"POST",
		"/api/resource/Document Share Key",
		{"reference_doctype": t.doctype, "reference_docname": t.name, "expires_on": "2100-01-01"},
	)
	v.post("run_doc_method", dt=t.doctype, dn=t.name, method="get_document_share_key")


@door("record", "share keys", control="root", on="note", needs=READ, proof=WORD)
def printed_by_key(v: Visitor, t: Target, made: dict) -> None:
	for key in (t.more["traces"].get("word", "x"), t.name):
		v.get("/printview", doctype=t.doctype, name=t.name, key=key)


@door("record", "RPC", proof=WORD)
def run_doc_method(v: Visitor, t: Target, made: dict) -> None:
	doc = {"doctype": t.doctype, "name": t.name, "case_file": t.more["case"]}
	v.post("run_doc_method", dt=t.doctype, dn=t.name, method="get_liked_by")
	v.post("run_doc_method", docs=doc, method="get_liked_by")
	v.get(f"/api/v2/document/{t.doctype}/{t.name}/method/get_liked_by/")
	v.get(f"/api/resource/{t.doctype}/{t.name}", run_method="get_liked_by")
	v.call("frappe.client.get", doctype=t.doctype, name=t.name)


@door("record", "RPC", on="case", proof=YES)
def mapped_by_method(v: Visitor, t: Target, made: dict) -> None:
	for method in (
		"core_minori.api.cases.overview",
		"core_minori.api.plans.prefill",
		"frappe.client.get_list",
	):
		v.call("frappe.model.mapper.make_mapped_doc", method=method, source_name=t.name)
	v.call(
		"frappe.model.mapper.map_docs",
		method="frappe.client.get",
		source_names=[t.doctype],
		target_doc=t.name,
	)


@door("record", "realtime", proof=YES, every=6)
def room_of_record(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.realtime.can_subscribe_doc", doctype=t.doctype, docname=t.name)


@door("record", "web forms", control="root", on="note", proof=WORD)
def web_pages(v: Visitor, t: Target, made: dict) -> None:
	slug = t.doctype.lower().replace(" ", "-")
	v.get(f"/{slug}/{t.name}")
	v.call("frappe.website.doctype.web_form.web_form.get_form_data", doctype=t.doctype, docname=t.name)
	v.call("frappe.website.doctype.web_form.web_form.get_link_options", web_form_name="x", doctype=t.doctype)
	v.call("frappe.www.list.get", doctype=t.doctype, txt=t.name)
	v.call("frappe.client.get", doctype=t.doctype, name=t.name)


@door("record", "workflow", on="pei", proof=YES, every=4, only=("PEI", "Risk Assessment", "Case Request"))
def workflow_steps(v: Visitor, t: Target, made: dict) -> None:
	doc = {"doctype": t.doctype, "name": t.name}
	v.post("frappe.model.workflow.get_transitions", doc=doc)
	v.post("frappe.model.workflow.get_common_transition_actions", docs=[doc], doctype=t.doctype)


# --- one record: guesses --------------------------------------------------------------------------------


def _like(t: Target, word: str) -> dict:
	return {t.field: ["like", f"%{word}%"]}


def _triples(t: Target, word: str) -> list:
	return [[t.doctype, t.field, "like", f"%{word}%"]]


@door("word", "count", proof=GUESS, every=8)
def count_client(v: Visitor, t: Target, made: dict) -> None:
	v.guess(lambda w: v.call("frappe.client.get_count", doctype=t.doctype, filters=_like(t, w)), t.word)


@door("word", "count", proof=GUESS)
def count_view(v: Visitor, t: Target, made: dict) -> None:
	v.guess(
		lambda w: v.post("frappe.desk.reportview.get_count", doctype=t.doctype, filters=_triples(t, w)),
		t.word,
	)


@door("word", "count", proof=GUESS)
def count_v2(v: Visitor, t: Target, made: dict) -> None:
	v.guess(lambda w: v.get(f"/api/v2/doctype/{t.doctype}/count", filters=_triples(t, w)), t.word)


@door("word", "list", proof=GUESS)
def list_by_filter(v: Visitor, t: Target, made: dict) -> None:
	v.guess(lambda w: v.call("frappe.client.get_list", doctype=t.doctype, filters=_like(t, w)), t.word)


@door("word", "list", proof=GUESS)
def list_by_or_filter(v: Visitor, t: Target, made: dict) -> None:
	v.guess(lambda w: v.get(f"/api/resource/{t.doctype}", or_filters=_triples(t, w)), t.word)


@door("word", "frappe.client", proof=GUESS)
def value_by_filter(v: Visitor, t: Target, made: dict) -> None:
	v.guess(
		lambda w: v.call("frappe.client.get_value", doctype=t.doctype, filters=_like(t, w), fieldname="name"),
		t.word,
	)


@door("word", "frappe.client", proof=GUESS)
def condition_for_name(v: Visitor, t: Target, made: dict) -> None:
	for method in ("frappe.client.get", "frappe.client.has_permission", "frappe.desk.form.load.get_docinfo"):
		v.guess(
			lambda w, method=method: v.body(
				"POST",
				f"/api/method/{method}",
				{"doctype": t.doctype, "name": _like(t, w), "docname": _like(t, w), "filters": _like(t, w)},
			),
			t.word,
		)


@door("word", "link search", proof=GUESS)
def link_search_by_filter(v: Visitor, t: Target, made: dict) -> None:
	for method in ("search_link", "search_widget"):
		v.guess(
			lambda w, method=method: v.call(
				f"frappe.desk.search.{method}",
				doctype=t.doctype,
				txt="",
				ignore_user_permissions=1,
				reference_doctype="Case File",
				filters=_like(t, w),
			),
			t.word,
		)


@door("word", "number cards", proof=GUESS)
def number_card(v: Visitor, t: Target, made: dict) -> None:
	card = {
		"doctype": "Number Card",
		"document_type": t.doctype,
		"function": "Count",
		"type": "Document Type",
		"name": "x",
	}
	v.guess(
		lambda w: v.call(
			"frappe.desk.doctype.number_card.number_card.get_result", doc=card, filters=_triples(t, w)
		),
		t.word,
	)


@door("word", "dashboards", proof=GUESS)
def chart_by_filter(v: Visitor, t: Target, made: dict) -> None:
	chart = {
		"doctype": "Dashboard Chart",
		"name": "x",
		"chart_name": "x",
		"chart_type": "Group By",
		"document_type": t.doctype,
		"group_by_based_on": "owner",
		"group_by_type": "Count",
		"number_of_groups": 0,
		"is_public": 1,
		"filters_json": "[]",
	}
	v.guess(
		lambda w: v.call(
			"frappe.desk.doctype.dashboard_chart.dashboard_chart.get",
			chart=chart,
			filters=_triples(t, w),
			refresh=1,
		),
		t.word,
	)


@door("word", "global search", control="root", on="note", proof=GUESS)
def search_everywhere(v: Visitor, t: Target, made: dict) -> None:
	v.guess(lambda w: v.call("frappe.utils.global_search.search", text=w, limit=20), t.word)
	v.guess(
		lambda w: v.call("frappe.utils.global_search.search", text=w, limit=20, doctype=t.doctype), t.word
	)


@door("word", "global search", control="root", on="note", proof=YES, every=24)
def search_the_site(v: Visitor, t: Target, made: dict) -> None:
	v.guess(lambda w: v.call("frappe.utils.global_search.web_search", text=w, scope=None), t.word)
	v.call("frappe.client.has_permission", doctype=t.doctype, docname=t.name)


@door("word", "tags", proof=GUESS)
def filter_of_another_list(v: Visitor, t: Target, made: dict) -> None:
	for doctype in ("User", "ToDo", t.doctype):
		v.guess(
			lambda w, doctype=doctype: v.post(
				"frappe.desk.reportview.get", doctype=doctype, fields=["name"], filters=_triples(t, w)
			),
			t.word,
		)


@door("word", "calendars", proof=GUESS)
def calendar_by_filter(v: Visitor, t: Target, made: dict) -> None:
	for method in ("frappe.desk.calendar.get_events", "frappe.desk.gantt.get_events"):
		v.guess(
			lambda w, method=method: v.call(
				method,
				doctype=t.doctype,
				start="2000-01-01",
				end="2100-01-01",
				field_map={"start": "creation", "end": "modified", "title": "name", "id": "name"},
				fields=["name", "creation", "modified"],
				filters=_triples(t, w),
			),
			t.word,
		)


# --- files ----------------------------------------------------------------------------------------------


@door("record", "files", proof=FILE, every=6)
def file_bytes(v: Visitor, t: Target, made: dict) -> None:
	url = t.more["traces"]["url"]
	v.get(url)


@door("record", "files", proof=FILE)
def file_bytes_otherwise(v: Visitor, t: Target, made: dict) -> None:
	url, name = t.more["traces"]["url"], t.more["traces"]["File"]
	v.get(url, fid=name)
	v.get(url.replace("/private", ""))
	v.call("download_file", file_url=url)
	v.call("frappe.core.doctype.file.file.download_file", file_url=url)
	v.call("frappe.handler.download_file", file_url=url)
	v.get(f"/private/files/../files/{url.rsplit('/', 1)[1]}")
	v.get(f"/files/..%2f..{url}")
	v.get(f"/assets/../..{url}")
	v.call("frappe.utils.file_manager.download_file", file_url=f"/files/../..{url}")


@door("record", "files", proof=FILE, every=12)
def file_row(v: Visitor, t: Target, made: dict) -> None:
	name = t.more["traces"]["File"]
	v.get(f"/api/resource/File/{name}")
	v.call("frappe.core.api.file.get_attached_images", doctype=t.doctype, names=[t.name])
	v.call("frappe.core.api.file.get_files_by_search_text", text=t.more["traces"]["url"].split("/")[-1][:9])


@door("record", "files", control="root", proof=FILE, every=24)
def file_copied(v: Visitor, t: Target, made: dict) -> None:
	url, name = t.more["traces"]["url"], t.more["traces"]["File"]
	v.post("frappe.core.api.file.zip_files", files=[name])
	v.post("frappe.core.api.file.unzip_file", name=name)
	v.body("POST", "/api/resource/File", {"file_url": url, "is_private": 1, "file_name": "x.txt"})
	v.post("upload_file", file_url=url, is_private=1)
	v.post("upload_file", library_file_name=name, is_private=0)
	v.get(url)


# --- what Frappe keeps about a record -------------------------------------------------------------------


@door("record", "versions", control="root", proof=TRACE, every=4)
def trace_forms(v: Visitor, t: Target, made: dict) -> None:
	traces = sorted(made["traced"])
	for place in (0, 7):
		trace = traces[(t.more["index"] + place + len(v.key)) % len(traces)]
		v.get(f"/api/resource/{trace}/{t.more['traces'][trace]}")
	v.get(f"/api/resource/Comment/{t.more['traces']['Comment']}")


@door("record", "versions", control="root", proof=NAME)
def version_diff(v: Visitor, t: Target, made: dict) -> None:
	name = t.more["traces"]["Version"]
	v.call("frappe.utils.diff.get_version_diff", from_version=name, to_version=name, fieldname="idx")
	v.call("frappe.utils.diff.version_query", doctype="Version", txt="", searchfield="name", start=0, page_len=20,
		filters={"docname": t.name, "ref_doctype": t.doctype})  # fmt: skip
	v.get(f"/api/resource/Version/{name}")


@door("trace", "versions", control="root", proof=TRACE, every=2)
def trace_list(v: Visitor, t: Target, made: dict) -> None:
	v.get(f"/api/resource/{t.doctype}", fields=["*"], limit_page_length=3000, order_by="creation desc")


@door("trace", "comments", control="root", proof=TRACE, every=4)
def trace_view(v: Visitor, t: Target, made: dict) -> None:
	v.post(
		"frappe.desk.reportview.get",
		doctype=t.doctype,
		fields=["*"],
		page_length=3000,
		order_by=f"`tab{t.doctype}`.`creation` desc",
	)


@door("trace", "exports", control="root", proof=TRACE, every=6)
def trace_export(v: Visitor, t: Target, made: dict) -> None:
	v.post(
		"frappe.desk.reportview.export_query",
		doctype=t.doctype,
		fields=["*"],
		file_format_type="CSV",
		title="x",
	)
	v.get(f"/api/v2/document/{t.doctype}", fields=["*"], limit=3000)


@door("trace", "link search", control="root", proof=YES, every=6)
def trace_search(v: Visitor, t: Target, made: dict) -> None:
	v.call(
		"frappe.desk.search.search_widget",
		doctype=t.doctype,
		txt="",
		searchfield=made["traced"][t.doctype][1],
		ignore_user_permissions=1,
		page_length=3000,
	)
	v.call("frappe.client.get_count", doctype=t.doctype, filters={})


# --- one DocType ----------------------------------------------------------------------------------------

NEWEST = {"order_by": "creation desc"}


@door("doctype", "list", every=3)
def list_rest(v: Visitor, t: Target, made: dict) -> None:
	v.get(f"/api/resource/{t.doctype}", fields=["*"], limit_page_length=300, **NEWEST)


@door("doctype", "REST v2", every=6)
def list_rest_v2(v: Visitor, t: Target, made: dict) -> None:
	v.get(f"/api/v2/document/{t.doctype}", fields=["*"], limit=300, **NEWEST)


@door("doctype", "frappe.client", every=6)
def list_client(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.client.get_list", doctype=t.doctype, fields=["*"], limit_page_length=300, **NEWEST)


@door("doctype", "list", every=6)
def list_view(v: Visitor, t: Target, made: dict) -> None:
	asked = {
		"doctype": t.doctype,
		"fields": ["*"],
		"page_length": 300,
		"order_by": f"`tab{t.doctype}`.`creation` desc",
	}
	v.post("frappe.desk.reportview.get", start=0, **asked)
	v.post("frappe.desk.reportview.get_list", **asked)


@door("doctype", "list", proof=NAME, every=8)
def list_as_another(v: Visitor, t: Target, made: dict) -> None:
	"""Arguments that the browser should not be believed."""
	more = {"ignore_permissions": 1, "ignore_user_permissions": 1, "user": "Administrator", "run": 1}
	v.call(
		"frappe.client.get_list", doctype=t.doctype, fields=["name"], limit_page_length=300, **NEWEST, **more
	)
	v.get(f"/api/resource/{t.doctype}", fields=["name"], limit_page_length=300, **NEWEST, **more)
	v.post("frappe.desk.reportview.get", doctype=t.doctype, fields=["name"], page_length=300, **more)
	v.call("frappe.desk.listview.get_list_settings", doctype=t.doctype)


@door("doctype", "count", on="support person", every=8)
def groups(v: Visitor, t: Target, made: dict) -> None:
	field = t.more.get("field") or "owner"
	v.call("frappe.desk.listview.get_group_by_count", doctype=t.doctype, current_filters=[], field=field)
	v.call(
		"frappe.desk.listview.get_group_by_count", doctype=t.doctype, current_filters=[], field="assigned_to"
	)
	v.call("frappe.desk.reportview.get_stats", doctype=t.doctype, stats=[field, "_user_tags"])
	v.call("frappe.desk.reportview.get_sidebar_stats", doctype=t.doctype, stats=["_user_tags", field])
	v.call(
		"frappe.desk.reportview.get_filter_dashboard_data",
		doctype=t.doctype,
		stats=[{"name": field, "type": "Data"}],
		filters=[],
	)
	v.call(
		"frappe.client.get_list",
		doctype=t.doctype,
		fields=[field, "count(name) as rows"],
		group_by=field,
		order_by=f"{field} desc",
		limit_page_length=300,
	)


@door("doctype", "link search", proof=NAME, every=4)
def link_search(v: Visitor, t: Target, made: dict) -> None:
	for method in ("search_link", "search_widget"):
		v.call(f"frappe.desk.search.{method}", doctype=t.doctype, txt="", page_length=500)
		v.call(
			f"frappe.desk.search.{method}",
			doctype=t.doctype,
			txt="",
			page_length=500,
			ignore_user_permissions=1,
			reference_doctype="Referral",
		)


@door("doctype", "link search", control="root", proof=YES, every=12)
def link_search_by_query(v: Visitor, t: Target, made: dict) -> None:
	for query in ("frappe.client.get_list", "frappe.desk.reportview.get", "frappe.client.get_count"):
		v.call(
			"frappe.desk.search.search_widget",
			doctype=t.doctype,
			txt="",
			query=query,
			searchfield="name",
			ignore_user_permissions=1,
		)
	v.call("frappe.client.get_count", doctype=t.doctype)


@door("doctype", "exports", control="root", every=6)
def export_view(v: Visitor, t: Target, made: dict) -> None:
	for kind in ("CSV", "Excel"):
		v.post(
			"frappe.desk.reportview.export_query",
			doctype=t.doctype,
			fields=["*"],
			file_format_type=kind,
			title="x",
			order_by=f"`tab{t.doctype}`.`creation` desc",
		)


@door("doctype", "data export", control="root", every=12)
def export_data(v: Visitor, t: Target, made: dict) -> None:
	v.call(
		"frappe.core.doctype.data_export.exporter.export_data",
		doctype=t.doctype,
		all_doctypes=True,
		with_data=True,
		file_type="CSV",
		select_columns={t.doctype: ["name", t.more.get("field") or "owner"]},
	)


@door("doctype", "data import", control="root", proof=YES, every=12)
def import_template(v: Visitor, t: Target, made: dict) -> None:
	v.call(
		"frappe.core.doctype.data_import.data_import.download_template",
		doctype=t.doctype,
		export_fields={t.doctype: ["name", t.more.get("field") or "owner"]},
		export_records="all",
		file_type="CSV",
	)


@door("doctype", "calendars", every=8)
def calendars(v: Visitor, t: Target, made: dict) -> None:
	field = t.more.get("field") or "owner"
	for method in ("frappe.desk.calendar.get_events", "frappe.desk.gantt.get_events"):
		v.call(
			method,
			doctype=t.doctype,
			start="2000-01-01",
			end="2100-01-01",
			field_map={"start": "creation", "end": "modified", "title": field, "id": "name"},
			fields=["name", field, "creation", "modified"],
		)


@door("doctype", "dashboards", every=8)
def chart_groups(v: Visitor, t: Target, made: dict) -> None:
	v.call(
		"frappe.desk.doctype.dashboard_chart.dashboard_chart.get",
		chart={
			"doctype": "Dashboard Chart",
			"name": "x",
			"chart_name": "x",
			"chart_type": "Group By",
			"document_type": t.doctype,
			"group_by_based_on": t.more.get("field") or "owner",
			"group_by_type": "Count",
			"number_of_groups": 0,
			"is_public": 1,
			"filters_json": "[]",
		},
		filters=[],
		refresh=1,
	)


@door("doctype", "web forms", control="root", proof=YES, every=12)
def web_list(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.www.list.get", doctype=t.doctype)
	v.call("frappe.www.list.get_list_data", doctype=t.doctype)
	v.get("/list", doctype=t.doctype)
	v.call("frappe.desk.treeview.get_children", doctype=t.doctype, parent="")
	v.call(
		"frappe.desk.treeview.get_all_nodes",
		doctype=t.doctype,
		label="x",
		parent="",
		tree_method="frappe.client.get_list",
	)
	v.call("erpnext.mobile.api.mobile_sync.get_offline_data", doctype=t.doctype)
	v.call("frappe.geo.utils.get_coords", doctype=t.doctype, filters=[], type="location_field")
	v.call("frappe.client.get_count", doctype=t.doctype)


@door("doctype", "reports", control="root", proof=WORD, every=12)
def report_of_ones_own(v: Visitor, t: Target, made: dict) -> None:
	name, field = f"Prova {v.key} {t.doctype}", t.more.get("field") or "owner"
	v.post(
		"frappe.desk.reportview.save_report",
		name=name,
		doctype=t.doctype,
		report_settings={"columns": [[field, t.doctype]], "fields": [[field, t.doctype]]},
	)
	v.call("frappe.desk.query_report.run", report_name=name, filters={})
	query = {
		"report_name": f"{name} SQL",
		"ref_doctype": t.doctype,
		"report_type": "Query Report",
		"is_standard": "No",
		"query": f"select * from `tab{t.doctype}` order by creation desc limit 300",
	}
	v.body("POST", "/api/resource/Report", query)
	v.call("frappe.desk.query_report.run", report_name=query["report_name"], filters={})
	v.call(
		"frappe.desk.query_report.run",
		report_name="Permitted Documents For User",
		filters={"user": made["users"]["worker"], "doctype": t.doctype, "show_permissions": 1},
	)


@door("doctype", "realtime", proof=YES, every=12)
def list_room(v: Visitor, t: Target, made: dict) -> None:
	"""Whoever's role reads none of a DocType does not hear that its records change."""
	v.call("frappe.realtime.can_subscribe_doctype", doctype=t.doctype)


@door("doctype", "link titles", proof=WORD, on="minor", every=12)
def fields_of_linked(v: Visitor, t: Target, made: dict) -> None:
	"""A list of something else that asks for fields of this through a link, and then this itself."""
	field = t.more.get("field") or "owner"
	for doctype, link in (("Case File", "minor"), ("PEI", "case_file"), ("Care Assignment", "case_file")):
		v.call("frappe.client.get_list", doctype=doctype, fields=[f"{link}.{field}"], limit_page_length=300)
		v.post("frappe.desk.reportview.get", doctype=doctype, fields=["name", f"`tab{t.doctype}`.`{field}`"])
	v.call("frappe.desk.query_report.get_data_for_custom_field", doctype=t.doctype, field=field)
	v.call("frappe.client.get_list", doctype=t.doctype, fields=["*"], limit_page_length=300, **NEWEST)


# --- rows of child tables ---------------------------------------------------------------------------------


@door("row", "child tables", on="pei", proof=ROW, every=3)
def rows_of_parent(v: Visitor, t: Target, made: dict) -> None:
	v.call(
		"frappe.client.get_list",
		doctype=t.doctype,
		parent=t.more["parent"],
		fields=["*"],
		limit_page_length=500,
		**NEWEST,
	)


@door("row", "child tables", on="pei", proof=ROW, every=4)
def rows_rest(v: Visitor, t: Target, made: dict) -> None:
	for parent in (t.more["parent"], "User"):
		v.get(f"/api/resource/{t.doctype}", fields=["*"], parent=parent, limit_page_length=500, **NEWEST)
		v.get(f"/api/v2/document/{t.doctype}", fields=["*"], parent=parent, limit=500, **NEWEST)


@door("row", "child tables", on="pei", proof=ROW, every=6)
def rows_joined(v: Visitor, t: Target, made: dict) -> None:
	v.post(
		"frappe.desk.reportview.get",
		doctype=t.more["parent"],
		fields=["name", *(f"`tab{t.doctype}`.`{name}`" for name in t.more["fields"])],
		page_length=500,
		order_by=f"`tab{t.more['parent']}`.`creation` desc",
	)


@door("row", "child tables", on="pei", proof=ROW, every=6)
def row_form(v: Visitor, t: Target, made: dict) -> None:
	for name in t.more["names"]:
		v.get(f"/api/resource/{t.doctype}/{name}")
		v.call("frappe.client.get", doctype=t.doctype, name=name, parent=t.more["parent"])
		v.call(
			"frappe.client.get_value",
			doctype=t.doctype,
			filters=name,
			fieldname=["name", "parent"],
			parent=t.more["parent"],
		)


@door("row", "child tables", on="pei", proof=NAME, every=6)
def row_search(v: Visitor, t: Target, made: dict) -> None:
	v.call(
		"frappe.desk.search.search_widget",
		doctype=t.doctype,
		txt="",
		reference_doctype=t.more["parent"],
		searchfield="name",
		ignore_user_permissions=1,
		page_length=500,
	)
	v.call(
		"frappe.client.get_list", doctype=t.doctype, parent=t.more["parent"], limit_page_length=500, **NEWEST
	)


@door("row word", "child tables", on="pei", proof=GUESS, every=8)
def row_guess(v: Visitor, t: Target, made: dict) -> None:
	v.guess(
		lambda w: v.call(
			"frappe.client.get_list",
			doctype=t.more["parent"],
			filters=[[t.doctype, t.field, "like", f"%{w}%"]],
		),
		t.word,
	)
	v.guess(
		lambda w: v.call(
			"frappe.client.get_count", doctype=t.doctype, parent=t.more["parent"], filters=_like(t, w)
		),
		t.word,
	)


# --- reports, our own methods, the site -----------------------------------------------------------------


@door("report", "reports", control="coordinator", on="Caseload", proof=YES, every=2)
def report(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.desk.query_report.run", report_name=t.name, filters=t.more["filters"])


@door("report", "exports", control="root", on="Case Deadlines", proof=YES, every=4)
def report_export(v: Visitor, t: Target, made: dict) -> None:
	v.post(
		"frappe.desk.query_report.export_query",
		report_name=t.name,
		file_format_type="CSV",
		filters=t.more["filters"],
		visible_idx=list(range(500)),
	)
	v.call(
		"frappe.desk.query_report.run",
		report_name=t.name,
		filters=t.more["filters"],
		are_default_filters=False,
		custom_columns=[
			{
				"fieldname": "minor",
				"link_field": {"fieldname": "case_file", "names": [made["case"]]},
				"doctype": "Case File",
				"insert_after_index": 0,
			}
		],
	)


@door("report", "background jobs", control="root", on="Project Register", proof=YES, every=6)
def report_in_background(v: Visitor, t: Target, made: dict) -> None:
	v.post(
		"frappe.core.doctype.prepared_report.prepared_report.make_prepared_report",
		report_name=t.name,
		filters=t.more["filters"],
	)
	v.call(
		"frappe.core.doctype.prepared_report.prepared_report.get_reports_in_queued_state",
		report_name=t.name,
		filters=t.more["filters"],
	)
	v.get("/api/resource/Prepared Report", fields=["*"], limit_page_length=100)


@door("method", "RPC", control="root", proof=YES, every=6)
def our_method(v: Visitor, t: Target, made: dict) -> None:
	(v.post if t.more["post"] else v.call)(t.name, **t.more["arguments"])


@door("whole", "background jobs", control="root", proof=YES, every=1)
def jobs(v: Visitor, t: Target, made: dict) -> None:
	for status in ("finished", "failed"):
		filters = [["RQ Job", "status", "=", status]]
		v.post("frappe.desk.reportview.get", doctype="RQ Job", fields=["*"], filters=filters, page_length=500)
		v.get("/api/resource/RQ Job", filters=filters, limit_page_length=500)
		v.get("/api/v2/document/RQ Job", filters=filters, limit=500)
	v.call("frappe.client.get_count", doctype="ToDo")


@door("whole", "notification texts", control="coordinator", proof=NAME, every=1)
def notifications(v: Visitor, t: Target, made: dict) -> None:
	"""A mention told whoever it named, by code: the control sees that it arrived."""
	v.call("frappe.desk.doctype.notification_log.notification_log.get_notification_logs", limit=100)
	v.call("frappe.desk.notifications.get_notifications")
	v.get("/api/resource/Notification Log", fields=["*"], limit_page_length=0)


@door("whole", "error log", control="root", proof=TRACE, every=1)
def errors(v: Visitor, t: Target, made: dict) -> None:
	v.get("/api/resource/Error Log", fields=["*"], limit_page_length=500, **NEWEST)
	v.get("/api/resource/Scheduled Job Log", fields=["*"], limit_page_length=20)


@door("whole", "deleted documents", control="root", proof=TRACE, every=1)
def deleted(v: Visitor, t: Target, made: dict) -> None:
	v.get("/api/resource/Deleted Document", fields=["*"], limit_page_length=500, **NEWEST)


@door("whole", "tags", control="worker", proof=YES, every=1)
def tags(v: Visitor, t: Target, made: dict) -> None:
	v.call("frappe.client.get_list", doctype="Tag Link", fields=["*"], limit_page_length=0)
	for doctype in ("Minor", "Case File", "Clinical Record"):
		v.call("frappe.desk.doctype.tag.tag.get_tagged_docs", doctype=doctype, tag="%")
	v.call("frappe.desk.doctype.tag.tag.get_documents_for_tag", tag="%")
	v.call("frappe.client.get_list", doctype="Minor")


@door("whole", "dashboards", control="coordinator", proof=YES, every=1)
def desk_pages(v: Visitor, t: Target, made: dict) -> None:
	v.get("/app")
	v.call("frappe.desk.desktop.get_workspace_sidebar_items")
	for page in ("Minors", "Network", "Funding", "Governance", "Training"):
		v.call("frappe.desk.desktop.get_desktop_page", page={"name": page, "title": page, "public": 1})
	for page in ("my-day", "intake"):
		v.call("frappe.desk.desk_page.getpage", name=page)
	v.call("frappe.utils.change_log.get_versions")
	v.call("frappe.desk.search.get_names_for_mentions", search_term="Qk")


@door("whole", "calendars", control="coordinator", proof=NAME, every=1)
def our_calendar(v: Visitor, t: Target, made: dict) -> None:
	v.call("core_minori.api.interventions.calendar", start="2020-01-01", end="2100-01-01")
	v.call("core_minori.api.cases.my_day")


@door("whole", "files", control="worker", proof=YES, every=1)
def paths(v: Visitor, t: Target, made: dict) -> None:
	"""Out of the folder of files, by every spelling of a way up."""
	for path in (
		"/private/files/../../site_config.json",
		"/files/../site_config.json",
		"/private/files/..%2f..%2fsite_config.json",
		"/files/%2e%2e/%2e%2e/site_config.json",
		"/private/files/....//....//site_config.json",
		"/backups/",
		"/private/backups/",
		"/private/files/",
		"/assets/core_minori/../../../../site_config.json",
	):
		v.get(path)
	for url in ("/private/files/../../site_config.json", "/files/../../site_config.json", "site_config.json"):
		v.call("download_file", file_url=url)
	v.call("frappe.utils.backups.fetch_latest_backups")
	v.call("frappe.client.get_list", doctype="Minor")


@door("whole", "e-mail texts", control="root", proof=TRACE, every=1)
def mails(v: Visitor, t: Target, made: dict) -> None:
	v.get("/api/resource/Email Queue", fields=["*"], limit_page_length=0)
	v.get("/api/resource/Communication", fields=["*"], limit_page_length=0)


# --- changing something ---------------------------------------------------------------------------------


def _write(v: Visitor, t: Target) -> tuple[str, Any]:
	return t.more["probe"]


@door("record", "REST v1", needs=WRITE, proof=CHANGE, every=4)
def put(v: Visitor, t: Target, made: dict) -> None:
	field, value = _write(v, t)
	v.body("PUT", f"/api/resource/{t.doctype}/{t.name}", {field: value})


@door("record", "REST v2", needs=WRITE, proof=CHANGE)
def patch(v: Visitor, t: Target, made: dict) -> None:
	field, value = _write(v, t)
	v.body("PATCH", f"/api/v2/document/{t.doctype}/{t.name}/", {field: value})


@door("record", "frappe.client", needs=WRITE, proof=CHANGE)
def set_value(v: Visitor, t: Target, made: dict) -> None:
	field, value = _write(v, t)
	v.post("frappe.client.set_value", doctype=t.doctype, name=t.name, fieldname=field, value=value)
	doc = {"doctype": t.doctype, "name": t.name, field: value, "case_file": t.more["case"]}
	v.post("frappe.client.save", doc=doc)
	# no protected DocType is submitted or cancelled: nobody changes a state this way
	v.post("frappe.client.submit", doc=doc)
	v.post("frappe.client.cancel", doctype=t.doctype, name=t.name)
	v.post("frappe.desk.form.save.cancel", doctype=t.doctype, name=t.name)
	v.post("frappe.desk.form.linked_with.cancel_all_linked_docs", docs=[doc])


@door("record", "form", needs=WRITE, proof=CHANGE)
def savedocs(v: Visitor, t: Target, made: dict) -> None:
	field, value = _write(v, t)
	kept = v.call("frappe.client.get", doctype=t.doctype, name=t.name).message or {}
	doc = {**kept, "doctype": t.doctype, "name": t.name, field: value}
	for action in ("Save", "Update"):
		v.post("frappe.desk.form.save.savedocs", doc=doc, action=action)


@door("record", "bulk update", needs=WRITE, proof=CHANGE)
def bulk_update(v: Visitor, t: Target, made: dict) -> None:
	field, value = _write(v, t)
	v.post("frappe.client.bulk_update", docs=[{"doctype": t.doctype, "docname": t.name, field: value}])
	v.post(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		doctype=t.doctype,
		docnames=[t.name],
		action="update",
		data={field: value},
	)


@door("record", "workflow", on="pei", needs=WRITE, proof=CHANGE, every=4, only=("PEI",))
def workflow(v: Visitor, t: Target, made: dict) -> None:
	doc = {"doctype": t.doctype, "name": t.name}
	for action in ("Send to Team", "Approve Plan", "Start Plan"):
		v.post("frappe.model.workflow.apply_workflow", doc=doc, action=action)
		v.post(
			"frappe.model.workflow.bulk_workflow_approval",
			docnames=[t.name],
			doctype=t.doctype,
			action=action,
		)


@door("record", "delete", control="root", on="note", needs=NOBODY, proof=CHANGE, every=4)
def delete(v: Visitor, t: Target, made: dict) -> None:
	v.send("DELETE", f"/api/resource/{t.doctype}/{t.name}")
	v.send("DELETE", f"/api/v2/document/{t.doctype}/{t.name}/")
	v.post("frappe.client.delete", doctype=t.doctype, name=t.name)
	v.post("frappe.desk.reportview.delete_items", doctype=t.doctype, items=[t.name])


@door("record", "rename", control="root", on="note", needs=NOBODY, proof=CHANGE)
def rename(v: Visitor, t: Target, made: dict) -> None:
	new = f"X-{t.name}"
	v.post("frappe.client.rename_doc", doctype=t.doctype, old_name=t.name, new_name=new)
	v.post(
		"frappe.model.rename_doc.update_document_title",
		doctype=t.doctype,
		docname=t.name,
		title="X",
		name=new,
	)
	v.post("run_doc_method", dt=t.doctype, dn=t.name, method="rename", args={"name": new, "force": 1})
	v.send("POST", f"/api/v2/document/{t.doctype}/{t.name}/method/rename/", {"name": new})


@door("record", "shares", control="root", on="note", needs=NOBODY, proof=CHANGE)
def share(v: Visitor, t: Target, made: dict) -> None:
	mine = made["users"].get(v.key, made["stranger"])
	about = {"doctype": t.doctype, "name": t.name, "user": mine}
	v.post("frappe.share.add", read=1, write=1, share=1, **about)
	v.post("frappe.share.set_permission", permission_to="read", value=1, **about)
	v.body(
		"POST",
		"/api/resource/DocShare",
		{"share_doctype": t.doctype, "share_name": t.name, "user": mine, "read": 1},
	)


@door("record", "follow", control="root", on="note", needs=NOBODY, proof=CHANGE)
def follow(v: Visitor, t: Target, made: dict) -> None:
	mine = made["users"].get(v.key, made["stranger"])
	v.post(
		"frappe.desk.form.document_follow.update_follow", doctype=t.doctype, doc_name=t.name, following=True
	)
	v.post("frappe.desk.form.document_follow.follow_document", doctype=t.doctype, doc_name=t.name, user=mine)
	v.body(
		"POST",
		"/api/resource/Document Follow",
		{"ref_doctype": t.doctype, "ref_docname": t.name, "user": mine},
	)


@door("record", "comments", proof=CHANGE, every=8)
def comment(v: Visitor, t: Target, made: dict) -> None:
	about = {"reference_doctype": t.doctype, "reference_name": t.name}
	v.post(
		"frappe.desk.form.utils.add_comment",
		content="Prova",
		comment_email=made["users"].get(v.key, "x"),
		comment_by="x",
		**about,
	)
	v.body("POST", "/api/resource/Comment", {"comment_type": "Comment", "content": "Prova", **about})
	v.body("POST", "/api/resource/Communication", {"subject": "x", "content": "Prova", **about})
	v.post("run_doc_method", dt=t.doctype, dn=t.name, method="add_comment", args={"text": "Prova"})


@door("record", "comments", control="root", proof=CHANGE, needs=NOBODY)
def comment_of_others(v: Visitor, t: Target, made: dict) -> None:
	name, mail = t.more["traces"]["Comment"], t.more["traces"]["Communication"]
	v.post("frappe.desk.form.utils.update_comment", name=name, content="Prova")
	v.post("frappe.desk.form.utils.update_comment_publicity", name=name, publish=True)
	v.send("DELETE", f"/api/resource/Comment/{name}")
	v.post("frappe.email.inbox.mark_as_closed_open", communication=mail, status="Closed")
	v.post("frappe.email.inbox.move_email", communication=mail, email_account="x")
	v.post("frappe.email.inbox.mark_as_trash", communication=mail)
	v.post("frappe.email.inbox.create_email_flag_queue", names=[mail], action="Read")


@door("record", "comments", proof=CHANGE)
def like(v: Visitor, t: Target, made: dict) -> None:
	v.post("frappe.desk.like.toggle_like", doctype=t.doctype, name=t.name, add="Yes")
	v.post(
		"frappe.templates.includes.likes.likes.like",
		like=True,
		route="",
		reference_doctype=t.doctype,
		reference_name=t.name,
	)


@door("record", "tags", proof=CHANGE)
def tag(v: Visitor, t: Target, made: dict) -> None:
	v.post("frappe.desk.doctype.tag.tag.add_tag", tag="Prova", dt=t.doctype, dn=t.name)
	v.post("frappe.desk.doctype.tag.tag.add_tags", tags=["Prova"], dt=t.doctype, docs=[t.name])
	v.post("frappe.desk.doctype.tag.tag.remove_tag", tag="Prova", dt=t.doctype, dn=t.name)
	v.body(
		"POST",
		"/api/resource/Tag Link",
		{"document_type": t.doctype, "document_name": t.name, "tag": "Prova", "title": "x"},
	)


@door("record", "assignments", proof=CHANGE)
def assign(v: Visitor, t: Target, made: dict) -> None:
	mine = made["users"].get(v.key, made["stranger"])
	about = {"doctype": t.doctype, "name": t.name}
	v.post(
		"frappe.desk.form.assign_to.add", assign_to=[mine], description="Prova", ignore_permissions=1, **about
	)
	v.post(
		"frappe.desk.form.assign_to.add_multiple",
		assign_to=[mine],
		doctype=t.doctype,
		name=[t.name],
		description="Prova",
	)
	v.body(
		"POST",
		"/api/resource/ToDo",
		{
			"description": "Prova",
			"reference_type": t.doctype,
			"reference_name": t.name,
			"allocated_to": mine,
		},
	)


@door("record", "assignments", control="root", proof=CHANGE)
def end_assignments(v: Visitor, t: Target, made: dict) -> None:
	former = made["users"]["former"]
	about = {"doctype": t.doctype, "name": t.name}
	v.post("frappe.desk.form.assign_to.remove", assign_to=former, ignore_permissions=1, **about)
	v.post(
		"frappe.desk.form.assign_to.remove_multiple", doctype=t.doctype, names=[t.name], ignore_permissions=1
	)
	v.post("frappe.desk.form.assign_to.close", assign_to=former, ignore_permissions=1, **about)


@door("record", "files", needs=WRITE, proof=CHANGE)
def attach(v: Visitor, t: Target, made: dict) -> None:
	about = {"doctype": t.doctype, "docname": t.name}
	files = {"file": (f"prova {v.key}.txt", f"Prova {v.key} {t.name}")}
	v.send("POST", "/api/method/upload_file", {**about, "is_private": 0}, files=files)
	v.post("frappe.client.attach_file", filename="prova.txt", filedata="UHJvdmE=", decode_base64=1, **about)
	values = {"file_name": "x.txt", "content": f"P {v.key}", "attached_to_doctype": t.doctype}
	v.body("POST", "/api/resource/File", {**values, "attached_to_name": t.name})


@door("record", "files", control="root", needs=WRITE, proof=CHANGE)
def change_file(v: Visitor, t: Target, made: dict) -> None:
	name = t.more["traces"]["File"]
	v.post(
		"frappe.client.set_value", doctype="File", name=name, fieldname={"is_private": 0, "folder": "Home"}
	)
	v.body("PUT", f"/api/resource/File/{name}", {"attached_to_doctype": "User", "attached_to_name": "Guest"})
	v.send("DELETE", f"/api/resource/File/{name}")
	v.post("frappe.desk.form.utils.remove_attach", fid=name, dt=t.doctype, dn=t.name)
	v.post("frappe.core.api.file.move_file", file_list=[{"name": name}], new_parent="Home", old_parent="x")


@door("record", "restore", control="root", needs=NOBODY, proof=CHANGE)
def restore(v: Visitor, t: Target, made: dict) -> None:
	name = t.more["traces"]["Deleted Document"]
	v.post("frappe.core.doctype.deleted_document.deleted_document.restore", name=name)
	v.post("frappe.core.doctype.deleted_document.deleted_document.bulk_restore", docnames=[name])
	v.body("PUT", f"/api/resource/Deleted Document/{name}", {"restored": 1})


@door("record", "e-mail texts", control="root", on="note", needs=NOBODY, proof=CHANGE)
def mail(v: Visitor, t: Target, made: dict) -> None:
	v.post(
		"frappe.core.doctype.communication.email.make",
		doctype=t.doctype,
		name=t.name,
		content="Prova",
		subject="Prova",
		recipients="fuori@example.test",
		send_email=0,
		print_html="<p>x</p>",
	)
	v.post(
		"frappe.email.relink",
		name=t.more["traces"].get("Communication", "x"),
		reference_doctype="User",
		reference_name="Guest",
	)


@door("record", "calendars", needs=WRITE, proof=CHANGE)
def drag(v: Visitor, t: Target, made: dict) -> None:
	field, value = _write(v, t)
	v.post(
		"frappe.desk.calendar.update_event",
		args={"doctype": t.doctype, "name": t.name, "start": value},
		field_map={"start": field, "id": "name"},
	)
	v.post(
		"frappe.desk.gantt.update_task",
		args={"doctype": t.doctype, "name": t.name, "start": value},
		field_map={"start": field, "id": "name"},
	)


@door("record", "child tables", control="root", on="pei", needs=WRITE, proof=CHANGE, every=6)
def change_rows(v: Visitor, t: Target, made: dict) -> None:
	for child, name in t.more["rows"].items():
		v.post("frappe.client.set_value", doctype=child, name=name, fieldname="idx", value=91)
		v.body("PUT", f"/api/resource/{child}/{name}", {"idx": 92})
		v.post("frappe.client.delete", doctype=child, name=name)
		values = {"doctype": child, "parenttype": t.doctype, "parent": t.name, "parentfield": "objectives"}
		v.post("frappe.client.insert", doc=values)


@door("case", "REST v1", on="case", needs=WRITE, proof=CHANGE, every=4)
def add_record(v: Visitor, t: Target, made: dict) -> None:
	"""A new record on the case, of each kind."""
	values = {"doctype": t.doctype, "case_file": t.more["case"], **t.more["new"]}
	v.body("POST", f"/api/resource/{t.doctype}", values)
	v.post("frappe.client.insert", doc=values)
	v.post("frappe.desk.form.save.savedocs", doc={**values, "__islocal": 1, "name": "new-1"}, action="Save")
