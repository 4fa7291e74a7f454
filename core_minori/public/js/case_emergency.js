// A case that is open to its reader in an emergency says so, and until when.
frappe.ui.form.on("Case File", {
	refresh(frm) {
		if (frm.is_new() || !frappe.user.has_role("Emergency Reader")) return;
		const name = frm.doc.name;
		frappe
			.call({ method: "core_minori.api.emergency.running", type: "GET", args: { case_file: name } })
			.then(({ message: access }) => {
				if (!access || frm.doc.name !== name) return;
				frm.set_intro(
					__("You read this case in an emergency, until {0}. Every look is kept.", [
						frappe.utils.escape_html(access.until),
					]),
					"orange"
				);
				frm.add_custom_button(__("End the Emergency Access"), () =>
					frappe
						.xcall("core_minori.api.emergency.end", { name: access.name })
						.then(() => frappe.set_route("List", "Emergency Access"))
				);
			});
	},
});
