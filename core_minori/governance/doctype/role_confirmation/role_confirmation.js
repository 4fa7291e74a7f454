frappe.ui.form.on("Role Confirmation", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status !== "Waiting") return;
		const role = __(frm.doc.role);
		frm.dashboard.clear_headline();
		frm.dashboard.set_headline(
			__("{0} opens cases to {1} only once you confirm it.", [
				frappe.utils.escape_html(role),
				frappe.utils.escape_html(frm.doc.user),
			])
		);
		if ([frm.doc.user, frm.doc.given_by].includes(frappe.session.user)) return;
		frm.add_custom_button(__("Confirm the Role"), () =>
			frappe.confirm(
				__("Does {0} work here as {1}?", [
					frappe.utils.escape_html(frm.doc.user),
					frappe.utils.escape_html(role),
				]),
				() => decide(frm, { confirm: true })
			)
		);
		frm.change_custom_button_type(__("Confirm the Role"), null, "primary");
		frm.add_custom_button(__("Refuse the Role"), () =>
			frappe.prompt(
				{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
				({ reason }) => decide(frm, { confirm: false, reason }),
				__("Refuse the Role"),
				__("Refuse")
			)
		);
		frm.change_custom_button_type(__("Refuse the Role"), null, "danger");
	},
});

function decide(frm, args) {
	return frappe
		.xcall("core_minori.api.confirmations.decide", { name: frm.doc.name, ...args })
		.then(() => frm.reload_doc());
}
