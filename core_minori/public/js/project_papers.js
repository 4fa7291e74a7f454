frappe.ui.form.on("Funded Project", {
	refresh(frm) {
		if (frm.is_new()) return;
		const sheets = [
			["monitoring", __("Quarterly Sheet"), "Funded Project"],
			["operators", __("Operators"), "Training Session"],
			// The server asks again, and of every person: this only spares a button that would refuse.
			["target_people", __("Target People"), "Case File"],
		];
		for (const [method, label, doctype] of sheets) {
			if (frappe.model.can_read(doctype)) {
				frm.add_custom_button(label, () => ask_period(frm, method, label), __("Monitoring"));
			}
		}
	},
});

function ask_period(frm, method, title) {
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
			window.open(`/api/method/core_minori.api.papers.${method}?${args}`);
		},
		title,
		__("Download")
	);
}
