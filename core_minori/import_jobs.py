"""What every import of a workbook needs around its work: a worker, progress, a log without values, a view of the newest
rows, and the problems as a workbook."""

import traceback
from collections.abc import Callable, Iterable, Sequence

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate
from frappe.utils.background_jobs import is_job_enqueued

from core_minori.engine.sheet_writer import saved, write_table
from core_minori.files import download

Progress = Callable[[int, int], None]
# A workbook of 10,000 rows takes minutes; after an hour (in seconds) something is wrong.
LONGEST_JOB = 3600
_WIDE = 70


def shown_progress(doctype: str, name: str) -> Progress:
	"""A function of rows done and rows in all that tells the open form of the record how far the work is."""
	last = -1

	def show(done: int, total: int) -> None:
		nonlocal last
		percent = 100 * done // total if total else 100
		if percent != last:
			last = percent
			# Not publish_progress: its dialog sits over the form, and stays there when the work was quick.
			frappe.publish_realtime(
				f"{frappe.scrub(doctype)}_progress",
				{"name": name, "percent": percent},
				doctype=doctype,
				docname=name,
			)

	return show


def log_without_values(error: Exception, doctype: str, name: str) -> None:
	"""Log where an error happened. The usual traceback shows the value of every variable, names of people among them."""
	places = traceback.StackSummary.from_list(traceback.extract_tb(error.__traceback__)).format()
	frappe.log_error(
		title=doctype.capitalize(),
		message=f"{type(error).__name__}\n{''.join(places)}",
		reference_doctype=doctype,
		reference_name=name,
	)


def fresh_view() -> None:
	"""See what the import before this one wrote: a transaction sees the database as it was when it began."""
	if not frappe.flags.in_test:
		frappe.db.rollback()


def keep() -> None:
	"""Make the rows lasting before the lock goes, so that the next import finds them. Tests roll back instead."""
	if not frappe.flags.in_test:
		frappe.db.commit()  # nosemgrep: a whole piece of work, under its lock


def refuse_while_running(record: Document) -> None:
	"""Raise frappe.ValidationError while a worker reads this record's workbook.

	Asked of the queue and not of the status: that of a worker that died stays as it was.
	"""
	if is_job_enqueued(_job_of(record)):
		frappe.throw(_("{0} is being read: wait for its result.").format(record.name))


def hand_over(record: Document, status: str, run: Callable[..., None], write: bool) -> None:
	"""Have a worker call `run` with the record's name and `write`, once, and say so on the record."""
	record.flags.by_import = True
	record.set_result(status)
	record.save()
	frappe.enqueue(
		run,
		queue="long",
		timeout=LONGEST_JOB,
		job_id=_job_of(record),
		deduplicate=True,
		enqueue_after_commit=True,
		name=record.name,
		write=write,
	)


def _job_of(record: Document) -> str:
	return f"core_minori_{frappe.scrub(record.doctype)}::{record.name}"


def download_problems(record: Document, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
	"""Answer this request with a table of problems; its last two columns, what is wrong and what to do, are wide."""
	book = Workbook()
	write_table(book.active, header, list(rows))
	for place in (len(header) - 1, len(header)):
		book.active.column_dimensions[get_column_letter(place)].width = _WIDE
	download(f"{record.name}_{getdate()}.xlsx", saved(book))
