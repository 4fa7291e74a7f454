// A request of a person about their data: one button for the next step.
(() => {
	const METHOD = "core_minori.api.rights";

	frappe.ui.form.on("Data Request", {
		refresh(frm) {
			if (frm.is_new()) return;
			show_clock(frm);
			const steps = frm.doc.__onload?.steps || [];
			const buttons = { export: export_buttons, correct, restrict, lift };
			for (const step of steps) buttons[step](frm);
			if (frm.doc.corrected_record && !frm.doc.answered_on) {
				frm.add_custom_button(__("Open the Record"), () => open_record(frm));
			}
			if (!frm.doc.case_file) {
				frm.set_intro(__("Next: choose the case, when it is known whose data it is about."));
			} else if (!frm.doc.identity_verified_on && !frm.doc.answered_on) {
				frm.set_intro(__("Next: verify who asks, and write when and how."));
			} else if (!frm.doc.answered_on) {
				frm.set_intro(next_of(frm));
			}
		},

		answered_on(frm) {
			if (frm.doc.answered_on && !frm.doc.outcome && !frm.doc.refusal_reason) {
				frm.set_value("outcome", frm.doc.request_type === "Erasure" ? "Not Satisfied" : "Satisfied");
			}
		},

		outcome(frm) {
			if (frm.doc.outcome && !frm.doc.answered_on) {
				frm.set_value("answered_on", frappe.datetime.get_today());
			}
			suggest_reason(frm);
		},
	});

	function show_clock(frm) {
		if (frm.doc.answered_on) {
			const late = frm.doc.answered_on > frm.doc.due_on;
			frm.dashboard.add_indicator(
				late ? __("Answered late") : __("Answered in time"),
				late ? "orange" : "green",
			);
			return;
		}
		const days = frappe.datetime.get_diff(frm.doc.due_on, frappe.datetime.get_today());
		frm.dashboard.add_indicator(
			days < 0 ? __("Overdue by {0} days", [-days]) : __("{0} days left", [days]),
			days < 0 ? "red" : days <= 7 ? "orange" : "blue",
		);
	}

	function next_of(frm) {
		const doc = frm.doc;
		if (["Access", "Portability"].includes(doc.request_type)) {
			if (!doc.health_release || !doc.psychological_release) {
				return __(
					"What professionals keep of health and of the mind is left out until they decide, on the form of the case.",
				);
			}
			return doc.exported_on ? __("Next: hand out the copy, and write the answer.") : "";
		}
		if (doc.request_type === "Rectification") {
			if (doc.corrected_on) return __("Corrected: write the answer.");
			if (doc.corrected_record) {
				return __("Next: correct the record and save it; the request finds the correction by itself.");
			}
		}
		if (["Erasure", "Objection"].includes(doc.request_type)) {
			return __(
				"A case is kept as the rules of retention say, and discarded with an act of the archive authority: write the answer with its reason.",
			);
		}
		return "";
	}

	// Art. 17(3): said once in the language of the desk, and then the officer's own words.
	function suggest_reason(frm) {
		if (
			["Erasure", "Objection"].includes(frm.doc.request_type) &&
			["Not Satisfied", "Satisfied in Part"].includes(frm.doc.outcome) &&
			!frm.doc.refusal_reason
		) {
			frm.set_value(
				"refusal_reason",
				__(
					"The case is kept in the public interest and by the law on archives (GDPR art. 17(3)(b) and (d); D.Lgs. 42/2004 art. 21), for the time of the controller's plan of conservation.",
				),
			);
		}
	}

	function export_buttons(frm) {
		frm.add_custom_button(__("Look at the Copy"), () => preview(frm), __("Copy of the Data"));
		for (const [label, form, versions] of [
			[__("Document (PDF)"), "pdf", false],
			[__("JSON"), "json", false],
			[__("Archive with the Files"), "zip", false],
			[__("Archive with the Files and the Changes"), "zip", true],
		]) {
			frm.add_custom_button(
				label,
				() => {
					open_url_post("/api/method/core_minori.api.rights.export", {
						request: frm.doc.name,
						form,
						with_versions: versions ? 1 : 0,
					});
					setTimeout(() => cur_frm === frm && !frm.is_dirty() && frm.reload_doc(), 5000);
				},
				__("Copy of the Data"),
			);
		}
	}

	function preview(frm) {
		frappe
			.call({
				method: `${METHOD}.preview`,
				args: { request: frm.doc.name },
				freeze: true,
				freeze_message: __("Gathering the data"),
			})
			.then(({ message }) => {
				if (!message) return;
				const dialog = new frappe.ui.Dialog({
					title: __("Copy of the Data"),
					size: "extra-large",
					fields: [{ fieldtype: "HTML", fieldname: "copy" }],
				});
				const frame = document.createElement("iframe");
				// what is shown was written by many hands: nothing in it runs
				frame.setAttribute("sandbox", "");
				frame.style.cssText = "width:100%;height:70vh;border:0;background:#fff";
				frame.srcdoc = message;
				dialog.get_field("copy").$wrapper.append(frame);
				dialog.show();
				dialog.onhide = () => frm.reload_doc();
			});
	}

	function correct(frm) {
		frm.add_custom_button(__("Correct the Data"), () => {
			frappe
				.call({
					method: `${METHOD}.correctable`,
					type: "GET",
					args: { request: frm.doc.name },
				})
				.then(({ message }) => message && ask_field(frm, message));
		});
	}

	function ask_field(frm, kinds) {
		if (!kinds.length) {
			frappe.msgprint(__("No record of this person is yours to change."));
			return;
		}
		const kind = (doctype) => kinds.find((one) => one.doctype === doctype) || kinds[0];
		const dialog = new frappe.ui.Dialog({
			title: __("What Is Wrong?"),
			fields: [
				{
					fieldname: "doctype",
					fieldtype: "Select",
					label: __("Record Type"),
					options: kinds.map((one) => ({ value: one.doctype, label: one.label })),
					default: kinds[0].doctype,
					reqd: 1,
					change: () => fill(),
				},
				{ fieldname: "record", fieldtype: "Select", label: __("Record"), reqd: 1 },
				{ fieldname: "fieldname", fieldtype: "Select", label: __("Field"), reqd: 1 },
			],
			primary_action_label: __("Open the Record"),
			primary_action(values) {
				dialog.disable_primary_action();
				frappe
					.call({
						method: `${METHOD}.open_correction`,
						args: { request: frm.doc.name, ...values },
						always: () => dialog.enable_primary_action(),
					})
					.then(() => {
						dialog.hide();
						show_record(values.doctype, values.record, values.fieldname);
					});
			},
		});
		function fill() {
			const one = kind(dialog.get_value("doctype"));
			dialog.set_df_property("record", "options", one.names);
			dialog.set_df_property(
				"fieldname",
				"options",
				one.fields.map((field) => ({ value: field.fieldname, label: field.label })),
			);
			dialog.set_value("record", one.names[0]);
			dialog.set_value("fieldname", one.fields[0].fieldname);
		}
		dialog.show();
		fill();
	}

	function open_record(frm) {
		show_record(frm.doc.corrected_doctype, frm.doc.corrected_record, frm.doc.field_to_correct);
	}

	function show_record(doctype, record, fieldname) {
		frappe.set_route("Form", doctype, record).then(() => {
			setTimeout(() => {
				if (cur_frm?.doc.name === record && fieldname) cur_frm.scroll_to_field(fieldname);
			}, 800);
		});
	}

	function restrict(frm) {
		frm.add_custom_button(__("Restrict the Cases"), () =>
			frappe.confirm(
				__("Only the coordinator will read the cases of this person, and nobody will change them. Go on?"),
				() =>
					frappe
						.call({ method: `${METHOD}.restrict`, args: { request: frm.doc.name }, freeze: true })
						.then(() => frm.reload_doc()),
			),
		);
	}

	function lift(frm) {
		frm.add_custom_button(__("Lift the Restriction"), () =>
			frappe.prompt(
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Reason the Person Was Told"),
					reqd: 1,
				},
				({ reason }) =>
					frappe
						.call({
							method: `${METHOD}.lift`,
							args: { request: frm.doc.name, reason },
							freeze: true,
						})
						.then(() => frm.reload_doc()),
				__("Lift the Restriction"),
			),
		);
	}
})();
