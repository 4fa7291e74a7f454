frappe.ui.form.on("Protection Report", {
	onload(frm) {
		// By law a psychologist writes this one; the others are of who answers for the case.
		const others = ["Social Worker", "Case Coordinator"].some((role) => frappe.user.has_role(role));
		if (frm.is_new() && !others && frappe.user.has_role("Psychologist")) {
			frm.set_value({
				report_type: "Health Professional's Report",
				qualification: "Health Professional",
			});
		}
	},

	refresh(frm) {
		const colours = { Overdue: "red", "Due Soon": "orange", Open: "blue", "Done Late": "orange" };
		const rows = (frm.doc.__onload?.clock || []).map(
			(term) =>
				`<p><span class="indicator-pill ${colours[term.state] || "green"}">${__(
					term.state,
				)}</span> ${frappe.utils.escape_html(term.title)}: <b>${frappe.datetime.str_to_user(
					term.due_at,
				)}</b> <small class="text-muted">${frappe.utils.escape_html(term.source)}</small></p>`,
		);
		if (!rows.length && !frm.doc.transmitted_at) {
			rows.push(`<p class="text-muted">${__("Due without delay.")}</p>`);
		}
		frm.get_field("clock_html").$wrapper.html(rows.join(""));
		if (frm.is_new()) return;
		if (!frm.doc.transmitted_at && frm.perm[0]?.write) {
			frm.add_custom_button(__("Transmitted"), () => ask_transmission(frm)).addClass("btn-primary");
		}
	},
});

function ask_transmission(frm) {
	frappe.prompt(
		[
			{
				fieldname: "authority",
				fieldtype: "Select",
				label: __("To"),
				options: frappe.meta
					.get_docfield("Protection Report", "authority")
					.options.split("\n")
					.map((value) => ({ value, label: __(value) })),
				default: frm.doc.authority,
				reqd: 1,
			},
			{
				fieldname: "transmitted_at",
				fieldtype: "Datetime",
				label: __("Transmitted At"),
				default: frappe.datetime.now_datetime(),
				reqd: 1,
			},
			{ fieldname: "protocol_number", fieldtype: "Data", label: __("Protocol No."), reqd: 1 },
		],
		async (values) => {
			await frm.set_value(values);
			frm.save();
		},
		__("Transmitted"),
	);
}
