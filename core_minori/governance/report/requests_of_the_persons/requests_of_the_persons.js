frappe.query_reports["Requests of the Persons"] = {
	filters: [
		{ fieldname: "from_date", label: __("Received from"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("Received to"), fieldtype: "Date" },
		core_minori.report.choice("request_type", __("Type"), [
			"",
			"Access",
			"Portability",
			"Rectification",
			"Restriction",
			"Erasure",
			"Objection",
		]),
	],
	formatter: core_minori.report.formatter,
};
