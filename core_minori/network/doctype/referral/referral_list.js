frappe.listview_settings["Referral"] = {
	add_fields: ["status"],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		const colours = {
			Drafted: "gray",
			Sent: "orange",
			Accepted: "blue",
			"In Progress": "blue",
			Rejected: "red",
			Done: "green",
			Revoked: "darkgrey",
		};
		return [__(doc.status, null, "Referral"), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
