"""How the server keeps the data when nobody looks: tables, logs, backups. What it finds is said with its remedy."""

from functools import reduce
from operator import or_
from pathlib import Path

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import get_backups_path

from core_minori.sealed import SEALED

YES, NO, UNKNOWN = "Yes", "No", "Unknown"


def checks() -> list[dict[str, str | None]]:
	"""Rows of `what`, `state` (Yes, No, Unknown) and `remedy`, which is empty where all is well."""
	left = plain_texts()
	tables = _variable("innodb_encrypt_tables")
	return [
		_row(
			_("Clinical and court texts are sealed"),
			YES if not left else NO,
			_("{0} records hold words: run core_minori.sealed.seal_all.").format(left),
		),
		_row(
			_("The key is in site_config.json"),
			YES if frappe.local.conf.get("encryption_key") else NO,
			_("Put the key back from its envelope: without it the sealed texts open for nobody."),
		),
		_row(
			_("Backups are encrypted"),
			YES if frappe.get_system_settings("encrypt_backup") else NO,
			_("System Settings: Encrypt Backups."),
		),
		_row(
			_("No copy of the keys lies beside the backups"),
			NO if keys_beside_backups() else YES,
			_(
				"Frappe copies site_config.json, with both keys, into the folder of each backup, and never encrypts"
				" it: write it elsewhere (bench backup --backup-path-conf) and take the copies away."
			),
		),
		_row(
			_("The database encrypts its tables"),
			UNKNOWN if tables is None else YES if tables in ("ON", "FORCE", "1") else NO,
			_("MariaDB, innodb_encrypt_tables: docs/data-protection.md has the lines to write."),
		),
		_row(
			_("The database encrypts its redo log and temporary files"),
			_all("innodb_encrypt_log", "encrypt_tmp_files"),
			_("MariaDB, innodb_encrypt_log and encrypt_tmp_files."),
		),
		_row(
			_("The database encrypts its binary log, or keeps none"),
			YES if _variable("log_bin") in ("OFF", "0") else _all("encrypt_binlog"),
			_("MariaDB, encrypt_binlog."),
		),
		_row(
			_("The database does not write every query down"),
			{"OFF": YES, "0": YES, None: UNKNOWN}.get(_variable("general_log"), NO),
			_("MariaDB, general_log: names and birth dates would be in it."),
		),
	]


def plain_texts() -> int:
	"""Records of which a sealed field still holds words."""
	count = 0
	for doctype, fields in SEALED.items():
		table = frappe.qb.DocType(doctype)
		written = [
			table[field].notin(("", "-")) & table[field].not_like("sealed:%") for field in fields
		]  # a discarded text leaves a dash
		count += frappe.qb.from_(table).select(Count("*")).where(reduce(or_, written)).run()[0][0]
	return count


def keys_beside_backups() -> int:
	"""Copies of site_config.json in the folder where Frappe puts the backups."""
	return len(list(Path(get_backups_path()).glob("*site_config_backup*.json")))


def _row(what: str, state: str, remedy: str) -> dict[str, str | None]:
	return {"what": what, "state": state, "remedy": None if state == YES else remedy}


def _all(*names: str) -> str:
	found = [_variable(name) for name in names]
	if None in found:
		return UNKNOWN
	return YES if all(value in ("ON", "1") for value in found) else NO


def _variable(name: str) -> str | None:
	"""A setting of the database server as it answers for it; None where it has none of that name."""
	if frappe.db.db_type != "mariadb":
		return None
	rows = frappe.db.sql("show global variables like %s", name)
	return str(rows[0][1]).upper() if rows else None
