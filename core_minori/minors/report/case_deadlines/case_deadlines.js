frappe.query_reports["Case Deadlines"] = {
	filters: [
		{
			fieldname: "days",
			label: __("Days Ahead"),
			fieldtype: "Int",
			default: 30,
		},
		{
			fieldname: "state",
			label: __("State"),
			fieldtype: "Select",
			options: ["", "Overdue", "Due Soon", "Open", "Waiting", "Term Passed"].map((value) => ({
				value,
				label: value ? __(value) : "",
			})),
		},
		{
			fieldname: "project",
			label: __("Funded Project"),
			fieldtype: "Link",
			options: "Funded Project",
		},
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		// a term counted in days ends with its day
		if (column.fieldname === "due_at") return shown.replace(/ 23:59(:00)?/, "");
		if (column.fieldname !== "state_label" || !data) return shown;
		const colour = {
			Overdue: "red",
			"Due Soon": "orange",
			Open: "blue",
		}[data.state];
		return `<span class="indicator-pill ${colour || "gray"}">${shown}</span>`;
	},
};
