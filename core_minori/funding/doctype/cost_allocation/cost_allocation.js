frappe.ui.form.on("Cost Allocation", {
	setup(frm) {
		frm.set_query("voucher_no", () => ({
			filters: { docstatus: 1, ...(frm.doc.company ? { company: frm.doc.company } : {}) },
		}));
		frm.set_query("budget_line", () => ({ filters: { disabled: 0 } }));
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.company) {
			frm.set_value("company", frappe.defaults.get_user_default("Company"));
		}
	},

	voucher_no(frm) {
		if (frm.doc.voucher_no && frm.is_new()) choose_cost(frm);
	},

	refresh(frm) {
		if (frm.doc.docstatus === 0 && frm.doc.origin === "Manual") {
			frm.add_custom_button(__("Choose Ledger Cost"), () => choose_cost(frm));
		}
		if (!frm.is_new()) {
			frm.add_custom_button(__("Open Voucher"), () =>
				frappe.set_route("Form", frm.doc.voucher_type, frm.doc.voucher_no),
			);
		}
	},
});

async function choose_cost(frm) {
	if (!frm.doc.voucher_type || !frm.doc.voucher_no) {
		frappe.msgprint(__("Choose the voucher first."));
		return;
	}
	const { message: costs } = await frappe.call({
		method: "core_minori.api.funding.costs_of_voucher",
		type: "GET",
		args: { voucher_type: frm.doc.voucher_type, voucher_no: frm.doc.voucher_no },
	});
	if (!costs.length) {
		frappe.msgprint(__("The ledger has no cost for this voucher."));
		return;
	}
	const take = (cost) =>
		frm.set_value({
			account: cost.account,
			cost_center: cost.cost_center,
			tagged_line: cost.tagged_line,
			ledger_amount: cost.amount,
			party: cost.party,
			percent: 100,
			imputed_amount: cost.amount,
		});
	if (costs.length === 1) {
		take(costs[0]);
		return;
	}
	const label = (cost) =>
		`${cost.account} · ${format_currency(cost.amount, "EUR")} · ${cost.tagged_line || __("no line")}`;
	frappe.prompt(
		{
			fieldname: "cost",
			fieldtype: "Select",
			label: __("Ledger Cost"),
			options: costs.map((cost, index) => ({ value: String(index), label: label(cost) })),
			reqd: 1,
		},
		({ cost }) => take(costs[Number(cost)]),
		__("Choose Ledger Cost"),
	);
}
