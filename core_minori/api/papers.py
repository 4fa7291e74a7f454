"""Papers of a claim and of a project: the dossier, and the workbooks of the monitoring."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import frappe
from frappe import _
from frappe.utils import getdate
from frappe.utils.background_jobs import is_job_enqueued

from core_minori.engine.dossier import plain
from core_minori.files import download
from core_minori.funding import dossier as dossiers
from core_minori.funding import monitoring as sheets


@frappe.whitelist(methods=["GET"])
def dossier(name: str) -> None:
	"""Download the archive of a submitted claim. A large one is refused here: `request_dossier` has it made.

	Raises frappe.PermissionError for who may not read the claim.
	"""
	found = dossiers.dossier_of(name)
	if _is_large(found):
		frappe.throw(_("This dossier is large: ask for it from the form of the claim, a worker makes it."))
	stream = BytesIO()
	dossiers.write(name, found, stream)
	download(dossiers.file_name_of(name), stream.getvalue())


@frappe.whitelist(methods=["POST"])
def request_dossier(name: str) -> dict:
	"""Say how the archive of a submitted claim comes: `{"ready": True}` when it can be downloaded at once.

	A large one is made by a worker and left on the claim as a private file. Raises frappe.PermissionError for who may not
	read the claim.
	"""
	found = dossiers.dossier_of(name)
	if not _is_large(found):
		return {"ready": True}
	job = f"core_minori_dossier::{name}"
	if is_job_enqueued(job):
		frappe.throw(_("The dossier of {0} is being made: wait for it.").format(name))
	frappe.enqueue(
		dossiers.attach,
		queue="long",
		timeout=dossiers.LONGEST_JOB,
		job_id=job,
		deduplicate=True,
		enqueue_after_commit=True,
		claim=name,
	)
	return {"ready": False, "files": len(found.entries), "bytes": found.size}


@frappe.whitelist(methods=["GET"])
def claim_print(name: str, print_format: str) -> None:
	"""Download the cover or the stamp sheet of a claim as PDF. Raises frappe.PermissionError for who may not print it."""
	if print_format not in dossiers.PRINTS:
		frappe.throw(_("There is no such print."))
	frappe.get_doc(dossiers.CLAIM, name).check_permission("print")
	download(
		f"{plain(_(print_format))}_{plain(name)}.pdf", dossiers.printed(dossiers.CLAIM, name, print_format)
	)


@frappe.whitelist(methods=["GET"])
def monitoring(project: str, from_date: str, to_date: str) -> None:
	"""Download the quarterly sheet. Raises frappe.PermissionError for who may not report on the project."""
	_sheet_of("monitoring", sheets.quarterly, project, from_date, to_date)


@frappe.whitelist(methods=["GET"])
def target_people(project: str, from_date: str, to_date: str) -> None:
	"""Download the sheet of the people reached. Raises frappe.PermissionError for who may not know who they are."""
	_sheet_of("target-people", sheets.people_sheet, project, from_date, to_date)


@frappe.whitelist(methods=["GET"])
def operators(project: str, from_date: str, to_date: str) -> None:
	"""Download the sheet of the operators trained. Raises frappe.PermissionError for who may not report on them."""
	_sheet_of("operators", sheets.operators_sheet, project, from_date, to_date)


def _sheet_of(
	kind: str, make: Callable[[str, date, date], bytes], project: str, from_date: str, to_date: str
) -> None:
	starts, ends = getdate(from_date), getdate(to_date)
	content = make(project, starts, ends)
	download(f"{kind}_{plain(project)}_{starts:%Y%m%d}-{ends:%Y%m%d}.xlsx", content)


def _is_large(found: dossiers.Dossier) -> bool:
	return found.size > dossiers.MOST_BYTES_AT_ONCE or len(found.costs) > dossiers.MOST_COSTS_AT_ONCE
