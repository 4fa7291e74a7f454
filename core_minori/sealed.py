"""Clinical and court texts, sealed at rest: which fields, and how they are sealed, opened, rotated.

The database holds ciphertext, made with Frappe's own encryption (Fernet) and the site's `encryption_key`; a loaded
document holds the text. `records.ProtectedDocument` seals and opens, so forms, REST, prints and copies notice nothing.
Lists, filters, reports and exports would see ciphertext: they are refused (`overrides/sealed_fields.py`), and our own
readers of rows open them here. docs/data-protection.md says what this protects from, and what not.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.password import decrypt, encrypt, get_encryption_key

from core_minori import access_store

# The whole list. A field added here is Long Text in its DocType, is shown in no list, and needs the patch run again.
SEALED: dict[str, tuple[str, ...]] = {
	"Clinical Record": ("content", "medicines", "allergies"),
	"Court Act": ("summary",),
	# Letters a, c and d of DPCM 98/2024, art. 4: what was suffered, vulnerability, the facts for the court. The other
	# letters (family, community, the minor's opinion) are the social file that everybody who follows the case reads.
	"Minor Interview": ("personal_history", "vulnerability", "protection_facts"),
	# The plan repeats the clinical summaries and letter a, and says what was suffered on the way.
	"PEI": ("migration_route", "migration_violence", "health_needs", "psychosocial_needs"),
	"Protection Report": ("facts", "answer"),
}

SETTINGS = "Core Minori Settings"
# In site_config.json: a key for the sealed texts alone, since much else hangs on Frappe's encryption_key.
OWN_KEY = "sealed_texts_key"
# What a version shows in the place of a text.
COVER = "[…]"
CHUNK = 500

_MARK = "sealed"
_BETWEEN = "\x1f"


class SealError(frappe.ValidationError):
	"""A sealed text cannot be opened, or must not be written, with the key that the site has now."""


# --- one text ---------------------------------------------------------------------------------------------------------


def seal(text: str | None, doctype: str, name: str, field: str) -> str | None:
	"""The ciphertext that is stored for this field of this record; what is empty stays empty."""
	if not text:
		return text
	return _sealed_with(_key(), text, doctype, name, field)


def unseal(value: str | None, doctype: str, name: str, field: str) -> str | None:
	"""The text of a stored value; a text from before fields were sealed is itself.

	A ciphertext opens only in the record and field it was made for: a row copied onto another one, by who can write the
	database and read that other record, opens nothing. Raises SealError.
	"""
	if not is_sealed(value):
		return value
	made_with = value.split(":", 2)[1]
	for key in _keys():
		if key_id(key) == made_with:
			return _opened_with(key, value, doctype, name, field)
	_refuse_key(doctype, name)


def is_sealed(value: object) -> bool:
	"""Whether this is the form of a stored ciphertext: a mark, the number of its key, a token."""
	return isinstance(value, str) and value.startswith(f"{_MARK}:") and value.count(":") == 2


def key_id(key: str) -> str:
	"""Eight figures that tell keys apart and say nothing of the key."""
	return hashlib.sha256(f"core_minori:{key}".encode()).hexdigest()[:8]


def _sealed_with(key: str, text: str, doctype: str, name: str, field: str) -> str:
	bound = _BETWEEN.join((doctype, str(name), field, text))
	return f"{_MARK}:{key_id(key)}:{encrypt(bound, encryption_key=key)}"


def _opened_with(key: str, value: str, doctype: str, name: str, field: str) -> str:
	try:
		bound = decrypt(value.split(":", 2)[2], encryption_key=key)
	except frappe.ValidationError:
		frappe.clear_last_message()
		_refuse_key(doctype, name)
	head = _BETWEEN.join((doctype, str(name), field)) + _BETWEEN
	if not bound.startswith(head):
		frappe.throw(
			_(
				"The stored text of {0} {1} was made for another record: somebody changed the database."
			).format(_(doctype), name),
			SealError,
		)
	return bound.removeprefix(head)


def _key() -> str:
	"""The key that texts are sealed with. A key that differs from the one in use is refused, and none is made anew.

	Frappe makes a new key when it finds none: half the texts would then be under a key that nobody has.
	"""
	key = _key_now()
	known = frappe.db.get_single_value(SETTINGS, "seal_key")
	if known and (not key or key_id(key) != known):
		frappe.throw(
			_(
				"The texts of this site are sealed with another key than the one in site_config.json now. Put the first"
				" one back, or let the administrator change keys: docs/data-protection.md says how."
			),
			SealError,
		)
	key = key or get_encryption_key()
	if not known:
		frappe.db.set_single_value(SETTINGS, "seal_key", key_id(key), update_modified=False)
	return key


def _key_now() -> str | None:
	"""The site's encryption_key, unless the sealed texts were given a key of their own."""
	return frappe.local.conf.get(OWN_KEY) or frappe.local.conf.get("encryption_key")


def _keys() -> list[str]:
	"""The keys that a text may be under: while keys are being changed, also the ones before."""
	conf = frappe.local.conf
	return [
		key for key in (conf.get(OWN_KEY), conf.get(f"{OWN_KEY}_before"), conf.get("encryption_key")) if key
	]


def _refuse_key(doctype: str, name: str) -> None:
	frappe.throw(
		_(
			"The text of {0} {1} cannot be opened: the key in site_config.json (encryption_key) is not the one it was"
			" sealed with. Nothing is lost while that key is kept: the administrator puts it back."
		).format(_(doctype), name),
		SealError,
	)


# --- documents and rows -----------------------------------------------------------------------------------------------


def open_document(doc: Document) -> None:
	"""Put the texts into a document that was just loaded."""
	for field in SEALED.get(doc.doctype, ()):
		if value := doc.get(field):
			doc.set(field, unseal(value, doc.doctype, doc.name, field))


def covered(doctype: str, name: str, values: dict[str, Any]) -> dict[str, Any]:
	"""These values, with the sealed ones as they are stored."""
	fields = SEALED.get(doctype, ())
	return {
		field: seal(value, doctype, name, field) if field in fields else value
		for field, value in values.items()
	}


@contextmanager
def stored_form(doc: Document) -> Iterator[None]:
	"""While the block runs the document holds what is stored; the texts come back after it, whatever happens."""
	fields = SEALED.get(doc.doctype, ())
	texts = {field: doc.get(field) for field in fields if doc.get(field)}
	if not texts or doc.flags.in_stored_form:
		yield
		return
	doc.flags.in_stored_form = True
	doc.__dict__.update(covered(doc.doctype, doc.name, texts))
	try:
		yield
	finally:
		doc.__dict__.update(texts)
		doc.flags.in_stored_form = False


def open_rows(doctype: str, rows: Sequence[dict]) -> Sequence[dict]:
	"""Rows of our own queries with their texts; each needs its `name`. The caller has asked who may read them."""
	fields = SEALED.get(doctype, ())
	for row in rows:
		for field in fields:
			if row.get(field):
				row[field] = unseal(row[field], doctype, row["name"], field)
	return rows


def get_list(doctype: str, fields: Sequence[str], **query: Any) -> Sequence[dict]:
	"""`frappe.get_list` with the texts opened: for our own readers, of the rows that the session's user may read."""
	if not set(fields) & set(SEALED.get(doctype, ())):
		return frappe.get_list(doctype, fields=list(fields), **query)
	asked = list(dict.fromkeys((*fields, "name")))
	before = frappe.local.flags.opens_sealed
	frappe.local.flags.opens_sealed = True
	try:
		rows = frappe.get_list(doctype, fields=asked, **query)
	finally:
		frappe.local.flags.opens_sealed = before
	return open_rows(doctype, rows)


def get_all(doctype: str, fields: Sequence[str], **query: Any) -> Sequence[dict]:
	"""`frappe.get_all` with the texts opened. It asks nobody: only for what is shown to nobody who may not read it."""
	return open_rows(doctype, frappe.get_all(doctype, fields=list(dict.fromkeys((*fields, "name"))), **query))


# --- what Frappe keeps about records ----------------------------------------------------------------------------------


def cover_version(doc: Document, method: str | None = None) -> None:
	"""Hook before_insert of Version: the old and the new text are kept as ciphertext, beside what the timeline shows."""
	if doc.ref_doctype not in SEALED or not doc.data:
		return
	data = json.loads(doc.data)
	if _cover_changes(doc.ref_doctype, doc.docname, data):
		doc.data = frappe.as_json(data, indent=None, separators=(",", ":"))


def cover_deleted(doc: Document, method: str | None = None) -> None:
	"""Hook before_insert of Deleted Document: what was taken away by law does not stay behind in words."""
	if doc.deleted_doctype not in SEALED or not doc.data:
		return
	data = json.loads(doc.data)
	for field in SEALED[doc.deleted_doctype]:
		if data.get(field):
			data[field] = None
	doc.data = frappe.as_json(data)


def _cover_changes(doctype: str, name: str, data: dict) -> bool:
	"""Take the texts out of a version's changes; whether there were any."""
	kept = data.get("sealed") or []
	found = False
	for change in data.get("changed") or ():
		field = change[0]
		if field not in SEALED[doctype] or set(change[1:]) <= {COVER, "", None}:
			continue
		kept.append(
			[field, *(seal(str(text), doctype, name, field) if text else text for text in change[1:])]
		)
		change[1:] = [COVER if text else text for text in change[1:]]
		found = True
	if found:
		data["sealed"] = kept
	return found


def earlier_texts(doctype: str, name: str) -> list[dict]:
	"""What the sealed fields of a record said before each change, newest first. The caller has asked who may read it."""
	texts = []
	for version in frappe.get_all(
		"Version",
		filters={"ref_doctype": doctype, "docname": name, "data": ["like", '%"sealed"%']},
		fields=["owner", "creation", "data"],
		order_by="creation desc",
	):
		for field, before, _after in json.loads(version.data).get("sealed") or ():
			texts.append(
				{
					"field": field,
					"text": unseal(before, doctype, name, field),
					"changed_by": version.owner,
					"changed_at": version.creation,
				}
			)
	return texts


# --- sealing what is there, changing keys -----------------------------------------------------------------------------


def seal_all() -> dict[str, Any]:
	"""Seal what is stored in words, in chunks, each kept as it is done: `changed` records, and those `not_opened`.

	Run again it finds what is left: what is sealed already is passed over.
	"""
	key = _key()
	return _over_all([key], key)


def rotate(old_key: str | None = None) -> dict[str, Any]:
	"""Seal everything anew with the key that site_config.json has now: `changed` records, and those `not_opened`.

	The new key is `sealed_texts_key`; what is there is opened with `old_key`, with `sealed_texts_key_before` or, the first
	time, with `encryption_key`. Stopped half-way it is run again. Raises SealError when none of these sealed the texts.
	"""
	new_key = _key_now()
	keys = [key for key in (old_key, *_keys()) if key]
	known = frappe.db.get_single_value(SETTINGS, "seal_key")
	if not new_key or (known and known not in map(key_id, keys)):
		frappe.throw(
			_(
				"None of the keys at hand sealed the texts of this site (that key has the number {0}). Put the new key into"
				" site_config.json as sealed_texts_key, and the old one as sealed_texts_key_before."
			).format(known),
			SealError,
		)
	frappe.db.set_single_value(SETTINGS, "seal_key", key_id(new_key), update_modified=False)
	done = _over_all(keys, new_key)
	_keep()
	return done


def _over_all(keys: list[str], key: str) -> dict[str, Any]:
	changed, not_opened = 0, []
	renewal = _Renewal(keys, key)
	for doctype, fields in SEALED.items():
		for row in _rows(doctype, fields):
			try:
				values = {field: renewal.of(row[field], doctype, row.name, field) for field in fields}
			except SealError:
				frappe.clear_messages()
				not_opened.append(f"{doctype} {row.name}")
				continue
			values = {field: value for field, value in values.items() if value != row[field]}
			if values:
				_write(doctype, row.name, values)
				changed += 1
	for row in _rows("Version", ("ref_doctype", "docname", "data"), {"ref_doctype": list(SEALED)}):
		data = json.loads(row.data or "{}")
		try:
			found = renewal.of_version(row.ref_doctype, row.docname, data)
		except SealError:
			frappe.clear_messages()
			not_opened.append(f"Version {row.name}")
			continue
		if found:
			_write("Version", row.name, {"data": frappe.as_json(data, indent=None, separators=(",", ":"))})
			access_store.vouch_again([row.name], f"sealed:{key_id(key)}")
			changed += 1
	for row in _rows("Deleted Document", ("deleted_doctype", "data"), {"deleted_doctype": list(SEALED)}):
		before = json.loads(row.data or "{}")
		cover_deleted(row)
		if json.loads(row.data or "{}") != before:
			_write("Deleted Document", row.name, {"data": row.data})
			changed += 1
	return {"changed": changed, "not_opened": not_opened}


class _Renewal:
	"""Stored values under one key, whichever of `keys` they are under."""

	def __init__(self, keys: list[str], key: str):
		self.keys = {key_id(one): one for one in keys}
		self.key, self.number = key, key_id(key)

	def of(self, value: str | None, doctype: str, name: str, field: str) -> str | None:
		"""The value under our key: itself where it is empty or under it already. Raises SealError."""
		if not value:
			return value
		if not is_sealed(value):
			return _sealed_with(self.key, value, doctype, name, field)
		number = value.split(":", 2)[1]
		if number == self.number:
			return value
		if number not in self.keys:
			raise SealError
		return _sealed_with(
			self.key, _opened_with(self.keys[number], value, doctype, name, field), doctype, name, field
		)

	def of_version(self, doctype: str, name: str, data: dict) -> bool:
		"""Bring the changes of a version under our key; whether it was not so before."""
		found = _cover_changes(doctype, name, data)
		for entry in data.get("sealed") or ():
			texts = [self.of(text, doctype, name, entry[0]) for text in entry[1:]]
			found = found or texts != entry[1:]
			entry[1:] = texts
		return found


def _rows(doctype: str, fields: Iterable[str], where: dict[str, list[str]] | None = None) -> Iterator[dict]:
	"""Rows of a table in the order of their names, stored values as they are; each chunk is kept before the next."""
	table = frappe.qb.DocType(doctype)
	last: Any = None
	while True:
		query = frappe.qb.from_(table).select(table.name, *(table[field] for field in fields))
		for field, values in (where or {}).items():
			query = query.where(table[field].isin(values))
		if last is not None:
			query = query.where(table.name > last)
		rows = query.orderby(table.name).limit(CHUNK).run(as_dict=True)
		if not rows:
			return
		last = rows[-1].name
		yield from rows
		_keep()


def _write(doctype: str, name: str, values: dict[str, str]) -> None:
	# Not a change of the record: neither its moment nor its author move.
	frappe.db.set_value(doctype, name, values, update_modified=False)


def _keep() -> None:
	"""What is done stays done if the rest stops; a test takes everything back."""
	if not frappe.flags.in_test:
		frappe.db.commit()  # nosemgrep: a patch and a command, in chunks that may be run again
