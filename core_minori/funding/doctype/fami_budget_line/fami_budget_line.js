frappe.ui.form.on("FAMI Budget Line", {
	setup(frm) {
		frm.set_query("funded_project", () => ({ filters: { status: ["!=", "Closed"] } }));
	},

	refresh(frm) {
		offer_choices(frm);
		if (!frm.is_new()) {
			frm.add_custom_button(__("Reconciliation"), () =>
				frappe.set_route("query-report", "Funding Reconciliation", {
					funded_project: frm.doc.funded_project,
					budget_line: frm.doc.name,
				}),
			);
		}
	},

	funded_project: offer_choices,
	quantity: set_amount,
	unit_cost: set_amount,

	line_code(frm) {
		const chapter = (frm.doc.line_code || "").split(".")[0];
		if (!frm.doc.chapter && chapter) frm.set_value("chapter", chapter);
	},
});

function set_amount(frm) {
	if (frm.doc.quantity && frm.doc.unit_cost) {
		frm.set_value("amount", flt(frm.doc.quantity * frm.doc.unit_cost, 2));
	}
}

// Only the partners of the project may spend on its lines.
async function offer_choices(frm) {
	if (!frm.doc.funded_project) return;
	const project = await frappe.db.get_doc("Funded Project", frm.doc.funded_project);
	const partners = project.partners.map((row) => row.organisation);
	frm.set_query("partner", () => ({ filters: { name: ["in", partners] } }));
}
