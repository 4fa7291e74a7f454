frappe.ui.form.on("Risk Assessment", {
	onload(frm) {
		if (frm.is_new()) start(frm);
	},

	case_file(frm) {
		start(frm);
	},

	refresh(frm) {
		const { judgement, change, previous } = frm.doc.__onload || {};
		frm.get_field("reasons_html").$wrapper.html(
			core_minori.assessment.reasons(frm.is_new() ? null : judgement),
		);
		frm.get_field("change_html").$wrapper.html(
			core_minori.assessment.change(frm.is_new() ? null : change, previous, frm.doc.name),
		);
		frm.toggle_display("section_change", Boolean(!frm.is_new() && change));
		if (frm.is_new()) return;
		frm.set_intro("");
		if (frm.doc.status !== "Draft") {
			frm.disable_save();
			frm.fields.forEach(({ df }) => df.fieldname && frm.set_df_property(df.fieldname, "read_only", 1));
			if (frm.doc.status === "Proposed") {
				frm.set_intro(__("It waits for the decision of a coordinator or of the unit manager."), "orange");
			}
		} else {
			frm.enable_save();
			if (frm.doc.approval_comment) {
				frm.set_intro(
					__("Sent back: {0}", [frappe.utils.escape_html(frm.doc.approval_comment)]),
					"orange",
				);
			}
		}
		add_steps(frm);
	},
});

const NEEDS_COMMENT = { Approve: 0, "Send Back": 1 };

// The dimensions of the case and the factors of the last assessment are there: what is still so is not typed again.
function start(frm) {
	if (!frm.is_new() || !frm.doc.case_file || frm.started_for === frm.doc.case_file) return;
	frm.started_for = frm.doc.case_file;
	frappe
		.call({
			method: "core_minori.api.assessments.assessment_start",
			type: "GET",
			args: { case_file: frm.doc.case_file },
		})
		.then(({ message }) => {
			if (!message) return;
			frm.set_value("occasion", message.occasion);
			for (const table of ["scores", "factors"]) {
				frm.clear_table(table);
				message[table].forEach((row) => frm.add_child(table, row));
				frm.refresh_field(table);
			}
			if (message.factors.length) {
				frm.set_intro(
					__("The factors are those of {0}: take out what no longer holds, add what is new.", [
						message.last,
					]),
					"blue",
				);
			}
		});
}

function add_steps(frm) {
	frappe
		.call({
			method: "core_minori.api.assessments.steps",
			type: "GET",
			args: { assessment: frm.doc.name },
		})
		.then(({ message }) =>
			(message || []).forEach((step) => {
				const button = frm.add_custom_button(__(step), () => take(frm, step));
				if (["Propose", "Approve"].includes(step)) button.addClass("btn-primary");
			}),
		);
}

function take(frm, step) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Save first, so that what is decided on is what you see."));
		return;
	}
	const send = (comment) =>
		frappe
			.call({
				method: "core_minori.api.assessments.take_step",
				type: "POST",
				args: { assessment: frm.doc.name, step, comment },
				freeze: true,
			})
			.then(() => frm.reload_doc());
	if (!(step in NEEDS_COMMENT)) {
		send();
		return;
	}
	frappe.prompt(
		{
			fieldname: "comment",
			fieldtype: "Small Text",
			label: __("Comment"),
			reqd: NEEDS_COMMENT[step],
		},
		({ comment }) => send(comment),
		__(step),
		__("Confirm"),
	);
}
