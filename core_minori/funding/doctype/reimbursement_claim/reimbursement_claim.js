const METHODS = "core_minori.api.claims.";
const COLOURS = {
	Draft: "red",
	Claimed: "blue",
	"With the Auditor": "orange",
	Audited: "blue",
	"With the Authority": "orange",
	Settled: "green",
	Cancelled: "gray",
};

frappe.ui.form.on("Reimbursement Claim", {
	setup(frm) {
		// The claim takes its costs itself: none is made from here.
		frm.show_submit_message = () => {}; // the main button says what comes next
		frappe.meta.get_docfield("Reimbursement Claim Source", "source_type").formatter = (value) => __(value);
		frm.can_make_methods = { "Cost Allocation": () => false };
		frappe.realtime.on("reimbursement_claim_progress", ({ name, percent }) => {
			if (name === frm.doc.name) frm.dashboard.show_progress(__("Reading the costs"), percent);
		});
	},

	onload(frm) {
		if (frm.is_new() && frm.doc.funded_project && !frm.doc.period_from) suggest_period(frm);
	},

	funded_project(frm) {
		if (frm.is_new()) suggest_period(frm);
	},

	refresh(frm) {
		show_columns(frm);
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), COLOURS[frm.doc.status]);
		show_left_out(frm);
		if (frm.is_new()) return;
		show_next_step(frm);
		if (frm.doc.docstatus < 2 && frm.doc.cost_count) {
			frm.add_custom_button(__("Claim Workbook"), () => download(frm, "workbook"), __("Papers"));
		}
		// Once the auditor has it, a claim is not taken back any more.
		if (frm.doc.docstatus === 1 && frm.doc.status !== "Claimed") frm.page.clear_secondary_action();
		watch_worker(frm);
	},
});

// An outcome that is not there yet would only be a column of zeros.
function show_columns(frm) {
	const { grid } = frm.get_field("costs");
	grid.cannot_add_rows = true;
	grid.update_docfield_property("auditor_amount", "in_list_view", frm.doc.audited_on ? 1 : 0);
	grid.update_docfield_property("authority_amount", "in_list_view", frm.doc.settled_on ? 1 : 0);
	grid.reset_grid();
	frm.set_df_property(
		"costs",
		"description",
		frm.doc.docstatus === 0
			? __("Pick Costs fills the list. Take a row away to leave it for a later claim.")
			: "",
	);
	if (frm.doc.docstatus === 0) frm.dashboard.links_area?.hide?.();
}

// The main button of the form is always the step that comes next.
function show_next_step(frm) {
	const may = frm.perm[0]?.submit;
	if (!may || frm.doc.docstatus === 2) return;
	const main = (label, action) => frm.page.set_primary_action(label, action);
	const template = __("Expense List to Fill In");
	switch (frm.doc.status) {
		case "Draft":
			if (frm.is_dirty()) return;
			if (frm.doc.costs.length) {
				main(__("Submit the Claim"), () => submit(frm));
				frm.add_custom_button(__("Pick Costs Again"), () => work(frm, "pick_costs"));
			} else {
				main(__("Pick Costs"), () => work(frm, "pick_costs"));
			}
			break;
		case "Claimed":
			main(__("Send to the Auditor"), () => send(frm, "send_to_auditor", __("Sent to the Auditor On")));
			break;
		case "With the Auditor":
			main(__("Bring In the Auditor's Outcome"), () => bring_in(frm));
			frm.add_custom_button(template, () => download(frm, "outcome_template"));
			break;
		case "Audited":
			main(__("Send to the Authority"), () =>
				send(frm, "send_to_authority", __("Sent to the Authority On")),
			);
			frm.add_custom_button(__("Correct the Auditor's Outcome"), () => bring_in(frm));
			break;
		case "With the Authority":
			main(__("Bring In the Authority's Outcome"), () => bring_in(frm));
			frm.add_custom_button(template, () => download(frm, "outcome_template"));
			break;
		case "Settled":
			frm.add_custom_button(__("Correct the Authority's Outcome"), () => bring_in(frm));
			break;
	}
}

async function suggest_period(frm) {
	if (!frm.doc.funded_project) return;
	const [last] = await frappe.db.get_list("Reimbursement Claim", {
		filters: { funded_project: frm.doc.funded_project, docstatus: ["<", 2] },
		fields: ["period_to"],
		order_by: "period_to desc",
		limit: 1,
	});
	if (frm.doc.period_from) return;
	if (last) {
		frm.set_value("period_from", frappe.datetime.add_days(last.period_to, 1));
	} else {
		const { message } = await frappe.db.get_value("Funded Project", frm.doc.funded_project, "start_date");
		frm.set_value("period_from", message.start_date);
	}
}

function submit(frm) {
	const amount = format_currency(frm.doc.claimed_amount, "EUR");
	frappe.confirm(
		__("Claim {0} with {1} costs? Their amounts are then fixed, and no other claim can take them.", [
			amount.bold(),
			String(frm.doc.costs.length).bold(),
		]),
		() => work(frm, "submit_claim"),
	);
}

async function work(frm, method) {
	if (frm.is_dirty()) await frm.save();
	const { message } = await call(frm, method);
	if (message?.queued) {
		frappe.show_alert(__("A worker does it: the form is brought up to date at the end."));
		watch_worker(frm, true);
		return;
	}
	await frm.reload_doc();
	if (method === "pick_costs" && message) {
		frappe.show_alert({
			message: __("{0} costs picked, {1} left out.", [message.chosen, message.left_out]),
			indicator: message.left_out ? "orange" : "green",
		});
	}
}

function call(frm, method, args = {}, type = "POST") {
	return frappe.call({ method: METHODS + method, type, args: { name: frm.doc.name, ...args }, freeze: type === "POST" });
}

function send(frm, step, label) {
	frappe.prompt(
		{ fieldname: "day", fieldtype: "Date", label, reqd: 1, default: frappe.datetime.get_today() },
		async ({ day }) => {
			await call(frm, "send_claim", { step, day });
			frm.reload_doc();
		},
		label,
		__("Confirm"),
	);
}

// The workbook that the examiner sent back, from the disk, and the day of their report.
function bring_in(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Outcome of {0}", [frm.doc.name]),
		fields: [
			{
				fieldname: "day",
				fieldtype: "Date",
				label: __("Date of the Outcome"),
				reqd: 1,
				default: frappe.datetime.get_today(),
			},
			{ fieldname: "file", fieldtype: "HTML" },
			{ fieldname: "problems", fieldtype: "HTML" },
		],
		primary_action_label: __("Bring In"),
		async primary_action({ day }) {
			const file = dialog.$wrapper.find("input[type=file]")[0].files[0];
			if (!file) {
				frappe.msgprint(__("Choose the workbook that was sent back."));
				return;
			}
			dialog.disable_primary_action();
			try {
				const content = await as_base64(file);
				const { message } = await call(frm, "import_outcome", { filename: file.name, content, day });
				if (message.problems.length) {
					show_problems(dialog, message.problems);
					return;
				}
				dialog.hide();
				await frm.reload_doc();
				frappe.show_alert({ message: __(message.status, null, frm.doctype), indicator: "green" });
			} finally {
				dialog.enable_primary_action();
			}
		},
	});
	dialog.get_field("file").$wrapper.html(
		`<div class="form-group"><label class="control-label reqd">${__("Workbook")}</label>
		<input type="file" class="form-control" style="height: auto" accept=".xlsx"></div>`,
	);
	dialog.show();
}

function as_base64(file) {
	return new Promise((resolve, reject) => {
		const reader = new FileReader();
		reader.onload = () => resolve(reader.result.split(",")[1] || "");
		reader.onerror = () => reject(reader.error);
		reader.readAsDataURL(file);
	});
}

function show_problems(dialog, problems) {
	const most = 100;
	const escape = frappe.utils.escape_html;
	const rows = problems
		.slice(0, most)
		.map(
			({ cell, message, remedy }) =>
				`<tr><td>${escape(cell || "-")}</td><td>${escape(message)}</td><td>${escape(remedy)}</td></tr>`,
		)
		.join("");
	const more = problems.length > most ? `<p>${__("And {0} more.", [problems.length - most])}</p>` : "";
	dialog.get_field("problems").$wrapper.html(
		`<p class="text-danger">${__("Nothing was written: {0} problems.", [problems.length])}</p>
		<table class="table table-bordered"><thead><tr><th>${__("Cell")}</th><th>${__("What Is Wrong")}</th>
		<th>${__("What to Do")}</th></tr></thead><tbody>${rows}</tbody></table>${more}`,
	);
}

// What Pick Costs left out, and why: in the reader's language, so it is stored as source text and values.
function show_left_out(frm) {
	const field = frm.get_field("left_out_table");
	if (!field) return;
	const left_out = JSON.parse(frm.doc.left_out || "[]");
	if (!left_out.length) {
		field.$wrapper.html(`<p class="text-muted">${__("Nothing was left out.")}</p>`);
		return;
	}
	const escape = frappe.utils.escape_html;
	const rows = left_out
		.map(
			(row) => `<tr>
			<td><a href="/app/cost-allocation/${encodeURIComponent(row.allocation)}">${escape(row.allocation)}</a></td>
			<td>${escape(row.line || "")}</td><td>${escape(row.party || "")}</td><td>${escape(row.document || "")}</td>
			<td>${frappe.datetime.str_to_user(row.day)}</td>
			<td class="text-right">${format_currency(row.amount, "EUR")}</td>
			<td>${escape(spoken(row))}</td></tr>`,
		)
		.join("");
	const more =
		frm.doc.left_out_count > left_out.length
			? `<p>${__("And {0} more.", [frm.doc.left_out_count - left_out.length])}</p>`
			: "";
	field.$wrapper.html(
		`<p>${__("{0} costs are not in the claim:", [frm.doc.left_out_count])}</p>
		<div class="table-responsive"><table class="table table-bordered table-sm"><thead><tr>
		<th>${__("Cost Allocation")}</th><th>${__("Budget Line")}</th><th>${__("Supplier or Person")}</th>
		<th>${__("Document")}</th><th>${__("Document Date")}</th><th class="text-right">${__("Amount")}</th>
		<th>${__("Why")}</th></tr></thead><tbody>${rows}</tbody></table></div>${more}`,
	);
}

function spoken({ text, values }) {
	return __(text).replace(/\{(\w+)\}/g, (gap, name) => {
		const value = values[name];
		if (value === undefined || value === null) return gap;
		if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return frappe.datetime.str_to_user(value);
		return typeof value === "number" ? format_number(value, "#.###,##", 2) : String(value);
	});
}

// A connection that drops loses the worker's message: asking now and then costs little.
async function watch_worker(frm, started) {
	clearTimeout(frm.claim_watch);
	if (frm.doc.docstatus !== 0) return;
	const { message } = await call(frm, "job_state", {}, "GET");
	if (cur_frm !== frm) return;
	if (message.busy) {
		frm.claim_watch = setTimeout(() => watch_worker(frm, true), 2000);
	} else if (started) {
		frm.dashboard.hide_progress?.();
		await frm.reload_doc();
		if (message.refused) frappe.msgprint({ message: message.refused, title: __("Not Possible"), indicator: "red" });
	}
}

function download(frm, method) {
	window.open(`/api/method/${METHODS}${method}?${new URLSearchParams({ name: frm.doc.name })}`);
}
