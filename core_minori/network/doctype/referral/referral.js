frappe.ui.form.on("Referral", {
	setup(frm) {
		frappe.meta.get_docfield("Referral Event", "status").formatter = (value) => __(value, null, "Referral");
		frm.set_query("consent", () => ({
			filters: {
				case_file: frm.doc.case_file,
				purpose: "Sharing with an Organisation",
				outcome: "Given",
			},
		}));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		if (frm.doc.status !== "Drafted") frm.disable_save();
		frappe
			.call({
				method: "core_minori.api.referrals.actions",
				type: "GET",
				args: { referral: frm.doc.name },
			})
			.then(({ message }) => message.forEach((action) => add_step(frm, action)));
	},
});

const NEEDS_WORDS = {
	Reject: () => __("Why is it rejected?"),
	Complete: () => __("What came of it?"),
	Revoke: () => __("Why is it revoked?"),
};
const MAIN = ["Send", "Accept", "Start", "Complete"];

function add_step(frm, action) {
	const button = frm.add_custom_button(__(action, null, "Referral"), () => {
		if (frm.is_dirty()) {
			frappe.msgprint(__("Save first, so that the receiver reads what you see."));
			return;
		}
		if (NEEDS_WORDS[action]) {
			frappe.prompt(
				{ fieldname: "reason", fieldtype: "Small Text", label: NEEDS_WORDS[action](), reqd: 1 },
				({ reason }) => take_step(frm, action, { reason }),
				__(action, null, "Referral"),
				__("Confirm"),
			);
		} else {
			take_step(frm, action, {});
		}
	});
	if (MAIN.includes(action)) button.addClass("btn-primary");
}

function take_step(frm, action, words) {
	return frappe
		.call({
			method: "core_minori.api.referrals.act",
			type: "POST",
			args: { referral: frm.doc.name, action, ...words },
			freeze: true,
		})
		.then(() => frm.reload_doc())
		.catch(() => {
			// What is missing was shown; the coordinator may decide otherwise, with a reason that stays.
			if (action === "Send" && !words.override_reason && frappe.user.has_role("Case Coordinator")) {
				offer_override(frm);
			}
		});
}

function offer_override(frm) {
	frm.add_custom_button(__("Send All the Same"), () =>
		frappe.prompt(
			{
				fieldname: "override_reason",
				fieldtype: "Small Text",
				label: __("Reason to send without consent or agreement"),
				reqd: 1,
			},
			(words) => take_step(frm, "Send", words),
			__("Send All the Same"),
			__("Confirm"),
		),
	);
}
