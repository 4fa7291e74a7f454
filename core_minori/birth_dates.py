"""The date of birth of the person of a case, for rules that compare with it without handing it out."""

from datetime import date

import frappe
from frappe.utils import getdate


def birth_of(case_file: str | None) -> date | None:
	"""Date of birth of the person of a case, None when it is not known. For rules: whoever asks may not read it."""
	minor = case_file and frappe.db.get_value("Case File", case_file, "minor")
	born = minor and frappe.db.get_value("Minor", minor, "birth_date")
	return getdate(born) if born else None
