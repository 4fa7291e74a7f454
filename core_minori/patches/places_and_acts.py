"""Cases opened before placements and acts of courts were records of their own get theirs."""

import frappe

from core_minori import placements

# Columns that Case File had, in the order of their steps: a field that went leaves its column behind.
_ACTS: dict[str, tuple[str, str]] = {
	"art_403_placed_at": ("Art. 403 Placement", "Other"),
	"validation_403_requested_at": ("Art. 403 Validation Request", "Prosecutor at the Juvenile Court"),
	"validation_403_decided_at": ("Art. 403 Validation", "Juvenile Court"),
	"hearing_403_held_on": ("Art. 403 Hearing", "Juvenile Court"),
	"decision_403_on": ("Art. 403 Decision", "Juvenile Court"),
	"age_assessment_ordered_on": ("Age Assessment Ordered", "Juvenile Court"),
	"age_assessment_concluded_on": ("Age Assessment Concluded", "Juvenile Court"),
}
_REPORT = "report_403_sent_at"


def execute() -> None:
	"""Make the first placement of each case that has none, and an act for each moment that its columns still hold."""
	cases = set(frappe.get_all("Case File", pluck="name")) - set(
		frappe.get_all("Placement", pluck="case_file", distinct=True)
	)
	for name in cases:
		placements.open_first(frappe.get_doc("Case File", name))
	make_acts()


def make_acts() -> None:
	"""Acts and reports out of the old columns; a case that has an act of the type already keeps it."""
	columns = set(frappe.db.get_table_columns("Case File"))
	for column, (act_type, authority) in _ACTS.items():
		for case, moment in _moments(columns, column):
			if not frappe.db.exists("Court Act", {"case_file": case, "act_type": act_type}):
				_insert("Court Act", case_file=case, act_type=act_type, authority=authority, acted_at=moment)
	for case, moment in _moments(columns, _REPORT):
		if not frappe.db.exists("Protection Report", {"case_file": case, "report_type": "Art. 403 Report"}):
			_insert(
				"Protection Report",
				case_file=case,
				report_type="Art. 403 Report",
				noticed_at=moment,
				transmitted_at=moment,
				authority="Prosecutor at the Juvenile Court",
				protocol_number="-",
			)


def _moments(columns: set[str], column: str) -> list[tuple]:
	if column not in columns:
		return []
	table = frappe.qb.DocType("Case File")
	return frappe.qb.from_(table).select(table.name, table[column]).where(table[column].isnotnull()).run()


def _insert(doctype: str, **values: object) -> None:
	# What was accepted once is kept as it was: a chain with a step out of order is shown, not lost.
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.flags.ignore_validate = True
	doc.insert(ignore_permissions=True)
