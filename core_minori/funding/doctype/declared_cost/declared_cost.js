frappe.ui.form.on("Declared Cost", {
	setup(frm) {
		frm.set_query("budget_line", () => ({
			filters: {
				funded_project: frm.doc.funded_project || "",
				partner: ["in", [frm.doc.partner || "", ""]],
				cost_method: ["!=", "Flat Rate"],
				disabled: 0,
			},
		}));
		frm.set_query("partner", () => ({
			filters: { name: ["in", frm.partners_of_project || []] },
		}));
	},

	onload: read_partners,
	funded_project: read_partners,

	refresh(frm) {
		if (frm.is_new()) {
			return;
		}
		frm.add_custom_button(__("Cost Allocations"), () =>
			frappe.set_route("List", "Cost Allocation", {
				voucher_type: frm.doc.doctype,
				voucher_no: frm.doc.name,
			}),
		);
	},
});

async function read_partners(frm) {
	frm.partners_of_project = [];
	if (frm.doc.funded_project) {
		const project = await frappe.db.get_doc("Funded Project", frm.doc.funded_project);
		frm.partners_of_project = project.partners.map((row) => row.organisation);
	}
}
