frappe.ui.form.on("Reimbursement Claim", {
	refresh(frm) {
		if (frm.doc.docstatus !== 1) return;
		frm.add_custom_button(__("Dossier"), () => ask_dossier(frm), __("Papers"));
		for (const [label, format] of [
			[__("Claim Cover"), "Claim Cover"],
			[__("Stamp Sheet"), "Stamp Sheet"],
		]) {
			frm.add_custom_button(
				label,
				() => {
					const args = new URLSearchParams({ name: frm.doc.name, print_format: format });
					window.open(`/api/method/core_minori.api.papers.claim_print?${args}`);
				},
				__("Papers")
			);
		}
	},
});

async function ask_dossier(frm) {
	const { message } = await frappe.call({
		method: "core_minori.api.papers.request_dossier",
		args: { name: frm.doc.name },
		freeze: true,
	});
	if (message.ready) {
		window.open(
			`/api/method/core_minori.api.papers.dossier?${new URLSearchParams({ name: frm.doc.name })}`
		);
		return;
	}
	frappe.msgprint(
		__("The dossier has {0} files: a worker makes it and attaches it to this claim.", [message.files])
	);
}
