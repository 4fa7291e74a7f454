"""The records that tests/site/test_two_officers.py works on: two funding officers, a line, and invoices with no line.

`make` runs on the site through `bench execute`; the tests know what it returns and come in over HTTP.
"""

import frappe
from frappe.utils.password import update_password

from core_minori.tests.builders import (
	PASSWORD,
	company,
	expense_account,
	make_budget_line,
	make_funded_project,
	make_invoice,
	make_user,
)


def make() -> dict:
	"""Make the records and return their names; a second call makes others."""
	officers = [make_user("Funding Officer", "Accounts User") for __ in range(2)]
	for officer in officers:
		update_password(officer, PASSWORD)
	project = make_funded_project()
	line = make_budget_line(project, "D.1", 100000)
	invoices = [make_invoice((None, 200)).name for __ in range(2)]
	frappe.db.commit()
	return {
		"officers": officers,
		"password": PASSWORD,
		"company": company(),
		"account": expense_account(),
		"line": line.name,
		"invoices": invoices,
	}
