// Scripts of a form are joined before they run: what is named here stays here.
(() => {
	// Everything that a person adds to a case, in the order in which the work goes.
	const CASE_RECORDS = [
		"Minor Interview",
		"Screening",
		"Risk Assessment",
		"PEI",
		"PEI Review",
		"Intervention",
		"Contact Log",
		"Case Meeting",
		"Referral",
		"Consent",
		"Support Person",
		"Family Search",
		"Guardianship",
		"Personal Document",
		"Placement",
		"Court Act",
		"Protection Report",
		"Clinical Record",
		"Care Assignment",
	];

	frappe.ui.form.on("Case File", {
		setup(frm) {
			frm.set_query("family_case", () => ({
				filters: { name: ["!=", frm.doc.name || ""] },
			}));
			frm.set_query("facility", () => ({ filters: { disabled: 0 } }));
		},

		refresh(frm) {
			if (frm.is_new()) return;
			fold_connections(frm);
			const asked = (frm.overview_asked = {});
			frappe
				.call({
					method: "core_minori.api.cases.overview",
					type: "GET",
					args: { case_file: frm.doc.name },
				})
				.then(({ message }) => {
					// Meanwhile the person may have gone to another case, or this one was shown anew.
					if (!message || frm.overview_asked !== asked || cur_frm !== frm) return;
					show_head(frm, message);
					show_team(frm, message);
					show_services(frm, message);
					show_contacts(frm, message);
					add_buttons(frm, message);
				});
		},
	});

	// What belongs to a case is a long list: the case itself comes first, and the list is one click away.
	function fold_connections(frm) {
		if (frm.folded_for === frm.doc.name) return;
		frm.folded_for = frm.doc.name;
		frm.dashboard.links_area?.collapse(true);
	}

	// --- head ------------------------------------------------------------------------------------------------------------

	// The name is asked for apart and only shown: it is no part of this record, its title or its address.
	function show_head(frm, { person, referent, flags, requests }) {
		const parts = [];
		if (person) {
			const born = person.birth_date
				? __("born on {0}", [frappe.datetime.str_to_user(person.birth_date)])
				: __("date of birth unknown");
			const age = person.age === null ? "" : `${__("{0} years", [person.age])}, `;
			parts.push(
				`<b class="case-person">${escape(person.person)}</b>, ${age}${escape(born)}`
			);
			if (person.days_to_majority > 0 && person.days_to_majority < 366) {
				parts.push(pill(__("18 in {0} days", [person.days_to_majority]), "orange"));
			}
		}
		if (referent) parts.push(`${__("Referent")}: ${escape(referent.full_name)}`);
		const lines = [parts.join(" · ")];
		for (const request of requests) {
			const label = `${__(request.request_type)}: ${__(
				request.status,
				null,
				"Case Request"
			)}`;
			lines.push(
				`${icon("file")} <a href="/app/case-request/${request.name}">${escape(label)}</a>`
			);
		}
		for (const flag of flags) {
			const day = flag.date ? frappe.datetime.str_to_user(flag.date) : "";
			lines.push(
				`<span class="text-danger">${icon("milestone")}</span> ${escape(
					flag.description
				)}` +
					` <span class="text-muted">${escape(
						[flag.full_name, day].filter(Boolean).join(", ")
					)}</span>` +
					` <a class="resolve-flag" data-flag="${escape(flag.name)}">${__(
						"Take Down"
					)}</a>`
			);
		}
		for (const hint of frm.doc.__onload?.hints || []) {
			lines.push(
				`<span class="text-${hint.severity === "Warn" ? "danger" : "muted"}">${
					hint.text
				}</span>`
			);
		}
		// Other messages of the form are not ours to take away.
		frm.$wrapper.find(".case-head").closest(".form-message").remove();
		frm.layout.show_message(
			`<div class="case-head">${lines.map((line) => `<div>${line}</div>`).join("")}</div>`,
			"blue",
			true
		);
		frm.$wrapper
			.find(".case-head")
			.css({ color: "var(--text-color)", lineHeight: 1.9 })
			.closest(".form-message")
			.removeClass("blue")
			.css({ background: "var(--subtle-fg)", borderRadius: "var(--border-radius-md)" });
		frm.$wrapper.find(".resolve-flag").on("click", (event) => {
			resolve_flag(frm, event.currentTarget.dataset.flag);
		});
	}

	function resolve_flag(frm, flag) {
		frappe.prompt(
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
			({ reason }) => post("resolve_flag", { flag, reason }).then(() => frm.reload_doc()),
			__("Take the Flag Down"),
			__("Take Down")
		);
	}

	// --- buttons ---------------------------------------------------------------------------------------------------------

	function add_buttons(frm, overview) {
		const suggestion = next_step(frm, overview);
		if (suggestion) {
			frm.add_custom_button(suggestion.label, suggestion.act);
			frm.change_custom_button_type(suggestion.label, null, "primary");
		}
		if (frappe.model.can_create("Contact Log") && !is_ended(frm)) {
			frm.add_custom_button(__("Log Contact"), () => log_contact(frm));
		}
		for (const doctype of CASE_RECORDS) {
			if (!frappe.model.can_create(doctype)) continue;
			frm.add_custom_button(
				__(doctype),
				() => frappe.new_doc(doctype, { case_file: frm.doc.name }),
				__("Add")
			);
		}
		const labels = {
			Closure: __("Ask to Close"),
			Reopening: __("Ask to Reopen"),
			Suspension: __("Suspend"),
			Resumption: __("Resume"),
			"Transfer of the Case": __("Hand Over"),
		};
		const asked = new Set(overview.requests.map((request) => request.request_type));
		for (const kind of overview.may_ask) {
			if (asked.has(kind)) continue;
			frm.add_custom_button(
				labels[kind],
				() => ask(frm, kind, labels[kind], overview),
				__("Case")
			);
		}
		frm.add_custom_button(__("Flag"), () => raise_flag(frm, overview), __("Case"));
	}

	function is_ended(frm) {
		return ["Closed", "Transferred"].includes(frm.doc.state);
	}

	// One step, the one that the state asks for, for who may take it.
	function next_step(frm, { plan, may_ask, contacts }) {
		const create = (doctype, label, values = {}) =>
			frappe.model.can_create(doctype) && {
				label,
				act: () => frappe.new_doc(doctype, { case_file: frm.doc.name, ...values }),
			};
		const open = (label) =>
			plan && { label, act: () => frappe.set_route("Form", "PEI", plan.name) };
		const due = contacts?.next_contact_on;
		const steps = {
			Reported: () =>
				create("Minor Interview", __("First Interview"), {
					interview_type: "First Interview",
				}),
			Reception: () =>
				create("Minor Interview", __("First Interview"), {
					interview_type: "First Interview",
				}),
			Assessment: () => create("PEI", __("Write PEI")),
			"PEI Drafting": () => open(__("Go On with the PEI")),
			"In Progress": () =>
				due && due <= frappe.datetime.get_today()
					? { label: __("Contact Due"), act: () => log_contact(frm) }
					: open(__("Open PEI")),
			Prosieguo: () => open(__("Open PEI")),
			Suspended: () =>
				may_ask.includes("Resumption") && {
					label: __("Resume"),
					act: () => ask(frm, "Resumption", __("Resume")),
				},
		};
		return steps[frm.doc.state]?.();
	}

	function log_contact(frm) {
		const options = (field) =>
			frappe.meta
				.get_docfield("Contact Log", field)
				.options.split("\n")
				.map((value) => ({ value, label: __(value) }));
		frappe.model.with_doctype("Contact Log", () => {
			const dialog = new frappe.ui.Dialog({
				title: __("Log Contact"),
				fields: [
					{
						fieldname: "contact_with",
						fieldtype: "Select",
						label: __("With", null, "Contact Log"),
						options: options("contact_with"),
						default: "Minor",
						reqd: 1,
					},
					{
						fieldname: "contact_type",
						fieldtype: "Select",
						label: __("How", null, "Contact Log"),
						options: options("contact_type"),
						default: "Phone Call",
						reqd: 1,
					},
					{
						fieldname: "summary",
						fieldtype: "Small Text",
						label: __("Summary"),
						reqd: 1,
					},
					{
						fieldname: "more",
						fieldtype: "Section Break",
						label: __("More"),
						collapsible: 1,
					},
					{ fieldname: "reached", fieldtype: "Check", label: __("Reached"), default: 1 },
					{
						fieldname: "next_contact_on",
						fieldtype: "Date",
						label: __("Next Contact On"),
					},
				],
				primary_action_label: __("Save"),
				primary_action: (values) =>
					once(dialog, () =>
						post("log_contact", { case_file: frm.doc.name, ...values })
					).then(() => frm.reload_doc()),
			});
			dialog.show();
		});
	}

	function raise_flag(frm, { team }) {
		const people = team.filter((row) => row.runs);
		const me = { value: frappe.session.user, label: frappe.user.full_name() };
		const dialog = new frappe.ui.Dialog({
			title: __("Flag"),
			fields: [
				{
					fieldname: "text",
					fieldtype: "Data",
					label: __("What to Watch"),
					reqd: 1,
					description: __("Everybody who reads the case sees it."),
				},
				{
					fieldname: "due_on",
					fieldtype: "Date",
					label: __("By"),
					default: "Today",
					reqd: 1,
				},
				{
					fieldname: "allocated_to",
					fieldtype: "Select",
					label: __("For"),
					default: me.value,
					options: [
						me,
						...people
							.filter((row) => row.user !== me.value)
							.map((row) => ({ value: row.user, label: row.full_name })),
					],
				},
			],
			primary_action_label: __("Flag"),
			primary_action: (values) =>
				once(dialog, () =>
					post("raise_flag", { case_file: frm.doc.name, ...values })
				).then(() => frm.reload_doc()),
		});
		dialog.show();
	}

	function ask(frm, kind, label, overview = {}) {
		const transfer = kind === "Transfer of the Case";
		const care_role = overview.referent?.care_role || "Social Worker";
		const dialog = new frappe.ui.Dialog({
			title: label,
			fields: [
				{ fieldname: "open_html", fieldtype: "HTML", hidden: kind !== "Closure" },
				...(transfer
					? [
							{
								fieldname: "to_user",
								fieldtype: "Link",
								options: "User",
								label: __("Hand Over To"),
								reqd: 1,
								get_query: () => ({
									query: "core_minori.api.cases.colleagues",
									filters: { care_role, but: overview.referent?.user },
								}),
								description: __(
									"They read this request and the code; the case only once they accept."
								),
							},
					  ]
					: [
							{
								fieldname: "effective_on",
								fieldtype: "Date",
								label: __("Effective On"),
								default: "Today",
								reqd: 1,
							},
					  ]),
				...(kind === "Closure"
					? [
							{
								fieldname: "closure_reason",
								fieldtype: "Select",
								label: __("Closure Reason"),
								reqd: 1,
								options: frappe.meta
									.get_docfield("Case File", "closure_reason")
									.options.split("\n")
									.map((value) => ({ value, label: __(value) })),
							},
					  ]
					: []),
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Reason"),
					reqd: 1,
					description: transfer
						? __("No name and nothing about health: it is read before the case is.")
						: "",
				},
			],
			primary_action_label: __("Send Request"),
			primary_action: (values) =>
				once(dialog, () =>
					post("ask", {
						case_file: frm.doc.name,
						request_type: kind,
						...values,
						...(transfer ? { care_role } : {}),
					})
				).then(() => {
					frappe.show_alert({
						message: __("Sent: the coordinator or the unit manager decides."),
						indicator: "green",
					});
					frm.reload_doc();
				}),
		});
		dialog.show();
		if (kind === "Closure") show_still_open(dialog, frm.doc.name);
	}

	function show_still_open(dialog, case_file) {
		frappe
			.call({ method: "core_minori.api.cases.still_open", type: "GET", args: { case_file } })
			.then(({ message }) => {
				if (!message?.length) return;
				const rows = message
					.map((row) => `<li>${__(row.doctype)}: ${row.count}</li>`)
					.join("");
				dialog
					.get_field("open_html")
					.$wrapper.html(
						`<div class="alert alert-warning"><b>${__(
							"Still open"
						)}</b><ul class="mb-0">${rows}</ul></div>`
					);
			});
	}

	// --- panels ----------------------------------------------------------------------------------------------------------

	function show_team(frm, { team }) {
		const cells = (row) => [
			frappe.utils.get_form_link("Care Assignment", row.name, true, escape(row.full_name)),
			__(row.care_role) + (row.is_referent ? ` · ${__("Referent")}` : ""),
			frappe.datetime.str_to_user(row.from_date),
			row.to_date ? frappe.datetime.str_to_user(row.to_date) : "",
		];
		const rows = team.map((row) => {
			const line = cells(row);
			return row.runs ? line : line.map((cell) => `<span class="text-muted">${cell}</span>`);
		});
		frm.get_field("team_html").$wrapper.html(
			table(
				[
					__("Operator"),
					__("Role in the Case"),
					__("From", null, "Care Assignment"),
					__("To", null, "Care Assignment"),
				],
				rows,
				__("Nobody follows this case yet.")
			)
		);
	}

	function show_services(frm, { services }) {
		const { facility, guardians, referrals, interventions } = services;
		const link = (doctype, name, text) =>
			frappe.utils.get_form_link(doctype, name, true, escape(text));
		const rows = [];
		if (facility) {
			rows.push([
				__("Facility"),
				link("Facility", facility.name, facility.facility_name),
				[facility.organisation, __(facility.reception_level)]
					.filter(Boolean)
					.map(escape)
					.join(", "),
				"",
			]);
		}
		for (const guardian of guardians) {
			rows.push([
				__("Guardian"),
				link("Guardianship", guardian.name, guardian.guardian_name),
				escape(__(guardian.guardian_kind)),
				frappe.datetime.str_to_user(guardian.from_date),
			]);
		}
		for (const referral of referrals) {
			rows.push([
				__("Referral"),
				link("Referral", referral.name, referral.to_organisation),
				escape(__(referral.service_requested)),
				pill(
					__(referral.status, null, "Referral"),
					referral.status === "Sent" ? "orange" : "blue"
				),
			]);
		}
		for (const row of interventions) {
			rows.push([
				__("Intervention"),
				escape(row.organisation || __("Our team")),
				`${escape(__(row.intervention_type))} (${row.number})`,
				frappe.datetime.str_to_user(row.last_at.split(" ")[0]),
			]);
		}
		frm.get_field("services_html").$wrapper.html(
			`<h5>${__("Who Works on This Case")}</h5>` +
				table(
					[__("What"), __("Who"), __("Service"), __("State or Day")],
					rows,
					__("No other service works on this case yet.")
				)
		);
	}

	function show_contacts(frm, { contacts }) {
		const wrapper = frm.get_field("contacts_html").$wrapper;
		if (!contacts) {
			wrapper.empty();
			return;
		}
		const since = contacts.since
			.map((row) =>
				pill(
					`${__(row.contact_with)}: ${days_ago(row.days)}`,
					row.days > 30 ? "orange" : "gray"
				)
			)
			.join(" ");
		const due = contacts.next_contact_on;
		const next = due
			? pill(
					__("Next contact on {0}", [frappe.datetime.str_to_user(due)]),
					due < frappe.datetime.get_today() ? "red" : "blue"
			  )
			: "";
		wrapper.html(
			`<h5>${__("Contacts")}</h5><p>${since} ${next}</p>` +
				table(
					[__("When"), __("With", null, "Contact Log"), __("Summary"), __("By")],
					contacts.rows.map((row) => [
						frappe.utils.get_form_link(
							"Contact Log",
							row.name,
							true,
							frappe.datetime.str_to_user(row.contact_at.slice(0, 16), false)
						),
						`${escape(__(row.contact_with))}<br><span class="text-muted">${escape(
							__(row.contact_type)
						)}${row.reached ? "" : `, ${__("not reached")}`}</span>`,
						escape(row.summary || ""),
						escape(row.full_name || ""),
					]),
					__("No contact was logged yet.")
				)
		);
	}

	// --- small things ----------------------------------------------------------------------------------------------------

	function days_ago(days) {
		if (!days) return __("today");
		return days === 1 ? __("yesterday") : __("{0} days ago", [days]);
	}

	function escape(text) {
		return frappe.utils.escape_html(String(text ?? ""));
	}

	function pill(text, colour) {
		return `<span class="indicator-pill no-indicator-dot text-nowrap ${colour}">${escape(
			text
		)}</span>`;
	}

	function icon(name) {
		return frappe.utils.icon(name, "sm");
	}

	function post(method, args) {
		return frappe.call({
			method: `core_minori.api.cases.${method}`,
			type: "POST",
			args,
			freeze: true,
		});
	}

	// The main button answers once: a second click while the first is under way does nothing.
	function once(dialog, act) {
		dialog.disable_primary_action();
		return act().then(
			(answer) => {
				dialog.hide();
				return answer;
			},
			(error) => {
				dialog.enable_primary_action();
				throw error;
			}
		);
	}

	function table(headings, rows, none) {
		if (!rows.length) return `<p class="text-muted">${none}</p>`;
		const head = headings.map((heading) => `<th>${heading}</th>`).join("");
		const body = rows
			.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
			.join("");
		return `<div class="table-responsive"><table class="table table-bordered"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
	}
})();
