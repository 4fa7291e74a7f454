// From the case to who may see it.
frappe.ui.form.on("Case File", {
	refresh(frm) {
		if (frm.is_new()) return;
		const asks = ["Case Coordinator", "Protection Unit Manager", "Data Protection Officer"];
		if (!asks.some((role) => frappe.user.has_role(role))) return;
		frm.add_custom_button(__("Who Sees This Case"), () => {
			frappe.route_options = { user: "", case_file: frm.doc.name };
			frappe.set_route("access-explainer");
		});
	},
});
