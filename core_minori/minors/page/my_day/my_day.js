// A page's script runs in the window itself: what is named here stays here.
(() => {
	frappe.pages["my-day"].on_page_load = (wrapper) => {
		const page = frappe.ui.make_app_page({
			parent: wrapper,
			title: __("My Day"),
			single_column: true,
		});
		wrapper.my_day = new MyDay(page);
	};

	// Whoever comes back from a case sees what they did there.
	frappe.pages["my-day"].on_page_show = (wrapper) => wrapper.my_day.load();

	const STATE_COLOURS = {
		Reported: "orange",
		Reception: "yellow",
		Assessment: "yellow",
		"PEI Drafting": "blue",
		"In Progress": "green",
		Prosieguo: "green",
		Missing: "red",
		Suspended: "orange",
	};
	const KINDS = {
		deadline: { icon: "milestone", label: () => __("Deadline") },
		flag: { icon: "milestone", label: () => __("Flag") },
		task: { icon: "list", label: () => __("Task") },
		meeting: { icon: "users", label: () => __("Meeting") },
		intervention: { icon: "calendar", label: () => __("Intervention") },
		contact: { icon: "call", label: () => __("Contact") },
	};
	const WAITING = {
		decide: () => __("To Decide"),
		accept: () => __("To Accept"),
		approve: () => __("To Approve"),
		answered: () => __("Answered"),
		"no answer": () => __("No Answer"),
	};
	// So many are shown before one asks for more.
	const AT_FIRST = { overdue: 8, today: 20, week: 8, waiting: 8, cases: 30 };

	class MyDay {
		constructor(page) {
			this.page = page;
			this.all = {};
			this.search = "";
			this.body = $('<div class="my-day"></div>').appendTo(page.main.parent());
			page.main.remove();
			page.set_secondary_action(__("Refresh"), () => this.load(), "refresh");
			if (frappe.model.can_create("Case File")) {
				page.set_primary_action(__("New Case"), () => frappe.new_doc("Case File"), "add");
			}
			this.body.on("click", "[data-more]", (event) => {
				this.all[event.currentTarget.dataset.more] = true;
				this.draw();
			});
			this.body.on("click", "[data-scope]", (event) => {
				this.scope = event.currentTarget.dataset.scope;
				this.draw();
			});
			this.body.on("click", "[data-go]", (event) => {
				this.body
					.find(`[data-part="${event.currentTarget.dataset.go}"]`)[0]
					?.scrollIntoView({
						behavior: "smooth",
					});
			});
			this.body.on("input", ".my-day-search", (event) => {
				this.search = event.currentTarget.value.trim().toLowerCase();
				this.draw_lists();
			});
		}

		load() {
			return frappe
				.call({ method: "core_minori.api.cases.my_day", type: "GET" })
				.then(({ message }) => {
					this.day = message;
					// Who follows no case but answers for all sees all of them at once.
					this.scope =
						this.scope || (message.cases.some((row) => row.mine) ? "mine" : "all");
					this.people = Object.fromEntries(
						message.cases.map((row) => [row.name, row.person])
					);
					this.draw();
				});
		}

		draw() {
			const day = in_words(this.day.today, {
				weekday: "long",
				day: "numeric",
				month: "long",
			});
			const scopes =
				this.day.all_cases || this.day.items.some((item) => !item.mine)
					? `<div class="btn-group btn-group-sm my-day-scope" role="group">
						${this.scope_button("mine", __("Mine"))}${this.scope_button("all", __("All I Can See"))}
					</div>`
					: "";
			const hint = escape(__("Name, code or word"));
			this.body.html(`
				<div class="my-day-top">
					<div class="my-day-date">${escape(day)}</div>
					<input type="search" class="form-control my-day-search" value="${escape(this.search)}"
						placeholder="${hint}" aria-label="${__("Filter")}">
					${scopes}
				</div>
				<div class="my-day-counts"></div>
				<div class="my-day-columns">
					<div class="my-day-due"></div>
					<div class="my-day-cases" data-part="cases"></div>
				</div>`);
			this.draw_lists();
		}

		scope_button(scope, label) {
			const on = this.scope === scope;
			return `<button type="button" data-scope="${scope}" aria-pressed="${on}"
				class="btn ${on ? "btn-primary" : "btn-default"}">${label}</button>`;
		}

		draw_lists() {
			const shown = (row) =>
				this.matches(row) && (this.scope === "all" || row.mine !== false);
			const items = this.day.items.filter(shown);
			const waiting = this.day.waiting.filter((row) => this.matches(row));
			const cases = this.day.cases.filter(shown);
			const of = (when) => items.filter((item) => item.when === when);
			const parts = [
				["today", __("Today"), of("today"), "blue"],
				["overdue", __("Overdue"), of("overdue"), "red"],
				["week", __("Next 7 Days"), of("week"), "gray"],
				["waiting", __("Waiting for You"), waiting, "orange"],
				["cases", this.scope === "all" ? __("Cases") : __("My Cases"), cases, "gray"],
			];
			this.body.find(".my-day-counts").html(
				parts
					.map(
						([key, label, rows, colour]) => `
						<button type="button" class="my-day-count ${rows.length ? colour : "none"}" data-go="${key}">
							<span class="number">${rows.length}</span><span>${label}</span>
						</button>`
					)
					.join("")
			);
			const none = {
				overdue: __("Nothing is late."),
				today: __("Nothing is due today."),
				week: __("Nothing is due in the next 7 days."),
			};
			const due = parts
				.filter(([key, , rows]) => (key === "waiting" ? rows.length : key !== "cases"))
				.sort(([one], [other]) => (other === "waiting") - (one === "waiting"))
				.map(([key, label, rows, colour]) =>
					this.part(
						key,
						label,
						rows,
						colour,
						key === "waiting" ? "wait" : "item",
						none[key]
					)
				);
			this.body.find(".my-day-due").html(due.join(""));
			this.body
				.find(".my-day-cases")
				.html(this.part("cases", parts[4][1], cases, "gray", "case_row", this.no_cases()));
		}

		part(key, label, rows, colour, draw, none) {
			const limit = this.all[key] ? rows.length : AT_FIRST[key];
			const more =
				rows.length > limit
					? `<button type="button" class="btn btn-link btn-sm" data-more="${key}">${__(
							"Show all {0}",
							[rows.length]
					  )}</button>`
					: "";
			const list = rows.length
				? rows
						.slice(0, limit)
						.map((row) => this[draw](row))
						.join("")
				: `<div class="my-day-none">${this.search ? __("Nothing found.") : none}</div>`;
			return `<section class="my-day-part" data-part="${key}">
				<h5><span class="indicator ${colour}"></span>${label}<span class="text-muted">${rows.length}</span></h5>
				<div class="my-day-list">${list}</div>${more}
			</section>`;
		}

		no_cases() {
			return this.scope === "mine"
				? __("You follow no open case. The coordinator gives you one, or you open it.")
				: __("There is no open case that you may see.");
		}

		matches(row) {
			if (!this.search) return true;
			const code = row.case || row.name;
			return [
				code,
				row.name,
				row.title,
				row.detail,
				row.person,
				this.people[code],
				__(row.state),
			]
				.join(" ")
				.toLowerCase()
				.includes(this.search);
		}

		item(item) {
			const kind = KINDS[item.kind];
			const deadline = item.kind === "deadline";
			const late = item.when === "overdue";
			const notes = [
				item.waited ? __("waited for") : "",
				!item.mine && item.role ? __(item.role) : "",
			].filter(Boolean);
			const href = deadline ? case_url(item.case) : form_url(item.doctype, item.name);
			return `<a class="my-day-row" href="${href}">
				<span class="what" title="${kind.label()}">${frappe.utils.icon(kind.icon, "sm")}</span>
				<span class="main"><span class="title">${escape(item.title)}</span>
					<span class="case">${this.who(item.case)}${
				notes.length ? ` · ${escape(notes.join(", "))}` : ""
			}</span>
				</span>
				<span class="due ${late ? "late" : ""}">${escape(
				due_in_words(item.due, this.day.today, late)
			)}</span>
			</a>`;
		}

		wait(row) {
			return `<a class="my-day-row" href="${form_url(row.doctype, row.name)}">
				<span class="what">${frappe.utils.icon("mail", "sm")}</span>
				<span class="main"><span class="title">${escape(row.title)}</span>
					<span class="case">${this.who(row.case)}${row.detail ? ` · ${escape(row.detail)}` : ""}</span>
				</span>
				<span class="indicator-pill no-indicator-dot orange text-nowrap">${WAITING[row.kind]()}</span>
			</a>`;
		}

		case_row(row) {
			const facts = [];
			if (row.next_due) {
				const late = moment(row.next_due).isBefore(moment());
				facts.push(
					`<span class="${late ? "late" : ""}">${escape(
						`${due_in_words(row.next_due, this.day.today, late)}: ${row.next_title}`
					)}</span>`
				);
			}
			const silent = row.days_since_contact;
			facts.push(
				`<span class="${silent > 30 ? "late" : ""}">${
					silent === null
						? __("no contact yet")
						: silent
						? __("last contact {0} days ago", [silent])
						: __("contact today")
				}</span>`
			);
			const to_majority = row.days_to_majority;
			const pills = [
				row.flags ? pill(__("Flag"), "red") : "",
				to_majority > 0 && to_majority < 366
					? pill(__("18 in {0} days", [to_majority]), "orange")
					: "",
				pill(__(row.state, null, "Case File"), STATE_COLOURS[row.state] || "gray"),
			];
			const age =
				row.age === null
					? ""
					: ` <span class="text-muted">${__("{0} years", [row.age])}</span>`;
			return `<a class="my-day-row my-day-case" href="${case_url(row.name)}">
				<span class="main">
					<span class="title">${row.person ? `${escape(row.person)}${age}` : escape(row.name)}</span>
					<span class="case">${row.person ? `<span class="code">${escape(row.name)}</span>` : ""}${
				facts.length ? `${row.person ? " · " : ""}${facts.join(" · ")}` : ""
			}</span>
				</span>
				<span class="pills">${pills.join("")}</span>
			</a>`;
		}

		who(code) {
			if (!code) return "";
			const person = this.people[code];
			return `${person ? `${escape(person)} · ` : ""}<span class="code">${escape(
				code
			)}</span>`;
		}
	}

	function due_in_words(due, today, late) {
		const at = moment(due);
		const days = at.clone().startOf("day").diff(moment(today), "days");
		const hour = at.format("HH:mm") === "23:59" ? "" : ` ${at.format("HH:mm")}`;
		if (late) {
			if (days === 0) return __("late since {0}", [at.format("HH:mm")]);
			return days === -1 ? __("1 day late") : __("{0} days late", [-days]);
		}
		if (days === 0) return __("today") + hour;
		if (days === 1) return __("tomorrow") + hour;
		const day =
			days < 8
				? in_words(due, { weekday: "short", day: "numeric", month: "short" })
				: frappe.datetime.str_to_user(at.format("YYYY-MM-DD"));
		return day + hour;
	}

	// In the reader's language: the calendar of the desk knows English only.
	function in_words(day, parts) {
		return moment(day).toDate().toLocaleDateString(frappe.boot.lang, parts);
	}

	function case_url(name) {
		return form_url("Case File", name);
	}

	function form_url(doctype, name) {
		return `/app/${frappe.router.slug(doctype)}/${encodeURIComponent(name)}`;
	}

	function escape(text) {
		return frappe.utils.escape_html(String(text ?? ""));
	}

	function pill(text, colour) {
		return `<span class="indicator-pill no-indicator-dot text-nowrap ${colour}">${escape(
			text
		)}</span>`;
	}
})();
