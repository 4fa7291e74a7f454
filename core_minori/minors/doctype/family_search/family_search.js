frappe.ui.form.on("Family Search", {
	setup(frm) {
		frm.set_query("consent", () => ({
			filters: { case_file: frm.doc.case_file, purpose: "Family Search" },
		}));
	},

	refresh(frm) {
		frm.set_intro(""); // a refresh would say it once more
		if (frm.is_new() || frm.doc.status !== "To Be Decided" || !frm.perm[0]?.write) return;
		frm.set_intro(
			__("Five days after the interview: report the search, or exclude it with the reason."),
			"orange",
		);
		frm.add_custom_button(__("Report the Search"), () =>
			frappe.prompt(
				[
					{
						fieldname: "reported_on",
						fieldtype: "Date",
						label: __("Reported On"),
						default: frappe.datetime.get_today(),
						reqd: 1,
					},
					{ fieldname: "reported_to", fieldtype: "Data", label: __("Reported To") },
				],
				async (values) => {
					await frm.set_value(values);
					frm.save();
				},
				__("Report the Search"),
			),
		).addClass("btn-primary");
		frm.add_custom_button(__("Exclude the Search"), () =>
			frappe.prompt(
				[
					{
						fieldname: "exclusion_reason",
						fieldtype: "Select",
						label: __("Why There Is No Search"),
						options: [
							"Risk for the Minor or the Family",
							"Minor Does Not Consent",
							"Family Known and in Contact",
						].map((value) => ({ value, label: __(value) })),
						reqd: 1,
					},
					{
						fieldname: "excluded_on",
						fieldtype: "Date",
						label: __("Excluded On"),
						default: frappe.datetime.get_today(),
						reqd: 1,
					},
				],
				async (values) => {
					await frm.set_value(values);
					frm.save();
				},
				__("Exclude the Search"),
			),
		);
	},
});
