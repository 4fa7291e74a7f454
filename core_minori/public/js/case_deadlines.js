// The Deadlines tab of a case: what we owe, what we wait for, what is done. Each row opens its history.
frappe.ui.form.on("Case File", {
	refresh(frm) {
		const field = frm.get_field("deadlines_html");
		if (!field || frm.is_new() || !frappe.model.can_read("Case Deadline")) return;
		const asked = frm.doc.name;
		frappe.call("core_minori.api.deadlines.of_case", { case_file: asked }).then(({ message }) => {
			if (frm.doc.name === asked) show_deadlines_of_case(field.$wrapper, message || []);
		});
	},
});

function show_deadlines_of_case($wrapper, rows) {
	const ended = ["Done", "Done Late", "Cancelled"];
	const running = rows.filter((row) => !ended.includes(row.state));
	const done = rows.filter((row) => ended.includes(row.state)).reverse();
	const owed = running.filter((row) => row.kind === "Owed");
	const waited = running.filter((row) => row.kind !== "Owed");
	$wrapper
		.empty()
		.append(
			section(__("To Do"), owed, __("Nothing is owed now.")),
			section(__("Waited for from Others"), waited, __("Nothing is waited for now.")),
			section(__("Done and Needless"), done, __("Nothing is done yet.")),
		);
	$wrapper.find("[data-deadline]").on("click", function (event) {
		event.preventDefault();
		const row = rows.find(({ name }) => name === $(this).attr("data-deadline"));
		frappe
			.call("core_minori.api.deadlines.history", { deadline: row.name })
			.then(({ message }) => show_history_of_deadline(row, message || []));
	});

	function section(heading, some, none) {
		const $section = $(`<div class="mb-4"><h5></h5></div>`);
		$section.find("h5").text(`${heading} (${some.length})`);
		if (!some.length) return $section.append($(`<p class="text-muted"></p>`).text(none));
		return $section.append(table_of(some));
	}
}

function table_of(rows) {
	const colours = { Overdue: "red", "Due Soon": "orange", Open: "blue", Done: "green", "Done Late": "yellow" };
	const escape = frappe.utils.escape_html;
	const head = [__("State"), __("Due"), __("What Is Due"), __("Responsible"), __("Source")]
		.map((heading) => `<th>${escape(heading)}</th>`)
		.join("");
	const body = rows
		.map((row) => {
			const done = row.done_at
				? `<div class="text-muted small">${escape(__("done on {0}", [moment_shown(row.done_at)]))}</div>`
				: "";
			const cells = [
				`<span class="indicator-pill no-indicator-dot text-nowrap ${colours[row.state] || "gray"}">${escape(__(row.state))}</span>`,
				`<span class="text-nowrap">${escape(moment_shown(row.due_at))}</span>${done}`,
				`<a href="#" data-deadline="${escape(row.name)}" title="${escape(__("History"))}">${escape(__(row.title))}</a>`,
				escape(__(row.responsible_role || "")),
				`<span class="text-muted small">${escape(row.source || "")}</span>`,
			];
			return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
		})
		.join("");
	return `<table class="table table-bordered table-sm"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

function show_history_of_deadline(row, changes) {
	const escape = frappe.utils.escape_html;
	const lines = changes.map((change) => {
		const ends =
			change.from_due && change.from_due !== change.to_due
				? __("due {0} instead of {1}", [moment_shown(change.to_due), moment_shown(change.from_due)])
				: "";
		const starts =
			change.trigger_was && change.trigger_was !== change.trigger_is
				? __("starts {0} instead of {1}", [
						moment_shown(change.trigger_is),
						moment_shown(change.trigger_was),
					])
				: "";
		const who = `${moment_shown(change.changed_at)} · ${change.by}`;
		return `<li class="mb-2"><b>${escape(__(change.event, null, "Case Deadline Change"))}</b> ${escape([ends, starts].filter(Boolean).join("; "))}
			<div class="text-muted small">${escape(who)}</div></li>`;
	});
	frappe.msgprint({
		title: frappe.utils.escape_html(__(row.title)),
		message: lines.length ? `<ul>${lines.join("")}</ul>` : escape(__("No history.")),
		wide: true,
	});
}

// A term counted in days ends with its day, and a fact known by its day is at midnight: the hour says nothing there.
function moment_shown(moment) {
	if (!moment) return "";
	const [day, hour] = String(moment).split(" ");
	const shown = frappe.datetime.str_to_user(day);
	return !hour || /^(23:59|00:00)/.test(hour) ? shown : `${shown} ${hour.slice(0, 5)}`;
}
