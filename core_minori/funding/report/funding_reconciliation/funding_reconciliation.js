frappe.query_reports["Funding Reconciliation"] = {
	filters: [
		{
			fieldname: "funded_project",
			label: __("Funded Project"),
			fieldtype: "Link",
			options: "Funded Project",
		},
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Line", "Chapter", "Partner", "Project", "Source", "Month", "Voucher"].map((value) => ({
				value,
				label: __(value, null, "Funding Reconciliation"),
			})),
			default: "Line",
			reqd: 1,
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
		{ fieldname: "chapter", label: __("Chapter"), fieldtype: "Data" },
		{
			fieldname: "partner",
			label: __("Partner"),
			fieldtype: "Link",
			options: "Network Organisation",
		},
		{ fieldname: "from_date", label: __("From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To"), fieldtype: "Date" },
		{ fieldname: "with_payments", label: __("Paid"), fieldtype: "Check" },
	],

	// A click on what was booked or imputed shows the vouchers behind the amount.
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (data && column.fieldname === "voucher_type") return __(value);
		if (!data || !data.group_by) return shown;
		// Part of a cost is on each source: no voucher stands behind a source alone.
		if (
			["booked", "drafted", "imputed", "claimed"].includes(column.fieldname) &&
			data[column.fieldname] &&
			data.group_by !== "Source"
		) {
			const group = frappe.utils.escape_html(data.group_by);
			const key = frappe.utils.escape_html(data.key || "");
			return `<a class="cm-vouchers" href="#" data-group="${group}" data-key="${key}">${shown}</a>`;
		}
		if (column.fieldname === "residual" && data.residual < 0) {
			return `<span class="text-danger">${shown}</span>`;
		}
		return shown;
	},

	onload(report) {
		report.page.add_inner_button(__("Workbook"), () => {
			const filters = encodeURIComponent(JSON.stringify(report.get_filter_values()));
			window.open(
				`/api/method/core_minori.api.reconciliation.reconciliation_workbook?filters=${filters}`,
			);
		});
		$(report.page.wrapper).on("click", "a.cm-vouchers", (event) => {
			event.preventDefault();
			const { group, key } = event.currentTarget.dataset;
			if (group === "Month") {
				const first = `${key}-01`;
				report.set_filter_value({
					from_date: first,
					to_date: moment(first).endOf("month").format("YYYY-MM-DD"),
					group_by: "Voucher",
				});
				return;
			}
			const filter = {
				Line: "budget_line",
				Chapter: "chapter",
				Partner: "partner",
				Project: "funded_project",
			}[group];
			report.set_filter_value({ [filter]: key, group_by: "Voucher" });
		});
	},
};
