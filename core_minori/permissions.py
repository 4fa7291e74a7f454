"""The one place that answers "may this user see this case".

Three things meet: the *part* of the case (identity, social, pei, ...), the user's *role*, and the *relation* that ties
this user to this case today. `grants` is the whole matrix; this module turns it into an SQL condition (lists, reports,
counts, link search) or into a yes or no (forms, REST, files, prints). It fails closed.
"""

from collections.abc import Callable, Iterable

import frappe
from frappe import _
from frappe.model.document import Document

from core_minori import access_log
from core_minori.compat import NO_OBJECTION
from core_minori.grants import (  # noqa: F401 - who asks the resolver finds its words here
	ADMINISTRATION,
	ALL,
	ASSIGNED,
	CHILD_OF,
	COORDINATOR,
	DECIDERS,
	EDUCATOR,
	EMERGENCY,
	EMERGENCY_READER,
	EVALUATOR,
	FACILITY_CONTACT,
	FUNDING_OFFICER,
	GOVERNED,
	GRANTS,
	GROUP_DOCTYPES,
	HOSTED,
	MADE_BY_ONESELF,
	MEDIATOR,
	OPEN_TO_RECEIVER,
	OWN,
	OWN_FIELDS,
	OWN_REPORT,
	PART_BY_VALUE,
	PART_OF,
	PART_WITHOUT_FIELD,
	PARTNER,
	PROTECTED,
	PROTECTION_OFFICER,
	PSYCHOLOGIST,
	READ,
	READERS_OF_LIMITED,
	RECORD_GRANTS,
	ROLES,
	SOCIAL_WORKER,
	TRACES,
	TRAINING_SECRETARY,
	UNIT_MANAGER,
	WRITE,
	WRITTEN_TRACES,
)
from core_minori.relations import LIMITED, RECEIVING, TO_CASE, TO_RECORD, quoted

_READING = frozenset({"read", "select", "report", "export", "print", "email"})
_WRITING = frozenset({"write", "create", "submit", "cancel", "amend"})


def may_read_case(user: str, case_file: str, part: str = "social") -> bool:
	"""Whether `user` may read this `part` of the case today."""
	allowed = _true_for(_case_condition(user, part, READ, frappe.db.escape(case_file)))
	return access_log.heard("Case File", case_file, allowed, user)


def may_write_case(user: str, case_file: str, part: str = "social") -> bool:
	"""Whether `user` may change this `part` of the case today."""
	allowed = _true_for(_case_condition(user, part, WRITE, frappe.db.escape(case_file)))
	return access_log.heard("Case File", case_file, allowed, user)


def readable_cases(user: str, cases: Iterable[str], part: str = "social") -> set[str]:
	"""Those of `cases` of which `user` may read this `part` today; one query at most, for reports over many."""
	cases = set(cases)
	condition = _case_condition(user, part, READ, "`tabCase File`.name")
	if not cases or condition in ("(1=0)", "(1=1)"):
		return cases if condition == "(1=1)" else set()
	names = quoted(cases)
	rows = frappe.db.sql(  # nosemgrep: every value in it was escaped
		f"select `tabCase File`.name from `tabCase File` where `tabCase File`.name in ({names}) and {condition}"
	)
	return {name for (name,) in rows}


def case_roles(user: str | None = None) -> set[str]:
	"""The roles of `user` that count towards a case.

	Who administers the site has none but the emergency reader's, whatever else they were given; and a role given by an
	administrator counts from when the data protection officer or a coordinator confirmed it.
	"""
	user = user or frappe.session.user
	return counting(set(frappe.get_roles(user)), _unconfirmed(user))


def counting(roles: set[str], unconfirmed: set[str]) -> set[str]:
	"""Which of a user's `roles` count towards a case, while some are `unconfirmed`."""
	if ADMINISTRATION in roles:
		roles = roles & {EMERGENCY_READER, ADMINISTRATION}
	return roles - unconfirmed


def holds(*roles: str, user: str | None = None) -> bool:
	"""Whether `user` has one of these roles and it counts; Administrator has every one."""
	user = user or frappe.session.user
	return user == "Administrator" or not case_roles(user).isdisjoint(roles)


def decides(user: str | None = None) -> bool:
	"""Whether `user` approves plans, closures and transfers."""
	return holds(*DECIDERS, user=user)


def forget() -> None:
	"""Ask the database again: a role was confirmed, or a case restricted, in this very request."""
	frappe.local.core_minori_unconfirmed = {}
	frappe.local.core_minori_some_limited = None


def _unconfirmed(user: str) -> set[str]:
	"""Roles of `user` that wait for a confirmation or were refused; asked once in a request."""
	known = getattr(frappe.local, "core_minori_unconfirmed", None)
	if known is None:
		known = frappe.local.core_minori_unconfirmed = {}
	if user not in known:
		known[user] = {row.role for row in unconfirmed_roles([user])}
	return known[user]


def unconfirmed_roles(users: Iterable[str] | None = None) -> list[frappe._dict]:
	"""The roles of `users`, or of everybody, that do not count yet or any more: user, role, status."""
	filters = {"status": ["in", ("Waiting", "Refused")]}
	if users is not None:
		filters["user"] = ["in", list(users) or [""]]
	return frappe.get_all("Role Confirmation", filters=filters, fields=["user", "role", "status"])


def own_fields(doctype: str, user: str) -> frozenset[str] | None:
	"""The fields of a record of `doctype` that `user` is kept to by their roles; None when they are kept to none."""
	roles = case_roles(user)
	kept = OWN_FIELDS.get(doctype, {})
	writes_all = {
		role
		for role, by_relation in GRANTS[PART_OF[doctype]].items()
		if any(WRITE in rights for rights in by_relation.values())
	} - kept.keys()
	if user == "Administrator" or roles & writes_all or not roles & kept.keys():
		return None
	return frozenset().union(*(kept[role] for role in roles & kept.keys()))


def receives(user: str, referral: Document) -> bool:
	"""Whether `user` works for the organisation this referral is open to, now."""
	return PARTNER in case_roles(user) and _true_for(
		RECEIVING.condition(user, record=frappe.db.escape(referral.name))
	)


def query_condition(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook permission_query_conditions of every protected DocType: SQL true for the rows `user` may read."""
	access_log.listed(doctype)
	return _for_asker_too(user, lambda reader: _row_condition(reader, doctype, READ))


def child_condition(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook permission_query_conditions of their child tables: SQL true for rows of a readable parent."""
	row = f"`tab{doctype}`"

	def condition(reader: str) -> str:
		clauses = [
			f"({row}.parenttype = {frappe.db.escape(parent)} and {_among_readable(f'{row}.parent', parent, reader)})"
			for parent in CHILD_OF[doctype]
		]
		return f"({' or '.join(clauses)})"

	return _for_asker_too(user, condition)


def trace_condition(user: str | None = None, doctype: str | None = None) -> str:
	"""Hook permission_query_conditions of Frappe's records about records: SQL true where the record is readable.

	Frappe's own condition on File has bare ORs, and Frappe joins the two with a bare AND: ours then binds to the last
	of them, the files attached to readable DocTypes. That is where all files of protected records are.
	"""
	about, name = (f"`tab{doctype}`.`{field}`" for field in TRACES[doctype])
	protected = quoted((*PROTECTED, *CHILD_OF))

	def condition(reader: str) -> str:
		if reader == "Administrator":
			return "(1=1)"
		clauses = [f"ifnull({about}, '') not in ({protected}, {quoted(WRITTEN_TRACES)})"]
		clauses += [
			f"({about} = {frappe.db.escape(record)} and {_among_readable(name, record, reader)})"
			for record in PROTECTED
		]
		clauses += [
			f"({about} = '{trace}' and {name} in (select `name` from `tab{trace}` traced"
			f" where ifnull(traced.`{TRACES[trace][0]}`, '') not in ({protected})))"
			for trace in WRITTEN_TRACES
		]
		return f"({' or '.join(clauses)})"

	return _for_asker_too(user, condition)


def has_permission(doc: Document, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	"""Hook has_permission of every protected DocType: an explicit yes or no for one document."""
	user = user or frappe.session.user
	if ptype in _READING:
		right = READ
	elif ptype in _WRITING or (ptype == "delete" and doc.doctype == "Register Import"):
		right = WRITE  # an import holds a file full of names: its author takes it away once it is done
	else:  # delete, share, import: nobody's, see docs/permissions.md
		return user == "Administrator"
	if doc.is_new() or not doc.name:
		return _may_create(doc, user)
	condition = _row_condition(user, doc.doctype, right)
	allowed = _true_for(
		f"exists (select 1 from `tab{doc.doctype}`"
		f" where `tab{doc.doctype}`.name = {frappe.db.escape(doc.name)} and {condition})"
	)
	# The stored row says whether it may be changed; what it is being changed to must be the user's as well, or one's
	# own case would open a stranger's file by being pointed at another minor.
	allowed = allowed and (right == READ or _may_create(doc, user))
	return access_log.heard(doc.doctype, doc.name, allowed, user)


def has_trace_permission(
	doc: Document, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool | None:
	"""Hook has_permission of Frappe's records about records: as visible as the record, even for their owner."""
	about, name = (doc.get(field) for field in TRACES[doc.doctype])
	if about in WRITTEN_TRACES and name and frappe.db.exists(about, name):
		return has_trace_permission(frappe.get_doc(about, name), "read", user, debug)
	if about not in PROTECTED:
		return NO_OBJECTION
	writes = doc.doctype == "File" and ptype not in _READING
	return NO_OBJECTION if may_open(about, name, "write" if writes else "read", user) else False


def may_open(doctype: str, name: str | None, ptype: str = "read", user: str | None = None) -> bool:
	"""Whether `user` may read, or with `ptype` write, this record: role and resolver both; a lost one is nobody's."""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	if not isinstance(name, str) or not frappe.db.exists(doctype, name):
		return False
	# Asked this way, and not of the document, Frappe does not put the record's name into the answer.
	return bool(frappe.has_permission(doctype, ptype, doc=frappe.get_doc(doctype, name), user=user))


def is_guarded(doctype: str | None) -> bool:
	"""Whether reading `doctype` must pass the resolver: protected records, their child tables, records about them."""
	return doctype in PROTECTED or doctype in CHILD_OF or doctype in TRACES


def refuse_share(doc: Document, method: str | None = None) -> None:
	"""Hook validate of DocShare: a share would go round the resolver, so protected records have none."""
	if doc.share_doctype in PROTECTED or doc.share_doctype in CHILD_OF:
		frappe.throw(
			_("{0} cannot be shared with a user: give a Care Assignment instead.").format(
				_(doc.share_doctype)
			),
			frappe.PermissionError,
		)


def refuse_trace(doc: Document, method: str | None = None) -> None:
	"""Hook validate of what any user may write about any record: nobody writes about a record they cannot read."""
	about, name = (doc.get(field) for field in TRACES[doc.doctype])
	if about in PROTECTED and name and not may_open(about, name):
		frappe.throw(_("You may not read {0} {1}.").format(_(about), name), frappe.PermissionError)


def refuse_share_key(doc: Document, method: str | None = None) -> None:
	"""Hook validate of Document Share Key: the key would print a protected record for whoever holds the link."""
	if doc.reference_doctype in PROTECTED:
		frappe.throw(
			_("{0} cannot be shared by a link.").format(_(doc.reference_doctype)), frappe.PermissionError
		)


def drop_follow(doc: Document, method: str | None = None) -> None:
	"""Hook after_insert of Document Follow: its mails carry old and new values, and ask nobody when they are sent.

	Not refused: Frappe follows a record by itself when one comments on it, and the comment should stay possible.
	"""
	if doc.ref_doctype in PROTECTED:
		frappe.db.delete("Document Follow", {"name": doc.name})


def empty_notification(doc: Document, method: str | None = None) -> None:
	"""Hook before_insert of Notification Log: it says that there is something to read, by code, and not what.

	A mention reaches people who may not open the record, and goes out by mail.
	"""
	if doc.document_type in PROTECTED:
		doc.email_content = None


def refuse_delete(doc: Document, method: str | None = None) -> None:
	"""Hook on_trash of every protected DocType: a case is closed, archived or restricted, never deleted."""
	if frappe.flags.in_uninstall or doc.doctype == "Register Import":
		return
	frappe.throw(
		_("{0} {1} cannot be deleted: close the case instead.").format(_(doc.doctype), doc.name),
		frappe.PermissionError,
	)


def may_override_check(user: str | None = None) -> bool:
	"""Whether `user` may override what a rule of the programme finds on a cost they can read."""
	return holds(FUNDING_OFFICER, COORDINATOR, user=user)


def organisations_of(user: str) -> list[str]:
	"""Names of the Network Organisations that list `user` among their operators."""
	return frappe.get_all(
		"Organisation User", filters={"user": user, "parenttype": "Network Organisation"}, pluck="parent"
	)


def _for_asker_too(user: str | None, condition: Callable[[str], str]) -> str:
	"""`condition` for `user` and, where somebody else asks on their behalf, for the one who asks as well.

	Frappe's report "Permitted Documents For User" shows a System Manager the rows of any user.
	"""
	asker = frappe.session.user
	readers = dict.fromkeys([user or asker, asker])
	return f"({' and '.join(condition(reader) for reader in readers)})"


def _among_readable(name_column: str, doctype: str, user: str) -> str:
	"""SQL true when `name_column` names a record of `doctype` that `user` may read."""
	condition = _row_condition(user, doctype, READ)
	if condition in ("(1=0)", "(1=1)"):
		return condition
	return f"{name_column} in (select `tab{doctype}`.name from `tab{doctype}` where {condition})"


def _row_condition(user: str, doctype: str, right: str) -> str:
	if user == "Administrator":
		return "(1=1)"
	table = f"`tab{doctype}`"
	if doctype == "Case File":
		return _case_condition(user, "social", right, f"{table}.name")
	if doctype == "Minor":
		return _minor_condition(user, right)
	if doctype in RECORD_GRANTS:
		return _record_condition(user, doctype, right)
	if doctype == "Screening":
		return _screening_condition(user, right)
	if doctype in PART_OF:
		condition = _case_condition(user, PART_OF[doctype], right, f"{table}.case_file")
		if doctype == OWN_REPORT[0] and right == WRITE:
			own = _case_condition(user, "psychological", WRITE, f"{table}.case_file")
			own = f"({own} and {table}.owner = {frappe.db.escape(user)}"
			own += f" and {table}.{OWN_REPORT[1]} = {frappe.db.escape(OWN_REPORT[2])})"
			return f"({condition} or {own})"
		return condition
	if doctype in PART_BY_VALUE:
		field, parts = PART_BY_VALUE[doctype]
		clauses = [
			f"({table}.{field} = {frappe.db.escape(value)}"
			f" and {_case_condition(user, part, right, f'{table}.case_file')})"
			for value, part in parts.items()
		]
		return f"({' or '.join(clauses)})"
	if doctype in GOVERNED:
		relations = _relations_in(GOVERNED[doctype], user, right)
		if ALL in relations:
			return "(1=1)"
		return f"({table}.owner = {frappe.db.escape(user)})" if OWN in relations else "(1=0)"
	if doctype == "Register Import":
		# it holds names of people whom its reader may not follow: its author's only
		return f"({table}.owner = {frappe.db.escape(user)})"
	return "(1=0)"


def _case_condition(user: str, part: str, right: str, case_column: str) -> str:
	"""SQL, in brackets, true when `user` has `right` on `part` of the case named by `case_column`."""
	if user == "Administrator":
		return "(1=1)"
	relations = _relations(user, part, right)
	limit = _unless_limited(user, right, case_column)
	if ALL in relations:
		return limit or "(1=1)"
	clauses = [
		TO_CASE[relation].condition(user, roles, case=case_column) for relation, roles in relations.items()
	]
	if not clauses:
		return "(1=0)"
	condition = f"({' or '.join(clauses)})"
	return f"({condition} and {limit})" if limit else condition


def _unless_limited(user: str, right: str, case_column: str) -> str | None:
	"""SQL true for cases that are neither restricted (GDPR art. 18) nor kept for the archive; None where no limit holds."""
	if right == READ and READERS_OF_LIMITED & case_roles(user):
		return None
	if getattr(frappe.local, "core_minori_some_limited", None) is None:
		frappe.local.core_minori_some_limited = bool(
			frappe.db.sql(f"select 1 from `tabCase File` limited where {LIMITED} limit 1")
		)
	if not frappe.local.core_minori_some_limited:
		return None
	return (
		"(not exists (select 1 from `tabCase File` limited"
		f" where limited.name = {case_column} and {LIMITED}))"
	)


def _relations(user: str, part: str, right: str) -> dict[str, list[str]]:
	"""Relation -> the roles of `user` that have `right` on `part` through it."""
	return _relations_in(GRANTS[part], user, right)


def _relations_in(
	grants: dict[str, dict[str, frozenset[str]]], user: str, right: str
) -> dict[str, list[str]]:
	roles = case_roles(user)
	relations: dict[str, list[str]] = {}
	for role, by_relation in grants.items():
		if role not in roles:
			continue
		for relation, rights in by_relation.items():
			if right in rights:
				relations.setdefault(relation, []).append(role)
	return relations


def _minor_condition(user: str, right: str) -> str:
	condition = _case_condition(user, "identity", right, "own_case.name")
	if condition == "(1=1)":
		return condition
	if ALL in _relations(user, "identity", right):
		return (
			"(not exists (select 1 from `tabCase File` own_case"
			f" where own_case.minor = `tabMinor`.name and not {condition}))"
		)
	via_case = f"exists (select 1 from `tabCase File` own_case where own_case.minor = `tabMinor`.name and {condition})"
	# Between the first page of the intake and the opening of the case the author is the only one to know the person.
	creates = {COORDINATOR, SOCIAL_WORKER} & case_roles(user)
	if not creates:
		return f"({via_case})"
	return (
		f"({via_case} or (`tabMinor`.owner = {frappe.db.escape(user)} and not exists"
		" (select 1 from `tabCase File` any_case where any_case.minor = `tabMinor`.name)))"
	)


def _screening_condition(user: str, right: str) -> str:
	"""Before there is a case, a screening is its author's and of who answers for every case."""
	condition = _case_condition(user, "assessment", right, "`tabScreening`.case_file")
	own = f"(ifnull(`tabScreening`.case_file, '') = '' and `tabScreening`.owner = {frappe.db.escape(user)})"
	writes = set(GRANTS["assessment"]) & case_roles(user)
	return f"({condition} or {own})" if writes else condition


def _record_condition(user: str, doctype: str, right: str) -> str:
	"""Records that are of their case, and of who is tied to the record itself."""
	table = f"`tab{doctype}`"
	part = PART_OF.get(doctype) or PART_WITHOUT_FIELD[doctype]
	# A group names several cases and belongs to none.
	case = "null" if doctype == "Intervention Group" else f"{table}.case_file"
	of_case = _case_condition(user, part, right, case)
	limit = None if doctype in GROUP_DOCTYPES else _unless_limited(user, right, case)
	if of_case == "(1=1)":
		return of_case
	clauses = [] if of_case == "(1=0)" else [of_case]
	for relation in _relations_in(RECORD_GRANTS[doctype], user, right):
		tie = TO_RECORD[doctype, relation].condition(user, record=f"{table}.name")
		clauses.append(f"({tie} and {limit})" if limit else tie)
	return f"({' or '.join(clauses)})" if clauses else of_case


def _may_create(doc: Document, user: str) -> bool:
	if user == "Administrator":
		return True
	if doc.doctype in GOVERNED:
		return doc.doctype in MADE_BY_ONESELF or bool(_relations_in(GOVERNED[doc.doctype], user, WRITE))
	if doc.doctype in ("Minor", "Register Import"):
		return True  # the role's own right to create was asked before this hook
	if doc.doctype == "Case File":
		# An empty form asks before anything is filled in; the saved one must name a person the author may see.
		return not doc.minor or _true_for(
			f"exists (select 1 from `tabMinor` where name = {frappe.db.escape(doc.minor)}"
			f" and {_minor_condition(user, READ)})"
		)
	if doc.doctype == "Intervention Group" or (doc.doctype == "Intervention" and doc.mode == "Group"):
		return ALL in _relations(user, "work", WRITE) or user in {row.user for row in doc.operators or ()}
	if not doc.case_file:
		return True
	if (doc.doctype, doc.get(OWN_REPORT[1])) == (OWN_REPORT[0], OWN_REPORT[2]) and (
		doc.is_new() or doc.owner == user
	):
		return may_write_case(user, doc.case_file, "court") or may_write_case(
			user, doc.case_file, "psychological"
		)
	if doc.doctype in PART_BY_VALUE:
		field, parts = PART_BY_VALUE[doc.doctype]
		part = parts.get(doc.get(field))
		if not part:  # an empty form: the role's own right was asked before this hook
			return any(may_write_case(user, doc.case_file, part) for part in parts.values())
	else:
		part = PART_OF.get(doc.doctype, "referral")
	return may_write_case(user, doc.case_file, part)


def _true_for(condition: str) -> bool:
	return bool(frappe.db.sql(f"select {condition}")[0][0])  # nosemgrep: every value in it was escaped
