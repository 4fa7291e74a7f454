frappe.listview_settings["Case Request"] = {
	add_fields: ["status"],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		const colours = {
			Requested: "orange",
			Approved: "blue",
			Accepted: "green",
			Rejected: "red",
			Declined: "red",
		};
		return [
			__(doc.status, null, "Case Request"),
			colours[doc.status] || "gray",
			`status,=,${doc.status}`,
		];
	},
};
