frappe.ui.form.on("PEI", {
	setup(frm) {
		frm.set_query("referral", "interventions", () => ({
			filters: { case_file: frm.doc.case_file },
		}));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.set_intro(
			frm.doc.workflow_state === "Superseded" ? __("A newer version took the place of this one.") : "",
			"orange",
		);
		if (frappe.model.can_read("Clinical Record")) {
			frm.add_custom_button(__("Clinical Records"), () =>
				frappe.set_route("List", "Clinical Record", { case_file: frm.doc.case_file }),
			);
		}
		if (
			["In Progress", "Under Review"].includes(frm.doc.workflow_state) &&
			frappe.model.can_create("PEI")
		) {
			frm.add_custom_button(__("New Version"), () => {
				const copy = frappe.model.copy_doc(frm.doc);
				copy.signatures = [];
				frappe.set_route("Form", "PEI", copy.name);
			});
		}
	},
});
