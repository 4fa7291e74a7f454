"""Routing table: which function answers which event. No logic here."""

from core_minori.permissions import CHILD_OF, PROTECTED

app_name = "core_minori"
app_title = "Core Minori"
app_publisher = "The core_minori contributors"
app_description = "Cases of foreign minors and the FAMI money that protects them, on ERPNext"
app_email = "core-minori@example.org"
app_license = "gpl-3.0"
required_apps = ["frappe/erpnext"]

add_to_apps_screen = [
	{
		"name": "core_minori",
		"logo": "/assets/core_minori/logo.svg",
		"title": "Core Minori",
		"route": "/app/minors",
		"has_permission": "core_minori.api.apps.may_enter",
	}
]

require_type_annotated_api_methods = True

before_install = "core_minori.install.before_install"
after_install = "core_minori.install.after_install"
after_migrate = "core_minori.install.after_migrate"
before_uninstall = "core_minori.uninstall.before_uninstall"
after_uninstall = "core_minori.uninstall.after_uninstall"

permission_query_conditions = {
	**dict.fromkeys(PROTECTED, "core_minori.permissions.query_condition"),
	**dict.fromkeys(CHILD_OF, "core_minori.permissions.child_condition"),
}
has_permission = {
	**dict.fromkeys(PROTECTED, "core_minori.permissions.has_permission"),
	"File": "core_minori.permissions.has_file_permission",
}

doc_events = {
	**{doctype: {"on_trash": "core_minori.permissions.refuse_delete"} for doctype in PROTECTED},
	"DocShare": {"validate": "core_minori.permissions.refuse_share"},
	"User": {"before_save": "core_minori.overrides.user.set_first_workspace"},
	"File": {"before_insert": "core_minori.overrides.file.keep_private"},
	"Purchase Invoice": {
		"validate": "core_minori.overrides.purchase_invoice.validate",
		"on_submit": "core_minori.funding.ledger.draft_allocations",
		"before_cancel": "core_minori.funding.ledger.release_allocations",
	},
	"Journal Entry": {
		"validate": "core_minori.overrides.journal_entry.validate",
		"on_submit": "core_minori.funding.ledger.draft_allocations",
		"before_cancel": "core_minori.funding.ledger.release_allocations",
	},
}

override_whitelisted_methods = {
	"frappe.desk.search.search_link": "core_minori.overrides.search.search_link",
	"frappe.desk.search.search_widget": "core_minori.overrides.search.search_widget",
}
override_doctype_dashboards = {
	"Project": "core_minori.overrides.dashboards.project",
	"Supplier": "core_minori.overrides.dashboards.supplier",
}

# The voucher's own cancel takes its allocations with it, or is refused: nothing for the desk to ask about.
auto_cancel_exempted_doctypes = ["Cost Allocation"]

ignore_translatable_strings_from = ["frappe", "erpnext", "hrms"]
