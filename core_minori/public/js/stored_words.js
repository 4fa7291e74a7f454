// Where Frappe shows a word as it is stored, say it in the reader's language.
(() => {
	const MODULES = ["Minors", "Network", "Training", "Funding", "Governance"];

	// A link to a record that the reader may not open: the names of these records are words.
	for (const doctype of ["Role", "Workflow State"]) {
		frappe.form.link_formatters[doctype] ??= (value) => __(value);
	}

	// Frappe adds the time zone to the help text of a moment before translating it, and then finds no translation.
	$(document).on("form-refresh", (event, frm) => {
		if (!MODULES.includes(frm.meta.module)) return;
		// after the form's own drawing of its fields, which writes the help again
		setTimeout(() => {
			for (const { fieldname, fieldtype } of frm.meta.fields) {
				const { description } = frappe.meta.get_docfield(frm.doctype, fieldname) || {};
				if (fieldtype === "Datetime" && description) {
					frm.fields_dict[fieldname]?.set_new_description?.(__(description.split("<br>")[0]));
				}
			}
		}, 100);
	});

	// The choices in the history of a form ("Drafting").
	$(document).on("form-refresh", (event, frm) => {
		const timeline = frm.timeline;
		if (!timeline || timeline.cm_translated || !MODULES.includes(frm.meta.module)) return;
		timeline.cm_translated = true;
		const contents = timeline.get_version_timeline_contents.bind(timeline);
		const spoken = (text) => (text === "null" ? "—" : __(text, null, frm.doctype));
		timeline.get_version_timeline_contents = () =>
			contents().map((item) => ({
				...item,
				content: item.content.replace(/<b>([^<>]+)<\/b>/g, (whole, text) => `<b>${spoken(text)}</b>`),
			}));
		timeline.refresh();
	});
})();
