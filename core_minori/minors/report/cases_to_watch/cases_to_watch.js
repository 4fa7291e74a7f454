frappe.query_reports["Cases to Watch"] = {
	filters: [
		core_minori.report.choice("watch", __("Watch"), [
			"",
			"Without Guardian",
			"Turns 18 within 3 Months",
			"Turns 18 within 6 Months",
			"Turns 18 within 12 Months",
			"PEI Missing",
			"PEI Review Late",
			"Document Expiring",
			"Document Expired",
			"First Reception Too Long",
			"No Contact",
			"Nobody Assigned",
			"No Referent",
			"Suspended",
			"Missing",
		]),
		...core_minori.report.filters("project", "facility", "worker"),
		{ fieldname: "contact_days", label: __("Days without Contact"), fieldtype: "Int", default: 30 },
		{ fieldname: "document_days", label: __("Days to the Expiry"), fieldtype: "Int", default: 60 },
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = core_minori.report.formatter(value, row, column, data, default_formatter);
		return column.fieldname === "watch_label" && data
			? core_minori.report.pill(shown, data.colour)
			: shown;
	},
};
