// What the form of a case says of the rights of its person: limited or archived, requests, decisions that wait.
(() => {
	const METHOD = "core_minori.api.rights";

	frappe.ui.form.on("Case File", {
		refresh(frm) {
			if (frm.is_new()) return;
			const asked = (frm.rights_asked = {});
			frappe
				.call({
					method: `${METHOD}.waiting`,
					type: "GET",
					args: { case_file: frm.doc.name },
				})
				.then(({ message }) => {
					if (!message || frm.rights_asked !== asked || cur_frm !== frm) return;
					show(frm, message);
				});
			add_menu(frm);
		},
	});

	function show(frm, rights) {
		if (rights.restricted) {
			frm.dashboard.add_indicator(__("Restricted at the person's request"), "red");
		}
		if (rights.retention_state) {
			frm.dashboard.add_indicator(
				__("Archive: {0}", [__(rights.retention_state)]),
				"gray",
			);
		}
		if (rights.restricted || rights.retention_state) {
			frm.disable_form();
			frm.dashboard.set_headline(
				frappe.utils.escape_html(
					__("Only the coordinator reads this case, and nobody changes it."),
				),
			);
		}
		for (const request of rights.requests) {
			if (["Answered", "Refused"].includes(request.status)) continue;
			frm.dashboard.add_indicator(
				__("Data request: answer by {0}", [frappe.datetime.str_to_user(request.due_on)]),
				request.due_on < frappe.datetime.get_today() ? "red" : "orange",
			);
		}
		for (const decision of rights.decisions) {
			frm.add_custom_button(
				decision.part === "health"
					? __("Hand Out the Health Records?")
					: __("Hand Out the Psychological Notes?"),
				() => decide(frm, decision),
				__("Data Request"),
			);
		}
	}

	function decide(frm, decision) {
		const dialog = new frappe.ui.Dialog({
			title: __("The person asks for their data"),
			fields: [
				{
					fieldtype: "HTML",
					options: `<p>${frappe.utils.escape_html(
						__(
							"Data request {0}, to be answered by {1}. Decide whether what you keep of this case is handed out to the person.",
							[decision.request, frappe.datetime.str_to_user(decision.due_on)],
						),
					)}</p>`,
				},
				{
					fieldname: "answer",
					fieldtype: "Select",
					label: __("Decision"),
					options: [
						{ value: "yes", label: __("Hand it out") },
						{ value: "no", label: __("Leave it out") },
					],
					reqd: 1,
				},
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Reason the Person Is Told"),
					depends_on: "eval:doc.answer=='no'",
					mandatory_depends_on: "eval:doc.answer=='no'",
				},
			],
			primary_action_label: __("Decide"),
			primary_action({ answer, reason }) {
				dialog.disable_primary_action();
				frappe
					.call({
						method: `${METHOD}.decide`,
						args: {
							request: decision.request,
							part: decision.part,
							hand_out: answer === "yes",
							reason: reason || "",
						},
						always: () => dialog.enable_primary_action(),
					})
					.then(() => {
						dialog.hide();
						frm.reload_doc();
					});
			},
		});
		dialog.show();
	}

	function add_menu(frm) {
		if (frappe.model.can_create("Data Request")) {
			frm.page.add_menu_item(__("Record a Request about the Data"), () =>
				frappe.new_doc("Data Request", { case_file: frm.doc.name }),
			);
		}
		if (frappe.model.can_create("Retention Action") && frm.doc.closed_on) {
			frm.page.add_menu_item(__("Propose the Next Step of the Archive"), () =>
				frappe.new_doc("Retention Action", { case_file: frm.doc.name }),
			);
		}
	}
})();
