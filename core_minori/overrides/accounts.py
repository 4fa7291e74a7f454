"""Accounts that open cases: nobody but their user holds their keys, and nobody alone gives their roles.

A System Manager adds users and gives roles. They do not become one of these users: no password, key, address or device
of theirs is set by anybody but themselves and Administrator; and a role that opens cases counts once a second person,
who knows the staff, confirmed it.
"""

from typing import Any

import frappe
from frappe import _
from frappe.defaults import clear_default
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.sessions import clear_sessions
from frappe.utils import now_datetime
from frappe.utils.password import remove_encrypted_password, update_password

from core_minori import access_log, trust_alerts
from core_minori.engine.confirmations import CONFIRMED, WAITING, newly_given
from core_minori.messages import site_language
from core_minori.permissions import ADMINISTRATION, COORDINATOR, ROLES, case_roles, forget

ROOT = "Administrator"
# By each of these one logs in as the user, or receives what lets one log in.
_KEYS = (
	"api_key",
	"bypass_restrict_ip_check_if_2fa_enabled",
	"last_reset_password_key_generated_on",
	"mobile_no",
	"reset_password_key",
	"restrict_ip",
)
_KEYS_OF_NEW = ("api_key", "reset_password_key")
_SECRETS = ("api_secret", "new_password")


def keep_keys(doc: Document, method: str | None = None) -> None:
	"""Hook before_validate of User: the keys of an account that opens cases are its user's."""
	if frappe.session.user in (ROOT, "Guest", doc.name) or _by_code():
		return
	if not opens_cases(doc):
		return
	before = None if doc.is_new() else frappe.get_doc("User", doc.name)
	known = {(row.provider, row.userid) for row in (before.social_logins if before else ())}
	if (
		any(_typed(doc.get(field)) for field in _SECRETS)
		or any(_moved(doc, before, field) for field in (_KEYS if before else _KEYS_OF_NEW))
		or (before and (doc.email or "").strip().lower() != (before.email or "").strip().lower())
		or any((row.provider, row.userid) not in known for row in doc.social_logins)
	):
		frappe.throw(
			_(
				"This account opens cases: its password, keys and address are set by its user alone. Send them the"
				" link to choose a password."
			),
			frappe.PermissionError,
		)


def keep_name(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""Hook before_rename of User: a merge or a new name would hand over everything that names the account."""
	if frappe.session.user == ROOT or _by_code():
		return
	if any(opens_cases_by_name(name) for name in (old, new)):
		frappe.throw(
			_("An account that opens cases keeps its name: make a new one, and close this."),
			frappe.PermissionError,
		)


def keep_role_name(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""Hook before_rename of Role: a role merged into one of ours would be given to all who hold it."""
	if {old, new} & set(ROLES):
		frappe.throw(_("{0} keeps its name.").format(_(old if old in ROLES else new)), frappe.PermissionError)


def keep_role(doc: Document, method: str | None = None) -> None:
	"""Hook validate of Role and User Type: a role of ours is no custom role, which a type of user would give in silence."""
	if frappe.session.user == ROOT or _by_code():
		return
	if doc.doctype == "Role" and doc.name in ROLES and doc.is_custom:
		frappe.throw(_("{0} is no custom role.").format(_(doc.name)), frappe.PermissionError)
	if doc.doctype == "User Type" and doc.role in ROLES:
		frappe.throw(
			_("A type of user gives no role that opens cases: give it to each user."), frappe.PermissionError
		)


def follow_roles(doc: Document, method: str | None = None) -> None:
	"""Hook on_update of User: roles of ours that were given in this save."""
	before = doc.get_doc_before_save()
	old = {row.role for row in before.roles} if before else set()
	# In a request that has just inserted the account its first save compares with nothing.
	for role in newly_given(old, {row.role for row in doc.roles}, ROLES):
		_given(doc.name, role)


def follow_role_row(doc: Document, method: str | None = None) -> None:
	"""Hook after_insert and on_update of Has Role: a row that is saved without its user."""
	before = doc.get_doc_before_save()
	if doc.parenttype == "User" and doc.role in ROLES and not (before and before.role == doc.role):
		_given(doc.parent, doc.role)


def on_session_creation(login_manager: Any = None) -> None:
	"""Hook on_session_creation: Administrator passes every check, so the officer learns of each login of theirs."""
	user = frappe.session.user
	if user == ROOT:
		access_log.note("Alert", "User", ROOT, text=ROOT)
		trust_alerts.tell_officers(_("Administrator has logged in.", lang=site_language()), "User", ROOT)
	elif user != "Guest":
		_look_over(user)


def tell_of_impersonation(doc: Document, method: str | None = None) -> None:
	"""Hook after_insert of Activity Log: Administrator works as somebody else."""
	if doc.operation == "Impersonate":
		trust_alerts.tell_officers(
			_("{0} works as {1}.", lang=site_language()).format(frappe.session.user, doc.user),
			"User",
			doc.user,
		)


def opens_cases(user: Document) -> bool:
	"""Whether an account has, or is being given, a role that opens cases; Administrator's does."""
	roles = {row.role for row in user.get("roles") or ()}
	if user.get("role_profile_name"):
		roles |= set(
			frappe.get_all(
				"Has Role",
				filters={"parent": user.role_profile_name, "parenttype": "Role Profile"},
				pluck="role",
			)
		)
	return bool(roles & set(ROLES)) or (not user.is_new() and opens_cases_by_name(user.name))


def opens_cases_by_name(user: str) -> bool:
	"""The same of what is stored."""
	return user == ROOT or bool(
		frappe.db.exists("Has Role", {"parent": user, "parenttype": "User", "role": ["in", ROLES]})
	)


def start_afresh(user: str) -> bool:
	"""Before an account opens its first case: whoever made it keeps no way in. Returns whether a new password was mailed.

	Sessions, keys, tokens and foreign logins end. The password is thrown away and the user chooses one by the link they
	are mailed; on a site that sends no mail the old one stays, and the caller says so.
	"""
	frappe.db.set_value("User", user, {"api_key": None, "reset_password_key": None})
	remove_encrypted_password("User", user, "api_secret")
	frappe.db.set_value("OAuth Bearer Token", {"user": user}, "status", "Revoked")
	frappe.db.delete("OAuth Authorization Code", {"user": user})
	frappe.db.delete("User Social Login", {"parent": user, "provider": ["!=", "frappe"]})
	for secret in ("_otplogin", "_otpsecret"):
		clear_default(user + secret)
	clear_sessions(user=user, force=True)
	frappe.clear_cache(user=user)
	mails = frappe.db.exists("Email Account", {"enable_outgoing": 1, "default_outgoing": 1})
	if mails:
		update_password(user, frappe.generate_hash(length=40))
		frappe.get_doc("User", user).reset_password(send_email=True)
	return bool(mails)


def take_role(user: str, role: str) -> None:
	"""Take a refused role away."""
	frappe.db.delete("Has Role", {"parent": user, "parenttype": "User", "role": role})
	frappe.clear_cache(user=user)


def tell_deciders(subject: str, doctype: str, name: str) -> None:
	"""Tell the officers and the coordinators, by code."""
	trust_alerts.tell_officers(subject, doctype, name)
	coordinators = frappe.get_all(
		"Has Role", filters={"role": COORDINATOR, "parenttype": "User"}, pluck="parent", distinct=True
	)
	coordinators = [user for user in coordinators if COORDINATOR in case_roles(user)]
	if coordinators:
		enqueue_create_notification(
			coordinators,
			{
				"type": "Alert",
				"document_type": doctype,
				"document_name": name,
				"subject": subject,
				"from_user": frappe.session.user,
			},
		)


def _given(user: str, role: str) -> None:
	"""Keep who gave a role. Administrator's counts at once: on a new site nobody else could confirm."""
	at_once = frappe.session.user == ROOT or _by_code()
	name = frappe.db.get_value("Role Confirmation", {"user": user, "role": role})
	if at_once and not name:
		return
	doc = frappe.get_doc("Role Confirmation", name) if name else frappe.new_doc("Role Confirmation")
	if at_once and doc.status == CONFIRMED:
		return
	doc.update(
		{
			"user": user,
			"role": role,
			"status": CONFIRMED if at_once else WAITING,
			"given_by": frappe.session.user,
			"given_on": now_datetime(),
			"decided_by": frappe.session.user if at_once else None,
			"decided_on": now_datetime() if at_once else None,
			"reason": None,
		}
	)
	doc.flags.by_step = True
	doc.save(ignore_permissions=True)
	forget()
	if not at_once:
		language = site_language()
		told = _("A role waits for confirmation: {0}.", lang=language).format(_(role, lang=language))
		tell_deciders(told, doc.doctype, doc.name)
		frappe.msgprint(
			_("{0} counts once a data protection officer or a coordinator confirms it.").format(_(role)),
			alert=True,
		)


def _look_over(user: str) -> None:
	"""A role row that somebody made past every form, and that nobody was asked about, waits as well."""
	if ADMINISTRATION in frappe.get_roles(user):
		return
	rows = frappe.get_all(
		"Has Role",
		filters={
			"parent": user,
			"parenttype": "User",
			"role": ["in", ROLES],
			"owner": ["not in", (ROOT, "Guest", "")],
		},
		fields=["role", "owner"],
	)
	if not rows:
		return
	asked = set(frappe.get_all("Role Confirmation", filters={"user": user}, pluck="role"))
	for row in rows:
		if row.role not in asked and ADMINISTRATION in frappe.get_roles(row.owner):
			_given(user, row.role)


def _typed(value: str | None) -> bool:
	"""Whether a password field holds a new secret, and not the stars that stand for the stored one."""
	return bool(value) and set(value) != {"*"}


def _by_code() -> bool:
	flags = frappe.flags
	return bool(flags.in_install or flags.in_migrate or flags.in_patch or flags.in_uninstall)


def _moved(doc: Document, before: Document | None, field: str) -> bool:
	"""Whether a key is set to something new; to take one away opens nothing."""
	return bool(doc.get(field)) and str(doc.get(field)) != str((before and before.get(field)) or "")
