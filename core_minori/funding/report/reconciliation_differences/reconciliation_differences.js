frappe.query_reports["Reconciliation Differences"] = {
	filters: [
		{
			fieldname: "funded_project",
			label: __("Funded Project"),
			fieldtype: "Link",
			options: "Funded Project",
		},
		{
			fieldname: "kind",
			label: __("Difference"),
			fieldtype: "Select",
			options: [
				"",
				"Cost Without Imputation",
				"Imputation Without Its Cost",
				"Imputed to Another Line",
			].map((value) => ({ value, label: value && __(value) })),
		},
		{
			fieldname: "budget_line",
			label: __("Budget Line"),
			fieldtype: "Link",
			options: "FAMI Budget Line",
			get_query: () => {
				const project = frappe.query_report.get_filter_value("funded_project");
				return project ? { filters: { funded_project: project } } : {};
			},
		},
		{
			fieldname: "partner",
			label: __("Partner"),
			fieldtype: "Link",
			options: "Network Organisation",
		},
		{ fieldname: "from_date", label: __("From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To"), fieldtype: "Date" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "voucher_type") return __(value);
		const shown = default_formatter(value, row, column, data);
		if (!["reason", "remedy"].includes(column.fieldname) || !value) return shown;
		return `<span title="${frappe.utils.escape_html(value)}">${shown}</span>`;
	},

	onload(report) {
		report.page.add_inner_button(__("Cost Suggestions"), () => {
			const project = report.get_filter_value("funded_project");
			frappe.set_route(
				"query-report",
				"Cost Suggestions",
				project ? { funded_project: project } : {},
			);
		});
	},
};
