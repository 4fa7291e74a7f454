frappe.ui.form.on("Emergency Access", {
	onload(frm) {
		// The plain form would look the code up before anybody is told: the dialog does not.
		if (frm.is_new()) {
			frappe.set_route("List", "Emergency Access").then(() => core_minori.emergency.ask());
		}
	},

	refresh(frm) {
		if (frm.is_new()) return;
		const officer = frappe.user.has_role("Data Protection Officer");
		const runs = !frm.doc.ended_at && frm.doc.ends_at > frappe.datetime.now_datetime();
		if (!officer || frm.doc.user === frappe.session.user) frm.disable_form();
		if (runs && frm.doc.user === frappe.session.user) {
			frm.add_custom_button(__("Open the Case"), () =>
				frappe.set_route("Form", "Case File", frm.doc.case_file)
			);
			frm.change_custom_button_type(__("Open the Case"), null, "primary");
		}
		if (runs && (officer || frm.doc.user === frappe.session.user)) {
			frm.add_custom_button(__("End Now"), () =>
				frappe
					.xcall("core_minori.api.emergency.end", { name: frm.doc.name })
					.then(() => frm.reload_doc())
			);
		}
		if (officer && !frm.doc.review && frm.doc.user !== frappe.session.user) {
			frm.dashboard.clear_headline();
			frm.dashboard.set_headline(__("Was this access justified? Choose the outcome and save."));
		}
	},
});
