"""Where the access log is kept: a buffer in Redis, the table, the chain of seals, and anchors outside the database.

A request only puts its entries into the buffer. Every minute, and before anybody reads the log, they are written down
in one go, with a number and a seal each. Changes are written into the table with the change itself and wait there for
their seal, so that neither is ever without the other.
"""

import hashlib
import ipaddress
import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import redis

import frappe
from frappe import _
from frappe.utils import add_months, cint, get_datetime, now_datetime
from frappe.utils.password import get_encryption_key

from core_minori import trust_alerts
from core_minori.access_doors import EXPORT, FILE, FORM, LIST, PART, PRINT, REPORT, SEARCH, doctype_of
from core_minori.engine.access_chain import (
	CUT,
	FIELDS,
	INSERTED,
	REMOVED,
	START,
	Break,
	Head,
	LetGo,
	canonical,
	key_from,
	mark,
	said,
	same,
	seal,
	verify,
)
from core_minori.grants import CHILD_OF, PROTECTED, TRACES

LOG = "Case Access Log"
CHANGE, ALERT, RETENTION = "Change", "Alert", "Retention"
ALLOWED, REFUSED = "Allowed", "Refused"
# Kind of an entry that a function of ours told, beside what requests leave.
NOTE = "note"
# With so many entries the buffer is emptied before its minute has come.
FULL_BUFFER = 500
_AT_ONCE = 2000
# So long after a form was opened, what it fetches of the same case is part of the opening.
_ONE_OPENING = timedelta(minutes=2)
_HOUR = timedelta(hours=1)
_STORED = ("name", *FIELDS[1:], "sequence", "seal")
_HEAD_FILE, _ANCHOR_FILE = "access_log_head.json", "access_log_anchors.txt"

# A note may hold what somebody typed in the place of a code: no markup, and no formula.
_NO_MARKUP = re.compile(r"[^\w\s@.,:/()+-]|^[=+@-]+")

# Redis that did not answer is not asked again before this moment, in seconds of time.monotonic.
_silent_until = 0.0
_connections: dict[str, redis.Redis] = {}


# --- the buffer -------------------------------------------------------------------------------------------------------


def keep(entries: list[dict]) -> int:
	"""Put entries into the buffer, or into the table where Redis does not answer; returns how many are in the buffer."""
	if not entries:
		return 0
	try:
		return _redis().rpush(_buffer(), *(json.dumps(entry, separators=(",", ":")) for entry in entries))
	except (redis.RedisError, ConnectionError):
		global _silent_until
		_silent_until = time.monotonic() + 30
		_stage(_rows_of(entries))
		if not frappe.flags.in_test:
			frappe.db.commit()
		return 0


def entry(
	way: str,
	doctype: str | None = None,
	name: str | None = None,
	*,
	codes: Iterable[str] = (),
	records: int | None = None,
	outcome: str = ALLOWED,
	text: str | None = None,
	kind: str | None = None,
) -> dict:
	"""One thing that the session's user did, as it goes into the buffer; the record is looked up when it is written."""
	return {
		"id": _new_name(),
		"at": now_datetime().isoformat(),
		"user": frappe.session.user or "Guest",
		"way": way,
		"outcome": outcome,
		"doctype": doctype,
		"name": name,
		"codes": list(codes),
		"records": records,
		"ip": _address(),
		"text": _NO_MARKUP.sub("", text or "")[:500],
		"kind": kind,
	}


def _new_name() -> str:
	"""Names that grow with time: rows lie in the table in the order they were written in."""
	return f"{time.time_ns():016x}{frappe.generate_hash(length=8)}"


def _address() -> str | None:
	try:
		return str(ipaddress.ip_address(frappe.local.request_ip))
	except (ValueError, AttributeError):
		return None  # a header says what it likes


def _redis() -> redis.Redis:
	if time.monotonic() < _silent_until:
		raise redis.ConnectionError("did not answer a moment ago")
	url = frappe.local.conf.redis_queue
	if not url:
		raise redis.ConnectionError("no queue")
	if url not in _connections:
		login = {}
		if frappe.local.conf.use_rq_auth:
			login = {"username": frappe.local.conf.rq_username, "password": frappe.local.conf.rq_password}
		# The queue's Redis and not the cache's: that one forgets when it is full.
		_connections[url] = redis.Redis.from_url(
			url, socket_timeout=2, socket_connect_timeout=1, decode_responses=True, **login
		)
	return _connections[url]


def _buffer(part: str = "") -> str:
	"""The key of this site's buffer; tests have one of their own, since they undo what they did."""
	tests = ":tests" if frappe.flags.in_test else ""
	return f"core_minori:access:{frappe.local.site}:{_key().hex()[:12]}{tests}{part}"


def _key() -> bytes:
	return key_from(get_encryption_key())


# --- writing down -----------------------------------------------------------------------------------------------------


def drain() -> int:
	"""Write down and seal what waits; returns how many rows were written.

	What was taken from the buffer is put aside in Redis until the rows are committed, and each entry has its name from
	the beginning: a drain that dies half-way loses nothing, and the next one doubles nothing.
	"""
	if frappe.flags.in_install or frappe.flags.in_uninstall or not frappe.db.table_exists(LOG):
		return 0
	written = 0
	with _alone() as alone:
		if not alone:
			return 0
		_fresh()
		taken = _buffer(":taken")
		while True:
			waiting = _waiting(taken)
			rows = _new_rows([json.loads(text) for text in waiting])
			rows += _staged()
			_seal(rows)
			written += len(rows)
			_fresh()
			_store_head()
			if waiting:
				_redis().ltrim(taken, len(waiting), -1)
			if not rows and not waiting:
				break
			if rows:
				_warn_about_bulk({row["user"] for row in rows if row["way"] not in (ALERT, RETENTION)})
	return written


@contextmanager
def _alone() -> Iterator[bool]:
	"""One process writes at a time; whoever comes second waits, and finds the work done."""
	name = f"core_minori_log_{frappe.conf.db_name}{'_tests' if frappe.flags.in_test else ''}"[:64]
	held = bool(frappe.db.sql("select get_lock(%s, 20)", name)[0][0])
	try:
		yield held
	finally:
		if held:
			frappe.db.sql("select release_lock(%s)", name)


def _fresh() -> None:
	"""Keep what is written, and see what others committed. Tests undo all they did, so they keep nothing."""
	if not frappe.flags.in_test:
		frappe.db.commit()


def _waiting(taken: str) -> list[str]:
	"""The next entries: first what a drain left that died, then what is in the buffer now."""
	try:
		connection = _redis()
		waiting = connection.lrange(taken, 0, _AT_ONCE - 1)
		if not waiting and connection.exists(_buffer()):
			connection.rename(_buffer(), taken)
			waiting = connection.lrange(taken, 0, _AT_ONCE - 1)
		return waiting
	except (redis.RedisError, ConnectionError):
		return []


def _new_rows(entries: list[dict]) -> list[dict]:
	"""Rows for those entries that the table has not."""
	if not entries:
		return []
	known = set(frappe.get_all(LOG, {"name": ["in", [one["id"] for one in entries]]}, pluck="name", limit=0))
	rows = _rows_of([one for one in entries if one["id"] not in known])
	return _without_repeats(rows)


def _staged() -> list[dict]:
	"""Rows in the table that wait for their seal; one whose mark is wrong is not ours and stays as it is."""
	key = _key()
	rows = frappe.db.sql(
		f"select {_columns()} from `tab{LOG}` where sequence = 0 order by name limit {_AT_ONCE}", as_dict=True
	)
	return [{**row, "staged": True} for row in rows if same(_mark_of(row, key), row.seal)]


def _mark_of(row: dict, key: bytes) -> str:
	return mark(canonical(row, 0).decode(), key)


def _columns() -> str:
	return ", ".join(f"`{field}`" for field in _STORED)


def _stage(rows: list[dict]) -> None:
	"""Write rows that wait for their seal, in the transaction that is running."""
	key = _key()
	_insert([{**row, "sequence": 0, "seal": _mark_of(row, key)} for row in rows])


def _seal(rows: list[dict]) -> None:
	"""Number and seal these rows after the last one, in the order in which things happened."""
	if not rows:
		return
	key, last = _key(), _last()
	for row in sorted(rows, key=lambda row: (row["seen_at"], row["name"])):
		last = Head(last.count + 1, seal(last.seal, row, last.count + 1, key))
		row["sequence"], row["seal"] = last.count, last.seal
	_insert([row for row in rows if not row.get("staged")])
	for row in rows:
		if row.get("staged"):
			frappe.db.sql(
				f"update `tab{LOG}` set sequence = %(sequence)s, seal = %(seal)s where name = %(name)s", row
			)


def _insert(rows: list[dict]) -> None:
	if not rows:
		return
	fields = ("owner", "creation", "modified", "modified_by", *_STORED)
	frappe.db.bulk_insert(
		LOG,
		fields,
		[
			(row["user"], row["seen_at"], row["seen_at"], row["user"], *(row.get(field) for field in _STORED))
			for row in rows
		],
	)


def _last() -> Head:
	"""What the next row follows on: the last row, or the anchor where the table ends before it.

	Rows that were cut off are not covered by new ones: their numbers stay missing, and show.
	"""
	found = frappe.db.sql(
		f"select sequence, seal from `tab{LOG}` where sequence > 0 order by sequence desc limit 1 for update"
	)
	last = Head(*found[0]) if found else Head(0, START)
	kept = max([last, *_heads()], key=lambda head: head.count)
	if kept.count > last.count:
		_note_head(kept)  # the seal that the rows after the gap follow on
	return kept


# --- anchors ----------------------------------------------------------------------------------------------------------


def _store_head() -> None:
	"""Keep number and seal of the last row in the site's private folder and in Redis."""
	if frappe.flags.in_test:
		return
	found = frappe.db.sql(
		f"select sequence, seal from `tab{LOG}` where sequence > 0 order by sequence desc limit 1"
	)
	if not found or any(head.count >= found[0][0] for head in _heads()):
		return
	text = json.dumps(_signed(Head(*found[0])))
	target = _folder() / _HEAD_FILE
	beside = target.with_suffix(f".{os.getpid()}")
	beside.write_text(text)
	beside.replace(target)
	try:
		_redis().set(_buffer(":head"), text)
	except (redis.RedisError, ConnectionError):
		pass  # the file has it


def anchor() -> Head | None:
	"""Note the head of today in the site's private folder for good; None where the log is empty."""
	heads = _heads()
	if not heads:
		return None
	head = max(heads, key=lambda head: head.count)
	_note_head(head)
	return head


def _note_head(head: Head) -> None:
	if not frappe.flags.in_test:
		with (_folder() / _ANCHOR_FILE).open("a") as file:
			file.write(json.dumps({"at": str(now_datetime()), **_signed(head)}) + "\n")


def start_anew() -> None:
	"""A new table begins at one: heads of an earlier one, on a site of the same name, are not its own."""
	for name in (_HEAD_FILE, _ANCHOR_FILE):
		(_folder() / name).unlink(missing_ok=True)
	try:
		_redis().delete(_buffer(), _buffer(":head"), _buffer(":taken"))
	except (redis.RedisError, ConnectionError):
		pass


def _heads(with_old: bool = False) -> list[Head]:
	"""The heads kept outside the table that bear our mark."""
	if frappe.flags.in_test:
		return []
	texts = [_text(_HEAD_FILE)]
	if with_old:
		texts += _text(_ANCHOR_FILE).splitlines()
	try:
		texts.append(_redis().get(_buffer(":head")) or "")
	except (redis.RedisError, ConnectionError):
		pass
	heads = []
	for text in filter(None, texts):
		try:
			kept = json.loads(text)
			if same(_mark_of_head(kept["count"], kept["seal"]), kept["mark"]):
				heads.append(Head(cint(kept["count"]), kept["seal"]))
		except (ValueError, KeyError, TypeError):
			continue  # not ours
	return heads


def _signed(head: Head) -> dict:
	return {"count": head.count, "seal": head.seal, "mark": _mark_of_head(head.count, head.seal)}


def _mark_of_head(count: int, value: str) -> str:
	return mark(f"head {count} {value}", _key())


def _folder() -> Path:
	return Path(frappe.get_site_path("private"))


def _text(name: str) -> str:
	path = _folder() / name
	return path.read_text() if path.exists() else ""


# --- from entries to rows ---------------------------------------------------------------------------------------------


def _rows_of(entries: list[dict]) -> list[dict]:
	"""What stands in the table for these entries; records and their cases are looked up, one query a DocType."""
	wanted: dict[str, set[str]] = defaultdict(set)
	for one in entries:
		one["targets"] = list(_targets(one))
	_follow_traces(entries)
	for one in entries:
		for doctype, name in one["targets"]:
			wanted[doctype].add(name)
	cases = {doctype: cases_of(doctype, names) for doctype, names in wanted.items()}
	rows = []
	for one in entries:
		row = _row_of(one, cases)
		if row:
			rows.append(row)
	return _guests_together(rows)


def _targets(one: dict) -> Iterator[tuple[str, str]]:
	if one["name"] and one["doctype"]:
		yield one["doctype"], one["name"]
	for code in one["codes"]:
		if doctype := doctype_of(code):
			yield doctype, code


def _follow_traces(entries: list[dict]) -> None:
	"""A version, a comment or a file stands for the record it is about, a row of a table for its parent."""
	asked: dict[str, set[str]] = defaultdict(set)
	for one in entries:
		for doctype, name in one["targets"]:
			if doctype in TRACES or doctype in CHILD_OF:
				asked[doctype].add(name)
	about: dict[tuple[str, str], tuple[str, str]] = {}
	for doctype, names in asked.items():
		fields = TRACES.get(doctype, ("parenttype", "parent"))
		keys = ("name", "file_url") if doctype == "File" else ("name",)
		for key in keys:
			for row in frappe.get_all(
				doctype, {key: ["in", list(names)]}, [f"{key} as asked", *fields], as_list=True, limit=0
			):
				about[doctype, row[0]] = (row[1], row[2])
	for one in entries:
		one["targets"] = [about.get(target, target) for target in one["targets"]]
		if one["doctype"] in TRACES or one["doctype"] in CHILD_OF:
			found = about.get((one["doctype"], one["name"] or ""))
			if found and found[0] in PROTECTED:
				one["doctype"], one["name"] = found
			elif one["name"]:
				# about something else, or about nothing we know
				one["skip"] = not one["codes"]
				one["name"] = None


def cases_of(doctype: str, names: Iterable[str]) -> dict[str, set[str]]:
	"""Those of `names` that are records of `doctype`, and the cases each of them belongs to."""
	names = list(names)
	if doctype not in PROTECTED or not names:
		return {}
	meta = frappe.get_meta(doctype)
	own = meta.has_field("case_file")
	found = {
		row[0]: {row[1]} - {None, ""}
		for row in frappe.get_all(
			doctype,
			{"name": ["in", names]},
			["name", "case_file" if own else "name as case_file"],
			as_list=True,
			limit=0,
		)
	}
	if doctype == "Case File":
		return found
	if not own:
		found = {name: set() for name in found}
	if doctype == "Minor":
		for case, minor in frappe.get_all(
			"Case File", {"minor": ["in", names]}, ["name", "minor"], as_list=True, limit=0
		):
			found[minor].add(case)
	for table in meta.get_table_fields():
		if frappe.get_meta(table.options).has_field("case_file"):
			for parent, case in frappe.get_all(
				table.options,
				{"parent": ["in", names], "parenttype": doctype},
				["parent", "case_file"],
				as_list=True,
				limit=0,
			):
				found.setdefault(parent, set()).update({case} - {None, ""})
	return found


def _row_of(one: dict, cases: dict[str, dict[str, set[str]]]) -> dict | None:
	if one.get("skip"):
		return None
	doctype, name = one["doctype"], one["name"]
	told = one["kind"] == NOTE and doctype not in PROTECTED  # by our own code, about a user or a setting
	exists = bool(name) and (told or name in cases.get(doctype, {}))
	found = {case for target, record in one["targets"] for case in cases.get(target, {}).get(record, ())}
	if one["kind"] == PART and one["outcome"] == ALLOWED and not found:
		return None  # nothing of a case came with it
	way = one["way"]
	if one["kind"] == PART and way == FORM and len(found) > 1:
		way = LIST
	text = one["text"]
	if name and not exists:
		text = " ".join(filter(None, ["No such record.", text]))
	records = one["records"]
	if records is None:
		records = int(exists) if name else len([code for code in one["codes"] if doctype_of(code) == doctype])
		records = records or (0 if name else len(found))
	return {
		"name": one["id"],
		"seen_at": datetime.fromisoformat(one["at"]),
		"user": one["user"],
		"way": way,
		"outcome": one["outcome"],
		"case_file": next(iter(found)) if len(found) == 1 else None,
		"record_type": doctype
		if told or any(doctype in known for known in (PROTECTED, TRACES, CHILD_OF))
		else None,
		"record": name if exists else None,
		"records": records,
		"cases": " ".join(sorted(found)) if len(found) > 1 else None,
		"ip_address": one["ip"],
		"note": text or None,
		"version": one.get("version"),
		"digest": one.get("digest"),
		"kind": one["kind"],
	}


def _guests_together(rows: list[dict]) -> list[dict]:
	"""One row for what somebody without a login was refused at one address: nobody fills the log from outside."""
	kept, seen = [], {}
	for row in rows:
		if row["user"] == "Guest" and row["outcome"] == REFUSED:
			key = (row["ip_address"], row["way"], row["record_type"])
			if key in seen:
				seen[key]["records"] += 1
				continue
			row.update(record=None, case_file=None, records=1)
			seen[key] = row
		kept.append(row)
	return kept


def _without_repeats(rows: list[dict]) -> list[dict]:
	"""Without what an open form fetches of its own case: that is part of opening it."""
	parts = [
		row
		for row in rows
		if row["kind"] == PART and row["outcome"] == ALLOWED and row["way"] in (FORM, LIST)
	]
	if not parts:
		return rows
	opened: dict[str, list[tuple[datetime, set[str]]]] = defaultdict(list)
	before = frappe.get_all(
		LOG,
		{
			"user": ["in", list({row["user"] for row in parts})],
			"seen_at": [">=", min(row["seen_at"] for row in parts) - _ONE_OPENING],
			"outcome": ALLOWED,
		},
		["user", "seen_at", "case_file", "cases"],
		limit=0,
	)
	whole = [row for row in rows if row["outcome"] == ALLOWED and row["kind"] != PART]
	for row in [*before, *whole]:
		opened[row["user"]].append((row["seen_at"], _cases_in(row)))
	kept, of_forms = [], {row["name"] for row in parts}
	for row in sorted(rows, key=lambda row: row["seen_at"]):
		if row["name"] in of_forms:
			near = [cases for at, cases in opened[row["user"]] if abs(row["seen_at"] - at) <= _ONE_OPENING]
			if _cases_in(row) <= set().union(*near):
				continue
			opened[row["user"]].append((row["seen_at"], _cases_in(row)))
		kept.append(row)
	return kept


def _cases_in(row: dict) -> set[str]:
	return {*(row["cases"] or "").split(), row["case_file"]} - {None, ""}


# --- changes ----------------------------------------------------------------------------------------------------------


def stage_changes(versions: list[str], others: list[tuple[str, str, str]]) -> None:
	"""Write a row for each of these versions and (DocType, name, note) that the running transaction made and kept."""
	rows = []
	now = now_datetime().isoformat()
	base = {
		"at": now,
		"codes": [],
		"records": 1,
		"ip": _address(),
		"kind": None,
		"outcome": ALLOWED,
		"way": CHANGE,
	}
	for version in _versions(versions).values():
		rows.append(
			{
				**base,
				"id": _new_name(),
				"user": version.owner,
				"doctype": version.ref_doctype,
				"name": version.docname,
				"text": "",
				"version": version.name,
				"digest": _digest(version),
			}
		)
	for doctype, name, text in others:
		rows.append(
			{
				**base,
				"id": _new_name(),
				"user": frappe.session.user,
				"doctype": doctype,
				"name": name,
				"text": text,
			}
		)
	_stage([row for row in _rows_of(rows) if row["record"]])


def vouch_again(versions: Iterable[str], why: str, gone: bool = False) -> None:
	"""Say that these stored changes were rewritten properly, or with `gone` that they leave the site; `why` is a code.

	For pseudonymising, discarding and new keys: without it the check of the log reports them. Called in the transaction
	that does it: after rewriting them, or before deleting them.
	"""
	base = {"at": now_datetime().isoformat(), "codes": [], "records": 1, "ip": _address(), "kind": None}
	_stage(
		_rows_of(
			[
				{
					**base,
					"id": _new_name(),
					"user": frappe.session.user,
					"way": RETENTION,
					"outcome": ALLOWED,
					"doctype": version.ref_doctype,
					"name": version.docname,
					"text": why[:140],
					"version": version.name,
					"digest": None if gone else _digest(version),
				}
				for version in _versions(list(versions)).values()
			]
		)
	)


def _versions(names: list[str]) -> dict[str, dict]:
	found = frappe.get_all(
		"Version",
		{"name": ["in", names or [""]]},
		["name", "ref_doctype", "docname", "owner", "creation", "data"],
		limit=0,
	)
	return {version.name: version for version in found}


def _digest(version: dict) -> str:
	"""SHA-256 over all that a version says: of what, whose, when and what changed."""
	values = [version[field] for field in ("name", "ref_doctype", "docname", "owner", "creation", "data")]
	return hashlib.sha256(json.dumps([str(value) for value in values]).encode()).hexdigest()


# --- checking ---------------------------------------------------------------------------------------------------------


def check(since: Head | None = None) -> dict:
	"""Follow the whole chain, or the part after `since`, and compare the versions it vouches for.

	Returns `rows` checked, `count` and `seal` of the last good row, `broken` (a sentence, or None), `sequence` of the
	break, `missing` (number of the first and the last row that is not there, where the seal of the last one is known), and
	`changes`: names of records with a stored change that was edited or removed.
	"""
	drain()
	# First the heads and then the rows: what somebody else writes meanwhile is beyond both.
	heads = _heads(with_old=True)
	_fresh()
	altered: list[dict] = []
	let_go = [
		LetGo(*(int(part) for part in row.record.split("-")), row.digest, row.sequence)
		for row in frappe.get_all(
			LOG,
			{"way": RETENTION, "record_type": ["is", "not set"], "sequence": [">", 0]},
			["record", "digest", "sequence"],
			order_by="sequence",
			limit=0,
		)
		if row.record and row.record.replace("-", "").isdigit()
	]
	checked = verify(
		_stored_rows(since.count if since else 0, altered),
		_key(),
		since or Head(0, START),
		heads,
		let_go,
	)
	broken = checked.broken
	if not broken and _foreign_rows():
		broken = Break(checked.head.count + 1, INSERTED)
	last_words = dict(
		frappe.get_all(
			LOG,
			{
				"version": ["in", [row["version"] for row in altered] or [""]],
				"way": RETENTION,
				"sequence": [">", 0],
			},
			["version", "digest"],
			order_by="sequence",
			as_list=True,
			limit=0,
		)
	)
	altered = [
		row
		for row in altered
		if row["version"] not in last_words or last_words[row["version"]] not in (None, "", row["found"])
	]
	return {
		"rows": checked.rows,
		"count": checked.head.count,
		"seal": checked.head.seal,
		"broken": said(broken).render(_) if broken else None,
		"sequence": broken.sequence if broken else None,
		"missing": _missing(broken, heads),
		"changes": sorted({row["record"] for row in altered}),
	}


def _missing(broken: Break | None, heads: list[Head]) -> tuple[int, int] | None:
	if not broken or broken.reason not in (REMOVED, CUT):
		return None
	following = frappe.db.sql(f"select min(sequence) from `tab{LOG}` where sequence >= %s", broken.sequence)[
		0
	][0]
	last = following - 1 if following else max((head.count for head in heads), default=0)
	known = last >= broken.sequence and any(head.count == last for head in heads)
	return (broken.sequence, last) if known else None


def accept_missing(reason: str) -> dict:
	"""Say that the rows that are missing are known to be, as after an older backup was restored; checks again.

	What follows them can be checked again from then on; the row that says it stays, with who said it and why.
	"""
	found = check()
	if not found["missing"]:
		frappe.throw(_("No rows are missing whose end is known: nothing can be accepted."))
	first, last = found["missing"]
	row = _plain_row(RETENTION, frappe.session.user, reason)
	sealed = next(head.seal for head in _heads(with_old=True) if head.count == last)
	row.update(record=f"{first}-{last}", digest=sealed, records=last - first + 1, ip_address=_address())
	_stage([row])
	_fresh()
	return check()


def _stored_rows(after: int, altered: list[dict]) -> Iterator[dict]:
	"""The rows by number, a few thousand at a time; those whose version is not what it was go to `altered`."""
	position = (after, "")
	while True:
		rows = frappe.db.sql(
			f"select {_columns()} from `tab{LOG}`"
			" where sequence > %(number)s or (sequence = %(number)s and name > %(name)s)"
			f" order by sequence, name limit {_AT_ONCE}",
			{"number": position[0], "name": position[1] or "~"},
			as_dict=True,
		)
		if not rows:
			return
		vouched = [row for row in rows if row.way == CHANGE and row.version]
		versions = _versions([row.version for row in vouched])
		for row in vouched:
			found = _digest(versions[row.version]) if row.version in versions else None
			if not same(found, row.digest):
				altered.append({**row, "found": found})
		yield from rows
		position = (rows[-1].sequence, rows[-1].name)


def _foreign_rows() -> bool:
	"""Whether rows wait for a seal that nobody here put there."""
	key = _key()
	waiting = frappe.db.sql(f"select {_columns()} from `tab{LOG}` where sequence <= 0", as_dict=True)
	return any(row.sequence < 0 or not same(_mark_of(row, key), row.seal) for row in waiting)


# --- what the scheduler does ------------------------------------------------------------------------------------------


def every_day() -> None:
	"""Check what came since yesterday and on Sundays everything, note the head, and tell the officers what is wrong."""
	kept = frappe.cache.get_value("core_minori_access_checked")
	since = None
	if kept and now_datetime().weekday() != 6:
		since = Head(*kept)
	found = check(since)
	if found["broken"] or found["changes"]:
		tell_broken(found)
		return
	frappe.cache.set_value("core_minori_access_checked", (found["count"], found["seal"]))
	anchor()


def tell_broken(found: dict) -> None:
	"""An alert in the log and a word to each officer, once a day."""
	text = found["broken"] or _("A stored change was edited or removed.")
	today = now_datetime().replace(hour=0, minute=0, second=0, microsecond=0)
	if frappe.db.exists(LOG, {"way": ALERT, "note": text, "seen_at": [">=", today]}):
		return
	name = _alert("Administrator", text)
	trust_alerts.tell_officers(text, LOG, name)


def every_month() -> None:
	"""Let go of rows older than the settings say: all up to one of them, with a sealed row that says so."""
	months = cint(frappe.db.get_single_value("Core Minori Settings", "log_months"))
	if months:
		let_go_before(get_datetime(add_months(now_datetime(), -months)))


def let_go_before(moment: datetime) -> int:
	"""Take the rows before `moment` out of a log that holds; returns how many left it."""
	found = check()
	if found["broken"]:
		tell_broken(found)
		return 0
	first_kept = frappe.db.sql(
		f"select min(sequence) from `tab{LOG}` where sequence > 0 and seen_at >= %s", moment
	)[0][0]
	ends = frappe.db.sql(
		f"select min(sequence), max(sequence) from `tab{LOG}` where sequence > 0 and sequence < %s",
		first_kept or found["count"] + 1,
	)[0]
	if not ends[1]:
		return 0
	last_seal = frappe.db.get_value(LOG, {"sequence": ends[1]}, "seal")
	# A former row that vouches for an earlier part leaves with its part: this one vouches for both.
	row = _plain_row(RETENTION, "Administrator", "Older rows left the log.")
	row.update(record=f"1-{ends[1]}", digest=last_seal, records=ends[1] - ends[0] + 1)
	_stage([row])
	_fresh()
	drain()
	frappe.db.delete(LOG, {"sequence": ["between", [1, ends[1]]]})
	_fresh()
	return ends[1] - ends[0] + 1


def _plain_row(way: str, user: str, note: str) -> dict:
	return dict.fromkeys(FIELDS) | {
		"name": _new_name(),
		"seen_at": now_datetime(),
		"user": user,
		"way": way,
		"outcome": ALLOWED,
		"records": 0,
		"note": note,
	}


# --- alerts -----------------------------------------------------------------------------------------------------------


def _warn_about_bulk(users: set[str]) -> None:
	"""One alert a user, kind and hour for reading more cases than the settings say."""
	settings = frappe.get_cached_doc("Core Minori Settings")
	limits = {"opened": cint(settings.bulk_cases), "listed": cint(settings.bulk_listed)}
	if not users or not any(limits.values()):
		return
	since = now_datetime() - _HOUR
	seen: dict[tuple[str, str], set[str]] = defaultdict(set)
	for row in frappe.get_all(
		LOG,
		{"user": ["in", list(users)], "seen_at": [">", since], "outcome": ALLOWED, "sequence": [">", 0]},
		["user", "way", "case_file", "cases"],
		distinct=True,
		limit=0,
	):
		if row.way in (FORM, PRINT, FILE):
			seen[row.user, "opened"] |= _cases_in(row)
		if row.way in (LIST, SEARCH, REPORT, EXPORT):
			seen[row.user, "listed"] |= _cases_in(row)
	told = set(
		frappe.get_all(
			LOG,
			{"way": ALERT, "user": ["in", list(users)], "seen_at": [">", since]},
			["user", "record"],
			as_list=True,
			limit=0,
		)
	)
	for (user, kind), cases in seen.items():
		if not limits[kind] or len(cases) <= limits[kind] or (user, kind) in told:
			continue
		text = (
			_("{0} cases opened in an hour")
			if kind == "opened"
			else _("{0} cases listed or exported in an hour")
		).format(len(cases))
		name = _alert(user, text, kind)
		trust_alerts.tell_officers(f"{user}: {text}", LOG, name)


def _alert(user: str, text: str, kind: str | None = None) -> str:
	row = _plain_row(ALERT, user, text)
	row["record"] = kind
	_stage([row])
	return row["name"]
