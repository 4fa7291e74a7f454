frappe.listview_settings["Data Breach"] = {
	get_indicator(doc) {
		const colour = { Open: "red", Notified: "blue", "Not to Be Notified": "gray", Closed: "green" };
		return [__(doc.status), colour[doc.status], `status,=,${doc.status}`];
	},
};
