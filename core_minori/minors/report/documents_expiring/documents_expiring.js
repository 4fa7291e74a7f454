frappe.query_reports["Documents Expiring"] = {
	filters: [
		{ fieldname: "days", label: __("Days Ahead"), fieldtype: "Int", default: 60 },
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Expiring or Expired") },
				{ value: "Wanted", label: __("Missing or Requested") },
				{ value: "All", label: __("Both") },
			],
		},
		core_minori.report.choice("document_type", __("Document"), [
			"",
			"Passport",
			"Consular Attestation",
			"Birth Certificate",
			"Identity Card",
			"Residence Permit",
			"Request of Residence Permit",
			"Asylum Request Form (C3)",
			"Health Card",
			"Fiscal Code Card",
			"Residence Certificate",
			"School Certificate",
			"Vaccination Record",
			"Other",
		]),
		...core_minori.report.filters("project", "facility", "worker"),
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = core_minori.report.formatter(value, row, column, data, default_formatter);
		if (column.fieldname !== "state_label" || !data) return shown;
		const colour = { Expired: "red", Expiring: "orange", Missing: "orange" }[data.state];
		return core_minori.report.pill(shown, colour);
	},
};
