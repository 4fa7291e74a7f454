"""Where Frappe hands the keys of others to a System Manager: passwords, tokens, password mails, copies of the database."""

from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori.compat import NO_OBJECTION
from core_minori.overrides.accounts import ROOT, opens_cases_by_name

# The first byte of a file that gpg encrypted with a passphrase. The name of a backup says so too, also when it failed.
_ENCRYPTED = (b"\x8c", b"\x8d", b"\xc3")


@frappe.whitelist()
def get_password(doctype: str, name: str, fieldname: str) -> str | None:
	"""frappe.client.get_password tells a System Manager any stored secret, such as the API secret of a user."""
	from frappe.client import get_password as original

	_only_root()
	return original(doctype, name, fieldname)


@frappe.whitelist()
def get_backup_encryption_key() -> str:
	"""The key of the backups opens every case there was: it lies where the password of Administrator lies."""
	from frappe.utils.backups import get_backup_encryption_key as original

	_only_root()
	return original()


@frappe.whitelist()
def reset_otp_secret(user: str) -> None:
	"""The second factor of an account that opens cases is renewed by its user or by Administrator."""
	from frappe.twofactor import reset_otp_secret as original

	if frappe.session.user not in (user, ROOT) and opens_cases_by_name(user):
		_only_root()
	original(user)


def ask_for_backup() -> None:
	"""Hook auth_hooks, run once the session is known: only encrypted backups leave through the browser."""
	path = frappe.request.path if frappe.request else ""
	if not path.startswith("/backups") or frappe.session.user == ROOT:
		return
	file = Path(frappe.get_site_path("private", "backups", path.rsplit("/", 1)[-1]))
	if file.is_file():
		with file.open("rb") as backup:
			if backup.read(1) in _ENCRYPTED:
				return
	raise frappe.PermissionError(
		_("A backup that is not encrypted is downloaded by Administrator only: encrypt backups first.")
	)


def token_condition(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook permission_query_conditions of the tokens by which one works as their user."""
	user = user or frappe.session.user
	return "" if user == ROOT else f"(`tab{doctype}`.`user` = {frappe.db.escape(user)})"


def has_token_permission(
	doc: Document, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool | None:
	"""Hook has_permission of the same: one's own, and Administrator's."""
	user = user or frappe.session.user
	return NO_OBJECTION if user in (ROOT, doc.user) else False


def keep_token(doc: Document, method: str | None = None) -> None:
	"""Hook validate of the same: nobody writes a token for somebody else; Frappe's own steps are a guest's or the user's."""
	if doc.user != frappe.session.user and frappe.session.user not in (ROOT, "Guest"):
		_only_root()


def mail_condition(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook permission_query_conditions of Email Queue: mails about no record carry links to choose a password."""
	user = user or frappe.session.user
	return "" if user == ROOT else "(ifnull(`tabEmail Queue`.`reference_doctype`, '') != '')"


def has_mail_permission(
	doc: Document, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool | None:
	"""Hook has_permission of Email Queue: the same for one mail."""
	if (user or frappe.session.user) == ROOT or doc.is_new() or doc.reference_doctype:
		return NO_OBJECTION
	return False


def _only_root() -> None:
	if frappe.session.user != ROOT:
		frappe.throw(
			_("On a site that keeps minors' cases only Administrator does this."), frappe.PermissionError
		)
