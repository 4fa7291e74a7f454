"""Reports over protected records are worked out each time, and never kept.

A prepared report is a file with the rows that its owner might read on the day it was made; Frappe opens it to everybody
who may open the report, and turns any report that once took fifteen seconds into such a one.
"""

from functools import wraps

import frappe
from frappe import _
from frappe.core.doctype.report import report as reports
from frappe.model.document import Document

from core_minori.permissions import is_guarded

_MARK = "core_minori_asks"


def close(*args, **kwargs) -> None:
	"""Hook before_request and before_job: a slow report over guarded records stays as it is; once in a process."""
	original = reports.enable_prepared_report
	if hasattr(original, _MARK):
		return

	@wraps(original)
	def enable_prepared_report(report: str, site: str) -> None:
		# In a thread of its own, which the original opens and closes in the same way.
		frappe.init(site)
		frappe.connect()
		try:
			if "core_minori" in frappe.get_installed_apps() and _is_about_guarded(report):
				return
		finally:
			frappe.destroy()
		original(report, site)

	setattr(enable_prepared_report, _MARK, True)
	reports.enable_prepared_report = enable_prepared_report


def refuse(doc: Document, method: str | None = None) -> None:
	"""Hook before_insert of Prepared Report: none is made of protected records."""
	if _is_about_guarded(doc.report_name):
		frappe.throw(
			_("{0} shows protected records: it is worked out each time and cannot be prepared.").format(
				_(doc.report_name)
			),
			frappe.PermissionError,
		)


def keep_live(doc: Document, method: str | None = None) -> None:
	"""Hook validate of Report: a report over protected records is no prepared one."""
	if doc.prepared_report and is_guarded(doc.ref_doctype):
		doc.prepared_report = 0


def _is_about_guarded(report: str) -> bool:
	row = frappe.db.get_value("Report", report, ["ref_doctype", "reference_report"])
	if not row:
		return False
	doctype, of = row
	return is_guarded(doctype) or bool(of and is_guarded(frappe.db.get_value("Report", of, "ref_doctype")))
