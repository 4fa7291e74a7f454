frappe.query_reports["Case Deadlines"] = {
	filters: [
		{
			fieldname: "days",
			label: __("Days Ahead"),
			fieldtype: "Select",
			options: [
				{ value: "7", label: "7" },
				{ value: "30", label: "30" },
				{ value: "", label: __("All", null, "Case Deadlines") },
			],
			default: "30",
		},
		{
			fieldname: "only_mine",
			label: __("Only Mine"),
			fieldtype: "Check",
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
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: ["", "Owed", "Waited For"].map((value) => ({
				value,
				label: value ? __(value) : "",
			})),
		},
		{
			fieldname: "role",
			label: __("Responsible"),
			fieldtype: "Select",
			options: [
				"",
				"Social Worker",
				"Psychologist",
				"Educator",
				"Cultural Mediator",
				"Case Coordinator",
			].map((value) => ({ value, label: value ? __(value) : "" })),
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
		if (column.fieldname === "due_at") {
			return shown.replace(/ 23:59(:00)?/, "").replace(/(\d\d:\d\d):\d\d/, "$1");
		}
		if (column.fieldname !== "state_label" || !data) return shown;
		const colour = {
			Overdue: "red",
			"Due Soon": "orange",
			Open: "blue",
		}[data.state];
		return `<span class="indicator-pill ${colour || "gray"}">${shown}</span>`;
	},
};
