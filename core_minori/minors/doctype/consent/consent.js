frappe.ui.form.on("Consent", {
	onload(frm) {
		if (frm.is_new()) start(frm);
	},

	case_file(frm) {
		start(frm);
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.set_intro("");
		if (frm.doc.withdrawn_on) {
			frm.set_intro(__("Withdrawn on {0}.", [frappe.datetime.str_to_user(frm.doc.withdrawn_on)]), "red");
		}
		show_open_referrals(frm);
		if (frm.perm[0]?.write && frm.doc.outcome === "Given" && !frm.doc.withdrawn_on) {
			frm.add_custom_button(__("Withdraw"), () => withdraw(frm));
		}
		if (frappe.model.can_print("Consent")) {
			frm.add_custom_button(__("Print Notice and Consent"), () =>
				window.open(
					frappe.urllib.get_full_url(
						`/printview?doctype=Consent&name=${encodeURIComponent(frm.doc.name)}` +
							`&format=${encodeURIComponent("Notice and Consent")}&no_letterhead=1&_lang=it&trigger_print=1`,
					),
					"_blank",
				),
			);
		}
	},
});

// The case knows the language, the guardian and the mediator.
function start(frm) {
	if (!frm.is_new() || !frm.doc.case_file || frm.started_for === frm.doc.case_file) return;
	frm.started_for = frm.doc.case_file;
	frappe
		.call({
			method: "core_minori.api.consents.consents_of",
			type: "GET",
			args: { case_file: frm.doc.case_file },
		})
		.then(({ message }) => {
			const people = message?.people;
			if (!people) return;
			const known = {
				language: people.language,
				notice_language: people.language,
				given_by: people.consents_as,
				given_by_name: people.guardian,
				mediator_present: people.mediator ? 1 : 0,
				mediator_name: people.mediator_name,
			};
			for (const [field, value] of Object.entries(known)) {
				if (value && !frm.doc[field]) frm.set_value(field, value);
			}
		});
}

function withdraw(frm) {
	frappe.prompt(
		[
			{
				fieldname: "withdrawn_on",
				fieldtype: "Date",
				label: __("Withdrawn On"),
				default: frappe.datetime.get_today(),
				reqd: 1,
			},
			{
				fieldname: "withdrawn_by",
				fieldtype: "Select",
				label: __("Withdrawn By"),
				options: frappe.meta.get_docfield("Consent", "given_by").options,
				default: frm.doc.given_by,
				reqd: 1,
			},
			{
				fieldname: "withdrawal_note",
				fieldtype: "Small Text",
				label: __("Note on the Withdrawal"),
			},
		],
		(values) => frm.set_value(values).then(() => frm.save()),
		__("Withdraw"),
		__("Confirm"),
	);
}

function show_open_referrals(frm) {
	if (frm.doc.purpose !== "Sharing with an Organisation" || !frappe.model.can_read("Referral")) return;
	frappe
		.call({
			method: "core_minori.api.consents.open_referrals",
			type: "GET",
			args: { consent: frm.doc.name },
		})
		.then(({ message }) => {
			const uncovered = (message || []).filter((row) => !row.covered);
			if (!uncovered.length) return;
			const links = uncovered
				.map(
					(row) =>
						`${frappe.utils.get_form_link("Referral", row.name, true)} (${frappe.utils.escape_html(__(row.status))})`,
				)
				.join(", ");
			frm.set_intro(
				__("These open referrals rest on a consent that no longer holds: {0}. Their receivers still read them.", [
					links,
				]),
				"red",
			);
			if (frappe.model.can_write("Referral")) {
				frm.add_custom_button(__("Revoke the Referrals"), () => revoke(frm, uncovered)).addClass(
					"btn-danger",
				);
			}
		});
}

function revoke(frm, rows) {
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("Why is it revoked?"),
			default: __("The consent was withdrawn."),
			reqd: 1,
		},
		async ({ reason }) => {
			for (const row of rows) {
				await frappe.call({
					method: "core_minori.api.referrals.act",
					type: "POST",
					args: { referral: row.name, action: "Revoke", reason },
					freeze: true,
				});
			}
			frappe.show_alert({ message: __("Revoked: {0}", [rows.length]), indicator: "green" });
			frm.reload_doc();
		},
		__("Revoke the Referrals"),
		__("Confirm"),
	);
}
