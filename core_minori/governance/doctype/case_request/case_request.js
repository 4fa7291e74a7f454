frappe.ui.form.on("Case Request", {
	setup(frm) {
		frm.set_query("to_user", () => ({
			query: "core_minori.api.cases.colleagues",
			filters: { care_role: frm.doc.care_role || "Social Worker", but: frm.doc.from_user },
		}));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		// A request is corrected by who wrote it, until it is answered; everybody else answers by the buttons.
		if (frm.doc.status !== "Requested" || frm.doc.requested_by !== frappe.session.user) {
			frm.disable_form();
		}
		const name = frm.doc.name;
		frappe
			.call({ method: "core_minori.api.cases.steps", type: "GET", args: { request: name } })
			.then(({ message }) => {
				if (!message || frm.doc.name !== name) return;
				const colours = {
					Approve: "primary",
					Accept: "primary",
					Reject: "danger",
					Decline: "danger",
				};
				for (const step of message) {
					frm.add_custom_button(__(step), () => take(frm, step));
					if (colours[step])
						frm.change_custom_button_type(__(step), null, colours[step]);
				}
				if (message.includes("Accept")) {
					frm.dashboard.clear_headline();
					frm.dashboard.set_headline(
						__(
							"You are asked to take this case over. You read the case once you accept; from then on it is yours and your colleague's access ends."
						)
					);
				}
			});
	},
});

async function take(frm, step) {
	const needs_reason = ["Reject", "Decline"].includes(step);
	const closing = step === "Approve" && frm.doc.request_type === "Closure";
	let open = [];
	if (closing) {
		const { message } = await frappe.call({
			method: "core_minori.api.cases.still_open",
			type: "GET",
			args: { case_file: frm.doc.case_file },
		});
		open = message || [];
	}
	const rows = open.map((row) => `<li>${__(row.doctype)}: ${row.count}</li>`).join("");
	const planned = open.some((row) => ["Intervention", "Referral"].includes(row.doctype));
	const dialog = new frappe.ui.Dialog({
		title: `${__(step)}: ${__(frm.doc.request_type)}`,
		fields: [
			...(open.length
				? [
						{
							fieldname: "open_html",
							fieldtype: "HTML",
							options: `<div class="alert alert-warning"><b>${__(
								"Still open"
							)}</b><ul class="mb-0">${rows}</ul></div>`,
						},
				  ]
				: []),
			...(planned
				? [
						{
							fieldname: "end_open",
							fieldtype: "Check",
							label: __(
								"Cancel planned interventions and referrals that nobody answered"
							),
						},
				  ]
				: []),
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				reqd: needs_reason ? 1 : 0,
			},
		],
		primary_action_label: __(step),
		primary_action(values) {
			dialog.disable_primary_action();
			frappe
				.call({
					method: "core_minori.api.cases.take_step",
					type: "POST",
					args: {
						request: frm.doc.name,
						step,
						reason: values.reason || "",
						end_open: values.end_open ? 1 : 0,
					},
					freeze: true,
				})
				.then(
					() => {
						dialog.hide();
						frm.reload_doc();
					},
					() => dialog.enable_primary_action()
				);
		},
	});
	dialog.show();
}
