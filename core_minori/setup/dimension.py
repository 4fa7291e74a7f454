"""FAMI Budget Line as an Accounting Dimension of ERPNext: made, kept complete, and taken away with its columns."""

import frappe
from erpnext.accounts.doctype.accounting_dimension.accounting_dimension import (
	get_doctypes_with_dimensions,
	make_dimension_in_accounting_doctypes,
)

DIMENSION = "FAMI Budget Line"
FIELDNAME = "fami_budget_line"
MODULE = "Funding"
# The costs of the lines are added up from the index alone, without touching the ledger's rows.
COST_INDEX = "cm_line_costs"
COST_COLUMNS = [FIELDNAME, "is_cancelled", "account", "posting_date", "debit", "credit"]
FORMER_INDEXES = ("cm_line_account",)
_BUDGET_OPTIONS = "Budget-budget_against-options"


def apply() -> None:
	"""Make the dimension and its fields where they are missing, now and not in a job: costs may be booked at once."""
	name = frappe.db.get_value("Accounting Dimension", {"document_type": DIMENSION})
	if name:
		dimension = frappe.get_doc("Accounting Dimension", name)
	else:
		dimension = frappe.new_doc("Accounting Dimension")
		dimension.document_type = DIMENSION
		dimension.set_fieldname_and_label()
		dimension.validate()
		# Not insert(): its hook queues the same work for a worker, which could run after an uninstall.
		dimension.db_insert()
	frappe.flags.accounting_dimensions = None
	missing = [doctype for doctype in get_doctypes_with_dimensions() if not _has_field(doctype)]
	if missing:
		make_dimension_in_accounting_doctypes(doc=dimension, doclist=missing)
		# With our module on them, Frappe's own uninstall knows that they are ours.
		frappe.db.set_value("Custom Field", {"fieldname": FIELDNAME}, "module", MODULE)
	_index_costs_of_lines()


def remove() -> None:
	"""Take away dimension, fields, property setters and the columns that Frappe leaves in the tables."""
	doctypes = frappe.get_all("Custom Field", filters={"fieldname": FIELDNAME}, pluck="dt")
	frappe.db.delete("Custom Field", {"fieldname": FIELDNAME})
	frappe.db.delete("Property Setter", {"field_name": FIELDNAME})
	frappe.db.delete("Accounting Dimension", {"document_type": DIMENSION})
	_remove_budget_option()
	for doctype in doctypes:
		frappe.clear_cache(doctype=doctype)
		# Payment Reconciliation is a Single: it has the field, and no table of its own.
		if frappe.db.table_exists(doctype) and frappe.db.has_column(doctype, FIELDNAME):
			if doctype == "GL Entry":
				for index in (COST_INDEX, *FORMER_INDEXES):
					frappe.db.sql_ddl(f"alter table `tabGL Entry` drop index if exists `{index}`")
			frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `{FIELDNAME}`")
	frappe.flags.accounting_dimensions = None
	frappe.clear_cache()


def _index_costs_of_lines() -> None:
	frappe.db.add_index("GL Entry", COST_COLUMNS, COST_INDEX)
	for index in FORMER_INDEXES:
		if frappe.db.has_index("tabGL Entry", index):
			frappe.db.sql_ddl(f"alter table `tabGL Entry` drop index `{index}`")


def _has_field(doctype: str) -> bool:
	return bool(frappe.db.exists("Custom Field", {"dt": doctype, "fieldname": FIELDNAME}))


def _remove_budget_option() -> None:
	value = frappe.db.get_value("Property Setter", _BUDGET_OPTIONS, "value")
	if value is None:
		return
	others = [option for option in value.split("\n") if option and option != DIMENSION]
	if set(others) <= {"Cost Center", "Project"}:
		frappe.delete_doc(
			"Property Setter", _BUDGET_OPTIONS, ignore_permissions=True, delete_permanently=True
		)
	else:
		frappe.db.set_value("Property Setter", _BUDGET_OPTIONS, "value", "\n".join(["", *others]))
	frappe.clear_cache(doctype="Budget")
