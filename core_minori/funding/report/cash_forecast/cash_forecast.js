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

	// Of thirty-six months most hold one figure or two: what is nothing is left blank.
	formatter(value, row, column, data, default_formatter) {
		if (column.fieldtype === "Currency" && column.fieldname !== "balance" && !value) return "";
		const shown = default_formatter(value, row, column, data);
		return column.fieldname === "balance" && data && data.balance < 0
			? `<span class="text-danger">${shown}</span>`
			: shown;
	},
};
