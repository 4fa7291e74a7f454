const RESEARCH = "core_minori.api.research.";

frappe.ui.form.on("Pseudonymised Export", {
	onload(frm) {
		if (frm.is_new() && !frm.doc.period_from) {
			const today = frappe.datetime.get_today();
			frm.set_value("period_from", frappe.datetime.add_days(frappe.datetime.add_months(today, -12), 1));
			frm.set_value("period_to", today);
		}
	},

	refresh(frm) {
		frm.page.set_indicator(
			__(frm.doc.status),
			{ Draft: "gray", Requested: "orange", Agreed: "blue", Made: "green", Refused: "red" }[frm.doc.status],
		);
		if (frm.is_new()) {
			return;
		}
		if (frm.doc.status !== "Draft") {
			["title", "period_from", "period_to", "project"].forEach((field) =>
				frm.set_df_property(field, "read_only", 1),
			);
			frm.disable_save();
		}
		if (frm.doc.status === "Draft" && frm.perm[0]?.write) {
			primary(frm, __("Send the Request"), () => call(frm, "send"));
		}
		if (frm.doc.status === "Agreed" && frm.perm[0]?.write) {
			primary(frm, __("Make the Workbook"), () => call(frm, "make"));
		}
		if (frm.doc.status === "Made") {
			primary(frm, __("Download the Workbook"), () =>
				window.open(
					`/api/method/${RESEARCH}workbook?name=${encodeURIComponent(frm.doc.name)}`,
				),
			);
		}
		if (frm.doc.status === "Requested") {
			show_decision(frm);
		}
	},
});

function primary(frm, label, action) {
	frm.add_custom_button(label, action).addClass("btn-primary").removeClass("btn-default");
}

function show_decision(frm) {
	const name = frm.doc.name;
	frappe.call({ method: `${RESEARCH}may_decide`, type: "GET", args: { name } }).then(({ message }) => {
		if (frm.doc.name !== name || frm.doc.status !== "Requested") {
			return;
		}
		if (!message) {
			frm.dashboard.set_headline(__("The data protection officer or the coordinator will answer."));
			return;
		}
		primary(frm, __("Agree"), () =>
			frappe.confirm(
				__("Agree to a workbook for this study? It holds no name and no group under five."),
				() => call(frm, "decide", { agree: true }),
			),
		);
		frm.add_custom_button(__("Refuse"), () =>
			frappe.prompt(
				{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
				({ reason }) => call(frm, "decide", { agree: false, reason }),
				__("Refuse"),
			),
		);
	});
}

function call(frm, method, values = {}) {
	return frappe
		.call({
			method: RESEARCH + method,
			args: { name: frm.doc.name, ...values },
			freeze: true,
			freeze_message: __("One moment"),
		})
		.then(() => frm.reload_doc());
}
