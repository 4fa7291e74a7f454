frappe.query_reports["Six-monthly List"] = {
	filters: [
		{
			fieldname: "on",
			label: __("On the Day"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		...core_minori.report.filters("facility", "project"),
	],
	formatter: core_minori.report.formatter,
};
