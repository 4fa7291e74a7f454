const METHODS = "core_minori.api.register.";
const BUSY = ["Queued", "Running"];
const COLOURS = {
	New: "gray",
	Checked: "blue",
	Queued: "orange",
	Running: "orange",
	Imported: "green",
	Failed: "red",
};

frappe.ui.form.on("Register Import", {
	setup(frm) {
		frappe.realtime.on("register_import_progress", ({ name, percent }) => {
			if (name === frm.doc.name && BUSY.includes(frm.doc.status)) {
				frm.dashboard.show_progress(__("Reading the workbook"), percent);
			}
		});
		frappe.realtime.on("register_import_done", ({ name }) => {
			if (name === frm.doc.name) {
				frm.reload_doc();
			}
		});
	},

	onload(frm) {
		// A record that does not exist yet can have no attachment: the file waits for the first save.
		const options = { restrictions: { allowed_file_types: [".xlsx"] } };
		if (frm.is_new()) {
			Object.assign(options, { doctype: null, docname: null, fieldname: null });
		}
		frm.set_df_property("workbook", "options", options);
	},

	refresh(frm) {
		make_problems_readable(frm);
		frm.add_custom_button(__("Download Template"), () => download("template"));
		frm.page.set_indicator(__(frm.doc.status), COLOURS[frm.doc.status]);
		if (frm.is_new() || !frm.doc.workbook) {
			return;
		}
		if (frm.doc.problem_count > 0) {
			frm.add_custom_button(__("Download Problems"), () =>
				download("problems", { name: frm.doc.name }),
			);
		}
		if (BUSY.includes(frm.doc.status)) {
			poll(frm);
		}
		frm.add_custom_button(__("Check Workbook"), () => start(frm, "dry_run"));
		const button = frm.add_custom_button(__("Import Workbook"), () => confirm_import(frm));
		if (frm.doc.status === "Checked" && !frm.doc.problem_count) {
			button.addClass("btn-primary");
		}
	},
});

// The sentences are what the table is for: they get the room, and as many lines as they need.
function make_problems_readable(frm) {
	const { grid, $wrapper } = frm.get_field("problems");
	const widths = { sheet: 1, cell: 1, problem: 4, remedy: 4 };
	for (const [field, columns] of Object.entries(widths)) {
		grid.update_docfield_property(field, "columns", columns);
	}
	grid.cannot_add_rows = true;
	grid.reset_grid();
	$wrapper.addClass("register-problems");
	frappe.dom.set_style(
		`.register-problems .grid-body .data-row .grid-static-col { height: auto; }
		.register-problems .grid-body .static-area { white-space: normal; overflow: visible; }`,
		"register-problems-style",
	);
}

function confirm_import(frm) {
	const question =
		frm.doc.on_error === "Import Nothing"
			? __("Import all the rows? If one has a problem, nothing is written.")
			: __("Import the good rows? Those with a problem stay out.");
	frappe.confirm(question, () => start(frm, "run_import"));
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
	});
	await frm.reload_doc();
}

// The message of the server may be lost when the connection drops: asking now and then costs little.
function poll(frm) {
	clearTimeout(frm.register_poll);
	frm.register_poll = setTimeout(async () => {
		if (cur_page_is(frm)) {
			const { message } = await frappe.db.get_value("Register Import", frm.doc.name, "status");
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

function download(method, args = {}) {
	const query = new URLSearchParams(args).toString();
	window.open(`/api/method/${METHODS}${method}${query ? `?${query}` : ""}`);
}
