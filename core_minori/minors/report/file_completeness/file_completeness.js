frappe.query_reports["File Completeness"] = {
	filters: [
		...core_minori.report.filters("project", "facility", "worker"),
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Case", "Worker", "Facility", "Project"].map((value) => ({
				value,
				label: __(value, null, "File Completeness"),
			})),
			default: "Case",
		},
		core_minori.report.choice("purpose", __("Needed for"), ["", "SIM", "PEI", "Monitoring Sheet"]),
	],
	formatter: core_minori.report.formatter,
};
