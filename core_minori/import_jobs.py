"""What every import of a workbook needs around its work: progress, a log without values, and a view of the newest rows."""

import traceback
from collections.abc import Callable

import frappe

Progress = Callable[[int, int], None]


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
