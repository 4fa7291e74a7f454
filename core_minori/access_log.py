"""The access log: what was read, printed, exported, searched, changed or refused, and by whom.

The resolver and the web methods tell what they were asked (`heard`, `listed`, `note`); at the end of a request that
becomes the few rows that say what its user saw or was refused. `access_doors` tells requests apart,
`access_rows` looks up what they were about, `access_store` keeps the rows, `access_check` follows their chain.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

import frappe
from frappe.model.document import Document

from core_minori import access_store
from core_minori.access_doors import (
	EXPORT,
	FILE,
	FORM,
	LIST,
	LISTING,
	PART,
	PRINT,
	QUIET,
	RECORD,
	REPORT,
	Door,
	codes_in,
	doctype_of,
	opened,
	rows_in,
)
from core_minori.access_rows import ALERT, LOG, NOTE, REFUSED, RETENTION
from core_minori.access_store import drain
from core_minori.grants import CHILD_OF, PROTECTED, TRACES

# Records that follow from others by a rule: what made them is in the log already.
_DERIVED = ("Case Access Log", "Case Deadline")
_TURNED_AWAY = (401, 403, 404)


class _Ear:
	"""What was asked in one request."""

	def __init__(self) -> None:
		self.allowed: set[tuple[str, str]] = set()
		self.refused: set[tuple[str, str]] = set()
		self.listed: set[str] = set()
		self.notes: list[dict] = []


def note(
	way: str,
	doctype: str | None = None,
	record: str | None = None,
	case_file: str | None = None,
	outcome: str = "Allowed",
	text: str | None = None,
) -> None:
	"""Keep that the session's user did this, now.

	`text` holds codes and logins only. In a request the note is kept at its end, and one of something allowed only if
	the request did not fail.
	"""
	one = access_store.entry(
		way,
		doctype,
		record,
		codes=[case_file] if case_file else (),
		outcome=outcome,
		text=text,
		kind=NOTE,
	)
	if ear := _ear():
		ear.notes.append(one)
	else:
		access_store.keep([one])


def heard(doctype: str, name: str | None, allowed: bool, user: str | None = None) -> bool:
	"""The resolver was asked whether `user` may read or write this record, and says `allowed`; returned as it came."""
	if name and (ear := _ear()) and user in (None, frappe.session.user):
		(ear.allowed if allowed else ear.refused).add((doctype, str(name)))
	return allowed


def listed(doctype: str | None) -> None:
	"""The resolver was asked which records of `doctype` may be listed."""
	if doctype == LOG:
		drain()  # whoever reads the log reads all of it
	if doctype and (ear := _ear()):
		ear.listed.add(doctype)


def _ear() -> _Ear | None:
	"""What was heard in the running request; None where there is none: jobs and commands answer nobody."""
	if not getattr(frappe.local, "request", None):
		return None
	ear = getattr(frappe.local, "core_minori_ear", None)
	if ear is None:
		ear = frappe.local.core_minori_ear = _Ear()
	return ear


# --- hooks ------------------------------------------------------------------------------------------------------------


def after_request(response: Any = None, request: Any = None) -> None:
	"""Hook after_request, for answered, refused and failed requests alike: keep what the user saw or was refused."""
	if not request or not getattr(frappe.local, "db", None) or not getattr(frappe.local, "session", None):
		return
	ear = getattr(frappe.local, "core_minori_ear", None) or _Ear()
	arguments = frappe.local.form_dict or {}
	door = opened(request.path, request.method, arguments)
	# Frappe's own pages are answered; werkzeug's refusals of files come as no response at all.
	status = getattr(response, "status_code", 403)
	entries = [one for one in ear.notes if status < 400 or one["outcome"] == REFUSED]
	if status in _TURNED_AWAY:
		entries += _refused(door, ear)
	elif status < 400:
		entries += _shown(door, ear, response)
	if not entries:
		return
	if impersonator := (frappe.session.data or {}).get("impersonated_by"):
		for one in entries:
			one["text"] = f"{one['text']} As this user: {impersonator}.".strip()
	if access_store.keep(entries) >= access_store.FULL_BUFFER:
		request.after_response.add(_drain_safely)


def _drain_safely() -> None:
	try:
		drain()
	except Exception:
		frappe.log_error("The access log could not be written down")


def record_made(doc: Document, method: str | None = None) -> None:
	"""Hook after_insert of every DocType: a new protected record, or a stored change of one, which the log vouches for."""
	if doc.doctype == "Version":
		if doc.ref_doctype in PROTECTED:
			_changes().versions.append(doc.name)
	elif doc.doctype in PROTECTED and doc.doctype not in _DERIVED:
		_changes().others.append((doc.doctype, doc.name, "New."))


def record_changed(doc: Document, method: str | None = None) -> None:
	"""Hook on_update of every DocType: protected records that keep no versions are noted without one."""
	if doc.doctype in PROTECTED and doc.doctype not in _DERIVED:
		if not doc.meta.track_changes and not doc.flags.in_insert:
			_changes().others.append((doc.doctype, doc.name, ""))


class _Changes:
	"""What the running transaction made; written at its commit, with what is left of it then."""

	def __init__(self) -> None:
		self.versions: list[str] = []
		self.others: list[tuple[str, str, str]] = []

	def stage(self) -> None:
		versions, others = self.versions, list(dict.fromkeys(self.others))
		self.versions, self.others = [], []
		if frappe.flags.in_install or frappe.flags.in_uninstall or frappe.flags.in_migrate:
			return  # the table may not be there yet, or not be up to date
		if not frappe.db.has_column(LOG, "digest"):  # new code, not yet migrated
			return
		access_store.stage_changes(versions, others)


def _changes() -> _Changes:
	changes = getattr(frappe.local, "core_minori_changes", None)
	if changes is None:
		changes = frappe.local.core_minori_changes = _Changes()
	if not (changes.versions or changes.others):
		frappe.db.before_commit.add(changes.stage)
		frappe.db.after_rollback.add(changes.__init__)
	return changes


# --- what a request showed --------------------------------------------------------------------------------------------


def _shown(door: Door, ear: _Ear, response: Any) -> list[dict]:
	"""Entries for a request that was answered."""
	if door.leaves == QUIET or door.in_background:
		return []
	if door.leaves == RECORD and door.guarded:
		names = (
			list(door.names) or [code for code in _codes(response) if doctype_of(code) == door.doctype][:1]
		)
		if len(names) == 1:
			return [access_store.entry(door.way, door.doctype, names[0])]
		return [access_store.entry(door.way, door.doctype, codes=names)] if names else []
	if door.leaves == RECORD and door.way != FILE and not _anything(ear):
		return []
	if door.leaves == LISTING:
		return _listing(door, ear, response)
	if not _anything(ear):
		return []
	codes = {name for doctype, name in ear.allowed if doctype in PROTECTED}
	if door.guarded and door.doctype not in TRACES:
		codes.update(door.names)
	codes.update(_codes(response))
	if not codes and door.doctype in PROTECTED and door.doctype in ear.listed:
		rows = rows_in(_body(response))  # values of somebody, without the code
		return (
			[access_store.entry(LIST, door.doctype, codes=_asked_again(door), records=rows)] if rows else []
		)
	if not codes:
		return []
	if any(one["way"] in (FORM, PRINT, EXPORT, FILE) for one in ear.notes):
		return []  # the method told itself what it gave out
	way = FORM
	if frappe.response.get("type") == "pdf":
		way = PRINT
	elif frappe.response.get("type") in ("binary", "csv", "download", "txt"):
		way = EXPORT
	method = str(frappe.local.form_dict.get("cmd") or "").rsplit(".", 1)[-1]
	return [access_store.entry(way, codes=codes, text=method[:60], kind=PART)]


def _listing(door: Door, ear: _Ear, response: Any) -> list[dict]:
	if door.doctype == LOG:  # codes and logins, of everybody: only that it was read
		return [access_store.entry(door.way, LOG, records=rows_in(_body(response)), text=door.text)]
	about_cases = door.guarded or (door.way != LIST and _anything(ear)) or bool(ear.listed)
	if not about_cases:
		return []
	codes = _codes(response)
	if codes:
		return [access_store.entry(door.way, door.doctype, codes=codes, text=door.text)]
	rows = rows_in(_body(response)) if door.doctype in PROTECTED and response.status_code == 200 else 0
	if not rows or door.way not in (LIST, EXPORT):
		return []
	# Columns without the code: the same question again, for the codes.
	return [access_store.entry(door.way, door.doctype, codes=_asked_again(door), records=rows)]


def _asked_again(door: Door) -> list[str]:
	arguments = frappe.local.form_dict
	try:
		return frappe.get_list(
			door.doctype,
			filters=frappe.parse_json(arguments.get("filters")) or None,
			or_filters=frappe.parse_json(arguments.get("or_filters")) or None,
			pluck="name",
			limit_page_length=0,
		)
	except Exception:
		return []  # a question that cannot be asked for codes: the row says how many records there were


def _anything(ear: _Ear) -> bool:
	"""Whether the resolver was asked at all; for Administrator Frappe does not ask it."""
	return bool(ear.allowed or ear.listed) or frappe.session.user == "Administrator"


def _body(response: Any) -> bytes:
	if response is None or not getattr(response, "is_sequence", False):
		return b""  # a file on its way: the request names it
	return response.get_data()


def _codes(response: Any) -> list[str]:
	return codes_in(_body(response))


def _refused(door: Door, ear: _Ear) -> list[dict]:
	"""The entry for a request that was turned away from a protected record."""
	if (
		door.doctype in PROTECTED
		or door.doctype in CHILD_OF
		or (door.guarded and door.way == FILE and door.names)
	):
		name = door.names[0] if len(door.names) == 1 else None
		return [
			access_store.entry(
				door.way,
				door.doctype,
				name,
				codes=door.names[1:] and [name for name in door.names if doctype_of(name)],
				outcome=REFUSED,
				text=door.text,
			)
		]
	asked = sorted(
		(doctype, name) for doctype, name in ear.refused if doctype in PROTECTED and name is not None
	)
	if len(asked) == 1:
		return [access_store.entry(door.way, *asked[0], outcome=REFUSED, text=door.text)]
	codes = [name for __, name in asked] or [name for name in door.names if doctype_of(name)]
	if codes or (door.way in (REPORT, EXPORT) and ear.listed):
		return [access_store.entry(door.way, codes=codes, outcome=REFUSED, text=door.text)]
	return []


# --- what the officer asks --------------------------------------------------------------------------------------------


def seen_by(user: str, start: datetime, end: datetime) -> list[dict]:
	"""What `user` saw, or was refused, from `start` to `end` (both included): one entry a case and outcome.

	Each has `case_file` (None for what belongs to no case), `ways` and `records` (sorted), `first` and `last` (moments),
	`times` (rows of the log) and `outcome`. The caller asks whether the reader may know.
	"""
	drain()
	rows = frappe.get_all(
		LOG,
		filters=[
			["user", "=", user],
			["seen_at", ">=", start],
			["seen_at", "<=", end],
			["way", "not in", (ALERT, RETENTION)],
		],
		fields=["seen_at", "way", "outcome", "case_file", "record", "cases"],
		order_by="seen_at",
		limit=0,
	)
	groups: dict[tuple[str | None, str], list] = defaultdict(list)
	for row in rows:
		for case in (row.cases or "").split() or [row.case_file or None]:
			groups[case, row.outcome].append(row)
	return [
		{
			"case_file": case,
			"ways": sorted({row.way for row in found}),
			"records": sorted({row.record for row in found} - {None, ""}),
			"first": found[0].seen_at,
			"last": found[-1].seen_at,
			"times": len(found),
			"outcome": outcome,
		}
		for (case, outcome), found in sorted(groups.items(), key=lambda item: (item[0][0] or "", item[0][1]))
	]
