frappe.ui.form.on("Funded Project", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Monitoring Workbook"), () => ask_period(frm));
	},
});

function ask_period(frm) {
	const start = moment().subtract(1, "quarter").startOf("quarter");
	frappe.prompt(
		[
			{
				fieldname: "from_date",
				fieldtype: "Date",
				label: __("From"),
				reqd: 1,
				default: start.format("YYYY-MM-DD"),
			},
			{
				fieldname: "to_date",
				fieldtype: "Date",
				label: __("To"),
				reqd: 1,
				default: start.endOf("quarter").format("YYYY-MM-DD"),
			},
		],
		(values) => {
			const args = new URLSearchParams({ project: frm.doc.name, ...values });
			window.open(`/api/method/core_minori.api.papers.monitoring?${args}`);
		},
		__("Monitoring Workbook"),
		__("Download")
	);
}
