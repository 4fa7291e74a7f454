"""From a checked register workbook to records, through the controllers and with the rights of whoever imports.

Nothing here goes round a permission to read, write or create: what the importing user may not do by hand, the import
does not do either. The only unchecked queries ask whether a register code is taken, as the unique index would.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate
from frappe.utils.synchronization import filelock

from core_minori.engine import register
from core_minori.engine.countries import countries
from core_minori.engine.message import Message
from core_minori.engine.message import _ as marked
from core_minori.engine.register import (
	BUDGET,
	MINORS,
	PEI,
	PEI_OBJECTIVES,
	REFERRALS,
	SESSIONS,
	SHEETS,
	KnownProject,
	Reference,
)
from core_minori.engine.sheets import Known, Problem, Reading, Row, Sheet, fold
from core_minori.import_jobs import Progress, fresh_view, keep, log_without_values, shown_progress
from core_minori.messages import words_of

# Columns that are acts of a court or of an authority: the act, and who did it as far as the register says.
_ACTS: dict[str, dict[str, str]] = {
	"art_403_placed_at": {"act_type": "Art. 403 Placement", "authority": "Other"},
	"age_assessment_ordered_on": {"act_type": "Age Assessment Ordered", "authority": "Juvenile Court"},
}
# Rows of the table on the form; the workbook of problems holds them all.
SHOWN_PROBLEMS = 200
BATCH = 50
# Two imports wait for each other: what one creates, the other must find. The number is in seconds.
LOCK = "core_minori_register_import"
LONGEST_WAIT = 1800


@dataclass
class Outcome:
	"""What a check or an import did. `created` and `already` count rows; `left_out` are good rows that stayed out."""

	reading: Reading
	problems: list[Problem] = field(default_factory=list)
	created: int = 0
	already: int = 0
	creatable: int = 0
	imported: bool = False

	@property
	def left_out(self) -> int:
		"""Rows that were neither created nor there already."""
		return self.reading.row_count - self.created - self.already


def reference() -> Reference:
	"""The lists of this site as the session's user may see them."""
	programmes: dict[str, tuple[tuple[str, str], ...]] = {}
	for name in _visible("Funding Programme", "name"):
		programme = frappe.get_cached_doc("Funding Programme", name)
		programmes[name] = tuple((row.chapter_code, _(row.title)) for row in programme.chapters)
	projects = []
	for name in _visible("Funded Project", "name"):
		project = frappe.get_cached_doc("Funded Project", name)
		projects.append(
			KnownProject(
				project.name,
				project.title,
				getdate(project.start_date),
				getdate(project.end_date),
				programmes.get(project.programme, ()),
				tuple(row.organisation for row in project.partners),
			)
		)
	# A country is no secret, and every desk user may choose one in a form.
	stored = {row.code: row.name for row in frappe.get_all("Country", fields=["name", "code"]) if row.code}
	return Reference(
		projects=tuple(projects),
		organisations=tuple(_visible("Network Organisation", "name")),
		facilities=tuple(_visible("Facility", "name", {"disabled": 0})),
		training_areas=tuple(
			Known(row.area_code, f"{row.area_code} - {_(row.title)}")
			for row in _visible_rows("Training Area", ["area_code", "title"], {"disabled": 0})
		),
		countries=countries(stored),
		existing={MINORS: frozenset(_visible("Minor", "register_code", {"register_code": ["is", "set"]}))},
	)


def run(name: str, write: bool) -> None:
	"""Background job: check the workbook of this Register Import, and import it when `write`.

	Two imports never run at once. Ends with the result on the record; an error nobody foresaw leaves nothing behind but
	the status Failed, and in the log its place in the code, never a value of the workbook.
	"""
	frappe.set_user_lang(frappe.session.user)
	with filelock(LOCK, timeout=LONGEST_WAIT):
		fresh_view()
		try:
			record = frappe.get_doc("Register Import", name)
			record.check_permission("write")
			data = record.workbook_content()
			outcome = process(
				data, write, record.on_error == "Import Nothing", shown_progress("Register Import", name)
			)
			_store(record, data, outcome, write)
		except Exception as error:
			# Whatever it is, names must not reach the log: the usual traceback shows the values of every variable.
			frappe.db.rollback()
			log_without_values(error, "Register Import", name)
			_store_failure(frappe.get_doc("Register Import", name), write)
		keep()
	frappe.publish_realtime(
		"register_import_done",
		{"name": name},
		doctype="Register Import",
		docname=name,
		after_commit=True,
	)


def process(data: bytes, write: bool, all_or_nothing: bool, progress: Progress | None = None) -> Outcome:
	"""Check a register workbook and, with `write`, create its rows as the session's user.

	With `all_or_nothing` one problem anywhere, a controller's refusal included, leaves nothing written; without it
	each good row goes in by itself. A row whose register code is taken counts as already there.
	"""
	reading = register.read(data, reference(), getdate(), progress)
	outcome = Outcome(reading, list(reading.problems))
	if not reading.usable:
		return outcome
	taken = {sheet.key: _taken(sheet, reading.rows[sheet.key]) for sheet in SHEETS}
	_keep_out_forbidden_sheets(outcome, taken)
	for sheet in SHEETS:
		for row in reading.good_rows(sheet.key):
			if fold(row.code) in taken[sheet.key]:
				outcome.already += 1
			else:
				outcome.creatable += 1
	if not write or (all_or_nothing and outcome.problems):
		return outcome
	_Importer(outcome, taken, all_or_nothing, progress).create()
	return outcome


class _Importer:
	def __init__(
		self,
		outcome: Outcome,
		taken: dict[str, dict[str, str]],
		all_or_nothing: bool,
		progress: Progress | None,
	):
		self.outcome = outcome
		self.taken = taken
		self.all_or_nothing = all_or_nothing
		self.progress = progress
		self.cases: dict[str, str] = {}

	def create(self) -> None:
		rows = [
			row
			for sheet in SHEETS
			for row in self.outcome.reading.good_rows(sheet.key)
			if fold(row.code) not in self.taken[sheet.key]
		]
		muted = frappe.flags.mute_messages, frappe.flags.mute_emails
		frappe.flags.mute_messages = frappe.flags.mute_emails = True
		frappe.db.savepoint("register_import")
		try:
			for number, row in enumerate(rows, start=1):
				self.create_row(row)
				if self.all_or_nothing and self.outcome.problems:
					frappe.db.rollback(save_point="register_import")
					self.outcome.created = 0
					return
				if number % BATCH == 0:
					if self.progress:
						self.progress(number, len(rows))
					if not self.all_or_nothing:
						# Each row is whole by itself: the others need not wait for the last one, and a stop loses little.
						keep()
		finally:
			frappe.flags.mute_messages, frappe.flags.mute_emails = muted
		self.outcome.imported = True

	def create_row(self, row: Row) -> None:
		frappe.db.savepoint("register_row")
		try:
			_CREATE[row.sheet.key](self, row)
		except (
			frappe.ValidationError,
			frappe.PermissionError,
			frappe.NameError,
			frappe.db.DataError,
			_Refused,
		) as error:
			frappe.db.rollback(save_point="register_row")
			self.refuse(row, error)
			return
		self.outcome.created += 1

	def refuse(self, row: Row, error: Exception) -> None:
		row.importable = False
		column = row.sheet.columns[0].key
		words = error.args[0] if isinstance(error, _Refused) else words_of(error)
		self.outcome.problems.append(
			Problem(
				row.sheet.title,
				row.cells[column],
				Message("{words}", {"words": words}),
				Message(marked("Correct the row as it asks, and import the workbook again.")),
			)
		)

	def create_minor(self, row: Row) -> None:
		minor = _document(row, "Minor", register_code=row.code).insert()
		case = _document(row, "Case File", register_code=row.code, minor=minor.name).insert()
		self.cases[fold(row.code)] = case.name
		for column, act in _ACTS.items():
			if moment := row.values.get(column):
				frappe.get_doc(
					{"doctype": "Court Act", "case_file": case.name, "acted_at": moment, **act}
				).insert()

	def create_pei(self, row: Row) -> None:
		pei = _document(row, "PEI", register_code=row.code, case_file=self.case_of(row))
		for number in range(1, PEI_OBJECTIVES + 1):
			if objective := row.values.get(f"objective_{number}"):
				pei.append(
					"objectives",
					{
						"area": row.values[f"area_{number}"],
						"objective": objective,
						"due_on": row.values.get(f"due_{number}"),
					},
				)
		pei.insert()

	def create_referral(self, row: Row) -> None:
		_document(row, "Referral", register_code=row.code, case_file=self.case_of(row)).insert()

	def create_session(self, row: Row) -> None:
		session = _document(row, "Training Session", register_code=row.code)
		session.set("attendance", [])
		for name, profession in row.values.get("attendance") or ():
			session.append("attendance", {"operator_name": name, "profession": profession, "present": 1})
		session.insert()

	def create_line(self, row: Row) -> None:
		_document(row, "FAMI Budget Line", register_code=row.code).insert()

	def case_of(self, row: Row) -> str:
		"""Case that the row's minor code stands for: the register's own, else the last one opened for the person."""
		code = fold(row.values["minor"])
		if code not in self.cases:
			minor = frappe.get_list(
				"Minor", filters={"register_code": row.values["minor"]}, pluck="name", limit=1
			)
			found = minor and frappe.get_list(
				"Case File",
				filters={"minor": minor[0]},
				fields=["name", "register_code"],
				order_by="creation desc",
			)
			if not found:
				raise _Refused(_("The minor of this row has no case that you may open."))
			own = [case.name for case in found if fold(case.register_code or "") == code]
			self.cases[code] = own[0] if own else found[0].name
		return self.cases[code]


_CREATE: dict[str, Callable[[_Importer, Row], None]] = {
	MINORS: _Importer.create_minor,
	PEI: _Importer.create_pei,
	REFERRALS: _Importer.create_referral,
	SESSIONS: _Importer.create_session,
	BUDGET: _Importer.create_line,
}


class _Refused(Exception):
	"""A row cannot go in; the argument says why."""


def _document(row: Row, doctype: str, **values: object) -> Document:
	"""A new document with the row's cells that belong to this DocType's fields."""
	meta = frappe.get_meta(doctype)
	document = frappe.new_doc(doctype)
	for column in row.sheet.columns:
		value = row.values.get(column.key)
		if value is None or (column.target or row.sheet.doctype) != doctype:
			continue
		if meta.has_field(column.key) and meta.get_field(column.key).fieldtype != "Table":
			document.set(column.key, _stored(value))
	document.update(values)
	return document


def _stored(value: object) -> object:
	if isinstance(value, Decimal):
		return float(value)
	return value.isoformat() if isinstance(value, time) else value


def _taken(sheet: Sheet, rows: Iterable[Row]) -> dict[str, str]:
	"""Records that have a register code of the sheet, by code, whoever may see them: the unique index asks nobody."""
	codes = [row.code for row in rows if row.code]
	return {
		fold(found.register_code): found.name
		for start in range(0, len(codes), 1000)
		for found in frappe.get_all(
			sheet.doctype,
			filters={"register_code": ["in", codes[start : start + 1000]]},
			fields=["name", "register_code"],
		)
	}


def _keep_out_forbidden_sheets(outcome: Outcome, taken: dict[str, dict[str, str]]) -> None:
	"""One problem for a sheet whose records the user may not create, and none for the rows that depend on it."""
	out: set[str] = set()
	for sheet in SHEETS:
		doctypes = dict.fromkeys(
			[sheet.doctype, *(column.target for column in sheet.columns if column.target)]
		)
		forbidden = next(
			(doctype for doctype in doctypes if not frappe.has_permission(doctype, "create")), None
		)
		new = [row for row in outcome.reading.rows[sheet.key] if fold(row.code) not in taken[sheet.key]]
		if forbidden and new:
			outcome.problems.append(
				Problem(
					sheet.title,
					"",
					Message(
						marked("You may not create {doctype}, and this sheet has {count} new rows."),
						{"doctype": _(forbidden), "count": len(new)},
					),
					Message(marked("Empty the sheet, or have the workbook imported by somebody who may.")),
				)
			)
			for row in new:
				row.importable = False
			if sheet.key == MINORS:
				out = {fold(row.code) for row in new}
		for row in outcome.reading.rows[sheet.key]:
			if row.values.get("minor") and fold(row.values["minor"]) in out:
				row.importable = False


def _visible(doctype: str, pluck: str, filters: dict | None = None) -> list[str]:
	return [row[pluck] for row in _visible_rows(doctype, [pluck], filters)]


def _visible_rows(doctype: str, fields: list[str], filters: dict | None = None) -> list[dict]:
	if not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(doctype, filters=filters, fields=fields, order_by=f"{fields[0]} asc", limit=0)


def _store(record: Document, data: bytes, outcome: Outcome, write: bool) -> None:
	if not write:
		status = "Checked" if outcome.reading.usable else "Failed"
	else:
		status = "Imported" if outcome.imported else "Failed"
	record.flags.by_import = True
	record.set_result(
		status,
		checked_rows=outcome.reading.row_count,
		created_count=outcome.created,
		already_count=outcome.already,
		summary=_summary(outcome, write),
		problems=outcome.problems,
		digest=hashlib.sha256(data).hexdigest(),
	)
	record.save()


def _store_failure(record: Document, write: bool) -> None:
	record.flags.by_import = True
	if write and record.on_error != "Import Nothing":
		summary = _(
			"The import stopped at an unexpected error. Import again: it goes on from the rows already there."
		)
	else:
		summary = _("The import stopped at an unexpected error. Nothing was written.")
	record.set_result("Failed", summary=summary)
	record.save()


def _summary(outcome: Outcome, write: bool) -> str:
	count = len(outcome.problems)
	if not outcome.reading.usable:
		return outcome.problems[0].message.render(_)
	lines = []
	if outcome.imported:
		lines.append(
			_("{0} rows created, {1} already there, {2} left out.").format(
				outcome.created, outcome.already, outcome.left_out
			)
		)
	elif write:
		lines.append(_("Nothing was imported: {0} problems.").format(count))
	else:
		lines.append(
			_("{0} rows read: {1} can be created, {2} are already there, {3} problems.").format(
				outcome.reading.row_count, outcome.creatable, outcome.already, count
			)
		)
	if outcome.reading.warnings:
		lines.append(
			_("{0} cells to look at twice: they do not stop the import.").format(
				len(outcome.reading.warnings)
			)
		)
	return "\n".join(lines)
