"""Our fields on ERPNext's DocTypes: one table, applied at install and migrate, taken away with their columns."""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields
from frappe.custom.doctype.property_setter.property_setter import make_property_setter

MODULE = "Funding"

_CODES = (
	{"fieldname": "fami_cup", "label": "CUP", "fieldtype": "Data", "length": 15, "translatable": 0},
	{"fieldname": "fami_cig", "label": "CIG", "fieldtype": "Data", "length": 15, "translatable": 0},
)

# DocType -> fields in their order; each stands after the one before it, the first after `insert_after`.
FIELDS: dict[str, tuple[dict, ...]] = {
	"Purchase Invoice": (
		{
			"fieldname": "fami_section",
			"label": "Funding Codes",
			"fieldtype": "Section Break",
			"collapsible": 1,
			"insert_after": "bill_date",
		},
		*_CODES,
		{"fieldname": "fami_column", "fieldtype": "Column Break"},
		{
			"fieldname": "fami_sdi_id",
			"label": "SdI Identifier",
			"fieldtype": "Data",
			"translatable": 0,
			"no_copy": 1,
			"search_index": 1,
		},
		{
			"fieldname": "fami_procurement_record",
			"label": "Procurement Record",
			"fieldtype": "Link",
			"options": "Procurement Record",
		},
	),
	"Payment Entry": (
		{
			"fieldname": "fami_section",
			"label": "Funding Codes",
			"fieldtype": "Section Break",
			"collapsible": 1,
			"insert_after": "reference_date",
		},
		*_CODES,
		{"fieldname": "fami_column", "fieldtype": "Column Break"},
		{
			"fieldname": "fami_funded_project",
			"label": "Funded Project",
			"fieldtype": "Link",
			"options": "Funded Project",
			"depends_on": "eval:doc.payment_type=='Receive'",
			"description": "The project whose instalment this payment is.",
		},
		{
			"fieldname": "fami_instalment",
			"label": "Instalment No.",
			"fieldtype": "Int",
			"depends_on": "eval:doc.fami_funded_project",
			"description": "Row of the project's table of instalments.",
		},
	),
	"Journal Entry": (
		{
			"fieldname": "fami_section",
			"label": "Funding Codes",
			"fieldtype": "Section Break",
			"collapsible": 1,
			"insert_after": "bill_date",
		},
		*_CODES,
	),
	"Bank Account": (
		{
			"fieldname": "fami_dedicated",
			"label": "Dedicated to Public Funding",
			"fieldtype": "Check",
			"insert_after": "is_company_account",
			"description": "Account told to the authority as dedicated (L. 136/2010 art. 3).",
		},
	),
	"Timesheet Detail": (
		{
			"fieldname": "fami_budget_line",
			"label": "Budget Line",
			"fieldtype": "Link",
			"options": "FAMI Budget Line",
			"insert_after": "project",
			"in_list_view": 1,
			"search_index": 1,
		},
		{
			"fieldname": "fami_intervention",
			"label": "Intervention",
			"fieldtype": "Link",
			"options": "Intervention",
			"read_only": 1,
			"search_index": 1,
			"description": "Where these hours were written down; they are corrected there.",
		},
		{
			"fieldname": "fami_intervention_key",
			"label": "Intervention and Employee",
			"fieldtype": "Data",
			"translatable": 0,
			"unique": 1,
			"hidden": 1,
			"read_only": 1,
			"no_copy": 1,
		},
	),
	"Timesheet": (
		{
			"fieldname": "fami_signed_copy",
			"label": "Signed Timesheet",
			"fieldtype": "Attach",
			"insert_after": "note",
			"allow_on_submit": 1,
			"no_copy": 1,
		},
	),
}

# Cost by hours is what a person earns. ERPNext keeps the rate for level 1 (Accounts User) and shows these to everybody
# who sees a timesheet, which its role Employee does: DocType -> fields that go to the level of the rate.
LEVEL_ONE: dict[str, tuple[str, ...]] = {
	"Timesheet": ("total_costing_amount", "base_total_costing_amount"),
	"Timesheet Detail": ("base_costing_rate", "base_costing_amount"),
}


def apply() -> None:
	"""Make the fields that are missing and bring the others up to date."""
	wanted = {}
	for doctype, fields in FIELDS.items():
		rows, previous = [], None
		for field in fields:
			row = {"module": MODULE, "insert_after": previous, **field}
			rows.append(row)
			previous = field["fieldname"]
		wanted[doctype] = rows
	create_custom_fields(wanted, ignore_validate=True)
	_raise_levels()


def _raise_levels() -> None:
	for doctype, fields in LEVEL_ONE.items():
		for field in fields:
			place = {"doc_type": doctype, "field_name": field, "property": "permlevel"}
			if frappe.db.exists("Property Setter", place):
				continue  # ours already, or the site's own choice
			setter = make_property_setter(
				doctype, field, "permlevel", 1, "Int", validate_fields_for_doctype=False
			)
			setter.db_set("module", MODULE)
		frappe.clear_cache(doctype=doctype)


def remove() -> None:
	"""Take away the fields and the columns that Frappe leaves in the tables, and put ERPNext's levels back."""
	for doctype, fields in LEVEL_ONE.items():
		frappe.db.delete(
			"Property Setter",
			{"doc_type": doctype, "field_name": ["in", fields], "property": "permlevel", "module": MODULE},
		)
		frappe.clear_cache(doctype=doctype)
	for doctype, fields in FIELDS.items():
		names = [field["fieldname"] for field in fields]
		frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": ["in", names]})
		frappe.db.delete("Property Setter", {"doc_type": doctype, "field_name": ["in", names]})
		frappe.clear_cache(doctype=doctype)
		for name in names:
			if frappe.db.has_column(doctype, name):
				frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `{name}`")
