"""What a System Manager may not do to a site that keeps minors' cases, and still administer it.

Frappe lets its System Manager write code that runs as anybody, name a DocType whose changes are sent away, and change
how a DocType is shown. On this site those who install, back up and add users read no case, so each of these ways is
closed where it touches protected data, and left open elsewhere. Only Administrator, whose password lies in an envelope,
goes on doing all of it.

The tables say what is watched; `validate` hangs on every DocType (hooks.py: "*") and returns at once for the others.
"""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori.engine.conditions import plain_condition
from core_minori.messages import site_language
from core_minori.overrides import templates
from core_minori.permissions import CHILD_OF, PROTECTED, TRACES, is_guarded

# Code that runs on the server or in the browsers of others, ways to log in without a password, and copies of the whole
# database elsewhere: these records are Administrator's alone.
ADMINISTRATORS_ONLY: frozenset[str] = frozenset(
	{
		"Client Script",
		"Custom HTML Block",
		"Dropbox Settings",
		"Google Drive",
		"LDAP Settings",
		"OAuth Client",
		"OAuth Provider Settings",
		"Package",
		"Package Import",
		"Package Release",
		"S3 Backup Settings",
		"Server Script",
		"Social Login Key",
		"System Console",
		"Website Script",
	}
)
# Fields (of rows: table.field) that only Administrator fills: SQL, scripts, and the server that carries password mails.
ADMINISTRATORS_FIELDS: dict[str, tuple[str, ...]] = {
	"DocType Layout": ("client_script",),
	"Email Account": ("always_bcc", "domain", "service", "smtp_server"),
	"Email Domain": ("smtp_server",),
	"Form Tour": ("steps.next_step_condition",),
	"Letter Head": ("header_script", "footer_script"),
	"Navbar Settings": (
		"settings_dropdown.action",
		"settings_dropdown.condition",
		"help_dropdown.action",
		"help_dropdown.condition",
	),
	"Number Card": ("filters_config",),
	"Report": ("query", "report_script", "javascript"),
	"System Settings": ("reset_password_template", "welcome_email_template"),
	"Web Form": ("client_script",),
	"Web Page": ("context_script", "javascript"),
	"Website Theme": ("js",),
}
# Conditions that the browser of whoever looks runs: plain comparisons are anybody's who may write the record.
BROWSER_CONDITIONS: dict[str, tuple[str, ...]] = {
	"Custom Field": (
		"collapsible_depends_on",
		"depends_on",
		"link_filters",
		"mandatory_depends_on",
		"read_only_depends_on",
	),
	"Dashboard Chart": ("dynamic_filters_json",),
	"DocType": (
		"fields.collapsible_depends_on",
		"fields.depends_on",
		"fields.link_filters",
		"fields.mandatory_depends_on",
		"fields.read_only_depends_on",
	),
	"Number Card": ("dynamic_filters_json",),
	"Web Form": (
		"web_form_fields.depends_on",
		"web_form_fields.mandatory_depends_on",
		"web_form_fields.read_only_depends_on",
	),
	"Workspace": ("shortcuts.stats_filter", "quick_lists.quick_list_filter"),
}
# Records that make something happen to the records of the DocType they name, in these fields: not to protected ones, nor to
# what Frappe keeps about them.
ABOUT: dict[str, tuple[str, ...]] = {
	"Accounting Dimension": ("document_type",),
	"Assignment Rule": ("document_type",),
	"Auto Repeat": ("reference_doctype",),
	"Data Import": ("reference_doctype",),
	"Document Naming Rule": ("document_type",),
	"Email Account": ("append_to", "imap_folder.append_to"),
	"Energy Point Rule": ("reference_doctype",),
	"Global Search Settings": ("allowed_in_global_search.document_type",),
	"Inventory Dimension": ("reference_document",),
	"Log Settings": ("logs_to_clear.ref_doctype",),
	"Milestone Tracker": ("document_type",),
	"Notification": ("document_type",),
	"User Type": ("user_doctypes.document_type", "select_doctypes.document_type"),
	"Web Form": ("doc_type",),
	"Webhook": ("webhook_doctype",),
	"Workflow": ("document_type",),
}
# Frappe itself lists these there: of what it keeps about records only its defaults, and never the protected ones.
_TRACES_ALLOWED = ("Email Account", "Global Search Settings", "Log Settings")
# What decides who may do what. A message or a step of a workflow on these would be made in the session of somebody else.
ACCOUNTS: frozenset[str] = frozenset(
	{
		"Has Role",
		"OAuth Authorization Code",
		"OAuth Bearer Token",
		"Role",
		"Role Profile",
		"User",
		"User Type",
	}
)
_NOT_ABOUT_ACCOUNTS = ("Auto Repeat", "Email Account", "Notification", "Web Form", "Webhook", "Workflow")
# How a record of Frappe's about our records is found or shown: search and titles would show it past the resolver.
_SHOWING = frozenset(
	{
		"fetch_from",
		"image_field",
		"in_global_search",
		"in_preview",
		"is_virtual",
		"search_fields",
		"show_title_field_in_link",
		"title_field",
	}
)
_CONDITIONS = frozenset(path.rpartition(".")[2] for path in BROWSER_CONDITIONS["DocType"])
_WATCHED = frozenset(
	{
		*ADMINISTRATORS_ONLY,
		*ADMINISTRATORS_FIELDS,
		*BROWSER_CONDITIONS,
		*ABOUT,
		*templates.FIELDS,
		*templates.EXPRESSIONS,
		"Auto Email Report",
		"Property Setter",
	}
)
# A change of these by anybody but Administrator is told to the data protection officer.
TOLD: tuple[str, ...] = ("Email Account", "Email Domain", "SMS Settings", "System Settings")


def validate(doc: Document, method: str | None = None) -> None:
	"""Hook before_validate and validate of every DocType: raises frappe.PermissionError for what is Administrator's.

	Before, because some controllers try a condition or a mail server out as they validate it; and after, for what they
	filled in.
	"""
	if doc.doctype not in _WATCHED or trusted():
		return
	if doc.doctype in ADMINISTRATORS_ONLY:
		_refuse(doc)
	for path, __ in templates.changed(doc, ADMINISTRATORS_FIELDS.get(doc.doctype, ())):
		_refuse(doc, path)
	if doc.doctype == "Report" and doc.report_type in ("Query Report", "Script Report"):
		if doc.is_new() or doc.has_value_changed("report_type"):
			_refuse(doc, "report_type")
	for path, text in templates.changed(doc, BROWSER_CONDITIONS.get(doc.doctype, ())):
		_ask_plain(doc, path, text)
	_about(doc)
	templates.validate(doc)
	check = _CHECKS.get(doc.doctype)
	if check:
		check(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	"""Hook on_trash of every DocType: what shapes a protected DocType is taken away by Administrator only."""
	if doc.doctype in ("Custom Field", "Property Setter", "Workflow") and not trusted():
		about = doc.get(
			{"Custom Field": "dt", "Property Setter": "doc_type"}.get(doc.doctype, "document_type")
		)
		if about in PROTECTED or about in CHILD_OF:
			_refuse_about(doc, about)


def tell(doc: Document, method: str | None = None) -> None:
	"""Hook on_update of `TOLD`: the officer learns who changed the mail, the messages or the settings of the site."""
	from core_minori.trust_alerts import tell_officers

	if trusted() or frappe.session.user == "Guest":
		return
	language = site_language()
	text = _("{0} changed {1}.", lang=language).format(frappe.session.user, _(doc.doctype, lang=language))
	tell_officers(text, doc.doctype, doc.name)


def trusted() -> bool:
	"""Whether code of an app or Administrator is at work: installation, updates, custom fields of a country."""
	flags = frappe.flags
	return (
		frappe.session.user == "Administrator"
		or bool(flags.in_install or flags.in_migrate or flags.in_patch or flags.in_uninstall)
		or bool(flags.in_create_custom_fields)
	)


def _about(doc: Document) -> None:
	"""A record about a protected DocType is not kept, whatever else is changed in it."""
	for path in ABOUT.get(doc.doctype, ()):
		if "." in path:
			found = (about for __, about in templates.changed(doc, (path,)))
		else:
			before = doc.get_doc_before_save()
			found = (about for about in (doc.get(path), before and before.get(path)) if about)
		for about in found:
			if _closed_to(doc.doctype, about):
				_refuse_about(doc, about)


def _closed_to(doctype: str, about: str) -> bool:
	if about in PROTECTED or about in CHILD_OF:
		return True
	if about in TRACES:
		return doctype not in _TRACES_ALLOWED
	return about in ACCOUNTS and doctype in _NOT_ABOUT_ACCOUNTS


def _auto_email_report(doc: Document) -> None:
	"""It runs a report as any user and mails what that user may read."""
	if doc.user != frappe.session.user:
		frappe.throw(
			_("A report is mailed with one's own rights: choose yourself as the user."),
			frappe.PermissionError,
		)
	about = frappe.db.get_value("Report", doc.report, "ref_doctype")
	if is_guarded(about):
		_refuse_about(doc, about)


def _custom_field(doc: Document) -> None:
	if doc.dt in PROTECTED or doc.dt in CHILD_OF:
		_refuse_about(doc, doc.dt)
	_html_field(doc, doc.fieldtype, doc.options)
	_ask_fetches(
		doc,
		doc.dt,
		{doc.fieldname: {"fieldtype": doc.fieldtype, "options": doc.options, "fetch_from": doc.fetch_from}},
	)


def _property_setter(doc: Document) -> None:
	if doc.doc_type in PROTECTED or doc.doc_type in CHILD_OF:
		_refuse_about(doc, doc.doc_type)
	if doc.doc_type in TRACES and doc.property in _SHOWING:
		_refuse_about(doc, doc.doc_type)
	if doc.property in _CONDITIONS:
		_ask_plain(doc, doc.property, doc.value or "")
	if doc.property in ("fieldtype", "options", "fetch_from") and doc.field_name:
		_html_field(doc, "HTML", doc.value if doc.property == "options" else None)
		_ask_fetches(doc, doc.doc_type, {doc.field_name: {doc.property: doc.value}})


def _doctype(doc: Document) -> None:
	if not doc.is_new() and not frappe.db.get_value("DocType", doc.name, "custom"):
		_refuse(doc)
	if doc.name in PROTECTED or doc.name in CHILD_OF:
		_refuse(doc)
	for row in doc.fields:
		_html_field(doc, row.fieldtype, row.options)
	_ask_fetches(
		doc,
		doc.name,
		{
			row.fieldname: {"fieldtype": row.fieldtype, "options": row.options, "fetch_from": row.fetch_from}
			for row in doc.fields
			if row.fieldname
		},
	)


def _system_settings(doc: Document) -> None:
	"""What protects the cases is loosened by Administrator only."""
	from core_minori.setup import hardening

	before = doc.get_doc_before_save()
	for name in (*hardening.SETTINGS, *hardening.PROPOSED):
		if before and doc.meta.has_field(name) and hardening.loosened(name, before.get(name), doc.get(name)):
			_refuse(doc, name)


_CHECKS = {
	"Auto Email Report": _auto_email_report,
	"Custom Field": _custom_field,
	"DocType": _doctype,
	"Property Setter": _property_setter,
	"System Settings": _system_settings,
}


def _html_field(doc: Document, fieldtype: str, options: str | None) -> None:
	"""The text of an HTML field is a template in prints, and a page in forms."""
	if fieldtype == "HTML" and options and any(mark in options for mark in ("<", "{")):
		templates.refuse_calls(options)
		templates.refuse_scripts(options)


def _ask_plain(doc: Document, path: str, text: str) -> None:
	"""Only what is marked is code in a form; a filter is code as it stands, and plain when it is JSON."""
	if path.rpartition(".")[2] in _CONDITIONS:
		code = [part.split("eval:", 1)[1] for part in [*templates.strings(text), text] if "eval:" in part]
		if text.strip().startswith("fn:"):
			_refuse(doc, path)
	else:
		code = [part for part in (text, *templates.strings(text)) if part.strip()]
		if _is_json(text):
			# A dynamic filter runs its last part as code: [["ToDo", "owner", "=", "frappe.session.user"]].
			code = code[1:] if "dynamic" in path else []
			code = [part for part in code if any(sign in part for sign in "([`=;")]
	if not all(plain_condition(part) for part in code):
		_refuse(doc, path)


def _is_json(text: str) -> bool:
	try:
		frappe.parse_json(text)
	except ValueError:
		return False
	return True


def _ask_fetches(doc: Document, doctype: str, given: dict[str, dict]) -> None:
	"""A field fetched through a link is read past every permission: not out of a guarded DocType, nor a computed one."""
	fields = _fields(doctype)
	before = set(_forbidden(fields))
	for name, values in given.items():
		fields[name] = {**fields.get(name, {}), **values}
	for name in _forbidden(fields):
		if name not in before:
			frappe.throw(
				_("{0} cannot be fetched: it would show what its reader may not read.").format(
					fields[name]["fetch_from"]
				),
				frappe.PermissionError,
			)


def _fields(doctype: str) -> dict[str, dict]:
	if not frappe.db.exists("DocType", doctype):
		return {}
	return {
		df.fieldname: {"fieldtype": df.fieldtype, "options": df.options, "fetch_from": df.fetch_from}
		for df in frappe.get_meta(doctype).fields
	}


def _forbidden(fields: dict[str, dict]) -> Iterator[str]:
	for name, field in fields.items():
		way = (field.get("fetch_from") or "").partition(".")[0]
		link = fields.get(way)
		if not way or not link:
			continue
		kind, options = link.get("fieldtype"), link.get("options")
		if kind == "Dynamic Link" or is_guarded(options) or options in ACCOUNTS - {"User", "Role"}:
			yield name


def _refuse(doc: Document, path: str = "") -> None:
	field = path.rpartition(".")[2]
	what = (
		f"{_(doc.doctype)}: {_(doc.meta.get_label(field))}" if field and "." not in path else _(doc.doctype)
	)
	frappe.throw(
		_(
			"{0} is Administrator's on a site that keeps minors' cases: it runs or reads with nobody's rights."
		).format(what),
		frappe.PermissionError,
	)


def _refuse_about(doc: Document, about: str) -> None:
	frappe.throw(
		_("{0} about {1} is Administrator's: it would show or change protected records.").format(
			_(doc.doctype), _(about)
		),
		frappe.PermissionError,
	)
