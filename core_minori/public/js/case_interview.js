// Assessments and consents on the form of the case, for who may read them.
(() => {
	const escape = (value) => frappe.utils.escape_html(String(value));

	frappe.ui.form.on("Case File", {
		refresh(frm) {
			if (frm.is_new()) return;
			show_trend(frm);
			if (frappe.model.can_create("Consent")) {
				frm.add_custom_button(__("Consents, All Purposes"), () => ask_consents(frm), __("Add"));
			}
		},
	});

	// --- assessments ---

	function show_trend(frm) {
		const field = frm.get_field("assessment_html");
		if (!field) return;
		if (!frappe.model.can_read("Risk Assessment")) {
			field.$wrapper.empty();
			return;
		}
		load_trend(frm, field, {});
	}

	function load_trend(frm, field, choice) {
		const asked = frm.doc.name;
		frappe.call({
			method: "core_minori.api.assessments.trend",
			type: "GET",
			args: { case_file: asked, ...choice },
			callback: ({ message: found }) => {
				if (!found || frm.doc.name !== asked) return;
				draw(frm, field, found, choice);
			},
		});
	}

	function draw(frm, field, found, choice) {
		const rows = found.assessments;
		const box = $('<div class="case-assessments"></div>').appendTo(field.$wrapper.empty());
		const title = $(
			`<div class="d-flex justify-content-between align-items-center mb-2"><h5 class="m-0">${__("Needs and Risk")}</h5></div>`,
		).appendTo(box);
		if (frappe.model.can_create("Risk Assessment") && !frm.doc.closed_on) {
			$(`<button class="btn btn-xs btn-default">${__("New Assessment")}</button>`)
				.on("click", () => frappe.new_doc("Risk Assessment", { case_file: frm.doc.name }))
				.appendTo(title);
		}
		if (found.drafts) {
			const list = `/app/risk-assessment?case_file=${encodeURIComponent(frm.doc.name)}&status=Draft`;
			box.append(
				`<p class="small"><a href="${list}">${__("Drafts not yet proposed: {0}", [found.drafts])}</a></p>`,
			);
		}
		if (!rows.length && !choice.from_date && !choice.to_date) {
			box.append(`<p class="text-muted">${__("No assessment has been proposed yet.")}</p>`);
			return;
		}
		const last = rows[rows.length - 1];
		if (last) {
			box.append(
				`<p>${__("Latest level")}: ${core_minori.assessment.level(last.level)}
				${frappe.utils.get_form_link("Risk Assessment", last.name, true)},
				${frappe.datetime.str_to_user(last.assessed_on)}
				<span class="text-muted">(${escape(__(last.status))})</span></p>`,
			);
		}
		choose_dates(box, choice, (values) => load_trend(frm, field, values));
		if (rows.length < 2) {
			box.append(`<p class="text-muted">${__("With a second assessment the change between them is shown here.")}</p>`);
			return;
		}
		draw_chart(box, found);
		choose_pair(box, found, (values) => load_trend(frm, field, { ...choice, ...values }));
		box.append(core_minori.assessment.change(found.change, found.before, found.after));
	}

	function choose_dates(box, choice, then) {
		const line = $('<div class="row mb-2"></div>').appendTo(box);
		for (const [fieldname, label] of [
			["from_date", __("From Date")],
			["to_date", __("To Date")],
		]) {
			const control = frappe.ui.form.make_control({
				parent: $('<div class="col-sm-3"></div>').appendTo(line),
				df: {
					fieldname,
					fieldtype: "Date",
					label,
					change() {
						const value = control.get_value() || "";
						if (value === (choice[fieldname] || "")) return;
						const values = { ...choice, [fieldname]: value };
						delete values.before;
						delete values.after;
						if (!value) delete values[fieldname];
						then(values);
					},
				},
				render_input: true,
			});
			if (choice[fieldname]) control.set_input(choice[fieldname]);
		}
	}

	function choose_pair(box, found, then) {
		const options = (chosen) =>
			found.assessments
				.map(
					(row) =>
						`<option value="${escape(row.name)}" ${row.name === chosen ? "selected" : ""}>` +
						`${frappe.datetime.str_to_user(row.assessed_on)} · ${escape(__(row.occasion))}</option>`,
				)
				.join("");
		const line = $(
			`<div class="form-inline small mb-2"><b class="mr-2">${__("What changed")}</b>
			<select class="form-control input-xs mr-2" data-end="before">${options(found.before)}</select>
			<span class="mr-2">→</span>
			<select class="form-control input-xs" data-end="after">${options(found.after)}</select></div>`,
		).appendTo(box);
		line.find("select").on("change", () =>
			then({
				before: line.find('[data-end="before"]').val(),
				after: line.find('[data-end="after"]').val(),
			}),
		);
	}

	// Overall: the mean of the scores and the number of factors. Or one dimension, where it was scored.
	function draw_chart(box, found) {
		const options = [
			`<option value="">${__("Overall and factors")}</option>`,
			...found.dimensions.map((row, place) => `<option value="${place}">${escape(row.title)}</option>`),
		];
		const choose = $(
			`<select class="form-control input-xs" style="width: auto">${options.join("")}</select>`,
		).appendTo(box);
		const place = $('<div class="assessment-chart"></div>').appendTo(box);
		const plot = () => {
			place.empty();
			new frappe.Chart(place[0], {
				type: "line",
				height: 220,
				data: data_of(found, choose.val()),
				lineOptions: { dotSize: 5 },
				axisOptions: { xAxisMode: "tick" },
				colors: ["#4c78a8", "#e45756", "#54a24b"],
			});
		};
		choose.on("change", plot);
		// The chart measures its place: it waits until its tab is opened.
		new IntersectionObserver((entries, observer) => {
			if (!entries.some((entry) => entry.isIntersecting)) return;
			observer.disconnect();
			plot();
		}).observe(box[0]);
	}

	function data_of(found, dimension) {
		const days = found.assessments.map((row) => frappe.datetime.str_to_user(row.assessed_on));
		if (dimension === "") {
			const line = (name, key) => ({ name, values: found.assessments.map((row) => row[key] ?? 0) });
			return {
				labels: days,
				datasets: [
					line(__("Mean score"), "mean"),
					line(__("Risk factors"), "risk"),
					line(__("Protective factors"), "protective"),
				],
				yMarkers: [{ label: "", value: 5 }],
			};
		}
		const { title, scores } = found.dimensions[dimension];
		const scored = scores.map((score, place) => [days[place], score]).filter(([, score]) => score);
		return {
			labels: scored.map(([day]) => day),
			datasets: [{ name: escape(title), values: scored.map(([, score]) => score) }],
			yMarkers: [
				{ label: __("severe"), value: 5 },
				{ label: __("no concern"), value: 1 },
			],
		};
	}

	// --- consents ---

	function ask_consents(frm) {
		frappe
			.call({
				method: "core_minori.api.consents.consents_of",
				type: "GET",
				args: { case_file: frm.doc.name },
			})
			.then(({ message }) => message && consents_dialog(frm, message));
	}

	const answer_field = (place) => `answer_${place}`;

	// Who, when and in which language are typed once; each purpose has its own answer.
	function consents_dialog(frm, { purposes, people, may_write }) {
		const answers = purposes.map(({ purpose, running }, place) => ({
			fieldname: answer_field(place),
			fieldtype: "Select",
			label: __(purpose),
			options: [
				{ value: "", label: __("Not asked") },
				{ value: "Given", label: __("Given") },
				{ value: "Refused", label: __("Refused") },
			],
			read_only: may_write ? 0 : 1,
			description: running.map(said).join("; ") || __("Nothing recorded yet."),
		}));
		const half = Math.ceil(answers.length / 2);
		const dialog = new frappe.ui.Dialog({
			title: __("Consents"),
			size: "large",
			fields: [
				{
					fieldname: "given_by",
					fieldtype: "Select",
					label: __("Given By"),
					options: ["Minor", "Guardian", "Parent", "Provisional Guardian"].map((value) => ({
						value,
						label: __(value),
					})),
					default: people.consents_as,
					reqd: 1,
				},
				{
					fieldname: "given_by_name",
					fieldtype: "Data",
					label: __("Name of Who Gave It"),
					default: people.guardian,
					depends_on: "eval:doc.given_by && doc.given_by!='Minor'",
				},
				{
					fieldname: "given_on",
					fieldtype: "Date",
					label: __("Given On"),
					default: frappe.datetime.get_today(),
					reqd: 1,
				},
				{ fieldtype: "Column Break" },
				{
					fieldname: "language",
					fieldtype: "Data",
					label: __("Language"),
					default: people.language,
					reqd: 1,
				},
				{
					fieldname: "mediator_present",
					fieldtype: "Check",
					label: __("Mediator Present"),
					default: people.mediator ? 1 : 0,
				},
				{
					fieldname: "mediator_name",
					fieldtype: "Data",
					label: __("Mediator"),
					default: people.mediator_name,
					depends_on: "mediator_present",
				},
				{
					fieldname: "notice_given_on",
					fieldtype: "Date",
					label: __("Notice Given On"),
					default: frappe.datetime.get_today(),
				},
				{ fieldtype: "Section Break", label: __("Purpose by Purpose") },
				...answers.slice(0, half),
				{ fieldtype: "Column Break" },
				...answers.slice(half),
				{
					fieldtype: "Section Break",
					label: __("Sharing with an Organisation"),
					depends_on: `eval:doc.${answer_field(purposes.findIndex((row) => row.purpose.startsWith("Sharing")))}`,
				},
				{
					fieldname: "organisations",
					fieldtype: "MultiSelectPills",
					label: __("Only These Organisations"),
					description: __("Leave empty when it is about every organisation of the network."),
					get_data: (text) => frappe.db.get_link_options("Network Organisation", text),
				},
				{ fieldtype: "Column Break" },
				{
					fieldname: "withheld",
					fieldtype: "Small Text",
					label: __("What Must Not Be Shared"),
				},
			],
			primary_action_label: __("Save"),
			primary_action: (values) => record(frm, dialog, purposes, values),
		});
		if (!may_write) dialog.get_primary_btn().hide();
		dialog.show();
	}

	const said = (row) =>
		`${escape(__(row.outcome))} ${frappe.datetime.str_to_user(row.given_on)}` +
		(row.organisation ? ` (${escape(row.organisation)})` : "") +
		` <a href="/app/consent/${encodeURIComponent(row.name)}">${escape(row.name)}</a>`;

	function record(frm, dialog, purposes, values) {
		const answers = {};
		purposes.forEach(({ purpose }, place) => {
			const answer = values[answer_field(place)];
			if (answer) answers[purpose] = answer;
		});
		if (!Object.keys(answers).length) {
			frappe.msgprint(__("Choose Given or Refused for at least one purpose."));
			return;
		}
		dialog.disable_primary_action(); // a second click would record them twice
		frappe
			.call({
				method: "core_minori.api.consents.record_consents",
				type: "POST",
				args: { case_file: frm.doc.name, answers, ...given(values) },
				freeze: true,
			})
			.then(({ message }) => {
				dialog.hide();
				frm.reload_doc();
				if (message.length && frappe.model.can_print("Consent")) offer_print(message);
			})
			.catch(() => dialog.enable_primary_action());
	}

	// What is empty is left out: over the wire it would be an empty text, and no day is that.
	function given(values) {
		const named = [
			"given_by",
			"given_by_name",
			"given_on",
			"language",
			"mediator_present",
			"mediator_name",
			"notice_given_on",
			"organisations",
			"withheld",
		];
		const filled = Object.fromEntries(
			named.filter((name) => values[name] && values[name].length !== 0).map((name) => [name, values[name]]),
		);
		if (filled.notice_given_on) filled.notice_language = values.language;
		return filled;
	}

	function offer_print(made) {
		const address = new URLSearchParams({
			doctype: "Consent",
			name: made[0],
			format: "Notice and Consent",
			no_letterhead: 1,
			_lang: "it",
		});
		frappe.msgprint({
			title: __("Recorded"),
			indicator: "green",
			message: `${made
				.map((name) => frappe.utils.get_form_link("Consent", name, true))
				.join(", ")}<br><a target="_blank" href="/printview?${escape(address)}">${__("Print Notice and Consent")}</a>`,
		});
	}
})();
