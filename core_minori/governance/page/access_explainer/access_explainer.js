// Who sees what and why, in codes and logins: a user and a case, a case alone, or a user alone.
(() => {
	frappe.pages["access-explainer"].on_page_load = (wrapper) => {
		const page = frappe.ui.make_app_page({
			parent: wrapper,
			title: __("Who Sees What"),
			single_column: true,
		});
		wrapper.explainer = new AccessExplainer(page);
	};
	frappe.pages["access-explainer"].on_page_show = (wrapper) => wrapper.explainer.take_route();

	const escape = (text) => frappe.utils.escape_html(String(text ?? ""));
	const pill = (shown, colour) =>
		`<span class="indicator-pill no-indicator-dot ${colour}">${escape(shown)}</span>`;
	const lines = (texts) => texts.map((text) => `<div>${escape(text)}</div>`).join("");
	const table = (heads, rows) =>
		`<table class="table table-bordered"><thead><tr>${heads
			.map((head) => `<th>${escape(head)}</th>`)
			.join("")}</tr></thead><tbody>${rows
			.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
			.join("")}</tbody></table>`;

	class AccessExplainer {
		constructor(page) {
			this.page = page;
			this.asked = 0;
			// Set by the script, a field says it changed as it does for a person: one question, not three.
			const ask = frappe.utils.debounce(() => this.ask(), 150);
			this.user = page.add_field({
				fieldname: "user",
				label: __("User"),
				fieldtype: "Link",
				options: "User",
				change: ask,
			});
			this.case_file = page.add_field({
				fieldname: "case_file",
				label: __("Case"),
				fieldtype: "Data",
				placeholder: __("Code of the case"),
				change: ask,
			});
			page.set_secondary_action(__("Refresh"), () => this.ask(), "refresh");
			this.body = $('<div class="access-explainer frappe-card p-4"></div>').appendTo(page.main);
			this.body.on("click", "[data-user]", (event) => {
				event.preventDefault();
				this.user.set_value(event.currentTarget.dataset.user);
			});
			this.body.on("click", "[data-case]", (event) => {
				event.preventDefault();
				this.case_file.set_value(event.currentTarget.dataset.case);
			});
			this.ask();
		}

		take_route() {
			const { user, case_file } = frappe.route_options || {};
			if (user === undefined && case_file === undefined) return;
			frappe.route_options = null;
			this.user.set_value(user || "");
			this.case_file.set_value(case_file || "");
		}

		ask() {
			const user = this.user.get_value();
			const case_file = (this.case_file.get_value() || "").trim();
			const question = ++this.asked;
			if (!user && !case_file) {
				this.body.html(
					`<p class="text-muted m-0">${__(
						"Choose a user and a case to see why, a case alone to see who, or a user alone to see what.",
					)}</p>`,
				);
				return;
			}
			const [method, draw] =
				user && case_file
					? ["why", this.why]
					: case_file
						? ["who", this.who]
						: ["seen_by", this.seen_by];
			frappe
				.call({
					method: `core_minori.api.access.${method}`,
					type: "GET",
					args: { ...(user && { user }), ...(case_file && { case_file }) },
				})
				.then(
					({ message }) => question === this.asked && this.body.html(draw.call(this, message)),
					() => question === this.asked && this.body.empty(),
				);
		}

		why({ user, case_file, roles, remarks, read, parts, records }) {
			const title = read
				? __("{0} may see {1}", [escape(user), escape(case_file)])
				: __("{0} may not see {1}", [escape(user), escape(case_file)]);
			const first = read ? [] : [...new Set(parts.flatMap((part) => part.why_not))].slice(0, 3);
			const rows = parts.map((part) => [
				`<b>${escape(part.label)}</b><div class="text-muted small">${part.doctypes.map(escape).join(", ")}</div>`,
				this.right(part),
				part.read ? lines(part.ways) : lines(part.why_not),
			]);
			return `<div data-answer="${read ? "yes" : "no"}">${this.head(title, roles, remarks)}
				<p class="text-muted">${remarks.length ? "" : lines(first)}</p>
				${table([__("Part of the Case"), __("Allowed"), __("Why")], rows)}${this.single(records)}</div>`;
		}

		right(part) {
			const shown = part.write
				? pill(__("Read and change"), "green")
				: part.read
					? pill(__("Read only"), "blue")
					: pill(__("No"), "gray");
			return part.note && part.read ? `${shown}<div class="small mt-1">${escape(part.note)}</div>` : shown;
		}

		who({ case_file, remarks, readers, former, records }) {
			const rows = readers.map((row) => [
				this.user_link(row.user),
				lines(row.ways),
				row.read.map(escape).join(", "),
				row.write.map(escape).join(", "),
			]);
			const old = former.length
				? `<h5 class="mt-4">${__("No Longer, or Not Yet")}</h5>${table(
						[__("User"), __("Why")],
						former.map((row) => [this.user_link(row.user), escape(row.way)]),
					)}`
				: "";
			return `${this.head(__("Who sees {0}", [escape(case_file)]), [], remarks)}
				${table([__("User"), __("Why"), __("May Read"), __("May Change")], rows)}
				${this.single(records)}${old}`;
		}

		seen_by({ user, roles, remarks, every_case, number_of_cases, cases, more_cases, records, areas }) {
			const all = every_case.length
				? table(
						[__("Every Case, as"), __("May Read"), __("May Change")],
						every_case.map((row) => [
							escape(row.role),
							row.read.map(escape).join(", "),
							row.write.map(escape).join(", "),
						]),
					)
				: "";
			const some = cases.length
				? table(
						[__("Case"), __("Why"), __("May Read"), __("May Change")],
						cases.map((row) => [
							`<a href="#" data-case="${escape(row.case_file)}">${escape(row.case_file)}</a>`,
							lines(row.ways),
							row.read.map(escape).join(", "),
							row.write.map(escape).join(", "),
						]),
					)
				: "";
			const more = more_cases
				? `<p class="text-muted">${__("And {0} more cases.", [more_cases])}</p>`
				: "";
			const other = areas.length
				? `<h5 class="mt-4">${__("Besides Cases")}</h5>${table(
						[__("Area"), __("Records"), __("Allowed")],
						areas.map((row) => [
							escape(row.area),
							escape(row.doctype),
							row.write ? pill(__("Read and change"), "green") : pill(__("Read only"), "blue"),
						]),
					)}`
				: "";
			return `${this.head(__("What {0} sees: {1} cases", [escape(user), number_of_cases]), roles, remarks)}
				${all}${some}${more}${this.single(records)}${other}`;
		}

		head(title, roles, remarks) {
			const shown = roles.length
				? `<p>${__("Roles that count")}: ${roles.map((role) => pill(role, "gray")).join(" ")}</p>`
				: "";
			const said = remarks.map(
				(remark) => `<div class="alert alert-warning py-2">${escape(remark)}</div>`,
			);
			return `<h4>${title}</h4>${shown}${said.join("")}`;
		}

		single(records) {
			if (!records.length) return "";
			return `<h5 class="mt-4">${__("Single Records")}</h5>${table(
				[__("Record"), __("Why")],
				records.map((row) => [
					`${escape(row.label || row.doctype)} ${escape(row.record)}${
						row.user ? `<div class="small">${this.user_link(row.user)}</div>` : ""
					}`,
					escape(row.way),
				]),
			)}`;
		}

		user_link(user) {
			return `<a href="#" data-user="${escape(user)}">${escape(user)}</a>`;
		}
	}
})();
