frappe.ui.form.on("Funded Project", {
	setup() {
		// ERPNext's Lead is a sales contact: the word of the partner's role has a translation of its own.
		frappe.meta.get_docfield("Funded Project Partner", "role").formatter = (value) =>
			__(value, null, "Funded Project Partner");
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Reconciliation"), () =>
			frappe.set_route("query-report", "Funding Reconciliation", { funded_project: frm.doc.name }),
		);
		frm.add_custom_button(__("Cash Forecast"), () =>
			frappe.set_route("query-report", "Cash Forecast", { funded_project: frm.doc.name }),
		);
		const next = frm.doc.__onload && frm.doc.__onload.next_instalment;
		if (next) frm.set_intro(next.text, next.open ? "green" : "orange");
		const left = frappe.datetime.get_day_diff(frm.doc.end_date, frappe.datetime.get_today());
		if (frm.doc.status === "Active") {
			frm.dashboard.add_indicator(
				left >= 0 ? __("{0} days left", [left]) : __("Ended {0} days ago", [-left]),
				left > 90 ? "green" : left >= 0 ? "orange" : "red",
			);
		}
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.company) {
			frm.set_value("company", frappe.defaults.get_user_default("Company"));
		}
	},
});
