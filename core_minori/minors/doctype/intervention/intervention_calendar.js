frappe.views.calendar["Intervention"] = {
	field_map: {
		start: "starts_at",
		end: "ends_at",
		id: "name",
		title: "title",
		allDay: "allDay",
	},
	// what the day's work is is seen by its colour
	get_css_class: (event) => ({ Planned: "blue", Done: "green", "Not Held": "gray", Cancelled: "red" }[event.status]),
	get_events_method: "core_minori.api.interventions.calendar",
	update_event_method: "core_minori.api.interventions.reschedule",
	options: { timeFormat: "HH:mm", slotLabelFormat: "HH:mm", minTime: "07:00:00", maxTime: "23:00:00" },
};
