frappe.query_reports["Project Register"] = {
	filters: [
		{ fieldname: "programme", label: __("Programme"), fieldtype: "Link", options: "Funding Programme" },
		{ fieldname: "centre", label: __("Centre"), fieldtype: "Link", options: "Network Organisation" },
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: ["", "Planned", "Active", "Closed"].map((value) => ({
				value,
				label: value && __(value, null, "Funded Project"),
			})),
		},
	],
};
