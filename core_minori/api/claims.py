"""Reimbursement claims at the desk: pick, submit, send, bring outcomes in, download the papers."""

import base64
import binascii

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate
from frappe.utils.background_jobs import is_job_enqueued
from frappe.utils.file_manager import save_file

from core_minori.engine.claim import Step
from core_minori.engine.claim_outcome import outcome_workbook
from core_minori.engine.claim_workbook import claim_workbook
from core_minori.files import download
from core_minori.funding import claims
from core_minori.funding.claim_papers import claim_data
from core_minori.messages import rules_spoken

# A workbook of 25,000 rows is about 3 MB.
MOST_BYTES = 20_000_000
# A claim of 5,000 costs takes less than a minute; after this something is wrong.
LONGEST_JOB = 1800


@frappe.whitelist(methods=["POST"])
def pick_costs(name: str) -> dict:
	"""Fill a draft's list with the costs that may be claimed; by a worker when they are many (`queued`).

	Raises frappe.PermissionError without the right to write.
	"""
	doc = _claim(name, "write")
	if not doc.docstatus.is_draft():
		frappe.throw(_("Costs are picked while the claim is a draft."))
	if _by_worker(doc, "pick", len(claims.open_allocations(doc.funded_project))):
		return {"status": doc.status, "queued": True}
	claims.pick(doc)
	doc.save()
	return {"status": doc.status, "chosen": len(doc.costs), "left_out": doc.left_out_count}


@frappe.whitelist(methods=["POST"])
def submit_claim(name: str) -> dict:
	"""Submit a draft: its costs are frozen; by a worker when they are many (`queued`).

	Raises frappe.PermissionError without the right to submit.
	"""
	doc = _claim(name, "submit")
	if not doc.docstatus.is_draft():
		frappe.throw(_("{0} was submitted already.").format(doc.name))
	if _by_worker(doc, "submit", len(doc.costs)):
		return {"status": doc.status, "queued": True}
	doc.submit()
	return {"status": doc.status}


@frappe.whitelist(methods=["GET"])
def job_state(name: str) -> dict:
	"""Whether a worker is busy with a claim, and why it was refused if it was."""
	_claim(name, "read")
	return {
		"busy": is_job_enqueued(claims.job_of(name)),
		"refused": frappe.cache.get_value(claims.outcome_key(name)),
	}


@frappe.whitelist(methods=["POST"])
def send_claim(name: str, step: str, day: str) -> dict:
	"""Note that a claim went to the auditor or the authority on `day`."""
	doc = _claim(name, "submit")
	if step not in (Step.SEND_TO_AUDITOR.value, Step.SEND_TO_AUTHORITY.value):
		frappe.throw(_("There is no such step."))
	with rules_spoken():
		claims.send(doc, Step(step), getdate(day))
	return {"status": doc.status}


@frappe.whitelist(methods=["POST"])
def import_outcome(name: str, filename: str, content: str, day: str) -> dict:
	"""Bring in the workbook that auditor or authority filled in; `content` is its bytes in base64.

	With problems nothing is written, and they are returned, each with its cell. Otherwise the workbook is kept with the
	claim. Raises frappe.PermissionError without the right to submit.
	"""
	doc = _claim(name, "submit")
	data = _bytes(content)
	stage = claims.stage_of(doc)
	with rules_spoken():
		problems = claims.import_outcome(doc, data, getdate(day))
	if problems:
		return {
			"status": doc.status,
			"problems": [
				{
					"cell": problem.cell,
					"message": problem.message.render(_),
					"remedy": problem.remedy.render(_),
				}
				for problem in problems
			],
		}
	kept = save_file(filename, data, doc.doctype, doc.name, is_private=1, df=f"{stage}_workbook")
	doc.db_set(f"{stage}_workbook", kept.file_url)
	return {"status": doc.status, "problems": []}


@frappe.whitelist(methods=["GET"])
def outcome_template(name: str) -> None:
	"""Download the expense list for the examiner who has the claim. Raises frappe.PermissionError without read."""
	doc = _claim(name, "read")
	if not doc.docstatus.is_submitted():
		frappe.throw(_("The expense list is made when the claim is submitted."))
	stage = claims.stage_of(doc)
	who = _("auditor") if stage == "auditor" else _("authority")
	download(
		f"DdR_{doc.claim_number}_{doc.funded_project}_{who}.xlsx",
		outcome_workbook(claims.examination_of(doc, stage)),
	)


@frappe.whitelist(methods=["GET"])
def workbook(name: str) -> None:
	"""Download the papers of a claim: expense list and tables a to g. Raises frappe.PermissionError without read."""
	doc = _claim(name, "read")
	download(f"DdR_{doc.claim_number}_{doc.funded_project}.xlsx", claim_workbook(claim_data(doc)))


def _by_worker(doc: Document, step: str, rows: int) -> bool:
	"""Hand a long step to a worker, when somebody waits for an answer over HTTP; True when it was handed over."""
	if is_job_enqueued(claims.job_of(doc.name)):
		frappe.throw(_("A worker is busy with {0}: wait for its end.").format(doc.name))
	if rows <= claims.BY_WORKER or not getattr(frappe.local, "request", None):
		return False
	frappe.enqueue(
		claims.run_step,
		queue="long",
		timeout=LONGEST_JOB,
		job_id=claims.job_of(doc.name),
		deduplicate=True,
		enqueue_after_commit=True,
		name=doc.name,
		step=step,
	)
	return True


def _claim(name: str, right: str) -> Document:
	doc = frappe.get_doc("Reimbursement Claim", name) if right == "read" else claims.locked(name)
	doc.check_permission(right)
	return doc


def _bytes(content: str) -> bytes:
	if len(content) > MOST_BYTES * 4 // 3:
		frappe.throw(_("The workbook is larger than {0} MB.").format(MOST_BYTES // 1_000_000))
	try:
		return base64.b64decode(content, validate=True)
	except binascii.Error:
		frappe.throw(_("The workbook did not arrive whole: send it again."))
