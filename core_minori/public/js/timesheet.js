frappe.ui.form.on("Timesheet", {
	setup(frm) {
		frm.set_query("fami_budget_line", "time_logs", () => ({
			filters: { disabled: 0, cost_method: ["!=", "Flat Rate"] },
		}));
	},

	refresh(frm) {
		if (frm.doc.docstatus === 0 && (frm.doc.time_logs || []).some((row) => row.fami_intervention)) {
			frm.set_intro(__("Rows with an intervention follow it: correct their hours there."), "blue");
		}
		if (frm.is_new() || !frm.doc.employee || frm.doc.docstatus === 2) return;
		frm.add_custom_button(__("Monthly Timesheet"), () => {
			const args = new URLSearchParams({ employee: frm.doc.employee, month: frm.doc.start_date });
			window.open(`/api/method/core_minori.api.staff.monthly_timesheet?${args}`);
		});
	},
});
