frappe.query_reports["Violence and Emersion"] = {
	filters: frappe.model.can_read("Case File")
		? core_minori.report.filters("from_date", "to_date", "project", "facility", "worker")
		: [
				{
					fieldname: "year",
					label: __("Year"),
					fieldtype: "Int",
					default: moment().year() - 1,
				},
			],
	formatter: core_minori.report.formatter,
};
