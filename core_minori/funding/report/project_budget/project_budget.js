frappe.query_reports["Project Budget"] = {
	filters: [
		{
			fieldname: "funded_project",
			label: __("Funded Project"),
			fieldtype: "Link",
			options: "Funded Project",
			reqd: 1,
		},
		{
			fieldname: "day",
			label: __("In Force On"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Line", label: __("Budget Line") },
				{ value: "Chapter", label: __("Chapter") },
				{ value: "Partner", label: __("Partner") },
				{ value: "Activity", label: __("Activity") },
			],
			default: "Line",
			reqd: 1,
		},
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (data && column.fieldname === "revisions" && data.revisions) {
			const colour = data.revisions < 0 ? "text-danger" : "text-success";
			return `<span class="${colour}">${shown}</span>`;
		}
		return shown;
	},
};
