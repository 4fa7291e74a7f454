frappe.ui.form.on("Intervention", {
	setup(frm) {
		frm.set_query("user", "operators", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("budget_line", () => ({
			filters: { disabled: 0, ...(frm.doc.project ? { funded_project: frm.doc.project } : {}) },
		}));
	},

	onload(frm) {
		if (!frm.is_new()) return;
		if (!(frm.doc.operators || []).length) {
			frm.add_child("operators", { user: frappe.session.user });
			frm.refresh_field("operators");
		}
		if (frm.doc.intervention_group) frm.set_value("mode", "Group");
		if (frm.doc.starts_at) frm.doc.starts_at = `${frm.doc.starts_at.slice(0, 16)}:00`;
		if (frm.doc.case_file) frm.trigger("case_file");
		frm.trigger("starts_at");
	},

	refresh(frm) {
		frm.toggle_display("budget_line", frappe.model.can_read("FAMI Budget Line"));
		frm.toggle_display("activity_type", frappe.model.can_read("Activity Type"));
		if (frm.is_new()) return;
		const sheets = frm.doc.__onload?.submitted_sheets || [];
		if (sheets.length) {
			frm.set_intro(
				__(
					"The hours stand in the submitted timesheet {0}: day, hours, operators and project cannot change.",
					[sheets.join(", ")]
				),
				"blue"
			);
		}
		const past = frm.doc.starts_at <= frappe.datetime.now_datetime();
		if (frm.doc.status === "Planned" && frm.perm[0]?.write) {
			if (past) frm.add_custom_button(__("Mark as Done"), () => give_status(frm, "Done")).addClass("btn-primary");
			if (past) frm.add_custom_button(__("Not Held"), () => give_status(frm, "Not Held"));
			frm.add_custom_button(__("Cancelled"), () => give_status(frm, "Cancelled"));
		}
		if (frm.doc.intervention_group) {
			frm.add_custom_button(__("Month of the Group"), () =>
				frappe.set_route("Form", "Intervention Group", frm.doc.intervention_group)
			);
		}
	},

	case_file(frm) {
		if (!frm.is_new() || !frm.doc.case_file || frm.doc.project) return;
		frappe
			.call({
				method: "core_minori.api.interventions.for_case",
				type: "GET",
				args: { case_file: frm.doc.case_file },
			})
			.then(({ message }) => {
				if (message?.project && !frm.doc.project) frm.set_value("project", message.project);
			});
	},

	// what has begun is most often being written down afterwards, what is to come is a plan
	starts_at(frm) {
		if (!frm.is_new() || frm.status_chosen || !frm.doc.starts_at) return;
		const status = frm.doc.starts_at > frappe.datetime.now_datetime() ? "Planned" : "Done";
		if (["Planned", "Done"].includes(frm.doc.status) && frm.doc.status !== status) {
			frm.doc.status = status;
			frm.refresh_field("status");
			frm.refresh_field("outcome");
		}
	},

	status(frm) {
		frm.status_chosen = true;
	},
});

function give_status(frm, status) {
	const save = () => frm.set_value("status", status).then(() => frm.save());
	frm.is_dirty() ? frappe.confirm(__("Save your changes too?"), save) : save();
}
