frappe.listview_settings["Case File"] = {
	add_fields: ["state"],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		const colours = {
			Reported: "orange",
			Reception: "yellow",
			Assessment: "yellow",
			"PEI Drafting": "blue",
			"In Progress": "green",
			Prosieguo: "green",
			Missing: "red",
			Suspended: "orange",
		};
		return [__(doc.state, null, "Case File"), colours[doc.state] || "gray", `state,=,${doc.state}`];
	},
};
