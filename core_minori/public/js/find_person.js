// A person by name, in any script and spelling: a dialog, so that no name stands in an address or in a history.
frappe.provide("core_minori");

core_minori.find_person = () => {
	const escaped = (text) => frappe.utils.escape_html(text == null ? "" : String(text));
	const dialog = new frappe.ui.Dialog({
		title: __("Find a Person"),
		fields: [
			{
				fieldname: "text",
				fieldtype: "Data",
				label: __("Name, Other Name or Fiscal Code"),
				description: __("In any script and spelling."),
			},
			{ fieldname: "found", fieldtype: "HTML" },
		],
	});
	const $found = dialog.get_field("found").$wrapper.attr("aria-live", "polite");
	let asked = "";
	const look = frappe.utils.debounce(() => {
		const text = dialog.get_field("text").$input.val().trim();
		if (text === asked) return;
		asked = text;
		if (text.length < 2) return $found.empty();
		frappe.xcall("core_minori.api.people.find", { text }).then((people) => {
			if (text !== asked) return;
			$found.html(people.map(row).join("") || `<p class="text-muted">${__("Nobody you follow has this name.")}</p>`);
			$found.find("a[data-case]").on("click", (event) => {
				event.preventDefault();
				dialog.hide();
				const { minor, case: code } = event.currentTarget.dataset;
				if (code) frappe.set_route("Form", "Case File", code);
				else frappe.set_route("Form", "Minor", minor);
			});
		});
	}, 350);

	function row(person) {
		const born = person.birth_date
			? __("born on {0}", [frappe.datetime.str_to_user(person.birth_date)])
			: __("date of birth unknown");
		const cases = person.cases.length ? person.cases : [{ name: "", state: "" }];
		const links = cases
			.map(
				(one) =>
					`<a href="#" data-minor="${escaped(person.minor)}" data-case="${escaped(one.name)}">${escaped(one.name || person.minor)}</a>` +
					(one.state ? ` <span class="text-muted">${escaped(__(one.state, null, "Case File"))}</span>` : ""),
			)
			.join(", ");
		const also = person.also ? ` <span class="text-muted">(${escaped(person.also)})</span>` : "";
		return `<div style="padding: 6px 0; border-bottom: 1px solid var(--border-color)"><b><bdi>${escaped(person.name)}</bdi></b>${also}<br>
			<span class="text-muted">${escaped(born)}</span> · ${links}</div>`;
	}

	dialog.show();
	dialog.get_field("text").$input.on("input", look).trigger("focus");
};
