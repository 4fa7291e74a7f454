frappe.ui.form.on("Placement", {
	setup(frm) {
		frm.set_query("facility", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.set_intro(""); // a refresh would say it once more
		const { status } = frm.doc;
		if (!["Requested", "Assigned"].includes(status)) return;
		const decides =
			frappe.user.has_role("Protection Unit Manager") || frappe.user.has_role("Case Coordinator");
		if (status === "Requested" && frm.doc.owner === frappe.session.user) {
			frm.set_intro(__("You asked for this move: somebody else of the protection unit approves it."), "blue");
		} else if (status === "Requested" && decides) {
			frm.set_intro(
				__("{0} asks for this move.", [
					frappe.utils.escape_html(frm.doc.__onload?.asked_by || frm.doc.owner),
				]),
				"orange",
			);
			frm.add_custom_button(__("Approve"), () => decide(frm, true)).addClass("btn-primary");
			frm.add_custom_button(__("Decline"), () =>
				frappe.prompt(
					{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
					({ reason }) => decide(frm, false, reason),
					__("Decline"),
				),
			);
		}
		if (status === "Assigned") {
			frm.set_intro(__("Approved. Record the arrival when the minor is there."), "green");
			frm.add_custom_button(__("Record the Arrival"), () => record_arrival(frm)).addClass("btn-primary");
		}
	},
});

function decide(frm, approve, reason) {
	frappe
		.call({
			method: "core_minori.api.legal.decide_move",
			args: { placement: frm.doc.name, approve, reason },
			freeze: true,
		})
		.then(() => frm.reload_doc());
}

function record_arrival(frm) {
	const now = frappe.datetime.now_datetime();
	frappe.prompt(
		{
			fieldname: "arrived_at",
			fieldtype: "Datetime",
			label: __("Arrived At"),
			reqd: 1,
			default: frm.doc.from_at && frm.doc.from_at < now ? frm.doc.from_at : now,
		},
		({ arrived_at }) =>
			frappe
				.call({
					method: "core_minori.api.legal.record_arrival",
					args: { placement: frm.doc.name, arrived_at },
					freeze: true,
				})
				.then(() => frm.reload_doc()),
		__("Record the Arrival"),
	);
}
