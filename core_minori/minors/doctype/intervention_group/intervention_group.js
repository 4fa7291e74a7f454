frappe.ui.form.on("Intervention Group", {
	setup(frm) {
		frm.set_query("user", "operators", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("budget_line", () => ({
			filters: { disabled: 0, ...(frm.doc.project ? { funded_project: frm.doc.project } : {}) },
		}));
	},

	onload(frm) {
		if (frm.is_new() && !(frm.doc.operators || []).length) {
			frm.add_child("operators", { user: frappe.session.user });
			frm.refresh_field("operators");
		}
	},

	refresh(frm) {
		frm.toggle_display("budget_line", frappe.model.can_read("FAMI Budget Line"));
		const wrapper = frm.get_field("month_html").$wrapper;
		if (frm.is_new()) {
			wrapper.html(`<p class="text-muted">${__("Save the group first.")}</p>`);
			return;
		}
		if (frm.group_month?.group === frm.doc.name && frm.group_month.dirty) return;
		frm.group_month = new GroupMonth(frm, wrapper);
		frm.group_month.load(frm.chosen_month || frappe.datetime.get_today().slice(0, 7));
	},
});

const MARKS = { Present: "✓", Absent: "✗", Excused: "E" };
const NEXT = { Present: "Absent", Absent: "Excused", Excused: "Present" };
const STATUS_COLOUR = { Planned: "blue", Done: "green", "Not Held": "gray" };

function day_of(moment_of, parts) {
	return new Date(moment_of.replace(" ", "T")).toLocaleDateString(frappe.boot.lang, parts);
}

// A month of the group: a row for each member, a column for each session, one Save for all of it.
class GroupMonth {
	constructor(frm, wrapper) {
		this.frm = frm;
		this.group = frm.doc.name;
		this.wrapper = wrapper;
		this.dirty = false;
	}

	load(month) {
		this.frm.chosen_month = month;
		return frappe
			.call({
				method: "core_minori.api.interventions.group_month",
				type: "GET",
				args: { group: this.group, month: `${month}-01` },
			})
			.then(({ message }) => {
				this.data = message;
				this.dirty = false;
				this.draw();
			});
	}

	is_member(member, session) {
		const day = session.starts_at.slice(0, 10);
		if (member.case_file in session.attendance) return true;
		if (day < member.reported_on || (member.closed_on && day > member.closed_on)) return false;
		return member.periods.some(([from, to]) => (!from || from <= day) && (!to || day <= to));
	}

	draw() {
		const { data } = this;
		const safe = frappe.utils.escape_html;
		data.sessions.sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1));
		const month = data.month.slice(0, 7);
		const heads = data.sessions.map((session, place) => {
			const title = session.frozen
				? __("The hours stand in a submitted timesheet: only who was there can change.")
				: __("Change start, hours or status");
			return `<th class="text-center" style="min-width:76px">
				<button class="btn btn-xs btn-default session-head" data-session="${place}" title="${safe(title)}">
					<b>${safe(day_of(session.starts_at, { weekday: "short", day: "numeric" }))}</b><br>${safe(session.starts_at.slice(11, 16))} · ${safe(
						format_number(session.hours, null, session.hours % 1 ? 2 : 0)
					)}h${session.frozen ? " 🔒" : ""}
				</button><br>
				<span class="indicator-pill no-indicator-dot ${STATUS_COLOUR[session.status]}">${safe(
					__(session.status)
				)}</span></th>`;
		});
		const rows = data.members.map((member, line) => {
			const cells = data.sessions.map((session, place) => {
				if (!this.is_member(member, session)) return `<td class="text-center text-muted">–</td>`;
				const how = session.attendance[member.case_file];
				const colour = { Present: "green", Absent: "red", Excused: "orange" }[how] || "gray";
				const label = `${member.case_file}, ${day_of(session.starts_at, { day: "numeric", month: "long" })}: ${
					how ? __(how) : __("not in the session")
				}`;
				return `<td class="text-center"><button class="btn btn-xs btn-default attendance" style="width:34px;color:var(--${colour}-600)"
					data-line="${line}" data-session="${place}" aria-label="${safe(label)}" title="${safe(
						label
					)}" ${data.may_write && session.status !== "Not Held" ? "" : "disabled"}><b>${MARKS[how] || "·"}</b></button></td>`;
			});
			const sum = this.sum_of_member(member);
			return `<tr><th scope="row" style="white-space:nowrap"><a href="/app/case-file/${encodeURIComponent(
				member.case_file
			)}">${safe(member.case_file)}</a>${
				member.name ? `<br><span class="text-muted small">${safe(member.name)}</span>` : ""
			}</th>${cells.join("")}<td class="text-right member-total"><b>${sum.times}</b><br><span class="text-muted small">${safe(
				format_number(sum.hours, null, 2)
			)} h</span></td></tr>`;
		});
		const totals = data.sessions.map((session) => {
			const there = this.present(session);
			return `<td class="text-center session-total"><b>${there}</b><br><span class="text-muted small">${safe(
				format_number(there * session.hours, null, 2)
			)} h</span></td>`;
		});
		const all = data.members.map((member) => this.sum_of_member(member));
		const grand = {
			times: all.reduce((sum, each) => sum + each.times, 0),
			hours: all.reduce((sum, each) => sum + each.hours, 0),
		};
		const empty = data.sessions.length ? "" : `<p class="text-muted">${safe(__("No session in this month yet."))}</p>`;
		const [before, after] = [__("Month before"), __("Month after")].map(safe);
		this.wrapper.html(`<div class="group-month">
			<div class="flex align-center" style="gap:8px;margin-bottom:12px;flex-wrap:wrap">
				<button class="btn btn-sm btn-default month-before" aria-label="${before}">‹</button>
				<input type="month" class="form-control input-sm month-chosen" style="width:170px" value="${safe(
					month
				)}" aria-label="${safe(__("Month"))}">
				<button class="btn btn-sm btn-default month-after" aria-label="${after}">›</button>
				${
					data.may_write
						? `<button class="btn btn-sm btn-default add-session">${safe(__("Add a Session"))}</button>
				<button class="btn btn-sm btn-primary save-month" ${this.dirty ? "" : "disabled"}>${safe(__("Save the Month"))}</button>`
						: ""
				}
				<span class="text-muted small">${safe(
					__("Click a cell, or move with the arrows and press P, A or E: present, absent, excused.")
				)}</span>
			</div>${empty}
			<div style="overflow-x:auto"><table class="table table-bordered table-condensed" style="width:auto">
				<thead><tr><th>${safe(__("Member"))}</th>${heads.join("")}<th class="text-right">${safe(
					__("Present")
				)}</th></tr></thead>
				<tbody>${rows.join("")}</tbody>
				<tfoot><tr><th>${safe(__("Present"))}</th>${totals.join("")}<td class="text-right grand-total"><b>${
					grand.times
				}</b><br><span class="text-muted small">${safe(format_number(grand.hours, null, 2))} h</span></td></tr></tfoot>
			</table></div></div>`);
		this.bind();
	}

	present(session) {
		if (session.status !== "Done") return 0;
		return Object.values(session.attendance).filter((how) => how === "Present").length;
	}

	sum_of_member(member) {
		const there = this.data.sessions.filter(
			(session) => session.status === "Done" && session.attendance[member.case_file] === "Present"
		);
		return { times: there.length, hours: there.reduce((sum, session) => sum + session.hours, 0) };
	}

	bind() {
		const find = (selector) => this.wrapper.find(selector);
		find(".attendance").on("click", (event) => this.mark($(event.currentTarget)));
		find(".attendance").on("keydown", (event) => this.on_key(event));
		find(".session-head").on("click", (event) =>
			this.edit(this.data.sessions[Number(event.currentTarget.dataset.session)])
		);
		find(".add-session").on("click", () => this.edit(null));
		find(".save-month").on("click", () => this.save());
		find(".month-chosen").on("change", (event) => event.target.value && this.go(event.target.value));
		find(".month-before").on("click", () => this.go(this.month_by(-1)));
		find(".month-after").on("click", () => this.go(this.month_by(1)));
	}

	month_by(step) {
		return frappe.datetime.add_months(this.data.month, step).slice(0, 7);
	}

	go(month) {
		const load = () => this.load(month);
		this.dirty ? frappe.confirm(__("The month is not saved. Leave it all the same?"), load, () => this.draw()) : load();
	}

	mark(button, how) {
		const session = this.data.sessions[Number(button.data("session"))];
		const member = this.data.members[Number(button.data("line"))];
		const before = session.attendance[member.case_file];
		session.attendance[member.case_file] = how || NEXT[before] || "Present";
		if (session.attendance[member.case_file] !== before) this.touch(button);
	}

	on_key(event) {
		const button = $(event.currentTarget);
		const how = { p: "Present", a: "Absent", e: "Excused" }[event.key.toLowerCase()];
		const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
		if (how && !event.ctrlKey && !event.metaKey) {
			event.preventDefault();
			event.stopPropagation();
			this.mark(button, how);
		} else if (step) {
			event.preventDefault();
			this.focus(Number(button.data("line")) + step[0], Number(button.data("session")) + step[1]);
		}
	}

	focus(line, session) {
		this.wrapper.find(`.attendance[data-line="${line}"][data-session="${session}"]`).trigger("focus");
	}

	touch(button) {
		this.dirty = true;
		const place = button && [button.data("line"), button.data("session")];
		this.draw();
		if (place) this.focus(...place);
	}

	edit(session) {
		const { data } = this;
		const last = data.sessions[data.sessions.length - 1];
		let start;
		if (session) {
			start = session.starts_at;
		} else {
			// the next one is most often a week after the last
			const day = last ? frappe.datetime.add_days(last.starts_at.slice(0, 10), 7) : frappe.datetime.get_today();
			const inside = day >= data.month && day <= data.last ? day : data.month;
			start = `${inside} ${data.usual_start.padStart(8, "0").slice(0, 5)}`;
		}
		const statuses = ["Planned", "Done", "Not Held"];
		if (session?.name) statuses.push("Cancelled");
		const dialog = new frappe.ui.Dialog({
			title: session ? __("Session") : __("Add a Session"),
			fields: [
				{ fieldname: "day", fieldtype: "Date", label: __("Day"), reqd: 1, default: start.slice(0, 10), read_only: session?.frozen },
				{ fieldname: "time", fieldtype: "Time", label: __("Starts At"), reqd: 1, default: `${start.slice(11, 16)}:00`, read_only: session?.frozen },
				{ fieldname: "hours", fieldtype: "Float", label: __("Hours"), reqd: 1, precision: 2, default: session ? session.hours : data.usual_hours, read_only: session?.frozen },
				{
					fieldname: "status",
					fieldtype: "Select",
					label: __("Status"),
					options: statuses.map((value) => ({ value, label: __(value) })),
					default: session ? session.status : "Done",
					read_only: session?.frozen,
					hidden: session ? 0 : 1,
				},
			],
			primary_action_label: session ? __("Apply") : __("Add"),
			primary_action: (values) => {
				const starts_at = `${values.day} ${values.time.padStart(8, "0").slice(0, 5)}`;
				if (values.day < data.month || values.day > data.last) {
					frappe.msgprint(__("The day is not in this month."));
					return;
				}
				if (data.sessions.some((other) => other !== session && other.starts_at === starts_at)) {
					frappe.msgprint(__("There is a session at that time already."));
					return;
				}
				if (!(values.hours > 0 && values.hours <= 24)) {
					frappe.msgprint(__("Enter the hours, for example 1.5 for an hour and a half."));
					return;
				}
				dialog.hide();
				if (session) {
					Object.assign(session, { starts_at, hours: values.hours, status: values.status });
				} else {
					const added = { name: null, starts_at, hours: values.hours, attendance: {} };
					added.status = `${starts_at}:00` > frappe.datetime.now_datetime() ? "Planned" : "Done";
					for (const member of data.members) {
						if (this.is_member(member, added)) added.attendance[member.case_file] = "Present";
					}
					data.sessions.push(added);
				}
				this.touch();
			},
		});
		dialog.show();
	}

	save() {
		if (this.saving) return;
		this.saving = true;
		this.wrapper.find(".save-month").prop("disabled", true);
		const sessions = this.data.sessions.map(({ name, modified, starts_at, hours, status, attendance }) => ({
			name,
			modified,
			starts_at: `${starts_at}:00`,
			hours,
			status,
			attendance,
		}));
		frappe
			.call({
				method: "core_minori.api.interventions.save_group_month",
				args: { group: this.group, sessions },
				freeze: true,
				// refused or not: what was marked is still on the screen, and may be saved again
				always: () => {
					this.saving = false;
					this.wrapper.find(".save-month").prop("disabled", !this.dirty);
				},
			})
			.then(({ message }) => {
				if (!message) return;
				frappe.show_alert({
					message: __("{0} sessions added, {1} changed", [message.made, message.changed]),
					indicator: "green",
				});
				return this.load(this.data.month.slice(0, 7));
			});
	}
}
