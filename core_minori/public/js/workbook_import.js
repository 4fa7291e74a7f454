// What the forms that read a workbook have in common: buttons that start the work, its progress, and its problems.
frappe.provide("core_minori.workbook_import");

(() => {
	const EVERY = 4000;
	const PROBLEM_COLUMNS = { sheet: 1, cell: 1, problem: 4, remedy: 4 };
	const COLOURS = {
		New: "gray",
		Checked: "blue",
		Queued: "orange",
		Running: "orange",
		Imported: "green",
		Failed: "red",
	};

	const is_busy = (frm) => ["Queued", "Running"].includes(frm.doc.status);

	Object.assign(core_minori.workbook_import, {
		// Once a form: what the server says of the work.
		listen(frm) {
			const events = frappe.model.scrub(frm.doctype);
			const about_this = (name) => name === frm.doc.name && is_busy(frm);
			frappe.realtime.on(`${events}_progress`, ({ name, percent }) => {
				if (about_this(name)) frm.dashboard.show_progress(__("Reading the workbook"), percent);
			});
			frappe.realtime.on(`${events}_done`, ({ name }) => about_this(name) && frm.reload_doc());
		},

		// A record that does not exist yet can have no attachment: the file waits for the first save.
		restrict(frm, field, type) {
			const options = { restrictions: { allowed_file_types: [type] } };
			if (frm.is_new()) {
				Object.assign(options, { doctype: null, docname: null, fieldname: null });
			}
			frm.set_df_property(field, "options", options);
		},

		// The buttons; `question` is asked before the import, `problems` is how many there are to download.
		show(frm, { methods, question, problems, writable = true }) {
			make_problems_readable(frm);
			frm.page.set_indicator(__(frm.doc.status), COLOURS[frm.doc.status]);
			if (frm.is_new() || !frm.doc.workbook) return;
			if (problems > 0) {
				frm.add_custom_button(__("Download Problems"), () =>
					this.download(`${methods}.problems`, { name: frm.doc.name }),
				);
			}
			if (is_busy(frm)) poll(frm);
			if (!writable) return;
			frm.add_custom_button(__("Check Workbook"), () => start(frm, `${methods}.dry_run`));
			const button = frm.add_custom_button(__("Import Workbook"), () =>
				frappe.confirm(question(), () => start(frm, `${methods}.run_import`)),
			);
			if (frm.doc.status === "Checked" && !frm.doc.problem_count) {
				button.addClass("btn-primary");
			}
		},

		download(method, args = {}) {
			const query = new URLSearchParams(args).toString();
			window.open(`/api/method/${method}${query ? `?${query}` : ""}`);
		},
	});

	// The sentences are what the table is for: they get the room, and as many lines as they need.
	function make_problems_readable(frm) {
		const { grid, $wrapper } = frm.get_field("problems");
		for (const [field, columns] of Object.entries(PROBLEM_COLUMNS)) {
			grid.update_docfield_property(field, "columns", columns);
		}
		grid.cannot_add_rows = true;
		grid.reset_grid();
		$wrapper.addClass("workbook-problems");
		frappe.dom.set_style(
			`.workbook-problems .grid-body .data-row .grid-static-col { height: auto; }
			.workbook-problems .grid-body .static-area { white-space: normal; overflow: visible; }`,
			"workbook-problems-style",
		);
	}

	async function start(frm, method) {
		if (frm.is_dirty()) {
			await frm.save();
		}
		await frappe.call({
			method,
			type: "POST",
			args: { name: frm.doc.name },
			freeze: true,
			freeze_message: __("Reading the workbook"),
		});
		await frm.reload_doc();
	}

	// The message of the server may be lost when the connection drops: asking now and then costs little.
	function poll(frm) {
		clearTimeout(frm.workbook_poll);
		frm.workbook_poll = setTimeout(async () => {
			if (!is_shown(frm)) return;
			const { message } = await frappe.db.get_value(frm.doctype, frm.doc.name, "status");
			if (message && message.status !== frm.doc.status) {
				await frm.reload_doc();
			} else {
				poll(frm);
			}
		}, EVERY);
	}

	function is_shown(frm) {
		const [view, doctype, name] = frappe.get_route();
		return view === "Form" && doctype === frm.doctype && name === frm.doc.name;
	}
})();
