"""A partner's workbook between the site and the partner: exported with its rules, read back, imported once.

The import goes through the controllers with the rights of whoever imports, all rows or none.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import frappe
from frappe import _
from frappe.core.api.file import get_max_file_size
from frappe.core.doctype.file.utils import get_content_hash
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt, getdate
from frappe.utils.file_lock import LockTimeoutError
from frappe.utils.synchronization import filelock

from core_minori.engine import papers as words
from core_minori.engine import partner_workbook, xlsx
from core_minori.engine.message import Message, shown
from core_minori.engine.money import ZERO, money
from core_minori.engine.papers import Papers, is_doubled, open_papers
from core_minori.engine.partner_workbook import (
	COSTS,
	SHEET,
	Declared,
	KnownLine,
	PartnerReference,
	canonical,
	digest_of,
	document_keys,
	paper_names,
)
from core_minori.engine.sheets import Problem, Reading, Row, fold
from core_minori.files import content_of
from core_minori.funding.checks import recheck
from core_minori.funding.declared_costs import allocations_of
from core_minori.funding.ledger import programme_rules
from core_minori.import_jobs import Progress, fresh_view, keep, log_without_values, shown_progress
from core_minori.messages import words_of

# Rows of the tables on the form; the workbook of problems holds them all.
SHOWN_PROBLEMS = 200
SHOWN_CHANGES = 200
# Fewer rows than this are read while the person waits.
FEW_ROWS = 200
BATCH = 20
LONGEST_WAIT = 1800


@dataclass(frozen=True)
class Change:
	"""One cost that the workbook changes: its row, the record, and field -> (old, new)."""

	row: Row
	name: str
	fields: dict[str, tuple[object, object]]
	confirmed: bool = False


@dataclass
class Outcome:
	"""What a check or an import did. `problems` stop it, `warnings` only ask to look twice."""

	reading: Reading
	problems: list[Problem] = field(default_factory=list)
	warnings: list[Problem] = field(default_factory=list)
	new: list[Row] = field(default_factory=list)
	changed: list[Change] = field(default_factory=list)
	unchanged: int = 0
	attached: int = 0
	imported: bool = False


# What the site knows


def reference(project: str, partner: str) -> PartnerReference:
	"""What the workbook of one partner of one project carries, as of today.

	Raises frappe.ValidationError when it is no partner of the project.
	"""
	return _reference(project, partner, declared_of(project, partner))


def declared_of(project: str, partner: str) -> list[frappe._dict]:
	"""The costs this partner declared on this project, in the words of the workbook: lines by their code.

	`allocations` are those that are not cancelled.
	"""
	keys = [key for key in SHEET.keys if key != "budget_line"]
	cost, line = frappe.qb.DocType("Declared Cost"), frappe.qb.DocType("FAMI Budget Line")
	rows = (
		frappe.qb.from_(cost)
		.join(line)
		.on(line.name == cost.budget_line)
		.select(cost.name, line.line_code.as_("budget_line"), *[cost[key] for key in keys])
		.where((cost.funded_project == project) & (cost.partner == partner))
		.orderby(cost.creation, cost.name)
	).run(as_dict=True)
	allocations = allocations_of([row.name for row in rows])
	for row in rows:
		row.allocations = allocations.get(row.name, [])
	return rows


def _reference(project: str, partner: str, declared: Iterable[frappe._dict]) -> PartnerReference:
	record = frappe.get_cached_doc("Funded Project", project)
	mine = next((row for row in record.partners if row.organisation == partner), None)
	if not mine:
		frappe.throw(_("{0} is not a partner of project {1}.").format(partner, project))
	programme = frappe.get_cached_doc("Funding Programme", record.programme)
	lines, total = _lines(project, partner)
	recovered = money(mine.vat_recoverable_percent)
	if mine.role == "Lead":
		recovered = max(recovered, money(record.vat_recoverable_percent))
	return PartnerReference(
		project=record.name,
		title=record.title,
		partner=partner,
		programme=programme.name,
		starts_on=getdate(record.start_date),
		ends_on=getdate(record.end_date),
		cup=record.cup or "",
		vat_recoverable=recovered,
		public_body=bool(mine.is_public_body),
		project_total=total,
		programme_starts=getdate(programme.period_start) if programme.period_start else None,
		programme_ends=getdate(programme.period_end) if programme.period_end else None,
		made_on=getdate(),
		rules=tuple(programme_rules(record.programme)),
		lines=lines,
		declared=tuple(
			Declared(
				cost.declared_code,
				digest_of(cost),
				cost.budget_line,
				money(cost.imputed_amount),
				" ".join(document_keys(cost)),
				any(allocation.claimed for allocation in cost.allocations),
			)
			for cost in declared
		),
	)


def _lines(project: str, partner: str) -> tuple[tuple[KnownLine, ...], Decimal]:
	"""The open lines of this partner and of nobody in particular, and the euro of all lines of the project."""
	line, allocation = frappe.qb.DocType("FAMI Budget Line"), frappe.qb.DocType("Cost Allocation")
	imputed = dict(
		frappe.qb.from_(allocation)
		.select(allocation.budget_line, Sum(allocation.imputed_amount))
		.where((allocation.funded_project == project) & (allocation.docstatus < 2))
		.groupby(allocation.budget_line)
		.run()
	)
	rows = (
		frappe.qb.from_(line)
		.select(
			line.name,
			line.line_code,
			line.title,
			line.chapter,
			line.partner,
			line.cost_method,
			line.unit,
			line.unit_cost,
			line.amount,
			line.disabled,
		)
		.where(line.funded_project == project)
		.orderby(line.line_code)
	).run(as_dict=True)
	known = tuple(
		KnownLine(
			row.line_code,
			row.title or "",
			row.chapter or "",
			row.cost_method or "Real Cost",
			_(row.unit) if row.unit else "",
			money(row.unit_cost) if row.unit_cost else None,
			money(row.amount),
			money(imputed.get(row.name)),
		)
		for row in rows
		if not row.disabled and (not row.partner or row.partner == partner)
	)
	return known, sum((money(row.amount) for row in rows), ZERO)


def workbook(project: str, partner: str) -> bytes:
	"""The partner's workbook with what it declared so far, to be corrected and gone on with."""
	declared = declared_of(project, partner)
	# A cell that was left empty stays so: a zero would be a statement.
	rows = [{key: value or None for key, value in canonical(cost).items()} for cost in declared]
	return partner_workbook.workbook(_reference(project, partner, declared), rows)


# From the workbook to the records


def run(name: str, write: bool, wait: int = LONGEST_WAIT) -> None:
	"""Check the workbook of this Partner Submission, and import it when `write`: at once, or as a background job.

	Two imports of one partner never run at once: raises frappe.ValidationError after `wait` seconds for the other. Ends with the result on the record; an error nobody foresaw leaves
	nothing behind but the status Failed, and in the log its place in the code, never a value of the workbook.
	"""
	frappe.set_user_lang(frappe.session.user)
	project, partner = frappe.db.get_value("Partner Submission", name, ["funded_project", "partner"])
	place = hashlib.sha256(f"{project}\n{partner}".encode()).hexdigest()[:20]
	try:
		with filelock(f"core_minori_partner_{place}", timeout=wait):
			_run(name, write)
	except LockTimeoutError:
		frappe.throw(_("Another workbook of {0} is being imported: try again in a minute.").format(partner))
	frappe.publish_realtime(
		"partner_submission_done",
		{"name": name},
		doctype="Partner Submission",
		docname=name,
		after_commit=True,
	)


def _run(name: str, write: bool) -> None:
	fresh_view()
	try:
		record = frappe.get_doc("Partner Submission", name)
		record.check_permission("write")
		data = content_of(record, "workbook")
		outcome = process(
			record, data, content_of(record, "documents"), write, shown_progress("Partner Submission", name)
		)
		_store(record, data, outcome, write)
	except Exception as error:
		# Whatever it is, names must not reach the log: the usual traceback shows the values of every variable.
		frappe.db.rollback()
		log_without_values(error, "Partner Submission", name)
		_store_failure(frappe.get_doc("Partner Submission", name))
	keep()


def rows_in(data: bytes) -> int:
	"""Rows of the longest sheet of a workbook, to tell a long work from a short one; 0 for what is no workbook."""
	try:
		return max((raw.last_row for raw in xlsx.open_workbook(data)), default=0)
	except xlsx.Refused:
		return 0


def process(
	record: Document,
	data: bytes,
	archive: bytes = b"",
	write: bool = False,
	progress: Progress | None = None,
) -> Outcome:
	"""Check a partner's workbook, with its zip of papers if any, and with `write` bring the costs in step.

	One problem anywhere, a controller's refusal included, leaves nothing written.
	"""
	declared = declared_of(record.funded_project, record.partner)
	site = _reference(record.funded_project, record.partner, declared)
	reading = partner_workbook.read(data, getdate(), progress, site)
	outcome = Outcome(reading, list(reading.problems), list(reading.warnings))
	if not reading.usable:
		return outcome
	known = {fold(cost.declared_code): cost for cost in declared}
	for row in reading.good_rows(COSTS):
		cost = known.get(fold(row.code))
		if not cost:
			outcome.new.append(row)
			continue
		old, new = canonical(cost), canonical(row.values)
		changed = {
			key: (old[key], new[key]) for key in new if old[key] != new[key] and key != "declared_code"
		}
		if changed:
			confirmed = any(allocation.docstatus == 1 for allocation in cost.allocations)
			outcome.changed.append(Change(row, cost.name, changed, confirmed))
		else:
			outcome.unchanged += 1
	papers = _open(archive, outcome)
	attached = _attached([cost.name for cost in declared])
	_check_papers(outcome, papers, known, attached)
	if write and not outcome.problems:
		_Importer(record, outcome, papers, known, attached, progress).write()
	return outcome


def _open(archive: bytes, outcome: Outcome) -> Papers | None:
	if not archive:
		return None
	try:
		return open_papers(archive)
	except xlsx.Refused as refused:
		outcome.problems.append(Problem("", "", refused.message, refused.remedy))
		return None


def _attached(names: list[str]) -> dict[str, dict[str, frappe._dict]]:
	"""The files of these costs: cost -> file name -> File."""
	found: dict[str, dict[str, frappe._dict]] = {}
	for start in range(0, len(names), 1000):
		for file in frappe.get_all(
			"File",
			filters={
				"attached_to_doctype": "Declared Cost",
				"attached_to_name": ["in", names[start : start + 1000]],
			},
			fields=["name", "file_name", "attached_to_name", "content_hash"],
		):
			found.setdefault(file.attached_to_name, {})[fold(file.file_name)] = file
	return found


def _check_papers(
	outcome: Outcome,
	papers: Papers | None,
	known: dict[str, frappe._dict],
	attached: dict[str, dict[str, frappe._dict]],
) -> None:
	"""Each paper that a row names is in the zip, or with the cost already; and the zip holds no stranger."""
	absent: list[str] = []
	named: set[str] = set()
	largest = get_max_file_size()
	for row in outcome.reading.rows[COSTS]:
		if "attachments" in row.bad:
			continue
		cost = known.get(fold(row.code))
		there = attached.get(cost.name, {}) if cost else {}
		for name in paper_names(row.values.get("attachments")):
			named.add(fold(name))
			if papers is None or name not in papers:
				if fold(name) in there:
					continue
				if papers is None:
					absent.append(name)
				else:
					_at_paper(outcome, row, words.NOT_IN_ZIP, name)
			elif is_doubled(papers, name):
				_at_paper(outcome, row, words.TWICE_IN_ZIP, name)
			elif papers.size(name) > largest:
				_at_paper(outcome, row, words.TOO_LARGE, name)
	if absent:
		outcome.warnings.append(
			Problem(
				SHEET.title,
				"",
				Message(
					words.NO_ZIP,
					{"count": len(set(absent))},
				),
				Message(words.ATTACH_ZIP),
			)
		)
	strangers = [name for name in papers.names() if fold(name) not in named] if papers else []
	if strangers:
		outcome.warnings.append(
			Problem(
				"",
				"",
				Message(
					words.NAMED_BY_NO_ROW,
					{
						"count": len(strangers),
						"names": ", ".join(strangers[:5]) + ("…" if len(strangers) > 5 else ""),
					},
				),
				Message(words.NAME_THEM),
			)
		)


def _at_paper(outcome: Outcome, row: Row, text: str, name: str) -> None:
	row.importable = False
	outcome.problems.append(
		Problem(
			row.sheet.title,
			row.cells["attachments"],
			Message(text, {"name": name}),
			Message(words.CORRECT_NAME),
		)
	)


class _Importer:
	def __init__(
		self,
		record: Document,
		outcome: Outcome,
		papers: Papers | None,
		known: dict[str, frappe._dict],
		attached: dict[str, dict[str, frappe._dict]],
		progress: Progress | None,
	):
		self.record = record
		self.outcome = outcome
		self.papers = papers
		self.known = known
		self.attached = attached
		self.progress = progress
		self.names: dict[str, str] = {key: cost.name for key, cost in known.items()}
		self.lines = dict(
			frappe.get_all(
				"FAMI Budget Line",
				filters={"funded_project": record.funded_project},
				fields=["line_code", "name"],
				as_list=True,
			)
		)
		self.contents: dict[str, tuple[bytes, str]] = {}
		self.touched: list[str] = []
		self.with_papers: list[str] = []

	def write(self) -> None:
		changes = {fold(change.row.code): change for change in self.outcome.changed}
		rows = [*self.outcome.new, *(change.row for change in self.outcome.changed)]
		muted = frappe.flags.mute_messages, frappe.flags.mute_emails
		frappe.flags.mute_messages = frappe.flags.mute_emails = True
		frappe.db.savepoint("partner_submission")
		try:
			for number, row in enumerate(rows, start=1):
				self.write_row(row, changes.get(fold(row.code)))
				if self.progress and number % BATCH == 0:
					self.progress(number, len(rows))
			if not self.outcome.problems:
				self.attach()
			if self.outcome.problems:
				frappe.db.rollback(save_point="partner_submission")
				return
			self.judge()
		finally:
			frappe.flags.mute_messages, frappe.flags.mute_emails = muted
		self.outcome.imported = True

	def write_row(self, row: Row, change: Change | None) -> None:
		frappe.db.savepoint("partner_row")
		try:
			if change:
				cost = frappe.get_doc("Declared Cost", change.name, for_update=True)
			else:
				cost = frappe.new_doc("Declared Cost")
				cost.update(
					{
						"funded_project": self.record.funded_project,
						"partner": self.record.partner,
						"declared_code": row.code,
					}
				)
			values = canonical(row.values)
			cost.update(
				{
					key: _stored(value)
					for key, value in values.items()
					if key not in ("declared_code", "budget_line")
				}
			)
			cost.update({"budget_line": self.lines[values["budget_line"]], "submission": self.record.name})
			cost.flags.checked = True
			cost.save()
			self.names[fold(row.code)] = cost.name
			self.touched.append(cost.name)
		except (
			frappe.ValidationError,
			frappe.PermissionError,
			frappe.NameError,
			frappe.db.DataError,
		) as error:
			frappe.db.rollback(save_point="partner_row")
			self.outcome.problems.append(
				Problem(
					row.sheet.title,
					row.cells["declared_code"],
					Message("{words}", {"words": words_of(error)}),
					Message(words.CORRECT_ROW),
				)
			)

	def attach(self) -> None:
		"""Attach the papers that the rows name; the same file under the same name is attached once."""
		if not self.papers or not self.read_papers():
			return
		for row in self.outcome.reading.good_rows(COSTS):
			cost = self.names[fold(row.code)]
			there = self.attached.get(cost, {})
			for name in paper_names(row.values.get("attachments")):
				if name not in self.papers:
					continue
				content, digest = self.contents[fold(name)]
				old = there.get(fold(name))
				# Frappe takes the camera's data out of photographs: their bytes never agree again.
				if old and (old.content_hash == digest or name.casefold().endswith((".jpg", ".jpeg"))):
					continue
				file = frappe.get_doc(
					{
						"doctype": "File",
						"file_name": name,
						"attached_to_doctype": "Declared Cost",
						"attached_to_name": cost,
						"is_private": 1,
						"content": content,
					}
				).insert()
				# Frappe renames a file where another of that name is stored; people look for it by its own name.
				file.db_set("file_name", name, update_modified=False)
				self.outcome.attached += 1
				self.with_papers.append(cost)

	def judge(self) -> None:
		"""Run the rules of eligibility once over all that was written, papers included."""
		touched = [*self.touched, *self.with_papers]
		allocations = allocations_of(list(dict.fromkeys(touched)))
		recheck([row.name for rows in allocations.values() for row in rows])

	def read_papers(self) -> bool:
		"""Read every paper that a row names, before the first is stored: files on disk know no rollback."""
		for row in self.outcome.reading.good_rows(COSTS):
			for name in paper_names(row.values.get("attachments")):
				if name not in self.papers or fold(name) in self.contents:
					continue
				try:
					content = self.papers.read(name)
				except xlsx.Refused as refused:
					self.outcome.problems.append(
						Problem(row.sheet.title, row.cells["attachments"], refused.message, refused.remedy)
					)
					continue
				self.contents[fold(name)] = content, get_content_hash(content)
		return not self.outcome.problems


def _stored(value: object) -> object:
	return flt(value) if isinstance(value, Decimal) else value


# The result on the record


def _store(record: Document, data: bytes, outcome: Outcome, write: bool) -> None:
	if not write:
		status = "Checked" if outcome.reading.usable else "Failed"
	else:
		status = "Imported" if outcome.imported else "Failed"
	record.flags.by_import = True
	record.set_result(
		status,
		outcome=outcome,
		summary=_summary(outcome, write),
		digest=hashlib.sha256(data).hexdigest(),
	)
	record.save()


def _store_failure(record: Document) -> None:
	record.flags.by_import = True
	record.set_result("Failed", summary=_("The import stopped at an unexpected error. Nothing was written."))
	record.save()


def changes_json(outcome: Outcome) -> str:
	"""The changed costs as the form shows them: code, whether it goes back to draft, and label, old and new of each."""
	labels = {column.key: column.header for column in SHEET.columns}
	choices = {column.key: dict(column.choices) for column in SHEET.columns}

	def in_words(key: str, value: object) -> str:
		if key == "quantity" and isinstance(value, Decimal):
			return f"{value:f}".replace(".", ",")
		return str(shown(choices[key].get(value, value)) or "")

	return json.dumps(
		[
			{
				"code": change.row.code,
				"name": change.name,
				"confirmed": change.confirmed,
				"fields": [
					{"label": labels[key], "old": in_words(key, old), "new": in_words(key, new)}
					for key, (old, new) in change.fields.items()
				],
			}
			for change in outcome.changed[:SHOWN_CHANGES]
		]
	)


def _summary(outcome: Outcome, write: bool) -> str:
	if not outcome.reading.usable:
		return outcome.problems[0].message.render(_)
	counts = len(outcome.new), len(outcome.changed), outcome.unchanged
	if outcome.imported:
		lines = [_("{0} costs created, {1} changed, {2} as they were.").format(*counts)]
		if outcome.attached:
			lines.append(_("{0} papers attached.").format(outcome.attached))
	elif write:
		lines = [_("Nothing was imported: {0} problems.").format(len(outcome.problems))]
	else:
		lines = [
			_("{0} rows read: {1} new, {2} changed, {3} as they were, {4} problems.").format(
				outcome.reading.row_count, *counts, len(outcome.problems)
			)
		]
	confirmed = sum(change.confirmed for change in outcome.changed)
	if confirmed and not outcome.problems:
		lines.append(
			_("{0} of the changed costs were confirmed: their allocations go back to draft.").format(
				confirmed
			)
		)
	if outcome.warnings:
		lines.append(
			_("{0} cells to look at twice: they do not stop the import.").format(len(outcome.warnings))
		)
	return "\n".join(lines)
