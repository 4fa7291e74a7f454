"""The file of a case: what it lacks, and its SIM sheet as a CSV."""

import frappe
from frappe import _
from frappe.utils import today

from core_minori.case_completeness import panel
from core_minori.files import download
from core_minori.permissions import may_open
from core_minori.sim_sheet import csv_of

MOST_CASES = 2000


@frappe.whitelist(methods=["GET"])
def completeness(case_file: str) -> dict:
	"""What the file of a case lacks, as the caller may know it. Raises frappe.PermissionError without read."""
	if not may_open("Case File", case_file):
		raise frappe.PermissionError
	return panel(case_file, frappe.session.user)


@frappe.whitelist(methods=["POST"])
def sheet(cases: list | str) -> None:
	"""Download the SIM sheets of these cases as a CSV, one row a case; `cases` is a list, or a list as JSON.

	The download is logged. Raises frappe.PermissionError for who may not print cases or read one of these.
	"""
	names = frappe.parse_json(cases)
	if not isinstance(names, list) or not names:
		frappe.throw(_("Choose at least one case."))
	if len(names) > MOST_CASES:
		frappe.throw(_("Choose {0} cases at most.").format(MOST_CASES))
	download(f"SIM_{today()}.csv", csv_of([str(name) for name in names]))
