// What the file of a case lacks, and its SIM sheet.
frappe.ui.form.on("Case File", {
	refresh(frm) {
		if (frm.is_new()) return;
		show_completeness(frm);
		if (!frappe.model.can_print("Case File")) return;
		if (!["Unaccompanied Minor", "Young Adult in Prosieguo"].includes(frm.doc.beneficiary_type)) return;
		frm.add_custom_button(__("Print"), () => print_sim_sheet(frm), __("SIM Sheet"));
		frm.add_custom_button(
			__("Download CSV"),
			() => open_url_post("/api/method/core_minori.api.sim.sheet", { cases: [frm.doc.name] }),
			__("SIM Sheet"),
		);
	},
});

function print_sim_sheet(frm) {
	const args = new URLSearchParams({
		doctype: frm.doctype,
		name: frm.doc.name,
		format: "SIM Sheet",
		no_letterhead: 1,
		_lang: "it",
	});
	window.open(`/printview?${args}`);
}

function show_completeness(frm) {
	const field = frm.get_field("completeness_html");
	if (!field) return;
	const asked = frm.doc.name;
	frappe.call({
		method: "core_minori.api.sim.completeness",
		type: "GET",
		args: { case_file: asked },
		callback: ({ message: found }) => {
			if (!found || frm.doc.name !== asked) return;
			field.$wrapper.html(completeness_panel(found));
			field.$wrapper.find("button[data-item]").on("click", (event) => {
				open_record(frm, found.missing[event.currentTarget.dataset.item]);
			});
		},
	});
}

function completeness_panel(found) {
	const escape = frappe.utils.escape_html;
	const colour = (percent) => (percent === 100 ? "green" : percent >= 70 ? "orange" : "red");
	const bars = found.percent
		.filter((row) => row.percent !== null)
		.map(
			(row) => `<div class="col-sm-4" data-purpose="${escape(row.purpose)}">
				<div class="d-flex justify-content-between"><b>${escape(row.label)}</b><span>${row.percent}%</span></div>
				<div class="progress" style="height: 8px">
					<div class="progress-bar" style="width: ${row.percent}%; background: var(--${colour(row.percent)}-500)"></div>
				</div>
			</div>`,
		)
		.join("");
	const rows = found.missing.map(
		(item, place) => `<tr>
			<td>${escape(item.label)}</td>
			<td class="text-muted">${item.purposes.map(escape).join(", ")}</td>
			<td class="text-muted">${escape(frappe.datetime.str_to_user(item.since))}</td>
			<td class="text-right">${
				item.may
					? `<button class="btn btn-xs btn-default" data-item="${place}">${
							item.name ? __("Complete") : __("Add")
						}</button>`
					: `<span class="text-muted">${item.roles.map(escape).join(", ")}</span>`
			}</td>
		</tr>`,
	);
	if (found.kept) {
		rows.push(`<tr><td colspan="4" class="text-muted">${__(
			"{0} more, kept by who may read it",
			[found.kept],
		)}</td></tr>`);
	}
	const table = rows.length
		? `<table class="table table-bordered"><thead><tr>
			<th>${__("What Is Missing")}</th><th>${__("Needed for")}</th><th>${__("Since")}</th><th></th>
		</tr></thead><tbody>${rows.join("")}</tbody></table>`
		: `<p class="text-muted">${__("Nothing is missing today.")}</p>`;
	const coming = found.coming.length
		? `<p class="text-muted">${__("Next")}: ${found.coming
				.slice(0, 6)
				.map((item) => `${escape(item.label)} (${escape(frappe.datetime.str_to_user(item.from))})`)
				.join(", ")}</p>`
		: "";
	return `<div class="row mb-3">${bars}</div>${table}${coming}`;
}

// The record to complete, at its field; or a new one that starts with what is known.
function open_record(frm, item) {
	if (item.doctype === frm.doctype) {
		frm.scroll_to_field(item.field);
		return;
	}
	if (!item.name) {
		frappe.new_doc(item.doctype, item.values);
		return;
	}
	frappe.set_route("Form", item.doctype, item.name).then(() => {
		if (item.field && cur_frm?.doc.name === item.name) cur_frm.scroll_to_field(item.field);
	});
}
