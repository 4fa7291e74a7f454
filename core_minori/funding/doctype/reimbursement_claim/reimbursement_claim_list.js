frappe.listview_settings["Reimbursement Claim"] = {
	add_fields: ["status"],
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,
	get_indicator(doc) {
		const colours = {
			Draft: "red",
			Claimed: "blue",
			"With the Auditor": "orange",
			Audited: "blue",
			"With the Authority": "orange",
			Settled: "green",
			Cancelled: "gray",
		};
		return [__(doc.status, null, "Reimbursement Claim"), colours[doc.status], `status,=,${doc.status}`];
	},
};
