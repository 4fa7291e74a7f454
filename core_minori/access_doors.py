"""What one web request asks for: which kind of reading it is, and of which record.

A request touches many records that nobody asked for: links that are checked, totals, rights for buttons. So what stands
in the access log is told by the request itself; what the resolver was asked meanwhile counts only where the request does
not say it.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

import frappe

from core_minori.grants import CHILD_OF, PROTECTED, TRACES

FORM, LIST, SEARCH, REPORT = "Form", "List", "Search", "Report"
PRINT, EXPORT, FILE = "Print", "Export", "File"

# Which rows a request leaves.
RECORD = "record"  # one for the record asked for
LISTING = "listing"  # one for all that the answer shows
PART = "part"  # one for what it shows, unless the same user had the same case open just now
QUIET = "quiet"  # none: numbers and settings

# Frappe's records about records that the desk asks for all the time; they hold codes, and nothing of a case.
_BACKGROUND = ("Notification Log", "Workflow Action", "Document Follow", "Tag Link", "View Log")

# A year and a number after the letters of the DocType.
_LONGEST_NAME = 140


@dataclass(frozen=True)
class Door:
	"""Kind and way of a request, and what it names; `text` is what is kept of it beside that: names of reports."""

	way: str
	leaves: str
	doctype: str | None = None
	names: tuple[str, ...] = ()
	text: str | None = None

	@property
	def guarded(self) -> bool:
		"""Whether the DocType asked for is a protected one, a table of one, or about one."""
		return self.doctype in PROTECTED or self.doctype in CHILD_OF or self.doctype in TRACES

	@property
	def in_background(self) -> bool:
		"""Whether the desk asks for it all the time."""
		return self.leaves == LISTING and self.doctype in _BACKGROUND


# web method -> kind, way, and the arguments that name DocType and record
_METHODS: dict[str, tuple[str, str, str, str]] = {
	"frappe.desk.form.load.getdoc": (RECORD, FORM, "doctype", "name"),
	"frappe.client.get": (RECORD, FORM, "doctype", "name"),
	"frappe.client.get_value": (PART, FORM, "doctype", "filters"),
	"frappe.desk.form.load.get_docinfo": (PART, FORM, "doctype", "name"),
	"frappe.desk.form.save.savedocs": (PART, FORM, "", "doc"),
	"frappe.client.save": (PART, FORM, "", "doc"),
	"frappe.client.set_value": (PART, FORM, "doctype", "name"),
	"frappe.client.delete": (PART, FORM, "doctype", "name"),
	"frappe.desk.reportview.delete_items": (PART, FORM, "doctype", "items"),
	"frappe.core.doctype.communication.email.make": (RECORD, PRINT, "doctype", "name"),
	"frappe.utils.print_format.download_pdf": (RECORD, PRINT, "doctype", "name"),
	"frappe.utils.print_format.download_multi_pdf": (RECORD, PRINT, "doctype", "name"),
	"frappe.utils.print_format.download_multi_pdf_async": (RECORD, PRINT, "doctype", "name"),
	"frappe.utils.print_format.print_by_server": (RECORD, PRINT, "doctype", "name"),
	"frappe.utils.weasyprint.download_pdf": (RECORD, PRINT, "doctype", "name"),
	"frappe.www.printview.get_html_and_style": (RECORD, PRINT, "doc", "name"),
	"frappe.www.printview.get_rendered_raw_commands": (RECORD, PRINT, "doc", "name"),
	"frappe.client.get_list": (LISTING, LIST, "doctype", ""),
	"frappe.desk.reportview.get": (LISTING, LIST, "doctype", ""),
	"frappe.desk.reportview.get_list": (LISTING, LIST, "doctype", ""),
	"frappe.desk.reportview.export_query": (LISTING, EXPORT, "doctype", ""),
	"frappe.core.doctype.data_export.exporter.export_data": (LISTING, EXPORT, "doctype", ""),
	"frappe.core.doctype.data_import.data_import.download_template": (LISTING, EXPORT, "doctype", ""),
	"frappe.desk.query_report.run": (LISTING, REPORT, "", ""),
	"frappe.desk.query_report.export_query": (LISTING, EXPORT, "", ""),
	"frappe.core.doctype.prepared_report.prepared_report.download_attachment": (LISTING, EXPORT, "", ""),
	"frappe.desk.search.search_link": (LISTING, SEARCH, "doctype", ""),
	"frappe.desk.search.search_widget": (LISTING, SEARCH, "doctype", ""),
	"frappe.utils.global_search.search": (LISTING, SEARCH, "", ""),
	"core_minori.api.people.find": (LISTING, SEARCH, "", ""),
	"core_minori.api.intake.duplicates": (LISTING, SEARCH, "", ""),
	"download_file": (RECORD, FILE, "", "file_url"),
	"frappe.handler.download_file": (RECORD, FILE, "", "file_url"),
	"frappe.core.doctype.file.file.download_file": (RECORD, FILE, "", "file_url"),
	"frappe.client.validate_link": (PART, FORM, "doctype", "docname"),
	"frappe.client.get_count": (QUIET, LIST, "doctype", ""),
	"frappe.client.is_document_amended": (QUIET, FORM, "doctype", "docname"),
	"frappe.desk.form.load.getdoctype": (QUIET, FORM, "doctype", ""),
	"frappe.desk.form.utils.get_next": (QUIET, FORM, "doctype", "value"),
	"frappe.desk.notifications.get_open_count": (QUIET, FORM, "doctype", "name"),
	"frappe.desk.reportview.get_count": (QUIET, LIST, "doctype", ""),
	"frappe.desk.reportview.get_stats": (LISTING, LIST, "doctype", ""),
	"frappe.desk.reportview.get_sidebar_stats": (LISTING, LIST, "doctype", ""),
	"frappe.desk.reportview.get_filter_dashboard_data": (LISTING, LIST, "doctype", ""),
	"frappe.desk.listview.get_group_by_count": (LISTING, LIST, "doctype", ""),
	"frappe.desk.doctype.number_card.number_card.get_result": (QUIET, LIST, "", ""),
	"frappe.desk.doctype.notification_log.notification_log.get_notification_logs": (QUIET, LIST, "", ""),
	"frappe.realtime.can_subscribe_doc": (QUIET, FORM, "doctype", "docname"),
	# every half minute from each open tab, about what was kept when it was opened; it answers with what may not be seen
	"core_minori.api.access.closed_among": (QUIET, FORM, "", ""),
}
# Methods that the desk asks beside each list or link, and the argument with the fields they show values of.
_SHOWN_FIELDS = {
	"frappe.client.validate_link": "fields",
	"frappe.desk.reportview.get_stats": "stats",
	"frappe.desk.reportview.get_sidebar_stats": "stats",
	"frappe.desk.listview.get_group_by_count": "field",
}
# Fields that say nothing of a case: codes, logins and tags.
_PLAIN_FIELDS = frozenset({"name", "owner", "assigned_to", "_assign", "_user_tags", "_comments", "_liked_by"})

# Arguments by which other methods name a record: the first two that are there.
_DOCTYPE_ARGUMENTS = ("doctype", "dt", "reference_doctype", "ref_doctype", "parenttype")
_NAME_ARGUMENTS = ("name", "dn", "docname", "reference_name", "case_file")


def opened(path: str, verb: str, arguments: Mapping[str, object]) -> Door:
	"""The door that this request is at; `arguments` are the request's, in Frappe's form_dict."""
	if arguments.get("cmd"):  # what Frappe runs when it is there, whatever the path says
		return _method(arguments["cmd"], arguments)
	steps = [unquote(step) for step in path.strip("/").split("/")]
	if steps[0] == "api":
		steps = steps[1:]
		if steps and steps[0] in ("v1", "v2"):
			steps = steps[1:]
		if steps and steps[0] in ("resource", "document"):
			return _rest(steps[1:], verb, arguments)
		if steps and steps[0] == "doctype":
			return Door(LIST, QUIET, steps[1] if len(steps) > 1 else None)
		if len(steps) > 1 and steps[0] == "method":
			return _method("/".join(steps[1:]), arguments)
	if path.startswith("/private/files/"):
		return Door(FILE, RECORD, "File", (unquote(path),))
	if steps[0] in ("printview", "printpreview"):
		return _named(RECORD, PRINT, arguments.get("doctype"), arguments.get("name"))
	return Door(FORM, PART)


def _rest(steps: list[str], verb: str, arguments: Mapping[str, object]) -> Door:
	doctype, name = (steps[0] if steps else None), "/".join(steps[1:])
	if not name:
		return Door(LIST, LISTING, doctype) if verb == "GET" else Door(FORM, PART, doctype)
	name, *rest = re.split(r"/(?=method/|copy$)", name)
	plain = verb == "GET" and not rest and "run_method" not in arguments
	return _named(RECORD if plain else PART, FORM, doctype, name)


def _method(method: object, arguments: Mapping[str, object]) -> Door:
	known = _METHODS.get(str(method))
	if known is None:
		return _named(
			PART,
			FORM,
			next((arguments[key] for key in _DOCTYPE_ARGUMENTS if arguments.get(key)), None),
			next((arguments[key] for key in _NAME_ARGUMENTS if arguments.get(key)), None),
		)
	leaves, way, doctype, name = known
	if method in _SHOWN_FIELDS:
		asked = _parsed(arguments.get(_SHOWN_FIELDS[method])) or []
		if {str(field) for field in (asked if isinstance(asked, list) else [asked])} <= _PLAIN_FIELDS:
			leaves = QUIET
	if way == FILE:
		return Door(FILE, RECORD, "File", (str(arguments.get(name) or ""),))
	door = _named(leaves, way, arguments.get(doctype), arguments.get(name))
	if str(method).startswith("frappe.desk.query_report."):
		report = str(arguments.get("report_name") or "")
		about = frappe.db.get_value("Report", report, "ref_doctype", cache=True)
		return replace(door, doctype=about, text=report if about else None)
	return door


def _named(leaves: str, way: str, doctype: object, name: object) -> Door:
	"""The door with what its arguments name: a text, a JSON list of names, or a whole record as JSON."""
	for value in (doctype, name):
		record = _parsed(value)
		if isinstance(record, dict) and "doctype" in record:
			doctype, name = record["doctype"], record.get("name")
	name = _parsed(name)
	if isinstance(name, dict):
		name = name.get("name")
	doctypes = _parsed(doctype)
	if isinstance(doctypes, dict):  # several DocTypes in one document: {"PEI": ["PEI-..."], ...}
		names = [each for some in doctypes.values() if isinstance(some, list) for each in some]
		doctype = next((one for one in doctypes if one in PROTECTED), None)
	else:
		names = name if isinstance(name, list) else [name]
	return Door(
		way,
		leaves,
		doctype if isinstance(doctype, str) and len(doctype) <= _LONGEST_NAME else None,
		tuple(each for each in names if isinstance(each, str) and 0 < len(each) <= _LONGEST_NAME),
	)


def _parsed(value: object) -> object:
	if isinstance(value, str) and value[:1] in "[{":
		try:
			return json.loads(value)
		except ValueError:
			return None
	return value


# --- codes in an answer -----------------------------------------------------------------------------------------------

_prefixes: dict[str, str] = {}


def prefixes() -> dict[str, str]:
	"""Letters that names of protected records begin with -> their DocType."""
	if not _prefixes:
		for doctype in PROTECTED:
			letters = re.match(r"([A-Z]+)-\.YYYY\.-\.#+$", frappe.get_meta(doctype).autoname or "")
			if letters:
				_prefixes[letters[1]] = doctype
	return _prefixes


def doctype_of(code: str) -> str | None:
	"""The DocType whose records have such a name."""
	return prefixes().get(code.split("-", 1)[0])


def codes_in(text: bytes) -> list[str]:
	"""Names of protected records that an answer shows, whatever form it has: JSON, page, CSV or workbook."""
	found: dict[bytes, None] = {}
	pattern = re.compile(rb"\b(?:" + "|".join(prefixes()).encode() + rb")-\d{4}-\d{4,8}\b")
	for part in _unpacked(text):
		found.update(dict.fromkeys(pattern.findall(part)))
	return [code.decode() for code in found]


def _unpacked(content: bytes) -> Iterable[bytes]:
	if not content.startswith(b"PK"):
		yield content
		return
	try:
		with zipfile.ZipFile(io.BytesIO(content)) as archive:
			for name in archive.namelist():
				yield archive.read(name)
	except zipfile.BadZipFile:
		yield content


def rows_in(text: bytes) -> int:
	"""How many rows an answer in JSON holds; 1 where it cannot be told."""
	try:
		body = json.loads(text)
	except ValueError:
		return 1
	message = body.get("message", body.get("data")) if isinstance(body, dict) else None
	if isinstance(message, dict):
		message = message.get("values", message.get("result", message))
	return len(message) if isinstance(message, list | dict) else int(message is not None)
