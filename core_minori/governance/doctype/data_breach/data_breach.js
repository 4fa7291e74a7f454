// A breach from its discovery to its closing: the clock on top, one button for the next step, what the log says below.
const API = "core_minori.api.breaches";

frappe.ui.form.on("Data Breach", {
	refresh(frm) {
		show_clock(frm);
		show_seen(frm);
		if (frm.is_new()) return;
		if (!frm.perm[0]?.write) return;
		if (frm.doc.status === "Open") {
			frm.add_custom_button(__("Authority Notified"), () => ask_notified(frm)).addClass("btn-primary");
			frm.add_custom_button(__("Not to Be Notified"), () => ask_not_to_notify(frm));
		} else if (frm.doc.status === "Closed") {
			frm.add_custom_button(__("Open Again"), () => step(frm, "reopen"));
			frm.disable_form();
			frm.page.clear_primary_action();
		} else {
			frm.add_custom_button(__("Close the Breach"), () => step(frm, "close")).addClass("btn-primary");
		}
	},
});

function show_clock(frm) {
	const field = frm.get_field("clock_html").$wrapper.empty();
	const { hours_left: left, late } = frm.doc.__onload || {};
	if (frm.is_new() || left === undefined) {
		field.html(`<p class="text-muted">${__("The clock of 72 hours starts when it was discovered.")}</p>`);
		return;
	}
	const until = frappe.utils.escape_html(frappe.datetime.str_to_user(frm.doc.due_at));
	let text, colour;
	if (frm.doc.status === "Open") {
		colour = left < 0 ? "red" : left <= 24 ? "orange" : "blue";
		text =
			left < 0
				? __("The 72 hours are over since {0}: notify now, with the reason of the delay.", [until])
				: __("{0} hours left, until {1}", [Math.floor(left), until]);
	} else if (frm.doc.not_to_notify) {
		[colour, text] = ["gray", __("Kept in the register, not notified")];
	} else {
		colour = late ? "orange" : "green";
		text = late ? __("Notified after the 72 hours") : __("Notified within the 72 hours");
	}
	field.html(
		`<h4><span class="indicator-pill ${colour}" style="white-space: normal; height: auto">${text}</span></h4>`,
	);
}

async function show_seen(frm) {
	const field = frm.get_field("seen_html").$wrapper.empty();
	if (frm.is_new() || !frm.doc.user || !frm.doc.seen_from || !frm.doc.seen_to) return;
	const { message: found } = await frappe.call(`${API}.seen`, { name: frm.doc.name });
	if (!found?.reach) return;
	const escape = (value) => frappe.utils.escape_html(String(value ?? ""));
	const moment = (value) => (value ? escape(frappe.datetime.str_to_user(value)) : "");
	const table = (head, rows) =>
		rows.length
			? `<div style="max-height: 24rem; overflow: auto"><table class="table table-sm table-bordered"><thead><tr>${head
					.map((label) => `<th>${label}</th>`)
					.join("")}</tr></thead><tbody>${rows
					.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
					.join("")}</tbody></table></div>`
			: `<p class="text-muted">${__("Nothing")}</p>`;
	const seen = table(
		[__("Case"), __("Outcome"), __("Ways"), __("Parts"), __("First"), __("Last"), __("Times")],
		found.rows.map((row) => [
			escape(row.case_file || __("no case")),
			escape(__(row.outcome)),
			row.ways.map((way) => escape(__(way))).join(", "),
			row.parts.map(escape).join(", "),
			moment(row.first),
			moment(row.last),
			escape(row.times),
		]),
	);
	const reach = table(
		[__("Case"), __("By"), __("Role"), __("From"), __("To"), __("Parts")],
		found.reach.ties.map((tie) => [
			escape(tie.case_file),
			`${escape(tie.relation)} (${escape(tie.record)})`,
			escape(tie.role),
			moment(tie.since),
			moment(tie.until) || __("today"),
			tie.parts.map(escape).join(", "),
		]),
	);
	const everything = found.reach.everything
		.map(
			(row) =>
				`<p>${__("As {0}: every case, in {1}.", [escape(row.role), row.parts.map(escape).join(", ")])}</p>`,
		)
		.join("");
	const changes = found.reach.changes
		.map(
			(row) =>
				`<p>${__("Role {0}: {1}, given on {2}.", [
					escape(row.role),
					escape(row.status),
					moment(row.given_on),
				])}</p>`,
		)
		.join("");
	field.html(
		`<h5>${__("Seen, by the log: {0} cases, {1} people, {2} refusals", [
			found.cases,
			found.people,
			found.refused,
		])}</h5>${seen}
		<h5>${__("Could have been seen then: {0} cases", [found.reach.cases])}</h5>
		<p class="text-muted">${__("By dated assignments, placements, referrals and emergency accesses, with the roles of today.")}</p>
		${everything}${reach}${changes}`,
	);
}

async function step(frm, method, values = {}) {
	if (frm.is_dirty()) await frm.save();
	await frappe.call({ method: `${API}.${method}`, type: "POST", args: { name: frm.doc.name, ...values }, freeze: true });
	await frm.reload_doc();
}

function ask_notified(frm) {
	const late = (frm.doc.__onload?.hours_left ?? 1) < 0;
	frappe.prompt(
		[
			{
				fieldname: "notified_at",
				fieldtype: "Datetime",
				label: __("Notified to the Authority at"),
				default: frappe.datetime.now_datetime(),
				reqd: 1,
			},
			{
				fieldname: "notification_kind",
				fieldtype: "Select",
				label: __("Notification"),
				options: ["Complete", "Preliminary"].map((value) => ({ value, label: __(value) })),
				default: frm.doc.consequences && frm.doc.measures ? "Complete" : "Preliminary",
				reqd: 1,
			},
			{ fieldname: "protocol", fieldtype: "Data", label: __("Protocol No.") },
			{
				fieldname: "delay_reason",
				fieldtype: "Small Text",
				label: __("Reason of the Delay"),
				default: frm.doc.delay_reason,
				reqd: late ? 1 : 0,
				hidden: late ? 0 : 1,
			},
		],
		(values) => step(frm, "notified", values),
		__("Authority Notified"),
		__("Save"),
	);
}

function ask_not_to_notify(frm) {
	frappe.prompt(
		[
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Why It Is Unlikely to Be a Risk"),
				reqd: 1,
			},
		],
		({ reason }) => step(frm, "not_to_notify", { reason }),
		__("Not to Be Notified"),
		__("Save"),
	);
}
