"""The data of one person, of all their cases, for the person (GDPR art. 15 and 20): as a document and as JSON.

What belongs to a case is asked of the resolver's own tables, so a new protected DocType is in the copy by itself. Other
people's data stay out: other members of a group, how relatives are reached, other people's cases. What a professional
keeps of health and of the mind is handed out when that professional decided so, and left out with their reason.
"""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate, now_datetime
from frappe.utils.pdf import get_pdf

from core_minori import data_requests
from core_minori.grants import GOVERNED, PART_BY_VALUE
from core_minori.messages import site_language
from core_minori.personal_fields import (
	CONTACT,
	KEPT,
	OTHERS,
	TEXT,
	TEXT_TYPES,
	case_doctypes,
	cases_of,
	category_of,
	records_of,
	sharing,
)
from core_minori.sealed import COVER, earlier_texts

FORMAT = "core_minori.person_data"
VERSION = 1
# Parts of a case that are handed out when a professional decided so -> what they decide on.
DECIDED_BY: dict[str, str] = {
	"health": "health",
	"health summary": "health",
	"care": "health",
	"psychological": "psychological",
}
_NOT_VALUES = (
	"Button",
	"Column Break",
	"Fold",
	"HTML",
	"Heading",
	"Section Break",
	"Tab Break",
	"Table",
	"Table MultiSelect",
)
# Links whose name is nobody's word: what they are called is asked of the record.
_TITLES = {
	"Facility": "facility_name",
	"Network Organisation": "organisation_name",
	"User": "full_name",
	"Funded Project": "title",
}


@dataclass
class Copy:
	"""Everything of one person: parts of records, and what was left out, how often and why."""

	request: str
	person: str
	cases: list[str]
	made_on: datetime
	parts: list[dict] = field(default_factory=list)
	left_out: dict[tuple[str, str], int] = field(default_factory=dict)
	files: dict[str, Document] = field(default_factory=dict)

	def leave_out(self, what: str, why: str) -> None:
		"""Count one thing that is not handed out."""
		self.left_out[what, why] = self.left_out.get((what, why), 0) + 1

	def missing(self) -> list[dict]:
		"""What was left out, as it is shown."""
		return [{"what": what, "count": count, "why": why} for (what, why), count in self.left_out.items()]


def collect(doc: Document, with_versions: bool = False) -> Copy:
	"""The copy for a request, in the language of the site. Raises RuleError where nothing may be handed out.

	Asks nobody's permission beyond the rule of the request and the resolver's lists: the caller asked who calls.
	"""
	data_requests.check_hand_out(doc)
	minor = frappe.db.get_value("Case File", doc.case_file, "minor")
	cases = cases_of(minor)
	with _speaking(site_language()):
		copy = Copy(doc.name, minor, cases, now_datetime().replace(microsecond=0))
		own = {"Minor": [minor], **records_of(cases)}
		shared = sharing(cases)
		for doctype in dict.fromkeys(("Minor", "Case File", *case_doctypes(), *shared)):
			names = list(dict.fromkeys((*own.get(doctype, ()), *shared.get(doctype, ()))))
			records = [
				record
				for record in map(lambda name, doctype=doctype: _document(doctype, name, doc, copy), names)
				if record
			]
			shown = [
				_record(
					record,
					copy,
					None if record.name in own.get(doctype, ()) else shared[doctype][record.name],
					with_versions,
				)
				for record in records
			]
			if shown:
				copy.parts.append({"doctype": doctype, "title": _(doctype), "records": shown})
	return copy


def _document(doctype: str, name: str, request: Document, copy: Copy) -> Document | None:
	"""The record, or None with the reason noted."""
	record = frappe.get_doc(doctype, name)
	rule = PART_BY_VALUE.get(doctype)
	part = rule and rule[1].get(record.get(rule[0]))
	if decided := DECIDED_BY.get(part):
		if data_requests.handed_out(request, decided):
			return record
		reason = request.get(f"{decided}_reason") or _("The professional who keeps it has not decided yet.")
		copy.leave_out(f"{_(doctype)}: {_(record.get(rule[0]))}", reason)
		return None
	if not frappe.has_permission(doctype, "read", doc=record):
		copy.leave_out(_(doctype), _("Kept by somebody else: ask the data protection officer."))
		return None
	return record


def _record(record: Document, copy: Copy, own_rows: list[str] | None, with_versions: bool) -> dict:
	"""A record as JSON, with what is shown of it; `own_rows` are the person's rows where several share the record."""
	kept = () if own_rows is None else (TEXT, OTHERS, CONTACT)
	found = {
		"code": record.name,
		"recorded_on": str(getdate(record.creation)),
		**_values(record, copy, kept),
		"tables": {},
		"files": _files(record, copy) if own_rows is None else [],
	}
	tables = []
	for table in record.meta.get_table_fields():
		if table.hidden:
			continue
		rows = record.get(table.fieldname) or []
		names_cases = frappe.get_meta(table.options).has_field("case_file")
		if names_cases:
			mine = [row for row in rows if row.case_file in copy.cases]
			if len(mine) < len(rows):
				copy.leave_out(_(table.label), _("Of other people: their data are not handed out."))
			rows = mine
		shown = [row for row in (_values(row, copy, kept) for row in rows) if row["fields"]]
		if shown:
			found["tables"][table.fieldname] = [row["fields"] for row in shown]
			tables.append({"title": _(table.label), "rows": [row["shown"] for row in shown]})
	found["shown_tables"] = tables
	if with_versions and own_rows is None:
		found["versions"] = _versions(record)
	return found


def _values(record: Document, copy: Copy, kept: tuple[str, ...]) -> dict:
	"""Fields of a record or a row that hold something: as they are stored, and as (label, text) pairs."""
	fields: dict[str, object] = {}
	shown: list[tuple[str, str]] = []
	for df in record.meta.fields:
		if df.fieldtype in _NOT_VALUES or df.hidden:
			continue
		value = record.get(df.fieldname)
		if value in (None, "") or (df.fieldtype in ("Check", "Int", "Float", "Percent") and not value):
			continue
		if df.options == "User" and record.doctype in GOVERNED:
			continue  # who looked at the data is an operator, whose name the person is not owed (CJEU C-579/21)
		if _is_of_others(df, value, copy):
			copy.leave_out(_(df.label), _("Of other people: their data are not handed out."))
			continue
		if df.fieldtype in TEXT_TYPES:
			category = category_of(record.doctype, df.fieldname)
			if category == KEPT:
				continue
			if category == CONTACT or category in kept:
				copy.leave_out(_(df.label), _("It may say something of other people."))
				continue
		# A user by name, for their login is nobody's business; a file by the name that it has in the archive.
		said = df.options == "User" or df.fieldtype in ("Attach", "Attach Image")
		fields[df.fieldname] = _said(df, value) if said else _plain(value)
		# The same code on every page, and the code of a rule, say nothing to a reader.
		if df.options != "Deadline Rule" and (df.options != "Case File" or len(copy.cases) > 1):
			shown.append((_(df.label), _said(df, value)))
	return {"fields": fields, "shown": shown}


def _is_of_others(df: Any, value: object, copy: Copy) -> bool:
	if df.fieldtype != "Link":
		return False
	return (df.options == "Case File" and value not in copy.cases) or (
		df.options == "Minor" and value != copy.person
	)


def _files(record: Document, copy: Copy) -> list[dict]:
	"""Files of a record by their opaque names, with what each of them is."""
	rows = frappe.get_all(
		"File",
		filters={"attached_to_doctype": record.doctype, "attached_to_name": record.name, "is_folder": 0},
		fields=["name", "file_name", "attached_to_field", "file_size", "file_url"],
		order_by="creation",
	)
	found = []
	for row in rows:
		label = row.attached_to_field and record.meta.get_label(row.attached_to_field)
		file = os.path.basename(row.file_url or row.file_name or row.name)
		copy.files[file] = frappe.get_doc("File", row.name)
		found.append({"file": file, "description": _(label or "Attachment"), "bytes": row.file_size or 0})
	return found


def _versions(record: Document) -> list[dict]:
	"""What was changed in a record: when, which field, from what to what."""
	found = []
	for version in frappe.get_all(
		"Version",
		filters={"ref_doctype": record.doctype, "docname": record.name},
		fields=["creation", "data"],
		order_by="creation",
	):
		for name, old, new in frappe.parse_json(version.data or "{}").get("changed") or []:
			df = record.meta.get_field(name)
			if not df or df.hidden or df.fieldtype == "Link":
				continue
			if df.fieldtype in TEXT_TYPES and category_of(record.doctype, name) in (KEPT, CONTACT):
				continue
			if old != COVER and new != COVER:
				found.append({"changed_on": str(version.creation), "field": name, "from": old, "to": new})
	for earlier in earlier_texts(record.doctype, record.name):
		found.append(
			{"changed_on": str(earlier["changed_at"]), "field": earlier["field"], "from": earlier["text"]}
		)
	return sorted(found, key=lambda change: change["changed_on"])


# --- as JSON, as a document, as an archive ------------------------------------------------------------------------


def as_json(copy: Copy) -> bytes:
	"""The copy for a machine (GDPR art. 20): UTF-8, described in docs/data-protection.md."""
	return json.dumps(
		{
			"format": FORMAT,
			"version": VERSION,
			"request": copy.request,
			"made_on": str(copy.made_on),
			"person": copy.person,
			"cases": copy.cases,
			"parts": [
				{
					"type": part["doctype"],
					"title": part["title"],
					"records": [
						{
							key: value
							for key, value in record.items()
							if key not in ("shown", "shown_tables") and value not in ({}, [])
						}
						for record in part["records"]
					],
				}
				for part in copy.parts
			],
			"left_out": copy.missing(),
		},
		ensure_ascii=False,
		indent=1,
	).encode()


def as_html(copy: Copy) -> str:
	"""The copy for a person: headings by part, labels, dates in words, nothing empty."""
	language = site_language()
	with _speaking(language):
		return frappe.render_template(
			"core_minori/templates/person_data.html",
			{
				"copy": copy,
				"language": language,
				"made_on": _day_in_words(copy.made_on),
				"missing": copy.missing(),
				"day": lambda value: _day_in_words(getdate(value)),
			},
		)


def as_pdf(copy: Copy) -> bytes:
	"""The readable copy as PDF."""
	return get_pdf(as_html(copy), {"page-size": "A4", "margin-top": "15mm", "margin-bottom": "15mm"})


def as_archive(copy: Copy) -> bytes:
	"""The document, the JSON and the files, by opaque names, in one archive."""
	stream = io.BytesIO()
	with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
		archive.writestr("data.json", as_json(copy))
		archive.writestr("data.pdf", as_pdf(copy))
		for name, file in copy.files.items():
			path = file.get_full_path()
			if os.path.isfile(path):
				archive.write(path, f"files/{name}")
	return stream.getvalue()


# --- words ----------------------------------------------------------------------------------------------------------


def _plain(value: object) -> object:
	if isinstance(value, date | datetime | timedelta | time):
		return str(value)
	if isinstance(value, Decimal):
		return float(value)
	return value


def _said(df: Any, value: object) -> str:
	"""A value as a person reads it."""
	if df.fieldtype == "Check":
		return _("Yes")
	if df.fieldtype == "Date":
		return _day_in_words(getdate(value))
	if df.fieldtype == "Datetime":
		moment = get_datetime(value)
		return f"{_day_in_words(moment)}, {moment:%H:%M}"
	if df.fieldtype == "Select":
		return _(value, context=df.parent) if _(value, context=df.parent) != value else _(value)
	if df.fieldtype == "Link":
		return _link_said(df.options, value)
	if df.fieldtype == "Percent":
		return f"{value:g}%"
	if df.fieldtype in ("Float", "Currency"):
		return f"{float(value):g}".replace(".", ",") if frappe.local.lang == "it" else f"{float(value):g}"
	if df.fieldtype in ("Attach", "Attach Image"):
		return os.path.basename(str(value))
	return _(str(value)) if category_of(df.parent, df.fieldname) == "category" else str(value)


def _link_said(doctype: str, value: str) -> str:
	if title := _TITLES.get(doctype):
		return frappe.db.get_value(doctype, value, title, cache=True) or value
	return _(value)


def _day_in_words(day: date | datetime) -> str:
	return frappe.utils.formatdate(day, "d MMMM yyyy")


@contextmanager
def _speaking(language: str) -> Iterator[None]:
	before, jenv = frappe.local.lang, getattr(frappe.local, "jenv", None)
	frappe.local.lang, frappe.local.jenv = language, None
	try:
		yield
	finally:
		frappe.local.lang, frappe.local.jenv = before, jenv
