"""Routing table: which function answers which event. No logic here."""

from core_minori.permissions import CHILD_OF, PROTECTED, TRACES

# Tokens of Frappe by which one works as their user.
TOKENS = ("OAuth Authorization Code", "OAuth Bearer Token", "Token Cache")

app_name = "core_minori"
app_title = "Core Minori"
app_publisher = "The core_minori contributors"
app_description = "Cases of foreign minors and the FAMI money that protects them, on ERPNext"
app_email = "core-minori@example.org"
app_license = "gpl-3.0-or-later"
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

doctype_js = {
	"Case File": [
		"public/js/case_intake.js",
		"public/js/case_deadlines.js",
		"public/js/case_emergency.js",
		"public/js/case_legal.js",
		"public/js/case_pei.js",
		"public/js/case_access.js",
		"public/js/assessment_views.js",
		"public/js/case_interview.js",
		"public/js/case_reports.js",
		"public/js/case_rights.js",
	],
	"Clinical Record": "public/js/sealed_texts.js",
	"Core Minori Settings": "public/js/settings_protection.js",
	"Court Act": "public/js/sealed_texts.js",
	"Funded Project": "public/js/project_papers.js",
	"Minor Interview": "public/js/sealed_texts.js",
	"PEI": "public/js/sealed_texts.js",
	"Partner Submission": "public/js/workbook_import.js",
	"Protection Report": "public/js/sealed_texts.js",
	"Referral": "public/js/referral_plan.js",
	"Register Import": "public/js/workbook_import.js",
	"Reimbursement Claim": "public/js/claim_papers.js",
	"Risk Assessment": "public/js/assessment_views.js",
	"Timesheet": "public/js/timesheet.js",
}
doctype_list_js = {"Case File": "public/js/case_list_reports.js"}
app_include_js = [
	"/assets/core_minori/js/emergency.js",
	"/assets/core_minori/js/closed_records.js",
	"/assets/core_minori/js/find_person.js",
	"/assets/core_minori/js/inert_cells.js",
	"/assets/core_minori/js/stored_words.js",
	"/assets/core_minori/js/report_links.js",
]

extend_bootinfo = "core_minori.open_tabs.boot"
require_type_annotated_api_methods = True

before_install = "core_minori.install.before_install"
after_install = "core_minori.install.after_install"
after_migrate = "core_minori.install.after_migrate"
after_app_install = "core_minori.install.after_app_install"
before_uninstall = "core_minori.uninstall.before_uninstall"
after_uninstall = "core_minori.uninstall.after_uninstall"

permission_query_conditions = {
	**dict.fromkeys(PROTECTED, "core_minori.permissions.query_condition"),
	**dict.fromkeys(CHILD_OF, "core_minori.permissions.child_condition"),
	**dict.fromkeys(TRACES, "core_minori.permissions.trace_condition"),
	**dict.fromkeys(TOKENS, "core_minori.overrides.keys.token_condition"),
	"Email Queue": ["core_minori.permissions.trace_condition", "core_minori.overrides.keys.mail_condition"],
	"Timesheet": "core_minori.overrides.timesheet_readers.query_condition",
	"Timesheet Detail": "core_minori.overrides.timesheet_readers.query_condition",
}
has_permission = {
	**dict.fromkeys(PROTECTED, "core_minori.permissions.has_permission"),
	**dict.fromkeys(TRACES, "core_minori.permissions.has_trace_permission"),
	**dict.fromkeys(TOKENS, "core_minori.overrides.keys.has_token_permission"),
	"Email Queue": [
		"core_minori.permissions.has_trace_permission",
		"core_minori.overrides.keys.has_mail_permission",
	],
	"File": "core_minori.overrides.file.has_permission",
	"Timesheet": "core_minori.overrides.timesheet_readers.has_permission",
}

auth_hooks = ["core_minori.overrides.keys.ask_for_backup"]
on_session_creation = ["core_minori.overrides.accounts.on_session_creation"]
before_request = [
	"core_minori.overrides.linked_fields.close",
	"core_minori.overrides.exports.close",
	"core_minori.overrides.sealed_fields.close",
	"core_minori.overrides.kept_reports.close",
	"core_minori.overrides.live_updates.close",
]
before_job = [
	"core_minori.overrides.linked_fields.close",
	"core_minori.overrides.exports.close",
	"core_minori.overrides.sealed_fields.close",
	"core_minori.overrides.kept_reports.close",
	"core_minori.overrides.live_updates.close",
]

after_request = [
	"core_minori.access_log.after_request",
	"core_minori.open_tabs.keep_nothing",
	"core_minori.overrides.headers.add",
]
write_file = ["core_minori.overrides.file.store"]

doc_events = {
	"*": {
		"before_validate": "core_minori.overrides.administration.validate",
		"validate": ["core_minori.overrides.administration.validate", "core_minori.overrides.lengths.refuse"],
		"on_trash": "core_minori.overrides.administration.on_trash",
		"after_insert": "core_minori.access_log.record_made",
		"on_update": "core_minori.access_log.record_changed",
	},
	**{
		doctype: {
			"on_trash": "core_minori.permissions.refuse_delete",
			"before_rename": "core_minori.retention.refuse_rename",
		}
		for doctype in PROTECTED
	},
	**{
		doctype: {"on_update": "core_minori.overrides.administration.tell"}
		for doctype in ("Email Account", "Email Domain", "SMS Settings", "System Settings")
	},
	**{doctype: {"validate": "core_minori.overrides.keys.keep_token"} for doctype in TOKENS},
	"Activity Log": {"after_insert": "core_minori.overrides.accounts.tell_of_impersonation"},
	"Has Role": {
		"after_insert": "core_minori.overrides.accounts.follow_role_row",
		"on_update": "core_minori.overrides.accounts.follow_role_row",
	},
	"Role": {
		"before_rename": "core_minori.overrides.accounts.keep_role_name",
		"validate": "core_minori.overrides.accounts.keep_role",
	},
	"User Type": {"validate": "core_minori.overrides.accounts.keep_role"},
	**{
		doctype: {"validate": "core_minori.permissions.refuse_trace"}
		for doctype in (
			"Comment",
			"Communication",
			"Discussion Topic",
			"Energy Point Log",
			"Tag Link",
		)
	},
	"ToDo": {
		"validate": "core_minori.permissions.refuse_trace",
		"on_update": "core_minori.minors.doctype.case_meeting.case_meeting.follow_task",
	},
	**{
		doctype: {
			"on_trash": "core_minori.permissions.refuse_delete",
			"before_rename": "core_minori.retention.refuse_rename",
			"on_update": moves_deadlines,
		}
		for doctype, moves_deadlines in {
			"Care Assignment": [
				"core_minori.case_deadlines.on_record_update",
				"core_minori.open_tabs.tell_user",
			],
			"Case File": "core_minori.case_deadlines.on_case_update",
			"Minor": "core_minori.case_deadlines.on_minor_update",
		}.items()
	},
	**{
		doctype: {
			"on_trash": "core_minori.permissions.refuse_delete",
			"before_rename": "core_minori.retention.refuse_rename",
			"on_update": "core_minori.open_tabs.tell_user",
		}
		for doctype in ("Emergency Access", "Role Confirmation")
	},
	"Deleted Document": {"before_insert": "core_minori.sealed.cover_deleted"},
	"DocShare": {"validate": "core_minori.permissions.refuse_share"},
	"Document Follow": {"after_insert": "core_minori.permissions.drop_follow"},
	"Document Share Key": {"validate": "core_minori.permissions.refuse_share_key"},
	"Error Log": {"before_insert": "core_minori.overrides.error_log.leave_out_values"},
	"Network Organisation": {"on_update": "core_minori.open_tabs.tell_operators"},
	"Notification Log": {"before_insert": "core_minori.permissions.empty_notification"},
	"Prepared Report": {"before_insert": "core_minori.overrides.kept_reports.refuse"},
	"Report": {"validate": "core_minori.overrides.kept_reports.keep_live"},
	"Property Setter": {"validate": "core_minori.overrides.sealed_fields.keep_sealed"},
	"User": {
		"before_validate": "core_minori.overrides.accounts.keep_keys",
		"before_save": "core_minori.overrides.user.set_first_workspace",
		"on_update": ["core_minori.overrides.accounts.follow_roles", "core_minori.open_tabs.tell_user"],
		"before_rename": "core_minori.overrides.accounts.keep_name",
	},
	"Version": {"before_insert": "core_minori.sealed.cover_version"},
	"File": {
		"before_insert": "core_minori.overrides.file.keep_private",
		"validate": "core_minori.overrides.file.validate",
		"after_insert": "core_minori.overrides.file.disown",
	},
	"Funding Programme": {"validate": "core_minori.funding.dossier.check_programme"},
	"Import Supplier Invoice": {
		"validate": "core_minori.overrides.import_supplier_invoice.validate",
		"before_change": "core_minori.overrides.import_supplier_invoice.before_change",
		"on_update": "core_minori.overrides.import_supplier_invoice.on_update",
	},
	"Purchase Invoice": {
		"before_insert": "core_minori.overrides.import_supplier_invoice.refuse_duplicate",
		"validate": "core_minori.overrides.purchase_invoice.validate",
		"before_submit": "core_minori.overrides.import_supplier_invoice.refuse_wrong_sign",
		"on_submit": "core_minori.funding.vouchers.draft_allocations",
		"before_cancel": "core_minori.funding.vouchers.release_allocations",
	},
	"Journal Entry": {
		"before_validate": "core_minori.overrides.depreciation.set_line",
		"validate": "core_minori.overrides.journal_entry.validate",
		"on_submit": [
			"core_minori.funding.vouchers.draft_allocations",
			"core_minori.funding.checks.recheck_paid",
		],
		"before_cancel": "core_minori.funding.vouchers.release_allocations",
		"on_cancel": "core_minori.funding.checks.recheck_paid",
	},
	"Payment Entry": {
		"validate": [
			"core_minori.overrides.instalment_receipts.validate",
			"core_minori.overrides.payment_entry.validate",
		],
		"on_submit": [
			"core_minori.overrides.instalment_receipts.store",
			"core_minori.funding.vouchers.draft_allocations",
			"core_minori.funding.checks.recheck_paid",
		],
		"before_cancel": "core_minori.funding.vouchers.release_allocations",
		"on_cancel": [
			"core_minori.overrides.instalment_receipts.store",
			"core_minori.funding.checks.recheck_paid",
		],
	},
	"Expense Claim": {
		"validate": "core_minori.overrides.expense_claim.validate",
		"on_submit": "core_minori.funding.vouchers.draft_allocations",
		"before_cancel": "core_minori.funding.vouchers.release_allocations",
	},
	"Timesheet": {
		"before_validate": "core_minori.overrides.timesheet.before_validate",
		"validate": "core_minori.overrides.timesheet.validate",
		"on_submit": "core_minori.funding.vouchers.draft_allocations",
		"before_cancel": "core_minori.funding.vouchers.release_allocations",
		"on_cancel": "core_minori.overrides.timesheet.release",
		"on_trash": "core_minori.overrides.timesheet.release",
	},
}

scheduler_events = {
	"cron": {"* * * * *": ["core_minori.access_log.drain"]},
	"hourly": [
		"core_minori.case_deadlines.hourly",
		"core_minori.case_reminders.hourly",
		"core_minori.breaches.hourly",
	],
	"daily_long": ["core_minori.case_deadlines.daily"],
	"daily": [
		"core_minori.access_check.every_day",
		"core_minori.case_reminders.daily",
		"core_minori.network.doctype.agreement.agreement.refresh_states",
		"core_minori.minors.doctype.case_file.case_file.refresh_states",
		"core_minori.data_requests.daily",
		"core_minori.retention.daily",
	],
	"monthly_long": [
		"core_minori.access_check.every_month",
		"core_minori.minors.work_hours.bring_last_month",
	],
}

override_whitelisted_methods = {
	"frappe.desk.doctype.dashboard_chart.dashboard_chart.get": "core_minori.overrides.charts.get",
	"erpnext.crm.utils.get_open_activities": "core_minori.overrides.whitelisted.get_open_activities",
	"erpnext.mobile.api.mobile_sync.get_offline_data": "core_minori.overrides.whitelisted.get_offline_data",
	"frappe.automation.doctype.auto_repeat.auto_repeat.generate_message_preview": (
		"core_minori.overrides.whitelisted.generate_message_preview"
	),
	"frappe.client.get_count": "core_minori.overrides.whitelisted.get_count",
	"frappe.client.get_password": "core_minori.overrides.keys.get_password",
	"frappe.core.doctype.deleted_document.deleted_document.bulk_restore": (
		"core_minori.overrides.whitelisted.bulk_restore"
	),
	"frappe.core.doctype.deleted_document.deleted_document.restore": (
		"core_minori.overrides.whitelisted.restore"
	),
	"frappe.desk.doctype.kanban_board.kanban_board.update_order": (
		"core_minori.overrides.whitelisted.update_kanban_order"
	),
	"frappe.desk.doctype.system_console.system_console.execute_code": (
		"core_minori.overrides.whitelisted.execute_code"
	),
	"frappe.desk.doctype.tag.tag.get_tagged_docs": "core_minori.overrides.whitelisted.get_tagged_docs",
	"frappe.desk.form.assign_to.close": "core_minori.overrides.whitelisted.close_assignment",
	"frappe.desk.form.assign_to.remove": "core_minori.overrides.whitelisted.remove_assignment",
	"frappe.desk.form.assign_to.remove_multiple": "core_minori.overrides.whitelisted.remove_assignments",
	"frappe.desk.form.document_follow.get_follow_users": "core_minori.overrides.whitelisted.get_follow_users",
	"frappe.desk.like.toggle_like": "core_minori.overrides.whitelisted.toggle_like",
	"frappe.desk.listview.get_group_by_count": "core_minori.overrides.whitelisted.get_group_by_count",
	"frappe.desk.notifications.get_open_count": "core_minori.overrides.whitelisted.get_open_count",
	"frappe.desk.reportview.get": "core_minori.overrides.whitelisted.get_view",
	"frappe.desk.reportview.get_list": "core_minori.overrides.whitelisted.get_view_list",
	"frappe.desk.treeview.get_all_nodes": "core_minori.overrides.whitelisted.get_all_nodes",
	"frappe.email.inbox.create_email_flag_queue": (
		"core_minori.overrides.whitelisted.create_email_flag_queue"
	),
	"frappe.email.relink": "core_minori.overrides.whitelisted.relink",
	"frappe.model.utils.user_settings.save": "core_minori.overrides.sealed_fields.save_user_settings",
	"frappe.twofactor.reset_otp_secret": "core_minori.overrides.keys.reset_otp_secret",
	"frappe.utils.backups.get_backup_encryption_key": (
		"core_minori.overrides.keys.get_backup_encryption_key"
	),
	"frappe.social.doctype.energy_point_log.energy_point_log.get_reviews": (
		"core_minori.overrides.whitelisted.get_reviews"
	),
	"frappe.utils.goal.get_monthly_goal_graph_data": (
		"core_minori.overrides.whitelisted.get_monthly_goal_graph_data"
	),
	"frappe.core.api.file.unzip_file": "core_minori.overrides.file.unzip_file",
	"frappe.core.doctype.file.file.unzip_file": "core_minori.overrides.file.unzip_file",
	"frappe.desk.search.search_link": "core_minori.overrides.search.search_link",
	"frappe.desk.search.search_widget": "core_minori.overrides.search.search_widget",
}
jinja = {
	"methods": [
		"core_minori.funding.timesheets.month_grid",
		"core_minori.funding.assignments.letter",
		"core_minori.funding.dossier.cover_of_claim",
		"core_minori.funding.dossier.stamps_of_claim",
		"core_minori.funding.dossier.stamps_of_voucher",
		"core_minori.minors.plan_paper.plan_for_minor",
		"core_minori.minors.plan_paper.plan_paper",
		"core_minori.minors.doctype.consent.notice.consent_notice",
		"core_minori.breaches.breach_paper",
		"core_minori.minors.doctype.minor_interview.report.interview_report",
		"core_minori.legal_papers.report_to_prosecutor",
		"core_minori.sim_sheet.sim_sheet",
	]
}

override_doctype_dashboards = {
	"Employee": "core_minori.overrides.dashboards.employee",
	"Project": "core_minori.overrides.dashboards.project",
	"Purchase Invoice": "core_minori.overrides.dashboards.purchase_invoice",
	"Supplier": "core_minori.overrides.dashboards.supplier",
	"Timesheet": "core_minori.overrides.dashboards.timesheet",
}

# The voucher's own cancel takes its allocations with it, or is refused: nothing for the desk to ask about.
auto_cancel_exempted_doctypes = ["Cost Allocation"]

ignore_translatable_strings_from = ["frappe", "erpnext", "hrms"]
