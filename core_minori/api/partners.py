"""The partner's workbook on the site: its export, its check and its import."""

from openpyxl import Workbook

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, today
from frappe.utils.background_jobs import is_job_enqueued

from core_minori.engine.sheet_writer import saved, write_table
from core_minori.files import content_of, download
from core_minori.funding import partner_submissions

# A workbook of 10,000 costs takes minutes; after an hour something is wrong.
LONGEST_JOB = 3600
# Seconds that a person waits for another import of the same partner.
LONGEST_WAIT = 30


@frappe.whitelist(methods=["GET"])
def workbook(funded_project: str, partner: str) -> None:
	"""Download the workbook of one partner of one project, with what it declared so far.

	Raises frappe.PermissionError for who may not make submissions or read the project.
	"""
	frappe.has_permission("Partner Submission", "create", throw=True)
	frappe.get_doc("Funded Project", funded_project).check_permission("read")
	content = partner_submissions.workbook(funded_project, partner)
	download(f"spese_{funded_project}_{frappe.scrub(partner)}_{today()}.xlsx", content)


@frappe.whitelist(methods=["POST"])
def dry_run(name: str) -> dict:
	"""Check the workbook and store every problem and change on the record; nothing is imported."""
	return _start(name, write=False)


@frappe.whitelist(methods=["POST"])
def run_import(name: str) -> dict:
	"""Import the workbook: all its rows, or none when one has a problem."""
	return _start(name, write=True)


@frappe.whitelist(methods=["GET"])
def problems(name: str) -> None:
	"""Download every problem and warning of the workbook as a workbook, to be sent back to the partner."""
	record = frappe.get_doc("Partner Submission", name)
	record.check_permission("read")
	rows = [(row.severity, row.sheet, row.cell, row.problem, row.remedy) for row in record.problems]
	if record.problem_count + record.warning_count > len(rows):
		outcome = partner_submissions.process(
			record, content_of(record, "workbook"), content_of(record, "documents")
		)
		rows = [
			(severity, problem.sheet, problem.cell, problem.message.render(_), problem.remedy.render(_))
			for severity, found in (("Block", outcome.problems), ("Warn", outcome.warnings))
			for problem in found
		]
	book = Workbook()
	write_table(
		book.active,
		(_("Severity"), _("Sheet"), _("Cell"), _("What Is Wrong"), _("What to Do")),
		[(_(severity), *rest) for severity, *rest in rows],
	)
	book.active.column_dimensions["D"].width = book.active.column_dimensions["E"].width = 70
	download(f"{record.name}_{getdate()}.xlsx", saved(book))


def _start(name: str, write: bool) -> dict:
	record = frappe.get_doc("Partner Submission", name)
	record.check_permission("write")
	if write:
		frappe.has_permission("Declared Cost", "create", throw=True)
	job = f"core_minori_partner_submission::{name}"
	# Asked of the queue and not of the status: that of a worker that died stays as it was.
	if is_job_enqueued(job):
		frappe.throw(_("{0} is being read: wait for its result.").format(name))
	if partner_submissions.rows_in(content_of(record, "workbook")) <= partner_submissions.FEW_ROWS:
		partner_submissions.run(name, write, LONGEST_WAIT)
		return _state(frappe.get_doc("Partner Submission", name))
	record.flags.by_import = True
	record.set_result("Running")
	record.save()
	frappe.enqueue(
		partner_submissions.run,
		queue="long",
		timeout=LONGEST_JOB,
		job_id=job,
		deduplicate=True,
		enqueue_after_commit=True,
		name=name,
		write=write,
	)
	return _state(record)


def _state(record: Document) -> dict:
	return {"name": record.name, "status": record.status}
