frappe.ui.form.on("Budget Revision", {
	setup(frm) {
		// Flat rates follow by themselves, and a disabled line may give its money but gets none.
		for (const side of ["from_line", "to_line"]) {
			frm.set_query(side, "transfers", () => ({
				filters: {
					funded_project: frm.doc.funded_project,
					cost_method: ["!=", "Flat Rate"],
					...(side === "to_line" ? { disabled: 0 } : {}),
				},
			}));
		}
		frm.set_query("funded_project", () => ({ filters: { status: ["!=", "Closed"] } }));
	},

	refresh(frm) {
		if (frm.doc.docstatus === 0 && frm.doc.authorisation_required) {
			frm.set_intro(frm.doc.tolerance_note, "orange");
		}
		if (frm.doc.funded_project) {
			frm.add_custom_button(__("Project Budget"), () =>
				frappe.set_route("query-report", "Project Budget", {
					funded_project: frm.doc.funded_project,
					day: frm.doc.effective_on,
				}),
			);
		}
	},
});
