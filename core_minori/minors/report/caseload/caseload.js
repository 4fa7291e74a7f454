frappe.query_reports["Caseload"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("Period from"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -30),
		},
		{
			fieldname: "to_date",
			label: __("Period to"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
		},
		...core_minori.report.filters("project", "facility", "worker"),
		core_minori.report.choice("role", __("Role in the Case"), [
			"",
			"Social Worker",
			"Psychologist",
			"Educator",
			"Cultural Mediator",
		]),
	],
	formatter: core_minori.report.formatter,
};
