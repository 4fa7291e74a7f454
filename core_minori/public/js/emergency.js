// Emergency access: one button in the bar, for those who have the role, and one dialog.
frappe.provide("core_minori.emergency");

core_minori.emergency.ask = async (code) => {
	const { message: offered } = await frappe.call({
		method: "core_minori.api.emergency.choices",
		type: "GET",
	});
	let asking = false;
	const dialog = new frappe.ui.Dialog({
		title: __("Read a Case in an Emergency"),
		fields: [
			{
				fieldname: "told",
				fieldtype: "HTML",
				options: `<p>${__(
					"You read what is needed tonight: who the minor is, where they live, what they need to stay well. The officer and the coordinator are told at once."
				)}</p>`,
			},
			{
				fieldname: "case_file",
				fieldtype: "Data",
				label: __("Code of the Case"),
				description: __("As on the facility's sheet: {0}", ["CASE-2026-00001"]),
				default: code,
				reqd: 1,
			},
			{
				fieldname: "reason",
				fieldtype: "Select",
				label: __("Reason"),
				options: offered.reasons.map((value) => ({ value, label: __(value) })),
				reqd: 1,
			},
			{
				fieldname: "details",
				fieldtype: "Small Text",
				label: __("What Happened"),
				description: __("Who called, and what they need. No name of the minor: the code is enough."),
				reqd: 1,
			},
			{
				fieldname: "hours",
				fieldtype: "Int",
				label: __("For How Many Hours"),
				description: __("It ends by itself. At most {0}.", [offered.longest]),
				default: offered.hours,
				reqd: 1,
			},
		],
		primary_action_label: __("Open the Case Now"),
		primary_action(values) {
			if (asking) return; // two clicks ask once
			asking = true;
			dialog.disable_primary_action();
			frappe
				.xcall("core_minori.api.emergency.open_case", values)
				.then(({ case_file, until }) => {
					if (!case_file) {
						frappe.msgprint({
							title: __("No Such Case"),
							indicator: "orange",
							message: __(
								"No case has this code. Read it again letter by letter, or call the coordinator: the attempt was kept."
							),
						});
						return;
					}
					dialog.hide();
					const route = ["Form", "Case File", case_file];
					// A page that refused to open a moment ago stays refused until it is asked for again.
					if (frappe.get_route_str() === route.join("/")) window.location.reload();
					else frappe.set_route(...route);
					if (until) {
						frappe.show_alert(
							{ message: __("Open to you until {0}.", [until]), indicator: "orange" },
							10
						);
					}
				})
				.finally(() => {
					asking = false;
					dialog.enable_primary_action();
				});
		},
	});
	dialog.show();
};

$(document).on("app_ready toolbar_setup", () => {
	if (!frappe.user.has_role("Emergency Reader") || document.querySelector(".core-minori-emergency")) return;
	const $button = $(
		`<li class="nav-item core-minori-emergency"><button type="button" class="btn btn-sm btn-danger">${__(
			"Emergency"
		)}</button></li>`
	);
	$button.find("button").on("click", () => {
		const [view, doctype, name] = frappe.get_route();
		core_minori.emergency.ask(view === "Form" && doctype === "Case File" ? name : "");
	});
	$("header.navbar .navbar-collapse > .navbar-nav").last().prepend($button);
});
