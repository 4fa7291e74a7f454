frappe.ui.form.on("Case File", {
	setup(frm) {
		frm.set_query("family_case", () => ({ filters: { name: ["!=", frm.doc.name || ""] } }));
		frm.set_query("facility", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		show_help_of_moments(frm);
		if (frm.is_new()) return;
		show_person(frm);
		show_team(frm);
		show_deadlines(frm);
		for (const [doctype, label] of [
			["PEI", __("PEI")],
			["Referral", __("Referral")],
			["Consent", __("Consent")],
			["Clinical Record", __("Clinical Record")],
			["Care Assignment", __("Care Assignment")],
		]) {
			if (!frappe.model.can_create(doctype)) continue;
			frm.add_custom_button(
				label,
				() => frappe.new_doc(doctype, { case_file: frm.doc.name }),
				__("Add"),
			);
		}
	},
});

// Frappe adds the time zone to the help text of a moment before translating it, and then finds no translation.
function show_help_of_moments(frm) {
	for (const { fieldname, fieldtype } of frm.meta.fields) {
		const { description } = frappe.meta.get_docfield("Case File", fieldname) || {};
		if (fieldtype === "Datetime" && description) {
			frm.get_field(fieldname).set_new_description(__(description));
		}
	}
}

// The name is asked for apart and only shown: it is no part of this record, its title or its address.
function show_person(frm) {
	if (!frappe.model.can_read("Minor")) return;
	frappe.db
		.get_value("Minor", frm.doc.minor, ["given_name", "family_name", "birth_date"])
		.then(({ message }) => {
			if (!message || !message.given_name) return;
			const born = message.birth_date
				? __("born on {0}", [frappe.datetime.str_to_user(message.birth_date)])
				: __("date of birth unknown");
			const name = [message.given_name, message.family_name].filter(Boolean).join(" ");
			frm.dashboard.clear_headline();
			frm.dashboard.set_headline(
				`<b>${frappe.utils.escape_html(name)}</b>, ${frappe.utils.escape_html(born)}`,
			);
		});
}

function show_team(frm) {
	if (!frappe.model.can_read("Care Assignment")) return;
	frappe.db
		.get_list("Care Assignment", {
			filters: { case_file: frm.doc.name },
			fields: ["name", "user", "care_role", "is_referent", "from_date", "to_date"],
			order_by: "from_date desc",
			limit: 50,
		})
		.then((rows) => {
			const cells = (row) => [
				frappe.utils.get_form_link(
					"Care Assignment",
					row.name,
					true,
					frappe.utils.escape_html(frappe.user.full_name(row.user)),
				),
				__(row.care_role) + (row.is_referent ? ` · ${__("Referent")}` : ""),
				frappe.datetime.str_to_user(row.from_date),
				row.to_date ? frappe.datetime.str_to_user(row.to_date) : "",
			];
			frm.get_field("team_html").$wrapper.html(
				table(
					[
						__("Operator"),
						__("Role in the Case"),
						__("From", null, "Care Assignment"),
						__("To", null, "Care Assignment"),
					],
					rows.map(cells),
					__("Nobody follows this case yet."),
				),
			);
		});
}

function show_deadlines(frm) {
	const colours = { Overdue: "red", "Due Soon": "orange", Open: "blue", Done: "green" };
	const deadlines = frm.doc.__onload?.deadlines || [];
	const late = deadlines.filter((row) => row.state === "Overdue").length;
	frm.dashboard.stats_area_row?.empty(); // a refresh would show it once more
	if (late) {
		frm.dashboard.add_indicator(__("Overdue terms: {0}", [late]), "red");
	}
	frm.get_field("deadlines_html").$wrapper.html(
		table(
			[__("State"), __("Due"), __("What Is Due"), __("Source")],
			deadlines.map((row) => [
				`<span class="indicator-pill no-indicator-dot text-nowrap ${colours[row.state] || "gray"}">${__(row.state)}</span>`,
				moment_of(row.due_at),
				frappe.utils.escape_html(row.title),
				`<span class="text-muted">${frappe.utils.escape_html(row.source)}</span>`,
			]),
			__("No term is running."),
		),
	);
}

// A term counted in days ends with its day: the hour says something only for terms in hours.
function moment_of(due_at) {
	const [day, hour] = due_at.split(" ");
	return hour.startsWith("23:59")
		? frappe.datetime.str_to_user(day)
		: frappe.datetime.str_to_user(due_at);
}

function table(headings, rows, none) {
	if (!rows.length) return `<p class="text-muted">${none}</p>`;
	const head = headings.map((heading) => `<th>${heading}</th>`).join("");
	const body = rows
		.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
		.join("");
	return `<table class="table table-bordered"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}
