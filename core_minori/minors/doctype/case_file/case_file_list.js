frappe.listview_settings["Case File"] = {
	add_fields: ["state"],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		const colours = {
			Reported: "orange",
			Reception: "yellow",
			Assessment: "yellow",
			"PEI Drafting": "blue",
			"In Progress": "green",
			Prosieguo: "green",
			Missing: "red",
			Suspended: "orange",
		};
		return [__(doc.state, null, "Case File"), colours[doc.state] || "gray", `state,=,${doc.state}`];
	},

	// A case starts with the person: one form writes both.
	primary_action() {
		frappe.set_route("intake");
	},

	onload(list) {
		if (frappe.model.can_read("Minor")) {
			list.page.add_inner_button(__("Find a Person"), () => core_minori.find_person());
		}
	},

	refresh(list) {
		show_names(list);
	},
};

// Names come in one request a page, after the list, and only for people the reader may see.
function show_names(list) {
	if (list.view_name !== "List" || !frappe.model.can_read("Minor") || !list.data.length) return;
	const codes = list.data.map((row) => row.name);
	frappe.xcall("core_minori.api.people.names_of", { codes }).then((names) => {
		if (!Object.keys(names || {}).length) return;
		if (!frappe.is_mobile()) list.$result.find(".list-subject").css({ flex: "0 0 360px", "max-width": "none" }); // room for code and name
		for (const [code, name] of Object.entries(names)) {
			const $link = list.$result.find("a[data-name]").filter((_place, link) => link.dataset.name === code);
			if ($link.parent().find(".case-person").length) continue;
			$link.first().css("overflow", "visible");
			$('<bdi class="case-person ellipsis" style="margin-left: 10px; font-weight: normal"></bdi>')
				.text(name)
				.insertAfter($link.first());
		}
	});
}
