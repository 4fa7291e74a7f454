frappe.query_reports["Training Hours"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Area", "Profession", "Organisation", "Project"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Area",
			reqd: 1,
		},
		{
			fieldname: "project",
			label: __("Funded Project"),
			fieldtype: "Link",
			options: "Funded Project",
		},
		{ fieldname: "training_area", label: __("Area"), fieldtype: "Link", options: "Training Area" },
		{ fieldname: "from_date", label: __("From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To"), fieldtype: "Date" },
	],
};
