"""The partner's workbook on the site: its export, its check and its import."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import today

from core_minori.files import content_of, download
from core_minori.funding import partner_submissions
from core_minori.import_jobs import download_problems, hand_over, refuse_while_running

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
	header = (_("Severity"), _("Sheet"), _("Cell"), _("What Is Wrong"), _("What to Do"))
	download_problems(record, header, [(_(severity), *rest) for severity, *rest in rows])


def _start(name: str, write: bool) -> dict:
	record = frappe.get_doc("Partner Submission", name)
	record.check_permission("write")
	if write:
		frappe.has_permission("Declared Cost", "create", throw=True)
	refuse_while_running(record)
	if partner_submissions.rows_in(content_of(record, "workbook")) <= partner_submissions.FEW_ROWS:
		partner_submissions.run(name, write, LONGEST_WAIT)
		return _state(frappe.get_doc("Partner Submission", name))
	hand_over(record, "Running", partner_submissions.run, write)
	return _state(record)


def _state(record: Document) -> dict:
	return {"name": record.name, "status": record.status}
