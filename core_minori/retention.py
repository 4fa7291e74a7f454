"""What becomes of closed cases: proposals by dated rule, the decisions of people, and what is then done.

A case goes nowhere else: `permissions.refuse_delete` refuses every other way, this module deletes by table.
"""

import os
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import CustomFunction
from frappe.utils import getdate, now_datetime

from core_minori import access_log, permissions
from core_minori.engine.casework import ENDED
from core_minori.engine.data_requests import OPEN_STATES
from core_minori.engine.retention import (
	AUTHORISED,
	BROUGHT_BACK,
	DISCARDED,
	IRREVERSIBLE,
	PSEUDONYMISED,
	Due,
	Kept,
	Rule,
	check_act,
	check_step,
	check_two_people,
	due_step,
)
from core_minori.grants import TRACES
from core_minori.permissions import COORDINATOR, PROTECTION_OFFICER, case_roles
from core_minori.personal_fields import (
	EMPTIED,
	EXACT_MOMENTS,
	category_of,
	records_of,
	sharing,
	text_fields,
)

_date_format = CustomFunction("DATE_FORMAT", ["day", "pattern"])
# What a text that a form asks for says once it is emptied.
NOTHING = "-"
# Who looked at a record when: no content, and the trail of a breach.
_TRAILS_KEPT = ("View Log",)
# Frappe's columns of a record that hold words or people.
_COLUMNS_OF_FRAPPE = ("_user_tags", "_comments", "_assign", "_liked_by", "_seen")
# Rows that are nothing without their word.
_ROWS_REMOVED = ("Minor Name Key",)
# What is proof stays when the case goes, and names it by its code.
_OUTLIVING = ("Retention Action", "Data Request", "Emergency Access")


# --- what is due ----------------------------------------------------------------------------------------------------


def rules() -> list[Rule]:
	"""The rules of retention, as the engine reads them."""
	return [
		Rule(
			row.name,
			row.step,
			row.counts_from,
			row.months,
			row.valid_from,
			row.valid_to,
			row.beneficiary_kind or "",
			bool(row.confirmed_by and row.confirmed_on),
		)
		for row in frappe.get_all("Retention Rule", fields=["*"], order_by="name")
	]


def kept_cases(names: Iterable[str] | None = None) -> list[Kept]:
	"""Closed cases as far as their conservation goes, all of them or these; four queries."""
	filters = {"name": ["in", list(names)]} if names is not None else {"state": ["in", ENDED]}
	rows = frappe.get_all(
		"Case File",
		filters=filters,
		fields=["name", "minor", "beneficiary_type", "retention_state", "restricted"],
		order_by="name",
	)
	people = list({row.minor for row in rows})
	births = dict(
		frappe.get_all("Minor", filters={"name": ["in", people]}, fields=["name", "birth_date"], as_list=True)
	)
	episodes: dict[str, list] = {}
	everything = frappe.get_all(
		"Case File",
		filters={"minor": ["in", people]},
		fields=["name", "minor", "closed_on", "prosieguo_until", "state"],
	)
	for row in everything:
		episodes.setdefault(row.minor, []).append(row)
	asking = set(
		frappe.get_all(
			"Data Request",
			filters={"case_file": ["in", [one.name for one in everything]], "status": ["in", OPEN_STATES]},
			pluck="case_file",
		)
	)
	asked = {one.minor for one in everything if one.name in asking}
	found = []
	for row in rows:
		own = episodes[row.minor]
		ended = all(one.closed_on and one.state in ENDED for one in own)
		found.append(
			Kept(
				case=row.name,
				beneficiary=row.beneficiary_type,
				state=row.retention_state or "",
				closed_on=max(one.closed_on for one in own) if ended else None,
				birth_date=births.get(row.minor),
				prosieguo_until=max(
					(one.prosieguo_until for one in own if one.prosieguo_until), default=None
				),
				limited_by_person=bool(row.restricted) or row.minor in asked,
			)
		)
	return found


def daily() -> None:
	"""Scheduler: propose the step that a rule says is due, once for each case."""
	propose_due()


def propose_due() -> list[str]:
	"""Make the proposals that are due and not there yet, in the name of nobody; returns their names."""
	in_force, today = rules(), getdate()
	due = [found for found in (due_step(kept, in_force, today) for kept in kept_cases()) if found]
	waiting = {
		(row.case_file, row.step)
		for row in frappe.get_all(
			"Retention Action",
			filters={"case_file": ["in", [one.case for one in due]], "status": ["!=", "Done"]},
			fields=["case_file", "step"],
		)
	}
	made = []
	for one in due:
		# A step that somebody refused is not proposed again: they propose it themselves when its time has come.
		if (one.case, one.step) not in waiting:
			made.append(_propose(one))
	return made


def _propose(due: Due) -> str:
	doc = frappe.get_doc(
		{
			"doctype": "Retention Action",
			"case_file": due.case,
			"step": due.step,
			"rule": due.rule,
			"due_on": due.due_on,
		}
	)
	doc.flags.by_rule = True
	return doc.insert(ignore_permissions=True).name  # by the scheduler, which has no user


def complete(doc: Document) -> None:
	"""Before a proposal is stored: its rule and day are found, and who proposes is written down. Raises RuleError."""
	kept = _locked(doc.case_file)
	in_force = rules()
	check_step(kept, doc.step, in_force, getdate())
	if not doc.flags.by_rule:
		found = due_step(kept, in_force, getdate())
		same = found and found.step == doc.step
		doc.rule, doc.due_on = (found.rule, found.due_on) if same else (None, None)
		doc.proposed_by = frappe.session.user
	other = frappe.db.exists(
		"Retention Action",
		{
			"case_file": doc.case_file,
			"status": ["in", ("Proposed", "Approved")],
			"name": ["!=", doc.name or ""],
		},
	)
	if other:
		frappe.throw(_("{0} waits for this case already.").format(other), title=_("Not Possible"))


# --- decisions ------------------------------------------------------------------------------------------------------


def approve(doc: Document) -> str:
	"""Approve a proposal; a step that can be undone is done at once. Returns the status. Raises RuleError."""
	user = _decider()
	if doc.status != "Proposed":
		frappe.throw(_("Somebody decided on this already."), title=_("Not Possible"))
	check_step(_locked(doc.case_file), doc.step, rules(), getdate())
	check_two_people(doc.step, doc.proposed_by or "", user, "")
	check_act(
		doc.step, doc.act_number or "", doc.act_date and getdate(doc.act_date), doc.act_file or "", getdate()
	)
	doc.db_set({"status": "Approved", "approved_by": user, "approved_on": now_datetime()}, notify=True)
	access_log.note("Change", "Retention Action", doc.name, doc.case_file, text="approved")
	return doc.status if doc.step in IRREVERSIBLE else _carry_out(doc, user)


def carry_out(doc: Document) -> str:
	"""Do what was approved. Returns the status. Raises RuleError."""
	user = _decider()
	if doc.status != "Approved":
		frappe.throw(_("Only what was approved is carried out."), title=_("Not Possible"))
	check_step(_locked(doc.case_file), doc.step, rules(), getdate())
	check_two_people(doc.step, doc.proposed_by or "", doc.approved_by, user)
	return _carry_out(doc, user)


def refuse(doc: Document, reason: str) -> str:
	"""Refuse a proposal, or take back an approval. Returns the status."""
	_decider()
	if doc.status not in ("Proposed", "Approved"):
		frappe.throw(_("Somebody decided on this already."), title=_("Not Possible"))
	if not reason.strip():
		frappe.throw(_("Write the reason."), title=_("Not Possible"))
	doc.db_set({"status": "Refused", "report": reason.strip()}, notify=True)
	access_log.note("Change", "Retention Action", doc.name, doc.case_file, text="refused")
	return doc.status


def _decider() -> str:
	user = frappe.session.user
	if not {COORDINATOR, PROTECTION_OFFICER} & case_roles(user):
		raise frappe.PermissionError(_("The coordinator or the data protection officer decides on this."))
	return user


def _locked(case_file: str) -> Kept:
	"""The case, locked until the end of the transaction: two decisions on it follow one another."""
	if not frappe.db.get_value("Case File", case_file, "name", for_update=True):
		frappe.throw(_("{0} not found").format(_("Case File")), frappe.DoesNotExistError)
	return kept_cases([case_file])[0]


def _carry_out(doc: Document, user: str) -> str:
	report = ""
	if doc.step == PSEUDONYMISED:
		report = pseudonymise(doc.case_file)
	if doc.step == DISCARDED:
		report = discard(doc.case_file)
	else:
		state = "" if doc.step == BROUGHT_BACK else doc.step
		frappe.db.set_value("Case File", doc.case_file, "retention_state", state, update_modified=False)
	frappe.clear_document_cache("Case File", doc.case_file)
	permissions.forget()
	doc.db_set(
		{"status": "Done", "done_by": user, "done_on": now_datetime(), "report": report or None}, notify=True
	)
	access_log.note("Change", "Retention Action", doc.name, doc.case_file, text=doc.step)
	return doc.status


# --- pseudonymised in place -----------------------------------------------------------------------------------------


def pseudonymise(case_file: str) -> str:
	"""Take every personal word out of a case where it stands; returns what was done, in counts.

	Codes, months, counts, categories and hours stay, so that no total changes. The person's own record is emptied with the
	last of their cases. Sessions of a group keep what was written about the group: other people are in it.
	"""
	own, shared = _belongings(case_file)
	emptied = 0
	for doctype, names in own.items():
		emptied += _empty(doctype, names)
		for table in frappe.get_meta(doctype).get_table_fields():
			rows = frappe.get_all(
				table.options, filters={"parenttype": doctype, "parent": ["in", names]}, pluck="name"
			)
			if table.options in _ROWS_REMOVED:
				_delete(table.options, rows)
			elif rows:
				_empty(table.options, rows)
	files = _remove_traces(own)
	groups = len(shared.get("Intervention", {}))
	report = _("Records emptied: {0}. Files removed: {1}.").format(emptied, files)
	if groups:
		report += " " + _("Sessions of a group, to look at by hand: {0}.").format(groups)
	return report


def _belongings(case_file: str) -> tuple[dict[str, list[str]], dict[str, dict[str, list[str]]]]:
	"""The records of a case, with the person's where this is the last case that is not emptied; and those it shares."""
	own = records_of([case_file])
	minor = frappe.db.get_value("Case File", case_file, "minor")
	others = frappe.get_all(
		"Case File",
		filters={"minor": minor, "name": ["!=", case_file], "retention_state": ["not in", _without_words()]},
		limit=1,
	)
	if not others:
		own["Minor"] = [minor]
	return own, sharing([case_file])


def _without_words() -> tuple[str, ...]:
	return (PSEUDONYMISED, "Discard Proposed", AUTHORISED, DISCARDED)


def _empty(doctype: str, names: list[str]) -> int:
	"""Empty the words of these records, bring days to the first of their month; one statement a DocType."""
	table, meta = frappe.qb.DocType(doctype), frappe.get_meta(doctype)
	query = frappe.qb.update(table).where(table.name.isin(names))
	for df in text_fields(doctype):
		if category_of(doctype, df.fieldname) in EMPTIED:
			query = query.set(table[df.fieldname], NOTHING if df.reqd else None)
	exact = EXACT_MOMENTS.get(doctype, ())
	for df in meta.fields:
		if df.fieldtype not in ("Date", "Datetime") or df.fieldname in exact or df.get("is_virtual"):
			continue
		if (doctype, df.fieldname) == ("Minor", "birth_date"):
			# The last day of the year: nothing that counts from an age comes earlier than it would have.
			query = query.set(table.birth_date, _date_format(table.birth_date, "%Y-12-31"))
		else:
			query = query.set(table[df.fieldname], _date_format(table[df.fieldname], "%Y-%m-01"))
	query = query.set(table.creation, _date_format(table.creation, "%Y-%m-01"))
	columns = frappe.db.get_table_columns(doctype)
	for column in _COLUMNS_OF_FRAPPE:
		if column in columns:
			query = query.set(table[column], None)
	query.run()
	for name in names:
		frappe.clear_document_cache(doctype, name)
	return len(names)


def _remove_traces(own: dict[str, list[str]]) -> int:
	"""Remove what Frappe keeps about these records: files with their bytes, versions, comments, mails; returns the files."""
	removed = 0
	for doctype, names in own.items():
		removed += _remove_bytes(doctype, names)  # the rows go with the other traces
		mails = frappe.get_all(
			"Communication Link",
			filters={"link_doctype": doctype, "link_name": ["in", names], "parenttype": "Communication"},
			pluck="parent",
		)
		for trace in ("Comment", "Communication", "ToDo"):
			about, name = TRACES[trace]
			own_traces = frappe.get_all(trace, filters={about: doctype, name: ["in", names]}, pluck="name")
			removed += _remove_traces_of_traces(
				trace, own_traces + (mails if trace == "Communication" else [])
			)
		_delete("Communication", mails)
		for trace, (about, name) in TRACES.items():
			if trace not in _TRAILS_KEPT and frappe.db.table_exists(trace):
				if trace == "Email Queue":
					queued = frappe.get_all(
						trace, filters={about: doctype, name: ["in", names]}, pluck="name"
					)
					_delete("Email Queue Recipient", queued, "parent")
				frappe.db.delete(trace, {about: doctype, name: ["in", names]})
		_remove_deleted_traces(names)
		frappe.db.delete("DocShare", {"share_doctype": doctype, "share_name": ["in", names]})
		search = frappe.qb.Table("__global_search")
		frappe.qb.from_(search).delete().where((search.doctype == doctype) & search.name.isin(names)).run()
	return removed


def _remove_bytes(doctype: str, names: list[str]) -> int:
	"""Take the files of these records from the disk once this is committed; returns how many.

	Not by deleting File: Frappe would write the name of each into a comment, and leave bytes that another file has too.
	"""
	paths = set()
	rows = frappe.get_all(
		"File",
		filters={"attached_to_doctype": doctype, "attached_to_name": ["in", names], "is_folder": 0},
		fields=["name", "file_url", "thumbnail_url"],
	)
	for row in rows:
		if frappe.db.exists("File", {"file_url": row.file_url, "name": ["!=", row.name]}):
			continue
		for url in (row.file_url, row.thumbnail_url):
			if url and url.startswith(("/private/files/", "/files/")) and ".." not in url:
				paths.add(
					frappe.get_site_path(*(("public",) if url.startswith("/files/") else ()), url.lstrip("/"))
				)

	def remove() -> None:
		for path in paths:
			if os.path.isfile(path):
				os.remove(path)

	frappe.db.after_commit.add(remove)
	return len(rows)


def _remove_traces_of_traces(trace: str, names: list[str]) -> int:
	"""Old texts of a to-do or a mail, what was said about it, and its files; returns how many files."""
	if not names:
		return 0
	removed = _remove_bytes(trace, names)
	frappe.db.delete("File", {"attached_to_doctype": trace, "attached_to_name": ["in", names]})
	frappe.db.delete("Version", {"ref_doctype": trace, "docname": ["in", names]})
	frappe.db.delete("Comment", {"reference_doctype": trace, "reference_name": ["in", names]})
	if trace == "Communication":
		frappe.db.delete("Communication Link", {"parent": ["in", names]})
	return removed


def _remove_deleted_traces(names: list[str]) -> None:
	"""Comments, to-dos, mails and files that somebody deleted: Frappe keeps a copy, which names its record."""
	table = frappe.qb.DocType("Deleted Document")
	condition = None
	for name in names:
		one = table.data.like(f'%"{name}"%')
		condition = one if condition is None else condition | one
	if condition is not None:
		frappe.qb.from_(table).delete().where(
			table.deleted_doctype.isin(["Comment", "Communication", "File", "ToDo"]) & condition
		).run()


# --- discarded ------------------------------------------------------------------------------------------------------


def discard(case_file: str) -> str:
	"""Delete a case with its records, those that name others first; returns the tombstone: counts, and no name."""
	own, shared = _belongings(case_file)
	own.pop("Minor", None)
	minor = frappe.db.get_value("Case File", case_file, "minor")
	last = not frappe.db.exists("Case File", {"minor": minor, "name": ["!=", case_file]})
	if last:
		own["Minor"] = [minor]
	own = {doctype: names for doctype, names in own.items() if doctype not in _OUTLIVING}
	counts = {doctype: len(names) for doctype, names in own.items()}
	_remove_traces(own)
	for doctype, rows in shared.items():
		for table in frappe.get_meta(doctype).get_table_fields():
			if frappe.get_meta(table.options).has_field("case_file"):
				_delete(table.options, [row for names in rows.values() for row in names])
	for doctype in _in_order(own):
		for table in frappe.get_meta(doctype).get_table_fields():
			_delete(table.options, own[doctype], "parent", parenttype=doctype)
		_delete(doctype, own[doctype])
		for name in own[doctype]:
			frappe.clear_document_cache(doctype, name)
	_unlink(case_file)
	return ", ".join(f"{_(doctype)}: {count}" for doctype, count in counts.items())


def _in_order(own: dict[str, list[str]]) -> list[str]:
	"""Records first, then their case, then the person: nothing ever names what is gone."""
	last = [doctype for doctype in ("Case File", "Minor") if doctype in own]
	return [doctype for doctype in own if doctype not in last] + last


def _unlink(case_file: str) -> None:
	"""Other cases that name this one as a sibling's or a relative's name it no more."""
	for doctype, fieldname in (("Case File", "family_case"), ("Support Person", "own_case")):
		table = frappe.qb.DocType(doctype)
		frappe.qb.update(table).set(table[fieldname], None).where(table[fieldname] == case_file).run()


def _delete(doctype: str, names: list[str], column: str = "name", **more: str) -> None:
	"""Delete rows by table: no copy of them is left among the deleted documents."""
	if names:
		frappe.db.delete(doctype, {column: ["in", names], **more})


def refuse_rename(doc: Document, method: str | None = None, *args: object) -> None:
	"""Hook before_rename of every protected DocType: the code of a record is what logs and papers know it by."""
	frappe.throw(_("{0} {1} cannot be renamed.").format(_(doc.doctype), doc.name), frappe.PermissionError)
