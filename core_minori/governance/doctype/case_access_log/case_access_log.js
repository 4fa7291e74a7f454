// The kind of record is kept as it is called in the program: said in the reader's language.
frappe.ui.form.on("Case Access Log", {
	setup() {
		frappe.meta.docfield_map["Case Access Log"].record_type.formatter = (value) => frappe.utils.escape_html(__(value || ""));
	},
});
