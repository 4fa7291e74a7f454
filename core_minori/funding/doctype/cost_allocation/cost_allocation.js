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
		if (frm.doc.docstatus === 0 && frm.doc.origin === "Manual" && frm.perm[0]?.write) {
			frm.add_custom_button(__("Choose Ledger Cost"), () => choose_cost(frm));
		}
		if (frm.is_new()) return;
		frm.add_custom_button(__("Open Voucher"), () =>
			frappe.set_route("Form", frm.doc.voucher_type, frm.doc.voucher_no),
		);
		if (frm.doc.docstatus === 2) return;
		if (frm.perm[0]?.write) {
			frm.add_custom_button(__("Check Again"), () => check_again(frm));
		}
		const open = open_findings(frm);
		if (open.length && frappe.user.has_role(["Funding Officer", "Case Coordinator"])) {
			frm.add_custom_button(__("Override a Check"), () => override_check(frm, open));
		}
		tell_worst(frm, open);
	},
});

function open_findings(frm) {
	return (frm.doc.findings || []).filter((row) => !row.overridden);
}

function tell_worst(frm, open) {
	const worst = open.find((row) => row.severity === "Block") || open.find((row) => row.severity === "Warn");
	frm.set_intro("");
	if (worst) {
		const color = worst.severity === "Block" ? "red" : "orange";
		frm.set_intro(frappe.utils.escape_html(`${worst.message} ${worst.remedy || ""}`), color);
	}
}

async function check_again(frm) {
	await frappe.call({
		method: "core_minori.api.funding.check_again",
		args: { names: [frm.doc.name] },
		freeze: true,
	});
	await frm.reload_doc();
	frappe.show_alert({ message: __("The rules were checked again."), indicator: "green" });
}

function override_check(frm, open) {
	const codes = [...new Set(open.map((row) => row.check_code))];
	const say = (code) =>
		open
			.filter((row) => row.check_code === code)
			.map((row) => frappe.utils.escape_html(row.message))
			.join("<br>");
	const dialog = new frappe.ui.Dialog({
		title: __("Override a Check"),
		fields: [
			{
				fieldname: "check_code",
				fieldtype: "Select",
				label: __("Check"),
				options: codes,
				default: codes[0],
				reqd: 1,
				change: () => dialog.set_df_property("finding", "options", say(dialog.get_value("check_code"))),
			},
			{ fieldname: "finding", fieldtype: "HTML", options: say(codes[0]) },
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
			{
				fieldname: "document",
				fieldtype: "Attach",
				label: __("Document"),
				description: __("The paper that allows the cost: a letter of the authority, a resolution."),
				reqd: 1,
			},
		],
		primary_action_label: __("Override"),
		async primary_action(values) {
			await frappe.call({
				method: "core_minori.api.funding.override_finding",
				args: {
					allocation: frm.doc.name,
					check_code: values.check_code,
					reason: values.reason,
					document: values.document,
				},
				freeze: true,
			});
			dialog.hide();
			frm.reload_doc();
		},
	});
	dialog.show();
}

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
