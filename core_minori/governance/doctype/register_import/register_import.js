const METHODS = "core_minori.api.register";

frappe.ui.form.on("Register Import", {
	setup(frm) {
		core_minori.workbook_import.listen(frm);
	},

	onload(frm) {
		core_minori.workbook_import.restrict(frm, "workbook", ".xlsx");
	},

	refresh(frm) {
		frm.add_custom_button(__("Download Template"), () =>
			core_minori.workbook_import.download(`${METHODS}.template`),
		);
		core_minori.workbook_import.show(frm, {
			methods: METHODS,
			question: () =>
				frm.doc.on_error === "Import Nothing"
					? __("Import all the rows? If one has a problem, nothing is written.")
					: __("Import the good rows? Those with a problem stay out."),
			problems: frm.doc.problem_count,
		});
	},
});
