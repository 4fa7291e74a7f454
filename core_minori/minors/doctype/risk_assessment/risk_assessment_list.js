frappe.listview_settings["Risk Assessment"] = {
	get_indicator(doc) {
		const colours = { Draft: "gray", Proposed: "orange", Approved: "green" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
