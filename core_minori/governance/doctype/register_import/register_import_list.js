frappe.listview_settings["Register Import"] = {
	add_fields: ["status", "problem_count"],
	get_indicator(doc) {
		const colour = {
			New: "gray",
			Checked: "blue",
			Queued: "orange",
			Running: "orange",
			Imported: "green",
			Failed: "red",
		}[doc.status];
		return [__(doc.status), colour, `status,=,${doc.status}`];
	},
};
