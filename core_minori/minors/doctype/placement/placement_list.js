frappe.listview_settings["Placement"] = {
	get_indicator(doc) {
		const colours = {
			Requested: "orange",
			Assigned: "blue",
			Placed: "green",
			Absconded: "red",
		};
		return [__(doc.status, null, "Placement"), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
