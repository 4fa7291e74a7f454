frappe.listview_settings["Case Access Log"] = {
	add_fields: ["outcome", "way", "sequence"],
	hide_name_column: true,
	formatters: { record_type: (value) => frappe.utils.escape_html(__(value || "")) },

	get_indicator(doc) {
		if (doc.way === "Alert") return [__("Alert"), "orange", "way,=,Alert"];
		const colour = doc.outcome === "Refused" ? "red" : "gray";
		return [__(doc.outcome, null, "Case Access Log"), colour, `outcome,=,${doc.outcome}`];
	},

	onload(list) {
		list.page.add_inner_button(__("Check the Log"), () => check_log());
	},
};

function check_log() {
	frappe.xcall("core_minori.api.access_log.check").then(show_check);
}

function show_check(found) {
	const escape = frappe.utils.escape_html;
	if (!found.broken && !found.changes.length) {
		return frappe.msgprint({
			title: __("The Log Is Whole"),
			indicator: "green",
			message: __("{0} rows, none changed, removed or added. Last row: number {1}, seal {2}.", [
				found.rows,
				found.count,
				escape(found.seal),
			]),
		});
	}
	const lines = [];
	if (found.broken) lines.push(escape(found.broken));
	if (found.changes.length) {
		lines.push(
			__("Stored changes of these records were edited or removed: {0}.", [escape(found.changes.join(", "))]),
		);
	}
	const message = { title: __("The Log Does Not Hold"), indicator: "red", message: lines.join("<br>") };
	if (found.missing) {
		message.primary_action = { label: __("A Backup Was Restored"), action: accept_missing };
	}
	frappe.msgprint(message);
}

// After an older backup came back, the rows since then are gone for a reason: said once, with a name to it.
function accept_missing() {
	frappe.hide_msgprint();
	frappe.prompt(
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Why These Rows Are Missing"), reqd: 1 },
		({ reason }) => frappe.xcall("core_minori.api.access_log.accept_missing", { reason }).then(show_check),
		__("A Backup Was Restored"),
	);
}
