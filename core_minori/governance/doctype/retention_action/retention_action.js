// A step of a case's conservation: who may, decides it here. The rules are the server's.
(() => {
	const METHOD = "core_minori.api.rights";
	const FINAL = ["Pseudonymised", "Discarded"];

	frappe.ui.form.on("Retention Action", {
		refresh(frm) {
			if (frm.is_new()) {
				frm.set_intro(__("The server says whether this is the next step and whether its day has come."));
				return;
			}
			if (frm.doc.status !== "Proposed") frm.disable_form();
			if (frm.doc.status === "Proposed") {
				frm.add_custom_button(
					FINAL.includes(frm.doc.step) ? __("Approve") : __("Approve and Do"),
					() => sure(frm, "approve"),
				).addClass("btn-primary");
			}
			if (frm.doc.status === "Approved") {
				frm.add_custom_button(__("Carry Out"), () => sure(frm, "carry_out")).addClass("btn-danger");
			}
			if (["Proposed", "Approved"].includes(frm.doc.status)) {
				frm.add_custom_button(__("Refuse"), () =>
					frappe.prompt(
						{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
						({ reason }) => take(frm, "refuse", { reason }),
						__("Refuse"),
					),
				);
			}
			if (FINAL.includes(frm.doc.step) && frm.doc.status !== "Done") {
				frm.set_intro(
					__("This cannot be undone: one person approves it, and another one carries it out."),
					"orange",
				);
			}
		},
	});

	function sure(frm, step) {
		if (frm.is_dirty()) {
			frappe.msgprint(__("Save first."));
			return;
		}
		const text = FINAL.includes(frm.doc.step)
			? __("{0} of {1} cannot be undone. Go on?", [__(frm.doc.step), frm.doc.case_file])
			: __("{0}: {1}. Go on?", [frm.doc.case_file, __(frm.doc.step)]);
		frappe.confirm(frappe.utils.escape_html(text), () => take(frm, step, {}));
	}

	function take(frm, step, args) {
		frappe
			.call({
				method: `${METHOD}.${step}`,
				args: { action: frm.doc.name, ...args },
				freeze: true,
			})
			.then(() => frm.reload_doc());
	}
})();
