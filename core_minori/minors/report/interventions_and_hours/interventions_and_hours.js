frappe.query_reports["Interventions and Hours"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Type", "Month", "Operator", "Project", "Area", "Mode"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Type",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: `${frappe.datetime.get_today().slice(0, 4)}-01-01`,
		},
		{ fieldname: "to_date", label: __("To"), fieldtype: "Date", default: frappe.datetime.get_today() },
		{ fieldname: "project", label: __("Funded Project"), fieldtype: "Link", options: "Funded Project" },
		{
			fieldname: "operator",
			label: __("Operator"),
			fieldtype: "Link",
			options: "User",
			get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
		},
		{
			fieldname: "mode",
			label: __("Mode"),
			fieldtype: "Select",
			options: ["", "Individual", "Group"].map((value) => ({ value, label: value ? __(value) : "" })),
		},
	],

	// every number leads to the list behind it
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		// the area is the case's: no filter of the list knows it
		const by = frappe.query_report?.get_filter_value("group_by");
		if (column.fieldname !== "interventions" || !data || by === "Area") return shown;
		return `<a class="open-list" data-key="${frappe.utils.escape_html(data.key || "")}">${shown}</a>`;
	},

	onload(report) {
		report.page.wrapper.on("click", ".open-list", (event) => {
			const filters = report.get_filter_values();
			const key = event.currentTarget.dataset.key;
			const wanted = { status: "Done" };
			let [from, to] = [filters.from_date || "1900-01-01", filters.to_date || "2999-12-31"];
			for (const name of ["project", "mode"]) if (filters[name]) wanted[name] = filters[name];
			if (filters.operator) wanted["Intervention Operator.user"] = filters.operator;
			if (filters.group_by === "Type") wanted.intervention_type = key;
			if (filters.group_by === "Project") wanted.project = key || ["is", "not set"];
			if (filters.group_by === "Mode") wanted.mode = key;
			if (filters.group_by === "Operator" && key) wanted["Intervention Operator.user"] = key;
			if (filters.group_by === "Month") {
				const [first, last] = [`${key}-01`, moment(`${key}-01`).endOf("month").format("YYYY-MM-DD")];
				from = first > from ? first : from;
				to = last < to ? last : to;
			}
			wanted.starts_at = ["between", [from, to]];
			frappe.set_route("List", "Intervention", wanted);
		});
	},
};
