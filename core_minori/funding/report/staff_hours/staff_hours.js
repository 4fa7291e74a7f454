frappe.query_reports["Staff Hours"] = {
	filters: [
		{
			fieldname: "funded_project",
			label: __("Funded Project"),
			fieldtype: "Link",
			options: "Funded Project",
		},
		{ fieldname: "employee", label: __("Employee"), fieldtype: "Link", options: "Employee" },
		{ fieldname: "from_date", label: __("From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To"), fieldtype: "Date" },
	],

	// Rates do not add up: the row of totals has none.
	formatter(value, row, column, data, default_formatter) {
		return column.fieldname === "rate" && !value ? "" : default_formatter(value, row, column, data);
	},
};
