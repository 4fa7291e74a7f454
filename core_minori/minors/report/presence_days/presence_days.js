frappe.query_reports["Presence Days"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: frappe.datetime.year_start(),
		},
		{
			fieldname: "to_date",
			label: __("To"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
		},
		...core_minori.report.filters("facility", "project"),
	],
	formatter: core_minori.report.formatter,
};
