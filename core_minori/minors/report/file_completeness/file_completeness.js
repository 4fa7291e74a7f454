frappe.query_reports["File Completeness"] = {
	filters: [
		...core_minori.report.filters("project", "facility", "worker"),
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Case", label: __("Case") },
				{ value: "Worker", label: __("Worker") },
				{ value: "Facility", label: __("Facility") },
				{ value: "Project", label: __("Project") },
			],
			default: "Case",
		},
		core_minori.report.choice("purpose", __("Needed for"), ["", "SIM", "PEI", "Monitoring Sheet"]),
	],
	formatter: core_minori.report.formatter,
};
