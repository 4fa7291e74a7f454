frappe.query_reports["Violence and Emersion"] = {
	filters: core_minori.report.filters(
		...(frappe.model.can_read("Case File")
			? ["from_date", "to_date", "project", "facility", "worker"]
			: ["to_date"]),
	),
	formatter: core_minori.report.formatter,
};
