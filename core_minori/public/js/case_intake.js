// The family and the support network of a case.
(() => {
	const escaped = (text) => frappe.utils.escape_html(text == null ? "" : String(text));

	frappe.ui.form.on("Case File", {
		refresh(frm) {
			if (frm.is_new()) return;
			show_family(frm);
		},
	});

	function show_family(frm) {
		const code = frm.doc.name;
		frappe.xcall("core_minori.api.intake.family", { case_file: code }).then((family) => {
			if (frm.doc.name !== code || !frm.get_field("family_html")) return;
			const $wrapper = frm.get_field("family_html").$wrapper.empty();
			members($wrapper, frm, family);
			network($wrapper, frm, family);
			for (const warning of family.warnings) {
				frm.dashboard.add_comment(escaped(warning), "yellow", true);
			}
		});
	}

	function members($wrapper, frm, family) {
		$("<h5></h5>").text(__("Followed in the Same Family")).appendTo($wrapper);
		if (!family.members.length) {
			$('<p class="text-muted"></p>').text(__("No other case of this family.")).appendTo($wrapper);
			return;
		}
		const rows = family.members.map((one) => [
			one.readable
				? frappe.utils.get_form_link("Case File", one.case, true)
				: `<span class="text-muted">${escaped(one.case)}</span>`,
			`<bdi>${escaped(one.name)}</bdi>`,
			one.kind ? escaped(__(one.kind)) : "",
			one.state ? escaped(__(one.state, null, "Case File")) : "",
		]);
		$wrapper.append(table([__("Case"), __("Name"), __("Beneficiary Type"), __("State")], rows));
	}

	function network($wrapper, frm, family) {
		$('<h5 style="margin-top: var(--margin-lg)"></h5>').text(__("Support Network")).appendTo($wrapper);
		if (family.persons.length) {
			$wrapper.append(
				table(
					[__("Name"), __("Relation"), __("Role"), __("Contact"), __("Phone")],
					family.persons.map((one) => [
						`<a href="/app/support-person/${encodeURIComponent(one.name)}"><bdi>${escaped(one.person_name)}</bdi></a>${marks(one)}`,
						escaped(__(one.relation)),
						one.role ? pill(__(one.role), { Protective: "green", Risk: "orange" }[one.role]) : "",
						one.contact_rule === "Free"
							? escaped(__("Free"))
							: pill(__(one.contact_rule), one.contact_rule === "Forbidden" ? "red" : "orange"),
						escaped(one.phone),
					]),
				),
			);
		} else {
			$('<p class="text-muted"></p>').text(__("Nobody is written down yet.")).appendTo($wrapper);
		}
		if (!family.may_add) return;
		const $buttons = $('<div class="flex" style="gap: 8px; flex-wrap: wrap"></div>').appendTo($wrapper);
		$('<button type="button" class="btn btn-default btn-xs"></button>')
			.text(__("Add a Person"))
			.appendTo($buttons)
			.on("click", () => frappe.new_doc("Support Person", { case_file: frm.doc.name }));
		if (family.elsewhere.length) {
			$('<button type="button" class="btn btn-default btn-xs"></button>')
				.text(__("Take from the Family"))
				.appendTo($buttons)
				.on("click", () => take(frm, family.elsewhere));
		}
	}

	function marks(one) {
		const said = [];
		if (one.parental_responsibility) said.push(__("Holds Parental Responsibility"));
		if (one.reference_adult) said.push(__("Adult of Reference"));
		if (one.lives_together) said.push(__("Lives With the Minor"));
		return said.length ? `<div class="small text-muted">${said.map(escaped).join(" · ")}</div>` : "";
	}

	function take(frm, elsewhere) {
		const dialog = new frappe.ui.Dialog({
			title: __("Take from the Family"),
			fields: [
				{
					fieldname: "person",
					fieldtype: "Select",
					label: __("Person"),
					reqd: 1,
					options: elsewhere.map((one) => ({
						value: one.name,
						label: `${one.person_name} · ${__(one.relation)} · ${one.case_file}`,
					})),
					default: elsewhere[0].name,
				},
			],
			primary_action_label: __("Take over"),
			primary_action({ person }) {
				dialog.disable_primary_action();
				frappe
					.xcall("core_minori.api.intake.take_from_family", {
						case_file: frm.doc.name,
						support_person: person,
					})
					.then((name) => {
						dialog.hide();
						frappe.show_alert({ message: __("Written here too: check relation and contact."), indicator: "green" });
						frappe.set_route("Form", "Support Person", name);
					})
					.catch(() => dialog.enable_primary_action());
			},
		});
		dialog.show();
	}

	const pill = (text, colour) =>
		`<span class="indicator-pill no-indicator-dot ${colour || "gray"}">${escaped(text)}</span>`;

	function table(headings, rows) {
		const head = headings.map((heading) => `<th>${escaped(heading)}</th>`).join("");
		const body = rows
			.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
			.join("");
		return `<table class="table table-bordered"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
	}
})();
