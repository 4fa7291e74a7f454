frappe.listview_settings["Cost Allocation"] = {
	add_fields: ["docstatus", "claimed_amount"],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		if (doc.docstatus === 0) return [__("To Confirm"), "orange", "docstatus,=,0"];
		if (doc.docstatus === 2) return [__("Cancelled"), "red", "docstatus,=,2"];
		return [__("Confirmed"), "green", "docstatus,=,1"];
	},
};
