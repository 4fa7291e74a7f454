frappe.ui.form.on("PEI Review", {
	setup(frm) {
		frm.set_query("pei", () => ({ filters: { case_file: frm.doc.case_file || "" } }));
	},

	onload(frm) {
		if (frm.is_new() && frm.doc.pei) fill_from_plan(frm);
	},

	pei(frm) {
		if (frm.is_new() && frm.doc.pei) fill_from_plan(frm);
	},

	refresh(frm) {
		const grid = frm.fields_dict.objectives.grid;
		grid.cannot_add_rows = true;
		grid.refresh();
		if (frm.is_new()) return;
		frm.add_custom_button(__("Open the Plan"), () => frappe.set_route("Form", "PEI", frm.doc.pei));
		if (frm.doc.decision === "New Version" && frappe.model.can_create("PEI")) {
			const label = frm.doc.new_version ? __("Open the New Version") : __("Make the New Version");
			frm.add_custom_button(label, () => make_version(frm)).addClass("btn-primary");
		}
	},
});

// Objectives as the plan has them now, and who sits at the table: only what changed is typed.
function fill_from_plan(frm) {
	if (frm.filled_from === frm.doc.pei) return;
	frm.filled_from = frm.doc.pei;
	return frappe
		.call({ method: "core_minori.api.plans.review_draft", type: "GET", args: { pei: frm.doc.pei } })
		.then(async ({ message }) => {
			if (frm.doc.case_file !== message.case_file) {
				await frm.set_value("case_file", message.case_file);
			}
			for (const table of ["objectives", "participants"]) {
				frm.clear_table(table);
				for (const row of message[table]) frm.add_child(table, row);
				frm.refresh_field(table);
			}
			if (!frm.doc.next_review_on && message.next_review_on) {
				await frm.set_value("next_review_on", message.next_review_on);
			}
		});
}

function make_version(frm) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Save the review first."));
		return;
	}
	if (frm.doc.new_version) {
		frappe.set_route("Form", "PEI", frm.doc.new_version);
		return;
	}
	frappe
		.call({
			method: "core_minori.api.plans.new_version",
			type: "POST",
			args: { pei: frm.doc.pei, review: frm.doc.name },
			freeze: true,
		})
		.then(({ message }) => {
			frm.reload_doc();
			frappe.set_route("Form", "PEI", message);
		});
}
