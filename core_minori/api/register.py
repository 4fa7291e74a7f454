"""The register workbook on the site: its template, its check and its import."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import today

from core_minori.engine import register
from core_minori.files import download, uploaded_file
from core_minori.governance import importer
from core_minori.import_jobs import download_problems, hand_over, refuse_while_running


@frappe.whitelist(methods=["GET"])
def template() -> None:
	"""Download the empty template, with the lists of this site that the user may see.

	Raises frappe.PermissionError for who may not import.
	"""
	frappe.has_permission("Register Import", "create", throw=True)
	download(f"registro_{today()}.xlsx", register.template(importer.reference()))


@frappe.whitelist(methods=["POST"])
def dry_run(name: str) -> dict:
	"""Check the workbook in the background and store every problem on the record; nothing is imported."""
	return _start(name, write=False)


@frappe.whitelist(methods=["POST"])
def run_import(name: str) -> dict:
	"""Import the workbook in the background: all rows or the good ones, as the record says."""
	return _start(name, write=True)


@frappe.whitelist(methods=["GET"])
def problems(name: str) -> None:
	"""Download every problem of the workbook as a workbook of its own, the ones beyond the form's table included."""
	record = frappe.get_doc("Register Import", name)
	record.check_permission("read")
	rows = [(row.sheet, row.cell, row.problem, row.remedy) for row in record.problems]
	if record.problem_count > len(rows):
		outcome = importer.process(record.workbook_content(), write=False, all_or_nothing=True)
		rows = [
			(problem.sheet, problem.cell, problem.message.render(_), problem.remedy.render(_))
			for problem in outcome.problems
		]
	download_problems(record, (_("Sheet"), _("Cell"), _("What Is Wrong"), _("What to Do")), rows)


def _start(name: str, write: bool) -> dict:
	record = frappe.get_doc("Register Import", name)
	record.check_permission("write")
	refuse_while_running(record)
	uploaded_file(record, "workbook")
	hand_over(record, "Queued", importer.run, write)
	return _state(record)


def _state(record: Document) -> dict:
	return {"name": record.name, "status": record.status}
