// What the server does with the data when nobody looks: shown to who may change it, or must know.
frappe.ui.form.on("Core Minori Settings", {
	async refresh(frm) {
		const field = frm.get_field("storage_html").$wrapper.empty();
		const { message } = await frappe.call("core_minori.api.sealed.storage_checks");
		const escape = frappe.utils.escape_html;
		const colour = { Yes: "green", No: "red", Unknown: "orange" };
		const rows = (message || []).map(
			(check) => `<tr>
				<td><span class="indicator-pill ${colour[check.state]}">${escape(__(check.state))}</span></td>
				<td>${escape(check.what)}</td>
				<td class="text-muted">${escape(check.remedy || "")}</td>
			</tr>`
		);
		field.html(`<table class="table table-sm"><tbody>${rows.join("")}</tbody></table>`);
	},
});
