// Where the minor lives, and what is done about it: one button for the next step.
(() => {
	const GROUP = () => __("Placement");

	frappe.ui.form.on("Case File", {
		refresh(frm) {
			if (frm.is_new()) return;
			const asked = (frm.place_asked = {});
			frappe
				.call({
					method: "core_minori.api.legal.place_of",
					type: "GET",
					args: { case_file: frm.doc.name },
				})
				.then(({ message }) => {
					if (!message || frm.place_asked !== asked || cur_frm !== frm) return;
					show_place(frm, message);
					add_buttons(frm, message);
				});
			if (frappe.model.can_create("Personal Document")) {
				frm.add_custom_button(
					__("Check List of Documents"),
					() => add_documents(frm),
					__("Add"),
				);
			}
		},
	});

	function show_place(frm, place) {
		const lines = [];
		if (place.days_in_first_reception !== null && place.days_in_first_reception !== undefined) {
			lines.push(__("Days in first reception: {0}", [place.days_in_first_reception]));
		}
		for (const row of place.waiting || []) {
			const where = row.facility || __(row.living_arrangement);
			lines.push(
				`<a href="/app/placement/${encodeURIComponent(row.name)}"><b>${frappe.utils.escape_html(
					row.status === "Requested"
						? __("A move waits for its approval: {0}", [where])
						: __("A move is approved: {0}", [where]),
				)}</b></a>`,
			);
		}
		if (!place.placement && !place.missing && place.may_ask) {
			lines.push(__("No placement is running: use Move."));
		}
		frm.get_field("living_arrangement").set_new_description(lines.join("<br>"));
	}

	function add_buttons(frm, place) {
		if (!place.may_ask) return;
		const [waiting] = place.waiting;
		if (waiting && (place.may_decide || waiting.status === "Assigned")) {
			const label = waiting.status === "Requested" ? __("Decide the Move") : __("Record the Arrival");
			frm.add_custom_button(
				label,
				() =>
					waiting.status === "Requested"
						? frappe.set_route("Form", "Placement", waiting.name)
						: core_minori.record_arrival(waiting.name, waiting.from_at, () => frm.reload_doc()),
				GROUP(),
			);
		}
		if (!waiting) {
			frm.add_custom_button(__("Move"), () => ask_move(frm, place), GROUP());
		}
		if (place.placement) {
			frm.add_custom_button(__("Gone Missing"), () => ask_missing(frm), GROUP());
		}
		if (place.missing) {
			frm.add_custom_button(__("Came Back"), () => ask_back(frm), GROUP());
		}
	}

	function ask_move(frm, place) {
		const dialog = new frappe.ui.Dialog({
			title: __("Move"),
			fields: [
				{
					fieldname: "living_arrangement",
					fieldtype: "Select",
					label: __("Living Arrangement"),
					options: ["Facility", "Family", "Foster Family", "Independent"].map((value) => ({
						value,
						label: __(value),
					})),
					default: "Facility",
					reqd: 1,
				},
				{
					fieldname: "facility",
					fieldtype: "Link",
					label: __("Facility"),
					options: "Facility",
					depends_on: "eval:doc.living_arrangement=='Facility'",
					mandatory_depends_on: "eval:doc.living_arrangement=='Facility'",
					get_query: () => ({
						filters: { disabled: 0, name: ["!=", frm.doc.facility || ""] },
					}),
				},
				{
					fieldname: "moment",
					fieldtype: "Datetime",
					label: __("Day and Hour"),
					default: place.may_move ? frappe.datetime.now_datetime() : undefined,
					description: place.may_move
						? __("Of the arrival. Into the second reception the protection unit approves first.")
						: __("When the place is wanted. The protection unit approves the move."),
				},
				{
					fieldname: "title_of_placement",
					fieldtype: "Select",
					label: __("Title of the Placement"),
					options: [
						"",
						"Emergency Reception",
						"Art. 403 c.c.",
						"Court Order",
						"Consent of the Holder of Parental Responsibility",
						"Prosieguo",
						"Other",
					].map((value) => ({ value, label: __(value) })),
				},
				{ fieldname: "notes", fieldtype: "Small Text", label: __("Reason") },
			],
			primary_action_label: place.may_move ? __("Move") : __("Ask for the Move"),
			primary_action(values) {
				post("move", { case_file: frm.doc.name, ...values }).then(({ message }) => {
					if (!message) return;
					dialog.hide();
					frappe.show_alert({
						message:
							message.status === "Requested"
								? __("The protection unit was asked for the move.")
								: __("The minor was moved."),
						indicator: message.status === "Requested" ? "orange" : "green",
					});
					frm.reload_doc();
				});
			},
		});
		dialog.show();
	}

	function ask_missing(frm) {
		ask_moment(__("Gone Missing"), __("Last Seen At"), (moment) =>
			post("gone_missing", { case_file: frm.doc.name, since: moment }).then(async ({ message }) => {
				await frm.reload_doc();
				if (!message.may_report) {
					frappe.msgprint(
						__("Tell the coordinator at once: the disappearance is reported to the police."),
					);
					return;
				}
				frappe.confirm(
					__("A disappearance is reported to the police at once. Write the report now?"),
					() =>
						frappe.new_doc("Protection Report", {
							case_file: frm.doc.name,
							report_type: "Disappearance",
							noticed_at: frappe.datetime.now_datetime(),
							authority: "Police",
						}),
				);
			}),
		);
	}

	function ask_back(frm) {
		ask_moment(__("Came Back"), __("Back Since"), (moment) =>
			post("came_back", { case_file: frm.doc.name, moment }).then(() => frm.reload_doc()),
		);
	}

	function add_documents(frm) {
		post("add_document_list", { case_file: frm.doc.name }).then(({ message }) => {
			frappe.show_alert(
				message.length
					? __("Documents to look for: {0}", [message.map((paper) => __(paper)).join(", ")])
					: __("Every document of the list has its row already."),
			);
			frappe.set_route("List", "Personal Document", { case_file: frm.doc.name });
		});
	}

	function ask_moment(title, label, done) {
		frappe.prompt(
			{
				fieldname: "moment",
				fieldtype: "Datetime",
				label,
				reqd: 1,
				default: frappe.datetime.now_datetime(),
			},
			({ moment }) => done(moment),
			title,
		);
	}

	function post(method, args) {
		return frappe.call({ method: `core_minori.api.legal.${method}`, args, freeze: true });
	}

	frappe.provide("core_minori");
	core_minori.record_arrival = (placement, wanted, done) =>
		frappe.prompt(
			{
				fieldname: "arrived_at",
				fieldtype: "Datetime",
				label: __("Arrived At"),
				reqd: 1,
				default:
					wanted && wanted < frappe.datetime.now_datetime()
						? wanted
						: frappe.datetime.now_datetime(),
			},
			({ arrived_at }) => post("record_arrival", { placement, arrived_at }).then(done),
			__("Record the Arrival"),
		);
})();
