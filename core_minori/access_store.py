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
from datetime import timedelta
from pathlib import Path

import redis

import frappe
from frappe import _
from frappe.utils import cint, now_datetime
from frappe.utils.password import get_encryption_key

from core_minori import trust_alerts
from core_minori.access_doors import EXPORT, FILE, FORM, LIST, PRINT, REPORT, SEARCH
from core_minori.access_rows import (
	ALERT,
	ALLOWED,
	CHANGE,
	LOG,
	RETENTION,
	cases_in,
	new_name,
	plain_row,
	rows_of,
	without_repeats,
)
from core_minori.engine.access_chain import FIELDS, START, Head, canonical, key_from, mark, same, seal

# With so many entries the buffer is emptied before its minute has come.
FULL_BUFFER = 500
AT_ONCE = 2000
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
		stage(rows_of(entries))
		commit()
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
		"id": new_name(),
		"at": now_datetime().isoformat(),
		"user": frappe.session.user or "Guest",
		"way": way,
		"outcome": outcome,
		"doctype": doctype,
		"name": name,
		"codes": list(codes),
		"records": records,
		"ip": address(),
		"text": _NO_MARKUP.sub("", text or "")[:500],
		"kind": kind,
	}


def address() -> str | None:
	"""Where the running request came from; None where there is none, or what its header says is no address."""
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
	return f"core_minori:access:{frappe.local.site}:{chain_key().hex()[:12]}{tests}{part}"


def chain_key() -> bytes:
	"""The key of seals and marks, from the site's own `encryption_key`."""
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
		commit()
		taken = _buffer(":taken")
		while True:
			waiting = _waiting(taken)
			rows = _new_rows([json.loads(text) for text in waiting])
			rows += _staged()
			_seal(rows)
			written += len(rows)
			commit()
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


def commit() -> None:
	"""Keep what is written, and see what others committed. Tests undo all they did, so they keep nothing."""
	if not frappe.flags.in_test:
		frappe.db.commit()


def _waiting(taken: str) -> list[str]:
	"""The next entries: first what a drain left that died, then what is in the buffer now."""
	try:
		connection = _redis()
		waiting = connection.lrange(taken, 0, AT_ONCE - 1)
		if not waiting and connection.exists(_buffer()):
			connection.rename(_buffer(), taken)
			waiting = connection.lrange(taken, 0, AT_ONCE - 1)
		return waiting
	except (redis.RedisError, ConnectionError):
		return []


def _new_rows(entries: list[dict]) -> list[dict]:
	"""Rows for those entries that the table has not."""
	if not entries:
		return []
	known = set(frappe.get_all(LOG, {"name": ["in", [one["id"] for one in entries]]}, pluck="name", limit=0))
	rows = rows_of([one for one in entries if one["id"] not in known])
	return without_repeats(rows)


def _staged() -> list[dict]:
	"""Rows in the table that wait for their seal; one whose mark is wrong is not ours and stays as it is."""
	key = chain_key()
	rows = frappe.db.sql(
		f"select {columns()} from `tab{LOG}` where sequence = 0 order by name limit {AT_ONCE}", as_dict=True
	)
	return [{**row, "staged": True} for row in rows if same(mark_of(row, key), row.seal)]


def mark_of(row: dict, key: bytes) -> str:
	"""What tells a row of ours that waits for its seal from one that somebody put there."""
	return mark(canonical(row, 0).decode(), key)


def columns() -> str:
	"""The stored columns of the log, as a query names them."""
	return ", ".join(f"`{field}`" for field in _STORED)


def stage(rows: list[dict]) -> None:
	"""Write rows that wait for their seal, in the transaction that is running."""
	key = chain_key()
	_insert([{**row, "sequence": 0, "seal": mark_of(row, key)} for row in rows])


def _seal(rows: list[dict]) -> None:
	"""Number and seal these rows after the last one, in the order in which things happened."""
	if not rows:
		return
	key, last = chain_key(), _last()
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
	kept = max([last, *heads()], key=lambda head: head.count)
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
	if not found or any(head.count >= found[0][0] for head in heads()):
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
	head = max(heads(), key=lambda head: head.count, default=None)
	if head is None:
		return None
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


def heads(with_old: bool = False) -> list[Head]:
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
	found = []
	for text in filter(None, texts):
		try:
			kept = json.loads(text)
			if same(_mark_of_head(kept["count"], kept["seal"]), kept["mark"]):
				found.append(Head(cint(kept["count"]), kept["seal"]))
		except (ValueError, KeyError, TypeError):
			continue  # not ours
	return found


def _signed(head: Head) -> dict:
	return {"count": head.count, "seal": head.seal, "mark": _mark_of_head(head.count, head.seal)}


def _mark_of_head(count: int, value: str) -> str:
	return mark(f"head {count} {value}", chain_key())


def _folder() -> Path:
	return Path(frappe.get_site_path("private"))


def _text(name: str) -> str:
	path = _folder() / name
	return path.read_text() if path.exists() else ""


# --- changes ----------------------------------------------------------------------------------------------------------


def stage_changes(versions: list[str], others: list[tuple[str, str, str]]) -> None:
	"""Write a row for each of these versions and (DocType, name, note) that the running transaction made and kept."""
	rows = []
	now = now_datetime().isoformat()
	base = {
		"at": now,
		"codes": [],
		"records": 1,
		"ip": address(),
		"kind": None,
		"outcome": ALLOWED,
		"way": CHANGE,
	}
	for version in versions_named(versions).values():
		rows.append(
			{
				**base,
				"id": new_name(),
				"user": version.owner,
				"doctype": version.ref_doctype,
				"name": version.docname,
				"text": "",
				"version": version.name,
				"digest": digest_of(version),
			}
		)
	for doctype, name, text in others:
		rows.append(
			{
				**base,
				"id": new_name(),
				"user": frappe.session.user,
				"doctype": doctype,
				"name": name,
				"text": text,
			}
		)
	stage([row for row in rows_of(rows) if row["record"]])


def vouch_again(versions: Iterable[str], why: str, gone: bool = False) -> None:
	"""Say that these stored changes were rewritten properly, or with `gone` that they leave the site; `why` is a code.

	For pseudonymising, discarding and new keys: without it the check of the log reports them. Called in the transaction
	that does it: after rewriting them, or before deleting them.
	"""
	base = {"at": now_datetime().isoformat(), "codes": [], "records": 1, "ip": address(), "kind": None}
	stage(
		rows_of(
			[
				{
					**base,
					"id": new_name(),
					"user": frappe.session.user,
					"way": RETENTION,
					"outcome": ALLOWED,
					"doctype": version.ref_doctype,
					"name": version.docname,
					"text": why[:140],
					"version": version.name,
					"digest": None if gone else digest_of(version),
				}
				for version in versions_named(list(versions)).values()
			]
		)
	)


def versions_named(names: list[str]) -> dict[str, dict]:
	"""The stored changes of these names that are there, by name."""
	found = frappe.get_all(
		"Version",
		{"name": ["in", names or [""]]},
		["name", "ref_doctype", "docname", "owner", "creation", "data"],
		limit=0,
	)
	return {version.name: version for version in found}


def digest_of(version: dict) -> str:
	"""SHA-256 over all that a version says: of what, whose, when and what changed."""
	values = [version[field] for field in ("name", "ref_doctype", "docname", "owner", "creation", "data")]
	return hashlib.sha256(json.dumps([str(value) for value in values]).encode()).hexdigest()


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
			seen[row.user, "opened"] |= cases_in(row)
		if row.way in (LIST, SEARCH, REPORT, EXPORT):
			seen[row.user, "listed"] |= cases_in(row)
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
		name = alert(user, text, kind)
		trust_alerts.tell_officers(f"{user}: {text}", LOG, name)


def alert(user: str, text: str, kind: str | None = None) -> str:
	"""Put an alert about `user` into the log; returns its name."""
	row = plain_row(ALERT, user, text)
	row["record"] = kind
	stage([row])
	return row["name"]
