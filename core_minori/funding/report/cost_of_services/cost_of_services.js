frappe.query_reports["Cost of Services"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Project", "Type"].map((value) => ({ value, label: __(value) })),
			default: "Project",
		},
		{ fieldname: "funded_project", label: __("Funded Project"), fieldtype: "Link", options: "Funded Project" },
		{ fieldname: "from_date", label: __("From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To"), fieldtype: "Date" },
	],

	// what is not known is left blank, and no zero
	formatter(value, row, column, data, default_formatter) {
		const blank = column.fieldtype === "Currency" && (value === null || value === undefined);
		return blank ? "" : default_formatter(value, row, column, data);
	},
};
