frappe.ui.form.on("Guardianship", {
	refresh(frm) {
		frm.set_intro(""); // a refresh would say it once more
		const majority = frm.doc.__onload?.majority_on;
		if (frm.is_new() || !majority || frm.doc.to_date) return;
		const day = frappe.datetime.str_to_user(majority);
		if (majority > frappe.datetime.get_today()) {
			frm.get_field("to_date").set_new_description(__("Ends at eighteen, on {0}.", [day]));
			return;
		}
		frm.set_intro(__("The minor came of age on {0}: the guardianship has ended.", [day]), "orange");
		if (!frm.perm[0]?.write) return;
		frm.add_custom_button(__("End It on That Day"), async () => {
			await frm.set_value({ to_date: majority, end_reason: "Came of Age" });
			frm.save();
		}).addClass("btn-primary");
	},
});
