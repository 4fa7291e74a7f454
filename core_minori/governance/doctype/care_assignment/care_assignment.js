frappe.ui.form.on("Care Assignment", {
	setup(frm) {
		frm.set_query("user", () => ({ filters: { enabled: 1, user_type: "System User" } }));
	},
});
