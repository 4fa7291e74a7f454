frappe.query_reports["Referral Outcomes"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Organisation", "Sender and Receiver", "Service", "Rejection Reason", "Month"].map(
				(value) => ({ value, label: __(value, null, "Referral Outcomes") }),
			),
			default: "Organisation",
		},
		...core_minori.report.filters("from_date", "to_date"),
		{
			fieldname: "organisation",
			label: __("Receiving Organisation"),
			fieldtype: "Link",
			options: "Network Organisation",
		},
		...core_minori.report.filters("project", "facility", "worker"),
	],
	formatter: core_minori.report.formatter,
};
