frappe.ui.form.on("Deadline Rule", {
	refresh(frm) {
		frappe.call("core_minori.api.deadlines.fact_names").then(({ message }) => {
			for (const field of ["trigger_fact", "done_fact", "cancel_fact"]) {
				frm.set_df_property(field, "options", message);
			}
		});
	},
});
