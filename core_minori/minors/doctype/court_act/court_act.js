frappe.ui.form.on("Court Act", {
	refresh(frm) {
		frm.set_intro(""); // a refresh would say it once more
		const next = !frm.is_new() && frm.doc.__onload?.next;
		if (!next || !frappe.model.can_create(next)) return;
		const [label, intro, values] = follows(frm, next);
		frm.set_intro(intro, "orange");
		frm.add_custom_button(label, () =>
			frappe.new_doc(next, { case_file: frm.doc.case_file, ...values }),
		).addClass("btn-primary");
	},

	birth_date_set(frm) {
		if (!frm.doc.birth_date_set) return;
		frappe.show_alert(__("On saving, this becomes the date of birth of the minor."));
	},
});

// What follows from the act, with everything that the act says already.
function follows(frm, next) {
	if (next === "Guardianship") {
		return [
			__("Write the Guardian"),
			__("The guardian that this act appoints is not written yet."),
			{
				guardian_kind: "Volunteer Guardian",
				from_date: frm.doc.acted_at.slice(0, 10),
				court: __(frm.doc.authority),
				decree_number: frm.doc.act_number,
			},
		];
	}
	return [
		__("Write the Report"),
		__("The report to the prosecutor is due within 24 hours of {0}.", [
			frappe.datetime.str_to_user(frm.doc.acted_at),
		]),
		{
			report_type: "Art. 403 Report",
			noticed_at: frm.doc.acted_at,
			authority: "Prosecutor at the Juvenile Court",
		},
	];
}
