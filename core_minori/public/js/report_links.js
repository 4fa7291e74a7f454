// What the reports over cases share: their filters, and a click on a number that opens the list behind it.
frappe.provide("core_minori.report");
(() => {
	const lists = [];

	// A number with a list behind it, in a row that says which (`behind`, by column), becomes a link to that list.
	core_minori.report.formatter = (value, row, column, data, default_formatter) => {
		// The report view writes words as they are: those that people typed are no markup.
		const words = typeof value === "string" && column.fieldtype === "Data";
		const shown = default_formatter(
			words ? frappe.utils.escape_html(value) : value,
			row,
			column,
			data,
		);
		const behind = data && value ? data.behind?.[column.fieldname] : null;
		if (!behind) return shown;
		behind.id ??= lists.push(behind) - 1;
		return `<a class="cm-behind" style="text-decoration: underline" href="#" data-list="${behind.id}">${shown}</a>`;
	};

	$(document).on("click", "a.cm-behind", (event) => {
		event.preventDefault();
		const { doctype, filters } = lists[event.currentTarget.dataset.list];
		const names = filters.name?.[1];
		if (Array.isArray(names) && names.length === 1) {
			frappe.set_route("Form", doctype, names[0]);
			return;
		}
		frappe.route_options = { ...filters };
		frappe.set_route("List", doctype, "List");
	});

	// A state or a step of a case as a coloured word.
	core_minori.report.pill = (shown, colour) =>
		`<span class="indicator-pill no-indicator-dot ${colour || "gray"}">${shown}</span>`;

	const known = {
		project: () => ({
			fieldname: "project",
			label: __("Funded Project"),
			fieldtype: "Link",
			options: "Funded Project",
		}),
		facility: () => ({
			fieldname: "facility",
			label: __("Facility"),
			fieldtype: "Link",
			options: "Facility",
		}),
		worker: () => ({ fieldname: "worker", label: __("Operator"), fieldtype: "Link", options: "User" }),
		from_date: () => ({ fieldname: "from_date", label: __("From"), fieldtype: "Date" }),
		to_date: () => ({ fieldname: "to_date", label: __("To"), fieldtype: "Date" }),
	};
	core_minori.report.filters = (...names) => names.map((name) => known[name]());
	core_minori.report.choice = (fieldname, label, options, more = {}) => ({
		fieldname,
		label,
		fieldtype: "Select",
		options: options.map((value) => ({ value, label: value && __(value) })),
		...more,
	});
})();
