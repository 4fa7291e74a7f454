frappe.query_reports["Cost Suggestions"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
		},
		{
			fieldname: "funded_project",
			label: __("Funded Project"),
			fieldtype: "Link",
			options: "Funded Project",
		},
		{ fieldname: "from_date", label: __("From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To"), fieldtype: "Date" },
		{
			fieldname: "minimum_confidence",
			label: __("Confidence from (%)"),
			fieldtype: "Int",
			default: 0,
		},
	],

	get_datatable_options: (options) => Object.assign(options, { checkboxColumn: true }),

	// The table keeps its checks by place: after a refresh other costs stand there.
	after_datatable_render: (table) => table.rowmanager.checkAll(false),

	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "voucher_type") return __(value);
		const shown = default_formatter(value, row, column, data);
		if (column.fieldname === "reason" && value) {
			return `<span title="${frappe.utils.escape_html(value)}">${shown}</span>`;
		}
		if (column.fieldname !== "confidence" || !data) return shown;
		const colour = data.confidence >= 70 ? "green" : data.confidence >= 40 ? "orange" : "red";
		return `<span class="indicator-pill ${colour}">${shown}</span>`;
	},

	onload(report) {
		report.page.add_inner_button(__("Accept Checked"), () => choose(report));
		report.page.add_inner_button(__("Undo Last Batch"), () => undo(report));
		// One listener a desk: the report's page is loaded once and shown often.
		frappe.realtime.off("cost_suggestions_accepted");
		frappe.realtime.on("cost_suggestions_accepted", (result) => {
			frappe.hide_progress();
			tell(result);
			report.refresh();
		});
	},
};

// The officer sees what is going to be drafted, and may put another line.
function choose(report) {
	const table = report.datatable;
	const places = table ? table.rowmanager.getCheckedRows() : [];
	const rows = places.map((place) => table.datamanager.data[place]).filter((row) => row.voucher_no);
	if (!rows.length) {
		frappe.msgprint(__("Check the costs to accept first."));
		return;
	}
	const dialog = new frappe.ui.Dialog({
		title: __("Accept {0} Suggestions", [rows.length]),
		size: "extra-large",
		fields: [
			{
				fieldtype: "HTML",
				fieldname: "note",
				options: `<p class="text-muted">${__(
					"Each becomes a draft to confirm. Change the line where another is right.",
				)}</p>`,
			},
			{
				fieldtype: "Table",
				fieldname: "costs",
				cannot_add_rows: true,
				in_place_edit: true,
				data: rows.map((row, index) => ({ ...row, idx: index + 1, name: `row-${index}` })),
				fields: [
					{
						fieldname: "voucher_no",
						label: __("Voucher"),
						fieldtype: "Data",
						read_only: 1,
						in_list_view: 1,
						columns: 2,
					},
					{
						fieldname: "party",
						label: __("Supplier or Person"),
						fieldtype: "Data",
						read_only: 1,
						in_list_view: 1,
						columns: 3,
					},
					{
						fieldname: "amount",
						label: __("Amount"),
						fieldtype: "Currency",
						options: "EUR",
						read_only: 1,
						in_list_view: 1,
						columns: 2,
					},
					{
						fieldname: "budget_line",
						label: __("Budget Line"),
						fieldtype: "Link",
						options: "FAMI Budget Line",
						reqd: 1,
						in_list_view: 1,
						columns: 3,
						get_query: () => ({ filters: { disabled: 0, cost_method: ["!=", "Flat Rate"] } }),
					},
				],
			},
		],
		primary_action_label: __("Make Drafts"),
		async primary_action({ costs }) {
			// Tab in the last row adds an empty one, whatever the grid was told.
			const filled = (costs || []).filter((row) => row.voucher_no);
			const wanted = filled.map((row) => ({
				voucher_type: row.voucher_type,
				voucher_no: row.voucher_no,
				account: row.account,
				cost_center: row.cost_center,
				budget_line: row.budget_line,
			}));
			dialog.hide();
			const { message } = await frappe.call({
				method: "core_minori.api.suggestions.accept",
				args: { rows: JSON.stringify(wanted) },
				freeze: true,
			});
			if (message.queued) {
				frappe.show_alert(__("{0} costs are being drafted in the background.", [message.queued]));
				return;
			}
			tell(message);
			report.refresh();
		},
	});
	dialog.show();
}

function tell({ made, refused }) {
	frappe.show_alert({ message: __("{0} drafts made.", [made]), indicator: made ? "green" : "orange" });
	if (!refused.length) return;
	const lines = refused.map(
		({ voucher_no, reason }) =>
			`<li><b>${frappe.utils.escape_html(voucher_no)}</b>: ${frappe.utils.escape_html(reason)}</li>`,
	);
	frappe.msgprint({
		title: __("Not Accepted"),
		indicator: "orange",
		message: `<ul>${lines.join("")}</ul>`,
	});
}

async function undo(report) {
	const { message: batch } = await frappe.call({
		method: "core_minori.api.suggestions.last_batch",
		type: "GET",
	});
	if (!batch) {
		frappe.msgprint(__("There is no accepted suggestion of yours to undo."));
		return;
	}
	const when = frappe.datetime.str_to_user(batch.made_on);
	frappe.confirm(
		__("Delete the {0} drafts of the suggestions accepted on {1}?", [batch.count, when]),
		async () => {
			const { message } = await frappe.call({
				method: "core_minori.api.suggestions.undo",
				freeze: true,
			});
			frappe.show_alert({ message: __("{0} drafts deleted.", [message.deleted]), indicator: "green" });
			report.refresh();
		},
	);
}
