frappe.query_reports["Cash Forecast"] = {
	filters: [
		{
			fieldname: "funded_project",
			label: __("Funded Project"),
			fieldtype: "Link",
			options: "Funded Project",
			reqd: 1,
		},
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		return column.fieldname === "balance" && data && data.balance < 0
			? `<span class="text-danger">${shown}</span>`
			: shown;
	},
};
