frappe.listview_settings["Personal Document"] = {
	add_fields: ["expires_on", "status"],
	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		if (doc.status === "Held" && doc.expires_on && doc.expires_on < today) {
			return [__("Expired"), "red", `status,=,Held|expires_on,<,${today}`];
		}
		const colours = { Missing: "orange", Requested: "yellow", Held: "green" };
		return [__(doc.status, null, "Personal Document"), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
