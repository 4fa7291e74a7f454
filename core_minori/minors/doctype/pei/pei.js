const RUNNING = ["In Progress", "Under Review"];
const APPROVED = ["Approved by the Unit", "Signed", ...RUNNING];
const escape = (text) => frappe.utils.escape_html(String(text ?? ""));

frappe.ui.form.on("PEI", {
	setup(frm) {
		frm.set_query("referral", "interventions", () => ({
			filters: { case_file: frm.doc.case_file },
		}));
		frm.set_query("organisation", "interventions", () => ({ filters: { disabled: 0 } }));
	},

	onload(frm) {
		if (frm.is_new() && frm.doc.case_file) fill_from_case(frm);
	},

	case_file(frm) {
		if (frm.is_new() && frm.doc.case_file) fill_from_case(frm);
	},

	refresh(frm) {
		offer_areas(frm);
		if (frm.is_new()) return;
		show_where_it_stands(frm);
		show_reviews(frm);
		show_carried_out(frm);
		add_buttons(frm);
	},
});

// What the case knows goes into the empty fields, once for each case chosen; all of it can be changed.
function fill_from_case(frm) {
	if (frm.filled_from === frm.doc.case_file) return;
	frm.filled_from = frm.doc.case_file;
	return frappe
		.call({
			method: "core_minori.api.plans.prefill",
			type: "GET",
			args: { case_file: frm.doc.case_file },
		})
		.then(async ({ message }) => {
			const { objectives = [], ...values } = message || {};
			for (const [field, value] of Object.entries(values)) {
				if (!frm.doc[field]) await frm.set_value(field, value);
			}
			if (!(frm.doc.objectives || []).some((row) => row.area || row.objective)) {
				if (objectives.length) frm.clear_table("objectives");
				for (const row of objectives) frm.add_child("objectives", row);
				frm.refresh_field("objectives");
			}
			await frm.set_value("prefilled", 1);
			if (Object.keys(values).length) {
				frappe.show_alert({
					message: __("Filled with what the case knows: check it and change what is not right."),
					indicator: "blue",
				});
			}
		});
}

function offer_areas(frm) {
	const grid = frm.fields_dict.objectives?.grid;
	if (!grid || frm.is_new() || frm.doc.__onload?.family !== false) return;
	const field = frappe.meta.get_docfield("PEI Objective", "area");
	grid.update_docfield_property(
		"area",
		"options",
		field.options.split("\n").filter((area) => area !== "Parenting").join("\n"),
	);
}

function show_where_it_stands(frm) {
	const { workflow_state: state } = frm.doc;
	const texts = {
		Superseded: __("A newer version took the place of this one."),
		"Approved by the Unit": __("Approved: write down the signatures, then press {0}.", [
			__("Record Signatures").bold(),
		]),
		Signed: __("Signed: press {0} to begin.", [__("Start Plan").bold()]),
	};
	const running = RUNNING.includes(state)
		? __("The plan stands as it was approved: here only progress and outcomes are written. For other changes make a new version.")
		: "";
	frm.set_intro(texts[state] || running, state === "Superseded" ? "orange" : "blue");
}

function add_buttons(frm) {
	const { workflow_state: state } = frm.doc;
	const reads = frm.doc.__onload?.reads || {};
	if (RUNNING.includes(state) || state === "Signed") {
		if (frappe.model.can_create("PEI Review") && reads.review) {
			frm.add_custom_button(__("Write a Review"), () =>
				frappe.new_doc("PEI Review", { case_file: frm.doc.case_file, pei: frm.doc.name }),
			);
		}
	}
	if (APPROVED.includes(state) && frm.doc.interventions?.length) {
		if (reads.work && frappe.model.can_create("Intervention")) {
			frm.add_custom_button(__("Plan Interventions"), () => when_saved(frm, plan_interventions));
		}
		if (reads.referral && frappe.model.can_create("Referral")) {
			frm.add_custom_button(__("Make a Referral"), () => when_saved(frm, make_referral));
		}
	}
	if (frm.doc.previous_version) {
		frm.add_custom_button(__("Compare with the Previous Version"), () => compare(frm));
	}
	if (RUNNING.includes(state) && frappe.model.can_create("PEI")) {
		frm.add_custom_button(__("New Version"), () => new_version(frm.doc.name));
	}
	if (frappe.model.can_read("Clinical Record")) {
		frm.add_custom_button(
			__("Clinical Records"),
			() => frappe.set_route("List", "Clinical Record", { case_file: frm.doc.case_file }),
			__("View"),
		);
	}
}

function when_saved(frm, act) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Save the plan first."));
		return;
	}
	act(frm);
}

function new_version(pei, review) {
	return frappe
		.call({
			method: "core_minori.api.plans.new_version",
			type: "POST",
			args: { pei, review },
			freeze: true,
		})
		.then(({ message }) => frappe.set_route("Form", "PEI", message));
}

function row_options(frm) {
	return frm.doc.interventions.map((row) => ({
		value: row.item_key,
		label: [row.idx, __(row.intervention_type), row.organisation, row.frequency]
			.filter(Boolean)
			.join(" · "),
	}));
}

function chosen_row(frm) {
	const [selected] = frm.fields_dict.interventions.grid.get_selected_children();
	return (selected || frm.doc.interventions[0]).item_key;
}

function quarters_of_an_hour() {
	return Array.from({ length: 60 }, (_, step) => {
		const minutes = 7 * 60 + step * 15;
		return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
	});
}

function plan_interventions(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Plan Interventions"),
		fields: [
			{
				fieldname: "item_key",
				fieldtype: "Select",
				label: __("Intervention"),
				options: row_options(frm),
				reqd: 1,
			},
			{ fieldtype: "Section Break" },
			{ fieldname: "first", fieldtype: "Date", label: __("First Day"), reqd: 1 },
			{ fieldname: "last", fieldtype: "Date", label: __("Last Day"), reqd: 1 },
			{ fieldtype: "Column Break" },
			{
				fieldname: "starts_at",
				fieldtype: "Select",
				label: __("Starts At"),
				options: quarters_of_an_hour(),
				reqd: 1,
				default: "15:00",
			},
			{
				fieldname: "hours",
				fieldtype: "Float",
				precision: 2,
				label: __("Hours Each Time"),
				reqd: 1,
				default: 1,
			},
			{ fieldtype: "Section Break" },
			{
				fieldname: "weekdays",
				fieldtype: "MultiCheck",
				label: __("On"),
				columns: 4,
				sort_options: false,
				options: [
					__("Monday"),
					__("Tuesday"),
					__("Wednesday"),
					__("Thursday"),
					__("Friday"),
					__("Saturday"),
					__("Sunday"),
				].map((label, value) => ({ label, value: String(value) })),
			},
			{ fieldtype: "Section Break" },
			{
				fieldname: "every",
				fieldtype: "Select",
				label: __("How Often"),
				options: [
					{ value: 1, label: __("Every week") },
					{ value: 2, label: __("Every two weeks") },
					{ value: 4, label: __("Every four weeks") },
				],
				default: 1,
			},
			{
				fieldname: "skip_holidays",
				fieldtype: "Check",
				label: __("Leave out public holidays"),
				default: 1,
			},
			{ fieldtype: "Column Break" },
			{ fieldname: "place", fieldtype: "Data", label: __("Place") },
		],
		primary_action_label: __("Plan Interventions"),
		primary_action({ weekdays, ...values }) {
			if (!weekdays?.length) {
				frappe.show_alert({ message: __("Choose at least one weekday."), indicator: "orange" });
				return;
			}
			dialog.disable_primary_action();
			frappe
				.call({
					method: "core_minori.api.plans.plan_interventions",
					type: "POST",
					args: { pei: frm.doc.name, weekdays: weekdays.join(","), ...values },
					freeze: true,
				})
				.then(({ message }) => {
					dialog.hide();
					frappe.show_alert({
						message: message.there
							? __("{0} planned, {1} were there already.", [message.made, message.there])
							: __("{0} planned.", [message.made]),
						indicator: "green",
					});
					show_carried_out(frm);
				})
				.always(() => dialog.enable_primary_action());
		},
	});
	const fill = () => {
		const row = frm.doc.interventions.find(
			({ item_key }) => item_key === dialog.get_value("item_key"),
		);
		if (!row) return;
		const today = frappe.datetime.get_today();
		const first = row.start_date && row.start_date > today ? row.start_date : today;
		dialog.set_value("first", first);
		dialog.set_value("last", row.end_date && row.end_date > first ? row.end_date : frappe.datetime.add_months(first, 3));
	};
	dialog.fields_dict.item_key.df.onchange = fill;
	dialog.show();
	dialog.set_value("item_key", chosen_row(frm)).then(fill);
}

function make_referral(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Make a Referral"),
		fields: [
			{
				fieldname: "item_key",
				fieldtype: "Select",
				label: __("Intervention"),
				options: row_options(frm),
				reqd: 1,
			},
			{
				fieldname: "organisation",
				fieldtype: "Link",
				label: __("To"),
				options: "Network Organisation",
				reqd: 1,
			},
		],
		primary_action_label: __("Draft the Referral"),
		primary_action(values) {
			dialog.disable_primary_action();
			frappe
				.call({
					method: "core_minori.api.plans.draft_referral",
					type: "POST",
					args: { pei: frm.doc.name, ...values },
					freeze: true,
				})
				.then(({ message }) => {
					dialog.hide();
					frappe.model.remove_from_locals("PEI", frm.doc.name);
					frappe.set_route("Form", "Referral", message);
				})
				.always(() => dialog.enable_primary_action());
		},
	});
	const fill = () =>
		dialog.set_value(
			"organisation",
			frm.doc.interventions.find(({ item_key }) => item_key === dialog.get_value("item_key"))
				?.organisation || "",
		);
	dialog.fields_dict.item_key.df.onchange = fill;
	dialog.show();
	dialog.set_value("item_key", chosen_row(frm)).then(fill);
}

function show_reviews(frm) {
	const { $wrapper } = frm.get_field("reviews_html");
	$wrapper.empty();
	if (!frm.doc.__onload?.reads?.review) return;
	frappe.db
		.get_list("PEI Review", {
			filters: { pei: frm.doc.name },
			fields: ["name", "reviewed_on", "occasion", "decision", "next_review_on", "new_version"],
			order_by: "reviewed_on desc",
			limit: 50,
		})
		.then((rows) =>
			$wrapper.html(
				table(
					[__("Reviewed On"), __("Occasion"), __("Decision"), __("Next Review"), __("New Version")],
					rows.map((row) => [
						link("PEI Review", row.name, day(row.reviewed_on)),
						__(row.occasion),
						row.decision ? __(row.decision) : "",
						day(row.next_review_on),
						row.new_version ? link("PEI", row.new_version, escape(row.new_version)) : "",
					]),
					__("No review yet."),
				),
			),
		);
}

function show_carried_out(frm) {
	const { $wrapper } = frm.get_field("planned_html");
	$wrapper.empty();
	if (!frm.doc.__onload?.reads?.work || !frm.doc.interventions?.length) return;
	frappe
		.call({
			method: "core_minori.api.plans.carried_out",
			type: "GET",
			args: { pei: frm.doc.name },
		})
		.then(({ message }) =>
			$wrapper.html(
				table(
					[
						__("Intervention"),
						__("Still Planned"),
						__("Held"),
						__("Hours Held"),
						__("Planned Hours"),
					],
					(message || []).map((row) => [
						escape(row.intervention),
						row.planned,
						row.done,
						format_number(row.hours, null, 2),
						row.planned_hours ? format_number(row.planned_hours, null, 2) : "",
					]),
					"",
				),
			),
		);
}

function compare(frm) {
	frappe
		.call({
			method: "core_minori.api.plans.compare",
			type: "GET",
			args: { pei: frm.doc.name },
			freeze: true,
		})
		.then(({ message: { before, after, changes } }) => {
			const dialog = new frappe.ui.Dialog({
				title: __("What changed from version {0} to version {1}", [before.version, after.version]),
				size: "extra-large",
				fields: [{ fieldname: "changes", fieldtype: "HTML" }],
			});
			dialog.fields_dict.changes.$wrapper.html(comparison(before, after, changes));
			dialog.show();
		});
}

function comparison(before, after, changes) {
	if (!changes.length) return `<p class="text-muted">${__("Nothing changed.")}</p>`;
	let section = 0;
	const rows = changes.map((change) => {
		const heading =
			change.number === section
				? ""
				: `<tr class="plan-section"><th colspan="3">${change.number}. ${escape(change.section)}</th></tr>`;
		section = change.number;
		return heading + compared(change);
	});
	const named = (plan) =>
		`${__("Version {0}", [plan.version])} <span class="text-muted">${day(plan.drafted_on)}</span>`;
	return `<table class="table table-bordered plan-changes" style="table-layout: fixed">
		<thead><tr><th style="width: 24%">${__("What")}</th><th>${named(before)}</th><th>${named(after)}</th></tr></thead>
		<tbody>${rows.join("")}</tbody></table>`;
}

function compared(change) {
	const what = [change.row, change.field].filter(Boolean).map(escape).join("<br>");
	const cells = (left, right) => `<tr><td>${what}</td><td>${left}</td><td>${right}</td></tr>`;
	if (change.kind !== "changed") {
		const facts = change.facts.map(escape).join("<br>");
		const pill = (colour, text) => `<span class="indicator-pill ${colour}">${text}</span>`;
		return change.kind === "added"
			? cells("", `${pill("green", __("New"))}<br>${facts}`)
			: cells(`${pill("red", __("No longer in the plan"))}<br>${facts}`, "");
	}
	const none = `<span class="text-muted">${__("empty")}</span>`;
	const side = (gone, tag) =>
		change.words
			.filter(([kind]) => kind === "same" || kind === gone)
			.map(([kind, text]) => (kind === "same" ? escape(text) : `<${tag}>${escape(text)}</${tag}>`))
			.join(" ");
	return cells(
		change.before ? side("gone", "del") : none,
		change.after ? side("new", "ins") : none,
	);
}

function link(doctype, name, text) {
	return `<a href="${frappe.utils.get_form_link(doctype, name)}">${text}</a>`;
}

function day(value) {
	return value ? frappe.datetime.str_to_user(value) : "";
}

function table(headings, rows, none) {
	if (!rows.length) return none ? `<p class="text-muted">${none}</p>` : "";
	const head = headings.map((heading) => `<th>${heading}</th>`).join("");
	const body = rows
		.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
		.join("");
	return `<table class="table table-bordered"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}
