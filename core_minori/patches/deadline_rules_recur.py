"""Deadline rules made before they said how often a case can have the term, and who may read it."""

import frappe

from core_minori.setup.master_data import shipped_rules


def execute() -> None:
	"""Give the rules an installation started with what they are shipped with now; nothing else of them is touched."""
	for code, values in {row["rule_code"]: row for row in shipped_rules()}.items():
		frappe.db.set_value(
			"Deadline Rule",
			{"rule_code": code},
			{"recurrence": values["recurrence"], "part": values["part"]},
			update_modified=False,
		)
