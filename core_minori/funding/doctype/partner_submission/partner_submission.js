const METHODS = "core_minori.api.partners.";
const COLOURS = {
	New: "gray",
	Checked: "blue",
	Running: "orange",
	Imported: "green",
	Failed: "red",
};

frappe.ui.form.on("Partner Submission", {
	setup(frm) {
		frm.set_query("partner", () => ({
			filters: { name: ["in", frm.partners_of_project || []] },
		}));
		frappe.realtime.on("partner_submission_progress", ({ name, percent }) => {
			if (name === frm.doc.name && frm.doc.status === "Running") {
				frm.dashboard.show_progress(__("Reading the workbook"), percent);
			}
		});
		frappe.realtime.on("partner_submission_done", ({ name }) => {
			if (name === frm.doc.name && frm.doc.status === "Running") {
				frm.reload_doc();
			}
		});
	},

	async onload(frm) {
		for (const [field, type] of [
			["workbook", ".xlsx"],
			["documents", ".zip"],
		]) {
			// A record that does not exist yet can have no attachment: the file waits for the first save.
			const options = { restrictions: { allowed_file_types: [type] } };
			if (frm.is_new()) {
				Object.assign(options, { doctype: null, docname: null, fieldname: null });
			}
			frm.set_df_property(field, "options", options);
		}
		await read_partners(frm);
	},

	async funded_project(frm) {
		await read_partners(frm);
		if (!(frm.partners_of_project || []).includes(frm.doc.partner)) {
			frm.set_value("partner", null);
		}
	},

	partner: show_export,

	refresh(frm) {
		make_problems_readable(frm);
		show_changes(frm);
		frm.page.set_indicator(__(frm.doc.status), COLOURS[frm.doc.status]);
		show_export(frm);
		if (frm.is_new() || !frm.doc.workbook) {
			return;
		}
		if (frm.doc.problem_count + frm.doc.warning_count > 0) {
			frm.add_custom_button(__("Download Problems"), () =>
				download("problems", { name: frm.doc.name }),
			);
		}
		if (frm.doc.status === "Running") {
			poll(frm);
		}
		if (!frm.perm[0].write) {
			return;
		}
		frm.add_custom_button(__("Check Workbook"), () => start(frm, "dry_run"));
		const button = frm.add_custom_button(__("Import Workbook"), () =>
			frappe.confirm(__("Import all the rows? If one has a problem, nothing is written."), () =>
				start(frm, "run_import"),
			),
		);
		if (frm.doc.status === "Checked" && !frm.doc.problem_count) {
			button.addClass("btn-primary");
		}
	},
});

async function read_partners(frm) {
	frm.partners_of_project = [];
	if (frm.doc.funded_project) {
		const project = await frappe.db.get_doc("Funded Project", frm.doc.funded_project);
		frm.partners_of_project = project.partners.map((row) => row.organisation);
	}
}

function show_export(frm) {
	frm.remove_custom_button(__("Export Workbook"));
	if (frm.doc.funded_project && frm.doc.partner && frappe.model.can_create("Partner Submission")) {
		frm.add_custom_button(__("Export Workbook"), () =>
			download("workbook", {
				funded_project: frm.doc.funded_project,
				partner: frm.doc.partner,
			}),
		);
	}
}

// The sentences are what the table is for: they get the room, and as many lines as they need.
function make_problems_readable(frm) {
	const { grid, $wrapper } = frm.get_field("problems");
	const widths = { sheet: 1, cell: 1, problem: 4, remedy: 4 };
	for (const [field, columns] of Object.entries(widths)) {
		grid.update_docfield_property(field, "columns", columns);
	}
	grid.cannot_add_rows = true;
	grid.reset_grid();
	$wrapper.addClass("submission-problems");
	frappe.dom.set_style(
		`.submission-problems .grid-body .data-row .grid-static-col { height: auto; }
		.submission-problems .grid-body .static-area { white-space: normal; overflow: visible; }`,
		"submission-problems-style",
	);
}

function show_changes(frm) {
	const text = (value) => frappe.utils.escape_html(String(value || "-"));
	const changes = JSON.parse(frm.doc.changes || "[]");
	const rows = changes.flatMap(({ code, name, confirmed, fields }) =>
		fields.map(
			({ label, old, new: now }, place) => `<tr>
				<td>${
					place
						? ""
						: `<a href="/app/declared-cost/${encodeURIComponent(name)}">${text(code)}</a>` +
							(confirmed ? ` <span class="indicator-pill orange">${__("Confirmed")}</span>` : "")
				}</td>
				<td>${text(label)}</td><td><s>${text(old)}</s></td><td><b>${text(now)}</b></td></tr>`,
		),
	);
	const more = frm.doc.changed_count - changes.length;
	frm.get_field("changes_view").$wrapper.html(
		rows.length
			? `<div class="clearfix"><label class="control-label">${__("Changed Rows")}</label></div>
				<table class="table table-bordered table-sm"><thead><tr>
				<th>${__("Declared Code")}</th><th>${__("Column")}</th><th>${__("Before")}</th><th>${__("After")}</th>
				</tr></thead><tbody>${rows.join("")}</tbody></table>
				${more > 0 ? `<p class="text-muted">${__("And {0} more.", [more])}</p>` : ""}`
			: "",
	);
}

async function start(frm, method) {
	if (frm.is_dirty()) {
		await frm.save();
	}
	await frappe.call({
		method: METHODS + method,
		type: "POST",
		args: { name: frm.doc.name },
		freeze: true,
		freeze_message: __("Reading the workbook"),
	});
	await frm.reload_doc();
}

// The message of the server may be lost when the connection drops: asking now and then costs little.
function poll(frm) {
	clearTimeout(frm.submission_poll);
	frm.submission_poll = setTimeout(async () => {
		if (cur_page_is(frm)) {
			const { message } = await frappe.db.get_value("Partner Submission", frm.doc.name, "status");
			if (message && message.status !== frm.doc.status) {
				await frm.reload_doc();
			} else {
				poll(frm);
			}
		}
	}, 4000);
}

function cur_page_is(frm) {
	const [view, doctype, name] = frappe.get_route();
	return view === "Form" && doctype === frm.doctype && name === frm.doc.name;
}

function download(method, args) {
	window.open(`/api/method/${METHODS}${method}?${new URLSearchParams(args).toString()}`);
}
