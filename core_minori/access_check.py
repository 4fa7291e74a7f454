"""Whether the access log is whole: its chain, its anchors, the changes it vouches for; and how old rows leave it."""

from collections.abc import Iterator
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import add_months, cint, get_datetime, now_datetime

from core_minori import access_store, trust_alerts
from core_minori.access_rows import ALERT, CHANGE, LOG, RETENTION, plain_row
from core_minori.engine.access_chain import (
	CUT,
	INSERTED,
	REMOVED,
	START,
	Break,
	Head,
	LetGo,
	said,
	same,
	verify,
)


def check(since: Head | None = None) -> dict:
	"""Follow the whole chain, or the part after `since`, and compare the versions it vouches for.

	Returns `rows` checked, `count` and `seal` of the last good row, `broken` (a sentence, or None), `sequence` of the
	break, `missing` (number of the first and the last row that is not there, where the seal of the last one is known), and
	`changes`: names of records with a stored change that was edited or removed.
	"""
	access_store.drain()
	# First the heads and then the rows: what somebody else writes meanwhile is beyond both.
	heads = access_store.heads(with_old=True)
	access_store.commit()
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
		access_store.chain_key(),
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
	row = plain_row(RETENTION, frappe.session.user, reason)
	sealed = next(head.seal for head in access_store.heads(with_old=True) if head.count == last)
	row.update(
		record=f"{first}-{last}", digest=sealed, records=last - first + 1, ip_address=access_store.address()
	)
	access_store.stage([row])
	access_store.commit()
	return check()


def _stored_rows(after: int, altered: list[dict]) -> Iterator[dict]:
	"""The rows by number, a few thousand at a time; those whose version is not what it was go to `altered`."""
	position = (after, "")
	while True:
		rows = frappe.db.sql(
			f"select {access_store.columns()} from `tab{LOG}`"
			" where sequence > %(number)s or (sequence = %(number)s and name > %(name)s)"
			f" order by sequence, name limit {access_store.AT_ONCE}",
			{"number": position[0], "name": position[1] or "~"},
			as_dict=True,
		)
		if not rows:
			return
		vouched = [row for row in rows if row.way == CHANGE and row.version]
		versions = access_store.versions_named([row.version for row in vouched])
		for row in vouched:
			found = access_store.digest_of(versions[row.version]) if row.version in versions else None
			if not same(found, row.digest):
				altered.append({**row, "found": found})
		yield from rows
		position = (rows[-1].sequence, rows[-1].name)


def _foreign_rows() -> bool:
	"""Whether rows wait for a seal that nobody here put there."""
	key = access_store.chain_key()
	waiting = frappe.db.sql(
		f"select {access_store.columns()} from `tab{LOG}` where sequence <= 0", as_dict=True
	)
	return any(row.sequence < 0 or not same(access_store.mark_of(row, key), row.seal) for row in waiting)


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
	access_store.anchor()


def tell_broken(found: dict) -> None:
	"""An alert in the log and a word to each officer, once a day."""
	text = found["broken"] or _("A stored change was edited or removed.")
	today = now_datetime().replace(hour=0, minute=0, second=0, microsecond=0)
	if frappe.db.exists(LOG, {"way": ALERT, "note": text, "seen_at": [">=", today]}):
		return
	name = access_store.alert("Administrator", text)
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
	row = plain_row(RETENTION, "Administrator", "Older rows left the log.")
	row.update(record=f"1-{ends[1]}", digest=last_seal, records=ends[1] - ends[0] + 1)
	access_store.stage([row])
	access_store.commit()
	access_store.drain()
	frappe.db.delete(LOG, {"sequence": ["between", [1, ends[1]]]})
	access_store.commit()
	return ends[1] - ends[0] + 1
