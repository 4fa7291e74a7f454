// The SIM sheets of the cases that are ticked in the list, as one CSV.
(() => {
	const settings = (frappe.listview_settings["Case File"] ??= {});
	const before = settings.onload;
	settings.onload = (list) => {
		before?.(list);
		if (!frappe.model.can_print("Case File")) return;
		list.page.add_actions_menu_item(__("SIM Sheet (CSV)"), () => {
			const cases = list.get_checked_items(true);
			open_url_post("/api/method/core_minori.api.sim.sheet", { cases });
		});
	};
})();
