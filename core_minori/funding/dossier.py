"""The dossier of a submitted claim: stamps, cover, and the archive with the papers of every cost in the list's order."""

import hashlib
import os
import re
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from openpyxl import Workbook

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime
from frappe.utils.pdf import get_pdf

from core_minori.engine.claim import restored
from core_minori.engine.cost_facts import CostFacts
from core_minori.engine.dossier import (
	Cost,
	Entry,
	Kind,
	Paper,
	entries,
	kind_by_name,
	missing,
	ordered,
	plain,
	sums,
)
from core_minori.engine.money import money
from core_minori.engine.sheet_writer import saved, write_table
from core_minori.engine.stamp import NO_TEXT, check_stamp_text, stamp, stamp_text, years
from core_minori.funding.claims import names_of_organisations
from core_minori.funding.ledger import programme_rules
from core_minori.messages import rules_spoken

# Above either, a worker makes the archive: a page waits for two minutes at most.
MOST_BYTES_AT_ONCE = 20_000_000
MOST_COSTS_AT_ONCE = 200
LONGEST_JOB = 3600
CHUNK = 1 << 20

CLAIM = "Reimbursement Claim"
PRINTS = ("Claim Cover", "Stamp Sheet")
_FROM_ELSEWHERE = re.compile(
	r"<link\b[^>]*>|<img\b[^>]*>|<script\b.*?</script>|<div class=\"action-banner.*?</div>",
	re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Stored:
	"""A stored file: where its bytes are, how many, and the name it came with."""

	path: str
	size: int
	name: str


@dataclass(frozen=True)
class Dossier:
	"""What goes into the archive of a claim."""

	facts: dict[int, CostFacts]
	costs: list[Cost]
	entries: list[Entry]
	files: dict[str, Stored]

	@property
	def size(self) -> int:
		"""Bytes of the papers."""
		return sum(self.files[entry.paper.key].size for entry in self.entries)


def check_programme(doc: Document, method: str | None = None) -> None:
	"""Hook validate of Funding Programme: a stamp text asks for nothing that no stamp has."""
	for row in doc.rules:
		if row.get("text_value") and row.check_code == "stamp-text":
			with rules_spoken(_("Row {0}").format(row.idx)):
				check_stamp_text(row.text_value)


def stamps_of_claim(claim: str) -> list[dict]:
	"""One stamp for each cost of a claim, in the list's order. Raises frappe.PermissionError for who may not read it."""
	doc = frappe.get_doc(CLAIM, claim)
	doc.check_permission("read")
	project = _project(doc.funded_project)
	partners = names_of_organisations(row.partner for row in doc.costs)
	codes = _codes_of_lines({row.budget_line for row in doc.costs})
	return [
		{
			"position": row.position,
			"partner": partners.get(row.partner, ""),
			"line": codes.get(row.budget_line, row.budget_line),
			"party": row.party or "",
			"document": row.document_number or "",
			"day": row.document_date,
			"text": _stamp(
				project,
				getdate(row.document_date),
				money(row.claimed_amount),
				codes.get(row.budget_line, row.budget_line),
				doc.claim_number,
			),
		}
		for row in doc.costs
	]


def stamps_of_voucher(voucher_type: str, voucher_no: str) -> list[dict]:
	"""One stamp for each confirmed allocation of a voucher. Raises frappe.PermissionError for who may not read it."""
	frappe.get_doc(voucher_type, voucher_no).check_permission("read")
	allocation, line = frappe.qb.DocType("Cost Allocation"), frappe.qb.DocType("FAMI Budget Line")
	claim = frappe.qb.DocType(CLAIM)
	rows = (
		frappe.qb.from_(allocation)
		.join(line)
		.on(line.name == allocation.budget_line)
		.left_join(claim)
		.on(claim.name == allocation.claim)
		.select(
			allocation.name,
			allocation.funded_project,
			allocation.imputed_amount,
			allocation.posting_date,
			allocation.incurred_on,
			line.line_code,
			claim.claim_number,
		)
		.where((allocation.voucher_type == voucher_type) & (allocation.voucher_no == voucher_no))
		.where(allocation.docstatus == 1)
		.orderby(allocation.name)
	).run(as_dict=True)
	projects = {name: _project(name) for name in {row.funded_project for row in rows}}
	return [
		{
			"project": row.funded_project,
			"line": row.line_code,
			"amount": row.imputed_amount,
			"text": _stamp(
				projects[row.funded_project],
				getdate(row.incurred_on or row.posting_date),
				money(row.imputed_amount),
				row.line_code,
				row.claim_number,
			),
		}
		for row in rows
	]


def cover_of_claim(claim: str) -> dict:
	"""What the cover of a claim shows: project, and totals by chapter, partner and source.

	`stages` are the amounts known by now: claimed, then accepted by the auditor, then by the authority. Raises
	frappe.PermissionError for who may not read the claim.
	"""
	doc = frappe.get_doc(CLAIM, claim)
	doc.check_permission("read")
	project = frappe.get_cached_doc("Funded Project", doc.funded_project)
	programme = frappe.get_cached_doc("Funding Programme", project.programme)
	stages = ["claimed"]
	if doc.status in ("Audited", "With the Authority", "Settled"):
		stages.append("auditor")
	if doc.status == "Settled":
		stages.append("authority")
	titles = {row.chapter_code: row.title for row in programme.chapters}
	chapter_of = _chapters_of_lines({row.budget_line for row in doc.flat_rates})
	partners = names_of_organisations(row.partner for row in (*doc.costs, *doc.flat_rates))
	rows = [(row, row.chapter or "") for row in doc.costs]
	rows += [(row, chapter_of.get(row.budget_line, "")) for row in doc.flat_rates]

	def amounts(row: Document) -> tuple[Decimal, ...]:
		return tuple(money(row.get(f"{stage}_amount")) for stage in stages)

	order = {code: place for place, code in enumerate(titles)}
	by_chapter = sums((chapter, amounts(row)) for row, chapter in rows)
	by_partner = sums((partners.get(row.partner, _("Whole Project")), amounts(row)) for row, __ in rows)
	return {
		"project": {
			key: project.get(key)
			for key in ("project_code", "title", "cup", "start_date", "end_date", "legal_act", "company")
		},
		"programme": project.programme,
		"authority": programme.authority,
		"lead": next(
			(
				names_of_organisations([row.organisation]).get(row.organisation)
				for row in project.partners
				if row.role == "Lead"
			),
			project.company,
		),
		"stages": stages,
		"chapters": [
			(code, titles.get(code, ""), by_chapter[code])
			for code in sorted(by_chapter, key=lambda code: (order.get(code, len(order)), code))
		],
		"partners": sorted(by_partner.items()),
		"sources": [(row.source_type, row.percent, amounts(row)) for row in doc.sources],
		"totals": tuple(money(doc.get(f"{stage}_amount")) for stage in stages),
		"papers": len(doc.costs),
	}


def dossier_of(claim: str) -> Dossier:
	"""The papers of a submitted claim that the user may open, in a number of queries that does not grow with its costs.

	Raises frappe.PermissionError for who may not read the claim.
	"""
	doc = frappe.get_doc(CLAIM, claim)
	doc.check_permission("read")
	if not doc.docstatus.is_submitted():
		frappe.throw(_("The dossier is made of a submitted claim: {0} is not.").format(claim))
	facts = {row.position: replace(restored(row.facts), partner=row.partner or "") for row in doc.costs}
	partners = names_of_organisations(one.partner for one in facts.values())
	vouchers = {(one.voucher_type, one.voucher_no) for one in facts.values()}
	payments = _payments_of(vouchers)
	procurements = {
		("Purchase Invoice", name): record
		for name, record in frappe.get_all(
			"Purchase Invoice",
			filters={
				"name": ["in", [name for kind, name in vouchers if kind == "Purchase Invoice"]],
				"fami_procurement_record": ["is", "set"],
			},
			fields=["name", "fami_procurement_record"],
			as_list=True,
		)
	}
	assignments = _assignments_of(
		doc.funded_project, [name for kind, name in vouchers if kind == "Timesheet"]
	)
	records = {
		*vouchers,
		*(payment for paid in payments.values() for payment in paid),
		*(("Procurement Record", record) for record in procurements.values()),
		*(("Staff Assignment", letter) for letters in assignments.values() for letter in letters),
	}
	readable = _readable(records)
	allocations = {("Cost Allocation", row.cost_allocation) for row in doc.costs}
	files = _files_of(readable | allocations)
	found: dict[str, Stored] = {}
	costs, placed = [], set()
	for row in doc.costs:
		one = facts[row.position]
		voucher = (one.voucher_type, one.voucher_no)
		sources = [(voucher, Kind.TIMESHEET if one.voucher_type == "Timesheet" else Kind.DOCUMENT)]
		sources += [(payment, Kind.PROOF) for payment in payments.get(voucher, ())]
		if voucher in procurements:
			sources.append((("Procurement Record", procurements[voucher]), Kind.PROCUREMENT))
		if voucher in readable:
			sources.append((("Cost Allocation", row.cost_allocation), Kind.AUTHORISATION))
		# A letter is the same for all months of a person: it stands with the first.
		for letter in assignments.get(voucher, ()):
			if letter not in placed and voucher in readable:
				placed.add(letter)
				sources.append((("Staff Assignment", letter), Kind.ASSIGNMENT))
		papers = []
		for record, kind in sources:
			for stored in files.get(record, ()):
				found[stored.path] = stored
				papers.append(Paper(kind_by_name(stored.name, kind), stored.path, stored.name))
		costs.append(
			Cost(
				position=row.position,
				partner=partners.get(one.partner, ""),
				line=one.line_code or one.line,
				document_number=one.document_number or one.voucher_no,
				voucher_type=one.voucher_type,
				cost_method=one.cost_method,
				papers=ordered(papers),
				readable=voucher in readable,
			)
		)
	words = {kind: _(kind.value) for kind in Kind}
	return Dossier(facts, costs, entries(costs, words), found)


def write(claim: str, dossier: Dossier, stream: BinaryIO) -> None:
	"""Write the archive into `stream`, paper by paper: none is held whole in memory."""
	with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
		archive.writestr(f"000_{plain(_('Index'))}.xlsx", _index(claim, dossier))
		for print_format in PRINTS:
			archive.writestr(f"000_{plain(_(print_format))}.pdf", printed(CLAIM, claim, print_format))
		for entry in dossier.entries:
			archive.write(dossier.files[entry.paper.key].path, entry.path)


def printed(doctype: str, name: str, print_format: str) -> bytes:
	"""One of our prints as PDF. Raises frappe.PermissionError for who may not print the record.

	The prints bring their own style, so that of the desk is left out: the program that makes the PDF would ask this
	server for it, by a name that need not be known where it runs.
	"""
	html = frappe.get_print(doctype, name, print_format=print_format, no_letterhead=1)
	return get_pdf(_FROM_ELSEWHERE.sub("", html))


def file_name_of(claim: str) -> str:
	"""What the archive of a claim is called."""
	return f"{plain(_('Dossier'))}_{plain(claim)}_{now_datetime():%Y%m%d-%H%M%S}.zip"


def attach(claim: str) -> str:
	"""Job: make the archive and leave it as a private file on the claim. Returns the name of its File."""
	dossier = dossier_of(claim)
	with tempfile.NamedTemporaryFile(
		dir=frappe.get_site_path("private", "files"), prefix="dossier-", suffix=".zip", delete=False
	) as stream:
		try:
			write(claim, dossier, stream)
		except BaseException:
			os.remove(stream.name)
			raise
	name = f"{frappe.generate_hash(length=6)}_{file_name_of(claim)}"
	path = frappe.get_site_path("private", "files", name)
	os.replace(stream.name, path)
	os.chmod(path, 0o644)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"name": frappe.generate_hash(length=10),
			"file_name": name,
			"file_url": f"/private/files/{name}",
			"folder": "Home/Attachments",
			"file_type": "ZIP",
			"is_private": 1,
			"attached_to_doctype": CLAIM,
			"attached_to_name": claim,
			"content_hash": _hash(path),
			"file_size": os.path.getsize(path),
		}
	)
	# Straight into the table: File's own insert reads the whole archive into memory, writes it a second time, and
	# refuses what is larger than an upload may be. The right to read the claim was asked above.
	file.db_insert()
	file.create_attachment_record()
	frappe.db.after_rollback.add(lambda: os.path.exists(path) and os.remove(path))
	frappe.publish_realtime(
		"msgprint",
		_("The dossier of {0} is ready: it is attached to the claim.").format(claim),
		user=frappe.session.user,
		after_commit=True,
	)
	return file.name


def _index(claim: str, dossier: Dossier) -> bytes:
	workbook = Workbook()
	by_cost: dict[int, list[str]] = defaultdict(list)
	for entry in dossier.entries:
		by_cost[entry.position].append(entry.path)
	lacks: dict[int, list[str]] = defaultdict(list)
	for one in missing(dossier.costs):
		lacks[one.position].append(one.message.render(_))
	stamps = {row["position"]: row for row in stamps_of_claim(claim)}
	sheet = workbook.active
	sheet.title = _("Index")[:31]
	write_table(
		sheet,
		[
			_("No."),
			_("Partner"),
			_("Budget Line"),
			_("Supplier or Person"),
			_("Document Number"),
			_("Document Date"),
			_("Claimed"),
			_("Files"),
			_("What Is Missing"),
			_("Stamp"),
		],
		[
			(
				cost.position,
				cost.partner,
				cost.line,
				dossier.facts[cost.position].party,
				cost.document_number,
				dossier.facts[cost.position].document_date or dossier.facts[cost.position].incurred_on,
				dossier.facts[cost.position].imputed_amount,
				"\n".join(by_cost[cost.position]),
				"\n".join(lacks[cost.position]),
				stamps[cost.position]["text"],
			)
			for cost in dossier.costs
		],
	)
	write_table(
		workbook.create_sheet(_("What Is Missing")[:31]),
		[_("No."), _("Budget Line"), _("Document Number"), _("What Is Missing")],
		[
			(cost.position, cost.line, cost.document_number, text)
			for cost in dossier.costs
			for text in lacks[cost.position]
		],
	)
	return saved(workbook)


@dataclass(frozen=True)
class _Stamped:
	"""What the stamps of a project have in common: the programme's rules, and the gaps that are the same on each."""

	rules: list[dict]
	gaps: dict[str, object]


def _project(name: str) -> _Stamped:
	project = frappe.get_cached_doc("Funded Project", name)
	programme = frappe.get_cached_doc("Funding Programme", project.programme)
	return _Stamped(
		rules=programme_rules(project.programme),
		gaps={
			"period": years(
				programme.programme_name,
				*(getdate(day) if day else None for day in (programme.period_start, programme.period_end)),
			),
			"prog": project.project_code,
			"title": project.title,
			"cup": project.cup,
		},
	)


def _stamp(project: _Stamped, day: date, amount: Decimal, line: str, claim: int | None) -> str:
	text = stamp_text(project.rules, day)
	if not text:
		return NO_TEXT.render(_)
	return stamp(text, {**project.gaps, "amount": amount, "line": line, "claim": claim})


def _codes_of_lines(lines: Iterable[str]) -> dict[str, str]:
	return dict(
		frappe.get_all(
			"FAMI Budget Line",
			filters={"name": ["in", list(lines)]},
			fields=["name", "line_code"],
			as_list=True,
		)
	)


def _chapters_of_lines(lines: Iterable[str]) -> dict[str, str]:
	return dict(
		frappe.get_all(
			"FAMI Budget Line",
			filters={"name": ["in", list(lines)]},
			fields=["name", "chapter"],
			as_list=True,
		)
	)


def _payments_of(vouchers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[tuple[str, str]]]:
	"""The vouchers that paid each voucher, through references of Payment Entry and Journal Entry: two queries."""
	names = [name for __, name in vouchers]
	found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
	if not names:
		return found
	for child, kind, doctype, name in (
		("Payment Entry Reference", "Payment Entry", "reference_doctype", "reference_name"),
		("Journal Entry Account", "Journal Entry", "reference_type", "reference_name"),
	):
		row, parent = frappe.qb.DocType(child), frappe.qb.DocType(kind)
		for voucher_type, voucher_no, payment in (
			frappe.qb.from_(row)
			.join(parent)
			.on(parent.name == row.parent)
			.select(row[doctype], row[name], parent.name)
			.where(row[name].isin(names) & (parent.docstatus == 1))
			.distinct()
			.orderby(parent.posting_date, parent.name)
		).run():
			found[voucher_type, voucher_no].append((kind, payment))
	return found


def _assignments_of(project: str, timesheets: Sequence[str]) -> dict[tuple[str, str], list[str]]:
	"""The assignment letters to the project of whose timesheets these are, by timesheet."""
	found: dict[tuple[str, str], list[str]] = defaultdict(list)
	if not timesheets:
		return found
	sheet, letter = frappe.qb.DocType("Timesheet"), frappe.qb.DocType("Staff Assignment")
	for name, assignment in (
		frappe.qb.from_(sheet)
		.join(letter)
		.on(letter.employee == sheet.employee)
		.select(sheet.name, letter.name)
		.where(sheet.name.isin(list(timesheets)) & (letter.funded_project == project))
		.where(letter.from_date <= sheet.end_date)
		.where(letter.to_date.isnull() | (letter.to_date >= sheet.start_date))
		.orderby(letter.from_date, letter.name)
	).run():
		found["Timesheet", name].append(assignment)
	return found


def _readable(records: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
	"""Those that the user may read, one query a DocType: roles, user permissions and conditions all asked."""
	by_type: dict[str, list[str]] = defaultdict(list)
	for doctype, name in records:
		by_type[doctype].append(name)
	found = set()
	for doctype, names in by_type.items():
		if not frappe.has_permission(doctype, "read"):
			continue
		found.update(
			(doctype, name)
			for name in frappe.get_list(
				doctype, filters={"name": ["in", names]}, pluck="name", limit_page_length=0
			)
		)
	return found


def _files_of(records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Sequence[Stored]]:
	"""Files that lie on this server and hang on these records, one query. A link to elsewhere is no paper."""
	records = set(records)
	found: dict[tuple[str, str], list[Stored]] = defaultdict(list)
	if not records:
		return found
	for row in frappe.get_all(
		"File",
		filters={
			"attached_to_doctype": ["in", list({doctype for doctype, __ in records})],
			"attached_to_name": ["in", list({name for __, name in records})],
			"is_folder": 0,
		},
		fields=["name", "file_name", "file_url", "file_size", "attached_to_doctype", "attached_to_name"],
		order_by="creation",
	):
		record = (row.attached_to_doctype, row.attached_to_name)
		path = _path(row.file_url)
		if record in records and path:
			found[record].append(Stored(path, os.path.getsize(path), row.file_name or ""))
	return found


def _path(url: str | None) -> str | None:
	"""The path of a stored file; None where it is elsewhere, is not there, or the address leads out of the folder."""
	for prefix, folder in (("/private/files/", ("private", "files")), ("/files/", ("public", "files"))):
		if (url or "").startswith(prefix):
			root = os.path.realpath(frappe.get_site_path(*folder))
			path = os.path.realpath(os.path.join(root, url[len(prefix) :]))
			return path if path.startswith(root + os.sep) and os.path.isfile(path) else None
	return None


def _hash(path: str) -> str:
	digest = hashlib.md5(usedforsecurity=False)
	with open(path, "rb") as stream:
		while chunk := stream.read(CHUNK):
			digest.update(chunk)
	return digest.hexdigest()
