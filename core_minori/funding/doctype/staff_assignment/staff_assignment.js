frappe.ui.form.on("Staff Assignment", {
	setup(frm) {
		frm.set_query("budget_line", () => ({
			filters: { disabled: 0, funded_project: frm.doc.funded_project || "" },
		}));
	},
});
