frappe.listview_settings["Agreement"] = {
	add_fields: ["status"],
	get_indicator(doc) {
		const colours = {
			Draft: "gray",
			Signed: "blue",
			Running: "orange",
			Concluded: "green",
			Expired: "red",
			Terminated: "darkgrey",
		};
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
