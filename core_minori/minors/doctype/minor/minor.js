frappe.ui.form.on("Minor", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (frappe.model.can_create("Case File")) {
			frm.add_custom_button(__("Open a Case"), () =>
				frappe.new_doc("Case File", { minor: frm.doc.name }),
			);
		}
	},
});
