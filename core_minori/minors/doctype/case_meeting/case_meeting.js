frappe.ui.form.on("Case Meeting", {
	onload(frm) {
		if (frm.is_new() && frm.doc.case_file) prepare(frm);
	},

	case_file(frm) {
		if (frm.is_new() && frm.doc.case_file) prepare(frm);
	},

	refresh(frm) {
		if (frm.is_new()) return;
		if (frm.doc.next_meeting_at && frappe.model.can_create("Case Meeting")) {
			frm.add_custom_button(__("Plan the Next Meeting"), () =>
				frappe.new_doc("Case Meeting", {
					case_file: frm.doc.case_file,
					meeting_type: frm.doc.meeting_type,
				})
			);
		}
		const open = (frm.doc.decisions || []).filter((row) => row.todo && !row.done_on).length;
		frm.dashboard.stats_area_row?.empty(); // a refresh would show it once more
		if (open) frm.dashboard.add_indicator(__("Open decisions: {0}", [open]), "orange");
	},
});

// Who takes part and what is late or not reached yet: known already, so nobody types it.
function prepare(frm) {
	const { name, case_file } = frm.doc;
	if (frm.prepared_for === name + case_file) return;
	frm.prepared_for = name + case_file;
	frappe
		.call({ method: "core_minori.api.cases.meeting_draft", type: "GET", args: { case_file } })
		.then(async ({ message }) => {
			if (!message || frm.doc.name !== name || frm.doc.case_file !== case_file) return;
			for (const field of ["held_at", "place", "next_meeting_at", "agenda"]) {
				if (message[field]) await frm.set_value(field, message[field]);
			}
			if (!(frm.doc.participants || []).some((row) => row.user || row.participant)) {
				frm.clear_table("participants");
				for (const row of message.participants) frm.add_child("participants", row);
				frm.refresh_field("participants");
			}
		});
}
