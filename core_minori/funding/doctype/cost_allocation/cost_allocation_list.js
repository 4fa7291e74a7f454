frappe.listview_settings["Cost Allocation"] = {
	add_fields: ["docstatus", "claimed_amount", "worst_finding"],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		if (doc.docstatus === 0) {
			return [__("To Confirm"), doc.worst_finding === "Block" ? "red" : "orange", "docstatus,=,0"];
		}
		if (doc.docstatus === 2) return [__("Cancelled", null, "Cost Allocation"), "red", "docstatus,=,2"];
		return [__("Confirmed", null, "Cost Allocation"), "green", "docstatus,=,1"];
	},
	formatters: {
		worst_finding(value) {
			const color = { Block: "red", Warn: "orange", Inform: "blue" }[value];
			return color ? `<span class="indicator-pill ${color}">${__(value)}</span>` : "";
		},
	},
	onload(list) {
		if (!frappe.model.can_write("Cost Allocation")) return;
		list.page.add_actions_menu_item(__("Check Again"), () => check_again(list));
		frappe.realtime.off("core_minori_costs_checked");
		frappe.realtime.on("core_minori_costs_checked", (counted) => {
			frappe.hide_progress();
			tell(counted);
			list.refresh();
		});
	},
};

async function check_again(list) {
	const { message } = await frappe.call({
		method: "core_minori.api.funding.check_again",
		args: { names: list.get_checked_items(true) },
		freeze: true,
	});
	if (message.queued) {
		frappe.show_alert(__("The rules are checked in the background."));
		return;
	}
	tell(message);
	list.refresh();
}

function tell(counted) {
	frappe.show_alert({
		message: __("Checked again. Blocked: {0}, warnings: {1}, nothing open: {2}.", [
			counted.Block || 0,
			counted.Warn || 0,
			(counted.Inform || 0) + (counted[""] || 0),
		]),
		indicator: counted.Block ? "red" : "green",
	});
}
