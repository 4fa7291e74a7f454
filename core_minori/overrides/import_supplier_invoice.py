"""ERPNext's import of suppliers' e-invoices: what is opened, what is known already, and the funding codes it leaves out.

ERPNext makes the draft invoices. Before, the file is looked at and brought into the form that its import reads; after,
CUP, CIG, identifier and a proposed line are put on the drafts. Nothing is submitted here.
"""

import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.translate import get_user_lang, print_language
from frappe.utils import escape_html, get_datetime, get_link_to_form, getdate, strip_html

from core_minori.engine import fatturapa
from core_minori.engine.fatturapa import Invoice, Proposal
from core_minori.engine.identifiers import normalised
from core_minori.engine.money import money
from core_minori.engine.suggestions import THRESHOLD, Choice, Cost, suggest
from core_minori.funding.suggestions import candidate_lines
from core_minori.messages import rules_spoken

DOCTYPE = "Import Supplier Invoice"
# What was chosen longer ago than so many rows teaches little.
MOST_CHOICES = 2000
DONE = ("File Import Completed", "Partially Completed - Check Error Log")


def validate(doc: Document, method: str | None = None) -> None:
	"""Look at a newly attached file, wrap or split it for ERPNext, and say which of its invoices are here already."""
	if not doc.zip_file or not doc.has_value_changed("zip_file"):
		return
	file = _file_of(doc)
	data = _bytes(file)
	with rules_spoken(file.file_name):
		prepared, invoices = fatturapa.archive_for_import(file.file_name, data)
	known = _already_here(invoices, doc.company)
	if len(known) == len(invoices):
		frappe.throw(_told(known), title=_("Already Imported"))
	_require_suppliers([invoice for invoice in invoices if invoice not in known])
	if known:
		# One refused invoice would undo the whole import: ERPNext changes the record while it works on it.
		prepared = fatturapa.without(prepared, list(known))
		frappe.msgprint(
			_told(known) + "<br>" + _("They are left out of the import."),
			title=_("Already Imported"),
			indicator="orange",
		)
	if prepared is not data:
		wrapped = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{file.file_name.rsplit('.', 1)[0]}.zip",
				"attached_to_doctype": doc.doctype,
				"attached_to_name": doc.name,
				"attached_to_field": "zip_file",
				"is_private": 1,
				"content": prepared,
			}
		)
		wrapped.insert(ignore_permissions=True)
		doc.zip_file = wrapped.file_url


def before_change(doc: Document, method: str | None = None) -> None:
	"""Before the button's job is queued: what is recorded since the file was attached is not imported again."""
	before = doc.get_doc_before_save()
	if doc.status != "Processing File Data" or not before or not before.zip_file:
		return
	with rules_spoken():
		__, invoices = fatturapa.archive_for_import(before.zip_file, _bytes(_file_of(before)))
	known = _already_here(invoices, before.company)
	if known:
		frappe.throw(_told(known), title=_("Already Imported"))


def on_update(doc: Document, method: str | None = None) -> None:
	"""When ERPNext's import has ended: codes, identifier and proposed line onto the drafts it made."""
	before = doc.get_doc_before_save()
	if doc.status not in DONE or not before or before.status == doc.status:
		return
	with rules_spoken():
		__, invoices = fatturapa.archive_for_import(doc.zip_file, _bytes(_file_of(doc)))
	# Pressing the button stores its moment: drafts made since then are this import's.
	drafts = _drafts_of(invoices, doc.company, get_datetime(before.modified))
	context = _proposal_context(doc.company, [draft.supplier for draft in drafts.values()])
	# The import runs in a worker, which speaks the site's language.
	with print_language(get_user_lang()):
		for invoice, draft in drafts.items():
			_complete(frappe.get_doc("Purchase Invoice", draft.name), invoice, context)


def refuse_duplicate(doc: Document, method: str | None = None) -> None:
	"""Hook before_insert of Purchase Invoice: the same e-invoice of a supplier is not recorded twice.

	Only for documents that come from an e-invoice; for the others ERPNext's own setting decides.
	"""
	if not doc.get("document_type") or not doc.bill_no or doc.is_return:
		return
	year = getdate(doc.bill_date).year
	other = frappe.db.get_value(
		"Purchase Invoice",
		{
			"supplier": doc.supplier,
			"company": doc.company,
			"bill_no": doc.bill_no,
			"document_type": ["in", [doc.document_type, ""]],
			"bill_date": ["between", [f"{year}-01-01", f"{year}-12-31"]],
			"docstatus": ["<", 2],
		},
	)
	if other:
		frappe.throw(
			_("Number {0} of {1} of this supplier is already {2}.").format(doc.bill_no, year, other),
			title=_("Already Imported"),
		)


def refuse_wrong_sign(doc: Document, method: str | None = None) -> None:
	"""Hook before_submit of Purchase Invoice: a credit note recorded as an invoice would be a cost of the project."""
	if doc.get("document_type") not in fatturapa.CREDIT_NOTES or doc.is_return:
		return
	if doc.fami_budget_line or any(item.fami_budget_line for item in doc.items):
		frappe.throw(
			_(
				"This is a credit note ({0}) recorded as an invoice: on a budget line it would count as a cost."
				" Make a return of the invoice it corrects, and delete this draft."
			).format(doc.document_type),
			title=_("Not Possible"),
		)


def _require_suppliers(invoices: Sequence[Invoice]) -> None:
	"""ERPNext adds unknown suppliers as the user: who may not would leave an import that never ends."""
	if frappe.has_permission("Supplier", "create"):
		return
	known = frappe.get_all(
		"Supplier",
		or_filters={
			"tax_id": ["in", [invoice.supplier_tax_id for invoice in invoices]],
			"name": ["in", [invoice.supplier_name for invoice in invoices]],
		},
		fields=["name", "tax_id"],
	)
	held = {row.tax_id for row in known} | {row.name for row in known}
	missing = dict.fromkeys(
		f"{invoice.supplier_name} ({invoice.supplier_tax_id})"
		for invoice in invoices
		if not held & {invoice.supplier_tax_id, invoice.supplier_name}
	)
	if missing:
		frappe.throw(
			_("These suppliers are not known yet, and your roles do not let you add them: {0}.").format(
				escape_html(", ".join(missing))
			),
			title=_("Unknown Supplier"),
		)


def _told(known: dict[Invoice, str]) -> str:
	return "<br>".join(
		_("{0}: number {1} of {2} is already {3}.").format(
			frappe.bold(escape_html(invoice.file_name)),
			escape_html(invoice.number),
			invoice.day.strftime("%d/%m/%Y"),
			get_link_to_form("Purchase Invoice", name),
		)
		for invoice, name in known.items()
	)


def _file_of(doc: Document) -> Document:
	"""The attached file, asked for as the user: naming somebody else's file here must not read it out."""
	for name in frappe.get_all(
		"File",
		filters={"file_url": doc.zip_file, "is_folder": 0},
		order_by="creation desc",
		pluck="name",
	):
		file = frappe.get_doc("File", name)
		if (file.attached_to_doctype, file.attached_to_name) == (
			doc.doctype,
			doc.name,
		) or frappe.has_permission("File", "read", doc=file):
			return file
	frappe.throw(_("Attach the .xml file of the invoice, or a zip of such files."), title=_("Missing File"))


def _bytes(file: Document) -> bytes:
	data = file.get_content()
	return data.encode("utf-8") if isinstance(data, str) else data


def _candidates(invoices: Sequence[Invoice], company: str) -> dict[Invoice, list[frappe._dict]]:
	"""Purchase Invoices of the same number, year and supplier as each of these, newest first, in one query."""
	bill, supplier = frappe.qb.DocType("Purchase Invoice"), frappe.qb.DocType("Supplier")
	rows = (
		frappe.qb.from_(bill)
		.join(supplier)
		.on(supplier.name == bill.supplier)
		.select(
			bill.name,
			bill.docstatus,
			bill.bill_no,
			bill.bill_date,
			bill.document_type,
			bill.supplier,
			bill.creation,
			supplier.supplier_name,
			supplier.tax_id,
		)
		.where((bill.company == company) & (bill.docstatus < 2))
		.where(bill.bill_no.isin(list({invoice.number for invoice in invoices})))
		.orderby(bill.creation, order=frappe.qb.desc)
	).run(as_dict=True)
	by_number: dict[str, list] = {}
	for row in rows:
		by_number.setdefault(row.bill_no, []).append(row)
	return {
		invoice: [
			row
			for row in by_number.get(invoice.number, ())
			if row.bill_date
			and getdate(row.bill_date).year == invoice.day.year
			and (row.document_type or invoice.document_type) == invoice.document_type
			and (
				normalised(row.tax_id) == normalised(invoice.supplier_tax_id)
				or row.supplier_name == invoice.supplier_name
			)
		]
		for invoice in invoices
	}


def _already_here(invoices: Sequence[Invoice], company: str) -> dict[Invoice, str]:
	"""Those that are recorded: by supplier, number and year, or by the exchange system's identifier and number."""
	here = {invoice: rows[0].name for invoice, rows in _candidates(invoices, company).items() if rows}
	identifiers = {invoice.sdi_id for invoice in invoices if invoice.sdi_id}
	if identifiers:
		stored = {
			(row.fami_sdi_id, row.bill_no): row.name
			for row in frappe.get_all(
				"Purchase Invoice",
				filters={"fami_sdi_id": ["in", list(identifiers)], "docstatus": ["<", 2]},
				fields=["name", "fami_sdi_id", "bill_no"],
			)
		}
		for invoice in invoices:
			if (invoice.sdi_id, invoice.number) in stored:
				here.setdefault(invoice, stored[(invoice.sdi_id, invoice.number)])
	return here


def _drafts_of(invoices: Sequence[Invoice], company: str, since: datetime) -> dict[Invoice, frappe._dict]:
	"""The draft that the import made of each invoice since then."""
	return {
		invoice: rows[0]
		for invoice, rows in _candidates(invoices, company).items()
		if rows and rows[0].docstatus == 0 and rows[0].document_type and rows[0].creation >= since
	}


def _proposal_context(company: str, suppliers: Sequence[str]) -> frappe._dict:
	"""Running projects with their CUP and open lines, and what these suppliers' rows stand on, in two queries."""
	project, line = frappe.qb.DocType("Funded Project"), frappe.qb.DocType("FAMI Budget Line")
	lines = (
		frappe.qb.from_(line)
		.join(project)
		.on(project.name == line.funded_project)
		.select(line.name, project.name.as_("project"), project.cup, project.start_date, project.end_date)
		.where((project.company == company) & (project.status == "Active"))
		.where((line.disabled == 0) & (line.cost_method != "Flat Rate"))
	).run(as_dict=True)
	bill, item = frappe.qb.DocType("Purchase Invoice"), frappe.qb.DocType("Purchase Invoice Item")
	past: dict[str, Counter] = {}
	if suppliers and lines:
		for row in (
			frappe.qb.from_(item)
			.join(bill)
			.on(bill.name == item.parent)
			.select(bill.supplier, item.fami_budget_line.as_("line"))
			.where((bill.docstatus == 1) & (bill.supplier.isin(list(set(suppliers)))))
			.where(item.fami_budget_line.isin([row.name for row in lines]))
		).run(as_dict=True):
			past.setdefault(row.supplier, Counter())[row.line] += 1
	return frappe._dict(lines=lines, past=past, company=company)


def _proposals(draft: Document, invoice: Invoice, context: frappe._dict) -> list[Proposal]:
	"""A proposal for each item of the draft: by the CUP and the supplier's past, else by what was chosen for like rows."""
	running = [row for row in context.lines if row.start_date <= invoice.day <= row.end_date]
	project_of_cup = {normalised(row.cup): row.project for row in running if row.cup}
	lines_of_project: dict[str, list[str]] = defaultdict(list)
	for row in running:
		lines_of_project[row.project].append(row.name)
	past = context.past.get(draft.supplier, {})
	cups = [invoice.cup_of_row(item.idx) for item in draft.items]
	found = [fatturapa.proposed_line(cup, project_of_cup, lines_of_project, past) for cup in cups]
	open_places = [
		place for place, proposal in enumerate(found) if not proposal.line and cups[place] in project_of_cup
	]
	if not open_places:
		return found
	if context.choices is None:
		context.choices, context.candidates = _choices(context), candidate_lines()
	for place in open_places:
		item, project = draft.items[place], project_of_cup[cups[place]]
		lines = [line for line in context.candidates if line.project == project]
		cost = Cost(
			(draft.name, place),
			item.expense_account or "",
			draft.supplier,
			lines[0].cost_center,
			lines[0].ledger_project,
			f"{item.item_name} {item.description}",
			invoice.day,
			money(item.base_net_amount),
			draft.company,
		)
		(suggestion,) = suggest([cost], context.choices, context.candidates)
		if suggestion.line in lines_of_project[project] and suggestion.confidence >= THRESHOLD:
			found[place] = fatturapa.learnt_line(
				suggestion.line, cups[place], project, [reason.render(_) for reason in suggestion.reasons]
			)
	return found


def _choices(context: frappe._dict) -> list[Choice]:
	"""The rows of submitted invoices that stand on a line of a running project, newest first."""
	bill, item = frappe.qb.DocType("Purchase Invoice"), frappe.qb.DocType("Purchase Invoice Item")
	rows = (
		frappe.qb.from_(item)
		.join(bill)
		.on(bill.name == item.parent)
		.select(
			item.name,
			item.expense_account,
			item.cost_center,
			item.project,
			item.item_name,
			item.description,
			item.base_net_amount,
			item.fami_budget_line,
			bill.supplier,
			bill.posting_date,
		)
		.where((bill.docstatus == 1) & (bill.company == context.company))
		.where(item.fami_budget_line.isin([row.name for row in context.lines]))
		.orderby(bill.posting_date, order=frappe.qb.desc)
		.limit(MOST_CHOICES)
	).run(as_dict=True)
	return [
		Choice(
			Cost(
				row.name,
				row.expense_account or "",
				row.supplier,
				row.cost_center or "",
				row.project or "",
				f"{row.item_name} {strip_html(row.description or '')}",
				getdate(row.posting_date),
				money(row.base_net_amount),
				context.company,
			),
			row.fami_budget_line,
		)
		for row in rows
	]


def _complete(draft: Document, invoice: Invoice, context: frappe._dict) -> None:
	"""Codes and proposed lines onto one draft, with a comment that says what was read and why a line is proposed."""
	known = {
		normalised(row.cup)
		for row in context.lines
		if row.start_date <= invoice.day <= row.end_date and row.cup
	}
	codes = {
		"fami_cup": next((cup for cup in invoice.cups if cup in known), next(iter(invoice.cups), "")),
		"fami_cig": next(iter(invoice.cigs), ""),
		"fami_sdi_id": invoice.sdi_id,
	}
	# A code longer than the column holds is no code; the finding on it is in the comment.
	longest = {"fami_cup": fatturapa.CODE_LENGTH, "fami_cig": fatturapa.CODE_LENGTH}
	draft.update({field: value for field, value in codes.items() if len(value) <= longest.get(field, 140)})
	company_tax_id = frappe.get_cached_value("Company", draft.company, "tax_id") or ""
	findings = fatturapa.check_codes(invoice, company_tax_id, money(draft.grand_total))
	notes = [
		" ".join(part.render(_) for part in (finding.message, finding.remedy) if part) for finding in findings
	]
	if not invoice.is_credit_note and len(invoice.rows) == len(draft.items):
		reasons: dict[str, list[str]] = {}
		for item, proposal in zip(draft.items, _proposals(draft, invoice, context), strict=True):
			if proposal.line and not item.fami_budget_line:
				item.fami_budget_line = proposal.line
			reasons.setdefault(proposal.reason.render(_), []).append(str(item.idx))
		notes += [_("Rows {0}: {1}").format(", ".join(rows), text) for text, rows in reasons.items()]
	_save(draft, notes)
	_make_private(draft.name)


def _save(draft: Document, notes: list[str]) -> None:
	"""Save the draft; where a rule refuses its lines, without them. What was done is told in a comment."""
	draft.flags.ignore_mandatory = True
	frappe.db.savepoint("proposed_line")
	try:
		draft.save()
	except frappe.ValidationError as error:
		frappe.db.rollback(save_point="proposed_line")
		frappe.clear_last_message()
		notes.append(_("The proposed line is left out: {0}").format(strip_html(str(error))))
		codes = {field: draft.get(field) for field in ("fami_cup", "fami_cig", "fami_sdi_id")}
		frappe.db.set_value("Purchase Invoice", draft.name, codes)
	read = _("Read from the e-invoice: CUP {0}, CIG {1}, identifier {2}.").format(
		*(draft.get(field) or "-" for field in ("fami_cup", "fami_cig", "fami_sdi_id"))
	)
	draft.add_comment("Comment", "<br>".join(escape_html(note) for note in [read, *notes]))


def _make_private(name: str) -> None:
	"""ERPNext leaves the e-invoice among the public files: anyone with its address could read it.

	Not by File's own switch, which refuses where the private folder holds a file of that name.
	"""
	for row in frappe.get_all(
		"File",
		filters={"attached_to_doctype": "Purchase Invoice", "attached_to_name": name, "is_private": 0},
		pluck="name",
	):
		file = frappe.get_doc("File", row)
		public_path, public_url = file.get_full_path(), file.file_url
		stem, ending = os.path.splitext(os.path.basename(public_path))
		kept_as = f"{stem}-{frappe.generate_hash(length=10)}{ending}"
		shutil.copyfile(public_path, frappe.get_site_path("private", "files", kept_as))
		file.db_set({"is_private": 1, "file_url": f"/private/files/{kept_as}"}, update_modified=False)
		if not frappe.db.exists("File", {"file_url": public_url}):
			os.remove(public_path)
