frappe.listview_settings["Data Request"] = {
	add_fields: ["status", "due_on", "answered_on"],
	get_indicator(doc) {
		if (doc.status === "Answered") return [__("Answered"), "green", "status,=,Answered"];
		if (doc.status === "Refused") return [__("Refused"), "gray", "status,=,Refused"];
		if (doc.due_on && doc.due_on < frappe.datetime.get_today()) {
			return [__("Overdue"), "red", "due_on,<,Today|status,not in,Answered,Refused"];
		}
		return [__(doc.status), "orange", `status,=,${doc.status}`];
	},
	onload(list) {
		list.page.add_inner_button(__("Overdue"), () =>
			list.filter_area.clear().then(() =>
				list.filter_area.add([
					["Data Request", "status", "not in", ["Answered", "Refused"]],
					["Data Request", "due_on", "<", frappe.datetime.get_today()],
				]),
			),
		);
	},
};
