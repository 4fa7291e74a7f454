frappe.listview_settings["Role Confirmation"] = {
	get_indicator(doc) {
		const colour = { Waiting: "orange", Confirmed: "green", Refused: "red" }[doc.status];
		return [__(doc.status), colour, `status,=,${doc.status}`];
	},
};
