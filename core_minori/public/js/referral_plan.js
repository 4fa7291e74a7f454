// The rows of the plan that a referral stands behind: all that its receiver sees of the plan.
frappe.ui.form.on("Referral", {
	refresh(frm) {
		frm.plan_rows?.remove();
		frm.plan_rows = null;
		if (frm.is_new()) return;
		frappe
			.call({
				method: "core_minori.api.plans.referral_rows",
				type: "GET",
				args: { referral: frm.doc.name },
			})
			.then(({ message }) => {
				if (!message?.length) return;
				const escape = frappe.utils.escape_html;
				const day = (value) => (value ? frappe.datetime.str_to_user(value) : "");
				const head = [
					__("Intervention"),
					__("Mode"),
					__("Frequency"),
					__("Start"),
					__("End"),
					__("Planned Hours"),
					__("Outcome"),
				]
					.map((text) => `<th>${text}</th>`)
					.join("");
				const body = message
					.map((row) =>
						[
							__(row.intervention_type),
							row.mode ? __(row.mode) : "",
							escape(row.frequency || ""),
							day(row.start_date),
							day(row.end_date),
							row.planned_hours ? format_number(row.planned_hours, null, 2) : "",
							escape(row.outcome || ""),
						]
							.map((cell) => `<td>${cell}</td>`)
							.join(""),
					)
					.map((cells) => `<tr>${cells}</tr>`)
					.join("");
				frm.plan_rows?.remove();
				frm.plan_rows = frm.dashboard.add_section(
					`<table class="table table-bordered"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`,
					__("Interventions in the Plan"),
				);
				frm.dashboard.show();
			});
	},
});
