const METHODS = "core_minori.api.partners";

frappe.ui.form.on("Partner Submission", {
	setup(frm) {
		frm.set_query("partner", () => ({
			filters: { name: ["in", frm.partners_of_project || []] },
		}));
		core_minori.workbook_import.listen(frm);
	},

	async onload(frm) {
		core_minori.workbook_import.restrict(frm, "workbook", ".xlsx");
		core_minori.workbook_import.restrict(frm, "documents", ".zip");
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
		show_changes(frm);
		show_export(frm);
		core_minori.workbook_import.show(frm, {
			methods: METHODS,
			question: () => __("Import all the rows? If one has a problem, nothing is written."),
			problems: frm.doc.problem_count + frm.doc.warning_count,
			writable: frm.perm[0].write,
		});
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
			core_minori.workbook_import.download(`${METHODS}.workbook`, {
				funded_project: frm.doc.funded_project,
				partner: frm.doc.partner,
			}),
		);
	}
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
