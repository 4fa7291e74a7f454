// Passwords, sessions, two factors: what protects this site, and one button for each that is missing.
frappe.ui.form.on("Core Minori Settings", {
	refresh(frm) {
		if (!frappe.user.has_role(["System Manager", "Data Protection Officer"])) return;
		frm.add_custom_button(__("Passwords, Sessions, Two Factors"), show);
	},
});

function show() {
	const dialog = new frappe.ui.Dialog({
		title: __("Passwords, Sessions, Two Factors"),
		size: "extra-large",
		fields: [{ fieldname: "rows", fieldtype: "HTML" }],
	});
	const escaped = (text) => frappe.utils.escape_html(text == null ? "" : String(text));
	const value = (row, field) =>
		row.check ? (Number(row[field]) ? __("Yes") : __("No")) : escaped(row[field]);
	const $rows = dialog.get_field("rows").$wrapper;

	const draw = () =>
		frappe
			.call({ method: "core_minori.api.protection.settings", type: "GET", args: {} })
			.then(({ message: settings }) => {
				const missing = settings.filter((row) => !row.done);
				const line = (row) => `<tr>
					<td><b>${escaped(row.label)}</b><br><span class="text-muted">${escaped(row.why)}</span></td>
					<td>${value(row, "current")}</td>
					<td>${value(row, "proposed")}</td>
					<td class="text-right">${row.done ? `<span class="indicator-pill green">${__("Done")}</span>` : action(row)}</td>
				</tr>`;
				$rows.html(`
					<p>${
						missing.length
							? __("{0} settings could protect this site better. Apply each when its users know of it.", [
									missing.length,
							  ])
							: __("All settings protect this site.")
					}</p>
					<table class="table table-sm">
						<thead><tr><th>${__("Setting")}</th><th>${__("Now")}</th><th>${__("Proposed")}</th><th></th></tr></thead>
						<tbody>${[...missing, ...settings.filter((row) => row.done)].map(line).join("")}</tbody>
					</table>`);
				$rows.find("button[data-name]").on("click", (event) => {
					const $button = $(event.currentTarget).prop("disabled", true);
					frappe
						.xcall("core_minori.api.protection.apply", { name: $button.data("name") })
						.then(draw)
						.catch(() => $button.prop("disabled", false));
				});
			});

	function action(row) {
		if (row.hindrance) return `<span class="text-muted">${escaped(row.hindrance)}</span>`;
		if (!frappe.user.has_role("System Manager")) return "";
		return `<button type="button" class="btn btn-xs btn-primary" data-name="${escaped(row.name)}"
			aria-label="${__("Apply")}: ${escaped(row.label)}">${__("Apply")}</button>`;
	}

	draw().then(() => dialog.show());
}
