frappe.listview_settings["Cost Allocation"] = {
	add_fields: ["docstatus", "claimed_amount"],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		if (doc.docstatus === 0) return [__("To Confirm"), "orange", "docstatus,=,0"];
		if (doc.docstatus === 2) return [__("Cancelled", null, "Cost Allocation"), "red", "docstatus,=,2"];
		return [__("Confirmed", null, "Cost Allocation"), "green", "docstatus,=,1"];
	},
};
