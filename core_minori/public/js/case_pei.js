// The plan on the case: at a glance for who reads it, and for a mediator the minor's own voice and nothing else.
frappe.ui.form.on("Case File", {
	refresh(frm) {
		const field = frm.get_field("voice_html");
		if (!field) return;
		field.$wrapper.empty();
		if (frm.is_new()) return;
		const reads_plan = frappe.model.can_read("PEI");
		if (!reads_plan && !frappe.user.has_role("Cultural Mediator")) return;
		const ask = (method) =>
			frappe
				.call({
					method: `core_minori.api.plans.${method}`,
					type: "GET",
					args: { case_file: frm.doc.name },
				})
				.then(({ message }) => message || {});
		Promise.all([reads_plan ? ask("overview") : {}, ask("voice")]).then(([plan, voice]) =>
			field.$wrapper.html(plan_at_a_glance(plan) + voice_of_the_minor(voice)),
		);
	},
});

function plan_at_a_glance(plan) {
	if (!plan.name) return "";
	const escape = frappe.utils.escape_html;
	const review = plan.review_due_on
		? ` · ${__("Next Review")}: ${frappe.datetime.str_to_user(plan.review_due_on)}`
		: "";
	const rows = plan.objectives
		.map((row) => {
			const progress = Math.round(row.progress || 0);
			return `<tr>
				<td>${escape(row.objective)}<br><span class="text-muted">${__(row.area)}</span></td>
				<td>${__(row.status)}</td>
				<td style="width: 25%"><div class="progress"><div class="progress-bar" style="width: ${progress}%"></div></div>
					<span class="text-muted">${progress}%</span></td>
				<td>${row.due_on ? frappe.datetime.str_to_user(row.due_on) : ""}</td></tr>`;
		})
		.join("");
	const head = [__("Objective"), __("Status"), __("Progress"), __("Due On")]
		.map((text) => `<th>${text}</th>`)
		.join("");
	return `<h5 class="mt-3"><a href="${frappe.utils.get_form_link("PEI", plan.name)}">${__("PEI")}, ${__("Version {0}", [plan.version])}</a>
		<small class="text-muted">${__(plan.state)}${review}</small></h5>
		${rows ? `<table class="table table-bordered"><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>` : ""}`;
}

function voice_of_the_minor(voice) {
	if (!voice.version) return `<p class="text-muted">${__("No PEI yet.")}</p>`;
	const escape = frappe.utils.escape_html;
	const facts = [
		voice.minor_agrees ? `${__("The Minor Agrees")}: ${__(voice.minor_agrees)}` : "",
		voice.voice_language ? `${__("Language Used")}: ${escape(voice.voice_language)}` : "",
		voice.voice_mediator_present ? __("Mediator Present") : "",
		`${__("Version {0}", [voice.version])}, ${frappe.datetime.str_to_user(voice.drafted_on)}`,
	].filter(Boolean);
	return `<h5 class="mt-3">${__("The Minor's Own Voice")}</h5>
		<p style="white-space: pre-line">${escape(voice.minor_wishes || "") || `<span class="text-muted">${__("Not written yet.")}</span>`}</p>
		<p class="text-muted">${facts.join(" · ")}</p>`;
}
