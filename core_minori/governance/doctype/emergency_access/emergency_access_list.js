frappe.listview_settings["Emergency Access"] = {
	add_fields: ["ends_at", "ended_at", "review"],
	hide_name_column: false,
	get_indicator(doc) {
		if (!doc.ended_at && doc.ends_at > frappe.datetime.now_datetime()) {
			return [__("Running"), "red", "ended_at,is,not set"];
		}
		if (!doc.review) return [__("To Review"), "orange", "review,is,not set"];
		const colour = doc.review === "Justified" ? "green" : "red";
		return [__(doc.review), colour, `review,=,${doc.review}`];
	},
	primary_action() {
		core_minori.emergency.ask();
	},
};
