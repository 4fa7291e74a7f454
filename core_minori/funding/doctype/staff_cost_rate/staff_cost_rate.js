frappe.ui.form.on("Staff Cost Rate", {
	refresh(frm) {
		// Payslips are HRMS's: without it, or without the right to read them, there is no button.
		if (frm.doc.employee && frm.doc.method !== "Real Cost" && frappe.model.can_read("Salary Slip")) {
			frm.add_custom_button(__("From Salary Slips"), () => from_salary_slips(frm));
		}
	},

	employee: (frm) => frm.trigger("refresh"),
	method: (frm) => frm.trigger("refresh"),
});

async function from_salary_slips(frm) {
	const { message: found } = await frappe.call({
		method: "core_minori.api.staff.salary_slip_cost",
		type: "GET",
		args: { employee: frm.doc.employee },
	});
	await frm.set_value({
		annual_cost: found.annual_cost,
		source_note: __("Payslips from {0} to {1}", [
			frappe.datetime.str_to_user(found.first),
			frappe.datetime.str_to_user(found.last),
		]),
	});
	if (found.months < 12) {
		frappe.msgprint({
			title: __("Please Check"),
			indicator: "orange",
			message: __("{0} payslips of 12: the sum is not the cost of a year.", [found.months]),
		});
	}
}
