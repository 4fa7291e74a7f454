frappe.query_reports["Case Times"] = {
	filters: [
		...core_minori.report.filters("from_date", "to_date", "project", "facility", "worker"),
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["All", "Project", "Facility", "Month"].map((value) => ({
				value,
				label: __(value, null, "File Completeness"),
			})),
			default: "All",
		},
	],
	formatter: core_minori.report.formatter,
};
