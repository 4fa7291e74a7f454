frappe.ui.form.on("Screening", {
	onload(frm) {
		if (!frm.is_new() || (frm.doc.answers || []).length) return;
		frappe.xcall("core_minori.api.intake.indicators").then((rows) => {
			for (const row of rows) {
				frm.add_child("answers", {
					indicator: row.name,
					sign: row.indicator,
					area: row.area,
					weight: row.weight,
					critical: row.critical,
					service_proposed: row.service_proposed,
					answer: "Not Asked",
				});
			}
			frm.refresh_field("answers");
		});
	},

	refresh(frm) {
		const grid = frm.get_field("answers").grid;
		grid.cannot_add_rows = true;
		grid.cannot_delete_rows = true;
		grid.refresh();
		const colours = { Low: "green", Medium: "yellow", High: "orange", "Very High": "red" };
		frm.set_intro(""); // a second refresh would say it twice
		if (frm.doc.level) {
			const service = frm.doc.proposed_service
				? ` · ${__("proposed")}: ${frappe.utils.escape_html(__(frm.doc.proposed_service))}`
				: "";
			frm.set_intro(
				`${__("Level")}: <b>${frappe.utils.escape_html(__(frm.doc.level))}</b> · ${__("Score")}: ${cint(frm.doc.score)}${service}`,
				colours[frm.doc.level],
			);
		}
		if (frm.is_new() || frm.is_dirty()) return;
		if (!frm.doc.case_file && frappe.model.can_create("Case File")) {
			frm.add_custom_button(__("Open a Case"), () => {
				frappe.route_options = { screening: frm.doc.name };
				frappe.set_route("intake");
			}).addClass("btn-primary");
		}
		if (frm.doc.case_file && !frm.doc.referral && frappe.model.can_create("Referral")) {
			frm.add_custom_button(__("Propose a Referral"), () => propose(frm)).addClass("btn-primary");
		}
	},
});

function propose(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Propose a Referral"),
		fields: [
			{
				fieldname: "to_organisation",
				fieldtype: "Link",
				label: __("To Organisation"),
				options: "Network Organisation",
				reqd: 1,
			},
			{
				fieldname: "legal_basis",
				fieldtype: "Select",
				label: __("Legal Basis"),
				options: ["Consent", "Legal Duty"].map((value) => ({ value, label: __(value) })),
				default: "Consent",
			},
			{
				fieldname: "shared_information",
				fieldtype: "Small Text",
				label: __("What the Receiver Learns"),
				description: __("No more than the receiver needs; no name."),
				reqd: 1,
			},
		],
		primary_action_label: __("Draft the Referral"),
		primary_action(values) {
			dialog.disable_primary_action();
			frappe
				.xcall("core_minori.api.intake.propose_referral", { screening: frm.doc.name, ...values })
				.then((name) => {
					dialog.hide();
					frappe.set_route("Form", "Referral", name);
				})
				.catch(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
}
