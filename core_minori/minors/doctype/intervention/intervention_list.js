frappe.listview_settings["Intervention"] = {
	add_fields: ["status", "starts_at", "mode", "case_file", "intervention_group"],
	hide_name_column: false,

	get_indicator(doc) {
		if (doc.status === "Planned" && doc.starts_at < frappe.datetime.now_datetime()) {
			return [__("To Confirm"), "orange", `status,=,Planned|starts_at,<,${frappe.datetime.now_datetime()}`];
		}
		const colour = { Planned: "blue", Done: "green", "Not Held": "gray", Cancelled: "red" }[doc.status];
		return [__(doc.status), colour, `status,=,${doc.status}`];
	},

	button: {
		show: (doc) => doc.status === "Planned" && doc.starts_at < frappe.datetime.now_datetime(),
		get_label: () => __("Mark as Done"),
		get_description: (doc) => __("Mark {0} as done", [doc.name]),
		action: (doc) => core_minori_set_status([doc.name], "Done"),
	},

	onload(listview) {
		for (const status of ["Done", "Not Held", "Cancelled"]) {
			listview.page.add_actions_menu_item(
				__(status),
				() => core_minori_set_status(listview.get_checked_items(true), status),
				false
			);
		}
		listview.page.add_inner_button(__("Bring Hours to Timesheets"), () => core_minori_bring_hours());
		listview.page.add_inner_button(__("Calendar"), () => frappe.set_route("List", "Intervention", "Calendar"));
	},
};

function core_minori_set_status(names, status) {
	if (!names.length) return;
	frappe
		.call({
			method: "core_minori.api.interventions.set_status",
			args: { names, status },
			freeze: true,
		})
		.then(({ message }) => {
			if (message?.refused?.length) {
				frappe.msgprint({
					title: __("Please Check"),
					indicator: "orange",
					message: message.refused
						.map((row) => `<b>${frappe.utils.escape_html(row.name)}</b> ${frappe.utils.escape_html(row.why)}`)
						.join("<hr>"),
				});
			} else if (message?.changed.length) {
				frappe.show_alert({ message: __("{0} saved", [message.changed.length]), indicator: "green" });
			}
			window.cur_list?.refresh();
		});
}

function core_minori_bring_hours() {
	const day = frappe.datetime.get_today();
	// in the first days of a month the one that is over is the one to close
	const usual = Number(day.slice(8)) <= 10 ? frappe.datetime.add_months(day, -1) : day;
	const months = [0, -1, -2, -3, -4, -5].map((back) => {
		const month = frappe.datetime.add_months(day, back).slice(0, 7);
		const label = new Date(`${month}-01T12:00`).toLocaleDateString(frappe.boot.lang, {
			month: "long",
			year: "numeric",
		});
		return { value: month, label };
	});
	const dialog = new frappe.ui.Dialog({
		title: __("Bring Hours to Timesheets"),
		fields: [
			{
				fieldname: "month",
				fieldtype: "Select",
				label: __("Month"),
				reqd: 1,
				options: months,
				default: usual.slice(0, 7),
				description: __(
					"The done interventions of the month become rows of each operator's draft timesheet. Doing it again adds nothing twice."
				),
			},
			{ fieldname: "result", fieldtype: "HTML" },
		],
		primary_action_label: __("Bring the Hours"),
		primary_action({ month }) {
			frappe
				.call({
					method: "core_minori.api.interventions.bring_hours",
					args: { month: `${month}-01` },
					freeze: true,
				})
				.then(({ message }) => message && dialog.fields_dict.result.$wrapper.html(brought_html(message)));
		},
	});
	dialog.show();

	function brought_html(found) {
		const safe = frappe.utils.escape_html;
		const number = (value) => format_number(value, null, 2);
		const lines = [
			__("{0} rows added, {1} corrected, {2} taken out: {3} hours.", [
				found.added,
				found.changed,
				found.removed,
				number(found.hours),
			]),
		];
		if (found.without_line) {
			lines.push(
				__("{0} hours have no budget line: the operator has no assignment to the project on that day.", [
					number(found.without_line),
				])
			);
		}
		let html = lines.map((line) => `<p>${safe(line)}</p>`).join("");
		if (found.sheets.length) {
			const links = found.sheets.map(
				(name) => `<a href="/app/timesheet/${encodeURIComponent(name)}">${safe(name)}</a>`
			);
			html += `<p class="brought-sheets">${links.join(", ")}</p>`;
		}
		if (found.left_out.length) {
			// the reason comes from the server as escaped HTML
			const rows = found.left_out.map(
				(row) =>
					`<tr><td>${safe(row.who || "")}</td><td>${safe(row.intervention || "")}</td><td>${frappe.utils.xss_sanitise(
						row.why
					)}</td></tr>`
			);
			html += `<h5>${safe(__("Left Out"))}</h5><table class="table table-bordered small"><tbody>${rows.join(
				""
			)}</tbody></table>`;
		}
		return html;
	}
}
