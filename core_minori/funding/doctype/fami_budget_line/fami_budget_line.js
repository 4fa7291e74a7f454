frappe.ui.form.on("FAMI Budget Line", {
	setup(frm) {
		frm.set_query("funded_project", () => ({ filters: { status: ["!=", "Closed"] } }));
	},

	refresh(frm) {
		offer_choices(frm);
		keep_approved(frm);
		offer_options(frm);
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
	cost_method: (frm) => frm.refresh(),
	quantity: set_amount,
	unit_cost: set_amount,

	line_code(frm) {
		const chapter = (frm.doc.line_code || "").split(".")[0];
		if (!frm.doc.chapter && chapter) frm.set_value("chapter", chapter);
	},
});

function set_amount(frm) {
	if (frm.doc.quantity && frm.doc.unit_cost && frm.doc.cost_method !== "Flat Rate") {
		frm.set_value("amount", flt(frm.doc.quantity * frm.doc.unit_cost, 2));
	}
}

// What an approved budget says changes by Budget Revision only: the fields know, this tells the person.
function keep_approved(frm) {
	if (!frm.doc.__onload || !frm.doc.__onload.budget_fixed) return;
	frm.set_intro(__("The budget is approved: its amounts change by Budget Revision."), "blue");
	if (frappe.model.can_create("Budget Revision") && frm.doc.cost_method !== "Flat Rate") {
		frm.add_custom_button(__("Budget Revision"), () =>
			frappe.new_doc("Budget Revision", { funded_project: frm.doc.funded_project }, (revision) => {
				revision.transfers = [];
				frappe.model.add_child(revision, "transfers").from_line = frm.doc.name;
			}),
		);
	}
}

// The simplified cost options are rows of the programme: the rate of the chosen one goes into the line.
function offer_options(frm) {
	const fixed = frm.doc.__onload && frm.doc.__onload.budget_fixed;
	if (frm.doc.cost_method !== "Flat Rate" || !frm.doc.funded_project || fixed) return;
	frm.add_custom_button(__("Simplified Cost Options"), async () => {
		const project = await frappe.db.get_doc("Funded Project", frm.doc.funded_project);
		const programme = await frappe.db.get_doc("Funding Programme", project.programme);
		const options = programme.rules.filter((rule) => rule.check_code === "sco-option" && rule.value);
		if (!options.length) {
			frappe.msgprint(__("{0} has no simplified cost options.", [project.programme]));
			return;
		}
		const dialog = new frappe.ui.Dialog({
			title: __("Simplified Cost Options"),
			fields: [
				{
					fieldname: "option",
					fieldtype: "Select",
					label: __("Rate and base"),
					reqd: 1,
					options: options.map((rule) => ({
						value: rule.name,
						label: `${rule.value} % - ${rule.base} (${rule.source}, ${rule.article})`,
					})),
				},
			],
			primary_action_label: __("Choose"),
			primary_action({ option }) {
				const rule = options.find((row) => row.name === option);
				frm.set_value("flat_rate_percent", flt(rule.value));
				dialog.hide();
				frappe.show_alert({ message: __("Check the base chapters: {0}", [rule.base]), indicator: "blue" });
			},
		});
		dialog.show();
	});
}

// Only the partners of the project may spend on its lines.
async function offer_choices(frm) {
	if (!frm.doc.funded_project) return;
	const project = await frappe.db.get_doc("Funded Project", frm.doc.funded_project);
	const partners = project.partners.map((row) => row.organisation);
	frm.set_query("partner", () => ({ filters: { name: ["in", partners] } }));
}
