frappe.query_reports["Referral Outcomes"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Organisation", label: __("Organisation") },
				{ value: "Sender and Receiver", label: __("Sender and Receiver") },
				{ value: "Service", label: __("Service") },
				{ value: "Rejection Reason", label: __("Rejection Reason") },
				{ value: "Month", label: __("Month") },
			],
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
