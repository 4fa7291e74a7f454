// The timeline of a sealed field says that it changed, and not from what to what: who may read the record asks here.
// The file comes with each of these DocTypes: what it adds is added once.
if (!frappe.core_minori_sealed_texts) {
	frappe.core_minori_sealed_texts = true;
	for (const doctype of ["Clinical Record", "Court Act", "Minor Interview", "PEI", "Protection Report"]) {
		frappe.ui.form.on(doctype, {
			refresh(frm) {
				if (!frm.is_new()) frm.page.add_menu_item(__("Earlier Texts"), () => show_earlier_texts(frm));
			},
		});
	}
}

async function show_earlier_texts(frm) {
	const { message } = await frappe.call("core_minori.api.sealed.earlier_texts", {
		doctype: frm.doctype,
		name: frm.doc.name,
	});
	const escape = frappe.utils.escape_html;
	const rows = (message || []).map(
		(row) => `<div class="mb-4">
			<div><b>${escape(row.label)}</b>
				<span class="text-muted">${__("until {0}, changed by {1}", [
					escape(frappe.datetime.str_to_user(row.changed_at)),
					escape(frappe.user.full_name(row.changed_by)),
				])}</span></div>
			<div style="white-space: pre-line">${escape(row.text || __("Nothing"))}</div>
		</div>`,
	);
	frappe.msgprint({
		title: __("Earlier Texts"),
		message: rows.join("") || `<p class="text-muted">${__("These texts were never changed.")}</p>`,
		wide: true,
	});
}
